/** Writes files of every format that can be read, piece by piece: `write(path, rows)`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { tableFromArrays, tableToIPC } from '@uwdata/flechette';
import * as h5 from 'h5wasm/node';
import { fileWriter, parquetWrite } from 'hyparquet-writer';
import { npyHeader, uniform } from '../data.mjs';
import { writeWorkbook, writeZip } from './archives.mjs';

/** Number of columns of tables, and of atoms of trajectories. */
export const COLS = 64;
export const ATOMS = 1000;
const PIECE_ROWS = 4096;

/** Numbers that are valid in every format, in consecutive pieces of rows. */
function* pieces(rows, cols, pieceRows = PIECE_ROWS) {
  const next = uniform(3);
  const block = new Float32Array(Math.min(rows, pieceRows) * cols);
  for (let first = 0; first < rows; first += pieceRows) {
    const count = Math.min(pieceRows, rows - first);
    for (let i = 0; i < count * cols; i++) block[i] = Math.round(1e4 * next()) / 1e3 + ((first + i) % 5);
    yield { data: block.subarray(0, count * cols), count, first };
  }
}

function writing(path, work) {
  const file = openSync(path, 'w');
  const write = (bytes) => {
    const all =
      bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < all.length; ) at += writeSync(file, all, at);
  };
  try {
    work(write);
  } finally {
    closeSync(file);
  }
}

function npy(path, rows) {
  writing(path, (write) => {
    write(npyHeader('<f4', [rows, COLS]));
    for (const { data } of pieces(rows, COLS)) write(data);
  });
}

/** Write text lines, each between `open` and `close`. */
function lines(path, rows, [open, close] = ['', '']) {
  writing(path, (write) => {
    for (const { data, count } of pieces(rows, COLS)) {
      let text = '';
      for (let i = 0; i < count; i++)
        text += `${open}${data.subarray(i * COLS, (i + 1) * COLS).join(',')}${close}\n`;
      write(Buffer.from(text));
    }
  });
}

const columnsOf = ({ data, count }) =>
  Array.from({ length: COLS }, (_, c) => Float32Array.from({ length: count }, (_x, i) => data[i * COLS + c]));

function parquet(path, rows) {
  const [{ data, count }] = pieces(rows, COLS, rows);
  const columnData = columnsOf({ data, count }).map((values, c) => ({
    name: `x${c}`,
    data: values,
    type: 'FLOAT',
  }));
  parquetWrite({ writer: fileWriter(path), columnData, rowGroupSize: 32_768 });
}

function arrow(path, rows) {
  // Record batches of some megabytes each, as pandas and Polars write them.
  const options = { maxBatchRows: 32_768 };
  const [{ data, count }] = pieces(rows, COLS, rows);
  const columns = Object.fromEntries(columnsOf({ data, count }).map((values, c) => [`x${c}`, values]));
  writeFileSync(path, tableToIPC(tableFromArrays(columns, options), { format: 'file' }));
}

async function hdf5(path, rows) {
  await h5.ready;
  const file = new h5.File(path, 'w');
  const [{ data }] = pieces(rows, 3 * ATOMS, rows);
  const chunks = [Math.min(20, rows), ATOMS, 3];
  const set = file.create_dataset({
    ...{
      name: 'coordinates',
      data,
      shape: [rows, ATOMS, 3],
      chunks,
      compression: 'gzip',
      compression_opts: 1,
    },
  });
  set.create_attribute('units', 'nanometers');
  file.close();
}

/** Frames with three axes, in angstroms. */
function dcd(path, rows) {
  writing(path, (write) => {
    const head = new Int32Array(23);
    [head[0], head[1], head[2], head[22]] = [84, 0x44524f43, rows, 84];
    const title = Buffer.alloc(92);
    title.writeInt32LE(84, 0);
    title.writeInt32LE(1, 4);
    title.writeInt32LE(84, 88);
    for (const part of [head, title, Int32Array.of(4, ATOMS, 4)]) write(part);
    for (const { data, count } of pieces(rows, 3 * ATOMS, 100)) {
      const frames = new Int32Array(count * 3 * (ATOMS + 2));
      const values = new Float32Array(frames.buffer);
      for (let plane = 0; plane < 3 * count; plane++) {
        const at = plane * (ATOMS + 2);
        frames[at] = frames[at + ATOMS + 1] = 4 * ATOMS;
        values.set(data.subarray(plane * ATOMS, (plane + 1) * ATOMS), at + 1);
      }
      write(frames);
    }
  });
}

/** Writes consecutive big-endian numbers. */
class Big {
  constructor(bytes) {
    this.view = new DataView(new ArrayBuffer(bytes));
    this.at = 0;
  }
  int(value) {
    this.view.setInt32(this.at, value);
    this.at += 4;
  }
  float(value) {
    this.view.setFloat32(this.at, value);
    this.at += 4;
  }
  text(value) {
    for (const char of value) this.view.setUint8(this.at++, char.charCodeAt(0));
    this.at = Math.ceil(this.at / 4) * 4;
  }
}

function eachFrame(path, rows, frameBytes, fill, head) {
  writing(path, (write) => {
    if (head) write(head);
    for (const { data, count, first } of pieces(rows, 3 * ATOMS, 100)) {
      for (let i = 0; i < count; i++) {
        const frame = new Big(frameBytes);
        fill(frame, data.subarray(i * 3 * ATOMS, (i + 1) * 3 * ATOMS), first + i);
        write(frame.view);
      }
    }
  });
}

function trr(path, rows) {
  eachFrame(path, rows, 24 + 40 + 12 + 8 + 12 * ATOMS, (frame, data, index) => {
    for (const value of [1993, 13, 12]) frame.int(value);
    frame.text('GMX_trn_file');
    for (const value of [0, 0, 0, 0, 0, 0, 0, 12 * ATOMS, 0, 0, ATOMS, index, 0]) frame.int(value);
    frame.float(index);
    frame.float(0);
    for (const value of data) frame.float(value);
  });
}

/** Every atom has 25 bits per coordinate, without run-length steps. */
function xtc(path, rows) {
  const dataBytes = Math.ceil((76 * ATOMS) / 8);
  eachFrame(path, rows, 92 + Math.ceil(dataBytes / 4) * 4, (frame, data, index) => {
    for (const value of [1995, ATOMS, index]) frame.int(value);
    frame.float(index);
    for (let i = 0; i < 9; i++) frame.float(i % 4 === 0 ? 5 : 0);
    frame.int(ATOMS);
    frame.float(1000);
    for (const value of [0, 0, 0, 2 ** 24, 2 ** 24, 2 ** 24, 9, dataBytes]) frame.int(value);
    let [word, bits, at] = [0, 0, frame.at];
    const put = (value, count) => {
      for (let bit = count - 1; bit >= 0; bit--) {
        word = (word << 1) | ((value >>> bit) & 1);
        if (++bits < 8) continue;
        frame.view.setUint8(at++, word);
        word = bits = 0;
      }
    };
    for (let i = 0; i < data.length; i++) {
      put(Math.round(1000 * data[i]), 25);
      if (i % 3 === 2) put(0, 1);
    }
    if (bits > 0) put(0, 8 - bits);
  });
}

function netcdf(path, rows) {
  const head = new Big(196);
  head.text('CDF\x02');
  for (const value of [rows, 10, 3]) head.int(value);
  for (const [name, length] of [
    ['frame', 0],
    ['atom', ATOMS],
    ['spatial', 3],
  ]) {
    head.int(name.length);
    head.text(name);
    head.int(length);
  }
  for (const value of [0, 0, 11, 1, 11]) head.int(value);
  head.text('coordinates');
  for (const value of [3, 0, 1, 2, 0, 0, 5, 12 * ATOMS, 0, 196]) head.int(value);
  eachFrame(
    path,
    rows,
    12 * ATOMS,
    (frame, data) => {
      for (const value of data) frame.float(value);
    },
    head.view,
  );
}

function npyGz(path, rows) {
  npy(path, rows);
  writeFileSync(path, gzipSync(readFileSync(path), { level: 1 }));
}

function npyZst(path, rows) {
  npy(`${path}.raw`, rows);
  execFileSync('zstd', ['-q', '-1', '-f', `${path}.raw`, '-o', path]);
  rmSync(`${path}.raw`);
}

function* npyPieces(descr, shape, arrays) {
  yield npyHeader(descr, shape);
  yield* arrays;
}

async function npz(path, rows) {
  const arrays = (function* () {
    for (const { data } of pieces(rows, COLS)) yield data;
  })();
  await writeZip(path, [['arr_0.npy', npyPieces('<f4', [rows, COLS], arrays)]]);
}

/** Values of each row of a sparse matrix, at every fourth column. */
const STORED = COLS / 4;

/** Pieces of the three arrays of a sparse matrix by rows. */
function sparseParts(rows) {
  return {
    *values() {
      for (const { data } of pieces(rows, STORED)) yield data;
    },
    *indices() {
      for (const { count, first } of pieces(rows, 1)) {
        yield Int32Array.from({ length: count * STORED }, (_, i) => {
          return 4 * (i % STORED) + ((first + Math.floor(i / STORED)) % 4);
        });
      }
    },
    *pointers() {
      for (const { count, first } of pieces(rows + 1, 1)) {
        yield Int32Array.from({ length: count }, (_, i) => STORED * (first + i));
      }
    },
  };
}

async function sparseNpz(path, rows) {
  const { values, indices, pointers } = sparseParts(rows);
  const array = (name, descr, shape, arrays) => [`${name}.npy`, npyPieces(descr, shape, arrays)];
  await writeZip(path, [
    array('indices', '<i4', [rows * STORED], indices()),
    array('indptr', '<i4', [rows + 1], pointers()),
    array('format', '|S3', [], [Buffer.from('csr')]),
    array('shape', '<i8', [2], [BigInt64Array.of(BigInt(rows), BigInt(COLS))]),
    array('data', '<f4', [rows * STORED], values()),
  ]);
}

async function xlsx(path, rows) {
  await writeWorkbook(path, pieces(Math.ceil(rows / 4), COLS), COLS);
}

/** Join pieces of the same type. */
function joined(parts) {
  const list = [...parts].map((part) => part.slice());
  const whole = new list[0].constructor(list.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of list) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A file of AnnData with names of cells, its matrix sparse by rows or dense. */
async function h5ad(path, rows, sparse) {
  await h5.ready;
  const file = new h5.File(path, 'w');
  const packed = { compression: 'gzip', compression_opts: 1 };
  if (sparse) {
    const { values, indices, pointers } = sparseParts(rows);
    const group = file.create_group('X');
    group.create_attribute('encoding-type', 'csr_matrix');
    group.create_attribute('shape', [rows, COLS], undefined, '<q');
    for (const [name, data] of [
      ['data', joined(values())],
      ['indices', joined(indices())],
      ['indptr', joined(pointers())],
    ]) {
      const chunks = [Math.min(2 ** 15, data.length)];
      group.create_dataset({
        name,
        data,
        shape: [data.length],
        chunks,
        ...packed,
      });
    }
  } else {
    const [{ data }] = pieces(rows, COLS, rows);
    const chunks = [Math.min(1000, rows), COLS];
    const set = file.create_dataset({
      name: 'X',
      data,
      shape: [rows, COLS],
      chunks,
      ...packed,
    });
    set.create_attribute('encoding-type', 'array');
  }
  const obs = file.create_group('obs');
  obs.create_attribute('encoding-type', 'dataframe');
  obs.create_attribute('_index', '_index');
  const names = Array.from({ length: rows }, (_, i) => `cell-${i}`);
  obs.create_dataset({
    name: '_index',
    data: names,
    shape: [rows],
    dtype: 'S12',
  });
  file.close();
}

function gct(path, rows) {
  writing(path, (write) => {
    const names = Array.from({ length: COLS }, (_, c) => `s${c}`);
    write(Buffer.from(`#1.2\n${rows}\t${COLS}\nName\tDescription\t${names.join('\t')}\n`));
    for (const { data, count, first } of pieces(rows, COLS)) {
      let text = '';
      for (let i = 0; i < count; i++) {
        text += `g${first + i}\tnone\t${data.subarray(i * COLS, (i + 1) * COLS).join('\t')}\n`;
      }
      write(Buffer.from(text));
    }
  });
}

export const FORMATS = {
  npy: { extension: 'npy', write: npy },
  npz: { extension: 'npz', write: npz },
  'sparse npz': { extension: 'npz', write: sparseNpz },
  xlsx: { extension: 'xlsx', write: xlsx },
  h5ad: { extension: 'h5ad', write: h5ad },
  'sparse h5ad': {
    extension: 'h5ad',
    write: (path, rows) => h5ad(path, rows, true),
  },
  gct: { extension: 'gct', write: gct },
  csv: { extension: 'csv', write: lines },
  jsonl: {
    extension: 'jsonl',
    write: (path, rows) => lines(path, rows, ['[', ']']),
  },
  parquet: { extension: 'parquet', write: parquet },
  arrow: { extension: 'arrow', write: arrow },
  hdf5: { extension: 'h5', write: hdf5, frames: true },
  xtc: { extension: 'xtc', write: xtc, frames: true },
  trr: { extension: 'trr', write: trr, frames: true },
  dcd: { extension: 'dcd', write: dcd, frames: true },
  netcdf: { extension: 'nc', write: netcdf, frames: true },
  'npy.gz': { extension: 'npy.gz', write: npyGz },
  'npy.zst': {
    extension: 'npy.zst',
    write: npyZst,
    missing: () => (spawnSync('zstd', ['--version']).error ? 'zstd is not installed' : undefined),
  },
};
