/** The options of `heatmapSvg`, and their checks. */

import { rangeError, typeError } from '../../errors.ts';
import type { Known } from '../../support/checks.ts';
import { checkArrayLike, checkBoolean, wrongType } from '../../support/checks.ts';
import type { Z } from '../../types.ts';
import {
  checkPicture,
  checkRange,
  checkText,
  PICTURE_OPTIONS,
  type PictureOptions,
} from '../drawing/options.ts';
import type { ScaleName } from './scales.ts';
import type { HeatmapStrip } from './strips.ts';

export interface HeatmapSvgOptions extends PictureOptions {
  /** Tree of the rows: it is drawn on the left, and rows are in the order of its leaves. Default: none, rows in the order of X. */
  rowTree?: Z;
  /** Tree of the columns, drawn above them. */
  colTree?: Z;
  /** The order of the rows, where there is no tree: their indexes from top to bottom. */
  rowOrder?: ArrayLike<number>;
  /** The order of the columns, from left to right. */
  colOrder?: ArrayLike<number>;
  /** Names of the rows, in the order of X; false for none. Default: their indexes. */
  rowLabels?: ArrayLike<string | number> | false;
  /** Names of the columns. */
  colLabels?: ArrayLike<string | number> | false;
  /** Cut the tree of the rows into this many clusters, with a gap between them, and their colours in the tree. */
  rowClusters?: number;
  /** Cut the tree of the columns into this many clusters. */
  colClusters?: number;
  /** Strips of categories or numbers on the left of the rows. */
  rowStrips?: readonly HeatmapStrip[];
  /** Strips above the columns. */
  colStrips?: readonly HeatmapStrip[];
  /**
   * The colours: a named scale, or at least two CSS colours from low to high. Default: viridis; with a centre RdBu_r (blue,
   * white, red), or icefire on dark paper.
   */
  colors?: ScaleName | readonly string[];
  /** The value that has the middle colour; false for none. Default: 0 if it is between the limits, else none. */
  center?: number | false;
  /** The values of the first and the last colour. Values beyond have these colours too. Default: least and greatest value. */
  limits?: readonly [number, number];
  /** Take the 2nd and the 98th percentile as limits, so that a few extreme values do not take all the colours. */
  robust?: boolean;
  /** Colour of missing cells (NaN). Default: a grey. */
  missingColor?: string;
  /** What the colours mean: the heading of the colour bar. */
  colorLabel?: string;
  /** Draw the colour bar and the legends of strips. Default true. */
  legend?: boolean;
  /** Share of tree and cells that the tree takes, for both trees or as [rows, columns]. Default: 50 to 110 pixels. */
  treeRatio?: number | readonly [number, number];
  /** The same for each strip. Default: 12 pixels. */
  stripRatio?: number | readonly [number, number];
  /** Pixels between clusters. Default 4. */
  gap?: number;
  /** Most cells that are drawn one by one. Beyond, neighbours are averaged along the tree. Default 4,000,000. */
  maxCells?: number;
}

/** The names of HeatmapSvgOptions. In a function: bundlers keep a table that spreads another one, even if nothing uses it. */
export const heatmapSvgOptions = (): Known<HeatmapSvgOptions> => ({
  rowTree: true,
  colTree: true,
  rowOrder: true,
  colOrder: true,
  rowLabels: true,
  colLabels: true,
  rowClusters: true,
  colClusters: true,
  rowStrips: true,
  colStrips: true,
  colors: true,
  center: true,
  limits: true,
  robust: true,
  missingColor: true,
  colorLabel: true,
  legend: true,
  treeRatio: true,
  stripRatio: true,
  gap: true,
  maxCells: true,
  ...PICTURE_OPTIONS,
});

/** Most cells drawn one by one, if the caller does not say otherwise. */
export const MAX_CELLS = 4_000_000;

/** Check the options that need not know the data. */
export function checkHeatmapOptions(options: HeatmapSvgOptions): void {
  checkPicture(options, heatmapSvgOptions(), 'heatmapSvg');
  const { limits, center, robust, legend } = options;
  if (limits !== undefined) {
    if (!Array.isArray(limits) || limits.length !== 2) {
      throw wrongType('limits', 'two numbers, such as [-2, 2]', limits);
    }
    limits.forEach((limit, i) => {
      checkRange(`limits[${i}]`, limit);
    });
    if (!(limits[0] < limits[1])) {
      throw rangeError(`limits is [${limits.join(', ')}]; the first must be less than the second`);
    }
    if (robust) throw rangeError('robust is given together with limits; give one of them');
  }
  if (center !== false) checkRange('center', center);
  for (const [name, value] of [
    ['robust', robust],
    ['legend', legend],
  ] as const) {
    if (value !== undefined) checkBoolean(value, name);
  }
  checkText('missingColor', options.missingColor);
  checkText('colorLabel', options.colorLabel);
  checkRange('gap', options.gap, 0, 200);
  checkRange('maxCells', options.maxCells, 1, 100_000_000);
  for (const name of ['treeRatio', 'stripRatio'] as const) {
    const value = options[name];
    const list = Array.isArray(value) ? value : [value];
    if (Array.isArray(value) && value.length !== 2) {
      throw typeError(`${name} has ${value.length} numbers; it must be one, or two for rows and columns`);
    }
    list.forEach((one, i) => {
      checkRange(Array.isArray(value) ? `${name}[${i}]` : name, one, 0, 0.8);
    });
  }
}

/** The labels of one side as text; undefined for none. */
export function readLabels(
  labels: unknown,
  count: number,
  name: string,
  items: string,
): string[] | undefined {
  if (labels === false) return undefined;
  if (labels === undefined) return Array.from({ length: count }, (_, i) => String(i));
  checkArrayLike(labels, name, `an array with a name for each of the ${items}, or false`);
  if (labels.length !== count) {
    throw rangeError(`${name} has length ${labels.length}; X has ${count} ${items}, and each needs its name`);
  }
  return Array.from(labels as ArrayLike<unknown>, String);
}
