/** The options of BatchClustering, read once. */

import { checkMetric, type Metric } from '../distance/metrics.ts';
import { rangeError, typeError } from '../errors.ts';
import { type Cut, checkCut } from '../hierarchy/cut.ts';
import {
  checkMethod,
  EUCLIDEAN_METHODS,
  type Method,
  needsUnitLength,
} from '../hierarchy/linkage/methods.ts';
import { type BadRows, readBadRows } from '../model/bad-rows.ts';
import type { Property } from '../sequences/properties.ts';
import { folderStore } from '../stores/folder.ts';
import type { Store } from '../stores/store.ts';
import { checkOptions, type Known, RUN_OPTIONS, whole } from '../support/checks.ts';
import { describe } from '../support/describe.ts';
import type { Run } from '../types.ts';

/** Options of BatchClustering.train. */
export interface TrainOptions extends Run {
  /** Where the run keeps its files: a folder by its path, memoryStore(), opfsStore(), or a store of one's own. */
  store: string | Store;
  /** The number of preclusters; or else it is fittingSize / clusterSize. */
  k?: number;
  /** Rows that will come in all, about. */
  fittingSize?: number;
  /** Rows that a precluster should have, about. Default 5,000. */
  clusterSize?: number;
  /** Rows of the sample that centroids are made from, drawn at random where it has more. Default 1,000 a precluster. */
  sample?: number;
  /**
   * Sequences only: preclusters that each sequence goes to, its nearest. Clusters are then found in the edges of all
   * preclusters together, so that few are lost where two meet. Default 2; 1 takes half the time and room.
   */
  overlap?: number;
  /** Sequences only: the longest that will come. Default: the longest of the sample. */
  maxLength?: number;
  /** Sequences only: the properties of residues that they are preclustered by. Default as encodeSequences has it. */
  properties?: readonly Property[];
  /**
   * What to do with a row of the sample that is not finite, or a sequence that cannot be one. Default 'error', which of
   * sequences looks at those drawn.
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
  /** What the batch is called: a file, a donor. Each name once. Default 'batch-' and its number. */
  name?: string;
  /** Where the batch is from (an absolute path, a URL): kept beside its name, so that it is known again. */
  origin?: string;
  /** What to do with a row that is not finite, or a sequence that cannot be one. Default 'error'. */
  onBadRow?: BadRows;
}

/** Options of `clusters`: how each precluster is clustered. */
export interface RefineOptions extends Run {
  /** 'mcl' for sequences, its default; a linkage method for vectors, default 'ward'. */
  method?: 'mcl' | Method;
  /** Of vectors: how the tree of each precluster is cut; a number is that of clusters in each. */
  clusters?: Cut;
  /** Of vectors: default 'euclidean'. */
  metric?: Metric;
  /** Of vectors: what to do with a row that has no distance by the metric; skipped, it is in no cluster. Default 'error'. */
  onBadRow?: BadRows;
  /** Of sequences: the graph's most differences, 1 or 2. Default 1. */
  maxDistance?: 1 | 2;
  /** Of sequences: whether a residue more or less makes an edge too. Default false. */
  indels?: boolean;
  /** Of mcl: default 1.2. */
  inflation?: number;
  /** Of mcl: default 2. */
  expansion?: number;
  /** Of mcl: default 100. */
  maxIterations?: number;
  /** Of mcl: entries below are dropped. Default 1e-3. */
  pruning?: number;
  /** Preclusters that are worked on at a time, where memory suffices. Results do not depend on it. Default 2. */
  concurrency?: number;
  /**
   * Of sequences: 1 clusters each precluster on its own, whatever `overlap` the run was trained with: the edges of all
   * preclusters need not be in memory together, and those between preclusters are lost. Default: as trained.
   */
  overlap?: 1;
  /** Count on the way which batch has how many rows of which cluster, for clusterMatrix(). Default false. */
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

/** Rows that are advised for the sample that the centroids are made from: 1,000 a precluster, as clusTCR has it. */
export function adviseSample({
  fittingSize,
  clusterSize = DEFAULT_CLUSTER_SIZE,
}: {
  fittingSize: number;
  clusterSize?: number;
}): number {
  whole(fittingSize, 'fittingSize', 1);
  whole(clusterSize, 'clusterSize', 1);
  return Math.min(fittingSize, Math.ceil((SAMPLE_ROWS * fittingSize) / clusterSize));
}

/** Rows of a sample for each precluster: more make no difference worth the time. */
const SAMPLE_ROWS = 1000;
const DEFAULT_CLUSTER_SIZE = 5000;
/** More have no use, and a place for each is held in memory. */
const MOST_PRECLUSTERS = 2 ** 20;

/** @throws TypeError for anything that is no store */
export function asStore(store: unknown): Store {
  if (typeof store === 'string') return folderStore(store);
  const it = store as Partial<Store> | null;
  const needed = ['lock', 'list', 'read', 'append', 'sync', 'truncate', 'remove', 'close', 'removeIfEmpty'];
  if (
    typeof it !== 'object' ||
    it === null ||
    needed.some((key) => typeof it[key as keyof Store] !== 'function')
  ) {
    throw typeError(
      `store must be a path, memoryStore(), opfsStore() or an object with ${needed.join(', ')}, got ${describe(store)}`,
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
  if (typeof options !== 'object' || options === null) {
    throw typeError(`options must be an object with at least {store, fittingSize}, got ${describe(options)}`);
  }
  checkOptions(options, TRAIN_OPTIONS, 'train', "{ store: 'run', fittingSize: 1e6 }");
  const { fittingSize, clusterSize = DEFAULT_CLUSTER_SIZE, maxLength, properties } = options;
  const { overlap = kind === 'sequences' ? 2 : 1 } = options;
  let { k } = options;
  whole(clusterSize, 'clusterSize', 1);
  if (k !== undefined) {
    whole(k, 'k', 1);
    for (const name of ['fittingSize', 'clusterSize'] as const) {
      if (options[name] === undefined) continue;
      throw rangeError(`k (${k}) and ${name} (${options[name]}) exclude each other; name one of them`);
    }
  } else {
    if (fittingSize === undefined) throw typeError('name k, the number of preclusters, or fittingSize');
    whole(fittingSize, 'fittingSize', 1);
    k = Math.ceil(fittingSize / clusterSize);
  }
  if (k > MOST_PRECLUSTERS) {
    throw rangeError(
      `there are at most ${MOST_PRECLUSTERS} preclusters, got ${k}; take a larger clusterSize`,
    );
  }
  const { sample = SAMPLE_ROWS * k } = options;
  whole(sample, 'sample', 1);
  if (sample < k) throw rangeError(`sample must be at least k, ${k}, got ${sample}`);
  whole(overlap, 'overlap', 1);
  if (kind === 'vectors') {
    const wrong = Object.entries({ overlap: overlap > 1 ? overlap : undefined, maxLength, properties }).find(
      ([, value]) => value !== undefined,
    );
    if (wrong) {
      throw rangeError(
        `${wrong[0]} is for sequences: vectors have no edges by which clusters could be joined or lengths that differ`,
      );
    }
  }
  if (overlap > 8) throw rangeError(`overlap must be at most 8, got ${overlap}`);
  if (maxLength !== undefined) whole(maxLength, 'maxLength', 1);
  const badRows = readBadRows(options.onBadRow);
  return { store: asStore(options.store), k, sample, overlap, maxLength, properties, badRows };
}

export interface SettledRefining {
  method: 'mcl' | Method;
  cut: Cut | undefined;
  metric: Metric;
  badRows: BadRows;
  concurrency: number;
  /** Whether each precluster is clustered on its own, though rows go to several. */
  alone: boolean;
  /** What goes to the graph of sequences and to mcl. */
  graph: Pick<RefineOptions, 'maxDistance' | 'indels'>;
  mcl: Pick<RefineOptions, 'inflation' | 'expansion' | 'maxIterations' | 'pruning'>;
}

/** @throws TypeError or RangeError that names the option */
export function settleRefining(options: RefineOptions, kind: 'vectors' | 'sequences'): SettledRefining {
  const { clusters, metric = 'euclidean', concurrency = 2 } = options;
  const { method = kind === 'sequences' ? 'mcl' : 'ward' } = options;
  whole(concurrency, 'concurrency', 1);
  if (options.overlap !== undefined && options.overlap !== 1) {
    throw rangeError(`overlap must be 1, which ignores that of training, got ${describe(options.overlap)}`);
  }
  if (options.overlap !== undefined && kind === 'vectors') throw rangeError('overlap is for sequences');
  const { maxDistance, indels, inflation, expansion, maxIterations, pruning } = options;
  const settled = {
    ...{ method, cut: clusters, metric, concurrency, alone: options.overlap === 1 },
    badRows: readBadRows(options.onBadRow),
    graph: { maxDistance, indels },
    mcl: { inflation, expansion, maxIterations, pruning },
  };
  if (kind === 'sequences') {
    if (method !== 'mcl')
      throw rangeError(`sequences are clustered by method 'mcl', got ${describe(method)}`);
    if (options.metric !== undefined)
      throw rangeError('metric is for vectors; sequences have their own distance');
    if (clusters !== undefined)
      throw rangeError("clusters is for the trees of vectors; 'mcl' finds how many there are");
    if (options.onBadRow !== undefined) throw rangeError('onBadRow is for vectors');
    return settled;
  }
  if (method === 'mcl') throw rangeError("method 'mcl' is for sequences; vectors take a linkage method");
  checkMethod(method);
  checkMetric(metric);
  if (clusters === undefined) {
    throw typeError('clusters must say how trees are cut: a number, {distance} or {inconsistent, depth}');
  }
  checkCut(clusters);
  const stray = Object.entries({ ...settled.graph, ...settled.mcl }).find(([, value]) => value !== undefined);
  if (stray) throw rangeError(`${stray[0]} is for sequences`);
  if (EUCLIDEAN_METHODS.includes(method) && metric !== 'euclidean' && !needsUnitLength(method, metric)) {
    throw rangeError(`method '${method}' is defined for metric 'euclidean', got '${metric}'`);
  }
  return settled;
}
