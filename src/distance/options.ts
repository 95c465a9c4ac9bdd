/** The options p, w, V and VI: which metric takes which, and their defaults, which are SciPy's. */

import { rangeError, typeError } from '../errors.ts';
import { allocate } from '../support/allocate.ts';
import {
  checkArrayLike,
  checkLength,
  checkNumber,
  type Known,
  RUN_OPTIONS,
  wrongType,
  wrongValue,
} from '../support/checks.ts';
import { yieldToLoop } from '../support/scheduling.ts';
import { driveReading, type InMemoryRows, readVectorsSteps } from '../support/vectors.ts';
import type { Run, Vectors } from '../types.ts';
import type { Metric } from './metrics.ts';

/** Options of metrics, named as in SciPy. A metric refuses options that it does not use. */
export interface MetricOptions {
  /** The exponent of 'minkowski'. Default 2. */
  p?: number;
  /** A weight for each column, 0 or more. Not for 'jensenshannon', 'mahalanobis', 'rmsd' and 'seuclidean'. */
  w?: ArrayLike<number>;
  /** The variance of each column, for 'seuclidean'. Default: the sample variance (n - 1) of all rows given. */
  V?: ArrayLike<number>;
  /** The inverse of the covariance matrix, for 'mahalanobis'. Default: computed from all rows given. */
  VI?: Vectors;
}

/** Options of a long call that takes a metric. */
export const METRIC_OPTIONS: Known<Run & MetricOptions> = {
  ...RUN_OPTIONS,
  p: true,
  w: true,
  V: true,
  VI: true,
};

/** Options of a metric that have been checked, except VI. */
interface GivenParameters extends Omit<MetricParameters, 'VI'> {
  VI?: Vectors;
}

/** Options of a metric after they have been checked. */
export interface MetricParameters {
  p?: number;
  w?: Float64Array;
  V?: Float64Array;
  /** cols x cols. */
  VI?: Float64Array;
}

const UNWEIGHTED: readonly Metric[] = ['jensenshannon', 'mahalanobis', 'rmsd', 'seuclidean'];

function takes(metric: Metric, option: keyof MetricOptions): boolean {
  if (option === 'p') return metric === 'minkowski';
  if (option === 'V') return metric === 'seuclidean';
  if (option === 'VI') return metric === 'mahalanobis';
  return !UNWEIGHTED.includes(metric);
}

function readList(value: unknown, name: string, cols: number): Float64Array {
  checkArrayLike(value, name, `an array of ${cols} numbers`);
  checkLength(value.length, name, cols, 'number', 'columns');
  const list = allocate(Float64Array, cols);
  for (let k = 0; k < cols; k++) {
    const x: unknown = value[k];
    if (typeof x !== 'number') throw wrongType(`${name}[${k}]`, 'a number', x);
    // Written this way so that NaN is refused too.
    if (!(x >= 0)) throw wrongValue(`${name}[${k}]`, '0 or more', x);
    list[k] = x;
  }
  return list;
}

/** @throws TypeError for options that have no effect here */
export function refuseParameters(options: MetricOptions, where: string, names = ['p', 'w', 'V', 'VI']): void {
  for (const name of names) {
    if ((options as Record<string, unknown>)[name] !== undefined) {
      throw typeError(`option ${name} does nothing ${where}; leave it out`);
    }
  }
}

/**
 * Check the options of a metric for rows of `cols` numbers.
 * @throws TypeError for an option that the metric does not take, or of the wrong type; RangeError for a wrong length or
 *   value
 */
export function readMetricOptions(metric: Metric, options: MetricOptions, cols: number): GivenParameters {
  const { p, w, V, VI } = options;
  for (const [option, value] of Object.entries({ p, w, V, VI })) {
    if (value !== undefined && !takes(metric, option as keyof MetricOptions)) {
      throw typeError(`metric '${metric}' takes no option ${option}`);
    }
  }
  const read: GivenParameters = {};
  if (p !== undefined) {
    checkNumber(p, 'p');
    read.p = p;
  }
  if (w !== undefined) read.w = readList(w, 'w', cols);
  if (V !== undefined) read.V = readList(V, 'V', cols);
  if (VI !== undefined) read.VI = VI;
  return read;
}

async function readInverse(VI: Vectors, cols: number, signal?: AbortSignal): Promise<Float64Array> {
  const table = await driveReading(VI, (it) => readVectorsSteps(it, 'VI'), signal);
  if (table.rows !== cols || table.cols !== cols) {
    throw rangeError(
      `VI must have a row and a column for each of the ${cols} columns, got ${table.rows} x ${table.cols}`,
    );
  }
  const bad = table.data.findIndex(Number.isNaN);
  if (bad >= 0) throw rangeError(`VI must be numbers, got NaN in row ${Math.floor(bad / cols)}`);
  return Float64Array.from(table.data);
}

/**
 * Read VI; compute V or VI from the rows, as SciPy does, if the metric needs it and it is not given.
 *
 * @param tables all rows that are compared; for `cdist`, those of both sides
 * @throws TypeError or RangeError for a wrong VI; RangeError if the covariance matrix has no inverse
 */
export async function completeParameters(
  metric: Metric,
  { VI, ...given }: GivenParameters,
  tables: readonly InMemoryRows[],
  signal?: AbortSignal,
): Promise<MetricParameters> {
  const isScaled = metric === 'seuclidean' && !given.V;
  if (!isScaled && metric !== 'mahalanobis') return given;
  const { cols } = tables[0];
  if (VI) return { ...given, VI: await readInverse(VI, cols, signal) };
  const { covariance, invert, variances } = await import('./covariance.ts');
  if (isScaled) return { ...given, V: variances(tables) };
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  if (rows <= cols) {
    throw rangeError(
      `metric 'mahalanobis' needs the inverse covariance of the rows, which takes at least ${cols + 1} rows of ${cols} columns; ` +
        `got ${rows} rows (give VI)`,
    );
  }
  const pause = async () => {
    await yieldToLoop();
    signal?.throwIfAborted();
  };
  const matrix = await covariance(tables, pause);
  // Some rows are not finite. Their distances become NaN; the caller checks the rows.
  if (!matrix.every(Number.isFinite)) return { ...given, VI: matrix.fill(Number.NaN) };
  const inverse = invert(matrix, cols);
  if (!inverse) {
    throw rangeError(
      "metric 'mahalanobis' needs the inverse covariance of the rows, which is singular: some columns depend on others",
    );
  }
  return { ...given, VI: inverse };
}
