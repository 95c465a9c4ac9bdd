import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { formats, fromArray, type OpenOptions, open } from '../../src/sources/index.ts';
import { failure, npy, rowsOf, scratch } from './help.ts';

const { folder, put } = scratch();
const bytes = npy('<f4', [2, 2], [1, 2, 3, 4]);
const rows = [
  [1, 2],
  [3, 4],
];
const path = put('ü b.npy', bytes);

describe('inputs', () => {
  it.each<[string, Parameters<typeof open>[0], string]>([
    ['a path', path, path],
    ['a file: URL', pathToFileURL(path), path],
    ['a file: URL as text', pathToFileURL(path).href, path],
    ['a Blob', new Blob([bytes as BlobPart]), 'Blob'],
    ['a File', new File([bytes as BlobPart], 'mine.npy'), 'mine.npy'],
    ['a Uint8Array', bytes, 'bytes'],
    [
      'a part of a buffer',
      Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]).subarray(3, 3 + bytes.length),
      'bytes',
    ],
    ['a DataView', new DataView(bytes.buffer), 'bytes'],
    ['an ArrayBuffer', bytes.slice().buffer, 'bytes'],
    [
      'a ByteSource',
      { byteLength: bytes.length, slice: async (a: number, b: number) => bytes.slice(a, b) },
      'ByteSource',
    ],
  ])('%s', async (_, input, name) => {
    const source = await open(input as Uint8Array);
    expect([source.format, source.name]).toEqual(['npy', name]);
    expect(await rowsOf(source, { chunkRows: 1 })).toEqual(rows);
    await source.close?.();
    expect(await rowsOf(source, { chunkRows: 2 })).toEqual(rows);
  });

  it('a Source is given back as it is', async () => {
    const source = fromArray([[1]]);
    expect(await open(source)).toBe(source);
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /got undefined/],
    ['null', null, /got null/],
    ['a number', 5, /got 5/],
    ['an object', {}, /input must be a path, .*, got a plain object/],
    ['numbers', new Float32Array(3), /got a Float32Array of length 3; .*fromArray/],
  ])('%s is a TypeError', async (_, input, message) => {
    const error = await failure(open(input as string));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
  });

  it('a path that is not there names the file', async () => {
    const error = await failure(open(join(folder, 'none.npy')));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(/cannot read ".*none\.npy": there is no such file/);
  });

  it('folders, empty files and other protocols', async () => {
    mkdirSync(join(folder, 'dir.npy'));
    for (const [input, message] of [
      [join(folder, 'dir.npy'), /dir\.npy: is a folder/],
      [put('empty.npy', ''), /empty\.npy: is empty/],
      [new Uint8Array(0), /bytes: is empty/],
      [new Blob([]), /Blob: is empty/],
    ] as const) {
      const error = await failure(open(input));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(message);
    }
    expect((await failure(open(new URL('ftp://x/y.npy')))).message).toMatch(
      /input must be a file:, http: or https: URL, got the string "ftp:"/,
    );
  });

  it('without a file system a path is a PlatformError, and bytes are read as ever', async () => {
    vi.stubGlobal('process', { ...process, getBuiltinModule: undefined });
    onTestFinished(() => void vi.unstubAllGlobals());
    const error = await failure(open(path));
    expect(error.code).toBe('ERR_PLATFORM');
    expect(error.message).toMatch(/needs a file system/);
    expect(await rowsOf(await open(bytes), { chunkRows: 1 })).toEqual(rows);
  });
});

describe('formats', () => {
  it('the first bytes come before the extension', async () => {
    expect((await open(put('wrong.csv', bytes))).format).toBe('npy');
  });

  it('the extension comes next, whatever its case', async () => {
    expect((await open(put('A.CSV', '1,2\n'))).format).toBe('csv');
    expect((await open(put('b.tsv', '1\t2\n'))).format).toBe('csv');
    expect((await failure(open(put('text.npy', 'hello')))).message).toMatch(/not an NPY file/);
    expect(await failure(open(put('text.h5', 'hello, this is no HDF5')))).toBeInstanceOf(FormatError);
  });

  it('an option comes first', async () => {
    expect((await open(put('plain', '1,2\n'), { format: 'csv' })).format).toBe('csv');
    expect(await failure(open(path, { format: 'csv' }))).toBeInstanceOf(FormatError);
  });

  it('what is unknown is shown, with what is known', async () => {
    const error = await failure(open(put('x.bin', 'GIF89a\x01\x02')));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(
      /x\.bin.*47 49 46 38 39 61 01 02 \("GIF89a\.\."\).*\.bin.*npy \(\.npy\).*csv.*hdf5/,
    );
  });

  it.each([
    ['PAR1', /does not end as a Parquet file/],
    ['ARROW1', /Arrow/],
    ['FEA1', /Feather version 1/],
    ['\x1f\x8b\x08', /cannot be decompressed \(gzip\)/],
    ['PK\x03\x04', /zip archive, and not recognised as NPZ or Excel/],
  ])('%j is known by name', async (head, message) => {
    const error = await failure(open(Buffer.from(`${head}------------`, 'latin1'), { name: 'x.csv' }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it.each<[OpenOptions, RegExp]>([
    [{ atoms: [1] }, /atoms: is an option for hdf5, xtc, trr, dcd, netcdf, and .* is npy/],
    [{ delimiter: ',' }, /delimiter: is an option for csv/],
    [{ colums: [1] } as OpenOptions, /colums: is not an option of open\(\)/],
    [
      { format: 'xml' as 'npy' },
      /format must be 'npy', 'npz', 'csv', 'gct', 'xlsx', 'jsonl', 'parquet', .*'hdf5'.*, got the string "xml"/,
    ],
  ])('%j does not fit an NPY file', async (options, message) => {
    const error = await failure(open(path, options));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(message);
  });
});

it('formats tells which formats take an option, for the help of the command line and for the page', () => {
  const taking = (option: string) =>
    formats.filter(({ options }) => options.includes(option)).map(({ name }) => name);
  expect(taking('columns')).toEqual(['csv', 'gct', 'xlsx', 'jsonl', 'parquet', 'arrow', 'h5ad']);
  expect(taking('topology')).toEqual(['xtc', 'trr', 'dcd', 'netcdf']);
  expect(taking('onBadRow')).toEqual(['csv', 'gct', 'xlsx', 'jsonl', 'xtc', 'trr', 'dcd', 'netcdf']);
});

describe('text without an extension of its own', () => {
  it.each([
    ['t.txt', 'name\tx\ty\nabc\t1\t2\ndef\t3\t4\n'],
    ['t.dat', '1 2\n3 4\n'],
    ['t.txt', '# made by a program\n# on a day\nx;y\n1;2\n3;4\n'],
  ])('%s is a table: %j', async (name, text) => {
    const source = await open(new TextEncoder().encode(text), { name });
    expect([source.format, source.cols]).toEqual(['csv', 2]);
  });

  it('prose is of an unknown format', async () => {
    const prose = new TextEncoder().encode('Some words, and no table.\nIt has 2 lines.\n');
    await expect(open(prose, { name: 'readme.md' })).rejects.toThrow('is of an unknown format');
  });
});
