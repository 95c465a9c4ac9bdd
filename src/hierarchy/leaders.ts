import { rangeError } from '../errors.ts';
import { wrongType } from '../support/checks.ts';
import { finish, ROUND, type Steps } from '../support/scheduling.ts';
import { tagOf } from '../support/text/describe.ts';
import type { Z } from '../types.ts';
import { checkLinkageSteps } from './validate.ts';

/** The top node of each flat cluster. */
export interface Leaders {
  /** Node of the tree: below n a leaf, else the merge in row L[i] - n. */
  L: Int32Array;
  /** The flat cluster whose top node is L[i]. */
  M: Int32Array;
}

/**
 * For each flat cluster, the node of the tree whose leaves are exactly that cluster. This is SciPy's `leaders`. It has
 * nothing to do with the option `leaders` of `twoPass`, which chooses the rows that represent a cluster when other rows
 * are assigned.
 *
 * Shape: T has the n labels of `fcluster`; returns k nodes and their k labels. A post-order walk (left, right, parent)
 * visits the merges that join clusters; at each of them it returns the leaders among the children, left before right.
 * Cost: O(n).
 * Errors: those of `isValidLinkage`; TypeError if T is not an Int32Array; RangeError if its length is not n, or if a
 * cluster of T is not a whole subtree.
 * Source: scipy.cluster.hierarchy.leaders.
 */
export function leaders(Z: Z, T: Int32Array): Leaders {
  const n = finish(checkLinkageSteps(Z));
  if (tagOf(T) !== 'Int32Array') throw wrongType('T', 'an Int32Array with a label for each observation', T);
  if (T.length !== n)
    throw rangeError(`T has length ${T.length}, but Z stands for ${n} observations; each has one label`);
  return finish(leadersSteps(Z, T));
}

/** As leaders, in steps, for a checked tree and the right number of labels. */
export function* leadersSteps(Z: Z, T: Int32Array): Steps<Leaders> {
  const n = T.length;

  // Upward pass: a node is whole if all leaves below it have the same label. The whole children of a merge that is not
  // whole are leaders; found[i] counts the leaders that are children of merge i or of merges below it.
  const label = new Int32Array(2 * n - 1);
  const whole = new Uint8Array(2 * n - 1);
  label.set(T);
  whole.fill(1, 0, n);
  const found = new Int32Array(n - 1);
  for (let i = 0; i < n - 1; i++) {
    if ((i & ROUND) === ROUND) yield;
    const left = Z[4 * i];
    const right = Z[4 * i + 1];
    if (whole[left] && whole[right] && label[left] === label[right]) {
      whole[n + i] = 1;
      label[n + i] = label[left];
      continue;
    }
    found[i] = whole[left] + whole[right];
    if (left >= n) found[i] += found[left - n];
    if (right >= n) found[i] += found[right - n];
  }

  const root = 2 * n - 2;
  const k = whole[root] ? 1 : found[n - 2];
  const L = new Int32Array(k);
  const M = new Int32Array(k);
  if (whole[root]) {
    L[0] = root;
    M[0] = label[root];
    return { L, M };
  }

  // Downward pass: first[i] leaders come before those of merge i. The leaders of its subtrees come before its own.
  const first = new Int32Array(n - 1);
  for (let i = n - 2; i >= 0; i--) {
    if ((i & ROUND) === ROUND) yield;
    if (whole[n + i]) continue;
    let at = first[i];
    for (let side = 0; side < 2; side++) {
      const child = Z[4 * i + side] - n;
      if (child < 0) continue;
      first[child] = at;
      at += found[child];
    }
    for (let side = 0; side < 2; side++) {
      const child = Z[4 * i + side];
      if (!whole[child]) continue;
      L[at] = child;
      M[at++] = label[child];
    }
  }

  // A cluster with two top nodes is not a whole subtree.
  const top = new Map<number, number>();
  for (let i = 0; i < k; i++) {
    if ((i & ROUND) === ROUND) yield;
    const other = top.get(M[i]);
    if (other !== undefined) {
      throw rangeError(
        `T is not a cut of Z: cluster ${M[i]} lies under the separate nodes ${other} and ${L[i]}; a cluster is all leaves of one node`,
      );
    }
    top.set(M[i], L[i]);
  }
  return { L, M };
}
