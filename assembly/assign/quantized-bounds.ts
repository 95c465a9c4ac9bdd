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

import { storeTurned } from '../lib/blocks';

/** Length of a row in whole numbers. Its square, and that of a row that rounding made longer, fits 31 bits. */
const RADIUS: f64 = 32000;
/** Beyond this a single number of a row might not fit 16 bits any more, with all that rounding does to |X|. */
const MOST: u32 = 65536;
/** Squared lengths outside are left to measuring: they overflow, or lose digits, in float32. */
const LEAST_SQUARE: f64 = 1e-18;
const MOST_SQUARE: f64 = 1e30;
/** Rows that are shorter than the root of this count as c itself. */
const NOTHING: f32 = 1e-37;
/** What may underflow on the way, taken together. */
const TRIFLE: f32 = 1e-29;
/** 1.5 * 2^23: added, it leaves a number rounded to whole in the low bits. */
const MAGIC: f32 = 12582912;

const HEADER: usize = 32;
const SLACK: usize = 4;
const GROWTH: usize = 8;

/* Of 8 rows, one float32 each: |X|², 2 s, the slack by t, the least upper bound so far. */
export const SQUARE: usize = 0;
export const DOUBLE: usize = 32;
export const WIDTH: usize = 64;
export const LEAST: usize = 96;
export const SCALES: usize = 128;

// @ts-ignore: decorator
@inline
export function paddedLeaders(m: u32): u32 {
  return (m + 1) & ~1;
}

// @ts-ignore: decorator
@inline
export function paddedColumns(d: u32): u32 {
  return (d + 7) & ~7;
}

// @ts-ignore: decorator
@inline
export function centreOf(screenPtr: usize): usize {
  return screenPtr + HEADER;
}

// @ts-ignore: decorator
@inline
export function scalesOf(screenPtr: usize, wide: bool, d: u32): usize {
  return screenPtr + HEADER + ((paddedColumns(d) as usize) << (wide ? 3 : 2));
}

// @ts-ignore: decorator
@inline
export function wholesOf(screenPtr: usize, wide: bool, m: u32, d: u32): usize {
  return scalesOf(screenPtr, wide, d) + (((paddedLeaders(m) as usize) * 12 + 15) & ~15);
}

/** Whether a screen is one of so many leaders, and of use. */
// @ts-ignore: decorator
@inline
export function isUsable(screenPtr: usize, m: u32): bool {
  return load<u32>(screenPtr) == m;
}

/** Bytes of the screen of m leaders of d coordinates, in float64 where `wide`. */
export function screenBytes(wide: bool, m: u32, d: u32): usize {
  return wholesOf(0, wide, m, d) + wholeBytes(m, d);
}

// @ts-ignore: decorator
@inline
function read(ptr: usize, wide: bool, k: u32): f64 {
  return wide ? load<f64>(ptr + ((k as usize) << 3)) : (load<f32>(ptr + ((k as usize) << 2)) as f64);
}

/** The mean of leaders, of so many at most: any point will do, and this one makes the numbers small. */
const SAMPLE: u32 = 256;

/** Bytes of the whole numbers of m leaders. */
// @ts-ignore: decorator
@inline
function wholeBytes(m: u32, d: u32): usize {
  return ((((m + 3) & ~3) as usize) * paddedColumns(d)) << 1;
}

/**
 * Make the screen of m leaders, first step: the centre. All is done with leader 0.
 * Shape: `xPtr` m x d f32, or f64 where `wide`; `screenPtr` per screenBytes. Cost: O(d) for at most 256 leaders.
 */
export function screenCentre(
  xPtr: usize, wide: bool, m: u32, d: u32, rowBegin: u32, rowEnd: u32, screenPtr: usize,
): i32 {
  if (rowBegin > 0 || rowEnd == 0) return 0;
  const centre = centreOf(screenPtr);
  const shift: usize = wide ? 3 : 2;
  memory.fill(centre, 0, (paddedColumns(d) as usize) << shift);
  const step = (m + SAMPLE - 1) / SAMPLE;
  const stride = (((step as usize) * d) << shift);
  const count = (m + step - 1) / step;
  for (let k: u32 = 0; k < d; k++) {
    let sum: f64 = 0;
    for (let j: u32 = 0; j < count; j++) sum += read(xPtr + (j as usize) * stride, wide, k);
    if (wide) store<f64>(centre + ((k as usize) << 3), sum / (count as f64));
    else store<f32>(centre + ((k as usize) << 2), (sum / (count as f64)) as f32);
  }
  return 0;
}

/** Second step: leaders [rowBegin, rowEnd) as whole numbers. */
export function screenLeaders(
  xPtr: usize, wide: bool, m: u32, d: u32, rowBegin: u32, rowEnd: u32, screenPtr: usize,
): i32 {
  const columns = paddedColumns(d);
  const rowBytes = (d as usize) << (wide ? 3 : 2);
  const centre = centreOf(screenPtr);
  const leaders = (paddedLeaders(m) as usize) << 2;
  const tPtr = scalesOf(screenPtr, wide, d);
  const pPtr = wholesOf(screenPtr, wide, m, d);
  for (let j = rowBegin; j < rowEnd; j++) {
    const from = xPtr + (j as usize) * rowBytes;
    let square: f64 = 0;
    for (let k: u32 = 0; k < d; k++) {
      const x = read(from, wide, k) - read(centre, wide, k);
      square += x * x;
    }
    // False for NaN too.
    const sound = square >= (NOTHING as f64) && square <= MOST_SQUARE;
    const length = sound ? sqrt(square) : 0;
    const inverse = sound ? RADIUS / length : 0;
    const at = tPtr + ((j as usize) << 2);
    store<f32>(at, (length / RADIUS) as f32);
    store<f32>(at + leaders, square as f32);
    // 16 times the rounding of one operation on |L|².
    store<f32>(at + 2 * leaders, (square * 1e-6) as f32);
    const to = pPtr + ((((j & ~3) as usize) * columns) << 1) + ((j & 3) << 2);
    for (let k: u32 = 0; k < columns; k++) {
      const x = k < d ? read(from, wide, k) - read(centre, wide, k) : 0;
      store<i16>(to + ((k >> 1) << 4) + ((k & 1) << 1), sound ? (nearest(x * inverse) as i32 as i16) : 0);
    }
  }
  return 0;
}

/** Third step: leaders that fill up, and whether the screen is of use. All is done with leader 0. */
export function screenSettle(wide: bool, m: u32, d: u32, rowBegin: u32, rowEnd: u32, screenPtr: usize): i32 {
  if (rowBegin > 0 || rowEnd == 0) return 0;
  const leaders = (paddedLeaders(m) as usize) << 2;
  const nPtr = scalesOf(screenPtr, wide, d) + leaders;
  let usable = d <= MOST;
  let most: f64 = 0;
  for (let j: u32 = 0; j < m; j++) {
    const square = load<f32>(nPtr + ((j as usize) << 2)) as f64;
    if (!(square <= MOST_SQUARE)) usable = false;
    most = max<f64>(most, square);
  }
  if (m & 1) {
    const at = nPtr + ((m as usize) << 2);
    store<f32>(at - leaders, 0);
    store<f32>(at, Infinity);
    store<f32>(at + leaders, 0);
  }
  const pPtr = wholesOf(screenPtr, wide, m, d);
  for (let j = m; j & 3; j++) {
    const to = pPtr + ((((j & ~3) as usize) * paddedColumns(d)) << 1) + ((j & 3) << 2);
    for (let k: u32 = 0; k < paddedColumns(d); k += 2) store<i32>(to + ((k >> 1) << 4), 0);
  }
  const dimensions = d as f64;
  const unit: f64 = 1 / 16777216;
  // Sums of d squares in float32 are off by (d + 8) units at most.
  const radius = RADIUS * (1 + (dimensions + 8) * unit);
  const h = 0.5 * sqrt(dimensions) + 0.02;
  const slack = 2 * (radius + h) * h + h * h + 16 * unit * radius * radius;
  // What the measured squares may be off by, relatively; twice, since two of them are compared.
  const terms = wide ? 0 : min<f64>(dimensions, 512) + dimensions / 512 + 6;
  const growth = 1.05 * (2.5 * terms * unit + 1e-6);
  store<u32>(screenPtr, usable && most >= LEAST_SQUARE ? m : 0);
  store<f32>(screenPtr, (slack * 1.000001) as f32, SLACK);
  store<f32>(screenPtr, growth as f32, GROWTH);
  return 0;
}

/** Lanes [0, count). */
// @ts-ignore: decorator
@inline
function firstLanes(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}

/** Coordinates k .. k + 3 of a row less the centre's, in float32. */
// @ts-ignore: decorator
@inline
function shifted<T extends number>(rowPtr: usize, centre: usize): v128 {
  if (sizeof<T>() == 4) return f32x4.sub(v128.load(rowPtr), v128.load(centre));
  const low = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(rowPtr), v128.load(centre)));
  const high = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(rowPtr, 16), v128.load(centre, 16)));
  return v128.shuffle<u64>(low, high, 0, 2);
}

/** The same of the last coordinates of a row, 0 behind them; nothing is read behind them but for one vector. */
// @ts-ignore: decorator
@inline
function shiftedTail<T extends number>(rowPtr: usize, centre: usize, count: i32): v128 {
  if (count <= 0) return i64x2.splat(0);
  if (sizeof<T>() == 4) {
    return v128.and(f32x4.sub(v128.load(rowPtr), v128.load(centre)), firstLanes(count));
  }
  const low = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(rowPtr), v128.load(centre)));
  const high = count > 2
    ? f32x4.demote_f64x2_zero(f64x2.sub(v128.load(rowPtr, 16), v128.load(centre, 16)))
    : i64x2.splat(0);
  return v128.and(v128.shuffle<u64>(low, high, 0, 2), firstLanes(count));
}

/** Whole numbers of 8 coordinates, as 4 pairs. */
// @ts-ignore: decorator
@inline
function whole(low: v128, high: v128, inverse: v128, magic: v128): v128 {
  const a = f32x4.add(f32x4.mul(low, inverse), magic);
  const b = f32x4.add(f32x4.mul(high, inverse), magic);
  return v128.shuffle<u16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}

/** sum + e² */
// @ts-ignore: decorator
@inline
function addLength(sum: v128, e: v128): v128 {
  return f32x4.add(sum, f32x4.mul(e, e));
}

// @ts-ignore: decorator
@inline
function quantize<T extends number>(
  a0: usize, a1: usize, a2: usize, a3: usize, screenPtr: usize, d: u32, scales: usize, panel: usize,
): void {
  const centre = centreOf(screenPtr);
  const step: usize = 4 * sizeof<T>();
  const rest = (d & 3) as i32;
  const end = ((d - rest) as usize) * sizeof<T>();
  let s0 = i64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let at: usize = 0;
  for (; at < end; at += step) {
    s0 = addLength(s0, shifted<T>(a0 + at, centre + at));
    s1 = addLength(s1, shifted<T>(a1 + at, centre + at));
    s2 = addLength(s2, shifted<T>(a2 + at, centre + at));
    s3 = addLength(s3, shifted<T>(a3 + at, centre + at));
  }
  if (rest) {
    s0 = addLength(s0, shiftedTail<T>(a0 + at, centre + at, rest));
    s1 = addLength(s1, shiftedTail<T>(a1 + at, centre + at, rest));
    s2 = addLength(s2, shiftedTail<T>(a2 + at, centre + at, rest));
    s3 = addLength(s3, shiftedTail<T>(a3 + at, centre + at, rest));
  }
  const t0 = v128.shuffle<u32>(s0, s1, 0, 4, 1, 5);
  const t1 = v128.shuffle<u32>(s0, s1, 2, 6, 3, 7);
  const t2 = v128.shuffle<u32>(s2, s3, 0, 4, 1, 5);
  const t3 = v128.shuffle<u32>(s2, s3, 2, 6, 3, 7);
  const square = f32x4.add(
    f32x4.add(v128.shuffle<u64>(t0, t2, 0, 2), v128.shuffle<u64>(t0, t2, 1, 3)),
    f32x4.add(v128.shuffle<u64>(t1, t3, 0, 2), v128.shuffle<u64>(t1, t3, 1, 3)),
  );
  const radius = f32x4.splat(RADIUS as f32);
  const sound = f32x4.ge(square, f32x4.splat(NOTHING));
  const length = f32x4.sqrt(square);
  const inverse = v128.and(f32x4.div(radius, length), sound);
  const double = v128.and(f32x4.div(f32x4.add(length, length), radius), sound);
  v128.store(scales, square, SQUARE);
  v128.store(scales, double, DOUBLE);
  v128.store(scales, f32x4.mul(double, v128.load32_splat(screenPtr, SLACK)), WIDTH);
  v128.store(scales, f32x4.splat(Infinity), LEAST);

  const i0 = v128.shuffle<u32>(inverse, inverse, 0, 0, 0, 0);
  const i1 = v128.shuffle<u32>(inverse, inverse, 1, 1, 1, 1);
  const i2 = v128.shuffle<u32>(inverse, inverse, 2, 2, 2, 2);
  const i3 = v128.shuffle<u32>(inverse, inverse, 3, 3, 3, 3);
  const magic = f32x4.splat(MAGIC);
  let c = centre;
  const stop = centre + ((d & ~7) as usize) * sizeof<T>();
  const back0 = a0 - centre, back1 = a1 - centre, back2 = a2 - centre, back3 = a3 - centre;
  for (; c < stop; c += 2 * step) {
    storeTurned(
      whole(shifted<T>(back0 + c, c), shifted<T>(back0 + c + step, c + step), i0, magic),
      whole(shifted<T>(back1 + c, c), shifted<T>(back1 + c + step, c + step), i1, magic),
      whole(shifted<T>(back2 + c, c), shifted<T>(back2 + c + step, c + step), i2, magic),
      whole(shifted<T>(back3 + c, c), shifted<T>(back3 + c + step, c + step), i3, magic),
      panel,
    );
    panel += 128;
  }
  if (d & 7) {
    const low = min<i32>(4, (d & 7) as i32);
    const high = ((d & 7) as i32) - 4;
    const n = c + step;
    storeTurned(
      whole(shiftedTail<T>(back0 + c, c, low), shiftedTail<T>(back0 + n, n, high), i0, magic),
      whole(shiftedTail<T>(back1 + c, c, low), shiftedTail<T>(back1 + n, n, high), i1, magic),
      whole(shiftedTail<T>(back2 + c, c, low), shiftedTail<T>(back2 + n, n, high), i2, magic),
      whole(shiftedTail<T>(back3 + c, c, low), shiftedTail<T>(back3 + n, n, high), i3, magic),
      panel,
    );
  }
}

/**
 * Four rows as whole numbers: half of a panel of 8, pairs of coordinates 32 bytes apart; and their scales.
 *
 * Shape: a0 .. a3 rows; `scales` and `panel` of the 8 rows, or 16 bytes on for the second half.
 */
export function quantizeRowsF32(
  a0: usize, a1: usize, a2: usize, a3: usize, screenPtr: usize, d: u32, scales: usize, panel: usize,
): void {
  quantize<f32>(a0, a1, a2, a3, screenPtr, d, scales, panel);
}

/** As quantizeRowsF32, of float64. */
export function quantizeRowsF64(
  a0: usize, a1: usize, a2: usize, a3: usize, screenPtr: usize, d: u32, scales: usize, panel: usize,
): void {
  quantize<f64>(a0, a1, a2, a3, screenPtr, d, scales, panel);
}

/** Whether the scales of 8 rows are such that scores bound anything. False where a row is not finite. */
// @ts-ignore: decorator
@inline
export function areSound(scales: usize): bool {
  const most = f32x4.splat(MOST_SQUARE as f32);
  return v128.all_true<i32>(v128.and(
    f32x4.le(v128.load(scales, SQUARE), most), f32x4.le(v128.load(scales, SQUARE + 16), most),
  ));
}

/** q·p of four rows, added up. */
// @ts-ignore: decorator
@inline
function dot(sum: v128, q: v128, p: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(q, p));
}

/** The lower bound of a score at `to`; the upper bound is returned. */
// @ts-ignore: decorator
@inline
function bound(sum: v128, double: v128, width: v128, t: v128, n: v128, a: v128, to: usize): v128 {
  const product = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(sum), double), t);
  const score = f32x4.sub(n, product);
  const slack = f32x4.add(f32x4.mul(width, t), a);
  v128.store(to, f32x4.sub(score, slack));
  return f32x4.add(score, slack);
}

/**
 * Lower bounds of the scores of 8 rows and leaders [begin, end), 32 bytes a leader at `lowPtr`; the least upper bound
 * of each row is brought up to date in `scales`.
 *
 * Shape: `panel` of quantizeRows; begin is a multiple of 4, end is even.
 */
export function scoreLeaders(
  panel: usize, screenPtr: usize, wide: bool, m: u32, d: u32, begin: u32, end: u32, scales: usize, lowPtr: usize,
): void {
  const columns = paddedColumns(d) as usize;
  const panelEnd = panel + (columns << 4);
  const leaders = (paddedLeaders(m) as usize) << 2;
  let tPtr = scalesOf(screenPtr, wide, d) + ((begin as usize) << 2);
  let p = wholesOf(screenPtr, wide, m, d) + (((begin as usize) * columns) << 1);
  const double0 = v128.load(scales, DOUBLE), double1 = v128.load(scales, DOUBLE + 16);
  const width0 = v128.load(scales, WIDTH), width1 = v128.load(scales, WIDTH + 16);
  let least0 = v128.load(scales, LEAST), least1 = v128.load(scales, LEAST + 16);
  // Two loops by hand: one that bounds what either of two inner loops has summed takes 6 to 8 % longer.
  let j = begin;
  for (; j + 4 <= end; j += 4) {
    let s00 = i64x2.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
    for (let at = panel; at < panelEnd; at += 32) {
      const q0 = v128.load(at), q1 = v128.load(at, 16);
      let v = v128.load32_splat(p);
      s00 = dot(s00, q0, v), s01 = dot(s01, q1, v);
      v = v128.load32_splat(p, 4);
      s10 = dot(s10, q0, v), s11 = dot(s11, q1, v);
      v = v128.load32_splat(p, 8);
      s20 = dot(s20, q0, v), s21 = dot(s21, q1, v);
      v = v128.load32_splat(p, 12);
      s30 = dot(s30, q0, v), s31 = dot(s31, q1, v);
      p += 16;
    }
    let t = v128.load32_splat(tPtr), n = v128.load32_splat(tPtr + leaders);
    let a = v128.load32_splat(tPtr + 2 * leaders);
    least0 = f32x4.pmin(least0, bound(s00, double0, width0, t, n, a, lowPtr));
    least1 = f32x4.pmin(least1, bound(s01, double1, width1, t, n, a, lowPtr + 16));
    t = v128.load32_splat(tPtr, 4), n = v128.load32_splat(tPtr + leaders, 4);
    a = v128.load32_splat(tPtr + 2 * leaders, 4);
    least0 = f32x4.pmin(least0, bound(s10, double0, width0, t, n, a, lowPtr + 32));
    least1 = f32x4.pmin(least1, bound(s11, double1, width1, t, n, a, lowPtr + 48));
    t = v128.load32_splat(tPtr, 8), n = v128.load32_splat(tPtr + leaders, 8);
    a = v128.load32_splat(tPtr + 2 * leaders, 8);
    least0 = f32x4.pmin(least0, bound(s20, double0, width0, t, n, a, lowPtr + 64));
    least1 = f32x4.pmin(least1, bound(s21, double1, width1, t, n, a, lowPtr + 80));
    t = v128.load32_splat(tPtr, 12), n = v128.load32_splat(tPtr + leaders, 12);
    a = v128.load32_splat(tPtr + 2 * leaders, 12);
    least0 = f32x4.pmin(least0, bound(s30, double0, width0, t, n, a, lowPtr + 96));
    least1 = f32x4.pmin(least1, bound(s31, double1, width1, t, n, a, lowPtr + 112));
    lowPtr += 128;
    tPtr += 16;
  }
  if (j < end) {
    let s00 = i64x2.splat(0), s01 = s00, s10 = s00, s11 = s00;
    for (let at = panel; at < panelEnd; at += 32) {
      const q0 = v128.load(at), q1 = v128.load(at, 16);
      let v = v128.load32_splat(p);
      s00 = dot(s00, q0, v), s01 = dot(s01, q1, v);
      v = v128.load32_splat(p, 4);
      s10 = dot(s10, q0, v), s11 = dot(s11, q1, v);
      p += 16;
    }
    let t = v128.load32_splat(tPtr), n = v128.load32_splat(tPtr + leaders);
    let a = v128.load32_splat(tPtr + 2 * leaders);
    least0 = f32x4.pmin(least0, bound(s00, double0, width0, t, n, a, lowPtr));
    least1 = f32x4.pmin(least1, bound(s01, double1, width1, t, n, a, lowPtr + 16));
    t = v128.load32_splat(tPtr, 4), n = v128.load32_splat(tPtr + leaders, 4);
    a = v128.load32_splat(tPtr + 2 * leaders, 4);
    least0 = f32x4.pmin(least0, bound(s10, double0, width0, t, n, a, lowPtr + 32));
    least1 = f32x4.pmin(least1, bound(s11, double1, width1, t, n, a, lowPtr + 48));
  }
  v128.store(scales, least0, LEAST);
  v128.store(scales, least1, LEAST + 16);
}

/** Below or at this, a lower bound leaves its leader in question. */
// @ts-ignore: decorator
@inline
function limitOf(screenPtr: usize, scales: usize): v128 {
  const least = v128.load(scales, LEAST);
  const reach = f32x4.add(f32x4.pmax(least, i64x2.splat(0)), v128.load(scales, SQUARE));
  const growth = f32x4.mul(reach, v128.load32_splat(screenPtr, GROWTH));
  return f32x4.add(f32x4.add(least, growth), f32x4.splat(TRIFLE));
}

/**
 * Count the leaders in question, begin + [0, count), for each of 8 rows.
 *
 * Shape: `lowPtr` of scoreLeaders; `limitPtr` 8 f32, the limits; `foundPtr` 8 i32, the leader where there is only one;
 * `countPtr` 8 i32. Returns how many there are for all rows.
 */
export function pickLeaders(
  lowPtr: usize, count: u32, begin: u32, screenPtr: usize, scales: usize, limitPtr: usize, foundPtr: usize,
  countPtr: usize,
): u32 {
  const limit0 = limitOf(screenPtr, scales), limit1 = limitOf(screenPtr, scales + 16);
  let found0 = i64x2.splat(0), found1 = found0, count0 = found0, count1 = found0;
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
  return (
    i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)
  ) as u32;
}
