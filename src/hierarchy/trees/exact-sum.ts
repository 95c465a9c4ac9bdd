/**
 * Sums of branch lengths in twice the precision of float64, so that `toNewick` and `fromNewick` agree on every height to
 * the last bit. A sum is high + low, where high is the nearest float64. Source: Dekker 1971, Knuth's TwoSum.
 */

export interface ExactSum {
  readonly high: number;
  readonly low: number;
}

export const ZERO: ExactSum = { high: 0, low: 0 };

export function plus({ high, low }: ExactSum, x: number): ExactSum {
  const sum = high + x;
  const part = sum - high;
  const rest = high - (sum - part) + (x - part) + low;
  const total = sum + rest;
  return { high: total, low: rest - (total - sum) };
}

/** The nearest float64; the lower one if two are equally near. */
export function rounded({ high, low }: ExactSum): number {
  const below = high + 2 * low;
  return low < 0 && below - high === 2 * low ? below : high;
}

/** The length that leads from a sum to a height: the sum with it, when rounded, is that height. */
export function lengthTo(sum: ExactSum, height: number): number {
  const { high, low } = plus({ high: -sum.high, low: -sum.low }, height);
  const length = high + low;
  // Halfway between two heights one of two lengths is rounded to the right one.
  return length + (height - rounded(plus(sum, length)));
}
