/** The quadratic form of differences: Mahalanobis. */
import { COLUMN, TILE } from '../lib/tile-shape';

/**
 * Σ_i Σ_j (a_i - b_i) A_ij (a_j - b_j) for 4 rows x one panel of 4.
 *
 * Shape: `formPtr` the lower triangle row by row, with A_ij + A_ji for i ≠ j, so that A
 * need not be symmetric. Memory: `scratchPtr` FORM_COLUMN bytes for each coordinate (sizes.ts), the differences. Cost: O(d²).
 */
export function quadraticF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  d: u32,
  formPtr: usize,
  scratchPtr: usize,
  tilePtr: usize,
): void {
  for (let k: u32 = 0; k < d; k++) {
    const at = (k as usize) << 3;
    const to = scratchPtr + (k as usize) * TILE;
    const p0 = v128.load(panel + (k as usize) * COLUMN);
    const p1 = v128.load(panel + (k as usize) * COLUMN, 16);
    let v = v128.load64_splat(a0 + at);
    v128.store(to, f64x2.sub(v, p0));
    v128.store(to, f64x2.sub(v, p1), 16);
    v = v128.load64_splat(a1 + at);
    v128.store(to, f64x2.sub(v, p0), 32);
    v128.store(to, f64x2.sub(v, p1), 48);
    v = v128.load64_splat(a2 + at);
    v128.store(to, f64x2.sub(v, p0), 64);
    v128.store(to, f64x2.sub(v, p1), 80);
    v = v128.load64_splat(a3 + at);
    v128.store(to, f64x2.sub(v, p0), 96);
    v128.store(to, f64x2.sub(v, p1), 112);
  }
  memory.fill(tilePtr, 0, TILE);
  for (let i: u32 = 0; i < d; i++) {
    const end = formPtr + (((i + 1) as usize) << 3);
    rowOfForm(formPtr, end, scratchPtr, scratchPtr + (i as usize) * TILE, tilePtr);
    formPtr = end;
  }
}

/** Add the terms of one row of the form: Σ_j form_j e_j, times e at `own`. */
@inline
function rowOfForm(form: usize, end: usize, e: usize, own: usize, tilePtr: usize): void {
  let s0 = f64x2.splat(0),
    s1 = f64x2.splat(0),
    s2 = f64x2.splat(0),
    s3 = f64x2.splat(0);
  let s4 = f64x2.splat(0),
    s5 = f64x2.splat(0),
    s6 = f64x2.splat(0),
    s7 = f64x2.splat(0);
  for (; form < end; form += 8) {
    const v = v128.load64_splat(form);
    s0 = f64x2.add(s0, f64x2.mul(v, v128.load(e)));
    s1 = f64x2.add(s1, f64x2.mul(v, v128.load(e, 16)));
    s2 = f64x2.add(s2, f64x2.mul(v, v128.load(e, 32)));
    s3 = f64x2.add(s3, f64x2.mul(v, v128.load(e, 48)));
    s4 = f64x2.add(s4, f64x2.mul(v, v128.load(e, 64)));
    s5 = f64x2.add(s5, f64x2.mul(v, v128.load(e, 80)));
    s6 = f64x2.add(s6, f64x2.mul(v, v128.load(e, 96)));
    s7 = f64x2.add(s7, f64x2.mul(v, v128.load(e, 112)));
    e += TILE;
  }
  addProduct(tilePtr, own, s0);
  addProduct(tilePtr + 16, own + 16, s1);
  addProduct(tilePtr + 32, own + 32, s2);
  addProduct(tilePtr + 48, own + 48, s3);
  addProduct(tilePtr + 64, own + 64, s4);
  addProduct(tilePtr + 80, own + 80, s5);
  addProduct(tilePtr + 96, own + 96, s6);
  addProduct(tilePtr + 112, own + 112, s7);
}

@inline
function addProduct(to: usize, own: usize, value: v128): void {
  v128.store(to, f64x2.add(v128.load(to), f64x2.mul(v128.load(own), value)));
}
