/** Prepare rows for a metric: the work that is needed only once per row. */

@inline
function read(xPtr: usize, wide: bool, k: u32): f64 {
  return wide ? load<f64>(xPtr + ((k as usize) << 3)) : (load<f32>(xPtr + ((k as usize) << 2)) as f64);
}

@inline
function write(outPtr: usize, wide: bool, k: u32, value: f64): void {
  if (wide) store<f64>(outPtr + ((k as usize) << 3), value);
  else store<f32>(outPtr + ((k as usize) << 2), value as f32);
}

/** x_k, or x_k w_k. */
@inline
function weighed(xPtr: usize, wide: bool, weightsPtr: usize, k: u32): f64 {
  const x = read(xPtr, wide, k);
  return weightsPtr ? x * load<f64>(weightsPtr + ((k as usize) << 3)) : x;
}

/**
 * Σ x_k w_k over [begin, end) in the order in which NumPy adds: pairwise, by eights below 128. Rows whose
 * values are equal then have the mean that SciPy finds, and with it the same rounding or none.
 */
function sumOf(xPtr: usize, wide: bool, weightsPtr: usize, begin: u32, end: u32): f64 {
  const count = end - begin;
  if (count < 8) {
    let s: f64 = 0;
    for (let k = begin; k < end; k++) s += weighed(xPtr, wide, weightsPtr, k);
    return s;
  }
  if (count > 128) {
    const middle = begin + ((count >> 1) & ~7);
    return sumOf(xPtr, wide, weightsPtr, begin, middle) + sumOf(xPtr, wide, weightsPtr, middle, end);
  }
  let s0 = weighed(xPtr, wide, weightsPtr, begin);
  let s1 = weighed(xPtr, wide, weightsPtr, begin + 1);
  let s2 = weighed(xPtr, wide, weightsPtr, begin + 2);
  let s3 = weighed(xPtr, wide, weightsPtr, begin + 3);
  let s4 = weighed(xPtr, wide, weightsPtr, begin + 4);
  let s5 = weighed(xPtr, wide, weightsPtr, begin + 5);
  let s6 = weighed(xPtr, wide, weightsPtr, begin + 6);
  let s7 = weighed(xPtr, wide, weightsPtr, begin + 7);
  let k = begin + 8;
  for (; k + 8 <= end; k += 8) {
    s0 += weighed(xPtr, wide, weightsPtr, k);
    s1 += weighed(xPtr, wide, weightsPtr, k + 1);
    s2 += weighed(xPtr, wide, weightsPtr, k + 2);
    s3 += weighed(xPtr, wide, weightsPtr, k + 3);
    s4 += weighed(xPtr, wide, weightsPtr, k + 4);
    s5 += weighed(xPtr, wide, weightsPtr, k + 5);
    s6 += weighed(xPtr, wide, weightsPtr, k + 6);
    s7 += weighed(xPtr, wide, weightsPtr, k + 7);
  }
  let s = s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7));
  for (; k < end; k++) s += weighed(xPtr, wide, weightsPtr, k);
  return s;
}

/**
 * Rows [rowBegin, rowEnd) divided by their length, after subtraction of their mean if `center`.
 *
 * Shape: `xPtr` rows of d f32, or f64 where `wide`; `outPtr` the same by `outWide`; `weightsPtr` d f64 or 0,
 * `weightSum` their sum (d without). With weights, rows are multiplied by √w. A row of length 0 or infinity becomes NaN.
 */
export function normalizeRows(
  xPtr: usize,
  wide: bool,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  center: bool,
  weightsPtr: usize,
  weightSum: f64,
  outPtr: usize,
  outWide: bool,
): i32 {
  for (let i = rowBegin; i < rowEnd; i++) {
    const from = xPtr + (((i as usize) * d) << (wide ? 3 : 2));
    const to = outPtr + (((i as usize) * d) << (outWide ? 3 : 2));
    const mean = center ? sumOf(from, wide, weightsPtr, 0, d) / weightSum : 0;
    let squares: f64 = 0;
    for (let k: u32 = 0; k < d; k++) {
      const x = read(from, wide, k) - mean;
      squares += weightsPtr ? load<f64>(weightsPtr + ((k as usize) << 3)) * (x * x) : x * x;
    }
    const length = squares > 0 && squares < Infinity ? sqrt(squares) : NaN;
    for (let k: u32 = 0; k < d; k++) {
      let x = read(from, wide, k) - mean;
      if (weightsPtr) x *= sqrt(load<f64>(weightsPtr + ((k as usize) << 3)));
      write(to, outWide, k, x / length);
    }
  }
  return 0;
}

/**
 * Rows [rowBegin, rowEnd) divided by their sum, as f64.
 *
 * Shape: `xPtr` rows of d f32, or f64 where `wide`; `outPtr` rows of d f64; `flagPtr` one f64 a row: infinity
 * where the row has a negative value or sums to 0, else 0.
 */
export function distributeRows(
  xPtr: usize,
  wide: bool,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
  flagPtr: usize,
): i32 {
  for (let i = rowBegin; i < rowEnd; i++) {
    const from = xPtr + (((i as usize) * d) << (wide ? 3 : 2));
    const to = outPtr + (((i as usize) * d) << 3);
    let sum: f64 = 0;
    let negative = false;
    for (let k: u32 = 0; k < d; k++) {
      const x = read(from, wide, k);
      sum += x;
      if (x < 0) negative = true;
    }
    store<f64>(flagPtr + ((i as usize) << 3), negative || sum == 0 ? Infinity : 0);
    for (let k: u32 = 0; k < d; k++) store<f64>(to + ((k as usize) << 3), read(from, wide, k) / sum);
  }
  return 0;
}

/** Rows [rowBegin, rowEnd) of d f32 as f64. */
export function widenRows(xPtr: usize, d: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): i32 {
  const begin = (rowBegin as usize) * d;
  const end = (rowEnd as usize) * d;
  for (let at = begin; at < end; at++) store<f64>(outPtr + (at << 3), load<f32>(xPtr + (at << 2)) as f64);
  return 0;
}

/** Rows [rowBegin, rowEnd) with 0 in the columns whose weight is 0; shape as normalizeRows. */
export function selectColumns(
  xPtr: usize,
  wide: bool,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  weightsPtr: usize,
  outPtr: usize,
  outWide: bool,
): i32 {
  for (let i = rowBegin; i < rowEnd; i++) {
    const from = xPtr + (((i as usize) * d) << (wide ? 3 : 2));
    const to = outPtr + (((i as usize) * d) << (outWide ? 3 : 2));
    for (let k: u32 = 0; k < d; k++) {
      const keep = load<f64>(weightsPtr + ((k as usize) << 3)) > 0;
      write(to, outWide, k, keep ? read(from, wide, k) : 0);
    }
  }
  return 0;
}

/** Rows [rowBegin, rowEnd) as f64, and the sum of each at `sumPtr`, one f64 a row; shape as distributeRows. */
export function sumRows(
  xPtr: usize,
  wide: bool,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
  sumPtr: usize,
): i32 {
  for (let i = rowBegin; i < rowEnd; i++) {
    const from = xPtr + (((i as usize) * d) << (wide ? 3 : 2));
    const to = outPtr + (((i as usize) * d) << 3);
    let sum: f64 = 0;
    for (let k: u32 = 0; k < d; k++) {
      const x = read(from, wide, k);
      sum += x;
      store<f64>(to + ((k as usize) << 3), x);
    }
    store<f64>(sumPtr + ((i as usize) << 3), sum);
  }
  return 0;
}
