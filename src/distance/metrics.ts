import { rangeError, typeError } from '../errors.ts';
import { describe } from '../support/describe.ts';
import { bare, mostLike } from '../support/similar-names.ts';
import type { FloatArray } from '../types.ts';

/**
 * Metrics by name: those of SciPy, and `rmsd`, the least root mean square deviation of two frames (x, y, z of each
 * atom) over all rotations and translations.
 *
 * Where versions of SciPy differ, Coppice follows SciPy 1.17, also for numbers that are not booleans:
 * - `jaccard` and the other boolean metrics only test whether a number is 0; NaN counts as not 0. `dice` multiplies
 *   numbers, so it can be negative; with weights it compares them instead.
 * - `cosine` of a row of zeros is NaN, with weights too.
 * - SciPy 1.17 no longer has `kulczynski1` and `sokalmichener`. They follow SciPy 1.10 (`sokalmichener` equals
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
 * A custom metric: a function that returns the distance of two rows. It gets views of the rows and must not change
 * them. `pdist` and `cdist` keep infinity and NaN; `linkage` refuses them.
 */
export type DistanceFunction = (u: FloatArray, v: FloatArray) => number;

/** Other common names of metrics. */
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
  if (name === 'precomputed')
    return '; linkage, fclusterdata, silhouette and optimalLeafOrdering take distances';
  const best = MEANT[bare(name)] ?? mostLike(name, METRICS);
  return best ? `; did you mean '${best}'?` : '';
}

/** @throws TypeError if it is not a string; RangeError, which lists the names, if it is unknown */
export function checkMetric(metric: unknown): asserts metric is Metric {
  if (typeof metric !== 'string') {
    const hint = typeof metric === 'function' ? '; linkage, pdist, cdist and silhouette take functions' : '';
    throw typeError(`metric must be a name here, got ${describe(metric)}${hint}`);
  }
  if (!METRICS.includes(metric as Metric)) {
    throw rangeError(`metric must be one of ${METRICS.join(', ')}; got '${metric}'${suggestion(metric)}`);
  }
}
