/** Excel: golden files of openpyxl (fixtures/make_formats.py), workbooks by hand, and damage. */
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FormatError, MemoryLimitError } from '../../../src/errors.ts';
import type { NamedChunk } from '../../../src/sources/chunks/rows.ts';
import { type OpenOptions, open, type XlsxSource } from '../../../src/sources/index.ts';
import { columnLetters, dateText } from '../../../src/sources/xlsx/sheet.ts';
import { isDateFormat } from '../../../src/sources/xlsx/workbook.ts';
import { zipFile } from '../../fuzz/formats/zip-file.mjs';
import { anyRange, bytesOf, failure, fixture, picked, rowsOf, scratch, timesOpen } from '../help.ts';
import { book, cell, row, utf8 } from './book.ts';

const { put } = scratch();
const { xlsx: golden } = JSON.parse(readFileSync(fixture('formats.json'), 'utf8')) as {
  xlsx: { rows: number[][]; samples: string[]; ok: boolean[]; days: string[] };
};
const FILE = fixture('openpyxl.xlsx');
const openBook = async (options: OpenOptions = {}) =>
  (await open(FILE, { onWarning() {}, ...options })) as XlsxSource;

async function idsOf(source: XlsxSource, options = { chunkRows: 7 }): Promise<string[]> {
  const ids: string[] = [];
  for await (const chunk of source.chunks(options)) ids.push(...((chunk as NamedChunk).ids ?? []));
  return ids;
}

describe('two header rows', () => {
  const units = ['patient', 'crp', 'il6'];

  it('are refused with a line that says so, and what takes them', async () => {
    const bytes = book(
      row(1, ...units) + row(2, undefined, 'mg/L', 'pg/mL') + row(3, 'a', 1, 2) + row(4, 'b', 3, 4),
    );
    const source = await open(bytes, { name: 'u.xlsx', onWarning() {} });
    await expect(rowsOf(source, { chunkRows: 9 })).rejects.toThrow(
      'u.xlsx, Sheet1!B2: "mg/L" is not a number; the table seems to have two header rows: remove one of them, or ' +
        "onBadRow: 'skip' leaves out the second",
    );
    const skipping = await open(bytes, { name: 'u.xlsx', onBadRow: 'skip', onWarning() {} });
    expect((await rowsOf(skipping, { chunkRows: 9 })).slice(1)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('a single bad cell, or a cell of text further down, is no header', async () => {
    for (const rows of [
      row(2, 'a', 'mg/L', 5) + row(3, 'b', 1, 2) + row(4, 'c', 3, 4),
      row(2, 'a', 1, 5) + row(3, 'b', 'mg/L', 'pg') + row(4, 'c', 3, 4),
    ]) {
      const source = await open(book(row(1, ...units) + rows), { name: 'u.xlsx', onWarning() {} });
      const { message } = await failure(rowsOf(source, { chunkRows: 9 }));
      expect(message).toContain('"mg/L" is not a number');
      expect(message).not.toContain('header');
    }
  });
});

it('shared, inline and formula strings give the same rows', async () => {
  const texts = ['name', 'x', 'site', 'a & b', 'north', ' c ', 'south'];
  const strings = texts
    .map((text) => `<si><t xml:space="preserve">${text.replace('&', '&amp;')}</t></si>`)
    .join('');
  const layout = [
    ['name', 'x', 'site'],
    ['a & b', 1.5, 'north'],
    [' c ', -2, 'south'],
  ];
  const rowsBy = (write: (text: string, at: string) => string) =>
    layout
      .map((values, i) => {
        const cells = values.map((value, j) => {
          const at = `${columnLetters(j)}${i + 1}`;
          return typeof value === 'number' ? cell(at, value) : write(value, at);
        });
        return `<row r="${i + 1}">${cells.join('')}</row>`;
      })
      .join('');
  const escaped = (text: string) => text.replace('&', '&amp;');
  const ways = [
    book(
      rowsBy((text, at) => cell(at, texts.indexOf(text), ' t="s"')),
      { strings },
    ),
    book(
      rowsBy(
        (text, at) => `<c r="${at}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`,
      ),
    ),
    book(
      rowsBy(
        (text, at) =>
          `<c r="${at}" t="inlineStr"><is><r><t xml:space="preserve">${escaped(text)}</t></r></is></c>`,
      ),
    ),
    book(rowsBy((text, at) => cell(at, escaped(text), ' t="str"'))),
  ];
  const found = [];
  for (const bytes of ways) {
    const source = await open(bytes, { name: 't.xlsx', annotations: ['site'], onWarning() {} });
    for await (const { data, ids, annotations } of source.chunks({
      chunkRows: 9,
    }) as AsyncIterable<NamedChunk>) {
      found.push({ data: Array.from(data), ids, annotations });
    }
  }
  const expected = { data: [1.5, -2], ids: ['a & b', ' c '], annotations: { site: ['north', 'south'] } };
  expect(found).toEqual(ways.map(() => expected));
});

describe('workbooks as people have them (fixtures/make_workbooks.py)', () => {
  async function opened(file: string, options: OpenOptions = {}) {
    const codes: string[] = [];
    const source = (await open(fixture(file), {
      ...options,
      onWarning: ({ code }) => codes.push(code),
    })) as XlsxSource;
    return { source, codes, columns: source.columns, idColumn: source.idColumn };
  }

  it('pandas: index, dates, booleans, a gap, and a second sheet', async () => {
    const { source, ...first } = await opened('pandas.xlsx', { missing: 'mean' });
    expect(first).toEqual({
      codes: ['OTHER_SHEETS', 'COLUMNS_LEFT_OUT', 'INDEX_COLUMN', 'MISSING_VALUES'],
      columns: ['x', 'ok'],
      idColumn: 'name',
    });
    expect(await rowsOf(source, { chunkRows: 3 })).toEqual([
      [1.5, 1],
      [2.5, 0],
      [(1.5 + 2.5 + 4) / 3, 1],
      [4, 1],
    ]);
    const second = await opened('pandas.xlsx', { sheet: 'second', annotations: ['when'] });
    expect([second.codes, second.columns, await idsOf(second.source)]).toEqual([
      [],
      ['x', 'ok'],
      ['ann', 'bob', 'cyd', 'dan'],
    ]);
    for await (const chunk of second.source.chunks({ chunkRows: 9 })) {
      expect(chunk.annotations?.when).toEqual([
        '2024-01-01',
        '2024-01-02T12:00:00',
        '2024-03-01',
        '2024-03-02',
      ]);
    }
  });

  it.each(['mixed.xlsx', 'libreoffice.xlsx'])('%s: errors and gaps with their cells', async (file) => {
    const { source } = await opened(file, { columns: ['a', 'flag'], missing: 'drop-rows' });
    expect(await rowsOf(source, { chunkRows: 9 })).toEqual([
      [1, 1],
      [Number.NaN, Number.NaN],
      [Number.NaN, Number.NaN],
      [Number.NaN, Number.NaN],
      [Number.NaN, Number.NaN],
    ]);
    const both = await opened(file, { columns: ['b'] });
    expect((await failure(rowsOf(both.source, { chunkRows: 9 }))).message).toMatch(
      /mixed!C4: it holds the error #DIV\/0!; a number is needed/,
    );
    expect((await opened(file)).source.facts.map(({ role }) => role)).toEqual([
      'name',
      'count',
      'number',
      'category',
      'date',
      'count',
    ]);
  });

  it('a title above the table is left out, and told', async () => {
    const warnings: string[] = [];
    const source = (await open(fixture('title.xlsx'), {
      onWarning: (w) => warnings.push(w.message),
    })) as XlsxSource;
    expect([source.columns, await idsOf(source)]).toEqual([
      ['p', 'q'],
      ['a', 'b', 'c'],
    ]);
    expect(await rowsOf(source, { chunkRows: 2 })).toEqual([
      [1, 2],
      [3, 4.5],
      [5, 6],
    ]);
    expect((await source.examine()).map(({ range }) => range)).toEqual([undefined, [1, 5], [2, 6]]);
    expect(warnings[0]).toMatch(
      /Sheet!B2 \("Supplementary table 1"\), Sheet!B3 \("all values in mg\/l"\) stand above the table and are left out/,
    );
    // One name alone is a header: rows below it are not names.
    const one = await open(book(row(1, undefined, 'x') + row(2, 'a', 1) + row(3, 'b', 2)));
    expect((one as XlsxSource).columns).toEqual(['x']);
  });
});

describe('golden files of openpyxl', () => {
  it('numbers, names and any range', async () => {
    for (const input of [FILE, new File([readFileSync(FILE)], 'book.xlsx'), bytesOf('openpyxl.xlsx')]) {
      const source = (await open(input, {
        sheet: 'Übersicht',
        columns: ['a', 'b', 'c'],
        idColumn: 'sample',
      })) as XlsxSource;
      expect(source).toMatchObject({ format: 'xlsx', cols: 3, columns: ['a', 'b', 'c'], header: true });
      await fc.assert(
        fc.asyncProperty(anyRange(30), async (range) => {
          expect(await rowsOf(source, range)).toEqual(picked(golden.rows, range));
          expect(await idsOf(source, range)).toEqual(picked(golden.samples, range));
        }),
        { numRuns: 12 },
      );
    }
  });

  it('booleans are 1 and 0, and dates are text', async () => {
    const source = await openBook({ columns: ['ok'], idColumn: 'day' });
    expect((await rowsOf(source, { chunkRows: 30 })).flat()).toEqual(golden.ok.map(Number));
    const days = golden.days.map((day) => day.replace(/T00:00:00$/, ''));
    expect(await idsOf(source)).toEqual(days);
  });

  it('sheets are chosen by name or number', async () => {
    for (const sheet of ['plain', 2]) {
      const source = await openBook({ sheet });
      expect([source.sheet, source.header]).toEqual(['plain', false]);
      expect(await rowsOf(source, { chunkRows: 11 })).toEqual(golden.rows);
    }
    const error = await failure(openBook({ sheet: 'Plain' }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(
      /sheet: .* has no sheet "Plain"; it has "Übersicht", "plain", .*counted from 1/,
    );
    expect((await failure(openBook({ sheet: 0 }))).message).toMatch(/has no sheet number 0/);
    expect(await failure(openBook({ sheet: true as unknown as number }))).toBeInstanceOf(TypeError);
    expect((await failure(openBook({ sheet: 'empty' }))).message).toMatch(/its sheet "empty" is empty/);
  });

  it('a choice among several sheets is said', async () => {
    const onWarning = vi.fn();
    await open(FILE, { onWarning, columns: ['a'] });
    expect(onWarning.mock.calls[0][0]).toMatchObject({ code: 'OTHER_SHEETS' });
    expect(onWarning.mock.calls[0][0].message).toMatch(
      /the first, "Übersicht", is read; choose another with sheet/,
    );
  });

  it('a table that begins elsewhere, with an empty row in it', async () => {
    const source = await openBook({ sheet: 'shifted' });
    expect(source.columns).toEqual(['p', 'q']);
    expect(await rowsOf(source, { chunkRows: 5 })).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it.each<[string, OpenOptions, RegExp]>([
    [
      'text',
      { sheet: 'Übersicht', columns: ['sample', 'a'] },
      /openpyxl\.xlsx, Übersicht!A2: "s&0 <ä>" is not a number \(leave the column out/,
    ],
    ['a date', { columns: ['day'] }, /Übersicht!B2: "2023-01-01" is not a number/],
    [
      'a formula without result',
      { sheet: 'formulas' },
      /formulas!B2: its formula has no stored result; open the file in Excel/,
    ],
    [
      'merged cells',
      { sheet: 'merged', idColumn: 'g' },
      /merged!B3: it is empty; a number is needed \(of merged cells only/,
    ],
  ])('%s is refused with its place', async (_, options, message) => {
    const error = await failure(async () => rowsOf(await openBook(options), { chunkRows: 9 }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it('the calendar from 1904', async () => {
    const source = (await open(fixture('openpyxl-1904.xlsx'), { idColumn: 'day' })) as XlsxSource;
    expect(await idsOf(source)).toEqual(['2001-02-03', '1904-01-02']);
  });
});

describe('workbooks by hand', () => {
  it('texts of several runs, without their pronunciation; prefixes, CDATA and entities', async () => {
    const strings =
      '<si><r><t>a</t></r><r><t xml:space="preserve"> b</t></r><rPh sb="0" eb="1"><t>no</t></rPh></si><si><t>&#x1F600;&#233;&lt;</t></si>';
    const bytes = book(
      `${row(1, 'id', 'x')}<row><c t="s"><v>0</v></c><c><f>1+1</f><v>2</v></c></row><row><c t="s"><v>1</v></c><c t="n"><v><![CDATA[3e0]]></v></c></row>`,
      { strings },
    );
    const source = (await open(bytes, { idColumn: 'id' })) as XlsxSource;
    expect(await idsOf(source)).toEqual(['a b', '😀é<']);
    expect(await rowsOf(source, { chunkRows: 1 })).toEqual([[2], [3]]);
  });

  it('numbers keep all their digits', async () => {
    const values = [
      '0.1',
      '1.0000000000000002',
      '1E-3',
      '1.7976931348623157E+308',
      '5e-324',
      '-12345678901234567890',
    ];
    const bytes = book(
      `${row(1, 'a', 'b')}${values.map((v, i) => `<row r="${i + 2}">${cell(`A${i + 2}`, v)}${cell(`B${i + 2}`, i)}</row>`).join('')}`,
    );
    expect(await rowsOf(await open(bytes), { chunkRows: 4 })).toEqual(values.map((v, i) => [Number(v), i]));
  });

  it('a long sheet comes in pieces', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => [i / 8, (i * 7919) % 1009, -1 - i]);
    const bytes = book(`${row(1, 'a', 'b', 'c')}${rows.map((one, i) => row(i + 2, ...one)).join('')}`);
    const path = put('long.xlsx', bytes);
    const source = await open(path, { memoryLimit: '64MB' });
    expect(await rowsOf(source, { chunkRows: 3333 })).toEqual(rows);
    expect(timesOpen(path)).toBe(0);
    for await (const _ of source.chunks({ chunkRows: 10 })) break;
    expect(timesOpen(path)).toBe(0);
    expect(source.rows).toBe(20_000);
    expect(await rowsOf(source, { chunkRows: 3, stride: 4001 })).toEqual(picked(rows, { stride: 4001 }));
  });

  it.each<[string, string, RegExp]>([
    [
      'an error',
      `${row(1, 'x', 'y')}<row r="2">${cell('A2', '#DIV/0!', ' t="e"')}${cell('B2', 1)}</row>`,
      /Sheet1!A2: it holds the error #DIV\/0!/,
    ],
    ['an empty cell', `${row(1, 'x', 'y')}${row(2, 1, 2)}${row(3, 1)}`, /Sheet1!B3: it is empty/],
    [
      'a value to the right',
      `${row(1, 'x', 'y')}${row(2, 1, 2)}`.repeat(1) +
        Array.from({ length: 70 }, (_, i) => row(i + 3, 1, 2)).join('') +
        row(100, 1, 2, 3),
      /Sheet1!C100: a value stands right/,
    ],
    [
      'a value to the left',
      `${row(1, undefined, 'x', 'y')}` +
        Array.from({ length: 70 }, (_, i) => row(i + 3, undefined, 1, 2)).join('') +
        row(100, 5, 1, 2),
      /Sheet1!A100: a value stands left/,
    ],
    ['rows out of order', `${row(2, 1, 2)}${row(1, 1, 2)}`, /is damaged: row "1" follows row 2/],
    ['a row beyond the last', row(1048577, 1, 2), /row "1048577" follows row 0/],
    ['a cell without a place', `<row r="1">${cell('1', 5)}${cell('B1', 5)}</row>`, /a cell is named "1"/],
    [
      'a text that is not there',
      `<row r="1">${cell('A1', 7, ' t="s"')}${cell('B1', 5)}</row>`,
      /Sheet1!A1: is damaged: it refers to text 7 of 0/,
    ],
  ])('%s', async (_, rows, message) => {
    const error = await failure(async () =>
      rowsOf(await open(book(rows), { name: 'b.xlsx' }), { chunkRows: 9 }),
    );
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it('bad rows are skipped if that is asked for', async () => {
    const bytes = book(`${row(1, 'x', 'y')}${row(2, 1, 2)}${row(3, 1, 'high')}${row(4, 3, 4)}`, {
      name: 'My data',
    });
    const source = (await open(bytes, { onBadRow: 'skip', name: 'b.xlsx' })) as XlsxSource;
    expect(await rowsOf(source, { chunkRows: 9 })).toEqual([
      [1, 2],
      [Number.NaN, Number.NaN],
      [3, 4],
    ]);
    expect(source.firstSkipped).toMatch(/b\.xlsx, 'My data'!B3: "high" is not a number/);
  });

  it.each<[string, string, RegExp]>([
    [
      'ends early',
      '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c>',
      /its XML is damaged: it ends early/,
    ],
    ['a wrong end', '<worksheet><sheetData></worksheet>', /<\/worksheet> closes another tag/],
    ['text around it', 'a<worksheet/>', /text outside/],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>', /has a document type/],
    ['two roots', '<worksheet/><worksheet/>', /more than one root/],
    ['a tag in a tag', '<worksheet <sheetData/>', /a tag does not end/],
    ['depth', '<a>'.repeat(200), /nested too deeply/],
    [
      'a text without end',
      `<worksheet><sheetData><row><c><v>${'1'.repeat(600_000)}`,
      /text of more than 524288 letters/,
    ],
  ])('XML: %s', async (_, sheet, message) => {
    const error = await failure(open(book('', { sheet }), { name: 'b.xlsx' }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it('texts beyond the limit are refused', async () => {
    const strings = '<si><t>abcdefghij</t></si>'.repeat(100_000);
    const error = await failure(open(book(row(1, 1, 2), { strings }), { memoryLimit: '4MB' }));
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error.message).toMatch(/the texts of its cells.*save the sheet as CSV/);
  });

  it('other files of Office are named', async () => {
    const word = zipFile([
      { name: '[Content_Types].xml', bytes: utf8('<Types/>') },
      { name: 'word/document.xml', bytes: utf8('<document/>') },
    ]);
    expect((await failure(open(word))).message).toMatch(/is a document of Word; allowed are \.xlsx/);
    const old = Buffer.from('d0cf11e0a1b11ae1', 'hex');
    expect((await failure(open(old, { name: 'old.xls' }))).message).toMatch(
      /Excel before 2007.*save it as \.xlsx/,
    );
  });

  it('cut short at any 7th byte', async () => {
    const bytes = book(`${row(1, 'x', 'y')}${row(2, 1, 2)}`);
    for (let length = 1; length < bytes.length; length += 7) {
      const read = async () =>
        rowsOf(await open(bytes.subarray(0, length), { name: 'b.xlsx' }), { chunkRows: 9 });
      expect(await failure(read()), `${length} bytes`).toBeInstanceOf(FormatError);
    }
  });
});

it.each([
  ['m/d/yyyy', true],
  ['[$-409]h:mm AM/PM', true],
  ['[h]:mm', true],
  ['General', false],
  ['0.00E+00', false],
  ['#,##0 "days"', false],
  ['[Red]0.0', false],
  ['0\\d', false],
  ['_-* #,##0_-', false],
  ['@', false],
])('the number format %s', (code, expected) => {
  expect(isDateFormat(code)).toBe(expected);
});

it('days of the calendar from 1900', () => {
  expect([1, 59, 60, 61, 36526, 36526.25, 0.5].map((day) => dateText(day, false))).toEqual([
    '1900-01-01',
    '1900-02-28',
    '1900-02-28',
    '1900-03-01',
    '2000-01-01',
    '2000-01-01T06:00:00',
    '12:00:00',
  ]);
  expect([0, 1].map((day) => dateText(day, true))).toEqual(['1904-01-01', '1904-01-02']);
});

const CASE = '../shared/cases/tables/expr.xlsx';
describe.skipIf(!existsSync(CASE))('the file of the cases', () => {
  it('has the numbers of expr.csv', async () => {
    const csv = readFileSync('../shared/cases/tables/expr.csv', 'utf8').trim().split('\n').slice(1);
    const source = await open(CASE, { idColumn: 'gene' });
    expect(await rowsOf(source, { chunkRows: 64 })).toEqual(
      csv.map((line) => line.split(',').slice(1).map(Number)),
    );
  });
});
