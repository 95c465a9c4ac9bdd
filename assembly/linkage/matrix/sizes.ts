/** Sizes of the square, its scratch (square-layout.ts), and the scratch over condensed distances. The host computes the same (lib/sizes.ts). */
import { roundUp, wholePart } from '../../lib/sizes';

/** Most slots that may be pending; the length of a row of the square is a multiple of it. */
export const PENDING: u32 = 16;
/** Bytes of the header, and of the scan result of each thread. */
export const PARTIALS: u32 = 128;
export const PARTIAL: u32 = 64;
const MAX_THREADS: u32 = 64;
export const TABLES: u32 = PARTIALS + PARTIAL * MAX_THREADS;
/** Bytes before a thread's own tables. */
export const CHAIN: u32 = 16;

/**
 * Elements of a row of the square for n rows. In float32 a row is an odd number of cache lines: the elements of a
 * column then map to all sets of a cache, not only to a few.
 */
export function linkageSquareStride(n: u32): u32 {
  const least: u32 = roundUp(n, PENDING) + max<u32>(wholePart(n, 4), 4 * PENDING) + PENDING - 1;
  return wholePart(least, 2 * PENDING) * (2 * PENDING) + PENDING;
}

/** Bytes of the tables of a thread: the chain, or for each slot the nearest slot before it and its distance. */
@inline
export function squareStateBytes(ld: u32, width: u32): u32 {
  return roundUp(CHAIN + ld * (4 + width), 64);
}

/** Bytes of scratch for n rows, elements of `width` bytes, and `threads` threads. */
export function linkageSquareScratchBytes(n: u32, width: u32, threads: u32): u32 {
  const ld: u32 = linkageSquareStride(n);
  return TABLES + 256 + ld * 16 + ld * width * 2 + squareStateBytes(ld, width) * threads;
}

/** Bytes of the header of the scratch over condensed distances. */
export const HEADER: u32 = 16;

/** Bytes of a list of n u32 in it. */
@inline
export function listBytes(n: u32): u32 {
  return roundUp(n * 4, 16);
}

/** Bytes of scratch for linkage of n rows over condensed distances: generic.ts needs all of it, nn-chain.ts less. */
export function linkageCondensedScratchBytes(n: u32): u32 {
  return HEADER + listBytes(n) * 3 + n * 16;
}
