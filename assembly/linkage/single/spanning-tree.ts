/**
 * Single linkage from rows of distances that are seen once: the minimum spanning tree of rows i .. n-1 is grown
 * by row i, for i from n-2 down to 0, so that row i of the condensed matrix is all that is new.
 *
 * Edges (i, j), i < j, stand in one order: by length, then i, then j. The tree is the least in that order, and its edges
 * are the merges, in that order; so ties do not depend on when trees are made or how rows are cut into calls.
 *
 * The tree that stands bounds what a new row can change. Let j* be the first of those nearest to i, and c(j) the largest
 * edge on the tree's path from j* to j. Only where d(i, j) <= c(j) can the edge (i, j) be in the new tree: otherwise it
 * closes a circle through j* on which nothing is larger. So a row is one pass of comparisons, in vectors, and
 * what passes, a few edges, goes to a *pool*; once that has grown to some size, Kruskal makes the next tree of the
 * old one and the pool. Until then c is only too large, which lets too much pass, never too little.
 *
 * c is kept for some *roots* r instead of every j*: the largest edge on the way from r. That is an ultrametric, so
 * where c_r(j*) < d(i, j*) the two filters agree; elsewhere max(c_r(j), c_r(j*)) lets more pass, and if that
 * is much more, j* becomes a root.
 *
 * Data on which nearly every row changes nearly every edge (rows sorted by how central they are, or many rows that are
 * equal) go on in slink.ts.
 *
 * Cost: O(n²) time, each distance read once, O(n) memory. Source: Kruskal 1956; Gower and Ross 1969, Applied
 * Statistics 18, 54, for the tree; the filter is our own.
 */
import { condensedRow } from '../../lib/condensed';
import { findNonFiniteF32, findNonFiniteF64 } from '../../lib/finite';
import { pointAll, pointRowF32, pointRowF64, writePointers } from './slink';
import { at, put, setWord, word } from '../../lib/memory';
import { makeTreeF32, makeTreeF64, reachF32, reachF64 } from './edges';
import {
  BUILT,
  CURRENT,
  DONE,
  FILLED,
  OLDEST,
  PASSED,
  POINTERS,
  POOLED,
  SIDE,
  leastPtr,
  linePtr,
  nearestPtr,
  passedPtr,
  placePtr,
  poolEndsPtr,
  poolPtr,
  reachPtr,
  treeEndsPtr,
  treePtr,
} from './layout';
import { NOT_FINITE, OK } from '../../lib/status';
import { ROOTS } from './sizes';

/** Elements that are compared between two looks at what came out. */
const BLOCK: u32 = 256;
/** Edges that may have passed, for each row seen and for all n together, before slink.ts takes over. */
const RESTLESS: u32 = 64;

/** Prepare the scratch: only row n - 1 has been seen. */
@inline
function init<T extends number>(n: u32, scratch: usize): void {
  memory.fill(scratch, 0, 128);
  store<u32>(scratch, n - 1, BUILT);
  setWord(linePtr(scratch, n), 0, n - 1);
  setWord(placePtr(scratch, n), n - 1, 0);
  store<u32>(scratch, 1, FILLED);
  store<u32>(scratch, 1, OLDEST);
  if (sizeof<T>() == 4) reachF32(scratch, n, 0, n - 1);
  else reachF64(scratch, n, 0, n - 1);
}

/** Prepare the scratch for a run from the beginning. */
export function linkageSpanningTreeInitF32(n: u32, scratch: usize): i32 {
  init<f32>(n, scratch);
  return 0;
}

/** Prepare the scratch for a run from the beginning. */
export function linkageSpanningTreeInitF64(n: u32, scratch: usize): i32 {
  init<f64>(n, scratch);
  return 0;
}

@inline
function leastLane<T extends number>(v: v128): T {
  if (sizeof<T>() == 4) {
    return min<f32>(
      min<f32>(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
      min<f32>(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
    ) as T;
  }
  return min<f64>(f64x2.extract_lane(v, 0), f64x2.extract_lane(v, 1)) as T;
}

/**
 * Compare row[lo, hi) with what is reached.
 * Exported so that it stays a function that is entered again and again; see sums.ts.
 * @param nearestAt gets the first of the least elements
 * @returns how many are not above reach or, where that is larger, `floor`; `passed` gets them, ascending
 */
@inline
function sieve<T extends number>(
  row: usize,
  reach: usize,
  lo: u32,
  hi: u32,
  floor: T,
  passed: usize,
  nearestAt: usize,
): u32 {
  const lanes = (16 / sizeof<T>()) as u32;
  const floors = v128.splat<T>(floor);
  let count: u32 = 0;
  let best = Infinity as T;
  let block = hi;
  for (let b = lo; b < hi; b += BLOCK) {
    const end = min<u32>(hi, b + BLOCK);
    let m0 = v128.splat<T>(Infinity as T),
      m1 = m0;
    let f0 = i64x2.splat(0),
      f1 = f0;
    let p = row + (b as usize) * sizeof<T>();
    let q = reach + (b as usize) * sizeof<T>();
    const stop = row + (end as usize) * sizeof<T>();
    for (; p + 32 <= stop; p += 32, q += 32) {
      const x = v128.load(p);
      const y = v128.load(p, 16);
      m0 = v128.pmin<T>(m0, x);
      m1 = v128.pmin<T>(m1, y);
      f0 = v128.or(f0, v128.le<T>(x, v128.pmax<T>(floors, v128.load(q))));
      f1 = v128.or(f1, v128.le<T>(y, v128.pmax<T>(floors, v128.load(q, 16))));
    }
    let least = leastLane<T>(v128.pmin<T>(m0, m1));
    let any = v128.any_true(v128.or(f0, f1));
    for (; p < stop; p += sizeof<T>(), q += sizeof<T>()) {
      const x = load<T>(p);
      if (x < least) least = x;
      if (x <= load<T>(q) || x <= floor) any = true;
    }
    if (least < best) {
      best = least;
      block = b;
    }
    if (!any) continue;
    let j = b;
    for (; j + lanes <= end; j += lanes) {
      const offset = (j as usize) * sizeof<T>();
      const within = v128.le<T>(v128.load(row + offset), v128.pmax<T>(floors, v128.load(reach + offset)));
      let bits: u32 = sizeof<T>() == 4 ? i32x4.bitmask(within) : i64x2.bitmask(within);
      while (bits != 0) {
        setWord(passed, count++, j + ctz<u32>(bits));
        bits &= bits - 1;
      }
    }
    for (; j < end; j++) {
      const x = at<T>(row, j);
      if (x <= at<T>(reach, j) || x <= floor) setWord(passed, count++, j);
    }
  }
  while (at<T>(row, block) != best) block++;
  store<u32>(nearestAt, block);
  return count;
}

/** See sieve; a function of its own, see sums.ts. */
export function sieveF32(
  row: usize,
  reach: usize,
  lo: u32,
  hi: u32,
  floor: f32,
  passed: usize,
  nearestAt: usize,
): u32 {
  return sieve<f32>(row, reach, lo, hi, floor, passed, nearestAt);
}

/** As sieveF32, in float64. */
export function sieveF64(
  row: usize,
  reach: usize,
  lo: u32,
  hi: u32,
  floor: f64,
  passed: usize,
  nearestAt: usize,
): u32 {
  return sieve<f64>(row, reach, lo, hi, floor, passed, nearestAt);
}

@inline
function sift<T extends number>(row: usize, scratch: usize, n: u32, i: u32, slot: u32, floor: T): u32 {
  const reach = reachPtr<T>(scratch, n, slot);
  const passed = passedPtr(scratch, n);
  const nearestAt = nearestPtr(scratch, n) + ((i as usize) << 2);
  return sizeof<T>() == 4
    ? sieveF32(row, reach, i + 1, n, floor as f32, passed, nearestAt)
    : sieveF64(row, reach, i + 1, n, floor as f64, passed, nearestAt);
}

/** Put the edges of row i that may be in the tree into the pool; how many. */
@inline
function pour<T extends number>(row: usize, scratch: usize, n: u32, i: u32, count: u32): void {
  const nearest = word(nearestPtr(scratch, n), i);
  const passed = passedPtr(scratch, n);
  const ends = poolEndsPtr(scratch, n);
  const lengths = poolPtr<T>(scratch, n);
  let pooled = load<u32>(scratch, POOLED);
  const before = pooled;
  const least = at<T>(row, nearest);
  // Backwards, as rows come: of equal edges the later one in the pool stands before the other.
  for (let k = count; k > 0; k--) {
    const j = word(passed, k - 1);
    if (j == nearest) continue;
    put<T>(lengths, pooled, at<T>(row, j));
    store<u32>(ends + ((pooled as usize) << 3), i);
    store<u32>(ends + ((pooled as usize) << 3), j, 4);
    pooled++;
  }
  // Of equal edges it has the smallest j.
  put<T>(lengths, pooled, least);
  store<u32>(ends + ((pooled as usize) << 3), i);
  store<u32>(ends + ((pooled as usize) << 3), nearest, 4);
  pooled++;
  store<u32>(scratch, pooled, POOLED);
  store<u32>(scratch, load<u32>(scratch, PASSED) + (pooled - before), PASSED);
  put<T>(leastPtr<T>(scratch, n), i, least);
  const filled = load<u32>(scratch, FILLED);
  for (let slot: u32 = 0; slot < filled; slot++) {
    const reach = reachPtr<T>(scratch, n, slot);
    const most = at<T>(reach, nearest);
    put<T>(reach, i, least > most ? least : most);
  }
}

/** Take in row i. */
@inline
function addRow<T extends number>(row: usize, scratch: usize, n: u32, i: u32): void {
  const seen = n - 1 - i;
  let slot = load<u32>(scratch, CURRENT);
  let count = sift<T>(row, scratch, n, i, slot, -Infinity as T);
  const nearest = word(nearestPtr(scratch, n), i);
  const least = at<T>(row, nearest);
  let floor = at<T>(reachPtr<T>(scratch, n, slot), nearest);
  if (floor >= least) {
    const filled = load<u32>(scratch, FILLED);
    for (let other: u32 = 0; other < filled; other++) {
      const most = at<T>(reachPtr<T>(scratch, n, other), nearest);
      if (most < floor) {
        floor = most;
        slot = other;
      }
    }
    count = sift<T>(row, scratch, n, i, slot, floor >= least ? floor : (-Infinity as T));
    if (floor >= least && count > max<u32>(16, seen >> 5) && nearest >= load<u32>(scratch, BUILT)) {
      slot = load<u32>(scratch, OLDEST);
      store<u32>(scratch, (slot + 1) % ROOTS, OLDEST);
      store<u32>(scratch, max<u32>(filled, slot + 1), FILLED);
      if (sizeof<T>() == 4) reachF32(scratch, n, slot, nearest);
      else reachF64(scratch, n, slot, nearest);
      count = sift<T>(row, scratch, n, i, slot, -Infinity as T);
    }
    store<u32>(scratch, slot, CURRENT);
  }
  pour<T>(row, scratch, n, i, count);
}

@inline
function makeTree<T extends number>(scratch: usize, n: u32): void {
  if (sizeof<T>() == 4) makeTreeF32(scratch, n);
  else makeTreeF64(scratch, n);
}

@inline
function writeTree<T extends number>(scratch: usize, n: u32, outPtr: usize): void {
  const side = load<u32>(scratch, SIDE);
  for (let k: u32 = 0; k + 1 < n; k++) {
    const ends = treeEndsPtr(scratch, n, side) + ((k as usize) << 3);
    const row = outPtr + ((k as usize) << 5);
    store<f64>(row, load<u32>(ends) as f64);
    store<f64>(row, load<u32>(ends, 4) as f64, 8);
    store<f64>(row, at<T>(treePtr<T>(scratch, n, side), k) as f64, 16);
    store<f64>(row, 0, 24);
  }
}

@inline
function isFiniteRow<T extends number>(row: usize, lo: u32, hi: u32): bool {
  return (sizeof<T>() == 4 ? findNonFiniteF32(row, lo, hi) : findNonFiniteF64(row, lo, hi)) == hi;
}

@inline
function grow<T extends number>(distPtr: usize, n: u32, end: u32, scratch: usize, outPtr: usize): i32 {
  for (let done = load<u32>(scratch, DONE); done < end; done++) {
    const i = n - 2 - done;
    // Where element (i, 0) would be.
    const row = distPtr + ((condensedRow(n, i) - i - 1) as usize) * sizeof<T>();
    if (!isFiniteRow<T>(row, i + 1, n)) return NOT_FINITE;
    if (load<u32>(scratch, POINTERS) != 0) {
      if (sizeof<T>() == 4) pointRowF32(row, scratch, n, i);
      else pointRowF64(row, scratch, n, i);
      store<u32>(scratch, done + 1, DONE);
      continue;
    }
    addRow<T>(row, scratch, n, i);
    store<u32>(scratch, done + 1, DONE);
    const restless = load<u32>(scratch, PASSED) > RESTLESS * (n + done);
    if (restless || load<u32>(scratch, POOLED) >= max<u32>(64, done >> 1)) makeTree<T>(scratch, n);
    if (restless) pointAll<T>(scratch, n);
  }
  if (end + 1 == n) {
    if (load<u32>(scratch, POINTERS) != 0) {
      writePointers<T>(scratch, n, outPtr);
    } else {
      if (load<u32>(scratch, POOLED) > 0) makeTree<T>(scratch, n);
      writeTree<T>(scratch, n, outPtr);
    }
  }
  return OK;
}

/**
 * Go on until `end` rows are done, of n - 1: row n - 2 is the first, row 0 the last.
 *
 * Shape: `distPtr` where element 0 of the condensed f32 matrix is, or would be: only the rows to be done need
 * be there; `outPtr` (n-1) x 4 f64, written at the end: two rows, the height, 0. Units: those of the input.
 * Memory: leaves distances as they are; scratch per linkageSpanningTreeScratchBytes, prepared by
 * linkageSpanningTreeInitF32. Errors: NOT_FINITE.
 */
export function linkageSpanningTreeF32(distPtr: usize, n: u32, end: u32, scratch: usize, outPtr: usize): i32 {
  return grow<f32>(distPtr, n, end, scratch, outPtr);
}

/** As linkageSpanningTreeF32, in float64. */
export function linkageSpanningTreeF64(distPtr: usize, n: u32, end: u32, scratch: usize, outPtr: usize): i32 {
  return grow<f64>(distPtr, n, end, scratch, outPtr);
}
