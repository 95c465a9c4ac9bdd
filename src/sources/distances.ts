/** Distances in a file: a square with a zero diagonal, or a single column of n(n-1)/2 numbers. */

import { FormatError, MemoryLimitError } from '../errors.ts';
import { readLimit } from '../runtime/memory/limits.ts';
import { checkOptions, wrongType } from '../support/checks.ts';
import { isColumnOfDistances, itemsOf, itemsOfDistances } from '../support/numbers/condensed.ts';
import { quoted } from '../support/text/quoted.ts';
import type { FloatArray, Run, Source } from '../types.ts';
import { allocate, type NamedChunk } from './chunks/rows.ts';
import { readWhole } from './whole.ts';

/** Options of `readDistances`. */
export type ReadDistancesOptions = Pick<Run, 'signal' | 'onProgress' | 'memoryLimit'>;

/** Distances of all pairs, as from `readDistances`. */
export interface Distances {
  /** Each pair once, as from `pdist`: for `linkage`, `silhouette` and others that take condensed distances. */
  data: FloatArray;
  /** The number of items. */
  items: number;
  /** The names of the items, if the file has them. */
  names?: string[];
}

/** A source that may know its names of columns. */
type Table = Source & { readonly columns?: readonly string[] | undefined };

const CHUNK_BYTES = 2 ** 21;
/** Rows and columns that are looked at to recognise a square. */
const BLOCK = 64;

/** Whether two elements that mirror each other are equal: by the tolerance of numpy.allclose, as in linkage. */
function areMirrored(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b);
}

/**
 * Read a square of distances row by row into condensed form, or a single column of them.
 *
 * The square must be symmetric with zeros on its diagonal, within numpy.allclose's tolerance (1e-8, and 1e-5 of an
 * element); the upper triangle counts. Where both rows and columns have names, they must be the same.
 * Memory: n(n-1)/2 distances and one chunk; the square is never held.
 * @param source what `open` gives; a square with names of rows in its first column is opened with `idColumn: 0`
 * @throws FormatError that names the pair; MemoryLimitError before anything is read; errors of the source
 */
export async function readDistances(source: Source, options: ReadDistancesOptions = {}): Promise<Distances> {
  checkOptions(
    options,
    { signal: true, onProgress: true, memoryLimit: true },
    'readDistances',
    "{ memoryLimit: '1GB' }",
  );
  if (typeof (source as Partial<Source> | null)?.chunks !== 'function') {
    throw wrongType('source', 'what open() gives', source);
  }
  const { signal, onProgress } = options;
  const limit = readLimit(options.memoryLimit, Infinity);
  return source.cols === 1
    ? readColumn(source, { limit, signal, onProgress })
    : readSquare(source, { limit, signal, onProgress });
}

interface Reading extends Pick<Run, 'signal' | 'onProgress'> {
  limit: number;
}

async function readColumn(source: Source, reading: Reading): Promise<Distances> {
  const { data } = await readWhole(source, { ...reading, wouldFit: 'fewer distances would fit' });
  const items = itemsOf(data.length);
  if (items !== undefined) return { data, items };
  const least = Math.floor((1 + Math.sqrt(1 + 8 * data.length)) / 2);
  throw new FormatError(
    source.name ?? 'the source',
    `has ${data.length} numbers in one column; n items have n(n-1)/2 distances, ${least} of them ${(least * (least - 1)) / 2} and ${least + 1} of them ${(least * (least + 1)) / 2}`,
  );
}

async function readSquare(source: Table, { limit, signal, onProgress }: Reading): Promise<Distances> {
  const { cols: n, dtype, columns, name: file = 'the source' } = source;
  const length = (n * (n - 1)) / 2;
  const bytes = length * (dtype === 'f4' ? 4 : 8);
  if (bytes > limit) {
    throw new MemoryLimitError(`${length} distances of ${n} items`, bytes, limit, 'fewer items would fit');
  }
  if (source.rows !== undefined && source.rows !== n) throw notSquare(file, source.rows, n);
  const data = allocate(dtype, 1, length);
  const names: string[] = [];
  const nameOf = (i: number) => names[i] ?? columns?.[i];
  const pairOf = (i: number, j: number) =>
    [i, j].map((at) => (nameOf(at) === undefined ? String(at) : quoted(nameOf(at)))).join(' and ');
  const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / (n * 8)));
  let rows = 0;
  for await (const chunk of source.chunks({ chunkRows, reuse: true, signal })) {
    const { ids } = chunk as Partial<NamedChunk>;
    for (let r = 0; r < chunk.rows; r++, rows++) {
      if (rows >= n) throw notSquare(file, `more than ${n}`, n);
      if (ids) names.push(ids[r]);
      checkName(file, rows, ids?.[r], columns);
      const row = chunk.data.subarray(r * n, (r + 1) * n);
      if (!(Math.abs(row[rows]) <= 1e-8)) {
        throw new FormatError(
          file,
          `the distance of ${pairOf(rows, rows)} is ${row[rows]}; the diagonal of distances is 0`,
        );
      }
      for (let j = 0, at = rows - 1; j < rows; at += n - 2 - j++) {
        if (areMirrored(data[at], row[j])) continue;
        throw new FormatError(
          file,
          `is not symmetric: the distance of ${pairOf(j, rows)} is ${data[at]}, and that of ${pairOf(rows, j)} is ${row[j]}`,
        );
      }
      data.set(row.subarray(rows + 1), rows * n - (rows * (rows + 1)) / 2);
    }
    onProgress?.({ phase: 'read', done: rows, total: n });
  }
  if (rows !== n) throw notSquare(file, rows, n);
  const own = names.length > 0 ? names : columns?.slice();
  return { data, items: n, ...(own ? { names: own } : {}) };
}

function notSquare(file: string, rows: number | string, n: number): FormatError {
  return new FormatError(
    file,
    `has ${rows} rows of ${n} columns; distances are a square, or a single column`,
  );
}

function checkName(file: string, i: number, name: string | undefined, columns: Table['columns']): void {
  if (name === undefined || columns === undefined || columns[i] === name) return;
  throw new FormatError(
    file,
    `row ${i} is named ${quoted(name)}, and column ${i} ${quoted(columns[i])}; a square of distances has the same names`,
  );
}

/**
 * Whether a source looks like a square of distances: as many rows as columns, zeros on the diagonal, symmetric, not
 * negative, not all zero. A table that is none is told from its first rows; else one pass over all rows decides, in which
 * symmetry is tested by the sums of rows and columns.
 *
 * Memory: one chunk, and two numbers for each column.
 * @throws errors of the source
 */
export async function looksLikeDistances(source: Source, signal?: AbortSignal): Promise<boolean> {
  const { cols: n, rows } = source;
  if (n < 2 || (rows !== undefined && rows !== n)) return false;
  const size = Math.min(n, BLOCK);
  let seen = 0;
  const block = new Float64Array(size * size);
  for await (const chunk of source.chunks({ chunkRows: size, end: size, signal })) {
    for (let r = 0; r < chunk.rows && seen < size; r++, seen++) {
      block.set(chunk.data.subarray(r * n, r * n + size), seen * size);
    }
  }
  if (seen < size) return false;
  let any = false;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [block[i * size + j], block[j * size + i]];
      if (!(a >= 0 && areMirrored(a, b)) || (i === j && a > 1e-8)) return false;
      any ||= a > 0;
    }
  }
  return any && isSymmetric(source, n, signal);
}

async function isSymmetric(source: Source, n: number, signal?: AbortSignal): Promise<boolean> {
  const across = new Float64Array(n);
  const down = new Float64Array(n);
  let rows = 0;
  const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / (n * 8)));
  for await (const chunk of source.chunks({ chunkRows, reuse: true, signal })) {
    for (let r = 0; r < chunk.rows; r++, rows++) {
      if (rows >= n || !(Math.abs(chunk.data[r * n + rows]) <= 1e-8)) return false;
      for (let j = 0; j < n; j++) {
        const x = chunk.data[r * n + j];
        if (!(x >= 0)) return false;
        across[rows] += x;
        down[j] += x;
      }
    }
  }
  return rows === n && across.every((sum, i) => Math.abs(sum - down[i]) <= 1e-6 + 1e-5 * sum);
}

/** Numbers of a column that are kept to recognise distances. */
const KEPT = 2 ** 16;

/**
 * Whether a source looks like a single column of n(n-1)/2 distances. It is told from its first rows where that is possible;
 * else one pass counts the rows.
 * @returns the number of items; undefined if it does not
 * @throws errors of the source
 */
export async function looksCondensed(source: Source, signal?: AbortSignal): Promise<number | undefined> {
  if (!isColumnOfDistances(source)) return undefined;
  if (source.rows !== undefined && itemsOf(source.rows) === undefined) return undefined;
  let first: FloatArray | undefined;
  let rows = 0;
  for await (const chunk of source.chunks({ chunkRows: KEPT, reuse: true, signal })) {
    for (let i = 0; i < chunk.rows; i++) if (!(chunk.data[i] >= 0)) return undefined;
    first ??= chunk.data.slice(0, chunk.rows);
    rows += chunk.rows;
  }
  return first && itemsOfDistances(first, rows);
}
