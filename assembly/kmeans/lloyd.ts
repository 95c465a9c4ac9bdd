/**
 * The nearest centroid of each row, for Lloyd's algorithm: the labels that drivers.ts finds by differences, but faster.
 *
 * Two methods save work. Neither changes a label:
 *
 * - Products instead of differences. In |x - c|² = |x|² + 2 (|c|²/2 - x·c), the part in brackets tells which centroid
 *   is nearest. Its rounding error is large if rows are far from the origin. So if the scores of the nearest and the
 *   second nearest differ by no more than rounding error, differences decide (assignNearest).
 * - Bounds. A row keeps an upper bound of the distance to its centroid and a lower bound of the distance to any other.
 *   Both are updated when centroids move. While the upper bound stays below the lower one, the row keeps its label.
 *
 * Source: Hamerly 2010, SIAM Int. Conf. Data Mining, 130. Rounding: Higham 2002, Accuracy and Stability of
 * Numerical Algorithms, section 3.1.
 */
import { assignNearest } from '../distance/drivers';
import { PLAIN, SQUARES } from '../distance/families';
import { tileScratchBytes } from '../distance/sizes';
import { LABEL, LOWER, scoreRowsF32, scoreRowsF64, SURE, UPPER } from './scores';
import { settleRowsF32, settleRowsF64 } from './settle-rows';
import { GROUP, STATE } from './sizes';

/** The unit roundoff: the largest relative error of one rounding. */
@inline
function unit<T extends number>(): f64 {
  return sizeof<T>() == 4 ? 5.9604644775390625e-8 : 1.1102230246251565e-16;
}

@inline
function differences<T extends number>(
  xPtr: usize,
  d: u32,
  panelsPtr: usize,
  k: u32,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
): void {
  assignNearest(
    2 * SQUARES + (sizeof<T>() == 8 ? 1 : 0),
    PLAIN,
    false,
    0,
    xPtr,
    0,
    d,
    panelsPtr,
    0,
    0,
    k,
    d,
    rowBegin,
    rowEnd,
    scratchPtr,
    nearestPtr,
    distancePtr,
  );
}

@inline
function nearest<T extends number>(
  xPtr: usize,
  d: u32,
  normsPtr: usize,
  panelsPtr: usize,
  halvesPtr: usize,
  k: u32,
  longest: f64,
  fresh: bool,
  driftsPtr: usize,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
  upperPtr: usize,
  lowerPtr: usize,
): void {
  const lanes: u32 = 16 / sizeof<T>();
  const panels = (k + 2 * lanes - 1) / (2 * lanes);
  const ldx = (d as usize) * sizeof<T>();
  const state = scratchPtr + tileScratchBytes(0);
  const list = state + STATE;
  // Bound of the rounding error of a sum of d products and a half, counted twice for the two scores compared, and twice
  // again for the sums of differences, whose result must be the same.
  const unsure = 4 * ((d + 4) as f64) * unit<T>();
  const up = 1 + 16 * unit<T>();
  const down = 1 - 16 * unit<T>();
  // Allows for the relative rounding error of sums of squared differences; that of distances is half as large.
  const apart = 1 - 2 * ((d + 4) as f64) * unit<T>();
  // The centroid that moved farthest, its drift, and the largest drift of all others.
  const fastest = load<f64>(driftsPtr) as i32;
  const most = load<f64>(driftsPtr, 8);
  const rest = load<f64>(driftsPtr, 16);
  for (let first = rowBegin; first < rowEnd; first += GROUP) {
    const stop = min<u32>(rowEnd, first + GROUP);
    let count: u32 = 0;
    for (let i = first; i < stop; i++) {
      if (!fresh) {
        const at = (i as usize) * sizeof<T>();
        const label = load<i32>(nearestPtr + ((i as usize) << 2));
        const upper =
          ((load<T>(upperPtr + at) as f64) + load<f64>(driftsPtr + 24 + ((label as usize) << 3))) * up;
        const lower = ((load<T>(lowerPtr + at) as f64) - (label == fastest ? rest : most)) * down;
        if (upper < lower * apart) {
          store<T>(upperPtr + at, (upper * up) as T);
          store<T>(lowerPtr + at, (lower * down) as T);
          continue;
        }
      }
      store<u32>(list + ((count as usize) << 2), i);
      count++;
    }
    for (let c: u32 = 0; c < count; c += 4) {
      const i0 = load<u32>(list + ((c as usize) << 2));
      const i1 = load<u32>(list + ((min<u32>(c + 1, count - 1) as usize) << 2));
      const i2 = load<u32>(list + ((min<u32>(c + 2, count - 1) as usize) << 2));
      const i3 = load<u32>(list + ((min<u32>(c + 3, count - 1) as usize) << 2));
      const a0 = xPtr + (i0 as usize) * ldx;
      const a1 = xPtr + (i1 as usize) * ldx;
      const a2 = xPtr + (i2 as usize) * ldx;
      const a3 = xPtr + (i3 as usize) * ldx;
      if (sizeof<T>() == 4) scoreRowsF32(a0, a1, a2, a3, panelsPtr, halvesPtr, panels, d, state);
      else scoreRowsF64(a0, a1, a2, a3, panelsPtr, halvesPtr, panels, d, state);
      const rows = min<u32>(4, count - c);
      let all = false;
      if (sizeof<T>() == 4) {
        settleRowsF32(state, normsPtr, i0, i1, i2, i3, unsure as f32, longest as f32);
        all = rows == 4 && i3 == i0 + 3 && v128.all_true<i32>(v128.load(state, SURE));
      } else {
        settleRowsF64(state, normsPtr, i0, i1, i2, i3, unsure, longest);
      }
      if (all) {
        const at = (i0 as usize) << 2;
        v128.store(nearestPtr + at, v128.load(state, LABEL));
        v128.store(upperPtr + at, v128.load(state, UPPER));
        v128.store(lowerPtr + at, v128.load(state, LOWER));
        continue;
      }
      // If more than one row is unsure, all four are computed at once.
      let unsettled: u32 = 0;
      for (let r: usize = 0; r < 16; r += 4) unsettled += load<i32>(state + r, SURE) == 0 ? 1 : 0;
      const together = unsettled > 1 && rows == 4 && i3 == i0 + 3;
      if (together) differences<T>(xPtr, d, panelsPtr, k, i0, i0 + 4, scratchPtr, nearestPtr, distancePtr);
      for (let r: u32 = 0; r < rows; r++) {
        const i = load<u32>(list + (((c + r) as usize) << 2));
        const from = state + (r as usize) * sizeof<T>();
        const at = (i as usize) * sizeof<T>();
        if (load<i32>(state + ((r as usize) << 2), SURE) != 0) {
          store<i32>(nearestPtr + ((i as usize) << 2), load<i32>(state + ((r as usize) << 2), LABEL));
          store<T>(upperPtr + at, load<T>(from, UPPER));
          store<T>(lowerPtr + at, load<T>(from, LOWER));
        } else {
          if (!together) differences<T>(xPtr, d, panelsPtr, k, i, i + 1, scratchPtr, nearestPtr, distancePtr);
          // Not decided by scores: the row is searched again next time.
          store<T>(upperPtr + at, Infinity as T);
          store<T>(lowerPtr + at, 0 as T);
        }
      }
    }
  }
}

/**
 * The nearest of k centroids for rows [rowBegin, rowEnd). Labels equal those of assignNearest.
 *
 * Shape: `xPtr` rows of d f32; `normsPtr` their squared lengths, f32; `panelsPtr` the centroids in panels of 8;
 * `halvesPtr` half of their squared lengths, f32, infinite after the last; `longest` the greatest of their
 * lengths; `upperPtr` and `lowerPtr` bounds of each row, f32, read together with `nearestPtr` unless `fresh`;
 * `driftsPtr` f64: the centroid that moved farthest since, its drift, the largest drift of all others, then the drift of
 * each centroid; `distancePtr` f32, scratch. Scratch: lloydScratchBytes().
 */
export function lloydNearestF32(
  xPtr: usize,
  d: u32,
  normsPtr: usize,
  panelsPtr: usize,
  halvesPtr: usize,
  k: u32,
  longest: f64,
  fresh: bool,
  driftsPtr: usize,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
  upperPtr: usize,
  lowerPtr: usize,
): i32 {
  nearest<f32>(
    xPtr,
    d,
    normsPtr,
    panelsPtr,
    halvesPtr,
    k,
    longest,
    fresh,
    driftsPtr,
    rowBegin,
    rowEnd,
    scratchPtr,
    nearestPtr,
    distancePtr,
    upperPtr,
    lowerPtr,
  );
  return 0;
}

/** As lloydNearestF32, in float64; panels of 4. */
export function lloydNearestF64(
  xPtr: usize,
  d: u32,
  normsPtr: usize,
  panelsPtr: usize,
  halvesPtr: usize,
  k: u32,
  longest: f64,
  fresh: bool,
  driftsPtr: usize,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
  upperPtr: usize,
  lowerPtr: usize,
): i32 {
  nearest<f64>(
    xPtr,
    d,
    normsPtr,
    panelsPtr,
    halvesPtr,
    k,
    longest,
    fresh,
    driftsPtr,
    rowBegin,
    rowEnd,
    scratchPtr,
    nearestPtr,
    distancePtr,
    upperPtr,
    lowerPtr,
  );
  return 0;
}

@inline
function squareLength<T extends number>(x: usize, d: u32): f64 {
  let sum: f64 = 0;
  for (let c: u32 = 0; c < d; c++) {
    const value = load<T>(x + (c as usize) * sizeof<T>()) as f64;
    sum += value * value;
  }
  return sum;
}

/** Squared lengths of rows [rowBegin, rowEnd) of d f32, times `factor`, to f32. */
export function rowSquaresF32(
  xPtr: usize,
  d: u32,
  factor: f64,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
): i32 {
  for (let i = rowBegin; i < rowEnd; i++) {
    store<f32>(
      outPtr + ((i as usize) << 2),
      (factor * squareLength<f32>(xPtr + (i as usize) * d * 4, d)) as f32,
    );
  }
  return 0;
}

/** Squared lengths of rows [rowBegin, rowEnd) of d f64, times `factor`. */
export function rowSquaresF64(
  xPtr: usize,
  d: u32,
  factor: f64,
  rowBegin: u32,
  rowEnd: u32,
  outPtr: usize,
): i32 {
  for (let i = rowBegin; i < rowEnd; i++) {
    store<f64>(outPtr + ((i as usize) << 3), factor * squareLength<f64>(xPtr + (i as usize) * d * 8, d));
  }
  return 0;
}
