/**
 * Scores of 4 rows against all centroids, by products: |c|²/2 - x·c is least for the nearest centroid. The state of
 * 4 rows holds the best scores of each lane; settle-rows.ts computes labels and bounds from it.
 */
import { COLUMN } from '../lib/tile-shape';

/** The state, STATE bytes (sizes.ts): best, next and index of 4 rows, one vector each; then the results of settle-rows.ts. */
export const SURE: usize = 192;
export const LABEL: usize = 208;
export const UPPER: usize = 224;
export const LOWER: usize = 256;

/** Update the state at `to` with two vectors of scores of a row, at places `index` and `index` + 1. */
@inline
function keep<T extends number>(score0: v128, score1: v128, index0: v128, index1: v128, to: usize): void {
  const best = v128.load(to);
  const better = v128.pmin<T>(best, score0);
  // Places only grow, so the last place that was better is the greatest.
  const place = v128.pmax<T>(v128.load(to, 32), v128.and(index0, v128.lt<T>(score0, best)));
  const next = v128.pmin<T>(v128.load(to, 16), v128.pmax<T>(best, score0));
  v128.store(to, v128.pmin<T>(better, score1));
  v128.store(to, v128.pmin<T>(next, v128.pmax<T>(better, score1)), 16);
  v128.store(to, v128.pmax<T>(place, v128.and(index1, v128.lt<T>(score1, better))), 32);
}

/**
 * For 4 rows, lane by lane over all panels: the least of |c|²/2 - x·c, the second least, and the place of the least,
 * as the number of its vector among the centroids. Written to `to`, 48 bytes per row.
 */
@inline
function scoreRows<T extends number>(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panels: usize,
  halves: usize,
  count: u32,
  d: u32,
  to: usize,
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
    let s00 = v128.load(halves),
      s01 = v128.load(halves, 16);
    let s10 = s00,
      s11 = s01,
      s20 = s00,
      s21 = s01,
      s30 = s00,
      s31 = s01;
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

/** See scoreRows. Exported so that it stays a separate function; sums.ts tells why. */
export function scoreRowsF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panels: usize,
  halves: usize,
  count: u32,
  d: u32,
  to: usize,
): void {
  scoreRows<f32>(a0, a1, a2, a3, panels, halves, count, d, to);
}

/** See scoreRows. */
export function scoreRowsF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panels: usize,
  halves: usize,
  count: u32,
  d: u32,
  to: usize,
): void {
  scoreRows<f64>(a0, a1, a2, a3, panels, halves, count, d, to);
}
