/** Which way a linkage of vectors goes: over the matrix of all distances, or in linear memory. */

import type { DistanceFunction, Metric } from '../../distance/metrics.ts';
import { rangeError, typeError } from '../../errors.ts';
import { describe } from '../../support/describe.ts';
import { hasMeans } from './linear-layout.ts';
import type { Method } from './methods.ts';

export const STRATEGIES = ['auto', 'matrix', 'linear'] as const;
/**
 * How linkage of vectors goes. 'matrix' makes all n(n-1)/2 distances first. 'linear' makes them when they are wanted and
 * keeps none, so that memory grows as the rows do: for ward, centroid, average over sqeuclidean, cosine or correlation, and
 * for single, which never keeps any. Ward and centroid over cosine or correlation always go so, over rows of length 1. 'auto' takes what is faster, and 'linear' where the matrix would not fit memoryLimit.
 * Where distances have no ties both give the same tree; of heights the last digits may differ, of float32 rows those after
 * the seventh.
 * With ties each gives a tree that is right, the same one at every memory limit and thread count, and the two may differ.
 * 'linear' compares distances that it makes anew of means in float64: all pairs that are each other's nearest merge at
 * once (centroid: one after the other), and among equals the choice falls by a fixed hash of the two rows that stand for
 * the clusters. So where ties matter, name the strategy. If 'auto' takes 'linear' for want of memory and heights are
 * equal, it warns (TIES); `plan` says which way the tree of a sample is made.
 */
export type Strategy = (typeof STRATEGIES)[number];

/** @throws TypeError or RangeError that lists the names there are */
export function checkStrategy(strategy: unknown): asserts strategy is Strategy {
  if (typeof strategy !== 'string') throw typeError(`strategy must be a name, got ${describe(strategy)}`);
  if (!STRATEGIES.includes(strategy as Strategy)) {
    throw rangeError(`strategy must be one of ${STRATEGIES.join(', ')}; got '${strategy}'`);
  }
}

/**
 * @param metric undefined for distances that are all there
 * @throws RangeError that names what has a way in linear memory, where this has none
 */
export function checkLinear(
  method: Method,
  metric: Metric | DistanceFunction | undefined,
  weighted: boolean,
): void {
  if (method === 'single') return;
  if (typeof metric === 'string' && hasMeans(method, metric, weighted)) return;
  const name = typeof metric === 'function' ? 'a function' : `metric '${metric}'`;
  throw rangeError(
    `strategy 'linear' is for single, and for vectors with ward or centroid (euclidean, cosine, correlation) or average (sqeuclidean ` +
      `without weights, cosine, correlation); got method '${method}' with ` +
      (metric === undefined ? 'condensed distances' : `${name}${weighted ? ' and weights' : ''}`),
  );
}

/** @throws RangeError where a matrix is asked for that no one can make use of */
export function checkMatrix(method: Method, metric: Metric, strategy: Strategy): void {
  if (strategy !== 'matrix') return;
  throw rangeError(
    `strategy 'matrix' is not for method '${method}' over ${metric}, which takes rows of length 1 in linear memory`,
  );
}

/**
 * Whether the linear way is the faster one, as measured (docs/performance.md).
 * @param square whether there is room for the full square of distances, without which the matrix is slow
 */
export function isLinearFaster(method: Method, n: number, cols: number, square: boolean): boolean {
  // Searches grow with the columns, scans of the square do not.
  if (!square) return cols <= 96;
  return method !== 'centroid' && cols <= 16 && n >= 3000 + 500 * cols;
}
