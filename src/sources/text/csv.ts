/** Text tables (CSV, TSV) as a source: read from the front, one piece at a time, never as a whole. */

import { rangeError, typeError } from '../../errors.ts';
import type { ChunkOptions, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { LimitOptions } from '../bytes/limits.ts';
import { shown } from '../chunks/columns.ts';
import { indexColumn, indexWarning } from '../chunks/index-column.ts';
import { type NamedChunk, type Warned, warnOf } from '../chunks/rows.ts';
import { type CsvRecords, readRecords } from './csv-records.ts';
import { headRecords, readRules } from './csv-rules.ts';
import { readMaxLine, type TextOptions } from './decode.ts';
import { parseNumber } from './numbers.ts';
import { type Flaw, type Lines, type OnBadRow, readOnBadRow, TextRows } from './rows.ts';

/** Options of `open` for text tables. */
export interface CsvOptions extends TextOptions {
  /**
   * One character. Default: a tab for `.tsv` and `.tab`, else the one of `, tab ; |` that occurs equally often in all of
   * the first lines; if none does, the most frequent one of the first line.
   */
  delimiter?: string;
  /** Lines that begin with this text are ignored. Default: '#' if the first line begins with it and is not a header. */
  comment?: string;
  /**
   * Whether the first line holds names. Default: yes if it has text in a column that is read, or if it counts 0, 1, 2,
   * ... (then with a warning, NUMBERED_HEADER).
   */
  header?: boolean;
  /**
   * Columns to read, by name or by index from 0, in this order. Default: all except `idColumn` and a column that numbers
   * the rows and has no name or is named index or id.
   */
  columns?: readonly (string | number)[];
  /** Column with names for the rows; each chunk has them as `ids`. */
  idColumn?: string | number;
  /**
   * What to do with a line that has a wrong number of fields or a field that is not a number. Default 'error'. With
   * 'skip' it is counted in `skippedRows` and becomes a row of NaN, so that the other rows keep their row numbers.
   * `twoPass`, `kmeans`, `assign` and batches leave these rows out.
   */
  onBadRow?: OnBadRow;
}

/** An open text table. */
export interface CsvSource extends Source {
  readonly dtype: 'f8';
  readonly name: string;
  readonly format: 'csv';
  /** A description in one line. */
  readonly summary: string;
  readonly delimiter: string;
  /** Lines that begin with this text are ignored; '' for none. */
  readonly comment: string;
  /** Whether the first line holds names. */
  readonly header: boolean;
  /** Names of the columns that are read, if there is a header. */
  readonly columns: readonly string[] | undefined;
  readonly onBadRow: OnBadRow;
  /** Bad lines found so far, with `onBadRow: 'skip'`, in the pass that got furthest. */
  readonly skippedRows: number;
  /** The problem of the first of them. */
  readonly firstSkipped: string | undefined;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
}

/** Whether a field is text. Empty fields, NaN and infinity are bad values, but they do not make a line a header. */
function looksLikeName(field: string): boolean {
  return (
    Number.isNaN(parseNumber(field)) && !/^\s*([+-]?(nan|inf|infinity)|n\/?a|null|none)?\s*$/i.test(field)
  );
}

/** Properties of the table that are known before its rows are read. */
export interface Layout {
  fields: number;
  /** Indexes of the fields that make a row. */
  picked: number[];
  /** The largest of them. */
  most: number;
  id: number;
  header: boolean;
  names: string[] | undefined;
}

export function layOut(name: string, head: string[][], options: CsvOptions & Warned): Layout {
  const [first] = head;
  const fields = first.length;
  const names = first.map((field) => field.trim());
  const find = (argument: string, column: string | number): number => {
    if (typeof column === 'string') {
      if (options.header === false)
        throw rangeError(`${argument}: ${JSON.stringify(column)} is a name, but header is false`);
      const index = names.indexOf(column);
      if (index < 0) {
        throw rangeError(
          `${argument}: ${name} has no column ${JSON.stringify(column)}; its first line is ${shown(names)}`,
        );
      }
      if (names.indexOf(column, index + 1) >= 0) {
        throw rangeError(
          `${argument}: ${name} has more than one column ${JSON.stringify(column)}; use an index from 0`,
        );
      }
      return index;
    }
    if (typeof column !== 'number')
      throw typeError(`${argument}: got ${typeof column}; allowed are names and indexes`);
    if (!Number.isInteger(column) || column < 0 || column >= fields) {
      throw rangeError(`${argument}: got ${column}; ${name} has columns 0 to ${fields - 1}`);
    }
    return column;
  };
  const id = options.idColumn === undefined ? -1 : find('idColumn', options.idColumn);
  let picked = first.map((_, i) => i).filter((i) => i !== id);
  if (options.columns !== undefined) {
    if (!Array.isArray(options.columns)) throw typeError('columns: allowed is a list of names and indexes');
    picked = options.columns.map((column) => find('columns', column));
    const twice = picked.find((column, i) => picked.indexOf(column) !== i);
    if (twice !== undefined) throw rangeError(`columns: column ${twice} is listed twice`);
  }
  if (picked.length === 0) throw rangeError('columns: none is left to read', { option: 'columns' });
  // If the caller names a column, the first line must be a header.
  const named = [options.idColumn, ...(options.columns ?? [])].some((column) => typeof column === 'string');
  const numbered = !named && options.header === undefined && isNumbered(head);
  const header = options.header ?? (named || numbered || picked.some((i) => looksLikeName(first[i])));
  if (numbered) {
    warnOf(options, {
      code: 'NUMBERED_HEADER',
      message: `${name}: the first line counts ${first
        .filter((field) => field !== '')
        .slice(0, 3)
        .join(', ')}, ... and is taken for names; if it is data, say header: false`,
    });
  }
  if (options.columns === undefined) {
    const at = indexColumn(header ? names : undefined, picked, head.slice(header ? 1 : 0));
    if (at !== undefined) {
      warnOf(options, indexWarning(name, at.column, at.name));
      if (at.name !== undefined) picked = picked.filter((i) => i !== at.column);
    }
  }
  const most = picked.reduce((a, b) => Math.max(a, b));
  return { fields, picked, most, id, header, names: header ? picked.map((i) => names[i]) : undefined };
}

/**
 * Whether the first line numbers its columns 0, 1, 2, ..., as pandas does for columns without names; its index column
 * then has an empty name. If the next line continues the count, the first line is data. Two columns, 0 and 1, may be data
 * too, so they count as a header only if the rows have fractions or the index column is there.
 */
function isNumbered([first, ...rows]: string[][]): boolean {
  const counts = first[0] === '' ? first.slice(1) : first;
  if (counts.length < 2 || counts.some((field, i) => field !== String(i))) return false;
  if (counts === first && rows[0]?.[0] === String(counts.length)) return false;
  return (
    counts.length > 2 || counts !== first || rows.some((row) => row.some((field) => /\d\.\d/.test(field)))
  );
}

/** Why a record is not a valid row, and in which field (from 1); `undefined` if it is valid. */
export function flaw(record: string[], { fields, picked, header }: Layout): Flaw | undefined {
  const short = record.length < fields;
  const bad = picked.find((i) => i < record.length && Number.isNaN(parseNumber(record[i])));
  // If a short line under a header has a bad field, the message is about that field, not about the missing ones.
  const lacks = short && (!header || (bad === undefined && picked.some((i) => i >= record.length)));
  if (lacks || record.length > fields) {
    const column = Math.min(record.length, fields) + 1;
    return { problem: `the line has ${record.length} fields, the first line has ${fields}`, column };
  }
  if (bad === undefined) return undefined;
  const field = record[bad];
  if (field.trim() === '') return { problem: 'the field is empty; a number is needed', column: bad + 1 };
  const text = JSON.stringify(field.length > 40 ? `${field.slice(0, 40)}...` : field);
  if (/^\s*[-+]?\d+,\d+\s*$/.test(field)) {
    return {
      problem: `${text} is not a number here; numbers are written with a point, as 0.5`,
      column: bad + 1,
    };
  }
  if (looksLikeName(field)) {
    return {
      problem: `${text} is not a number (leave the column out with columns, or name it idColumn)`,
      column: bad + 1,
      reason: 'TEXT_COLUMN',
    };
  }
  return { problem: `${text} is not a finite number`, column: bad + 1 };
}

/** What `CsvLines` needs of records. A sheet has them too. */
export type Records = Pick<
  CsvRecords,
  'length' | 'isBlank' | 'fields' | 'text' | 'number' | 'record' | 'lineOf'
>;

export class CsvLines implements Lines {
  readonly length: number;

  constructor(
    private readonly batch: Records,
    private readonly layout: Layout,
  ) {
    this.length = batch.length;
  }

  isBlank(index: number): boolean {
    return this.batch.isBlank(index);
  }

  read(index: number, row: Float64Array): Flaw | undefined {
    const { batch, layout } = this;
    const { fields, picked, most } = layout;
    const count = batch.fields(index);
    let good = count === fields || (layout.header && count < fields && count > most);
    for (let j = 0; good && j < picked.length; j++) good = batch.number(index, picked[j], row, j);
    return good ? undefined : flaw(batch.record(index), layout);
  }

  nameOf(index: number): string {
    const { id } = this.layout;
    return id < this.batch.fields(index) ? this.batch.text(index, id) : '';
  }

  lineOf(index: number): number {
    return this.batch.lineOf(index);
  }
}

/**
 * Read a text table as rows of float64.
 *
 * Text: UTF-8, with or without BOM; lines end in LF or CR LF; fields may be quoted (RFC 4180). Comments and blank lines
 * are ignored (in a table with one column, a blank line before other lines is a bad line). If there is a header, fields
 * may be missing at the end of a line, unless they are read. Numbers are written with a decimal point and may have spaces
 * around them. Empty fields, NaN, infinity and hexadecimal numbers are not accepted.
 * A column of row numbers, as pandas writes it, is left out with a warning (INDEX_COLUMN).
 * `rows` is known after a whole pass. Rows are counted from the first line after the header; a skipped row is NaN.
 * Memory: one chunk, and a piece of text (64 kB, or the longest line if that is longer) with the offsets of its fields.
 * Errors: `FormatError` with line and column for a bad line; `RangeError` for a column that does not exist.
 */
export async function openCsv(
  bytes: Bytes,
  options: CsvOptions & Warned & LimitOptions = {},
): Promise<CsvSource> {
  const onBadRow = readOnBadRow(options);
  const { name } = bytes;
  const maxLineBytes = readMaxLine(options);
  const rules = await readRules(bytes, options, maxLineBytes);
  const layout = layOut(name, await headRecords(bytes, rules, maxLineBytes), options);
  const { picked, id, header } = layout;
  const cols = picked.length;
  const table = new TextRows({
    ...{ bytes, cols, header, onBadRow, named: id >= 0 },
    ...(layout.fields === 1 ? { blank: flaw([''], layout) } : {}),
    async *lines(signal) {
      for await (const batch of readRecords(bytes, rules, signal, { maxLineBytes })) {
        yield new CsvLines(batch, layout);
      }
    },
  });

  const { delimiter } = rules;
  const between = { '\t': 'tab', ',': 'comma', ';': 'semicolon' }[delimiter] ?? JSON.stringify(delimiter);

  return {
    format: 'csv',
    name,
    summary: `CSV, fields separated by ${between}, ${header ? 'with' : 'without'} a header`,
    cols,
    dtype: 'f8',
    // Text that has been converted to numbers and is not garbage-collected yet.
    overheadBytes: 16e6,
    delimiter,
    comment: rules.comment,
    header,
    columns: layout.names,
    onBadRow,
    get rows() {
      return table.rows;
    },
    get skippedRows() {
      return table.skippedRows;
    },
    get firstSkipped() {
      return table.firstSkipped;
    },
    chunks: (request: ChunkOptions) => table.chunks(request),
    close: () => bytes.close(),
  };
}
