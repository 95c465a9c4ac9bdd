/** Memory of a pass over Parquet: how many bytes its columns may hold together, and their buffers. */
import { MemoryLimitError } from '../../errors.ts';
import type { FloatArray } from '../../types.ts';
import { Lent } from '../chunks/rows.ts';

/** Buffers for one column that a pass hands on to the next. */
export interface ColumnMemory {
  /** Bytes of the file. */
  window: Uint8Array;
  /** Numbers of a page. */
  values: FloatArray | undefined;
}

/** Buffers that a pass hands on to the next. Engines free dropped buffers late, so new ones would double the memory. */
export class PassMemory {
  readonly page = new Lent();
  readonly columns: ColumnMemory[];

  constructor(columns: number) {
    this.columns = Array.from({ length: columns }, () => ({ window: new Uint8Array(0), values: undefined }));
  }
}

/** Counts the memory of the pages of all columns, and holds a buffer that they share. */
export class Budget {
  #used = 0;
  /** Bytes per read of a column. */
  readonly windowBytes: number;

  readonly #file: string;
  /** Memory limit for all columns together. */
  readonly #allowedBytes: number;
  readonly #columns: number;
  /** Buffer for one page at a time. */
  readonly #page: Lent;

  constructor(file: string, allowedBytes: number, columns: number, page: Lent) {
    this.#file = file;
    this.#allowedBytes = allowedBytes;
    this.#columns = columns;
    this.#page = page;
    const share = Math.floor(allowedBytes / 4 / Math.max(1, columns));
    this.windowBytes = Math.max(LEAST_WINDOW_BYTES, Math.min(WINDOW_BYTES, share));
  }

  /** The memory of a column changes from `before` to `now`. */
  change(before: number, now: number): void {
    this.#used += now - before;
    this.expect(0, now + this.#page.length);
  }

  fits(bytes: number): boolean {
    return this.#used + this.#page.length + bytes <= this.#allowedBytes;
  }

  /** @throws MemoryLimitError if `bytes` more do not fit; `own` is the memory of one column */
  expect(bytes: number, own: number): void {
    if (this.fits(bytes)) return;
    // Pages of other columns are likely to need as much as this one.
    const all = this.#columns * (own + WINDOW_BYTES);
    const needed = Math.max(this.#used + this.#page.length + bytes, all);
    // A reader has half of the limit.
    throw new MemoryLimitError(
      `${this.#file}: unpacking its pages`,
      Math.ceil(2.2 * needed),
      2 * this.#allowedBytes,
      'read fewer columns at a time, or write the file with smaller pages',
    );
  }

  /** A buffer for one page, valid until the next call. New arrays would become garbage faster than it is collected. */
  room(length: number): Uint8Array {
    return this.#page.take(length);
  }
}

/** Bytes per read of a column, if memory allows. */
const WINDOW_BYTES = 2 ** 20;
const LEAST_WINDOW_BYTES = 2 ** 16;
