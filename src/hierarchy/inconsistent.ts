import { checkNumber } from '../support/checks.ts';
import { exponentOf } from '../support/numbers/exponent.ts';
import { finish, ROUND, type Steps } from '../support/scheduling.ts';
import type { Z } from '../types.ts';
import { checkLinkageSteps } from './validate.ts';

/**
 * Inconsistency statistics: how much the height of each merge differs from the heights of the merges just below it.
 *
 * Shape: returns (n-1) x 4, flat: mean and sample standard deviation (n-1 in the denominator) of the heights, their
 * number, and (height - mean) / deviation, which is 0 if the deviation is 0.
 * Depth: `depth` levels are used. The first is the merge itself; 0 is read as 1.
 * Cost: O(n min(2^depth, n)) time, O(n) scratch. For a chain, this is quadratic if the depth is near n.
 * Errors: those of `isValidLinkage`; TypeError if `depth` is not a number; RangeError if it is negative or not an
 * integer.
 * Source: scipy.cluster.hierarchy.inconsistent; Jain & Dubes 1988, "Algorithms for Clustering Data".
 */
export function inconsistent(Z: Z, depth = 2): Float64Array {
  return finish(inconsistentSteps(Z, depth));
}

/** As inconsistent, in steps. */
function* inconsistentSteps(Z: Z, depth: number): Steps<Float64Array> {
  yield* checkLinkageSteps(Z);
  checkDepth(depth);
  return yield* coefficientSteps(Z, depth);
}

/** @throws TypeError if it is not a number; RangeError if it is not a whole number of 0 or more */
export function checkDepth(depth: number): void {
  checkNumber(depth, 'depth', 'a whole number of levels, 0 or more', (x) => x >= 0 && x === Math.floor(x));
}

/** As inconsistentSteps, for a tree and a depth that have been checked. */
export function* coefficientSteps(Z: Z, depth: number): Steps<Float64Array> {
  const n = Z.length / 4 + 1;

  // children[2 i] and [2 i + 1]: rows of Z below merge i, or a negative number for a leaf.
  const children = new Int32Array(2 * (n - 1));
  for (let i = 0; i < n - 1; i++) {
    if ((i & ROUND) === ROUND) yield;
    children[2 * i] = Z[4 * i] - n;
    children[2 * i + 1] = Z[4 * i + 1] - n;
  }

  const R = new Float64Array(4 * (n - 1));
  let most = 0;
  for (let at = 2; at < Z.length; at += 4) most = Math.max(most, Z[at]);
  // Dividing by a power of two changes no digit, and keeps squares within float64.
  const extreme = Number.isFinite(most) && most > 0 && (most > 1e140 || most < 1e-140);
  const unit = extreme ? 2 ** Math.max(-1000, Math.min(1000, exponentOf(most))) : 1;
  // A tree has at most as many levels as merges.
  const levels = Math.max(1, Math.min(depth, n - 1));
  const node = new Int32Array(levels);
  const tried = new Uint8Array(levels);
  let looked = 0;
  for (let i = 0; i < n - 1; i++) {
    // Heights are added children first, left before right, as in SciPy. The order decides the last bits, and a
    // threshold that a caller took from SciPy's R must give the same comparison with ours.
    let count = 0;
    let sum = 0;
    let squares = 0;
    let level = 0;
    node[0] = i;
    tried[0] = 0;
    while (level >= 0) {
      const at = node[level];
      if (level < levels - 1 && tried[level] < 2) {
        const child = children[2 * at + tried[level]++];
        if (child >= 0) {
          level++;
          node[level] = child;
          tried[level] = 0;
        }
        continue;
      }
      const height = Z[4 * at + 2] / unit;
      count++;
      sum += height;
      squares += height * height;
      level--;
    }

    looked += count;
    if (looked > ROUND) {
      yield;
      looked = 0;
    }
    const mean = sum / count;
    // Rounding can make the variance negative, and an infinite height makes it NaN. Both count as zero variance.
    const variance = count < 2 ? 0 : (squares - (sum * sum) / count) / (count - 1);
    R[4 * i] = mean * unit;
    R[4 * i + 2] = count;
    if (variance > 0) {
      const deviation = Math.sqrt(variance);
      R[4 * i + 1] = deviation * unit;
      R[4 * i + 3] = (Z[4 * i + 2] / unit - mean) / deviation;
    }
  }
  return R;
}
