/** Where single linkage keeps its tables; spanning-tree.ts explains them. */
import { poolRows, ROOTS, SPANNING_HEADER, SPANNING_PAIRS, SPANNING_WORDS, tableBytes } from './sizes';

/* Header, u32 words. */
/** Number of rows processed. */
export const DONE: usize = 0;
/** The root used for the last row, the number of roots, and the root to be replaced next. */
export const CURRENT: usize = 4;
export const FILLED: usize = 8;
export const OLDEST: usize = 12;
/** Number of edges in the pool now, and of all edges ever put into it. */
export const POOLED: usize = 16;
export const PASSED: usize = 20;
/** Number of edges of the tree, and which of its two buffers holds it. */
export const EDGES: usize = 24;
export const SIDE: usize = 28;
/** The lowest row in the tree. Rows below it that have been processed are linked to their nearest row. */
export const BUILT: usize = 32;
/** Not 0 if slink.ts has taken over. */
export const POINTERS: usize = 36;
/** The row of each root. */
export const ROOT_ROWS: usize = 64;

@inline
function wordsPtr(scratch: usize, n: u32, k: u32): usize {
  return scratch + SPANNING_HEADER + tableBytes(n, 4) * k;
}
/** The nearest row of each row at the time it was processed. */
@inline
export function nearestPtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 0);
}
/** Rows that have passed the filter of the current row. */
@inline
export function passedPtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 1);
}
/** Clusters as disjoint sets (parent), and as linked lists of rows (first, last, follower). */
@inline
export function parentPtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 2);
}
@inline
export function headPtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 3);
}
@inline
export function tailPtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 4);
}
@inline
export function followerPtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 5);
}
/** All rows of the tree in the order of the linked list (the line), and the place of each row in it. */
@inline
export function linePtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 6);
}
@inline
export function placePtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 7);
}
/** End points of the tree's edges, pairs of words; side 0 or 1. */
@inline
export function treeEndsPtr(scratch: usize, n: u32, side: u32): usize {
  return wordsPtr(scratch, n, SPANNING_WORDS) + tableBytes(n, 8) * side;
}
/** End points of the pool's edges, pairs of words. */
@inline
export function poolEndsPtr(scratch: usize, n: u32): usize {
  return treeEndsPtr(scratch, n, SPANNING_PAIRS as u32);
}
/** Two buffers of words for the sorted order of the pool: each pass sorts from one into the other. */
@inline
export function orderPtr(scratch: usize, n: u32, side: u32): usize {
  return poolEndsPtr(scratch, n) + tableBytes(poolRows(n), 8) + ((poolRows(n) as usize) << 2) * side;
}
@inline
function elementsPtr<T extends number>(scratch: usize, n: u32, k: u32): usize {
  return poolEndsPtr(scratch, n) + tableBytes(poolRows(n), 8) * 2 + tableBytes(n, sizeof<T>() as u32) * k;
}
/** The distance of each row to its nearest row at the time it was processed. */
@inline
export function leastPtr<T extends number>(scratch: usize, n: u32): usize {
  return elementsPtr<T>(scratch, n, 0);
}
/** The height at which a row and its follower were joined: by row, and by place in the line. */
@inline
export function gapPtr<T extends number>(scratch: usize, n: u32): usize {
  return elementsPtr<T>(scratch, n, 1);
}
@inline
export function stepPtr<T extends number>(scratch: usize, n: u32): usize {
  return elementsPtr<T>(scratch, n, 2);
}
/** Lengths of the tree's edges, ascending; side 0 or 1. */
@inline
export function treePtr<T extends number>(scratch: usize, n: u32, side: u32): usize {
  return elementsPtr<T>(scratch, n, 3 + side);
}
/** The largest edge on the path from a root to each row. */
@inline
export function reachPtr<T extends number>(scratch: usize, n: u32, root: u32): usize {
  return elementsPtr<T>(scratch, n, 5 + root);
}
/** Lengths of the pool's edges. */
@inline
export function poolPtr<T extends number>(scratch: usize, n: u32): usize {
  return elementsPtr<T>(scratch, n, 5 + ROOTS);
}
