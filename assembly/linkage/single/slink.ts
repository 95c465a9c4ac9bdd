/**
 * Single linkage by SLINK. Its cost per row does not depend on how many edges the row changes. It is used for data on
 * which nearly every row changes nearly every edge of spanning-tree.ts.
 *
 * Row x is the first row of its cluster (rows come last to first) up to the edge lambda(x), which joins this cluster with
 * that of pi(x), an earlier row. Invariant: lambda(pi(x)) is after lambda(x). An edge is a length and two rows, and
 * edges have the order of spanning-tree.ts, in which no two are equal. So the edges are those of its tree.
 *
 * Source: Sibson 1973, Computer Journal 16, 30.
 */
import { at, put, setWord, word } from '../../lib/memory';
import {
  DONE,
  EDGES,
  POINTERS,
  SIDE,
  followerPtr,
  headPtr,
  linePtr,
  parentPtr,
  poolEndsPtr,
  reachPtr,
  tailPtr,
  treeEndsPtr,
  treePtr,
} from './layout';
import { find } from './edges';

/* pi takes the memory of list heads; lambda and the current row take that of two roots; their end points take that of tree and pool edges. */

/** The end points of an edge as one number, which sorts in the order of edges. */
@inline
function endsOf(i: u32, j: u32): u64 {
  return ((i as u64) << 32) | (j as u64);
}

@inline
function isBefore<T extends number>(a: T, aEnds: u64, b: T, bEnds: u64): bool {
  return a < b || (a == b && aEnds < bEnds);
}

/** Turn the tree of all rows processed so far into pointers pi and lambda. */
@inline
export function pointAll<T extends number>(scratch: usize, n: u32): void {
  const pi = headPtr(scratch, n);
  const lambda = reachPtr<T>(scratch, n, 0);
  const parent = parentPtr(scratch, n);
  const least = tailPtr(scratch, n);
  const side = load<u32>(scratch, SIDE);
  const lambdaEnds = treeEndsPtr(scratch, n, side ^ 1);
  const edges = load<u32>(scratch, EDGES);
  const first = n - 1 - load<u32>(scratch, DONE);
  for (let i = first; i < n; i++) {
    setWord(parent, i, i);
    setWord(least, i, i);
  }
  for (let k: u32 = 0; k < edges; k++) {
    const ends = treeEndsPtr(scratch, n, side) + ((k as usize) << 3);
    const i = load<u32>(ends),
      j = load<u32>(ends, 4);
    const x = find(parent, i),
      y = find(parent, j);
    const a = word(least, x),
      b = word(least, y);
    const later = max<u32>(a, b);
    setWord(parent, y, x);
    setWord(least, x, min<u32>(a, b));
    setWord(pi, later, min<u32>(a, b));
    put<T>(lambda, later, at<T>(treePtr<T>(scratch, n, side), k));
    put<u64>(lambdaEnds, later, endsOf(i, j));
  }
  setWord(pi, first, first);
  put<T>(lambda, first, Infinity as T);
  put<u64>(lambdaEnds, first, u64.MAX_VALUE);
  store<u32>(scratch, 1, POINTERS);
}

@inline
function pointRow<T extends number>(row: usize, scratch: usize, n: u32, i: u32): void {
  const pi = headPtr(scratch, n);
  const lambda = reachPtr<T>(scratch, n, 0);
  const lambdaEnds = treeEndsPtr(scratch, n, load<u32>(scratch, SIDE) ^ 1);
  const work = reachPtr<T>(scratch, n, 1);
  const workEnds = poolEndsPtr(scratch, n);
  const begin = ((i + 1) as usize) * sizeof<T>();
  memory.copy(work + begin, row + begin, ((n - 1 - i) as usize) * sizeof<T>());
  for (let j = i + 1; j < n; j++) put<u64>(workEnds, j, endsOf(i, j));
  setWord(pi, i, i);
  put<T>(lambda, i, Infinity as T);
  put<u64>(lambdaEnds, i, u64.MAX_VALUE);
  for (let j = n - 1; j > i; j--) {
    const height = at<T>(lambda, j);
    const own = at<T>(work, j);
    const p = word(pi, j);
    const other = at<T>(work, p);
    const heightEnds = at<u64>(lambdaEnds, j);
    const ownEnds = at<u64>(workEnds, j);
    const otherEnds = at<u64>(workEnds, p);
    if (isBefore<T>(own, ownEnds, height, heightEnds)) {
      if (isBefore<T>(height, heightEnds, other, otherEnds)) {
        put<T>(work, p, height);
        put<u64>(workEnds, p, heightEnds);
      }
      put<T>(lambda, j, own);
      put<u64>(lambdaEnds, j, ownEnds);
      setWord(pi, j, i);
    } else if (isBefore<T>(own, ownEnds, other, otherEnds)) {
      put<T>(work, p, own);
      put<u64>(workEnds, p, ownEnds);
    }
  }
  for (let j = i + 1; j < n; j++) {
    const p = word(pi, j);
    if (!isBefore<T>(at<T>(lambda, j), at<u64>(lambdaEnds, j), at<T>(lambda, p), at<u64>(lambdaEnds, p))) {
      setWord(pi, j, i);
    }
  }
}

/** Process row i, whose distance to row j is element j of `row`. */
export function pointRowF32(row: usize, scratch: usize, n: u32, i: u32): void {
  pointRow<f32>(row, scratch, n, i);
}

/** As pointRowF32, in float64. */
export function pointRowF64(row: usize, scratch: usize, n: u32, i: u32): void {
  pointRow<f64>(row, scratch, n, i);
}

/** Stable sort of `count` rows by one end point of their edges: the 4 bytes at offset `shift` of 8. */
@inline
function sortByEnd(
  ends: usize,
  shift: usize,
  n: u32,
  from: usize,
  to: usize,
  count: u32,
  counts: usize,
): void {
  memory.fill(counts, 0, (n as usize) << 2);
  for (let k: u32 = 0; k < count; k++) {
    const end = load<u32>(ends + ((word(from, k) as usize) << 3) + shift);
    setWord(counts, end, word(counts, end) + 1);
  }
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const own = word(counts, i);
    setWord(counts, i, sum);
    sum += own;
  }
  for (let k: u32 = 0; k < count; k++) {
    const row = word(from, k);
    const end = load<u32>(ends + ((row as usize) << 3) + shift);
    setWord(to, word(counts, end), row);
    setWord(counts, end, word(counts, end) + 1);
  }
}

/** Write the edge of each pointer, sorted by end points. A stable sort by length afterwards gives the order of edges. */
@inline
export function writePointers<T extends number>(scratch: usize, n: u32, outPtr: usize): void {
  const ends = treeEndsPtr(scratch, n, load<u32>(scratch, SIDE) ^ 1);
  const order = followerPtr(scratch, n),
    other = linePtr(scratch, n),
    counts = tailPtr(scratch, n);
  for (let j: u32 = 1; j < n; j++) setWord(order, j - 1, j);
  // The lower word is the second end point.
  sortByEnd(ends, 0, n, order, other, n - 1, counts);
  sortByEnd(ends, 4, n, other, order, n - 1, counts);
  for (let k: u32 = 0; k + 1 < n; k++) {
    const j = word(order, k);
    const edge = at<u64>(ends, j);
    const row = outPtr + ((k as usize) << 5);
    store<f64>(row, (edge >> 32) as f64);
    store<f64>(row, (edge & 0xffffffff) as f64, 8);
    store<f64>(row, at<T>(reachPtr<T>(scratch, n, 0), j) as f64, 16);
    store<f64>(row, 0, 24);
  }
}
