/** The drawing code, which is loaded when the first heat map is drawn. */
export { heatmapSvg } from '../plot/heatmap/heatmap.ts';
