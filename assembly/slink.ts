/**
 * Single linkage by SLINK, which takes a row in at the same price whatever it changes: for data on which
 * spanningtree.ts gets no rest.
 *
 * Row x is the first of its cluster (rows come last to first) up to height lambda(x), where the cluster is
 * joined by that of pi(x), an earlier row. Invariant: lambda(pi(x)) > lambda(x).
 *
 * Source: Sibson 1973, Computer Journal 16, 30.
 */
import { at, put, setWord, word } from './squarelayout';
import { DONE, EDGES, POINTERS, SIDE, headPtr, parentPtr, reachPtr, tailPtr, treeEndsPtr, treePtr } from './treelayout';
import { find } from './treeedges';

/* pi is where lists began, lambda and the row that is worked on where two roots were. */

/** Turn the tree, of all rows seen, into pointers. */
// @ts-ignore: decorator
@inline
export function pointAll<T extends number>(scratch: usize, n: u32): void {
  const pi = headPtr(scratch, n);
  const lambda = reachPtr<T>(scratch, n, 0);
  const parent = parentPtr(scratch, n);
  const least = tailPtr(scratch, n);
  const side = load<u32>(scratch, SIDE);
  const edges = load<u32>(scratch, EDGES);
  const first = n - 1 - load<u32>(scratch, DONE);
  for (let i = first; i < n; i++) {
    setWord(parent, i, i);
    setWord(least, i, i);
  }
  for (let k: u32 = 0; k < edges; k++) {
    const ends = treeEndsPtr(scratch, n, side) + ((k as usize) << 3);
    const x = find(parent, load<u32>(ends)), y = find(parent, load<u32>(ends, 4));
    const a = word(least, x), b = word(least, y);
    setWord(parent, y, x);
    setWord(least, x, min<u32>(a, b));
    setWord(pi, max<u32>(a, b), min<u32>(a, b));
    put<T>(lambda, max<u32>(a, b), at<T>(treePtr<T>(scratch, n, side), k));
  }
  setWord(pi, first, first);
  put<T>(lambda, first, Infinity as T);
  // Clusters that join at one height join at once.
  for (let i = first + 1; i < n; i++) {
    const p = word(pi, i);
    if (at<T>(lambda, p) <= at<T>(lambda, i)) setWord(pi, i, word(pi, p));
  }
  store<u32>(scratch, 1, POINTERS);
}

// @ts-ignore: decorator
@inline
function pointRow<T extends number>(row: usize, scratch: usize, n: u32, i: u32): void {
  const pi = headPtr(scratch, n);
  const lambda = reachPtr<T>(scratch, n, 0);
  const work = reachPtr<T>(scratch, n, 1);
  const begin = ((i + 1) as usize) * sizeof<T>();
  memory.copy(work + begin, row + begin, ((n - 1 - i) as usize) * sizeof<T>());
  setWord(pi, i, i);
  put<T>(lambda, i, Infinity as T);
  for (let j = n - 1; j > i; j--) {
    const height = at<T>(lambda, j);
    const own = at<T>(work, j);
    const p = word(pi, j);
    const other = at<T>(work, p);
    if (height >= own) {
      if (height < other) put<T>(work, p, height);
      put<T>(lambda, j, own);
      setWord(pi, j, i);
    } else if (own < other) {
      put<T>(work, p, own);
    }
  }
  for (let j = i + 1; j < n; j++) {
    if (at<T>(lambda, j) >= at<T>(lambda, word(pi, j))) setWord(pi, j, i);
  }
}

/** Take in row i, whose distance to row j is at row + j. */
export function pointRowF32(row: usize, scratch: usize, n: u32, i: u32): void {
  pointRow<f32>(row, scratch, n, i);
}

/** As pointRowF32, in float64. */
export function pointRowF64(row: usize, scratch: usize, n: u32, i: u32): void {
  pointRow<f64>(row, scratch, n, i);
}

/** Write a merge for each pointer. */
// @ts-ignore: decorator
@inline
export function writePointers<T extends number>(scratch: usize, n: u32, outPtr: usize): void {
  for (let j: u32 = 1; j < n; j++) {
    const row = outPtr + (((j - 1) as usize) << 5);
    store<f64>(row, word(headPtr(scratch, n), j) as f64);
    store<f64>(row, j as f64, 8);
    store<f64>(row, at<T>(reachPtr<T>(scratch, n, 0), j) as f64, 16);
    store<f64>(row, 0, 24);
  }
}
