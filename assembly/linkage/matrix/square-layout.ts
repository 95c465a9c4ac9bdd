import { word } from '../../lib/memory';
/**
 * Where linkage over a full square keeps its tables; squarelinkage.ts draws the map.
 */

/** Slots that may be pending. */
export const PENDING: u32 = 16;
export const NONE: u32 = 0xffffffff;
export const DEAD: u32 = 0xfffffffe;

/* Header of the scratch, u32 words. */
export const USED: usize = 0;
export const SETTLED: usize = 4;
export const ALIVE: usize = 8;
/** Not 0 where heights may fall: centroid and median. */
export const FALLING: usize = 12;
export const BARRIER: usize = 64;
export const PARTIALS: usize = 128;
export const PARTIAL: usize = 64;
export const MAX_THREADS: usize = 64;
export const TABLES: usize = PARTIALS + PARTIAL * MAX_THREADS;

/* A thread's state, u32 words, and its tables behind them. */
export const LENGTH: usize = 0;
export const MERGED: usize = 4;
export const ROUND: usize = 8;
export const CHAIN: usize = 16;

@inline
export function roundUp(x: u32, to: u32): u32 {
  return ((x + to - 1) / to) * to;
}

/**
 * Elements of a row of the square for n rows. An odd number of cache lines of float32: the elements of a column
 * then fall into all sets of a cache, and not into a few.
 */
export function linkageSquareStride(n: u32): u32 {
  return (((roundUp(n, PENDING) + max<u32>(n >> 2, 4 * PENDING) + PENDING - 1) / PENDING) | 1) * PENDING;
}

/** The chain, or for each slot its nearest before it and their distance. */
@inline
function stateBytes(ld: u32, width: usize): usize {
  return (CHAIN + (ld as usize) * (4 + width) + 63) & ~63;
}

/** Bytes of scratch for n rows, elements of `width` bytes and a number of threads. */
export function linkageSquareScratchBytes(n: u32, width: u32, threads: u32): usize {
  const ld = linkageSquareStride(n) as usize;
  return TABLES + 256 + ld * 16 + ld * (width as usize) * 2 + stateBytes(ld as u32, width) * threads;
}

@inline
export function rowOfPtr(scratch: usize): usize {
  return scratch + TABLES + 256;
}
@inline
export function leafOfPtr(scratch: usize, ld: u32): usize {
  return rowOfPtr(scratch) + ((ld as usize) << 2);
}
@inline
export function placePtr(scratch: usize, ld: u32): usize {
  return rowOfPtr(scratch) + ((ld as usize) << 3);
}
@inline
export function slotOfPtr(scratch: usize, ld: u32): usize {
  return rowOfPtr(scratch) + (ld as usize) * 12;
}
@inline
export function sizePtr(scratch: usize, ld: u32): usize {
  return rowOfPtr(scratch) + ((ld as usize) << 4);
}
@inline
export function penaltyPtr<T extends number>(scratch: usize, ld: u32): usize {
  return sizePtr(scratch, ld) + (ld as usize) * sizeof<T>();
}
@inline
export function statePtr<T extends number>(scratch: usize, ld: u32, thread: u32): usize {
  return penaltyPtr<T>(scratch, ld) + (ld as usize) * sizeof<T>() + stateBytes(ld, sizeof<T>()) * thread;
}
/** Of a thread: the nearest of each slot among those before it, NONE where it has to be looked for, or DEAD. */
@inline
export function partnerPtr(state: usize): usize {
  return state + CHAIN;
}
/** The distance to it; what is dead, or has nothing before it, has infinity. */
@inline
export function boundPtr(state: usize, ld: u32): usize {
  return state + CHAIN + ((ld as usize) << 2);
}
@inline
export function rowPtr<T extends number>(square: usize, ld: u32, scratch: usize, slot: u32): usize {
  return square + (word(rowOfPtr(scratch), slot) as usize) * ld * sizeof<T>();
}
