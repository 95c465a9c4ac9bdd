/**
 * The nearest of a few leaders by Euclidean distance. Rows are transposed into panels, coordinates of leaders are
 * loaded one at a time, and the least distance stays in registers. Sums run in the order of sums.ts, so distances are
 * the same to the last bit.
 *
 * A panel is 2 vectors wide: 8 rows of float32, 4 of float64. Four leaders at a time are compared with a panel, as in
 * squaresF32 with rows and leaders exchanged. This avoids padding: 6 leaders are handled as 4 + 2, not as 8. It also
 * avoids the separate steps that follow the sums there.
 */
import { addSquare, storeTurned } from '../lib/blocks';
import { ROOT } from '../distance/families';
import { COLUMN } from '../lib/tile-shape';

/** Most coordinates handled here. Longer rows are summed in blocks (tile.ts), which this file does not do. */
export const FEW_COLUMNS: u32 = 512;

/** Transpose four rows of float32 into half of a panel. */
@inline
function turnF32(a0: usize, a1: usize, a2: usize, a3: usize, d: u32, to: usize): void {
  const end = a0 + (((d & ~3) as usize) << 2);
  const stop = a0 + ((d as usize) << 2);
  const b1 = a1 - a0,
    b2 = a2 - a0,
    b3 = a3 - a0;
  let a = a0;
  for (; a < end; a += 16) {
    const r0 = v128.load(a),
      r1 = v128.load(a + b1),
      r2 = v128.load(a + b2),
      r3 = v128.load(a + b3);
    storeTurned(r0, r1, r2, r3, to);
    to += 128;
  }
  for (; a < stop; a += 4) {
    store<f32>(to, load<f32>(a));
    store<f32>(to, load<f32>(a + b1), 4);
    store<f32>(to, load<f32>(a + b2), 8);
    store<f32>(to, load<f32>(a + b3), 12);
    to += COLUMN;
  }
}

/**
 * Transpose rows i .. i + 7 of float32, clamped to `last`, into a panel.
 * Shape: `aPtr` rows of d; `panel` d columns of 32 bytes.
 */
export function turnRowsF32(aPtr: usize, d: u32, i: u32, last: u32, panel: usize): void {
  const size = (d as usize) << 2;
  for (let half: u32 = 0; half < 8; half += 4) {
    const j = i + half;
    turnF32(
      aPtr + (min<u32>(j, last) as usize) * size,
      aPtr + (min<u32>(j + 1, last) as usize) * size,
      aPtr + (min<u32>(j + 2, last) as usize) * size,
      aPtr + (min<u32>(j + 3, last) as usize) * size,
      d,
      panel + ((half as usize) << 2),
    );
  }
}

/** As turnRowsF32, rows i .. i + 3 of float64. */
export function turnRowsF64(aPtr: usize, d: u32, i: u32, last: u32, panel: usize): void {
  const size = (d as usize) << 3;
  for (let half: u32 = 0; half < 4; half += 2) {
    let a = aPtr + (min<u32>(i + half, last) as usize) * size;
    const b = aPtr + (min<u32>(i + half + 1, last) as usize) * size - a;
    const end = a + (((d & ~1) as usize) << 3);
    let to = panel + ((half as usize) << 3);
    for (; a < end; a += 16) {
      const r0 = v128.load(a),
        r1 = v128.load(a + b);
      v128.store(to, v128.shuffle<u64>(r0, r1, 0, 2));
      v128.store(to, v128.shuffle<u64>(r0, r1, 1, 3), 32);
      to += 64;
    }
    if (d & 1) {
      store<f64>(to, load<f64>(a));
      store<f64>(to, load<f64>(a + b), 8);
    }
  }
}

/** The nearest leader of each row after the comparison with leader j. */
@inline
function nearer<T extends number>(j: u32, sum: v128, least: v128, nearest: v128): v128 {
  // A NaN is not less.
  return v128.bitselect(sizeof<T>() == 4 ? i32x4.splat(j) : i64x2.splat(j), nearest, v128.lt<T>(sum, least));
}

@inline
function compare<T extends number>(panel: usize, leadersPtr: usize, m: u32, d: u32, outPtr: usize): void {
  const size = (d as usize) * sizeof<T>();
  const end = panel + (d as usize) * COLUMN;
  let least0 = v128.splat<T>(Infinity as T),
    least1 = least0;
  let nearest0 = i64x2.splat(0),
    nearest1 = nearest0;
  let l0 = leadersPtr;
  let j: u32 = 0;
  // The loops for four, two and one leaders are written out. Functions that pass the nearest through memory, or three
  // loops followed by one comparison, take up to 6 % longer with few coordinates.
  for (; j + 4 <= m; j += 4) {
    let s00 = i64x2.splat(0),
      s01 = s00,
      s10 = s00,
      s11 = s00,
      s20 = s00,
      s21 = s00,
      s30 = s00,
      s31 = s00;
    let l1 = l0 + size;
    let l2 = l1 + size;
    let l3 = l2 + size;
    for (let at = panel; at < end; at += COLUMN) {
      const p0 = v128.load(at),
        p1 = v128.load(at, 16);
      let v = v128.load_splat<T>(l0);
      s00 = addSquare<T>(s00, v, p0);
      s01 = addSquare<T>(s01, v, p1);
      l0 += sizeof<T>();
      v = v128.load_splat<T>(l1);
      s10 = addSquare<T>(s10, v, p0);
      s11 = addSquare<T>(s11, v, p1);
      l1 += sizeof<T>();
      v = v128.load_splat<T>(l2);
      s20 = addSquare<T>(s20, v, p0);
      s21 = addSquare<T>(s21, v, p1);
      l2 += sizeof<T>();
      v = v128.load_splat<T>(l3);
      s30 = addSquare<T>(s30, v, p0);
      s31 = addSquare<T>(s31, v, p1);
      l3 += sizeof<T>();
    }
    nearest0 = nearer<T>(j, s00, least0, nearest0);
    least0 = v128.pmin<T>(least0, s00);
    nearest1 = nearer<T>(j, s01, least1, nearest1);
    least1 = v128.pmin<T>(least1, s01);
    nearest0 = nearer<T>(j + 1, s10, least0, nearest0);
    least0 = v128.pmin<T>(least0, s10);
    nearest1 = nearer<T>(j + 1, s11, least1, nearest1);
    least1 = v128.pmin<T>(least1, s11);
    nearest0 = nearer<T>(j + 2, s20, least0, nearest0);
    least0 = v128.pmin<T>(least0, s20);
    nearest1 = nearer<T>(j + 2, s21, least1, nearest1);
    least1 = v128.pmin<T>(least1, s21);
    nearest0 = nearer<T>(j + 3, s30, least0, nearest0);
    least0 = v128.pmin<T>(least0, s30);
    nearest1 = nearer<T>(j + 3, s31, least1, nearest1);
    least1 = v128.pmin<T>(least1, s31);
    l0 = l3;
  }
  if (j + 2 <= m) {
    let s00 = i64x2.splat(0),
      s01 = s00,
      s10 = s00,
      s11 = s00;
    let l1 = l0 + size;
    for (let at = panel; at < end; at += COLUMN) {
      const p0 = v128.load(at),
        p1 = v128.load(at, 16);
      let v = v128.load_splat<T>(l0);
      s00 = addSquare<T>(s00, v, p0);
      s01 = addSquare<T>(s01, v, p1);
      l0 += sizeof<T>();
      v = v128.load_splat<T>(l1);
      s10 = addSquare<T>(s10, v, p0);
      s11 = addSquare<T>(s11, v, p1);
      l1 += sizeof<T>();
    }
    nearest0 = nearer<T>(j, s00, least0, nearest0);
    least0 = v128.pmin<T>(least0, s00);
    nearest1 = nearer<T>(j, s01, least1, nearest1);
    least1 = v128.pmin<T>(least1, s01);
    nearest0 = nearer<T>(j + 1, s10, least0, nearest0);
    least0 = v128.pmin<T>(least0, s10);
    nearest1 = nearer<T>(j + 1, s11, least1, nearest1);
    least1 = v128.pmin<T>(least1, s11);
    l0 = l1;
    j += 2;
  }
  if (j < m) {
    let s00 = i64x2.splat(0),
      s01 = s00;
    for (let at = panel; at < end; at += COLUMN) {
      const p0 = v128.load(at),
        p1 = v128.load(at, 16);
      let v = v128.load_splat<T>(l0);
      s00 = addSquare<T>(s00, v, p0);
      s01 = addSquare<T>(s01, v, p1);
      l0 += sizeof<T>();
    }
    nearest0 = nearer<T>(j, s00, least0, nearest0);
    least0 = v128.pmin<T>(least0, s00);
    nearest1 = nearer<T>(j, s01, least1, nearest1);
    least1 = v128.pmin<T>(least1, s01);
  }
  v128.store(outPtr, least0);
  v128.store(outPtr, least1, 16);
  v128.store(outPtr, nearest0, 32);
  v128.store(outPtr, nearest1, 48);
}

/**
 * The nearest of m leaders for the rows of a panel; ties go to the lowest index.
 * Shape: `leadersPtr` m x d; `outPtr` 8 f32, the squared distances or infinity, then 8 i32, the leaders.
 */
export function compareFewF32(panel: usize, leadersPtr: usize, m: u32, d: u32, outPtr: usize): void {
  compare<f32>(panel, leadersPtr, m, d, outPtr);
}

/** As compareFewF32, in float64: 4 f64, then 4 i64. */
export function compareFewF64(panel: usize, leadersPtr: usize, m: u32, d: u32, outPtr: usize): void {
  compare<f64>(panel, leadersPtr, m, d, outPtr);
}

/**
 * The nearest of m leaders for rows [rowBegin, rowEnd), by squared differences. Results equal those of assignNearest.
 *
 * Shape: as assignQuantized; d at most FEW_COLUMNS; `scratchPtr` per assignFewScratchBytes.
 */
export function assignFew(
  op: i32,
  finish: i32,
  aPtr: usize,
  leadersPtr: usize,
  m: u32,
  d: u32,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
): i32 {
  const wide = (op & 1) != 0;
  const root = finish == ROOT;
  const panel = scratchPtr + 128;
  const group: u32 = wide ? 4 : 8;
  for (let i = rowBegin; i < rowEnd; i += group) {
    const rows = min<u32>(group, rowEnd - i);
    if (wide) {
      turnRowsF64(aPtr, d, i, rowEnd - 1, panel);
      compareFewF64(panel, leadersPtr, m, d, scratchPtr);
      for (let r: u32 = 0; r < rows; r++) {
        const least = load<f64>(scratchPtr + ((r as usize) << 3));
        store<f64>(distancePtr + (((i + r) as usize) << 3), root ? sqrt<f64>(least) : least);
        store<i32>(nearestPtr + (((i + r) as usize) << 2), load<i32>(scratchPtr + 32 + ((r as usize) << 3)));
      }
      continue;
    }
    turnRowsF32(aPtr, d, i, rowEnd - 1, panel);
    compareFewF32(panel, leadersPtr, m, d, scratchPtr);
    if (root) {
      v128.store(scratchPtr, f32x4.sqrt(v128.load(scratchPtr)));
      v128.store(scratchPtr, f32x4.sqrt(v128.load(scratchPtr, 16)), 16);
    }
    const at = (i as usize) << 2;
    if (rows == 8) {
      v128.store(distancePtr + at, v128.load(scratchPtr));
      v128.store(distancePtr + at, v128.load(scratchPtr, 16), 16);
      v128.store(nearestPtr + at, v128.load(scratchPtr, 32));
      v128.store(nearestPtr + at, v128.load(scratchPtr, 48), 16);
    } else {
      memory.copy(distancePtr + at, scratchPtr, (rows as usize) << 2);
      memory.copy(nearestPtr + at, scratchPtr + 32, (rows as usize) << 2);
    }
  }
  return 0;
}
