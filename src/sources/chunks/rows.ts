/** Functions that all readers share: checking the requested range, counting rows, filling chunks. */

import { noRoom } from '../../support/allocate.ts';
import { checkWhole } from '../../support/checks.ts';
import type { Chunk, ChunkOptions, CoppiceWarning, FloatArray, Source } from '../../types.ts';

/** Options with a function that receives warnings. */
export interface Warned {
  onWarning?(warning: CoppiceWarning): void;
}

/** Pass a warning to `onWarning`, or to the console if that is not given. */
export function warnOf({ onWarning }: Warned, warning: CoppiceWarning): void {
  if (onWarning) onWarning(warning);
  else console.warn(warning.message);
}

/** Checked `ChunkOptions`: rows first, first + step, ... below `end` (Infinity if the end is not known). */
export interface RowRange {
  chunkRows: number;
  step: number;
  first: number;
  end: number;
  reuse: boolean;
  signal: AbortSignal | undefined;
}

function wholeNumber(name: string, value: unknown, least: number, infinite = false): number {
  if (infinite && value === Infinity) return Infinity;
  checkWhole(value, name, least);
  return value;
}

/** Check the requested range. `start` and `end` are clamped to `rows` if that is known. */
export function rowRange(options: ChunkOptions, rows = Infinity): RowRange {
  const chunkRows = wholeNumber('chunkRows', options.chunkRows, 1);
  const step = wholeNumber('stride', options.stride ?? 1, 1);
  const first = Math.min(wholeNumber('start', options.start ?? 0, 0), rows);
  const end = Math.min(wholeNumber('end', options.end ?? rows, 0, true), rows);
  return { chunkRows, step, first, end, reuse: options.reuse === true, signal: options.signal };
}

/** The number of rows in a range, whose end must be known. */
export function countRows(range: RowRange): number {
  return range.end <= range.first ? 0 : Math.floor((range.end - 1 - range.first) / range.step) + 1;
}

/** Buffers that are kept from one pass to the next: at most MOST_SPARES, each of at most SPARE_BYTES. */
const MOST_SPARES = 4;
const SPARE_BYTES = 4 * 2 ** 20;
const spares: ArrayBuffer[] = [];

/**
 * A buffer of `bytes` or more, with arbitrary contents. Engines collect dropped buffers late, after 64 MB of them, so
 * the buffers of one pass are reused by the next (`giveBuffer`).
 */
export function takeBuffer(bytes: number): ArrayBuffer {
  const at = spares.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes + 2 ** 16);
  return at < 0 ? new ArrayBuffer(bytes) : spares.splice(at, 1)[0];
}

/** Keep a buffer for reuse. The caller must not use it any more. */
export function giveBuffer(buffer: ArrayBufferLike): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength === 0 || buffer.byteLength > SPARE_BYTES) return;
  if (spares.push(buffer) > MOST_SPARES) spares.shift();
}

/** A buffer for one use after another. It still holds the data of the last use, and grows if more is needed. */
export class Lent {
  #buffer = new ArrayBuffer(0);

  /** Its size in bytes. */
  get length(): number {
    return this.#buffer.byteLength;
  }

  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (this.#buffer.byteLength < bytes) this.#buffer = new ArrayBuffer(bytes);
    return new Uint8Array(this.#buffer, 0, bytes);
  }
}

/** An array for `rows` x `cols` numbers. @throws PlatformError if the platform has no memory for it */
export function allocate(dtype: Source['dtype'], rows: number, cols: number, reuse = false): FloatArray {
  try {
    if (reuse) {
      const buffer = takeBuffer(rows * cols * (dtype === 'f4' ? 4 : 8));
      return dtype === 'f4'
        ? new Float32Array(buffer, 0, rows * cols)
        : new Float64Array(buffer, 0, rows * cols);
    }
    return dtype === 'f4' ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  } catch (cause) {
    throw noRoom(`a chunk of ${rows} rows`, rows * cols * (dtype === 'f4' ? 4 : 8), cause);
  }
}

/**
 * Yield the chunks of a range whose number of rows is known. The next chunk is read while the caller works on this
 * one. With `reuse` two buffers take turns.
 *
 * `load(target, row, count)` fills `target` with `count` rows from source row `row`, `range.step` apart. Calls do
 * not overlap. `finish` runs once, however the loop ends, after the last `load` has settled. If the loop ends during a
 * `load`, whose chunk is then not needed, `stop` is called first.
 */
export async function* readChunks(
  range: RowRange,
  dtype: Source['dtype'],
  cols: number,
  load: (target: FloatArray, row: number, count: number) => Promise<void>,
  finish: () => Promise<void> | void,
  stop?: () => void,
): AsyncGenerator<Chunk, void, undefined> {
  const total = countRows(range);
  const spare: FloatArray[] = [];
  const begin = async (done: number): Promise<Chunk> => {
    const rows = Math.min(range.chunkRows, total - done);
    let data = range.reuse ? spare.shift() : undefined;
    data ??= allocate(dtype, rows, cols, range.reuse);
    if (data.length > rows * cols) data = data.subarray(0, rows * cols);
    const start = range.first + done * range.step;
    await load(data, start, rows);
    return { start, data, rows, cols };
  };
  let ahead: Promise<Chunk> | undefined;
  try {
    range.signal?.throwIfAborted();
    if (total > 0) ahead = begin(0);
    for (let done = 0; ahead; ) {
      const chunk = await ahead;
      ahead = undefined;
      range.signal?.throwIfAborted();
      done += chunk.rows;
      if (done < total) {
        ahead = begin(done);
        // It is awaited in the next round; until then a failure must not count as unhandled.
        ahead.catch(() => {});
      }
      yield chunk;
      if (range.reuse) spare.push(chunk.data);
    }
    for (const { buffer } of spare) giveBuffer(buffer);
  } finally {
    if (ahead) stop?.();
    await ahead?.catch(() => {});
    await finish();
  }
}

/** Whether a row is all NaN: a bad line that the reader skipped. */
export function isSkipped(data: ArrayLike<number>, at: number, cols: number): boolean {
  for (let j = 0; j < cols; j++) if (!Number.isNaN(data[at + j])) return false;
  return true;
}

/** How many small reads run at the same time. The platform serves them from a few threads. */
const READS_AT_ONCE = 8;

/** Run `job(0)` to `job(count - 1)`, a few at a time. Settles when all started jobs have ended. */
export async function several(count: number, job: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < count && !failed) {
      try {
        await job(next++);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(READS_AT_ONCE, count) }, worker));
  const bad = ends.find((end) => end.status === 'rejected');
  if (bad) throw bad.reason;
}

/**
 * Collects rows that arrive one after another (text, iterables) into chunks.
 *
 * For each arriving row call `take()`. If it returns an offset, write the row's `cols` values at that offset of `data`,
 * then call `keep()`. If that returns a chunk, yield it. At the end yield `rest()`.
 */
export class ChunkBuilder {
  /** The array that the values of wanted rows are written to. */
  data: FloatArray;
  /** Number of rows that have arrived, wanted or not. */
  row = 0;
  #filled = 0;
  #start = 0;
  #wanted: number;
  #used = false;
  #capacity: number;

  readonly #range: RowRange;
  readonly #dtype: Source['dtype'];
  readonly #cols: number;

  constructor(range: RowRange, dtype: Source['dtype'], cols: number) {
    this.#range = range;
    this.#dtype = dtype;
    this.#cols = cols;
    // The number of rows is not known, so a large chunkRows must not reserve much more memory than the rows need.
    this.#capacity = Math.min(range.chunkRows, Math.max(64, Math.floor(2 ** 18 / Math.max(1, cols))));
    this.data = allocate(dtype, this.#capacity, cols);
    this.#wanted = range.first;
  }

  /** Whether no row from here on is wanted. */
  get done(): boolean {
    return this.#wanted >= this.#range.end;
  }

  /** Offset for the arriving row's values, or -1 when it is not wanted. Counts the row. */
  take(): number {
    const row = this.row++;
    if (row !== this.#wanted || row >= this.#range.end) return -1;
    this.#wanted += this.#range.step;
    if (this.#filled === 0) {
      this.#start = row;
      // The caller may still use the last chunk, unless it asked for reuse.
      if (this.#used && !this.#range.reuse) this.data = allocate(this.#dtype, this.#capacity, this.#cols);
      this.#used = true;
    } else if (this.#filled === this.#capacity) {
      this.#capacity = Math.min(this.#range.chunkRows, this.#capacity * 2);
      const larger = allocate(this.#dtype, this.#capacity, this.#cols);
      larger.set(this.data);
      this.data = larger;
    }
    return this.#filled * this.#cols;
  }

  /** The row at the last offset is complete. Returns a chunk if one is full. */
  keep(): Chunk | undefined {
    this.#filled++;
    return this.#filled === this.#range.chunkRows ? this.rest() : undefined;
  }

  /** The rows collected so far, if any. */
  rest(): Chunk | undefined {
    if (this.#filled === 0) return undefined;
    const rows = this.#filled;
    this.#filled = 0;
    const cols = this.#cols;
    const start = this.#start;
    return { start, data: this.data.subarray(0, rows * cols), rows, cols };
  }
}

/** A chunk, with the names of its rows if the source has them. */
export interface NamedChunk extends Chunk {
  ids?: string[];
  /** The texts of the columns that were chosen as `annotations`, by name. */
  annotations?: Record<string, string[]>;
}

/** Append texts from `from` to `to` (not included) to the lists in `into`. */
function addAnnotations(
  into: Record<string, string[]>,
  annotations: Record<string, string[]>,
  from: number,
  to: number,
): void {
  for (const [name, texts] of Object.entries(annotations)) {
    into[name] ??= [];
    for (let i = from; i < to; i++) into[name].push(texts[i]);
  }
}

/** Collects rows that arrive in blocks into chunks that do not end where a block does. */
export class Collector {
  #data: FloatArray | undefined;
  #ids: string[] | undefined;
  #annotations: Record<string, string[]> | undefined;
  #filled = 0;
  #start = 0;

  readonly #range: RowRange;
  readonly #shape: { cols: number; dtype: Source['dtype'] };
  /** Largest number of rows that can arrive. */
  readonly #total: number;

  constructor(range: RowRange, shape: { cols: number; dtype: Source['dtype'] }, total: number) {
    this.#range = range;
    this.#shape = shape;
    this.#total = total;
  }

  get empty(): boolean {
    return this.#filled === 0;
  }

  /** Take rows of `chunk` from `from` on, as many as fit. Returns their number. */
  take(chunk: NamedChunk, from: number, start: number): number {
    const { cols, dtype } = this.#shape;
    const count = Math.min(chunk.rows - from, this.#range.chunkRows - this.#filled);
    const need = (this.#filled + count) * cols;
    if (!this.#data || this.#data.length < need) {
      const most = Math.min(this.#range.chunkRows, this.#total);
      const rows = Math.min(most, Math.max(2 * (this.#filled + count), 64));
      const larger = allocate(dtype, rows, cols, this.#range.reuse);
      if (this.#data) larger.set(this.#data.subarray(0, this.#filled * cols));
      this.end();
      this.#data = larger;
    }
    if (this.#filled === 0) this.#start = start;
    this.#data.set(chunk.data.subarray(from * cols, (from + count) * cols), this.#filled * cols);
    if (chunk.ids) {
      this.#ids ??= [];
      for (let i = from; i < from + count; i++) this.#ids.push(chunk.ids[i]);
    }
    if (chunk.annotations) {
      this.#annotations ??= {};
      addAnnotations(this.#annotations, chunk.annotations, from, from + count);
    }
    this.#filled += count;
    return count;
  }

  /** The consumer does not use the last chunk any more. */
  end(): void {
    if (this.#data && this.#range.reuse) giveBuffer(this.#data.buffer);
    this.#data = undefined;
  }

  get full(): boolean {
    return this.#filled === this.#range.chunkRows;
  }

  rest(): NamedChunk | undefined {
    if (this.#filled === 0) return undefined;
    const { cols } = this.#shape;
    const rows = this.#filled;
    const chunk = { start: this.#start, data: this.#data!.subarray(0, rows * cols), rows, cols };
    const named = {
      ...chunk,
      ...(this.#ids ? { ids: this.#ids } : {}),
      ...(this.#annotations ? { annotations: this.#annotations } : {}),
    };
    this.#filled = 0;
    this.#ids = undefined;
    this.#annotations = undefined;
    if (!this.#range.reuse) this.#data = undefined;
    return named;
  }
}
