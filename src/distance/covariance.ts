/** Variances, covariances and the inverse of a matrix, in float64 on the host. */

import { allocate, copyOf } from '../support/allocate.ts';
import type { InMemoryRows } from '../support/vectors.ts';
import type { FloatArray } from '../types.ts';

/** Time after which the event loop gets its turn. */
const YIELD_MS = 20;

/** Sum of `count` values, in the order of NumPy's sum of a contiguous array: pairwise, and in eight lanes up to 128. */
function sumPairwise(x: FloatArray, begin: number, count: number): number {
  if (count > 128) {
    const half = (count >> 1) & ~7;
    return sumPairwise(x, begin, half) + sumPairwise(x, begin + half, count - half);
  }
  let sum = 0;
  let k = 0;
  if (count >= 8) {
    const s = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => x[begin + i]);
    for (k = 8; k + 8 <= count; k += 8) for (let i = 0; i < 8; i++) s[i] += x[begin + k + i];
    sum = s[0] + s[1] + (s[2] + s[3]) + (s[4] + s[5] + (s[6] + s[7]));
  }
  for (; k < count; k++) sum += x[begin + k];
  return sum;
}

/** Column sums, in the order of NumPy's sums: row by row, but pairwise if there is only one column. */
function sumColumns(x: Float64Array, cols: number): Float64Array {
  if (cols === 1) return Float64Array.of(sumPairwise(x, 0, x.length));
  const sums = allocate(Float64Array, cols);
  for (let at = 0; at < x.length; at += cols) for (let k = 0; k < cols; k++) sums[k] += x[at + k];
  return sums;
}

/** The rows of all tables, one table after the other, in float64. */
function stack(tables: readonly InMemoryRows[]): { x: Float64Array; rows: number; cols: number } {
  const { cols } = tables[0];
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const x = allocate(Float64Array, rows * cols);
  let at = 0;
  for (const { data } of tables) {
    x.set(data, at);
    at += data.length;
  }
  return { x, rows, cols };
}

/** As `stack`, with the mean of each column subtracted. */
function centered(tables: readonly InMemoryRows[]) {
  const all = stack(tables);
  const { x, rows, cols } = all;
  const means = sumColumns(x, cols).map((sum) => sum / rows);
  for (let at = 0; at < x.length; at += cols) for (let k = 0; k < cols; k++) x[at + k] -= means[k];
  return all;
}

/**
 * The variance of each column, divided by rows - 1; NaN for one row.
 * Sums are in NumPy's order, so a constant column has variance 0 in exactly the cases in which NumPy gives 0.
 */
export function variances(tables: readonly InMemoryRows[]): Float64Array {
  const { x, rows, cols } = centered(tables);
  for (let at = 0; at < x.length; at++) x[at] *= x[at];
  return sumColumns(x, cols).map((sum) => sum / (rows - 1));
}

/** The covariance matrix of the columns, cols x cols, divided by rows - 1. It calls `pause` about every YIELD_MS. */
export async function covariance(
  tables: readonly InMemoryRows[],
  pause: () => Promise<void>,
): Promise<Float64Array> {
  const { x, rows, cols } = centered(tables);
  const sums = allocate(Float64Array, cols * cols);
  let turn = performance.now();
  for (let at = 0; at < x.length; at += cols) {
    for (let i = 0; i < cols; i++) {
      const value = x[at + i];
      for (let j = 0; j <= i; j++) sums[i * cols + j] += value * x[at + j];
    }
    if (performance.now() - turn > YIELD_MS) {
      await pause();
      turn = performance.now();
    }
  }
  for (let i = 0; i < cols; i++) {
    for (let j = 0; j <= i; j++) {
      sums[i * cols + j] /= rows - 1;
      sums[j * cols + i] = sums[i * cols + j];
    }
  }
  return sums;
}

/** The inverse of an n x n matrix, by Gauss-Jordan elimination with row pivots; undefined if the matrix is singular. */
export function invert(matrix: Float64Array, n: number): Float64Array | undefined {
  const a = copyOf(matrix);
  const inverse = allocate(Float64Array, n * n);
  for (let i = 0; i < n; i++) inverse[i * n + i] = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[pivot * n + k])) pivot = i;
    const size = a[pivot * n + k];
    // True for NaN too.
    if (!(Math.abs(size) > 0)) return undefined;
    for (const m of [a, inverse]) {
      if (pivot !== k) {
        const row = m.slice(pivot * n, pivot * n + n);
        m.copyWithin(pivot * n, k * n, k * n + n);
        m.set(row, k * n);
      }
      for (let j = 0; j < n; j++) m[k * n + j] /= size;
    }
    for (let i = 0; i < n; i++) {
      const factor = a[i * n + k];
      if (i === k || factor === 0) continue;
      for (let j = k; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
      for (let j = 0; j < n; j++) inverse[i * n + j] -= factor * inverse[k * n + j];
    }
  }
  return inverse;
}
