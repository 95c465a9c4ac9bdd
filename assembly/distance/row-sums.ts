/** Sums along rows. */

@inline
function rowSums<T extends number>(xPtr: usize, d: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): void {
  const ld = (d as usize) * sizeof<T>();
  let i = rowBegin;
  // Four sums at a time. Otherwise each addition would wait for the previous one.
  for (; i + 4 <= rowEnd; i += 4) {
    let at = xPtr + (i as usize) * ld;
    let s0: f64 = 0,
      s1: f64 = 0,
      s2: f64 = 0,
      s3: f64 = 0;
    for (const end = at + ld; at < end; at += sizeof<T>()) {
      s0 += load<T>(at) as f64;
      s1 += load<T>(at + ld) as f64;
      s2 += load<T>(at + 2 * ld) as f64;
      s3 += load<T>(at + 3 * ld) as f64;
    }
    const out = outPtr + ((i as usize) << 3);
    store<f64>(out, s0);
    store<f64>(out, s1, 8);
    store<f64>(out, s2, 16);
    store<f64>(out, s3, 24);
  }
  for (; i < rowEnd; i++) {
    let at = xPtr + (i as usize) * ld;
    let s: f64 = 0;
    for (const end = at + ld; at < end; at += sizeof<T>()) s += load<T>(at) as f64;
    store<f64>(outPtr + ((i as usize) << 3), s);
  }
}

/**
 * The sum of each of the rows [rowBegin, rowEnd), added from the first element to the last in float64.
 *
 * Shape: `xPtr` rows of d f32; `outPtr` one f64 per row.
 */
export function rowSumsF32(xPtr: usize, d: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): i32 {
  rowSums<f32>(xPtr, d, rowBegin, rowEnd, outPtr);
  return 0;
}

/** As rowSumsF32, of float64. */
export function rowSumsF64(xPtr: usize, d: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): i32 {
  rowSums<f64>(xPtr, d, rowBegin, rowEnd, outPtr);
  return 0;
}
