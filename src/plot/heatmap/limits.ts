/** Which values the ends and the middle of a colour scale stand for. */

import { rangeError } from '../../errors.ts';
import { allocate } from '../../support/allocate.ts';
import type { FloatArray } from '../../types.ts';
import { LEVELS } from './scales.ts';

/** Percentiles of robust limits, as seaborn's. */
const ROBUST = [0.02, 0.98] as const;

export interface Limits {
  low: number;
  high: number;
  /** The value of the middle colour; undefined for the middle of low and high. */
  center: number | undefined;
  /** Whether values below `low`, or above `high`, have the colour of the end. */
  below: boolean;
  above: boolean;
  /** Number of missing values. */
  missing: number;
}

interface Wish {
  limits?: readonly [number, number];
  robust?: boolean;
  center?: number | false;
}

/**
 * Find the limits: those that were given, percentiles, or the least and the greatest value. NaN is missing.
 * @throws RangeError for an infinite value, and for values too far apart
 */
export function findLimits(data: FloatArray, cols: number, { limits, robust, center }: Wish): Limits {
  let least = Infinity;
  let greatest = -Infinity;
  let missing = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (Number.isNaN(value)) missing++;
    else {
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
  }
  if (least === -Infinity || greatest === Infinity) {
    const at = data.findIndex((value) => Math.abs(value) === Infinity);
    throw rangeError(
      `X: row ${Math.floor(at / cols)}, column ${at % cols} is ${data[at]}; cells must be finite, or NaN if they are missing`,
    );
  }
  if (missing === data.length) [least, greatest] = [0, 0];
  let [low, high] = [least, greatest];
  if (limits) [low, high] = limits;
  else if (robust && missing < data.length) [low, high] = percentiles(data, missing);
  if (!Number.isFinite(high - low) || !Number.isFinite(2 * (high - low))) {
    throw rangeError(
      `X has values from ${low} to ${high}, too far apart for a colour scale; scale them down first`,
    );
  }
  const middle =
    center === undefined ? (low < 0 && high > 0 ? 0 : undefined) : center === false ? undefined : center;
  return { low, high, center: middle, below: least < low, above: greatest > high, missing };
}

/** The level of a value's colour, from 0 to LEVELS - 1. */
export function leveller({ low, high, center }: Limits): (value: number) => number {
  const last = LEVELS - 1;
  const half = center === undefined ? (high - low) / 2 : Math.max(high - center, center - low);
  const middle = center === undefined ? low + half : center;
  if (!(half > 0)) return () => last / 2;
  // From the middle outwards, so that values at the same distance from a centre have colours at the same distance.
  return (value) => {
    const away = ((value - middle) / half) * (last / 2);
    const level = away < 0 ? -Math.round(-away) : Math.round(away);
    return Math.max(0, Math.min(last, last / 2 + level));
  };
}

/** The two percentiles, between neighbouring values where needed, as numpy.percentile gives them. */
function percentiles(data: FloatArray, missing: number): [number, number] {
  const values = allocate(Float64Array, data.length - missing, 'robust limits');
  let count = 0;
  for (let i = 0; i < data.length; i++) if (!Number.isNaN(data[i])) values[count++] = data[i];
  const at = (share: number) => {
    const place = share * (count - 1);
    const floor = Math.floor(place);
    const a = select(values, floor);
    if (floor + 1 >= count) return a;
    const b = select(values, floor + 1);
    return a + (place - floor) * (b - a);
  };
  return [at(ROBUST[0]), at(ROBUST[1])];
}

/** The k-th smallest value; `values` are reordered. Hoare's selection, linear time on average. */
function select(values: Float64Array, k: number): number {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const mid = (left + right) >> 1;
    const pivot = median(values[left], values[mid], values[right]);
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const swap = values[i];
      values[i++] = values[j];
      values[j--] = swap;
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else break;
  }
  return values[k];
}

function median(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
