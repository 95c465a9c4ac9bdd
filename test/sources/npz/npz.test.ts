/** NPZ: arrays stored and deflated, sparse matrices, and archives that are damaged. */
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FormatError, MemoryLimitError, PlatformError } from '../../../src/errors.ts';
import { open } from '../../../src/sources/index.ts';
import { type ZipMember, zipFile } from '../../fuzz/formats/zip-file.mjs';
import {
  anyRange,
  concat,
  expectClosed,
  failure,
  npy,
  npyHeader,
  picked,
  rowsOf,
  scratch,
  table,
  timesOpen,
} from '../help.ts';

const { put } = scratch();
const values = Array.from({ length: 60 }, (_, i) => i / 8);
const expected = table(values, 3);
const x: ZipMember = { name: 'x.npy', bytes: npy('<f4', [20, 3], values) };
const turned: ZipMember = { name: 'x.npy', bytes: npy('<f8', [20, 3], values, { fortran: true }) };
const y: ZipMember = { name: 'y.npy', bytes: npy('<i8', [20], values.slice(0, 20).map(Math.trunc)) };
const deflated = (...files: ZipMember[]) => files.map((file) => ({ ...file, deflate: true }));

/** A sparse matrix of 50 x 7, as save_npz writes it; each third row is empty. */
const dense = Array.from({ length: 50 }, (_, i) =>
  Array.from({ length: 7 }, (_, j) => (i % 3 === 0 || (i + j) % 4 !== 0 ? 0 : i + j / 8)),
);
function sparse(change: Partial<Record<string, Uint8Array>> = {}, format = 'csr'): ZipMember[] {
  const [indptr, indices, data]: number[][] = [[0], [], []];
  for (const row of dense) {
    row.forEach((value, j) => {
      if (value !== 0) indices.push(j);
      if (value !== 0) data.push(value);
    });
    indptr.push(data.length);
  }
  const parts: Record<string, Uint8Array> = {
    indices: npy('<i4', [indices.length], indices),
    indptr: npy('<i4', [indptr.length], indptr),
    format: concat(npyHeader(`{'descr': '|S3', 'fortran_order': False, 'shape': (), }`), Buffer.from(format)),
    shape: npy('<i8', [2], [50, 7]),
    data: npy('<f8', [data.length], data),
    ...change,
  };
  return Object.entries(parts).map(([name, bytes]) => ({ name: `${name}.npy`, bytes }));
}

describe('arrays', () => {
  const files: [string, Uint8Array][] = [
    ['stored', zipFile([x])],
    ['deflated', zipFile(deflated(x))],
    ['zip64', zipFile([x], { zip64: true })],
    ['deflated zip64', zipFile(deflated(x), { zip64: true, comment: 'made by hand, PK\x05\x06' })],
    ['Fortran order', zipFile([turned])],
    ['Fortran order, deflated', zipFile(deflated(turned))],
    ['sparse', zipFile(sparse())],
    ['sparse, deflated', zipFile(deflated(...sparse()))],
  ];
  it.each(files)('%s: any range, from memory, a Blob and a path', async (name, bytes) => {
    const all = name.startsWith('sparse') ? dense : expected;
    for (const input of [bytes, new Blob([bytes as BlobPart]), put(`${name}.npz`, bytes)]) {
      const source = await open(input, { name: 'a.npz' });
      expect([source.format, source.rows, source.cols]).toEqual(['npz', all.length, all[0].length]);
      await fc.assert(
        fc.asyncProperty(anyRange(all.length), async (range) => {
          expect(await rowsOf(source, range)).toEqual(picked(all, range));
        }),
        { numRuns: 30 },
      );
    }
  });

  it('large arrays come in many pieces', async () => {
    const many = Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 1009);
    for (const file of [{ name: 'a.npy', bytes: npy('<i4', [30_000, 10], many) }]) {
      for (const one of [file, ...deflated(file)]) {
        const path = put('large.npz', zipFile([one]));
        const source = await open(path);
        expect(await rowsOf(source, { chunkRows: 7001, reuse: true })).toEqual(table(many, 10));
        expect(await rowsOf(source, { chunkRows: 100, stride: 211, start: 5 })).toEqual(
          picked(table(many, 10), { stride: 211, start: 5 }),
        );
        expect(timesOpen(path)).toBe(0);
      }
    }
  });

  it('without node:zlib the platform decompresses', async () => {
    vi.stubGlobal('process', { ...process, getBuiltinModule: undefined });
    onTestFinished(() => void vi.unstubAllGlobals());
    const bytes = zipFile(deflated(...sparse()));
    expect(await rowsOf(await open(bytes), { chunkRows: 8 })).toEqual(dense);
    vi.stubGlobal('DecompressionStream', undefined);
    expect(await failure(open(bytes))).toBeInstanceOf(PlatformError);
  });

  it('is recognised by its contents', async () => {
    expect((await open(zipFile([x]), { name: 'wrong.csv' })).format).toBe('npz');
    const error = await failure(open(zipFile([{ name: 'a.txt', bytes: new Uint8Array(3) }])));
    expect(error.message).toMatch(/is a zip archive, and not recognised/);
  });

  it('one of several is chosen, and the error lists them', async () => {
    const bytes = zipFile([x, ...deflated(y), { name: 'notes.txt', bytes: new Uint8Array(2) }]);
    const source = await open(bytes, { array: 'y' });
    expect(await rowsOf(source, { chunkRows: 9 })).toEqual(values.slice(0, 20).map((v) => [Math.trunc(v)]));
    expect(source).toMatchObject({ array: 'y', summary: 'NPZ, array y, <i8, shape (20,)' });
    expect((await open(bytes, { array: 'y.npy' })).cols).toBe(1);
    const list = /"x" \(20, 3\) <f4, "y" \(20,\) <i8/;
    const none = await failure(open(bytes, { name: 'two.npz' }));
    expect(none).toBeInstanceOf(RangeError);
    expect(none.message).toMatch(/array: two\.npz has 2 arrays; choose one of /);
    expect(none.message).toMatch(list);
    expect((await failure(open(bytes, { array: 'z' }))).message).toMatch(list);
    expect(await failure(open(bytes, { array: 3 as unknown as string }))).toBeInstanceOf(TypeError);
  });

  it('a stream is refused with advice', async () => {
    const error = await failure(open(new Blob([zipFile([x]) as BlobPart]).stream(), { name: 'a.npz' }));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toMatch(/a\.npz: npz is read from many places/);
  });
});

it('the file is open during a pass only', async () => {
  const path = put('open.npz', zipFile([x]));
  await expectClosed(await open(path), path);
});

describe('sparse matrices', () => {
  it('an array of it can be chosen', async () => {
    expect(await rowsOf(await open(zipFile(sparse()), { array: 'shape' }), { chunkRows: 2 })).toEqual([
      [50],
      [7],
    ]);
  });

  it('values of the same place add up, as in SciPy', async () => {
    const parts = {
      indptr: npy('<i8', [3], [0, 3, 3]),
      indices: npy('<i4', [3], [1, 1, 0]),
      data: npy('<f4', [3], [1, 2, 5]),
      shape: npy('<i4', [2], [2, 2]),
    };
    const rows = await rowsOf(await open(zipFile(sparse(parts))), { chunkRows: 1 });
    expect(rows).toEqual([
      [5, 3],
      [0, 0],
    ]);
  });

  it.each<[string, Partial<Record<string, Uint8Array>>, RegExp]>([
    [
      'pointers that fall',
      { indptr: npy('<i4', [51], [0, 3, 2, ...Array(48).fill(2)]) },
      /row 1 reaches from value 3 to 2/,
    ],
    [
      'pointers beyond the end',
      { indptr: npy('<i4', [51], [0, ...Array(50).fill(10_000)]) },
      /row 0 reaches .* to 10000 of/,
    ],
    ['a late first row', { indptr: npy('<i4', [51], Array(51).fill(1)) }, /first row begins at value 1/],
    ['an early last row', { indptr: npy('<i4', [51], Array(51).fill(0)) }, /last row ends at value 0/],
    [
      'a column that is not there',
      { shape: npy('<i4', [2], [50, 3]) },
      /row \d has a value in column [3-6] of 3/,
    ],
    [
      'a wrong number of pointers',
      { indptr: npy('<i4', [4], [0, 1, 2, 3]) },
      /50 rows need 51 pointers, not 4/,
    ],
    ['a wrong number of columns', { indices: npy('<i4', [1], [0]) }, /values have 1 columns/],
    ['a shape of three', { shape: npy('<i4', [3], [5, 5, 5]) }, /its shape does not have two numbers/],
    ['a negative shape', { shape: npy('<i4', [2], [-1, 5]) }, /its shape is -1 x 5/],
    ['data of two dimensions', { data: npy('<f4', [2, 2], [1, 2, 3, 4]) }, /array "data": shape is \(2, 2\)/],
  ])('%s', async (_, parts, message) => {
    const error = await failure(async () => rowsOf(await open(zipFile(sparse(parts))), { chunkRows: 10 }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it('by columns they are refused with advice', async () => {
    const error = await failure(open(zipFile(sparse({}, 'csc'))));
    expect(error.message).toMatch(/in the form csc; allowed is csr, so save it with .*tocsr/);
    const parts = sparse().filter(({ name }) => name !== 'data.npy');
    expect((await failure(open(zipFile(parts)))).message).toMatch(/without data\.npy/);
  });
});

describe('damage', () => {
  const read = async (bytes: Uint8Array, chunkRows = 20) =>
    rowsOf(await open(bytes, { name: 'a.npz' }), { chunkRows });

  it.each([
    ['stored', zipFile([x])],
    ['deflated', zipFile(deflated(x))],
    ['zip64', zipFile(deflated(x), { zip64: true })],
    ['Fortran order', zipFile([turned])],
    ['sparse', zipFile(deflated(...sparse()))],
  ])('%s: cut short at any byte', async (_, bytes) => {
    for (let length = 1; length < bytes.length; length++) {
      const error = await failure(read(bytes.subarray(0, length)));
      expect(error, `${length} bytes`).toBeInstanceOf(FormatError);
    }
  });

  it.each([
    ['stored', [x]],
    ['deflated', deflated(x)],
    ['Fortran order', [turned]],
    ['Fortran order, deflated', deflated(turned)],
    ['sparse', sparse()],
  ])('%s: a wrong byte anywhere in the array', async (_, files) => {
    const bytes = zipFile(files);
    for (const { name } of files) {
      const at = Buffer.from(bytes).indexOf(name) + name.length;
      for (let i = at; i < at + 60; i += 3) {
        const broken = bytes.slice();
        broken[i] ^= 4;
        for (const chunkRows of [3, 100]) {
          const error = await failure(read(broken, chunkRows));
          expect(error, `byte ${i}`).toBeInstanceOf(FormatError);
        }
      }
    }
    const last = bytes.slice();
    last[Buffer.from(bytes).indexOf('PK\x01\x02') - 1] ^= 1;
    expect((await failure(read(last))).message).toMatch(/checksum|cannot be decompressed|damaged/);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a wrong checksum', zipFile([{ ...x, crc: 1 }]), /array "x": it is damaged: its checksum/],
    [
      'fewer bytes than announced',
      zipFile([{ ...x, deflate: true, byteLength: 900 }]),
      /only 368 bytes come/,
    ],
    [
      'more bytes than announced',
      zipFile([{ ...x, deflate: true, byteLength: 100 }]),
      /damaged: more bytes come/,
    ],
    ['encrypted', zipFile([{ ...x, flags: 1 }]), /"x\.npy" in it is encrypted/],
    ['bzip2', zipFile([{ ...x, method: 12 }]), /compressed with bzip2; allowed are stored and deflate/],
    ['a method of its own', zipFile([{ ...x, method: 77 }]), /compressed with method 77/],
    ['two of one name', zipFile([x, x]), /two files of this name/],
    [
      'something between',
      concat(zipFile([x]).subarray(0, 40), new Uint8Array(3), zipFile([x]).subarray(40)),
      /zip directory/,
    ],
  ])('%s', async (_, bytes, message) => {
    const error = await failure(async () =>
      rowsOf(await open(bytes, { name: 'a.npz', array: 'x' }), { chunkRows: 7 }),
    );
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it('a few bytes that become many are stopped at the announced length', async () => {
    const zeros: ZipMember = {
      name: 'x.npy',
      bytes: new Uint8Array(2 ** 26),
      deflate: true,
      byteLength: 400,
    };
    expect((await failure(read(zipFile([zeros])))).message).toMatch(
      /more bytes come out of it where 400 were/,
    );
  });

  it('Fortran order, deflated and larger than the limit', async () => {
    const file = {
      name: 'x.npy',
      bytes: npy('<f8', [100_000, 4], new Float64Array(400_000), { fortran: true }),
    };
    const error = await failure(open(zipFile(deflated(file)), { memoryLimit: '4MB' }));
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error.message).toMatch(/Fortran order and compressed.*ascontiguousarray/);
  });
});

const CASE = '../shared/cases/tables/arr.npz';
describe.skipIf(!existsSync(CASE))('the file of the cases', () => {
  it('iris', async () => {
    expect((await failure(open(CASE))).message).toMatch(/"X" \(150, 4\) <f4, "y" \(150,\) <i8/);
    const rows = await rowsOf(await open(CASE, { array: 'X' }), { chunkRows: 64 });
    expect(rows.length).toBe(150);
    expect(rows[0]).toEqual(Array.from(Float32Array.of(5.1, 3.5, 1.4, 0.2)));
  });
});
