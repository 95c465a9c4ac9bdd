/** Connected components of a graph, and whether it is one. Shape: `offsetsPtr` n + 1 u32, `neighboursPtr` u32. */
import { BAD_GRAPH, OK } from './status';

const NONE: u32 = 0xffffffff;

// @ts-ignore: decorator
@inline
function word(ptr: usize, i: u32): u32 {
  return load<u32>(ptr + ((i as usize) << 2));
}

/**
 * Check nodes [begin, end): neighbours ascend, are nodes, are not the node itself, and have it for a neighbour too.
 *
 * Errors: BAD_GRAPH, and the node in `badPtr` (u32).
 */
export function checkNeighbours(
  n: u32, offsetsPtr: usize, neighboursPtr: usize, begin: u32, end: u32, badPtr: usize,
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
 * Label nodes with the lowest one of their component, beginning at nodes [begin, end), in order.
 *
 * Shape: `labelsPtr` n u32, all ones where a node has none yet; `queuePtr` n u32.
 */
export function labelComponents(
  offsetsPtr: usize, neighboursPtr: usize, begin: u32, end: u32, labelsPtr: usize, queuePtr: usize,
): i32 {
  for (let i = begin; i < end; i++) {
    if (word(labelsPtr, i) != NONE) continue;
    store<u32>(labelsPtr + ((i as usize) << 2), i);
    store<u32>(queuePtr, i);
    let count: u32 = 1;
    for (let at: u32 = 0; at < count; at++) {
      const node = word(queuePtr, at);
      const stop = word(offsetsPtr, node + 1);
      for (let k = word(offsetsPtr, node); k < stop; k++) {
        const j = word(neighboursPtr, k);
        if (word(labelsPtr, j) != NONE) continue;
        store<u32>(labelsPtr + ((j as usize) << 2), i);
        store<u32>(queuePtr + ((count as usize) << 2), j);
        count++;
      }
    }
  }
  return OK;
}
