/**
 * Checks of linkage matrices and inconsistency matrices. Every function of this folder checks its input here before it
 * reads it, so none can read outside its arrays or loop for ever.
 */

import { rangeError } from '../errors.ts';
import { wrongType } from '../support/checks.ts';
import { finish, ROUND, type Steps } from '../support/scheduling.ts';
import { tagOf } from '../support/text/describe.ts';
import { answer, type Problem, type ValidityOptions } from '../support/validity.ts';
import type { Z } from '../types.ts';

/** The first error in the type or length of a flat (rows x 4) float64 matrix. */
function shapeProblem(M: unknown, name: string, what: string): Problem | undefined {
  if (tagOf(M) !== 'Float64Array') {
    return wrongType(name, `${what}, a Float64Array of rows of 4`, M);
  }
  const { length } = M as Float64Array;
  if (length % 4 !== 0) {
    return rangeError(
      `${name} has length ${length}; ${what} has rows of 4, so its length is a multiple of 4`,
    );
  }
  if (length === 0) {
    return rangeError(`${name} is empty; ${what} has at least one row (two observations make one merge)`);
  }
  return undefined;
}

/**
 * The first error in a linkage matrix.
 *
 * The check is stricter than SciPy's in two cases in which SciPy would read outside its arrays: an index must be a
 * whole number (SciPy accepts NaN and fractions), and a matrix with a single row is checked like any other. Heights may
 * be NaN or infinite, as in SciPy.
 */
function* linkageProblem(Z: unknown, name: string): Steps<Problem | undefined> {
  const shape = shapeProblem(Z, name, 'a linkage matrix');
  if (shape) return shape;
  const z = Z as Z;
  const rows = z.length / 4;
  const n = rows + 1;
  const used = new Uint8Array(2 * n - 1);
  for (let i = 0; i < rows; i++) {
    if ((i & ROUND) === ROUND) yield;
    for (let side = 0; side < 2; side++) {
      const id = z[4 * i + side];
      // NaN fails these comparisons too.
      if (id >= 0 && id < n + i && id === Math.floor(id) && used[id] === 0) {
        used[id] = 1;
        continue;
      }
      const at = `${name}: row ${i}, column ${side} is ${id}`;
      if (id < 0) return rangeError(`${at}, a negative index; clusters are numbered from 0`);
      if (id !== Math.floor(id))
        return rangeError(`${at}; a cluster's index is a whole number from 0 to ${n + i - 1}`);
      if (id >= n + i) {
        return rangeError(`${at}, a cluster used before it is formed; here only 0 to ${n + i - 1} exist`);
      }
      return rangeError(`${at}, a cluster used more than once; each cluster is merged exactly once`);
    }
    if (z[4 * i + 2] < 0) {
      return rangeError(
        `${name}: row ${i}, column 2 is ${z[4 * i + 2]}, a negative distance; distances are 0 or more`,
      );
    }
    const count = z[4 * i + 3];
    if (count < 0) {
      return rangeError(`${name}: row ${i}, column 3 is ${count}, a negative count; counts are 0 to ${n}`);
    }
    if (count > n) {
      return rangeError(
        `${name}: row ${i}, column 3 is ${count}, an excessive count; ${rows} rows stand for ${n} observations`,
      );
    }
  }
  return undefined;
}

/** The first error in an inconsistency matrix. */
function inconsistencyProblem(R: unknown, name: string): Problem | undefined {
  const shape = shapeProblem(R, name, 'an inconsistency matrix');
  if (shape) return shape;
  const r = R as Float64Array;
  const columns = ['mean', 'standard deviation', 'link count'];
  for (let i = 0; i < r.length; i += 4) {
    for (let col = 0; col < 3; col++) {
      if (r[i + col] < 0) {
        return rangeError(
          `${name}: row ${i / 4}, column ${col} is ${r[i + col]}, a negative ${columns[col]}; columns 0 to 2 are 0 or more`,
        );
      }
    }
  }
  return undefined;
}

/**
 * Whether a matrix can be a linkage matrix: a Float64Array with rows of 4 numbers. Indices must be whole numbers of
 * clusters that exist before the merge, and each may be used only once. Indices, heights and counts must not be
 * negative, and no count may be above n. It does not check that counts are the sums of their parts.
 *
 * Cost: O(n) time and bytes.
 * Errors: none, unless `throw`: then TypeError or RangeError with the row and column.
 * Source: scipy.cluster.hierarchy.is_valid_linkage. It is stricter in cases in which SciPy would read outside its
 * arrays: NaN or fractional indices, and the indices of a matrix with one row.
 */
export function isValidLinkage(Z: unknown, options: ValidityOptions = {}): boolean {
  return answer(finish(linkageProblem(Z, options.name ?? 'Z')), options);
}

/**
 * Whether a matrix can be an inconsistency matrix: a Float64Array of rows of 4 whose means, deviations and link counts
 * are not negative.
 *
 * Cost: O(n) time.
 * Errors: none, unless `throw`: then TypeError or RangeError with the row and column.
 * Source: scipy.cluster.hierarchy.is_valid_im.
 */
export function isValidIm(R: unknown, options: ValidityOptions = {}): boolean {
  return answer(inconsistencyProblem(R, options.name ?? 'R'), options);
}

/** Throw unless Z is a linkage matrix; returns the number of observations. */
export function checkLinkage(Z: unknown, name = 'Z'): number {
  return finish(checkLinkageSteps(Z, name));
}

/** As checkLinkage, in steps. */
export function* checkLinkageSteps(Z: unknown, name = 'Z'): Steps<number> {
  const problem = yield* linkageProblem(Z, name);
  if (problem) throw problem;
  return (Z as Z).length / 4 + 1;
}

/** Throw unless R is an inconsistency matrix with a row for each merge of an n-observation linkage. */
export function checkInconsistency(R: unknown, n: number, name = 'R'): asserts R is Float64Array {
  const problem = inconsistencyProblem(R, name);
  if (problem) throw problem;
  const rows = (R as Float64Array).length / 4;
  if (rows !== n - 1) {
    throw rangeError(`${name} has ${rows} rows, but Z has ${n - 1}; each merge needs its row of statistics`);
  }
}

/**
 * Number of observations of a linkage matrix.
 *
 * Cost: O(n), for the check.
 * Errors: those of `isValidLinkage`.
 * Source: scipy.cluster.hierarchy.num_obs_linkage.
 */
export function numObsLinkage(Z: Z): number {
  return checkLinkage(Z);
}

/**
 * Whether no merge is lower than the one before it. It can be false for centroid and median linkage. Any comparison
 * with a NaN height makes it false.
 *
 * Cost: O(n).
 * Errors: those of `isValidLinkage`.
 * Source: scipy.cluster.hierarchy.is_monotonic.
 */
export function isMonotonic(Z: Z): boolean {
  checkLinkage(Z);
  for (let at = 6; at < Z.length; at += 4) {
    if (!(Z[at] >= Z[at - 4])) return false;
  }
  return true;
}
