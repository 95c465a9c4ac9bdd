/** `transpose`: the columns of a table become rows, so that they can be clustered. */

import { MemoryLimitError, rangeError } from '../../errors.ts';
import { readLimit } from '../../runtime/memory/limits.ts';
import { checkOptions, wrongType } from '../../support/checks.ts';
import { inSteps } from '../../support/scheduling.ts';
import type { ChunkOptions, Run, Source } from '../../types.ts';
import { facade } from '../chunks/facade.ts';
import { allocate, isSkipped, type NamedChunk } from '../chunks/rows.ts';
import { sourceOf } from '../memory.ts';
import { stepRows } from './apply.ts';
import type { Described } from './rows.ts';

/** Options of `transpose`. */
export type TransposeOptions = Pick<Run, 'signal' | 'onProgress' | 'memoryLimit'>;

/** A source whose rows are the columns of another. */
export type TransposedSource<S extends Source = Source> = S & {
  readonly rows: number;
  /** The names of its columns: those of the rows of the other source. */
  readonly columns: readonly string[] | undefined;
  readonly transposed: true;
};

const CHUNK_BYTES = 2 ** 20;

/** What is true of the rows and columns of a file, and not of the transposed table in memory. */
const NOT_OF_COLUMNS = {
  sequential: undefined,
  skippedRows: undefined,
  readColumns: undefined,
  idColumn: undefined,
  facts: undefined,
  fileNames: undefined,
  fileColumns: undefined,
  originals: undefined,
  examine: undefined,
  header: undefined,
  missing: undefined,
  annotations: undefined,
  annotation: undefined,
  sparse: undefined,
  shape: undefined,
  sources: undefined,
};

/**
 * A table with its columns as rows, for clustering columns. The whole table is in memory.
 *
 * Names of columns become names of rows (`ids`), or their numbers if they have none; names of rows become names of columns. Rows
 * that the source skips (`onBadRow: 'skip'`) are left out. A source that does not know its number of rows is read twice.
 *
 * @param source a table; it stays open
 * @throws MemoryLimitError with what the table needs; RangeError for a trajectory and for a table without rows; errors of the
 *   source; the signal's reason
 *
 * @example
 * const samples = await transpose(await open('genes-by-samples.csv', { idColumn: 'gene' }));
 * const fit = await twoPass(await prepare(samples, { log2: true, scale: 'zscore' }), { clusters: 4 });
 */
export async function transpose<S extends Source>(
  source: S,
  options: TransposeOptions = {},
): Promise<TransposedSource<S>> {
  const known = { signal: true, onProgress: true, memoryLimit: true } as const;
  checkOptions(options, known, 'transpose', "{ memoryLimit: '1GB' }");
  if (typeof (source as Partial<Source> | null)?.chunks !== 'function') {
    throw wrongType('source', 'what open() gives', source);
  }
  const { cols, dtype, name = 'the source', overheadBytes = 0 } = source;
  const { columns, atoms } = source as Described & { atoms?: number };
  if (atoms !== undefined) throw rangeError(`${name} is a trajectory; only tables can be transposed`);
  const { signal, onProgress } = options;
  const limit = readLimit(options.memoryLimit, Number.POSITIVE_INFINITY);
  const size = dtype === 'f4' ? 4 : 8;
  const chunkRows = Math.max(1, Math.floor(Math.min(CHUNK_BYTES, limit / 32) / (cols * size)));
  const request = { chunkRows, reuse: true, ...(signal && { signal }) };
  let rows = source.rows;
  if (rows === undefined) {
    rows = 0;
    for await (const chunk of source.chunks(request)) rows += chunk.rows;
  }
  if (rows === 0) throw rangeError(`${name} has no rows, so its columns cannot be clustered`);
  const bytes = (rows + 3 * Math.min(rows, chunkRows)) * cols * size + overheadBytes;
  if (bytes > limit) {
    const what = `${name}: transposing ${rows} rows of ${cols} columns`;
    throw new MemoryLimitError(what, bytes, limit, 'fewer rows or columns would fit');
  }
  const data = allocate(dtype, cols, rows);
  const rowNames: string[] = [];
  let count = 0;
  onProgress?.({ phase: 'read', done: 0, total: rows });
  for await (const chunk of source.chunks(request) as AsyncIterable<NamedChunk>) {
    if (chunk.start + chunk.rows > rows) {
      throw rangeError(`${name} has more than the ${rows} rows of the pass before; the data have changed`);
    }
    await inSteps(chunk.rows, stepRows(source), signal, (begin, end) => {
      for (let i = begin; i < end; i++) {
        // A skipped row is all NaN.
        if (source.onBadRow === 'skip' && isSkipped(chunk.data, i * cols, cols)) continue;
        for (let j = 0; j < cols; j++) data[j * (rows as number) + count] = chunk.data[i * cols + j];
        if (chunk.ids) rowNames.push(chunk.ids[i]);
        count++;
      }
    });
    onProgress?.({ phase: 'read', done: chunk.start + chunk.rows, total: rows });
  }
  if (count === 0) {
    throw rangeError(`${name}: all ${rows} rows were skipped as bad; the first: ${source.firstSkipped}`);
  }
  if (count < rows) for (let j = 1; j < cols; j++) data.copyWithin(j * count, j * rows, j * rows + count);
  const table = sourceOf({ data: data.subarray(0, cols * count), rows: cols, cols: count });
  const nameOf = (j: number) => columns?.[j] ?? String(j);

  async function* named(chunks: AsyncIterable<NamedChunk>, stride = 1): AsyncGenerator<NamedChunk> {
    for await (const chunk of chunks) {
      yield { ...chunk, ids: Array.from({ length: chunk.rows }, (_, i) => nameOf(chunk.start + i * stride)) };
    }
  }
  return facade(source, {
    rows: cols,
    cols: count,
    columns: rowNames.length > 0 ? rowNames : undefined,
    transposed: true as const,
    overheadBytes: data.byteLength,
    onBadRow: 'error' as const,
    firstSkipped: undefined,
    locate: undefined,
    preparation: undefined,
    ...NOT_OF_COLUMNS,
    chunks: (asked: ChunkOptions) => named(table.chunks(asked), asked.stride),
  }) as unknown as TransposedSource<S>;
}
