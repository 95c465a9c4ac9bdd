import type { Z } from '../types.ts';
import { leafOrder } from './traverse.ts';
import { checkLinkage } from './validate.ts';

/**
 * The leaves of the tree, from left to right.
 *
 * Returns: n observations, each once.
 * Cost: O(n).
 * Errors: those of `isValidLinkage`.
 * Source: scipy.cluster.hierarchy.leaves_list.
 */
export function leavesList(Z: Z): Int32Array {
  checkLinkage(Z);
  return leafOrder(Z).leaves;
}
