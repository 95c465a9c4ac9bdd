/**
 * Booleans: a number is true if it is not 0 (NaN is true). Rows are packed into words of 64 bits, so
 * that one vector operation counts 128 coordinates; with weights, into masks of one f64 each.
 */
import { COLUMN, TILE } from '../lib/tile-shape';

/** Words per partial count: the count of 31 x 8 bits fits in a byte. */
export const BITS_BLOCK: u32 = 31;

@inline
function isTrue(xPtr: usize, wide: bool, k: u32): bool {
  return wide ? load<f64>(xPtr + ((k as usize) << 3)) != 0 : load<f32>(xPtr + ((k as usize) << 2)) != 0;
}

/**
 * Pack rows [rowBegin, rowEnd) into bits.
 *
 * Shape: `xPtr` rows of d f32, or f64 where `wide`; `outPtr` rows of ⌈d / 64⌉ u64, the bits behind the
 * last 0; `countPtr` one f64 a row, the number of true values.
 */
export function packBits(
  xPtr: usize,
  wide: bool,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
  countPtr: usize,
): i32 {
  const words = (d + 63) >> 6;
  for (let i = rowBegin; i < rowEnd; i++) {
    const from = xPtr + (((i as usize) * d) << (wide ? 3 : 2));
    const to = outPtr + (((i as usize) * words) << 3);
    let count: u64 = 0;
    for (let word: u32 = 0; word < words; word++) {
      let bits: u64 = 0;
      const begin = word << 6;
      const end = min<u32>(d, begin + 64);
      for (let k = begin; k < end; k++) bits |= (isTrue(from, wide, k) as u64) << (k - begin);
      store<u64>(to + ((word as usize) << 3), bits);
      count += popcnt<u64>(bits);
    }
    store<f64>(countPtr + ((i as usize) << 3), count as f64);
  }
  return 0;
}

/** Turn rows [rowBegin, rowEnd) into masks: d f64 per row, all bits set if true. The rest as packBits. */
export function packMasks(xPtr: usize, wide: bool, d: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): i32 {
  for (let i = rowBegin; i < rowEnd; i++) {
    const from = xPtr + (((i as usize) * d) << (wide ? 3 : 2));
    const to = outPtr + (((i as usize) * d) << 3);
    for (let k: u32 = 0; k < d; k++) {
      store<u64>(to + ((k as usize) << 3), isTrue(from, wide, k) ? ~(0 as u64) : 0);
    }
  }
  return 0;
}

/** Counts in the bytes of two words, as f64. */
@inline
function keep(add: bool, bytes: v128, to: usize): void {
  const halves = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes));
  const words = i32x4.add(halves, i64x2.shr_u(halves, 32));
  const value = f64x2.convert_low_i32x4_u(v128.shuffle<u32>(words, words, 0, 2, 0, 2));
  v128.store(to, add ? f64x2.add(v128.load(to), value) : value);
}

/** Coordinates that are true in both, for 4 rows x one panel of 4, over at most 31 words. */
export function bitsF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  tilePtr: usize,
): void {
  let s00 = i64x2.splat(0),
    s01 = i64x2.splat(0),
    s10 = i64x2.splat(0),
    s11 = i64x2.splat(0);
  let s20 = i64x2.splat(0),
    s21 = i64x2.splat(0),
    s30 = i64x2.splat(0),
    s31 = i64x2.splat(0);
  const end = panel + (count as usize) * COLUMN;
  let at: usize = 0;
  while (panel < end) {
    const p0 = v128.load(panel);
    const p1 = v128.load(panel, 16);
    let v = v128.load64_splat(a0 + at);
    s00 = i8x16.add(s00, i8x16.popcnt(v128.and(v, p0)));
    s01 = i8x16.add(s01, i8x16.popcnt(v128.and(v, p1)));
    v = v128.load64_splat(a1 + at);
    s10 = i8x16.add(s10, i8x16.popcnt(v128.and(v, p0)));
    s11 = i8x16.add(s11, i8x16.popcnt(v128.and(v, p1)));
    v = v128.load64_splat(a2 + at);
    s20 = i8x16.add(s20, i8x16.popcnt(v128.and(v, p0)));
    s21 = i8x16.add(s21, i8x16.popcnt(v128.and(v, p1)));
    v = v128.load64_splat(a3 + at);
    s30 = i8x16.add(s30, i8x16.popcnt(v128.and(v, p0)));
    s31 = i8x16.add(s31, i8x16.popcnt(v128.and(v, p1)));
    panel += COLUMN;
    at += 8;
  }
  keep(add, s00, tilePtr);
  keep(add, s01, tilePtr + 16);
  keep(add, s10, tilePtr + 32);
  keep(add, s11, tilePtr + 48);
  keep(add, s20, tilePtr + 64);
  keep(add, s21, tilePtr + 80);
  keep(add, s30, tilePtr + 96);
  keep(add, s31, tilePtr + 112);
}

@inline
function keepSum(add: bool, value: v128, to: usize): void {
  v128.store(to, add ? f64x2.add(v128.load(to), value) : value);
}

/**
 * Sums of the weights of one row x one panel of masks where both are true, the row alone, the panel
 * alone, neither: at `tilePtr` and one, two and three tiles behind.
 */
export function weightedBitsF64(
  a: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  let tt0 = i64x2.splat(0),
    tf0 = i64x2.splat(0),
    ft0 = i64x2.splat(0),
    ff0 = i64x2.splat(0);
  let tt1 = i64x2.splat(0),
    tf1 = i64x2.splat(0),
    ft1 = i64x2.splat(0),
    ff1 = i64x2.splat(0);
  const end = panel + (count as usize) * COLUMN;
  let at: usize = 0;
  while (panel < end) {
    const p0 = v128.load(panel);
    const p1 = v128.load(panel, 16);
    const v = v128.load64_splat(a + at);
    const w = v128.load64_splat(weights + at);
    const wt = v128.and(w, v);
    const wf = v128.andnot(w, v);
    tt0 = f64x2.add(tt0, v128.and(wt, p0));
    tf0 = f64x2.add(tf0, v128.andnot(wt, p0));
    ft0 = f64x2.add(ft0, v128.and(wf, p0));
    ff0 = f64x2.add(ff0, v128.andnot(wf, p0));
    tt1 = f64x2.add(tt1, v128.and(wt, p1));
    tf1 = f64x2.add(tf1, v128.andnot(wt, p1));
    ft1 = f64x2.add(ft1, v128.and(wf, p1));
    ff1 = f64x2.add(ff1, v128.andnot(wf, p1));
    panel += COLUMN;
    at += 8;
  }
  keepSum(add, tt0, tilePtr);
  keepSum(add, tt1, tilePtr + 16);
  keepSum(add, tf0, tilePtr + TILE);
  keepSum(add, tf1, tilePtr + TILE + 16);
  keepSum(add, ft0, tilePtr + 2 * TILE);
  keepSum(add, ft1, tilePtr + 2 * TILE + 16);
  keepSum(add, ff0, tilePtr + 3 * TILE);
  keepSum(add, ff1, tilePtr + 3 * TILE + 16);
}
