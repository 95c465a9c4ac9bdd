/**
 * Logarithms of 1 + x by fixed operations, so that the result is the same on every engine, which Math.log1p and Math.log2 are
 * not. Error: below 1 ulp for log1p, below 2 ulp for log2p1; log2p1 is exact where 1 + x is a power of 2. See the test.
 *
 * Method: log(2^k (1 + f)) by s = f / (2 + f) and a polynomial in s²; what 1 + x loses by rounding is added again.
 * Source: Ng, FDLIBM 5.3 (Sun Microsystems 1993), s_log1p.c, for the method and the coefficients.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** √2 - 1: up to here k is 0, and x itself is f. */
const SMALL = 0.41421356237309503;

/** A number, and its bits: every engine runs on little-endian machines. */
const float = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ new Uint32Array(float.buffer);

/** The exponent k, the rest f, and what is to be added to log(1 + f), of the last call of `split`. */
let k = 0;
let f = 0;
let lost = 0;

/** 1 + x = 2^k (1 + f) with 1 + f in [√½, √2), for x ≥ 0. */
function split(x: number): void {
  if (x < SMALL) {
    k = 0;
    f = x;
    lost = 0;
    return;
  }
  const u = 1 + x;
  lost = (x < 1 ? x - (u - 1) : 1 - (u - x)) / u;
  float[0] = u;
  const high = words[1];
  const above = (high & 0xfffff) >= 0x6a09e;
  k = (high >>> 20) - 1023 + (above ? 1 : 0);
  words[1] = (high & 0xfffff) | (above ? 0x3fe00000 : 0x3ff00000);
  f = float[0] - 1;
}

/** f²/2 minus what log(1 + f) is below f: log(1 + f) = f - (f²/2 - rest). */
function restOf(half: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  return s * (half + (even + odd));
}

/** ln(1 + x) for a finite x ≥ 0. */
export function log1p(x: number): number {
  split(x);
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (restOf(half) + (k * LN2_LOW + lost)) - f);
}

/** log2(1 + x) for a finite x ≥ 0. */
export function log2p1(x: number): number {
  split(x);
  const half = 0.5 * f * f;
  return k + (f - (half - (restOf(half) + lost))) / Math.LN2;
}
