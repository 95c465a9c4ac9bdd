/**
 * NumPy's NPZ files as a source: one array of a zip archive of NPY files, or a sparse matrix as `scipy.sparse.save_npz`
 * writes it.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.savez.html
 */

import { FormatError, MemoryLimitError, rangeError } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import { checkString } from '../../support/checks.ts';
import type { Chunk, ChunkOptions, Source } from '../../types.ts';
import { type Bytes, readExactly, readWhole } from '../bytes/bytes.ts';
import { type LimitOptions, readerRoom } from '../bytes/limits.ts';
import { openBytes } from '../bytes/open.ts';
import { GZIP_BYTES } from '../bytes/reader-room.ts';
import { passOver } from '../bytes/stream.ts';
import { type CsrMatrix, checkCsr, csrBytes, csrChunks } from '../chunks/csr.ts';
import { rowRange } from '../chunks/rows.ts';
import { type NpyHeader, readNpyHeader } from '../npy/header.ts';
import { dtypeOf, numbersOf, openNpy, shownShape } from '../npy/npy.ts';
import { openArchive, type ZipArchive, type ZipEntry } from '../zip/archive.ts';
import { openEntry, verify } from '../zip/entry.ts';

/** Options of `open` for NPZ files. */
export interface NpzOptions {
  /** Name of the array to read, as in `numpy.load(file)[name]`. Needed if there are several. */
  array?: string;
}

/** An open NPZ file. */
export interface NpzSource extends Source {
  readonly rows: number;
  readonly name: string;
  readonly format: 'npz';
  /** A description in one line. */
  readonly summary: string;
  /** Name of the array that is read; undefined for a sparse matrix. */
  readonly array: string | undefined;
  /** Names of all arrays of the file; empty for a sparse matrix. */
  readonly arrays: readonly string[];
  /** Its shape in the file. */
  readonly shape: readonly number[];
  /** Its element type in the file, such as `<f4`. */
  readonly descr: string;
  /** Whether it is a sparse matrix, whose rows are made dense one at a time. */
  readonly sparse: boolean;
}

/** The arrays whose shapes an error lists. */
const MOST_LISTED = 30;
/** Longest text of a member `format.npy`, with its header. */
const MOST_FORMAT_BYTES = 4096;

const arrayOf = (entry: ZipEntry) => entry.name.replace(/\.npy$/, '');

class Npz {
  readonly arrays: readonly ZipEntry[];

  constructor(
    readonly archive: ZipArchive,
    readonly options: NpzOptions & LimitOptions,
  ) {
    this.arrays = archive.entries.filter(({ name }) => name.endsWith('.npy'));
  }

  get file(): Bytes {
    return this.archive.file;
  }

  open(entry: ZipEntry): Promise<Bytes> {
    return openEntry(
      this.archive,
      entry,
      `${this.file.name}, array ${JSON.stringify(arrayOf(entry).slice(0, 80))}`,
    );
  }

  member(name: string): ZipEntry | undefined {
    return this.arrays.find((entry) => arrayOf(entry) === name);
  }

  /** 'X (150, 4) <f4, y (150,) <i8' */
  async list(): Promise<string> {
    const shown: string[] = [];
    for (const entry of this.arrays.slice(0, MOST_LISTED)) {
      const name = JSON.stringify(arrayOf(entry).slice(0, 80));
      try {
        const { shape, descr } = await readNpyHeader(await this.open(entry));
        shown.push(`${name} ${shownShape(shape)} ${descr}`);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        shown.push(`${name} (not an array of numbers)`);
      }
    }
    const more = this.arrays.length - shown.length;
    return shown.join(', ') + (more > 0 ? `, and ${more} more` : '');
  }

  choices() {
    return { option: 'array', choices: this.arrays.map(arrayOf) };
  }

  /** The array that is asked for, or the only one. */
  async choose(): Promise<ZipEntry> {
    const { name } = this.file;
    const { array } = this.options;
    if (this.arrays.length === 0) throw new FormatError(name, 'is a zip archive without arrays (.npy files)');
    if (array !== undefined) {
      const found = this.member(array) ?? this.arrays.find((entry) => entry.name === array);
      if (found) return found;
      throw rangeError(
        say`${option('array')}: ${name} has no array ${JSON.stringify(array)}; it has ${await this.list()}`,
        {
          ...this.choices(),
        },
      );
    }
    if (this.arrays.length === 1) return this.arrays[0];
    throw rangeError(
      say`${option('array')}: ${name} has ${this.arrays.length} arrays; choose one of ${await this.list()}`,
      {
        ...this.choices(),
      },
    );
  }
}

/** The text in `format.npy`, such as 'csr': an array of no dimensions, of bytes or of text (4 bytes a letter). */
async function sparseFormat(npz: Npz, entry: ZipEntry): Promise<string> {
  if (entry.byteLength > MOST_FORMAT_BYTES) return '';
  const bytes = await npz.open(entry);
  await verify(bytes);
  const whole = new Uint8Array(bytes.byteLength);
  await readExactly(bytes, whole, 0);
  const text = Array.from(whole.subarray(10), (byte) => String.fromCharCode(byte)).join('');
  return text.slice(text.indexOf('\n') + 1).replaceAll('\0', '');
}

async function openArray(npz: Npz, entry: ZipEntry): Promise<NpzSource> {
  const { file, options } = npz;
  let bytes = await npz.open(entry);
  let header = await readNpyHeader(bytes);
  const { fortranOrder, shape } = header;
  const apart =
    fortranOrder && shape.length > 1 && shape[0] > 1 && shape.some((size, i) => i > 0 && size > 1);
  let held = bytes.sequential ? GZIP_BYTES : 0;
  // Columns are read from many places, which gives no checksum of the whole.
  let verified = !apart || bytes.sequential;
  if (apart && bytes.sequential) {
    const room = readerRoom(options);
    const whole = bytes.byteLength > room ? undefined : await readWhole(bytes, room);
    if (!whole) {
      throw new MemoryLimitError(
        `${bytes.name}: it is in Fortran order and compressed, so the whole array`,
        2 * bytes.byteLength,
        2 * room,
        'save it in C order (numpy.ascontiguousarray), or without compression (numpy.savez)',
      );
    }
    held = whole.length;
    bytes = await openBytes(whole, bytes.name, {});
    header = await readNpyHeader(bytes);
  }
  const source = await openNpy(bytes);
  const chunks = (request: ChunkOptions): AsyncIterable<Chunk> => {
    const inner = source.chunks(request);
    if (verified) return inner;
    return (async function* () {
      await verify(bytes, request.signal);
      verified = true;
      yield* inner;
    })();
  };
  const array = arrayOf(entry);
  return {
    format: 'npz',
    name: file.name,
    summary: `NPZ, array ${array}, ${source.descr}, shape ${shownShape(shape)}${fortranOrder ? ', columns first (Fortran order)' : ''}`,
    rows: source.rows,
    cols: source.cols,
    dtype: source.dtype,
    overheadBytes: held,
    array,
    arrays: npz.arrays.map(arrayOf),
    shape,
    descr: source.descr,
    sparse: false,
    chunks,
    close: () => file.close(),
  };
}

async function openSparse(npz: Npz, format: string): Promise<NpzSource> {
  const { file } = npz;
  const { name } = file;
  if (format !== 'csr') {
    const says = /^[a-z]{1,10}$/.test(format) ? `in the form ${format}` : 'in an unknown form';
    throw new FormatError(
      name,
      `is a sparse matrix ${says}; allowed is csr, so save it with scipy.sparse.save_npz(file, m.tocsr())`,
    );
  }
  const parts: Record<string, { bytes: Bytes; header: NpyHeader }> = {};
  for (const part of ['shape', 'indptr', 'indices', 'data']) {
    const entry = npz.member(part);
    if (!entry) throw new FormatError(name, `is a sparse matrix without ${part}.npy; it is damaged`);
    const bytes = await npz.open(entry);
    const header = await readNpyHeader(bytes);
    if (header.shape.length !== 1) {
      throw new FormatError(bytes.name, `shape is ${shownShape(header.shape)}; it must have one dimension`);
    }
    parts[part] = { bytes, header };
  }
  const { shape, indptr, indices, data } = parts;
  await verify(shape.bytes);
  const size = new Float64Array(shape.header.shape[0] === 2 ? 2 : 0);
  await numbersOf(shape.bytes, shape.header)(size, 0);
  const stored = data.header.shape[0];
  const [pointers, columns] = [indptr.header.shape[0], indices.header.shape[0]];
  checkCsr(name, size, { pointers, indices: columns, values: stored });
  const [rows, cols] = size;
  const dtype = dtypeOf(data.header);
  const matrix: CsrMatrix = {
    ...{ name, rows, cols, stored, dtype },
    async pass(signal) {
      const passes = [indptr, indices, data].map(({ bytes, header }) => {
        const { bytes: pass, stop } = passOver(bytes, signal);
        return { read: numbersOf(pass, header), stop, release: pass.hold() };
      });
      return {
        pointers: passes[0].read,
        indices: passes[1].read,
        values: passes[2].read,
        async close() {
          for (const { stop, release } of passes) {
            stop?.();
            await release();
          }
        },
      };
    },
  };
  const { descr } = data.header;
  return {
    format: 'npz',
    name,
    summary: `NPZ, sparse matrix (CSR), ${descr}, ${rows} x ${cols}, ${stored} values stored`,
    ...{ rows, cols, dtype },
    overheadBytes: csrBytes(matrix) + (data.bytes.sequential ? 2 * GZIP_BYTES : 0),
    array: undefined,
    arrays: [],
    shape: [rows, cols],
    descr,
    sparse: true,
    chunks: (request: ChunkOptions) => csrChunks(matrix, rowRange(request, rows)),
    close: () => file.close(),
  };
}

/**
 * Read an array of an NPZ file as rows, or its sparse matrix.
 *
 * Arrays: as in an NPY file. Without `array` there must be only one, or a sparse matrix (CSR) of SciPy, whose rows become
 * dense one at a time.
 * Memory: two chunks and some megabytes. An array that is compressed and in Fortran order is in memory as a whole.
 * Errors: `FormatError` when the archive or the array is damaged. A pass over all rows verifies the checksum; a pass over
 * some rows does not. `RangeError` when there are several arrays or none of that name, with a list.
 */
export async function openNpz(bytes: Bytes, options: NpzOptions & LimitOptions = {}): Promise<NpzSource> {
  const { array } = options;
  if (array !== undefined) checkString(array, 'array', 'the name of an array');
  const npz = new Npz(await openArchive(bytes, options), options);
  const release = bytes.hold();
  try {
    const form = array === undefined ? npz.member('format') : undefined;
    if (form && npz.member('shape')) return await openSparse(npz, await sparseFormat(npz, form));
    return await openArray(npz, await npz.choose());
  } finally {
    await release();
  }
}
