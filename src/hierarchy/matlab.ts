/** MATLAB's form of a linkage matrix: three columns, no counts, clusters numbered from 1. */

import { rangeError } from '../errors.ts';
import { allocate } from '../support/allocate.ts';
import { wrongType } from '../support/checks.ts';
import { tagOf } from '../support/text/describe.ts';
import type { Z } from '../types.ts';
import { leafCounts } from './traverse.ts';
import { checkLinkage } from './validate.ts';

/**
 * Convert MATLAB's form to the form of this library.
 *
 * Shape: (n-1) x 3, flat; returns (n-1) x 4, flat. An empty array gives an empty array.
 * Cost: O(n).
 * Errors: TypeError if Z is not a Float64Array; RangeError if its length is not a multiple of 3, or its indices are not
 * those of a tree numbered from 1.
 * Source: scipy.cluster.hierarchy.from_mlab_linkage. SciPy accepts more: it does not notice most indices out of order.
 */
export function fromMlabLinkage(Z: Float64Array): Z {
  if (tagOf(Z) !== 'Float64Array')
    throw wrongType('Z', "a Float64Array of rows of 3, as MATLAB's linkage", Z);
  if (Z.length % 3 !== 0) {
    throw rangeError(
      `Z has length ${Z.length}; MATLAB's linkage has rows of 3, so its length is a multiple of 3`,
    );
  }
  const rows = Z.length / 3;
  const n = rows + 1;
  const out = allocate(Float64Array, 4 * rows);
  const used = allocate(Uint8Array, 2 * n);
  for (let i = 0; i < rows; i++) {
    for (let side = 0; side < 2; side++) {
      const id = Z[3 * i + side];
      // NaN and fractions are refused too: used[id] is undefined for them.
      if (!(id >= 1 && id <= n + i) || used[id] !== 0) {
        throw rangeError(
          `Z: row ${i}, column ${side} is ${id}; indices are numbered from 1, and here may be one of 1 to ${n + i} not yet merged`,
        );
      }
      used[id] = 1;
      out[4 * i + side] = id - 1;
    }
    out[4 * i + 2] = Z[3 * i + 2];
  }
  if (rows === 0) return out;
  const counts = leafCounts(out);
  for (let i = 0; i < rows; i++) out[4 * i + 3] = counts[i];
  return out;
}

/**
 * Convert the form of this library to MATLAB's.
 *
 * Shape: (n-1) x 4, flat; returns (n-1) x 3, flat. An empty array gives an empty array.
 * Cost: O(n).
 * Errors: those of `isValidLinkage`.
 * Source: scipy.cluster.hierarchy.to_mlab_linkage.
 */
export function toMlabLinkage(Z: Z): Float64Array {
  if (tagOf(Z) === 'Float64Array' && Z.length === 0) return new Float64Array(0);
  const rows = checkLinkage(Z) - 1;
  const out = allocate(Float64Array, 3 * rows);
  for (let i = 0; i < rows; i++) {
    out[3 * i] = Z[4 * i] + 1;
    out[3 * i + 1] = Z[4 * i + 1] + 1;
    out[3 * i + 2] = Z[4 * i + 2];
  }
  return out;
}
