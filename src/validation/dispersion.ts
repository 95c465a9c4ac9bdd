/** Indices of how compact clusters of vectors are, and how well separated. */

import { BadRowError, rangeError } from '../errors.ts';
import { checkInputs, holdAny } from '../runtime/memory/inputs.ts';
import { readRun } from '../runtime/run.ts';
import { allocate } from '../support/allocate.ts';
import { drive, inSteps } from '../support/scheduling.ts';
import { driveReading, type InMemoryRows, readVectorsSteps } from '../support/vectors.ts';
import type { Run, Vectors } from '../types.ts';
import { checkClusterCount, type LabelArray, type Partition, readPartitionSteps } from './labels.ts';

/** Numbers processed between two checks of the clock. */
const STEP = 2 ** 13;

/** Passes over the rows: one for the means of the clusters, one for the distances to them. */
const PASSES = 2;

interface Clusters {
  table: InMemoryRows;
  partition: Partition;
  /** The mean of each cluster, k x cols. */
  means: Float64Array;
  /** Call `work` for each row, in steps. This is the last of PASSES; the first computed the means. */
  each(work: (row: number, cluster: number) => void): Promise<void>;
}

async function readClusters(X: Vectors, labels: LabelArray, options: Run): Promise<Clusters> {
  const run = readRun(options);
  const { signal, progress } = run;
  const given = { labels };
  holdAny(given, 'labels', run.inputs);
  const table = await driveReading(X, (it) => readVectorsSteps(it, 'X', run.inputs), signal);
  const partition = await drive(readPartitionSteps(given.labels, 'labels', table.rows), signal);
  checkClusterCount(partition);
  const { data, rows, cols } = table;
  const { of, sizes } = partition;
  const step = Math.max(1, Math.floor(STEP / cols));
  let before = 0;
  const each: Clusters['each'] = async (work) => {
    await inSteps(rows, step, signal, (begin, end) => {
      for (let i = begin; i < end; i++) work(i, of[i]);
      progress({ phase: 'index', done: before + end, total: PASSES * rows });
    });
    before += rows;
    checkInputs(run.inputs);
  };
  const means = allocate(Float64Array, sizes.length * cols);
  await each((row, cluster) => {
    for (let c = 0; c < cols; c++) {
      const x = data[row * cols + c];
      if (!Number.isFinite(x)) throw new BadRowError('X', row, c, x);
      means[cluster * cols + c] += x;
    }
  });
  sizes.forEach((size, j) => {
    for (let c = 0; c < cols; c++) means[j * cols + c] /= size;
  });
  return { table, partition, means, each };
}

/** @throws RangeError if a value overflowed */
function checked(index: number, ...parts: number[]): number {
  if ([index, ...parts].every(Number.isFinite)) return index;
  throw rangeError(
    'the index cannot be computed, because squared distances overflow float64; scale the data down',
  );
}

/** The squared distance between row i of `a` and row j of `b`. */
function square(a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number, cols: number): number {
  let sum = 0;
  for (let c = 0; c < cols; c++) {
    const e = a[i * cols + c] - b[j * cols + c];
    sum += e * e;
  }
  return sum;
}

/**
 * The Davies-Bouldin index. For each cluster, the sum of its width and another cluster's is divided by the distance between
 * their means; the worst case counts. The index is the mean over clusters. Low is good, 0 is best.
 *
 * @param X n rows of d numbers
 * @param labels the cluster of each row, whole numbers; 2 to n - 1 different ones
 * @returns scikit-learn's davies_bouldin_score
 * @throws BadRowError, TypeError, RangeError, also if squares overflow float64; the signal's reason
 * Cost: O(n d + k² d). Source: Davies and Bouldin 1979, IEEE Trans. Pattern Anal. 1, 224.
 */
export async function daviesBouldin(X: Vectors, labels: LabelArray, options: Run = {}): Promise<number> {
  const { table, partition, means, each } = await readClusters(X, labels, options);
  const { cols, data } = table;
  const { sizes } = partition;
  const k = sizes.length;
  const widths = allocate(Float64Array, k);
  await each((row, j) => {
    widths[j] += Math.sqrt(square(data, row, means, j, cols));
  });
  for (let j = 0; j < k; j++) widths[j] /= sizes[j];
  // As in scikit-learn: values close to 0 count as 0.
  let wide = widths.some((width) => width > 1e-8);
  let apart = false;
  // Not finite if any width or distance is not.
  let far = widths.reduce((sum, width) => sum + width, 0);
  const worst = allocate(Float64Array, k);
  await inSteps(k, Math.max(1, Math.floor(STEP / (k * cols))), readRun(options).signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      for (let j = 0; j < k; j++) {
        if (j === i) continue;
        const distance = Math.sqrt(square(means, i, means, j, cols));
        if (distance > 1e-8) apart = true;
        far = Math.max(far, distance);
        if (distance > 0) worst[i] = Math.max(worst[i], (widths[i] + widths[j]) / distance);
      }
    }
  });
  wide &&= apart;
  return checked(wide ? worst.reduce((sum, value) => sum + value, 0) / k : 0, far);
}

/**
 * The Calinski-Harabasz index, or variance ratio: the spread between clusters divided by the spread within them, each divided
 * by its degrees of freedom. High is good.
 *
 * @param X n rows of d numbers
 * @param labels the cluster of each row, whole numbers; 2 to n - 1 different ones
 * @returns scikit-learn's calinski_harabasz_score; 1 if all rows equal the means of their clusters
 * @throws BadRowError, TypeError, RangeError, also if squares overflow float64; the signal's reason
 * Cost: O(n d). Source: Calinski and Harabasz 1974, Commun. Stat. 3, 1.
 */
export async function calinskiHarabasz(X: Vectors, labels: LabelArray, options: Run = {}): Promise<number> {
  const { table, partition, means, each } = await readClusters(X, labels, options);
  const { cols, data, rows } = table;
  const { sizes } = partition;
  const k = sizes.length;
  const mean = allocate(Float64Array, cols);
  for (let j = 0; j < k; j++) {
    for (let c = 0; c < cols; c++) mean[c] += (sizes[j] / rows) * means[j * cols + c];
  }
  let between = 0;
  for (let j = 0; j < k; j++) between += sizes[j] * square(means, j, mean, 0, cols);
  let within = 0;
  await each((row, j) => {
    within += square(data, row, means, j, cols);
  });
  return checked(within === 0 ? 1 : (between * (rows - k)) / (within * (k - 1)), between, within);
}
