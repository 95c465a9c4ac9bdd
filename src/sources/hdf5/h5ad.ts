/**
 * AnnData's H5AD files as a source: cells (observations) with their names. Matrices are dense or sparse by rows.
 * Format: https://anndata.readthedocs.io/en/latest/fileformat-prose.html, and as versions before 0.8 wrote it.
 */

import { FormatError, rangeError } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import { checkArray, checkColumnList, checkString, wrongValue } from '../../support/checks.ts';
import type { Chunk, ChunkOptions, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { type LimitOptions, readerRoom } from '../bytes/limits.ts';
import { shown } from '../chunks/columns.ts';
import { type CsrMatrix, checkCsr, csrBytes, csrChunks } from '../chunks/csr.ts';
import { type NamedChunk, readChunks, rowRange } from '../chunks/rows.ts';
import { type DatasetInfo, H5File } from './file.ts';
import { type Annotation, H5adFrame, type NamesAt, type RowTexts } from './h5ad-frame.ts';
import { blockReader, LIBRARY_BYTES } from './hdf5.ts';

export type { Annotation } from './h5ad-frame.ts';

/** Options of `open` for H5AD files; `dataset` is `X` by default, or `layers/NAME`, `obsm/NAME`, `raw/X`. */
interface H5adOptions {
  dataset?: string;
  columns?: readonly (string | number)[];
  idColumn?: string | number;
  annotations?: readonly (string | number)[];
}

/** An open H5AD file. */
export interface H5adSource extends Source {
  readonly rows: number;
  readonly name: string;
  readonly format: 'h5ad';
  /** A description in one line. */
  readonly summary: string;
  /** What is read: `X`, `layers/counts`, `obsm/X_pca`, ... */
  readonly dataset: string;
  /** What may be read: `X`, layers, `obsm`, ...; at most 40. */
  datasets(): Promise<string[]>;
  /** Its shape in the file. */
  readonly shape: readonly number[];
  /** Whether it is sparse. Rows are made dense one at a time. */
  readonly sparse: boolean;
  /** Names of the columns (genes) that are read, if `var` has them; they become strings when they are asked for. */
  readonly columns: readonly string[] | undefined;
  /** The column of `obs` that names the rows: the index, unless `idColumn` names another; undefined if there is none. */
  readonly idColumn: string | undefined;
  /** Names of the columns of `obs` that hold categories. */
  readonly annotations: readonly string[];
  /** Read one of them. */
  annotation(name: string): Promise<Annotation>;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
}

/** Values that a sparse matrix is read by, if the file's pieces are not larger. */
const BLOCK_LENGTH = 2 ** 17;
/** Groups whose matrices an error lists. */
const LISTED = ['layers', 'obsm', 'obsp', 'raw'];
const MOST_LISTED = 40;
/** Bytes of the name of a column, about. */
const NAME_BYTES = 64;

/** A matrix of the file. */
type Element = { path: string; shape: number[] } & (
  | { info: DatasetInfo; sparse: undefined }
  | { sparse: { pointers: DatasetInfo; indices: DatasetInfo; values: DatasetInfo } }
);

/** How a group says what it is, in new versions and in those before 0.7. */
async function encodingOf(file: H5File, path: string): Promise<string | undefined> {
  return (await file.text(path, 'encoding-type')) ?? (await file.text(path, 'h5sparse_format'));
}

/** Find a matrix; `undefined` if there is nothing of this path. @throws FormatError if it is no matrix of rows */
async function findElement(file: H5File, name: string, path: string): Promise<Element | undefined> {
  const wrong = (problem: string) => new FormatError(name, `${path} ${problem}`);
  if ((await file.children(path)) === undefined) {
    const info = await file.dataset(path);
    if (!info) return undefined;
    const { shape } = info;
    if (info.dtype === undefined) throw wrong('does not hold numbers that can be read');
    if (shape.length < 1 || shape.length > 2 || shape[1] === 0) {
      throw wrong(`is ${shape.join(' x ') || 'a single value'}; allowed are rows x columns`);
    }
    return { path, shape, info, sparse: undefined };
  }
  const encoding = await encodingOf(file, path);
  if (encoding === 'csc_matrix' || encoding === 'csc') {
    throw wrong(
      'is sparse by columns (CSC), whose rows lie apart; write it by rows: adata.X = adata.X.tocsr(), or the like for a layer',
    );
  }
  if (encoding !== 'csr_matrix' && encoding !== 'csr') {
    const says = encoding === undefined ? 'a group' : JSON.stringify(encoding.slice(0, 40));
    throw wrong(`is ${says}; allowed are dense arrays and sparse ones by rows (CSR)`);
  }
  const parts: DatasetInfo[] = [];
  for (const part of ['indptr', 'indices', 'data']) {
    const info = await file.dataset(`${path}/${part}`);
    if (info?.shape.length !== 1 || info.dtype === undefined) {
      throw wrong(`is damaged: it is sparse, and ${part} is not a list of numbers`);
    }
    parts.push(info);
  }
  const [pointers, indices, values] = parts;
  const shape = (await file.numbers(path, 'shape')) ?? (await file.numbers(path, 'h5sparse_shape'));
  checkCsr(`${name}, ${path}`, shape, {
    pointers: pointers.shape[0],
    indices: indices.shape[0],
    values: values.shape[0],
  });
  return { path, shape: shape!, sparse: { pointers, indices, values } };
}

/** The matrices of the file, also as text: 'X (200 x 20), obsm/X_pca (200 x 50)'. */
async function listElements(file: H5File, name: string): Promise<{ list: string; choices: string[] }> {
  const paths = ['/X'];
  for (const group of LISTED) {
    for (const child of (await file.children(`/${group}`, MOST_LISTED)) ?? []) {
      if (group !== 'raw' || child === 'X') paths.push(`/${group}/${child}`);
    }
  }
  const found: string[] = [];
  const choices: string[] = [];
  for (const path of paths.slice(0, MOST_LISTED)) {
    try {
      const element = await findElement(file, name, path);
      if (!element) continue;
      found.push(`${path.slice(1)} (${element.shape.join(' x ')})`);
      choices.push(path.slice(1));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  const none = 'the file has no matrix that can be read';
  return { list: found.length === 0 ? none : `there are ${found.join(', ')}`, choices };
}

/** The columns of `obs` that chunks carry as annotations, with a function that reads the texts of rows. */
async function annotated(
  frame: H5adFrame | undefined,
  file: string,
  axis: string,
  wanted: readonly (string | number)[] = [],
): Promise<[string, NamesAt][]> {
  checkArray(wanted, 'annotations', `a list of columns of ${axis}`);
  const found: [string, NamesAt][] = [];
  for (const column of wanted) {
    checkString(column, 'annotations', `names of columns of ${axis}`);
    if (found.some(([name]) => name === column)) {
      throw rangeError(say`${option('annotations')}: ${JSON.stringify(column)} is listed twice`);
    }
    if (!frame) throw rangeError(say`${option('annotations')}: ${file} has no table ${axis}`);
    found.push([column, await frame.names(file, column, 'annotations')]);
  }
  return found;
}

/** The names of all columns of a matrix: those of `var`, if there are as many; undefined for `obsm` and the like. */
async function columnNames(file: H5File, { path, shape }: Element): Promise<RowTexts | undefined> {
  const raw = /^\/raw[/.]X$/.test(path);
  if (!raw && path !== '/X' && !path.startsWith('/layers/')) return undefined;
  const frame = await H5adFrame.open(file, raw ? path.replace(/X$/, 'var') : '/var');
  return frame?.length === (shape[1] ?? 1) ? frame.allNames() : undefined;
}

/** Indexes of the chosen columns; undefined for all. */
function chooseColumns(
  name: string,
  { columns }: H5adOptions,
  { path, shape }: Element,
  all: RowTexts | undefined,
): number[] | undefined {
  if (columns === undefined) return undefined;
  checkColumnList(columns);
  if (columns.length === 0)
    throw rangeError(say`${option('columns')}: none is left to read`, { option: 'columns' });
  const count = shape[1] ?? 1;
  const byName = columns.some((column) => typeof column === 'string');
  if (byName && !all) {
    throw rangeError(
      say`${option('columns')}: the columns of ${path.slice(1)} in ${name} have no names; allowed are indexes`,
    );
  }
  const names = byName ? all?.list() : undefined;
  const picked = columns.map((column) => {
    if (typeof column === 'string') {
      const index = names!.indexOf(column);
      if (index >= 0 && names!.indexOf(column, index + 1) < 0) return index;
      throw rangeError(
        index < 0
          ? say`${option('columns')}: ${name} has no column ${JSON.stringify(column)}; it has ${shown(names!)}`
          : say`${option('columns')}: ${name} has more than one column ${JSON.stringify(column)}; use an index from 0`,
      );
    }
    if (Number.isInteger(column) && column >= 0 && column < count) return column;
    throw wrongValue('columns', `a column of ${name}, 0 to ${count - 1}`, column);
  });
  const twice = picked.find((column, i) => picked.indexOf(column) !== i);
  if (twice !== undefined) throw rangeError(say`${option('columns')}: column ${twice} is listed twice`);
  return picked;
}

/**
 * Read a matrix of an H5AD file as rows: `X`, or what `dataset` names. The names in `obs` are the `ids` of the rows, and
 * `annotations` are columns of `obs` with categories or texts.
 *
 * Sparse matrices must be stored by rows (CSR). Rows are made dense one at a time.
 * Types: float32 gives float32; float64 and integers give float64.
 * Memory: two chunks, some megabytes of the file, and the HDF5 library, about 40 MB (see HDF5).
 * Errors: `FormatError` when the file is damaged, or the matrix is stored by columns; `RangeError` when `dataset`,
 * `columns` or `idColumn` names something that does not exist, with a list of what exists.
 */
export async function openH5ad(bytes: Bytes, options: H5adOptions & LimitOptions = {}): Promise<H5adSource> {
  const { name } = bytes;
  const { dataset = 'X', idColumn } = options;
  checkString(dataset, 'dataset', "a path such as 'X' or 'obsm/X_pca'");
  const room = readerRoom(options);
  const file = await H5File.open(bytes, { room });
  const release = await file.hold();
  try {
    const wanted = `/${dataset.replace(/^\/+|\/+$/g, '')}`;
    const element =
      (await findElement(file, name, wanted)) ??
      (wanted === '/raw/X' ? await findElement(file, name, '/raw.X') : undefined);
    if (!element) {
      const { list, choices } = await listElements(file, name);
      const fields = { option: 'dataset', choices };
      if (options.dataset === undefined) {
        throw Object.assign(
          new FormatError(name, say`has no X; ${list}; name one with ${option('dataset')}`),
          fields,
        );
      }
      throw rangeError(say`${option('dataset')}: ${name} has no ${wanted.slice(1)}; ${list}`, fields);
    }
    const { path, shape, sparse } = element;
    const rows = shape[0];
    // The rows of varm and varp are genes.
    const axis = /^\/var[mp]\//.test(path) ? '/var' : '/obs';
    const frame = await H5adFrame.open(file, axis);
    if (frame && frame.length !== rows) {
      throw new FormatError(name, `${path} has ${rows} rows, and ${axis} names ${frame.length}`);
    }
    if (idColumn !== undefined) checkString(idColumn, 'idColumn', `the name of a column of ${axis}`);
    const namesAt = await frame?.names(name, idColumn);
    const textsAt = await annotated(frame, name, axis, options.annotations);
    const columnTexts = await columnNames(file, element);
    const picked = chooseColumns(name, options, element, columnTexts);
    let columns: string[] | undefined;
    const cols = picked?.length ?? shape[1] ?? 1;
    const dtype = (sparse ? sparse.values : element.info).dtype!;
    const annotations = (await frame?.categorical()) ?? [];

    let chunksOf: (range: ReturnType<typeof rowRange>) => AsyncIterable<Chunk>;
    let held: number;
    if (sparse) {
      const matrix = sparseMatrix(file, `${name}, ${path}`, element, sparse, { picked, room });
      held = csrBytes(matrix) + 2 * (matrix.blockLength ?? 0) * 8;
      chunksOf = (range) => csrChunks(matrix, range);
    } else {
      const { info } = element;
      const read = blockReader(file, info, picked, { factor: 1, plus: 0, room });
      held = 3 * (info.pieces ?? []).reduce((a, b) => a * b, info.pieces ? info.size : 0);
      chunksOf = (range) =>
        (async function* () {
          const done = await file.hold();
          yield* readChunks(range, dtype, cols, read(range.step, range.end), done);
        })();
    }
    const kind = sparse ? `, sparse (CSR), ${sparse.values.shape[0]} values stored` : '';
    return {
      format: 'h5ad',
      name,
      summary: `AnnData, ${path.slice(1)}, ${shape.join(' x ')}${kind}`,
      ...{ rows, cols, dtype },
      overheadBytes:
        LIBRARY_BYTES +
        (file.isInParts ? 2 * file.keptBytes : 0) +
        file.wholeBytes +
        held +
        (columnTexts ? NAME_BYTES * (shape[1] ?? 1) : 0),
      dataset: path.slice(1),
      async datasets() {
        const done = await file.hold();
        try {
          return (await listElements(file, name)).choices;
        } finally {
          await done();
        }
      },
      shape,
      sparse: sparse !== undefined,
      // Made when they are asked for.
      get columns() {
        if (!columns && columnTexts) {
          const all = columnTexts.list();
          columns = picked ? picked.map((i) => all[i]) : all;
        }
        return columns;
      },
      idColumn: frame && (idColumn ?? frame.indexName),
      annotations,
      async annotation(column) {
        const done = await file.hold();
        try {
          if (!frame || !annotations.includes(column)) {
            throw rangeError(
              `annotation: ${name} has no categories ${JSON.stringify(column)}; it has ${shown(annotations) || 'none'}`,
            );
          }
          return await frame.annotation(name, column);
        } finally {
          await done();
        }
      },
      chunks(request: ChunkOptions): AsyncIterable<NamedChunk> {
        const range = rowRange(request, rows);
        const named = async function* () {
          for await (const chunk of chunksOf(range)) {
            const { start, rows } = chunk;
            const whole: NamedChunk = chunk;
            const ids = await namesAt?.(start, rows, range.step);
            if (ids) {
              const get = () => ids.list();
              Object.defineProperty(whole, 'ids', { enumerable: true, configurable: true, get });
            }
            for (const [column, at] of textsAt) {
              whole.annotations ??= {};
              whole.annotations[column] = (await at(start, rows, range.step)).list();
            }
            yield whole;
            if (range.reuse) ids?.free?.();
          }
        };
        return named();
      },
      close: () => file.close(),
    };
  } finally {
    await release();
  }
}

/** The three lists of a sparse matrix, read in blocks that are not smaller than the pieces they are stored in. */
function sparseMatrix(
  file: H5File,
  name: string,
  { shape }: Element,
  parts: { pointers: DatasetInfo; indices: DatasetInfo; values: DatasetInfo },
  { picked, room }: { picked: number[] | undefined; room: number },
): CsrMatrix {
  const { pointers, indices, values } = parts;
  const piece = Math.max(indices.pieces?.[0] ?? 0, values.pieces?.[0] ?? 0);
  const blockLength = Math.max(BLOCK_LENGTH, Math.min(piece, Math.floor(room / 128)));
  const reader = ({ path, size, pieces }: DatasetInfo) => {
    let spare: ArrayBuffer | undefined;
    return async (target: Float32Array | Float64Array, start: number) => {
      if (target.length === 0) return;
      const slab = { offset: [start], count: [target.length], step: 1 };
      const unpacked = (target.length + 2 * (pieces?.[0] ?? 0)) * size;
      const memory = spare;
      spare = undefined;
      const block = await file.read(path, slab, undefined, unpacked, memory);
      target.set(block);
      spare = block.buffer as ArrayBuffer;
    };
  };
  return {
    ...{ name, rows: shape[0], cols: shape[1], stored: values.shape[0], dtype: values.dtype! },
    ...{ picked, blockLength },
    async pass() {
      const close = await file.hold();
      return { pointers: reader(pointers), indices: reader(indices), values: reader(values), close };
    },
  };
}
