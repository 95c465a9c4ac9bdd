/** Bounds of the scores of 8 rows and many leaders, and the candidates they leave for the nearest (quantized-layout.ts). */
import { DOUBLE, GROWTH, LEAST, MOST_SQUARE, scalesOf, SQUARE, wholesOf, WIDTH } from './quantized-layout';
import { paddedColumns, paddedLeaders } from './sizes';

/** Bound of all underflow in the computation. */
const TRIFLE: f32 = 1e-29;

/** Whether the scales of 8 rows allow valid bounds. False if a row is not finite. */
@inline
export function areSound(scales: usize): bool {
  const most = f32x4.splat(MOST_SQUARE as f32);
  return v128.all_true<i32>(
    v128.and(f32x4.le(v128.load(scales, SQUARE), most), f32x4.le(v128.load(scales, SQUARE + 16), most)),
  );
}

/** Add q·p of four rows, for one pair of coordinates, to `sum`. */
@inline
function dot(sum: v128, q: v128, p: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(q, p));
}

/** Store the lower bound of a score at `to`; return the upper bound. */
@inline
function bound(sum: v128, double: v128, width: v128, t: v128, n: v128, a: v128, to: usize): v128 {
  const product = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(sum), double), t);
  const score = f32x4.sub(n, product);
  const slack = f32x4.add(f32x4.mul(width, t), a);
  v128.store(to, f32x4.sub(score, slack));
  return f32x4.add(score, slack);
}

/**
 * Lower bounds of the scores of 8 rows and leaders [begin, end), 32 bytes per leader at `lowPtr`. Updates the least
 * upper bound of each row in `scales`.
 *
 * Shape: `panel` of quantizeRows; begin is a multiple of 4, end is even.
 */
export function scoreLeaders(
  panel: usize,
  quantizedPtr: usize,
  wide: bool,
  m: u32,
  d: u32,
  begin: u32,
  end: u32,
  scales: usize,
  lowPtr: usize,
): void {
  const columns = paddedColumns(d) as usize;
  const panelEnd = panel + (columns << 4);
  const leaders = (paddedLeaders(m) as usize) << 2;
  let tPtr = scalesOf(quantizedPtr, wide, d) + ((begin as usize) << 2);
  let p = wholesOf(quantizedPtr, wide, m, d) + (((begin as usize) * columns) << 1);
  const double0 = v128.load(scales, DOUBLE),
    double1 = v128.load(scales, DOUBLE + 16);
  const width0 = v128.load(scales, WIDTH),
    width1 = v128.load(scales, WIDTH + 16);
  let least0 = v128.load(scales, LEAST),
    least1 = v128.load(scales, LEAST + 16);
  // Both loops are written out: a single loop that bounds the sums of one of two inner loops takes 6 to 8 % longer.
  let j = begin;
  for (; j + 4 <= end; j += 4) {
    let s00 = i64x2.splat(0),
      s01 = s00,
      s10 = s00,
      s11 = s00,
      s20 = s00,
      s21 = s00,
      s30 = s00,
      s31 = s00;
    for (let at = panel; at < panelEnd; at += 32) {
      const q0 = v128.load(at),
        q1 = v128.load(at, 16);
      let v = v128.load32_splat(p);
      s00 = dot(s00, q0, v);
      s01 = dot(s01, q1, v);
      v = v128.load32_splat(p, 4);
      s10 = dot(s10, q0, v);
      s11 = dot(s11, q1, v);
      v = v128.load32_splat(p, 8);
      s20 = dot(s20, q0, v);
      s21 = dot(s21, q1, v);
      v = v128.load32_splat(p, 12);
      s30 = dot(s30, q0, v);
      s31 = dot(s31, q1, v);
      p += 16;
    }
    let t = v128.load32_splat(tPtr),
      n = v128.load32_splat(tPtr + leaders);
    let a = v128.load32_splat(tPtr + 2 * leaders);
    least0 = f32x4.pmin(least0, bound(s00, double0, width0, t, n, a, lowPtr));
    least1 = f32x4.pmin(least1, bound(s01, double1, width1, t, n, a, lowPtr + 16));
    t = v128.load32_splat(tPtr, 4);
    n = v128.load32_splat(tPtr + leaders, 4);
    a = v128.load32_splat(tPtr + 2 * leaders, 4);
    least0 = f32x4.pmin(least0, bound(s10, double0, width0, t, n, a, lowPtr + 32));
    least1 = f32x4.pmin(least1, bound(s11, double1, width1, t, n, a, lowPtr + 48));
    t = v128.load32_splat(tPtr, 8);
    n = v128.load32_splat(tPtr + leaders, 8);
    a = v128.load32_splat(tPtr + 2 * leaders, 8);
    least0 = f32x4.pmin(least0, bound(s20, double0, width0, t, n, a, lowPtr + 64));
    least1 = f32x4.pmin(least1, bound(s21, double1, width1, t, n, a, lowPtr + 80));
    t = v128.load32_splat(tPtr, 12);
    n = v128.load32_splat(tPtr + leaders, 12);
    a = v128.load32_splat(tPtr + 2 * leaders, 12);
    least0 = f32x4.pmin(least0, bound(s30, double0, width0, t, n, a, lowPtr + 96));
    least1 = f32x4.pmin(least1, bound(s31, double1, width1, t, n, a, lowPtr + 112));
    lowPtr += 128;
    tPtr += 16;
  }
  if (j < end) {
    let s00 = i64x2.splat(0),
      s01 = s00,
      s10 = s00,
      s11 = s00;
    for (let at = panel; at < panelEnd; at += 32) {
      const q0 = v128.load(at),
        q1 = v128.load(at, 16);
      let v = v128.load32_splat(p);
      s00 = dot(s00, q0, v);
      s01 = dot(s01, q1, v);
      v = v128.load32_splat(p, 4);
      s10 = dot(s10, q0, v);
      s11 = dot(s11, q1, v);
      p += 16;
    }
    let t = v128.load32_splat(tPtr),
      n = v128.load32_splat(tPtr + leaders);
    let a = v128.load32_splat(tPtr + 2 * leaders);
    least0 = f32x4.pmin(least0, bound(s00, double0, width0, t, n, a, lowPtr));
    least1 = f32x4.pmin(least1, bound(s01, double1, width1, t, n, a, lowPtr + 16));
    t = v128.load32_splat(tPtr, 4);
    n = v128.load32_splat(tPtr + leaders, 4);
    a = v128.load32_splat(tPtr + 2 * leaders, 4);
    least0 = f32x4.pmin(least0, bound(s10, double0, width0, t, n, a, lowPtr + 32));
    least1 = f32x4.pmin(least1, bound(s11, double1, width1, t, n, a, lowPtr + 48));
  }
  v128.store(scales, least0, LEAST);
  v128.store(scales, least1, LEAST + 16);
}

/** A leader is a candidate if its lower bound is at most this limit. */
@inline
function limitOf(quantizedPtr: usize, scales: usize): v128 {
  const least = v128.load(scales, LEAST);
  const reach = f32x4.add(f32x4.pmax(least, i64x2.splat(0)), v128.load(scales, SQUARE));
  const growth = f32x4.mul(reach, v128.load32_splat(quantizedPtr, GROWTH));
  return f32x4.add(f32x4.add(least, growth), f32x4.splat(TRIFLE));
}

/**
 * Count the candidates among leaders begin + [0, count), for each of 8 rows.
 *
 * Shape: `lowPtr` of scoreLeaders; `limitPtr` 8 f32, the limits; `foundPtr` 8 i32, the candidate if there is only one;
 * `countPtr` 8 i32. Returns the number of candidates of all rows together.
 */
export function pickLeaders(
  lowPtr: usize,
  count: u32,
  begin: u32,
  quantizedPtr: usize,
  scales: usize,
  limitPtr: usize,
  foundPtr: usize,
  countPtr: usize,
): u32 {
  const limit0 = limitOf(quantizedPtr, scales),
    limit1 = limitOf(quantizedPtr, scales + 16);
  let found0 = i64x2.splat(0),
    found1 = found0,
    count0 = found0,
    count1 = found0;
  let j = i32x4.splat(begin);
  const one = i32x4.splat(1);
  const end = lowPtr + ((count as usize) << 5);
  for (let at = lowPtr; at < end; at += 32) {
    const in0 = f32x4.le(v128.load(at), limit0);
    const in1 = f32x4.le(v128.load(at, 16), limit1);
    count0 = i32x4.sub(count0, in0);
    count1 = i32x4.sub(count1, in1);
    found0 = v128.or(found0, v128.and(in0, j));
    found1 = v128.or(found1, v128.and(in1, j));
    j = i32x4.add(j, one);
  }
  v128.store(limitPtr, limit0);
  v128.store(limitPtr, limit1, 16);
  v128.store(foundPtr, found0);
  v128.store(foundPtr, found1, 16);
  v128.store(countPtr, count0);
  v128.store(countPtr, count1, 16);
  const sums = i32x4.add(count0, count1);
  return (i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)) as u32;
}
