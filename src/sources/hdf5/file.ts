/** An HDF5 file, for the reader. The library runs in a worker, or in this thread if there is no worker. */

import { FormatError, formatBytes, MemoryLimitError, PlatformError } from '../../errors.ts';
import { advice, option, say } from '../../messages.ts';
import { builtin } from '../../support/builtin-module.ts';
import { notLoaded } from '../../support/text/not-loaded.ts';
import { type Bytes, readExactly, readWhole } from '../bytes/bytes.ts';
import { type Host, hostOf, type RemoteFile } from './host.ts';
import { type DatasetInfo, Library, type Slab, type TextSlab } from './library.ts';
import { LibraryError } from './library-error.ts';
import { LibraryFile } from './library-file.ts';
import { KEPT_BYTES, type Parts } from './pieces.ts';
import type { TextBytes } from './texts.ts';
import type { Call } from './worker.ts';

export type { DatasetInfo, Slab };

/** A file without random access is read into memory as a whole, up to this size. */
const MAX_IN_MEMORY_BYTES = 512 * 2 ** 20;
/** The library's memory may always grow to this size: it begins with 19 MB. */
const LEAST_BYTES = 48 * 2 ** 20;
/** The library's memory never grows beyond this size. */
const LIBRARY_MOST_BYTES = 2 ** 31;
/** At least this much of a file is kept that the library reads in parts. */
const LEAST_KEPT_BYTES = 2 ** 21;
/** From a file that is in memory, at least this much is passed to the library at a time. */
const GAP_BYTES = 2 ** 20;

function tooLarge({ name }: Bytes, most: number): PlatformError {
  return new PlatformError(
    `${name}: HDF5 is read from many places of a file, and this one comes from front to back only (it is a stream or ` +
      'compressed as a whole, or its server does not answer range requests), so the whole goes to memory, and it has ' +
      `more than the ${formatBytes(most)} allowed for that`,
  );
}

let serial = 0;
/** The libraries loaded in this thread, by build. */
const libraries = new Map<string, Promise<Library>>();

function libraryHere(build: string): Promise<Library> {
  let library = libraries.get(build);
  if (!library) {
    // The other build is imported by a variable name, so that bundlers do not resolve its platform modules for a page.
    library = Library.load(() =>
      build === 'h5wasm' ? import('h5wasm') : import(/* @vite-ignore */ /* webpackIgnore: true */ build),
    );
    libraries.set(build, library);
  }
  return library;
}

/** Options for a file. */
interface H5Options {
  /** Bytes that the library may use. */
  room: number;
  /** Whether other files that this file refers to may be opened. */
  externalFiles?: boolean;
}

const TRUST = advice(
  'trust-external-files',
  say`for the path of a file that you trust, use ${option('externalFiles', true)}`,
);

/** An HDF5 file. It is open while it is held. */
export class H5File {
  #holders = 0;
  /** The whole file, if it has no random access. Kept while the file is held, since close() may be called meanwhile. */
  #data: Uint8Array | undefined;
  #remote: RemoteFile | undefined;
  #local: LibraryFile | undefined;

  readonly #bytes: Bytes;
  readonly #host: Host | undefined;
  readonly #library: Library | undefined;
  readonly #options: H5Options;

  private constructor(
    bytes: Bytes,
    host: Host | undefined,
    library: Library | undefined,
    options: H5Options,
  ) {
    this.#bytes = bytes;
    this.#host = host;
    this.#library = library;
    this.#options = options;
  }

  /** Whether each read at another offset is a separate fetch. */
  get isFetched(): boolean {
    const { path, memory, sequential } = this.#bytes;
    return path === undefined && memory === undefined && !sequential;
  }

  /** Whether parts of the file are kept outside the library's memory. */
  get isInParts(): boolean {
    return this.isFetched || (this.#host !== undefined && this.#bytes.path === undefined);
  }

  /** Bytes of the file that are kept outside the library's memory, if parts of it are. */
  get keptBytes(): number {
    return Math.min(KEPT_BYTES, Math.max(LEAST_KEPT_BYTES, this.#options.room / 8));
  }

  /** Bytes of a stream that is in memory as a whole; not of an input that was in memory before. */
  get wholeBytes(): number {
    return this.#bytes.memory ? 0 : (this.#data?.length ?? 0);
  }

  static async open(bytes: Bytes, options: H5Options): Promise<H5File> {
    // The build that reads files in place needs a file system.
    const build = bytes.path === undefined ? 'h5wasm' : 'h5wasm/node';
    const host = await hostOf(build);
    let library: Library | undefined;
    try {
      library = host ? undefined : await libraryHere(build);
    } catch (cause) {
      throw notLoaded(`${bytes.name}: HDF5 files need the package`, build, cause);
    }
    return new H5File(bytes, host, library, options);
  }

  /** Keep the file open until the returned function is called. May be nested. */
  async hold(): Promise<() => Promise<void>> {
    this.#holders++;
    let held = true;
    const release = async () => {
      if (!held) return;
      held = false;
      if (--this.#holders > 0) return;
      await this.close();
      if (this.#holders === 0) this.#data = undefined;
    };
    try {
      await this.#call('open', []);
    } catch (error) {
      await release();
      throw error;
    }
    return release;
  }

  async close(): Promise<void> {
    const remote = this.#remote;
    const local = this.#local;
    this.#remote = undefined;
    this.#local = undefined;
    if (remote) await this.#host!.close(remote).catch(() => {});
    local?.close();
  }

  get #mostBytes(): number {
    return Math.min(LIBRARY_MOST_BYTES, Math.max(LEAST_BYTES, this.#options.room));
  }

  async #whole(): Promise<Uint8Array> {
    if (this.#data) return this.#data;
    const most = Math.min(MAX_IN_MEMORY_BYTES, this.#options.room);
    const whole = await readWhole(this.#bytes, this.#bytes.memory ? Infinity : most);
    if (!whole) throw tooLarge(this.#bytes, most);
    this.#data = whole;
    return whole;
  }

  /** Gives the library the bytes of a file that it cannot open itself. */
  #parts(): Parts {
    const { keptBytes } = this;
    const bytes = this.#bytes;
    const data = this.#data;
    const partOf = (length: number, spare: ArrayBuffer | undefined) =>
      spare && spare.byteLength >= length ? new Uint8Array(spare, 0, length) : new Uint8Array(length);
    if (data) {
      // Copied, since a buffer that is transferred to a worker is detached here.
      const fetch: Parts['fetch'] = async (start, end, spare) => {
        const part = partOf(end - start, spare);
        part.set(data.subarray(start, end));
        return part;
      };
      return { byteLength: data.length, gapBytes: GAP_BYTES, keptBytes, fetch };
    }
    return {
      byteLength: bytes.byteLength,
      gapBytes: bytes.gapBytes,
      keptBytes,
      async fetch(start, end, spare) {
        const part = partOf(end - start, spare);
        await readExactly(bytes, part, start);
        return part;
      },
    };
  }

  async #call(call: Call, args: unknown[], expectedBytes = 0): Promise<unknown> {
    const bytes = this.#bytes;
    const host = this.#host;
    const mostBytes = this.#mostBytes;
    const others = this.#options.externalFiles;
    if (bytes.path === undefined && !this.isFetched) await this.#whole();
    try {
      if (host) {
        this.#remote ??= this.#remoteFile(others);
        return await host.call(this.#remote, call, args, expectedBytes);
      }
      this.#local ??= new LibraryFile(
        this.#library!,
        bytes.path !== undefined
          ? { path: absolute(bytes.path), others }
          : this.#data
            ? { data: this.#data }
            : { parts: this.#parts() },
        mostBytes,
      );
      return await (this.#local[call] as (...args: unknown[]) => Promise<unknown>)(...args);
    } catch (error) {
      throw error instanceof LibraryError ? this.#problem(error) : error;
    }
  }

  #remoteFile(others: boolean | undefined): RemoteFile {
    const bytes = this.#bytes;
    const mostBytes = this.#mostBytes;
    const id = ++serial;
    if (bytes.path !== undefined) return { id, place: { path: absolute(bytes.path), others }, mostBytes };
    const parts = this.#parts();
    const { byteLength, gapBytes, keptBytes } = parts;
    return { id, place: { byteLength, gapBytes, keptBytes }, mostBytes, parts };
  }

  /** Convert an error of the library into one of ours. */
  #problem(error: LibraryError): Error {
    const { kind, message, needed = 0, needsOther } = error.problem;
    const { name } = this.#bytes;
    if (kind === 'platform') return new PlatformError(`${name}: ${message}`);
    if (kind === 'format') {
      return new FormatError(name, needsOther ? say`${message}; ${TRUST}` : message, { cause: error.cause });
    }
    if (needed > LIBRARY_MOST_BYTES) {
      return new FormatError(name, `${message}: it is damaged, or asks for ${formatBytes(needed)} at once`);
    }
    return new MemoryLimitError(
      `${name}: ${message}; the HDF5 library`,
      2 * needed,
      2 * this.#mostBytes,
      say`if the file is not damaged, a ${option('memoryLimit')} of ${formatBytes(Math.ceil((2 * needed) / 1e6 + 1) * 1e6)} would do`,
    );
  }

  /** The datasets of the file with their paths; at most `limit`. */
  datasets(limit = 40): Promise<{ path: string; shape: number[] }[]> {
    return this.#call('datasets', [limit]) as Promise<{ path: string; shape: number[] }[]>;
  }

  /** A dataset by path; `undefined` if it does not exist. */
  dataset(path: string): Promise<DatasetInfo | undefined> {
    return this.#call('dataset', [path]) as Promise<DatasetInfo | undefined>;
  }

  /** The names in a group, at most `limit`; `undefined` if there is no group of this path. */
  children(path: string, limit = 1e6): Promise<string[] | undefined> {
    return this.#call('children', [path, limit]) as Promise<string[] | undefined>;
  }

  /** Text of a dataset or, with `attribute`, of an attribute; `undefined` if it does not exist or is not text. */
  text(path: string, attribute?: string): Promise<string | undefined> {
    return this.#call('text', [path, attribute]) as Promise<string | undefined>;
  }

  /** The value of an attribute of a dataset: `undefined` if it does not exist, NaN if it is not a number. */
  number(path: string, attribute: string): Promise<number | undefined> {
    return this.#call('number', [path, attribute]) as Promise<number | undefined>;
  }

  /** The numbers of an attribute that is a list; `undefined` if it does not exist or holds something else. */
  numbers(path: string, attribute: string): Promise<number[] | undefined> {
    return this.#call('numbers', [path, attribute]) as Promise<number[] | undefined>;
  }

  /** Texts of a dataset, or of a field of its records; `undefined` if it does not hold texts. */
  texts(path: string, slab: TextSlab, member?: string): Promise<TextBytes | undefined> {
    return this.#call('texts', [path, slab, member]) as Promise<TextBytes | undefined>;
  }

  /**
   * Read a part of a dataset: the values of each row at the indexes `picked`, or all.
   * @param unpackedBytes number of bytes that the library has to decompress for it
   * @param spare memory for the result, if it is large enough; it must not be used any more
   */
  read(
    path: string,
    slab: Slab,
    picked: readonly number[] | undefined,
    unpackedBytes: number,
    spare?: ArrayBuffer,
  ): Promise<Float32Array | Float64Array> {
    const args = [path, slab, picked, spare];
    return this.#call('read', args, unpackedBytes) as Promise<Float32Array | Float64Array>;
  }
}

/** Make a path absolute: the library's file system would put the working folder before a relative path. */
function absolute(path: string): string {
  const module = builtin('node:path') as { resolve(path: string): string } | undefined;
  return module ? module.resolve(path) : path;
}
