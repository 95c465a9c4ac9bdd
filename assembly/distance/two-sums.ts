/**
 * Two sums a pair: Bray-Curtis and Dice. Two rows at a time, so that 8 accumulators are enough; the first
 * sums stand at `tilePtr`, the second one tile behind.
 *
 * Dice on numbers that are not 0 and 1 is what SciPy 1.17 makes of them: it multiplies them, but compares
 * them where there are weights.
 */
import { BRAY_CURTIS, DICE, WEIGHTED_DICE } from './families';
import { COLUMN, TILE } from '../lib/tile-shape';

/** Σ w |a - b|, Σ a (1 - b) + b (1 - a), or Σ w where a ≠ b */
@inline
function first<T extends number>(family: i32, sum: v128, v: v128, p: v128, w: v128): v128 {
  if (family == BRAY_CURTIS) return v128.add<T>(sum, v128.mul<T>(w, v128.abs<T>(v128.sub<T>(v, p))));
  if (family == WEIGHTED_DICE) return v128.add<T>(sum, v128.and(w, v128.ne<T>(v, p)));
  const one = v128.splat<T>(1 as T);
  const e = v128.add<T>(v128.mul<T>(v, v128.sub<T>(one, p)), v128.mul<T>(p, v128.sub<T>(one, v)));
  return v128.add<T>(sum, e);
}

/** Σ w |a + b|, Σ a b, or Σ w where neither is 0 */
@inline
function second<T extends number>(family: i32, sum: v128, v: v128, p: v128, w: v128): v128 {
  if (family == BRAY_CURTIS) return v128.add<T>(sum, v128.mul<T>(w, v128.abs<T>(v128.add<T>(v, p))));
  if (family == DICE) return v128.add<T>(sum, v128.mul<T>(v, p));
  const zero = i64x2.splat(0);
  const both = v128.and(v128.ne<T>(v, zero), v128.ne<T>(p, zero));
  return v128.add<T>(sum, v128.and(w, both));
}

@inline
function keep<T extends number>(add: bool, value: v128, to: usize): void {
  v128.store(to, add ? v128.add<T>(v128.load(to), value) : value);
}

@inline
function twoRows<T extends number>(
  family: i32,
  a0: usize,
  a1: usize,
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
  let t00 = i64x2.splat(0),
    t01 = i64x2.splat(0),
    t10 = i64x2.splat(0),
    t11 = i64x2.splat(0);
  const end = panel + (count as usize) * COLUMN;
  let at: usize = 0;
  while (panel < end) {
    const p0 = v128.load(panel);
    const p1 = v128.load(panel, 16);
    const w = family == DICE ? p0 : v128.load_splat<T>(weights + at);
    let v = v128.load_splat<T>(a0 + at);
    s00 = first<T>(family, s00, v, p0, w);
    t00 = second<T>(family, t00, v, p0, w);
    s01 = first<T>(family, s01, v, p1, w);
    t01 = second<T>(family, t01, v, p1, w);
    v = v128.load_splat<T>(a1 + at);
    s10 = first<T>(family, s10, v, p0, w);
    t10 = second<T>(family, t10, v, p0, w);
    s11 = first<T>(family, s11, v, p1, w);
    t11 = second<T>(family, t11, v, p1, w);
    panel += COLUMN;
    at += sizeof<T>();
  }
  keep<T>(add, s00, tilePtr);
  keep<T>(add, s01, tilePtr + 16);
  keep<T>(add, s10, tilePtr + 32);
  keep<T>(add, s11, tilePtr + 48);
  keep<T>(add, t00, tilePtr + TILE);
  keep<T>(add, t01, tilePtr + TILE + 16);
  keep<T>(add, t10, tilePtr + TILE + 32);
  keep<T>(add, t11, tilePtr + TILE + 48);
}

/** Σ w |a - b| and Σ w |a + b| of two rows. */
export function brayCurtisF32(
  a0: usize,
  a1: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  twoRows<f32>(BRAY_CURTIS, a0, a1, panel, count, add, weights, tilePtr);
}

/** Σ w |a - b| and Σ w |a + b| of two rows. */
export function brayCurtisF64(
  a0: usize,
  a1: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  twoRows<f64>(BRAY_CURTIS, a0, a1, panel, count, add, weights, tilePtr);
}

/** Σ a (1 - b) + b (1 - a) and Σ a b of two rows. */
export function diceF64(a0: usize, a1: usize, panel: usize, count: u32, add: bool, tilePtr: usize): void {
  twoRows<f64>(DICE, a0, a1, panel, count, add, 0, tilePtr);
}

/** Σ w where a ≠ b, and Σ w where neither is 0, of two rows. */
export function weightedDiceF64(
  a0: usize,
  a1: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  tilePtr: usize,
): void {
  twoRows<f64>(WEIGHTED_DICE, a0, a1, panel, count, add, weights, tilePtr);
}
