/** Tables of text (CSV, TSV) as a source: read from the front, a piece at a time, never as a whole. */

import { FormatError, rangeError, typeError } from '../errors.ts';
import type { ChunkOptions, Source } from '../types.ts';
import { type Bytes, extensionOf } from './bytes.ts';
import { type Batch, likeliestDelimiter, lineOf, QUOTED, readRecords } from './csvrecords.ts';
import type { NamedChunk } from './rows.ts';
import { readMaxLine, type TextOptions } from './text.ts';
import { type Flaw, type Lines, type OnBadRow, readOnBadRow, TextRows } from './textrows.ts';

/** Options of `open` for text tables. */
export interface CsvOptions extends TextOptions {
  /** One character. Default: a tab for `.tsv` and `.tab`, else whichever of `, tab ; |` the first line has most of. */
  delimiter?: string;
  /** Whether the first line holds names. Default: it does when a column that is read has no number there. */
  header?: boolean;
  /** Columns to read, by name or by index from 0, in this order. Default: all but `idColumn`. */
  columns?: readonly (string | number)[];
  /** Column of names for the rows; they come as `ids` with each chunk. */
  idColumn?: string | number;
  /** What to do with a line that is ragged or not numeric. Default 'error'; 'skip' counts it in `skippedRows`. */
  onBadRow?: OnBadRow;
}

/** An open text table. */
export interface CsvSource extends Source {
  readonly dtype: 'f8';
  readonly name: string;
  readonly format: 'csv';
  readonly delimiter: string;
  /** Whether the first line holds names. */
  readonly header: boolean;
  /** Names of the columns that are read, where there is a header. */
  readonly columns: readonly string[] | undefined;
  /** Lines passed over so far, with `onBadRow: 'skip'`, by the pass that went furthest. */
  readonly skippedRows: number;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
}

const DELIMITERS = [',', '\t', ';', '|'];

/** The number that a field is; NaN when it is none, or not finite. `Number` alone takes '' and 0x10 for numbers. */
function parseNumber(field: string): number {
  const value = Number(field);
  if (value - value !== 0) return Number.NaN;
  if (value === 0 && !/\d/.test(field)) return Number.NaN; // nothing but space
  // '0x', '0b' and '0o' have a letter other than e in second place, unless space comes before.
  const first = field.charCodeAt(0);
  const second = field.charCodeAt(1);
  const suspect = (second > 57 && second !== 69 && second !== 101) || first <= 32 || first > 127;
  return suspect && /^\s*0[xbo]/i.test(field) ? Number.NaN : value;
}

/** Empty, NaN and infinity stand where a number should: they make a line bad, but not a header. */
function looksLikeName(field: string): boolean {
  return (
    Number.isNaN(parseNumber(field)) && !/^\s*([+-]?(nan|inf|infinity)|n\/?a|null|none)?\s*$/i.test(field)
  );
}

function isBlank(record: string[]): boolean {
  return record.length === 1 && record[0].trim() === '';
}

/** With line breaks of CR LF, the CR stays at the end of the last field. */
function dropReturn(record: string[]): void {
  const last = record.length - 1;
  const field = record[last];
  if (field.charCodeAt(field.length - 1) === 13) record[last] = field.slice(0, -1);
}

/** The first line, without what is in quotes: which delimiter has it most of? */
async function detectDelimiter(bytes: Bytes): Promise<string> {
  if (['tsv', 'tab'].includes(extensionOf(bytes.name))) return '\t';
  const head = new TextDecoder().decode(await bytes.slice(0, Math.min(65_536, bytes.byteLength)));
  return likeliestDelimiter(head.replace(QUOTED, '').trimStart(), DELIMITERS);
}

async function firstRecord(bytes: Bytes, delimiter: string, maxLineBytes: number): Promise<string[]> {
  for await (const { records } of readRecords(bytes, delimiter, undefined, { look: true, maxLineBytes })) {
    const record = records.find((one) => !isBlank(one));
    if (!record) continue;
    dropReturn(record);
    if (record.some((field) => /\r(?!\n)/.test(field))) {
      throw new FormatError(bytes.name, 'its lines end in CR alone; convert them to LF', { line: 1 });
    }
    return record;
  }
  throw new FormatError(bytes.name, 'has no line but blank ones');
}

/** What is known of the table before its rows are read. */
interface Layout {
  fields: number;
  /** Field indexes that make a row. */
  picked: number[];
  id: number;
  header: boolean;
  names: string[] | undefined;
}

function layOut(name: string, first: string[], options: CsvOptions): Layout {
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
  if (picked.length === 0) throw rangeError('columns: none is left to read');
  // To ask for a column by its name is to say that there are names.
  const named = [options.idColumn, ...(options.columns ?? [])].some((column) => typeof column === 'string');
  const header = options.header ?? (named || picked.some((i) => looksLikeName(first[i])));
  return { fields, picked, id, header, names: header ? picked.map((i) => names[i]) : undefined };
}

function shown(names: string[]): string {
  const list = names
    .slice(0, 30)
    .map((one) => JSON.stringify(one.length > 40 ? `${one.slice(0, 40)}...` : one));
  return list.join(', ') + (names.length > 30 ? `, and ${names.length - 30} more` : '');
}

/** Why a record is no row, and in which field (from 1); `undefined` when it is one. */
function flaw(record: string[], { fields, picked }: Layout): Flaw | undefined {
  if (isBlank(record) && fields > 1) return { problem: 'the line is blank, and more lines follow' };
  if (record.length !== fields) {
    const column = Math.min(record.length, fields) + 1;
    return { problem: `the line has ${record.length} fields, the first line has ${fields}`, column };
  }
  const bad = picked.find((i) => Number.isNaN(parseNumber(record[i])));
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
    };
  }
  return { problem: `${text} is not a finite number`, column: bad + 1 };
}

class Records implements Lines {
  readonly length: number;

  constructor(
    private readonly batch: Batch,
    private readonly layout: Layout,
  ) {
    this.length = batch.records.length;
  }

  isBlank(index: number): boolean {
    return isBlank(this.batch.records[index]);
  }

  read(index: number, row: Float64Array): Flaw | undefined {
    const { fields, picked } = this.layout;
    const record = this.batch.records[index];
    dropReturn(record);
    let good = record.length === fields;
    for (let j = 0; good && j < picked.length; j++) {
      const value = parseNumber(record[picked[j]]);
      row[j] = value;
      // NaN is the only value that differs from itself.
      // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN, in the innermost loop
      good = value === value;
    }
    return good ? undefined : flaw(record, this.layout);
  }

  nameOf(index: number): string {
    return this.batch.records[index][this.layout.id];
  }

  lineOf(index: number): number {
    return lineOf(this.batch, index);
  }
}

/**
 * Read a table of text as rows of float64.
 *
 * Text: UTF-8, with or without BOM; lines end in LF or CR LF; fields may be quoted (RFC 4180). Blank lines at the end
 * are ignored, elsewhere they are bad lines. Numbers are written with a decimal point; spaces around them are fine;
 * empty fields, NaN, infinity and hexadecimal are no numbers here.
 * `rows` is known once a whole pass has been read. Rows are counted from the first line after the header, without
 * those that were skipped.
 * Memory: one chunk and a piece of text of 64 kB with its fields.
 * Errors: `FormatError` with line and column for a bad line; `RangeError` for a column that is not there.
 */
export async function openCsv(bytes: Bytes, options: CsvOptions = {}): Promise<CsvSource> {
  const onBadRow = readOnBadRow(options);
  if (options.delimiter !== undefined && !/^[^\r\n"\ufeff]$/.test(options.delimiter)) {
    throw rangeError(
      `delimiter: got ${JSON.stringify(options.delimiter)}; allowed is one character, not a quote`,
    );
  }
  const { name } = bytes;
  const delimiter = options.delimiter ?? (await detectDelimiter(bytes));
  const maxLineBytes = readMaxLine(options);
  const layout = layOut(name, await firstRecord(bytes, delimiter, maxLineBytes), options);
  const { picked, id, header } = layout;
  const cols = picked.length;
  const table = new TextRows({
    ...{ bytes, cols, header, onBadRow, named: id >= 0 },
    blank: flaw([''], layout)!,
    async *lines(signal) {
      for await (const batch of readRecords(bytes, delimiter, signal, { maxLineBytes })) {
        yield new Records(batch, layout);
      }
    },
  });

  return {
    format: 'csv',
    name,
    cols,
    dtype: 'f8',
    // Text on its way to numbers, which waits for the collector.
    overheadBytes: 16e6,
    delimiter,
    header,
    columns: layout.names,
    get rows() {
      return table.rows;
    },
    get skippedRows() {
      return table.skippedRows;
    },
    chunks: (request: ChunkOptions) => table.chunks(request),
    close: () => bytes.close(),
  };
}
