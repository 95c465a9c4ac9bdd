/** The rows of a sheet, as texts of cells. Numbers keep the text that is in the file. */

import { FormatError } from '../../errors.ts';
import type { Workbook } from './workbook.ts';
import { attribute, decode, type Handler } from './xml.ts';

/** Excel's largest sheet. */
const MOST_ROWS = 2 ** 20;
const MOST_COLUMNS = 2 ** 14;
const DAY_MS = 86_400_000;

/** What else is to be said of a cell: it holds an error, or a formula without its result. */
type Note = 'error' | 'formula';

/** A row. Cells are counted from 0; what is empty is undefined or ''. */
export interface SheetRow {
  /** Counted from 1, as Excel shows it. */
  line: number;
  cells: (string | undefined)[];
  notes?: Map<number, Note>;
}

/** Letters of a column that is counted from 0: A, B, ... Z, AA. @internal */
export function columnLetters(column: number): string {
  let letters = '';
  for (let left = column + 1; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
  }
  return letters;
}

/** A place as Excel writes it: Sheet1!C17. */
export function cellName(sheet: string, line: number, column: number): string {
  const name = /^[\p{L}_][\p{L}\d_.]*$/u.test(sheet) ? sheet : `'${sheet.replaceAll("'", "''")}'`;
  return `${name}!${columnLetters(column)}${line}`;
}

/** A day as Excel counts it, as text: 2023-01-31, or with the time of day. Without a day only the time. @internal */
export function dateText(serial: number, from1904: boolean): string | undefined {
  if (!Number.isFinite(serial) || serial < 0 || serial > 2_958_466) return undefined;
  // Excel counts the 29th of February 1900, which there was not. It becomes the 28th.
  const days = serial - 25_569 + (from1904 ? 1462 : serial < 60 ? 1 : 0);
  if (serial < 1 && !from1904) return new Date(Math.round(serial * DAY_MS)).toISOString().slice(11, 19);
  const text = new Date(Math.round(days * DAY_MS)).toISOString().replace(/(\.000)?Z$/, '');
  return text.endsWith('T00:00:00') ? text.slice(0, 10) : text;
}

/** Collects rows while a sheet is read. */
export class SheetRows implements Handler {
  /** Rows that are complete. The caller takes them out. */
  rows: SheetRow[] = [];
  #row: SheetRow | undefined;
  #line = 0;
  #column = -1;
  #inData = false;
  #inCell = false;
  #type = '';
  #isDate = false;
  #hasFormula = false;
  #spoken = 0;
  /** The element whose text is collected: v, or t of a text within the cell. */
  #collecting = false;
  #value: string | undefined;

  readonly #workbook: Workbook;
  readonly #sheet: string;

  constructor(workbook: Workbook, sheet: string) {
    this.#workbook = workbook;
    this.#sheet = sheet;
  }

  #fail(problem: string): never {
    const { name } = this.#workbook.archive.file;
    throw new FormatError(name, `is damaged: ${problem}`, {
      cell: cellName(this.#sheet, Math.max(1, this.#line), Math.max(0, this.#column)),
    });
  }

  open(name: string, tag: string): void {
    if (name === 'sheetData') this.#inData = true;
    if (!this.#inData) return;
    if (this.#inCell) {
      if (name === 'rPh') this.#spoken++;
      this.#collecting = name === 'v' || (name === 't' && this.#spoken === 0);
      if (name === 'f') this.#hasFormula = true;
    } else if (name === 'c' && this.#row) this.#openCell(tag);
    else if (name === 'row') {
      const stated = attribute(tag, 'r');
      const line = stated === undefined ? this.#line + 1 : Number(stated);
      this.#column = -1;
      if (!(line > this.#line && line <= MOST_ROWS && line % 1 === 0)) {
        this.#fail(`row ${JSON.stringify(stated?.slice(0, 20))} follows row ${this.#line}`);
      }
      this.#line = line;
      this.#row = { line, cells: [] };
    }
  }

  #openCell(tag: string): void {
    const stated = attribute(tag, 'r');
    const column = stated === undefined ? this.#column + 1 : columnOf(stated);
    if (!(column >= 0 && column < MOST_COLUMNS))
      this.#fail(`a cell is named ${JSON.stringify(stated?.slice(0, 20))}`);
    this.#column = column;
    this.#type = attribute(tag, 't') ?? 'n';
    const style = this.#type === 'n' ? attribute(tag, 's') : undefined;
    this.#isDate = style !== undefined && this.#workbook.dates[Number(style)] === true;
    this.#hasFormula = false;
    this.#inCell = true;
    this.#value = undefined;
  }

  text(text: string): void {
    if (this.#collecting) this.#value = this.#value === undefined ? text : this.#value + text;
  }

  close(name: string): void {
    this.#collecting = false;
    if (name === 'rPh') this.#spoken = Math.max(0, this.#spoken - 1);
    else if (name === 'c' && this.#inCell) {
      this.#inCell = false;
      this.#closeCell(this.#row as SheetRow);
    } else if (name === 'row' && this.#row) {
      this.rows.push(this.#row);
      this.#row = undefined;
    } else if (name === 'sheetData') this.#inData = false;
  }

  #closeCell(row: SheetRow): void {
    const column = this.#column;
    const value = this.#value;
    const type = this.#type;
    if (value === undefined) {
      if (this.#hasFormula) this.#note(row, 'formula');
      return;
    }
    if (type === 's') {
      const text = this.#workbook.strings[Number(value)];
      if (text === undefined)
        this.#fail(`it refers to text ${value.slice(0, 20)} of ${this.#workbook.strings.length}`);
      row.cells[column] = text;
    } else if (type === 'n') {
      row.cells[column] =
        (this.#isDate ? dateText(Number(value), this.#workbook.from1904) : undefined) ?? decode(value);
    } else {
      row.cells[column] = decode(value);
      if (type === 'e') this.#note(row, 'error');
    }
  }

  #note(row: SheetRow, note: Note): void {
    row.notes ??= new Map();
    row.notes.set(this.#column, note);
  }
}

/** The column of a cell such as BC17, counted from 0; NaN if it is none. */
function columnOf(reference: string): number {
  let column = 0;
  let i = 0;
  for (; i < reference.length; i++) {
    const letter = reference.charCodeAt(i) & ~32;
    if (letter < 65 || letter > 90) break;
    column = 26 * column + letter - 64;
  }
  return i === 0 || i > 3 ? Number.NaN : column - 1;
}
