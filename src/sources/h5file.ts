/**
 * The HDF5 library (h5wasm, the C library in WebAssembly), loaded when the first file is opened. The only file
 * that talks to it: opening, errors, reading part of a dataset.
 * Library: https://github.com/usnistgov/h5wasm
 */

import type * as H5wasm from 'h5wasm';
import { FormatError, formatBytes, PlatformError } from '../errors.ts';
import { type Bytes, readWhole } from './bytes.ts';
import { PieceFile } from './h5pieces.ts';

type Library = typeof H5wasm;
type Metadata = H5wasm.Metadata;

/** What only comes from front to back goes to the library's memory file system, which must not take over the machine. */
const MAX_IN_MEMORY_BYTES = 512 * 2 ** 20;

/** What the library's classes of element type are called in the C header H5Tpublic.h. */
const INTEGER = 0;
const FLOAT = 1;
const STRING = 3;
const ENUM = 8;

function tooLarge({ name }: Bytes): PlatformError {
  return new PlatformError(
    `${name}: HDF5 is read from many places of a file, and this one comes from front to back only (it is a stream or ` +
      'compressed as a whole, or its server does not answer range requests), so the whole goes to memory, and it has ' +
      `more than the ${formatBytes(MAX_IN_MEMORY_BYTES)} allowed for that`,
  );
}

let serial = 0;

async function loadLibrary(bytes: Bytes): Promise<Library> {
  // The build that reads files in place needs a file system. Its name is kept from bundlers, which would try to
  // resolve that build's platform modules for a page.
  const build = bytes.path === undefined ? 'h5wasm' : 'h5wasm/node';
  let library: Library;
  try {
    library =
      bytes.path === undefined
        ? await import('h5wasm')
        : ((await import(/* @vite-ignore */ /* webpackIgnore: true */ build)) as Library);
    await library.ready;
  } catch (cause) {
    throw Object.assign(
      new PlatformError(
        `${bytes.name}: HDF5 files need the package ${JSON.stringify(build)}, which did not load`,
      ),
      { cause },
    );
  }
  return library;
}

/** Element types that can be read as numbers; `undefined` for the others. */
function readerOf(
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

/** One dataset: what is in it, without its data. */
export interface DatasetInfo {
  path: string;
  shape: number[];
  /** Shape of the pieces that are compressed as a whole; null when the data lie in one piece. */
  pieces: number[] | null;
  /** Bytes of an element. */
  size: number;
  /** How the values can be read; `undefined` when they are no numbers. */
  dtype: 'f4' | 'f8' | undefined;
}

/** A part of a dataset: from `offset`, `count` values in each dimension, `step` apart in the first. */
export interface Slab {
  offset: number[];
  count: number[];
  step: number;
}

/** An HDF5 file. It is open while someone holds it. */
export class H5File {
  private file: H5wasm.File | undefined;
  private holders = 0;
  private place: string | undefined;
  /** The whole file, where nothing else can be had. Kept while someone reads, for close() may come in between. */
  private data: Uint8Array | undefined;
  /** What is fetched of it, where that can be done. */
  private readonly pieces: PieceFile | undefined;

  private constructor(
    private readonly library: Library,
    private readonly bytes: Bytes,
  ) {
    const whole = bytes.path !== undefined || bytes.memory !== undefined || bytes.sequential;
    this.pieces = whole ? undefined : new PieceFile(bytes);
  }

  /** Whether each place that is read costs a fetch of its own. */
  get isFetched(): boolean {
    return this.pieces !== undefined;
  }

  static async open(bytes: Bytes): Promise<H5File> {
    return new H5File(await loadLibrary(bytes), bytes);
  }

  /** Keep the file open until the returned function is called. May be nested. */
  async hold(): Promise<() => void> {
    if (!this.file) {
      if (this.bytes.path === undefined && !this.pieces) this.data ??= await this.whole();
      // Another holder may have opened it meanwhile.
      await this.run('cannot be opened as HDF5', () => this.opened());
    }
    this.holders++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.holders > 0) return;
      this.close();
      this.data = undefined;
    };
  }

  close(): void {
    const { file, place } = this;
    this.file = undefined;
    this.place = undefined;
    if (file) this.call('closing the file', () => file.close());
    if (place !== undefined) this.library.FS?.unlink(place);
  }

  private async whole(): Promise<Uint8Array> {
    const whole = await readWhole(this.bytes, MAX_IN_MEMORY_BYTES);
    if (!whole) throw tooLarge(this.bytes);
    return whole;
  }

  private openNow(): H5wasm.File {
    let path = this.bytes.path;
    if (path === undefined) {
      const name = `coppice-${++serial}.h5`;
      const { FS } = this.library;
      // The last argument makes the file system use these bytes instead of copying them.
      const fs = FS as unknown as { createDataFile(...args: unknown[]): void };
      if (this.pieces) this.pieces.place(FS, name);
      else fs.createDataFile('/', name, this.data, true, false, true);
      this.place = path = `/${name}`;
    }
    try {
      return this.call('cannot be opened as HDF5', () => {
        const file = new this.library.File(path!, 'r');
        if (file.file_id < 0n) throw new Error('the library refused it');
        return file;
      });
    } catch (error) {
      if (this.place !== undefined) this.library.FS?.unlink(this.place);
      this.place = undefined;
      throw error;
    }
  }

  private opened(): H5wasm.File {
    this.file ??= this.openNow();
    return this.file;
  }

  /** Do library calls, fetching what they read where that must be. */
  private run<T>(what: string, work: () => T): Promise<T> {
    if (this.pieces) return this.pieces.run(() => this.call(what, work));
    return new Promise((resolve) => resolve(this.call(what, work)));
  }

  /**
   * Run a library call. What it prints on its error stream becomes the message of a `FormatError` instead: the C
   * library's whole stack of errors on the terminal helps nobody.
   */
  private call<T>(what: string, work: () => T): T {
    const fs = this.library.FS as unknown as {
      write: (stream: { fd?: number }, ...rest: unknown[]) => number;
    };
    const { write } = fs;
    let printed = '';
    fs.write = function (stream, ...rest) {
      if (stream.fd !== 2) return write.call(this, stream, ...rest);
      const [buffer, offset, length] = rest as [Uint8Array, number, number];
      printed += new TextDecoder().decode(
        new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length).slice(),
      );
      return length;
    };
    try {
      return work();
    } catch (cause) {
      if (cause instanceof FormatError) throw cause;
      // The innermost entry says what happened; the others, through which doors it went.
      const reasons = [...printed.matchAll(/#\d+: .*?\(\): (.*)/g)].map((match) => match[1]);
      const reason = reasons.at(-1) ?? (cause instanceof Error ? cause.message : String(cause));
      throw new FormatError(this.bytes.name, `${what}: ${reason}`, { cause });
    } finally {
      fs.write = write;
    }
  }

  /** All datasets of numbers or text, with their paths; at most `limit`. */
  datasets(limit = 40): Promise<{ path: string; shape: number[] }[]> {
    return this.run('its contents cannot be listed', () => {
      const file = this.opened();
      const found: { path: string; shape: number[] }[] = [];
      for (const path of file.paths()) {
        if (found.length === limit) break;
        const entity = file.get(path);
        if (entity instanceof this.library.Dataset)
          found.push({ path: `/${path}`, shape: entity.shape ?? [] });
      }
      return found;
    });
  }

  /** A dataset by path; `undefined` when there is none of that name. */
  dataset(path: string): Promise<DatasetInfo | undefined> {
    return this.run(`${path} cannot be read`, () => {
      const entity = this.opened().get(path);
      if (!(entity instanceof this.library.Dataset)) return undefined;
      const { metadata } = entity;
      const known = readerOf(metadata) !== undefined;
      const dtype = !known ? undefined : metadata.type === FLOAT && metadata.size === 4 ? 'f4' : 'f8';
      return {
        path: entity.path,
        shape: metadata.shape ?? [],
        pieces: metadata.chunks,
        size: metadata.size,
        dtype,
      };
    });
  }

  /** Text of a dataset or, with `attribute`, of an attribute; `undefined` when there is none, or it is not text. */
  text(path: string, attribute?: string): Promise<string | undefined> {
    return this.run(`${path}${attribute ? ` (${attribute})` : ''} cannot be read`, () => {
      const entity = path === '/' ? this.opened() : this.opened().get(path);
      let value: unknown;
      if (attribute !== undefined) {
        if (!(entity instanceof this.library.Dataset || entity instanceof this.library.Group))
          return undefined;
        value = entity.attrs[attribute]?.value;
      } else if (entity instanceof this.library.Dataset && entity.metadata.type === STRING) {
        value = entity.value;
      }
      if (Array.isArray(value)) value = value[0];
      return typeof value === 'string' ? value : undefined;
    });
  }

  /** The number that an attribute of a dataset holds: `undefined` when there is none, NaN when it is no number. */
  number(path: string, attribute: string): Promise<number | undefined> {
    return this.run(`${path} (${attribute}) cannot be read`, () => {
      const entity = this.opened().get(path);
      if (!(entity instanceof this.library.Dataset)) return undefined;
      const value: unknown = entity.attrs[attribute]?.value;
      if (value === undefined || value === null) return undefined;
      const first = typeof value === 'object' ? (value as ArrayLike<unknown>)[0] : value;
      return typeof first === 'number' || typeof first === 'bigint' ? Number(first) : Number.NaN;
    });
  }

  /**
   * Read a part of a dataset and hand its values to `use`, which must copy what it keeps: they lie in the library's
   * memory, which is freed afterwards.
   */
  read(path: string, slab: Slab, use: (values: ArrayLike<number | bigint>) => void): Promise<void> {
    const { Module } = this.library;
    const what = `${path} from row ${slab.offset[0]} cannot be read`;
    return this.run(what, () => {
      const file = this.opened();
      const entity = file.get(path) as H5wasm.Dataset;
      const { metadata } = entity;
      const values = slab.count.reduce((product, n) => product * n, 1);
      const pointer = Module._malloc(Math.max(8, values * metadata.size));
      if (pointer === 0)
        throw new Error(`the library has no ${formatBytes(values * metadata.size)} of memory left`);
      try {
        // Dataset.slice() would do, but it ignores the status: a piece that does not decompress would give noise.
        const status = Module.get_dataset_data(
          file.file_id,
          path,
          slab.count.map(BigInt),
          slab.offset.map(BigInt),
          slab.count.map((_, dimension) => BigInt(dimension === 0 ? slab.step : 1)),
          BigInt(pointer),
        );
        if (status < 0) throw new Error('the data are damaged or cut short');
        // Looked up after the call: reading may have grown the memory.
        use(readerOf(metadata)!(Module.HEAPU8.buffer, pointer, values));
      } finally {
        Module._free(pointer);
      }
    });
  }
}
