/** Pictures of trees and clusters as standalone SVG documents: text in, text out, no DOM. */
export { type DendrogramSvgOptions, dendrogramSvg } from './dendrogram.ts';
export { type ElbowSvgOptions, elbowSvg } from './elbow.ts';
export type { PictureOptions, ThemeName } from './options.ts';
export { clusterColor } from './palette.ts';
export { type Components, principalComponents } from './pca.ts';
export { type ScatterSvgOptions, scatterSvg } from './scatter.ts';
