/** Rows as 16-bit integers, four at a time (quantized-layout.ts). */
import { storeTurned } from '../lib/blocks';
import { centreOf, DOUBLE, LEAST, NOTHING, RADIUS, SLACK, SQUARE, WIDTH } from './quantized-layout';

/** 1.5 * 2^23: adding it to a number rounds that to an integer, which then stands in the low bits. */
const MAGIC: f32 = 12582912;

/** Mask of lanes [0, count). */
@inline
function firstLanes(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}

/** Four coordinates of a row minus those of the centre, in float32. */
@inline
function shifted<T extends number>(rowPtr: usize, centre: usize): v128 {
  if (sizeof<T>() == 4) return f32x4.sub(v128.load(rowPtr), v128.load(centre));
  const low = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(rowPtr), v128.load(centre)));
  const high = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(rowPtr, 16), v128.load(centre, 16)));
  return v128.shuffle<u64>(low, high, 0, 2);
}

/** The same for the last `count` coordinates of a row, filled up with 0. Reads past the row only within the last vector. */
@inline
function shiftedTail<T extends number>(rowPtr: usize, centre: usize, count: i32): v128 {
  if (count <= 0) return i64x2.splat(0);
  if (sizeof<T>() == 4) {
    return v128.and(f32x4.sub(v128.load(rowPtr), v128.load(centre)), firstLanes(count));
  }
  const low = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(rowPtr), v128.load(centre)));
  const high =
    count > 2
      ? f32x4.demote_f64x2_zero(f64x2.sub(v128.load(rowPtr, 16), v128.load(centre, 16)))
      : i64x2.splat(0);
  return v128.and(v128.shuffle<u64>(low, high, 0, 2), firstLanes(count));
}

/** Integers of 8 coordinates, as 4 pairs. */
@inline
function whole(low: v128, high: v128, inverse: v128, magic: v128): v128 {
  const a = f32x4.add(f32x4.mul(low, inverse), magic);
  const b = f32x4.add(f32x4.mul(high, inverse), magic);
  return v128.shuffle<u16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}

/** sum + e² */
@inline
function addLength(sum: v128, e: v128): v128 {
  return f32x4.add(sum, f32x4.mul(e, e));
}

@inline
function quantize<T extends number>(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  quantizedPtr: usize,
  d: u32,
  scales: usize,
  panel: usize,
): void {
  const centre = centreOf(quantizedPtr);
  const step: usize = 4 * sizeof<T>();
  const rest = (d & 3) as i32;
  const end = ((d - rest) as usize) * sizeof<T>();
  let s0 = i64x2.splat(0),
    s1 = s0,
    s2 = s0,
    s3 = s0;
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
  v128.store(scales, f32x4.mul(double, v128.load32_splat(quantizedPtr, SLACK)), WIDTH);
  v128.store(scales, f32x4.splat(Infinity), LEAST);

  const i0 = v128.shuffle<u32>(inverse, inverse, 0, 0, 0, 0);
  const i1 = v128.shuffle<u32>(inverse, inverse, 1, 1, 1, 1);
  const i2 = v128.shuffle<u32>(inverse, inverse, 2, 2, 2, 2);
  const i3 = v128.shuffle<u32>(inverse, inverse, 3, 3, 3, 3);
  const magic = f32x4.splat(MAGIC);
  let c = centre;
  const stop = centre + ((d & ~7) as usize) * sizeof<T>();
  const back0 = a0 - centre,
    back1 = a1 - centre,
    back2 = a2 - centre,
    back3 = a3 - centre;
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
 * Four rows as integers, which are half of a panel of 8 rows, with pairs of coordinates 32 bytes apart; and their scales.
 *
 * Shape: a0 .. a3 rows; `scales` and `panel` of the 8 rows, plus 16 bytes for the second half.
 */
export function quantizeRowsF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  quantizedPtr: usize,
  d: u32,
  scales: usize,
  panel: usize,
): void {
  quantize<f32>(a0, a1, a2, a3, quantizedPtr, d, scales, panel);
}

/** As quantizeRowsF32, of float64. */
export function quantizeRowsF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  quantizedPtr: usize,
  d: u32,
  scales: usize,
  panel: usize,
): void {
  quantize<f64>(a0, a1, a2, a3, quantizedPtr, d, scales, panel);
}
