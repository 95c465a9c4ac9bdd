/** Sources over rows that are in memory already, or that are produced during reading. */

import { rangeError, typeError } from '../errors.ts';
import { checkFunction, checkOneOf, checkOptions, checkWhole, wrongType } from '../support/checks.ts';
import type { Chunk, ChunkOptions, FloatArray, Matrix, Source } from '../types.ts';
import { ChunkBuilder, readChunks, rowRange } from './chunks/rows.ts';

/** A source whose number of rows is known. */
export interface ArraySource extends Source {
  readonly rows: number;
  readonly name: string;
}

/** A table whose numbers are in any array, row by row. */
export interface Table {
  data: ArrayLike<number>;
  rows: number;
  cols: number;
}

function isFloatArray(value: unknown): value is FloatArray {
  return value instanceof Float32Array || value instanceof Float64Array;
}

function fromLists(lists: readonly (readonly number[])[]): Matrix {
  const cols = lists.length > 0 ? lists[0].length : 0;
  const data = new Float64Array(lists.length * cols);
  for (let i = 0; i < lists.length; i++) {
    const row = lists[i];
    if (!Array.isArray(row) && !ArrayBuffer.isView(row)) {
      throw wrongType(`data[${i}]`, 'an array of numbers', row);
    }
    if (row.length !== cols) throw typeError(`data: row ${i} has ${row.length} numbers, row 0 has ${cols}`);
    for (let j = 0; j < cols; j++) {
      if (typeof row[j] !== 'number') {
        throw wrongType(`data[${i}][${j}]`, 'a number', row[j]);
      }
      data[i * cols + j] = row[j];
    }
  }
  return { data, rows: lists.length, cols };
}

/**
 * A table in memory as a source. Chunks of consecutive rows are views of `data`, not copies.
 *
 * Shape: `data` is rows x cols, row-major; `number[][]` has one array per row. Everything except a Float32Array is read
 * as float64.
 * Errors: `TypeError` when rows differ in length, or rows x cols is not the length of `data`.
 */
export function fromArray(input: Matrix | Table | readonly (readonly number[])[]): ArraySource {
  const { scaled } = (input ?? {}) as { scaled?: boolean };
  let matrix: Matrix;
  if (Array.isArray(input)) {
    matrix = fromLists(input);
  } else {
    const { data, rows, cols } = (input ?? {}) as Table;
    if (typeof data !== 'object' || typeof data?.length !== 'number') {
      throw wrongType('data', 'an array of rows, or {data, rows, cols} with the numbers row by row', data);
    }
    for (const [name, value] of [
      ['rows', rows],
      ['cols', cols],
    ] as const) {
      checkWhole(value, name, 0);
    }
    if (data.length !== rows * cols) {
      throw typeError(
        `data: has ${data.length} numbers, but rows x cols is ${rows} x ${cols} = ${rows * cols}`,
      );
    }
    matrix = { data: isFloatArray(data) ? data : Float64Array.from(data), rows, cols };
  }
  return scaled ? { ...sourceOf(matrix), scaled } : sourceOf(matrix);
}

/** As fromArray, for a matrix that has been checked. Its `data` may be replaced later by an array of equal numbers. */
export function sourceOf(matrix: Matrix): ArraySource {
  const { rows, cols } = matrix;
  const dtype = matrix.data instanceof Float32Array ? 'f4' : 'f8';
  return {
    name: 'array',
    rows,
    cols,
    dtype,
    chunks(options: ChunkOptions): AsyncIterable<Chunk> {
      const range = rowRange(options, rows);
      const { data } = matrix;
      if (range.step === 1) return views(data, cols, range);
      const load = async (target: FloatArray, row: number, count: number): Promise<void> => {
        for (let i = 0; i < count; i++) {
          const from = (row + i * range.step) * cols;
          target.set(data.subarray(from, from + cols), i * cols);
        }
      };
      return readChunks(range, dtype, cols, load, () => {});
    },
  };
}

async function* views(
  data: FloatArray,
  cols: number,
  range: ReturnType<typeof rowRange>,
): AsyncGenerator<Chunk> {
  range.signal?.throwIfAborted();
  for (let start = range.first; start < range.end; start += range.chunkRows) {
    const rows = Math.min(range.chunkRows, range.end - start);
    yield { start, data: data.subarray(start * cols, (start + rows) * cols), rows, cols };
    range.signal?.throwIfAborted();
  }
}

/** An item that an iterable may yield: one row as numbers, or any number of whole rows in a typed array or a chunk. */
export type Rows = Float32Array | Float64Array | readonly number[] | Pick<Chunk, 'data' | 'rows' | 'cols'>;

/** Options of `fromIterable`. */
export interface IterableOptions {
  /** Number of values in a row. */
  cols: number;
  /** The number of rows, if known. It is then checked. */
  rows?: number;
  /** Element type of the chunks. Default 'f8'. */
  dtype?: Source['dtype'];
  /** For messages. */
  name?: string;
}

function blockOf(item: Rows, cols: number, row: number): ArrayLike<number> {
  let data: ArrayLike<number>;
  if (isFloatArray(item) || Array.isArray(item)) {
    data = item;
  } else {
    const chunk = item as Partial<Chunk> | null | undefined;
    if (!isFloatArray(chunk?.data)) {
      throw wrongType(
        `rows at row ${row}`,
        'a Float32Array, a Float64Array, number[] or {data, rows, cols}',
        item,
      );
    }
    if (chunk.cols !== cols || chunk.data.length !== cols * (chunk.rows ?? -1)) {
      throw typeError(
        `rows: the chunk at row ${row} is ${chunk.rows} x ${chunk.cols} with ${chunk.data.length} numbers; ` +
          `allowed are rows of ${cols}`,
      );
    }
    data = chunk.data;
  }
  // A longer list of plain numbers is more likely a mistake than several rows.
  if (Array.isArray(item) ? data.length !== cols : data.length % cols !== 0) {
    throw typeError(`rows: ${data.length} numbers came at row ${row}; a row has ${cols}`);
  }
  return data;
}

/**
 * A source of rows that are produced during reading: by a generator, a network stream, or the reader of another library.
 *
 * `factory` is called again for every pass, and must return the same rows each time. It may yield one row at a time
 * (`number[]`, typed array) or several whole rows (typed array, chunk). `rows` is known after the first whole pass.
 * Memory: one chunk and one item of the iterable.
 * Errors: `TypeError` when a row does not have `cols` numbers; `RangeError` when the number of rows differs from
 * `rows`, or from that of the pass before.
 */
export function fromIterable(
  factory: () => Iterable<Rows> | AsyncIterable<Rows>,
  options: IterableOptions,
): Source {
  checkFunction(
    factory,
    'factory',
    'a function that returns an iterable, since rows are read more than once',
  );
  const known = { cols: true, rows: true, dtype: true, name: true } as const;
  checkOptions(options, known, 'fromIterable', '{ cols: 3 }');
  const { cols, dtype = 'f8', name = 'iterable' } = options;
  checkWhole(cols, 'cols', 1);
  checkOneOf(dtype, 'dtype', ['f4', 'f8']);
  let total = options.rows;
  if (total !== undefined) checkWhole(total, 'rows', 0);
  return {
    name,
    cols,
    dtype,
    get rows() {
      return total;
    },
    chunks(request: ChunkOptions): AsyncIterable<Chunk> {
      const range = rowRange(request, total);
      const iterate = async function* (): AsyncGenerator<Chunk> {
        range.signal?.throwIfAborted();
        const builder = new ChunkBuilder(range, dtype, cols);
        for await (const item of factory()) {
          const data = blockOf(item, cols, builder.row);
          for (let at = 0; at < data.length; at += cols) {
            const offset = builder.take();
            if (offset < 0) continue;
            for (let j = 0; j < cols; j++) builder.data[offset + j] = data[at + j];
            const chunk = builder.keep();
            if (!chunk) continue;
            yield chunk;
            range.signal?.throwIfAborted();
          }
          range.signal?.throwIfAborted();
          if (total !== undefined && builder.row > total) break;
          // Rows after the last wanted one are not requested, so this pass does not learn the number of rows.
          if (builder.done && range.end < (total ?? Infinity)) {
            const last = builder.rest();
            if (last) yield last;
            return;
          }
        }
        if (total !== undefined && builder.row !== total) {
          const came = builder.row > total ? 'more' : String(builder.row);
          throw rangeError(`rows: ${total} were promised (or came in the pass before), and ${came} came`);
        }
        total = builder.row;
        const last = builder.rest();
        if (last) yield last;
      };
      return iterate();
    },
  };
}
