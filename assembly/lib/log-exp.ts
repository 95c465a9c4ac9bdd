/**
 * Logarithm, exponential and power of two float64 at a time, without static tables, so that the result
 * is the same on every engine (Math.log and Math.exp are not). Error: about 1 ulp; see the test.
 *
 * Method: log(2^k (1 + f)) by s = f / (2 + f) and a polynomial in s²; exp by r = x - k ln 2, |r| ≤ ln 2 / 2,
 * and a rational function of r. Source: Ng, FDLIBM 5.3 (Sun Microsystems 1993), e_log.c and e_exp.c, for
 * the method and the coefficients.
 *
 * Coefficients are read from memory: a caller writes them to its scratch first (writeCoefficients). In V8,
 * loading one takes one instruction, and a literal takes three or four.
 */

/** Bytes that the coefficients take. */
export const COEFFICIENTS: usize = 200;

/* Their offsets. */
const LN2_HIGH: usize = 0;
const LN2_LOW: usize = 8;
const LOG_1: usize = 16;
const LOG_2: usize = 24;
const LOG_3: usize = 32;
const LOG_4: usize = 40;
const LOG_5: usize = 48;
const LOG_6: usize = 56;
const LOG_7: usize = 64;
const TOP_HALF: usize = 72;
const ONE: usize = 80;
const BIASED: usize = 88;
const BIAS: usize = 96;
const LOG2_E: usize = 104;
const EXP_1: usize = 112;
const EXP_2: usize = 120;
const EXP_3: usize = 128;
const EXP_4: usize = 136;
const EXP_5: usize = 144;
const WHOLE: usize = 152;
const TWO: usize = 160;
const HALF: usize = 168;
const LEAST: usize = 176;
const MOST: usize = 184;
const FAR: usize = 192;

export function writeCoefficients(to: usize): void {
  store<f64>(to, 6.9314718036912381649e-1, LN2_HIGH);
  store<f64>(to, 1.90821492927058770002e-10, LN2_LOW);
  store<f64>(to, 6.66666666666673513e-1, LOG_1);
  store<f64>(to, 3.999999999940941908e-1, LOG_2);
  store<f64>(to, 2.857142874366239149e-1, LOG_3);
  store<f64>(to, 2.222219843214978396e-1, LOG_4);
  store<f64>(to, 1.818357216161805012e-1, LOG_5);
  store<f64>(to, 1.531383769920937332e-1, LOG_6);
  store<f64>(to, 1.479819860511658591e-1, LOG_7);
  // The difference between the bits of 1 and those of √½, so that the exponent changes at √½.
  store<u64>(to, 0x3ff0000000000000 - 0x3fe6a09e667f3bcd, TOP_HALF);
  store<f64>(to, 1, ONE);
  // 2^52 with an exponent in its low bits is 2^52 plus that exponent.
  store<u64>(to, 0x4330000000000000, BIASED);
  store<f64>(to, 4503599627370496 + 1023, BIAS);
  store<f64>(to, 1.442695040888963387, LOG2_E);
  store<f64>(to, 1.66666666666666019037e-1, EXP_1);
  store<f64>(to, -2.77777777770155933842e-3, EXP_2);
  store<f64>(to, 6.61375632143793436117e-5, EXP_3);
  store<f64>(to, -1.6533902205465251539e-6, EXP_4);
  store<f64>(to, 4.13813679705723846039e-8, EXP_5);
  // 1.5 * 2^52: adding it to a number rounds that to an integer, which then stands in the low bits; and 1023.
  store<f64>(to, 6755399441055744 + 1023, WHOLE);
  store<f64>(to, 2, TWO);
  store<f64>(to, 0.5, HALF);
  store<f64>(to, 2.2250738585072014e-308, LEAST);
  store<f64>(to, 1.7976931348623157e308, MOST);
  store<f64>(to, 700, FAR);
}

/** log x = log(1 + f) + k ln 2 of the bits of x and of its exponent e; k is e as a number, without bias. */
@inline
function logOf(t: usize, x: v128, e: v128, k: v128): v128 {
  const one = v128.load64_splat(t, ONE);
  const f = f64x2.sub(i64x2.add(i64x2.sub(x, i64x2.shl(e, 52)), one), one);
  const s = f64x2.div(f, f64x2.add(f, v128.load64_splat(t, TWO)));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  let even = f64x2.add(f64x2.mul(w, v128.load64_splat(t, LOG_6)), v128.load64_splat(t, LOG_4));
  even = f64x2.mul(w, f64x2.add(f64x2.mul(w, even), v128.load64_splat(t, LOG_2)));
  let odd = f64x2.add(f64x2.mul(w, v128.load64_splat(t, LOG_7)), v128.load64_splat(t, LOG_5));
  odd = f64x2.add(f64x2.mul(w, odd), v128.load64_splat(t, LOG_3));
  odd = f64x2.mul(z, f64x2.add(f64x2.mul(w, odd), v128.load64_splat(t, LOG_1)));
  const half = f64x2.mul(f64x2.mul(v128.load64_splat(t, HALF), f), f);
  const rest = f64x2.add(
    f64x2.mul(s, f64x2.add(half, f64x2.add(even, odd))),
    f64x2.mul(k, v128.load64_splat(t, LN2_LOW)),
  );
  return f64x2.sub(f64x2.mul(k, v128.load64_splat(t, LN2_HIGH)), f64x2.sub(f64x2.sub(half, rest), f));
}

/** The exponent, biased by 1023, that leaves 1 + f in [√½, √2). */
@inline
function exponentOf(t: usize, x: v128): v128 {
  return i64x2.shr_u(i64x2.add(x, v128.load64_splat(t, TOP_HALF)), 52);
}

@inline
function unbiased(t: usize, e: v128): v128 {
  return f64x2.sub(v128.or(e, v128.load64_splat(t, BIASED)), v128.load64_splat(t, BIAS));
}

/** log x for x normal, positive and finite. The result for any other x is undefined. */
@inline
export function logNormal(t: usize, x: v128): v128 {
  const e = exponentOf(t, x);
  return logOf(t, x, e, unbiased(t, e));
}

/** log x for x ≥ 0, infinity or NaN. */
@inline
function log(t: usize, x: v128): v128 {
  const small = f64x2.lt(x, f64x2.splat(2.2250738585072014e-308));
  const scaled = v128.bitselect(f64x2.mul(x, f64x2.splat(18014398509481984)), x, small);
  const e = exponentOf(t, scaled);
  const k = f64x2.add(unbiased(t, e), v128.and(small, f64x2.splat(-54)));
  let y = logOf(t, scaled, e, k);
  y = v128.bitselect(f64x2.splat(-Infinity), y, f64x2.eq(x, f64x2.splat(0)));
  // Infinity and NaN are their own logarithms.
  return v128.bitselect(y, x, f64x2.lt(x, f64x2.splat(Infinity)));
}

/** 2^k for a whole k in [-1022, 1023]. */
@inline
function powerOfTwo(t: usize, k: v128): v128 {
  return i64x2.shl(f64x2.add(k, v128.load64_splat(t, WHOLE)), 52);
}

/** e^r in [√½, √2], where r is the rest of x after k ln 2 is subtracted. */
@inline
function expOfRest(t: usize, x: v128, k: v128): v128 {
  const high = f64x2.sub(x, f64x2.mul(k, v128.load64_splat(t, LN2_HIGH)));
  const low = f64x2.mul(k, v128.load64_splat(t, LN2_LOW));
  const r = f64x2.sub(high, low);
  const z = f64x2.mul(r, r);
  let p = f64x2.add(f64x2.mul(z, v128.load64_splat(t, EXP_5)), v128.load64_splat(t, EXP_4));
  p = f64x2.add(f64x2.mul(z, p), v128.load64_splat(t, EXP_3));
  p = f64x2.add(f64x2.mul(z, p), v128.load64_splat(t, EXP_2));
  p = f64x2.add(f64x2.mul(z, p), v128.load64_splat(t, EXP_1));
  const q = f64x2.sub(r, f64x2.mul(z, p));
  const ratio = f64x2.div(f64x2.mul(r, q), f64x2.sub(v128.load64_splat(t, TWO), q));
  return f64x2.sub(v128.load64_splat(t, ONE), f64x2.sub(f64x2.sub(low, ratio), high));
}

/** e^x. */
@inline
function exp(t: usize, x: v128): v128 {
  // Beyond these limits the result is 0 or infinity; a NaN stays a NaN.
  x = f64x2.pmin(f64x2.pmax(x, f64x2.splat(-800)), f64x2.splat(800));
  const k = f64x2.nearest(f64x2.mul(x, v128.load64_splat(t, LOG2_E)));
  const y = expOfRest(t, x, k);
  // In two steps, since 2^k itself may be out of range.
  const k1 = f64x2.nearest(f64x2.mul(k, v128.load64_splat(t, HALF)));
  return f64x2.mul(f64x2.mul(y, powerOfTwo(t, k1)), powerOfTwo(t, f64x2.sub(k, k1)));
}

/** x^p where some x is not normal, or p is infinite: 1 where x is 1. */
function powAny(t: usize, x: v128, p: v128): v128 {
  return v128.bitselect(f64x2.splat(1), exp(t, f64x2.mul(p, log(t, x))), f64x2.eq(x, f64x2.splat(1)));
}

/** x^p for x ≥ 0, infinity or NaN, and p that is no NaN. */
@inline
export function pow(t: usize, x: v128, p: v128): v128 {
  const y = f64x2.mul(p, logNormal(t, x));
  // x normal and finite (else y means nothing), and the result far from the ends of the range.
  const plain = v128.and(
    v128.and(f64x2.ge(x, v128.load64_splat(t, LEAST)), f64x2.le(x, v128.load64_splat(t, MOST))),
    f64x2.lt(f64x2.abs(y), v128.load64_splat(t, FAR)),
  );
  if (!i64x2.all_true(plain)) return powAny(t, x, p);
  // Adding 1.5 * 2^52 rounds a number to an integer, which stands in the low bits of the sum.
  const sum = f64x2.add(f64x2.mul(y, v128.load64_splat(t, LOG2_E)), v128.load64_splat(t, WHOLE));
  const k = f64x2.sub(sum, v128.load64_splat(t, WHOLE));
  return f64x2.mul(expOfRest(t, y, k), i64x2.shl(sum, 52));
}

/** y[i] = log(x[i]) for even begin and end. What powers and divergences are made of, for tests. */
export function logF64(xPtr: usize, begin: u32, end: u32, scratchPtr: usize, outPtr: usize): i32 {
  writeCoefficients(scratchPtr);
  for (let i = begin; i < end; i += 2) {
    v128.store(outPtr + ((i as usize) << 3), log(scratchPtr, v128.load(xPtr + ((i as usize) << 3))));
  }
  return 0;
}

/** y[i] = e^x[i], as logF64. */
export function expF64(xPtr: usize, begin: u32, end: u32, scratchPtr: usize, outPtr: usize): i32 {
  writeCoefficients(scratchPtr);
  for (let i = begin; i < end; i += 2) {
    v128.store(outPtr + ((i as usize) << 3), exp(scratchPtr, v128.load(xPtr + ((i as usize) << 3))));
  }
  return 0;
}
