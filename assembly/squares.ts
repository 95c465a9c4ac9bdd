/** Squares and square matrices of condensed distances. */
import { condensedIndex, condensedRow } from './condensed';

// @ts-ignore: decorator
@inline
function square<T extends number>(xPtr: usize, begin: u32, end: u32): void {
  for (let i = begin; i < end; i++) {
    const at = xPtr + (i as usize) * sizeof<T>();
    const x = load<T>(at);
    store<T>(at, (x * x) as T);
  }
}

/** x[i] = x[i]² for i in [begin, end). */
export function squareInPlaceF32(xPtr: usize, begin: u32, end: u32): i32 {
  square<f32>(xPtr, begin, end);
  return 0;
}

/** x[i] = x[i]² for i in [begin, end). */
export function squareInPlaceF64(xPtr: usize, begin: u32, end: u32): i32 {
  square<f64>(xPtr, begin, end);
  return 0;
}

// @ts-ignore: decorator
@inline
function expand<T extends number>(distPtr: usize, n: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): void {
  for (let i = rowBegin; i < rowEnd; i++) {
    const row = outPtr + (i as usize) * n * sizeof<T>();
    for (let j: u32 = 0; j < i; j++) {
      store<T>(
        row + (j as usize) * sizeof<T>(),
        load<T>(distPtr + (condensedIndex(n, j, i) as usize) * sizeof<T>()),
      );
    }
    store<T>(row + (i as usize) * sizeof<T>(), 0 as T);
    memory.copy(
      row + ((i + 1) as usize) * sizeof<T>(),
      distPtr + (condensedRow(n, i) as usize) * sizeof<T>(),
      ((n - 1 - i) as usize) * sizeof<T>(),
    );
  }
}

/** Rows [rowBegin, rowEnd) of the n x n matrix of a condensed one. */
export function expandSquareF32(distPtr: usize, n: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): i32 {
  expand<f32>(distPtr, n, rowBegin, rowEnd, outPtr);
  return 0;
}

/** Rows [rowBegin, rowEnd) of the n x n matrix of a condensed one. */
export function expandSquareF64(distPtr: usize, n: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): i32 {
  expand<f64>(distPtr, n, rowBegin, rowEnd, outPtr);
  return 0;
}

/** Rows that are mirrored together, so that a whole cache line is written at a time. */
const MIRROR: u32 = 16;

// @ts-ignore: decorator
@inline
function mirror<T extends number>(distPtr: usize, n: u32, ld: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): void {
  const ldBytes = (ld as usize) * sizeof<T>();
  for (let i0 = rowBegin; i0 < rowEnd; i0 += MIRROR) {
    const count = min<u32>(MIRROR, rowEnd - i0);
    for (let r: u32 = 0; r < count; r++) {
      const i = i0 + r;
      const row = outPtr + (i as usize) * ldBytes;
      store<T>(row + (i as usize) * sizeof<T>(), Infinity as T);
      memory.copy(
        row + ((i + 1) as usize) * sizeof<T>(),
        distPtr + (condensedRow(n, i) as usize) * sizeof<T>(),
        ((n - 1 - i) as usize) * sizeof<T>(),
      );
    }
    for (let j = i0 + 1; j < n; j++) {
      const to = outPtr + (j as usize) * ldBytes + (i0 as usize) * sizeof<T>();
      const stop = min<u32>(count, j - i0);
      let from = distPtr + (condensedIndex(n, i0, j) as usize) * sizeof<T>();
      for (let r: u32 = 0; r < stop; r++) {
        store<T>(to + (r as usize) * sizeof<T>(), load<T>(from));
        from += ((n - 2 - i0 - r) as usize) * sizeof<T>();
      }
    }
  }
}

/**
 * Rows and columns [rowBegin, rowEnd) of the square of a condensed matrix, with infinity on the diagonal.
 * Shape: `outPtr` n rows of `ld` elements. Ranges begin at multiples of 16.
 */
export function mirrorSquareF32(
  distPtr: usize, n: u32, ld: u32, rowBegin: u32, rowEnd: u32, outPtr: usize,
): i32 {
  mirror<f32>(distPtr, n, ld, rowBegin, rowEnd, outPtr);
  return 0;
}

/** As mirrorSquareF32, in float64. */
export function mirrorSquareF64(
  distPtr: usize, n: u32, ld: u32, rowBegin: u32, rowEnd: u32, outPtr: usize,
): i32 {
  mirror<f64>(distPtr, n, ld, rowBegin, rowEnd, outPtr);
  return 0;
}
