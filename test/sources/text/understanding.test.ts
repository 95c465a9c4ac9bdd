/** What tables of text are understood as: encoding, marks of numbers, header, names, and columns that are left out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { open } from '../../../src/sources/open.ts';
import type { CsvOptions, CsvSource } from '../../../src/sources/text/csv.ts';
import type { CoppiceWarning } from '../../../src/types.ts';
import { failure } from '../help.ts';

async function table(text: string | Uint8Array, options: CsvOptions = {}, name = 'table.csv') {
  const warnings: CoppiceWarning[] = [];
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const source = (await open(bytes, { ...options, name, onWarning: (w) => warnings.push(w) })) as CsvSource;
  return { source, codes: warnings.map(({ code }) => code), warnings };
}

async function rowsOf(source: CsvSource, chunkRows = 3) {
  const rows: number[][] = [];
  const ids: string[] = [];
  const annotations: Record<string, string[]> = {};
  for await (const chunk of source.chunks({ chunkRows })) {
    for (let i = 0; i < chunk.rows; i++) {
      rows.push([...chunk.data.subarray(i * chunk.cols, (i + 1) * chunk.cols)]);
    }
    ids.push(...(chunk.ids ?? []));
    for (const [name, texts] of Object.entries(chunk.annotations ?? {})) {
      annotations[name] ??= [];
      annotations[name].push(...texts);
    }
  }
  return { rows, ids, annotations };
}

const PATIENTS =
  'patient_id,seen,sex,site,age,crp\n' +
  '1000,2023-01-10,M,"Berlin, Mitte",40,2.5\n1007,2023-02-11,F,"Berlin, Mitte",51,23.5\n1003,2023-03-12,M,Bonn,60,40\n';

describe('columns', () => {
  it('numbers are read; texts and dates are left out and told; an id names the rows', async () => {
    const { source, warnings } = await table(PATIENTS);
    expect(source.columns).toEqual(['age', 'crp']);
    expect(source.idColumn).toBe('patient_id');
    expect(await rowsOf(source)).toMatchObject({
      rows: [
        [40, 2.5],
        [51, 23.5],
        [60, 40],
      ],
      ids: ['1000', '1007', '1003'],
    });
    expect(warnings).toEqual([
      {
        code: 'COLUMNS_LEFT_OUT',
        message:
          'table.csv: columns "seen" (dates), "sex" (text), "site" (text) are left out, since only numbers are ' +
          'clustered; to choose yourself, use columns',
      },
    ]);
    expect(source.facts.map(({ role }) => role)).toEqual([
      'id',
      'date',
      'category',
      'category',
      'count',
      'number',
    ]);
  });

  it('columns, idColumn and annotations decide before anything is guessed', async () => {
    const { source, codes } = await table(PATIENTS, {
      columns: ['crp', 'patient_id'],
      idColumn: 'site',
      annotations: ['sex', 'site'],
    });
    expect(codes).toEqual([]);
    expect(await rowsOf(source, 2)).toEqual({
      rows: [
        [2.5, 1000],
        [23.5, 1007],
        [40, 1003],
      ],
      ids: ['Berlin, Mitte', 'Berlin, Mitte', 'Bonn'],
      annotations: { sex: ['M', 'F', 'M'], site: ['Berlin, Mitte', 'Berlin, Mitte', 'Bonn'] },
    });
  });

  it('a column of numbers with a word in it is no text: the word is an error, with its place', async () => {
    const { source } = await table('a,b\n1,2\n3,oops\n5,6\n');
    expect(source.columns).toEqual(['a', 'b']);
    expect((await failure(rowsOf(source))).message).toBe(
      'table.csv, line 3, column 2: "oops" is not a number (leave the column out with columns, or name it idColumn)',
    );
    const facts = await source.examine();
    expect(facts[1]).toMatchObject({
      type: 'number',
      range: [2, 6],
      contradiction: { line: 3, text: 'oops' },
    });
  });

  it('no column of numbers is an error that says what the columns hold', async () => {
    const error = await failure(table('a,b\nx,2020-01-01\ny,2020-01-02\n'));
    expect(error.message).toBe(
      'table.csv, line 1: has no column of numbers to read: "a" (a different text in each row), "b" (every value is a date)',
    );
    expect(error).toMatchObject({ reason: 'TEXT_COLUMN' });
  });

  it('roles', async () => {
    const { source } = await table(
      'k,flag,same,none,cdr3,pos\n0.5,true,1,,CASSLAPGATNEKLFF,-1\n1.5,false,1,NA,CASSLQPFGYEQYF,2\n2.5,true,1,-,CASSPGTGNTEAFF,3\n',
    );
    expect(source.facts.map(({ name, type, role }) => [name, type, role])).toEqual([
      ['k', 'number', 'number'],
      ['flag', 'boolean', 'category'],
      ['same', 'number', 'constant'],
      ['none', 'empty', 'empty'],
      ['cdr3', 'text', 'sequence'],
      ['pos', 'number', 'number'],
    ]);
    expect(source.columns).toEqual(['k', 'same', 'pos']);
  });
});

describe('headers', () => {
  it.each<[string, string, string[] | undefined, number[][], string[]]>([
    [
      'one name fewer than fields, as R writes it',
      'x y\n"a" 1 2\n"b" 3 4\n',
      ['x', 'y'],
      [
        [1, 2],
        [3, 4],
      ],
      ['a', 'b'],
    ],
    [
      'the same with quoted names',
      '"x" "y"\n"a" 1 2\n"b" 3 4\n',
      ['x', 'y'],
      [
        [1, 2],
        [3, 4],
      ],
      ['a', 'b'],
    ],
    [
      'the same between tabs',
      'x\ty\na\t1\t2\nb\t3\t4\n',
      ['x', 'y'],
      [
        [1, 2],
        [3, 4],
      ],
      ['a', 'b'],
    ],
    [
      'none, and a first column of names',
      'a,1.5,2\nb,3.5,4\n',
      undefined,
      [
        [1.5, 2],
        [3.5, 4],
      ],
      ['a', 'b'],
    ],
    [
      'years over columns of numbers',
      'name,2020,2021\na,1,2\nb,3,4\n',
      ['2020', '2021'],
      [
        [1, 2],
        [3, 4],
      ],
      ['a', 'b'],
    ],
    ['names over numbers', 'id,a\nx,1\ny,2\n', ['a'], [[1], [2]], ['x', 'y']],
  ])('%s', async (_, text, columns, rows, ids) => {
    const { source } = await table(text, {}, 'table.txt.csv');
    expect(source.columns).toEqual(columns);
    expect(await rowsOf(source)).toMatchObject({ rows, ids });
  });

  it('an uncertain header is told', async () => {
    expect((await table('name,2020,2021\na,1,2\nb,3,4\n')).warnings[0]).toEqual({
      code: 'HEADER_UNCERTAIN',
      message: 'table.csv: the first line is read as names of columns; if it is not, use header: false',
    });
    expect((await table('a,1.5,2\nb,3.5,4\n')).codes).toEqual(['HEADER_UNCERTAIN']);
    expect((await table('a,1.5,2\nb,3.5,4\n', { header: false })).codes).toEqual([]);
  });
});

describe('how numbers are written', () => {
  it.each<[string, string, CsvOptions, number[][], string[]]>([
    [
      'decimal commas between semicolons',
      'a;b\n1,5;2\n-0,25;1e3\n',
      {},
      [
        [1.5, 2],
        [-0.25, 1000],
      ],
      [],
    ],
    [
      'with points between thousands',
      'a;b\n1.234,5;2\n12.345.678;3\n',
      {},
      [
        [1234.5, 2],
        [12345678, 3],
      ],
      [],
    ],
    [
      'commas between thousands, in quotes',
      'a,b\n"1,234.5",2\n"12,345",3\n',
      {},
      [
        [1234.5, 2],
        [12345, 3],
      ],
      [],
    ],
    [
      'spaces between thousands',
      'a;b\n1 234,5;2\n5,5;3\n',
      {},
      [
        [1234.5, 2],
        [5.5, 3],
      ],
      [],
    ],
    [
      'three digits after each comma: thousands',
      'a\tb\n1,234\t2\n5,678\t3\n',
      {},
      [
        [1234, 2],
        [5678, 3],
      ],
      ['NUMBER_FORMAT'],
    ],
    [
      'the same between semicolons: decimals',
      'a;b\n1,234;2\n5,678;3\n',
      {},
      [
        [1.234, 2],
        [5.678, 3],
      ],
      ['NUMBER_FORMAT'],
    ],
    [
      'as the caller says',
      'a\tb\n1,234\t2\n5,678\t3\n',
      { decimal: ',' },
      [
        [1.234, 2],
        [5.678, 3],
      ],
      [],
    ],
  ])('%s', async (_, text, options, rows, expected) => {
    const { source, codes } = await table(text, options);
    expect((await rowsOf(source)).rows).toEqual(rows);
    expect(codes).toEqual(expected);
  });

  it('groups of other than three digits are no number', async () => {
    const { source } = await table('a;b\n1.234,5;2\n5,5;3\n12.34,5;3\n', { thousands: '.' });
    expect((await failure(rowsOf(source))).message).toMatch(/line 4, column 1: "12\.34,5" is not a number/);
  });

  it('the same numbers in any delimiter, quoting, encoding and decimal mark give the same bits', async () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(number, number), { minLength: 2, maxLength: 20 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('.', ','),
        fc.boolean(),
        fc.constantFrom('utf-8', 'utf-16le', 'utf-16be', 'latin1'),
        fc.integer({ min: 1, max: 7 }),
        async (rows, delimiter, decimal, quote, encoding, chunkRows) => {
          if (delimiter === decimal) return;
          const field = (value: number) => {
            const text = (Object.is(value, -0) ? '-0' : String(value)).replace('.', decimal);
            return quote ? `"${text}"` : text;
          };
          const text = `Größe${delimiter}b\n${rows.map((row) => row.map(field).join(delimiter)).join('\n')}\n`;
          const { source } = await table(encoded(text, encoding), {
            delimiter,
            decimal: decimal as '.' | ',',
            thousands: '',
          });
          expect(source.columns).toEqual(['Größe', 'b']);
          expect((await rowsOf(source, chunkRows)).rows).toEqual(rows);
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** A text in an encoding. UTF-16 begins with its mark. */
function encoded(text: string, encoding: string): Uint8Array {
  if (encoding === 'utf-8') return new TextEncoder().encode(text);
  if (encoding === 'latin1') return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const bytes = new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'));
  return encoding === 'utf-16le' ? bytes : bytes.map((_, i) => bytes[i ^ 1]);
}

describe('encodings', () => {
  it.each(['utf-16le', 'utf-16be'])('%s without its mark', async (encoding) => {
    const { source } = await table(encoded('a,b\n1,2\n3,4\n', encoding).slice(2));
    expect(source.encoding).toBe(encoding);
    expect((await rowsOf(source)).rows).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('a text that is not UTF-8 is read as Latin-1, and told', async () => {
    const { source, warnings } = await table(encoded('näme,b\nü,2\nß,4\n', 'latin1'));
    expect(source.idColumn).toBe('näme');
    expect(await rowsOf(source)).toMatchObject({ rows: [[2], [4]], ids: ['ü', 'ß'] });
    expect(warnings).toEqual([
      {
        code: 'ENCODING',
        message: 'table.csv: is not UTF-8 and is read as Latin-1; to choose yourself, use encoding',
      },
    ]);
  });

  it('an encoding that the caller gives is not guessed; a wrong one is an error', async () => {
    expect((await failure(table(encoded('ä,b\n1,2\n', 'latin1'), { encoding: 'utf-8' }))).message).toMatch(
      /is not UTF-8 text.*use encoding: 'latin1'/,
    );
    expect((await failure(table('a,b\n1,2\n', { encoding: 'koi8' }))).message).toMatch(
      /encoding must be 'utf-8', 'utf-16le', 'utf-16be' or 'latin1', got the string "koi8"/,
    );
  });

  it('a letter that is not UTF-8 far behind the beginning is an error with its place', async () => {
    const lines = 'a,b\n' + '1,2\n'.repeat(40_000);
    const bytes = new Uint8Array([...new TextEncoder().encode(lines), 0xe4, 0x2c, 0x31, 0x0a]);
    const { source } = await table(bytes);
    expect((await failure(rowsOf(source, 1000))).message).toMatch(/byte \d+: is not UTF-8 text/);
  });
});

describe('examine', () => {
  it('stops when it is told to', async () => {
    const source = (await open(new TextEncoder().encode('x,y\n1,2\n'), { format: 'csv' })) as CsvSource;
    await expect(source.examine({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });

  it('shares of missing values and ranges come from many rows', async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => `r${i},${i % 4 === 0 ? 'NA' : i},${i % 3}`);
    const { source } = await table(`name,x,y\n${rows.join('\n')}\n`, { missing: 'drop-rows' });
    const [name, x, y] = await source.examine();
    expect(name).toMatchObject({ role: 'name', rows: 1000, distinct: 1000 });
    expect(x).toMatchObject({ missing: 0.25, range: [1, 999], distinct: 750 });
    expect(y).toMatchObject({ missing: 0, range: [0, 2], distinct: 3 });
  });
});
