/** The tree of single linkage: Kruskal's algorithm over a tree and a pool of edges; see spanning-tree.ts. */
import { at, put, setWord, word } from '../../lib/memory';
import {
  BUILT,
  DONE,
  EDGES,
  FILLED,
  POOLED,
  ROOT_ROWS,
  SIDE,
  followerPtr,
  gapPtr,
  headPtr,
  leastPtr,
  linePtr,
  nearestPtr,
  orderPtr,
  parentPtr,
  placePtr,
  poolEndsPtr,
  poolPtr,
  reachPtr,
  stepPtr,
  tailPtr,
  treeEndsPtr,
  treePtr,
} from './layout';

/** Edges per run: runs are sorted by insertion, then merged. */
const RUN: u32 = 16;

/** Sort the pool by length; among equal edges, the later one first. @returns the address of the order */
@inline
function sortPool<T extends number>(scratch: usize, n: u32, count: u32): usize {
  const lengths = poolPtr<T>(scratch, n);
  let from = orderPtr(scratch, n, 0);
  let to = orderPtr(scratch, n, 1);
  for (let begin: u32 = 0; begin < count; begin += RUN) {
    const end = min<u32>(count, begin + RUN);
    for (let k = begin; k < end; k++) {
      const own = count - 1 - k;
      const length = at<T>(lengths, own);
      let i = k;
      while (i > begin && at<T>(lengths, word(from, i - 1)) > length) {
        setWord(from, i, word(from, i - 1));
        i--;
      }
      setWord(from, i, own);
    }
  }
  for (let width = RUN; width < count; width *= 2) {
    for (let begin: u32 = 0; begin < count; begin += 2 * width) {
      const middle = min<u32>(count, begin + width);
      const end = min<u32>(count, middle + width);
      let a = begin;
      let b = middle;
      for (let k = begin; k < end; k++) {
        if (b == end || (a < middle && at<T>(lengths, word(from, a)) <= at<T>(lengths, word(from, b)))) {
          setWord(to, k, word(from, a++));
        } else {
          setWord(to, k, word(from, b++));
        }
      }
    }
    const other = from;
    from = to;
    to = other;
  }
  return from;
}

@inline
export function find(parent: usize, row: u32): u32 {
  let i = row;
  while (true) {
    const above = word(parent, i);
    if (above == i) return i;
    const next = word(parent, above);
    setWord(parent, i, next);
    i = next;
  }
}

/** Copy the linked list of all rows into the line. */
@inline
function lineUp<T extends number>(scratch: usize, n: u32, count: u32): void {
  const line = linePtr(scratch, n);
  const follower = followerPtr(scratch, n);
  let row = word(headPtr(scratch, n), find(parentPtr(scratch, n), n - 1));
  for (let k: u32 = 0; k < count; k++) {
    setWord(line, k, row);
    setWord(placePtr(scratch, n), row, k);
    put<T>(stepPtr<T>(scratch, n), k, at<T>(gapPtr<T>(scratch, n), row));
    row = word(follower, row);
  }
}

/**
 * Make `row` root number `slot`: compute the largest edge on the path from it to every row processed so far. For two
 * rows, that is the largest step between their places in the line.
 */
@inline
function reach<T extends number>(scratch: usize, n: u32, slot: u32, row: u32): void {
  const own = reachPtr<T>(scratch, n, slot);
  const line = linePtr(scratch, n);
  const steps = stepPtr<T>(scratch, n);
  const built = load<u32>(scratch, BUILT);
  const count = n - built;
  const place = word(placePtr(scratch, n), row);
  store<u32>(scratch + ((slot as usize) << 2), row, ROOT_ROWS);
  put<T>(own, row, -Infinity as T);
  let most = -Infinity as T;
  for (let k = place + 1; k < count; k++) {
    const step = at<T>(steps, k - 1);
    if (step > most) most = step;
    put<T>(own, word(line, k), most);
  }
  most = -Infinity as T;
  for (let k = place; k > 0; k--) {
    const step = at<T>(steps, k - 1);
    if (step > most) most = step;
    put<T>(own, word(line, k - 1), most);
  }
  // Rows that are not in the tree yet.
  const seen = n - 1 - load<u32>(scratch, DONE);
  for (let i = built; i > seen; i--) {
    const length = at<T>(leastPtr<T>(scratch, n), i - 1);
    const most = at<T>(own, word(nearestPtr(scratch, n), i - 1));
    put<T>(own, i - 1, length > most ? length : most);
  }
}

/** See reach. Exported so that it stays a separate function; sums.ts tells why. */
export function reachF32(scratch: usize, n: u32, slot: u32, row: u32): void {
  reach<f32>(scratch, n, slot, row);
}

/** As reachF32, in float64. */
export function reachF64(scratch: usize, n: u32, slot: u32, row: u32): void {
  reach<f64>(scratch, n, slot, row);
}

/** Make the minimum spanning tree of all rows processed so far, from the old tree and the pool, and the reaches of each root. */
@inline
function makeTree<T extends number>(scratch: usize, n: u32): void {
  const first = n - 1 - load<u32>(scratch, DONE);
  const side = load<u32>(scratch, SIDE);
  const pooled = load<u32>(scratch, POOLED);
  const standing = load<u32>(scratch, EDGES);
  const order = sortPool<T>(scratch, n, pooled);
  const parent = parentPtr(scratch, n),
    head = headPtr(scratch, n),
    tail = tailPtr(scratch, n);
  const pool = poolPtr<T>(scratch, n),
    poolEnds = poolEndsPtr(scratch, n);
  const tree = treePtr<T>(scratch, n, side),
    treeEnds = treeEndsPtr(scratch, n, side);
  const next = treePtr<T>(scratch, n, side ^ 1),
    nextEnds = treeEndsPtr(scratch, n, side ^ 1);
  for (let i = first; i < n; i++) {
    setWord(parent, i, i);
    setWord(head, i, i);
    setWord(tail, i, i);
  }
  const wanted = n - 1 - first;
  let a: u32 = 0,
    b: u32 = 0,
    made: u32 = 0;
  while (made < wanted) {
    // Among equal edges, those of the pool come first: they have smaller i.
    const own = b == pooled || (a < standing && at<T>(tree, a) < at<T>(pool, word(order, b)));
    const k = own ? a++ : word(order, b++);
    const ends = (own ? treeEnds : poolEnds) + ((k as usize) << 3);
    const i = load<u32>(ends),
      j = load<u32>(ends, 4);
    const x = find(parent, i),
      y = find(parent, j);
    if (x == y) continue;
    const length = at<T>(own ? tree : pool, k);
    put<T>(next, made, length);
    store<u64>(nextEnds + ((made as usize) << 3), load<u64>(ends));
    made++;
    setWord(parent, y, x);
    setWord(followerPtr(scratch, n), word(tail, x), word(head, y));
    put<T>(gapPtr<T>(scratch, n), word(tail, x), length);
    setWord(tail, x, word(tail, y));
  }
  store<u32>(scratch, side ^ 1, SIDE);
  store<u32>(scratch, made, EDGES);
  store<u32>(scratch, 0, POOLED);
  store<u32>(scratch, first, BUILT);
  lineUp<T>(scratch, n, n - first);
  const filled = load<u32>(scratch, FILLED);
  for (let slot: u32 = 0; slot < filled; slot++) {
    reach<T>(scratch, n, slot, load<u32>(scratch + ((slot as usize) << 2), ROOT_ROWS));
  }
}

/** See makeTree. Exported so that it stays a separate function; sums.ts tells why. */
export function makeTreeF32(scratch: usize, n: u32): void {
  makeTree<f32>(scratch, n);
}

/** As makeTreeF32, in float64. */
export function makeTreeF64(scratch: usize, n: u32): void {
  makeTree<f64>(scratch, n);
}
