/**
 * Quantized bounds for the nearest of many leaders. Rows and leaders are quantized to 16-bit integers. Their dot
 * products give distances with a proven error bound, which tells which leaders can be the nearest. Exact distances are
 * computed only for these candidates (nearest.ts), so results are the same, to the last bit, as with distances to all
 * leaders. Integers are summed without rounding, twice as many at a time as float32.
 *
 * With c the mean of the leaders, X = x - c and L = l - c:   |x - l|² - |X|² = |L|² - 2 X·L.
 * A row is X ≈ s q, where q has integer coordinates and s = |X| / RADIUS; likewise a leader is L ≈ t p. By the
 * Cauchy-Schwarz inequality, any partial sum of q·p stays below RADIUS² (rounding adds a little) < 2^31. Let h be the
 * largest length of the rounding error of q or p, slightly more than √d / 2. Then the error of X·L is at most
 * s t (2 (RADIUS + h) h + h²). This, plus a bound of the rounding in float32, is the slack of a score.
 *
 *   quantized leaders, m of d coordinates   M = m rounded up to 2, D = d rounded up to 8
 *     header   32 bytes: m, or 0 if the bounds cannot be used; slack, growth f32
 *     centre   D float32 or float64, 0 from d on
 *     t, n, a  M float32 each: the scale of a leader, |L|², a bound of the rounding error of that
 *     p        int16, in groups of four leaders: for each pair of coordinates, the pairs of the four leaders
 *
 * The padding leader has an infinite n, so its score is infinite.
 */
import { scalesAt, QUANTIZED_HEADER, wholesAt } from './sizes';

/** Length of a quantized row. Its square fits in 31 bits, also for a row that rounding has made longer. */
export const RADIUS: f64 = 32000;
/** Squared lengths above this overflow, or lose digits, in float32. The bounds are not used then. */
export const MOST_SQUARE: f64 = 1e30;
/** A row whose squared length is below this is treated as c itself. */
export const NOTHING: f32 = 1e-37;

export const SLACK: usize = 4;
export const GROWTH: usize = 8;

/* For 8 rows, one float32 each: |X|², 2 s, the slack divided by t, the least upper bound so far. */
export const SQUARE: usize = 0;
export const DOUBLE: usize = 32;
export const WIDTH: usize = 64;
export const LEAST: usize = 96;
export const SCALES: usize = 128;

@inline
export function centreOf(quantizedPtr: usize): usize {
  return quantizedPtr + QUANTIZED_HEADER;
}

@inline
export function scalesOf(quantizedPtr: usize, wide: bool, d: u32): usize {
  return quantizedPtr + scalesAt(wide ? 1 : 0, d);
}

@inline
export function wholesOf(quantizedPtr: usize, wide: bool, m: u32, d: u32): usize {
  return quantizedPtr + wholesAt(wide ? 1 : 0, m, d);
}

/** Whether the quantized leaders are m in number and their bounds can be used. */
@inline
export function isUsable(quantizedPtr: usize, m: u32): bool {
  return load<u32>(quantizedPtr) == m;
}
