/** A file that is open in the HDF5 library. */
import type * as H5wasm from 'h5wasm';
import { Allowed, baseOf, needsOther } from './allowed-files.ts';
import {
  ATTRIBUTE_BYTES,
  BUILT_IN,
  type DatasetInfo,
  type DatasetPlace,
  FILTERS,
  FLOAT,
  INTEGER,
  type Library,
  type Metadata,
  readerOf,
  type Slab,
  STRING,
  type TextSlab,
} from './library.ts';
import { damaged, LibraryError, needingOther } from './library-error.ts';
import { PieceFile } from './pieces.ts';
import { type TextBytes, textsIn } from './texts.ts';

/** Bytes that a text takes in a file, for the limit of what a call may read. */
const TEXT_BYTES = 256;

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
      if (!this.place.others) throw needingOther(`${path} cannot be read: ${needsOther(filename)}`);
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

  /** The names in a group, in order, at most `limit`; `undefined` if there is no group of this path. */
  children(path: string, limit: number): Promise<string[] | undefined> {
    return this.#run(`${path} cannot be read`, () => {
      const entity = this.#get(path);
      if (!(entity instanceof this.library.module.Group)) return undefined;
      return entity.keys().slice(0, limit);
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

  /** The numbers of an attribute that is a list; `undefined` if it does not exist or holds something else. */
  numbers(path: string, attribute: string): Promise<number[] | undefined> {
    const what = `${path} (${attribute}) cannot be read`;
    return this.#run(what, () => {
      const value = this.#attribute(what, path, attribute, (type) => type === INTEGER || type === FLOAT);
      if (typeof value !== 'object' || value === null) return undefined;
      return Array.from(value as ArrayLike<number | bigint>, Number);
    });
  }

  /**
   * Texts of a dataset with one dimension: `count` from `offset`, `step` apart. Of a dataset of records, those of the field
   * `member`. `undefined` if it does not hold texts.
   */
  texts(path: string, { offset, count, step }: TextSlab, member?: string): Promise<TextBytes | undefined> {
    const what = `${path} from row ${offset} cannot be read`;
    const work = () => {
      const { Module } = this.library.module;
      const entity = this.#get(path);
      if (!(entity instanceof this.library.module.Dataset)) return undefined;
      const { metadata } = entity;
      const field =
        member === undefined
          ? { ...metadata, offset: 0 }
          : metadata.compound_type?.members.find(({ name }) => name === member);
      if (field?.type !== STRING) return undefined;
      const bytes = Math.max(8, metadata.size * count);
      const pointer = Module._malloc(bytes);
      if (pointer === 0) throw new LibraryError({ kind: 'memory', message: what, needed: bytes });
      const place = BigInt(pointer);
      const counts = [BigInt(count)];
      try {
        Module.HEAPU8.fill(0, pointer, pointer + bytes);
        const { file_id } = this.#opened();
        const status = Module.get_dataset_data(
          file_id,
          path,
          counts,
          [BigInt(offset)],
          [BigInt(step)],
          place,
        );
        if (status < 0) throw new Error('the data are damaged or cut short');
        const texts = textsIn(Module.HEAPU8, pointer + field.offset, metadata.size, count, field);
        if (field.vlen) Module.reclaim_vlen_memory_count(file_id, path, '', place, counts);
        return texts;
      } finally {
        Module._free(pointer);
      }
    };
    return this.#run(what, work, count * TEXT_BYTES);
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

  /**
   * Read a part of a dataset: the values of each row at the indexes `picked`, or all.
   * @param spare memory for the result, if it is large enough
   */
  read(
    path: string,
    slab: Slab,
    picked?: readonly number[],
    spare?: ArrayBuffer,
  ): Promise<Float32Array | Float64Array> {
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
        const buffer = (outBytes: number) =>
          spare && spare.byteLength >= outBytes ? spare : new ArrayBuffer(outBytes);
        const out = isF4
          ? new Float32Array(buffer(4 * rows * cols), 0, rows * cols)
          : new Float64Array(buffer(8 * rows * cols), 0, rows * cols);
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
