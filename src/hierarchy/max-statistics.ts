/** The largest value of a statistic over each merge and all merges below it. */

import { wrongType, wrongValue } from '../support/checks.ts';
import type { Z } from '../types.ts';
import { maxBelow } from './traverse.ts';
import { checkInconsistency, checkLinkage } from './validate.ts';

/**
 * The largest height at or below each merge. It differs from the height of the merge only if the tree has inversions.
 *
 * Shape: returns n-1 numbers.
 * Cost: O(n).
 * Errors: those of `isValidLinkage`.
 * Source: scipy.cluster.hierarchy.maxdists.
 */
export function maxdists(Z: Z): Float64Array {
  checkLinkage(Z);
  return maxBelow(Z, Z, 4, 2);
}

/**
 * The largest inconsistency coefficient at or below each merge.
 *
 * Shape: R is (n-1) x 4, flat, as `inconsistent` returns it; returns n-1 numbers.
 * Cost: O(n).
 * Errors: those of `isValidLinkage` and `isValidIm`; RangeError if R does not have one row for each row of Z.
 * Source: scipy.cluster.hierarchy.maxinconsts.
 */
export function maxinconsts(Z: Z, R: Float64Array): Float64Array {
  return maxRstat(Z, R, 3);
}

/**
 * The largest value of column `i` of R at or below each merge: 0 mean, 1 deviation, 2 count, 3 coefficient.
 *
 * Shape: R is (n-1) x 4, flat, as `inconsistent` returns it; returns n-1 numbers.
 * Cost: O(n).
 * Errors: those of `isValidLinkage` and `isValidIm`; TypeError if `i` is not an integer; RangeError if it is not from 0
 * to 3, or R does not have one row for each row of Z.
 * Source: scipy.cluster.hierarchy.maxRstat.
 */
export function maxRstat(Z: Z, R: Float64Array, i: number): Float64Array {
  const n = checkLinkage(Z);
  checkInconsistency(R, n);
  if (!Number.isInteger(i)) throw wrongType('i', 'a column of R, an integer from 0 to 3', i);
  if (i < 0 || i > 3) throw wrongValue('i', 'a column of R, an integer from 0 to 3', i);
  return maxBelow(Z, R, 4, i);
}
