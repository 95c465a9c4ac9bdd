import { rangeError } from '../errors.ts';
import { wrongType, wrongValue } from '../support/checks.ts';
import { isTypedArray } from '../support/text/describe.ts';

/**
 * Whether two labellings describe the same clusters, up to the names of the labels.
 *
 * Shape: two arrays of n labels, in any numbering.
 * Cost: O(n).
 * Errors: TypeError if either is not an array of numbers; RangeError if their lengths differ or a label is NaN.
 * Source: scipy.cluster.hierarchy.is_isomorphic, as documented. SciPy 1.17 also returns true for some labellings that
 * are not equivalent, for example 1 1 2 2 3 3 4 4 and 5 5 6 6 5 5 6 6.
 */
export function isIsomorphic(T1: ArrayLike<number>, T2: ArrayLike<number>): boolean {
  checkLabels(T1, 'T1');
  checkLabels(T2, 'T2');
  if (T1.length !== T2.length) {
    throw rangeError(
      `T1 has length ${T1.length} and T2 has length ${T2.length}; both label the same observations`,
    );
  }
  // One map detects a cluster of T1 that is split in T2; the other, two clusters of T1 that are joined in T2.
  const there = new Map<number, number>();
  const back = new Map<number, number>();
  for (let i = 0; i < T1.length; i++) {
    const a = T1[i];
    const b = T2[i];
    if (!there.has(a) && !back.has(b)) {
      there.set(a, b);
      back.set(b, a);
    } else if (there.get(a) !== b || back.get(b) !== a) {
      return false;
    }
  }
  return true;
}

function checkLabels(T: unknown, name: string): void {
  if (!isTypedArray(T) && !(Array.isArray(T) && T.every((v) => typeof v === 'number'))) {
    throw wrongType(name, 'an array of numbers, a label for each observation', T);
  }
  const bad = Array.from(T as ArrayLike<number>).findIndex(Number.isNaN);
  if (bad >= 0) throw wrongValue(`${name}[${bad}]`, 'a number', Number.NaN);
}
