import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { FormatError, MemoryLimitError } from '../../../src/errors.ts';
import { type OpenOptions, open } from '../../../src/sources/index.ts';
import { checkSum } from '../../../src/sources/parquet/pages.ts';
import type { ParquetSource } from '../../../src/sources/parquet/parquet.ts';
import { crc32 } from '../../../src/support/numbers/crc32.ts';
import { asked, serve } from '../bytes/server.ts';
import {
  anyRange,
  bytesOf,
  VALUES as COLUMNS,
  collect,
  counted,
  counting,
  type Failure,
  failure,
  fixture,
  picked,
  rowsOf,
  vectors,
} from '../help.ts';

/** Decimals are Parquet's alone. */
const VALUES: typeof COLUMNS = { ...COLUMNS, dec: (i) => i / 100 };
const NAMES = Object.keys(VALUES);
const expected = (n: number, names: string[]) => counting(n).map((i) => names.map((name) => VALUES[name](i)));

describe('what pyarrow wrote', () => {
  it.each(['snappy', 'v2-index'])('%s: every type, many pages and row groups', async (name) => {
    const source = await open(fixture(`${name}.parquet`), { columns: NAMES });
    expect([source.format, source.rows, source.cols, source.dtype]).toEqual(['parquet', 700, 8, 'f8']);
    expect((source as ParquetSource).columns).toEqual(NAMES);
    const rows = await rowsOf(source, { chunkRows: 123 });
    for (const [i, row] of expected(700, NAMES).entries()) {
      for (const [j, value] of row.entries()) expect(rows[i][j]).toBeCloseTo(value, 12);
    }
  });

  it.each(['none', 'gzip', 'brotli', 'lz4', 'zstd'])('%s', async (codec) => {
    const source = await open(fixture(`${codec}.parquet`), { idColumn: 'id' });
    expect(await rowsOf(source, { chunkRows: 64 })).toEqual(expected(200, ['f32', 'i32']));
    expect(
      (await collect(source, { chunkRows: 3, stride: 70, start: 8 })).map((c) => 'ids' in c && c.ids),
    ).toEqual([['row-8', 'row-78', 'row-148']]);
  });

  it('delta and split encodings', async () => {
    const source = await open(fixture('encodings.parquet'));
    expect(await rowsOf(source, { chunkRows: 100 })).toEqual(expected(700, ['f32', 'f64', 'i32', 'i64']));
  });

  it('single precision stays single', async () => {
    expect((await open(fixture('snappy.parquet'), { columns: ['f32', 'half'] })).dtype).toBe('f4');
    expect((await open(fixture('snappy.parquet'), { columns: ['f32', 'u8'] })).dtype).toBe('f8');
    expect((await open(fixture('list.parquet'), { columns: ['vec'] })).dtype).toBe('f4');
    // Its id counts up, and is left out.
    const codes: string[] = [];
    const onWarning = ({ code }: { code: string }) => void codes.push(code);
    const alone = await open(fixture('list.parquet'), { onWarning });
    expect([alone.cols, codes]).toEqual([16, ['INDEX_COLUMN']]);
  });

  it.each(['list', 'list-v2', 'fixed'])('%s: lists are rows', async (name) => {
    const source = await open(fixture(`${name}.parquet`), { idColumn: 'id' });
    expect([source.cols, source.rows]).toEqual([16, 700]);
    expect((source as ParquetSource).columns[3]).toBe('vec[3]');
    await fc.assert(
      fc.asyncProperty(anyRange(700), async (options) => {
        expect(await rowsOf(source, options)).toEqual(picked(vectors(700), options));
      }),
      { numRuns: 15 },
    );
    const beside = await open(fixture(`${name}.parquet`), { columns: [1, 0] });
    expect((await rowsOf(beside, { chunkRows: 10, start: 640 }))[59]).toEqual([...vectors(700)[699], 699]);
  });

  it.each(['snappy', 'v2-index'])('%s: any range', async (name) => {
    const source = await open(fixture(`${name}.parquet`), { columns: ['i64', 'f32'], idColumn: 'id' });
    await fc.assert(
      fc.asyncProperty(anyRange(700), async (options) => {
        expect(await rowsOf(source, options)).toEqual(picked(expected(700, ['i64', 'f32']), options));
        const ids = (await collect(source, options)).flatMap((c) => ('ids' in c ? (c.ids as string[]) : []));
        expect(ids).toEqual(
          picked(
            counting(700).map((i) => `row-${i}`),
            options,
          ),
        );
      }),
      { numRuns: 15 },
    );
  });

  it('nulls are named, or passed on as NaN', async () => {
    for (const name of ['snappy', 'v2-index']) {
      const source = await open(fixture(`${name}.parquet`), { columns: ['f32', 'gap'] });
      const error = await failure(rowsOf(source, { chunkRows: 100, start: 8 }));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(/parquet: row 57, column "gap" is null/);
      expect(await rowsOf(source, { chunkRows: 100, start: 8, end: 57 })).toHaveLength(49);
      expect((await rowsOf(source, { chunkRows: 3, stride: 50 })).map((row) => row[1])[13]).toBe(650);
      const lenient = await open(fixture(`${name}.parquet`), { columns: ['gap'], nulls: 'nan' });
      const all = (await rowsOf(lenient, { chunkRows: 100 })).flat();
      expect(all).toEqual(counting(700).map((i) => (i % 50 === 7 ? Number.NaN : i)));
    }
  });

  it.each([
    ['ragged', /row 2, column "vec" has 1 numbers; row 0 has 2/],
    ['longer', /row 1, column "vec" has more than 2 numbers; row 0 has 2/],
    ['empty', /row 1, column "vec" has 0 numbers; row 0 has 2/],
    ['null', /row 1, column "vec" is null (\(missing|at place)/],
    ['null-element', /row 1, column "vec" is null at place 1/],
  ])('%s lists', async (name, message) => {
    const reading = open(fixture(`bad-${name}.parquet`)).then((source) => rowsOf(source, { chunkRows: 10 }));
    const error = await failure(reading);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
    if (name.startsWith('null')) {
      const lenient = await open(fixture(`bad-${name}.parquet`), { nulls: 'nan' });
      const middle = name === 'null' ? [Number.NaN, Number.NaN] : [3, Number.NaN];
      expect((await rowsOf(lenient, { chunkRows: 10 }))[1]).toEqual(middle);
    }
  });

  it('rows longer than a page, and many lists that are null', async () => {
    const wide = counting(30).map((i) => counting(600).map((k) => 1000 * i + k));
    for (const name of ['wide', 'wide-v2']) {
      const source = await open(fixture(`${name}.parquet`));
      expect(source.cols).toBe(600);
      for (const options of [{ chunkRows: 7 }, { chunkRows: 2, stride: 5, start: 13 }]) {
        expect(await rowsOf(source, options)).toEqual(picked(wide, options));
      }
    }
    const nulls = await open(fixture('nulls.parquet'));
    expect((await failure(rowsOf(nulls, { chunkRows: 9 }))).message).toMatch(
      /row 1, column "vec" is null (\(missing|at place)/,
    );
    const rows = await rowsOf(await open(fixture('nulls.parquet'), { nulls: 'nan' }), { chunkRows: 9 });
    expect(rows).toEqual(
      counting(60).map((i) => (i % 4 ? Array(16).fill(Number.NaN) : counting(16).map((k) => i + k))),
    );
    expect(await rowsOf(nulls, { chunkRows: 9, stride: 4 })).toHaveLength(15);
  });

  it('structures, and columns that are not there or no numbers', async () => {
    const source = await open(fixture('nested.parquet'), { columns: ['point.y', 'point.x'] });
    expect(await rowsOf(source, { chunkRows: 10 })).toEqual([
      [2, 1],
      [4, 3],
    ]);
    const warnings: string[] = [];
    const onWarning = ({ message }: { message: string }) => warnings.push(message);
    await open(fixture('nested.parquet'), { onWarning });
    await open(fixture('snappy.parquet'), { onWarning });
    expect(warnings).toEqual([
      expect.stringMatching(/"deep" \(a list of lists\).* left out, since only numbers are clustered/),
      expect.stringMatching(/columns "day" \(a date\), "key" \(text\) are left out/),
    ]);
    for (const [options, message] of [
      [{ columns: ['day'] }, /column "day" holds a date/],
      [
        { columns: ['id'] },
        /column "id" holds text, not numbers \(choose others with columns, or name it idColumn\); it has "id", "f32"/,
      ],
      [{ columns: ['nope'] }, /columns: .*snappy\.parquet has no column "nope"; it has "id", "f32"/],
      [{ columns: [99] }, /has no column 99/],
      [{ columns: ['f32', 'f32'] }, /"f32" is listed twice/],
      [{ columns: [] }, /none is left to read/],
      [{ columns: 'f32' as never }, /columns must be a list/],
      [{ columns: ['f32'], nulls: 'skip' as never }, /nulls must be 'error' or 'nan', got the string "skip"/],
    ] as const) {
      expect((await failure(open(fixture('snappy.parquet'), options))).message).toMatch(message);
    }
  });

  it('no rows', async () => {
    const source = await open(fixture('norows.parquet'));
    expect([source.rows, source.cols]).toEqual([0, 2]);
    expect(await rowsOf(source, { chunkRows: 10 })).toEqual([]);
  });

  it('several files, a Blob, and a server, of which only the pages in question are asked for', async () => {
    const two = await open([fixture('zstd.parquet'), fixture('gzip.parquet')], { columns: ['i32'] });
    expect(await rowsOf(two, { chunkRows: 33, stride: 150 })).toEqual([[-1000], [50], [-300]]);
    const blob = await open(new Blob([bytesOf('list.parquet')]), { columns: ['vec'] });
    expect(await rowsOf(blob, { chunkRows: 100 })).toEqual(vectors(700));

    const { url, log } = await serve({ data: bytesOf('list-v2.parquet') }, '/list.parquet');
    const source = await open(url, { columns: ['vec'] });
    expect(await rowsOf(source, { chunkRows: 100 })).toEqual(vectors(700));
    expect(log.length).toBeLessThan(12);

    const { url: plain } = await serve({ data: bytesOf('list.parquet'), noRanges: true }, '/list.parquet');
    const error = await failure(open(plain, { onWarning: () => {} }));
    expect(error.code).toBe('ERR_PLATFORM');
    expect(error.message).toMatch(/parquet is read from many places.*download it first/);
  });

  describe('columns that are not asked for are not read', () => {
    const [rows, names] = [900_000, ['a', 'b', 'c', 'd', 'e']];
    const value = (i: number, j: number) => i + j / 8;
    const data = new Uint8Array(
      parquetWriteBuffer({
        columnData: names.map((name, j) => ({
          name,
          data: Float32Array.from(counting(rows), (i) => value(i, j)),
          type: 'FLOAT' as const,
          encoding: 'PLAIN' as const,
        })),
        codec: 'UNCOMPRESSED',
        rowGroupSize: 300_000,
        statistics: false,
      }),
    );
    const check = async (input: Parameters<typeof open>[0], columns: string[]) => {
      const source = await open(input, { columns });
      const chunks = await collect(source, { chunkRows: 150_000 });
      expect(chunks.flatMap(({ data }) => [...data.slice(0, 4)])).toEqual(
        chunks.flatMap(({ start }) => {
          const numbers = [start, start + 1, start + 2, start + 3].flatMap((i) =>
            columns.map((name) => value(i, names.indexOf(name))),
          );
          return numbers.slice(0, 4);
        }),
      );
    };

    it.each([[['b']], [['e', 'a']], [names]])('%j from a file', async (columns) => {
      const { bytes, count } = counted(data);
      await check(bytes, columns);
      const beside = count() - columns.length * rows * 4;
      expect(beside).toBeGreaterThan(0);
      expect(beside).toBeLessThan(100_000);
    });

    it('one from a URL: the others are jumped over', async () => {
      const { url, log } = await serve({ data }, '/five.parquet');
      await check(url, ['c']);
      // A column's end in one row group and its beginning in the next are further apart than what is worth reading;
      // a response may have gone on for up to 1 MiB behind each end.
      expect(asked(log)).toBeLessThan(rows * 4 + 3 * 2 ** 20);
    });
  });

  it('cancelling', async () => {
    const controller = new AbortController();
    const source = await open(fixture('list.parquet'), { columns: ['vec'] });
    const error = await failure(async () => {
      for await (const chunk of source.chunks({ chunkRows: 50, signal: controller.signal })) {
        if (chunk.start === 100) controller.abort(new Error('enough'));
      }
    });
    expect(error.message).toBe('enough');
  });
});

describe('columns that number the rows', () => {
  const x = [0.5, 1.5, 2.5];
  const write = (columns: Record<string, ArrayLike<number>>) =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: Object.entries(columns).map(([name, data]) => ({ name, data: data as Float64Array })),
      }),
    );
  async function opened(columns: Record<string, ArrayLike<number>>, options: OpenOptions = {}) {
    const warnings: string[] = [];
    const source = await open(write(columns), { ...options, onWarning: (w) => warnings.push(w.message) });
    return { source, warnings };
  }
  const numbers = Int32Array.of(0, 1, 2);
  const data = { x: Float64Array.from(x), y: Float64Array.from(x) };

  it.each([
    ['of pandas', { ...data, __index_level_0__: numbers }],
    ['index', { index: numbers, ...data }],
    ['id', { x: data.x, Id: numbers, y: data.y }],
  ])('%s: left out, with a warning', async (_, columns) => {
    const { source, warnings } = await opened(columns);
    expect(await rowsOf(source, { chunkRows: 9 })).toEqual(x.map((v) => [v, v]));
    expect(warnings).toEqual([expect.stringMatching(/left out; to keep it, choose it with columns/)]);
    const kept = await opened(columns, { columns: Object.keys(columns) });
    expect([kept.source.cols, kept.warnings]).toEqual([3, []]);
  });

  it('what repeats is data; an id that does not count up names the rows', async () => {
    const { source, warnings } = await opened({ id: Int32Array.of(2, 2, 0), ...data });
    expect([source.cols, warnings]).toEqual([3, []]);
    const named = await opened({ id: Int32Array.of(2, 1, 0), ...data });
    expect([named.source.cols, (named.source as ParquetSource).idColumn, named.warnings]).toEqual([
      2,
      'id',
      [],
    ]);
  });
});

describe('what hyparquet-writer wrote', () => {
  it('any columns, row groups and pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 64, max: 2000 }),
        anyRange(300),
        async (n, rowGroupSize, pageSize, options) => {
          const file = parquetWriteBuffer({
            columnData: [
              { name: 'a', data: counting(n).map((i) => i + 0.5), type: 'DOUBLE' },
              { name: 'b', data: Int32Array.from(counting(n), (i) => i % 3), type: 'INT32' },
              { name: 'c', data: counting(n).map((i) => BigInt(i) << 33n), type: 'INT64' },
            ],
            rowGroupSize,
            pageSize,
          });
          const all = counting(n).map((i) => [i + 0.5, i % 3, i * 2 ** 33]);
          expect(await rowsOf(await open(file), options)).toEqual(picked(all, options));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('damaged files', () => {
  it('cut anywhere: an error of ours', async () => {
    const whole = bytesOf('zstd.parquet');
    for (let length = 0; length < whole.length; length += 97) {
      const error = await failure(open(whole.slice(0, length), { format: 'parquet', columns: ['f32'] }));
      expect(error).toBeInstanceOf(FormatError);
    }
  });

  it.each<[string, number, number]>([
    ['brotli', 226, 89],
    ['gzip', 867, 34],
    ['gzip', 1806, 96],
  ])('%s with byte %i as %i: a count that would fill the memory is found before', async (name, at, value) => {
    const bytes = bytesOf(`${name}.parquet`);
    bytes[at] = value;
    const reading = open(bytes, { columns: ['f32', 'i32'] }).then((source) =>
      rowsOf(source, { chunkRows: 50 }),
    );
    await reading.catch((error) => expect(error).toBeInstanceOf(FormatError));
  });

  it.each(['snappy', 'list', 'gzip', 'v2-index', 'zstd', 'lz4', 'brotli'])(
    '%s with bytes changed anywhere: rows, or an error of ours, and never long',
    async (name) => {
      const whole = bytesOf(`${name}.parquet`);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          fc.boolean(),
          async (changes, nearEnd) => {
            const bytes = whole.slice();
            for (const [at, value] of changes) bytes[nearEnd ? bytes.length - 1 - (at % 2000) : at] = value;
            const columns = name === 'list' ? ['vec'] : ['f32', 'i32'];
            try {
              const source = await open(bytes, { format: 'parquet', columns });
              let rows = 0;
              for await (const chunk of source.chunks({ chunkRows: 100 })) rows += chunk.rows;
              expect(rows).toBe(source.rows);
            } catch (error) {
              if (error instanceof RangeError && /has no column|chunkRows/.test(error.message)) return;
              // A page that says it holds more than memory has room for is refused by what it says.
              if (error instanceof MemoryLimitError) return;
              expect(error).toBeInstanceOf(FormatError);
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});

describe('memory', () => {
  const n = 100_000;
  const wide = new Uint8Array(
    parquetWriteBuffer({
      columnData: counting(8).map((j) => ({
        name: `c${j}`,
        data: Float64Array.from({ length: n }, (_, i) => Math.sin(i * (j + 1))),
        type: 'DOUBLE' as const,
      })),
      codec: 'UNCOMPRESSED',
    }),
  );

  it('pages that do not fit the limit are refused with what they need, and read with that', async () => {
    const error = await failure(async () =>
      rowsOf(await open(wide, { name: 'x.parquet', memoryLimit: '12MB' }), { chunkRows: 1000 }),
    );
    expect(error.code).toBe('ERR_MEMORY_LIMIT');
    expect(error.message).toMatch(
      /^x\.parquet: unpacking its pages needs .*allows 12 MB; read fewer columns/,
    );
    const { neededBytes } = error as Failure & { neededBytes: number };
    const source = await open(wide, { name: 'x.parquet', memoryLimit: neededBytes });
    expect(await rowsOf(source, { chunkRows: 50_000 })).toHaveLength(n);
    const few = await open(wide, { name: 'x.parquet', memoryLimit: '12MB', columns: ['c3'] });
    expect((await rowsOf(few, { chunkRows: 50_000 }))[7]).toEqual([Math.sin(28)]);
    expect(few.overheadBytes).toBeLessThanOrEqual(6e6);
  });

  it('pages leave no garbage that waits for a collection', async () => {
    const source = await open(wide, { name: 'x.parquet', memoryLimit: '64MB' });
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let pass = 0; pass < 5; pass++) {
      for await (const chunk of source.chunks({ chunkRows: 2000, reuse: true })) {
        expect(chunk.cols).toBe(8);
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
    }
    expect(most).toBeLessThan(5 * 32e6);
  });
});

describe('checksums of pages', () => {
  it('are verified where there are any', async () => {
    // What the header of a page holds is in the hands of the writer; this one writes none.
    const plain = new Uint8Array(
      parquetWriteBuffer({
        columnData: [{ name: 'a', data: [1, 2, 3], type: 'DOUBLE' }],
        codec: 'UNCOMPRESSED',
      }),
    );
    const { parquetHeader } = await import('hyparquet/src/column.js');
    const header = { view: new DataView(plain.buffer, 4), offset: 0 };
    const page = parquetHeader(header);
    const packed = plain.subarray(4 + header.offset, 4 + header.offset + page.compressed_page_size);
    expect(() => checkSum(page, packed)).not.toThrow();
    expect(() => checkSum({ ...page, crc: crc32(packed) | 0 }, packed)).not.toThrow();
    expect(() => checkSum({ ...page, crc: (crc32(packed) ^ 1) | 0 }, packed)).toThrow(
      'the checksum of a page does not match',
    );
  });

  it.each([1, 2, 5])('gzip in %i members, each with its checksum', async (members) => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    const parts: Uint8Array[] = [];
    const pack = (bytes: Uint8Array) => {
      const length = Math.ceil(bytes.length / members);
      parts.length = 0;
      for (let i = 0; i < members; i++) parts.push(gzipSync(bytes.subarray(i * length, (i + 1) * length)));
      return new Uint8Array(Buffer.concat(parts));
    };
    const columnData = [{ name: 'x', data: values, type: 'DOUBLE' as const, encoding: 'PLAIN' as const }];
    const file = parquetWriteBuffer({
      columnData,
      codec: 'GZIP',
      compressors: { GZIP: pack },
      statistics: false,
    });
    const read = async (bytes: Uint8Array) =>
      (await rowsOf(await open(bytes, { name: 'x.parquet' }), { chunkRows: 1000 })).map(([x]) => x);
    expect(await read(new Uint8Array(file))).toEqual(Array.from(values));
    const start = Buffer.from(file).indexOf(parts[0]);
    for (let i = 0, end = start; i < members; i++) {
      end += parts[i].length;
      const wrong = new Uint8Array(file.slice(0));
      wrong[end - 8] ^= 1;
      expect((await failure(read(wrong))).message).toMatch(/gzip checksum/);
    }
  });

  it('gzip, whose checksum hyparquet passes over', async () => {
    const good = bytesOf('gzip.parquet');
    let refused = 0;
    let different = 0;
    const columns = ['f32'];
    const right = await rowsOf(await open(good, { columns }), { chunkRows: 1000 });
    for (let at = 40; at < good.length - 800; at += 13) {
      const damaged = good.slice();
      damaged[at] ^= 4;
      const rows = await open(damaged, { columns })
        .then((source) => rowsOf(source, { chunkRows: 1000 }))
        .catch((error) => {
          expect(error).toBeInstanceOf(FormatError);
          return undefined;
        });
      if (!rows) refused++;
      else if (JSON.stringify(rows) !== JSON.stringify(right)) different++;
    }
    expect([refused > 10, different]).toEqual([true, 0]);
  });
});
