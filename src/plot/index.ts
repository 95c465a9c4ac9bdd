/** Pictures of trees and clusters as standalone SVG documents: text in, text out, no DOM. */
export { type CircularDendrogramSvgOptions, circularDendrogramSvg } from './dendrogram/circular.ts';
export { type DendrogramSvgOptions, dendrogramSvg } from './dendrogram/dendrogram.ts';
export type { PictureOptions, ThemeName } from './drawing/options.ts';
export { clusterColor } from './drawing/palette.ts';
export { type ElbowSvgOptions, elbowSvg } from './elbow.ts';
export { heatmapSvg } from './heatmap/heatmap.ts';
export type { HeatmapSvgOptions } from './heatmap/options.ts';
export { SCALE_NAMES, type ScaleName } from './heatmap/scales.ts';
export type { HeatmapStrip } from './heatmap/strips.ts';
export { type PngOptions, toPng } from './png.ts';
export { type Components, principalComponents } from './scatter/pca.ts';
export { type ScatterSvgOptions, scatterSvg } from './scatter/scatter.ts';
