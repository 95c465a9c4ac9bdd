/** `prepare`: rows are changed while they are read, so that columns or rows of different scale can be compared. */

import { BadRowError, MemoryLimitError, rangeError } from '../../errors.ts';
import { readLimit } from '../../runtime/memory/limits.ts';
import { allocate } from '../../support/allocate.ts';
import {
  checkBoolean,
  checkLength,
  checkNumber,
  checkOneOf,
  checkOptions,
  type Known,
  wrongType,
} from '../../support/checks.ts';
import { inSteps } from '../../support/scheduling.ts';
import { quoted } from '../../support/text/quoted.ts';
import { mostLike } from '../../support/text/similar-names.ts';
import type { Matrix, Preparation, PreparationStep, Run, Source } from '../../types.ts';
import { shown } from '../chunks/columns.ts';
import { type ArraySource, fromArray } from '../memory.ts';
import { applied, type PreparedSource, stepRows } from './apply.ts';
import { type Described, RowPreparer } from './rows.ts';
import { ColumnStatistics, type Scale, STATISTICS_BYTES } from './statistics.ts';

/** Options of `prepare`: what to do with the rows, always in the order of this list. */
export interface PrepareOptions extends Pick<Run, 'signal' | 'onProgress' | 'memoryLimit'> {
  /** log2(x + 1), for counts and amounts. A negative number is an error. */
  log2?: boolean;
  /** ln(x + 1), instead of log2. */
  log1p?: boolean;
  /**
   * Quantile normalisation: each row gets the same distribution, that of the means of all smallest numbers, of all second
   * smallest, and so on. For rows that are samples of one kind, measured at different strength.
   */
  quantile?: boolean;
  /**
   * Subtract the mean of each column. Default: true with `scale: 'zscore'`, where false leaves the mean. 'minmax' has a centre
   * of its own.
   */
  center?: boolean;
  /**
   * 'zscore': subtract the mean of each column, and divide by its standard deviation (that of the population, divided by n, as
   * scikit-learn's StandardScaler does). 'minmax': from 0 to 1. A constant column is divided by 1.
   */
  scale?: 'zscore' | 'minmax';
  /** 'zscore': the same for each row, with its own mean and standard deviation. A row of equal numbers becomes zeros. */
  rows?: 'zscore';
  /** Divide each row by its Euclidean length. A row of zeros stays as it is. */
  unit?: boolean;
  /**
   * Multiply columns: one number from 0 for each, or some by name (or by index, if columns have no names). The numbers of a
   * row are multiplied, before distances square them: with weight 2, a column counts four times in squared distances.
   */
  weights?: readonly number[] | Readonly<Record<string, number>>;
  /**
   * What to do with a row that cannot be prepared, such as one with a negative number where a logarithm is taken: an error, or
   * NaN, so that it is skipped. Default: as the source was opened.
   */
  onBadRow?: 'error' | 'skip';
}

const OPTIONS: Known<PrepareOptions> = {
  log2: true,
  log1p: true,
  quantile: true,
  center: true,
  scale: true,
  rows: true,
  unit: true,
  weights: true,
  onBadRow: true,
  signal: true,
  onProgress: true,
  memoryLimit: true,
};

const CHUNK_BYTES = 2 ** 21;

const CORE = { allocate, inSteps, rangeError, BadRowError };

/** @throws TypeError or RangeError that names the option */
export function checkPrepareOptions(options: PrepareOptions): void {
  checkOptions(options, OPTIONS, 'prepare', "{ scale: 'zscore' }");
  for (const name of ['log2', 'log1p', 'quantile', 'center', 'unit'] as const) {
    const value: unknown = options[name];
    if (value !== undefined) checkBoolean(value, name);
  }
  const { log2, log1p, quantile, center, scale, rows, unit, weights, onBadRow } = options;
  for (const [name, value, allowed] of [
    ['scale', scale, ['zscore', 'minmax']],
    ['rows', rows, ['zscore']],
    ['onBadRow', onBadRow, ['error', 'skip']],
  ] as const) {
    if (value !== undefined) checkOneOf(value, name, allowed);
  }
  if (log2 && log1p) throw rangeError('log2 and log1p exclude each other; give only one of them');
  if (center && scale === 'minmax') {
    throw rangeError("center and scale: 'minmax' exclude each other; 'minmax' moves columns to 0..1");
  }
  if (!(log2 || log1p || quantile || center || scale || rows || unit || weights)) {
    throw rangeError(
      'prepare has nothing to do; give at least one of log2, log1p, quantile, center, scale, rows, unit, weights',
    );
  }
}

/** @throws TypeError or RangeError that names the column */
function readWeights(weights: NonNullable<PrepareOptions['weights']>, source: Described): number[] {
  const { cols, columns, name = 'the source' } = source;
  const check = (value: unknown, what: string): number => {
    checkNumber(value, what, 'a finite number from 0', (x) => x >= 0 && x < Number.POSITIVE_INFINITY);
    return value + 0;
  };
  if (Array.isArray(weights) || ArrayBuffer.isView(weights)) {
    const list = Array.from(weights as ArrayLike<number>);
    checkLength(list.length, 'weights', cols, 'number', `columns of ${name}`);
    return list.map((value, j) => check(value, `weights[${j}]`));
  }
  if (typeof weights !== 'object' || weights === null) {
    throw wrongType('weights', 'a list of numbers or {name: number} for some columns', weights);
  }
  const all = new Array<number>(cols).fill(1);
  for (const [key, value] of Object.entries(weights)) {
    // A name comes first: a column may be called 0.
    const named = columns?.indexOf(key) ?? -1;
    const j = named < 0 && /^\d{1,9}$/.test(key) ? Number(key) : named;
    if (j < 0 || j >= cols) {
      const meant = columns && mostLike(key, columns);
      throw rangeError(
        `weights: ${name} has no column ${JSON.stringify(key)}; ` +
          (meant
            ? `did you mean ${JSON.stringify(meant)}?`
            : columns
              ? `it has ${shown(columns)}`
              : `its columns have no names, so give an index from 0 to ${cols - 1}`),
      );
    }
    all[j] = check(value, `weights.${key}`);
  }
  return all;
}

/** Whether it is a record of steps rather than options. */
function isPreparation(value: object): value is Preparation {
  return Array.isArray((value as Partial<Preparation>).steps);
}

/** The statistics of columns, or of the numbers of each rank, in one pass over the rows. */
async function statisticsOf(
  source: Source,
  scale: Scale | 'quantile',
  before: PreparationStep[],
  skips: boolean,
  { signal, onProgress, memoryLimit }: PrepareOptions,
): Promise<{ subtract: number[]; divide?: number[] }> {
  const { cols, dtype, name = 'the source', overheadBytes = 0 } = source;
  const limit = readLimit(memoryLimit, Number.POSITIVE_INFINITY);
  const rowBytes = cols * (dtype === 'f4' ? 4 : 8);
  const chunkRows = Math.max(1, Math.floor(Math.min(CHUNK_BYTES, limit / 16) / rowBytes));
  const bytes = 3 * chunkRows * rowBytes + cols * STATISTICS_BYTES + overheadBytes;
  if (bytes > limit) {
    const what = `${name}: statistics of ${cols} columns`;
    throw new MemoryLimitError(what, bytes, limit, 'fewer columns would fit');
  }
  const statistics = new ColumnStatistics(scale === 'quantile' ? 'center' : scale, cols);
  const preparer = new RowPreparer({ steps: before }, source as Described, skips, BadRowError);
  const tell = (done: number, total: number | undefined) =>
    onProgress?.({ phase: 'prepare', done, ...(total === undefined ? {} : { total }) });
  let read = 0;
  tell(0, source.rows);
  for await (const { data, rows, start } of source.chunks({ chunkRows, signal, reuse: true })) {
    await inSteps(rows, stepRows(source), signal, (begin, end) => {
      for (let i = begin; i < end; i++) {
        if (preparer.read(data, i * cols, start + i) !== 'ready') continue;
        statistics.add(scale === 'quantile' ? preparer.row.sort() : preparer.row);
      }
    });
    read = start + rows;
    tell(read, source.rows);
  }
  tell(read, read);
  if (statistics.rows === 0) {
    throw rangeError(
      `${name}: columns can be centred and scaled by at least one row of finite numbers, got ${read === 0 ? 'no rows' : `none in ${read} rows`}`,
    );
  }
  const { columns } = source as Described;
  return statistics.settle(
    (j) => `${name}: column ${j}${columns?.[j] === undefined ? '' : ` (${quoted(columns[j])})`}`,
  );
}

/**
 * Prepare rows for clustering: logarithm, quantile normalisation, centre and scale of columns, z-score and unit length of rows, weights of columns. The
 * steps are always done in this order. For `center` and `scale` all rows are read once, and once for
 * `quantile`; otherwise nothing is read.
 *
 * Rows are prepared in float64 while they are read, and returned in the element type of the source. A row with NaN or infinity
 * stays as it is, for `onBadRow` of the next call, and does not count in the statistics; where a logarithm is the only step, its
 * other numbers get theirs. The result does not depend on chunks
 * or on the engine, to the last bit.
 *
 * `twoPass`, `kmeans` and `BatchClustering.train` keep the preparation of their source in the model. So `assign` takes new rows
 * as they are opened, and prepares them alike.
 *
 * @param source a source, or rows as for `fromArray`
 * @param options what to do; or the `preparation` of another source or of a model, to treat these rows alike
 * @returns the source with prepared rows, and with `preparation`. It has all other properties of `source`: close either of them
 * @throws TypeError or RangeError for invalid options, and if the source is prepared already; BadRowError with row and column
 *   for a negative number where a logarithm is taken; errors of the source; the signal's reason
 *
 * @example
 * const table = await prepare(await open('table.csv'), { log2: true, scale: 'zscore' });
 * const fit = await twoPass(table, { clusters: 3 });
 * for await (const { labels } of assign(await open('new.csv'), fit.model)) ...
 */
export async function prepare<S extends Source>(
  source: S,
  options: PrepareOptions | Preparation,
): Promise<PreparedSource<S>>;
export async function prepare(
  source: Matrix | readonly (readonly number[])[],
  options: PrepareOptions | Preparation,
): Promise<PreparedSource<ArraySource>>;
export async function prepare(
  input: Source | Matrix | readonly (readonly number[])[],
  options: PrepareOptions | Preparation,
): Promise<PreparedSource> {
  const source: Source =
    typeof (input as Partial<Source> | null)?.chunks === 'function'
      ? (input as Source)
      : fromArray(input as Matrix);
  const { name = 'the source' } = source;
  if (source.preparation) {
    throw rangeError(`${name} is prepared already; give all steps in one call of prepare`);
  }
  if (typeof options === 'object' && options !== null && isPreparation(options)) {
    return applied(source, options, source.onBadRow === 'skip', CORE);
  }
  checkPrepareOptions(options);
  const { log2, log1p, quantile, center, scale, rows, unit, weights } = options;
  const skips = (options.onBadRow ?? source.onBadRow) === 'skip';
  const times = weights && readWeights(weights, source as Described);
  const steps: PreparationStep[] = [];
  if (log2) steps.push({ step: 'log2' });
  if (log1p) steps.push({ step: 'log1p' });
  if (quantile) {
    const { subtract } = await statisticsOf(source, 'quantile', steps, skips, options);
    // Means of numbers that ascend do so too, but for rounding.
    steps.push({ step: 'quantile', target: Array.from(Float64Array.from(subtract).sort()) });
  }
  if (center || scale) {
    const step = scale ?? 'center';
    const found = await statisticsOf(source, step, steps, skips, options);
    const { subtract, divide } = found;
    steps.push(scale === 'zscore' && center === false ? { step, divide } : { step, subtract, divide });
  }
  if (rows) steps.push({ step: 'rows' });
  if (unit) steps.push({ step: 'unit' });
  if (times) steps.push({ step: 'weights', multiply: times });
  // As it is when a model is loaded: without properties that are undefined.
  return applied(source, JSON.parse(JSON.stringify({ steps })), skips, CORE);
}
