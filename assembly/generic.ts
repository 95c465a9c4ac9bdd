/**
 * Linkage by Müllner's generic algorithm: any method, used for centroid and median, whose heights may
 * fall (an inversion), so that neither a chain nor a sort by height may be used.
 *
 * Scratch, for n rows:        Invariants:
 *   header    4 u32: active clusters, merges done
 *   active    n u32  ascending
 *   size      n f64  rows of a cluster, kept at the index of its larger part
 *   id        n u32  number of the cluster in the output
 *   neighbour n u32  candidate among the clusters behind it
 *   bound     n f64  never above the distance to the nearest cluster behind it
 *   heap, place      clusters ordered by bound
 *
 * Cost: O(n³) time at worst, O(n²) on all data seen. Source: Müllner 2011, arXiv:1109.2378, section 3.1.
 */
import { dropActive, fillActive, findActive } from './activelist';
import { condensedIndex, condensedRow } from './condensed';
import { heapBuild, heapChange, heapPop, heapTop } from './heap';
import { lanceWilliams } from './lancewilliams';
import { NOT_FINITE, OK } from './status';

const HEADER: usize = 16;

// @ts-ignore: decorator
@inline
function words(n: u32): usize {
  return ((n as usize) * 4 + 15) & ~15;
}

/** Bytes of scratch for n rows. */
export function linkageGenericScratchBytes(n: u32): usize {
  return HEADER + words(n) * 5 + (n as usize) * 16;
}

// @ts-ignore: decorator
@inline
function activeOf(scratchPtr: usize): usize {
  return scratchPtr + HEADER;
}
// @ts-ignore: decorator
@inline
function idOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + words(n);
}
// @ts-ignore: decorator
@inline
function neighbourOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + words(n) * 2;
}
// @ts-ignore: decorator
@inline
function heapOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + words(n) * 3;
}
// @ts-ignore: decorator
@inline
function placeOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + words(n) * 4;
}
// @ts-ignore: decorator
@inline
function sizeOf(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + words(n) * 5;
}
// @ts-ignore: decorator
@inline
function boundOf(scratchPtr: usize, n: u32): usize {
  return sizeOf(scratchPtr, n) + (n as usize) * 8;
}

/** The nearest cluster behind the one at position `at`, written to neighbour and returned as a distance. */
// @ts-ignore: decorator
@inline
function search<T extends number>(
  distPtr: usize, n: u32, activePtr: usize, count: u32, at: u32, neighbourPtr: usize,
): f64 {
  const x = load<u32>(activePtr + ((at as usize) << 2));
  const rowPtr = distPtr + ((condensedRow(n, x) - x - 1) as usize) * sizeof<T>();
  let least = Infinity as T;
  let y: u32 = x;
  for (let k = at + 1; k < count; k++) {
    const i = load<u32>(activePtr + ((k as usize) << 2));
    const value = load<T>(rowPtr + (i as usize) * sizeof<T>());
    if (value < least) {
      least = value;
      y = i;
    }
  }
  store<u32>(neighbourPtr + ((x as usize) << 2), y);
  return least as f64;
}

export function searchBehindF32(
  distPtr: usize, n: u32, activePtr: usize, count: u32, at: u32, neighbourPtr: usize,
): f64 {
  return search<f32>(distPtr, n, activePtr, count, at, neighbourPtr);
}

export function searchBehindF64(
  distPtr: usize, n: u32, activePtr: usize, count: u32, at: u32, neighbourPtr: usize,
): f64 {
  return search<f64>(distPtr, n, activePtr, count, at, neighbourPtr);
}

// @ts-ignore: decorator
@inline
function searchBehind<T extends number>(
  distPtr: usize, n: u32, activePtr: usize, count: u32, at: u32, neighbourPtr: usize,
): f64 {
  if (sizeof<T>() == 4) return searchBehindF32(distPtr, n, activePtr, count, at, neighbourPtr);
  return searchBehindF64(distPtr, n, activePtr, count, at, neighbourPtr);
}

// @ts-ignore: decorator
@inline
function searchRows<T extends number>(distPtr: usize, n: u32, rowBegin: u32, rowEnd: u32, scratchPtr: usize): void {
  for (let i = rowBegin; i < rowEnd; i++) {
    store<f64>(
      boundOf(scratchPtr, n) + ((i as usize) << 3),
      searchBehind<T>(distPtr, n, activeOf(scratchPtr), n, i, neighbourOf(scratchPtr, n)),
    );
  }
}

/** Prepare the scratch, first step: every row a cluster. */
export function linkageGenericInit(n: u32, scratchPtr: usize): i32 {
  store<u32>(scratchPtr, n);
  store<u32>(scratchPtr, 0, 4);
  fillActive(activeOf(scratchPtr), n);
  for (let i: u32 = 0; i < n; i++) {
    store<f64>(sizeOf(scratchPtr, n) + ((i as usize) << 3), 1);
    store<u32>(idOf(scratchPtr, n) + ((i as usize) << 2), i);
  }
  return 0;
}

/** Prepare the scratch, second step: the nearest behind each of the rows [rowBegin, rowEnd). */
export function linkageGenericSearchF32(
  distPtr: usize, n: u32, rowBegin: u32, rowEnd: u32, scratchPtr: usize,
): i32 {
  searchRows<f32>(distPtr, n, rowBegin, rowEnd, scratchPtr);
  return 0;
}

/** As linkageGenericSearchF32, in float64. */
export function linkageGenericSearchF64(
  distPtr: usize, n: u32, rowBegin: u32, rowEnd: u32, scratchPtr: usize,
): i32 {
  searchRows<f64>(distPtr, n, rowBegin, rowEnd, scratchPtr);
  return 0;
}

/** Prepare the scratch, third step: order the rows by what was found. */
export function linkageGenericOrder(n: u32, scratchPtr: usize): i32 {
  // The last row has nothing behind it; its bound is infinite and stays out of the heap.
  heapBuild(heapOf(scratchPtr, n), placeOf(scratchPtr, n), boundOf(scratchPtr, n), n - 1);
  return 0;
}

// @ts-ignore: decorator
@inline
function merges<T extends number>(
  distPtr: usize, n: u32, method: i32, mergeEnd: u32, scratchPtr: usize, outPtr: usize,
): i32 {
  const activePtr = activeOf(scratchPtr);
  const idPtr = idOf(scratchPtr, n);
  const neighbourPtr = neighbourOf(scratchPtr, n);
  const heapPtr = heapOf(scratchPtr, n);
  const placePtr = placeOf(scratchPtr, n);
  const sizesPtr = sizeOf(scratchPtr, n);
  const boundPtr = boundOf(scratchPtr, n);
  let count = load<u32>(scratchPtr);
  for (let merge = load<u32>(scratchPtr, 4); merge < mergeEnd; merge++) {
    // count clusters stand, and all but the last are in the heap.
    let x: u32, y: u32;
    let dxy: f64;
    while (true) {
      x = heapTop(heapPtr);
      y = load<u32>(neighbourPtr + ((x as usize) << 2));
      dxy = load<f64>(boundPtr + ((x as usize) << 3));
      if (y != x && (load<T>(distPtr + (condensedIndex(n, x, y) as usize) * sizeof<T>()) as f64) == dxy) break;
      const at = findActive(activePtr, count, x);
      const found = searchBehind<T>(distPtr, n, activePtr, count, at, neighbourPtr);
      if (load<u32>(neighbourPtr + ((x as usize) << 2)) == x) return NOT_FINITE;
      heapChange(heapPtr, placePtr, boundPtr, count - 1, x, found);
    }
    heapPop(heapPtr, placePtr, boundPtr, count - 1);

    const idX = load<u32>(idPtr + ((x as usize) << 2));
    const idY = load<u32>(idPtr + ((y as usize) << 2));
    const nx = load<f64>(sizesPtr + ((x as usize) << 3));
    const ny = load<f64>(sizesPtr + ((y as usize) << 3));
    const row = outPtr + ((merge as usize) << 5);
    store<f64>(row, min<u32>(idX, idY) as f64);
    store<f64>(row, max<u32>(idX, idY) as f64, 8);
    store<f64>(row, dxy, 16);
    store<f64>(row, nx + ny, 24);

    dropActive(activePtr, count, x);
    count--;
    store<f64>(sizesPtr + ((y as usize) << 3), nx + ny);
    store<u32>(idPtr + ((y as usize) << 2), n + merge);

    for (let k: u32 = 0; k < count; k++) {
      const i = load<u32>(activePtr + ((k as usize) << 2));
      if (i == y) continue;
      const ix = condensedIndex(n, min<u32>(i, x), max<u32>(i, x));
      const toPtr = distPtr + (condensedIndex(n, min<u32>(i, y), max<u32>(i, y)) as usize) * sizeof<T>();
      // In the element's own arithmetic, as over the full square.
      const value = lanceWilliams<T, T>(
        method,
        load<T>(distPtr + (ix as usize) * sizeof<T>()),
        load<T>(toPtr),
        dxy as T, nx as T, ny as T,
        load<f64>(sizesPtr + ((i as usize) << 3)) as T,
      );
      store<T>(toPtr, value);
      if (i < x && load<u32>(neighbourPtr + ((i as usize) << 2)) == x) {
        store<u32>(neighbourPtr + ((i as usize) << 2), y);
      }
      if (i < y && (value as f64) < load<f64>(boundPtr + ((i as usize) << 3))) {
        store<u32>(neighbourPtr + ((i as usize) << 2), y);
        heapChange(heapPtr, placePtr, boundPtr, count - 1, i, value as f64);
      }
    }
    const at = findActive(activePtr, count, y);
    if (at + 1 < count) {
      const found = searchBehind<T>(distPtr, n, activePtr, count, at, neighbourPtr);
      heapChange(heapPtr, placePtr, boundPtr, count - 1, y, found);
    }
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
 * overwrites distPtr; scratch per linkageGenericScratchBytes(n), prepared by the three
 * steps of preparation.
 * Errors: NOT_FINITE where a distance overflows on the way.
 */
export function linkageGenericF32(
  distPtr: usize, n: u32, method: i32, mergeEnd: u32, scratchPtr: usize, outPtr: usize,
): i32 {
  return merges<f32>(distPtr, n, method, mergeEnd, scratchPtr, outPtr);
}

/** As linkageGenericF32, in float64. */
export function linkageGenericF64(
  distPtr: usize, n: u32, method: i32, mergeEnd: u32, scratchPtr: usize, outPtr: usize,
): i32 {
  return merges<f64>(distPtr, n, method, mergeEnd, scratchPtr, outPtr);
}
