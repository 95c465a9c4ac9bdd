import { truncateSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { open } from '../../../src/sources/index.ts';
import {
  collect,
  concat,
  counting,
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

describe('what NPY files hold', () => {
  const types: [string, number[]][] = [
    ['<f4', [0.5, -1.25, 3e8, 0]],
    ['>f4', [0.5, -1.25, 3.5, 1]],
    ['<f8', [0.1, -1e300, 2, 5e-324]],
    ['>f8', [0.1, -1e300, 2, 5e-324]],
    ['|i1', [-128, 127, 0, -1]],
    ['|u1', [255, 128, 0, 1]],
    ['<i2', [-32768, 32767, 258, -1]],
    ['>i2', [-32768, 32767, 258, -1]],
    ['>u2', [65535, 258, 1, 0]],
    ['<i4', [-(2 ** 31), 2 ** 31 - 1, 16909060, -1]],
    ['>i4', [-(2 ** 31), 2 ** 31 - 1, 16909060, -1]],
    ['>u4', [2 ** 32 - 1, 16909060, 1, 0]],
    ['<i8', [-(2 ** 53), 2 ** 53 - 2, 1, -1]],
    ['>i8', [-(2 ** 53), 2 ** 40 + 3, 1, -1]],
    ['<u8', [2 ** 63, 2 ** 53, 1, 0]],
    ['|b1', [1, 0, 0, 1]],
  ];
  it.each(types)('%s', async (descr, values) => {
    const source = await open(npy(descr, [2, 2], values));
    expect(source.dtype).toBe(descr.endsWith('f4') ? 'f4' : 'f8');
    expect(await rowsOf(source, { chunkRows: 1 })).toEqual(
      table(values, 2).map((r) => r.map((v) => (descr.endsWith('f4') ? Math.fround(v) : v))),
    );
  });

  it.each(['<f2', '>f2'])('%s: every half-precision number, as float32', async (descr) => {
    const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
    const raw = npy(descr.replace('f', 'u'), [2 ** 15, 2], bits);
    const at = Buffer.from(raw.buffer, raw.byteOffset, 128).indexOf(descr.replace('f', 'u'));
    raw[at + 1] = 'f'.charCodeAt(0);
    const source = await open(raw);
    expect([source.dtype, (source as { descr?: string }).descr]).toEqual(['f4', descr]);
    // By definition: 1 bit of sign, 5 of exponent, 10 of fraction.
    const numberOf = (b: number) => {
      const [sign, exponent, fraction] = [b >> 15 ? -1 : 1, (b >> 10) & 31, b & 1023];
      if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
      return exponent ? sign * (1024 + fraction) * 2 ** (exponent - 25) : sign * fraction * 2 ** -24;
    };
    const rows = await rowsOf(source, { chunkRows: 1000 });
    expect(rows.flat()).toEqual(Array.from(bits, numberOf));
    expect(await rowsOf(source, { chunkRows: 7, stride: 4096 })).toEqual(
      rows.filter((_, i) => i % 4096 === 0),
    );
  });

  it('reads -0, infinity and NaN as they are', async () => {
    const source = await open(npy('<f8', [4], [-0, Infinity, -Infinity, Number.NaN]));
    expect(await rowsOf(source, { chunkRows: 9 })).toEqual([[-0], [Infinity], [-Infinity], [Number.NaN]]);
  });

  it.each([1, 2, 3])('header version %i, padded and not', async (version) => {
    for (const pad of [1, 16, 64]) {
      const source = await open(npy('<f4', [2, 3], counting(6), { version, pad }));
      expect(await rowsOf(source, { chunkRows: 2 })).toEqual(table(counting(6), 3));
    }
  });

  it('one dimension is one column; three are frames x 3 atoms', async () => {
    expect(await rowsOf(await open(npy('<f4', [3], [1, 2, 3])), { chunkRows: 2 })).toEqual([[1], [2], [3]]);
    for (const fortran of [false, true]) {
      const source = await open(npy('<f4', [4, 5, 3], counting(60), { fortran }));
      expect([source.rows, source.cols]).toEqual([4, 15]);
      expect(await rowsOf(source, { chunkRows: 3 })).toEqual(table(counting(60), 15));
    }
  });

  it('dictionaries in other hands', async () => {
    const data = npy('<f4', [2, 2], [1, 2, 3, 4]).slice(-16);
    for (const dict of [
      `{"shape":(2L,2L),"fortran_order":False,"descr":"<f4"}`,
      `{ 'shape' : [2, 2] , 'descr':'f4','fortran_order':False , }`,
      `{'descr': '=f4', 'fortran_order': False, 'shape': (2,2)}`,
    ]) {
      expect(await rowsOf(await open(concat(npyHeader(dict), data)), { chunkRows: 5 })).toEqual([
        [1, 2],
        [3, 4],
      ]);
    }
  });

  it('zero rows are a source of zero rows', async () => {
    const source = await open(npy('<f4', [0, 7], []));
    expect([source.rows, source.cols]).toEqual([0, 7]);
    expect(await collect(source, { chunkRows: 4 })).toEqual([]);
  });
});

describe('every way of reading gives the same rows', () => {
  it('any type, order, shape, chunk size, stride and range', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          rows: fc.integer({ min: 1, max: 40 }),
          cols: fc.integer({ min: 1, max: 70 }),
          descr: fc.constantFrom('<f4', '>f8', '<i2', '|u1', '>i8'),
          fortran: fc.boolean(),
          chunkRows: fc.integer({ min: 1, max: 45 }),
          stride: fc.integer({ min: 1, max: 12 }),
          start: fc.integer({ min: 0, max: 45 }),
          end: fc.option(fc.integer({ min: 0, max: 45 }), { nil: undefined }),
          reuse: fc.boolean(),
          pad: fc.constantFrom(1, 64),
          blob: fc.boolean(),
        }),
        async ({ rows, cols, descr, fortran, pad, blob, ...options }) => {
          const values = counting(rows * cols).map((v) => v % 251);
          const bytes = npy(descr, [rows, cols], values, { fortran, pad });
          const source = await open(blob ? new Blob([bytes as BlobPart]) : bytes, { name: 'x.npy' });
          expect(await rowsOf(source, options)).toEqual(picked(table(values, cols), options));
        },
      ),
      { numRuns: 300 },
    );
  });

  // Long enough for each of the ways: spans in pieces, rows one by one, columns in several blocks.
  it.each([false, true])('files of many megabytes, Fortran order %s', async (fortran) => {
    const [rows, cols] = [6_000, 500];
    const values = new Float32Array(rows * cols).map((_, i) => i % 16_777_213);
    const laid = fortran ? new Float32Array(values.length) : values;
    if (fortran)
      for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) laid[j * rows + i] = values[i * cols + j];
    const dict = `{'descr': '<f4', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${rows}, ${cols}), }`;
    const path = put(`large-${fortran}.npy`, concat(npyHeader(dict, 1, 1), new Uint8Array(laid.buffer)));
    const source = await open(path);
    for (const options of [
      { chunkRows: 1000 },
      { chunkRows: 4999, stride: 1, start: 3, reuse: true },
      { chunkRows: 1000, stride: 7 },
      { chunkRows: 100, stride: 33, reuse: true },
      { chunkRows: 10, stride: 50, start: 17, end: 5990 },
      { chunkRows: 2, stride: 5999 },
      { chunkRows: 3, stride: 4500, reuse: true },
    ]) {
      let row = options.start ?? 0;
      let bad = 0;
      for await (const chunk of source.chunks(options)) {
        if (chunk.start !== row) bad++;
        for (let i = 0; i < chunk.rows; i++, row += options.stride ?? 1) {
          for (let j = 0; j < cols; j++) if (chunk.data[i * cols + j] !== values[row * cols + j]) bad++;
        }
      }
      const { start = 0, end = rows, stride = 1 } = options;
      expect([bad, row], JSON.stringify(options)).toEqual([
        0,
        start + Math.ceil((end - start) / stride) * stride,
      ]);
    }
  });

  it('a chunk without reuse is not touched by the next ones', async () => {
    const source = await open(put('keep.npy', npy('<f8', [10, 2], counting(20))));
    const kept = [];
    for await (const chunk of source.chunks({ chunkRows: 3 })) kept.push(chunk);
    expect(kept.flatMap((chunk) => Array.from(chunk.data))).toEqual(counting(20));
  });

  it('with reuse, two buffers serve the whole pass', async () => {
    const source = await open(npy('<f4', [50, 2], counting(100)));
    const buffers = new Set<unknown>();
    for await (const chunk of source.chunks({ chunkRows: 3, reuse: true })) buffers.add(chunk.data.buffer);
    expect(buffers.size).toBe(2);
  });

  it('two passes at once', async () => {
    const source = await open(put('twice.npy', npy('<f4', [9, 2], counting(18))));
    const [a, b] = await Promise.all([
      rowsOf(source, { chunkRows: 2 }),
      rowsOf(source, { chunkRows: 4, stride: 2 }),
    ]);
    expect(a).toEqual(table(counting(18), 2));
    expect(b).toEqual(picked(table(counting(18), 2), { stride: 2 }));
  });
});

describe('stopping', () => {
  const linux = process.platform === 'linux';
  it.skipIf(!linux)(
    'closes the file after a pass, a break, an abort and a failure [needs /proc]',
    async () => {
      const path = put('handles.npy', npy('<f4', [100, 2], counting(200)));
      const source = await open(path);
      await expectClosed(source, path);
      truncateSync(path, 300);
      expect(await failure(collect(source, { chunkRows: 10 }))).toBeInstanceOf(FormatError);
      expect(timesOpen(path)).toBe(0);
      expect(await failure(open(path))).toBeInstanceOf(FormatError);
      expect(timesOpen(path)).toBe(0);
    },
  );

  it('a signal that is aborted before the start reads nothing', async () => {
    const source = await open(npy('<f4', [4], counting(4)));
    expect(await failure(collect(source, { chunkRows: 1, signal: AbortSignal.abort('why') }))).toBe('why');
  });

  it('a file that becomes shorter is an error with its place', async () => {
    const path = put('shrinks.npy', npy('<f4', [100, 2], counting(200)));
    const source = await open(path);
    truncateSync(path, 500);
    const error = await failure(collect(source, { chunkRows: 10 }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.offset).toBe(500);
    expect(error.message).toContain('shrinks.npy');
  });
});

describe('bad arguments', () => {
  it.each([
    [{ chunkRows: 0 }, /^chunkRows must be a whole number from 1, got 0/],
    [{ chunkRows: 1.5 }, /^chunkRows must be a whole number from 1, got 1.5/],
    [{ chunkRows: 1, stride: 0 }, /^stride must be a whole number from 1, got 0/],
    [{ chunkRows: 1, stride: Number.NaN }, /^stride must be a whole number from 1, got NaN/],
    [{ chunkRows: 1, start: -1 }, /^start must be a whole number from 0, got -1/],
    [{ chunkRows: 1, end: -2 }, /^end must be a whole number from 0, got -2/],
    [{ chunkRows: '5' as unknown as number }, /^chunkRows must be a whole number from 1, got the string "5"/],
  ])('%j', async (options, message) => {
    const source = await open(npy('<f4', [4], counting(4)));
    const kind = typeof options.chunkRows === 'number' ? RangeError : TypeError;
    expect(() => source.chunks(options)).toThrow(kind);
    expect(() => source.chunks(options)).toThrow(message);
  });

  it('a generous chunkRows allocates what is there', async () => {
    const source = await open(npy('<f4', [4], counting(4)));
    expect((await collect(source, { chunkRows: Number.MAX_SAFE_INTEGER })).length).toBe(1);
  });
});

describe('files that are not what they say', () => {
  const good = npy('<f4', [3, 2], counting(6));

  it('cut at every byte', async () => {
    for (let length = 0; length < good.length; length++) {
      const error = await failure(open(good.slice(0, length), { name: 'cut.npy' }));
      expect(error, `cut at ${length}`).toBeInstanceOf(FormatError);
      expect(error.message).toContain('cut.npy');
    }
  });

  it('with every byte of the header changed: an error or a plain reading, never a hang', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: good.length - 25 }),
        fc.integer({ min: 0, max: 255 }),
        async (at, byte) => {
          const bytes = good.slice();
          bytes[at] = byte;
          try {
            const source = await open(bytes, { format: 'npy' });
            expect(source.rows! * source.cols).toBeLessThanOrEqual(24);
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('random bytes after the magic', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.boolean(),
        async (noise, magic) => {
          const bytes = magic ? concat(good.slice(0, 8), noise) : noise;
          expect(await failure(open(bytes, { format: 'npy' }))).toBeInstanceOf(FormatError);
        },
      ),
      { numRuns: 500 },
    );
  });

  const lie = (dict: string, data = 24) => concat(npyHeader(dict), new Uint8Array(data));
  const shaped = (shape: string) => lie(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`);
  it.each([
    ['terabytes', shaped('(1000000000, 1000000)'), /needs 4000000000000000 bytes of data, but 24 are there/],
    ['more than 2^53', shaped('(99999999999999999999, 2)'), /more than any file has/],
    ['a product that wraps to the truth', shaped('(4294967296, 4294967296, 3)'), /needs/],
    ['negative', shaped('(-3, -2)'), /shape holds -3/],
    ['too small', shaped('(2, 2)'), /accounts for 16 bytes of data, but 24 are there/],
    ['fractions', shaped('(1.5, 4)'), /not a Python dictionary/],
    ['words', shaped("('a', 'b')"), /shape holds a/],
    ['no tuple', shaped('6'), /shape is not a tuple/],
    [
      'no dimension',
      concat(npyHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (), }`), new Uint8Array(4)),
      /shape is \(\)/,
    ],
    ['4 dimensions', shaped('(1, 2, 3, 1)'), /allowed are/],
    ['3 dimensions without x, y, z', shaped('(1, 3, 2)'), /frames, atoms, 3/],
    ['no columns', lie(`{'descr': '<f4', 'fortran_order': False, 'shape': (3, 0), }`, 0), /hold no numbers/],
    ['a missing key', lie(`{'descr': '<f4', 'shape': (3, 2), }`), /lacks "fortran_order"/],
    [
      'an unknown key',
      lie(`{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), 'x': 1}`),
      /unknown key "x"/,
    ],
    [
      'a key twice',
      lie(`{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)}`),
      /twice/,
    ],
    [
      'more after the dictionary',
      lie(`{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)} 1`),
      /follows/,
    ],
    ['code', lie(`__import__('os').system('true')`), /not a Python dictionary/],
    ['ten thousand brackets', lie('('.repeat(10_000)), /nested too deeply/],
    [
      'a header of 4 GB',
      concat(good.slice(0, 6), Uint8Array.of(2, 0, 255, 255, 255, 255), new Uint8Array(100)),
      /claims 4294967295 bytes/,
    ],
    [
      'a header of 70 kB',
      concat(
        npyHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)}`, 2, 70_000),
        new Uint8Array(24),
      ),
      /allowed are 65536/,
    ],
    ['version 4', concat(good.slice(0, 6), Uint8Array.of(4), good.slice(7)), /version 4.0/],
    ['bytes at the end', concat(good, Uint8Array.of(0)), /accounts for 24 bytes of data, but 25 are there/],
  ])('%s', async (_, bytes, message) => {
    const error = await failure(open(bytes, { name: 'lie.npy' }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
    expect(error.message).toContain('lie.npy');
  });

  it.each([
    ["'<f16'", /extended-precision/],
    ["'<c8'", /"<c8" \(complex/],
    ["'|O'", /"\|O" \(Python objects/],
    ["'<U5'", /text/],
    ["'|S5'", /byte strings/],
    ["'<M8[ns]'", /dates/],
    ["[('x', '<f4'), ('y', '<f4')]", /structured/],
    ["'<f3'", /unknown type/],
  ])('dtype %s is refused by name', async (descr, message) => {
    const error = await failure(open(lie(`{'descr': ${descr}, 'fortran_order': False, 'shape': (3, 2), }`)));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
    expect(error.offset).toBeGreaterThan(9);
  });

  it('the offset points at what is wrong', async () => {
    const cut = await failure(open(good.slice(0, -5)));
    expect(cut.offset).toBe(good.length - 5);
    const longer = await failure(open(concat(good, new Uint8Array(3))));
    expect(longer.offset).toBe(good.length);
    expect(
      (await failure(open(concat(Uint8Array.of(0x93, 0x4e, 0x55), good), { format: 'npy' }))).offset,
    ).toBe(3);
  });
});
