/**
 * The passes over rows of the full square that cost its time: search, merge, settle, squeeze.
 * See squarechain.ts for what slots and pending slots are.
 */
import { lanceWilliams } from './lancewilliams';
import {
  NONE,
  PENDING,
  SETTLED,
  at,
  penaltyPtr,
  put,
  rowPtr,
  word,
} from './squarelayout';

/** Elements that are scanned between two looks at the best; a power of two. */
const BLOCK: u32 = 256;

/**
 * The first least element of row[lo, hi) + penalty[lo, hi) that is below `bound`.
 * Exported so that it stays a function that is entered again and again; see sums.ts.
 * @returns the slot, or NONE
 */
// @ts-ignore: decorator
@inline
function scan<T extends number>(row: usize, penalty: usize, lo: u32, hi: u32, bound: T): u32 {
  let best = bound;
  let block = NONE;
  for (let b = lo; b < hi; b += BLOCK) {
    const end = min<u32>(hi, b + BLOCK);
    let m0 = v128.splat<T>(Infinity as T), m1 = m0, m2 = m0, m3 = m0;
    let p = row + (b as usize) * sizeof<T>();
    let q = penalty + (b as usize) * sizeof<T>();
    const stop = row + (end as usize) * sizeof<T>();
    // Ranges begin and end at multiples of 16 elements.
    while (p < stop) {
      // pmin, not min: it passes over a NaN in a dead column.
      m0 = v128.pmin<T>(m0, v128.add<T>(v128.load(p), v128.load(q)));
      m1 = v128.pmin<T>(m1, v128.add<T>(v128.load(p, 16), v128.load(q, 16)));
      m2 = v128.pmin<T>(m2, v128.add<T>(v128.load(p, 32), v128.load(q, 32)));
      m3 = v128.pmin<T>(m3, v128.add<T>(v128.load(p, 48), v128.load(q, 48)));
      p += 64;
      q += 64;
    }
    m0 = v128.pmin<T>(v128.pmin<T>(m0, m1), v128.pmin<T>(m2, m3));
    let least: T;
    if (sizeof<T>() == 4) {
      least = min<f32>(
        min<f32>(f32x4.extract_lane(m0, 0), f32x4.extract_lane(m0, 1)),
        min<f32>(f32x4.extract_lane(m0, 2), f32x4.extract_lane(m0, 3)),
      ) as T;
    } else {
      least = min<f64>(f64x2.extract_lane(m0, 0), f64x2.extract_lane(m0, 1)) as T;
    }
    if (least < best) {
      best = least;
      block = b;
    }
  }
  if (block == NONE) return NONE;
  const wanted = v128.splat<T>(best);
  let i = block;
  while (true) {
    const v = v128.add<T>(
      v128.load(row + (i as usize) * sizeof<T>()),
      v128.load(penalty + (i as usize) * sizeof<T>()),
    );
    const equal = v128.eq<T>(v, wanted);
    if (v128.any_true(equal)) {
      const bits = sizeof<T>() == 4 ? i32x4.bitmask(equal) : i64x2.bitmask(equal);
      return i + ctz<i32>(bits);
    }
    i += (16 / sizeof<T>()) as u32;
  }
}

export function scanF32(row: usize, penalty: usize, lo: u32, hi: u32, bound: f32): u32 {
  return scan<f32>(row, penalty, lo, hi, bound);
}

export function scanF64(row: usize, penalty: usize, lo: u32, hi: u32, bound: f64): u32 {
  return scan<f64>(row, penalty, lo, hi, bound);
}

/** Row x becomes the row of x ∪ y, for columns [lo, hi). */
// @ts-ignore: decorator
@inline
function mergeRows<T extends number>(
  method: i32, x: usize, y: usize, sizes: usize, lo: u32, hi: u32, dxy: T, nx: T, ny: T,
): void {
  const end = (hi as usize) * sizeof<T>();
  for (let k = (lo as usize) * sizeof<T>(); k < end; k += 16) {
    v128.store(
      x + k,
      lanceWilliams<T, v128>(method, v128.load(x + k), v128.load(y + k), dxy, nx, ny, v128.load(sizes + k)),
    );
  }
}

export function mergeRowsF32(
  method: i32, x: usize, y: usize, sizes: usize, lo: u32, hi: u32, dxy: f32, nx: f32, ny: f32,
): void {
  mergeRows<f32>(method, x, y, sizes, lo, hi, dxy, nx, ny);
}

export function mergeRowsF64(
  method: i32, x: usize, y: usize, sizes: usize, lo: u32, hi: u32, dxy: f64, nx: f64, ny: f64,
): void {
  mergeRows<f64>(method, x, y, sizes, lo, hi, dxy, nx, ny);
}

/** d(x, p) of two pending slots, or of any slot and a pending one: it stands in the row of the later. */
// @ts-ignore: decorator
@inline
export function lookUp<T extends number>(square: usize, ld: u32, scratch: usize, a: u32, b: u32): T {
  const later = max<u32>(a, b);
  const earlier = min<u32>(a, b);
  return at<T>(rowPtr<T>(square, ld, scratch, later), earlier);
}

/** Write the columns of the pending slots into rows of slots [lo, hi), multiples of 4. */
// @ts-ignore: decorator
@inline
function settle<T extends number>(square: usize, ld: u32, scratch: usize, lo: u32, hi: u32): void {
  const settled = load<u32>(scratch, SETTLED);
  const penalty = penaltyPtr<T>(scratch, ld);
  for (let i = lo; i < hi; i += 4) {
    for (let r: u32 = 0; r < 4; r++) {
      const slot = i + r;
      if (at<T>(penalty, slot) != 0) continue;
      const row = rowPtr<T>(square, ld, scratch, slot);
      if (slot >= settled) put<T>(row, slot, Infinity as T);
      for (let p: u32 = 0; p < PENDING; p++) {
        const other = settled + p;
        // A dead slot's row may belong to another by now; what it gives is masked.
        if (other > slot) put<T>(row, other, at<T>(rowPtr<T>(square, ld, scratch, other), slot));
      }
    }
  }
}

export function settleF32(square: usize, ld: u32, scratch: usize, lo: u32, hi: u32): void {
  settle<f32>(square, ld, scratch, lo, hi);
}

export function settleF64(square: usize, ld: u32, scratch: usize, lo: u32, hi: u32): void {
  settle<f64>(square, ld, scratch, lo, hi);
}

/** Squeeze dead columns out of one row; `place` lists the living slots, ascending. */
// @ts-ignore: decorator
@inline
function squeezeRow<T extends number>(row: usize, place: usize, alive: u32): void {
  let k: u32 = 0;
  while (k < alive && word(place, k) == k) k++;
  for (; k < alive; k++) put<T>(row, k, at<T>(row, word(place, k)));
}

export function squeezeRowF32(row: usize, place: usize, alive: u32): void {
  squeezeRow<f32>(row, place, alive);
}

export function squeezeRowF64(row: usize, place: usize, alive: u32): void {
  squeezeRow<f64>(row, place, alive);
}
