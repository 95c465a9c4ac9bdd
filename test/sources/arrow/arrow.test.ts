import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { dictionary, float32, float64, int64, tableFromArrays, tableToIPC, utf8 } from '@uwdata/flechette';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import type { ArrowSource } from '../../../src/sources/arrow/arrow.ts';
import { open } from '../../../src/sources/index.ts';
import { asked, serve } from '../bytes/server.ts';
import {
  anyRange,
  bytesOf,
  collect,
  concat,
  counted,
  counting,
  failure,
  fixture,
  picked,
  rowsOf,
  VALUES,
  vectors,
} from '../help.ts';

const NAMES = Object.keys(VALUES);
const all = counting(700).map((i) => NAMES.map((name) => VALUES[name](i)));

describe('what pyarrow wrote', () => {
  it.each(['uncompressed.feather', 'lz4.feather', 'zstd.feather', 'stream.arrows'])('%s', async (name) => {
    const source = await open(fixture(name), { columns: NAMES });
    expect([source.format, source.rows, source.cols, source.dtype]).toEqual(['arrow', 700, 7, 'f8']);
    await fc.assert(
      fc.asyncProperty(anyRange(700), async (options) => {
        expect(await rowsOf(source, options)).toEqual(picked(all, options));
      }),
      { numRuns: 12 },
    );
    for (const [idColumn, id] of [
      ['id', (i: number) => `row-${i}`],
      ['key', (i: number) => `k${i % 5}`],
    ] as const) {
      const named = await open(fixture(name), { columns: ['i64'], idColumn });
      const chunks = await collect(named, { chunkRows: 5, start: 250, stride: 100 });
      expect(chunks.flatMap((chunk) => ('ids' in chunk ? (chunk.ids as string[]) : []))).toEqual(
        [250, 350, 450, 550, 650].map(id),
      );
    }
  });

  it.each(['list.feather', 'fixed.feather'])('%s: lists are rows', async (name) => {
    const source = await open(fixture(name), { idColumn: 'id' });
    expect([source.rows, source.cols, source.dtype]).toEqual([200, 16, 'f4']);
    expect((source as ArrowSource).columns[15]).toBe('vec[15]');
    for (const options of [{ chunkRows: 7 }, { chunkRows: 50, stride: 3, start: 85 }]) {
      expect(await rowsOf(source, options)).toEqual(picked(vectors(200), options));
    }
    const beside = await open(fixture(name), { columns: ['vec', 'id'] });
    expect((await rowsOf(beside, { chunkRows: 200 }))[199]).toEqual([...vectors(200)[199], 199]);
  });

  it('nulls are named, or passed on as NaN; lists that differ are named', async () => {
    const source = await open(fixture('lz4.feather'), { columns: ['f32', 'gap'] });
    const error = await failure(rowsOf(source, { chunkRows: 100, start: 308 }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/feather: row 357, column "gap" is null/);
    const lenient = await open(fixture('lz4.feather'), { columns: ['gap'], nulls: 'nan' });
    expect((await rowsOf(lenient, { chunkRows: 100 })).flat()).toEqual(
      counting(700).map((i) => (i % 50 === 7 ? Number.NaN : i)),
    );
    const ragged = await open(fixture('bad-ragged.feather'));
    expect((await failure(rowsOf(ragged, { chunkRows: 10 }))).message).toMatch(
      /row 2, column "vec" has 1 numbers; row 0 has 2/,
    );
  });

  it('columns that are not there, or no numbers', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: { message: string }) => warnings.push(message);
    const source = await open(fixture('lz4.feather'), { onWarning });
    expect(source).not.toHaveProperty('columns', expect.arrayContaining(['id']));
    expect(warnings).toEqual([
      expect.stringMatching(/columns "day" \(a date\), "key" \(text\) are left out, since only numbers/),
    ]);
    for (const [columns, message] of [
      [['day'], /"day" holds a date/],
      [['key'], /"key" holds text/],
      [['nope'], /has no column "nope"/],
    ] as const) {
      expect((await failure(open(fixture('lz4.feather'), { columns }))).message).toMatch(message);
    }
  });

  it('as a stream: compressed as a whole, or from a server without ranges', async () => {
    for (const name of ['stream.arrows', 'uncompressed.feather', 'list.feather']) {
      const columns = name === 'list.feather' ? ['vec'] : NAMES;
      const expected = name === 'list.feather' ? vectors(200) : all;
      const packed = await open(gzipSync(bytesOf(name)), { columns });
      expect(packed.rows).toBe(undefined);
      for (const options of [{ chunkRows: 60 }, { chunkRows: 9, stride: 41, start: 120, end: 190 }]) {
        expect(await rowsOf(packed, options)).toEqual(picked(expected, options));
      }
      for (const noRanges of [false, true]) {
        const { url } = await serve({ data: bytesOf(name), noRanges }, `/${name}`);
        const source = await open(url, { columns, onWarning: () => {} });
        expect(await rowsOf(source, { chunkRows: 60 })).toEqual(expected);
      }
    }
  });

  it('a Blob, several files, cancelling', async () => {
    const blob = new Blob([bytesOf('zstd.feather')]);
    const source = await open([blob, fixture('lz4.feather')], { columns: ['i32'] });
    expect((await rowsOf(source, { chunkRows: 3, stride: 350 })).flat()).toEqual([-1000, 1450, -1000, 1450]);
    const controller = new AbortController();
    const error = await failure(async () => {
      for await (const chunk of source.chunks({ chunkRows: 50, signal: controller.signal })) {
        if (chunk.start === 100) controller.abort(new Error('enough'));
      }
    });
    expect(error.message).toBe('enough');
  });
});

describe('only the columns that are asked for', () => {
  it.each(['uncompressed.feather', 'lz4.feather', 'zstd.feather', 'stream.arrows'])(
    '%s: any of them give the same numbers',
    async (name) => {
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray(NAMES, { minLength: 1 }),
          fc.constantFrom(undefined, 'id', 'key'),
          async (columns, idColumn) => {
            const source = await open(fixture(name), { columns, idColumn });
            const chunks = await collect(source, { chunkRows: 350 });
            expect(chunks.flatMap(({ data }) => [...data])).toEqual(
              counting(700).flatMap((i) => columns.map((column) => VALUES[column](i))),
            );
            const ids = chunks.flatMap((chunk) => ('ids' in chunk ? (chunk.ids as string[]) : []));
            const expected = { id: (i: number) => `row-${i}`, key: (i: number) => `k${i % 5}` };
            expect(ids).toEqual(idColumn ? counting(700).map(expected[idColumn as 'id']) : []);
          },
        ),
        { numRuns: 15 },
      );
    },
  );

  it('a column is found behind one of any other kind', async () => {
    for (const k of counting(18)) {
      const source = await open(fixture('odd.arrows'), { columns: [`n${k}`] });
      expect((await rowsOf(source, { chunkRows: 90 })).flat()).toEqual(counting(90).map((r) => 1000 * k + r));
    }
    const lists = await open(fixture('odd.arrows'), { columns: ['x8', 'n9'] });
    expect((await rowsOf(lists, { chunkRows: 90 }))[70]).toEqual([70, 70, 9070]);
  });

  const [rows, wide] = [100_000, 10];
  const names = counting(wide).map((j) => `c${j}`);
  const table = tableFromArrays(
    {
      ...Object.fromEntries(names.map((name, j) => [name, counting(rows).map((i) => i + j / 16)])),
      word: counting(rows).map((i) => `a long word ${i % 50_000}`),
    },
    { types: Object.fromEntries([...names.map((name) => [name, float32()]), ['word', dictionary(utf8())]]) },
  );
  const written = (format: 'file' | 'stream') => tableToIPC(table, { format })!;

  it.each(['file', 'stream'] as const)('are read from a %s, and no others', async (format) => {
    const data = written(format);
    for (const columns of [['c3'], ['c9', 'c2'], names]) {
      const { bytes, count } = counted(data);
      const source = await open(bytes, { columns });
      const found = await rowsOf(source, { chunkRows: 30_000 });
      expect(found[99_999]).toEqual(columns.map((name) => 99_999 + Number(name.slice(1)) / 16));
      // What is beside them: metadata, and where the format is found out.
      const beside = count() - columns.length * rows * 4;
      expect(beside).toBeGreaterThan(0);
      expect(beside).toBeLessThan(100_000);
    }
    // The dictionary and its indexes are read only if their column is asked for.
    const { bytes, count } = counted(data);
    await collect(await open(bytes, { columns: ['c3'], idColumn: 'word' }), { chunkRows: 50_000 });
    expect(count()).toBeGreaterThan(rows * 8 + 50_000 * 16);
  });

  it('are fetched by ranges from a URL, and no others', async () => {
    // Further apart than a gap that is fetched rather than skipped.
    const embeddings = tableFromArrays(
      Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, new Float32Array(500_000).fill(7)])),
    );
    const data = tableToIPC(embeddings, { format: 'file' })!;
    const { url, log } = await serve({ data }, '/embeddings.arrow');
    const source = await open(url, { columns: ['c'] });
    const before = asked(log);
    const found = await collect(source, { chunkRows: 500_000 });
    expect(found[0].data[499_999]).toBe(7);
    expect(asked(log) - before).toBe(2_000_000);
    expect(before).toBeLessThan(700_000);
  });
});

describe('what flechette wrote', () => {
  const table = tableFromArrays(
    { a: counting(10), b: counting(10).map((i) => BigInt(i)), s: counting(10).map(String) },
    { types: { a: float32(), b: int64(), s: utf8() } },
  );
  it.each(['file', 'stream'] as const)('%s', async (format) => {
    const source = await open(tableToIPC(table, { format })!, { idColumn: 's' });
    expect(await rowsOf(source, { chunkRows: 4 })).toEqual(counting(10).map((i) => [i, i]));
  });
  it('no rows', async () => {
    const none = tableFromArrays({ a: [] as number[] }, { types: { a: float64() } });
    const source = await open(tableToIPC(none, { format: 'file' })!);
    expect([source.rows, source.cols]).toEqual([0, 1]);
    expect(await rowsOf(source, { chunkRows: 4 })).toEqual([]);
  });
});

describe('damaged files', () => {
  it.each(['zstd.feather', 'stream.arrows'])(
    '%s cut anywhere: an error of ours, or fewer rows',
    async (name) => {
      const whole = bytesOf(name);
      for (let length = 0; length < whole.length; length += 499) {
        try {
          const source = await open(whole.slice(0, length), { format: 'arrow', columns: ['f32'] });
          // A stream may end after any message.
          expect(name).toBe('stream.arrows');
          expect(source.rows! % 256).toBe(0);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }
    },
  );

  it('a field without a name is a column without a name', async () => {
    // In the table of the field u8 the place of the name.
    const bytes = bytesOf('lz4.feather');
    bytes[344] = 138;
    expect(await open(bytes, { format: 'arrow', columns: ['f32', 'i32'] })).toHaveProperty('columns', [
      'f32',
      'i32',
    ]);
    const error = await failure(open(bytes, { format: 'arrow', columns: ['u8'] }));
    expect(error.message).toContain('it has "id", "f32", "f64", "i32", "i64", "", "flag"');
  });

  it.each(['zstd.feather', 'lz4.feather', 'stream.arrows', 'list.feather'])(
    '%s with bytes changed anywhere: rows, or an error of ours',
    async (name) => {
      const whole = bytesOf(name);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          fc.nat(2),
          async (changes, where) => {
            const bytes = whole.slice();
            for (const [at, value] of changes) {
              bytes[[at, at % 1500, bytes.length - 1 - (at % 1500)][where]] = value;
            }
            const columns = name === 'list.feather' ? ['vec'] : ['f32', 'i32'];
            try {
              const source = await open(bytes, { format: 'arrow', columns });
              let rows = 0;
              for await (const chunk of source.chunks({ chunkRows: 100 })) rows += chunk.rows;
              expect(rows).toBe(source.rows);
            } catch (error) {
              if (error instanceof RangeError && /has no column/.test(error.message)) return;
              expect(error).toBeInstanceOf(FormatError);
            }
          },
        ),
        { numRuns: 100 },
      );
    },
  );
});

it('a record batch that does not fit the limit is refused before it is read', async () => {
  const rows = 200_000;
  const table = tableFromArrays(
    { a: new Float64Array(rows), b: new Float64Array(rows) },
    { types: { a: float64(), b: float64() } },
  );
  const bytes = tableToIPC(table, { format: 'file' }) as Uint8Array;
  const { bytes: asked, count } = counted(bytes);
  const read = async (memoryLimit: number | string, columns?: string[]) =>
    rowsOf(await open(asked, { name: 'x.arrow', memoryLimit, columns }), { chunkRows: 50_000 });
  const error = await failure(read('4MB'));
  expect(error.code).toBe('ERR_MEMORY_LIMIT');
  expect(error.message).toMatch(
    /^x\.arrow: a record batch needs 6\.4 MB, but memoryLimit allows 4 MB; read fewer columns/,
  );
  expect(count()).toBeLessThan(20_000);
  expect(await read('4MB', ['b'])).toHaveLength(rows);
  expect(await read(6.5e6)).toHaveLength(rows);
  // Compressed to nearly nothing: what it claims counts.
  const zeros = await failure(async () =>
    rowsOf(await open(bytesOf('zstd.feather'), { name: 'x.feather', columns: ['f64'], memoryLimit: 3000 }), {
      chunkRows: 99,
    }),
  );
  expect(zeros.code).toBe('ERR_MEMORY_LIMIT');
});

describe('what a file holds once more, or elsewhere', () => {
  const n = counting(100);
  const bytesFrom = (part: readonly number[]) =>
    tableFromArrays(
      { a: part.map((i) => i / 2), b: part.map((i) => -i) },
      { types: { a: float64(), b: float64() } },
    );
  const file = tableToIPC(bytesFrom(n), { format: 'file' }) as Uint8Array;
  const rows = n.map((i) => [i / 2, -i]);
  const int = (bytes: Uint8Array, at: number) =>
    new DataView(bytes.buffer, bytes.byteOffset).getInt32(at, true);
  const footerAt = file.length - 10 - int(file, file.length - 10);
  /** Behind the magic and the schema's message. */
  const batchAt = 8 + 8 + int(file, 12);

  /** As apache-arrow's JavaScript writes it: no message of a schema, but one in the footer. */
  function withoutSchema(): Uint8Array {
    const out = concat(file.subarray(0, 8), file.subarray(batchAt));
    const view = new DataView(out.buffer);
    const moved = batchAt - 8;
    for (let at = footerAt - moved; at + 8 <= out.length; at++) {
      if (view.getBigInt64(at, true) === BigInt(batchAt)) view.setBigInt64(at, 8n, true);
    }
    return out;
  }

  it('a schema in the footer alone', async () => {
    const source = await open(withoutSchema(), { name: 'x.arrow' });
    expect((source as ArrowSource).columns).toEqual(['a', 'b']);
    expect(await rowsOf(source, { chunkRows: 7 })).toEqual(rows);
    const error = await failure(open(new Blob([withoutSchema() as BlobPart]).stream(), { name: 'x.arrow' }));
    expect(error.code).toBe('ERR_PLATFORM');
    expect(error.message).toMatch(/its schema stands at its end alone/);
  });

  it('a stream of a file ends with its footer, which lists what came', async () => {
    const read = async (bytes: Uint8Array) => {
      const source = await open(new Blob([bytes as BlobPart]).stream(), { name: 'x.arrow' });
      return rowsOf(source, { chunkRows: 30 });
    };
    expect(await read(file)).toEqual(rows);
    const packed = await open(gzipSync(file), { name: 'x.arrow.gz' });
    expect(await rowsOf(packed, { chunkRows: 30 })).toEqual(rows);
    for (const cut of [batchAt, footerAt, footerAt - 8, file.length - 1]) {
      expect([cut, (await failure(read(file.slice(0, cut)))).message]).toEqual([
        cut,
        expect.stringMatching(/it was cut short|ends within/),
      ]);
    }
  });

  it('a footer that does not fit its batches', async () => {
    const damaged = (change: (view: DataView, at: number) => void) => {
      const out = file.slice();
      const view = new DataView(out.buffer);
      for (let at = footerAt; at + 8 <= out.length; at++) {
        if (view.getBigInt64(at, true) === BigInt(batchAt)) change(view, at);
      }
      return out;
    };
    const bodyBytes = damaged((view, at) =>
      view.setBigInt64(at + 16, view.getBigInt64(at + 16, true) + 8n, true),
    );
    for (const input of [bodyBytes, new Blob([bodyBytes as BlobPart]).stream()]) {
      const error = await failure(async () =>
        rowsOf(await open(input, { name: 'x.arrow' }), { chunkRows: 10 }),
      );
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(/its footer does not match its batches/);
    }
  });

  it('other byte orders, and what Arrow 0.17 did on its own, are refused', async () => {
    const name = 'x.arrows';
    /** A message by hand: a root, vtables, tables. */
    const message = (words: [at: number, values: number[]][], bytes: number) => {
      const out = new Uint8Array(8 + bytes);
      const view = new DataView(out.buffer);
      view.setInt32(0, -1, true);
      view.setInt32(4, bytes, true);
      for (const [at, values] of words) {
        for (const [i, value] of values.entries()) view.setUint16(8 + at + 2 * i, value, true);
      }
      return out;
    };
    const text = (s: string) => [
      s.length,
      0,
      ...(s.match(/../gs) ?? []).map((two) => two.charCodeAt(0) | (two.charCodeAt(1) << 8)),
    ];
    const bigEndian: [number, number[]][] = [
      [0, [16, 0, 10, 12, 8, 10, 4]],
      [16, [12, 0, 20, 0, 4, 1]],
      [32, [6, 8, 4]],
      [40, [8, 0, 1]],
    ];
    const early: [number, number[]][] = [
      [0, [20, 0, 14, 16, 12, 14, 4, 0, 8]],
      [20, [16, 0, 16, 0, 16, 0, 4, 1]],
      [36, [4, 4, 4, 0]],
      [44, [1, 0, 12, 0]],
      [52, [8, 12, 4, 8, 8, 0, 8, 0, 40, 0]],
      [72, text('ARROW:experimental_compression')],
      [108, text('zstd')],
    ];
    expect((await failure(open(message(bigEndian, 64), { name }))).message).toMatch(/big-endian/);
    expect((await failure(open(message(early, 128), { name }))).message).toMatch(
      /compressed with zstd as Arrow 0\.17/,
    );
    for (const [what, reason] of [
      ['arrow-big-endian.arrow', /big-endian/],
      ['arrow-big-endian-stream.arrows', /big-endian/],
      ['feather-0.17-lz4.feather', /as Arrow 0\.17 alone did it/],
      ['feather-cut-at-batch.feather', /cut short/],
    ] as const) {
      const place = new URL(`../../../shared/cases/readers/${what}`, import.meta.url);
      if (!existsSync(place)) continue;
      const error = await failure(open(new Uint8Array(readFileSync(place)), { name }));
      expect(error.message).toMatch(reason);
    }
  });
});
