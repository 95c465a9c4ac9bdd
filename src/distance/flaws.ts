/** Finite rows for which a metric is undefined. This file is loaded only for the metrics that have such rows. */
import type { FloatArray, Matrix } from '../types.ts';

/**
 * Why a metric is undefined for a finite row; undefined if it is defined. The rules are those of the kernels
 * (assembly/distance/prepare.ts). In addition, a row of equal numbers has no correlation, even if rounding makes its
 * computed variance non-zero.
 */
export function flawOf(metric: string, row: FloatArray): string | undefined {
  const center = metric === 'correlation';
  if (metric === 'jensenshannon') {
    let sum = 0;
    for (const x of row) sum = x < 0 ? Number.NaN : sum + x;
    if (sum > 0 && sum < Number.POSITIVE_INFINITY) return undefined;
    return sum === 0 ? 'is all zeros' : 'has a negative number, or a sum beyond float64';
  }
  if (!center && metric !== 'cosine') return undefined;
  const base = center ? row[0] : 0;
  const from = row.findIndex((x) => x !== base);
  if (from < 0) return center ? 'is all the same number' : 'is all zeros';
  // Squares of float32 numbers neither overflow nor underflow in float64.
  if (row instanceof Float32Array) return undefined;
  const mean = center ? row.reduce((a, b) => a + b, 0) / row.length : 0;
  let squares = 0;
  for (let i = 0; i < row.length; i++) squares += (row[i] - mean) * (row[i] - mean);
  return squares > 0 && squares < Number.POSITIVE_INFINITY ? undefined : 'has squares beyond float64';
}

/**
 * Yield the rows in [from, to) that have a flaw, each with its flaw; and undefined where the event loop may get its
 * turn.
 */
export function* findFlaws(
  metric: string,
  numbers: () => FloatArray,
  cols: number,
  from: number,
  to: number,
): Generator<[row: number, flaw: string] | undefined, void, undefined> {
  for (let i = from; i < to; i++) {
    if ((i & 255) === 255) yield undefined;
    const flaw = flawOf(metric, numbers().subarray(i * cols, (i + 1) * cols));
    if (flaw) yield [i, flaw];
  }
}

/** The first row that has a flaw, and its flaw. */
export function findFlaw(
  metric: string,
  { data, rows, cols }: Matrix,
): [row: number, flaw: string] | undefined {
  for (let i = 0; i < rows; i++) {
    const flaw = flawOf(metric, data.subarray(i * cols, (i + 1) * cols));
    if (flaw) return [i, flaw];
  }
  return undefined;
}
