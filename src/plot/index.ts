/** Pictures of trees and clusters as standalone SVG documents: text in, text out, no DOM. */
export { type DendrogramSvgOptions, dendrogramSvg } from './dendrogram/dendrogram.ts';
export type { PictureOptions, ThemeName } from './drawing/options.ts';
export { clusterColor } from './drawing/palette.ts';
export { type ElbowSvgOptions, elbowSvg } from './elbow.ts';
export { type Components, principalComponents } from './scatter/pca.ts';
export { type ScatterSvgOptions, scatterSvg } from './scatter/scatter.ts';
