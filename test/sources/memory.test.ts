import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromArray, fromIterable, type Rows } from '../../src/sources/index.ts';
import { collect, counting, failure, picked, rowsOf, table } from './help.ts';

const options = fc.record({
  chunkRows: fc.integer({ min: 1, max: 30 }),
  stride: fc.integer({ min: 1, max: 9 }),
  start: fc.integer({ min: 0, max: 30 }),
  end: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
  reuse: fc.boolean(),
});

describe('fromArray', () => {
  it('any chunk size, stride and range', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 25 }),
        fc.integer({ min: 1, max: 4 }),
        options,
        async (rows, cols, how) => {
          const wanted = table(counting(rows * cols), cols);
          for (const source of [
            fromArray({ data: Float32Array.from(counting(rows * cols)), rows, cols }),
            fromArray({ data: Float64Array.from(counting(rows * cols)), rows, cols }),
            fromArray({ data: counting(rows * cols), rows, cols }),
          ]) {
            expect(await rowsOf(source, how)).toEqual(picked(wanted, how));
          }
        },
      ),
    );
  });

  it('takes the element type of its input', () => {
    expect(fromArray({ data: new Float32Array(2), rows: 1, cols: 2 }).dtype).toBe('f4');
    expect(fromArray([[1, 2]]).dtype).toBe('f8');
    expect(fromArray({ data: new Int8Array(2), rows: 1, cols: 2 }).dtype).toBe('f8');
  });

  it('rows as lists', async () => {
    expect(
      await rowsOf(
        fromArray([
          [1, 2],
          [3, 4],
        ]),
        { chunkRows: 1 },
      ),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(fromArray([])).toMatchObject({ rows: 0, cols: 0 });
  });

  it.each<[unknown, typeof TypeError | typeof RangeError, RegExp]>([
    [[[1, 2], [3]], TypeError, /row 1 has 1 numbers, row 0 has 2/],
    [[[1, '2']], TypeError, /data\[0\]\[1\] must be a number, got the string "2"/],
    [[[1], 2], TypeError, /data\[1\] must be an array of numbers, got 2/],
    [
      { data: new Float32Array(5), rows: 2, cols: 3 },
      TypeError,
      /has 5 numbers, but rows x cols is 2 x 3 = 6/,
    ],
    [
      { data: new Float32Array(5), rows: -1, cols: 3 },
      RangeError,
      /rows must be a whole number from 0, got -1/,
    ],
    [{ data: new Float32Array(5), rows: 5 }, TypeError, /cols must be a whole number from 0, got undefined/],
    [null, TypeError, /data must be an array of rows/],
    ['abc', TypeError, /data must be an array of rows/],
  ])('%j', (input, type, message) => {
    expect(() => fromArray(input as number[][])).toThrow(type);
    expect(() => fromArray(input as number[][])).toThrow(message);
  });
});

describe('fromIterable', () => {
  /** The same rows in every form that may be yielded, in blocks of any size. */
  function* parts(rows: number, cols: number, sizes: number[]): Generator<Rows> {
    for (let row = 0, k = 0; row < rows; k++) {
      const n = Math.min(sizes[k % sizes.length], rows - row);
      const values = counting(n * cols).map((i) => row * cols + i);
      if (n === 1 && k % 2 === 0) yield values;
      else if (k % 3 === 0) yield Float32Array.from(values);
      else if (k % 3 === 1) yield Float64Array.from(values);
      else yield { data: Float32Array.from(values), rows: n, cols };
      row += n;
    }
  }

  it('any blocks, chunk size, stride and range, with the number of rows known or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 25 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        options,
        fc.constantFrom('f4' as const, 'f8' as const),
        async (rows, cols, sizes, how, dtype) => {
          const wanted = picked(table(counting(rows * cols), cols), how);
          const open = fromIterable(() => parts(rows, cols, sizes), { cols, dtype });
          const told = fromIterable(
            async function* () {
              yield* parts(rows, cols, sizes);
            },
            { cols, dtype, rows },
          );
          for (const source of [open, told, open]) expect(await rowsOf(source, how)).toEqual(wanted);
          await rowsOf(open, { chunkRows: 3 });
          expect([open.rows, told.rows]).toEqual([rows, rows]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('asks for no more than the rows wanted, and ends the iterable', async () => {
    let made = 0;
    let ended = 0;
    const source = fromIterable(
      function* () {
        try {
          for (;;) yield [made++];
        } finally {
          ended++;
        }
      },
      { cols: 1 },
    );
    expect(await rowsOf(source, { chunkRows: 4, end: 10 })).toHaveLength(10);
    expect([made, ended]).toEqual([10, 1]);
    for await (const _ of source.chunks({ chunkRows: 4 })) break;
    expect(ended).toBe(2);
  });

  it.each<[string, Rows[], number | undefined, RegExp]>([
    ['a short row', [[1, 2], [3]], undefined, /1 numbers came at row 1; a row has 2/],
    ['a long list', [[1, 2, 3, 4]], undefined, /4 numbers came at row 0/],
    ['a broken block', [new Float32Array(3)], undefined, /3 numbers/],
    ['a chunk of other columns', [{ data: new Float32Array(3), rows: 1, cols: 3 }], undefined, /1 x 3/],
    ['a word', ['ab' as unknown as number[]], undefined, /rows at row 0 must be .*, got the string "ab"/],
    ['too few', [[1, 2]], 2, /2 were promised .* 1 came/],
    [
      'too many',
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      2,
      /2 were promised .* more came/,
    ],
  ])('%s', async (_, items, rows, message) => {
    const error = await failure(
      collect(
        fromIterable(() => items, { cols: 2, rows }),
        { chunkRows: 5 },
      ),
    );
    expect(error.code).toMatch(/ERR_(TYPE|RANGE)/);
    expect(error.message).toMatch(message);
  });

  it('an iterable that gives other rows the second time is noticed', async () => {
    let n = 3;
    const source = fromIterable(() => Array.from({ length: n }, () => [1]), { cols: 1 });
    await collect(source, { chunkRows: 2 });
    n = 2;
    expect((await failure(collect(source, { chunkRows: 2 }))).message).toMatch(/and 2 came/);
  });

  it('chunks of many wide rows grow as the rows come', async () => {
    const [rows, cols] = [200, 5000];
    const source = fromIterable(() => parts(rows, cols, [7]), { cols });
    const wanted = table(counting(rows * cols), cols);
    expect(await rowsOf(source, { chunkRows: 150 })).toEqual(wanted);
  });

  it('a chunk without reuse is not touched by the next ones', async () => {
    const kept = [];
    for await (const chunk of fromIterable(() => parts(10, 2, [1]), { cols: 2 }).chunks({ chunkRows: 3 }))
      kept.push(chunk);
    expect(kept.flatMap((chunk) => Array.from(chunk.data))).toEqual(counting(20));
  });

  it('more rows than promised are not waited for', async () => {
    let made = 0;
    const source = fromIterable(
      function* () {
        while (made < 1000) yield [made++];
      },
      { cols: 1, rows: 2 },
    );
    expect((await failure(collect(source, { chunkRows: 2 }))).message).toMatch(/more came/);
    expect(made).toBe(3);
  });

  it('bad options', () => {
    expect(() => fromIterable([] as never, { cols: 1 })).toThrow(/factory/);
    expect(() => fromIterable(() => [], { cols: 0 })).toThrow(/cols must be a whole number from 1, got 0/);
    expect(() => fromIterable(() => [], { cols: 1, dtype: 'f2' as 'f4' })).toThrow(
      /dtype must be 'f4' or 'f8', got the string "f2"/,
    );
    expect(() => fromIterable(() => [], { cols: 1, rows: -1 })).toThrow(
      /rows must be a whole number from 0, got -1/,
    );
  });
});
