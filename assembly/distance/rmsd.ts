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
 * M is summed in float32, four frames at a time, in blocks of atoms that are added up in float64. Where
 * the frames are so close that rounding would show (identical frames are the plain case), the pair is
 * done again with float64 products, and λ is found as an eigenvalue, which knows no multiple roots.
 *
 * Source: Theobald 2005, Acta Cryst. A61, 478; Liu, Agrafiotis, Theobald 2010, J. Comput. Chem. 31, 1561.
 */
import { rowOrigin } from '../lib/condensed';
import { COEFFICIENTS, largestEigenvalue, mul, PRODUCTS, residualsF64 } from './quartic';

/** Frames of a panel. */
const WIDTH: u32 = 4;
/** Bytes of a panel column. */
const COLUMN: usize = 16;
/** All scratch: inner products, coefficients, Ga + Gb and results of four pairs, a key matrix. */
const SCRATCH: usize = PRODUCTS + COEFFICIENTS + 64 + 128;
/** Atoms that one float32 accumulation runs over. */
const BLOCK: u32 = 64;
/** Share of Ga + Gb below which 2 (Ga + Gb) - 2 λ is taken again in float64. */
const CLOSE: f64 = 1e-3;

/**
 * Centre frames [rowBegin, rowEnd) on their mean.
 *
 * Shape: `xPtr` frames of 3 x atoms f32 or f64 (x y z x y z ...); `outPtr` the same in f32; `gPtr` one
 * f64 a frame, the sum of squares of what was stored. The mean is taken in float64.
 */
// @ts-ignore: decorator
@inline
function center<T extends number>(
  xPtr: usize, atoms: u32, rowBegin: u32, rowEnd: u32, outPtr: usize, gPtr: usize,
): void {
  for (let i = rowBegin; i < rowEnd; i++) {
    const from = xPtr + (i as usize) * atoms * 3 * sizeof<T>();
    const to = outPtr + (i as usize) * atoms * 12;
    let x: f64 = 0, y: f64 = 0, z: f64 = 0;
    for (let t: u32 = 0; t < atoms; t++) {
      const at = from + (t as usize) * 3 * sizeof<T>();
      x += load<T>(at) as f64;
      y += load<T>(at + sizeof<T>()) as f64;
      z += load<T>(at + 2 * sizeof<T>()) as f64;
    }
    x /= atoms as f64;
    y /= atoms as f64;
    z /= atoms as f64;
    let g: f64 = 0;
    for (let t: u32 = 0; t < atoms; t++) {
      const at = from + (t as usize) * 3 * sizeof<T>();
      const out = to + (t as usize) * 12;
      const cx = ((load<T>(at) as f64) - x) as f32;
      const cy = ((load<T>(at + sizeof<T>()) as f64) - y) as f32;
      const cz = ((load<T>(at + 2 * sizeof<T>()) as f64) - z) as f32;
      store<f32>(out, cx);
      store<f32>(out, cy, 4);
      store<f32>(out, cz, 8);
      g += (cx as f64) * (cx as f64) + (cy as f64) * (cy as f64) + (cz as f64) * (cz as f64);
    }
    store<f64>(gPtr + (i as usize) * 8, g);
  }
}

/** Centre float32 frames; see center. */
export function rmsdCenterF32(
  xPtr: usize, atoms: u32, rowBegin: u32, rowEnd: u32, outPtr: usize, gPtr: usize,
): i32 {
  center<f32>(xPtr, atoms, rowBegin, rowEnd, outPtr, gPtr);
  return 0;
}

/** Centre float64 frames; see center. */
export function rmsdCenterF64(
  xPtr: usize, atoms: u32, rowBegin: u32, rowEnd: u32, outPtr: usize, gPtr: usize,
): i32 {
  center<f64>(xPtr, atoms, rowBegin, rowEnd, outPtr, gPtr);
  return 0;
}

// @ts-ignore: decorator
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
 * Exported so that it stays a function that is entered again and again; see sums.ts.
 */
export function innerProductsF32(aPtr: usize, panel: usize, count: u32, first: bool, outPtr: usize): void {
  let xx = f32x4.splat(0), xy = f32x4.splat(0), xz = f32x4.splat(0);
  let yx = f32x4.splat(0), yy = f32x4.splat(0), yz = f32x4.splat(0);
  let zx = f32x4.splat(0), zy = f32x4.splat(0), zz = f32x4.splat(0);
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
  let xx: f64 = 0, xy: f64 = 0, xz: f64 = 0;
  let yx: f64 = 0, yy: f64 = 0, yz: f64 = 0;
  let zx: f64 = 0, zy: f64 = 0, zz: f64 = 0;
  let b = panel + ((lane as usize) << 2);
  for (let t: u32 = 0; t < atoms; t++) {
    const ax = load<f32>(aPtr) as f64, ay = load<f32>(aPtr, 4) as f64, az = load<f32>(aPtr, 8) as f64;
    const bx = load<f32>(b) as f64, by = load<f32>(b, 16) as f64, bz = load<f32>(b, 32) as f64;
    xx += ax * bx; xy += ax * by; xz += ax * bz;
    yx += ay * bx; yy += ay * by; yz += ay * bz;
    zx += az * bx; zy += az * by; zz += az * bz;
    aPtr += 12;
    b += 48;
  }
  const to = outPtr + ((lane as usize) << 3);
  store<f64>(to, xx); store<f64>(to, xy, 32); store<f64>(to, xz, 64);
  store<f64>(to, yx, 96); store<f64>(to, yy, 128); store<f64>(to, yz, 160);
  store<f64>(to, zx, 192); store<f64>(to, zy, 224); store<f64>(to, zz, 256);
}

/**
 * The rmsd of frame a and the first `lanes` frames of a panel, to 4 f64 behind the scratch's other parts.
 * Scratch: inner products, coefficients, Ga + Gb, results.
 */
// @ts-ignore: decorator
@inline
function panelRmsd(
  aPtr: usize, ga: f64, panel: usize, gbPtr: usize, lanes: u32, atoms: u32, productsPtr: usize,
): usize {
  const sums = productsPtr + PRODUCTS + COEFFICIENTS;
  const out = sums + 32;
  products(aPtr, panel, atoms, productsPtr);
  v128.store(sums, f64x2.add(f64x2.splat(ga), v128.load(gbPtr)));
  v128.store(sums, f64x2.add(f64x2.splat(ga), v128.load(gbPtr, 16)), 16);
  residualsF64(productsPtr, sums, out);
  const rest0 = v128.load(out), rest1 = v128.load(out, 16);
  const close = f64x2.splat(CLOSE);
  const near0 = f64x2.lt(rest0, mul(close, v128.load(sums)));
  const near1 = f64x2.lt(rest1, mul(close, v128.load(sums, 16)));
  if (v128.any_true(v128.or(near0, near1))) panelExact(aPtr, panel, lanes, atoms, productsPtr);
  const n = f64x2.splat(atoms as f64);
  const zero = f64x2.splat(0);
  // pmax: what is not above 0, NaN included, becomes 0.
  v128.store(out, f64x2.sqrt(f64x2.div(f64x2.pmax(zero, v128.load(out)), n)));
  v128.store(out, f64x2.sqrt(f64x2.div(f64x2.pmax(zero, v128.load(out, 16)), n)), 16);
  return out;
}

/** Do the close ones of a panel's pairs again with float64 products, and with a solver that knows no bad roots. */
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

// @ts-ignore: decorator
@inline
function products(aPtr: usize, panel: usize, atoms: u32, productsPtr: usize): void {
  for (let done: u32 = 0; done < atoms; done += BLOCK) {
    const at = (done as usize) * 3;
    innerProductsF32(
      aPtr + at * 4, panel + at * COLUMN, min<u32>(BLOCK, atoms - done), done == 0, productsPtr,
    );
  }
}

// @ts-ignore: decorator
@inline
function pairwise<T extends number>(
  xPtr: usize, panelsPtr: usize, gPtr: usize, n: u32, atoms: u32, rowBegin: u32, rowEnd: u32,
  productsPtr: usize, outPtr: usize, ldo: u32, flagPtr: usize,
): void {
  const size = (atoms as usize) * 3;
  const panels = (n + WIDTH - 1) / WIDTH;
  // Eight panels stay in the cache while the rows of the range pass by.
  for (let block = (rowBegin + 1) / WIDTH; block < panels; block += 8) {
    const blockEnd = min<u32>(panels, block + 8);
    for (let i = rowBegin; i < min<u32>(rowEnd, blockEnd * WIDTH - 1); i++) {
      const aPtr = xPtr + (i as usize) * size * 4;
      const ga = load<f64>(gPtr + (i as usize) * 8);
      for (let p = max<u32>(block, (i + 1) / WIDTH); p < blockEnd; p++) {
        const panel = panelsPtr + (p as usize) * size * COLUMN;
        const lanes = min<u32>(WIDTH, n - p * WIDTH);
        const found = panelRmsd(aPtr, ga, panel, gPtr + (p as usize) * 32, lanes, atoms, productsPtr);
        for (let lane: u32 = 0; lane < lanes; lane++) {
          const j = p * WIDTH + lane;
          if (j <= i) continue;
          const value = load<f64>(found + ((lane as usize) << 3)) as T;
          store<T>(outPtr + ((rowOrigin(n, ldo, i) + j) as usize) * sizeof<T>(), value);
          if (ldo == 0) continue;
          store<T>(outPtr + ((j * ldo + i) as usize) * sizeof<T>(), value);
          if (value - value != 0) store<u32>(flagPtr, 1);
        }
      }
    }
  }
}

/**
 * Minimal RMSD of all pairs (i, j), i in [rowBegin, rowEnd), j > i.
 *
 * Shape: `xPtr` n centred frames of 3 x atoms f32, `panelsPtr` the same as panels of 4, `gPtr` n f64
 * (rmsdCenterF32); `outPtr` n(n-1)/2 f32, condensed, or a square as in pairwiseDistances. Units: those of the
 * coordinates. Memory: `productsPtr` rmsdScratchBytes() of scratch; `gPtr` readable to a multiple of 4. Cost: O(rows n atoms). Errors: none; never NaN.
 */
export function pairwiseRmsdF32(
  xPtr: usize, panelsPtr: usize, gPtr: usize, n: u32, atoms: u32, rowBegin: u32, rowEnd: u32,
  productsPtr: usize, outPtr: usize, ldo: u32, flagPtr: usize,
): i32 {
  pairwise<f32>(xPtr, panelsPtr, gPtr, n, atoms, rowBegin, rowEnd, productsPtr, outPtr, ldo, flagPtr);
  return 0;
}

/** As pairwiseRmsdF32, with distances stored in float64. */
export function pairwiseRmsdF64(
  xPtr: usize, panelsPtr: usize, gPtr: usize, n: u32, atoms: u32, rowBegin: u32, rowEnd: u32,
  productsPtr: usize, outPtr: usize, ldo: u32, flagPtr: usize,
): i32 {
  pairwise<f64>(xPtr, panelsPtr, gPtr, n, atoms, rowBegin, rowEnd, productsPtr, outPtr, ldo, flagPtr);
  return 0;
}

// @ts-ignore: decorator
@inline
function cross<T extends number>(
  aPtr: usize, gaPtr: usize, panelsPtr: usize, gbPtr: usize, m: u32, atoms: u32,
  rowBegin: u32, rowEnd: u32, productsPtr: usize, outPtr: usize, ldo: u32,
): void {
  const size = (atoms as usize) * 3;
  const panels = (m + WIDTH - 1) / WIDTH;
  for (let i = rowBegin; i < rowEnd; i++) {
    const row = aPtr + (i as usize) * size * 4;
    const ga = load<f64>(gaPtr + (i as usize) * 8);
    for (let p: u32 = 0; p < panels; p++) {
      const panel = panelsPtr + (p as usize) * size * COLUMN;
      const lanes = min<u32>(WIDTH, m - p * WIDTH);
      const found = panelRmsd(row, ga, panel, gbPtr + (p as usize) * 32, lanes, atoms, productsPtr);
      for (let lane: u32 = 0; lane < lanes; lane++) {
        const j = p * WIDTH + lane;
        const value = load<f64>(found + ((lane as usize) << 3));
        store<T>(outPtr + ((i as usize) * ldo + j) * sizeof<T>(), value as T);
      }
    }
  }
}

/**
 * Minimal RMSD of frames [rowBegin, rowEnd) of A to all m frames of B.
 *
 * Shape: `aPtr`, `gaPtr` centred frames of A; `panelsPtr`, `gbPtr` those of B as panels of 4; `outPtr`
 * rows x m f32, row stride `ldo`. The rest as pairwiseRmsdF32.
 */
export function crossRmsdF32(
  aPtr: usize, gaPtr: usize, panelsPtr: usize, gbPtr: usize, m: u32, atoms: u32,
  rowBegin: u32, rowEnd: u32, productsPtr: usize, outPtr: usize, ldo: u32,
): i32 {
  cross<f32>(aPtr, gaPtr, panelsPtr, gbPtr, m, atoms, rowBegin, rowEnd, productsPtr, outPtr, ldo);
  return 0;
}

/** As crossRmsdF32, with distances stored in float64. */
export function crossRmsdF64(
  aPtr: usize, gaPtr: usize, panelsPtr: usize, gbPtr: usize, m: u32, atoms: u32,
  rowBegin: u32, rowEnd: u32, productsPtr: usize, outPtr: usize, ldo: u32,
): i32 {
  cross<f64>(aPtr, gaPtr, panelsPtr, gbPtr, m, atoms, rowBegin, rowEnd, productsPtr, outPtr, ldo);
  return 0;
}

// @ts-ignore: decorator
@inline
function assign<T extends number>(
  aPtr: usize, gaPtr: usize, panelsPtr: usize, gbPtr: usize, m: u32, atoms: u32,
  rowBegin: u32, rowEnd: u32, productsPtr: usize, nearestPtr: usize, distancePtr: usize,
): void {
  const size = (atoms as usize) * 3;
  const panels = (m + WIDTH - 1) / WIDTH;
  for (let i = rowBegin; i < rowEnd; i++) {
    const row = aPtr + (i as usize) * size * 4;
    const ga = load<f64>(gaPtr + (i as usize) * 8);
    let best: f64 = Infinity;
    let nearest: i32 = 0;
    for (let p: u32 = 0; p < panels; p++) {
      const panel = panelsPtr + (p as usize) * size * COLUMN;
      const lanes = min<u32>(WIDTH, m - p * WIDTH);
      const found = panelRmsd(row, ga, panel, gbPtr + (p as usize) * 32, lanes, atoms, productsPtr);
      for (let lane: u32 = 0; lane < lanes; lane++) {
        const j = p * WIDTH + lane;
        const value = load<f64>(found + ((lane as usize) << 3));
        if (value < best) {
          best = value;
          nearest = j as i32;
        }
      }
    }
    store<i32>(nearestPtr + (i as usize) * 4, nearest);
    store<T>(distancePtr + (i as usize) * sizeof<T>(), best as T);
  }
}

/**
 * The nearest of m leaders for frames [rowBegin, rowEnd) by minimal RMSD; ties go to the lowest index.
 *
 * Shape: as crossRmsdF32; `nearestPtr` i32 a frame, `distancePtr` f32 a frame.
 */
export function assignRmsdF32(
  aPtr: usize, gaPtr: usize, panelsPtr: usize, gbPtr: usize, m: u32, atoms: u32,
  rowBegin: u32, rowEnd: u32, productsPtr: usize, nearestPtr: usize, distancePtr: usize,
): i32 {
  assign<f32>(
    aPtr, gaPtr, panelsPtr, gbPtr, m, atoms, rowBegin, rowEnd, productsPtr, nearestPtr, distancePtr,
  );
  return 0;
}

/** As assignRmsdF32, with distances stored in float64. */
export function assignRmsdF64(
  aPtr: usize, gaPtr: usize, panelsPtr: usize, gbPtr: usize, m: u32, atoms: u32,
  rowBegin: u32, rowEnd: u32, productsPtr: usize, nearestPtr: usize, distancePtr: usize,
): i32 {
  assign<f64>(
    aPtr, gaPtr, panelsPtr, gbPtr, m, atoms, rowBegin, rowEnd, productsPtr, nearestPtr, distancePtr,
  );
  return 0;
}

/** Bytes of scratch of the RMSD kernels. */
export function rmsdScratchBytes(): usize {
  return SCRATCH;
}
