/** Types that all folders share. */

import type { MessagePart } from './messages.ts';

/** A dense row-major matrix: element (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  data: Float32Array | Float64Array;
  rows: number;
  cols: number;
}

/**
 * Observation vectors, one in each row: a matrix, or a list of rows (arrays or typed arrays), which are read as
 * float64; or data in the containers of other libraries, which are converted as by `toMatrix`.
 *
 * A call that returns a promise copies inputs of up to 4 MB before it returns, so the caller may change them at once.
 * It does so only if `memoryLimit` has room for the copies beside the call itself: no call is refused because of a
 * copy. Inputs that are larger, or that do not fit, must not change until the promise has settled (for a generator:
 * until it has ended). If they change, the call fails with a RangeError. To detect changes it compares about 2,048
 * elements, so it may miss some. Lists take memory when they are read; that counts towards the limit.
 * Containers of other libraries are converted during the call and must not change either; `toMatrix` converts at once.
 */
export type Vectors = Matrix | readonly (ArrayLike<number> | ArrayLike<bigint>)[] | Container;

/**
 * Data in the containers of other libraries: records, tables of Arrow and Arquero, columns of Arrow, data frames, objects
 * of columns, tensors and arrays with a shape, matrices of ml-matrix and mathjs. See `toMatrix`.
 */
export type Container =
  | readonly object[]
  | { readonly schema: object; getChild(name: string): unknown }
  | { readonly type: object; readonly nullCount: number; toArray(): unknown }
  | { columnNames(): string[]; array(name: string): unknown }
  | { readonly columns: readonly string[]; readonly values: object }
  | { readonly [column: string]: ArrayLike<unknown> }
  | { readonly shape: ArrayLike<number>; readonly [field: string]: unknown }
  | { readonly dims: ArrayLike<number>; readonly data: object }
  | { readonly rows: number; readonly columns: number; get(row: number, column: number): number }
  | { size(): unknown; toArray(): unknown };

/**
 * SciPy's linkage matrix: (n-1) x 4, row-major, flat. Each row has two clusters, their height, and the number of rows.
 */
export type Z = Float64Array;

/** The two floating-point types that kernels compute in. */
export type FloatArray = Float32Array | Float64Array;

/** Progress of a long call. `done` never decreases, and ends at `total` if that is known. */
export interface Progress {
  phase: string;
  done: number;
  total?: number;
}

/** A warning: something that the caller should know, but that did not stop the work. */
export interface CoppiceWarning {
  code: string;
  message: string;
  /** The message in parts, if it names options: programs that call them otherwise can put it into their own words. */
  parts?: readonly MessagePart[] | undefined;
}

/** Options of every long call. */
export interface Run {
  /** Stops the call, which rejects with the signal's reason. */
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
  /** Default: `console.warn` with the message. */
  onWarning?(warning: CoppiceWarning): void;
  /** A number of bytes, or a string such as '256MB' (256e6) or '256MiB' (2^28). */
  memoryLimit?: number | string;
  threads?: number | 'auto';
  /** Seed of all random choices. The same seed gives the same result on every platform. Default 0. */
  seed?: number;
}

/** Consecutive rows of a source (every `stride`-th row if a stride was given). */
export interface Chunk {
  /** The first row of this chunk, as a row number of the source. */
  start: number;
  /** rows x cols, row-major. With `reuse`, valid only until the next chunk is requested. */
  data: Float32Array | Float64Array;
  rows: number;
  cols: number;
}

/** Which rows a reader returns, and how. */
export interface ChunkOptions {
  /** Largest number of rows in a chunk. */
  chunkRows: number;
  /** Take rows start, start + stride, ... Default 1. */
  stride?: number;
  /** First row. Default 0. */
  start?: number;
  /** The row after the last one. Default: the end of the source. */
  end?: number;
  signal?: AbortSignal;
  /** The caller no longer uses a chunk when it requests the next one, so the reader may reuse its buffer. */
  reuse?: boolean;
}

/**
 * A step of a preparation, which changes each row: x becomes (x - subtract) / divide, or x multiply, with one number for each
 * column. `log2` and `log1p` are log2(x + 1) and ln(x + 1), `quantile` gives each row the numbers of `target` by rank, `rows` is the z-score of each row, and `unit` scales rows to
 * length 1.
 */
export interface PreparationStep {
  step: 'log2' | 'log1p' | 'quantile' | 'center' | 'zscore' | 'minmax' | 'rows' | 'unit' | 'weights';
  /** For 'quantile': the numbers that a row gets, in ascending order. */
  target?: readonly number[];
  subtract?: readonly number[];
  divide?: readonly number[];
  multiply?: readonly number[];
}

/** What `prepare` did with the rows of a source, in this order. Plain data that can be kept as JSON. */
export interface Preparation {
  steps: readonly PreparationStep[];
}

/** Rows that can be read repeatedly, chunk by chunk. They need not be in memory. */
export interface Source {
  readonly cols: number;
  /** Unknown for text until it has been read. */
  readonly rows?: number;
  readonly dtype: 'f4' | 'f8';
  /** For messages: the name of the file, or a description of the input. */
  readonly name?: string;
  /** Bytes that the reader needs besides its chunks, for example for a library or decompressed data. Default 0. */
  readonly overheadBytes?: number;
  /** Rows are found by reading from the first one on, as in text and in compressed files: reading few costs as much as all. */
  readonly sequential?: boolean;
  /**
   * 'skip': rows that cannot be read are returned as NaN and left out, even if the `onBadRow` of a call is 'error'. The
   * caller chose this when it opened the source.
   */
  readonly onBadRow?: 'error' | 'skip';
  /** The problem of the first skipped row. */
  readonly firstSkipped?: string;
  /** Columns have the scales that they should have, so there is no advice about them (SCALES_DIFFER). */
  readonly scaled?: boolean;
  /** How the rows were prepared (`prepare`). Models of this source keep it, so that `assign` can treat new rows alike. */
  readonly preparation?: Preparation;
  chunks(options: ChunkOptions): AsyncIterable<Chunk>;
  /**
   * Throws if the file has changed since it was opened. Readers of files have this method. A pass over all rows calls
   * it itself; call it after a pass that stopped before the end.
   */
  unchanged?(): Promise<void>;
  /** Closes the source, for example its file. */
  close?(): Promise<void> | void;
}

/** Random access to bytes, for example of a file, a Blob, a URL or memory. */
export interface ByteSource {
  readonly byteLength: number;
  slice(start: number, end: number): Promise<Uint8Array>;
}
