import { pairOf } from '../../distance/squareform.ts';
import { rangeError } from '../../errors.ts';
import { ROUND, type Steps } from '../../support/scheduling.ts';
import type { FloatArray, Z } from '../../types.ts';

/** Negative distances down to this fraction of the largest distance come from rounding in the element type. */
const ROUNDING = { Float32Array: 1e-5, Float64Array: 1e-10 };

/**
 * Look for negative condensed distances.
 * @returns the least, if it is negative only by rounding and counts as 0; 0 if no distance is negative
 * @throws RangeError, which names the pair, if a distance is negative by more than rounding
 */
export function* checkNegativeSteps(y: FloatArray, n: number): Steps<number> {
  let least = 0;
  let most = 0;
  let at = 0;
  for (let k = 0; k < y.length; k++) {
    if ((k & ROUND) === ROUND) yield;
    const x = y[k];
    if (x < least) {
      least = x;
      at = k;
    } else if (x > most) most = x;
  }
  // A distance that is not finite gets another error later.
  if (least === Number.NEGATIVE_INFINITY) return 0;
  if (-least > most * ROUNDING[y instanceof Float32Array ? 'Float32Array' : 'Float64Array']) {
    throw negative(pairOf(at, n), least);
  }
  return least;
}

/** Refuse negative heights. Computed distances of some metrics (dice) can be negative; the least is the first merge. */
export function checkHeights(Z: Z): Z {
  if (Z[2] < 0) throw negative([Z[0], Z[1]], Z[2]);
  return Z;
}

function negative([i, j]: [number, number], value: number): RangeError {
  return rangeError(
    `the distance between rows ${i} and ${j} is ${value}; distances are 0 or more (of similarities s up to 1, take 1 - s)`,
  );
}

/** Set negative numbers to 0. */
export function clamp(values: FloatArray): void {
  for (let k = 0; k < values.length; k++) if (values[k] < 0) values[k] = 0;
}
