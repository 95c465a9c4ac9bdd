/**
 * The nearest centroid of each row, for Lloyd's algorithm: what drivers.ts finds by differences, found faster.
 *
 * Two things save work, and neither changes a label:
 *
 * - Products instead of differences. Of |x - c|² = |x|² + 2 (|c|²/2 - x·c) the part in brackets says which centroid
 *   is nearest. It is rounded coarsely where rows lie far from the origin, so it only screens: where the nearest
 *   and the next are not further apart than rounding could explain, differences decide (assignNearest).
 * - Bounds. A row keeps an upper bound of the distance to its centroid and a lower bound of that to any other.
 *   Centroids move; while the bounds, moved along, stay apart, the row stays where it is.
 *
 * Source: Hamerly 2010, SIAM Int. Conf. Data Mining, 130. Rounding: Higham 2002, Accuracy and Stability of
 * Numerical Algorithms, section 3.1.
 */
import { storeTurnedApart } from '../lib/blocks';
import { assignNearest } from '../distance/drivers';
import { PLAIN, SQUARES } from '../distance/families';
import { COLUMN } from '../lib/tile-shape';
import { tileScratchBytes } from '../distance/tile';

/** Rows whose bounds are looked at before those that need it are searched. */
const GROUP: u32 = 256;
/** Best, next and index of 4 rows, a vector each; then what is settled of them. */
const SURE: usize = 192;
const LABEL: usize = 208;
const UPPER: usize = 224;
const LOWER: usize = 256;
const STATE: usize = 288;

/** Bytes of scratch of a thread: that of assignNearest, the state of 4 rows, and a list of rows. */
export function lloydScratchBytes(): usize {
  return tileScratchBytes(2 * SQUARES, 1) + STATE + (GROUP as usize) * 4;
}

/** Two vectors of scores of a row, at places `index` and `index` + 1: the state at `to` is brought up to date. */
// @ts-ignore: decorator
@inline
function keep<T extends number>(score0: v128, score1: v128, index0: v128, index1: v128, to: usize): void {
  const best = v128.load(to);
  const better = v128.pmin<T>(best, score0);
  // Places only grow, so the last that was better is the greatest.
  const place = v128.pmax<T>(v128.load(to, 32), v128.and(index0, v128.lt<T>(score0, best)));
  const next = v128.pmin<T>(v128.load(to, 16), v128.pmax<T>(best, score0));
  v128.store(to, v128.pmin<T>(better, score1));
  v128.store(to, v128.pmin<T>(next, v128.pmax<T>(better, score1)), 16);
  v128.store(to, v128.pmax<T>(place, v128.and(index1, v128.lt<T>(score1, better))), 32);
}

/**
 * For 4 rows, lane by lane over all panels: the least of |c|²/2 - x·c, the least but one, and where the least was,
 * as number of the vector among the centroids, to `to`, 48 bytes a row.
 */
// @ts-ignore: decorator
@inline
function screen<T extends number>(
  a0: usize, a1: usize, a2: usize, a3: usize, panels: usize, halves: usize, count: u32, d: u32, to: usize,
): void {
  const far = v128.splat<T>(Infinity as T);
  for (let r: usize = 0; r < 192; r += 48) {
    v128.store(to + r, far);
    v128.store(to + r, far, 16);
    v128.store(to + r, i64x2.splat(0), 32);
  }
  const one = v128.splat<T>(1 as T);
  let index = v128.splat<T>(0 as T);
  let panel = panels;
  const size = (d as usize) * COLUMN;
  for (let p: u32 = 0; p < count; p++) {
    let s00 = v128.load(halves), s01 = v128.load(halves, 16);
    let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
    halves += 32;
    const end = panel + size;
    let at: usize = 0;
    while (panel < end) {
      const p0 = v128.load(panel);
      const p1 = v128.load(panel, 16);
      let v = v128.load_splat<T>(a0 + at);
      s00 = v128.sub<T>(s00, v128.mul<T>(v, p0));
      s01 = v128.sub<T>(s01, v128.mul<T>(v, p1));
      v = v128.load_splat<T>(a1 + at);
      s10 = v128.sub<T>(s10, v128.mul<T>(v, p0));
      s11 = v128.sub<T>(s11, v128.mul<T>(v, p1));
      v = v128.load_splat<T>(a2 + at);
      s20 = v128.sub<T>(s20, v128.mul<T>(v, p0));
      s21 = v128.sub<T>(s21, v128.mul<T>(v, p1));
      v = v128.load_splat<T>(a3 + at);
      s30 = v128.sub<T>(s30, v128.mul<T>(v, p0));
      s31 = v128.sub<T>(s31, v128.mul<T>(v, p1));
      panel += COLUMN;
      at += sizeof<T>();
    }
    const after = v128.add<T>(index, one);
    keep<T>(s00, s01, index, after, to);
    keep<T>(s10, s11, index, after, to + 48);
    keep<T>(s20, s21, index, after, to + 96);
    keep<T>(s30, s31, index, after, to + 144);
    index = v128.add<T>(after, one);
  }
}

/** See screen. Exported so that it stays a function of its own; see sums.ts. */
export function screenF32(
  a0: usize, a1: usize, a2: usize, a3: usize, panels: usize, halves: usize, count: u32, d: u32, to: usize,
): void {
  screen<f32>(a0, a1, a2, a3, panels, halves, count, d, to);
}

/** See screen. */
export function screenF64(
  a0: usize, a1: usize, a2: usize, a3: usize, panels: usize, halves: usize, count: u32, d: u32, to: usize,
): void {
  screen<f64>(a0, a1, a2, a3, panels, halves, count, d, to);
}

/** What rounding leaves of the digits, with room to spare. */
// @ts-ignore: decorator
@inline
function unit<T extends number>(): f64 {
  return sizeof<T>() == 4 ? 5.9604644775390625e-8 : 1.1102230246251565e-16;
}

/** The least and the least but one of the lanes so far, and of one more. */
// @ts-ignore: decorator
@inline
function fold(state: usize, best: v128, next: v128, index: v128): void {
  const old = v128.load(state);
  const lower = f32x4.lt(best, old);
  const second = f32x4.pmin(v128.load(state, 16), next);
  v128.store(state, f32x4.pmin(old, best));
  v128.store(state, f32x4.pmin(second, f32x4.pmax(old, best)), 16);
  v128.store(state, v128.bitselect(index, v128.load(state, 32), lower), 32);
}

/** The lanes of 4 vectors 48 bytes apart, as rows: lane `l` of each, l = 0 .. 3, to `to` and on, 48 bytes apart. */
// @ts-ignore: decorator
@inline
function transpose(from: usize, to: usize): void {
  const r0 = v128.load(from), r1 = v128.load(from, 48), r2 = v128.load(from, 96), r3 = v128.load(from, 144);
  storeTurnedApart(r0, r1, r2, r3, to, 48);
}

/**
 * What screen found for rows i0 .. i3, settled: their centroids, whether that is sure, and bounds of distances.
 * A lane a row, at SURE, LABEL, UPPER and LOWER of the state.
 */
export function settleRowsF32(
  state: usize, normsPtr: usize, i0: u32, i1: u32, i2: u32, i3: u32, unsure: f32, longest: f32,
): void {
  transpose(state, state);
  transpose(state + 16, state + 16);
  transpose(state + 32, state + 32);
  // Places of vectors become places of centroids.
  const four = f32x4.splat(4);
  v128.store(state, f32x4.mul(v128.load(state, 32), four), 32);
  for (let l: u32 = 1; l < 4; l++) {
    const from = state + (l as usize) * 48;
    const index = f32x4.add(f32x4.mul(v128.load(from, 32), four), f32x4.splat(l as f32));
    fold(state, v128.load(from), v128.load(from, 16), index);
  }
  const best = v128.load(state), next = v128.load(state, 16);
  let squares = v128.load32_zero(normsPtr + ((i0 as usize) << 2));
  squares = v128.load_lane<f32>(normsPtr + ((i1 as usize) << 2), squares, 1);
  squares = v128.load_lane<f32>(normsPtr + ((i2 as usize) << 2), squares, 2);
  squares = v128.load_lane<f32>(normsPtr + ((i3 as usize) << 2), squares, 3);
  const reach = f32x4.add(f32x4.sqrt(squares), f32x4.splat(longest));
  const error = f32x4.mul(f32x4.splat(unsure), f32x4.mul(reach, reach));
  const zero = f32x4.splat(0);
  const label = i32x4.trunc_sat_f32x4_s(v128.load(state, 32));
  const upper = f32x4.add(f32x4.add(squares, f32x4.add(best, best)), error);
  const lower = f32x4.sub(f32x4.add(squares, f32x4.add(next, next)), error);
  v128.store(state, f32x4.gt(f32x4.sub(next, best), error), SURE);
  v128.store(state, label, LABEL);
  v128.store(state, f32x4.mul(f32x4.sqrt(f32x4.pmax(zero, upper)), f32x4.splat(1.000001)), UPPER);
  v128.store(state, f32x4.mul(f32x4.sqrt(f32x4.pmax(zero, lower)), f32x4.splat(0.999999)), LOWER);
}

/** As settleRowsF32, in float64. */
export function settleRowsF64(
  state: usize, normsPtr: usize, i0: u32, i1: u32, i2: u32, i3: u32, unsure: f64, longest: f64,
): void {
  for (let r: u32 = 0; r < 4; r++) {
    const from = state + (r as usize) * 48;
    const b0 = load<f64>(from), b1 = load<f64>(from, 8);
    const lower = b1 < b0;
    const best = lower ? b1 : b0;
    const next = min<f64>(min<f64>(load<f64>(from, 16), load<f64>(from, 24)), lower ? b0 : b1);
    const index = (lower ? load<f64>(from, 40) : load<f64>(from, 32)) as i32;
    const i = r == 0 ? i0 : r == 1 ? i1 : r == 2 ? i2 : i3;
    const square = load<f64>(normsPtr + ((i as usize) << 3));
    const reach = sqrt(square) + longest;
    const error = unsure * reach * reach;
    store<i32>(state + ((r as usize) << 2), next - best > error ? -1 : 0, SURE);
    store<i32>(state + ((r as usize) << 2), (index << 1) + (lower ? 1 : 0), LABEL);
    store<f64>(state + ((r as usize) << 3), sqrt(max<f64>(0, square + 2 * best + error)) * (1 + 1e-14), UPPER);
    store<f64>(state + ((r as usize) << 3), sqrt(max<f64>(0, square + 2 * next - error)) * (1 - 1e-14), LOWER);
  }
}

// @ts-ignore: decorator
@inline
function differences<T extends number>(
  xPtr: usize, d: u32, panelsPtr: usize, k: u32, rowBegin: u32, rowEnd: u32, scratchPtr: usize, nearestPtr: usize,
  distancePtr: usize,
): void {
  assignNearest(
    2 * SQUARES + (sizeof<T>() == 8 ? 1 : 0), PLAIN, false, 0, xPtr, 0, d, panelsPtr, 0, 0, k, d, rowBegin, rowEnd,
    scratchPtr, nearestPtr, distancePtr,
  );
}

// @ts-ignore: decorator
@inline
function nearest<T extends number>(
  xPtr: usize, d: u32, normsPtr: usize, panelsPtr: usize, halvesPtr: usize, k: u32, longest: f64, fresh: bool,
  driftsPtr: usize, rowBegin: u32, rowEnd: u32, scratchPtr: usize, nearestPtr: usize, distancePtr: usize,
  upperPtr: usize, lowerPtr: usize,
): void {
  const lanes: u32 = 16 / sizeof<T>();
  const panels = (k + 2 * lanes - 1) / (2 * lanes);
  const ldx = (d as usize) * sizeof<T>();
  const state = scratchPtr + tileScratchBytes(2 * SQUARES, 1);
  const list = state + STATE;
  // What rounding can do to a sum of d products and a half, twice, for the two that are compared; and as much again
  // for the differences that must agree.
  const unsure = 4 * ((d + 4) as f64) * unit<T>();
  const up = 1 + 16 * unit<T>();
  const down = 1 - 16 * unit<T>();
  // Sums by differences are this far from the truth, relative; distances half of it.
  const apart = 1 - 2 * ((d + 4) as f64) * unit<T>();
  // The centroid that moved farthest, how far it did, and how far any other did at most.
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
        const upper = ((load<T>(upperPtr + at) as f64) + load<f64>(driftsPtr + 24 + ((label as usize) << 3))) * up;
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
      if (sizeof<T>() == 4) screenF32(a0, a1, a2, a3, panelsPtr, halvesPtr, panels, d, state);
      else screenF64(a0, a1, a2, a3, panelsPtr, halvesPtr, panels, d, state);
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
      // Where most are unsure, all four are done at once.
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
          // Too close to call: looked at again next time.
          store<T>(upperPtr + at, Infinity as T);
          store<T>(lowerPtr + at, 0 as T);
        }
      }
    }
  }
}

/**
 * The nearest of k centroids for rows [rowBegin, rowEnd): the same as assignNearest finds.
 *
 * Shape: `xPtr` rows of d f32; `normsPtr` their squared lengths, f32; `panelsPtr` the centroids in panels of 8;
 * `halvesPtr` half of their squared lengths, f32, infinite behind the last; `longest` the greatest of their
 * lengths; `upperPtr` and `lowerPtr` bounds of each row, f32, read unless `fresh` together with `nearestPtr`;
 * `driftsPtr` f64: the centroid that moved farthest since, how far, how far any other did at most, then how far
 * each did; `distancePtr` f32, scratch. Scratch: lloydScratchBytes().
 */
export function lloydNearestF32(
  xPtr: usize, d: u32, normsPtr: usize, panelsPtr: usize, halvesPtr: usize, k: u32, longest: f64, fresh: bool,
  driftsPtr: usize, rowBegin: u32, rowEnd: u32, scratchPtr: usize, nearestPtr: usize, distancePtr: usize,
  upperPtr: usize, lowerPtr: usize,
): i32 {
  nearest<f32>(
    xPtr, d, normsPtr, panelsPtr, halvesPtr, k, longest, fresh, driftsPtr, rowBegin, rowEnd, scratchPtr, nearestPtr,
    distancePtr, upperPtr, lowerPtr,
  );
  return 0;
}

/** As lloydNearestF32, in float64; panels of 4. */
export function lloydNearestF64(
  xPtr: usize, d: u32, normsPtr: usize, panelsPtr: usize, halvesPtr: usize, k: u32, longest: f64, fresh: bool,
  driftsPtr: usize, rowBegin: u32, rowEnd: u32, scratchPtr: usize, nearestPtr: usize, distancePtr: usize,
  upperPtr: usize, lowerPtr: usize,
): i32 {
  nearest<f64>(
    xPtr, d, normsPtr, panelsPtr, halvesPtr, k, longest, fresh, driftsPtr, rowBegin, rowEnd, scratchPtr, nearestPtr,
    distancePtr, upperPtr, lowerPtr,
  );
  return 0;
}

// @ts-ignore: decorator
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
export function rowSquaresF32(xPtr: usize, d: u32, factor: f64, rowBegin: u32, rowEnd: u32, outPtr: usize): i32 {
  for (let i = rowBegin; i < rowEnd; i++) {
    store<f32>(outPtr + ((i as usize) << 2), (factor * squareLength<f32>(xPtr + (i as usize) * d * 4, d)) as f32);
  }
  return 0;
}

/** Squared lengths of rows [rowBegin, rowEnd) of d f64, times `factor`. */
export function rowSquaresF64(xPtr: usize, d: u32, factor: f64, rowBegin: u32, rowEnd: u32, outPtr: usize): i32 {
  for (let i = rowBegin; i < rowEnd; i++) {
    store<f64>(outPtr + ((i as usize) << 3), factor * squareLength<f64>(xPtr + (i as usize) * d * 8, d));
  }
  return 0;
}
