import { MemoryLimitError } from '../errors.ts';
import { readLimit } from '../runtime/memory/limits.ts';
import { checkOptions, wrongType } from '../support/checks.ts';
import type { Chunk, FloatArray, Matrix, Run, Source } from '../types.ts';
import { allocate, isSkipped, type NamedChunk } from './chunks/rows.ts';

/** Options of `readMatrix`. */
export type ReadMatrixOptions = Pick<Run, 'signal' | 'onProgress' | 'memoryLimit'>;

/** All rows of a source. */
export interface NamedMatrix extends Matrix {
  /** The names of the rows, if the source was opened with `idColumn`. */
  ids?: string[];
  /** For each row its number in the source, if bad rows were left out (a text opened with `onBadRow: 'skip'`). */
  sourceRows?: Float64Array;
}

const CHUNK_BYTES = 2 ** 21;

/**
 * Read a source as a whole, for functions that need all rows in memory: `linkage`, `pdist`, plots.
 *
 * @param source a source from `open`, `fromIterable` or the like; it stays open
 * @returns rows x cols, float32 or float64 like the source, and the names of the rows if it has them
 * @throws MemoryLimitError (before anything is read, if the number of rows is known); errors of the source; the
 *   signal's reason
 *
 * Memory: the rows; if their number is not known beforehand, up to three times as much while the buffer grows.
 */
export async function readMatrix(source: Source, options: ReadMatrixOptions = {}): Promise<NamedMatrix> {
  checkOptions(
    options,
    { signal: true, onProgress: true, memoryLimit: true },
    'readMatrix',
    "{ memoryLimit: '1GB' }",
  );
  if (typeof (source as Partial<Source> | null)?.chunks !== 'function') {
    throw wrongType('source', 'what open() gives', source);
  }
  const limit = readLimit(options.memoryLimit, Infinity);
  return readWhole(source, { ...options, limit, wouldFit: 'twoPass and kmeans take sources of any size' });
}

/** As readMatrix; the caller says in `wouldFit` what would fit in the limit. */
export async function readWhole(
  source: Source,
  {
    limit,
    wouldFit,
    signal,
    onProgress,
  }: Omit<ReadMatrixOptions, 'memoryLimit'> & { limit: number; wouldFit: string },
): Promise<NamedMatrix> {
  const { cols, dtype } = source;
  const size = dtype === 'f4' ? 4 : 8;
  const create = (rows: number, held: number): FloatArray => {
    const bytes = (rows + held) * cols * size;
    if (bytes > limit) {
      const what = `${source.name ?? 'the source'} as a whole (${source.rows ?? held} rows${source.rows === undefined ? ' or more' : ''})`;
      throw new MemoryLimitError(what, bytes, limit, wouldFit);
    }
    return allocate(dtype, rows, cols);
  };
  let data = create(source.rows ?? 0, 0);
  let count = 0;
  const ids: string[] = [];
  const tell = (total: number | undefined) =>
    onProgress?.({ phase: 'read', done: count, ...(total === undefined ? {} : { total }) });
  const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / (cols * size)));
  tell(source.rows);
  let sourceRows: number[] | undefined;
  for await (const all of source.chunks({ chunkRows, reuse: true, signal })) {
    const good = source.onBadRow === 'skip' ? goodRows(all) : undefined;
    if (good && good.length < all.rows) sourceRows ??= Array.from({ length: count }, (_, i) => i);
    if (sourceRows) for (let i = 0; i < (good?.length ?? 0); i++) sourceRows.push(all.start + good![i]);
    const chunk = good ? onlyRows(all, good) : all;
    const total = count + chunk.rows;
    if (total * cols > data.length) {
      const larger = create(Math.max(total, 2 * count), count);
      larger.set(data.subarray(0, count * cols));
      data = larger;
    }
    data.set(chunk.data, count * cols);
    for (const id of (chunk as Partial<NamedChunk>).ids ?? []) ids.push(id);
    count = total;
    tell(source.rows);
  }
  tell(count);
  if (data.length !== count * cols) data = data.slice(0, count * cols);
  return {
    ...{ data, rows: count, cols },
    ...(ids.length > 0 ? { ids } : {}),
    ...(sourceRows ? { sourceRows: Float64Array.from(sourceRows) } : {}),
  };
}

/** Indexes of the rows of a chunk that are not bad (a bad row is all NaN). */
function goodRows({ data, rows, cols }: Chunk): number[] {
  const good: number[] = [];
  for (let i = 0; i < rows; i++) if (!isSkipped(data, i * cols, cols)) good.push(i);
  return good;
}

/** The given rows of a chunk, moved to its front. */
function onlyRows(chunk: NamedChunk, good: readonly number[]): NamedChunk {
  const { data, cols, ids } = chunk;
  if (good.length === chunk.rows) return chunk;
  good.forEach((row, i) => {
    data.copyWithin(i * cols, row * cols, (row + 1) * cols);
  });
  const named = ids ? { ids: good.map((row) => ids[row]) } : {};
  return { ...chunk, ...named, data: data.subarray(0, good.length * cols), rows: good.length };
}
