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
import { condensedIndex } from './condensed';

/** Frames of a panel. */
const WIDTH: u32 = 4;
/** Bytes of a panel column. */
const COLUMN: usize = 16;
/** Bytes of the inner products of one frame with one panel: 9 x 4 f64. */
const PRODUCTS: usize = 288;
/** Bytes of the coefficients of four polynomials. */
const COEFFICIENTS: usize = 96;
/** All scratch: inner products, coefficients, Ga + Gb and results of four pairs, a key matrix. */
const SCRATCH: usize = PRODUCTS + COEFFICIENTS + 64 + 128;
/** Atoms that one float32 accumulation runs over. */
const BLOCK: u32 = 64;
/** Share of Ga + Gb below which 2 (Ga + Gb) - 2 λ is taken again in float64. */
const CLOSE: f64 = 1e-3;
/** A simple root is found in 3-8 steps; a double one (linear molecules) halves the error in each. */
const STEPS: i32 = 60;
/** Jacobi's sweeps over a 4 x 4 matrix; three to five suffice. */
const SWEEPS: i32 = 20;

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
 * Exported so that it stays a function that is entered again and again; see euclidean.ts.
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

/*
 * The polynomial of two pairs, and Newton's steps on it. Four pairs are solved at once as two vectors, whose
 * steps do not wait for each other; a lane that has converged is left alone, so that a pair's result does not
 * depend on the others.
 */

// @ts-ignore: decorator
@inline
function at(productsPtr: usize, element: usize, half: usize): v128 {
  return v128.load(productsPtr + element * 32 + half);
}

// @ts-ignore: decorator
@inline
function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

// @ts-ignore: decorator
@inline
function minor(a: v128, b: v128, c: v128, d: v128): v128 {
  return f64x2.sub(f64x2.mul(a, b), f64x2.mul(c, d));
}

// @ts-ignore: decorator
@inline
function add3(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.add(a, b), c);
}

// @ts-ignore: decorator
@inline
function squares(a: v128, b: v128, c: v128): v128 {
  return add3(mul(a, a), mul(b, b), mul(c, c));
}

/** Coefficients of λ², λ and 1, to `outPtr` and 32 and 64 bytes behind it. */
// @ts-ignore: decorator
@inline
function coefficients(productsPtr: usize, half: usize, outPtr: usize): void {
  const xx = at(productsPtr, 0, half), xy = at(productsPtr, 1, half), xz = at(productsPtr, 2, half);
  const yx = at(productsPtr, 3, half), yy = at(productsPtr, 4, half), yz = at(productsPtr, 5, half);
  const zx = at(productsPtr, 6, half), zy = at(productsPtr, 7, half), zz = at(productsPtr, 8, half);
  const c0 = minor(yy, zz, yz, zy), c1 = minor(yz, zx, yx, zz), c2 = minor(yx, zy, yy, zx);
  const determinant = add3(mul(xx, c0), mul(xy, c1), mul(xz, c2));
  const c3 = minor(zy, xz, zz, xy), c4 = minor(zz, xx, zx, xz), c5 = minor(zx, xy, zy, xx);
  const c6 = minor(xy, yz, xz, yy), c7 = minor(xz, yx, xx, yz), c8 = minor(xx, yy, xy, yx);
  const t = add3(squares(xx, xy, xz), squares(yx, yy, yz), squares(zx, zy, zz));
  const q = add3(squares(c0, c1, c2), squares(c3, c4, c5), squares(c6, c7, c8));
  v128.store(outPtr, mul(f64x2.splat(-2), t));
  v128.store(outPtr, mul(f64x2.splat(-8), determinant), 32);
  v128.store(outPtr, f64x2.sub(mul(t, t), mul(f64x2.splat(4), q)), 64);
}

/**
 * Ga + Gb - 2 λ for the inner products of four pairs, to 4 f64 at `outPtr`; `gPtr` their 4 f64 of Ga + Gb.
 * Overwrites the inner products. Exported so that it stays a function of its own; see euclidean.ts.
 */
export function residualsF64(productsPtr: usize, gPtr: usize, outPtr: usize): void {
  // Both halves are read before either is overwritten: the coefficients go behind the products.
  const room = productsPtr + PRODUCTS;
  coefficients(productsPtr, 0, room);
  coefficients(productsPtr, 16, room + 16);
  const square0 = v128.load(room), square1 = v128.load(room, 16);
  const linear0 = v128.load(room, 32), linear1 = v128.load(room, 48);
  const constant0 = v128.load(room, 64), constant1 = v128.load(room, 80);
  const g0 = v128.load(gPtr), g1 = v128.load(gPtr, 16);
  const zero = f64x2.splat(0), tiny = f64x2.splat(1e-15), two = f64x2.splat(2), shrink = f64x2.splat(0.8);
  let l0 = mul(f64x2.splat(0.5), g0), l1 = mul(f64x2.splat(0.5), g1);
  let on0 = i64x2.splat(-1), on1 = i64x2.splat(-1);
  let last0 = f64x2.splat(Infinity), last1 = last0;
  for (let step = 0; step < STEPS; step++) {
    const s0 = mul(l0, l0), s1 = mul(l1, l1);
    const b0 = mul(f64x2.add(s0, square0), l0), b1 = mul(f64x2.add(s1, square1), l1);
    const a0 = f64x2.add(b0, linear0), a1 = f64x2.add(b1, linear1);
    const slope0 = add3(mul(mul(two, s0), l0), b0, a0), slope1 = add3(mul(mul(two, s1), l1), b1, a1);
    const d0 = f64x2.div(f64x2.add(mul(a0, l0), constant0), slope0);
    const d1 = f64x2.div(f64x2.add(mul(a1, l1), constant1), slope1);
    // Right of the root each step is at most 3/4 of the one before; a larger one is rounding alone.
    on0 = v128.and(on0, v128.and(f64x2.gt(slope0, zero), f64x2.lt(d0, mul(shrink, last0))));
    on1 = v128.and(on1, v128.and(f64x2.gt(slope1, zero), f64x2.lt(d1, mul(shrink, last1))));
    last0 = d0;
    last1 = d1;
    l0 = v128.bitselect(f64x2.sub(l0, d0), l0, on0);
    l1 = v128.bitselect(f64x2.sub(l1, d1), l1, on1);
    // At a simple root the last step is exact to rounding.
    on0 = v128.and(on0, f64x2.gt(d0, mul(tiny, l0)));
    on1 = v128.and(on1, f64x2.gt(d1, mul(tiny, l1)));
    if (!v128.any_true(v128.or(on0, on1))) break;
  }
  v128.store(outPtr, f64x2.sub(g0, mul(two, l0)));
  v128.store(outPtr, f64x2.sub(g1, mul(two, l1)), 16);
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

/** Element (i, j) of the 4 x 4 matrix at `ptr`. */
// @ts-ignore: decorator
@inline
function cell(ptr: usize, i: u32, j: u32): usize {
  return ptr + ((((i << 2) + j) as usize) << 3);
}

/**
 * The largest eigenvalue of Theobald's key matrix by Jacobi's rotations: exact to rounding where the polynomial
 * has a multiple root (linear molecules, and whatever is the same from several sides).
 * `products` points at one lane of the inner products, `keyPtr` at 128 bytes of scratch.
 */
function largestEigenvalue(products: usize, keyPtr: usize): f64 {
  const xx = load<f64>(products), xy = load<f64>(products, 32), xz = load<f64>(products, 64);
  const yx = load<f64>(products, 96), yy = load<f64>(products, 128), yz = load<f64>(products, 160);
  const zx = load<f64>(products, 192), zy = load<f64>(products, 224), zz = load<f64>(products, 256);
  store<f64>(cell(keyPtr, 0, 0), xx + yy + zz);
  store<f64>(cell(keyPtr, 1, 1), xx - yy - zz);
  store<f64>(cell(keyPtr, 2, 2), yy - xx - zz);
  store<f64>(cell(keyPtr, 3, 3), zz - xx - yy);
  store<f64>(cell(keyPtr, 0, 1), yz - zy);
  store<f64>(cell(keyPtr, 0, 2), zx - xz);
  store<f64>(cell(keyPtr, 0, 3), xy - yx);
  store<f64>(cell(keyPtr, 1, 2), xy + yx);
  store<f64>(cell(keyPtr, 1, 3), zx + xz);
  store<f64>(cell(keyPtr, 2, 3), yz + zy);
  for (let i: u32 = 1; i < 4; i++) {
    for (let j: u32 = 0; j < i; j++) store<f64>(cell(keyPtr, i, j), load<f64>(cell(keyPtr, j, i)));
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rest: f64 = 0;
    for (let p: u32 = 0; p < 3; p++) {
      for (let q = p + 1; q < 4; q++) {
        const apq = load<f64>(cell(keyPtr, p, q));
        if (apq == 0) continue;
        rest += apq * apq;
        const theta = (load<f64>(cell(keyPtr, q, q)) - load<f64>(cell(keyPtr, p, p))) / (2 * apq);
        const t = (theta < 0 ? -1.0 : 1.0) / (abs(theta) + sqrt(theta * theta + 1));
        const c = 1 / sqrt(t * t + 1);
        const s = t * c;
        for (let k: u32 = 0; k < 4; k++) {
          const kp = load<f64>(cell(keyPtr, k, p)), kq = load<f64>(cell(keyPtr, k, q));
          store<f64>(cell(keyPtr, k, p), c * kp - s * kq);
          store<f64>(cell(keyPtr, k, q), s * kp + c * kq);
        }
        for (let k: u32 = 0; k < 4; k++) {
          const pk = load<f64>(cell(keyPtr, p, k)), qk = load<f64>(cell(keyPtr, q, k));
          store<f64>(cell(keyPtr, p, k), c * pk - s * qk);
          store<f64>(cell(keyPtr, q, k), s * pk + c * qk);
        }
      }
    }
    const top = load<f64>(cell(keyPtr, 0, 0));
    if (!(rest > 1e-34 * top * top)) break;
  }
  return max(
    max(load<f64>(cell(keyPtr, 0, 0)), load<f64>(cell(keyPtr, 1, 1))),
    max(load<f64>(cell(keyPtr, 2, 2)), load<f64>(cell(keyPtr, 3, 3))),
  );
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
  productsPtr: usize, outPtr: usize,
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
          const value = load<f64>(found + ((lane as usize) << 3));
          store<T>(outPtr + (condensedIndex(n, i, j) as usize) * sizeof<T>(), value as T);
        }
      }
    }
  }
}

/**
 * Minimal RMSD of all pairs (i, j), i in [rowBegin, rowEnd), j > i.
 *
 * Shape: `xPtr` n centred frames of 3 x atoms f32, `panelsPtr` the same as panels of 4, `gPtr` n f64
 * (rmsdCenterF32); `outPtr` n(n-1)/2 f32, condensed. Units: those of the coordinates.
 * Memory: `productsPtr` rmsdScratchBytes() of scratch; `gPtr` readable to a multiple of 4. Cost: O(rows n atoms). Errors: none; never NaN.
 */
export function pairwiseRmsdF32(
  xPtr: usize, panelsPtr: usize, gPtr: usize, n: u32, atoms: u32, rowBegin: u32, rowEnd: u32,
  productsPtr: usize, outPtr: usize,
): i32 {
  pairwise<f32>(xPtr, panelsPtr, gPtr, n, atoms, rowBegin, rowEnd, productsPtr, outPtr);
  return 0;
}

/** As pairwiseRmsdF32, with distances stored in float64. */
export function pairwiseRmsdF64(
  xPtr: usize, panelsPtr: usize, gPtr: usize, n: u32, atoms: u32, rowBegin: u32, rowEnd: u32,
  productsPtr: usize, outPtr: usize,
): i32 {
  pairwise<f64>(xPtr, panelsPtr, gPtr, n, atoms, rowBegin, rowEnd, productsPtr, outPtr);
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
