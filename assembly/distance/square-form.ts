/** Squares and square matrices of condensed distances. */
import { storeTurnedApart } from '../lib/blocks';
import { condensedIndex, condensedRow } from '../lib/condensed';

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

/** Write rows [rowBegin, rowEnd) of the n x n matrix of condensed distances. */
export function expandSquareF32(distPtr: usize, n: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): i32 {
  expand<f32>(distPtr, n, rowBegin, rowEnd, outPtr);
  return 0;
}

/** Write rows [rowBegin, rowEnd) of the n x n matrix of condensed distances. */
export function expandSquareF64(distPtr: usize, n: u32, rowBegin: u32, rowEnd: u32, outPtr: usize): i32 {
  expand<f64>(distPtr, n, rowBegin, rowEnd, outPtr);
  return 0;
}

/** Rows and columns mirrored together: as many as the first-level cache and its page table hold. */
const MIRROR: u32 = 64;

/** Copy elements (i .. i + lanes, j .. j + lanes) to the other side of the diagonal, squared on request. */
@inline
function mirrorVectors<T extends number>(
  from: usize,
  to: usize,
  ldBytes: usize,
  squared: bool,
  strange: v128,
): v128 {
  if (sizeof<T>() == 4) {
    let a = v128.load(from),
      b = v128.load(from + ldBytes);
    let c = v128.load(from + 2 * ldBytes),
      d = v128.load(from + 3 * ldBytes);
    if (squared) {
      a = f32x4.mul(a, a);
      b = f32x4.mul(b, b);
      c = f32x4.mul(c, c);
      d = f32x4.mul(d, d);
      v128.store(from, a);
      v128.store(from + ldBytes, b);
      v128.store(from + 2 * ldBytes, c);
      v128.store(from + 3 * ldBytes, d);
    }
    storeTurnedApart(a, b, c, d, to, ldBytes);
    // x - x is not 0 for infinity and NaN, and NaN stays in a sum.
    const ab = f32x4.add(f32x4.sub(a, a), f32x4.sub(b, b));
    return f32x4.add(strange, f32x4.add(ab, f32x4.add(f32x4.sub(c, c), f32x4.sub(d, d))));
  }
  let a = v128.load(from),
    b = v128.load(from + ldBytes);
  if (squared) {
    a = f64x2.mul(a, a);
    b = f64x2.mul(b, b);
    v128.store(from, a);
    v128.store(from + ldBytes, b);
  }
  v128.store(to, v128.shuffle<u64>(a, b, 0, 2));
  v128.store(to + ldBytes, v128.shuffle<u64>(a, b, 1, 3));
  return f64x2.add(strange, f64x2.add(f64x2.sub(a, a), f64x2.sub(b, b)));
}

/**
 * Copy the elements above the diagonal in rows [i0, i1) x columns [j0, j1) to below it.
 * @returns whether all of them are finite
 */
@inline
function mirrorBlock<T extends number>(
  square: usize,
  ld: u32,
  i0: u32,
  i1: u32,
  j0: u32,
  j1: u32,
  squared: bool,
): bool {
  const lanes = (16 / sizeof<T>()) as u32;
  const ldBytes = (ld as usize) * sizeof<T>();
  let strange = i64x2.splat(0);
  let sum = 0 as T;
  for (let i = i0; i < i1; i += lanes) {
    for (let j = j0; j < j1; j += lanes) {
      const from = square + (i as usize) * ldBytes + (j as usize) * sizeof<T>();
      const to = square + (j as usize) * ldBytes + (i as usize) * sizeof<T>();
      if (j >= i + lanes && i + lanes <= i1 && j + lanes <= j1) {
        strange = mirrorVectors<T>(from, to, ldBytes, squared, strange);
        continue;
      }
      // At the diagonal and the edges, one by one.
      for (let r = i; r < min<u32>(i1, i + lanes); r++) {
        for (let c = max<u32>(j, r + 1); c < min<u32>(j1, j + lanes); c++) {
          const at = square + (r as usize) * ldBytes + (c as usize) * sizeof<T>();
          let x = load<T>(at);
          if (squared) {
            x = (x * x) as T;
            store<T>(at, x);
          }
          store<T>(square + (c as usize) * ldBytes + (r as usize) * sizeof<T>(), x);
          sum = (sum + (x - x)) as T;
        }
      }
    }
  }
  return !v128.any_true(v128.ne<T>(strange, i64x2.splat(0))) && sum == 0;
}

/** See mirrorBlock. Exported so that it stays a separate function; sums.ts tells why. */
export function mirrorBlockF32(
  square: usize,
  ld: u32,
  i0: u32,
  i1: u32,
  j0: u32,
  j1: u32,
  squared: bool,
): bool {
  return mirrorBlock<f32>(square, ld, i0, i1, j0, j1, squared);
}

/** As mirrorBlockF32, in float64. */
export function mirrorBlockF64(
  square: usize,
  ld: u32,
  i0: u32,
  i1: u32,
  j0: u32,
  j1: u32,
  squared: bool,
): bool {
  return mirrorBlock<f64>(square, ld, i0, i1, j0, j1, squared);
}

@inline
function mirror<T extends number>(
  square: usize,
  n: u32,
  ld: u32,
  rowBegin: u32,
  rowEnd: u32,
  squared: bool,
  flagPtr: usize,
): void {
  for (let i0 = rowBegin; i0 < rowEnd; i0 += MIRROR) {
    const i1 = min<u32>(rowEnd, i0 + MIRROR);
    for (let j0 = i0; j0 < n; j0 += MIRROR) {
      const j1 = min<u32>(n, j0 + MIRROR);
      const sound =
        sizeof<T>() == 4
          ? mirrorBlockF32(square, ld, i0, i1, j0, j1, squared)
          : mirrorBlockF64(square, ld, i0, i1, j0, j1, squared);
      if (!sound) store<u32>(flagPtr, 1);
    }
  }
}

/**
 * Copy the elements right of the diagonal in rows [rowBegin, rowEnd) of a square to below it, squared on both
 * sides if `squared`. The word at `flagPtr` becomes 1 if an element is NaN or infinite.
 *
 * Shape: n rows of `ld` elements; ranges begin at multiples of 16.
 */
export function mirrorSquareF32(
  square: usize,
  n: u32,
  ld: u32,
  rowBegin: u32,
  rowEnd: u32,
  squared: bool,
  flagPtr: usize,
): i32 {
  mirror<f32>(square, n, ld, rowBegin, rowEnd, squared, flagPtr);
  return 0;
}

/** As mirrorSquareF32, in float64. */
export function mirrorSquareF64(
  square: usize,
  n: u32,
  ld: u32,
  rowBegin: u32,
  rowEnd: u32,
  squared: bool,
  flagPtr: usize,
): i32 {
  mirror<f64>(square, n, ld, rowBegin, rowEnd, squared, flagPtr);
  return 0;
}
