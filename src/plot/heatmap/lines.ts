/** Rows (or columns) that share one line of the picture, where there are too many for a line each. */

import { allocate } from '../../support/allocate.ts';
import type { Matrix } from '../../types.ts';

/** Lines of one side: line i stands for the places from `begins[i]` to `begins[i + 1]`. */
interface Lines {
  begins: Int32Array;
  /** Most places that share a line. */
  most: number;
}

/** Divide each range into lines of `share` places; the last line of a range may have fewer. */
export function linesOf(ranges: readonly [number, number][], share: number): Lines {
  const count = ranges.reduce((sum, [begin, end]) => sum + Math.ceil((end - begin) / share), 0);
  const begins = allocate(Int32Array, count + 1);
  let line = 0;
  for (const [begin, end] of ranges) for (let at = begin; at < end; at += share) begins[line++] = at;
  begins[count] = ranges[ranges.length - 1][1];
  return { begins, most: share };
}

/**
 * The mean of the cells of each line and column line, without missing ones; NaN if all are missing.
 *
 * Neighbours in the order of a tree are those that it merged first, so rows are averaged along the tree.
 * Sums are of float64, in the order of the places.
 */
export function meanCells(
  X: Matrix,
  rowOrder: ArrayLike<number>,
  colOrder: ArrayLike<number>,
  rows: Lines,
  cols: Lines,
): (line: number, out: Float64Array) => void {
  const width = cols.begins.length - 1;
  const counts = allocate(Float64Array, width);
  return (line, out) => {
    out.fill(0);
    counts.fill(0);
    for (let r = rows.begins[line]; r < rows.begins[line + 1]; r++) {
      const row = rowOrder[r] * X.cols;
      for (let c = 0; c < width; c++) {
        for (let k = cols.begins[c]; k < cols.begins[c + 1]; k++) {
          const value = X.data[row + colOrder[k]];
          if (Number.isNaN(value)) continue;
          out[c] += value;
          counts[c]++;
        }
      }
    }
    for (let c = 0; c < width; c++) out[c] = counts[c] === 0 ? Number.NaN : out[c] / counts[c];
  };
}
