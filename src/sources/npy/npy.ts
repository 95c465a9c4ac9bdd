/**
 * NumPy's NPY files as a source: only the requested rows are read, from their offset in the file.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

import { FormatError } from '../../errors.ts';
import type { Chunk, ChunkOptions, FloatArray, Source } from '../../types.ts';
import { type Bytes, readExactly } from '../bytes/bytes.ts';
import { passOver } from '../bytes/stream.ts';
import { type RowRange, readChunks, rowRange, several } from '../chunks/rows.ts';
import { type NpyHeader, type NpyType, readNpyHeader } from './header.ts';

/** Bytes per read if rows or columns have to be picked from them. */
const SPAN_BYTES = 4 * 2 ** 20;
/** A longer gap is skipped: reading it would take longer than a separate read call (about 15 us). */
const GAP_BYTES = 64 * 1024;

/** An open NPY file. */
export interface NpySource extends Source {
  readonly rows: number;
  readonly name: string;
  readonly format: 'npy';
  /** A description in one line. */
  readonly summary: string;
  /** The shape in the file: `rows` alone, rows x columns, or frames x atoms x 3. */
  readonly shape: readonly number[];
  /** The element type in the file, such as `<f4`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** Bytes as integers of up to 4 bytes, for copying. They are not copied as floats, which may change the bits of a NaN. */
function wordsOf(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, size: number): Words {
  if (size === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  if (size === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** Convert big-endian elements in place to little-endian, the byte order of all JavaScript engines. */
function swapBytes(words: Words, size: number): void {
  if (size === 2) {
    for (let i = 0; i < words.length; i++) words[i] = (words[i] << 8) | (words[i] >>> 8);
    return;
  }
  for (let i = 0; i < words.length; i++) {
    const w = words[i];
    words[i] = (w << 24) | ((w & 0xff00) << 8) | ((w >>> 8) & 0xff00) | (w >>> 24);
  }
  if (size === 8) {
    for (let i = 0; i < words.length; i += 2) {
      const high = words[i];
      words[i] = words[i + 1];
      words[i + 1] = high;
    }
  }
}

/** Table of half-precision numbers, indexed by their bits; built when it is first needed. */
let halves: Float32Array | undefined;

function halvesByBits(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(2 ** 16);
  for (let bits = 0; bits < 2 ** 15; bits++) {
    const exponent = bits >>> 10;
    const fraction = bits & 1023;
    let value = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    if (exponent === 31) value = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    halves[bits] = value;
    halves[bits + 2 ** 15] = -value;
  }
  return halves;
}

/**
 * Whole numbers and booleans become float64; numbers beyond 2^53 are rounded, as by NumPy's `astype`. Half precision
 * becomes float32.
 */
function convert(raw: Uint8Array, type: NpyType, target: FloatArray): void {
  const { buffer, byteOffset } = raw;
  const n = target.length;
  if (type.kind === 'f') {
    const table = halvesByBits();
    const words = new Uint16Array(buffer, byteOffset, n);
    for (let i = 0; i < n; i++) target[i] = table[words[i]];
    return;
  }
  if (type.kind === 'b') {
    for (let i = 0; i < n; i++) target[i] = raw[i] === 0 ? 0 : 1;
    return;
  }
  const signed = type.kind === 'i';
  if (type.size === 8) {
    const wide = signed
      ? new BigInt64Array(buffer, byteOffset, n)
      : new BigUint64Array(buffer, byteOffset, n);
    for (let i = 0; i < n; i++) target[i] = Number(wide[i]);
    return;
  }
  if (type.size === 4)
    target.set(signed ? new Int32Array(buffer, byteOffset, n) : new Uint32Array(buffer, byteOffset, n));
  else if (type.size === 2)
    target.set(signed ? new Int16Array(buffer, byteOffset, n) : new Uint16Array(buffer, byteOffset, n));
  else target.set(signed ? new Int8Array(buffer, byteOffset, n) : raw.subarray(0, n));
}

/** Reads rows of an array in C order: `count` raw rows, `step` apart, one after another in `target`. */
function rowReader(bytes: Bytes, header: NpyHeader, cols: number, step: number) {
  const rowBytes = cols * header.size;
  const wordBytes = Math.min(4, header.size);
  const rowWords = rowBytes / wordBytes;
  const gapBytes = bytes.gapBytes ?? GAP_BYTES;
  const rowsPerSpan = Math.max(1, Math.floor(SPAN_BYTES / (rowBytes * step)));
  let scratch: Uint8Array | undefined;

  return async (target: Uint8Array, row: number, count: number): Promise<void> => {
    const place = (r: number) => header.dataOffset + r * rowBytes;
    if (step === 1) return readExactly(bytes, target, place(row));
    if ((step - 1) * rowBytes >= gapBytes) {
      return several(count, (i) =>
        readExactly(bytes, target.subarray(i * rowBytes, (i + 1) * rowBytes), place(row + i * step)),
      );
    }
    const out = wordsOf(target.buffer, target.byteOffset, target.byteLength, wordBytes);
    for (let done = 0; done < count; ) {
      const rows = Math.min(rowsPerSpan, count - done);
      const span = ((rows - 1) * step + 1) * rowBytes;
      if (!scratch || scratch.length < span) scratch = new Uint8Array(span);
      await readExactly(bytes, scratch.subarray(0, span), place(row + done * step));
      const from = wordsOf(scratch.buffer, 0, span, wordBytes);
      for (let i = 0; i < rows; i++) {
        const source = i * step * rowWords;
        const goal = (done + i) * rowWords;
        if (rowWords > 48) out.set(from.subarray(source, source + rowWords), goal);
        else for (let k = 0; k < rowWords; k++) out[goal + k] = from[source + k];
      }
      done += rows;
    }
  };
}

/**
 * The same for Fortran order, where the numbers of a column are consecutive. For a block of rows one piece of each column
 * is read, and the block is transposed. It is kept for the next chunk, so small chunks do not lead to small reads.
 */
function columnReader(bytes: Bytes, header: NpyHeader, cols: number, range: RowRange) {
  const { size, shape } = header;
  const { step } = range;
  const rows = shape[0];
  const chunkRows = Math.min(range.chunkRows, rows);
  const wordBytes = Math.min(4, size);
  const wide = size / wordBytes; // words in an element: 2 for 8 bytes
  // frames x atoms x 3: output column 3a + c lies at stored column a + c * atoms.
  const atoms = shape.length === 3 ? shape[1] : 0;
  const storedColumn = (j: number) => (atoms > 0 ? Math.floor(j / 3) + (j % 3) * atoms : j);
  const room = Math.max(1, Math.floor(Math.max(2 * SPAN_BYTES, chunkRows * cols * size) / (cols * size)));
  let block: Uint8Array | undefined;
  let blockFirst = 0;
  let blockRows = 0;

  const fetchBlock = async (row: number): Promise<void> => {
    blockRows = 0;
    // A block is `room` rows long; with a longer stride it is a single row.
    const span = Math.min(step > room ? 1 : room, range.end - row);
    if (!block || block.length < span * cols * size) block = new Uint8Array(span * cols * size);
    const into = block;
    await several(cols, (j) =>
      readExactly(
        bytes,
        into.subarray(j * span * size, (j + 1) * span * size),
        header.dataOffset + (storedColumn(j) * rows + row) * size,
      ),
    );
    blockFirst = row;
    blockRows = span;
  };

  return async (target: Uint8Array, row: number, count: number): Promise<void> => {
    const out = wordsOf(target.buffer, target.byteOffset, target.byteLength, wordBytes);
    for (let done = 0; done < count; ) {
      const first = row + done * step;
      if (first < blockFirst || first >= blockFirst + blockRows) await fetchBlock(first);
      const offset = first - blockFirst;
      const picked = Math.min(count - done, Math.floor((blockRows - 1 - offset) / step) + 1);
      const from = wordsOf(block!.buffer, 0, blockRows * cols * size, wordBytes);
      // With tiles of 64 rows the written cache lines stay in the cache during the loop over the columns.
      for (let tile = 0; tile < picked; tile += 64) {
        const tileEnd = Math.min(tile + 64, picked);
        for (let j = 0; j < cols; j++) {
          for (let i = tile; i < tileEnd; i++) {
            const source = (j * blockRows + offset + i * step) * wide;
            const goal = ((done + i) * cols + j) * wide;
            for (let k = 0; k < wide; k++) out[goal + k] = from[source + k];
          }
        }
      }
      done += picked;
    }
  };
}

/** Fills arrays with rows of the file: `load(target, row, count)`, as `readChunks` wants it. */
function loader(bytes: Bytes, header: NpyHeader, cols: number, range: RowRange) {
  const { kind, size, shape, fortranOrder } = header;
  const rows = shape[0];
  const byColumns = fortranOrder && cols > 1 && rows > 1;
  const readRaw = byColumns
    ? columnReader(bytes, header, cols, range)
    : rowReader(bytes, header, cols, range.step);
  let scratch: Uint8Array | undefined;
  return async (target: FloatArray, row: number, count: number): Promise<void> => {
    const rawBytes = count * cols * size;
    // float32 and float64 are read directly into the target; other types are converted.
    const inPlace = kind === 'f' && size > 2;
    if (!inPlace && (!scratch || scratch.length < rawBytes)) scratch = new Uint8Array(rawBytes);
    const raw = inPlace
      ? new Uint8Array(target.buffer, target.byteOffset, rawBytes)
      : scratch!.subarray(0, rawBytes);
    await readRaw(raw, row, count);
    if (header.bigEndian && size > 1) {
      swapBytes(wordsOf(raw.buffer, raw.byteOffset, rawBytes, Math.min(4, size)), size);
    }
    if (!inPlace) convert(raw, header, target);
    if (bytes.sequential && row + (count - 1) * range.step === rows - 1) {
      await checkEnd(bytes, header, rows * cols * size);
    }
  };
}

/** The length of a stream is not known, so only its end shows whether the header accounts for every byte. */
async function checkEnd(bytes: Bytes, { shape, dataOffset }: NpyHeader, dataBytes: number): Promise<void> {
  const offset = dataOffset + dataBytes;
  if ((await bytes.readInto(new Uint8Array(1), offset)) === 0) return;
  throw new FormatError(
    bytes.name,
    `shape ${shownShape(shape)} accounts for ${dataBytes} bytes of data, and more are there`,
    { offset },
  );
}

/** A shape as Python writes it. */
export function shownShape(shape: readonly number[]): string {
  return `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
}

/** The element type that a file of this header is read as. */
export function dtypeOf({ kind, size }: NpyHeader): Source['dtype'] {
  return kind === 'f' && size <= 4 ? 'f4' : 'f8';
}

/** Read numbers of a one-dimensional array: any part of it, in order. */
export function numbersOf(
  bytes: Bytes,
  header: NpyHeader,
): (target: FloatArray, start: number) => Promise<void> {
  const [length] = header.shape;
  const load = loader(bytes, header, 1, rowRange({ chunkRows: Math.max(1, length) }, length));
  return (target, start) => (target.length === 0 ? Promise.resolve() : load(target, start, target.length));
}

/**
 * Read an NPY file as rows.
 *
 * Shape: (n,) is n rows of one column; (n, d) is n x d; (frames, atoms, 3) is frames x 3*atoms.
 * Types: f2 and f4 give float32; f8, every integer type and bool give float64. Either byte order, C or Fortran order.
 * Memory: two chunks, plus up to 8 MiB if rows are picked (stride) or transposed (Fortran order: one chunk, if that is
 * more).
 * Errors: `FormatError` with the byte offset, when the header is not valid or does not account for every byte.
 */
export async function openNpy(file: Bytes): Promise<NpySource> {
  const release = file.hold();
  let header: NpyHeader;
  try {
    header = await readNpyHeader(file);
  } finally {
    await release();
  }
  const { shape } = header;
  const shown = shownShape(shape);
  if (shape.length < 1 || shape.length > 3 || (shape.length === 3 && shape[2] !== 3)) {
    throw new FormatError(
      file.name,
      `shape is ${shown}; allowed are (rows,), (rows, columns) and (frames, atoms, 3)`,
    );
  }
  const rows = shape[0];
  const cols = shape.length === 1 ? 1 : shape.length === 2 ? shape[1] : shape[1] * 3;
  if (cols === 0) throw new FormatError(file.name, `shape is ${shown}: its rows hold no numbers`);
  const dtype = dtypeOf(header);
  const byColumns = header.fortranOrder && cols > 1 && rows > 1;
  if (byColumns && file.sequential) {
    throw new FormatError(
      file.name,
      'is in Fortran order, whose rows lie apart; that cannot be read as a stream (of a compressed file, or from a ' +
        'server without range requests): save it in C order, or read it from a plain file',
    );
  }
  const chunks = (options: ChunkOptions): AsyncIterable<Chunk> => {
    const range = rowRange(options, rows);
    const iterate = async function* () {
      const { bytes, stop } = passOver(file, range.signal);
      const load = loader(bytes, header, cols, range);
      yield* readChunks(range, dtype, cols, load, bytes.hold(), stop);
    };
    return iterate();
  };

  return {
    format: 'npy',
    name: file.name,
    summary: `NPY, ${header.descr}, shape ${shown}${header.fortranOrder ? ', columns first (Fortran order)' : ''}`,
    rows,
    cols,
    dtype,
    shape,
    descr: header.descr,
    fortranOrder: header.fortranOrder,
    chunks,
    close: () => file.close(),
  };
}
