/** The options of BatchClustering, checked once. */

import { checkMetric, type Metric } from '../distance/metrics.ts';
import { rangeError, typeError } from '../errors.ts';
import { readSettings } from '../graph/mcl.ts';
import { type Cut, checkCut } from '../hierarchy/cut.ts';
import {
  checkMethod,
  type Method,
  metricError,
  takesMetric,
  usualMethod,
} from '../hierarchy/linkage/methods.ts';
import { option, say } from '../messages.ts';
import { type BadRows, readBadRows } from '../model/bad-rows.ts';
import type { Property } from '../sequences/properties.ts';
import { folderStore } from '../stores/folder.ts';
import type { Store } from '../stores/store.ts';
import {
  checkOptions,
  checkWhole,
  type Known,
  RUN_OPTIONS,
  wrongType,
  wrongValue,
} from '../support/checks.ts';
import type { Run } from '../types.ts';

/** Options of BatchClustering.train. */
export interface TrainOptions extends Run {
  /** Storage for the run's files: the path of a folder, memoryStore(), opfsStore(), or an object with the methods of Store. */
  store: string | Store;
  /** Number of preclusters. Without it, it is fittingSize / clusterSize. */
  k?: number;
  /** Approximate number of rows that will be added in all. */
  fittingSize?: number;
  /** Approximate number of rows of a precluster. Default 5,000. */
  clusterSize?: number;
  /** Number of sample rows for the centroids; if the sample has more, random ones. Default 1,000 per precluster. */
  sample?: number;
  /**
   * Sequences only: number of preclusters that each sequence is added to, the nearest ones. Clusters are then found in the
   * edges of all preclusters together, so that few edges are lost at borders. Default 2; 1 takes half the time and space.
   */
  overlap?: number;
  /** Sequences only: greatest length of sequences to be added. Default: the greatest length in the sample. */
  maxLength?: number;
  /** Sequences only: properties of residues used for preclustering. Default as in encodeSequences. */
  properties?: readonly Property[];
  /**
   * What to do with a row of the sample that is not finite, or a sequence that is not valid. Default 'error', which checks only
   * the sequences that were drawn.
   */
  onBadRow?: BadRows;
}

const TRAIN_OPTIONS: Known<TrainOptions> = {
  store: true,
  k: true,
  fittingSize: true,
  clusterSize: true,
  sample: true,
  overlap: true,
  maxLength: true,
  properties: true,
  onBadRow: true,
  ...RUN_OPTIONS,
};

/** Options of `precluster`. */
export interface PreclusterOptions extends Run {
  /** Name of the batch, such as a file or a donor. It must be unique in the run. Default 'batch-' and its number. */
  name?: string;
  /** Where the batch comes from (an absolute path, a URL). It is stored with the name, to recognise the batch again. */
  origin?: string;
  /** What to do with a row that is not finite, or a sequence that is not valid. Default 'error'. */
  onBadRow?: BadRows;
}

/** How sequences are clustered. */
export type SequenceMethod = 'mcl' | 'components';

/** Options of `clusters`, for clustering each precluster. */
export interface RefineOptions extends Run {
  /**
   * For sequences: 'mcl' (the default), or 'components', where connected sequences are one cluster. For vectors: a linkage
   * method (default 'ward', and 'average' for metrics that ward is not defined for).
   */
  method?: SequenceMethod | Method;
  /** For vectors: how to cut the tree of each precluster; a number is the number of clusters in each. */
  clusters?: Cut;
  /** For vectors: default 'euclidean'. */
  metric?: Metric;
  /** For vectors: what to do with a row without a distance by the metric; a skipped row has no cluster. Default 'error'. */
  onBadRow?: BadRows;
  /** For sequences: largest number of differing positions between neighbours, 1 or 2. Default 1. */
  maxDistance?: 1 | 2;
  /** For sequences: whether one inserted or deleted residue makes an edge too. Default false. */
  indels?: boolean;
  /** For mcl: default 1.2. */
  inflation?: number;
  /** For mcl: default 2. */
  expansion?: number;
  /** For mcl: default 100. */
  maxIterations?: number;
  /** For mcl: smaller entries are dropped. Default 1e-3. */
  pruning?: number;
  /** Number of preclusters to process at the same time, if memory allows. Results do not depend on it. Default 2. */
  concurrency?: number;
  /**
   * For sequences: 1 clusters each precluster on its own, even if the run was trained with more `overlap`. Then the edges of all
   * preclusters need not be in memory together, and edges between preclusters are lost. Default: as trained.
   */
  overlap?: 1;
  /** Also count the rows of each cluster in each batch, for clusterMatrix(). Default false. */
  counts?: boolean;
}

/** The names of RefineOptions. */
export const REFINE_OPTIONS: Known<RefineOptions> = {
  method: true,
  clusters: true,
  metric: true,
  onBadRow: true,
  maxDistance: true,
  indels: true,
  inflation: true,
  expansion: true,
  maxIterations: true,
  pruning: true,
  concurrency: true,
  overlap: true,
  counts: true,
  ...RUN_OPTIONS,
};

/** Recommended number of sample rows for training: 1,000 per precluster, as in clusTCR. */
export function adviseSample({
  fittingSize,
  clusterSize = DEFAULT_CLUSTER_SIZE,
}: {
  fittingSize: number;
  clusterSize?: number;
}): number {
  checkWhole(fittingSize, 'fittingSize', 1);
  checkWhole(clusterSize, 'clusterSize', 1);
  return Math.min(fittingSize, Math.ceil((SAMPLE_ROWS * fittingSize) / clusterSize));
}

/** Sample rows per precluster. More make no difference worth the time. */
const SAMPLE_ROWS = 1000;
const DEFAULT_CLUSTER_SIZE = 5000;
/** More are of no use, and memory grows with their number. */
const MOST_PRECLUSTERS = 2 ** 20;

/** @throws TypeError unless it is a store or a path */
export function asStore(store: unknown): Store {
  if (typeof store === 'string') return folderStore(store);
  const it = store as Partial<Store> | null;
  const needed = ['lock', 'list', 'read', 'append', 'sync', 'truncate', 'remove', 'close', 'removeIfEmpty'];
  if (
    typeof it !== 'object' ||
    it === null ||
    needed.some((key) => typeof it[key as keyof Store] !== 'function')
  ) {
    throw wrongType(
      'store',
      `a path, memoryStore(), opfsStore() or an object with ${needed.join(', ')}`,
      store,
    );
  }
  return it as Store;
}

export interface SettledTraining {
  store: Store;
  k: number;
  sample: number;
  overlap: number;
  maxLength: number | undefined;
  properties: readonly Property[] | undefined;
  badRows: BadRows;
}

/** @throws TypeError or RangeError that names the option */
export function settleTraining(options: TrainOptions, kind: 'vectors' | 'sequences'): SettledTraining {
  checkOptions(options, TRAIN_OPTIONS, 'train', "{ store: 'run', fittingSize: 1e6 }");
  const { fittingSize, clusterSize = DEFAULT_CLUSTER_SIZE, maxLength, properties } = options;
  const { overlap = kind === 'sequences' ? 2 : 1 } = options;
  let { k } = options;
  checkWhole(clusterSize, 'clusterSize', 1);
  if (k !== undefined) {
    checkWhole(k, 'k', 1);
    for (const name of ['fittingSize', 'clusterSize'] as const) {
      if (options[name] === undefined) continue;
      throw rangeError(`k (${k}) and ${name} (${options[name]}) exclude each other; give only one of them`);
    }
  } else {
    if (fittingSize === undefined) throw typeError('give k, the number of preclusters, or fittingSize');
    checkWhole(fittingSize, 'fittingSize', 1);
    k = Math.ceil(fittingSize / clusterSize);
  }
  if (k > MOST_PRECLUSTERS) {
    throw wrongValue('k', `at most ${MOST_PRECLUSTERS}`, k, 'use a larger clusterSize');
  }
  const { sample = SAMPLE_ROWS * k } = options;
  checkWhole(sample, 'sample', 1);
  if (sample < k) throw wrongValue('sample', `at least k, ${k}`, sample);
  checkWhole(overlap, 'overlap', 1);
  if (kind === 'vectors') {
    const wrong = Object.entries({ overlap: overlap > 1 ? overlap : undefined, maxLength, properties }).find(
      ([, value]) => value !== undefined,
    );
    if (wrong) {
      throw rangeError(
        `${wrong[0]} works only for sequences; vectors have neither edges nor different lengths`,
      );
    }
  }
  if (overlap > 8) throw wrongValue('overlap', 'at most 8', overlap);
  if (maxLength !== undefined) checkWhole(maxLength, 'maxLength', 1);
  const badRows = readBadRows(options.onBadRow);
  return { store: asStore(options.store), k, sample, overlap, maxLength, properties, badRows };
}

export interface SettledRefining {
  method: SequenceMethod | Method;
  cut: Cut | undefined;
  metric: Metric;
  badRows: BadRows;
  concurrency: number;
  /** Whether each precluster is clustered on its own although rows are in several. */
  alone: boolean;
  /** Options for the graph of sequences, and for mcl. */
  graph: Pick<RefineOptions, 'maxDistance' | 'indels'>;
  mcl: Pick<RefineOptions, 'inflation' | 'expansion' | 'maxIterations' | 'pruning'>;
}

/** @throws TypeError or RangeError that names the option */
export function settleRefining(options: RefineOptions, kind: 'vectors' | 'sequences'): SettledRefining {
  const { clusters, metric = 'euclidean', concurrency = 2 } = options;
  const { method = kind === 'sequences' ? 'mcl' : usualMethod(metric) } = options;
  checkWhole(concurrency, 'concurrency', 1);
  if (options.overlap !== undefined && options.overlap !== 1) {
    throw wrongValue('overlap', '1 (without the overlap of training) or left out', options.overlap);
  }
  if (options.overlap !== undefined && kind === 'vectors')
    throw rangeError(say`${option('overlap')} works only for sequences`);
  const { maxDistance, indels, inflation, expansion, maxIterations, pruning } = options;
  const settled = {
    ...{ method, cut: clusters, metric, concurrency, alone: options.overlap === 1 },
    badRows: readBadRows(options.onBadRow),
    graph: { maxDistance, indels },
    mcl: { inflation, expansion, maxIterations, pruning },
  };
  if (kind === 'sequences') {
    if (method !== 'mcl' && method !== 'components') {
      throw wrongValue('method', "'mcl' or 'components' for sequences", method);
    }
    const idle = Object.entries(settled.mcl).find(([, value]) => value !== undefined);
    if (method === 'components' && idle) throw rangeError(`${idle[0]} works only with method 'mcl'`);
    if (options.metric !== undefined)
      throw rangeError('metric works only for vectors; sequences have a distance of their own');
    if (clusters !== undefined)
      throw rangeError(`clusters works only for vectors; '${method}' finds the number of clusters itself`);
    if (options.onBadRow !== undefined) throw rangeError(say`${option('onBadRow')} works only for vectors`);
    readSettings(settled.mcl);
    return settled;
  }
  if (method === 'mcl' || method === 'components') {
    throw rangeError(`method '${method}' works only for sequences; use a linkage method for vectors`);
  }
  checkMethod(method);
  checkMetric(metric);
  if (clusters === undefined) {
    throw typeError('clusters must say how trees are cut: a number, {distance} or {inconsistent, depth}');
  }
  checkCut(clusters);
  const stray = Object.entries({ ...settled.graph, ...settled.mcl }).find(([, value]) => value !== undefined);
  if (stray) throw rangeError(`${stray[0]} works only for sequences`);
  if (!takesMetric(method, metric)) throw metricError(method, metric, "'average' takes any metric");
  return settled;
}
