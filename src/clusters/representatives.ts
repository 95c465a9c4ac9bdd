/** The row that represents each cluster best, for labels of any origin. */

import { type DirectMetric, directDistances, isDirect } from '../distance/direct.ts';
import { BYTES, type Element } from '../distance/element-types.ts';
import { flawedRow, flawsOf } from '../distance/finite.ts';
import { layOutMembers, medoid } from '../distance/medoid.ts';
import { createSpace } from '../distance/metric-space.ts';
import { checkMetric, type Metric } from '../distance/metrics.ts';
import {
  completeParameters,
  METRIC_OPTIONS,
  type MetricOptions,
  readMetricOptions,
  refuseParameters,
} from '../distance/options.ts';
import { layOutScratch } from '../distance/space.ts';
import { rangeError } from '../errors.ts';
import { asSourceSteps, inputsOf } from '../model/source.ts';
import { withEngine } from '../runtime/lease.ts';
import { checkInputs, holdAny, ownOptions } from '../runtime/memory/inputs.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { checkRequest } from '../runtime/memory-request.ts';
import { MOST_THREADS, type RunState, readRun } from '../runtime/run.ts';
import { allocate } from '../support/allocate.ts';
import { checkOptions, wrongValue } from '../support/checks.ts';
import { Sums } from '../support/numbers/sums.ts';
import { drive, inSteps } from '../support/scheduling.ts';
import { driveReading, readVectorsSteps } from '../support/vectors.ts';
import type { FloatArray, Matrix, Run, Source, Vectors } from '../types.ts';
import type { LabelArray } from '../validation/labels.ts';
import {
  CHUNK_BYTES,
  type ClusteredOptions,
  type Clusters,
  eachRow,
  readClusters,
} from './clustered-rows.ts';

/**
 * What represents a cluster. 'medoid': the row with the smallest sum of distances to the others; all rows must fit in memory.
 * 'nearest': the row nearest to the mean, by Euclidean distance; 'mean': the mean itself, which is not a row. These two take
 * data of any size.
 */
export type Representative = 'medoid' | 'nearest' | 'mean';

/** Options of `representatives`; p, w, V and VI are parameters of the metric, as in `pdist`. */
export interface RepresentativeOptions extends Run, MetricOptions, ClusteredOptions {
  /** Default 'medoid'. */
  pick?: Representative;
  /** For 'medoid': a name, a function, or 'precomputed' distances. Default 'euclidean'. */
  metric?: Metric | DirectMetric;
}

/** What `representatives` returns: one representative of each cluster, in the order of the labels. */
export interface Representatives {
  /** The label of each cluster. */
  clusters: number[];
  /** The row that represents it, counted from 0; -1 for 'mean'. */
  rows: number[];
  /** Number of rows of the cluster. */
  sizes: number[];
  /** The representatives themselves; undefined where the input is distances. */
  vectors: Matrix | undefined;
  /** Number of rows left out as bad. */
  skipped: number;
}

/** Squares above this fraction of another are equal to it but for rounding: the two rows of a cluster are as near to its mean. */
const ROUNDING = 1 - 1e-12;

const PICKS: readonly Representative[] = ['medoid', 'nearest', 'mean'];

/**
 * Find a representative of each cluster.
 *
 * @param X n rows of d numbers, a source, or n(n-1)/2 condensed distances (`pdist`) as a typed array; with metric 'precomputed'
 *   also a square of distances
 * @param labels the cluster of each row, whole numbers from 0; a negative number means none
 * @returns the representatives; the first row wins among equals. A cluster whose rows were all left out is left out
 * @throws BadRowError; RangeError, TypeError for labels or options that do not fit; MemoryLimitError; errors of the source; the
 *   signal's reason
 * Memory: 'medoid' has all rows in memory, twice those of the largest cluster, and about 4 MB; 'nearest' and 'mean' take 40
 * bytes for each column of each cluster. Cost: 'medoid' O(m² d) for each cluster of m rows, else O(n d).
 * Source of medoids: Kaufman and Rousseeuw 1990, Finding Groups in Data.
 *
 * @example
 * const T = fcluster(await linkage(X, { method: 'ward' }), 3, { criterion: 'maxclust' });
 * const { rows } = await representatives(X, T); // one row number for each of the clusters 1, 2 and 3
 */
export async function representatives(
  X: Vectors | Source | FloatArray,
  labels: LabelArray,
  options: RepresentativeOptions = {},
): Promise<Representatives> {
  const known = { pick: true, metric: true, none: true, onBadRow: true, ...METRIC_OPTIONS } as const;
  checkOptions(options, known, 'representatives', "{ pick: 'nearest' }");
  const run = readRun(options);
  options = ownOptions(options, run.inputs);
  const { pick = 'medoid', metric = 'euclidean' } = options;
  if (!PICKS.includes(pick)) {
    throw wrongValue('pick', `one of ${PICKS.join(', ')}`, pick);
  }
  if (!isDirect(metric)) checkMetric(metric);
  if (pick !== 'medoid' && metric !== 'euclidean') {
    throw rangeError(`pick '${pick}' takes means, so its metric is 'euclidean'; 'medoid' takes any metric`);
  }
  const given = { labels };
  holdAny(given, 'labels', run.inputs);
  const isCondensed = X instanceof Float32Array || X instanceof Float64Array;
  if (isCondensed || isDirect(metric)) {
    if (pick !== 'medoid') throw rangeError(`pick '${pick}' needs vectors, got distances; use 'medoid'`);
    refuseParameters(options, 'for distances', ['onBadRow']);
    return ofDistances(X, given.labels, options, isCondensed, run);
  }
  const source = await driveReading(X, (it) => asSourceSteps(it, run.inputs), run.signal);
  const clusters = await drive(readClusters(given.labels, options.none, source.rows), run.signal);
  const task = { source, clusters, run, options };
  if (pick !== 'medoid') return ofMeans(task, pick);
  return ofRows(task, metric as Metric);
}

const numbers = (dtype: Element, length: number): FloatArray =>
  dtype === 'f4' ? allocate(Float32Array, length) : allocate(Float64Array, length);

interface Task {
  source: Source;
  clusters: Clusters;
  run: RunState;
  options: RepresentativeOptions;
}

/** What was found: for each cluster the row, its number of rows, and the representative. */
interface Found {
  rows: ArrayLike<number>;
  sizes: ArrayLike<number>;
  vectors?: FloatArray;
  skipped: number;
}

/** The result without clusters that have no rows. */
function settle({ labels }: Clusters, { rows, sizes, vectors, skipped }: Found): Representatives {
  const kept = labels.map((_, c) => c).filter((c) => sizes[c] > 0);
  let matrix: Matrix | undefined;
  if (vectors) {
    const cols = vectors.length / labels.length;
    const data = vectors.slice(0, kept.length * cols);
    kept.forEach((c, i) => {
      data.set(vectors.subarray(c * cols, (c + 1) * cols), i * cols);
    });
    matrix = { data, rows: kept.length, cols };
  }
  return {
    clusters: kept.map((c) => labels[c]),
    rows: kept.map((c) => rows[c]),
    sizes: kept.map((c) => sizes[c]),
    vectors: matrix,
    skipped,
  };
}

/** Means, and for 'nearest' the rows nearest to them in a second pass. */
async function ofMeans(
  { source, clusters, run, options }: Task,
  pick: Representative,
): Promise<Representatives> {
  const { cols } = source;
  const k = clusters.labels.length;
  checkRequest(
    {
      linearBytes: 0,
      hostBytes: 40 * k * cols + 4 * clusters.of.length + 3 * CHUNK_BYTES + (source.overheadBytes ?? 0),
      limit: run.limit,
      what: `means of ${k} clusters of ${cols} columns`,
      wouldFit: 'fewer clusters or columns would fit',
    },
    inputsOf(source, run.inputs),
  );
  const pass = { source, clusters, run, onBadRow: options.onBadRow };
  const first = allocate(Float64Array, k * cols);
  const sizes = new Float64Array(k);
  const sums = new Sums(k * cols);
  const skipped = await eachRow({ ...pass, phase: 'means' }, (data, at, cluster) => {
    const own = cluster * cols;
    if (sizes[cluster]++ === 0) first.set(data.subarray(at, at + cols), own);
    // Sums of differences to the first row lose little where the cluster is far from 0.
    else for (let j = 0; j < cols; j++) sums.add(own + j, data[at + j] - first[own + j]);
  });
  const means = first.map((x, at) => x + sums.of(at) / sizes[Math.floor(at / cols)]);
  const rows = new Float64Array(k).fill(-1);
  const far = means.findIndex((mean, at) => sizes[Math.floor(at / cols)] > 0 && !Number.isFinite(mean));
  if (far >= 0) {
    throw rangeError(
      `cluster ${clusters.labels[Math.floor(far / cols)]}: sums of column ${far % cols} overflow float64; scale the data down`,
    );
  }
  if (pick === 'mean') return settle(clusters, { rows, sizes, vectors: means, skipped });
  const least = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  const vectors = numbers(source.dtype, k * cols);
  await eachRow({ ...pass, phase: 'representatives' }, (data, at, cluster, row) => {
    const own = cluster * cols;
    let square = 0;
    for (let j = 0; j < cols && square < least[cluster]; j++) {
      const apart = data[at + j] - means[own + j];
      square += apart * apart;
    }
    if (!(square < ROUNDING * least[cluster])) return;
    least[cluster] = square;
    rows[cluster] = row;
    vectors.set(data.subarray(at, at + cols), own);
  });
  checkInputs(run.inputs);
  const lost = clusters.labels.findIndex((_, c) => sizes[c] > 0 && rows[c] < 0);
  if (lost >= 0) {
    throw rangeError(
      `cluster ${clusters.labels[lost]}: squared distances overflow float64; scale the data down`,
    );
  }
  return settle(clusters, { rows, sizes, vectors, skipped });
}

/** Medoids of rows in memory. */
async function ofRows({ source, clusters, run, options }: Task, metric: Metric): Promise<Representatives> {
  const { cols, dtype } = source;
  const { labels, of } = clusters;
  const given = readMetricOptions(metric, options, cols);
  // Room for the rows of each cluster, those of one cluster after the other.
  const starts = new Float64Array(labels.length + 1);
  for (const c of of) if (c >= 0) starts[c + 1]++;
  let largest = 0;
  for (let c = 0; c < labels.length; c++) {
    largest = Math.max(largest, starts[c + 1]);
    starts[c + 1] += starts[c];
  }
  const n = starts[labels.length];
  const request = (linearBytes: number) => ({
    linearBytes,
    hostBytes: n * (cols * BYTES[dtype] + 8) + 4 * of.length + 3 * CHUNK_BYTES + (source.overheadBytes ?? 0),
    limit: run.limit,
    threads: run.threads,
    what: `medoids of ${n} rows`,
    wouldFit: "pick 'nearest' takes data of any size",
  });
  checkRequest(request(0), inputsOf(source, run.inputs));
  const data = numbers(dtype, n * cols);
  const rowOf = allocate(Float64Array, n);
  const next = starts.slice();
  const flaws = await flawsOf(metric);
  const pass = { source, clusters, run, onBadRow: options.onBadRow, phase: 'read' };
  const skips = options.onBadRow === 'skip' || source.onBadRow === 'skip';
  let flawed = 0;
  const bad = await eachRow(pass, (from, at, cluster, row) => {
    const flaw = flaws?.flawOf(metric, from.subarray(at, at + cols));
    if (flaw !== undefined) {
      if (!skips) throw flawedRow(source.name ?? 'X', row, metric, flaw);
      flawed++;
      return;
    }
    const to = next[cluster]++;
    rowOf[to] = row;
    data.set(from.subarray(at, at + cols), to * cols);
  });
  const table = { data, rows: n, cols, element: dtype, rowBytes: 0 };
  const parameters = await completeParameters(metric, given, [table], run.signal);
  const layout = new Layout();
  const space = createSpace(metric, cols, dtype, dtype, parameters);
  const scratch = layOutScratch(layout, space, MOST_THREADS);
  const regions = { space, scratch, ...layOutMembers(layout, space, largest) };
  return withEngine(request(layout.totalBytes), run, async (engine) => {
    const rows = new Float64Array(labels.length);
    const sizes = new Float64Array(labels.length);
    const vectors = numbers(dtype, labels.length * cols);
    for (let c = 0; c < labels.length; c++) {
      const size = next[c] - starts[c];
      sizes[c] = size;
      if (size === 0) continue;
      const members = Int32Array.from({ length: size }, (_, i) => starts[c] + i);
      const found = await medoid(engine, regions, data, members, run.signal);
      rows[c] = rowOf[found];
      vectors.set(data.subarray(found * cols, (found + 1) * cols), c * cols);
      run.progress({ phase: 'representatives', done: c + 1, total: labels.length });
    }
    return settle(clusters, { rows, sizes, vectors, skipped: bad + flawed });
  });
}

/** Medoids by distances that the caller has, or that a function gives. */
async function ofDistances(
  X: Vectors | Source | FloatArray,
  labels: LabelArray,
  options: RepresentativeOptions,
  isCondensed: boolean,
  run: RunState,
): Promise<Representatives> {
  const { metric, none } = options;
  let own = { y: X as FloatArray };
  let vectors: ((rows: ArrayLike<number>) => FloatArray) | undefined;
  if (isCondensed) {
    const names = ['metric', 'p', 'w', 'V', 'VI'].slice(metric === 'precomputed' ? 1 : 0);
    refuseParameters(options, 'for condensed distances', names);
    run.inputs.hold(own, 'y');
  } else {
    const read = (it: unknown) => readVectorsSteps(it, 'X', run.inputs);
    const table = await driveReading(X, read, run.signal);
    const { y, rest } = await directDistances(table, metric as DirectMetric, options, run);
    own = { y };
    run = rest;
    const { data, cols } = table;
    if (metric !== 'precomputed') {
      vectors = (rows) => {
        const out = new (data.constructor as Float64ArrayConstructor)(rows.length * cols) as FloatArray;
        for (let i = 0; i < rows.length; i++) {
          out.set(data.subarray(rows[i] * cols, (rows[i] + 1) * cols), i * cols);
        }
        return out;
      };
    }
  }
  const n = Math.round((1 + Math.sqrt(1 + 8 * own.y.length)) / 2);
  if ((n * (n - 1)) / 2 !== own.y.length) {
    throw rangeError(`condensed distances must be n(n-1)/2 numbers, got ${own.y.length}`);
  }
  const clusters = await drive(readClusters(labels, none, n), run.signal);
  checkRequest(
    {
      linearBytes: 0,
      hostBytes: 16 * n,
      limit: run.limit,
      what: `medoids of ${n} rows`,
      wouldFit: 'fewer rows would fit',
    },
    run.inputs,
  );
  const { of } = clusters;
  const sums = new Sums(n);
  const { y } = own;
  await inSteps(n, Math.max(1, Math.floor(2 ** 15 / n)), run.signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      if (of[i] < 0) continue;
      const at = (i * (2 * n - i - 1)) / 2 - i - 1;
      for (let j = i + 1; j < n; j++) {
        if (of[j] !== of[i]) continue;
        sums.add(i, y[at + j]);
        sums.add(j, y[at + j]);
      }
    }
    run.progress({ phase: 'representatives', done: end, total: n });
  });
  const k = clusters.labels.length;
  const sizes = new Float64Array(k);
  const rows = new Float64Array(k).fill(-1);
  const least = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    const c = of[i];
    if (c < 0) continue;
    const sum = sums.of(i);
    if (!Number.isFinite(sum)) throw rangeError(`row ${i} has distances that are infinite or NaN`);
    if (sizes[c]++ > 0 && sum >= least[c]) continue;
    least[c] = sum;
    rows[c] = i;
  }
  checkInputs(run.inputs);
  return settle(clusters, { rows, sizes, skipped: 0, ...(vectors ? { vectors: vectors(rows) } : {}) });
}
