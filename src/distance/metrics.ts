import { rangeError, typeError } from '../errors.ts';
import { describe } from '../support/describe.ts';
import { bare, mostLike } from '../support/similar-names.ts';
import type { FloatArray } from '../types.ts';

/**
 * Metrics by name: SciPy's, and `rmsd`, the least root mean square deviation of frames of x, y, z of each atom
 * over all rotations and translations.
 *
 * Where versions of SciPy differ, what is meant is what SciPy 1.17 does, on numbers that are not booleans too:
 * - `jaccard` and the other boolean metrics ask whether a number is 0, and NaN is not. `dice` multiplies numbers,
 *   and can be negative; but with weights it compares them.
 * - `cosine` of a row of zeros is NaN, with weights too.
 * - `kulczynski1` and `sokalmichener`, which it has no more, are those of SciPy 1.10 (`sokalmichener` equals
 *   `rogerstanimoto`).
 */
export const METRICS = [
  'braycurtis',
  'canberra',
  'chebyshev',
  'cityblock',
  'correlation',
  'cosine',
  'dice',
  'euclidean',
  'hamming',
  'jaccard',
  'jensenshannon',
  'kulczynski1',
  'mahalanobis',
  'minkowski',
  'rmsd',
  'rogerstanimoto',
  'russellrao',
  'seuclidean',
  'sokalmichener',
  'sokalsneath',
  'sqeuclidean',
  'yule',
] as const;
export type Metric = (typeof METRICS)[number];

/**
 * A metric of one's own: the distance of two rows. It gets views of the rows, which it must not change. Infinity
 * and NaN are passed on by `pdist` and `cdist`, and refused by `linkage`.
 */
export type DistanceFunction = (u: FloatArray, v: FloatArray) => number;

/** Other names that people know, beside misspellings. */
const MEANT: Record<string, Metric> = {
  manhattan: 'cityblock',
  taxicab: 'cityblock',
  l1: 'cityblock',
  l2: 'euclidean',
  linf: 'chebyshev',
  max: 'chebyshev',
  maximum: 'chebyshev',
  pearson: 'correlation',
  js: 'jensenshannon',
  matching: 'hamming',
};

function suggestion(name: string): string {
  const best = MEANT[bare(name)] ?? mostLike(name, METRICS);
  return best ? `; did you mean '${best}'?` : '';
}

/** @throws TypeError or RangeError that lists the names there are */
export function checkMetric(metric: unknown): asserts metric is Metric {
  if (typeof metric !== 'string') {
    const hint = typeof metric === 'function' ? '; linkage, pdist, cdist and silhouette take functions' : '';
    throw typeError(`metric must be a name here, got ${describe(metric)}${hint}`);
  }
  if (!METRICS.includes(metric as Metric)) {
    throw rangeError(`metric must be one of ${METRICS.join(', ')}; got '${metric}'${suggestion(metric)}`);
  }
}
