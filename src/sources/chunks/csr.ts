/**
 * Rows of a sparse matrix in CSR form (compressed sparse rows), as SciPy and AnnData store it: the values of all rows one
 * after another, the column of each, and for each row where its values begin. Rows are made dense one at a time.
 */

import { FormatError } from '../../errors.ts';
import type { Chunk, FloatArray, Source } from '../../types.ts';
import { type RowRange, readChunks } from './rows.ts';

/** Numbers of a one-dimensional array, read into `target` from index `start`. */
type ReadNumbers = (target: FloatArray, start: number) => Promise<void>;

/** The three arrays, open for one pass. */
interface CsrPass {
  /** rows + 1 places in the other two. */
  pointers: ReadNumbers;
  indices: ReadNumbers;
  values: ReadNumbers;
  close(): Promise<void>;
}

export interface CsrMatrix {
  /** For messages. */
  name: string;
  rows: number;
  cols: number;
  /** Number of stored values. */
  stored: number;
  dtype: Source['dtype'];
  /** Columns to keep, in this order; all if undefined. */
  picked?: readonly number[] | undefined;
  /** How many values to read at a time, if the format has a preference. */
  blockLength?: number;
  pass(signal: AbortSignal | undefined): Promise<CsrPass>;
}

/** Values and pointers are read in blocks of this many. */
const BLOCK_LENGTH = 2 ** 17;
/** If picked rows lie further apart than this many values, only these rows are read. */
const APART_LENGTH = 2 ** 14;

/** Check the sizes of a matrix and of its arrays. @throws FormatError */
export function checkCsr(
  name: string,
  shape: ArrayLike<number> | undefined,
  lengths: { pointers: number; indices: number; values: number },
): void {
  const damaged = (why: string) => new FormatError(name, `its sparse matrix is damaged: ${why}`);
  if (shape?.length !== 2) throw damaged('its shape does not have two numbers');
  const [rows, cols] = Array.from(shape);
  if (!(rows >= 0 && cols >= 0 && Number.isSafeInteger(rows) && Number.isSafeInteger(cols))) {
    throw damaged(`its shape is ${rows} x ${cols}`);
  }
  if (cols === 0) throw new FormatError(name, `its sparse matrix is ${rows} x 0: its rows hold no numbers`);
  const { pointers, indices, values } = lengths;
  if (pointers !== rows + 1) throw damaged(`${rows} rows need ${rows + 1} pointers, not ${pointers}`);
  if (indices !== values) throw damaged(`${values} values have ${indices} columns`);
}

/** Bytes that a pass holds besides its chunks. */
export function csrBytes({ blockLength = BLOCK_LENGTH }: Pick<CsrMatrix, 'blockLength'>): number {
  return 3 * 8 * blockLength;
}

/** A block of an array, which moves forward. */
class Block {
  from = 0;
  length = 0;

  readonly #read: ReadNumbers;

  constructor(
    readonly data: FloatArray,
    read: ReadNumbers,
  ) {
    this.#read = read;
  }

  has(index: number): boolean {
    return index >= this.from && index < this.from + this.length;
  }

  /** Move to `from`. What is there already is not read again, since a stream goes only forward. */
  async fetch(from: number, length: number): Promise<void> {
    const skipped = from - this.from;
    const kept = this.has(from) ? Math.min(length, this.length - skipped) : 0;
    if (kept > 0) this.data.copyWithin(0, skipped, skipped + kept);
    this.length = 0;
    await this.#read(this.data.subarray(kept, length), from + kept);
    this.from = from;
    this.length = length;
  }

  at(index: number): number {
    return this.data[index - this.from];
  }
}

/** Fills rows from the arrays of one pass. */
class CsrRows {
  readonly #pointers: Block;
  readonly #indices: Block;
  readonly #values: Block;
  readonly #place: Int32Array | undefined;
  readonly #width: number;
  readonly #blockLength: number;

  readonly #matrix: CsrMatrix;
  readonly #step: number;

  constructor(matrix: CsrMatrix, pass: CsrPass, step: number) {
    this.#matrix = matrix;
    this.#step = step;
    const { dtype, cols, rows, stored, picked, blockLength = BLOCK_LENGTH } = matrix;
    const length = Math.min(blockLength, stored);
    this.#blockLength = length;
    this.#pointers = new Block(new Float64Array(Math.min(BLOCK_LENGTH, rows + 1)), pass.pointers);
    this.#indices = new Block(new Float64Array(length), pass.indices);
    this.#values = new Block(
      dtype === 'f4' ? new Float32Array(length) : new Float64Array(length),
      pass.values,
    );
    this.#width = picked?.length ?? cols;
    if (picked) {
      this.#place = new Int32Array(cols).fill(-1);
      picked.forEach((column, i) => {
        this.#place![column] = i;
      });
    }
  }

  #fail(problem: string): never {
    throw new FormatError(this.#matrix.name, `its sparse rows are damaged: ${problem}`);
  }

  async #fetchPointers(row: number): Promise<void> {
    const pointers = this.#pointers;
    // A row needs two, of which the second one may be beyond the block.
    const length = this.#step > APART_LENGTH ? 2 : pointers.data.length;
    await pointers.fetch(row, Math.min(length, this.#matrix.rows + 1 - row));
  }

  /**
   * Write row `row` to `target` from `to` on, if it is in the blocks. Returns false if they have to move first; then `fetch`
   * has to be called. Nothing is awaited here, since a promise for each row would be much garbage.
   */
  fill(target: FloatArray, to: number, row: number): boolean {
    const pointers = this.#pointers;
    if (!pointers.has(row) || !pointers.has(row + 1)) return false;
    const begin = this.#checked(row);
    const end = pointers.at(row + 1);
    if (begin < end && !(this.#indices.has(begin) && this.#indices.has(end - 1))) return false;
    target.fill(0, to, to + this.#width);
    this.#add(target, to, row, begin, end);
    return true;
  }

  /** As `fill`, and moves the blocks. A row may be longer than a block. */
  async fetch(target: FloatArray, to: number, row: number): Promise<void> {
    const pointers = this.#pointers;
    const indices = this.#indices;
    const { rows, stored } = this.#matrix;
    if (!pointers.has(row) || !pointers.has(row + 1)) await this.#fetchPointers(row);
    const begin = this.#checked(row);
    const end = pointers.at(row + 1);
    target.fill(0, to, to + this.#width);
    const apart = (this.#step * stored) / rows > APART_LENGTH;
    for (let at = begin; at < end; ) {
      if (!indices.has(at)) {
        const length = Math.min(this.#blockLength, apart ? end - at : stored - at);
        await indices.fetch(at, length);
        await this.#values.fetch(at, length);
      }
      const stop = Math.min(end, indices.from + indices.length);
      this.#add(target, to, row, at, stop);
      at = stop;
    }
  }

  /** Where the values of a row begin. Its two pointers are in the block. */
  #checked(row: number): number {
    const { rows, stored } = this.#matrix;
    const begin = this.#pointers.at(row);
    const end = this.#pointers.at(row + 1);
    if (!Number.isInteger(begin) || !Number.isInteger(end) || begin < 0 || end < begin || end > stored) {
      this.#fail(`row ${row} reaches from value ${begin} to ${end} of ${stored}`);
    }
    if (row === 0 && begin !== 0) this.#fail(`the first row begins at value ${begin}`);
    if (row === rows - 1 && end !== stored) this.#fail(`the last row ends at value ${end} of ${stored}`);
    return begin;
  }

  /** Add values of a row, which are in the blocks. Values of the same place add up, as in SciPy. */
  #add(target: FloatArray, to: number, row: number, at: number, stop: number): void {
    const place = this.#place;
    const { cols } = this.#matrix;
    const { from, data } = this.#indices;
    const values = this.#values;
    for (let i = at - from; i < stop - from; i++) {
      const column = data[i];
      if (!(column >= 0 && column < cols) || column % 1 !== 0) {
        this.#fail(`row ${row} has a value in column ${column} of ${cols}`);
      }
      const j = place ? place[column] : column;
      if (j >= 0) target[to + j] += values.data[i];
    }
  }
}

/** Chunks of dense rows. Memory: two chunks, and `csrBytes`. */
export async function* csrChunks(matrix: CsrMatrix, range: RowRange): AsyncGenerator<Chunk, void, undefined> {
  const { dtype, cols, picked } = matrix;
  const width = picked?.length ?? cols;
  const pass = await matrix.pass(range.signal);
  const source = new CsrRows(matrix, pass, range.step);
  const load = async (target: FloatArray, row: number, count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      if (i % 64 === 0) range.signal?.throwIfAborted();
      const next = row + i * range.step;
      if (!source.fill(target, i * width, next)) await source.fetch(target, i * width, next);
    }
  };
  yield* readChunks(range, dtype, width, load, () => pass.close());
}
