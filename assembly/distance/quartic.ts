/**
 * The largest root of the quartic polynomial of rmsd.ts, which is the largest eigenvalue of Theobald's key
 * matrix: for four pairs at once by Newton's method, and for one pair by Jacobi rotations if the root is
 * multiple.
 *
 * Source: Theobald 2005, Acta Cryst. A61, 478; Golub and Van Loan, Matrix Computations, section 8.5.
 */
import { PRODUCTS } from './sizes';

/** A simple root is found in 3-8 steps; a double one (linear molecules) halves the error in each. */
const STEPS: i32 = 60;
/** Jacobi's sweeps over a 4 x 4 matrix; three to five suffice. */
const SWEEPS: i32 = 20;

/*
 * The polynomial of two pairs, and Newton's steps on it. Four pairs are solved at once as two vectors, whose
 * steps do not wait for each other; a lane that has converged is left alone, so that a pair's result does not
 * depend on the others.
 */

@inline
function at(productsPtr: usize, element: usize, half: usize): v128 {
  return v128.load(productsPtr + element * 32 + half);
}

@inline
export function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

@inline
function minor(a: v128, b: v128, c: v128, d: v128): v128 {
  return f64x2.sub(f64x2.mul(a, b), f64x2.mul(c, d));
}

@inline
function add3(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.add(a, b), c);
}

@inline
function squares(a: v128, b: v128, c: v128): v128 {
  return add3(mul(a, a), mul(b, b), mul(c, c));
}

/** Coefficients of λ², λ and 1, to `outPtr` and 32 and 64 bytes behind it. */
@inline
function coefficients(productsPtr: usize, half: usize, outPtr: usize): void {
  const xx = at(productsPtr, 0, half),
    xy = at(productsPtr, 1, half),
    xz = at(productsPtr, 2, half);
  const yx = at(productsPtr, 3, half),
    yy = at(productsPtr, 4, half),
    yz = at(productsPtr, 5, half);
  const zx = at(productsPtr, 6, half),
    zy = at(productsPtr, 7, half),
    zz = at(productsPtr, 8, half);
  const c0 = minor(yy, zz, yz, zy),
    c1 = minor(yz, zx, yx, zz),
    c2 = minor(yx, zy, yy, zx);
  const determinant = add3(mul(xx, c0), mul(xy, c1), mul(xz, c2));
  const c3 = minor(zy, xz, zz, xy),
    c4 = minor(zz, xx, zx, xz),
    c5 = minor(zx, xy, zy, xx);
  const c6 = minor(xy, yz, xz, yy),
    c7 = minor(xz, yx, xx, yz),
    c8 = minor(xx, yy, xy, yx);
  const t = add3(squares(xx, xy, xz), squares(yx, yy, yz), squares(zx, zy, zz));
  const q = add3(squares(c0, c1, c2), squares(c3, c4, c5), squares(c6, c7, c8));
  v128.store(outPtr, mul(f64x2.splat(-2), t));
  v128.store(outPtr, mul(f64x2.splat(-8), determinant), 32);
  v128.store(outPtr, f64x2.sub(mul(t, t), mul(f64x2.splat(4), q)), 64);
}

/**
 * Ga + Gb - 2 λ for the inner products of four pairs, to 4 f64 at `outPtr`; `gPtr` their 4 f64 of Ga + Gb.
 * Overwrites the inner products. Exported so that it stays a separate function; sums.ts tells why.
 */
export function residualsF64(productsPtr: usize, gPtr: usize, outPtr: usize): void {
  // Both halves are read before either is overwritten: the coefficients go behind the products.
  const room = productsPtr + PRODUCTS;
  coefficients(productsPtr, 0, room);
  coefficients(productsPtr, 16, room + 16);
  const square0 = v128.load(room),
    square1 = v128.load(room, 16);
  const linear0 = v128.load(room, 32),
    linear1 = v128.load(room, 48);
  const constant0 = v128.load(room, 64),
    constant1 = v128.load(room, 80);
  const g0 = v128.load(gPtr),
    g1 = v128.load(gPtr, 16);
  const zero = f64x2.splat(0),
    tiny = f64x2.splat(1e-15),
    two = f64x2.splat(2),
    shrink = f64x2.splat(0.8);
  let l0 = mul(f64x2.splat(0.5), g0),
    l1 = mul(f64x2.splat(0.5), g1);
  let on0 = i64x2.splat(-1),
    on1 = i64x2.splat(-1);
  let last0 = f64x2.splat(Infinity),
    last1 = last0;
  for (let step = 0; step < STEPS; step++) {
    const s0 = mul(l0, l0),
      s1 = mul(l1, l1);
    const b0 = mul(f64x2.add(s0, square0), l0),
      b1 = mul(f64x2.add(s1, square1), l1);
    const a0 = f64x2.add(b0, linear0),
      a1 = f64x2.add(b1, linear1);
    const slope0 = add3(mul(mul(two, s0), l0), b0, a0),
      slope1 = add3(mul(mul(two, s1), l1), b1, a1);
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

/** Element (i, j) of the 4 x 4 matrix at `ptr`. */
@inline
function cell(ptr: usize, i: u32, j: u32): usize {
  return ptr + ((((i << 2) + j) as usize) << 3);
}

/**
 * The largest eigenvalue of Theobald's key matrix by Jacobi's rotations: exact to rounding where the polynomial
 * has a multiple root (linear molecules, and symmetric shapes).
 * `products` points at one lane of the inner products, `keyPtr` at 128 bytes of scratch.
 */
export function largestEigenvalue(products: usize, keyPtr: usize): f64 {
  const xx = load<f64>(products),
    xy = load<f64>(products, 32),
    xz = load<f64>(products, 64);
  const yx = load<f64>(products, 96),
    yy = load<f64>(products, 128),
    yz = load<f64>(products, 160);
  const zx = load<f64>(products, 192),
    zy = load<f64>(products, 224),
    zz = load<f64>(products, 256);
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
          const kp = load<f64>(cell(keyPtr, k, p)),
            kq = load<f64>(cell(keyPtr, k, q));
          store<f64>(cell(keyPtr, k, p), c * kp - s * kq);
          store<f64>(cell(keyPtr, k, q), s * kp + c * kq);
        }
        for (let k: u32 = 0; k < 4; k++) {
          const pk = load<f64>(cell(keyPtr, p, k)),
            qk = load<f64>(cell(keyPtr, q, k));
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
