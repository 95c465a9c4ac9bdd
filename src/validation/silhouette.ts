import { type DirectMetric, directDistances, isDirect } from '../distance/direct.ts';
import { BYTES, kernelFor } from '../distance/element-types.ts';
import { checkRowsSteps } from '../distance/finite.ts';
import { createSpace } from '../distance/metric-space.ts';
import { checkMetric, type Metric } from '../distance/metrics.ts';
import {
  completeParameters,
  METRIC_OPTIONS,
  type MetricOptions,
  readMetricOptions,
  refuseParameters,
} from '../distance/options.ts';
import { layOutScratch, prepareRows } from '../distance/space.ts';
import { BadRowError, rangeError } from '../errors.ts';
import { BEGIN, END, type Engine } from '../runtime/engine.ts';
import { withEngine } from '../runtime/lease.ts';
import { checkInputs, holdAny, ownOptions } from '../runtime/memory/inputs.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { checkRequest } from '../runtime/memory-request.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import { allocate } from '../support/allocate.ts';
import { checkOptions, checkWhole, wrongType, wrongValue } from '../support/checks.ts';
import { Random } from '../support/numbers/random.ts';
import { drive, inSteps, pause, ROUND, type Steps } from '../support/scheduling.ts';
import { driveReading, type InMemoryRows, readVectorsSteps } from '../support/vectors.ts';
import type { FloatArray, Run, Vectors } from '../types.ts';
import { checkClusterCount, type LabelArray, type Partition, readPartitionSteps } from './labels.ts';

/** Bytes of distances that are computed at a time. */
const STRIPE_BYTES = 2 ** 22;

/** Options of `silhouette`; p, w, V and VI are parameters of the metric, as in `pdist`. */
export interface SilhouetteOptions extends Run, MetricOptions {
  /** Distance between rows of vectors: a name, a function, or 'precomputed' distances. Default 'euclidean'. */
  metric?: Metric | DirectMetric;
  /** Use only this number of random rows, each compared with all rows. Default: use all rows. */
  sample?: number;
}

export interface Silhouette {
  /** The mean of `samples`. */
  mean: number;
  /** The silhouette of each row in `rows`, from -1 to 1; 0 for a row that is alone in its cluster. */
  samples: Float64Array;
  /** The rows used, ascending. */
  rows: Float64Array;
  /** The same by cluster, in the order of the labels; clusters without a row in `rows` are left out. */
  clusters: ClusterSilhouette[];
}

/** The silhouettes of a cluster. */
export interface ClusterSilhouette {
  /** The label of the cluster. */
  cluster: number;
  /** Number of its rows among those used. */
  rows: number;
  /** The mean of their silhouettes. */
  mean: number;
  /** How many of them are below 0: they are nearer to another cluster. */
  negative: number;
}

/** The rows in the order of clusters. */
interface Order {
  rows: Int32Array;
  /** Start of each cluster in `rows`, and n at the end. */
  offsets: Uint32Array;
}

function* orderOf({ of, sizes }: Partition): Steps<Order> {
  const offsets = allocate(Uint32Array, sizes.length + 1);
  for (let j = 0; j < sizes.length; j++) offsets[j + 1] = offsets[j] + sizes[j];
  const next = offsets.slice();
  const rows = allocate(Int32Array, of.length);
  for (let i = 0; i < of.length; i++) {
    rows[next[of[i]]++] = i;
    if ((i & ROUND) === ROUND) yield;
  }
  return { rows, offsets };
}

/** The silhouette of a row in cluster `own`, from the sums of its distances to the rows of each cluster. */
function silhouetteOf(sums: ArrayLike<number>, at: number, own: number, sizes: Float64Array): number {
  if (sizes[own] === 1) return 0;
  const within = sums[at + own] / (sizes[own] - 1);
  let nearest = Number.POSITIVE_INFINITY;
  for (let j = 0; j < sizes.length; j++) {
    if (j !== own) nearest = Math.min(nearest, sums[at + j] / sizes[j]);
  }
  const most = Math.max(nearest, within);
  return most === 0 ? 0 : (nearest - within) / most;
}

/** `count` random rows of 0 .. n - 1, ascending (Floyd's method); all rows if no count is given. */
function* chooseRows(n: number, count: number | undefined, seed: number): Steps<Float64Array> {
  if (count === undefined || count >= n) {
    const all = allocate(Float64Array, n);
    for (let i = 0; i < n; i++) {
      all[i] = i;
      if ((i & ROUND) === ROUND) yield;
    }
    return all;
  }
  const random = new Random(seed);
  const drawn = new Set<number>();
  for (let j = n - count; j < n; j++) {
    const row = random.below(j + 1);
    drawn.add(drawn.has(row) ? j : row);
    if ((j & ROUND) === ROUND) yield;
  }
  return Float64Array.from(drawn).sort();
}

function byCluster(
  samples: Float64Array,
  rows: Float64Array,
  { of, labels }: Partition,
): ClusterSilhouette[] {
  const all = labels.map((cluster) => ({ cluster, rows: 0, mean: 0, negative: 0 }));
  samples.forEach((value, i) => {
    const one = all[of[rows[i]]];
    one.rows++;
    one.mean += value;
    if (value < 0) one.negative++;
  });
  return all.filter((one) => one.rows > 0).map((one) => ({ ...one, mean: one.mean / one.rows }));
}

function result(samples: Float64Array, rows: Float64Array, partition: Partition): Silhouette {
  let sum = 0;
  for (const value of samples) sum += value;
  const mean = sum / samples.length;
  if (!Number.isFinite(mean)) {
    throw rangeError('silhouettes need finite distances, but some are infinite or NaN');
  }
  return { mean, samples, rows, clusters: byCluster(samples, rows, partition) };
}

/**
 * Silhouettes: how much nearer a row is to its own cluster than to the next one, from -1 (nearer to the other) to 1.
 *
 * @param input n rows of vectors, or n(n-1)/2 condensed distances (`pdist`) as a typed array; with metric 'precomputed',
 *   also a square of distances
 * @param labels the cluster of each row, whole numbers; 2 to n - 1 different ones
 * @returns scikit-learn's silhouette_samples and their mean, silhouette_score. With `sample`, those of the sampled rows;
 *   they are exact, since each is compared with all rows
 * @throws BadRowError, TypeError, RangeError for invalid labels and for distances that are not finite,
 *   MemoryLimitError, the signal's reason
 *
 * Cost: O(n² d), with `sample` O(sample n d). Memory: the rows twice and about 8 MB; for condensed distances and
 * functions n k sums. Source: Rousseeuw 1987, J. Comput. Appl. Math. 20, 53.
 */
export async function silhouette(
  input: Vectors | FloatArray,
  labels: LabelArray,
  options: SilhouetteOptions = {},
): Promise<Silhouette> {
  const known = { metric: true, sample: true, ...METRIC_OPTIONS } as const;
  checkOptions(options, known, 'silhouette', '{ sample: 1000 }');
  const run = readRun(options);
  options = ownOptions(options, run.inputs);
  const { metric = 'euclidean', sample } = options;
  if (!isDirect(metric)) checkMetric(metric);
  if (sample !== undefined) checkWhole(sample, 'sample', 1);
  const own = { labels };
  holdAny(own, 'labels', run.inputs);
  if (input instanceof Float32Array || input instanceof Float64Array) {
    const names = ['metric', 'p', 'w', 'V', 'VI'].slice(metric === 'precomputed' ? 1 : 0);
    refuseParameters(options, 'for condensed distances', names);
    const distances = { y: input };
    run.inputs.hold(distances, 'y');
    return ofCondensed(distances, own.labels, sample, run);
  }
  if (ArrayBuffer.isView(input)) {
    throw wrongType('condensed distances', 'a Float32Array or a Float64Array', input);
  }
  const table = await driveReading(input, (it) => readVectorsSteps(it, 'X', run.inputs), run.signal);
  if (isDirect(metric)) {
    const { y, rest } = await directDistances(table, metric, options, run);
    return ofCondensed({ y }, own.labels, sample, rest);
  }
  const partition = await drive(readPartitionSteps(own.labels, 'labels', table.rows), run.signal);
  checkClusterCount(partition);
  const given = readMetricOptions(metric, options, table.cols);
  const parameters = await completeParameters(metric, given, [table], run.signal);
  const space = createSpace(metric, table.cols, table.element, table.element, parameters);
  return ofVectors(table, partition, space, sample, run);
}

async function ofVectors(
  table: InMemoryRows,
  partition: Partition,
  space: ReturnType<typeof createSpace>,
  sample: number | undefined,
  run: RunState,
): Promise<Silhouette> {
  const { rows: n, cols, rowBytes } = table;
  const { of, sizes } = partition;
  const k = sizes.length;
  const { signal } = run;
  const size = BYTES[space.output];
  const rows = await drive(chooseRows(n, sample, run.seed), signal);
  const chosen = rows.length < n;
  const stripe = Math.max(1, Math.min(rows.length, Math.floor(STRIPE_BYTES / (n * size + k * 8))));
  const layout = new Layout();
  const all = space.layOut(layout, n, true);
  // If all rows are used, they are read in place, in the order of clusters.
  const some = chosen ? space.layOut(layout, stripe, false) : all;
  const scratch = layOutScratch(layout, space, run.threads);
  const distances = layout.add(stripe * n * size);
  const sums = layout.add(stripe * k * 8);
  const offsetsPtr = layout.add((k + 1) * 4);
  const request = {
    linearBytes: layout.totalBytes,
    hostBytes: n * (8 + rowBytes) + rows.length * 16,
    limit: run.limit,
    threads: run.threads,
    what: `silhouettes of ${n} rows`,
    wouldFit: 'fewer rows would fit',
  };
  return withEngine(request, run, async (engine) => {
    const { data } = table;
    const order = await drive(orderOf(partition), signal);
    const numbers = chosen ? rows : order.rows;
    await copyRows(engine, space.input, all.input, data, cols, order.rows, 0, n, signal);
    try {
      await drive(checkRowsSteps(engine, space, all.input, n, 'X'), signal);
    } catch (error) {
      if (!(error instanceof BadRowError)) throw error;
      // Name the row by its position in the input.
      let at = 0;
      for (; Number.isFinite(data[at]); at++) if ((at & ROUND) === ROUND) await pause(signal);
      throw new BadRowError('X', Math.floor(at / cols), at % cols, data[at]);
    }
    await prepareRows(engine, space, all, n, signal);
    new Uint32Array(engine.memory.buffer, offsetsPtr, k + 1).set(order.offsets);
    const samples = allocate(Float64Array, rows.length);
    const kernel = kernelFor(space.output, 'segmentSumsF32', 'segmentSumsF64');
    for (let begin = 0; begin < rows.length; begin += stripe) {
      const count = Math.min(stripe, rows.length - begin);
      if (chosen) {
        await copyRows(engine, space.input, some.input, data, cols, rows, begin, count, signal);
        await prepareRows(engine, space, some, count, signal);
      }
      const first = chosen ? 0 : begin;
      const onDone = (row: number) =>
        run.progress({ phase: 'silhouette', done: begin + row - first, total: rows.length });
      const cross = space.cross(some, all, n, scratch, distances - first * n * size);
      await engine.tiles(cross, first, first + count, { signal, onDone });
      const args = [distances, n, offsetsPtr, k, BEGIN, END, sums] as const;
      await engine.tiles({ kernel, args }, 0, count, { signal });
      const found = engine.f64(sums, count * k);
      await inSteps(count, Math.max(1, Math.floor(2 ** 15 / k)), signal, (from, to) => {
        for (let i = from; i < to; i++) {
          const row = numbers[begin + i];
          samples[chosen ? begin + i : row] = silhouetteOf(found, i * k, of[row], sizes);
        }
      });
    }
    return result(samples, rows, partition);
  });
}

/** Copy `count` rows of the data to linear memory: those numbered numbers[begin] and following. */
async function copyRows(
  engine: Engine,
  element: 'f4' | 'f8',
  ptr: number,
  data: FloatArray,
  cols: number,
  numbers: ArrayLike<number>,
  begin: number,
  count: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = engine.floats(element, ptr, count * cols);
  await inSteps(count, Math.max(1, Math.floor(2 ** 15 / cols)), signal, (from, to) => {
    for (let i = from; i < to; i++) {
      const row = numbers[begin + i];
      target.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
    }
  });
}

async function ofCondensed(
  distances: { y: FloatArray },
  labels: LabelArray,
  sample: number | undefined,
  run: RunState,
): Promise<Silhouette> {
  const { length } = distances.y;
  const n = Math.round((1 + Math.sqrt(1 + 8 * length)) / 2);
  if ((n * (n - 1)) / 2 !== length) {
    throw wrongValue('condensed distances', 'n(n-1)/2 numbers', length);
  }
  const partition = await drive(readPartitionSteps(labels, 'labels', n), run.signal);
  checkClusterCount(partition);
  const { of, sizes } = partition;
  const k = sizes.length;
  checkRequest(
    {
      linearBytes: 0,
      hostBytes: n * k * 8 + n * 24,
      limit: run.limit,
      what: `silhouettes of ${n} rows in ${k} clusters, from distances`,
      wouldFit: 'fewer clusters would fit',
    },
    run.inputs,
  );
  const { y } = distances;
  const sums = allocate(Float64Array, n * k);
  let at = 0;
  await inSteps(n, Math.max(1, Math.floor(2 ** 15 / n)), run.signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const own = of[i];
      for (let j = i + 1; j < n; j++) {
        const distance = y[at++];
        sums[i * k + of[j]] += distance;
        sums[j * k + own] += distance;
      }
    }
    run.progress({ phase: 'silhouette', done: end, total: n });
  });
  checkInputs(run.inputs);
  const rows = await drive(chooseRows(n, sample, run.seed), run.signal);
  const samples = allocate(Float64Array, rows.length);
  await inSteps(rows.length, Math.max(1, Math.floor(2 ** 15 / k)), run.signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      samples[i] = silhouetteOf(sums, rows[i] * k, of[rows[i]], sizes);
    }
  });
  return result(samples, rows, partition);
}
