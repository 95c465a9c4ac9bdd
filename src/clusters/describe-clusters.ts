/** What tells each cluster apart: its columns, ranked by how far their mean is from the mean of all other rows. */

import { rangeError } from '../errors.ts';
import { asSourceSteps, inputsOf } from '../model/source.ts';
import { checkInputs, holdAny } from '../runtime/memory/inputs.ts';
import { checkRequest } from '../runtime/memory-request.ts';
import { readRun } from '../runtime/run.ts';
import { allocate } from '../support/allocate.ts';
import {
  checkArray,
  checkLength,
  checkOptions,
  type Known,
  RUN_OPTIONS,
  wrongValue,
} from '../support/checks.ts';
import { Sums } from '../support/numbers/sums.ts';
import { drive, type Steps } from '../support/scheduling.ts';
import { driveReading } from '../support/vectors.ts';
import type { FloatArray, Run, Source, Vectors } from '../types.ts';
import type { LabelArray } from '../validation/labels.ts';
import { CHUNK_BYTES, type ClusteredOptions, eachRow, readClusters } from './clustered-rows.ts';

/** Options of `describeClusters`. */
export interface DescribeOptions extends Run, ClusteredOptions {
  /** Names of the columns. Default: those of the source, if it has any. */
  names?: readonly string[];
  /** Number of columns of each cluster that are returned, those that tell it apart best. Default: all. */
  top?: number;
}

/** A column of a cluster. */
export interface ClusterColumn {
  /** Its index from 0, and its name if there are names. */
  column: number;
  name?: string;
  /** Mean and standard deviation (by n - 1) of the cluster's rows. The deviation of a single row is NaN. */
  mean: number;
  spread: number;
  /** The same of the rows of all other clusters; NaN if there are none. */
  otherMean: number;
  otherSpread: number;
  /**
   * Cohen's d: the difference of the means divided by the pooled standard deviation. 0 if the means are equal, and infinite if
   * they are not but nothing varies. NaN if there is no other cluster.
   */
  effect: number;
}

/** A cluster. */
export interface ClusterDescription {
  /** Its label. */
  cluster: number;
  /** Number of its rows, and their share of all rows that are in a cluster. */
  rows: number;
  share: number;
  /** The largest effects first, positive or negative; columns of equal effect in their order. */
  columns: ClusterColumn[];
}

/** What `describeClusters` returns. */
export interface ClusterDescriptions {
  /** In the order of their labels. A cluster whose rows were all left out is left out. */
  clusters: ClusterDescription[];
  /** Number of rows that are in no cluster. */
  unclustered: number;
  /** Number of rows left out as bad. */
  skipped: number;
}

/** Numbers kept for each column of each cluster: the first row, and two sums with what rounding lost. */
const STATISTICS = 5;

/**
 * Describe clusters by their columns. The rows are read once, in chunks; the result does not depend on these.
 *
 * @param X n rows of d numbers, or a source of any size
 * @param labels the cluster of each row, whole numbers from 0; a negative number means none
 * @returns for each cluster its size, and its columns ranked by effect size. Means and deviations are those of pandas
 * @throws BadRowError; RangeError, TypeError for labels that do not fit; MemoryLimitError; errors of the source; the signal's
 *   reason
 * Memory: 40 bytes for each column of each cluster, and a few chunks of 1 MB.
 * Cost: O(n d). Source: Cohen 1988, Statistical Power Analysis; sums as by Neumaier 1974.
 *
 * @example
 * const { clusters } = await describeClusters(X, labels, { names: ['length', 'width'], top: 1 });
 * clusters[0].columns[0]; // { column: 1, name: 'width', mean: 0.2, spread: 0.1, otherMean: 1.7, ... }
 */
export async function describeClusters(
  X: Vectors | Source,
  labels: LabelArray,
  options: DescribeOptions = {},
): Promise<ClusterDescriptions> {
  const known: Known<DescribeOptions> = {
    ...{ names: true, top: true, none: true, onBadRow: true },
    ...RUN_OPTIONS,
  };
  checkOptions(options, known, 'describeClusters', '{ top: 5 }');
  const run = readRun(options);
  const given = { labels };
  holdAny(given, 'labels', run.inputs);
  const source = await driveReading(X, (it) => asSourceSteps(it, run.inputs), run.signal);
  const { cols } = source;
  const names = options.names ?? (source as { columns?: readonly string[] }).columns;
  checkNames(options.names, cols);
  const { top = cols } = options;
  if (!(Number.isSafeInteger(top) && top >= 1)) {
    throw wrongValue('top', 'a whole number from 1', top);
  }
  const clusters = await drive(readClusters(given.labels, options.none, source.rows), run.signal);
  const k = clusters.labels.length;
  checkRequest(
    {
      linearBytes: 0,
      hostBytes:
        8 * STATISTICS * k * cols +
        4 * clusters.of.length +
        3 * Math.max(CHUNK_BYTES, 8 * cols) +
        (source.overheadBytes ?? 0),
      limit: run.limit,
      what: `means of ${k} clusters of ${cols} columns`,
      wouldFit: 'fewer clusters or columns would fit',
    },
    inputsOf(source, run.inputs),
  );
  const statistics = new ClusterStatistics(k, cols);
  const pass = { source, clusters, run, onBadRow: options.onBadRow, phase: 'index' as const };
  const skipped = await eachRow(pass, (data, at, cluster) => statistics.add(data, at, cluster));
  checkInputs(run.inputs);
  let unclustered = 0;
  for (const cluster of clusters.of) if (cluster < 0) unclustered++;
  const all = await drive(statistics.settle(), run.signal);
  const rows = statistics.counts.reduce((sum, count) => sum + count, 0);
  const described = clusters.labels.map((cluster, c) => ({
    cluster,
    rows: statistics.counts[c],
    share: statistics.counts[c] / rows,
    columns: all[c]
      .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect) || a.column - b.column)
      .slice(0, top)
      .map((column) => (names ? { ...column, name: names[column.column] } : column)),
  }));
  return {
    clusters: described.filter((cluster) => cluster.rows > 0),
    unclustered,
    skipped,
  };
}

function checkNames(names: unknown, cols: number): void {
  if (names === undefined) return;
  checkArray(names, 'names', 'an array of texts');
  checkLength(names.length, 'names', cols, 'name', 'columns');
}

/** Number, mean and sum of squared deviations of some rows in a column. */
interface Moments {
  n: number;
  mean: number;
  squares: number;
}

/** Moments of two sets of rows together (Chan, Golub and LeVeque 1979). */
function merge(a: Moments, b: Moments): Moments {
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  const n = a.n + b.n;
  const apart = b.mean - a.mean;
  return {
    n,
    mean: a.mean + (apart * b.n) / n,
    squares: a.squares + b.squares + ((apart * a.n) / n) * b.n * apart,
  };
}

/** Smaller sums of squares may have lost digits, or all. */
const LEAST_SQUARES = 1e-290;

const deviation = ({ n, squares }: Moments) => (n > 1 ? Math.sqrt(squares / (n - 1)) : Number.NaN);

function effectOf(own: Moments, others: Moments): number {
  const apart = own.mean - others.mean;
  if (Number.isNaN(apart) || apart === 0) return apart;
  const freedom = own.n + others.n - 2;
  return apart / (freedom > 0 ? Math.sqrt((own.squares + others.squares) / freedom) : 0);
}

/** Statistics of the columns of each cluster in one pass. */
class ClusterStatistics {
  readonly counts: Float64Array;
  readonly #cols: number;
  /** The first row of each cluster. Sums are of differences to it, so that little is lost where it is far from 0. */
  readonly #first: Float64Array;
  readonly #sums: Sums;
  readonly #squares: Sums;
  /** Columns with differences whose squares are 0. */
  readonly #tiny = new Set<number>();

  constructor(clusters: number, cols: number) {
    this.#cols = cols;
    this.counts = new Float64Array(clusters);
    this.#first = allocate(Float64Array, clusters * cols);
    this.#sums = new Sums(clusters * cols);
    this.#squares = new Sums(clusters * cols);
  }

  add(data: FloatArray, at: number, cluster: number): void {
    const cols = this.#cols;
    const own = cluster * cols;
    if (this.counts[cluster]++ === 0) {
      for (let j = 0; j < cols; j++) this.#first[own + j] = data[at + j];
      return;
    }
    for (let j = 0; j < cols; j++) {
      const apart = data[at + j] - this.#first[own + j];
      const square = apart * apart;
      if (square === 0 && apart !== 0) this.#tiny.add(j);
      this.#sums.add(own + j, apart);
      this.#squares.add(own + j, square);
    }
  }

  #moments(cluster: number, j: number): Moments {
    const n = this.counts[cluster];
    if (n === 0) return { n, mean: Number.NaN, squares: 0 };
    const at = cluster * this.#cols + j;
    const mean = this.#sums.of(at) / n;
    const squares = Math.max(0, this.#squares.of(at) - this.#sums.of(at) * mean);
    return { n, mean: this.#first[at] + mean, squares };
  }

  /** @throws RangeError if squares of the differences in a column overflow or underflow */
  #check(all: readonly Moments[], column: number): void {
    const squares = all.reduce((sum, one) => sum + one.squares, 0);
    const finite = all.every(({ n, mean }) => n === 0 || Number.isFinite(mean));
    if (!finite || !Number.isFinite(squares)) {
      throw rangeError(`column ${column} has numbers whose squares overflow float64; scale it down`);
    }
    if (squares < LEAST_SQUARES && (squares > 0 || this.#tiny.has(column))) {
      throw rangeError(`column ${column} has differences whose squares underflow float64; scale it up`);
    }
  }

  /**
   * The columns of each cluster. The other clusters are merged from the front and from the back: subtracting the cluster from
   * all rows would lose digits.
   */
  *settle(): Steps<Omit<ClusterColumn, 'name'>[][]> {
    const k = this.counts.length;
    const out: Omit<ClusterColumn, 'name'>[][] = Array.from({ length: k }, () => []);
    const none: Moments = { n: 0, mean: Number.NaN, squares: 0 };
    for (let column = 0; column < this.#cols; column++) {
      const all = Array.from({ length: k }, (_, c) => this.#moments(c, column));
      this.#check(all, column);
      const after = [none];
      for (let c = k - 1; c > 0; c--) after.push(merge(all[c], after[after.length - 1]));
      let before = none;
      for (let c = 0; c < k; c++) {
        const others = merge(before, after[k - 1 - c]);
        const own = all[c];
        out[c].push({
          column,
          mean: own.mean,
          spread: deviation(own),
          otherMean: others.mean,
          otherSpread: deviation(others),
          effect: effectOf(own, others),
        });
        before = merge(before, own);
      }
      yield;
    }
    return out;
  }
}
