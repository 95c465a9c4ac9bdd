import { checkOneOf } from '../support/checks.ts';
import { bare } from '../support/text/similar-names.ts';
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

function suggestion(name: unknown): string | undefined {
  if (typeof name === 'function') return 'linkage, pdist, cdist and silhouette take functions';
  if (typeof name !== 'string') return undefined;
  if (name === 'precomputed')
    return 'linkage, fclusterdata, silhouette and optimalLeafOrdering take distances';
  const best = MEANT[bare(name)];
  return best && `did you mean '${best}'?`;
}

/** @throws TypeError if it is not a string; RangeError, which lists the names, if it is unknown */
export function checkMetric(metric: unknown): asserts metric is Metric {
  checkOneOf(metric, 'metric', METRICS, suggestion(metric));
}
