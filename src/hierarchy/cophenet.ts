import { checkCondensed, pairOf } from '../distance/squareform.ts';
import { rangeError } from '../errors.ts';
import { allocate } from '../support/allocate.ts';
import { exponentOf } from '../support/numbers/exponent.ts';
import type { FloatArray, Z } from '../types.ts';
import { leafOrder } from './traverse.ts';
import { checkLinkage } from './validate.ts';

/** How well a tree preserves the distances that it was built from. */
export interface CopheneticFit {
  /** Pearson's correlation of the cophenetic distances with Y; NaN if either does not vary. */
  correlation: number;
  /** The cophenetic distances, condensed. */
  distances: Float64Array;
}

/**
 * Cophenetic distances: for each pair of observations, the height at which they first belong to one cluster. With Y,
 * also the correlation of these distances with Y.
 *
 * Shape: returns n(n-1)/2 distances, condensed; Y has as many.
 * Cost: O(n^2) time; O(n) scratch.
 * Errors: those of `isValidLinkage`; TypeError if Y is not a Float64Array, Float32Array or array of numbers; RangeError
 * if its length is not n(n-1)/2 or a number is NaN.
 * Source: scipy.cluster.hierarchy.cophenet; Sokal & Rohlf 1962, "The comparison of dendrograms by objective methods".
 */
export function cophenet(Z: Z): Float64Array;
export function cophenet(Z: Z, Y: FloatArray | readonly number[]): CopheneticFit;
export function cophenet(Z: Z, Y?: FloatArray | readonly number[]): Float64Array | CopheneticFit {
  const n = checkLinkage(Z);
  if (Y === undefined) return copheneticDistances(Z, n);
  // Check Y first: computing the distances is the expensive part.
  const y = checkCondensed(Y, 'Y');
  if (y.length !== (n * (n - 1)) / 2) {
    throw rangeError(
      `Y has length ${y.length}; the ${n} observations of Z have ${(n * (n - 1)) / 2} distances`,
    );
  }
  const bad = y.findIndex(Number.isNaN);
  if (bad >= 0) throw rangeError(`Y: the distance between rows ${pairOf(bad, n).join(' and ')} is NaN`);
  const distances = copheneticDistances(Z, n);
  return { correlation: correlationOf(distances, y), distances };
}

/**
 * The loop visits the observations in leaf order, and keeps the distances of the current one to all others. From one
 * leaf to its right neighbour, only the distances to leaves below their common merge change, and the leaves of a node
 * are consecutive. Each row is then copied to the result in one piece.
 */
function copheneticDistances(Z: Z, n: number): Float64Array {
  const { leaves, start, counts } = leafOrder(Z);
  // meeting[p]: the merge that joins the leaves at positions p and p + 1.
  const meeting = allocate(Int32Array, n - 1);
  for (let i = 0; i < n - 1; i++) meeting[start[Z[4 * i + 1]] - 1] = i;

  const out = allocate(Float64Array, (n * (n - 1)) / 2);
  const row = allocate(Float64Array, n);
  const fill = (begin: number, count: number, height: number): void => {
    for (let p = begin; p < begin + count; p++) row[leaves[p]] = height;
  };
  /** Distances of the first leaf below `node` to all others below it. */
  const descend = (node: number): void => {
    let at = node;
    while (at >= n) {
      const i = at - n;
      const right = Z[4 * i + 1];
      fill(start[right], right < n ? 1 : counts[right - n], Z[4 * i + 2]);
      at = Z[4 * i];
    }
  };

  descend(2 * n - 2);
  for (let p = 0; p < n; p++) {
    if (p > 0) {
      const i = meeting[p - 1];
      fill(start[n + i], p - start[n + i], Z[4 * i + 2]);
      descend(Z[4 * i + 1]);
    }
    const leaf = leaves[p];
    // Rows before this one have n - 1, n - 2, ... distances.
    out.set(row.subarray(leaf + 1), leaf * n - (leaf * (leaf + 1)) / 2);
  }
  return out;
}

/** Elements that are summed before they are added to the total. This keeps rounding near that of pairwise summation. */
const BLOCK = 4096;

function mean(x: FloatArray, scale: number): number {
  let total = 0;
  for (let begin = 0; begin < x.length; begin += BLOCK) {
    const end = Math.min(begin + BLOCK, x.length);
    let sum = 0;
    for (let i = begin; i < end; i++) sum += x[i] * scale;
    total += sum;
  }
  return total / x.length;
}

/** A power of two that scales the largest number to about 1, so that squares neither overflow nor underflow. */
function scaleOf(x: FloatArray): number {
  let most = 0;
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i]));
  if (!(most > 0 && most < Infinity)) return 1;
  const exponent = exponentOf(most);
  return exponent < -1000 ? 1 : 2 ** -Math.min(1000, exponent);
}

/** Pearson's correlation, from deviations from the means, since the one-pass formula loses digits by cancellation. */
function correlationOf(x: FloatArray, y: FloatArray): number {
  const [scaleX, scaleY] = [scaleOf(x), scaleOf(y)];
  const meanX = mean(x, scaleX);
  const meanY = mean(y, scaleY);
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let begin = 0; begin < x.length; begin += BLOCK) {
    const end = Math.min(begin + BLOCK, x.length);
    let blockXY = 0;
    let blockXX = 0;
    let blockYY = 0;
    for (let i = begin; i < end; i++) {
      const dx = x[i] * scaleX - meanX;
      const dy = y[i] * scaleY - meanY;
      blockXY += dx * dy;
      blockXX += dx * dx;
      blockYY += dy * dy;
    }
    xy += blockXY;
    xx += blockXX;
    yy += blockYY;
  }
  return xy / Math.sqrt(xx * yy);
}
