/** Sums with a power or a logarithm in each term: Minkowski's and Jensen-Shannon's. */
import { COLUMN } from '../lib/tile-shape';
import { logNormal, pow, writeCoefficients } from '../lib/log-exp';

/** Twice the largest exponent computed by products and a root. */
const MOST_HALVES: f64 = 16;

/** x^(halves / 2) for x ≥ 0. */
@inline
function powerByProducts(x: v128, halves: i32): v128 {
  let y = halves & 1 ? f64x2.sqrt(x) : f64x2.splat(1);
  for (let i = halves >> 1; i > 0; i--) y = f64x2.mul(y, x);
  return y;
}

@inline
function keep(add: bool, value: v128, to: usize): void {
  v128.store(to, add ? f64x2.add(v128.load(to), value) : value);
}

/** Σ w |a - b|^p of one row x one panel of 4. Memory: COEFFICIENTS bytes of scratch. */
export function powersF64(
  a: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  p: f64,
  scratchPtr: usize,
  tilePtr: usize,
): void {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  const end = panel + (count as usize) * COLUMN;
  let at: usize = 0;
  if (p >= 0 && p * 2 <= MOST_HALVES && floor(p * 2) == p * 2) {
    const halves = (p * 2) as i32;
    for (; panel < end; panel += COLUMN) {
      const v = v128.load64_splat(a + at);
      const w = v128.load64_splat(weights + at);
      const e0 = f64x2.abs(f64x2.sub(v, v128.load(panel)));
      const e1 = f64x2.abs(f64x2.sub(v, v128.load(panel, 16)));
      s0 = f64x2.add(s0, f64x2.mul(w, powerByProducts(e0, halves)));
      s1 = f64x2.add(s1, f64x2.mul(w, powerByProducts(e1, halves)));
      at += 8;
    }
  } else {
    const exponent = f64x2.splat(p);
    writeCoefficients(scratchPtr);
    for (; panel < end; panel += COLUMN) {
      const v = v128.load64_splat(a + at);
      const w = v128.load64_splat(weights + at);
      const e0 = f64x2.abs(f64x2.sub(v, v128.load(panel)));
      const e1 = f64x2.abs(f64x2.sub(v, v128.load(panel, 16)));
      s0 = f64x2.add(s0, f64x2.mul(w, pow(scratchPtr, e0, exponent)));
      s1 = f64x2.add(s1, f64x2.mul(w, pow(scratchPtr, e1, exponent)));
      at += 8;
    }
  }
  keep(add, s0, tilePtr);
  keep(add, s1, tilePtr + 16);
}

/** x log(x / m), and 0 where x is not above 0. */
@inline
function term(t: usize, x: v128, m: v128): v128 {
  const y = f64x2.mul(x, logNormal(t, f64x2.div(x, m)));
  return v128.and(y, f64x2.gt(x, f64x2.splat(0)));
}

/** Σ a log(a / m) + b log(b / m), m = (a + b) / 2, of one row x one panel of 4; memory as powersF64. */
export function divergenceF64(
  a: usize,
  panel: usize,
  count: u32,
  add: bool,
  scratchPtr: usize,
  tilePtr: usize,
): void {
  writeCoefficients(scratchPtr);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  const half = f64x2.splat(0.5);
  const end = panel + (count as usize) * COLUMN;
  for (; panel < end; panel += COLUMN) {
    const v = v128.load64_splat(a);
    const p0 = v128.load(panel);
    const p1 = v128.load(panel, 16);
    const m0 = f64x2.mul(f64x2.add(v, p0), half);
    const m1 = f64x2.mul(f64x2.add(v, p1), half);
    s0 = f64x2.add(s0, f64x2.add(term(scratchPtr, v, m0), term(scratchPtr, p0, m0)));
    s1 = f64x2.add(s1, f64x2.add(term(scratchPtr, v, m1), term(scratchPtr, p1, m1)));
    a += 8;
  }
  keep(add, s0, tilePtr);
  keep(add, s1, tilePtr + 16);
}
