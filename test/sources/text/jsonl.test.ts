import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { type OpenOptions, open } from '../../../src/sources/index.ts';
import { anyRange, collect, failure, picked, rowsOf, scratch } from '../help.ts';

const { put } = scratch();
let count = 0;
const file = (text: string) => put(`${count++}.jsonl`, text);
const read = async (text: string, options?: OpenOptions) =>
  rowsOf(await open(file(text), options), { chunkRows: 100 });

describe('rows', () => {
  it('arrays, and objects with whatever order of fields', async () => {
    expect(await read('[1, -2.5e3]\n[3, 4]\n')).toEqual([
      [1, -2500],
      [3, 4],
    ]);
    const text = '{"y": 1, "name": "a", "x": 2, "ok": true}\r\n{"x": 4, "z": 9, "y": 3}\r\n\r\n';
    const source = await open(file(text));
    expect(source).toMatchObject({
      format: 'jsonl',
      cols: 2,
      dtype: 'f8',
      columns: ['y', 'x'],
      rows: undefined,
    });
    expect(await rowsOf(source, { chunkRows: 1 })).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(source.rows).toBe(2);
  });

  it('columns by name and index, names of rows, embeddings', async () => {
    const text = '{"id": "a", "v": [1, 2], "w": 3}\n{"id": 7, "v": [4, 5], "w": 6}';
    expect(await read(text, { columns: ['v', 'w'] })).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(await read(text, { columns: ['w', 1] })).toEqual([
      [3, 1, 2],
      [6, 4, 5],
    ]);
    const named = await open(file(text), { idColumn: 'id', columns: ['w'] });
    const chunks = await collect(named, { chunkRows: 9 });
    expect(chunks).toMatchObject([{ ids: ['a', '7'] }]);
    expect(await read('["a", 1, 2]\n["b", 3, 4]\n', { idColumn: 0, columns: [2] })).toEqual([[2], [4]]);
  });

  it('any ranges, over several pieces of text', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => [i, Math.sin(i), i % 7]);
    const path = file(rows.map(([a, b, c]) => `{"a":${a},"t":"é€𝄞","b":${b},"c":${c}}`).join('\n'));
    const source = await open(path);
    await fc.assert(
      fc.asyncProperty(anyRange(20_000, { least: 100, longest: 9000 }), async (options) => {
        expect(await rowsOf(source, options)).toEqual(picked(rows, options));
      }),
      { numRuns: 20 },
    );
  });
});

describe('embeddings', () => {
  async function opened(text: string, options: OpenOptions = {}) {
    const warnings: string[] = [];
    const source = await open(file(text), {
      ...options,
      onWarning: (w) => warnings.push(`${w.code} ${w.message}`),
    });
    return { source, rows: await rowsOf(source, { chunkRows: 5 }), warnings };
  }
  const vectors = [
    [0.5, -1.25],
    [3, 0.75],
  ];

  it('an array of numbers is taken alone; what stands beside it is named', async () => {
    const text = vectors.map((v, i) =>
      JSON.stringify({ object: 'embedding', index: i, tokens: 7, embedding: v }),
    );
    const { source, rows, warnings } = await opened(text.join('\n'));
    expect(rows).toEqual(vectors);
    expect(source).toMatchObject({ cols: 2, columns: ['embedding'] });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^FIELDS_LEFT_OUT .*"embedding" holds .*"index", "tokens" are left out; .*columns$/,
      ),
      expect.stringMatching(/^COLUMNS_LEFT_OUT .*column "object" \(text\) is left out/),
    ]);
    const chosen = await opened(text.join('\n'), { columns: ['index', 'embedding'] });
    expect([chosen.rows[1], chosen.warnings]).toEqual([[1, 3, 0.75], []]);
  });

  it('base64 of float32 is decoded; other text is refused with its place', async () => {
    const pack = (v: number[]) => Buffer.from(new Float32Array([...v, ...v, ...v]).buffer).toString('base64');
    const text = vectors.map((v, i) => JSON.stringify({ index: i, embedding: pack(v) })).join('\n');
    const { rows } = await opened(text);
    expect(rows).toEqual(vectors.map((v) => [...v, ...v, ...v]));
    expect((await opened(text.replaceAll('embedding', 'b'), { columns: ['b'] })).rows).toEqual(rows);
    const short = `${text}\n{"index":2,"embedding":"AAAA"}`;
    expect((await failure(opened(short))).message).toMatch(
      /line 3, column 2: "embedding" is not base64 of 6 float32/,
    );
    expect((await failure(opened('{"text":"QUJDREVGR0hJSktM"}\n'))).message).toMatch(
      /has no column of numbers to read: "text" \(a different text in each row\)/,
    );
  });

  it('a field named index or id that counts the rows is left out', async () => {
    const { rows, warnings } = await opened('{"id":1,"x":5,"y":6}\n\n{"id":2,"x":7,"y":8}\n');
    expect(rows).toEqual([
      [5, 6],
      [7, 8],
    ]);
    expect(warnings[0]).toMatch(/INDEX_COLUMN/);
  });
});

describe('what is wrong, with line and column', () => {
  it.each<[string, string, string]>([
    ['[1,2]\n[1,2\n', ', line 2', 'the line is not JSON: [1,2'],
    ['[1,2]\n[1,NaN]\n', ', line 2', 'the line is not JSON (which has no NaN and no Infinity): [1,NaN]'],
    ['[1,2]\n[3]\n', ', line 2, column 2', 'the line has 1 items, the first line has 2'],
    ['[1,2]\n[3,4,5]\n', ', line 2, column 3', 'the line has 3 items, the first line has 2'],
    [
      '[1,2]\n[3,null]\n',
      ', line 2, column 2',
      `null is a missing value; a number is needed (missing: 'drop-rows', 'drop-columns' or 'mean' takes missing values)`,
    ],
    [
      '[1,1e999]\n',
      ', line 1, column 2',
      `Infinity is not a finite number; onBadRow: 'skip' leaves such rows out`,
    ],
    [
      '[1,2]\n[3,4]\n[5,"b"]\n',
      ', line 3, column 2',
      '"b" is not a finite number (leave the column out with columns, or name it idColumn)',
    ],
    ['[1,2]\n{"a":1}\n', ', line 2', 'the line is an object, the first line is an array'],
    [
      '[1,2]\n\n[3,"a"]\n',
      ', line 3, column 2',
      '"a" is not a finite number (leave the column out with columns, or name it idColumn)',
    ],
    [
      '{"v":[1],"w":[2]}\n',
      ', line 1, column 2',
      '"v", "w" hold arrays of numbers: say with columns which to read',
    ],
    ['{"a":1,"b":2}\n{"b":3}\n', ', line 2, column 1', '"a" is missing'],
    [
      '{"a":1,"b":2}\n{"a":1,"b":[1]}\n',
      ', line 2, column 2',
      `"b": "[1]" is not a finite number; onBadRow: 'skip' leaves such rows out`,
    ],
    ['{"v":[1,2]}\n{"v":[1,2,3]}\n', ', line 2, column 1', '"v" has 3 numbers, in the first line 2'],
    [
      '{"v":[1,2]}\n{"v":3}\n',
      ', line 2, column 1',
      `"v": 3 is not an array of numbers; onBadRow: 'skip' leaves such rows out`,
    ],
    [
      '{"v":[1,2]}\n{"v":[3,{}]}\n',
      ', line 2, column 1',
      `"v[1]": "{}" is not a finite number; onBadRow: 'skip' leaves such rows out`,
    ],
    [
      '{"a":null,"b":1}\n{"a":[1],"b":1}\n',
      ', line 1, column 1',
      '"a" is null: say with columns whether it is to be read',
    ],
    ['{"a":"x"}\n', ', line 1', 'has no column of numbers to read: "a" (a different text in each row)'],
    [
      '7\n',
      ', line 1',
      'the line is a number; allowed are an array of numbers and an object with fields of numbers',
    ],
    [
      '[[1,2],[3,4]]',
      ', line 1, column 1',
      'the line is an array of arrays; write a line for each row, with its numbers alone',
    ],
    ['[\n1, 2]', ', line 1', 'the line is not JSON: [; a row must be on one line'],
    ['{"constructor":1}\n{}\n', ', line 2, column 1', '"constructor" is missing'],
  ])('%j', async (text, place, problem) => {
    const path = file(text);
    const error = await failure(open(path).then((source) => rowsOf(source, { chunkRows: 9 })));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe(`${path}${place}: ${problem}`);
  });

  it('skipped, and counted; rows keep their numbers', async () => {
    const source = await open(file('[1]\nx\n\n[2]\n["a"]\n[3]'), { onBadRow: 'skip' });
    const bad = [Number.NaN];
    expect(await rowsOf(source, { chunkRows: 2 })).toEqual([[1], bad, [2], bad, [3]]);
    expect(source).toMatchObject({ skippedRows: 2, rows: 5 });
    const all = await failure(
      open(file('{"a":1e999}\n{"a":"y"}\n'), { onBadRow: 'skip' }).then((one) =>
        rowsOf(one, { chunkRows: 9 }),
      ),
    );
    expect(all.message).toMatch(/line 1, column 1: all 2 rows were skipped as bad; the first: "a": Infinity/);
  });

  it('a line nested without end is refused in our words', async () => {
    const deep = 200_000;
    const nest = `${'['.repeat(deep)}${']'.repeat(deep)}`;
    for (const text of [`${nest}\n`, `[1]\n[${nest}]\n`, `{"a":1}\n{"a":${nest}}\n`]) {
      const error = await failure(open(file(text)).then((one) => rowsOf(one, { chunkRows: 9 })));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).not.toMatch(/call stack|RangeError/);
    }
  });

  it.each<[OpenOptions, RegExp]>([
    [{ columns: ['q'] }, /^columns: .* has no field "q"; its first line has "a", "b"$/],
    [{ columns: [2] }, /has no field 2/],
    [{ columns: ['a', 0] }, /"a" is listed twice/],
    [{ columns: [] }, /none is left/],
    [{ idColumn: 'q' }, /^idColumn: /],
    [{ delimiter: ',' }, /delimiter: is an option for csv, and .* is jsonl/],
    [{ onBadRow: 'no' as 'skip' }, /onBadRow must be 'error' or 'skip', got the string "no"/],
    [{ maxLineBytes: 0 }, /maxLineBytes must be a whole number from 1, got 0/],
  ])('options %j', async (options, message) => {
    const error = await failure(open(file('{"a":1,"b":2}\n'), options));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(message);
  });
});
