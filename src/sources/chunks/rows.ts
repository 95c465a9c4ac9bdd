/** What every reader does alike: check what it is asked for, count rows, fill chunks. */

import { rangeError } from '../../errors.ts';
import { noRoom } from '../../support/allocate.ts';
import type { Chunk, ChunkOptions, CoppiceWarning, FloatArray, Source } from '../../types.ts';

/** Who hears warnings. */
export interface Warned {
  onWarning?(warning: CoppiceWarning): void;
}

/** Say something to whoever listens. */
export function warnOf({ onWarning }: Warned, warning: CoppiceWarning): void {
  if (onWarning) onWarning(warning);
  else console.warn(warning.message);
}

/** Checked `ChunkOptions`. Rows first, first + step, ... below `end` (Infinity when the end is not known). */
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
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw rangeError(`${name}: got ${String(value)}; allowed is a whole number from ${least}`);
  }
  return value as number;
}

/** Check what a reader is asked for; `start` and `end` are clamped to `rows` where that is known. */
export function rowRange(options: ChunkOptions, rows = Infinity): RowRange {
  const chunkRows = wholeNumber('chunkRows', options.chunkRows, 1);
  const step = wholeNumber('stride', options.stride ?? 1, 1);
  const first = Math.min(wholeNumber('start', options.start ?? 0, 0), rows);
  const end = Math.min(wholeNumber('end', options.end ?? rows, 0, true), rows);
  return { chunkRows, step, first, end, reuse: options.reuse === true, signal: options.signal };
}

/** How many rows a range has; its end must be known. */
export function countRows(range: RowRange): number {
  return range.end <= range.first ? 0 : Math.floor((range.end - 1 - range.first) / range.step) + 1;
}

/** Buffers that are kept from one pass to the next: at most so many, none larger. */
const MOST_SPARES = 4;
const SPARE_BYTES = 4 * 2 ** 20;
const spares: ArrayBuffer[] = [];

/**
 * A buffer of `bytes` or more, with anything in it. Engines collect what is dropped late, after 64 MB of it, so what every pass
 * needs anew is handed on (`giveBuffer`).
 */
export function takeBuffer(bytes: number): ArrayBuffer {
  const at = spares.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes + 2 ** 16);
  return at < 0 ? new ArrayBuffer(bytes) : spares.splice(at, 1)[0];
}

/** Nobody may use the buffer any more. */
export function giveBuffer(buffer: ArrayBufferLike): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength === 0 || buffer.byteLength > SPARE_BYTES) return;
  if (spares.push(buffer) > MOST_SPARES) spares.shift();
}

/** Room that one use after another has; what the last one left is in it. It grows where more is asked for. */
export class Lent {
  private buffer = new ArrayBuffer(0);

  /** Bytes that it takes. */
  get length(): number {
    return this.buffer.byteLength;
  }

  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (this.buffer.byteLength < bytes) this.buffer = new ArrayBuffer(bytes);
    return new Uint8Array(this.buffer, 0, bytes);
  }
}

/** An array for `rows` x `cols` numbers. @throws PlatformError where the platform has no memory for it */
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
 * Yield the chunks of a range whose row count is known, reading one ahead: the next chunk is on its way while
 * the caller works on this one. With `reuse` two buffers take turns.
 *
 * `load(target, row, count)` fills `target` with `count` rows from source row `row`, `range.step` apart. Calls do
 * not overlap. `finish` runs once, however the loop ends, after the last `load` has settled; `stop`, where given,
 * before, when the loop ends while one is under way: that one's chunk is not wanted any more.
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
        // It is awaited in the next round; until then a failure is not an unhandled one.
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

/** Reads under way together, where there are many small ones: the platform serves them from a few threads. */
const READS_AT_ONCE = 8;

/** Run `job(0)` to `job(count - 1)`, a few at a time. Settles when all that began have ended. */
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
 * For each arriving row call `take()`; where it gives an offset, write the row's `cols` values at that offset of
 * `data`, then `keep()`; where that gives a chunk, yield it. At the end yield `rest()`.
 */
export class ChunkBuilder {
  /** Where the wanted row's values go. */
  data: FloatArray;
  /** Rows that have passed, wanted or not. */
  row = 0;
  private filled = 0;
  private start = 0;
  private wanted: number;
  private used = false;
  private capacity: number;

  constructor(
    private readonly range: RowRange,
    private readonly dtype: Source['dtype'],
    private readonly cols: number,
  ) {
    // The number of rows is not known, so a generous chunkRows must not cost more than what arrives.
    this.capacity = Math.min(range.chunkRows, Math.max(64, Math.floor(2 ** 18 / Math.max(1, cols))));
    this.data = allocate(dtype, this.capacity, cols);
    this.wanted = range.first;
  }

  /** Whether no row from here on is wanted. */
  get done(): boolean {
    return this.wanted >= this.range.end;
  }

  /** Offset for the arriving row's values, or -1 when it is not wanted. Counts the row. */
  take(): number {
    const row = this.row++;
    if (row !== this.wanted || row >= this.range.end) return -1;
    this.wanted += this.range.step;
    if (this.filled === 0) {
      this.start = row;
      // The last chunk is out there; with reuse the caller has let go of it.
      if (this.used && !this.range.reuse) this.data = allocate(this.dtype, this.capacity, this.cols);
      this.used = true;
    } else if (this.filled === this.capacity) {
      this.capacity = Math.min(this.range.chunkRows, this.capacity * 2);
      const larger = allocate(this.dtype, this.capacity, this.cols);
      larger.set(this.data);
      this.data = larger;
    }
    return this.filled * this.cols;
  }

  /** The row at the last offset is complete. Gives a chunk when one is full. */
  keep(): Chunk | undefined {
    this.filled++;
    return this.filled === this.range.chunkRows ? this.rest() : undefined;
  }

  /** The rows collected so far, if any. */
  rest(): Chunk | undefined {
    if (this.filled === 0) return undefined;
    const rows = this.filled;
    this.filled = 0;
    const { cols, start } = this;
    return { start, data: this.data.subarray(0, rows * cols), rows, cols };
  }
}

/** A chunk, with the rows' names where the source has them. */
export interface NamedChunk extends Chunk {
  ids?: string[];
}

/** Collects rows that arrive in blocks into chunks that do not end where a block does. */
export class Collector {
  private data: FloatArray | undefined;
  private ids: string[] | undefined;
  private filled = 0;
  private start = 0;

  constructor(
    private readonly range: RowRange,
    private readonly shape: { cols: number; dtype: Source['dtype'] },
    /** Most rows that can come. */
    private readonly total: number,
  ) {}

  get empty(): boolean {
    return this.filled === 0;
  }

  /** Take rows of `chunk` from `from` on, as many as there is room for. Returns how many. */
  take(chunk: NamedChunk, from: number, start: number): number {
    const { cols, dtype } = this.shape;
    const count = Math.min(chunk.rows - from, this.range.chunkRows - this.filled);
    const need = (this.filled + count) * cols;
    if (!this.data || this.data.length < need) {
      const most = Math.min(this.range.chunkRows, this.total);
      const rows = Math.min(most, Math.max(2 * (this.filled + count), 64));
      const larger = allocate(dtype, rows, cols, this.range.reuse);
      if (this.data) larger.set(this.data.subarray(0, this.filled * cols));
      this.end();
      this.data = larger;
    }
    if (this.filled === 0) this.start = start;
    this.data.set(chunk.data.subarray(from * cols, (from + count) * cols), this.filled * cols);
    if (chunk.ids) {
      this.ids ??= [];
      this.ids.push(...chunk.ids.slice(from, from + count));
    }
    this.filled += count;
    return count;
  }

  /** The consumer has let go of the last chunk. */
  end(): void {
    if (this.data && this.range.reuse) giveBuffer(this.data.buffer);
    this.data = undefined;
  }

  get full(): boolean {
    return this.filled === this.range.chunkRows;
  }

  rest(): NamedChunk | undefined {
    if (this.filled === 0) return undefined;
    const { cols } = this.shape;
    const rows = this.filled;
    const chunk = { start: this.start, data: this.data!.subarray(0, rows * cols), rows, cols };
    const named = this.ids ? { ...chunk, ids: this.ids } : chunk;
    this.filled = 0;
    this.ids = undefined;
    if (!this.range.reuse) this.data = undefined;
    return named;
  }
}
