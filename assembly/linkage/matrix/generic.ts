/**
 * Linkage by Müllner's generic algorithm: any method, used for centroid and median, whose heights may
 * fall (an inversion), so that neither a chain nor a sort by height may be used.
 *
 * Clusters stand in a list by age: rows first, then merged clusters as they were made. A cluster keeps its nearest among
 * those *before* it. Since a merged cluster comes last, that holds until the nearest is merged; then the bound is still
 * no more than what is left, and the cluster is looked at again only when it is the least of all. So the pair that is
 * merged is, of all that are nearest, the one whose later cluster is the earliest, and then whose earlier one is:
 * squarelinkage.ts has the same rule.
 *
 * Scratch, for n rows:        Invariants:
 *   header    4 u32: active clusters, merges done
 *   list      n u32  the rows at which clusters are kept (the larger of the parts'), by age
 *   id        n u32  number of the cluster in the output
 *   nearest   n u32  the first of the nearest before it, or NONE where that has been merged
 *   size      n f64  rows of a cluster
 *   bound     n f64  the distance to the nearest, or no more than that to any before it
 *
 * Cost: O(n³) time at worst, O(n²) on all data seen. Source: Müllner 2011, arXiv:1109.2378, section 3.1; the search among
 * clusters before is our own.
 */
import { fillActive } from './active-list';
import { condensedIndex, condensedRow } from '../../lib/condensed';
import { lanceWilliams } from '../lance-williams';
import { at, put, setWord, word } from '../../lib/memory';
import { NOT_FINITE, OK } from '../../lib/status';

const HEADER: usize = 16;
const NONE: u32 = 0xffffffff;

@inline
function words(n: u32): usize {
  return ((n as usize) * 4 + 15) & ~15;
}

/** Bytes of scratch for n rows. */
export function linkageGenericScratchBytes(n: u32): usize {
  return HEADER + words(n) * 3 + (n as usize) * 16;
}

@inline
function listOf(scratchPtr: usize): usize {
  return scratchPtr + HEADER;
}
@inline
function idOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + words(n);
}
@inline
function nearestOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + words(n) * 2;
}
@inline
function sizeOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + words(n) * 3;
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

/** Prepare the scratch, first step: every row a cluster. */
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

/** Look whether rows [begin, end) are nearest to those after them. Ranges come in their order. */
@inline
function searchRows<T extends number>(distPtr: usize, n: u32, begin: u32, end: u32, scratchPtr: usize): void {
  const nearest = nearestOf(scratchPtr, n);
  const bound = boundOf(scratchPtr, n);
  for (let i = begin; i < end; i++) {
    // Where element (i, 0) would be.
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

/** Prepare the scratch, second step: what rows [rowBegin, rowEnd) are nearest to. In order, one after the other. */
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

/** Find the first of the nearest of the cluster at place `k` of the list, among those before it. */
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

/** Apart, so that they stay functions that are entered again and again; see sums.ts. */
export function searchBeforeF32(distPtr: usize, n: u32, k: u32, scratchPtr: usize): void {
  search<f32>(distPtr, n, k, scratchPtr);
}

/** As searchBeforeF32, in float64. */
export function searchBeforeF64(distPtr: usize, n: u32, k: u32, scratchPtr: usize): void {
  search<f64>(distPtr, n, k, scratchPtr);
}

/** The place in the list of the first cluster of the least bound; `count` where all are infinite. */
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
    // x is dropped, y is where the new cluster is kept.
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
      // In the element's own arithmetic, as over the full square.
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
 * Go on until `mergeEnd` merges are done.
 *
 * Shape: `distPtr` n(n-1)/2 f32, condensed, all finite; `outPtr` (n-1) x 4 f64, the rows of SciPy's Z in
 * their order. Units: those of the input; centroid and median expect squared distances. Memory:
 * overwrites distPtr; scratch per linkageGenericScratchBytes(n), prepared by the two
 * steps of preparation.
 * Errors: NOT_FINITE where a distance overflows on the way.
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
