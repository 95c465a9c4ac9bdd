/** Rows that wait to be written, and rows as they are read back: vectors and sequences behind one face. */
import { FormatError } from '../errors.ts';
import type { FloatArray, Matrix } from '../types.ts';

/** Rows that wait. They are numbered from 0, whatever their numbers in the data are. */
export interface WaitingRows {
  readonly count: number;
  /** Bytes that they take. */
  readonly bytes: number;
  /** Bytes of these rows in a piece. */
  pieceBytes(rows: Uint32Array): number;
  /** Write these rows as a piece has them. */
  write(rows: Uint32Array, out: Uint8Array): void;
  clear(): void;
}

/** Vectors that wait, row-major. */
export class WaitingVectors implements WaitingRows {
  count = 0;
  #data: FloatArray;
  readonly #cols: number;
  readonly #most: number;

  /** @param most rows at most; room is made as they come */
  constructor(cols: number, dtype: 'f4' | 'f8', most: number) {
    this.#cols = cols;
    this.#most = most;
    const length = Math.min(most, 1024) * cols;
    this.#data = dtype === 'f4' ? new Float32Array(length) : new Float64Array(length);
  }

  get bytes(): number {
    return this.count * this.#cols * this.#data.BYTES_PER_ELEMENT;
  }

  /** Take rows [from, to) of a chunk, or as many of them as there is room for. @returns the row after the last taken */
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

  /** Rows [from, to), not copied. */
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

/** Sequences that wait, as one string of bytes: their letters are all below 128. */
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

/** The rows of one precluster, as they are read back, in the order of their numbers. */
export interface KeptRows {
  precluster: number;
  /** Number of each row, over all batches. */
  rows: Float64Array;
  /** The preclusters of each row, `overlap` of them, the nearest first; empty where that is one. */
  seats: Uint32Array;
  /** Vectors, row-major; empty of sequences. */
  vectors: FloatArray;
  /** Sequences; empty of vectors. */
  sequences: string[];
}

/** The vectors of a piece. */
export function readVectorPiece(bytes: Uint8Array, count: number, target: FloatArray, at: number): void {
  const size = target.BYTES_PER_ELEMENT;
  new Uint8Array(target.buffer, target.byteOffset + at * size, count * size).set(bytes);
}

/**
 * The sequences of a piece.
 * @throws FormatError where the lengths are not those of the bytes
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
  if (at !== text.length) throw new FormatError(file, `has ${text.length} letters where ${at} should be`);
  return out;
}
