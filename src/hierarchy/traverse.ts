/**
 * Traversals of a linkage tree, without recursion: the depth of a tree can equal its number of merges.
 *
 * A valid Z forms every cluster before it is used. So a loop over the rows from first to last visits children before
 * their parents, and from last to first parents before their children. Anything that can be computed by passing numbers
 * along the edges therefore needs neither a stack nor marks: one loop over the rows computes it, and reads Z in order.
 *
 * All functions expect a Z that `checkLinkage` has accepted. Node i >= n is the merge in row i - n.
 */

import { finish, ROUND, type Steps } from '../support/scheduling.ts';
import type { Z } from '../types.ts';

/**
 * For each merge, the largest value of a statistic over the merge and all merges below it.
 *
 * Shape: merge i reads `values[stride * i + offset]`. NaN: comparisons are those of SciPy, in SciPy's order. NaN below
 * a merge is ignored, since it compares as not larger. NaN at the merge itself is the result, since no number compares
 * as larger.
 * Cost: O(n).
 */
export function maxBelow(Z: Z, values: Float64Array, stride: number, offset: number): Float64Array {
  return finish(maxBelowSteps(Z, values, stride, offset));
}

/** As maxBelow, in steps. */
export function* maxBelowSteps(
  Z: Z,
  values: Float64Array,
  stride: number,
  offset: number,
): Steps<Float64Array> {
  const n = Z.length / 4 + 1;
  const out = new Float64Array(n - 1);
  for (let i = 0; i < n - 1; i++) {
    if ((i & ROUND) === ROUND) yield;
    let max = values[stride * i + offset];
    const left = Z[4 * i] - n;
    const right = Z[4 * i + 1] - n;
    if (left >= 0 && out[left] > max) max = out[left];
    if (right >= 0 && out[right] > max) max = out[right];
    out[i] = max;
  }
  return out;
}

/** For each merge, the number of leaves below it, counted from the tree and not read from Z's last column. */
export function leafCounts(Z: Z): Int32Array {
  return finish(leafCountsSteps(Z));
}

function* leafCountsSteps(Z: Z): Steps<Int32Array> {
  const n = Z.length / 4 + 1;
  const out = new Int32Array(n - 1);
  for (let i = 0; i < n - 1; i++) {
    if ((i & ROUND) === ROUND) yield;
    const left = Z[4 * i] - n;
    const right = Z[4 * i + 1] - n;
    out[i] = (left < 0 ? 1 : out[left]) + (right < 0 ? 1 : out[right]);
  }
  return out;
}

/** The leaves from left to right, and where the leaves of each node begin. */
export interface LeafOrder {
  /** n leaves. */
  leaves: Int32Array;
  /** For each of the 2n - 1 nodes, the index of its first leaf in `leaves`. */
  start: Int32Array;
  /** For each of the n - 1 merges, the number of its leaves. */
  counts: Int32Array;
}

/**
 * List the leaves from left to right. In this order the leaves of any node are consecutive.
 *
 * Cost: O(n).
 */
export function leafOrder(Z: Z): LeafOrder {
  return finish(leafOrderSteps(Z));
}

/** As leafOrder, in steps. */
export function* leafOrderSteps(Z: Z): Steps<LeafOrder> {
  const n = Z.length / 4 + 1;
  const counts = yield* leafCountsSteps(Z);
  const start = new Int32Array(2 * n - 1);
  for (let i = n - 2; i >= 0; i--) {
    if ((i & ROUND) === ROUND) yield;
    const left = Z[4 * i];
    start[left] = start[n + i];
    start[Z[4 * i + 1]] = start[n + i] + (left < n ? 1 : counts[left - n]);
  }
  const leaves = new Int32Array(n);
  for (let leaf = 0; leaf < n; leaf++) {
    if ((leaf & ROUND) === ROUND) yield;
    leaves[start[leaf]] = leaf;
  }
  return { leaves, start, counts };
}
