/** Distances that the caller has: a square of them, or a single column. Loaded for metric 'precomputed'. */

import { rangeError } from '../errors.ts';
import { ROUND, type Steps } from '../support/scheduling.ts';
import type { InMemoryRows } from '../support/vectors.ts';
import type { FloatArray } from '../types.ts';

/**
 * Condensed distances of a square, or of a single column of n(n-1)/2 of them.
 *
 * Tolerance: that of numpy.allclose, by which SciPy recognises a square. Elements i, j and j, i may differ by
 * 1e-8 + 1e-5 of their size, and the diagonal may reach 1e-8. The upper triangle counts, as in `squareform`.
 * @throws RangeError that names the pair
 */
export function* condensedSteps({ data, rows, cols }: InMemoryRows): Steps<FloatArray> {
  const n = cols === 1 ? Math.round((1 + Math.sqrt(1 + 8 * rows)) / 2) : cols;
  if (cols === 1 ? (n * (n - 1)) / 2 !== rows : rows !== cols) {
    throw rangeError(
      `X is ${rows} x ${cols}; with metric 'precomputed' it must be a square of distances, or n(n-1)/2 rows of one`,
    );
  }
  if (cols === 1) return data;
  const length = (n * (n - 1)) / 2;
  const y = data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  for (let i = 0, to = 0; i < n; i++) {
    const own = data[i * n + i];
    if (!(Math.abs(own) <= 1e-8)) {
      throw rangeError(`X: the distance of row ${i} to itself is ${own}; the diagonal of distances is 0`);
    }
    for (let j = i + 1; j < n; j++, to++) {
      const [a, b] = [data[i * n + j], data[j * n + i]];
      if (a !== b && !(Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b))) {
        throw rangeError(
          `X is not symmetric: the distance of rows ${i} and ${j} is ${a}, and that of ${j} and ${i} is ${b}`,
        );
      }
      y[to] = a;
      if ((to & ROUND) === ROUND) yield;
    }
  }
  return y;
}
