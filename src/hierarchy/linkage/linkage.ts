import { type DirectMetric, directDistances, isDirect } from '../../distance/direct.ts';
import { warnIfHollow } from '../../distance/hollow.ts';
import { checkMetric, type Metric } from '../../distance/metrics.ts';
import {
  completeParameters,
  METRIC_OPTIONS,
  type MetricOptions,
  readMetricOptions,
  refuseParameters,
} from '../../distance/options.ts';
import { rangeError } from '../../errors.ts';
import { ownOptions } from '../../runtime/memory/inputs.ts';
import { readRun } from '../../runtime/run.ts';
import { checkBoolean, checkOptions, type Known, wrongType } from '../../support/checks.ts';
import { drive } from '../../support/scheduling.ts';
import { driveReading, readVectorsSteps } from '../../support/vectors.ts';
import type { FloatArray, Run, Vectors, Z } from '../../types.ts';
import { linkCondensed } from './condensed.ts';
import { inWords } from './errors.ts';
import { checkMethod, type Method, metricError, needsUnitLength, takesMetric } from './methods.ts';
import { checkLinear, checkMatrix, checkStrategy, type Strategy } from './strategy.ts';
import { linkVectors } from './vectors.ts';

/** Options of `linkage`; p, w, V and VI belong to the metric, as in `pdist`. */
export interface LinkageOptions extends Run, MetricOptions {
  /** How the distance between clusters is defined. Default 'single'. */
  method?: Method;
  /** Distance between rows, if the input is vectors: a name, a function, or 'precomputed' distances. Default 'euclidean'. */
  metric?: Metric | DirectMetric;
  /** Swap the children of merges so that neighbouring leaves are close; see optimalLeafOrdering. Default false. */
  optimalOrdering?: boolean;
  /** Whether all distances between vectors are computed first and kept. Default 'auto': see Strategy. */
  strategy?: Strategy;
}

/** The names of LinkageOptions. */
export const LINKAGE_OPTIONS: Known<LinkageOptions> = {
  method: true,
  metric: true,
  optimalOrdering: true,
  strategy: true,
  ...METRIC_OPTIONS,
};

/**
 * Hierarchical clustering: merge the two nearest clusters until only one is left.
 *
 * @param input n rows of vectors, or n(n-1)/2 condensed distances (`pdist`) as a typed array; with metric 'precomputed',
 *   also a square of distances
 * @returns SciPy's linkage matrix, (n-1) x 4, flat. Each row has the two clusters (rows are 0 to n-1, the k-th merge
 *   makes n + k), their distance, and the number of rows. Without ties it equals SciPy's, with heights within 1e-10 in
 *   float64. With ties it equals SciPy's too for complete, average and weighted in float64.
 * @throws TypeError for arguments of the wrong type; RangeError for fewer than two rows, for a method or metric that is
 *   unknown or does not fit, for distances that are not finite, and for negative distances (small ones from rounding
 *   count as 0, with a warning); BadRowError for a row that is not finite; MemoryLimitError
 *
 * Ties: the tree is the same at every memory limit and with every number of threads. From rows and from their distances
 * it is the same for single, complete, average and weighted. ward, centroid and median square distances again that are
 * already rounded, so that ties of squares can be broken.
 * - complete, average, weighted, ward: a nearest-neighbour chain starts at the lowest row. Of equally near clusters it
 *   takes the previous cluster of the chain, else the cluster with the lowest row, where a merged cluster is
 *   represented by the larger of the two rows. Merges of equal height keep the order of the chain.
 * - single: pairs of rows i < j are ordered by distance, then i, then j.
 * - centroid, median: of the nearest pairs, take the one whose later cluster is the earliest, then the one whose
 *   earlier cluster is the earliest. Rows are ordered by number, and come before merged clusters.
 *
 * ward, centroid and median compare squares, so rounding can make other ties than in SciPy. For strategy 'linear', see
 * Strategy.
 *
 * Cost: O(n²) time. Memory O(n²); with strategy 'linear' and for 'single', O(n) plus the rows. `optimalOrdering`
 * computes the distances again after the tree, in a square of float64. It takes 8n² bytes instead of (not in addition
 * to) at most 4n², and O(n³) time at worst.
 * Source: Müllner 2011, arXiv:1109.2378; `scipy.cluster.hierarchy.linkage`.
 */
export async function linkage(input: Vectors | FloatArray, options: LinkageOptions = {}): Promise<Z> {
  try {
    return await link(input, options);
  } catch (error) {
    const metric = options?.metric;
    throw await inWords(error, () => (metric && !isDirect(metric) ? { metric } : {}));
  }
}

/** As linkage; a DistanceError is not in words yet. */
async function link(input: Vectors | FloatArray, options: LinkageOptions): Promise<Z> {
  checkOptions(options, LINKAGE_OPTIONS, 'linkage', "{ method: 'ward' }");
  const run = readRun(options);
  options = ownOptions(options, run.inputs);
  const { method = 'single', metric = 'euclidean', optimalOrdering = false, strategy = 'auto' } = options;
  checkMethod(method);
  checkStrategy(strategy);
  const direct = isDirect(metric);
  if (!direct) checkMetric(metric);
  checkBoolean(optimalOrdering, 'optimalOrdering');
  if (input instanceof Float32Array || input instanceof Float64Array) {
    if (options.metric !== undefined && metric !== 'precomputed')
      throw rangeError("metric is for vectors, and the input holds distances; 'precomputed' is allowed");
    refuseParameters(options, 'for condensed distances');
    if (strategy === 'linear') checkLinear(method, undefined, false);
    const given = { y: input };
    run.inputs.hold(given, 'y');
    return linkCondensed(given, method, optimalOrdering, run);
  }
  if (ArrayBuffer.isView(input)) {
    throw wrongType('condensed distances', 'a Float32Array or a Float64Array', input);
  }
  const table = await driveReading(input, (it) => readVectorsSteps(it, 'X', run.inputs), run.signal);
  run.rowBytes = table.rowBytes;
  if (metric !== 'precomputed') await drive(warnIfHollow(table, run.warn), run.signal);
  const unitLength = needsUnitLength(method, metric);
  if (unitLength) checkMatrix(method, metric as Metric, strategy);
  else if (metric !== 'precomputed' && !takesMetric(method, metric)) {
    throw metricError(method, metric, "Other distances can be given condensed, at the caller's own risk");
  }
  if (table.rows < 2) throw rangeError(`linkage needs at least two rows, got ${table.rows}`);
  if (direct) {
    if (strategy === 'linear') checkLinear(method, metric === 'precomputed' ? undefined : metric, false);
    const { y, rest } = await directDistances(table, metric, options, run);
    return linkCondensed({ y }, method, optimalOrdering, rest);
  }
  const given = readMetricOptions(metric, options, table.cols);
  const parameters = await completeParameters(metric, given, [table], run.signal);
  if (strategy === 'linear') checkLinear(method, metric, parameters.w !== undefined);
  const way = unitLength ? 'linear' : strategy;
  return linkVectors(table, method, metric, parameters, optimalOrdering, way, run);
}

/** Options of the short forms: those of linkage, without the method. */
export type ShortFormOptions = Omit<LinkageOptions, 'method'>;

const { method: _, ...SHORT_OPTIONS } = LINKAGE_OPTIONS;

type ShortForm = (input: Vectors | FloatArray, options?: ShortFormOptions) => Promise<Z>;

function shortForm(method: Method): ShortForm {
  return async (input, options = {}) => {
    checkOptions(options, SHORT_OPTIONS, method, "{ metric: 'euclidean' }");
    return linkage(input, { ...options, method });
  };
}

/** `linkage` with method 'single': the distance of the nearest rows. */
export const single: ShortForm = /* @__PURE__ */ shortForm('single');
/** `linkage` with method 'complete': the distance of the farthest rows. */
export const complete: ShortForm = /* @__PURE__ */ shortForm('complete');
/** `linkage` with method 'average': the mean distance of rows (UPGMA). */
export const average: ShortForm = /* @__PURE__ */ shortForm('average');
/** `linkage` with method 'weighted': the mean of the distances of the two merged clusters (WPGMA). */
export const weighted: ShortForm = /* @__PURE__ */ shortForm('weighted');
/** `linkage` with method 'centroid': the distance of the means (UPGMC). */
export const centroid: ShortForm = /* @__PURE__ */ shortForm('centroid');
/** `linkage` with method 'median': the distance of midpoints (WPGMC). */
export const median: ShortForm = /* @__PURE__ */ shortForm('median');
/** `linkage` with method 'ward': the increase of the within-cluster sum of squares. */
export const ward: ShortForm = /* @__PURE__ */ shortForm('ward');
