/** The strategy of a linkage of vectors: over the matrix of all distances, or in linear memory. */

import type { DistanceFunction, Metric } from '../../distance/metrics.ts';
import { rangeError } from '../../errors.ts';
import { checkOneOf } from '../../support/checks.ts';
import { hasMeans } from './linear-layout.ts';
import { METHOD_FACTS, type Method } from './methods.ts';

const STRATEGIES = ['auto', 'matrix', 'linear'] as const;
/**
 * How linkage of vectors works.
 *
 * - 'matrix' computes all n(n-1)/2 distances first.
 * - 'linear' computes distances when they are needed and keeps none, so memory grows linearly with the rows. It exists
 *   for ward and centroid, for average over sqeuclidean, cosine or correlation, and for single, which never keeps
 *   distances. Ward and centroid over cosine or correlation always use it, on rows scaled to length 1.
 * - 'auto' takes the faster one, and 'linear' if the matrix does not fit memoryLimit.
 *
 * Without ties both give the same tree. The last digits of heights may differ; for float32 rows, those after the
 * seventh.
 *
 * With ties both give a correct tree, which is the same at every memory limit and thread count, but the two trees may
 * differ. 'linear' computes distances again from means in float64. In each round, all pairs of clusters that are
 * nearest to each other merge (centroid: one pair at a time). Among equal distances, a fixed hash of the two rows that
 * represent the clusters decides. So set the strategy if ties matter. If 'auto' takes 'linear' because of the memory
 * limit and heights are equal, it warns (TIES). `plan` tells how the tree of a sample is grown.
 */
export type Strategy = (typeof STRATEGIES)[number];

/** @throws TypeError if it is not a string; RangeError, which lists the names, if it is unknown */
export function checkStrategy(strategy: unknown): asserts strategy is Strategy {
  checkOneOf(strategy, 'strategy', STRATEGIES);
}

/**
 * @param metric undefined for condensed distances
 * @throws RangeError, which lists what 'linear' supports, if it does not support this
 */
export function checkLinear(
  method: Method,
  metric: Metric | DistanceFunction | undefined,
  weighted: boolean,
): void {
  if (METHOD_FACTS[method].spanning) return;
  if (typeof metric === 'string' && hasMeans(method, metric, weighted)) return;
  const name = typeof metric === 'function' ? 'a function' : `metric '${metric}'`;
  throw rangeError(
    `strategy 'linear' is for single, and for vectors with ward or centroid (euclidean, cosine, correlation) or average (sqeuclidean ` +
      `without weights, cosine, correlation); got method '${method}' with ` +
      (metric === undefined ? 'condensed distances' : `${name}${weighted ? ' and weights' : ''}`),
  );
}

/** @throws RangeError if the strategy is 'matrix' (for ward and centroid over cosine or correlation) */
export function checkMatrix(method: Method, metric: Metric, strategy: Strategy): void {
  if (strategy !== 'matrix') return;
  throw rangeError(
    `strategy 'matrix' is not for method '${method}' over ${metric}, which takes rows of length 1 in linear memory`,
  );
}

/**
 * Whether the linear way is faster, according to measurements (docs/performance.md).
 * @param square whether the full square of distances fits; without it the matrix is slow
 */
export function isLinearFaster(method: Method, n: number, cols: number, square: boolean): boolean {
  // The cost of searches grows with the columns; that of scans of the square does not.
  if (!square) return cols <= 96;
  return !METHOD_FACTS[method].inversions && cols <= 16 && n >= 3000 + 500 * cols;
}
