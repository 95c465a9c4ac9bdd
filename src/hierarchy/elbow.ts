import { rangeError } from '../errors.ts';
import { allocate } from '../support/allocate.ts';
import { checkNumber, checkOptions } from '../support/checks.ts';
import type { Z } from '../types.ts';
import { checkLinkage } from './validate.ts';

/** The elbow of the merge heights. */
export interface Elbow {
  /** The suggested number of clusters, 2 or more. */
  k: number;
  /** Second differences of the heights examined, in the order of the merges. The last element belongs to 2 clusters. */
  acceleration: Float64Array;
}

export interface ElbowOptions {
  /** Number of merges to examine, counted back from the last; Infinity for all. Default 10. */
  last?: number;
}

/**
 * Suggest a number of clusters: the one at which the heights of the last merges accelerate most.
 *
 * Returns: `acceleration[length - 1 - i]` belongs to i + 2 clusters. The largest decides; among equals, the smallest
 * number of clusters.
 * Cost: O(n), for the check of Z.
 * Errors: those of `isValidLinkage`; TypeError if `last` is not a number; RangeError if it is not an integer of 3 or
 * more or Infinity, Z has fewer than 3 merges, or a height examined is not finite.
 * Source: the elbow method on merge heights; Thorndike 1953, "Who belongs in the family?".
 */
export function elbow(Z: Z, options: ElbowOptions = {}): Elbow {
  checkOptions(options, { last: true }, 'elbow', '{ last: 10 }');
  const merges = checkLinkage(Z) - 1;
  const { last = 10 } = options;
  checkNumber(
    last,
    'last',
    'a number of merges, an integer of 3 or more, or Infinity for all',
    (x) => x >= 3 && x === Math.floor(x),
  );
  if (merges < 3)
    throw rangeError(`Z has ${merges} merges; a second difference takes the heights of 3 or more`);
  const from = Math.max(0, merges - last);
  for (let i = from; i < merges; i++) {
    if (!Number.isFinite(Z[4 * i + 2])) {
      throw rangeError(`Z: row ${i}, column 2 is ${Z[4 * i + 2]}; heights that are compared are finite`);
    }
  }

  const acceleration = allocate(Float64Array, merges - from - 2);
  let best = acceleration.length - 1;
  for (let i = acceleration.length - 1; i >= 0; i--) {
    const at = 4 * (from + i) + 2;
    // A difference of differences, not h2 - 2 h1 + h0, so that rounding is the same as for taking differences twice.
    acceleration[i] = Z[at + 8] - Z[at + 4] - (Z[at + 4] - Z[at]);
    if (acceleration[i] > acceleration[best]) best = i;
  }
  return { k: acceleration.length - 1 - best + 2, acceleration };
}
