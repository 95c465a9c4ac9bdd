import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { compareNaturally } from '../../src/sources/bytes/glob.ts';
import { fromArray, fromIterable, open, prepare } from '../../src/sources/index.ts';
import { collect, failure, npy, picked, rowsOf, scratch, table } from './help.ts';

const { folder, put } = scratch();
const counting = (from: number, n: number) => Array.from({ length: n }, (_, i) => from + i);

/** Files of these lengths, two columns, whose numbers run on. */
function split(lengths: number[], make: (values: number[]) => Uint8Array): [Uint8Array[], number[][]] {
  const files: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    files.push(make(counting(at, length * 2)));
    at += length * 2;
  }
  return [files, table(counting(0, at), 2)];
}

const asNpy = (values: number[]) => npy('<f8', [values.length / 2, 2], values);
const asCsv = (values: number[]) =>
  new TextEncoder().encode(
    `a,b\n${table(values, 2)
      .map((row) => row.join(','))
      .join('\n')}`,
  );

const request = fc.record({
  chunkRows: fc.integer({ min: 1, max: 40 }),
  stride: fc.integer({ min: 1, max: 25 }),
  start: fc.integer({ min: 0, max: 60 }),
  end: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 80 })),
  reuse: fc.boolean(),
});

describe('several files', () => {
  it('what is left out of each is said, once if it is the same', async () => {
    const note = put('d1.csv', 'id,note,x,y\n1,first,1,2\n2,first,3,4\n');
    const same = put('d2.csv', 'id,note,x,y\n3,other,1,2\n4,other,3,4\n');
    const remark = put('d3.csv', 'id,remark,x,y\n5,third,1,2\n6,third,3,4\n');
    const said: string[] = [];
    const onWarning = ({ code, message }: { code: string; message: string }) => {
      if (code === 'COLUMNS_LEFT_OUT') said.push(message);
    };
    await open([note, same, remark], { onWarning });
    expect(said).toHaveLength(2);
    expect(said.filter((message) => message.includes('note'))).toHaveLength(1);
    expect(said.filter((message) => message.includes('remark'))).toEqual([expect.stringContaining('d3.csv')]);
  });

  it('any stride over several files is that stride over their concatenation', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 6 }),
        request,
        async (lengths, options) => {
          const [files, all] = split(lengths, asNpy);
          const source = await open(files);
          expect([source.rows, source.cols, source.format]).toEqual([all.length, 2, 'many']);
          expect(await rowsOf(source, options)).toEqual(picked(all, options));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('also where the number of rows is not known before, and again where it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
        request,
        request,
        async (lengths, one, two) => {
          const [files, all] = split(lengths, asCsv);
          const source = await open(files, { format: 'csv' });
          expect(source.columns).toEqual(['a', 'b']);
          expect(await rowsOf(source, one)).toEqual(picked(all, one));
          expect(await rowsOf(source, two)).toEqual(picked(all, two));
          expect(await rowsOf(source, { chunkRows: 7 })).toEqual(all);
          expect(source.rows).toBe(all.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('sources of other kinds, names of rows, and the place of a row', async () => {
    const a = put('ids-a.csv', 'id,x\np,1\nq,2\n');
    const b = put('ids-b.csv', 'id,x\nr,3\ns,4\n');
    const named = await open([a, b], { idColumn: 'id' });
    const chunks = await collect(named, { chunkRows: 3 });
    expect(chunks.map((chunk) => (chunk as { ids?: string[] }).ids)).toEqual([['p', 'q', 'r'], ['s']]);
    expect(named.locate(3)).toEqual({ name: b, row: 1 });
    expect(named.locate(4)).toBe(undefined);

    const mixed = await open([fromArray([[1], [2]]), fromIterable(() => [[3], [4]], { cols: 1 }), b], {
      columns: ['x'],
    });
    expect(await rowsOf(mixed, { chunkRows: 2, stride: 2 })).toEqual([[1], [3], [3]]);
  });

  it('files that do not fit together are named, both', async () => {
    const one = put('one.npy', npy('<f4', [1, 2], [1, 2]));
    for (const [name, bytes, message] of [
      ['wide.npy', npy('<f4', [1, 3], [1, 2, 3]), /one\.npy has columns: 2, .*wide\.npy has 3/],
      ['double.npy', npy('<f8', [1, 2], [1, 2]), /one\.npy has element type f4, .*double\.npy has f8/],
    ] as const) {
      const error = await failure(open([one, put(name, bytes)]));
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toMatch(message);
    }
    const csvs = [put('n1.csv', 'x,y\n1,2\n'), put('n2.csv', 'x,z\n1,2\n')];
    expect((await failure(open(csvs))).message).toMatch(/n1\.csv has in column 1 "y", .*n2\.csv has "z"/);
  });

  it('an error in a file names that file, and its row there', async () => {
    const source = await open([put('good.csv', 'x\n1\n2\n'), put('bad.csv', 'x\n3\nfour\n')]);
    const error = await failure(rowsOf(source, { chunkRows: 10 }));
    expect(error.message).toMatch(/bad\.csv, line 3, column 1: "four"/);
    const skipping = await open([put('g.csv', '1\n2\n'), put('h.csv', '3\n\n4\nfive\n')], {
      onBadRow: 'skip',
    });
    const bad = [Number.NaN];
    expect(await rowsOf(skipping, { chunkRows: 10 })).toEqual([[1], [2], [3], bad, [4], bad]);
    expect(skipping).toMatchObject({ skippedRows: 2, onBadRow: 'skip' });
    expect(skipping.firstSkipped).toMatch(/h\.csv, line 2/);
  });

  it.each<[string, unknown, RegExp]>([
    ['no file', [], /the list of files is empty/],
    ['numbers', [[1, 2]], /input\[0\] must be a file, got an Array.*fromArray/],
    ['a hole', [undefined], /got undefined/],
  ])('%s', async (_, input, message) => {
    expect((await failure(open(input as string))).message).toMatch(message);
  });

  it('cancelling', async () => {
    const [files] = split([50, 50], asNpy);
    const controller = new AbortController();
    const source = await open(files);
    const error = await failure(async () => {
      for await (const chunk of source.chunks({ chunkRows: 30, signal: controller.signal })) {
        if (chunk.start === 30) controller.abort(new Error('enough'));
      }
    });
    expect(error.message).toBe('enough');
  });
});

describe('patterns', () => {
  mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
  for (const n of [1, 2, 10, 9]) put(`frames-${n}.npy`, npy('<f8', [1, 1], [n]));
  put(join('deep', 'er', 'frames-3.npy'), npy('<f8', [1, 1], [3]));
  put('odd[1].npy', npy('<f8', [1, 1], [7]));

  it.each<[string, number[]]>([
    ['frames-*.npy', [1, 2, 9, 10]],
    ['frames-?.npy', [1, 2, 9]],
    ['frames-{10,2}.npy', [2, 10]],
    ['frames-[12].npy', [1, 2]],
    ['**/frames-*.npy', [3, 1, 2, 9, 10]],
    ['odd[1].npy', [7]],
  ])('%s', async (pattern, values) => {
    const source = await open(join(folder, pattern));
    expect((await rowsOf(source, { chunkRows: 2 })).flat()).toEqual(values);
  });

  it('in a list, and with a name', async () => {
    const source = await open([join(folder, 'frames-1*.npy'), join(folder, 'frames-2.npy')]);
    expect((await rowsOf(source, { chunkRows: 9 })).flat()).toEqual([1, 10, 2]);
    expect(source.name).toMatch(/frames-1\.npy and others \(3 files\)$/);
    expect((await open(join(folder, 'frames-*.npy'))).name).toMatch(/frames-\*\.npy \(4 files\)$/);
  });

  it('without a match, or a file system', async () => {
    const error = await failure(open(join(folder, 'none-*.npy')));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(/no file matches ".*none-\*\.npy"/);
    vi.stubGlobal('process', { ...process, getBuiltinModule: undefined });
    onTestFinished(() => void vi.unstubAllGlobals());
    expect((await failure(open('a-*.npy'))).code).toBe('ERR_PLATFORM');
  });

  it('natural order', () => {
    const names = [
      'f10',
      'f9',
      'f09',
      'f1',
      'f',
      'f1b',
      'f1a',
      'e99999999999999999999',
      'e100000000000000000000',
    ];
    expect([...names].sort(compareNaturally)).toEqual([
      'e99999999999999999999',
      'e100000000000000000000',
      'f',
      'f1',
      'f1a',
      'f1b',
      'f09',
      'f9',
      'f10',
    ]);
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(Math.sign(compareNaturally(a, b))).toBe(0 - Math.sign(compareNaturally(b, a)));
      }),
    );
  });

  it('prepared sources are refused, since each has its own statistics; what all have is kept', async () => {
    const part = (rows: number[][]) => fromArray(rows);
    const prepared = await prepare(part([[1], [2]]), { scale: 'zscore' });
    const error = await failure(open([part([[1], [2]]), prepared]));
    expect(error.message).toMatch(
      /prepared already; join the sources as they were opened, then prepare them together/,
    );
    const scaled = (...all: boolean[]) => open(all.map((one) => ({ ...part([[1], [2]]), scaled: one })));
    expect((await scaled(true, true)).scaled).toBe(true);
    expect((await scaled(true, false)).scaled).toBeUndefined();
  });

  it('more names than a call has arguments', async () => {
    const named = (rows: number) =>
      open(
        new TextEncoder().encode(
          `name,x\n${Array.from({ length: rows }, (_, i) => `r${i},${i / 8}\n`).join('')}`,
        ),
      );
    const source = await open([await named(10), await named(200_000)]);
    let names = 0;
    for await (const chunk of source.chunks({ chunkRows: 500_000 }))
      names += (chunk as { ids?: string[] }).ids?.length ?? 0;
    expect(names).toBe(200_010);
  });
});
