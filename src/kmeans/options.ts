/** The options of kmeans, checked once. */

import { BadRowError, rangeError } from '../errors.ts';
import { type BadRows, readBadRows } from '../model/bad-rows.ts';
import {
  checkBoolean,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkWhole,
  type Known,
  RUN_OPTIONS,
  wrongValue,
} from '../support/checks.ts';
import { type InMemoryRows, readVectors } from '../support/vectors.ts';
import type { Run, Vectors } from '../types.ts';
import type { KMeansMetric } from './layout.ts';

export interface KMeansOptions extends Run {
  /** The number of clusters. */
  k: number;
  /** The first centroids: spread out ('k-means++', the default), random rows ('random'), or k given rows. */
  init?: 'k-means++' | 'random' | Vectors;
  /** Number of runs with different first centroids; the best one is kept. Default 1; 10 if init is 'random'. */
  nInit?: number;
  /** Largest number of iterations of a run. Default 300; with miniBatch, number of passes over the rows, default 1. */
  maxIter?: number;
  /**
   * Stop when the sum of the squared movements of the centroids is at most this, times the mean variance of the columns. Default
   * 1e-4.
   */
  tol?: number;
  /** 'euclidean', the default, or 'cosine': spherical k-means, where only the directions of rows count. */
  metric?: KMeansMetric;
  /** Find the centroids from this number of random rows; all rows are labelled. Default: from all rows. */
  sample?: number;
  /**
   * Update the centroids after every batch of rows, in maxIter passes, instead of after each pass. Default false. A source that does
   * not fit in memory is then read three times: for the first centroids (unless `init` gives them), for the batches, and for labels
   * and inertia.
   */
  miniBatch?: boolean;
  /** Number of rows in a batch of miniBatch. Default 1,024, or twice k if that is more. */
  batchRows?: number;
  /** Whether to keep the label of each row: 4 bytes per row. Default true. */
  labels?: boolean;
  /** Rows of a source to read at a time. Results do not depend on it. */
  chunkRows?: number;
  /** What to do with a row that is not finite, or has no direction with 'cosine'. Default 'error'. */
  onBadRow?: BadRows;
}

const KMEANS_OPTIONS: Known<KMeansOptions> = {
  k: true,
  init: true,
  nInit: true,
  maxIter: true,
  tol: true,
  metric: true,
  sample: true,
  miniBatch: true,
  batchRows: true,
  labels: true,
  chunkRows: true,
  onBadRow: true,
  ...RUN_OPTIONS,
};

/** Checked options, with defaults that do not depend on the data. */
export interface SettledKMeans {
  k: number;
  init: 'k-means++' | 'random' | InMemoryRows;
  nInit: number;
  maxIter: number;
  tol: number;
  metric: KMeansMetric;
  /** Whether the caller gave the metric. */
  explicit: boolean;
  sample: number | undefined;
  /** Rows of a batch, or 0 for Lloyd's algorithm. */
  batchRows: number;
  labels: boolean;
  chunkRows: number | undefined;
  badRows: BadRows;
}

function readInit(init: unknown, k: number, cols: number): SettledKMeans['init'] {
  if (init === 'k-means++' || init === 'random') return init;
  if (typeof init !== 'object' || init === null) {
    throw wrongValue('init', "'k-means++', 'random' or k rows of numbers", init);
  }
  const table = readVectors(init, 'init');
  if (table.rows !== k || table.cols !== cols) {
    throw rangeError(
      `init must have k rows with as many columns as the data, ${k} x ${cols}; got ${table.rows} x ${table.cols}`,
    );
  }
  const at = table.data.findIndex((x) => !Number.isFinite(x));
  if (at >= 0) throw new BadRowError('init', Math.floor(at / cols), at % cols, table.data[at]);
  return table;
}

/** @throws TypeError or RangeError that names the option */
export function settleKMeans(options: KMeansOptions, cols: number): SettledKMeans {
  checkOptions(options, KMEANS_OPTIONS, 'kmeans', '{ k: 8 }');
  const { k, metric = 'euclidean', tol = 1e-4, sample, miniBatch = false, labels = true } = options;
  checkWhole(k, 'k', 1);
  if (k > 2 ** 24) throw wrongValue('k', 'at most 2^24', k);
  checkOneOf(metric, 'metric', ['euclidean', 'cosine']);
  const init = readInit(options.init ?? 'k-means++', k, cols);
  const { nInit = init === 'random' ? 10 : 1, maxIter = miniBatch ? 1 : 300 } = options;
  checkWhole(nInit, 'nInit', 1);
  checkWhole(maxIter, 'maxIter', 1);
  checkNumber(tol, 'tol', 'a finite number, 0 or more', (x) => x >= 0 && x < Number.POSITIVE_INFINITY);
  checkBoolean(miniBatch, 'miniBatch');
  checkBoolean(labels, 'labels');
  if (sample !== undefined) {
    checkWhole(sample, 'sample', 1);
    if (sample < k) throw wrongValue('sample', `at least k, ${k}`, sample);
  }
  const { batchRows = Math.max(1024, 2 * k), chunkRows } = options;
  if (options.batchRows !== undefined && !miniBatch) throw rangeError('batchRows needs miniBatch: true');
  checkWhole(batchRows, 'batchRows', 1);
  if (chunkRows !== undefined) checkWhole(chunkRows, 'chunkRows', 1);
  return {
    ...{ k, init, maxIter, tol, metric, sample, labels, chunkRows, explicit: options.metric !== undefined },
    // Runs from the same centroids would all be equal.
    nInit: typeof init === 'string' ? nInit : 1,
    batchRows: miniBatch ? batchRows : 0,
    badRows: readBadRows(options.onBadRow),
  };
}
