/**
 * The HDF5 library (h5wasm, the C library in WebAssembly) and the files that are open in it. No other file calls it. It
 * runs in a worker (worker.ts) if there is one, else in the thread of the caller.
 *
 * The library trusts the files that it reads, so it is limited here: it opens only the file it was given (and others if
 * they are allowed), and there is a limit for its memory and for the bytes that it reads in one call.
 * Library: https://github.com/usnistgov/h5wasm
 */

import type * as H5wasm from 'h5wasm';
import type { Allowed } from './allowed-files.ts';
import { damaged, LibraryError, needingOther } from './library-error.ts';
import type { Parts } from './pieces.ts';

export type Module = typeof H5wasm;
export type Metadata = H5wasm.Metadata;

/** Numbers of the library's element type classes, from the C header H5Tpublic.h. */
export const INTEGER = 0;
export const FLOAT = 1;
export const STRING = 3;
const ENUM = 8;

/** Longest text of an attribute. */
export const ATTRIBUTE_BYTES = 2 ** 20;
/** A call may read this many bytes plus eight times its result. If it reads more, it is in a loop in a damaged file. */
const CALL_BYTES = 2 ** 28;
/** Number of reads that a call may do, plus one for each READ_BYTES bytes of its result. */
const CALL_READS = 300_000;
const READ_BYTES = 64;
/** Error numbers of the C library: permission denied, input/output error. */
const EACCES = 2;
const EIO = 29;

/** Filters that the library has; and below the names of registered filters that it does not have. */
export const BUILT_IN = new Set([1, 2, 3, 5, 6]);
export const FILTERS: Record<number, string> = {
  4: 'SZIP',
  305: 'LZO',
  307: 'bzip2',
  32000: 'LZF',
  32001: 'Blosc',
  32004: 'LZ4',
  32008: 'bitshuffle',
  32013: 'ZFP',
  32015: 'Zstandard',
  32017: 'SZ',
  32026: 'Blosc2',
};

/** Description of a dataset, without its data. */
export interface DatasetInfo {
  path: string;
  shape: number[];
  /** Shape of the chunks in which HDF5 stores and compresses the data; null if the data are contiguous. */
  pieces: number[] | null;
  /** Bytes of an element. */
  size: number;
  /** The type that values are read as; `undefined` if they are not numbers. */
  dtype: 'f4' | 'f8' | undefined;
}

/** A part of a dataset: from `offset`, `count` values in each dimension, `step` apart in the first. */
export interface Slab {
  offset: number[];
  count: number[];
  step: number;
}

/** A part of a dataset of texts, which has one dimension. */
export interface TextSlab {
  offset: number;
  count: number;
  step: number;
}

/** Where the bytes of a file are: in the file system, in memory, or somewhere else, from where parts are fetched. */
export interface DatasetPlace {
  path?: string;
  /** Whether other files that this file refers to may be opened. */
  others?: boolean;
  data?: Uint8Array;
  parts?: Parts;
}

/** The used part of Emscripten's file system, which has no types. */
interface Files {
  open(path: unknown, ...rest: unknown[]): unknown;
  read(...args: [{ path?: string }, Uint8Array, number, number, number?]): number;
  write(
    stream: { fd?: number },
    buffer: Uint8Array,
    offset: number,
    length: number,
    ...rest: unknown[]
  ): number;
  unlink(path: string): void;
  createDataFile(...args: unknown[]): void;
  ErrnoError: new (code: number) => Error;
}

/** Returns a function that reads numbers of an element type; `undefined` for types that are not numbers. */
export function readerOf(
  metadata: Metadata,
): ((buffer: ArrayBufferLike, at: number, n: number) => ArrayLike<number | bigint>) | undefined {
  const { type, size, signed } = metadata;
  if (type === FLOAT && size === 4) return (b, at, n) => new Float32Array(b, at, n);
  if (type === FLOAT && size === 8) return (b, at, n) => new Float64Array(b, at, n);
  // h5py writes booleans as an enumeration over bytes.
  if (type !== INTEGER && !(type === ENUM && size === 1)) return undefined;
  if (size === 1) return (b, at, n) => (signed ? new Int8Array(b, at, n) : new Uint8Array(b, at, n));
  if (size === 2) return (b, at, n) => (signed ? new Int16Array(b, at, n) : new Uint16Array(b, at, n));
  if (size === 4) return (b, at, n) => (signed ? new Int32Array(b, at, n) : new Uint32Array(b, at, n));
  if (size === 8) return (b, at, n) => (signed ? new BigInt64Array(b, at, n) : new BigUint64Array(b, at, n));
  return undefined;
}

/** While this is above 0, output of the library is dropped. The library takes its console.error when it is loaded. */
let quiet = 0;

/** The loaded library. */
export class Library {
  /** It failed in a way after which its memory may be damaged. */
  broken = false;
  #serial = 0;

  private constructor(readonly module: Module) {}

  /** @param load returns the library's module; @param beat is called before and after each read of a file */
  static async load(load: () => Promise<unknown>, beat: () => void = () => {}): Promise<Library> {
    const { error } = console;
    console.error = (...args) => {
      if (quiet === 0) error.apply(console, args);
    };
    try {
      const module = (await load()) as Module;
      await module.ready;
      const library = new Library(module);
      library.beat = beat;
      // Otherwise it would look for filters in a folder of the machine on which it was built.
      for (let left = module.Module.get_plugin_search_paths().length; left > 0; left--) {
        module.Module.remove_plugin_search_path(0);
      }
      return library;
    } finally {
      console.error = error;
    }
  }

  beat = () => {};

  get files(): Files {
    return this.module.FS as unknown as Files;
  }

  /** A name for a file of the library's own file system. */
  newName(): string {
    return `coppice-${++this.#serial}.h5`;
  }

  /**
   * Run library calls with limits.
   * @param most largest size of the library's memory; @param expected bytes of the result
   */
  call<T>(what: string, allowed: Allowed, most: number, expected: number, work: () => T): T {
    if (this.broken) {
      throw new LibraryError({
        kind: 'platform',
        message: 'the HDF5 library failed on a damaged file and cannot be used again; start anew',
      });
    }
    const files = this.files;
    const memory = WebAssembly.Memory.prototype;
    const { open, read, write } = files;
    const { grow } = memory;
    const { Module } = this.module;
    let printed = '';
    let left = CALL_BYTES + 8 * expected;
    let reads = CALL_READS + expected / READ_BYTES;
    let wrong: string | undefined;
    let short: number | undefined;
    const beat = this.beat;
    files.open = function (path, ...rest) {
      // Files that the library creates itself are opened by node, not by path.
      if (typeof path !== 'string') return open.call(this, path, ...rest);
      if (!allowed.mayOpen(path)) throw new files.ErrnoError(EACCES);
      const stream = open.call(this, path, ...rest);
      allowed.found(path);
      return stream;
    };
    files.read = function (stream, buffer, offset, length, position) {
      left -= length;
      if (left < 0 || --reads < 0) wrong ??= 'the same bytes are read again and again';
      if (wrong !== undefined) throw new files.ErrnoError(EIO);
      beat();
      try {
        const got = read.call(this, stream, buffer, offset, length, position);
        const block = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, got);
        if (position !== undefined) wrong = allowed.check.look(block, position);
        if (wrong !== undefined) throw new files.ErrnoError(EIO);
        return got;
      } finally {
        beat();
      }
    };
    files.write = function (stream, buffer, offset, length, ...rest) {
      if (stream.fd !== 1 && stream.fd !== 2)
        return write.call(this, stream, buffer, offset, length, ...rest);
      printed += new TextDecoder().decode(
        new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length).slice(),
      );
      return length;
    };
    memory.grow = function (pages) {
      if (this.buffer !== Module.HEAPU8.buffer) return grow.call(this, pages);
      const wanted = this.buffer.byteLength + pages * 65536;
      if (wanted > most) {
        short = wanted;
        throw new RangeError('the memory limit');
      }
      short = undefined;
      return grow.call(this, pages);
    };
    quiet++;
    allowed.begin();
    try {
      const value = work();
      // The library does not report some failures.
      if (wrong !== undefined) throw new Error(wrong);
      allowed.end();
      return value;
    } catch (cause) {
      if (cause instanceof LibraryError) throw cause;
      if (cause instanceof WebAssembly.RuntimeError || /call stack|too much recursion/i.test(String(cause))) {
        this.broken = true;
      }
      throw this.#problem(what, allowed, printed, wrong, short, cause);
    } finally {
      quiet--;
      Object.assign(files, { open, read, write });
      memory.grow = grow;
    }
  }

  #problem(
    what: string,
    allowed: Allowed,
    printed: string,
    wrong: string | undefined,
    needed: number | undefined,
    cause: unknown,
  ): LibraryError {
    const fatal = this.broken;
    if (wrong !== undefined) return damaged(`${what}: it is damaged: ${wrong}`, cause);
    const other = allowed.other();
    if (other !== undefined) return (allowed.others ? damaged : needingOther)(`${what}: ${other}`, cause);
    // A piece that needs too much memory may be damaged. The caller, who knows the limit, words the error.
    if (needed !== undefined) {
      return new LibraryError({ kind: 'memory', message: what, needed, fatal }, cause);
    }
    if (fatal) {
      return new LibraryError(
        { kind: 'format', message: `${what}: it is damaged, and the HDF5 library failed on it`, fatal },
        cause,
      );
    }
    // The library prints a stack of calls. The innermost entry says what happened.
    const reasons = [...printed.matchAll(/#\d+: .*?\(\): (.*)/g)].map((match) => match[1]);
    if (reasons.includes('filter returned failure during read')) {
      const why = 'it is damaged: a piece does not decompress, or its checksum does not match';
      return damaged(`${what}: ${why}`, cause);
    }
    const last = reasons.at(-1) ?? (cause instanceof Error ? cause.message : String(cause));
    const says = last
      .replace(/[\s"]+/g, ' ')
      .slice(0, 200)
      .trim();
    return damaged(`${what}: it is damaged or cut short (the HDF5 library says "${says}")`, cause);
  }
}
