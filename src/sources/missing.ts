/** Handles missing values of a source: leaves out rows or columns, or fills in the mean of the column. */

import { FormatError } from '../errors.ts';
import { option, say } from '../messages.ts';
import { Sums } from '../support/numbers/sums.ts';
import { quoted } from '../support/text/quoted.ts';
import type { Chunk, ChunkOptions, Source } from '../types.ts';
import { altered, facade } from './chunks/facade.ts';
import type { Missing } from './chunks/missing-options.ts';
import { allocate, isSkipped, type NamedChunk, type Warned, warnOf } from './chunks/rows.ts';

/** Bytes of a chunk in the pass that looks for missing values. */
const CHUNK_BYTES = 2 ** 20;

type Table = Source & {
  columns?: readonly string[] | undefined;
  readColumns?: readonly number[] | undefined;
  skippedRows?: number;
};

/** What was done about missing values. */
export interface MissingFacts {
  way: Missing;
  /** Missing values; for 'drop-rows' those found so far. */
  values: number;
  /** Rows left out so far ('drop-rows'). */
  rows: number;
  /** Columns left out, or those that got a mean: names, or indexes where there are none. */
  columns: (string | number)[];
}

/** Count of missing values and mean of each column. */
class ColumnStatistics {
  readonly missing: Float64Array;
  readonly #counts: Float64Array;
  readonly #sums: Sums;

  constructor(cols: number) {
    this.missing = new Float64Array(cols);
    this.#counts = new Float64Array(cols);
    this.#sums = new Sums(cols);
  }

  /** Add a row. Rows are added in their order, so that sums do not depend on chunks. */
  add(data: ArrayLike<number>, at: number): void {
    for (let j = 0; j < this.missing.length; j++) {
      const value = data[at + j];
      if (Number.isNaN(value)) {
        this.missing[j]++;
      } else {
        this.#sums.add(j, value);
        this.#counts[j]++;
      }
    }
  }

  /** The mean of a column; NaN if it has no value. */
  mean(column: number): number {
    return this.#sums.of(column) / this.#counts[column];
  }
}

async function gather(source: Table, signal: AbortSignal | undefined): Promise<ColumnStatistics> {
  const { cols, dtype } = source;
  const statistics = new ColumnStatistics(cols);
  const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / (cols * (dtype === 'f4' ? 4 : 8))));
  const skips = source.onBadRow === 'skip';
  for await (const { data, rows } of source.chunks({ chunkRows, reuse: true, signal })) {
    for (let i = 0; i < rows; i++) {
      if (!skips || !isSkipped(data, i * cols, cols)) statistics.add(data, i * cols);
    }
  }
  return statistics;
}

/**
 * Handle the missing values (NaN) of a source.
 *
 * The ways 'mean' and 'drop-columns' read the source once before they return; the sums do not depend on the size of
 * chunks. Rows that the reader skipped as bad stay NaN.
 * Memory: 32 bytes for each column, and a chunk of 1 MB during that pass.
 * Errors: `FormatError` if no row or column is left, or if a column has no value at all ('mean'); errors of the source.
 */
export async function withMissing<S extends Source>(
  source: S,
  way: Exclude<Missing, 'refuse'>,
  options: Warned & { signal?: AbortSignal },
): Promise<S & { readonly missing: MissingFacts }> {
  const table: Table = source;
  const file = table.name ?? 'the source';
  const nameOf = (column: number) => table.columns?.[column] ?? column;
  const facts: MissingFacts = { way, values: 0, rows: 0, columns: [] };
  if (way === 'drop-rows') return facade(source, dropRows(table, facts, file, nameOf));
  const statistics = await gather(table, options.signal);
  const columns = Array.from({ length: table.cols }, (_, j) => j);
  const affected = columns.filter((j) => statistics.missing[j] > 0);
  facts.values = affected.reduce((sum, j) => sum + statistics.missing[j], 0);
  facts.columns = affected.map(nameOf);
  if (affected.length > 0) {
    const list = facts.columns.slice(0, 8).map((name) => quoted(name));
    const more = affected.length > 8 ? `, and ${affected.length - 8} more` : '';
    const one = affected.length === 1;
    const what = way === 'mean' ? 'get the mean of their column' : 'are in columns that are left out';
    warnOf(options, {
      code: 'MISSING_VALUES',
      message: `${file}: ${facts.values} missing values ${what}; ${one ? 'column' : 'columns'} ${list.join(', ')}${more}`,
    });
  }
  if (way === 'mean') {
    const empty = columns.find((j) => Number.isNaN(statistics.mean(j)) && statistics.missing[j] > 0);
    if (empty !== undefined) {
      throw new FormatError(
        file,
        say`column ${quoted(nameOf(empty))} has no value, so it has no mean; leave it out with ${option('columns')}, or use ${option('missing', 'drop-columns')}`,
      );
    }
    const means = Float64Array.from(columns, (j) => statistics.mean(j));
    return facade(source, {
      missing: facts,
      chunks: (request: ChunkOptions) => fill(table, request, means),
    });
  }
  const kept = columns.filter((j) => statistics.missing[j] === 0);
  if (kept.length === 0) {
    throw new FormatError(
      file,
      say`every column has missing values, so none is left; use ${option('missing', 'drop-rows', 'mean')}`,
    );
  }
  return facade(source, {
    missing: facts,
    cols: kept.length,
    // A column without a name keeps its number.
    columns:
      affected.length > 0 || table.columns ? kept.map((j) => table.columns?.[j] ?? String(j)) : undefined,
    readColumns: table.readColumns && kept.map((j) => table.readColumns![j]),
    chunks: (request: ChunkOptions) => pick(table, request, kept),
  });
}

/** Rows with a missing value become rows of NaN, which all calls leave out and count. */
function dropRows(
  table: Table,
  facts: MissingFacts,
  file: string,
  nameOf: (column: number) => string | number,
) {
  const { cols } = table;
  let first: string | undefined;
  async function* pass(request: ChunkOptions): AsyncGenerator<Chunk, void, undefined> {
    let rows = 0;
    let values = 0;
    for await (const chunk of table.chunks(request)) {
      const { data } = chunk;
      for (let i = 0; i < chunk.rows; i++) {
        const at = i * cols;
        if (table.onBadRow === 'skip' && isSkipped(data, at, cols)) continue;
        const row = chunk.start + i * (request.stride ?? 1);
        let missing = 0;
        for (let j = 0; j < cols; j++) {
          if (!Number.isNaN(data[at + j])) {
            // Only missing values are left out. Infinity is a bad value, unless the caller skips these.
            if (Number.isFinite(data[at + j]) || table.onBadRow === 'skip') continue;
            throw new FormatError(
              file,
              `row ${row}, column ${quoted(nameOf(j))}: is ${data[at + j]}, which is no missing value`,
            );
          }
          if (missing++ === 0) first ??= `row ${row}: column ${quoted(nameOf(j))} is missing`;
        }
        if (missing === 0) continue;
        values += missing;
        rows++;
        data.fill(Number.NaN, at, at + cols);
      }
      facts.rows = Math.max(facts.rows, rows);
      facts.values = Math.max(facts.values, values);
      yield chunk;
    }
  }
  return {
    missing: facts,
    onBadRow: 'skip' as const,
    get skippedRows() {
      return (table.skippedRows ?? 0) + facts.rows;
    },
    get firstSkipped() {
      return table.firstSkipped ?? first;
    },
    chunks: pass,
  };
}

/** Missing values become the mean of their column. */
async function* fill(
  table: Table,
  request: ChunkOptions,
  means: Float64Array,
): AsyncGenerator<Chunk, void, undefined> {
  const { cols } = table;
  for await (const chunk of table.chunks(request)) {
    const { data } = chunk;
    for (let at = 0; at < chunk.rows * cols; at += cols) {
      if (table.onBadRow === 'skip' && isSkipped(data, at, cols)) continue;
      for (let j = 0; j < cols; j++) if (Number.isNaN(data[at + j])) data[at + j] = means[j];
    }
    yield chunk;
  }
}

/** The given columns alone. They are moved to the front of the chunk. */
async function* pick(
  table: Table,
  request: ChunkOptions,
  kept: readonly number[],
): AsyncGenerator<Chunk, void, undefined> {
  const { cols, dtype } = table;
  const width = kept.length;
  for await (const chunk of table.chunks(request) as AsyncIterable<NamedChunk>) {
    const { data, rows } = chunk;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < width; j++) data[i * width + j] = data[i * cols + kept[j]];
    }
    let front = data.subarray(0, rows * width);
    // Without `reuse` the caller keeps the chunk, and must not keep the rest of its buffer.
    if (!request.reuse) {
      const own = allocate(dtype, rows, width);
      own.set(front);
      front = own;
    }
    yield altered(chunk, { data: front, cols: width });
  }
}
