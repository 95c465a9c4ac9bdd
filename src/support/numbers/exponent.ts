/** A number, and its bits: every engine runs on little-endian machines. */
const float = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ (() => new Uint32Array(float.buffer))();

/** The whole number k with 2^k <= x < 2^(k+1), for a finite x > 0. Math.log2 rounds, on each engine in its own way. */
export function exponentOf(x: number): number {
  float[0] = x;
  const exponent = words[1] >>> 20;
  return exponent > 0 ? exponent - 1023 : exponentOf(x * 2 ** 60) - 60;
}

/**
 * ln(x) for a finite x > 0, within 2 ulp and the same on every engine: k ln 2 + 2 artanh(s), by its series. It stands apart from
 * logarithm.ts, which is loaded only for data that are prepared.
 */
export function ln(x: number): number {
  let k = exponentOf(x);
  let m = x / 2 ** k;
  if (m > Math.SQRT2) {
    m /= 2;
    k++;
  }
  const s = (m - 1) / (m + 1);
  let sum = 0;
  for (let j = 23; j > 0; j -= 2) sum = 1 / j + s * s * sum;
  return k * Math.LN2 + 2 * s * sum;
}
