/**
 * x^p of many x from 2^-63 to 2 and one p from 1 to 4, by tables made for that p. This is faster than
 * logarithm and exponential, and as accurate: about |p ln x| + 3 ulp.
 *
 * x = 2^k c (1 + d), c the middle of one of 128 parts of [1, 2). Tables hold the powers of 2^k and c; the power of
 * 1 + d, |d| ≤ 2^-8, is a binomial series.
 *
 *   series   6 f64
 *   parts    128 times f64 1 / c, f64 c^p
 *   scales   64 f64, 2^kp for k = -63 to 0
 */
import { pow, writeCoefficients } from './log-exp';

/** Bytes of the tables. */
export const POWER_TABLE: usize = 48 + 128 * 16 + 64 * 8;

const PARTS: usize = 48;
const SCALES: usize = PARTS + 128 * 16;
/** The least k, as a biased float64 exponent. */
const LEAST: u32 = 1023 - 63;
const MOST_POWER: f64 = 4;

/** Whether the tables support exponent p. */
export function hasPowerTable(p: f64): bool {
  return p >= 1 && p <= MOST_POWER;
}

/** Make the tables for exponent p. Memory: `t` coefficients of log-exp.ts. */
export function writePowerTable(table: usize, t: usize, p: f64): void {
  const exponent = f64x2.splat(p);
  let coefficient: f64 = 1;
  for (let i = 0; i < 6; i++) {
    coefficient *= (p - (i as f64)) / ((i + 1) as f64);
    store<f64>(table + ((i as usize) << 3), coefficient);
  }
  for (let i = 0; i < 128; i++) {
    const c = 1 + ((i as f64) + 0.5) / 128;
    const at = table + PARTS + ((i as usize) << 4);
    store<f64>(at, 1 / c);
    store<f64>(at, f64x2.extract_lane(pow(t, f64x2.splat(c), exponent), 0), 8);
  }
  for (let i = 0; i < 64; i++) {
    const x = reinterpret<f64>(((LEAST + (i as u32)) as u64) << 52);
    store<f64>(table + SCALES + ((i as usize) << 3), f64x2.extract_lane(pow(t, f64x2.splat(x), exponent), 0));
  }
}

/** x^p for two x at a time; if one of them is out of range, by logarithm and exponential. */
@inline
export function powByTable(table: usize, t: usize, x: v128, p: v128): v128 {
  const a = i64x2.extract_lane(x, 0) as u64;
  const b = i64x2.extract_lane(x, 1) as u64;
  const ka = ((a >> 52) as u32) - LEAST;
  const kb = ((b >> 52) as u32) - LEAST;
  if (max<u32>(ka, kb) > 63) return pow(t, x, p);
  const partA = table + PARTS + ((((a >> 45) as u32) & 127) << 4);
  const partB = table + PARTS + ((((b >> 45) as u32) & 127) << 4);
  const inverse = v128.load64_lane(partB, v128.load64_zero(partA), 1);
  const power = v128.load64_lane(partB, v128.load64_zero(partA, 8), 1, 8);
  const scale = v128.load64_lane(
    table + SCALES + ((kb as usize) << 3),
    v128.load64_zero(table + SCALES + ((ka as usize) << 3)),
    1,
  );
  const one = f64x2.splat(1);
  const m = v128.or(v128.and(x, i64x2.splat(0xfffffffffffff)), one);
  const d = f64x2.sub(f64x2.mul(m, inverse), one);
  let y = v128.load64_splat(table, 40);
  y = f64x2.add(f64x2.mul(y, d), v128.load64_splat(table, 32));
  y = f64x2.add(f64x2.mul(y, d), v128.load64_splat(table, 24));
  y = f64x2.add(f64x2.mul(y, d), v128.load64_splat(table, 16));
  y = f64x2.add(f64x2.mul(y, d), v128.load64_splat(table, 8));
  y = f64x2.add(f64x2.mul(y, d), v128.load64_splat(table));
  const whole = f64x2.mul(scale, power);
  return f64x2.add(whole, f64x2.mul(whole, f64x2.mul(y, d)));
}

/** y[i] = x[i]^p for even begin and end, for tests. Memory: scratch for the tables and 200 bytes. */
export function powersByTable(
  xPtr: usize,
  begin: u32,
  end: u32,
  p: f64,
  scratchPtr: usize,
  outPtr: usize,
): i32 {
  const t = scratchPtr + POWER_TABLE;
  writeCoefficients(t);
  writePowerTable(scratchPtr, t, p);
  for (let i = begin; i < end; i += 2) {
    const at = (i as usize) << 3;
    v128.store(outPtr + at, powByTable(scratchPtr, t, v128.load(xPtr + at), f64x2.splat(p)));
  }
  return 0;
}
