/**
 * Search the nearest clusters of many queries at a time: queries x panels in float32, fused with the selection of the
 * CAPACITY nearest. The rounding error of a distance is bounded, so that lists hold lower bounds, and no cluster
 * outside a list is nearer than its bound. Decisions are made in float64 (lists.ts).
 *
 * Scratch of a thread:
 *   tile   128 bytes        sums of 4 queries x one panel
 *   tops   QUERIES x TOP    the state and results of each query
 *   rows   QUERIES x cols   f32, the queries' means
 *
 * A top: f32 limit, f32 own weight, u32 own place, u32 1 if hits are computed in float64; f64 least, u32 its name;
 * 4 bytes unused; then CAPACITY x (f32 distance, u32 place), ascending.
 *
 * Bound of the rounding error, with u = 2⁻²⁴, m the query's mean and D its distance to another mean: the rounding
 * errors of both means are at most u(|m| + |m| + D) together, so √(computed) is at most (D(1 + u) + 2u|m|) √(1 + γ).
 * Here γ = (cols + 16) u bounds the error of the sum of squares and of the few operations that turn it into a distance.
 */
import { addSquare, storeTile } from '../../lib/blocks';
import { WARD } from '../lance-williams';
import { distanceOf, placeOf } from './means';
import { lot, settle } from './lists';
import {
  BOUND,
  CAPACITY,
  COLS,
  COUNT,
  DISTANCE,
  ENTRY,
  f64At,
  GUESS,
  listOf,
  LIVE,
  METHOD,
  NAME_AT,
  NEAREST,
  NONE,
  PANELS,
  PLACE,
  SCALE,
  SEARCH,
  setF64,
  setU32,
  SIZE,
  SLACK,
  u32At,
  WEIGHT,
  word,
} from './table';
import { NOT_FINITE, OK } from '../../lib/status';
import { batchOf, TILE, TOP } from './sizes';

export const UNIT: f64 = 5.9604644775390625e-8;
/** Bytes of panels that stay in the cache while all queries of a batch are compared with them. */
const CACHE: u32 = 1 << 17;
export const LIMIT: usize = 0;
const OWN: usize = 4;
const SELF: usize = 8;
const EXACT: usize = 12;
const LEAST: usize = 16;
const FOUND: usize = 24;
const NEAR: usize = 32;

/** The limit of sums for a given distance: half the distance for ward, else the distance minus the query's own spread. */
@inline
function limitOf(ward: bool, distance: f32, own: f32): f32 {
  return ward ? distance * 0.5 : distance - own;
}

/** Insert a place into the CAPACITY nearest if it belongs there. */
@inline
export function insertNear(top: usize, value: f32, place: u32): void {
  const near = top + NEAR;
  let k = CAPACITY - 1;
  if (!(value < load<f32>(near + ((k as usize) << 3)))) return;
  while (k > 0 && load<f32>(near + (((k - 1) as usize) << 3)) > value) {
    store<u64>(near + ((k as usize) << 3), load<u64>(near + (((k - 1) as usize) << 3)));
    k--;
  }
  store<f32>(near + ((k as usize) << 3), value);
  store<u32>(near + ((k as usize) << 3), place, 4);
}

/** The distance of the last of the CAPACITY nearest: only smaller ones are inserted. */
@inline
export function farthest(top: usize): f32 {
  return load<f32>(top + NEAR + (((CAPACITY - 1) as usize) << 3));
}

/** Process 4 queries x one panel if some sums are below a limit. A separate function, since this is rare. */
export function takeHits(table: usize, tops: usize, tile: usize, first: u32): void {
  const ward = word(table, METHOD) == WARD;
  const weights = (word(table, WEIGHT) as usize) + ((first as usize) << 2);
  for (let r: u32 = 0; r < 4; r++) {
    const top = tops + (r as usize) * TOP;
    const own = load<f32>(top + OWN);
    const self = load<u32>(top + SELF);
    for (let lane: u32 = 0; lane < 8; lane++) {
      const sum = load<f32>(tile + ((r as usize) << 5) + ((lane as usize) << 2));
      const weight = load<f32>(weights + ((lane as usize) << 2));
      const limit = load<f32>(top + LIMIT);
      const place = first + lane;
      if (!(ward ? sum < limit * (own + weight) : sum < limit - weight) || place == self) continue;
      if (load<u32>(top + EXACT)) {
        const name = u32At(table, NAME_AT, self);
        const other = u32At(table, NAME_AT, place);
        const exact = distanceOf(table, name, other);
        const least = load<f64>(top + LEAST);
        const found = load<u32>(top + FOUND);
        if (exact < least || (exact == least && found != NONE && lot(name, other) < lot(name, found))) {
          store<f64>(top + LEAST, exact);
          store<u32>(top + FOUND, other);
        }
        continue;
      }
      const value: f32 = ward ? (sum + sum) / (own + weight) : sum + (own + weight);
      insertNear(top, value, place);
      store<f32>(top + LIMIT, limitOf(ward, farthest(top), own));
    }
  }
}

@inline
function below(ward: bool, sum: v128, limit: v128, own: v128, weight: v128): v128 {
  return f32x4.lt(sum, ward ? f32x4.mul(limit, f32x4.add(own, weight)) : f32x4.sub(limit, weight));
}

@inline
function strip(ward: bool, table: usize, tops: usize, rows: usize, begin: u32, end: u32, tile: usize): void {
  const d = word(table, COLS);
  const size = (d as usize) << 5;
  const stride = (d as usize) << 2;
  let panel = (word(table, PANELS) as usize) + (begin as usize) * size;
  let weights = (word(table, WEIGHT) as usize) + ((begin as usize) << 5);
  for (let p = begin; p < end; p++) {
    let s00 = i64x2.splat(0),
      s01 = i64x2.splat(0),
      s10 = i64x2.splat(0),
      s11 = i64x2.splat(0);
    let s20 = i64x2.splat(0),
      s21 = i64x2.splat(0),
      s30 = i64x2.splat(0),
      s31 = i64x2.splat(0);
    const stop = panel + size;
    let a = rows;
    let b = rows + 2 * stride;
    while (panel < stop) {
      const p0 = v128.load(panel);
      const p1 = v128.load(panel, 16);
      let v = v128.load32_splat(a);
      s00 = addSquare<f32>(s00, v, p0);
      s01 = addSquare<f32>(s01, v, p1);
      v = v128.load32_splat(a + stride);
      s10 = addSquare<f32>(s10, v, p0);
      s11 = addSquare<f32>(s11, v, p1);
      v = v128.load32_splat(b);
      s20 = addSquare<f32>(s20, v, p0);
      s21 = addSquare<f32>(s21, v, p1);
      v = v128.load32_splat(b + stride);
      s30 = addSquare<f32>(s30, v, p0);
      s31 = addSquare<f32>(s31, v, p1);
      panel += 32;
      a += 4;
      b += 4;
    }
    const w0 = v128.load(weights);
    const w1 = v128.load(weights, 16);
    let hits = i64x2.splat(0);
    let limit = v128.load32_splat(tops + LIMIT);
    let own = v128.load32_splat(tops + OWN);
    hits = v128.or(below(ward, s00, limit, own, w0), below(ward, s01, limit, own, w1));
    limit = v128.load32_splat(tops + TOP + LIMIT);
    own = v128.load32_splat(tops + TOP + OWN);
    hits = v128.or(hits, v128.or(below(ward, s10, limit, own, w0), below(ward, s11, limit, own, w1)));
    limit = v128.load32_splat(tops + 2 * TOP + LIMIT);
    own = v128.load32_splat(tops + 2 * TOP + OWN);
    hits = v128.or(hits, v128.or(below(ward, s20, limit, own, w0), below(ward, s21, limit, own, w1)));
    limit = v128.load32_splat(tops + 3 * TOP + LIMIT);
    own = v128.load32_splat(tops + 3 * TOP + OWN);
    hits = v128.or(hits, v128.or(below(ward, s30, limit, own, w0), below(ward, s31, limit, own, w1)));
    if (v128.any_true(hits)) {
      storeTile(tile, s00, s01, s10, s11, s20, s21, s30, s31);
      takeHits(table, tops, tile, p * 8);
    }
    weights += 32;
  }
}

/** 4 queries x panels [begin, end), ward. Exported so that it stays a separate function; sums.ts tells why. */
export function searchStripWard(
  table: usize,
  tops: usize,
  rows: usize,
  begin: u32,
  end: u32,
  tile: usize,
): void {
  strip(true, table, tops, rows, begin, end, tile);
}

/** The same for squared distances plus spreads. */
export function searchStripMeans(
  table: usize,
  tops: usize,
  rows: usize,
  begin: u32,
  end: u32,
  tile: usize,
): void {
  strip(false, table, tops, rows, begin, end, tile);
}

/** All queries of a batch (a multiple of 4) x all panels. */
@inline
function pass(table: usize, tops: usize, rows: usize, queries: u32, tile: usize): void {
  const d = word(table, COLS);
  const ward = word(table, METHOD) == WARD;
  const panels = (word(table, LIVE) + 7) >> 3;
  const block = max<u32>(8, CACHE / (d << 5));
  for (let begin: u32 = 0; begin < panels; begin += block) {
    const end = min<u32>(panels, begin + block);
    for (let q: u32 = 0; q < queries; q += 4) {
      const top = tops + (q as usize) * TOP;
      const row = rows + (((q as usize) * d) << 2);
      if (ward) searchStripWard(table, top, row, begin, end, tile);
      else searchStripMeans(table, top, row, begin, end, tile);
    }
  }
}

/** A query that finds nothing, to fill up a group of 4. Its limit is NaN, and no number is below NaN. */
@inline
function idle(top: usize): void {
  store<f32>(top + LIMIT, NaN);
  store<f32>(top + OWN, 1);
  store<u32>(top + EXACT, 0);
}

/** Prepare a query. */
@inline
export function ask(table: usize, name: u32, top: usize, row: usize): void {
  const d = word(table, COLS);
  const place = u32At(table, PLACE, name);
  let from = placeOf(table, place);
  for (let k: u32 = 0; k < d; k++) {
    store<f32>(row + ((k as usize) << 2), load<f32>(from));
    from += 32;
  }
  store<f32>(top + LIMIT, Infinity);
  store<f32>(top + OWN, load<f32>((word(table, WEIGHT) as usize) + ((place as usize) << 2)));
  store<u32>(top + SELF, place);
  store<u32>(top + EXACT, 0);
  for (let k: u32 = 0; k < CAPACITY; k++) {
    store<f32>(top + NEAR + ((k as usize) << 3), Infinity);
    store<u32>(top + NEAR + ((k as usize) << 3), NONE, 4);
  }
}

/** How much too large the root of a computed distance can be because means are rounded; scaled. */
@inline
export function lowering(table: usize, name: u32, row: usize): f64 {
  const d = word(table, COLS);
  let norm: f64 = 0;
  for (let k: u32 = 0; k < d; k++) {
    const x = load<f32>(row + ((k as usize) << 2)) as f64;
    norm += x * x;
  }
  // The squared distance of ward has the factor 2 s t / (s + t), which is less than 2 s.
  const factor = word(table, METHOD) == WARD ? sqrt(2 * f64At(table, SIZE, name)) : 1;
  return factor * (2.1 * UNIT * sqrt(norm) + 2 * load<f64>(table + SLACK) + 1e-17);
}

/** A lower bound, not scaled, of the distance that was computed as `value`. */
@inline
export function lowered(value: f64, gamma: f64, less: f64, scale: f64): f64 {
  const root = (sqrt(value * gamma) - less) * (1 - 2 * UNIT);
  return root > 0 ? (root / scale) * (root / scale) : 0;
}

/** Make the list of a cluster from the results of its query. */
@inline
export function makeList(table: usize, name: u32, top: usize, gamma: f64, less: f64, scale: f64): void {
  const list = listOf(table, name);
  let size: u32 = 0;
  while (size < CAPACITY) {
    const near = top + NEAR + ((size as usize) << 3);
    const place = load<u32>(near, 4);
    if (place == NONE) break;
    const other = u32At(table, NAME_AT, place);
    const entry = list + (size as usize) * ENTRY;
    store<u32>(entry, other);
    store<u32>(entry, (f64At(table, SIZE, other) as u32) | GUESS, 4);
    store<f64>(entry, lowered(load<f32>(near) as f64, gamma, less, scale), 8);
    size++;
  }
  setU32(table, COUNT, name, size);
  // If the list is not full, it holds all other clusters.
  setF64(
    table,
    BOUND,
    name,
    size < CAPACITY ? Infinity : load<f64>(list + ((CAPACITY - 1) as usize) * ENTRY, 8),
  );
}

/** A factor that turns a computed squared distance into a lower bound. */
@inline
export function gammaOf(d: u32): f64 {
  return 1 - ((d + 16) as f64) * 1.05 * UNIT;
}

/**
 * Find the nearest neighbour of each of the clusters SEARCH[begin], ..., SEARCH[end - 1], and make their lists anew.
 *
 * Shape: `scratch` per linkageLinearScratchBytes. Cost: O((end - begin) live cols).
 * Errors: NOT_FINITE if a cluster has no other cluster at a finite distance.
 */
export function linkageLinearSearch(table: usize, begin: u32, end: u32, scratch: usize): i32 {
  const d = word(table, COLS);
  const batch = batchOf(d);
  const ward = word(table, METHOD) == WARD;
  const scale = load<f64>(table + SCALE);
  const gamma = gammaOf(d);
  const tile = scratch;
  const tops = scratch + TILE;
  const rows = tops + (batch as usize) * TOP;
  for (let from = begin; from < end; from += batch) {
    const count = min<u32>(batch, end - from);
    const padded = (count + 3) & ~3;
    for (let q: u32 = 0; q < count; q++) {
      ask(table, u32At(table, SEARCH, from + q), tops + (q as usize) * TOP, rows + (((q as usize) * d) << 2));
    }
    for (let q = count; q < padded; q++) idle(tops + (q as usize) * TOP);
    pass(table, tops, rows, padded, tile);
    let unsettled = false;
    for (let q: u32 = 0; q < count; q++) {
      const name = u32At(table, SEARCH, from + q);
      const top = tops + (q as usize) * TOP;
      const less = lowering(table, name, rows + (((q as usize) * d) << 2));
      makeList(table, name, top, gamma, less, scale);
      const gone = settle(table, name);
      if (gone < 0) {
        idle(top);
        continue;
      }
      // Too many clusters are within rounding error of the least distance: compute all of these in float64.
      unsettled = true;
      const root = sqrt(gone) * scale + less;
      const limit = ((root * root) / (gamma * (1 - 4 * UNIT))) * (1 + 1e-6) + 1e-30;
      store<f32>(top + LIMIT, limitOf(ward, limit as f32, load<f32>(top + OWN)));
      store<u32>(top + EXACT, 1);
      store<f64>(top + LEAST, Infinity);
      store<u32>(top + FOUND, NONE);
    }
    if (!unsettled) continue;
    pass(table, tops, rows, padded, tile);
    for (let q: u32 = 0; q < count; q++) {
      const top = tops + (q as usize) * TOP;
      if (!load<u32>(top + EXACT)) continue;
      const found = load<u32>(top + FOUND);
      if (found == NONE) return NOT_FINITE;
      const name = u32At(table, SEARCH, from + q);
      setU32(table, NEAREST, name, found);
      setF64(table, DISTANCE, name, load<f64>(top + LEAST));
      setF64(table, BOUND, name, load<f64>(top + LEAST));
    }
  }
  return OK;
}
