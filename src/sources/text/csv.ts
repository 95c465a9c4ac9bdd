/** Text tables (CSV, TSV) as a source: read from the front, one piece at a time, never as a whole. */

import type { ChunkOptions, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { LimitOptions } from '../bytes/limits.ts';
import type { ColumnFacts } from '../chunks/column-facts.ts';
import { keepsMissing, type MissingOptions } from '../chunks/missing-options.ts';
import type { NamedChunk, Warned } from '../chunks/rows.ts';
import { type Layout, type LayoutOptions, layOut } from './csv-layout.ts';
import { type Originals, type OriginalsRequest, originals } from './csv-originals.ts';
import { type Records, readRecords } from './csv-records.ts';
import { type Dialect, type DialectOptions, readDialect } from './csv-rules.ts';
import { readMaxLine, type TextOptions } from './decode.ts';
import { type ExaminedColumn, type ExamineOptions, examine } from './examine.ts';
import { flawOf, type Rules } from './flaws.ts';
import { missingTest, parseBy, parseNumber } from './numbers.ts';
import { type Flaw, type Lines, type OnBadRow, readOnBadRow, TextRows } from './rows.ts';

/** Options of `open` for text tables. */
export interface CsvOptions extends TextOptions, DialectOptions, LayoutOptions, MissingOptions {
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
  /** The indexes of the columns that are read, in the order of a row. */
  readonly readColumns: readonly number[];
  /** The column that names the rows: its name, or its index if it has none. */
  readonly idColumn: string | number | undefined;
  /** What is known of all columns of the file from its first rows, also of those that are left out. */
  readonly facts: readonly ColumnFacts[];
  readonly encoding: string;
  /** The decimal mark of its numbers. */
  readonly decimal: '.' | ',';
  /** The character between groups of three digits; '' for none. */
  readonly thousands: string;
  readonly onBadRow: OnBadRow;
  /** Bad lines found so far, with `onBadRow: 'skip'`, in the pass that got furthest. */
  readonly skippedRows: number;
  /** The problem of the first of them. */
  readonly firstSkipped: string | undefined;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
  /** Names of all columns of the file; their indexes where there is no header. */
  readonly fileNames: readonly string[];
  /** The rows as they are written, for a table with further columns. */
  originals(request: OriginalsRequest): AsyncIterable<Originals>;
  /** As `facts`, from more rows. */
  examine(options?: ExamineOptions): Promise<ExaminedColumn[]>;
}

/** Why a record is not a valid row, and in which field (from 1); `undefined` if it is valid. */
export function flaw(record: string[], { fields, picked, header }: Layout, rules: Rules): Flaw | undefined {
  const { parse, isMissing, keepMissing } = rules;
  const short = record.length < fields;
  const isBad = (field: string) => Number.isNaN(parse(field)) && !(keepMissing && isMissing(field));
  const bad = picked.find((i) => i < record.length && isBad(record[i]));
  // If a short line under a header has a bad field, the message is about that field, not about the missing ones.
  const lacks = short && (!header || (bad === undefined && picked.some((i) => i >= record.length)));
  if (lacks || record.length > fields) {
    const column = Math.min(record.length, fields) + 1;
    return { problem: `the line has ${record.length} fields, the first line has ${fields}`, column };
  }
  if (bad === undefined) return undefined;
  return flawOf(record[bad], bad + 1, rules);
}

export class CsvLines implements Lines {
  readonly length: number;
  readonly #batch: Records;
  readonly #layout: Layout;
  readonly #rules: Rules;

  constructor(batch: Records, layout: Layout, rules: Rules) {
    this.length = batch.length;
    this.#batch = batch;
    this.#layout = layout;
    this.#rules = rules;
  }

  isBlank(index: number): boolean {
    return this.#batch.isBlank(index);
  }

  read(index: number, row: Float64Array): Flaw | undefined {
    const { fields, picked, most, header } = this.#layout;
    const batch = this.#batch;
    const { keepMissing, isMissing } = this.#rules;
    const count = batch.fields(index);
    let good = count === fields || (header && count < fields && (count > most || keepMissing));
    for (let j = 0; good && j < picked.length; j++) {
      const field = picked[j];
      good = field < count && batch.number(index, field, row, j);
      if (good || !keepMissing) continue;
      good = field >= count || isMissing(batch.text(index, field));
      row[j] = Number.NaN;
    }
    return good ? undefined : flaw(batch.record(index), this.#layout, this.#rules);
  }

  nameOf(index: number): string {
    return this.#text(index, this.#layout.id);
  }

  annotationOf(index: number, annotation: number): string {
    return this.#text(index, this.#layout.annotations[annotation].column);
  }

  lineOf(index: number): number {
    return this.#batch.lineOf(index);
  }

  #text(index: number, field: number): string {
    return field < this.#batch.fields(index) ? this.#batch.text(index, field) : '';
  }
}

/**
 * Read a text table as rows of float64.
 *
 * Text: UTF-8, UTF-16 or Latin-1; lines end in LF or CR LF; fields may be quoted (RFC 4180). Comments and blank lines
 * are ignored (in a table with one column, a blank line before other lines is a bad line). If there is a header, fields
 * may be missing at the end of a line, unless they are read. Numbers may have a decimal comma, a separator of thousands,
 * and spaces around them. NaN, infinity and hexadecimal numbers are not accepted; for missing values see `missing`.
 * Columns that do not hold numbers are left out with a warning (COLUMNS_LEFT_OUT), and so is a column of row numbers, as
 * pandas writes it (INDEX_COLUMN), and results of an earlier run at the end (RESULTS_LEFT_OUT). What a column holds is judged by the first rows, at most 64.
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
  const { head, ...dialect } = await readDialect(bytes, options, maxLineBytes);
  const { numbers } = dialect;
  const isMissing = missingTest(options.missingValues);
  const parse = numbers ? (field: string) => parseBy(field, numbers) : parseNumber;
  const rules: Rules = { parse, isMissing, keepMissing: keepsMissing(options) };
  const layout = layOut(name, head, rules, options);
  const { picked, id, header, names } = layout;
  const cols = picked.length;
  const table = new TextRows({
    ...{ bytes, cols, header, secondHeader: layout.secondHeader, onBadRow, named: id >= 0 },
    annotations: layout.annotations.map(({ name }) => name),
    ...(layout.fields === 1 ? { blank: flaw([''], layout, { ...rules, keepMissing: false }) } : {}),
    async *lines(signal) {
      for await (const batch of readRecords(bytes, dialect, signal, { maxLineBytes })) {
        yield new CsvLines(batch, layout, rules);
      }
    },
  });

  const { delimiter } = dialect;
  const between =
    { '\t': 'tab', ',': 'comma', ';': 'semicolon', ' ': 'space' }[delimiter] ?? JSON.stringify(delimiter);

  return table.source({
    format: 'csv' as const,
    summary: `CSV, fields separated by ${between}, ${header ? 'with' : 'without'} a header${written(dialect)}`,
    // Text that has been converted to numbers and is not garbage-collected yet.
    overheadBytes: 16e6,
    delimiter,
    comment: dialect.comment,
    header,
    columns: names && picked.map((i) => names[i]),
    readColumns: picked,
    idColumn: id < 0 ? undefined : names?.[id] || id,
    facts: layout.facts,
    encoding: dialect.encoding,
    decimal: numbers?.decimal ?? '.',
    thousands: numbers?.thousands ?? '',
    // Made when it is asked for: a line may have millions of fields.
    get fileNames() {
      return layout.names ?? Array.from({ length: layout.fields }, (_, i) => String(i));
    },
    originals: (request: OriginalsRequest) =>
      originals({ bytes, layout, dialect, parse, maxLineBytes, blank: layout.fields === 1 }, request),
    examine: (request: ExamineOptions = {}) =>
      examine(
        readRecords(bytes, dialect, request.signal, { look: true, maxLineBytes }),
        layout,
        rules,
        request,
      ),
  });
}

/** What is unusual about the text, for the summary. */
function written({ encoding, numbers }: Dialect): string {
  const parts = [
    encoding === 'utf-8' ? '' : encoding === 'windows-1252' ? 'Latin-1' : encoding.toUpperCase(),
    numbers?.decimal === ',' ? 'decimal comma' : '',
    numbers?.thousands ? `thousands separated by ${JSON.stringify(numbers.thousands)}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? `, ${parts.join(', ')}` : '';
}
