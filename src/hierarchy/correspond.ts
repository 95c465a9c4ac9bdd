import { numObsY } from '../distance/squareform.ts';
import type { FloatArray, Z } from '../types.ts';
import { checkLinkage } from './validate.ts';

/**
 * Whether a tree and condensed distances can belong to the same observations: whether their numbers of observations
 * agree.
 *
 * Cost: O(n), for the check of Z.
 * Errors: those of `isValidLinkage` and `numObsY`.
 * Source: scipy.cluster.hierarchy.correspond.
 */
export function correspond(Z: Z, Y: FloatArray | readonly number[]): boolean {
  const n = checkLinkage(Z);
  return numObsY(Y, 'Y') === n;
}
