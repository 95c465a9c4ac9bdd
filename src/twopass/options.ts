/** The options of twoPass and plan, checked once. */

import { checkMetric, type Metric } from '../distance/metrics.ts';
import { rangeError, typeError } from '../errors.ts';
import { type Cut, checkCut } from '../hierarchy/cut.ts';
import {
  checkMethod,
  type Method,
  metricError,
  needsUnitLength,
  takesMetric,
  usualMethod,
} from '../hierarchy/linkage/methods.ts';
import { checkLinear, checkMatrix, checkStrategy, type Strategy } from '../hierarchy/linkage/strategy.ts';
import { type BadRows, readBadRows } from '../model/bad-rows.ts';
import { DEFAULT_LIMIT, readLimit } from '../runtime/memory/limits.ts';
import { readSeed, readThreads } from '../runtime/run.ts';
import {
  checkBoolean,
  checkOneOf,
  checkOptions,
  checkWhole,
  type Known,
  RUN_OPTIONS,
} from '../support/checks.ts';
import { describe } from '../support/text/describe.ts';
import type { Preparation, Run } from '../types.ts';

/** Which rows represent a cluster. */
export type Pick = 'medoid' | 'random' | 'centroid';

export interface TwoPassOptions extends Run {
  /** The number of clusters, or a height or inconsistency to cut at. */
  clusters: Cut;
  /** Cluster every stride-th row. */
  stride?: number;
  /** Cluster this many random rows. Without stride and sample: as many random rows as memoryLimit allows. */
  sample?: number;
  /**
   * Default 'ward', and 'average' for metrics that ward is not defined for. Ward, centroid and median take the metrics euclidean
   * and rmsd (as MDTraj does); ward and centroid also cosine and correlation, on rows of length 1. Profiles are Euclidean,
   * whatever the metric.
   */
  method?: Method;
  /** Default 'euclidean'. */
  metric?: Metric;
  /** Cluster the rows of the square distance matrix as vectors, as `ward(square)` does in SciPy. */
  profiles?: boolean;
  /**
   * Whether the tree of the sample is built from the matrix of its distances, as for `linkage`. Default 'auto': the faster one, and
   * 'linear' if the matrix does not fit, so that the sample can be larger.
   */
  strategy?: Strategy;
  /** Default: one medoid. */
  leaders?: { perCluster?: number; pick?: Pick };
  /**
   * Also label the rows of the sample by their nearest leader, like all others, as MDTraj does. Default false: they keep the
   * labels of the tree.
   */
  relabel?: boolean;
  /** Keep the rows of the sample in the result, so that the tree can be cut again without reading the data. Default false. */
  keepSample?: boolean;
  /** Rows to read at a time. Results do not depend on it. */
  chunkRows?: number;
  /** What to do with a row that is not finite. Default 'error'. */
  onBadRow?: BadRows;
}

const TWO_PASS_OPTIONS: Known<TwoPassOptions> = {
  clusters: true,
  stride: true,
  sample: true,
  method: true,
  metric: true,
  profiles: true,
  strategy: true,
  leaders: true,
  relabel: true,
  keepSample: true,
  chunkRows: true,
  onBadRow: true,
  ...RUN_OPTIONS,
};

/** Checked options, with defaults that do not depend on the data. */
export interface Settled {
  cut: Cut;
  stride: number | undefined;
  sample: number | undefined;
  method: Method;
  metric: Metric;
  profiles: boolean;
  treeStrategy: Strategy;
  perCluster: number;
  pick: Pick;
  relabel: boolean;
  keepSample: boolean;
  chunkRows: number | undefined;
  badRows: BadRows;
  limit: number;
  threads: number;
  /** How the rows of the source were prepared, for the model. */
  preparation?: Preparation | undefined;
}

/** @throws TypeError or RangeError that names the option */
export function settleLeaders(leaders: TwoPassOptions['leaders']): { perCluster: number; pick: Pick } {
  if (leaders !== undefined) {
    checkOptions(leaders, { perCluster: true, pick: true }, 'leaders', '{ perCluster: 2 }');
  }
  const { perCluster = 1, pick = 'medoid' } = leaders ?? {};
  checkWhole(perCluster, 'leaders.perCluster', 1);
  checkOneOf(pick, 'leaders.pick', ['medoid', 'random', 'centroid']);
  return { perCluster, pick };
}

/** @throws TypeError or RangeError that names the option */
export function settle(options: TwoPassOptions): Settled {
  for (const name of ['distance', 'inconsistent']) {
    const value = (options as unknown as Record<string, unknown> | null)?.[name];
    if (value !== undefined) {
      throw typeError(`${name} must be given within clusters: { clusters: { ${name}: ${describe(value)} } }`);
    }
  }
  checkOptions(options, TWO_PASS_OPTIONS, 'twoPass', '{ clusters: 3 }');
  const { clusters, stride, sample, metric = 'euclidean', profiles = false } = options;
  const { method = profiles ? 'ward' : usualMethod(metric, true) } = options;
  const { strategy = 'auto' } = options;
  const { keepSample = false, relabel = false } = options;
  const { perCluster, pick } = settleLeaders(options.leaders);
  checkCut(clusters);
  checkMethod(method);
  checkMetric(metric);
  if (stride !== undefined) checkWhole(stride, 'stride', 1);
  if (sample !== undefined) checkWhole(sample, 'sample', 2);
  if (stride !== undefined && sample !== undefined) {
    throw rangeError(`stride (${stride}) and sample (${sample}) exclude each other; give only one of them`);
  }
  checkBoolean(profiles, 'profiles');
  checkStrategy(strategy);
  if (strategy === 'linear') {
    if (profiles)
      throw rangeError(
        "strategy 'linear' cannot be used with profiles, which are rows of the distance matrix",
      );
    checkLinear(method, metric, false);
  }
  for (const [name, value] of Object.entries({ keepSample, relabel })) {
    checkBoolean(value, name);
  }
  if (options.chunkRows !== undefined) checkWhole(options.chunkRows, 'chunkRows', 1);
  readSeed(options.seed);
  const unitLength = !profiles && needsUnitLength(method, metric);
  if (unitLength) checkMatrix(method, metric, strategy);
  if (!profiles && !takesMetric(method, metric, true)) {
    throw metricError(method, metric, "'average' takes any metric");
  }
  return {
    cut: clusters,
    stride,
    sample,
    method,
    metric,
    profiles,
    treeStrategy: unitLength ? 'linear' : strategy,
    perCluster,
    pick,
    relabel,
    keepSample,
    chunkRows: options.chunkRows,
    badRows: readBadRows(options.onBadRow),
    limit: readLimit(options.memoryLimit, DEFAULT_LIMIT),
    threads: readThreads(options.threads),
  };
}
