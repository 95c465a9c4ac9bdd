import { describe, expect, it } from 'vitest';
import { type OpenOptions, open } from '../../../src/sources/index.ts';
import { failure } from '../help.ts';
import { all, csv, idsOf } from './csv-help.ts';

describe('two header rows', () => {
  const TWO =
    "the table seems to have two header rows: remove one of them, or onBadRow: 'skip' leaves out the second";

  it.each([
    [
      'groups over names',
      ',blood,,tissue\npatient,crp,il6,size\na,1,2,3\nb,3,4,5\n',
      'line 2, column 2: "crp"',
    ],
    ['units under names', 'patient,crp,il6\n,mg/L,pg/mL\na,1,2\nb,3,4\n', 'line 2, column 2: "mg/L"'],
    ['a unit for one column', 'patient,crp,il6\n,mg/L,\na,1,2\nb,3,4\n', 'line 2, column 2: "mg/L"'],
    ['numbers alone', 'crp,il6\nmg/L,pg/mL\n1,2\n3,4\n', 'line 2, column 1: "mg/L"'],
  ])('%s: refused with a line that says so, and what takes them', async (_, text, place) => {
    const quiet = { onWarning() {} };
    const { message } = await failure(csv(text, quiet).then(all));
    expect(message).toContain(`${place} is not a number; ${TWO}`);
    expect((await all(await csv(text, { ...quiet, onBadRow: 'skip' }))).slice(1)).toHaveLength(2);
  });

  it('other bad lines keep their advice', async () => {
    for (const text of ['x,y\nlow,5\n1,2\n3,4\n', 'x,y\n1,2\nlow,high\n3,4\n', 'x,y\nlow,high\n']) {
      const { message } = await failure(csv(text, { columns: ['x', 'y'] }).then(all));
      expect(message).toContain('"low" is not a number (leave the column out with columns');
    }
  });
});

describe('headers and columns', () => {
  const text = 'id,x,y,label\np1,1,2,red\n"p,2",3,4,"blue"\n';

  it.each<[OpenOptions, number[][], string[] | undefined]>([
    [
      { columns: ['x', 'y'] },
      [
        [1, 2],
        [3, 4],
      ],
      ['x', 'y'],
    ],
    [
      { columns: ['y', 'x'] },
      [
        [2, 1],
        [4, 3],
      ],
      ['y', 'x'],
    ],
    [{ columns: [1] }, [[1], [3]], ['x']],
    [
      { columns: [2, 'x'] },
      [
        [2, 1],
        [4, 3],
      ],
      ['y', 'x'],
    ],
  ])('%j', async (options, rows, names) => {
    const source = await csv(text, { header: true, ...options });
    expect(await all(source)).toEqual(rows);
    expect(source.columns).toEqual(names);
  });

  it.each([1, 2, 5])('ids come with chunks of %i', async (chunkRows) => {
    const source = await csv(text, { idColumn: 'id', columns: ['x'] });
    expect(await idsOf(source, chunkRows)).toEqual(['p1', 'p,2']);
    expect(await idsOf(await csv('a,1\nb,2\nc,3\n', { idColumn: 0 }), chunkRows)).toEqual(['a', 'b', 'c']);
  });

  it('ids in the last column, with CR LF', async () => {
    const source = await csv('x,id\r\n1,a\r\n2,"b"\r\n3,c', { idColumn: 'id' });
    expect(await idsOf(source, 2)).toEqual(['a', 'b', 'c']);
  });

  it('ids belong to their rows, with a stride and a range', async () => {
    const source = await csv(Array.from({ length: 20 }, (_, i) => `r${i},${i}`).join('\n'), { idColumn: 0 });
    for await (const { ids, data } of source.chunks({ chunkRows: 3, stride: 3, start: 2, end: 17 })) {
      expect(ids).toEqual(Array.from(data, (v) => `r${v}`));
    }
  });

  it('a name asks for a header even where all are numbers', async () => {
    const source = await csv('0,1\n5,6\n', { columns: ['1'] });
    expect(source.header).toBe(true);
    expect(await all(source)).toEqual([[6]]);
  });

  it('header: false and true overrule the guess', async () => {
    expect(await all(await csv('0,1\n5,6\n', { header: true }))).toEqual([[5, 6]]);
    expect(await all(await csv('0,1\n5,6\n'))).toEqual([
      [0, 1],
      [5, 6],
    ]);
    expect((await failure(csv('a,b\n5,6\n', { header: false }).then(all))).message).toMatch(
      /line 1, column 1.*"a"/,
    );
  });

  it('a first line with a gap or NaN is no header, but a bad line', async () => {
    for (const first of ['1,', '1,NaN', '1,nan', 'inf,2', ',']) {
      expect((await failure(csv(`${first}\n5,6\n`).then(all))).line, first).toBe(1);
    }
  });

  it.each<[OpenOptions, RegExp]>([
    [{ columns: ['z'] }, /columns: .* no column "z"; its first line is "id", "x", "y", "label"/],
    [{ columns: [4] }, /columns must be a column of .*, 0 to 3, got 4/],
    [{ columns: [-1] }, /got -1/],
    [{ columns: [1, 'x'] }, /listed twice/],
    [{ columns: [] }, /none is left/],
    [{ columns: ['x'], header: false }, /is a name, but header is false/],
    [{ idColumn: 'nope' }, /idColumn: .* no column "nope"/],
    [{ delimiter: ',,' }, /delimiter must be one character, not a quote, got the string ",,"/],
    [{ delimiter: '"' }, /delimiter/],
    [{ onBadRow: 'ignore' as 'skip' }, /onBadRow must be 'error' or 'skip', got the string "ignore"/],
  ])('%j is a RangeError', async (options, message) => {
    const error = await failure(csv(text, options));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(message);
  });

  it('two columns of one name', async () => {
    expect((await failure(csv('x,x\n1,2\n', { columns: ['x'] }))).message).toMatch(
      /more than one column "x"/,
    );
  });
});

describe('a first line 0, 1, 2', () => {
  const square = (n: number) =>
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Math.abs(i - j)).join(','));

  it.each([2, 3, 5, 64, 80])(
    'is the first row of a square of %i distances, by the zeros on its diagonal',
    async (n) => {
      const warnings: string[] = [];
      const source = await csv(square(n).join('\n'), { onWarning: ({ code }) => warnings.push(code) });
      expect([source.header, (await all(source)).length, warnings]).toEqual([false, n, []]);
    },
  );

  it('names the columns of a square below it, and of any other table', async () => {
    const names = '0,1,2';
    for (const rows of [square(3), ['1,2,3', '4,5,6'], ['0,1,5', '1,1,1']]) {
      const source = await csv([names, ...rows].join('\n'), { onWarning() {} });
      expect([source.header, (await all(source)).length]).toEqual([true, rows.length]);
    }
  });
});

describe('columns that count rows', () => {
  async function opened(text: string, options: OpenOptions = {}) {
    const warnings: string[] = [];
    const source = await csv(text, { ...options, onWarning: (w) => warnings.push(`${w.code} ${w.message}`) });
    return { source, warnings };
  }

  it.each([
    ['pandas, without a name', ',x,y\n0,1,2\n1,3,4\n2,5,6\n'],
    ['a filtered frame', ',x,y\n3,1,2\n4,3,4\n9,5,6\n'],
    ['read and written again', 'Unnamed: 0,x,y\n0,1,2\n1,3,4\n2,5,6\n'],
    ['id', 'x,y,Id\n1,2,1\n3,4,2\n5,6,3\n'],
    ['index', 'x,index,y\n1,0,2\n3,1,4\n5,2,6\n'],
  ])('%s: left out, with a warning that says how to keep it', async (_, text) => {
    const { source, warnings } = await opened(text);
    expect(source.columns).toEqual(['x', 'y']);
    expect(await all(source)).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(/^INDEX_COLUMN .* numbers the rows .* choose it with columns/),
    ]);
    const kept = await opened(text, { columns: [0, 1, 2] });
    expect([kept.source.cols, kept.warnings]).toEqual([3, []]);
  });

  it.each([
    ['values that repeat', 'id,x\n5,1\n5,2\n', ['id', 'x']],
    ['a name of its own', 'patient,x\n1,1\n2,2\n', ['patient', 'x']],
    ['nothing else', 'id\n1\n2\n', ['id']],
  ])('%s: kept', async (_, text, columns) => {
    const { source, warnings } = await opened(text);
    expect([source.columns, warnings]).toEqual([columns, []]);
  });

  it('an id that differs in each row, but does not count up, names the rows', async () => {
    const { source, warnings } = await opened('id,x\n5,1\n3,2\n');
    expect([source.columns, source.idColumn, warnings]).toEqual([['x'], 'id', []]);
  });

  it('all of several are left out', async () => {
    const { source, warnings } = await opened('index,x,id\n0,1,1\n1,2,2\n');
    expect([source.columns, warnings.length]).toEqual([['x'], 2]);
  });

  it('without names nobody can be sure: read, with a warning', async () => {
    const text = Array.from({ length: 12 }, (_, i) => `${i},${i % 3}`).join('\n');
    const { source, warnings } = await opened(text);
    expect(source.cols).toBe(2);
    expect(warnings).toEqual([
      expect.stringMatching(/INDEX_COLUMN .*column 0 numbers the rows and is read as data/),
    ]);
  });

  it('a first line that counts 0, 1, 2 is of names', async () => {
    for (const [text, names] of [
      ['0,1,2\n1.5,2.5,3.5\n4,5,6\n', ['0', '1', '2']],
      [',0,1,2\n0,1.5,2.5,3.5\n1,4,5,6\n', ['0', '1', '2']],
      ['0,1\n1.5,2\n4,5\n', ['0', '1']],
    ] as const) {
      const { source, warnings } = await opened(text);
      expect(source.columns).toEqual(names);
      expect((await all(source)).length).toBe(2);
      expect(warnings[0]).toMatch(/NUMBERED_HEADER .*header: false/);
    }
    expect((await opened('0,1,2\n1.5,2.5,3.5\n', { header: false })).source.header).toBe(false);
    expect((await opened('0,1\n5,6\n')).source.header).toBe(false);
  });
});

it('long names are shortened in messages', async () => {
  const long = 'x'.repeat(50_000);
  const warnings: string[] = [];
  const onWarning = ({ message }: { message: string }) => void warnings.push(message);
  await open(new TextEncoder().encode(`${long},b\none,1\ntwo,2\none,3\n`), { format: 'csv', onWarning });
  const only = open(new TextEncoder().encode(`${long}\none\ntwo\none\n`), { format: 'csv' });
  warnings.push((await failure(only)).message);
  expect(warnings).toHaveLength(2);
  for (const message of warnings) {
    expect(message).toContain(`"${'x'.repeat(40)}..."`);
    expect(message.length).toBeLessThan(400);
  }
});

describe('an empty first field over names of rows', () => {
  const opened = async (text: string, options: OpenOptions = {}) => {
    const warnings: string[] = [];
    const onWarning = ({ code }: { code: string }) => void warnings.push(code);
    const source = await open(new TextEncoder().encode(text), { format: 'csv', onWarning, ...options });
    return { columns: (source as { columns?: readonly string[] }).columns, warnings };
  };

  it.each([',1949,1950\nJan,112,115\nFeb,118,126\n', '"","1949","1950"\n"Jan",1950,115\n"Feb",118,1949\n'])(
    'years are names: %j',
    async (text) => {
      expect(await opened(text)).toEqual({ columns: ['1949', '1950'], warnings: [] });
    },
  );

  it('other numbers are names too, with a warning', async () => {
    const text = ',0.5,0.1\nJan,112,115\nFeb,118,126\n';
    expect(await opened(text)).toEqual({ columns: ['0.5', '0.1'], warnings: ['HEADER_UNCERTAIN'] });
    expect((await opened(text, { header: false })).columns).toBeUndefined();
  });

  it('a row without a name among others is a row', async () => {
    expect((await opened(',1,2\n,3,4\nc,5,6\n')).columns).toBeUndefined();
  });
});
