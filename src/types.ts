/** The shapes that all floors share. */

/** A dense row-major matrix: element (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  data: Float32Array | Float64Array;
  rows: number;
  cols: number;
}

/**
 * Observation vectors, one a row: a matrix, or lists of numbers, plain or typed, which are read as float64.
 *
 * A call that returns a promise copies inputs of up to 4 MB before it returns, so that they may be changed at once, but only
 * where `memoryLimit` has room for the copies beside the call itself: no call is refused for a copy. What is larger, or has
 * no such room, must not change until the promise has settled (of a generator: until it has ended); a buffer that was
 * used again is refused (RangeError), as far as 2,048 of its numbers show. What lists are read to counts in the limit.
 */
export type Vectors = Matrix | readonly (readonly number[] | FloatArray)[];

/** SciPy's linkage matrix: (n-1) x 4, row-major, flat: two clusters, height, count. */
export type Z = Float64Array;

/** Either floating type that kernels compute in. */
export type FloatArray = Float32Array | Float64Array;

/** How far a long call has come. `done` never falls; it ends at `total` where that is known. */
export interface Progress {
  phase: string;
  done: number;
  total?: number;
}

/** Something that the caller should know and that did not stop the work. */
export interface CoppiceWarning {
  code: string;
  message: string;
}

/** Options of every long call. */
export interface Run {
  /** Stops the call; it rejects with the signal's reason. */
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
  /** Defaults to `console.warn` with the message. */
  onWarning?(warning: CoppiceWarning): void;
  /** Bytes, or a string such as '256MB' (256e6) or '256MiB' (2^28). */
  memoryLimit?: number | string;
  threads?: number | 'auto';
  /** Seed of every random choice; the same seed gives the same result everywhere. Default 0. */
  seed?: number;
}

/** A run of consecutive rows of a source (every `stride`-th when a stride was asked for). */
export interface Chunk {
  /** Row of the source that the first row of this chunk is. */
  start: number;
  /** rows x cols, row-major. With `reuse`, valid only until the next chunk is asked for. */
  data: Float32Array | Float64Array;
  rows: number;
  cols: number;
}

/** What a reader is asked for. */
export interface ChunkOptions {
  /** Most rows in a chunk; the last may have fewer. */
  chunkRows: number;
  /** Take rows start, start + stride, ... Default 1. */
  stride?: number;
  /** First row. Default 0. */
  start?: number;
  /** Row after the last one. Default: the end. */
  end?: number;
  signal?: AbortSignal;
  /** The caller is done with a chunk when it asks for the next, so its buffer may be used again. */
  reuse?: boolean;
}

/** Rows that can be read again and again, chunk by chunk, without being in memory. */
export interface Source {
  readonly cols: number;
  /** Unknown for text until it has been read. */
  readonly rows?: number;
  readonly dtype: 'f4' | 'f8';
  /** For messages: the file's name, or what the source was made of. */
  readonly name?: string;
  /** Bytes that the reader takes besides the chunks that it gives: a library, decompressed pieces. Default 0. */
  readonly overheadBytes?: number;
  /**
   * 'skip': rows that could not be read come as NaN, and whoever opened the source has agreed that they are left out,
   * also where a call's own `onBadRow` is 'error'.
   */
  readonly onBadRow?: 'error' | 'skip';
  /** What was wrong with the first of those. */
  readonly firstSkipped?: string;
  chunks(options: ChunkOptions): AsyncIterable<Chunk>;
  /**
   * Throws where what is read is not what was opened any more. Readers of files have it; a pass that goes to the end asks by
   * itself, so it is for those that do not.
   */
  unchanged?(): Promise<void>;
  /** Frees what the source holds open. */
  close?(): Promise<void> | void;
}

/** Random access to bytes: a file, a Blob, a URL, memory. */
export interface ByteSource {
  readonly byteLength: number;
  slice(start: number, end: number): Promise<Uint8Array>;
}
