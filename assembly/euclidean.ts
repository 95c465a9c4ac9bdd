/**
 * Squared Euclidean and Euclidean distances by differences, over packed panels.
 *
 * A tile is 4 rows x one panel of 2 vectors (8 lanes of f32, 4 of f64): 8 accumulators, which with 2
 * panel vectors and 4 splats fill the 16 vector registers of x86-64. Differences rather than dot
 * products: |a|² + |b|² - 2ab loses all digits where rows are close, which is where clusters are made.
 *
 * Sums run over coordinates in blocks of 512, each summed on its own and added to the total, so that
 * float32 sums of long rows keep their digits. The order is the same for every pair, whichever tile,
 * chunk or thread it falls into.
 */
import { condensedRow, storeRagged } from './condensed';

/** Coordinates that one accumulation runs over. */
const BLOCK: u32 = 512;
/** Bytes of a panel column: 2 vectors. */
const COLUMN: usize = 32;
/** Bytes of a finished tile: 4 rows of 2 vectors. */
const TILE: usize = 128;
/** Bytes of panels that are kept in the second-level cache while rows pass by. */
const CACHE: u32 = 1 << 17;

/** Lanes of a panel: 8 in float32, 4 in float64. */
// @ts-ignore: decorator
@inline
function laneCount<T extends number>(): u32 {
  return (COLUMN / sizeof<T>()) as u32;
}

// @ts-ignore: decorator
@inline
function keep(tilePtr: usize, add: bool, isF32: bool, value: v128, at: usize): void {
  if (add) {
    const old = v128.load(tilePtr + at);
    v128.store(tilePtr + at, isF32 ? f32x4.add(old, value) : f64x2.add(old, value));
  } else {
    v128.store(tilePtr + at, value);
  }
}

/** Sums over `count` coordinates for 4 rows x one panel, stored at or added to `tilePtr`. */
// @ts-ignore: decorator
@inline
function squaredDifferences<T extends number>(
  a0: usize, a1: usize, a2: usize, a3: usize, panel: usize, count: u32, add: bool, tilePtr: usize,
): void {
  let s00 = i64x2.splat(0), s01 = i64x2.splat(0), s10 = i64x2.splat(0), s11 = i64x2.splat(0);
  let s20 = i64x2.splat(0), s21 = i64x2.splat(0), s30 = i64x2.splat(0), s31 = i64x2.splat(0);
  const end = panel + (count as usize) * COLUMN;
  let at: usize = 0;
  while (panel < end) {
    const p0 = v128.load(panel);
    const p1 = v128.load(panel, 16);
    let v = v128.load_splat<T>(a0 + at);
    let e = v128.sub<T>(v, p0);
    s00 = v128.add<T>(s00, v128.mul<T>(e, e));
    e = v128.sub<T>(v, p1);
    s01 = v128.add<T>(s01, v128.mul<T>(e, e));
    v = v128.load_splat<T>(a1 + at);
    e = v128.sub<T>(v, p0);
    s10 = v128.add<T>(s10, v128.mul<T>(e, e));
    e = v128.sub<T>(v, p1);
    s11 = v128.add<T>(s11, v128.mul<T>(e, e));
    v = v128.load_splat<T>(a2 + at);
    e = v128.sub<T>(v, p0);
    s20 = v128.add<T>(s20, v128.mul<T>(e, e));
    e = v128.sub<T>(v, p1);
    s21 = v128.add<T>(s21, v128.mul<T>(e, e));
    v = v128.load_splat<T>(a3 + at);
    e = v128.sub<T>(v, p0);
    s30 = v128.add<T>(s30, v128.mul<T>(e, e));
    e = v128.sub<T>(v, p1);
    s31 = v128.add<T>(s31, v128.mul<T>(e, e));
    panel += COLUMN;
    at += sizeof<T>();
  }
  const isF32 = sizeof<T>() == 4;
  keep(tilePtr, add, isF32, s00, 0);
  keep(tilePtr, add, isF32, s01, 16);
  keep(tilePtr, add, isF32, s10, 32);
  keep(tilePtr, add, isF32, s11, 48);
  keep(tilePtr, add, isF32, s20, 64);
  keep(tilePtr, add, isF32, s21, 80);
  keep(tilePtr, add, isF32, s30, 96);
  keep(tilePtr, add, isF32, s31, 112);
}

/*
 * The two hot loops stand as exported functions of their own: V8 does not replace a loop that is
 * running, so a loop must be left and entered again to get the optimised code; and what is exported is
 * not inlined into its caller.
 */

/** One accumulation of a float32 tile; see squaredDifferences. */
export function squaredDifferencesF32(
  a0: usize, a1: usize, a2: usize, a3: usize, panel: usize, count: u32, add: bool, tilePtr: usize,
): void {
  squaredDifferences<f32>(a0, a1, a2, a3, panel, count, add, tilePtr);
}

/** One accumulation of a float64 tile; see squaredDifferences. */
export function squaredDifferencesF64(
  a0: usize, a1: usize, a2: usize, a3: usize, panel: usize, count: u32, add: bool, tilePtr: usize,
): void {
  squaredDifferences<f64>(a0, a1, a2, a3, panel, count, add, tilePtr);
}

/** A whole tile: rows i .. i + 3 (clamped to `last`) against one panel. */
// @ts-ignore: decorator
@inline
function tile<T extends number>(
  aPtr: usize, lda: usize, i: u32, last: u32, panel: usize, d: u32, root: bool, tilePtr: usize,
): void {
  const a0 = aPtr + (i as usize) * lda;
  const a1 = aPtr + (min<u32>(i + 1, last) as usize) * lda;
  const a2 = aPtr + (min<u32>(i + 2, last) as usize) * lda;
  const a3 = aPtr + (min<u32>(i + 3, last) as usize) * lda;
  let done: u32 = 0;
  do {
    const count = min<u32>(BLOCK, d - done);
    const at = (done as usize) * sizeof<T>();
    const column = panel + (done as usize) * COLUMN;
    if (sizeof<T>() == 4) {
      squaredDifferencesF32(a0 + at, a1 + at, a2 + at, a3 + at, column, count, done != 0, tilePtr);
    } else {
      squaredDifferencesF64(a0 + at, a1 + at, a2 + at, a3 + at, column, count, done != 0, tilePtr);
    }
    done += count;
  } while (done < d);
  if (root) {
    for (let at: usize = 0; at < TILE; at += 16) {
      v128.store(tilePtr + at, v128.sqrt<T>(v128.load(tilePtr + at)));
    }
  }
}

// @ts-ignore: decorator
@inline
function pairwise<T extends number>(
  xPtr: usize, panelsPtr: usize, n: u32, d: u32, ldx: u32, rowBegin: u32, rowEnd: u32, root: bool,
  tilePtr: usize, outPtr: usize,
): void {
  const width = laneCount<T>();
  const panelSize = (d as usize) * COLUMN;
  const ldxBytes = (ldx as usize) * sizeof<T>();
  const blockPanels = max<u32>(1, CACHE / (panelSize as u32));
  const panels = (n + width - 1) / width;
  for (let block = (rowBegin + 1) / width; block < panels; block += blockPanels) {
    const blockEnd = min<u32>(panels, block + blockPanels);
    // Rows at or right of the block's last column have nothing in it.
    const stop = min<u32>(rowEnd, blockEnd * width - 1);
    for (let i = rowBegin; i < stop; i += 4) {
      const rows = min<u32>(4, rowEnd - i);
      for (let p = max<u32>(block, (i + 1) / width); p < blockEnd; p++) {
        const j = p * width;
        tile<T>(xPtr, ldxBytes, i, rowEnd - 1, panelsPtr + (p as usize) * panelSize, d, root, tilePtr);
        if (j > i + 3 && j + width <= n) {
          for (let r: u32 = 0; r < rows; r++) {
            const row = i + r;
            const to = outPtr + ((condensedRow(n, row) + (j - row - 1)) as usize) * sizeof<T>();
            const from = tilePtr + ((r as usize) << 5);
            v128.store(to, v128.load(from));
            v128.store(to, v128.load(from, 16), 16);
          }
        } else {
          for (let r: u32 = 0; r < rows; r++) {
            storeRagged<T>(tilePtr + ((r as usize) << 5), n, i + r, j, width, outPtr);
          }
        }
      }
    }
  }
}

/**
 * Distances of all pairs (i, j), i in [rowBegin, rowEnd), j > i.
 *
 * Shape: `xPtr` n x d, row stride `ldx`; `panelsPtr` the same rows as panels of 8 (packF32);
 * `outPtr` n(n-1)/2 f32, condensed. Units: squared Euclidean; Euclidean where `root`.
 * Memory: `tilePtr` 128 bytes of scratch. Cost: O(rows n d). Errors: none.
 */
export function pairwiseEuclideanF32(
  xPtr: usize, panelsPtr: usize, n: u32, d: u32, ldx: u32, rowBegin: u32, rowEnd: u32, root: bool,
  tilePtr: usize, outPtr: usize,
): i32 {
  pairwise<f32>(xPtr, panelsPtr, n, d, ldx, rowBegin, rowEnd, root, tilePtr, outPtr);
  return 0;
}

/** As pairwiseEuclideanF32, in float64 over panels of 4. */
export function pairwiseEuclideanF64(
  xPtr: usize, panelsPtr: usize, n: u32, d: u32, ldx: u32, rowBegin: u32, rowEnd: u32, root: bool,
  tilePtr: usize, outPtr: usize,
): i32 {
  pairwise<f64>(xPtr, panelsPtr, n, d, ldx, rowBegin, rowEnd, root, tilePtr, outPtr);
  return 0;
}

// @ts-ignore: decorator
@inline
function cross<T extends number>(
  aPtr: usize, lda: u32, panelsPtr: usize, m: u32, d: u32, rowBegin: u32, rowEnd: u32, root: bool,
  tilePtr: usize, outPtr: usize, ldo: u32,
): void {
  const width = laneCount<T>();
  const panelSize = (d as usize) * COLUMN;
  const ldaBytes = (lda as usize) * sizeof<T>();
  const blockPanels = max<u32>(1, CACHE / (panelSize as u32));
  const panels = (m + width - 1) / width;
  for (let block: u32 = 0; block < panels; block += blockPanels) {
    const blockEnd = min<u32>(panels, block + blockPanels);
    for (let i = rowBegin; i < rowEnd; i += 4) {
      const rows = min<u32>(4, rowEnd - i);
      for (let p = block; p < blockEnd; p++) {
        const j = p * width;
        tile<T>(aPtr, ldaBytes, i, rowEnd - 1, panelsPtr + (p as usize) * panelSize, d, root, tilePtr);
        const lanes = min<u32>(width, m - j);
        for (let r: u32 = 0; r < rows; r++) {
          const to = outPtr + ((i + r) as usize * ldo + j) * sizeof<T>();
          const from = tilePtr + ((r as usize) << 5);
          if (lanes == width) {
            v128.store(to, v128.load(from));
            v128.store(to, v128.load(from, 16), 16);
          } else {
            memory.copy(to, from, (lanes as usize) * sizeof<T>());
          }
        }
      }
    }
  }
}

/**
 * Distances of rows [rowBegin, rowEnd) of A to all m rows of B.
 *
 * Shape: `aPtr` rows of stride `lda`; `panelsPtr` B as panels of 8; `outPtr` rows x m, row stride `ldo`.
 * Units, memory, cost, errors: as pairwiseEuclideanF32.
 */
export function crossEuclideanF32(
  aPtr: usize, lda: u32, panelsPtr: usize, m: u32, d: u32, rowBegin: u32, rowEnd: u32, root: bool,
  tilePtr: usize, outPtr: usize, ldo: u32,
): i32 {
  cross<f32>(aPtr, lda, panelsPtr, m, d, rowBegin, rowEnd, root, tilePtr, outPtr, ldo);
  return 0;
}

/** As crossEuclideanF32, in float64 over panels of 4. */
export function crossEuclideanF64(
  aPtr: usize, lda: u32, panelsPtr: usize, m: u32, d: u32, rowBegin: u32, rowEnd: u32, root: bool,
  tilePtr: usize, outPtr: usize, ldo: u32,
): i32 {
  cross<f64>(aPtr, lda, panelsPtr, m, d, rowBegin, rowEnd, root, tilePtr, outPtr, ldo);
  return 0;
}

// @ts-ignore: decorator
@inline
function assign<T extends number>(
  aPtr: usize, lda: u32, panelsPtr: usize, m: u32, d: u32, rowBegin: u32, rowEnd: u32, root: bool,
  tilePtr: usize, nearestPtr: usize, distancePtr: usize,
): void {
  const width = laneCount<T>();
  const panelSize = (d as usize) * COLUMN;
  const ldaBytes = (lda as usize) * sizeof<T>();
  const panels = (m + width - 1) / width;
  for (let i = rowBegin; i < rowEnd; i += 4) {
    const rows = min<u32>(4, rowEnd - i);
    for (let r: u32 = 0; r < rows; r++) {
      store<i32>(nearestPtr + ((i + r) as usize) * 4, 0);
      store<T>(distancePtr + ((i + r) as usize) * sizeof<T>(), Infinity as T);
    }
    for (let p: u32 = 0; p < panels; p++) {
      tile<T>(aPtr, ldaBytes, i, rowEnd - 1, panelsPtr + (p as usize) * panelSize, d, false, tilePtr);
      const lanes = min<u32>(width, m - p * width);
      for (let r: u32 = 0; r < rows; r++) {
        const from = tilePtr + ((r as usize) << 5);
        const bestPtr = distancePtr + ((i + r) as usize) * sizeof<T>();
        let best = load<T>(bestPtr);
        // A panel whose least lane is no improvement is passed over without looking at the lanes.
        const least = v128.min<T>(v128.load(from), v128.load(from, 16));
        if (!v128.any_true(v128.lt<T>(least, v128.splat<T>(best)))) continue;
        let nearest: i32 = -1;
        for (let lane: u32 = 0; lane < lanes; lane++) {
          const value = load<T>(from + (lane as usize) * sizeof<T>());
          if (value < best) {
            best = value;
            nearest = (p * width + lane) as i32;
          }
        }
        if (nearest >= 0) {
          store<T>(bestPtr, best);
          store<i32>(nearestPtr + ((i + r) as usize) * 4, nearest);
        }
      }
    }
    if (root) {
      for (let r: u32 = 0; r < rows; r++) {
        const bestPtr = distancePtr + ((i + r) as usize) * sizeof<T>();
        store<T>(bestPtr, sqrt<T>(load<T>(bestPtr)));
      }
    }
  }
}

/**
 * The nearest of m leaders for rows [rowBegin, rowEnd); ties go to the lowest index.
 *
 * Shape: `aPtr` rows of stride `lda`; `panelsPtr` the leaders as panels of 8; `nearestPtr` i32 a row;
 * `distancePtr` f32 a row, infinity (and leader 0) where every distance overflows.
 * Units, memory: as pairwiseEuclideanF32. Cost: O(rows m d).
 */
export function assignEuclideanF32(
  aPtr: usize, lda: u32, panelsPtr: usize, m: u32, d: u32, rowBegin: u32, rowEnd: u32, root: bool,
  tilePtr: usize, nearestPtr: usize, distancePtr: usize,
): i32 {
  assign<f32>(aPtr, lda, panelsPtr, m, d, rowBegin, rowEnd, root, tilePtr, nearestPtr, distancePtr);
  return 0;
}

/** As assignEuclideanF32, in float64 over panels of 4. */
export function assignEuclideanF64(
  aPtr: usize, lda: u32, panelsPtr: usize, m: u32, d: u32, rowBegin: u32, rowEnd: u32, root: bool,
  tilePtr: usize, nearestPtr: usize, distancePtr: usize,
): i32 {
  assign<f64>(aPtr, lda, panelsPtr, m, d, rowBegin, rowEnd, root, tilePtr, nearestPtr, distancePtr);
  return 0;
}
