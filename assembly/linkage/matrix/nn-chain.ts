/**
 * Linkage by nearest-neighbour chain: complete, average, weighted, ward.
 *
 * Follow nearest neighbours until two clusters are each other's nearest, merge them, and continue from the rest
 * of the chain. For a reducible method this yields the same merges as the greedy definition, in another
 * order; the host sorts them by height.
 *
 * Scratch, for n rows:        Invariants:
 *   header   4 u32: active clusters, chain length, merges done
 *   active   n u32  ascending
 *   size     n f64  rows of a cluster, kept at the higher index of its two parts
 *   chain    n u32  d(chain[k], chain[k+1]) falls strictly with k; on a tie the chain takes the previous cluster
 *
 * Cost: O(n²) time; at most 3n searches of a row. Source: Murtagh 1983, Computer Journal 26, 354;
 * Müllner 2011, arXiv:1109.2378, section 3.2.
 */
import { dropActive, fillActive, findActive } from './active-list';
import { condensedIndex, condensedRow } from '../../lib/condensed';
import { hasInversions, lanceWilliams, SINGLE } from '../lance-williams';
import { BAD_METHOD, NOT_FINITE, OK } from '../../lib/status';
import { HEADER, listBytes } from './sizes';

@inline
function chainPtr(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + listBytes(n);
}

@inline
function sizePtr(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + listBytes(n) * 2;
}

/** Prepare the scratch for a new run. */
export function linkageNnChainInit(n: u32, scratchPtr: usize): i32 {
  store<u32>(scratchPtr, n);
  store<u32>(scratchPtr, 0, 4);
  store<u32>(scratchPtr, 0, 8);
  fillActive(scratchPtr + HEADER, n);
  for (let i: u32 = 0; i < n; i++) store<f64>(sizePtr(scratchPtr, n) + ((i as usize) << 3), 1);
  return 0;
}

/** The nearest active cluster of x that is nearer than `bound`, or `otherwise`. Lowest index on ties. */
@inline
function nearest<T extends number>(
  distPtr: usize,
  n: u32,
  activePtr: usize,
  count: u32,
  x: u32,
  bound: T,
  otherwise: u32,
): u32 {
  const at = findActive(activePtr, count, x);
  let least = bound;
  let y = otherwise;
  for (let k: u32 = 0; k < at; k++) {
    const i = load<u32>(activePtr + ((k as usize) << 2));
    const value = load<T>(distPtr + (condensedIndex(n, i, x) as usize) * sizeof<T>());
    if (value < least) {
      least = value;
      y = i;
    }
  }
  const rowPtr = distPtr + ((condensedRow(n, x) - x - 1) as usize) * sizeof<T>();
  for (let k = at + 1; k < count; k++) {
    const i = load<u32>(activePtr + ((k as usize) << 2));
    const value = load<T>(rowPtr + (i as usize) * sizeof<T>());
    if (value < least) {
      least = value;
      y = i;
    }
  }
  return y;
}

/** See nearest. Exported so that it stays a separate function; sums.ts tells why. */
export function nearestF32(
  distPtr: usize,
  n: u32,
  activePtr: usize,
  count: u32,
  x: u32,
  bound: f32,
  otherwise: u32,
): u32 {
  return nearest<f32>(distPtr, n, activePtr, count, x, bound, otherwise);
}

/** As nearestF32, in float64. */
export function nearestF64(
  distPtr: usize,
  n: u32,
  activePtr: usize,
  count: u32,
  x: u32,
  bound: f64,
  otherwise: u32,
): u32 {
  return nearest<f64>(distPtr, n, activePtr, count, x, bound, otherwise);
}

/** Overwrite the distances of y with those of x ∪ y. */
@inline
function update<T extends number>(
  distPtr: usize,
  n: u32,
  activePtr: usize,
  sizesPtr: usize,
  count: u32,
  method: i32,
  x: u32,
  y: u32,
  dxy: f64,
): void {
  // Computed in the element type, as square.ts does, so that both algorithms give the same bits.
  const nx = load<f64>(sizesPtr + ((x as usize) << 3)) as T;
  const ny = load<f64>(sizesPtr + ((y as usize) << 3)) as T;
  for (let k: u32 = 0; k < count; k++) {
    const i = load<u32>(activePtr + ((k as usize) << 2));
    if (i == x || i == y) continue;
    const ix = condensedIndex(n, min<u32>(i, x), max<u32>(i, x));
    const toPtr = distPtr + (condensedIndex(n, min<u32>(i, y), max<u32>(i, y)) as usize) * sizeof<T>();
    const value = lanceWilliams<T, T>(
      method,
      load<T>(distPtr + (ix as usize) * sizeof<T>()),
      load<T>(toPtr),
      dxy as T,
      nx,
      ny,
      load<f64>(sizesPtr + ((i as usize) << 3)) as T,
    );
    store<T>(toPtr, value);
  }
  store<f64>(sizesPtr + ((y as usize) << 3), (nx as f64) + (ny as f64));
}

/** See update. Exported so that it stays a separate function; sums.ts tells why. */
export function updateF32(
  distPtr: usize,
  n: u32,
  activePtr: usize,
  sizesPtr: usize,
  count: u32,
  method: i32,
  x: u32,
  y: u32,
  dxy: f64,
): void {
  update<f32>(distPtr, n, activePtr, sizesPtr, count, method, x, y, dxy);
}

/** As updateF32, in float64. */
export function updateF64(
  distPtr: usize,
  n: u32,
  activePtr: usize,
  sizesPtr: usize,
  count: u32,
  method: i32,
  x: u32,
  y: u32,
  dxy: f64,
): void {
  update<f64>(distPtr, n, activePtr, sizesPtr, count, method, x, y, dxy);
}

@inline
function chainMerges<T extends number>(
  distPtr: usize,
  n: u32,
  method: i32,
  mergeEnd: u32,
  scratchPtr: usize,
  outPtr: usize,
): i32 {
  if (method == SINGLE || hasInversions(method)) return BAD_METHOD;
  const activePtr = scratchPtr + HEADER;
  const chain = chainPtr(scratchPtr, n);
  const sizes = sizePtr(scratchPtr, n);
  let count = load<u32>(scratchPtr);
  let length = load<u32>(scratchPtr, 4);
  for (let merge = load<u32>(scratchPtr, 8); merge < mergeEnd; merge++) {
    if (length == 0) {
      store<u32>(chain, load<u32>(activePtr));
      length = 1;
    }
    let x: u32, y: u32;
    let least: T = Infinity as T;
    while (true) {
      x = load<u32>(chain + (((length - 1) as usize) << 2));
      // On a tie, take the previous cluster of the chain. Otherwise the chain could loop forever.
      let before: u32 = x;
      let bound = Infinity as T;
      if (length > 1) {
        before = load<u32>(chain + (((length - 2) as usize) << 2));
        bound = load<T>(
          distPtr + (condensedIndex(n, min<u32>(x, before), max<u32>(x, before)) as usize) * sizeof<T>(),
        );
      }
      if (sizeof<T>() == 4) y = nearestF32(distPtr, n, activePtr, count, x, bound as f32, before);
      else y = nearestF64(distPtr, n, activePtr, count, x, bound as f64, before);
      if (y == before) {
        // A chain of one cluster has no neighbour only if a distance has overflowed.
        if (length == 1) return NOT_FINITE;
        least = bound;
        break;
      }
      store<u32>(chain + ((length as usize) << 2), y);
      length++;
    }
    length -= 2;
    const low = min<u32>(x, y);
    const high = max<u32>(x, y);
    const row = outPtr + ((merge as usize) << 5);
    store<f64>(row, low as f64);
    store<f64>(row, high as f64, 8);
    store<f64>(row, least as f64, 16);
    if (sizeof<T>() == 4) updateF32(distPtr, n, activePtr, sizes, count, method, low, high, least as f64);
    else updateF64(distPtr, n, activePtr, sizes, count, method, low, high, least as f64);
    store<f64>(row, load<f64>(sizes + ((high as usize) << 3)), 24);
    dropActive(activePtr, count, low);
    count--;
    store<u32>(scratchPtr, count);
    store<u32>(scratchPtr, length, 4);
    store<u32>(scratchPtr, merge + 1, 8);
  }
  return OK;
}

/**
 * Continue until `mergeEnd` merges are done.
 *
 * Shape: `distPtr` n(n-1)/2 f32, condensed, all finite; `outPtr` (n-1) x 4 f64: the rows that represent the two
 * merged clusters, the height, the size, in the order of the chain.
 * Units: those of the input; ward expects squared distances.
 * Memory: overwrites distPtr; scratch per linkageCondensedScratchBytes(n), prepared by linkageNnChainInit.
 * Errors: BAD_METHOD, NOT_FINITE.
 */
export function linkageNnChainF32(
  distPtr: usize,
  n: u32,
  method: i32,
  mergeEnd: u32,
  scratchPtr: usize,
  outPtr: usize,
): i32 {
  return chainMerges<f32>(distPtr, n, method, mergeEnd, scratchPtr, outPtr);
}

/** As linkageNnChainF32, in float64. */
export function linkageNnChainF64(
  distPtr: usize,
  n: u32,
  method: i32,
  mergeEnd: u32,
  scratchPtr: usize,
  outPtr: usize,
): i32 {
  return chainMerges<f64>(distPtr, n, method, mergeEnd, scratchPtr, outPtr);
}
