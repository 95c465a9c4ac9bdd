/** Columns of tables as a matrix: which are read, and how a cell becomes a number. */

import { rangeError, typeError } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import type { Matrix } from '../../types.ts';
import { countsUp, isIndexName } from '../numbers/row-numbers.ts';
import { ROUND, type Steps } from '../scheduling.ts';
import { describe, isTypedArray } from '../text/describe.ts';
import { mostLike } from '../text/similar-names.ts';

/** The columns to read: names, or numbers from 0. All if undefined. */
export type Wanted = readonly (string | number)[] | undefined;

/** A matrix that was made from another object. */
export interface Converted extends Matrix {
  /** Names of the columns, if they have any. */
  columns?: string[];
  /** Bytes that a row takes besides the caller's own. */
  rowBytes: number;
}

/** A column of a table. */
export interface Column {
  name: string;
  at(row: number): unknown;
  /** What it holds, if its type says that it holds no numbers: 'text', 'dates'. */
  holds?: string | undefined;
}

/** Number of rows in which numbering of rows is looked for. */
const ENOUGH = 64;

/** A number written as text, as in records that were read from CSV. */
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/** The number in a cell; undefined if it holds none. */
export function numberIn(value: unknown): number | undefined {
  switch (typeof value) {
    case 'number':
      return value;
    case 'boolean':
      return Number(value);
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
    case 'string':
      return NUMBER.test(value) ? Number(value) : undefined;
    default:
      return undefined;
  }
}

/** The numbers of a cell that holds a list (an embedding). */
function listIn(value: unknown): ArrayLike<unknown> | undefined {
  if (Array.isArray(value) || isTypedArray(value)) return value;
  const { toArray } = Object(value) as { toArray?: unknown };
  const list: unknown = typeof toArray === 'function' ? toArray.call(value) : undefined;
  return Array.isArray(list) || isTypedArray(list) ? list : undefined;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}

/** What is wrong with a cell that holds no number. */
export function wrongCell(value: unknown): string {
  if (isMissing(value))
    return `has no value (${typeof value === 'string' ? 'empty text' : value}); fill it, or leave the row out`;
  const why = typeof value === 'bigint' ? ', and float64 has whole numbers up to 2^53' : '';
  return `is ${describe(value)}${why}; a number is needed`;
}

const quoted = (names: readonly string[]) => names.map((one) => JSON.stringify(one)).join(', ');

function pick(all: readonly Column[], wanted: readonly (string | number)[], name: string): Column[] {
  return wanted.map((one) => {
    const found = typeof one === 'number' ? all[one] : all.find((column) => column.name === one);
    if (found) return found;
    const names = all.map((column) => column.name);
    if (typeof one === 'number') {
      throw rangeError(
        say`${option('columns')}: ${name} has ${all.length} columns, counted from 0; got ${one}`,
      );
    }
    const meant = mostLike(one, names);
    const hint =
      meant === undefined ? `it has ${quoted(names.slice(0, 20))}` : `did you mean ${quoted([meant])}?`;
    throw rangeError(say`${option('columns')}: ${name} has no column ${quoted([one])}; ${hint}`);
  });
}

/** The line that chooses columns. */
function choosing(name: string, columns: readonly Column[]): string {
  if (columns.length === 0) return '';
  const few = columns.slice(0, 6).map((column) => column.name);
  const more = columns.length > 6 ? ', ...' : '';
  return `; choose columns of numbers with toMatrix(${name}, { columns: [${quoted(few)}${more}] })`;
}

/** Whether a column may be read as numbers, as far as its type and its first value tell. */
function isNumeric({ at, holds }: Column): boolean {
  if (holds !== undefined) return false;
  const first = at(0);
  return isMissing(first) || numberIn(first) !== undefined || listIn(first) !== undefined;
}

/** Without a choice, all columns must be data: text and numbers of rows are refused, with the line that chooses. */
function checkAll(all: readonly Column[], rows: number, name: string): void {
  const numeric = all.filter(isNumeric);
  const text = all.find((column) => !numeric.includes(column));
  const first = Math.min(rows, ENOUGH);
  const isIndex = ({ name, at }: Column) =>
    isIndexName(name) && countsUp(Array.from({ length: first }, (_, i) => numberIn(at(i)) ?? Number.NaN));
  const index = all.length > 1 ? numeric.find(isIndex) : undefined;
  const line = choosing(
    name,
    numeric.filter((column) => column !== index),
  );
  if (text) {
    const value = text.at(0);
    const what = text.holds ?? (typeof value === 'string' ? 'text' : 'no numbers');
    throw typeError(
      `${name}: column ${quoted([text.name])} holds ${what} (${describe(value)} in row 0)${line}`,
    );
  }
  if (index) {
    throw typeError(
      `${name}: column ${quoted([index.name])} numbers the rows, which would count as data${line}, or name it there too to keep it`,
    );
  }
}

/**
 * Read columns of a table.
 * @throws TypeError that names the column, or the row and column, for what holds no number; RangeError for columns that
 *   the table does not have
 */
export function* readColumns(
  all: readonly Column[],
  rows: number,
  wanted: Wanted,
  name: string,
): Steps<Converted> {
  if (rows === 0) throw rangeError(`${name} must have at least one row, got an empty table`);
  if (wanted === undefined) checkAll(all, rows, name);
  const chosen = wanted === undefined ? all : pick(all, wanted, name);
  if (chosen.length === 0) throw rangeError(`${name} must have at least one column, got none`);
  const refuse = (row: number, column: Column, problem: string): never => {
    throw typeError(`${name}: row ${row}, column ${quoted([column.name])} ${problem}`);
  };
  const lists = chosen.map(({ holds, at }) => (holds === undefined ? listIn(at(0)) : undefined));
  const widths = lists.map((list) => list?.length ?? 1);
  const cols = widths.reduce((sum, width) => sum + width, 0);
  if (cols === 0) throw rangeError(`${name} must have at least one column, got empty lists`);
  const data = new Float64Array(rows * cols);
  let to = 0;
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < chosen.length; c++) {
      const column = chosen[c];
      if (column.holds !== undefined) refuse(i, column, `holds ${column.holds}; a number is needed`);
      const value = column.at(i);
      if (lists[c] === undefined) {
        const number = numberIn(value) ?? refuse(i, column, wrongCell(value));
        data[to++] = number;
        if ((to & ROUND) === 0) yield;
        continue;
      }
      const list = listIn(value) ?? refuse(i, column, wrongCell(value));
      if (list.length !== widths[c]) {
        refuse(i, column, `has ${list.length} numbers, and row 0 has ${widths[c]}`);
      }
      for (let j = 0; j < list.length; j++) {
        const number = numberIn(list[j]) ?? refuse(i, column, `at ${j} ${wrongCell(list[j])}`);
        data[to++] = number;
      }
      yield;
    }
  }
  const names = lists.some((list) => list) ? {} : { columns: chosen.map((column) => column.name) };
  return { data, rows, cols, ...names, rowBytes: 8 * cols };
}
