import { pairOf } from '../../distance/squareform.ts';
import { rangeError } from '../../errors.ts';
import { ROUND, type Steps } from '../../support/scheduling.ts';
import type { FloatArray, Z } from '../../types.ts';

/** How far below 0, as a share of the largest distance, is rounding: of numbers that were made in the element type. */
const ROUNDING = { Float32Array: 1e-5, Float64Array: 1e-10 };

/**
 * Look for condensed distances below 0.
 * @returns the least, where it is rounding's doing and counts as 0; else 0
 * @throws RangeError that names the pair
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
  // Not finite is another error's.
  if (least === Number.NEGATIVE_INFINITY) return 0;
  if (-least > most * ROUNDING[y instanceof Float32Array ? 'Float32Array' : 'Float64Array']) {
    throw negative(pairOf(at, n), least);
  }
  return least;
}

/** As made, distances of a metric such as dice can be below 0: the least of them is the first merge. */
export function checkHeights(Z: Z): Z {
  if (Z[2] < 0) throw negative([Z[0], Z[1]], Z[2]);
  return Z;
}

function negative([i, j]: [number, number], value: number): RangeError {
  return rangeError(
    `the distance between rows ${i} and ${j} is ${value}; distances are 0 or more (of similarities s up to 1, take 1 - s)`,
  );
}

/** What is below 0 becomes 0. */
export function clamp(values: FloatArray): void {
  for (let k = 0; k < values.length; k++) if (values[k] < 0) values[k] = 0;
}
