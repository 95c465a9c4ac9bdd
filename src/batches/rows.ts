/** Rows that wait to be written, and rows that were read back: vectors and sequences with one interface. */
import { FormatError } from '../errors.ts';
import type { FloatArray, Matrix } from '../types.ts';

/** Collected rows. They are numbered from 0, independent of their numbers in the data. */
export interface WaitingRows {
  readonly count: number;
  /** Their size in bytes. */
  readonly bytes: number;
  /** Size of these rows in a piece, in bytes. */
  pieceBytes(rows: Uint32Array): number;
  /** Write these rows in the format of a piece. */
  write(rows: Uint32Array, out: Uint8Array): void;
  clear(): void;
}

/** Collected vectors, row-major. */
export class WaitingVectors implements WaitingRows {
  count = 0;
  #data: FloatArray;
  readonly #cols: number;
  readonly #most: number;

  /** @param most largest number of rows; the buffer grows as needed */
  constructor(cols: number, dtype: 'f4' | 'f8', most: number) {
    this.#cols = cols;
    this.#most = most;
    const length = Math.min(most, 1024) * cols;
    this.#data = dtype === 'f4' ? new Float32Array(length) : new Float64Array(length);
  }

  get bytes(): number {
    return this.count * this.#cols * this.#data.BYTES_PER_ELEMENT;
  }

  /** Copy rows [from, to) of a chunk, or as many as fit. @returns the row after the last one copied */
  take(data: FloatArray, from: number, to: number): number {
    const cols = this.#cols;
    const end = Math.min(to, from + this.#most - this.count);
    const length = (this.count + end - from) * cols;
    if (length > this.#data.length) {
      const room = Math.min(this.#most * cols, Math.max(length, 2 * this.#data.length));
      const larger = this.#data instanceof Float32Array ? new Float32Array(room) : new Float64Array(room);
      larger.set(this.#data.subarray(0, this.count * cols));
      this.#data = larger;
    }
    this.#data.set(data.subarray(from * cols, end * cols), this.count * cols);
    this.count += end - from;
    return end;
  }

  /** Rows [from, to) as a view. */
  matrix(from: number, to: number): Matrix {
    const cols = this.#cols;
    return { data: this.#data.subarray(from * cols, to * cols), rows: to - from, cols };
  }

  pieceBytes(rows: Uint32Array): number {
    return rows.length * this.#cols * this.#data.BYTES_PER_ELEMENT;
  }

  write(rows: Uint32Array, out: Uint8Array): void {
    const size = this.#cols * this.#data.BYTES_PER_ELEMENT;
    const from = new Uint8Array(this.#data.buffer);
    for (let i = 0; i < rows.length; i++) {
      const at = rows[i] * size;
      out.set(from.subarray(at, at + size), i * size);
    }
  }

  clear(): void {
    this.count = 0;
  }
}

/** Collected sequences, as one array of bytes: all of their characters are ASCII. */
export class WaitingSequences implements WaitingRows {
  count = 0;
  #letters = new Uint8Array(1 << 16);
  #ends = new Uint32Array(1 << 12);

  get bytes(): number {
    return this.count > 0 ? this.#ends[this.count - 1] + 4 * this.count : 0;
  }

  take(sequence: string): void {
    const at = this.#begin(this.count);
    const end = at + sequence.length;
    if (end > this.#letters.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#letters.length));
      larger.set(this.#letters.subarray(0, at));
      this.#letters = larger;
    }
    if (this.count === this.#ends.length) {
      const larger = new Uint32Array(2 * this.count);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    for (let i = 0; i < sequence.length; i++) this.#letters[at + i] = sequence.charCodeAt(i);
    this.#ends[this.count++] = end;
  }

  #begin(row: number): number {
    return row > 0 ? this.#ends[row - 1] : 0;
  }

  /** Sequences [from, to). */
  strings(from: number, to: number): string[] {
    const begin = this.#begin(from);
    const text = new TextDecoder().decode(this.#letters.subarray(begin, this.#begin(to)));
    const out = new Array<string>(to - from);
    for (let i = from; i < to; i++) out[i - from] = text.slice(this.#begin(i) - begin, this.#ends[i] - begin);
    return out;
  }

  pieceBytes(rows: Uint32Array): number {
    let bytes = 2 * rows.length;
    for (const row of rows) bytes += this.#ends[row] - this.#begin(row);
    return bytes;
  }

  write(rows: Uint32Array, out: Uint8Array): void {
    let at = 2 * rows.length;
    for (let i = 0; i < rows.length; i++) {
      const begin = this.#begin(rows[i]);
      const length = this.#ends[rows[i]] - begin;
      out[2 * i] = length & 255;
      out[2 * i + 1] = length >> 8;
      for (let j = 0; j < length; j++) out[at + j] = this.#letters[begin + j];
      at += length;
    }
  }

  clear(): void {
    this.count = 0;
  }
}

/** The rows of one precluster as read back, in the order of their numbers. */
export interface KeptRows {
  precluster: number;
  /** Number of each row, over all batches. */
  rows: Float64Array;
  /** The preclusters of each row, nearest first, `overlap` for each row; empty if overlap is 1. */
  seats: Uint32Array;
  /** Vectors, row-major; empty for sequences. */
  vectors: FloatArray;
  /** Sequences; empty for vectors. */
  sequences: string[];
}

/** Read the vectors of a piece. */
export function readVectorPiece(bytes: Uint8Array, count: number, target: FloatArray, at: number): void {
  const size = target.BYTES_PER_ELEMENT;
  new Uint8Array(target.buffer, target.byteOffset + at * size, count * size).set(bytes);
}

/**
 * Read the sequences of a piece.
 * @throws FormatError if the lengths do not match the bytes
 */
export function readSequencePiece(bytes: Uint8Array, count: number, file: string): string[] {
  const text = new TextDecoder().decode(bytes.subarray(2 * count));
  const out = new Array<string>(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const end = at + (bytes[2 * i] | (bytes[2 * i + 1] << 8));
    out[i] = text.slice(at, end);
    at = end;
  }
  if (at !== text.length) throw new FormatError(file, `has ${text.length} letters instead of ${at}`);
  return out;
}
