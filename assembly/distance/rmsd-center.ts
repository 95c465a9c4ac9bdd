/** Centre frames: the input of the other RMSD kernels. */

/**
 * Centre frames [rowBegin, rowEnd) on their mean.
 *
 * Shape: `xPtr` frames of 3 x atoms f32 or f64 (x y z x y z ...); `outPtr` the same in f32; `gPtr` one
 * f64 a frame, the sum of squares of what was stored. The mean is taken in float64.
 */
@inline
function center<T extends number>(
  xPtr: usize,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
  gPtr: usize,
): void {
  for (let i = rowBegin; i < rowEnd; i++) {
    const from = xPtr + (i as usize) * atoms * 3 * sizeof<T>();
    const to = outPtr + (i as usize) * atoms * 12;
    let x: f64 = 0,
      y: f64 = 0,
      z: f64 = 0;
    for (let t: u32 = 0; t < atoms; t++) {
      const at = from + (t as usize) * 3 * sizeof<T>();
      x += load<T>(at) as f64;
      y += load<T>(at + sizeof<T>()) as f64;
      z += load<T>(at + 2 * sizeof<T>()) as f64;
    }
    x /= atoms as f64;
    y /= atoms as f64;
    z /= atoms as f64;
    let g: f64 = 0;
    for (let t: u32 = 0; t < atoms; t++) {
      const at = from + (t as usize) * 3 * sizeof<T>();
      const out = to + (t as usize) * 12;
      const cx = ((load<T>(at) as f64) - x) as f32;
      const cy = ((load<T>(at + sizeof<T>()) as f64) - y) as f32;
      const cz = ((load<T>(at + 2 * sizeof<T>()) as f64) - z) as f32;
      store<f32>(out, cx);
      store<f32>(out, cy, 4);
      store<f32>(out, cz, 8);
      g += (cx as f64) * (cx as f64) + (cy as f64) * (cy as f64) + (cz as f64) * (cz as f64);
    }
    store<f64>(gPtr + (i as usize) * 8, g);
  }
}

/** Centre float32 frames; see center. */
export function rmsdCenterF32(
  xPtr: usize,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
  gPtr: usize,
): i32 {
  center<f32>(xPtr, atoms, rowBegin, rowEnd, outPtr, gPtr);
  return 0;
}

/** Centre float64 frames; see center. */
export function rmsdCenterF64(
  xPtr: usize,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
  gPtr: usize,
): i32 {
  center<f64>(xPtr, atoms, rowBegin, rowEnd, outPtr, gPtr);
  return 0;
}
