import { rangeError } from '../../errors.ts';
import { allocate } from '../../support/allocate.ts';
import { checkWhole } from '../../support/checks.ts';
import type { Z } from '../../types.ts';
import { maxBelow } from '../traverse.ts';
import { checkLinkage } from '../validate.ts';

/** The upper part of a tree. */
export interface PrunedTree {
  /** Its k - 1 merges. */
  Z: Z;
  /** For each of the n leaves of the whole tree, the leaf of this tree that stands for it, from 0. */
  labels: Int32Array;
  /** For each of the k leaves, the node of the whole tree that it stands for. */
  nodes: Int32Array;
  /** For each of the k leaves, the number of leaves that it stands for. */
  counts: Int32Array;
}

/**
 * Prune a tree to k leaves: keep its k - 1 highest merges. Each leaf of the result stands for a cluster.
 *
 * Returns: the tree, and who belongs to which of its leaves. Leaves are numbered by their first member, as clusters are
 * in `cutTree`. The last column of its Z counts leaves of the pruned tree; `counts` has the members.
 * Among merges of equal height the later ones are kept. A merge below one of its parts counts as high as that part.
 * Cost: O(n log n); no recursion.
 * Errors: those of `isValidLinkage`; TypeError or RangeError unless k is a whole number from 2 to n; RangeError if a
 * height is NaN.
 */
export function prune(Z: Z, k: number): PrunedTree {
  const n = checkLinkage(Z);
  checkWhole(k, 'k', 2);
  if (k > n) throw rangeError(`k is ${k}; the tree has ${n} leaves`);
  for (let i = 0; i < n - 1; i++) {
    if (Number.isNaN(Z[4 * i + 2])) {
      throw rangeError(`Z: row ${i}, column 2 is NaN; the merges have to be put in order by height`);
    }
  }
  const high = maxBelow(Z, Z, 4, 2);
  const order = numbered(n - 1).sort((a, b) => high[a] - high[b] || a - b);
  const kept = allocate(Uint8Array, n - 1);
  for (let at = n - k; at < n - 1; at++) kept[order[at]] = 1;

  // Downward: the topmost node that is not kept, above each node or the node itself.
  const top = numbered(2 * n - 1);
  for (let i = n - 2; i >= 0; i--) {
    if (kept[i]) continue;
    top[Z[4 * i]] = top[n + i];
    top[Z[4 * i + 1]] = top[n + i];
  }
  const number = allocate(Int32Array, 2 * n - 1).fill(-1);
  const labels = allocate(Int32Array, n);
  const nodes = allocate(Int32Array, k);
  const counts = allocate(Int32Array, k);
  let next = 0;
  for (let leaf = 0; leaf < n; leaf++) {
    const node = top[leaf];
    if (number[node] < 0) {
      nodes[next] = node;
      number[node] = next++;
    }
    labels[leaf] = number[node];
    counts[number[node]]++;
  }
  const pruned = allocate(Float64Array, 4 * (k - 1));
  const countOf = (node: number) => (node < k ? 1 : pruned[4 * (node - k) + 3]);
  for (let i = 0, row = 0; i < n - 1; i++) {
    if (!kept[i]) continue;
    const [left, right] = [number[Z[4 * i]], number[Z[4 * i + 1]]];
    pruned.set([left, right, Z[4 * i + 2], countOf(left) + countOf(right)], 4 * row);
    number[n + i] = k + row++;
  }
  return { Z: pruned, labels, nodes, counts };
}

/** 0, 1, ..., length - 1. */
function numbered(length: number): Int32Array {
  const list = allocate(Int32Array, length);
  for (let i = 0; i < length; i++) list[i] = i;
  return list;
}
