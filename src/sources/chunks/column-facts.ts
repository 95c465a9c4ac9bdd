/** Finds out what the columns of a table hold, from its first rows, and which of them can be clustered. */

import { warning } from '../../errors.ts';
import { advice, option, say } from '../../messages.ts';
import { countsUp, isIndexName } from '../../support/numbers/row-numbers.ts';
import { quoted } from '../../support/text/quoted.ts';
import type { CoppiceWarning } from '../../types.ts';

/**
 * What a column is for:
 * - `number`, `count` (whole numbers from 0), `constant` (one number): read as data;
 * - `name` (a different text in each row), `id` (whole numbers that number the rows, or under a name such as patient_id),
 *   `category` (texts that repeat), `text`, `sequence` (of amino acids), `date`, `empty` (no value): left out, unless the caller chooses them.
 */
export type ColumnRole =
  | 'number'
  | 'count'
  | 'constant'
  | 'name'
  | 'id'
  | 'category'
  | 'text'
  | 'sequence'
  | 'date'
  | 'empty';

/** What is known of a column. */
export interface ColumnFacts {
  /** Its place in the table, from 0. */
  index: number;
  /** Undefined if the table has no header. */
  name: string | undefined;
  type: 'number' | 'text' | 'date' | 'boolean' | 'empty';
  role: ColumnRole;
  /** Why it has this role, in words. */
  reason: string;
  /** Share of the examined rows that have no value. */
  missing: number;
  /** Smallest and largest value of the examined rows; for columns of numbers. */
  range?: [least: number, most: number];
  /** Number of different values of the examined rows. */
  distinct: number;
}

/** Tables with more columns are read without facts about each, which would take more memory than their rows. */
export const WIDE = 4096;

/** How fields are understood. */
export interface FieldRules {
  /** The number in a field; NaN if there is none. */
  parse(field: string): number;
  isMissing(field: string): boolean;
}

const DATE =
  /^\s*(\d{4}-\d{1,2}(-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?|\d{4}\/\d{1,2}\/\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2}:\d{2}(:\d{2})?)\s*$/;
const BOOLEAN = /^\s*(true|false|yes|no)\s*$/i;
/** Names of columns that identify rows: `patient_id`, `Sample ID`, `cellId`. */
const ID_NAME = /(^|[_\s.-])([iI][dD]s?|uuid|UUID|barcode)$|[a-z]I[dD]$/;

/** Whether a name says that the values identify rows. */
export function isIdName(name: string): boolean {
  return ID_NAME.test(name.trim());
}

const AMINO_ACIDS = /^[ACDEFGHIKLMNPQRSTVWY]{5,}$/;
const SEQUENCE_NAME = /cdr3|junction|sequence|peptide|epitope/i;

/** Whether most texts are sequences of amino acids. Short words of capital letters can be names, if they repeat. */
function areSequences(values: readonly string[], name = ''): boolean {
  const sequences = values.filter((value) => AMINO_ACIDS.test(value) && !/^[ACGTN]+$/.test(value));
  if (sequences.length < 0.8 * values.length) return false;
  if (SEQUENCE_NAME.test(name)) return true;
  const letters = sequences.reduce((sum, { length }) => sum + length, 0);
  return letters >= 10 * sequences.length && new Set(sequences).size > sequences.length / 2;
}

/** A column holds numbers if at least this share of its values are numbers. Others among them are bad values. */
const MOSTLY = 0.5;

/** The reason for a category: '3 different texts'. */
export function textsThatRepeat(count: number): string {
  return count === 1 ? 'one text in all rows' : `${count} different texts`;
}

const NUMBERS_ROWS = 'numbers the rows';

/** Whether a column only numbers the rows, so that it is left out, unless it is the only one. */
export function numbersRows({ role, reason }: Pick<ColumnFacts, 'role' | 'reason'>): boolean {
  return role === 'id' && (reason === NUMBERS_ROWS || reason === PANDAS_INDEX);
}

/** The reason for the index that pandas writes into files with typed columns. */
export const PANDAS_INDEX = 'the index of pandas';

/** The facts about one column. @param fields its fields in the first rows */
export function factsOf(
  index: number,
  name: string | undefined,
  fields: readonly string[],
  { parse, isMissing }: FieldRules,
): ColumnFacts {
  const values = fields.filter((field) => !isMissing(field));
  const missing = fields.length === 0 ? 0 : 1 - values.length / fields.length;
  const distinct = new Set(values).size;
  const facts = (
    type: ColumnFacts['type'],
    role: ColumnRole,
    reason: string,
    range?: [number, number],
  ): ColumnFacts => ({ index, name, type, role, reason, missing, ...(range ? { range } : {}), distinct });
  if (values.length === 0) {
    // A table of a header alone has columns of unknown types, which are read when rows are added.
    return fields.length === 0
      ? facts('empty', 'number', 'there is no row')
      : facts('empty', 'empty', 'no row has a value');
  }
  const numbers = values.map(parse).filter((value) => !Number.isNaN(value));
  if (numbers.length < MOSTLY * values.length || numbers.length === 0) {
    // Infinity is a bad value in a column of numbers.
    if (values.every((value) => /^\s*[+-]?inf(inity)?\s*$/i.test(value) || !Number.isNaN(parse(value)))) {
      return facts('number', 'number', 'infinity');
    }
    if (values.every((value) => DATE.test(value))) return facts('date', 'date', 'every value is a date');
    if (values.every((value) => BOOLEAN.test(value))) return facts('boolean', 'category', 'true or false');
    if (areSequences(values, name)) return facts('text', 'sequence', 'sequences of amino acids');
    if (distinct === values.length && missing === 0) {
      return facts('text', 'name', 'a different text in each row');
    }
    if (distinct <= Math.max(2, values.length / 2)) {
      return facts('text', 'category', textsThatRepeat(distinct));
    }
    return facts('text', 'text', 'texts');
  }
  let [least, most] = [Infinity, -Infinity];
  for (const number of numbers) {
    if (number < least) least = number;
    if (number > most) most = number;
  }
  const range: [number, number] = [least, most];
  const whole = numbers.every(Number.isSafeInteger);
  const unique = new Set(numbers).size === numbers.length && numbers.length === fields.length;
  if (name !== undefined && whole && unique && numbers.length > 1) {
    if (isIndexName(name) && countsUp(numbers)) return facts('number', 'id', NUMBERS_ROWS, range);
    if (isIdName(name) && least >= 0) {
      return facts('number', 'id', 'its name ends in id, and no whole number repeats', range);
    }
  }
  if (least === most && numbers.length > 2)
    return facts('number', 'constant', 'one value in all rows', range);
  if (whole && least >= 0) return facts('number', 'count', 'whole numbers', range);
  return facts('number', 'number', 'numbers', range);
}

/** Whether columns of this role are read as data by default. */
export function isData({ role }: Pick<ColumnFacts, 'role'>): boolean {
  return role === 'number' || role === 'count' || role === 'constant';
}

/** The column whose values name the rows: the first of texts that all differ, or else the first id that does not only number the rows. */
export function namingColumn(columns: readonly ColumnFacts[]): ColumnFacts | undefined {
  return (
    columns.find(({ role }) => role === 'name') ??
    columns.find((column) => column.role === 'id' && !numbersRows(column))
  );
}

const WORDS: Partial<Record<ColumnRole, string>> = {
  name: 'text',
  category: 'text',
  text: 'text',
  sequence: 'sequences',
  date: 'dates',
  empty: 'empty',
  id: 'ids',
};

/** What a column holds, in a word or two. Columns with types that cannot be clustered have it in their reason. */
function contents({ role, reason }: Pick<ColumnFacts, 'role' | 'reason'>): string {
  return /^holds (.*)/.exec(reason)?.[1] ?? WORDS[role] ?? role;
}

const SHOWN = 8;

/** The warning that says which columns are left out; undefined if none is. @param naming the column that names the rows */
export function leftOutWarning(
  file: string,
  left: readonly Pick<ColumnFacts, 'index' | 'name' | 'role' | 'reason'>[],
): CoppiceWarning | undefined {
  if (left.length === 0) return undefined;
  const list = left
    .slice(0, SHOWN)
    .map((one) => `${one.name === undefined ? one.index : quoted(one.name)} (${contents(one)})`);
  const more = left.length > SHOWN ? `, and ${left.length - SHOWN} more` : '';
  const one = left.length === 1;
  return warning(
    'COLUMNS_LEFT_OUT',
    say`${file}: ${one ? 'column' : 'columns'} ${list.join(', ')}${more} ${one ? 'is' : 'are'} left out, since only numbers are clustered; to choose yourself, ${advice('choose-columns', say`use ${option('columns')}`)}`,
  );
}
