/** Sums over runs of columns, for distances to rows that are sorted by cluster. */

@inline
function segments<T extends number>(
  distPtr: usize,
  m: u32,
  offsetsPtr: usize,
  k: u32,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
): void {
  for (let i = rowBegin; i < rowEnd; i++) {
    const row = distPtr + (i as usize) * m * sizeof<T>();
    let begin = load<u32>(offsetsPtr);
    for (let j: u32 = 0; j < k; j++) {
      const end = load<u32>(offsetsPtr + (((j + 1) as usize) << 2));
      let s0 = f64x2.splat(0),
        s1 = f64x2.splat(0);
      let at = row + (begin as usize) * sizeof<T>();
      const stop = row + (end as usize) * sizeof<T>();
      if (sizeof<T>() == 4) {
        for (; at + 16 <= stop; at += 16) {
          s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(at)));
          s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(at, 8)));
        }
      } else {
        for (; at + 32 <= stop; at += 32) {
          s0 = f64x2.add(s0, v128.load(at));
          s1 = f64x2.add(s1, v128.load(at, 16));
        }
      }
      s0 = f64x2.add(s0, s1);
      let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
      for (; at < stop; at += sizeof<T>()) sum += load<T>(at) as f64;
      store<f64>(outPtr + (((i as usize) * k + j) << 3), sum);
      begin = end;
    }
  }
}

/**
 * Sums of each row over runs of columns, for rows [rowBegin, rowEnd).
 *
 * Shape: `distPtr` rows x m f32; run j of the k is columns offsets[j] to offsets[j + 1]; `offsetsPtr` k + 1 u32,
 * ascending; `outPtr` rows x k f64.
 */
export function segmentSumsF32(
  distPtr: usize,
  m: u32,
  offsetsPtr: usize,
  k: u32,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
): i32 {
  segments<f32>(distPtr, m, offsetsPtr, k, rowBegin, rowEnd, outPtr);
  return 0;
}

/** As segmentSumsF32, for f64. */
export function segmentSumsF64(
  distPtr: usize,
  m: u32,
  offsetsPtr: usize,
  k: u32,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
): i32 {
  segments<f64>(distPtr, m, offsetsPtr, k, rowBegin, rowEnd, outPtr);
  return 0;
}
