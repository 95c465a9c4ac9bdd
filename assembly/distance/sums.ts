/**
 * Sums over coordinates, one per pair: the hot loops of most metrics.
 *
 * A tile is 4 rows x one panel of 2 vectors (8 lanes of f32, 4 of f64): 8 accumulators, which with 2
 * panel vectors and a few more fill the 16 vector registers of x86-64. Sums run in the order of the
 * coordinates, as SciPy's do, so that in float64 they are the same to the last bit.
 *
 * The loops are separate exported functions. V8 does not replace the code of a running loop, so a loop must be
 * left and entered again to get the optimised code. Exported functions are not inlined into their callers.
 */
import { addSquare, storeTile } from '../lib/blocks';
import {
  ABSOLUTE,
  CANBERRA,
  LARGEST,
  PRODUCTS,
  SQUARES,
  UNEQUAL,
  WEIGHTED_ABSOLUTE,
  WEIGHTED_SQUARES,
} from './families';
import { COLUMN } from '../lib/tile-shape';

/** All bits but the sign. In a register, it is one instruction where v128.abs takes V8 two. */
@inline
function unsigned<T extends number>(): v128 {
  return sizeof<T>() == 4 ? i32x4.splat(0x7fffffff) : i64x2.splat(0x7fffffffffffffff);
}

/** |v - p| */
@inline
function gap<T extends number>(v: v128, p: v128): v128 {
  return v128.and(v128.sub<T>(v, p), unsigned<T>());
}

/** One coordinate of one vector of pairs: row value v, panel vector p, weight w. */
@inline
function step<T extends number>(family: i32, sum: v128, v: v128, p: v128, w: v128): v128 {
  if (family == SQUARES) return addSquare<T>(sum, v, p);
  if (family == WEIGHTED_SQUARES) {
    const e = v128.sub<T>(v, p);
    return v128.add<T>(sum, v128.mul<T>(w, v128.mul<T>(e, e)));
  }
  if (family == ABSOLUTE) return v128.add<T>(sum, gap<T>(v, p));
  if (family == WEIGHTED_ABSOLUTE) return v128.add<T>(sum, v128.mul<T>(w, gap<T>(v, p)));
  // sum < e ? e : sum; a NaN is passed over, as SciPy does.
  if (family == LARGEST) return v128.pmax<T>(sum, gap<T>(v, p));
  if (family == PRODUCTS) return v128.add<T>(sum, v128.mul<T>(v, p));
  if (family == UNEQUAL) return v128.add<T>(sum, v128.and(w, v128.ne<T>(v, p)));
  // 0 where both are 0.
  if (family != CANBERRA) unreachable();
  const whole = v128.add<T>(v128.and(v, unsigned<T>()), v128.and(p, unsigned<T>()));
  const part = v128.div<T>(v128.mul<T>(w, gap<T>(v, p)), whole);
  return v128.add<T>(sum, v128.and(part, v128.ne<T>(whole, i64x2.splat(0))));
}

@inline
function join<T extends number>(family: i32, value: v128, to: usize): void {
  const old = v128.load(to);
  v128.store(to, family == LARGEST ? v128.pmax<T>(old, value) : v128.add<T>(old, value));
}

/** Sums over `count` coordinates for 4 rows x one panel, stored at or added to `tilePtr`. */
@inline
function sum<T extends number>(
  family: i32,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
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
  // Every other family has weights.
  const weighted = family != SQUARES && family != ABSOLUTE && family != LARGEST && family != PRODUCTS;
  const end = panel + (count as usize) * COLUMN;
  let at: usize = 0;
  while (panel < end) {
    const p0 = v128.load(panel);
    const p1 = v128.load(panel, 16);
    const w = weighted ? v128.load_splat<T>(weights + at) : p0;
    let v = v128.load_splat<T>(a0 + at);
    s00 = step<T>(family, s00, v, p0, w);
    s01 = step<T>(family, s01, v, p1, w);
    v = v128.load_splat<T>(a1 + at);
    s10 = step<T>(family, s10, v, p0, w);
    s11 = step<T>(family, s11, v, p1, w);
    v = v128.load_splat<T>(a2 + at);
    s20 = step<T>(family, s20, v, p0, w);
    s21 = step<T>(family, s21, v, p1, w);
    v = v128.load_splat<T>(a3 + at);
    s30 = step<T>(family, s30, v, p0, w);
    s31 = step<T>(family, s31, v, p1, w);
    panel += COLUMN;
    at += sizeof<T>();
  }
  if (add) {
    join<T>(family, s00, tilePtr);
    join<T>(family, s01, tilePtr + 16);
    join<T>(family, s10, tilePtr + 32);
    join<T>(family, s11, tilePtr + 48);
    join<T>(family, s20, tilePtr + 64);
    join<T>(family, s21, tilePtr + 80);
    join<T>(family, s30, tilePtr + 96);
    join<T>(family, s31, tilePtr + 112);
  } else {
    storeTile(tilePtr, s00, s01, s10, s11, s20, s21, s30, s31);
  }
}

/** Σ (a - b)² */
export function squaresF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  tilePtr: usize,
): void {
  sum<f32>(SQUARES, a0, a1, a2, a3, panel, count, add, 0, tilePtr);
}

/** Σ (a - b)² */
export function squaresF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  tilePtr: usize,
): void {
  sum<f64>(SQUARES, a0, a1, a2, a3, panel, count, add, 0, tilePtr);
}

/** Σ |a - b| */
export function absoluteF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  tilePtr: usize,
): void {
  sum<f32>(ABSOLUTE, a0, a1, a2, a3, panel, count, add, 0, tilePtr);
}

/** Σ |a - b| */
export function absoluteF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  tilePtr: usize,
): void {
  sum<f64>(ABSOLUTE, a0, a1, a2, a3, panel, count, add, 0, tilePtr);
}

/** max |a - b| */
export function largestF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  tilePtr: usize,
): void {
  sum<f32>(LARGEST, a0, a1, a2, a3, panel, count, add, 0, tilePtr);
}

/** max |a - b| */
export function largestF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  tilePtr: usize,
): void {
  sum<f64>(LARGEST, a0, a1, a2, a3, panel, count, add, 0, tilePtr);
}

/** Σ a b */
export function productsF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  tilePtr: usize,
): void {
  sum<f32>(PRODUCTS, a0, a1, a2, a3, panel, count, add, 0, tilePtr);
}

/** Σ a b */
export function productsF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  tilePtr: usize,
): void {
  sum<f64>(PRODUCTS, a0, a1, a2, a3, panel, count, add, 0, tilePtr);
}

/** Σ w (a - b)² */
export function weightedSquaresF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  sum<f32>(WEIGHTED_SQUARES, a0, a1, a2, a3, panel, count, add, weights, tilePtr);
}

/** Σ w (a - b)² */
export function weightedSquaresF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  sum<f64>(WEIGHTED_SQUARES, a0, a1, a2, a3, panel, count, add, weights, tilePtr);
}

/** Σ w |a - b| */
export function weightedAbsoluteF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  sum<f32>(WEIGHTED_ABSOLUTE, a0, a1, a2, a3, panel, count, add, weights, tilePtr);
}

/** Σ w |a - b| */
export function weightedAbsoluteF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  sum<f64>(WEIGHTED_ABSOLUTE, a0, a1, a2, a3, panel, count, add, weights, tilePtr);
}

/** Σ w |a - b| / (|a| + |b|) */
export function canberraF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  sum<f32>(CANBERRA, a0, a1, a2, a3, panel, count, add, weights, tilePtr);
}

/** Σ w |a - b| / (|a| + |b|) */
export function canberraF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  sum<f64>(CANBERRA, a0, a1, a2, a3, panel, count, add, weights, tilePtr);
}

/** Σ w where a ≠ b */
export function unequalF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  sum<f32>(UNEQUAL, a0, a1, a2, a3, panel, count, add, weights, tilePtr);
}

/** Σ w where a ≠ b */
export function unequalF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  sum<f64>(UNEQUAL, a0, a1, a2, a3, panel, count, add, weights, tilePtr);
}
