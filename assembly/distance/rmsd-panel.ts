/**
 * Minimal root mean square deviation of atom positions over all rotations and translations.
 *
 * With both frames centred, rmsd² = (Ga + Gb - 2 λ) / N, where G is a frame's sum of squares and λ the
 * largest root of the characteristic polynomial of Theobald's 4x4 key matrix:
 *
 *   λ⁴ - 2 T λ² - 8 det(M) λ + T² - 4 Q = 0
 *
 * M is the 3x3 matrix of inner products of the coordinates, T the sum of its squared elements, Q the
 * sum of its squared 2x2 minors. (Ga + Gb) / 2 is never below λ, and right of λ the polynomial is
 * convex, so Newton's steps fall towards λ and never pass it.
 *
 * M is summed in float32, four frames at a time, in blocks of atoms that are added up in float64. If
 * two frames are so close that rounding errors would be visible (for example identical frames), the pair is
 * computed again with float64 products, and λ is found as an eigenvalue, which stays accurate at multiple roots.
 *
 * Source: Theobald 2005, Acta Cryst. A61, 478; Liu, Agrafiotis, Theobald 2010, J. Comput. Chem. 31, 1561.
 */
import { largestEigenvalue, mul, residualsF64 } from './quartic';
import { COEFFICIENTS, PRODUCTS } from './sizes';

/** Bytes of a panel column. */
export const COLUMN: usize = 16;
/** Atoms per float32 partial sum. */
const BLOCK: u32 = 64;
/** Share of Ga + Gb below which Ga + Gb - 2 λ is computed again in float64. */
const CLOSE: f64 = 1e-3;

@inline
function addProducts(outPtr: usize, at: usize, sum: v128, first: bool): void {
  const low = f64x2.promote_low_f32x4(sum);
  const high = f64x2.promote_low_f32x4(v128.shuffle<u64>(sum, sum, 1, 0));
  const to = outPtr + at;
  if (first) {
    v128.store(to, low);
    v128.store(to, high, 16);
  } else {
    v128.store(to, f64x2.add(v128.load(to), low));
    v128.store(to, f64x2.add(v128.load(to, 16), high), 16);
  }
}

/**
 * Inner products of one frame with the four frames of a panel, over `count` atoms.
 * `outPtr`: 9 x 4 f64, row (3 * axis of a + axis of b), stored where `first`, else added to.
 * Exported so that it stays a separate function; sums.ts tells why.
 */
export function innerProductsF32(aPtr: usize, panel: usize, count: u32, first: bool, outPtr: usize): void {
  let xx = f32x4.splat(0),
    xy = f32x4.splat(0),
    xz = f32x4.splat(0);
  let yx = f32x4.splat(0),
    yy = f32x4.splat(0),
    yz = f32x4.splat(0);
  let zx = f32x4.splat(0),
    zy = f32x4.splat(0),
    zz = f32x4.splat(0);
  const end = aPtr + (count as usize) * 12;
  while (aPtr < end) {
    const bx = v128.load(panel);
    const by = v128.load(panel, 16);
    const bz = v128.load(panel, 32);
    let a = v128.load32_splat(aPtr);
    xx = f32x4.add(xx, f32x4.mul(a, bx));
    xy = f32x4.add(xy, f32x4.mul(a, by));
    xz = f32x4.add(xz, f32x4.mul(a, bz));
    a = v128.load32_splat(aPtr, 4);
    yx = f32x4.add(yx, f32x4.mul(a, bx));
    yy = f32x4.add(yy, f32x4.mul(a, by));
    yz = f32x4.add(yz, f32x4.mul(a, bz));
    a = v128.load32_splat(aPtr, 8);
    zx = f32x4.add(zx, f32x4.mul(a, bx));
    zy = f32x4.add(zy, f32x4.mul(a, by));
    zz = f32x4.add(zz, f32x4.mul(a, bz));
    aPtr += 12;
    panel += 48;
  }
  addProducts(outPtr, 0, xx, first);
  addProducts(outPtr, 32, xy, first);
  addProducts(outPtr, 64, xz, first);
  addProducts(outPtr, 96, yx, first);
  addProducts(outPtr, 128, yy, first);
  addProducts(outPtr, 160, yz, first);
  addProducts(outPtr, 192, zx, first);
  addProducts(outPtr, 224, zy, first);
  addProducts(outPtr, 256, zz, first);
}

/** Inner products of one frame with one lane of a panel in float64, into lane `lane` of `outPtr`. */
function innerProductsExact(aPtr: usize, panel: usize, atoms: u32, lane: u32, outPtr: usize): void {
  let xx: f64 = 0,
    xy: f64 = 0,
    xz: f64 = 0;
  let yx: f64 = 0,
    yy: f64 = 0,
    yz: f64 = 0;
  let zx: f64 = 0,
    zy: f64 = 0,
    zz: f64 = 0;
  let b = panel + ((lane as usize) << 2);
  for (let t: u32 = 0; t < atoms; t++) {
    const ax = load<f32>(aPtr) as f64,
      ay = load<f32>(aPtr, 4) as f64,
      az = load<f32>(aPtr, 8) as f64;
    const bx = load<f32>(b) as f64,
      by = load<f32>(b, 16) as f64,
      bz = load<f32>(b, 32) as f64;
    xx += ax * bx;
    xy += ax * by;
    xz += ax * bz;
    yx += ay * bx;
    yy += ay * by;
    yz += ay * bz;
    zx += az * bx;
    zy += az * by;
    zz += az * bz;
    aPtr += 12;
    b += 48;
  }
  const to = outPtr + ((lane as usize) << 3);
  store<f64>(to, xx);
  store<f64>(to, xy, 32);
  store<f64>(to, xz, 64);
  store<f64>(to, yx, 96);
  store<f64>(to, yy, 128);
  store<f64>(to, yz, 160);
  store<f64>(to, zx, 192);
  store<f64>(to, zy, 224);
  store<f64>(to, zz, 256);
}

/**
 * The rmsd of frame a and the first `lanes` frames of a panel, to 4 f64 behind the scratch's other parts.
 * Scratch: inner products, coefficients, Ga + Gb, results.
 */
@inline
export function panelRmsd(
  aPtr: usize,
  ga: f64,
  panel: usize,
  gbPtr: usize,
  lanes: u32,
  atoms: u32,
  productsPtr: usize,
): usize {
  const sums = productsPtr + PRODUCTS + COEFFICIENTS;
  const out = sums + 32;
  products(aPtr, panel, atoms, productsPtr);
  v128.store(sums, f64x2.add(f64x2.splat(ga), v128.load(gbPtr)));
  v128.store(sums, f64x2.add(f64x2.splat(ga), v128.load(gbPtr, 16)), 16);
  residualsF64(productsPtr, sums, out);
  const rest0 = v128.load(out),
    rest1 = v128.load(out, 16);
  const close = f64x2.splat(CLOSE);
  const near0 = f64x2.lt(rest0, mul(close, v128.load(sums)));
  const near1 = f64x2.lt(rest1, mul(close, v128.load(sums, 16)));
  if (v128.any_true(v128.or(near0, near1))) panelExact(aPtr, panel, lanes, atoms, productsPtr);
  const n = f64x2.splat(atoms as f64);
  const zero = f64x2.splat(0);
  // pmax: values that are not above 0, NaN included, become 0.
  v128.store(out, f64x2.sqrt(f64x2.div(f64x2.pmax(zero, v128.load(out)), n)));
  v128.store(out, f64x2.sqrt(f64x2.div(f64x2.pmax(zero, v128.load(out, 16)), n)), 16);
  return out;
}

/** Compute the close pairs of a panel again with float64 products, and with a solver that is accurate at multiple roots. */
function panelExact(aPtr: usize, panel: usize, lanes: u32, atoms: u32, productsPtr: usize): void {
  const sums = productsPtr + PRODUCTS + COEFFICIENTS;
  const out = sums + 32;
  for (let lane: u32 = 0; lane < lanes; lane++) {
    const k = (lane as usize) << 3;
    const g = load<f64>(sums + k);
    if (!(load<f64>(out + k) < CLOSE * g)) continue;
    innerProductsExact(aPtr, panel, atoms, lane, productsPtr);
    store<f64>(out + k, g - 2 * largestEigenvalue(productsPtr + k, out + 32));
  }
}

@inline
function products(aPtr: usize, panel: usize, atoms: u32, productsPtr: usize): void {
  for (let done: u32 = 0; done < atoms; done += BLOCK) {
    const at = (done as usize) * 3;
    innerProductsF32(
      aPtr + at * 4,
      panel + at * COLUMN,
      min<u32>(BLOCK, atoms - done),
      done == 0,
      productsPtr,
    );
  }
}
