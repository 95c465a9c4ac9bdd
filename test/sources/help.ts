/** Small writers of files, and the obvious way to read a source. */

import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import type { ByteSource, Chunk, ChunkOptions, Source } from '../../src/types.ts';

/** A folder that is gone when the test file is done. */
export function scratch(): { folder: string; put(name: string, data: Uint8Array | string): string } {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-sources-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    put(name, data) {
      const path = join(folder, name);
      writeFileSync(path, data);
      return path;
    },
  };
}

/** Folders of fixtures/, by the ending of a file's name. Files with other endings are in fixtures/ itself. */
const FOLDERS: Record<string, string> = {
  ...{
    parquet: 'parquet',
    feather: 'arrow',
    arrows: 'arrow',
    zst: 'compressed',
    pdb: 'topologies',
    gro: 'topologies',
  },
  ...{ xtc: 'xtc', trr: 'trr', dcd: 'dcd', nc: 'netcdf' },
};

/** A file of fixtures/, which a script there wrote. `few1-xtc.npy` is what MDTraj reads from `few1.xtc`, */
export function fixture(name: string): string {
  const [, answer, ending] = /(?:-(\w+)\.npy|\.(\w+))$/.exec(name) ?? [];
  const folder = answer ? `${FOLDERS[answer]}/mdtraj` : (FOLDERS[ending] ?? '.');
  return fileURLToPath(new URL(`fixtures/${folder}/${name}`, import.meta.url));
}
/** its bytes, */
export const bytesOf = (name: string) => new Uint8Array(readFileSync(fixture(name)));
/** and what it wrote into the columns of its tables. */
export const VALUES: Record<string, (i: number) => number> = {
  f32: (i) => i / 8,
  f64: (i) => i / 10,
  i32: (i) => 7 * i - 1000,
  i64: (i) => i * 2 ** 20,
  u8: (i) => i % 256,
  flag: (i) => i % 2,
  half: (i) => i / 4,
};
export const counting = (n: number) => Array.from({ length: n }, (_, i) => i);
/** Its embeddings. */
export const vectors = (n: number) => counting(n).map((i) => counting(16).map((k) => i + k / 16));

/** Anything that may be asked of a source with that many rows; `least` and `longest` keep a slow one from taking long. */
export const anyRange = (rows: number, { least = 1, longest = rows } = {}) =>
  fc.record({
    chunkRows: fc.integer({ min: least, max: rows + 1 }),
    stride: fc.oneof(
      fc.integer({ min: 1, max: Math.min(20, longest) }),
      fc.integer({ min: 1, max: longest }),
    ),
    start: fc.integer({ min: 0, max: rows + 1 }),
    end: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: rows + 1 })),
    reuse: fc.boolean(),
  });

/** Bytes that count how many of them are read. */
export function counted(data: Uint8Array): { bytes: ByteSource; count: () => number } {
  let count = 0;
  const slice = async (start: number, end: number) => {
    const part = data.subarray(start, end);
    count += part.length;
    return part;
  };
  return { bytes: { byteLength: data.length, slice }, count: () => count };
}

/** How often this process has a file open; Linux alone tells. */
export const timesOpen = (path: string) =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;

export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** An NPY header around any dictionary text. */
export function npyHeader(dict: string, version = 1, pad = 64): Uint8Array {
  const lengthBytes = version === 1 ? 2 : 4;
  const fixed = 8 + lengthBytes;
  const text = dict + ' '.repeat((pad - ((fixed + dict.length + 1) % pad)) % pad) + '\n';
  const head = Buffer.alloc(fixed + text.length);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  head.writeUIntLE(text.length, 8, lengthBytes);
  head.write(text, fixed, 'latin1');
  return new Uint8Array(head);
}

type Values = ArrayLike<number>;

/** Elements as bytes: `descr` such as `<f4`, `>i8`, `|b1`. */
export function encode(descr: string, values: Values): Uint8Array {
  const [order, kind, size] = [descr[0], descr[1], Number(descr.slice(2))];
  const out = Buffer.alloc(values.length * size);
  const little = order !== '>';
  const view = new DataView(out.buffer, out.byteOffset);
  for (let i = 0; i < values.length; i++) {
    const [v, at] = [values[i], i * size];
    if (kind === 'f') size === 4 ? view.setFloat32(at, v, little) : view.setFloat64(at, v, little);
    else if (size === 1) kind === 'i' ? view.setInt8(at, v) : view.setUint8(at, v);
    else if (size === 2) kind === 'i' ? view.setInt16(at, v, little) : view.setUint16(at, v, little);
    else if (size === 4) kind === 'i' ? view.setInt32(at, v, little) : view.setUint32(at, v, little);
    else kind === 'i' ? view.setBigInt64(at, BigInt(v), little) : view.setBigUint64(at, BigInt(v), little);
  }
  return new Uint8Array(out);
}

/** A whole NPY file. `values` are in C order; `fortran` lays them out the other way. */
export function npy(
  descr: string,
  shape: number[],
  values: Values,
  { fortran = false, version = 1, pad = 64 } = {},
): Uint8Array {
  let laid = values;
  if (fortran) {
    const all = Array.from({ length: values.length }, () => 0);
    for (let c = 0; c < values.length; c++) {
      // The multi-index of C position c, then its Fortran position.
      let rest = c;
      const index = shape.map(() => 0);
      for (let d = shape.length - 1; d >= 0; d--) {
        index[d] = rest % shape[d];
        rest = Math.floor(rest / shape[d]);
      }
      let f = 0;
      for (let d = shape.length - 1; d >= 0; d--) f = f * shape[d] + index[d];
      all[f] = values[c];
    }
    laid = all;
  }
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  return concat(npyHeader(dict, version, pad), encode(descr, laid));
}

/** All chunks, copied, since with `reuse` they do not last. */
export async function collect(source: Source, options: ChunkOptions): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of source.chunks(options)) chunks.push({ ...chunk, data: chunk.data.slice() });
  return chunks;
}

/** The rows that were asked for, as lists of numbers; checks what holds for every source on the way. */
export async function rowsOf(source: Source, options: ChunkOptions): Promise<number[][]> {
  const { stride = 1, start = 0, chunkRows } = options;
  const rows: number[][] = [];
  const chunks = await collect(source, options);
  for (const [i, chunk] of chunks.entries()) {
    const wanted = start + rows.length * stride;
    if (chunk.start !== wanted) throw new Error(`chunk ${i} starts at ${chunk.start}, not ${wanted}`);
    if (chunk.cols !== source.cols) throw new Error(`chunk ${i} has ${chunk.cols} columns`);
    if (chunk.data.length !== chunk.rows * chunk.cols)
      throw new Error(`chunk ${i} is ${chunk.data.length} long`);
    if (i < chunks.length - 1 ? chunk.rows !== chunkRows : chunk.rows > chunkRows || chunk.rows === 0) {
      throw new Error(`chunk ${i} of ${chunks.length} has ${chunk.rows} rows`);
    }
    const is4 = chunk.data instanceof Float32Array;
    if (is4 !== (source.dtype === 'f4')) throw new Error('chunk has another element type than the source');
    for (let r = 0; r < chunk.rows; r++) {
      rows.push(Array.from(chunk.data.subarray(r * chunk.cols, (r + 1) * chunk.cols)));
    }
  }
  return rows;
}

/** The obvious answer: pick from all rows. */
export function picked<T>(
  rows: T[],
  { start = 0, end = rows.length, stride = 1 }: Partial<ChunkOptions>,
): T[] {
  return rows.slice(start, Math.max(start, end)).filter((_, i) => i % stride === 0);
}

/** Values row by row. */
export function table(values: Values, cols: number): number[][] {
  const rows: number[][] = [];
  for (let i = 0; i < values.length; i += cols)
    rows.push(Array.from({ length: cols }, (_, j) => values[i + j]));
  return rows;
}

/** An error of ours, with what it may carry. */
export type Failure = Error & { code?: string; offset?: number; line?: number; column?: number };

/** What a promise is rejected with. */
export async function failure(work: Promise<unknown> | (() => unknown)): Promise<Failure> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return error as Failure;
  }
  throw new Error('should have failed');
}

/** Expect that a file is open during a pass, and no longer after one, after a break and after an abort. */
export async function expectClosed(source: Source, path: string): Promise<void> {
  expect(timesOpen(path)).toBe(0);
  for await (const _ of source.chunks({ chunkRows: 10 })) expect(timesOpen(path)).toBe(1);
  expect(timesOpen(path)).toBe(0);
  for await (const _ of source.chunks({ chunkRows: 10 })) break;
  expect(timesOpen(path)).toBe(0);
  const stop = new AbortController();
  const error = await failure(async () => {
    for await (const _ of source.chunks({ chunkRows: 10, signal: stop.signal }))
      stop.abort(new Error('enough'));
  });
  expect(error.message).toBe('enough');
  expect(timesOpen(path)).toBe(0);
}
