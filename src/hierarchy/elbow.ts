import { rangeError, typeError } from '../errors.ts';
import { allocate } from '../support/allocate.ts';
import { checkOptions } from '../support/checks.ts';
import { describe } from '../support/describe.ts';
import type { Z } from '../types.ts';
import { checkLinkage } from './validate.ts';

/** Where the heights bend most. */
export interface Elbow {
  /** The number of clusters that the bend suggests, 2 or more. */
  k: number;
  /** Second differences of the heights looked at, in the order of the merges: its last element speaks for 2 clusters. */
  acceleration: Float64Array;
}

export interface ElbowOptions {
  /** Merges to look at, counted back from the last; Infinity for all. Default 10. */
  last?: number;
}

/**
 * Suggest a number of clusters: the one at which the heights of the last merges accelerate most.
 *
 * Returns: `acceleration[length - 1 - i]` speaks for i + 2 clusters; the largest wins, the fewest clusters among equals.
 * Cost: O(n), for the check of Z.
 * Errors: those of `isValidLinkage`; TypeError if `last` is no number; RangeError if it is no integer of 3 or more, Z has
 * fewer than 3 merges, or a height looked at is not finite.
 * Source: the elbow method on merge heights; Thorndike 1953, "Who belongs in the family?".
 */
export function elbow(Z: Z, options: ElbowOptions = {}): Elbow {
  checkOptions(options, { last: true }, 'elbow', '{ last: 10 }');
  const merges = checkLinkage(Z) - 1;
  const { last = 10 } = options;
  if (typeof last !== 'number')
    throw typeError(`last is ${describe(last)}; it is a number of merges, 3 or more`);
  if (!(last >= 3) || last !== Math.floor(last)) {
    throw rangeError(
      `last is ${last}; it is a number of merges, an integer of 3 or more, or Infinity for all`,
    );
  }
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
    // Difference of differences, not h2 - 2 h1 + h0: the same rounding as taking differences twice.
    acceleration[i] = Z[at + 8] - Z[at + 4] - (Z[at + 4] - Z[at]);
    if (acceleration[i] > acceleration[best]) best = i;
  }
  return { k: acceleration.length - 1 - best + 2, acceleration };
}
