/**
 * A screen for the nearest of many leaders: rows and leaders as whole numbers of 16 bits, whose products tell with a
 * proven bound which leaders can be the nearest. Those alone are then measured (nearest.ts), so that what comes out is
 * what measuring all of them gives, to the last bit. Whole numbers are summed without rounding, twice as many at a time
 * as float32.
 *
 * With c the mean of the leaders, X = x - c and L = l - c:   |x - l|² - |X|² = |L|² - 2 X·L.
 * A row is X ≈ s q, where q is whole and s = |X| / RADIUS; a leader L ≈ t p likewise. By Cauchy and Schwarz any partial
 * sum of q·p stays below RADIUS² (a little more, by rounding) < 2^31. With h the length that rounding adds to q or p at
 * most, √d / 2 and a trifle, X·L is off by no more than s t (2 (RADIUS + h) h + h²): this, and a bound of what float32
 * rounds in between, is the slack of a score.
 *
 *   screen, for m leaders of d coordinates   M = m rounded up to 2, D = d rounded up to 8
 *     header   32: m, or 0 where it is of no use; slack, growth f32
 *     centre   D float32 or float64, 0 behind d
 *     t, n, a  M float32 each: the scale of a leader, |L|², what rounding does to that
 *     p        int16, by fours of leaders: for each pair of coordinates the pairs of the four
 *
 * Filled-up leaders have an infinite n: their score is infinite.
 */
import { scalesAt, SCREEN_HEADER, wholesAt } from './sizes';

/** Length of a row in whole numbers. Its square, and that of a row that rounding made longer, fits 31 bits. */
export const RADIUS: f64 = 32000;
/** Squared lengths above this overflow, or lose digits, in float32: such rows are measured. */
export const MOST_SQUARE: f64 = 1e30;
/** Rows that are shorter than the root of this count as c itself. */
export const NOTHING: f32 = 1e-37;

export const SLACK: usize = 4;
export const GROWTH: usize = 8;

/* Of 8 rows, one float32 each: |X|², 2 s, the slack by t, the least upper bound so far. */
export const SQUARE: usize = 0;
export const DOUBLE: usize = 32;
export const WIDTH: usize = 64;
export const LEAST: usize = 96;
export const SCALES: usize = 128;

@inline
export function centreOf(screenPtr: usize): usize {
  return screenPtr + SCREEN_HEADER;
}

@inline
export function scalesOf(screenPtr: usize, wide: bool, d: u32): usize {
  return screenPtr + scalesAt(wide ? 1 : 0, d);
}

@inline
export function wholesOf(screenPtr: usize, wide: bool, m: u32, d: u32): usize {
  return screenPtr + wholesAt(wide ? 1 : 0, m, d);
}

/** Whether a screen is one of so many leaders, and of use. */
@inline
export function isUsable(screenPtr: usize, m: u32): bool {
  return load<u32>(screenPtr) == m;
}
