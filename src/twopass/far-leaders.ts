/** Means of float32 rows far from the origin, which float32 would round. Loaded only for centroids. */
import { offsetOf } from '../distance/far.ts';
import { inSteps } from '../support/scheduling.ts';
import type { FloatArray, Matrix } from '../types.ts';

/** Metrics that do not change if the same number is subtracted from a column of both rows. */
const SHIFTED: readonly string[] = ['euclidean', 'sqeuclidean', 'cityblock', 'chebyshev', 'minkowski'];

/** The offset of each column, in float32; undefined if no column is far from the origin. */
export async function offsetsOf(
  sample: FloatArray,
  cols: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array | undefined> {
  const low = new Float32Array(cols).fill(Number.POSITIVE_INFINITY);
  const high = new Float32Array(cols).fill(Number.NEGATIVE_INFINITY);
  await inSteps(sample.length, 2 ** 16, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const c = i % cols;
      if (sample[i] < low[c]) low[c] = sample[i];
      if (sample[i] > high[c]) high[c] = sample[i];
    }
  });
  const offsets = low.map((x, c) => offsetOf(x, high[c]));
  return offsets.some((x) => x !== 0) ? offsets : undefined;
}

/** Add the offsets to rows in place, or subtract them, exactly. */
async function shift(
  rows: FloatArray,
  offsets: Float32Array,
  sign: 1 | -1,
  signal: AbortSignal | undefined,
): Promise<void> {
  await inSteps(rows.length, 2 ** 16, signal, (begin, end) => {
    for (let i = begin; i < end; i++) rows[i] += sign * offsets[i % offsets.length];
  });
}

/**
 * Do work on the float32 sample and float64 leaders as differences to the offsets, where the metric allows that.
 * @param rows gives the sample; its memory may have grown meanwhile
 */
export async function withOffsets<T>(
  rows: () => FloatArray,
  leaders: Matrix,
  metric: string,
  signal: AbortSignal | undefined,
  work: (leaders: Matrix) => Promise<T>,
): Promise<T> {
  const offsets = SHIFTED.includes(metric) ? await offsetsOf(rows(), leaders.cols, signal) : undefined;
  if (!offsets) return work(leaders);
  const data = leaders.data.slice();
  await shift(data, offsets, -1, signal);
  await shift(rows(), offsets, -1, signal);
  const result = await work({ ...leaders, data });
  await shift(rows(), offsets, 1, signal);
  return result;
}
