/** Find elements that are NaN or infinite. */
import { NOT_FINITE, OK } from './status';

@inline
function findNonFinite<T extends number>(xPtr: usize, begin: u32, end: u32): u32 {
  const lanes = (16 / sizeof<T>()) as u32;
  const zero = i64x2.splat(0);
  let i = begin;
  // x - x is 0 for every finite x and NaN for infinity and NaN.
  for (; i + lanes <= end; i += lanes) {
    const v = v128.load(xPtr + (i as usize) * sizeof<T>());
    if (v128.any_true(v128.ne<T>(v128.sub<T>(v, v), zero))) break;
  }
  for (; i < end; i++) {
    const x = load<T>(xPtr + (i as usize) * sizeof<T>());
    if (x - x != 0) return i;
  }
  return end;
}

/** Index of the first element in [begin, end) that is NaN or infinite, or `end`. */
export function findNonFiniteF32(xPtr: usize, begin: u32, end: u32): u32 {
  return findNonFinite<f32>(xPtr, begin, end);
}

/** Index of the first element in [begin, end) that is NaN or infinite, or `end`. */
export function findNonFiniteF64(xPtr: usize, begin: u32, end: u32): u32 {
  return findNonFinite<f64>(xPtr, begin, end);
}

/** NOT_FINITE if any of the elements [begin, end) is NaN or infinite, else OK. */
export function checkFiniteF32(xPtr: usize, begin: u32, end: u32): i32 {
  return findNonFinite<f32>(xPtr, begin, end) < end ? NOT_FINITE : OK;
}

/** NOT_FINITE if any of the elements [begin, end) is NaN or infinite, else OK. */
export function checkFiniteF64(xPtr: usize, begin: u32, end: u32): i32 {
  return findNonFinite<f64>(xPtr, begin, end) < end ? NOT_FINITE : OK;
}
