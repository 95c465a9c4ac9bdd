/** Every format of tables chooses columns, names of rows and annotations by the same rules, with the same notes. */
import { dateDay, float64, int32, tableFromArrays, tableToIPC, utf8 } from '@uwdata/flechette';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import type { NamedChunk } from '../../src/sources/chunks/rows.ts';
import type { OpenSource } from '../../src/sources/index.ts';
import { inspect, type OpenOptions, open } from '../../src/sources/index.ts';
import { columnLetters } from '../../src/sources/xlsx/sheet.ts';
import { zipFile } from '../fuzz/formats/zip-file.mjs';
import { failure, fixture } from './help.ts';

type Value = string | number | Date | null;
type Columns = Record<string, Value[]>;

const rowsOf = (columns: Columns): Value[][] =>
  Object.values(columns)[0].map((_, i) => Object.values(columns).map((column) => column[i]));
const day = (value: Value) => (value instanceof Date ? value.toISOString().slice(0, 10) : value);
const utf = (text: string) => new TextEncoder().encode(text);

function xlsx(columns: Columns): Uint8Array {
  const types = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const lines = [Object.keys(columns), ...rowsOf(columns)];
  const rows = lines.map((row, line) => {
    const cells = row.map((value, i) => {
      const at = `${columnLetters(i)}${line + 1}`;
      if (value === null) return '';
      return `<c r="${at}"${typeof value === 'number' ? '' : ' t="str"'}><v>${day(value)}</v></c>`;
    });
    return `<row r="${line + 1}">${cells.join('')}</row>`;
  });
  const parts = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': `<Relationships><Relationship Id="r" Type="${types}/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': '<workbook><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Target="worksheets/sheet1.xml" Type="${types}/worksheet" Id="a"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`,
  };
  return zipFile(Object.entries(parts).map(([name, text]) => ({ name, bytes: utf(text), deflate: true })));
}

function arrow(columns: Columns, format: 'file' | 'stream'): Uint8Array {
  const typeOf = (values: Value[]) => {
    const some = values.find((value) => value !== null);
    if (some instanceof Date) return dateDay();
    if (typeof some === 'string') return utf8();
    return values.every(Number.isSafeInteger) ? int32() : float64();
  };
  const types = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, typeOf(values)]));
  return tableToIPC(tableFromArrays(columns, { types }), { format })!;
}

const WRITERS: Record<string, (columns: Columns) => Uint8Array> = {
  'table.csv': (columns) =>
    utf(
      [Object.keys(columns), ...rowsOf(columns)]
        .map((row) => row.map((value) => day(value) ?? '').join(','))
        .join('\n'),
    ),
  'table.xlsx': xlsx,
  'table.jsonl': (columns) =>
    utf(
      rowsOf(columns)
        .map((row) =>
          JSON.stringify(Object.fromEntries(Object.keys(columns).map((name, i) => [name, day(row[i])]))),
        )
        .join('\n'),
    ),
  'table.parquet': (columns) =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: Object.entries(columns).map(([name, data]) => {
          const some = data.find((value) => value !== null);
          const date = some instanceof Date;
          const type = date
            ? 'TIMESTAMP'
            : typeof some === 'string'
              ? 'STRING'
              : data.every(Number.isSafeInteger)
                ? 'INT32'
                : 'DOUBLE';
          return { name, data, type, nullable: data.includes(null) } as never;
        }),
      }),
    ),
  'table.arrow': (columns) => arrow(columns, 'file'),
  'table.arrows': (columns) => arrow(columns, 'stream'),
};
const FORMATS = Object.entries(WRITERS);

async function read(bytes: Uint8Array | ReadableStream<Uint8Array>, name: string, options: OpenOptions = {}) {
  const notes: string[] = [];
  const onWarning = ({ code, message }: { code: string; message: string }) =>
    void notes.push(`${code} ${message.replace(name, 'T').replace(/\(a (date|time)\)/, '(dates)')}`);
  const source = (await open(bytes as Uint8Array, { name, ...options, onWarning })) as OpenSource & {
    columns?: readonly string[];
    idColumn?: string;
  };
  const rows: number[][] = [];
  const ids: string[] = [];
  const annotations: Record<string, string[]> = {};
  for await (const chunk of source.chunks({ chunkRows: 2 }) as AsyncIterable<NamedChunk>) {
    for (let i = 0; i < chunk.rows; i++) {
      rows.push([...chunk.data.subarray(i * chunk.cols, (i + 1) * chunk.cols)]);
    }
    ids.push(...(chunk.ids ?? []));
    for (const [key, texts] of Object.entries(chunk.annotations ?? {})) {
      annotations[key] = [...(annotations[key] ?? []), ...texts];
    }
  }
  return { columns: source.columns, idColumn: source.idColumn, rows, ids, annotations, notes };
}

const patients: Columns = {
  sex: ['F', 'M', 'F', 'F'],
  seen: ['2024-01-02', '2024-01-03', '2024-01-02', '2024-02-01'].map((text) => new Date(text)),
  age: [40, 50, 60, 65],
  patient: ['ann', 'bob', 'cyd', 'dan'],
  site: ['x', 'y', 'y', 'y'],
  note: ['first, of all', 'b', 'c', 'd'].map((text) => text.replace(',', '')),
  crp: [0.5, 1.5, 2.5, 3.5],
};

describe.each(FORMATS)('%s', (name, write) => {
  it('texts name the rows or are left out and told', async () => {
    expect(await read(write(patients), name)).toEqual({
      columns: ['age', 'crp'],
      idColumn: 'patient',
      rows: [
        [40, 0.5],
        [50, 1.5],
        [60, 2.5],
        [65, 3.5],
      ],
      ids: ['ann', 'bob', 'cyd', 'dan'],
      annotations: {},
      notes: [
        'COLUMNS_LEFT_OUT T: columns "sex" (text), "seen" (dates), "site" (text), "note" (text) are left out, since ' +
          'only numbers are clustered; to choose yourself, use columns',
      ],
    });
  });

  it('annotations are kept, and are not told as left out', async () => {
    const options = { annotations: ['site', 'age', 'seen'], idColumn: 'note' };
    expect(await read(write(patients), name, options)).toMatchObject({
      columns: ['crp'],
      idColumn: 'note',
      ids: ['first of all', 'b', 'c', 'd'],
      annotations: {
        site: ['x', 'y', 'y', 'y'],
        age: ['40', '50', '60', '65'],
        seen: ['2024-01-02', '2024-01-03', '2024-01-02', '2024-02-01'],
      },
      notes: [expect.stringMatching(/^COLUMNS_LEFT_OUT T: columns "sex" \(text\), "patient" \(text\) are/)],
    });
  });

  it('a text that is missing or repeats names nothing; an id of numbers does', async () => {
    const columns: Columns = {
      word: ['a', null, 'c', 'd'],
      patient_id: [1003, 1001, 1007, 1002],
      x: [0.5, 1, 2, 3],
      id: [1, 2, 3, 4],
    };
    expect(await read(write(columns), name)).toMatchObject({
      columns: ['x'],
      idColumn: 'patient_id',
      ids: ['1003', '1001', '1007', '1002'],
      notes: [
        'COLUMNS_LEFT_OUT T: column "word" (text) is left out, since only numbers are clustered; to choose yourself, use columns',
        'INDEX_COLUMN T: column 3 ("id") numbers the rows and is left out; to keep it, choose it with columns',
      ],
    });
  });

  it('columns choose alone', async () => {
    expect(await read(write(patients), name, { columns: ['crp', 'age'] })).toMatchObject({
      columns: ['crp', 'age'],
      ids: [],
      notes: [],
    });
  });

  it('a table without numbers is refused by what it holds', async () => {
    const columns = { a: ['p', 'q'], b: ['x', 'x'] };
    expect((await failure(read(write(columns), name))).message).toMatch(
      /has no column of numbers to read: "a" \(a different text in each row\), "b" \(one text in all rows\)$/,
    );
  });

  it('a column that is not there', async () => {
    const error = await failure(read(write(patients), name, { annotations: ['nope'] }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(/^annotations: .*"nope"/);
  });

  it('inspect says the same of each column', async () => {
    const { columns, idColumn } = await inspect(write(patients), { name, onWarning() {} });
    const facts = columns!.toSorted((a, b) => a.index - b.index);
    expect(idColumn).toBe('patient');
    expect(facts.map((column) => [column.name, column.role, column.read])).toEqual([
      ['sex', 'category', false],
      ['seen', 'date', false],
      ['age', 'count', true],
      ['patient', 'name', false],
      ['site', 'category', false],
      ['note', 'name', false],
      ['crp', 'number', true],
    ]);
  });
});

it('a stream that is read once gets names too', async () => {
  const bytes = arrow(patients, 'stream');
  const found = await read(new Blob([bytes as BlobPart]).stream(), 'table.arrows');
  expect(found.ids).toEqual(['ann', 'bob', 'cyd', 'dan']);
});

it('names that were found may be missing further down; those that were chosen may not', async () => {
  const many: Columns = {
    who: Array.from({ length: 100 }, (_, i) => (i === 80 ? null : `p${i}`)),
    x: Array.from({ length: 100 }, (_, i) => i / 2),
  };
  for (const [name, write] of FORMATS) {
    expect((await read(write(many), name)).ids[80]).toBe('');
    if (!/parquet|arrow|jsonl/.test(name)) continue;
    expect((await failure(read(write(many), name, { idColumn: 'who' }))).message).toMatch(
      /"who" is null|"who" is no name/,
    );
  }
});

it('lists are neither names nor annotations', async () => {
  const path = fixture('list.parquet');
  for (const options of [{ idColumn: 'vec' }, { annotations: ['vec'] }]) {
    expect((await failure(open(path, options))).message).toMatch(/column "vec" of .* holds lists, not texts/);
  }
});

it('arrays of JSON lines have texts and names too', async () => {
  const text = '["a", 1, "x", 2.5]\n["b", 3, "x", 4.5]\n["c", 5, "y", 6.5]\n["d", 5, "y", 6.5]\n';
  expect(await read(utf(text), 'a.jsonl')).toMatchObject({
    idColumn: 0,
    ids: ['a', 'b', 'c', 'd'],
    rows: [
      [1, 2.5],
      [3, 4.5],
      [5, 6.5],
      [5, 6.5],
    ],
    notes: [
      'COLUMNS_LEFT_OUT T: column 2 (text) is left out, since only numbers are clustered; to choose yourself, use columns',
    ],
  });
});

it('the text beside an embedding names it', async () => {
  const text = '{"doc":"d1","v":[1,2],"lang":"en"}\n{"doc":"d2","v":[3,4],"lang":"en"}\n';
  expect(await read(utf(text), 'a.jsonl', { annotations: ['lang'] })).toMatchObject({
    idColumn: 'doc',
    ids: ['d1', 'd2'],
    annotations: { lang: ['en', 'en'] },
    rows: [
      [1, 2],
      [3, 4],
    ],
    notes: [],
  });
});
