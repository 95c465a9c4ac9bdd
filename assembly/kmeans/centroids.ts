/**
 * k-means: sums of the rows of each cluster, centroids from them, and the choice of the first centroids.
 *
 * drivers.ts finds the nearest centroid of a row. Every sum here runs in the order of the rows and is computed by a
 * single thread. So the result is the same to the last bit for every number of threads and for every division of the
 * rows into chunks.
 */
import { SQUARES } from '../distance/families';
import { blockOf, tile } from '../distance/tile';

/** Rows per block of potentials: each block is summed here, and the host adds the sums of blocks in order. */
export const SEED_BLOCK: u32 = 1024;
/** Sums of a block of potentials: one f64 per lane of two vectors. */
export const SEED_LANES: u32 = 8;

/** Add rows [rowBegin, rowEnd), coordinates [colBegin, colEnd), to the sums of their clusters. */
@inline
function accumulate<T extends number>(
  xPtr: usize,
  d: u32,
  labelsPtr: usize,
  rowBegin: u32,
  rowEnd: u32,
  colBegin: u32,
  colEnd: u32,
  sumsPtr: usize,
  countsPtr: usize,
): void {
  const first = (colBegin as usize) << 3;
  const end = (colEnd as usize) << 3;
  const even = first + ((((colEnd - colBegin) & ~1) as usize) << 3);
  const sumBytes = (d as usize) << 3;
  for (let i = rowBegin; i < rowEnd; i++) {
    const label = load<i32>(labelsPtr + ((i as usize) << 2));
    const sums = sumsPtr + (label as usize) * sumBytes;
    let x = xPtr + ((i as usize) * d + colBegin) * sizeof<T>();
    let at = first;
    for (; at < even; at += 16) {
      const pair = sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(x)) : v128.load(x);
      v128.store(sums + at, f64x2.add(v128.load(sums + at), pair));
      x += 2 * sizeof<T>();
    }
    if (at < end) store<f64>(sums + at, load<f64>(sums + at) + (load<T>(x) as f64));
  }
  if (colBegin > 0) return;
  for (let i = rowBegin; i < rowEnd; i++) {
    const count = countsPtr + ((load<i32>(labelsPtr + ((i as usize) << 2)) as usize) << 3);
    store<f64>(count, load<f64>(count) + 1);
  }
}

/**
 * Add coordinates [colBegin, colEnd) of rows [rowBegin, rowEnd) to the sums of their clusters. The call whose range
 * contains coordinate 0 also counts the rows.
 *
 * Shape: `xPtr` rows of d f32; `labelsPtr` an i32 per row; `sumsPtr` k x d f64; `countsPtr` k f64.
 */
export function accumulateRowsF32(
  xPtr: usize,
  d: u32,
  labelsPtr: usize,
  rowBegin: u32,
  rowEnd: u32,
  colBegin: u32,
  colEnd: u32,
  sumsPtr: usize,
  countsPtr: usize,
): i32 {
  accumulate<f32>(xPtr, d, labelsPtr, rowBegin, rowEnd, colBegin, colEnd, sumsPtr, countsPtr);
  return 0;
}

/** As accumulateRowsF32, for rows of f64. */
export function accumulateRowsF64(
  xPtr: usize,
  d: u32,
  labelsPtr: usize,
  rowBegin: u32,
  rowEnd: u32,
  colBegin: u32,
  colEnd: u32,
  sumsPtr: usize,
  countsPtr: usize,
): i32 {
  accumulate<f64>(xPtr, d, labelsPtr, rowBegin, rowEnd, colBegin, colEnd, sumsPtr, countsPtr);
  return 0;
}

@inline
function update<T extends number>(
  sumsPtr: usize,
  countsPtr: usize,
  d: u32,
  spherical: bool,
  begin: u32,
  end: u32,
  centroidsPtr: usize,
  shiftsPtr: usize,
): void {
  for (let j = begin; j < end; j++) {
    const sums = sumsPtr + (((j as usize) * d) << 3);
    const centroid = centroidsPtr + (j as usize) * d * sizeof<T>();
    let scale = load<f64>(countsPtr + ((j as usize) << 3));
    if (spherical && scale > 0) {
      let square: f64 = 0;
      for (let c: u32 = 0; c < d; c++) {
        const sum = load<f64>(sums + ((c as usize) << 3));
        square += sum * sum;
      }
      scale = sqrt(square);
    }
    let shift: f64 = 0;
    // A cluster without rows, or whose rows cancel each other out, keeps its centroid.
    if (scale > 0) {
      for (let c: u32 = 0; c < d; c++) {
        const at = centroid + (c as usize) * sizeof<T>();
        const value = (load<f64>(sums + ((c as usize) << 3)) / scale) as T;
        const move = (value as f64) - (load<T>(at) as f64);
        store<T>(at, value);
        shift += move * move;
      }
    }
    store<f64>(shiftsPtr + ((j as usize) << 3), shift);
  }
}

/**
 * Update centroids [begin, end): the means of their rows, or for `spherical` the directions of their sums. A cluster
 * without rows keeps its centroid.
 *
 * Shape: `sumsPtr` k x d f64; `countsPtr` k f64; `centroidsPtr` k x d f32; `shiftsPtr` k f64, the squared
 * distance that each centroid moved.
 */
export function updateCentroidsF32(
  sumsPtr: usize,
  countsPtr: usize,
  d: u32,
  spherical: bool,
  begin: u32,
  end: u32,
  centroidsPtr: usize,
  shiftsPtr: usize,
): i32 {
  update<f32>(sumsPtr, countsPtr, d, spherical, begin, end, centroidsPtr, shiftsPtr);
  return 0;
}

/** As updateCentroidsF32, for centroids of f64. */
export function updateCentroidsF64(
  sumsPtr: usize,
  countsPtr: usize,
  d: u32,
  spherical: bool,
  begin: u32,
  end: u32,
  centroidsPtr: usize,
  shiftsPtr: usize,
): i32 {
  update<f64>(sumsPtr, countsPtr, d, spherical, begin, end, centroidsPtr, shiftsPtr);
  return 0;
}

/** Add four f32 lanes, or two f64, to the f64 sums at `to`. */
@inline
function addLanes<T extends number>(to: usize, lanes: v128): void {
  if (sizeof<T>() == 8) {
    v128.store(to, f64x2.add(v128.load(to), lanes));
  } else {
    v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(lanes)));
    const high = v128.shuffle<i64>(lanes, lanes, 1, 0);
    v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(high)), 16);
  }
}

@inline
function seed<T extends number>(
  op: i32,
  finish: i32,
  xPtr: usize,
  d: u32,
  panelPtr: usize,
  take: bool,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  closestPtr: usize,
  potentialsPtr: usize,
): void {
  const block = blockOf(op, d);
  const ldx = (d as usize) * sizeof<T>();
  for (let first = rowBegin; first < rowEnd; first += SEED_BLOCK) {
    const stop = min<u32>(rowEnd, first + SEED_BLOCK);
    const potentials = potentialsPtr + ((first / SEED_BLOCK) as usize) * SEED_LANES * 8;
    memory.fill(potentials, 0, SEED_LANES * 8);
    for (let i = first; i < stop; i += 4) {
      tile(op, finish, 0, xPtr, ldx, 0, i, stop - 1, panelPtr, 0, 0, d, block, scratchPtr);
      const rows = min<u32>(4, stop - i);
      for (let r: u32 = 0; r < rows; r++) {
        const at = closestPtr + ((i + r) as usize) * sizeof<T>();
        const from = scratchPtr + ((r as usize) << 5);
        if (take) {
          const closest = min<T>(load<T>(at), load<T>(from));
          store<T>(at, closest);
          store<f64>(potentials, load<f64>(potentials) + (closest as f64));
        } else {
          const closest = v128.load_splat<T>(at);
          addLanes<T>(potentials, v128.pmin<T>(closest, v128.load(from)));
          addLanes<T>(potentials + (sizeof<T>() == 4 ? 32 : 16), v128.pmin<T>(closest, v128.load(from, 16)));
        }
      }
    }
  }
}

/**
 * For each candidate, one per lane of a panel: the potential of rows [rowBegin, rowEnd), which is the sum of squared
 * distances to the closest centroid, if the candidate were a centroid too. With `take`, make lane 0 a centroid.
 *
 * Shape: `xPtr` rows of d elements; `panelPtr` one panel of candidates; `closestPtr` an element per row;
 * `potentialsPtr` SEED_LANES f64 for each block of SEED_BLOCK rows: one sum per lane, or with `take` the sum of the updated
 * distances. rowBegin is a multiple of SEED_BLOCK.
 * Source: Arthur and Vassilvitskii 2007, SODA, 1027.
 */
export function seedPotentials(
  op: i32,
  finish: i32,
  xPtr: usize,
  d: u32,
  panelPtr: usize,
  take: bool,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  closestPtr: usize,
  potentialsPtr: usize,
): i32 {
  if (op & 1) {
    seed<f64>(op, finish, xPtr, d, panelPtr, take, rowBegin, rowEnd, scratchPtr, closestPtr, potentialsPtr);
  } else {
    seed<f32>(op, finish, xPtr, d, panelPtr, take, rowBegin, rowEnd, scratchPtr, closestPtr, potentialsPtr);
  }
  return 0;
}

@inline
function ownSquares<T extends number>(
  xPtr: usize,
  d: u32,
  centroidsPtr: usize,
  nearestPtr: usize,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
): void {
  const block = blockOf(sizeof<T>() == 4 ? 2 * SQUARES : 2 * SQUARES + 1, d);
  const bytes = (d as usize) * sizeof<T>();
  for (let i = rowBegin; i < rowEnd; i++) {
    let x = xPtr + (i as usize) * bytes;
    let c = centroidsPtr + (load<i32>(nearestPtr + ((i as usize) << 2)) as usize) * bytes;
    let total: T = 0 as T;
    for (let done: u32 = 0; done < d; done += block) {
      let sum: T = 0 as T;
      const end = x + (min<u32>(block, d - done) as usize) * sizeof<T>();
      while (x < end) {
        const e = load<T>(x) - load<T>(c);
        sum = (sum + ((e * e) as T)) as T;
        x += sizeof<T>();
        c += sizeof<T>();
      }
      total = done == 0 ? sum : ((total + sum) as T);
    }
    store<T>(outPtr + (i as usize) * sizeof<T>(), total);
  }
}

/**
 * Squared distances of rows [rowBegin, rowEnd) to their own centroids; the same bits as assignNearest.
 *
 * Shape: `xPtr` rows of d f32; `centroidsPtr` k x d; `nearestPtr` an i32 per row; `outPtr` an f32 per row.
 */
export function ownSquaresF32(
  xPtr: usize,
  d: u32,
  centroidsPtr: usize,
  nearestPtr: usize,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
): i32 {
  ownSquares<f32>(xPtr, d, centroidsPtr, nearestPtr, rowBegin, rowEnd, outPtr);
  return 0;
}

/** As ownSquaresF32, in float64. */
export function ownSquaresF64(
  xPtr: usize,
  d: u32,
  centroidsPtr: usize,
  nearestPtr: usize,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
): i32 {
  ownSquares<f64>(xPtr, d, centroidsPtr, nearestPtr, rowBegin, rowEnd, outPtr);
  return 0;
}

@inline
function moments<T extends number>(
  xPtr: usize,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  shiftPtr: usize,
  sumsPtr: usize,
): void {
  for (let i = rowBegin; i < rowEnd; i++) {
    const x = xPtr + (i as usize) * d * sizeof<T>();
    for (let c: u32 = 0; c < d; c++) {
      const at = sumsPtr + ((c as usize) << 4);
      const e = (load<T>(x + (c as usize) * sizeof<T>()) as f64) - load<f64>(shiftPtr + ((c as usize) << 3));
      store<f64>(at, load<f64>(at) + e);
      store<f64>(at, load<f64>(at, 8) + e * e, 8);
    }
  }
}

/**
 * Add rows [rowBegin, rowEnd) to the sums of each column, and to those of its squares, both of x - shift.
 *
 * Shape: `xPtr` rows of d f32; `shiftPtr` d f64; `sumsPtr` d pairs of f64.
 */
export function columnMomentsF32(
  xPtr: usize,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  shiftPtr: usize,
  sumsPtr: usize,
): i32 {
  moments<f32>(xPtr, d, rowBegin, rowEnd, shiftPtr, sumsPtr);
  return 0;
}

/** As columnMomentsF32, for rows of f64. */
export function columnMomentsF64(
  xPtr: usize,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  shiftPtr: usize,
  sumsPtr: usize,
): i32 {
  moments<f64>(xPtr, d, rowBegin, rowEnd, shiftPtr, sumsPtr);
  return 0;
}

/**
 * Widen the bounds of columns [colBegin, colEnd) to hold rows [rowBegin, rowEnd).
 *
 * Shape: `xPtr` rows of d f32; `leastPtr` and `greatestPtr` d f32, updated.
 */
export function columnBoundsF32(
  xPtr: usize,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  colBegin: u32,
  colEnd: u32,
  leastPtr: usize,
  greatestPtr: usize,
): i32 {
  const first = (colBegin as usize) << 2;
  const end = (colEnd as usize) << 2;
  const whole = first + ((((colEnd - colBegin) & ~3) as usize) << 2);
  for (let i = rowBegin; i < rowEnd; i++) {
    const x = xPtr + (((i as usize) * d) << 2);
    let at = first;
    for (; at < whole; at += 16) {
      const v = v128.load(x + at);
      v128.store(leastPtr + at, f32x4.pmin(v128.load(leastPtr + at), v));
      v128.store(greatestPtr + at, f32x4.pmax(v128.load(greatestPtr + at), v));
    }
    for (; at < end; at += 4) {
      const v = load<f32>(x + at);
      store<f32>(leastPtr + at, min<f32>(load<f32>(leastPtr + at), v));
      store<f32>(greatestPtr + at, max<f32>(load<f32>(greatestPtr + at), v));
    }
  }
  return 0;
}

/**
 * Subtract an offset of each column from rows [rowBegin, rowEnd), in place.
 *
 * Shape: `xPtr` rows of d f32; `offsetsPtr` d f32.
 */
export function shiftRowsF32(xPtr: usize, d: u32, offsetsPtr: usize, rowBegin: u32, rowEnd: u32): i32 {
  const end = (d as usize) << 2;
  const whole = ((d & ~3) as usize) << 2;
  for (let i = rowBegin; i < rowEnd; i++) {
    const x = xPtr + (((i as usize) * d) << 2);
    let at: usize = 0;
    for (; at < whole; at += 16) v128.store(x + at, f32x4.sub(v128.load(x + at), v128.load(offsetsPtr + at)));
    for (; at < end; at += 4) store<f32>(x + at, load<f32>(x + at) - load<f32>(offsetsPtr + at));
  }
  return 0;
}
