import { rangeError } from '../../errors.ts';
import { allocate, copyOf } from '../../support/allocate.ts';
import { checkOptions, wrongType } from '../../support/checks.ts';
import { isTypedArray } from '../../support/text/describe.ts';
import type { Z } from '../../types.ts';
import { checkLinkage } from '../validate.ts';

/** A wanted order of the leaves. */
export interface RotateOrder {
  /** The n leaves, from left to right. */
  order: ArrayLike<number>;
}

/**
 * Rotate branches: exchange the left and the right part of merges. The tree stays the same; pictures and `leavesList`
 * show its leaves in another order.
 *
 * @param branches nodes whose parts are exchanged, by their numbers (merge i is node n + i, as in `toTree`); or
 *   { order }: each merge is rotated so that the part whose leaves come earlier on average is on the left. If an order can be
 *   reached by rotations, `leavesList` of the result is that order.
 * Returns: a new linkage matrix. Order of rows, heights and numbers of nodes are those of Z.
 * Cost: O(n); no recursion.
 * Errors: those of `isValidLinkage`; TypeError if `branches` is something else; RangeError if a node is a leaf, does not
 * exist or is listed twice, or the order does not have each leaf once.
 *
 * @example
 * rotate(Z, 2 * n - 2);                  // at the root
 * rotate(Z, { order: leavesList(Z2) });  // as near to another tree's order as the branches allow
 */
export function rotate(Z: Z, branches: number | ArrayLike<number> | RotateOrder): Z {
  const n = checkLinkage(Z);
  const turned = copyOf(Z);
  const swap = (merge: number) => {
    turned[4 * merge] = Z[4 * merge + 1];
    turned[4 * merge + 1] = Z[4 * merge];
  };
  if (typeof branches === 'number' || isNumbers(branches)) {
    const nodes = typeof branches === 'number' ? [branches] : Array.from(branches);
    const seen = new Set<number>();
    for (const node of nodes) {
      if (!Number.isInteger(node) || node < n || node > 2 * n - 2) {
        throw rangeError(`branches: ${node} is not a merge; merges are the nodes ${n} to ${2 * n - 2}`);
      }
      if (seen.has(node)) throw rangeError(`branches: ${node} is listed twice`);
      seen.add(node);
      swap(node - n);
    }
    return turned;
  }
  if (typeof branches !== 'object' || branches === null || !('order' in branches)) {
    throw wrongType('branches', 'a node, an array of nodes or { order: leaves }', branches);
  }
  checkOptions(branches, { order: true }, 'rotate', '{ order: leaves }');
  const places = placesOf((branches as RotateOrder).order, n);
  const sums = allocate(Float64Array, 2 * n - 1);
  const counts = allocate(Float64Array, 2 * n - 1).fill(1, 0, n);
  sums.set(places);
  for (let i = 0; i < n - 1; i++) {
    const [left, right] = [Z[4 * i], Z[4 * i + 1]];
    sums[n + i] = sums[left] + sums[right];
    counts[n + i] = counts[left] + counts[right];
    if (sums[left] / counts[left] > sums[right] / counts[right]) swap(i);
  }
  return turned;
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return isTypedArray(value) || (Array.isArray(value) && value.every((one) => typeof one === 'number'));
}

/** For each leaf its place in the order. */
function placesOf(order: unknown, n: number): Float64Array {
  if (!isNumbers(order)) throw wrongType('order', 'an array of leaves', order);
  if (order.length !== n) {
    throw rangeError(`order has length ${order.length}; the tree has ${n} leaves, and each comes once`);
  }
  const places = allocate(Float64Array, n).fill(-1);
  for (let at = 0; at < n; at++) {
    const leaf = order[at];
    if (!Number.isInteger(leaf) || leaf < 0 || leaf >= n) {
      throw rangeError(`order[${at}] is ${leaf}; leaves are 0 to ${n - 1}`);
    }
    if (places[leaf] >= 0) throw rangeError(`order has leaf ${leaf} twice`);
    places[leaf] = at;
  }
  return places;
}
