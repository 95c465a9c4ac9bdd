/**
 * All distances between rows, of any metric: pairwise, from one set to another, and the nearest.
 *
 * Each iterates over tiles of 4 rows x one panel (see tile.ts). Common arguments:
 *
 *   op, finish, param   which metric (families.ts)
 *   roundToFloat32      round float64 distances to float32 when they are stored
 *   rows, ld            prepared rows, ld elements apart: f32 or f64, or words of bits
 *   extra               one f64 per row, for metrics that need one (finish.ts), else 0
 *   panels              the other side, packed in panels of 8 f32 or 4 f64 (panels.ts)
 *   weights             one weight per coordinate, or the quadratic form, else 0
 *   scratchPtr          tileScratchBytes: of a quadratic form with its d, otherwise with 0
 */
import { storeTurnedApart } from '../lib/blocks';
import { rowOrigin, storeRagged } from '../lib/condensed';
import { PLAIN, ROOT } from './families';
import { COLUMN, TILE } from '../lib/tile-shape';
import { roundTileToFloat32 } from './finish';
import { BEST, blockOf, tile } from './tile';

/** Bytes of panels that stay in the second-level cache while all rows are compared with them. */
const CACHE: u32 = 1 << 17;

/** Columns of a square that are written while rows pass by: what the page table of the first level holds. */
const ACROSS: u32 = 128;

/** Columns of a tile as rows of the other side of a square: 4 elements each. */
@inline
function storeAcross(tilePtr: usize, single: bool, roundToFloat32: bool, to: usize, ldoBytes: usize): void {
  if (single) {
    const size: usize = roundToFloat32 ? 16 : 32;
    for (let half: usize = 0; half < size; half += 16) {
      const a = v128.load(tilePtr + half),
        b = v128.load(tilePtr + half, 32);
      const c = v128.load(tilePtr + half, 64),
        d = v128.load(tilePtr + half, 96);
      storeTurnedApart(a, b, c, d, to, ldoBytes);
      to += 4 * ldoBytes;
    }
    return;
  }
  for (let half: usize = 0; half < 32; half += 16) {
    const a = v128.load(tilePtr + half),
      b = v128.load(tilePtr + half, 32);
    const c = v128.load(tilePtr + half, 64),
      d = v128.load(tilePtr + half, 96);
    v128.store(to, v128.shuffle<u64>(a, b, 0, 2));
    v128.store(to, v128.shuffle<u64>(c, d, 0, 2), 16);
    v128.store(to + ldoBytes, v128.shuffle<u64>(a, b, 1, 3));
    v128.store(to + ldoBytes, v128.shuffle<u64>(c, d, 1, 3), 16);
    to += 2 * ldoBytes;
  }
}

/** Whether one of the values of a tile is NaN or infinite; those rounded to float32 take half of the room. */
@inline
function hasStrange<T extends number>(tilePtr: usize, roundToFloat32: bool): bool {
  let sum = i64x2.splat(0);
  for (let k: usize = 0; k < TILE; k += roundToFloat32 ? 32 : 16) {
    const v = v128.load(tilePtr + k);
    // x - x is not 0 for infinity and NaN, and NaN stays in a sum.
    sum = v128.add<T>(sum, v128.sub<T>(v, v));
  }
  return v128.any_true(v128.ne<T>(sum, i64x2.splat(0)));
}

/** The same of those lanes that are pairs (row, j) with j > row. */
@inline
function hasStrangePair<T extends number>(
  tilePtr: usize,
  n: u32,
  i: u32,
  rows: u32,
  j0: u32,
  width: u32,
): bool {
  for (let r: u32 = 0; r < rows; r++) {
    for (let lane: u32 = 0; lane < width; lane++) {
      const x = load<T>(tilePtr + ((r as usize) << 5) + (lane as usize) * sizeof<T>());
      if (j0 + lane > i + r && j0 + lane < n && x - x != 0) return true;
    }
  }
  return false;
}

/**
 * Distances of all pairs (i, j), i in [rowBegin, rowEnd), j > i.
 *
 * Shape: `xPtr` n x d, row stride `ldx`; `panelsPtr` the same rows; `outPtr` n(n-1)/2, condensed. Or, if `ldo` is
 * not 0, n rows of `ldo`: a square, in which both triangles are written, but not the diagonal. Then the word at `flagPtr`
 * becomes 1 if a distance is not finite. Ranges of a square begin at multiples of 4.
 * Cost: O(rows n d). Errors: none.
 */
export function pairwiseDistances(
  op: i32,
  finish: i32,
  roundToFloat32: bool,
  param: f64,
  xPtr: usize,
  extraPtr: usize,
  panelsPtr: usize,
  weightsPtr: usize,
  n: u32,
  d: u32,
  ldx: u32,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  outPtr: usize,
  ldo: u32,
  flagPtr: usize,
): i32 {
  const wide = (op & 1) != 0;
  const width: u32 = wide ? 4 : 8;
  const single = !wide || roundToFloat32;
  const outShift: usize = single ? 2 : 3;
  const panelSize = (d as usize) * COLUMN;
  const ldxBytes = (ldx as usize) << (wide ? 3 : 2);
  const ldoBytes = (ldo as usize) << outShift;
  const fitting = max<u32>(1, CACHE / (panelSize as u32));
  const blockPanels = ldo != 0 ? min<u32>(fitting, ACROSS / width) : fitting;
  const block = blockOf(op, d);
  const panels = (n + width - 1) / width;
  let strange = false;
  for (let first = (rowBegin + 1) / width; first < panels; first += blockPanels) {
    const stopPanel = min<u32>(panels, first + blockPanels);
    // Rows at or right of the block's last column have nothing in it.
    const stop = min<u32>(rowEnd, stopPanel * width - 1);
    for (let i = rowBegin; i < stop; i += 4) {
      const rows = min<u32>(4, rowEnd - i);
      for (let p = max<u32>(first, (i + 1) / width); p < stopPanel; p++) {
        const j = p * width;
        tile(
          op,
          finish,
          param,
          xPtr,
          ldxBytes,
          extraPtr,
          i,
          rowEnd - 1,
          panelsPtr + (p as usize) * panelSize,
          extraPtr + ((j as usize) << 3),
          weightsPtr,
          d,
          block,
          scratchPtr,
        );
        if (roundToFloat32) roundTileToFloat32(scratchPtr);
        if (j > i + 3 && j + width <= n && (ldo == 0 || rows == 4)) {
          for (let r: u32 = 0; r < rows; r++) {
            const to = outPtr + (((rowOrigin(n, ldo, i + r) + j) as usize) << outShift);
            const from = scratchPtr + ((r as usize) << 5);
            v128.store(to, v128.load(from));
            if (!roundToFloat32) v128.store(to, v128.load(from, 16), 16);
          }
          if (ldo != 0) {
            storeAcross(
              scratchPtr,
              single,
              roundToFloat32,
              outPtr + (((j * ldo + i) as usize) << outShift),
              ldoBytes,
            );
            if (single ? hasStrange<f32>(scratchPtr, roundToFloat32) : hasStrange<f64>(scratchPtr, false))
              strange = true;
          }
        } else {
          for (let r: u32 = 0; r < rows; r++) {
            const from = scratchPtr + ((r as usize) << 5);
            if (single) storeRagged<f32>(from, n, i + r, j, width, outPtr, ldo);
            else storeRagged<f64>(from, n, i + r, j, width, outPtr, ldo);
          }
          if (single) {
            if (ldo != 0 && hasStrangePair<f32>(scratchPtr, n, i, rows, j, width)) strange = true;
          } else {
            if (ldo != 0 && hasStrangePair<f64>(scratchPtr, n, i, rows, j, width)) strange = true;
          }
        }
      }
    }
  }
  if (strange) store<u32>(flagPtr, 1);
  return 0;
}

/**
 * Distances of rows [rowBegin, rowEnd) of A to all m rows of B.
 *
 * Shape: `aPtr` rows of stride `lda`; `panelsPtr` B; `outPtr` rows x m, row stride `ldo`.
 */
export function crossDistances(
  op: i32,
  finish: i32,
  roundToFloat32: bool,
  param: f64,
  aPtr: usize,
  aExtraPtr: usize,
  lda: u32,
  panelsPtr: usize,
  bExtraPtr: usize,
  weightsPtr: usize,
  m: u32,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  outPtr: usize,
  ldo: u32,
): i32 {
  const wide = (op & 1) != 0;
  const width: u32 = wide ? 4 : 8;
  const outShift: usize = !wide || roundToFloat32 ? 2 : 3;
  const panelSize = (d as usize) * COLUMN;
  const ldaBytes = (lda as usize) << (wide ? 3 : 2);
  const blockPanels = max<u32>(1, CACHE / (panelSize as u32));
  const block = blockOf(op, d);
  const panels = (m + width - 1) / width;
  for (let first: u32 = 0; first < panels; first += blockPanels) {
    const stopPanel = min<u32>(panels, first + blockPanels);
    for (let i = rowBegin; i < rowEnd; i += 4) {
      const rows = min<u32>(4, rowEnd - i);
      for (let p = first; p < stopPanel; p++) {
        const j = p * width;
        tile(
          op,
          finish,
          param,
          aPtr,
          ldaBytes,
          aExtraPtr,
          i,
          rowEnd - 1,
          panelsPtr + (p as usize) * panelSize,
          bExtraPtr + ((j as usize) << 3),
          weightsPtr,
          d,
          block,
          scratchPtr,
        );
        if (roundToFloat32) roundTileToFloat32(scratchPtr);
        const size = (min<u32>(width, m - j) as usize) << outShift;
        for (let r: u32 = 0; r < rows; r++) {
          const to = outPtr + ((((i + r) as usize) * ldo + j) << outShift);
          const from = scratchPtr + ((r as usize) << 5);
          if (size == 32) {
            v128.store(to, v128.load(from));
            v128.store(to, v128.load(from, 16), 16);
          } else {
            memory.copy(to, from, size);
          }
        }
      }
    }
  }
  return 0;
}

/** The least of the lanes [0, lanes) that is below the least so far; keeps both up to date. */
@inline
function takeNearest<T extends number>(
  from: usize,
  lanes: u32,
  j: u32,
  bestPtr: usize,
  nearestPtr: usize,
): void {
  let best = load<f64>(bestPtr) as T;
  const bests = v128.splat<T>(best);
  // Skip a panel without a lower lane. A NaN is never lower.
  const lower = v128.or(v128.lt<T>(v128.load(from), bests), v128.lt<T>(v128.load(from, 16), bests));
  if (!v128.any_true(lower)) return;
  let nearest: i32 = -1;
  for (let lane: u32 = 0; lane < lanes; lane++) {
    const value = load<T>(from + (lane as usize) * sizeof<T>());
    if (value < best) {
      best = value;
      nearest = (j + lane) as i32;
    }
  }
  if (nearest >= 0) {
    store<f64>(bestPtr, best as f64);
    store<i32>(nearestPtr, nearest);
  }
}

/**
 * The nearest of m leaders for rows [rowBegin, rowEnd); ties go to the lowest index.
 *
 * Shape: as crossDistances; `nearestPtr` i32 per row; `distancePtr` one distance per row, infinity (and leader
 * 0) if no distance is finite. A NaN distance is never the least. Cost: O(rows m d).
 */
export function assignNearest(
  op: i32,
  finish: i32,
  roundToFloat32: bool,
  param: f64,
  aPtr: usize,
  aExtraPtr: usize,
  lda: u32,
  panelsPtr: usize,
  bExtraPtr: usize,
  weightsPtr: usize,
  m: u32,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
): i32 {
  const wide = (op & 1) != 0;
  const width: u32 = wide ? 4 : 8;
  const panelSize = (d as usize) * COLUMN;
  const ldaBytes = (lda as usize) << (wide ? 3 : 2);
  const block = blockOf(op, d);
  const panels = (m + width - 1) / width;
  const root = finish == ROOT;
  for (let i = rowBegin; i < rowEnd; i += 4) {
    const rows = min<u32>(4, rowEnd - i);
    for (let r: u32 = 0; r < rows; r++) {
      store<i32>(nearestPtr + (((i + r) as usize) << 2), 0);
      store<f64>(scratchPtr + BEST + ((r as usize) << 3), Infinity);
    }
    for (let p: u32 = 0; p < panels; p++) {
      const j = p * width;
      // The root is computed only of the least.
      tile(
        op,
        root ? PLAIN : finish,
        param,
        aPtr,
        ldaBytes,
        aExtraPtr,
        i,
        rowEnd - 1,
        panelsPtr + (p as usize) * panelSize,
        bExtraPtr + ((j as usize) << 3),
        weightsPtr,
        d,
        block,
        scratchPtr,
      );
      const lanes = min<u32>(width, m - j);
      for (let r: u32 = 0; r < rows; r++) {
        const from = scratchPtr + ((r as usize) << 5);
        const bestPtr = scratchPtr + BEST + ((r as usize) << 3);
        if (wide) takeNearest<f64>(from, lanes, j, bestPtr, nearestPtr + (((i + r) as usize) << 2));
        else takeNearest<f32>(from, lanes, j, bestPtr, nearestPtr + (((i + r) as usize) << 2));
      }
    }
    for (let r: u32 = 0; r < rows; r++) {
      const best = load<f64>(scratchPtr + BEST + ((r as usize) << 3));
      const row = (i + r) as usize;
      if (wide && !roundToFloat32) {
        store<f64>(distancePtr + (row << 3), root ? sqrt<f64>(best) : best);
      } else if (wide) {
        store<f32>(distancePtr + (row << 2), (root ? sqrt<f64>(best) : best) as f32);
      } else {
        store<f32>(distancePtr + (row << 2), root ? sqrt<f32>(best as f32) : (best as f32));
      }
    }
  }
  return 0;
}
