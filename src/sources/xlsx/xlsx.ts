/** A sheet of an Excel workbook (.xlsx) as a source. Rows are read from front to back, never as a whole. */

import { FormatError, rangeError, warning } from '../../errors.ts';
import { advice, option, say } from '../../messages.ts';
import { wrongType } from '../../support/checks.ts';
import type { ChunkOptions, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { LimitOptions } from '../bytes/limits.ts';
import type { ColumnFacts } from '../chunks/column-facts.ts';
import { keepsMissing, MISSING_ADVICE, type MissingOptions } from '../chunks/missing-options.ts';
import { type NamedChunk, type Warned, warnOf } from '../chunks/rows.ts';
import { CsvLines, flaw } from '../text/csv.ts';
import { type Layout, type LayoutOptions, layOut, useHeader } from '../text/csv-layout.ts';
import { readDecimal } from '../text/decimal.ts';
import { type ExaminedColumn, type ExamineOptions, examine } from '../text/examine.ts';
import type { Rules } from '../text/flaws.ts';
import { missingTest, parseNumber } from '../text/numbers.ts';
import { type Flaw, type Lines, type OnBadRow, readOnBadRow, TextRows } from '../text/rows.ts';
import { openArchive } from '../zip/archive.ts';
import { cellName, type SheetRow, SheetRows } from './sheet.ts';
import { openPart, openWorkbook, type Sheet, type Workbook } from './workbook.ts';
import { readXml } from './xml.ts';

/** Options of `open` for Excel workbooks, besides those of text tables. */
export interface XlsxOptions {
  /** Sheet to read, by name or by its number from 1. Default: the first one that is not hidden. */
  sheet?: string | number;
}

interface TableOptions extends LayoutOptions, MissingOptions {
  onBadRow?: OnBadRow;
}

/** An open sheet of an Excel workbook. */
export interface XlsxSource extends Source {
  readonly dtype: 'f8';
  readonly name: string;
  readonly format: 'xlsx';
  /** A description in one line. */
  readonly summary: string;
  /** Name of the sheet that is read, and of all sheets. */
  readonly sheet: string;
  readonly sheets: readonly string[];
  /** Whether the first row holds names. */
  readonly header: boolean;
  /** Names of the columns that are read, if there is a header. */
  readonly columns: readonly string[] | undefined;
  /** The indexes of the columns that are read, in the order of a row. */
  readonly readColumns: readonly number[];
  /** The column that names the rows: its name, or its index if it has none. */
  readonly idColumn: string | number | undefined;
  /** What is known of all columns from the first rows, also of those that are left out. */
  readonly facts: readonly ColumnFacts[];
  readonly onBadRow: OnBadRow;
  /** Bad rows found so far, with `onBadRow: 'skip'`, in the pass that got furthest. */
  readonly skippedRows: number;
  /** The problem of the first of them. */
  readonly firstSkipped: string | undefined;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
  /** Names of all columns of the table; their indexes where there is no header. */
  readonly fileNames: readonly string[];
  /** As `facts`, from more rows. */
  examine(options?: ExamineOptions): Promise<ExaminedColumn[]>;
}

/** Number of rows that are examined to find out the columns. */
const HEAD_ROWS = 64;
/** Text and rows that are not garbage-collected yet, and the decompressor. */
const OVERHEAD_BYTES = 24e6;

/** The columns of the table in its sheet, from 0. */
interface Area {
  first: number;
  width: number;
}

const isEmpty = ({ cells, notes }: SheetRow) =>
  notes === undefined && cells.every((cell) => (cell ?? '').trim() === '');

/** Rows of a sheet, as `CsvLines` wants records. */
class SheetRecords {
  readonly length: number;

  constructor(
    readonly rows: readonly SheetRow[],
    readonly area: Area,
  ) {
    this.length = rows.length;
  }

  isBlank(index: number): boolean {
    return isEmpty(this.rows[index]);
  }

  /** As wide as the table, or wider if there are cells beyond it. */
  fields(index: number): number {
    const { cells } = this.rows[index];
    const { first, width } = this.area;
    let last = cells.length;
    while (last > first + width && (cells[last - 1] ?? '') === '') last--;
    return Math.max(width, last - first);
  }

  text(index: number, field: number): string {
    return this.rows[index].cells[this.area.first + field] ?? '';
  }

  number(index: number, field: number, into: Float64Array, place: number): boolean {
    const text = this.text(index, field);
    return readDecimal(text, 0, text.length, into, place);
  }

  record(index: number): string[] {
    return Array.from({ length: this.fields(index) }, (_, field) => this.text(index, field));
  }

  /** As `record`. An error or a formula without result stands for a number, so that its column is not left out. */
  forLayout(index: number): string[] {
    const { notes } = this.rows[index];
    return this.record(index).map((text, field) => (notes?.has(this.area.first + field) ? '0' : text));
  }

  lineOf(index: number): number {
    return this.rows[index].line;
  }
}

/** The same as lines. What is wrong with a cell is said in the words of a sheet. */
class SheetLines extends CsvLines implements Lines {
  readonly #records: SheetRecords;

  constructor(records: SheetRecords, layout: Layout, rules: Rules) {
    super(records, layout, rules);
    this.#records = records;
  }

  override read(index: number, row: Float64Array): Flaw | undefined {
    const { rows, area } = this.#records;
    const { cells, notes } = rows[index];
    const left = cells.findIndex((cell, column) => column < area.first && (cell ?? '') !== '');
    if (left >= 0) return { problem: 'a value stands left of the table', column: left - area.first + 1 };
    const wrong = super.read(index, row);
    if (wrong?.column === undefined) return wrong;
    const column = area.first + wrong.column - 1;
    const note = notes?.get(column);
    if (note === 'error')
      return { ...wrong, problem: `it holds the error ${cells[column]}; a number is needed`, advice: '' };
    if (note === 'formula') {
      const problem = 'its formula has no stored result; open the file in Excel and save it';
      return { problem, column: wrong.column };
    }
    if (wrong.column > area.width)
      return { ...wrong, problem: 'a value stands right of the table', advice: '' };
    if (wrong.reason !== 'MISSING_VALUE' || (cells[column] ?? '').trim() !== '') return wrong;
    return {
      ...wrong,
      problem: 'it is empty; a number is needed',
      advice: say` (of merged cells only the first has a value; ${MISSING_ADVICE})`,
    };
  }
}

function chooseSheet({ sheets, archive }: Workbook, { sheet }: XlsxOptions, options: Warned): Sheet {
  const { name } = archive.file;
  const list = sheets.map((one) => JSON.stringify(one.name)).join(', ');
  if (sheet === undefined) {
    const shown = sheets.filter(({ hidden }) => !hidden);
    const first = shown[0] ?? sheets[0];
    if (shown.length > 1) {
      const message = say`${name}: of its sheets ${list} the first, ${JSON.stringify(first.name)}, is read; ${advice('other-sheet', say`choose another with ${option('sheet')}`)}`;
      warnOf(options, warning('OTHER_SHEETS', message));
    }
    return first;
  }
  if (typeof sheet !== 'string' && typeof sheet !== 'number') {
    throw wrongType('sheet', 'a name or a number from 1', sheet);
  }
  // A year may be a name.
  const named = sheets.find((one) => one.name === String(sheet));
  const found = typeof sheet === 'string' ? named : (sheets[sheet - 1] ?? named);
  if (found) return found;
  const got =
    typeof sheet === 'string' ? `has no sheet ${JSON.stringify(sheet)}` : `has no sheet number ${sheet}`;
  throw rangeError(say`${option('sheet')}: ${name} ${got}; it has ${list}, counted from 1`, {
    option: 'sheet',
  });
}

async function* rowsOf(
  workbook: Workbook,
  sheet: Sheet,
  bytes: Bytes,
  signal?: AbortSignal,
  firstLine = 0,
): AsyncGenerator<SheetRow[], void, undefined> {
  const collected = new SheetRows(workbook, sheet.name);
  for await (const _ of readXml(bytes, collected, signal)) {
    const { rows } = collected;
    if (rows.length === 0) continue;
    collected.rows = [];
    // Titles stand above the first line.
    yield rows[0].line < firstLine ? rows.filter(({ line }) => line >= firstLine) : rows;
  }
}

/** The number of rows above the table: each has a single text in the first column, and a row of names alone follows. */
function titleRows(head: readonly SheetRow[], first: number): number {
  const filled = head.map(({ cells, notes }) => {
    const texts = cells.flatMap((cell, at) =>
      (cell ?? '').trim() === '' ? [] : [{ at, cell: cell as string }],
    );
    return notes === undefined && texts.every(({ cell }) => Number.isNaN(parseNumber(cell)))
      ? texts
      : undefined;
  });
  const names = filled.findIndex((texts) => texts?.length !== 1 || texts[0].at !== first);
  const isTable =
    names > 0 && (filled[names]?.length ?? 0) > 1 && filled.slice(names + 1).includes(undefined);
  return isTable ? names : 0;
}

/** The first rows that are not empty. */
async function headOf(workbook: Workbook, sheet: Sheet, bytes: Bytes): Promise<SheetRow[]> {
  const head: SheetRow[] = [];
  for await (const rows of rowsOf(workbook, sheet, bytes)) {
    for (const row of rows) if (head.length < HEAD_ROWS && !isEmpty(row)) head.push(row);
    if (head.length === HEAD_ROWS) break;
  }
  return head;
}

/**
 * Read a sheet of an Excel workbook as rows of float64.
 *
 * The table is what stands in the sheet, without a title above it; empty rows are ignored. Numbers are read as they are stored, booleans as 1 and 0,
 * formulas by their stored results. Dates are text (2023-01-31), so they are not taken for numbers. Columns, row names and
 * the header are found as in a text table.
 * Memory: one chunk, the texts of all cells of the workbook (each once), and some megabytes.
 * Errors: `FormatError` with sheet, column and row for a bad cell, such as Sheet1!C17; `RangeError` for a sheet or column
 * that does not exist, with a list.
 */
export async function openXlsx(
  bytes: Bytes,
  options: XlsxOptions & TableOptions & Warned & LimitOptions = {},
): Promise<XlsxSource> {
  const onBadRow = readOnBadRow(options);
  const { name } = bytes;
  const release = bytes.hold();
  try {
    const workbook = await openWorkbook(await openArchive(bytes, options), options);
    const sheet = chooseSheet(workbook, options, options);
    const part = await openPart(workbook.archive, sheet.path);
    const head = await headOf(workbook, sheet, part);
    if (head.length === 0) throw new FormatError(name, `its sheet ${JSON.stringify(sheet.name)} is empty`);
    const first = head.reduce((least, { cells }) => {
      const at = cells.findIndex((cell) => (cell ?? '') !== '');
      return at < 0 ? least : Math.min(least, at);
    }, Number.POSITIVE_INFINITY);
    const titles = options.header === false ? [] : head.splice(0, titleRows(head, first));
    if (titles.length > 0) {
      const places = titles.map(
        ({ line, cells }) => `${cellName(sheet.name, line, first)} (${JSON.stringify(cells[first])})`,
      );
      const message = say`${name}: ${places.slice(0, 3).join(', ')} ${titles.length > 1 ? 'stand' : 'stands'} above the table and ${titles.length > 1 ? 'are' : 'is'} left out; if it is a row of it, ${useHeader(false)}`;
      warnOf(options, warning('TITLE_LEFT_OUT', message));
    }
    const firstLine = head[0].line;
    const end = head.reduce((most, { cells }) => {
      const at = cells.findLastIndex((cell) => (cell ?? '') !== '');
      return Math.max(most, at + 1);
    }, 0);
    if (end === 0)
      throw new FormatError(
        name,
        `its sheet ${JSON.stringify(sheet.name)} has formulas without results only`,
      );
    const area = { first, width: end - first };
    const records = new SheetRecords(head, area);
    const rules: Rules = {
      parse: parseNumber,
      isMissing: missingTest(options.missingValues),
      keepMissing: keepsMissing(options),
    };
    const layout = layOut(
      name,
      head.map((_, i) => records.forLayout(i)),
      rules,
      options,
    );
    const cols = layout.picked.length;
    const table = new TextRows({
      ...{
        bytes,
        cols,
        header: layout.header,
        secondHeader: layout.secondHeader,
        onBadRow,
        named: layout.id >= 0,
      },
      annotations: layout.annotations.map((one) => one.name),
      ...(layout.fields === 1 ? { blank: flaw([''], layout, { ...rules, keepMissing: false }) } : {}),
      cell: (line, column) => cellName(sheet.name, line, area.first + (column ?? 1) - 1),
      async *lines(signal) {
        for await (const rows of rowsOf(workbook, sheet, part, signal, firstLine)) {
          yield new SheetLines(new SheetRecords(rows, area), layout, rules);
        }
      },
    });
    async function* recordsOf(signal?: AbortSignal): AsyncGenerator<SheetRecords, void, undefined> {
      for await (const rows of rowsOf(workbook, sheet, part, signal, firstLine))
        yield new SheetRecords(rows, area);
    }
    return table.source({
      format: 'xlsx' as const,
      summary: `Excel, sheet ${JSON.stringify(sheet.name)}, ${layout.header ? 'with' : 'without'} a header`,
      overheadBytes: OVERHEAD_BYTES + workbook.textBytes,
      sheet: sheet.name,
      sheets: workbook.sheets.map((one) => one.name),
      header: layout.header,
      columns: layout.names && layout.picked.map((i) => layout.names![i]),
      readColumns: layout.picked,
      idColumn: layout.id < 0 ? undefined : layout.names?.[layout.id] || layout.id,
      facts: layout.facts,
      fileNames: layout.names ?? Array.from({ length: layout.fields }, (_, i) => String(i)),
      examine: (request: ExamineOptions = {}) => examine(recordsOf(request.signal), layout, rules, request),
    });
  } finally {
    await release();
  }
}
