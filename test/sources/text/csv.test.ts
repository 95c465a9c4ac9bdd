import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { type CsvSource, type OpenOptions, open, readMatrix } from '../../../src/sources/index.ts';
import { CsvRecords } from '../../../src/sources/text/csv-records.ts';
import type { ByteSource } from '../../../src/types.ts';
import { failure, picked, rowsOf, scratch, table } from '../help.ts';
import { all, csv } from './csv-help.ts';

const { put } = scratch();

describe('what tables of text hold', () => {
  const rows = [
    [1, 2.5],
    [-3e-2, 4],
  ];
  it.each<[string, string, OpenOptions?]>([
    ['plain', '1,2.5\n-3e-2,4\n'],
    ['a header', 'a,b\n1,2.5\n-3e-2,4\n'],
    ['no break at the end', 'a,b\n1,2.5\n-3e-2,4'],
    ['CR LF', 'a,b\r\n1,2.5\r\n-3e-2,4\r\n'],
    ['CR LF and quotes at the end of lines', 'a,"b"\r\n1,"2.5"\r\n"-3e-2","4"\r\n'],
    ['mixed line ends', 'a,b\r\n1,2.5\n-3e-2,4\r'],
    ['a BOM', '\ufeffa,b\n1,2.5\n-3e-2,4\n'],
    ['a BOM and quotes', '\ufeff"a","b"\n1,2.5\n-3e-2,4\n'],
    ['blank lines at the end', '1,2.5\n-3e-2,4\n\n\r\n  \n'],
    ['spaces around numbers', ' 1 , 2.5\n -3e-2,\t4 \n'],
    ['plus signs and bare points', '+1,2.5\n-.03,4.\n'],
    ['semicolons', 'a;b\n1;2.5\n-3e-2;4\n'],
    ['tabs', 'a\tb\n1\t2.5\n-3e-2\t4\n'],
    ['bars', '1|2.5\n-3e-2|4\n'],
    ['commas inside a quoted name', '"a,,,,";b\n1;2.5\n-3e-2;4\n'],
    ['a delimiter of choice', '1~2.5\n-3e-2~4\n', { delimiter: '~' }],
    ['an extension that decides', '"a,x"\t"b,y"\n1\t2.5\n-3e-2\t4\n', { name: 'table.tsv' }],
    ['names with line breaks', '"a\nb",c\n1,2.5\n-3e-2,4\n'],
  ])('%s', async (_, text, options) => {
    const source = await csv(text, options);
    expect(source).toMatchObject({ cols: 2, dtype: 'f8', format: 'csv', rows: undefined });
    expect(await all(source)).toEqual(rows);
    expect(source.rows).toBe(2);
  });

  it('numbers to the last bit', async () => {
    const numbers = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 123456789.12345678, -0, 2 ** 53 + 2];
    const source = await csv(numbers.map((v) => (Object.is(v, -0) ? '-0' : String(v))).join('\n'));
    expect((await all(source)).flat()).toEqual(numbers);
  });

  it('a column is a table', async () => {
    expect(await all(await csv('1\n2\n3\n\n'))).toEqual([[1], [2], [3]]);
    expect(await all(await csv('x\n1\n2'))).toEqual([[1], [2]]);
  });

  it('only a header: no rows', async () => {
    const source = await csv('a,b\n');
    expect(await all(source)).toEqual([]);
    expect([source.cols, source.rows]).toEqual([2, 0]);
  });

  it('from a file, a Blob and a ByteSource alike', async () => {
    const path = put('points.csv', '\ufeffa,b\n1,2\n3,4\n');
    expect(await all((await open(path)) as CsvSource)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await all((await open(new File(['1,2\n3,4\n'], 'x.csv'))) as CsvSource)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});

describe('what lines are', () => {
  const rows = [
    [1, 2.5],
    [3, 4],
  ];
  it.each<[string, string, OpenOptions?]>([
    ['comments in front', '# exported, "today\n# by; me\na,b\n1,2.5\n3,4\n'],
    ['comments everywhere', '# one\n1,2.5\n# a, "quote\n3,4\n# the end'],
    ['numpy.savetxt', '# a b\n1;2.5\n3;4\n'],
    ['comments of choice', 'a,b\n1,2.5\n// not, a, row\n3,4\n', { comment: '//' }],
    ['blank lines', '\n\na,b\n\n1,2.5\n  \n\r\n3,4\n\n'],
    ['commas in names of a table with semicolons', 'x (a, b, c);y (d, e)\n1;2.5\n3;4\n'],
    ['a CR in a quoted name', '"a\rb",c\n1,2.5\n3,4\n'],
    ['a decimal comma between tabs is text', 'a\tb\tc\n1\t2.5\tx,y\n3\t4\tx,y\n', { columns: [0, 1] }],
    [
      'short lines under a header, whose rest is not read',
      'a,b,c,d\n1,2.5\n3,4,,\n',
      { columns: ['a', 'b'] },
    ],
    ['a marked header', '#name\ta\tb\nr0\t1\t2.5\nr1\t3\t4\n', { idColumn: 0 }],
  ])('%s', async (_, text, options) => {
    const source = await csv(text, options);
    expect(await all(source)).toEqual(rows);
    expect(source.rows).toBe(2);
  });

  it('a comment counts as a line, also where quotes do not fit', async () => {
    const error = await failure(csv('# "a\n1,2\n# b\n3,x\n').then(all));
    expect([error.line, error.column]).toEqual([4, 2]);
  });

  it.each<[OpenOptions, RegExp]>([
    [{ comment: 'a b' }, /comment must be .*, got the string "a b"/],
    [{ comment: '"' }, /comment/],
    [{ comment: '', header: false }, /"# x" is not a number/],
  ])('%j', async (options, message) => {
    expect((await failure(csv('# x,y\n1,2\n', options).then(all))).message).toMatch(message);
  });

  it('the same records as PapaParse, whatever the text', async () => {
    const field = fc.oneof(
      fc.stringMatching(/^[a-c,;\n\r "é]{0,5}$/).map((text) => `"${text.replaceAll('"', '""')}"`),
      fc.stringMatching(/^[a-c;é.#-]{0,4}$/),
    );
    const text = fc
      .array(fc.array(field, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 })
      .chain((records) =>
        fc.constantFrom('\n', '\r\n').map((end) => records.map((one) => one.join(',')).join(end)),
      );
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        fc.pre(content !== '');
        const found: string[][] = [];
        const batch = new CsvRecords();
        let rest = '';
        let line = 1;
        // In two pieces, cut anywhere.
        const cut = Math.floor(content.length / 2);
        for (const [piece, last] of [
          [content.slice(0, cut), false],
          [content.slice(cut), true],
        ] as const) {
          const whole = rest + piece;
          rest = whole.slice(batch.scan(whole, line, last, { delimiter: ',', comment: '' }));
          line = batch.line;
          for (let i = 0; i < batch.length; i++) found.push(batch.record(i));
        }
        expect(batch.wrong).toBeUndefined();
        const { data } = Papa.parse<string[]>(content, { delimiter: ',', newline: '\n' });
        for (const record of data) {
          const last = record.length - 1;
          if (record[last].endsWith('\r') && !content.includes('"')) record[last] = record[last].slice(0, -1);
        }
        if (!content.includes('\r')) expect(found).toEqual(data);
        else expect(found.length).toBe(data.length);
      }),
      { numRuns: 500 },
    );
  });

  it('numbers as Number has them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
          fc.stringMatching(/^[+-]?[0-9]{0,18}\.?[0-9]{1,18}(e[+-]?[0-9]{1,2})?$/),
          fc.integer().map((i) => (i / 1000).toFixed(3)),
        ),
        async (text) => {
          const source = await csv(`${text},1`, { header: false });
          const [[value]] = await all(source);
          expect(Object.is(value, Number(text)), `${text}: ${value}`).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('bad lines', () => {
  it.each<[string, string, number, number | undefined, RegExp]>([
    ['too few fields', 'a,b\n1,2\n3\n', 3, 2, /has 1 fields, the first line has 2/],
    ['too few fields without a header', '1,2,3\n4,5\n', 2, 3, /has 2 fields, the first line has 3/],
    ['too many fields', '1,2\n3,4,5\n', 2, 3, /has 3 fields/],
    ['a word', '1,2\n3,x\n', 2, 2, /"x" is not a number/],
    ['an empty field', 'a,b\n3,4\n1,\n', 3, 2, /empty.*missing: 'drop-rows'/],
    ['spaces only', 'a,b\n3,4\n1,  \n', 3, 2, /empty/],
    ['a no-break space', 'a,b\n3,4\n1,\u00a0\n', 3, 2, /empty/],
    ['NaN', '1,2\nNaN,2\n', 2, 1, /"NaN" is a missing value/],
    [
      'infinity',
      '1,2\n2,-inf\n',
      2,
      2,
      /"-inf" is not a finite number; onBadRow: 'skip' leaves such rows out$/,
    ],
    ['too large', '1,2\n2,1e999\n', 2, 2, /"1e999" is not/],
    ['hexadecimal', '1,2\n0x10,1\n', 2, 1, /"0x10"/],
    ['padded hexadecimal', '1,2\n  0x10,1\n', 2, 1, /0x10/],
    ['binary', '1,2\n2,0b1\n', 2, 2, /"0b1"/],
    ['two decimal marks', '1.5;2\n2.5;2\n1,5;2\n', 3, 1, /"1,5".*decimal: ','/],
    ['a blank line in the middle does not shift lines', '1,2\n\n3,x\n', 3, 2, /"x"/],
    ['a blank line in a column', '1\n\n3\n', 2, 1, /empty/],
    ['after quoted line breaks', 'a,"b\n\n"\n1,"2"\n"\n3",4\n5,x\n', 7, 2, /"x"/],
    ['a record that begins before its line break', 'a,b\n1,2\n"\n\nx",4\n', 3, 1, /is not a number/],
    ['a quote that is not closed', 'a,b\n1,2\n"3,4\n5,6\n', 3, undefined, /not closed/],
    ['a quote that ends early', 'a,b\n1,"2"3\n4,5\n', 2, undefined, /quote/],
  ])('%s', async (_, text, line, column, message) => {
    for (const chunkRows of [1, 100]) {
      const error = await failure(csv(text).then((source) => rowsOf(source, { chunkRows })));
      expect(error).toBeInstanceOf(FormatError);
      expect([error.line, error.column]).toEqual([line, column]);
      expect(error.message).toMatch(message);
      expect(error.message).toContain('table.csv');
    }
  });

  it('lines are counted across pieces of a long file', async () => {
    const lines = Array.from(
      { length: 60_000 },
      (_, i) => `${i},${i % 7 === 0 ? '"1"' : '2'},"${i % 100 === 0 ? '\n' : ''}3"`,
    );
    lines[50_001] = '1,2,oops';
    const breaks = lines.slice(0, 50_001).filter((l) => l.includes('\n')).length;
    const error = await failure(csv(lines.join('\n')).then((source) => rowsOf(source, { chunkRows: 1000 })));
    expect([error.line, error.column]).toEqual([50_002 + breaks, 3]);
  });

  it('skip counts them, and rows keep the numbers that they have in the file', async () => {
    const text = 'a,b\n1,2\nx,2\n3\n\n\n5,6\n7,nan\n9,10\n\n';
    const source = await csv(text, { onBadRow: 'skip' });
    const bad = [Number.NaN, Number.NaN];
    expect(await all(source)).toEqual([[1, 2], bad, bad, [5, 6], bad, [9, 10]]);
    expect(source).toMatchObject({ skippedRows: 3, rows: 6, onBadRow: 'skip' });
    expect(source.firstSkipped).toMatch(/line 3, column 1: "x" is not a number/);
    expect(await rowsOf(source, { chunkRows: 1, start: 3, stride: 2 })).toEqual([
      [5, 6],
      [9, 10],
    ]);
    expect(source.skippedRows).toBe(3);
    const matrix = await readMatrix(source);
    expect(matrix).toMatchObject({ rows: 3, sourceRows: Float64Array.of(0, 3, 5) });
    expect([...matrix.data]).toEqual([1, 2, 5, 6, 9, 10]);
  });

  it('a table of which every row is bad says so, with the count and the first reason', async () => {
    const error = await failure(
      csv('a,b\n1,x\n2,y\n3,z\n', { columns: ['a', 'b'], onBadRow: 'skip' }).then(all),
    );
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe(
      'table.csv, line 2, column 2: all 3 rows were skipped as bad; the first: "x" is not a number (leave the column ' +
        'out with columns, or name it idColumn)',
    );
  });

  it('skip does not pass over quotes that do not fit: where the line ends is unknown', async () => {
    expect(await failure(csv('a,b\n1,"2"3\n4,5\n', { onBadRow: 'skip' }).then(all))).toBeInstanceOf(
      FormatError,
    );
  });

  it.each<[string, Uint8Array | string, RegExp]>([
    ['a hole of zeros', 'id,a\nx,1\n\0\0\0\0\0,2\n', /byte 9: holds bytes of zero: it is damaged/],
    ['a character cut at the end', new Uint8Array(Buffer.from('1,2\n3,4\u20ac')).slice(0, -1), /not UTF-8/],
    ['blank lines only', '\n\n \n', /no line/],
    ['old Macintosh lines', 'a,b\r1,2\r3,4\r', /CR alone/],
  ])('%s', async (_, text, message) => {
    const error = await failure(csv(text));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it('random bytes: rows or an error of ours, never a hang', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (noise) => {
        try {
          await all((await open(noise, { format: 'csv' })) as CsvSource);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Gives its bytes as asked, but counts as a stranger's source; every read goes through `slice`. */
class Stranger implements ByteSource {
  constructor(
    private readonly bytes: Uint8Array,
    readonly log: [number, number][] = [],
  ) {}
  get byteLength() {
    return this.bytes.length;
  }
  async slice(start: number, end: number) {
    this.log.push([start, end]);
    return this.bytes.slice(start, end);
  }
}

describe('pieces', () => {
  // Whatever lies across the end of a piece: quotes, doubled quotes, CR LF, characters of two to four bytes.
  const tail = 'ü€😀,"ä, ""ö""\r\n€",1.25\r\n"😀",x,-2\r\n"","a""","3e1"\r\n';
  it('every position of a tricky text at the edge of a piece', async () => {
    const tricky = new TextEncoder().encode(tail);
    const edge = 256 * 1024;
    for (let shift = 0; shift <= tricky.length; shift++) {
      const line = 'k,l,7\n';
      const lead = line.repeat(Math.floor((edge - shift) / line.length));
      const filler = `${'k'.repeat((edge - shift - lead.length) % line.length)}`;
      const first = `${filler}k,l,7\n`;
      const text = first + lead.slice(line.length) + tail.slice(0);
      const bytes = new TextEncoder().encode(text);
      const source = (await open(new Stranger(bytes), {
        format: 'csv',
        idColumn: 0,
        columns: [2],
      })) as CsvSource;
      const values: number[] = [];
      const ids: string[] = [];
      for await (const chunk of source.chunks({ chunkRows: 10_000 })) {
        values.push(...chunk.data);
        ids.push(...chunk.ids!);
      }
      expect(values.slice(-4), `shift ${shift}`).toEqual([7, 1.25, -2, 30]);
      expect(ids.slice(-3), `shift ${shift}`).toEqual(['ü€😀', '😀', '']);
      expect(values.length).toBe(lead.length / line.length + 3);
    }
  });

  it('a record longer than a piece', async () => {
    const wide = Array.from({ length: 300_000 }, (_, i) => i);
    wide[0] = 5;
    const source = await csv(`${wide.join(',')}\n${wide.map((v) => v + 0.5).join(',')}\n`);
    const rows = await all(source);
    expect([rows.length, rows[0].length, rows[1][299_999]]).toEqual([2, 300_000, 299_999.5]);
    expect(rows[1][0]).toBe(5.5);
  });

  it('reads no further than the rows asked for', async () => {
    const stranger = new Stranger(new TextEncoder().encode('1,2\n'.repeat(500_000)));
    const source = (await open(stranger, { format: 'csv' })) as CsvSource;
    stranger.log.length = 0;
    expect((await rowsOf(source, { chunkRows: 10, end: 30 })).length).toBe(30);
    expect(Math.max(...stranger.log.map(([, end]) => end))).toBeLessThan(300_000);
    expect(source.rows).toBe(undefined);
  });

  it('any chunk size, stride and range gives the same rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          rows: fc.integer({ min: 1, max: 40 }),
          cols: fc.integer({ min: 1, max: 5 }),
          chunkRows: fc.integer({ min: 1, max: 45 }),
          stride: fc.integer({ min: 1, max: 12 }),
          start: fc.integer({ min: 0, max: 45 }),
          end: fc.option(fc.integer({ min: 0, max: 45 }), { nil: undefined }),
          reuse: fc.boolean(),
          crlf: fc.boolean(),
        }),
        async ({ rows, cols, crlf, ...options }) => {
          const values = table(
            Array.from({ length: rows * cols }, (_, i) => i / 8),
            cols,
          );
          const source = await csv(values.map((row) => row.join(',')).join(crlf ? '\r\n' : '\n'));
          // Before and after the number of rows is known.
          for (let round = 0; round < 2; round++) {
            expect(await rowsOf(source, options)).toEqual(picked(values, options));
            await rowsOf(source, { chunkRows: 7 });
            expect(source.rows).toBe(rows);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('a chunk without reuse is not touched by the next ones', async () => {
    const kept = [];
    for await (const chunk of (await csv('0\n1\n2\n3\n4\n')).chunks({ chunkRows: 2 })) kept.push(chunk);
    expect(kept.flatMap((chunk) => Array.from(chunk.data))).toEqual([0, 1, 2, 3, 4]);
  });

  it('an abort stops between chunks with its reason', async () => {
    const source = await csv('1,2\n'.repeat(1000));
    const stop = new AbortController();
    const error = await failure(async () => {
      for await (const _ of source.chunks({ chunkRows: 10, signal: stop.signal }))
        stop.abort(new Error('enough'));
    });
    expect(error.message).toBe('enough');
  });

  it('a table that changes between two passes is noticed', async () => {
    let text = '1\n2\n3\n';
    const changing = {
      byteLength: 6,
      slice: async (a: number, b: number) => new TextEncoder().encode(text).slice(a, b),
    };
    const source = (await open(changing, { format: 'csv' })) as CsvSource;
    await all(source);
    text = '11\n22\n';
    expect((await failure(all(source))).message).toMatch(/had 3 rows .* now has 2/);
  });
});
