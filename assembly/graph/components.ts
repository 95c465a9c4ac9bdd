/** Connected components of a graph, and a check that the input is a valid graph. Shape: `offsetsPtr` n + 1 u32, `neighboursPtr` u32. */
import { BAD_GRAPH, OK } from '../lib/status';

/** Value in `seenPtr` of a node at which a search begins. */
export const FIRST: u8 = 2;

@inline
function word(ptr: usize, i: u32): u32 {
  return load<u32>(ptr + ((i as usize) << 2));
}

/**
 * Check nodes [begin, end): neighbours ascend, are valid nodes other than the node itself, and have it as a neighbour.
 *
 * Errors: BAD_GRAPH; `badPtr` (u32) receives the node.
 */
export function checkNeighbours(
  n: u32,
  offsetsPtr: usize,
  neighboursPtr: usize,
  begin: u32,
  end: u32,
  badPtr: usize,
): i32 {
  const all = word(offsetsPtr, n);
  for (let i = begin; i < end; i++) {
    const from = word(offsetsPtr, i);
    const to = word(offsetsPtr, i + 1);
    let good = from <= to && to <= all;
    for (let k = from; good && k < to; k++) {
      const j = word(neighboursPtr, k);
      good = j < n && j != i && (k == from || word(neighboursPtr, k - 1) < j);
      if (!good) break;
      let low = word(offsetsPtr, j);
      const stop = word(offsetsPtr, j + 1);
      let high = stop;
      if (high > all) low = high = 0;
      while (low < high) {
        const middle = low + ((high - low) >> 1);
        if (word(neighboursPtr, middle) < i) low = middle + 1;
        else high = middle;
      }
      good = low < stop && stop <= all && word(neighboursPtr, low) == i;
    }
    if (good) continue;
    store<u32>(badPtr, i);
    return BAD_GRAPH;
  }
  return OK;
}

/**
 * Append nodes [begin, end), and all nodes reached from them, to an order: a breadth-first search of each component,
 * beginning at its lowest node.
 *
 * Shape: `seenPtr` n u8, zeros before the first call, at the end 2 for the first node of each component and 1 for the
 * others; `orderPtr` n u32; `countPtr` u32, the number of nodes in the order.
 * Neighbours are near each other in this order, so that work on a large component makes good use of caches.
 */
export function orderComponents(
  offsetsPtr: usize,
  neighboursPtr: usize,
  begin: u32,
  end: u32,
  seenPtr: usize,
  orderPtr: usize,
  countPtr: usize,
): i32 {
  let count = load<u32>(countPtr);
  for (let i = begin; i < end; i++) {
    if (load<u8>(seenPtr + (i as usize)) != 0) continue;
    store<u8>(seenPtr + (i as usize), FIRST);
    let at = count;
    store<u32>(orderPtr + ((count++ as usize) << 2), i);
    for (; at < count; at++) {
      const node = word(orderPtr, at);
      const stop = word(offsetsPtr, node + 1);
      for (let k = word(offsetsPtr, node); k < stop; k++) {
        const j = word(neighboursPtr, k);
        if (load<u8>(seenPtr + (j as usize)) != 0) continue;
        store<u8>(seenPtr + (j as usize), 1);
        store<u32>(orderPtr + ((count++ as usize) << 2), j);
      }
    }
  }
  store<u32>(countPtr, count);
  return OK;
}
