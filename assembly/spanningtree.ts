/**
 * Single linkage by Prim's minimum spanning tree.
 *
 * Scratch, for n rows:        Invariants:
 *   header   4 u32: rows outside the tree, last row added, merges done
 *   active   n u32  rows outside, ascending
 *   near     n f64  near[k] = least distance of the k-th row outside to the tree
 *
 * A row of the output joins the row added before to the row added now: sorted by height, that gives the
 * same tree as the true edge would, since everything added so far is one cluster at that height.
 *
 * Cost: O(n²) time, each distance read once. Source: Gower and Ross 1969, Applied Statistics 18, 54;
 * Müllner 2011, arXiv:1109.2378, section 3.3.
 */
import { condensedIndex, condensedRow } from './condensed';
import { NOT_FINITE, OK } from './status';

const HEADER: usize = 16;

/** Bytes of scratch for n rows. */
export function linkageSpanningTreeScratchBytes(n: u32): usize {
  return HEADER + (((n as usize) * 4 + 15) & ~15) + (n as usize) * 8;
}

// @ts-ignore: decorator
@inline
function nearPtr(scratchPtr: usize, n: u32): usize {
  return scratchPtr + HEADER + (((n as usize) * 4 + 15) & ~15);
}

/** Prepare the scratch for a run from row 0. */
export function linkageSpanningTreeInit(n: u32, scratchPtr: usize): i32 {
  store<u32>(scratchPtr, n - 1);
  store<u32>(scratchPtr, 0, 4);
  store<u32>(scratchPtr, 0, 8);
  for (let k: u32 = 0; k + 1 < n; k++) {
    store<u32>(scratchPtr + HEADER + ((k as usize) << 2), k + 1);
    store<f64>(nearPtr(scratchPtr, n) + ((k as usize) << 3), Infinity);
  }
  return 0;
}

/**
 * Look at the distances of the row x that was added last, drop nothing yet; position of the nearest row
 * outside, or `count` where no distance is finite.
 */
// @ts-ignore: decorator
@inline
function addRow<T extends number>(
  distPtr: usize, n: u32, activePtr: usize, near: usize, count: u32, x: u32,
): u32 {
  let least: f64 = Infinity;
  let best = count;
  const rowPtr = distPtr + ((condensedRow(n, x) - x - 1) as usize) * sizeof<T>();
  for (let k: u32 = 0; k < count; k++) {
    const i = load<u32>(activePtr + ((k as usize) << 2));
    const value = (
      i > x
        ? load<T>(rowPtr + (i as usize) * sizeof<T>())
        : load<T>(distPtr + (condensedIndex(n, i, x) as usize) * sizeof<T>())
    ) as f64;
    let kept = load<f64>(near + ((k as usize) << 3));
    if (value < kept) {
      kept = value;
      store<f64>(near + ((k as usize) << 3), value);
    }
    if (kept < least) {
      least = kept;
      best = k;
    }
  }
  return best;
}

export function addRowF32(
  distPtr: usize, n: u32, activePtr: usize, near: usize, count: u32, x: u32,
): u32 {
  return addRow<f32>(distPtr, n, activePtr, near, count, x);
}

export function addRowF64(
  distPtr: usize, n: u32, activePtr: usize, near: usize, count: u32, x: u32,
): u32 {
  return addRow<f64>(distPtr, n, activePtr, near, count, x);
}

// @ts-ignore: decorator
@inline
function grow<T extends number>(
  distPtr: usize, n: u32, mergeEnd: u32, scratchPtr: usize, outPtr: usize,
): i32 {
  const activePtr = scratchPtr + HEADER;
  const near = nearPtr(scratchPtr, n);
  let count = load<u32>(scratchPtr);
  let x = load<u32>(scratchPtr, 4);
  for (let merge = load<u32>(scratchPtr, 8); merge < mergeEnd; merge++) {
    const at =
      sizeof<T>() == 4
        ? addRowF32(distPtr, n, activePtr, near, count, x)
        : addRowF64(distPtr, n, activePtr, near, count, x);
    if (at == count) return NOT_FINITE;
    const y = load<u32>(activePtr + ((at as usize) << 2));
    const row = outPtr + ((merge as usize) << 5);
    store<f64>(row, x as f64);
    store<f64>(row, y as f64, 8);
    store<f64>(row, load<f64>(near + ((at as usize) << 3)), 16);
    store<f64>(row, 0, 24);
    const to = activePtr + ((at as usize) << 2);
    memory.copy(to, to + 4, ((count - at - 1) as usize) << 2);
    const nearTo = near + ((at as usize) << 3);
    memory.copy(nearTo, nearTo + 8, ((count - at - 1) as usize) << 3);
    count--;
    x = y;
    store<u32>(scratchPtr, count);
    store<u32>(scratchPtr, x, 4);
    store<u32>(scratchPtr, merge + 1, 8);
  }
  return OK;
}

/**
 * Go on until `mergeEnd` merges are done.
 *
 * Shape: `distPtr` n(n-1)/2 f32, condensed, all finite; `outPtr` (n-1) x 4 f64: two rows, the height,
 * 0. Units: those of the input. Memory: leaves distPtr as it is; scratch per
 * linkageSpanningTreeScratchBytes(n), prepared by linkageSpanningTreeInit. Errors: NOT_FINITE.
 */
export function linkageSpanningTreeF32(
  distPtr: usize, n: u32, mergeEnd: u32, scratchPtr: usize, outPtr: usize,
): i32 {
  return grow<f32>(distPtr, n, mergeEnd, scratchPtr, outPtr);
}

/** As linkageSpanningTreeF32, in float64. */
export function linkageSpanningTreeF64(
  distPtr: usize, n: u32, mergeEnd: u32, scratchPtr: usize, outPtr: usize,
): i32 {
  return grow<f64>(distPtr, n, mergeEnd, scratchPtr, outPtr);
}
