/** GCT 1.2 and 1.3: names, metadata, counts, and files that are damaged. */
import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import type { NamedChunk } from '../../../src/sources/chunks/rows.ts';
import { type GctSource, open } from '../../../src/sources/index.ts';
import type { Source } from '../../../src/types.ts';
import { anyRange, failure, picked, rowsOf, scratch } from '../help.ts';

const { put } = scratch();
const lines = (...all: string[]) => new TextEncoder().encode(`${all.join('\n')}\n`);
const values = Array.from({ length: 30 }, (_, i) => [i / 4, 5 - i, i / 1000]);
const plain = lines(
  '#1.2\t\t\t',
  '30\t3\t\t',
  'NAME\tDescription\ts1\ts2\ts3',
  ...values.map((row, i) => [`g${i}`, i % 2 ? '"quoted" text' : '', ...row].join('\t')),
);
const annotated = lines(
  '#1.3',
  '30\t3\t2\t2',
  'id\tsymbol\tkind\ts1\ts2\ts3',
  'dose\tna\tna\t1\t10\t',
  'cell\tna\tna\tMCF7\tMCF7\tA375',
  ...values.map((row, i) => [`g${i}`, `SYM${i}`, 'x', ...row].join('\t')),
);

async function idsOf(source: Source): Promise<string[]> {
  const ids: string[] = [];
  for await (const chunk of source.chunks({ chunkRows: 7 })) ids.push(...((chunk as NamedChunk).ids ?? []));
  return ids;
}

it('metadata of rows are kept as annotations', async () => {
  const source = await open(annotated, { annotations: ['kind', 'symbol'], idColumn: 'symbol' });
  for await (const chunk of source.chunks({ chunkRows: 3, start: 1, end: 8, stride: 3 })) {
    expect((chunk as NamedChunk).annotations).toEqual({
      kind: ['x', 'x', 'x'],
      symbol: ['SYM1', 'SYM4', 'SYM7'],
    });
  }
  const error = await failure(open(annotated, { annotations: ['s1'] }));
  expect(error.message).toMatch(/^annotations: .* has no column "s1"; it has "id", "symbol", "kind"/);
});

describe('rows', () => {
  it.each([
    ['1.2', plain],
    ['1.3', annotated],
    [
      'lines that end in CR LF',
      new TextEncoder().encode(new TextDecoder().decode(plain).replaceAll('\n', '\r\n')),
    ],
    ['no line break at the end', plain.subarray(0, plain.length - 1)],
    ['blank lines at the end', new TextEncoder().encode(`${new TextDecoder().decode(plain)}\n\n`)],
    ['gzip', new Uint8Array(gzipSync(annotated))],
  ])('%s', async (name, bytes) => {
    const path = put('a.gct', bytes);
    for (const input of [bytes, path, new Blob([bytes as BlobPart])]) {
      const source = (await open(input)) as GctSource;
      expect([source.format, source.rows, source.columns]).toEqual(['gct', 30, ['s1', 's2', 's3']]);
      await fc.assert(
        fc.asyncProperty(anyRange(30), async (range) => {
          expect(await rowsOf(source, range)).toEqual(picked(values, range));
        }),
        { numRuns: 20 },
      );
      expect(await idsOf(source)).toEqual(values.map((_, i) => `g${i}`));
    }
    void name;
  });

  it('columns and row names are chosen', async () => {
    const source = (await open(annotated, { columns: ['s3', 0], idColumn: 'symbol' })) as GctSource;
    expect(await rowsOf(source, { chunkRows: 11 })).toEqual(values.map(([a, , c]) => [c, a]));
    expect((await idsOf(source)).slice(0, 2)).toEqual(['SYM0', 'SYM1']);
    expect(source).toMatchObject({
      version: '1.3',
      columns: ['s3', 's1'],
      idColumn: 'symbol',
      rowMetadata: ['id', 'symbol', 'kind'],
      columnMetadata: ['dose', 'cell'],
    });
    const names = /has no column "x"; it has "s1", "s2", "s3"/;
    expect((await failure(open(annotated, { columns: ['x'] }))).message).toMatch(names);
    expect((await failure(open(annotated, { columns: [3] }))).message).toMatch(
      /columns must be a column of .* 0 to 2 here, got 3/,
    );
    expect((await failure(open(annotated, { columns: [1, 's2'] }))).message).toMatch(/listed twice/);
    expect((await failure(open(annotated, { idColumn: 's1' }))).message).toMatch(
      /idColumn: .*"id", "symbol"/,
    );
    expect((await failure(open(annotated, { header: true }))).message).toMatch(
      /header: is an option for csv/,
    );
  });

  it('any pieces of a long file give the same rows', async () => {
    const row = (i: number) => [`gene ${i}`, 'ü'.repeat(i % 50), i / 8, i, 9 - i].join('\t');
    const many = Array.from({ length: 5000 }, (_, i) => i);
    const bytes = lines('#1.2', '5000\t3', 'Name\tDescription\ta\tb\tc', ...many.map(row));
    const source = await open(bytes);
    expect(await rowsOf(source, { chunkRows: 333 })).toEqual(many.map((i) => [i / 8, i, 9 - i]));
  });
});

describe('what is wrong', () => {
  const text = new TextDecoder().decode(plain);
  it.each<[string, string, RegExp]>([
    ['no version', text.replace('#1.2', '#1.4'), /line 1: is not GCT/],
    ['no counts', text.replace('30\t3', '30'), /line 2: the second line must have 2 counts/],
    ['counts of 1.3', text.replace('#1.2', '#1.3'), /line 2: the second line must have 4 counts/],
    ['too few names', text.replace('\ts3', ''), /line 3: the line of names has 4 fields; .* must have 5/],
    ['a missing number', text.replace('\t0.25\t', '\tNA\t'), /line 5, column 3: "NA" is a missing value/],
    ['text', text.replace('\t0.25\t', '\thigh\t'), /line 5, column 3: "high" is not a number$/],
    ['an empty field', text.replace('\t0.25\t', '\t\t'), /line 5, column 3: the field is empty/],
    [
      'a short line',
      text.replace('\t0.25\t', '\t'),
      /line 5, column 5: the line has 4 fields, .* names has 5/,
    ],
    ['a long line', text.replace('\t0.25\t', '\t1\t0.25\t'), /line 5, column 6: the line has 6 fields/],
    ['fewer rows', text.replace('30\t3', '31\t3'), /says that it has 31 rows and has 30; it was cut short/],
    ['more rows', text.replace('30\t3', '29\t3'), /says that it has 29 rows and has 30/],
    ['rows without end', text.replace('30\t3', '300000000\t3'), /line 2: says that it has 300000000 rows/],
    ['no columns', lines2('#1.2', '3\t0', 'Name\tDescription'), /hold no numbers/],
    [
      'only a head',
      lines2('#1.3', '3\t1\t0\t2', 'id\ta', 'x\t1'),
      /ends after 4 of the 5 lines before its rows/,
    ],
  ])('%s', async (_, changed, message) => {
    const error = await failure(async () => {
      await rowsOf(await open(new TextEncoder().encode(changed), { format: 'gct' }), { chunkRows: 10 });
    });
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it('cut short at any byte, or the last number is shorter', async () => {
    for (let length = 1; length < annotated.length - 1; length++) {
      const read = async () =>
        rowsOf(await open(annotated.subarray(0, length), { format: 'gct' }), { chunkRows: 10 });
      const outcome = await read().catch((error) => error);
      if (Array.isArray(outcome)) expect(annotated.length - length).toBeLessThan(6);
      else expect(outcome).toBeInstanceOf(FormatError);
    }
  });

  it('a bad row is skipped if that is asked for', async () => {
    const bytes = new TextEncoder().encode(text.replace('\t0.25\t', '\tNA\t'));
    const source = (await open(bytes, { onBadRow: 'skip' })) as GctSource;
    const rows = await rowsOf(source, { chunkRows: 10 });
    expect(rows[1]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect([rows.length, source.skippedRows]).toEqual([30, 1]);
  });
});

function lines2(...all: string[]): string {
  return `${all.join('\n')}\n`;
}

const CASE = '../shared/cases/tables/expr.gct';
describe.skipIf(!existsSync(CASE))('the file of the cases', () => {
  it('has the numbers of expr.csv', async () => {
    const csv = readFileSync('../shared/cases/tables/expr.csv', 'utf8').trim().split('\n').slice(1);
    const source = await open(CASE);
    expect(await rowsOf(source, { chunkRows: 64 })).toEqual(
      csv.map((line) => line.split(',').slice(1).map(Number)),
    );
    expect(await idsOf(source)).toEqual(csv.map((line) => line.split(',', 1)[0]));
  });
});
