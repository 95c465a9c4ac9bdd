/** Scales the rows or the columns of a table, as seaborn's clustermap does. Missing values (NaN) stay missing. */

import { rangeError } from '../errors.ts';
import { allocate } from '../support/allocate.ts';
import type { Steps } from '../support/scheduling.ts';
import type { FloatArray, Matrix } from '../types.ts';

export type Scaling = 'zscore' | 'standard';
export type Along = 'rows' | 'columns';

/** Lines between two steps. */
const STEP = 64;

/** A table of the same element type and the given shape. */
export function emptyLike(data: FloatArray, length: number): FloatArray {
  return data instanceof Float32Array ? allocate(Float32Array, length) : allocate(Float64Array, length);
}

/**
 * 'zscore' subtracts the mean and divides by the standard deviation, with n - 1 in the denominator. 'standard' subtracts the
 * least value and divides by the range. Lines of equal values become 0.
 * @returns the number of lines of equal values
 */
export function* scaleSteps(X: Matrix, out: FloatArray, how: Scaling, along: Along): Steps<number> {
  const { data, rows, cols } = X;
  const [lines, length, next, step] = along === 'rows' ? [rows, cols, cols, 1] : [cols, rows, 1, cols];
  let flat = 0;
  for (let line = 0; line < lines; line++) {
    if (line % STEP === STEP - 1) yield;
    const from = line * next;
    let [count, sum, least, greatest] = [0, 0, Infinity, -Infinity];
    for (let i = 0; i < length; i++) {
      const value = data[from + i * step];
      if (Number.isNaN(value)) continue;
      if (Math.abs(value) === Infinity) {
        const at = from + i * step;
        throw rangeError(
          `X: row ${Math.floor(at / cols)}, column ${at % cols} is ${value}; cells must be finite, or NaN if they are missing`,
        );
      }
      count++;
      sum += value;
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
    const mean = sum / count;
    let squares = 0;
    if (how === 'zscore') {
      for (let i = 0; i < length; i++) {
        const value = data[from + i * step];
        if (!Number.isNaN(value)) squares += (value - mean) * (value - mean);
      }
    }
    const origin = how === 'zscore' ? mean : least;
    const unit = how === 'zscore' ? Math.sqrt(squares / (count - 1)) : greatest - least;
    const isFlat = !(greatest > least);
    if (isFlat) flat++;
    for (let i = 0; i < length; i++) {
      const value = data[from + i * step];
      out[from + i * step] = Number.isNaN(value) ? Number.NaN : isFlat ? 0 : (value - origin) / unit;
    }
  }
  return flat;
}

/** The columns as rows. */
export function* transposeSteps({ data, rows, cols }: Matrix, out: FloatArray): Steps<void> {
  for (let i = 0; i < rows; i++) {
    if (i % STEP === STEP - 1) yield;
    for (let j = 0; j < cols; j++) out[j * rows + i] = data[i * cols + j];
  }
}

/** What is missing in a table. */
interface Gaps {
  count: number;
  /** The first missing cell. */
  row: number;
  col: number;
}

export function* findGapsSteps({ data, rows, cols }: Matrix): Steps<Gaps> {
  const gaps: Gaps = { count: 0, row: -1, col: -1 };
  for (let i = 0; i < rows; i++) {
    if (i % STEP === STEP - 1) yield;
    for (let j = 0; j < cols; j++) {
      if (!Number.isNaN(data[i * cols + j])) continue;
      if (gaps.count++ === 0) [gaps.row, gaps.col] = [i, j];
    }
  }
  return gaps;
}

/** A copy with the mean of its column for each missing cell. @throws RangeError for a row or column without any value */
export function* fillSteps({ data, rows, cols }: Matrix, out: FloatArray): Steps<void> {
  const sums = allocate(Float64Array, cols);
  const counts = allocate(Float64Array, cols);
  for (let i = 0; i < rows; i++) {
    if (i % STEP === STEP - 1) yield;
    let found = 0;
    for (let j = 0; j < cols; j++) {
      const value = data[i * cols + j];
      if (Number.isNaN(value)) continue;
      sums[j] += value;
      counts[j]++;
      found++;
    }
    if (found === 0) throw rangeError(`X: row ${i} has no value at all; leave it out`);
  }
  const empty = counts.indexOf(0);
  if (empty >= 0) throw rangeError(`X: column ${empty} has no value at all; leave it out`);
  for (let i = 0; i < rows; i++) {
    if (i % STEP === STEP - 1) yield;
    for (let j = 0; j < cols; j++) {
      const value = data[i * cols + j];
      out[i * cols + j] = Number.isNaN(value) ? sums[j] / counts[j] : value;
    }
  }
}
