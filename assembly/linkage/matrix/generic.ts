/**
 * Linkage by Müllner's generic algorithm. It works for any method. It is used for centroid and median, whose heights
 * may fall (an inversion), so that neither a chain nor a sort by height is possible.
 *
 * A list holds the clusters by age: rows first, then merged clusters in the order they were made. A cluster keeps its
 * nearest among the clusters *before* it. A merged cluster comes last, so this stays valid until the nearest is merged.
 * After that, the bound is still a lower bound for the clusters that remain, and the cluster is searched again only when
 * its bound is the least of all. Ties: among the pairs at the least distance, the one whose later cluster is the
 * earliest in the list is merged; if several share it, the one whose other cluster is the earliest. square.ts has the
 * same rule.
 *
 * Scratch, for n rows:        Invariants:
 *   header    4 u32: active clusters, merges done
 *   list      n u32  the index at which each cluster is kept (the higher index of its two parts), by age
 *   id        n u32  number of the cluster in the output
 *   nearest   n u32  the nearest cluster before it (the first on a tie), or NONE if that has been merged
 *   size      n f64  rows of a cluster
 *   bound     n f64  the distance to the nearest, or a lower bound of the distance to any cluster before it
 *
 * Cost: O(n³) time at worst, O(n²) on all data tried so far. Source: Müllner 2011, arXiv:1109.2378, section 3.1; the
 * search among earlier clusters is our own.
 */
import { fillActive } from './active-list';
import { condensedIndex, condensedRow } from '../../lib/condensed';
import { lanceWilliams } from '../lance-williams';
import { at, put, setWord, word } from '../../lib/memory';
import { NOT_FINITE, OK } from '../../lib/status';
import { HEADER, listBytes } from './sizes';

const NONE: u32 = 0xffffffff;

@inline
function listOf(scratchPtr: usize): usize {
  return scratchPtr + HEADER;
}
@inline
function idOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + listBytes(n);
}
@inline
function nearestOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + listBytes(n) * 2;
}
@inline
function sizeOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + listBytes(n) * 3;
}
@inline
function boundOf(scratchPtr: usize, n: u32): usize {
  return sizeOf(scratchPtr, n) + (n as usize) * 8;
}

/** Address of the distance between two clusters. */
@inline
function between<T extends number>(distPtr: usize, n: u32, i: u32, j: u32): usize {
  return distPtr + (condensedIndex(n, min<u32>(i, j), max<u32>(i, j)) as usize) * sizeof<T>();
}

/** Prepare the scratch, first step: every row is a cluster. */
export function linkageGenericInit(n: u32, scratchPtr: usize): i32 {
  store<u32>(scratchPtr, n);
  store<u32>(scratchPtr, 0, 4);
  fillActive(listOf(scratchPtr), n);
  for (let i: u32 = 0; i < n; i++) {
    put<f64>(sizeOf(scratchPtr, n), i, 1);
    put<f64>(boundOf(scratchPtr, n), i, Infinity);
    setWord(idOf(scratchPtr, n), i, i);
    setWord(nearestOf(scratchPtr, n), i, NONE);
  }
  return 0;
}

/** For each row after rows [begin, end), check whether one of these is its nearest. Ranges must come in ascending order. */
@inline
function searchRows<T extends number>(distPtr: usize, n: u32, begin: u32, end: u32, scratchPtr: usize): void {
  const nearest = nearestOf(scratchPtr, n);
  const bound = boundOf(scratchPtr, n);
  for (let i = begin; i < end; i++) {
    // The address at which element (i, 0) would be.
    const row = distPtr + ((condensedRow(n, i) - i - 1) as usize) * sizeof<T>();
    for (let j = i + 1; j < n; j++) {
      const value = at<T>(row, j) as f64;
      if (value < at<f64>(bound, j)) {
        put<f64>(bound, j, value);
        setWord(nearest, j, i);
      }
    }
  }
}

/** Prepare the scratch, second step: enter rows [rowBegin, rowEnd) as nearest of later rows. Ranges in ascending order, one at a time. */
export function linkageGenericSearchF32(
  distPtr: usize,
  n: u32,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
): i32 {
  searchRows<f32>(distPtr, n, rowBegin, rowEnd, scratchPtr);
  return 0;
}

/** As linkageGenericSearchF32, in float64. */
export function linkageGenericSearchF64(
  distPtr: usize,
  n: u32,
  rowBegin: u32,
  rowEnd: u32,
  scratchPtr: usize,
): i32 {
  searchRows<f64>(distPtr, n, rowBegin, rowEnd, scratchPtr);
  return 0;
}

/** Find the nearest of the cluster at position `k` of the list among the clusters before it; the first on a tie. */
@inline
function search<T extends number>(distPtr: usize, n: u32, k: u32, scratchPtr: usize): void {
  const list = listOf(scratchPtr);
  const x = word(list, k);
  let least = Infinity as T;
  let nearest = NONE;
  for (let p: u32 = 0; p < k; p++) {
    const i = word(list, p);
    const value = load<T>(between<T>(distPtr, n, i, x));
    if (value < least) {
      least = value;
      nearest = i;
    }
  }
  setWord(nearestOf(scratchPtr, n), x, nearest);
  put<f64>(boundOf(scratchPtr, n), x, least as f64);
}

/** See search. Exported so that it stays a separate function; sums.ts tells why. */
export function searchBeforeF32(distPtr: usize, n: u32, k: u32, scratchPtr: usize): void {
  search<f32>(distPtr, n, k, scratchPtr);
}

/** As searchBeforeF32, in float64. */
export function searchBeforeF64(distPtr: usize, n: u32, k: u32, scratchPtr: usize): void {
  search<f64>(distPtr, n, k, scratchPtr);
}

/** The position in the list of the first cluster with the least bound; `count` if all are infinite. */
@inline
function leastOf(list: usize, bound: usize, count: u32): u32 {
  let least: f64 = Infinity;
  let place = count;
  for (let k: u32 = 0; k < count; k++) {
    const value = at<f64>(bound, word(list, k));
    if (value < least) {
      least = value;
      place = k;
    }
  }
  return place;
}

@inline
function merges<T extends number>(
  distPtr: usize,
  n: u32,
  method: i32,
  mergeEnd: u32,
  scratchPtr: usize,
  outPtr: usize,
): i32 {
  const list = listOf(scratchPtr);
  const id = idOf(scratchPtr, n);
  const nearest = nearestOf(scratchPtr, n);
  const sizes = sizeOf(scratchPtr, n);
  const bound = boundOf(scratchPtr, n);
  let count = load<u32>(scratchPtr);
  for (let merge = load<u32>(scratchPtr, 4); merge < mergeEnd; merge++) {
    let a: u32, b: u32;
    while (true) {
      const place = leastOf(list, bound, count);
      if (place == count) return NOT_FINITE;
      a = word(list, place);
      b = word(nearest, a);
      if (b != NONE) break;
      if (sizeof<T>() == 4) searchBeforeF32(distPtr, n, place, scratchPtr);
      else searchBeforeF64(distPtr, n, place, scratchPtr);
    }
    const dxy = at<f64>(bound, a);
    // x is removed; the new cluster is kept at index y.
    const x = min<u32>(a, b);
    const y = max<u32>(a, b);
    const nx = at<f64>(sizes, x);
    const ny = at<f64>(sizes, y);
    const row = outPtr + ((merge as usize) << 5);
    store<f64>(row, min<u32>(word(id, x), word(id, y)) as f64);
    store<f64>(row, max<u32>(word(id, x), word(id, y)) as f64, 8);
    store<f64>(row, dxy, 16);
    store<f64>(row, nx + ny, 24);

    let least: f64 = Infinity;
    let first = NONE;
    let left: u32 = 0;
    for (let k: u32 = 0; k < count; k++) {
      const i = word(list, k);
      if (i == x || i == y) continue;
      setWord(list, left++, i);
      const toPtr = between<T>(distPtr, n, i, y);
      // Computed in the element type, as square.ts does.
      const value = lanceWilliams<T, T>(
        method,
        load<T>(between<T>(distPtr, n, i, x)),
        load<T>(toPtr),
        dxy as T,
        nx as T,
        ny as T,
        at<f64>(sizes, i) as T,
      );
      store<T>(toPtr, value);
      if ((value as f64) < least) {
        least = value as f64;
        first = i;
      }
      const own = word(nearest, i);
      if (own == x || own == y) setWord(nearest, i, NONE);
    }
    setWord(list, left, y);
    put<f64>(sizes, y, nx + ny);
    setWord(id, y, n + merge);
    setWord(nearest, y, first);
    put<f64>(bound, y, least);
    count--;
    store<u32>(scratchPtr, count);
    store<u32>(scratchPtr, merge + 1, 4);
  }
  return OK;
}

/**
 * Continue until `mergeEnd` merges are done.
 *
 * Shape: `distPtr` n(n-1)/2 f32, condensed, all finite; `outPtr` (n-1) x 4 f64, the rows of SciPy's Z in
 * their order.
 * Units: those of the input; centroid and median expect squared distances.
 * Memory: overwrites distPtr; scratch per linkageCondensedScratchBytes(n), prepared by linkageGenericInit and
 * linkageGenericSearchF32.
 * Errors: NOT_FINITE if a computed distance overflows.
 */
export function linkageGenericF32(
  distPtr: usize,
  n: u32,
  method: i32,
  mergeEnd: u32,
  scratchPtr: usize,
  outPtr: usize,
): i32 {
  return merges<f32>(distPtr, n, method, mergeEnd, scratchPtr, outPtr);
}

/** As linkageGenericF32, in float64. */
export function linkageGenericF64(
  distPtr: usize,
  n: u32,
  method: i32,
  mergeEnd: u32,
  scratchPtr: usize,
  outPtr: usize,
): i32 {
  return merges<f64>(distPtr, n, method, mergeEnd, scratchPtr, outPtr);
}
