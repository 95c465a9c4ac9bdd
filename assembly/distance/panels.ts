/**
 * Panels: rows rearranged so that one vector load gives the same coordinate of several rows.
 *
 *   rows  r0: a0 a1 a2 ...        panel of width 4:  a0 b0 c0 d0 | a1 b1 c1 d1 | a2 b2 c2 d2 | ...
 *         r1: b0 b1 b2 ...
 *         r2: c0 c1 c2 ...
 *         r3: d0 d1 d2 ...
 *
 * Panels follow each other in memory; the last is filled up with a value of the caller's choice. Lanes
 * are rows, so a sum over coordinates runs in the same order for every row, wherever its place.
 */

/** Bytes of `n` rows of `d` coordinates in panels of `width` lanes. */
@inline
function panelBytes<T extends number>(n: u32, d: u32, width: u32): usize {
  return ((((n + width - 1) / width) * width * d) as usize) * sizeof<T>();
}

@inline
function pack<T extends number>(
  xPtr: usize,
  n: u32,
  d: u32,
  ldx: u32,
  rowBegin: u32,
  rowEnd: u32,
  width: u32,
  fill: T,
  outPtr: usize,
): void {
  const end = rowEnd < n ? rowEnd : ((n + width - 1) / width) * width;
  const ldxBytes = (ldx as usize) * sizeof<T>();
  const step = (width as usize) * sizeof<T>();
  for (let i = rowBegin; i < end; i++) {
    let to = outPtr + ((i / width) as usize) * step * d + ((i % width) as usize) * sizeof<T>();
    if (i < n) {
      let from = xPtr + (i as usize) * ldxBytes;
      for (let k: u32 = 0; k < d; k++) {
        store<T>(to, load<T>(from));
        from += sizeof<T>();
        to += step;
      }
    } else {
      for (let k: u32 = 0; k < d; k++) {
        store<T>(to, fill);
        to += step;
      }
    }
  }
}

/** Bytes of the panels of `n` float32 rows of `d` coordinates. */
export function panelBytesF32(n: u32, d: u32, width: u32): usize {
  return panelBytes<f32>(n, d, width);
}

/** Bytes of the panels of `n` float64 rows of `d` coordinates. */
export function panelBytesF64(n: u32, d: u32, width: u32): usize {
  return panelBytes<f64>(n, d, width);
}

/**
 * Pack rows [rowBegin, rowEnd) of `n` float32 rows into panels of `width` lanes.
 *
 * Shape: `xPtr` n x d with row stride `ldx`; `outPtr` per panelBytesF32. The lanes behind row n - 1 are
 * written with `fill` by the call that has rowEnd = n.
 */
export function packF32(
  xPtr: usize,
  n: u32,
  d: u32,
  ldx: u32,
  rowBegin: u32,
  rowEnd: u32,
  width: u32,
  fill: f32,
  outPtr: usize,
): i32 {
  pack<f32>(xPtr, n, d, ldx, rowBegin, rowEnd, width, fill, outPtr);
  return 0;
}

/** As packF32, in float64. */
export function packF64(
  xPtr: usize,
  n: u32,
  d: u32,
  ldx: u32,
  rowBegin: u32,
  rowEnd: u32,
  width: u32,
  fill: f64,
  outPtr: usize,
): i32 {
  pack<f64>(xPtr, n, d, ldx, rowBegin, rowEnd, width, fill, outPtr);
  return 0;
}
