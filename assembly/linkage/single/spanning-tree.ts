/**
 * Single linkage that reads each row of distances once. The minimum spanning tree of rows i+1 .. n-1 is extended
 * by row i, for i from n-2 down to 0. Each step needs only row i of the condensed matrix.
 *
 * Edges (i, j), i < j, have one total order: by length, then i, then j. The tree is the minimum in that order, and its
 * edges in that order are the merges. So ties do not depend on when trees are made or how rows are divided into calls.
 *
 * The current tree limits which edges of a new row can matter. Let j* be the first of the rows nearest to i, and c(j) the
 * largest edge on the tree's path from j* to j. The edge (i, j) can be in the new tree only if d(i, j) <= c(j): otherwise
 * it closes a cycle through j* in which it is the largest edge. So a row takes one pass of vector comparisons. The few
 * edges that pass this filter go to a *pool*. When the pool has grown enough, Kruskal's algorithm makes the next tree
 * from the old one and the pool. Until then c may be too large: then too many edges pass, but never too few.
 *
 * c is not kept for every j*, only for some *roots* r: c_r(j) is the largest edge on the path from r to j. That is an
 * ultrametric, so if c_r(j*) < d(i, j*), both filters agree. Otherwise max(c_r(j), c_r(j*)) is used, which lets more
 * edges pass. If many more pass, j* becomes a root.
 *
 * If nearly every row changes nearly every edge (rows sorted by how central they are, or many equal rows), slink.ts takes
 * over.
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

/** Elements compared between two checks of the result. */
const BLOCK: u32 = 256;
/** slink.ts takes over when more edges have passed than this number times (n + rows processed). */
const RESTLESS: u32 = 64;

/** Prepare the scratch: the tree is row n - 1 alone. */
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

/** Prepare the scratch for a new run. */
export function linkageSpanningTreeInitF32(n: u32, scratch: usize): i32 {
  init<f32>(n, scratch);
  return 0;
}

/** Prepare the scratch for a new run. */
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
 * Compare row[lo, hi) with the larger of reach[lo, hi) and `floor`. Elements that are not above it pass the filter.
 * @param passed receives the indices of the elements that pass, ascending
 * @param nearestAt receives the index of the least element, the first one on a tie
 * @returns how many pass
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

/** See sieve. Exported so that it stays a separate function; sums.ts tells why. */
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

/** Put the edges of row i that may be in the tree into the pool, and extend the reaches to row i. */
@inline
function pour<T extends number>(row: usize, scratch: usize, n: u32, i: u32, count: u32): void {
  const nearest = word(nearestPtr(scratch, n), i);
  const passed = passedPtr(scratch, n);
  const ends = poolEndsPtr(scratch, n);
  const lengths = poolPtr<T>(scratch, n);
  let pooled = load<u32>(scratch, POOLED);
  const before = pooled;
  const least = at<T>(row, nearest);
  // In descending order of j, like the rows: among equal edges, the later one in the pool is the lower in the order.
  for (let k = count; k > 0; k--) {
    const j = word(passed, k - 1);
    if (j == nearest) continue;
    put<T>(lengths, pooled, at<T>(row, j));
    store<u32>(ends + ((pooled as usize) << 3), i);
    store<u32>(ends + ((pooled as usize) << 3), j, 4);
    pooled++;
  }
  // Last, since among equal edges of this row it has the smallest j.
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

/** Process row i. */
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
    // The address at which element (i, 0) would be.
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
 * Continue until `end` of the n - 1 rows are done. Row n - 2 is the first, row 0 the last.
 *
 * Shape: `distPtr` the address at which element 0 of the condensed f32 matrix is, or would be: only the rows still to be
 * done must be in memory; `outPtr` (n-1) x 4 f64, written after the last row: two rows, the height, 0.
 * Units: those of the input.
 * Memory: does not change distances; scratch per linkageSpanningTreeScratchBytes, prepared by
 * linkageSpanningTreeInitF32.
 * Errors: NOT_FINITE.
 */
export function linkageSpanningTreeF32(distPtr: usize, n: u32, end: u32, scratch: usize, outPtr: usize): i32 {
  return grow<f32>(distPtr, n, end, scratch, outPtr);
}

/** As linkageSpanningTreeF32, in float64. */
export function linkageSpanningTreeF64(distPtr: usize, n: u32, end: u32, scratch: usize, outPtr: usize): i32 {
  return grow<f64>(distPtr, n, end, scratch, outPtr);
}
