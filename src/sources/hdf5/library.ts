/**
 * The HDF5 library (h5wasm, the C library in WebAssembly) and the files that are open in it. No other file calls it. It
 * runs in a worker (worker.ts) if there is one, else in the thread of the caller.
 *
 * The library trusts the files that it reads, so it is limited here: it opens only the file it was given (and others if
 * they are allowed), and there is a limit for its memory and for the bytes that it reads in one call.
 * Library: https://github.com/usnistgov/h5wasm
 */

import type * as H5wasm from 'h5wasm';
import { type Parts, PieceFile } from './pieces.ts';
import { StructureCheck } from './structure-check.ts';

type Module = typeof H5wasm;
type Metadata = H5wasm.Metadata;

/** Numbers of the library's element type classes, from the C header H5Tpublic.h. */
const INTEGER = 0;
const FLOAT = 1;
const STRING = 3;
const ENUM = 8;

/** Longest text of an attribute. */
const ATTRIBUTE_BYTES = 2 ** 20;
/** A call may read this many bytes plus eight times its result. If it reads more, it is in a loop in a damaged file. */
const CALL_BYTES = 2 ** 28;
/** Number of reads that a call may do, plus one for each READ_BYTES bytes of its result. */
const CALL_READS = 300_000;
const READ_BYTES = 64;
/** Error numbers of the C library: permission denied, input/output error. */
const EACCES = 2;
const EIO = 29;

/** Filters that the library has; and below the names of registered filters that it does not have. */
const BUILT_IN = new Set([1, 2, 3, 5, 6]);
const FILTERS: Record<number, string> = {
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

/** Why a call failed. The caller adds the name of the file. */
export interface Problem {
  kind: 'format' | 'memory' | 'platform';
  message: string;
  /** Bytes that the call would have needed. */
  needed?: number;
  /** The library must not be used again. */
  fatal?: boolean;
}

export class LibraryError extends Error {
  constructor(
    readonly problem: Problem,
    cause?: unknown,
  ) {
    super(problem.message, { cause });
  }
}

const damaged = (message: string, cause?: unknown) => new LibraryError({ kind: 'format', message }, cause);

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
      if (left < 0 || --reads < 0) wrong ??= 'the same bytes are read over and over';
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
    if (other !== undefined) return damaged(`${what}: ${other}`, cause);
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

/** The files that the library may open, and those that it could not open. It looks for a name in several folders. */
class Allowed {
  #asked = new Set<string>();
  /** Checks the structures of the file. */
  readonly check = new StructureCheck();

  constructor(
    readonly own: () => string | undefined,
    readonly others: boolean,
  ) {}

  begin(): void {
    this.#asked.clear();
  }
  mayOpen(path: string): boolean {
    if (path === this.own()) return true;
    this.#asked.add(path);
    return this.others;
  }
  found(path: string): void {
    const base = baseOf(path);
    for (const asked of this.#asked) if (baseOf(asked) === base) this.#asked.delete(asked);
  }
  /** Throw if another file was needed: the library would fill missing parts of a virtual dataset with zeros silently. */
  end(): void {
    const other = this.others ? undefined : this.other();
    if (other !== undefined) throw damaged(other);
  }
  /** The problem, if a file could not be opened. */
  other(): string | undefined {
    const [path] = this.#asked;
    if (path === undefined) return undefined;
    return this.others ? `it needs the file ${JSON.stringify(path)}, which cannot be read` : needsOther(path);
  }
}

const baseOf = (path: string) => path.slice(path.search(/[^\\/]*$/));

function needsOther(path: string): string {
  return (
    `it needs another file, ${JSON.stringify(path)} (an external link, external storage or a virtual dataset); ` +
    'for the path of a file that you trust, pass {externalFiles: true}'
  );
}

/** A file that is open in the library. All calls may have to fetch bytes, so all are asynchronous. */
export class LibraryFile {
  #file: H5wasm.File | undefined;
  /** Its name in the library's own file system. */
  #name: string | undefined;
  readonly #pieces: PieceFile | undefined;
  readonly #allowed: Allowed;

  constructor(
    readonly library: Library,
    readonly place: DatasetPlace,
    readonly mostBytes: number,
  ) {
    const tooMuch = (needed: number) =>
      new LibraryError({ kind: 'memory', message: 'its contents cannot be read at once', needed });
    this.#pieces = place.parts && new PieceFile(place.parts, mostBytes, tooMuch);
    this.#allowed = new Allowed(() => this.#name ?? place.path, place.others === true);
  }

  open(): Promise<void> {
    return this.#run('cannot be opened as HDF5', () => void this.#opened());
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file && !this.library.broken) this.#call('closing the file', 0, () => file.close());
    this.#removeName();
  }

  #removeName(): void {
    if (this.#name !== undefined) this.library.files.unlink(this.#name);
    this.#name = undefined;
  }

  #opened(): H5wasm.File {
    if (this.#file) return this.#file;
    const { library, place } = this;
    let path = place.path;
    if (path === undefined) {
      const name = library.newName();
      if (this.#pieces) this.#pieces.place(library.files, name);
      // The last argument makes the file system use these bytes instead of copying them.
      else library.files.createDataFile('/', name, place.data, true, false, true);
      this.#name = path = `/${name}`;
    }
    try {
      const file = new library.module.File(path, 'r');
      if (file.file_id < 0n) throw new Error('the library refused it');
      this.#file = file;
      return file;
    } catch (error) {
      this.#removeName();
      throw error;
    }
  }

  /** Run library calls. If the file is read in parts, fetch the bytes that they need. */
  async #run<T>(what: string, work: () => T, expected = 0): Promise<T> {
    if (this.#pieces) return this.#pieces.run(() => this.#call(what, expected, work));
    return this.#call(what, expected, work);
  }

  #call<T>(what: string, expected: number, work: () => T): T {
    return this.library.call(what, this.#allowed, this.mostBytes, expected, work);
  }

  /** An object of the file. An unresolved link to another file is an error. */
  #get(path: string) {
    const { ExternalLink } = this.library.module;
    const entity = this.#opened().get(path);
    if (entity instanceof ExternalLink) {
      const { filename, obj_path } = entity;
      if (!this.place.others) throw damaged(`${path} cannot be read: ${needsOther(filename)}`);
      throw damaged(`${path} is a link to ${obj_path} of ${JSON.stringify(filename)}, which cannot be read`);
    }
    return entity;
  }

  /** Datasets with their paths: at most `limit`, among the first 2000 objects. */
  datasets(limit = 40): Promise<{ path: string; shape: number[] }[]> {
    const { Dataset, Group } = this.library.module;
    return this.#run('its contents cannot be listed', () => {
      const file = this.#opened();
      const found: { path: string; shape: number[] }[] = [];
      let objects = 0;
      const visit = (group: H5wasm.Group, prefix: string, depth: number) => {
        for (const name of group.keys()) {
          if (found.length === limit || ++objects > 2000) return;
          const path = `${prefix}/${name}`;
          const entity = file.get(path);
          if (entity instanceof Dataset) found.push({ path, shape: entity.shape ?? [] });
          // The depth is limited since a group may contain a link to itself.
          else if (entity instanceof Group && depth < 8) visit(entity, path, depth + 1);
        }
      };
      visit(file, '', 0);
      return found;
    });
  }

  /** A dataset by path; `undefined` if it does not exist. */
  dataset(path: string): Promise<DatasetInfo | undefined> {
    return this.#run(`${path} cannot be read`, () => {
      const entity = this.#get(path);
      if (!(entity instanceof this.library.module.Dataset)) return undefined;
      const { metadata } = entity;
      const known = readerOf(metadata) !== undefined;
      const foreign = entity.filters.find(({ id }) => !BUILT_IN.has(id));
      if (foreign && known) {
        const name = FILTERS[foreign.id] ?? (JSON.stringify(foreign.name.slice(0, 40)) || 'a filter');
        throw damaged(
          `${path} is compressed with ${name} (HDF5 filter ${foreign.id}), which is not read; where the filter is ` +
            'installed, `h5repack -f GZIP=4 in.h5 out.h5` writes the file with gzip, which is',
        );
      }
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

  /** Text of a dataset or, with `attribute`, of an attribute; `undefined` if it does not exist or is not text. */
  text(path: string, attribute?: string): Promise<string | undefined> {
    const { Dataset } = this.library.module;
    const what = `${path}${attribute ? ` (${attribute})` : ''} cannot be read`;
    return this.#run(what, () => {
      let value: unknown;
      if (attribute !== undefined) {
        value = this.#attribute(what, path, attribute, (type) => type === STRING);
      } else {
        const entity = this.#get(path);
        if (!(entity instanceof Dataset) || entity.metadata.type !== STRING) return undefined;
        const { metadata } = entity;
        this.#checkSize(what, metadata, this.mostBytes / 4);
        const { Module } = this.library.module;
        this.#probe(metadata, (pointer) => {
          const { file_id } = this.#opened();
          const status = Module.get_dataset_data(file_id, path, null, null, null, pointer);
          if (metadata.vlen) Module.reclaim_vlen_memory(file_id, path, '', pointer);
          return status;
        });
        value = entity.value;
      }
      if (Array.isArray(value)) value = value[0];
      return typeof value === 'string' ? value : undefined;
    });
  }

  /** The value of an attribute of a dataset: `undefined` if it does not exist, NaN if it is not a number. */
  number(path: string, attribute: string): Promise<number | undefined> {
    const what = `${path} (${attribute}) cannot be read`;
    return this.#run(what, () => {
      const value = this.#attribute(what, path, attribute, () => true);
      if (value === undefined || value === null) return undefined;
      const first = typeof value === 'object' ? (value as ArrayLike<unknown>)[0] : value;
      return typeof first === 'number' || typeof first === 'bigint' ? Number(first) : Number.NaN;
    });
  }

  /** The value of an attribute of an object; `undefined` if it does not exist or has a type that is not wanted. */
  #attribute(what: string, path: string, name: string, wanted: (type: number) => boolean): unknown {
    const { File } = this.library.module;
    const { file_id } = this.#opened();
    if (path !== '/' && !this.#get(path)) return undefined;
    const other = this.place.others ? this.#linked(file_id, this.place.path!, path) : undefined;
    if (!other) return this.#attributeOf(file_id, what, path, name, wanted);
    // For an object behind a link to another file, the library looks for attributes in the wrong file. So open that file.
    const file = new File(other.file, 'r');
    if (file.file_id < 0n) throw new Error(`${other.file} cannot be opened`);
    try {
      return this.#attributeOf(file.file_id, what, other.path, name, wanted);
    } finally {
      file.close();
    }
  }

  /** The file, and the path in it, to which external links lead; `undefined` if there are no such links. */
  #linked(id: bigint, own: string, path: string): { file: string; path: string } | undefined {
    const { Module, File } = this.library.module;
    for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
      const prefix = end < 0 ? path : path.slice(0, end);
      const { filename, obj_path } = Module.get_external_link(id, prefix);
      if (filename === undefined) {
        if (end < 0) return undefined;
        continue;
      }
      const folder = own.slice(0, own.length - baseOf(own).length);
      const isWhole = /^([/\\]|[a-z]:)/i.test(filename);
      const found = {
        file: isWhole ? filename : folder + filename,
        path: obj_path + path.slice(prefix.length),
      };
      const file = new File(found.file, 'r');
      if (file.file_id < 0n) return found;
      try {
        return this.#linked(file.file_id, found.file, found.path) ?? found;
      } finally {
        file.close();
      }
    }
  }

  #attributeOf(
    file_id: bigint,
    what: string,
    path: string,
    name: string,
    wanted: (type: number) => boolean,
  ): unknown {
    const { Module, Attribute } = this.library.module;
    if (!Module.get_attribute_names(file_id, path).includes(name)) return undefined;
    const metadata = Module.get_attribute_metadata(file_id, path, name);
    if (!wanted(metadata.type)) return undefined;
    this.#checkSize(what, metadata, ATTRIBUTE_BYTES);
    this.#probe(metadata, (pointer) => {
      const status = Module.get_attribute_data(file_id, path, name, pointer);
      if (metadata.vlen) Module.reclaim_vlen_memory(file_id, path, name, pointer);
      return status;
    });
    return new Attribute(file_id, path, name).value;
  }

  /** Read once only to check the status, which the library's classes ignore. */
  #probe({ size, total_size }: Metadata, read: (pointer: bigint) => number): void {
    const { Module } = this.library.module;
    const bytes = Math.max(8, size * total_size);
    const pointer = Module._malloc(bytes);
    if (pointer === 0) throw new Error('there is no memory left');
    try {
      Module.HEAPU8.fill(0, pointer, pointer + bytes);
      if (read(BigInt(pointer)) < 0) throw new Error('the data are damaged or cut short');
    } finally {
      Module._free(pointer);
    }
  }

  #checkSize(what: string, { size, total_size, vlen }: Metadata, most: number): void {
    const bytes = total_size * size;
    if (!(bytes <= most)) throw new LibraryError({ kind: 'memory', message: what, needed: 4 * bytes });
    if (vlen && total_size > 1024) throw damaged(`${what}: it is a list of ${total_size} texts, not one`);
  }

  /** Read a part of a dataset: the values of each row at the indexes `picked`, or all. */
  read(path: string, slab: Slab, picked?: readonly number[]): Promise<Float32Array | Float64Array> {
    const rows = slab.count[0];
    const width = slab.count.slice(1).reduce((product, n) => product * n, 1);
    const cols = picked?.length ?? width;
    const what = `${path} from row ${slab.offset[0]} cannot be read`;
    const work = () => {
      const { Module } = this.library.module;
      const file = this.#opened();
      const { metadata } = file.get(path) as H5wasm.Dataset;
      const reader = readerOf(metadata);
      if (!reader) throw new Error('the type of its values has changed');
      const bytes = Math.max(8, rows * width * metadata.size);
      const pointer = Module._malloc(bytes);
      if (pointer === 0) throw new LibraryError({ kind: 'memory', message: what, needed: bytes });
      try {
        // Dataset.slice() is not used, since it ignores the status: a damaged piece would give random numbers.
        const status = Module.get_dataset_data(
          file.file_id,
          path,
          slab.count.map(BigInt),
          slab.offset.map(BigInt),
          slab.count.map((_, dimension) => BigInt(dimension === 0 ? slab.step : 1)),
          BigInt(pointer),
        );
        if (status < 0) throw new Error('the data are damaged or cut short');
        // With a pattern of file names, a missing file is the regular end.
        const missing = metadata.virtual_sources?.every(({ file_name }) => !file_name.includes('%'));
        if (missing && this.#allowed.other() !== undefined) throw new Error('a source is missing');
        // The view is made after the call, since reading may have grown the memory.
        const values = reader(Module.HEAPU8.buffer, pointer, rows * width);
        const isF4 = metadata.type === FLOAT && metadata.size === 4;
        const out = isF4 ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
        if (!picked && metadata.type === FLOAT) {
          out.set(values as ArrayLike<number>);
        } else {
          for (let i = 0, to = 0; i < rows; i++) {
            const from = i * width;
            for (let j = 0; j < cols; j++) out[to++] = Number(values[from + (picked ? picked[j] : j)]);
          }
        }
        return out;
      } finally {
        Module._free(pointer);
      }
    };
    return this.#run(what, work, rows * width * 8);
  }
}
