/** Quantize leaders to 16-bit integers, in three steps (quantized-layout.ts). */
import {
  centreOf,
  GROWTH,
  MOST_SQUARE,
  NOTHING,
  RADIUS,
  scalesOf,
  SLACK,
  wholesOf,
} from './quantized-layout';
import { paddedColumns, paddedLeaders } from './sizes';

/** Most coordinates. With more, the rounding of |X| might make a single integer of a row exceed 16 bits. */
const MOST: u32 = 65536;
/** Squared lengths below this lose digits in float32. If all leaders are shorter, the bounds are not used. */
const LEAST_SQUARE: f64 = 1e-18;
/** Most leaders whose mean is the centre. Any point would be correct; the mean keeps the numbers small. */
const SAMPLE: u32 = 256;

@inline
function read(ptr: usize, wide: bool, k: u32): f64 {
  return wide ? load<f64>(ptr + ((k as usize) << 3)) : (load<f32>(ptr + ((k as usize) << 2)) as f64);
}

/**
 * Quantize m leaders, first step: the centre. The call whose range contains leader 0 does all the work.
 * Shape: `xPtr` m x d f32, or f64 if `wide`; `quantizedPtr` per quantizedBytes. Cost: O(d) for at most 256 leaders.
 */
export function quantizedCentre(
  xPtr: usize,
  wide: bool,
  m: u32,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  quantizedPtr: usize,
): i32 {
  if (rowBegin > 0 || rowEnd == 0) return 0;
  const centre = centreOf(quantizedPtr);
  const shift: usize = wide ? 3 : 2;
  memory.fill(centre, 0, (paddedColumns(d) as usize) << shift);
  const step = (m + SAMPLE - 1) / SAMPLE;
  const stride = ((step as usize) * d) << shift;
  const count = (m + step - 1) / step;
  for (let k: u32 = 0; k < d; k++) {
    let sum: f64 = 0;
    for (let j: u32 = 0; j < count; j++) sum += read(xPtr + (j as usize) * stride, wide, k);
    if (wide) store<f64>(centre + ((k as usize) << 3), sum / (count as f64));
    else store<f32>(centre + ((k as usize) << 2), (sum / (count as f64)) as f32);
  }
  return 0;
}

/** Second step: leaders [rowBegin, rowEnd) as integers. */
export function quantizeLeaders(
  xPtr: usize,
  wide: bool,
  m: u32,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  quantizedPtr: usize,
): i32 {
  const columns = paddedColumns(d);
  const rowBytes = (d as usize) << (wide ? 3 : 2);
  const centre = centreOf(quantizedPtr);
  const leaders = (paddedLeaders(m) as usize) << 2;
  const tPtr = scalesOf(quantizedPtr, wide, d);
  const pPtr = wholesOf(quantizedPtr, wide, m, d);
  for (let j = rowBegin; j < rowEnd; j++) {
    const from = xPtr + (j as usize) * rowBytes;
    let square: f64 = 0;
    for (let k: u32 = 0; k < d; k++) {
      const x = read(from, wide, k) - read(centre, wide, k);
      square += x * x;
    }
    // False for NaN too.
    const sound = square >= (NOTHING as f64) && square <= MOST_SQUARE;
    const length = sound ? sqrt(square) : 0;
    const inverse = sound ? RADIUS / length : 0;
    const at = tPtr + ((j as usize) << 2);
    store<f32>(at, (length / RADIUS) as f32);
    store<f32>(at + leaders, square as f32);
    // 16 times the rounding error of one operation on |L|².
    store<f32>(at + 2 * leaders, (square * 1e-6) as f32);
    const to = pPtr + ((((j & ~3) as usize) * columns) << 1) + ((j & 3) << 2);
    for (let k: u32 = 0; k < columns; k++) {
      const x = k < d ? read(from, wide, k) - read(centre, wide, k) : 0;
      store<i16>(to + ((k >> 1) << 4) + ((k & 1) << 1), sound ? (nearest(x * inverse) as i32 as i16) : 0);
    }
  }
  return 0;
}

/** Third step: padding leaders, and whether the bounds can be used. The call whose range contains leader 0 does all the work. */
export function settleQuantized(
  wide: bool,
  m: u32,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  quantizedPtr: usize,
): i32 {
  if (rowBegin > 0 || rowEnd == 0) return 0;
  const leaders = (paddedLeaders(m) as usize) << 2;
  const nPtr = scalesOf(quantizedPtr, wide, d) + leaders;
  let usable = d <= MOST;
  let most: f64 = 0;
  for (let j: u32 = 0; j < m; j++) {
    const square = load<f32>(nPtr + ((j as usize) << 2)) as f64;
    if (!(square <= MOST_SQUARE)) usable = false;
    most = max<f64>(most, square);
  }
  if (m & 1) {
    const at = nPtr + ((m as usize) << 2);
    store<f32>(at - leaders, 0);
    store<f32>(at, Infinity);
    store<f32>(at + leaders, 0);
  }
  const pPtr = wholesOf(quantizedPtr, wide, m, d);
  for (let j = m; j & 3; j++) {
    const to = pPtr + ((((j & ~3) as usize) * paddedColumns(d)) << 1) + ((j & 3) << 2);
    for (let k: u32 = 0; k < paddedColumns(d); k += 2) store<i32>(to + ((k >> 1) << 4), 0);
  }
  const dimensions = d as f64;
  const unit: f64 = 1 / 16777216;
  // The error of a sum of d squares in float32 is at most (d + 8) units.
  const radius = RADIUS * (1 + (dimensions + 8) * unit);
  const h = 0.5 * sqrt(dimensions) + 0.02;
  const slack = 2 * (radius + h) * h + h * h + 16 * unit * radius * radius;
  // Relative error of computed squared distances; it counts twice, since two of them are compared.
  const terms = wide ? 0 : min<f64>(dimensions, 512) + dimensions / 512 + 6;
  const growth = 1.05 * (2.5 * terms * unit + 1e-6);
  store<u32>(quantizedPtr, usable && most >= LEAST_SQUARE ? m : 0);
  store<f32>(quantizedPtr, (slack * 1.000001) as f32, SLACK);
  store<f32>(quantizedPtr, growth as f32, GROWTH);
  return 0;
}
