/** Where single linkage keeps its tables; spanningtree.ts says what they are for. */
import { poolRows, ROOTS, SPANNING_HEADER, SPANNING_PAIRS, SPANNING_WORDS, tableBytes } from './sizes';

/* Header, u32 words. */
/** Rows that have been seen. */
export const DONE: usize = 0;
/** The root that the last row went by, how many there are, and which one is replaced next. */
export const CURRENT: usize = 4;
export const FILLED: usize = 8;
export const OLDEST: usize = 12;
/** Edges in the pool, and all that have ever been. */
export const POOLED: usize = 16;
export const PASSED: usize = 20;
/** Edges of the tree, and which of its two places it is in. */
export const EDGES: usize = 24;
export const SIDE: usize = 28;
/** The least row that is in the tree; those before it hang on their nearest. */
export const BUILT: usize = 32;
/** Not 0 where slink.ts has taken over. */
export const POINTERS: usize = 36;
/** The row of each root. */
export const ROOT_ROWS: usize = 64;

@inline
function wordsPtr(scratch: usize, n: u32, k: u32): usize {
  return scratch + SPANNING_HEADER + tableBytes(n, 4) * k;
}
/** The nearest of each row, when it was seen. */
@inline
export function nearestPtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 0);
}
/** Rows that have passed in the row in hand. */
@inline
export function passedPtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 1);
}
/** Clusters as sets, and as lists: first, last, who follows. */
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
/** The list of all rows of the tree, and the place of each in it. */
@inline
export function linePtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 6);
}
@inline
export function placePtr(scratch: usize, n: u32): usize {
  return wordsPtr(scratch, n, 7);
}
/** Ends of the tree's edges, pairs of words; side 0 or 1. */
@inline
export function treeEndsPtr(scratch: usize, n: u32, side: u32): usize {
  return wordsPtr(scratch, n, SPANNING_WORDS) + tableBytes(n, 8) * side;
}
/** Ends of the pool's edges, pairs of words. */
@inline
export function poolEndsPtr(scratch: usize, n: u32): usize {
  return treeEndsPtr(scratch, n, SPANNING_PAIRS as u32);
}
/** Two orders of the pool, words, to sort from one into the other. */
@inline
export function orderPtr(scratch: usize, n: u32, side: u32): usize {
  return poolEndsPtr(scratch, n) + tableBytes(poolRows(n), 8) + ((poolRows(n) as usize) << 2) * side;
}
@inline
function elementsPtr<T extends number>(scratch: usize, n: u32, k: u32): usize {
  return poolEndsPtr(scratch, n) + tableBytes(poolRows(n), 8) * 2 + tableBytes(n, sizeof<T>() as u32) * k;
}
/** The distance of each row to its nearest, when it was seen. */
@inline
export function leastPtr<T extends number>(scratch: usize, n: u32): usize {
  return elementsPtr<T>(scratch, n, 0);
}
/** The height at which a row's follower came: by row, and by place in the line. */
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
/** The largest edge on the way from a root to each row. */
@inline
export function reachPtr<T extends number>(scratch: usize, n: u32, root: u32): usize {
  return elementsPtr<T>(scratch, n, 5 + root);
}
/** Lengths of the pool's edges. */
@inline
export function poolPtr<T extends number>(scratch: usize, n: u32): usize {
  return elementsPtr<T>(scratch, n, 5 + ROOTS);
}
