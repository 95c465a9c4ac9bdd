/**
 * The nearest of many leaders by Euclidean distance. Quantized bounds (quantized-layout.ts) tell which leaders can be
 * the nearest. Only for these candidates are distances computed, in the order of squaresF32 and squaresF64. If there are
 * many candidates, or the bounds are not valid, distances to all leaders are computed (assignNearest). Labels and
 * distances are the same to the last bit either way.
 *
 * Scratch of a thread, for leaders of d coordinates:
 *   tile    tileScratchBytes, rounded up to 640
 *   scales  of quantized-layout.ts
 *   limits, found, counts, least (f64), nearest, pointers to 8 rows and to 8 leaders
 *   low     lower bounds, 32 bytes for each leader of a block
 *   panel   8 rows as integers
 */
import { assignNearest } from '../distance/drivers';
import { ROOT } from '../distance/families';
import { areSound, pickLeaders, scoreLeaders } from './quantized-bounds';
import { isUsable, SCALES } from './quantized-layout';
import { quantizeRowsF32, quantizeRowsF64 } from './quantized-rows';
import { paddedLeaders } from './sizes';
import { GROUP_BYTES, LEADER_BLOCK } from './sizes';

/** Coordinates per partial sum, as in tile.ts. */
const RUN: u32 = 512;
/** Groups of rows compared with all leaders, after the bounds have failed for several groups. */
const PAUSE: i32 = 32;

const SCALE: usize = 640;
const LIMIT: usize = SCALE + SCALES;
const FOUND: usize = LIMIT + 32;
const COUNT: usize = FOUND + 32;
const MEASURED: usize = COUNT + 32;
const LEAST: usize = MEASURED + 64;
const NEAREST: usize = LEAST + 64;
const ROWS: usize = NEAREST + 32;
const LEADERS: usize = ROWS + 32;
const LOW: usize = GROUP_BYTES;
const PANEL: usize = LOW + 32 * (LEADER_BLOCK as usize);

/** (a - b)² of four coordinates. */
@inline
function squareF32(a: usize, b: usize, at: usize): v128 {
  const e = f32x4.sub(v128.load(a + at), v128.load(b + at));
  return f32x4.mul(e, e);
}

@inline
function squareF64(a: usize, b: usize, at: usize): v128 {
  const e = f64x2.sub(v128.load(a + at), v128.load(b + at));
  return f64x2.mul(e, e);
}

/** One coordinate of each of four rows. */
@inline
function gatherF32(a0: usize, a1: usize, a2: usize, a3: usize, at: usize): v128 {
  let v = v128.load32_zero(a0 + at);
  v = v128.load_lane<f32>(a1 + at, v, 1);
  v = v128.load_lane<f32>(a2 + at, v, 2);
  return v128.load_lane<f32>(a3 + at, v, 3);
}

@inline
function gatherF64(a0: usize, a1: usize, at: usize): v128 {
  return v128.load_lane<f64>(a1 + at, v128.load64_zero(a0 + at), 1);
}

/**
 * Σ (a - b)² of 8 pairs of a row and a leader, in the order of squaresF32.
 * Shape: `rowsPtr`, `leadersPtr` 8 addresses; `outPtr` 8 f32.
 */
export function measureF32(rowsPtr: usize, leadersPtr: usize, d: u32, outPtr: usize): void {
  const a0 = load<u32>(rowsPtr),
    a1 = load<u32>(rowsPtr, 4),
    a2 = load<u32>(rowsPtr, 8),
    a3 = load<u32>(rowsPtr, 12);
  const a4 = load<u32>(rowsPtr, 16),
    a5 = load<u32>(rowsPtr, 20),
    a6 = load<u32>(rowsPtr, 24);
  const a7 = load<u32>(rowsPtr, 28);
  const b0 = load<u32>(leadersPtr),
    b1 = load<u32>(leadersPtr, 4),
    b2 = load<u32>(leadersPtr, 8);
  const b3 = load<u32>(leadersPtr, 12),
    b4 = load<u32>(leadersPtr, 16),
    b5 = load<u32>(leadersPtr, 20);
  const b6 = load<u32>(leadersPtr, 24),
    b7 = load<u32>(leadersPtr, 28);
  let total0 = i64x2.splat(0),
    total1 = total0;
  for (let done: u32 = 0; done < d; done += RUN) {
    const count = min<u32>(RUN, d - done);
    let at = (done as usize) << 2;
    const end = at + (((count & ~3) as usize) << 2);
    const stop = at + ((count as usize) << 2);
    let s0 = i64x2.splat(0),
      s1 = s0;
    for (; at < end; at += 16) {
      let r0 = squareF32(a0, b0, at),
        r1 = squareF32(a1, b1, at);
      let r2 = squareF32(a2, b2, at),
        r3 = squareF32(a3, b3, at);
      let t0 = v128.shuffle<u32>(r0, r1, 0, 4, 1, 5),
        t1 = v128.shuffle<u32>(r0, r1, 2, 6, 3, 7);
      let t2 = v128.shuffle<u32>(r2, r3, 0, 4, 1, 5),
        t3 = v128.shuffle<u32>(r2, r3, 2, 6, 3, 7);
      s0 = f32x4.add(s0, v128.shuffle<u64>(t0, t2, 0, 2));
      s0 = f32x4.add(s0, v128.shuffle<u64>(t0, t2, 1, 3));
      s0 = f32x4.add(s0, v128.shuffle<u64>(t1, t3, 0, 2));
      s0 = f32x4.add(s0, v128.shuffle<u64>(t1, t3, 1, 3));
      r0 = squareF32(a4, b4, at);
      r1 = squareF32(a5, b5, at);
      r2 = squareF32(a6, b6, at);
      r3 = squareF32(a7, b7, at);
      t0 = v128.shuffle<u32>(r0, r1, 0, 4, 1, 5);
      t1 = v128.shuffle<u32>(r0, r1, 2, 6, 3, 7);
      t2 = v128.shuffle<u32>(r2, r3, 0, 4, 1, 5);
      t3 = v128.shuffle<u32>(r2, r3, 2, 6, 3, 7);
      s1 = f32x4.add(s1, v128.shuffle<u64>(t0, t2, 0, 2));
      s1 = f32x4.add(s1, v128.shuffle<u64>(t0, t2, 1, 3));
      s1 = f32x4.add(s1, v128.shuffle<u64>(t1, t3, 0, 2));
      s1 = f32x4.add(s1, v128.shuffle<u64>(t1, t3, 1, 3));
    }
    for (; at < stop; at += 4) {
      const e0 = f32x4.sub(gatherF32(a0, a1, a2, a3, at), gatherF32(b0, b1, b2, b3, at));
      const e1 = f32x4.sub(gatherF32(a4, a5, a6, a7, at), gatherF32(b4, b5, b6, b7, at));
      s0 = f32x4.add(s0, f32x4.mul(e0, e0));
      s1 = f32x4.add(s1, f32x4.mul(e1, e1));
    }
    total0 = done == 0 ? s0 : f32x4.add(total0, s0);
    total1 = done == 0 ? s1 : f32x4.add(total1, s1);
  }
  v128.store(outPtr, total0);
  v128.store(outPtr, total1, 16);
}

/** As measureF32, for 4 rows, in float64 and in the order of squaresF64. */
@inline
function measureTwo(rowsPtr: usize, leadersPtr: usize, d: u32, outPtr: usize): void {
  const a0 = load<u32>(rowsPtr),
    a1 = load<u32>(rowsPtr, 4),
    a2 = load<u32>(rowsPtr, 8),
    a3 = load<u32>(rowsPtr, 12);
  const b0 = load<u32>(leadersPtr),
    b1 = load<u32>(leadersPtr, 4),
    b2 = load<u32>(leadersPtr, 8);
  const b3 = load<u32>(leadersPtr, 12);
  let total0 = i64x2.splat(0),
    total1 = total0;
  for (let done: u32 = 0; done < d; done += RUN) {
    const count = min<u32>(RUN, d - done);
    let at = (done as usize) << 3;
    const end = at + (((count & ~1) as usize) << 3);
    let s0 = i64x2.splat(0),
      s1 = s0;
    for (; at < end; at += 16) {
      const r0 = squareF64(a0, b0, at),
        r1 = squareF64(a1, b1, at);
      const r2 = squareF64(a2, b2, at),
        r3 = squareF64(a3, b3, at);
      s0 = f64x2.add(s0, v128.shuffle<u64>(r0, r1, 0, 2));
      s0 = f64x2.add(s0, v128.shuffle<u64>(r0, r1, 1, 3));
      s1 = f64x2.add(s1, v128.shuffle<u64>(r2, r3, 0, 2));
      s1 = f64x2.add(s1, v128.shuffle<u64>(r2, r3, 1, 3));
    }
    if (count & 1) {
      const e0 = f64x2.sub(gatherF64(a0, a1, at), gatherF64(b0, b1, at));
      const e1 = f64x2.sub(gatherF64(a2, a3, at), gatherF64(b2, b3, at));
      s0 = f64x2.add(s0, f64x2.mul(e0, e0));
      s1 = f64x2.add(s1, f64x2.mul(e1, e1));
    }
    total0 = done == 0 ? s0 : f64x2.add(total0, s0);
    total1 = done == 0 ? s1 : f64x2.add(total1, s1);
  }
  v128.store(outPtr, total0);
  v128.store(outPtr, total1, 16);
}

/** As measureF32, in float64; `outPtr` 8 f64. */
export function measureF64(rowsPtr: usize, leadersPtr: usize, d: u32, outPtr: usize): void {
  measureTwo(rowsPtr, leadersPtr, d, outPtr);
  measureTwo(rowsPtr + 16, leadersPtr + 16, d, outPtr + 32);
}

/** Σ (a - b)² of one row and one leader, in the same order. */
export function measureOneF32(a: usize, b: usize, d: u32): f32 {
  let total: f32 = 0;
  for (let done: u32 = 0; done < d; done += RUN) {
    const end = (min<u32>(d, done + RUN) as usize) << 2;
    let sum: f32 = 0;
    for (let at = (done as usize) << 2; at < end; at += 4) {
      const e = load<f32>(a + at) - load<f32>(b + at);
      sum += e * e;
    }
    total = done == 0 ? sum : total + sum;
  }
  return total;
}

/** As measureOneF32, in float64. */
export function measureOneF64(a: usize, b: usize, d: u32): f64 {
  let total: f64 = 0;
  for (let done: u32 = 0; done < d; done += RUN) {
    const end = (min<u32>(d, done + RUN) as usize) << 3;
    let sum: f64 = 0;
    for (let at = (done as usize) << 3; at < end; at += 8) {
      const e = load<f64>(a + at) - load<f64>(b + at);
      sum += e * e;
    }
    total = done == 0 ? sum : total + sum;
  }
  return total;
}

@inline
function improve(scratchPtr: usize, r: u32, value: f64, j: u32): void {
  const leastPtr = scratchPtr + LEAST + ((r as usize) << 3);
  if (!(value < load<f64>(leastPtr))) return;
  store<f64>(leastPtr, value);
  store<u32>(scratchPtr + NEAREST + ((r as usize) << 2), j);
}

/** Compute the distances to the candidates among leaders begin + [0, count). Ties go to the lowest index. */
@inline
function measureFound<T extends number>(
  leadersPtr: usize,
  d: u32,
  begin: u32,
  count: u32,
  rows: u32,
  scratchPtr: usize,
): void {
  const rowBytes = (d as usize) * sizeof<T>();
  for (let r: u32 = 0; r < 8; r++) {
    const at = (r as usize) << 2;
    const found = load<u32>(scratchPtr + COUNT + at) == 1 ? load<u32>(scratchPtr + FOUND + at) : begin;
    store<u32>(scratchPtr + LEADERS + at, (leadersPtr + (found as usize) * rowBytes) as u32);
  }
  if (sizeof<T>() == 4) measureF32(scratchPtr + ROWS, scratchPtr + LEADERS, d, scratchPtr + MEASURED);
  else measureF64(scratchPtr + ROWS, scratchPtr + LEADERS, d, scratchPtr + MEASURED);
  for (let r: u32 = 0; r < rows; r++) {
    const at = (r as usize) << 2;
    const candidates = load<u32>(scratchPtr + COUNT + at);
    if (candidates == 1) {
      const value = load<T>(scratchPtr + MEASURED + (r as usize) * sizeof<T>()) as f64;
      improve(scratchPtr, r, value, load<u32>(scratchPtr + FOUND + at));
    } else if (candidates > 1) {
      const limit = load<f32>(scratchPtr + LIMIT + at);
      const row = load<u32>(scratchPtr + ROWS + at);
      for (let j: u32 = 0; j < count; j++) {
        if (!(load<f32>(scratchPtr + LOW + ((j as usize) << 5) + at) <= limit)) continue;
        const leader = leadersPtr + ((begin + j) as usize) * rowBytes;
        const value =
          sizeof<T>() == 4 ? (measureOneF32(row, leader, d) as f64) : measureOneF64(row, leader, d);
        improve(scratchPtr, r, value, begin + j);
      }
    }
  }
}

/** Assign up to 8 rows from i on. Returns false, and writes no result, if the bounds are not valid or leave too many candidates. */
@inline
function boundGroup<T extends number>(
  root: bool,
  aPtr: usize,
  rowBytes: usize,
  leadersPtr: usize,
  quantizedPtr: usize,
  m: u32,
  d: u32,
  i: u32,
  rows: u32,
  scratchPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
): bool {
  const wide = sizeof<T>() == 8;
  for (let r: u32 = 0; r < 8; r++) {
    const row = aPtr + ((i + min<u32>(r, rows - 1)) as usize) * rowBytes;
    store<u32>(scratchPtr + ROWS + ((r as usize) << 2), row as u32);
    store<f64>(scratchPtr + LEAST + ((r as usize) << 3), Infinity);
    store<u32>(scratchPtr + NEAREST + ((r as usize) << 2), 0);
  }
  for (let half: usize = 0; half < 32; half += 16) {
    const from = scratchPtr + ROWS + half;
    const a0 = load<u32>(from),
      a1 = load<u32>(from, 4),
      a2 = load<u32>(from, 8),
      a3 = load<u32>(from, 12);
    const scales = scratchPtr + SCALE + half;
    if (wide) quantizeRowsF64(a0, a1, a2, a3, quantizedPtr, d, scales, scratchPtr + PANEL + half);
    else quantizeRowsF32(a0, a1, a2, a3, quantizedPtr, d, scales, scratchPtr + PANEL + half);
  }
  if (!areSound(scratchPtr + SCALE)) return false;
  // Computing the distance to one candidate costs as much as the bounds of about twenty leaders.
  const most = 16 + ((m >> 2) as i32);
  let questions: i32 = 0;
  for (let begin: u32 = 0; begin < m; begin += LEADER_BLOCK) {
    const end = min<u32>(paddedLeaders(m), begin + LEADER_BLOCK);
    scoreLeaders(
      scratchPtr + PANEL,
      quantizedPtr,
      wide,
      m,
      d,
      begin,
      end,
      scratchPtr + SCALE,
      scratchPtr + LOW,
    );
    const count = min<u32>(m, end) - begin;
    const found = pickLeaders(
      scratchPtr + LOW,
      count,
      begin,
      quantizedPtr,
      scratchPtr + SCALE,
      scratchPtr + LIMIT,
      scratchPtr + FOUND,
      scratchPtr + COUNT,
    );
    questions += found as i32;
    if (questions > most) return false;
    if (found > 0) measureFound<T>(leadersPtr, d, begin, count, rows, scratchPtr);
  }
  for (let r: u32 = 0; r < rows; r++) {
    const least = load<f64>(scratchPtr + LEAST + ((r as usize) << 3)) as T;
    const at = (i + r) as usize;
    store<u32>(nearestPtr + (at << 2), load<u32>(scratchPtr + NEAREST + ((r as usize) << 2)));
    store<T>(distancePtr + at * sizeof<T>(), root ? sqrt<T>(least) : least);
  }
  return true;
}

/** See boundGroup. Exported so that it stays a separate function; sums.ts tells why. */
export function boundGroupF32(
  root: bool,
  aPtr: usize,
  rowBytes: usize,
  leadersPtr: usize,
  quantizedPtr: usize,
  m: u32,
  d: u32,
  i: u32,
  rows: u32,
  scratchPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
): bool {
  return boundGroup<f32>(
    root,
    aPtr,
    rowBytes,
    leadersPtr,
    quantizedPtr,
    m,
    d,
    i,
    rows,
    scratchPtr,
    nearestPtr,
    distancePtr,
  );
}

/** As boundGroupF32, in float64. */
export function boundGroupF64(
  root: bool,
  aPtr: usize,
  rowBytes: usize,
  leadersPtr: usize,
  quantizedPtr: usize,
  m: u32,
  d: u32,
  i: u32,
  rows: u32,
  scratchPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
): bool {
  return boundGroup<f64>(
    root,
    aPtr,
    rowBytes,
    leadersPtr,
    quantizedPtr,
    m,
    d,
    i,
    rows,
    scratchPtr,
    nearestPtr,
    distancePtr,
  );
}

/**
 * The nearest of m leaders for rows [rowBegin, rowEnd), by squared differences. Results equal those of assignNearest.
 *
 * Shape: `op` SQUARES in float32 or float64; `finish` PLAIN or ROOT; `aPtr` rows of d; `leadersPtr` m x d; `panelsPtr`
 * and `quantizedPtr` the panels and the quantized form of the same leaders; `scratchPtr` per assignQuantizedScratchBytes;
 * `nearestPtr` i32 per row; `distancePtr` one distance per row, infinity if the row or all its distances are not finite.
 * Cost: O(rows m d); two 16-bit multiplications and additions take the place of one in float32.
 */
export function assignQuantized(
  op: i32,
  finish: i32,
  aPtr: usize,
  leadersPtr: usize,
  panelsPtr: usize,
  quantizedPtr: usize,
  m: u32,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
): i32 {
  const wide = (op & 1) != 0;
  const rowBytes = (d as usize) << (wide ? 3 : 2);
  const root = finish == ROOT;
  let useless: i32 = isUsable(quantizedPtr, m) ? 0 : i32.MAX_VALUE;
  let misses = 0;
  for (let i = rowBegin; i < rowEnd; i += 8) {
    const rows = min<u32>(8, rowEnd - i);
    if (useless == 0) {
      const done = wide
        ? boundGroupF64(
            root,
            aPtr,
            rowBytes,
            leadersPtr,
            quantizedPtr,
            m,
            d,
            i,
            rows,
            scratchPtr,
            nearestPtr,
            distancePtr,
          )
        : boundGroupF32(
            root,
            aPtr,
            rowBytes,
            leadersPtr,
            quantizedPtr,
            m,
            d,
            i,
            rows,
            scratchPtr,
            nearestPtr,
            distancePtr,
          );
      if (done) {
        misses = max<i32>(0, misses - 1);
        continue;
      }
      misses += 2;
      if (misses >= 8) {
        useless = PAUSE;
        misses = 6;
      }
    } else {
      useless--;
    }
    assignNearest(
      op,
      finish,
      false,
      0,
      aPtr,
      0,
      d,
      panelsPtr,
      0,
      0,
      m,
      d,
      i,
      i + rows,
      scratchPtr,
      nearestPtr,
      distancePtr,
    );
  }
  return 0;
}
