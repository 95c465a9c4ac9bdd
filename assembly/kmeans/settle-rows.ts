/** Labels of 4 rows from their scores (scores.ts), whether the labels are sure, and bounds of distances. */
import { storeTurnedApart } from '../lib/blocks';
import { LABEL, LOWER, SURE, UPPER } from './scores';

/** Combine the least and the second least of the lanes so far with those of one more lane. */
@inline
function fold(state: usize, best: v128, next: v128, index: v128): void {
  const old = v128.load(state);
  const lower = f32x4.lt(best, old);
  const second = f32x4.pmin(v128.load(state, 16), next);
  v128.store(state, f32x4.pmin(old, best));
  v128.store(state, f32x4.pmin(second, f32x4.pmax(old, best)), 16);
  v128.store(state, v128.bitselect(index, v128.load(state, 32), lower), 32);
}

/** Transpose 4 vectors that are 48 bytes apart: lane l of each goes to vector l at `to`, also 48 bytes apart. */
@inline
function transpose(from: usize, to: usize): void {
  const r0 = v128.load(from),
    r1 = v128.load(from, 48),
    r2 = v128.load(from, 96),
    r3 = v128.load(from, 144);
  storeTurnedApart(r0, r1, r2, r3, to, 48);
}

/**
 * From the scores of rows i0 .. i3: their nearest centroids, whether these are sure, and bounds of distances.
 * One lane per row, at SURE, LABEL, UPPER and LOWER of the state.
 */
export function settleRowsF32(
  state: usize,
  normsPtr: usize,
  i0: u32,
  i1: u32,
  i2: u32,
  i3: u32,
  unsure: f32,
  longest: f32,
): void {
  transpose(state, state);
  transpose(state + 16, state + 16);
  transpose(state + 32, state + 32);
  // Convert places of vectors to indices of centroids.
  const four = f32x4.splat(4);
  v128.store(state, f32x4.mul(v128.load(state, 32), four), 32);
  for (let l: u32 = 1; l < 4; l++) {
    const from = state + (l as usize) * 48;
    const index = f32x4.add(f32x4.mul(v128.load(from, 32), four), f32x4.splat(l as f32));
    fold(state, v128.load(from), v128.load(from, 16), index);
  }
  const best = v128.load(state),
    next = v128.load(state, 16);
  let squares = v128.load32_zero(normsPtr + ((i0 as usize) << 2));
  squares = v128.load_lane<f32>(normsPtr + ((i1 as usize) << 2), squares, 1);
  squares = v128.load_lane<f32>(normsPtr + ((i2 as usize) << 2), squares, 2);
  squares = v128.load_lane<f32>(normsPtr + ((i3 as usize) << 2), squares, 3);
  const reach = f32x4.add(f32x4.sqrt(squares), f32x4.splat(longest));
  const error = f32x4.mul(f32x4.splat(unsure), f32x4.mul(reach, reach));
  const zero = f32x4.splat(0);
  const label = i32x4.trunc_sat_f32x4_s(v128.load(state, 32));
  const upper = f32x4.add(f32x4.add(squares, f32x4.add(best, best)), error);
  const lower = f32x4.sub(f32x4.add(squares, f32x4.add(next, next)), error);
  v128.store(state, f32x4.gt(f32x4.sub(next, best), error), SURE);
  v128.store(state, label, LABEL);
  v128.store(state, f32x4.mul(f32x4.sqrt(f32x4.pmax(zero, upper)), f32x4.splat(1.000001)), UPPER);
  v128.store(state, f32x4.mul(f32x4.sqrt(f32x4.pmax(zero, lower)), f32x4.splat(0.999999)), LOWER);
}

/** As settleRowsF32, in float64. */
export function settleRowsF64(
  state: usize,
  normsPtr: usize,
  i0: u32,
  i1: u32,
  i2: u32,
  i3: u32,
  unsure: f64,
  longest: f64,
): void {
  for (let r: u32 = 0; r < 4; r++) {
    const from = state + (r as usize) * 48;
    const b0 = load<f64>(from),
      b1 = load<f64>(from, 8);
    const lower = b1 < b0;
    const best = lower ? b1 : b0;
    const next = min<f64>(min<f64>(load<f64>(from, 16), load<f64>(from, 24)), lower ? b0 : b1);
    const index = (lower ? load<f64>(from, 40) : load<f64>(from, 32)) as i32;
    const i = r == 0 ? i0 : r == 1 ? i1 : r == 2 ? i2 : i3;
    const square = load<f64>(normsPtr + ((i as usize) << 3));
    const reach = sqrt(square) + longest;
    const error = unsure * reach * reach;
    store<i32>(state + ((r as usize) << 2), next - best > error ? -1 : 0, SURE);
    store<i32>(state + ((r as usize) << 2), (index << 1) + (lower ? 1 : 0), LABEL);
    store<f64>(
      state + ((r as usize) << 3),
      sqrt(max<f64>(0, square + 2 * best + error)) * (1 + 1e-14),
      UPPER,
    );
    store<f64>(
      state + ((r as usize) << 3),
      sqrt(max<f64>(0, square + 2 * next - error)) * (1 - 1e-14),
      LOWER,
    );
  }
}
