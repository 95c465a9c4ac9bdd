/** Decides which fields of a text table are read: header, columns of numbers, the column of names, annotations. */

import { rangeError, warning } from '../../errors.ts';
import { advice, option, say } from '../../messages.ts';
import { checkColumn, checkColumnList, wrongValue } from '../../support/checks.ts';
import { chooseData } from '../chunks/choose-data.ts';
import { type ColumnFacts, type FieldRules, factsOf } from '../chunks/column-facts.ts';
import { shown } from '../chunks/columns.ts';
import { indexColumns } from '../chunks/index-column.ts';
import { type Warned, warnOf } from '../chunks/rows.ts';
import { parseNumber } from './numbers.ts';

/** Options of `open` that choose columns of a text table. */
export interface LayoutOptions {
  /**
   * Whether the first line holds names. Default: yes if a column of numbers has text in it, if it has one field fewer than
   * the others (as R writes it), or if it counts 0, 1, 2, ... (then with a warning, NUMBERED_HEADER).
   */
  header?: boolean;
  /**
   * Columns to read, by name or by index from 0, in this order. Default: all that hold numbers, without the column of
   * names and a column that numbers the rows. What is left out is told in a warning.
   */
  columns?: readonly (string | number)[];
  /**
   * Column with names for the rows; each chunk has them as `ids`. Default: the first column with a different text in each
   * row, or else one of whole numbers that is named id, patient_id or the like.
   */
  idColumn?: string | number;
  /** Columns whose texts each chunk has as `annotations`, for example categories. Default: none. */
  annotations?: readonly (string | number)[];
}

/** Properties of the table that are known before its rows are read. */
export interface Layout {
  fields: number;
  /** Indexes of the fields that make a row. */
  picked: number[];
  /** The largest of them. */
  most: number;
  /** Index of the field that names the row; -1 for none. */
  id: number;
  header: boolean;
  /** Names of all columns, if there is a header. */
  names: readonly string[] | undefined;
  annotations: { name: string; column: number }[];
  /** What the first rows say about each column; empty for tables of more than 4096 columns. */
  facts: ColumnFacts[];
}

/** Whether a field is text. Missing values and infinity are bad values, but they do not make a line a header. */
export function looksLikeName(field: string, { parse, isMissing }: FieldRules): boolean {
  return Number.isNaN(parse(field)) && !isMissing(field) && !/^\s*[+-]?inf(inity)?\s*$/i.test(field);
}

/**
 * Whether the first line numbers its columns 0, 1, 2, ..., as pandas does for columns without names; its index column
 * then has an empty name. If the next line continues the count, the first line is data. Two columns, 0 and 1, may be data
 * too, so they count as a header only if the rows have fractions or the index column is there. The first line of a square of
 * distances is data.
 */
function isNumbered([first, ...rows]: readonly (readonly string[])[]): boolean {
  const counts = first[0] === '' ? first.slice(1) : first;
  if (counts.length < 2 || counts.some((field, i) => field !== String(i))) return false;
  if (counts === first && rows[0]?.[0] === String(counts.length)) return false;
  if (counts === first && isSquare([first, ...rows])) return false;
  return (
    counts.length > 2 || counts !== first || rows.some((row) => row.some((field) => /\d\.\d/.test(field)))
  );
}

/**
 * Whether a line that counts 0, 1, 2, ... is the first one of a square of distances: the lines from it on have zeros on the
 * diagonal and begin with the same numbers. As names, the lines below it would have the zeros.
 */
function isSquare(lines: readonly (readonly string[])[]): boolean {
  return (
    lines.length > 1 &&
    lines.length <= lines[0].length &&
    lines.every((line, i) => Number(line[i]) === 0 && Number(line[0]) === i)
  );
}

/** Whether the first line is one field shorter than all others and holds names: the header of R's write.table. */
function isShortHeader([first, ...rows]: readonly (readonly string[])[], fields: FieldRules): boolean {
  return (
    rows.length > 0 &&
    rows.every((row) => row.length === first.length + 1) &&
    first.every((field) => field.trim() !== '' && !fields.isMissing(field)) &&
    first.some((field) => looksLikeName(field, fields))
  );
}

/**
 * Whether numbers in the first line can be names, such as years: whole numbers that increase, over a column that has
 * other numbers, beside a column of text.
 */
function namesOfNumbers(first: readonly string[], numbers: readonly ColumnFacts[]): boolean {
  const values = numbers.map(({ index }) => parseNumber(first[index]));
  return (
    values.length > 1 &&
    values.every((value, i) => Number.isSafeInteger(value) && (i === 0 || value > values[i - 1])) &&
    numbers.every(({ range }, i) => range !== undefined && (values[i] < range[0] || values[i] > range[1]))
  );
}

/** Tables with more columns are laid out without facts about each, which would take more memory than their rows. */
export const WIDE = 4096;

/** Finds columns by name or index. */
class Finder {
  readonly #file: string;
  readonly #names: readonly string[];
  readonly #header: boolean | undefined;

  constructor(file: string, names: readonly string[], header: boolean | undefined) {
    this.#file = file;
    this.#names = names;
    this.#header = header;
  }

  one(argument: string, column: string | number): number {
    const names = this.#names;
    if (typeof column === 'string') {
      if (this.#header === false)
        throw rangeError(say`${option(argument)}: ${JSON.stringify(column)} is a name, but header is false`);
      const index = names.indexOf(column);
      if (index < 0) {
        throw rangeError(
          say`${option(argument)}: ${this.#file} has no column ${JSON.stringify(column)}; its first line is ${shown(names)}`,
        );
      }
      if (names.indexOf(column, index + 1) >= 0) {
        throw rangeError(
          say`${option(argument)}: ${this.#file} has more than one column ${JSON.stringify(column)}; use an index from 0`,
        );
      }
      return index;
    }
    checkColumn(column, argument);
    if (!Number.isInteger(column) || column < 0 || column >= names.length) {
      throw wrongValue(argument, `a column of ${this.#file}, 0 to ${names.length - 1}`, column);
    }
    return column;
  }

  several(argument: string, columns: readonly (string | number)[] | undefined): number[] | undefined {
    if (columns === undefined) return undefined;
    checkColumnList(columns, argument);
    const found = columns.map((column) => this.one(argument, column));
    const twice = found.find((column, i) => found.indexOf(column) !== i);
    if (twice !== undefined) throw rangeError(say`${option(argument)}: column ${twice} is listed twice`);
    return found;
  }
}

export const useHeader = (header: boolean) =>
  advice('use-header', say`use ${option('header', header)}`, header);

/** Whether the first line is a header, where neither the caller nor its form says so. */
function guessHeader(
  file: string,
  head: readonly (readonly string[])[],
  facts: readonly ColumnFacts[],
  read: readonly number[],
  fields: FieldRules,
  options: Warned,
): boolean {
  const [first, ...rows] = head;
  const isName = (i: number) => looksLikeName(first[i] ?? '', fields);
  if (rows.length === 0) return read.some(isName);
  const numbers = facts.filter((column) => read.includes(column.index) && column.type === 'number');
  if (numbers.length === 0) return read.some(isName);
  if (numbers.some(({ index }) => isName(index))) return true;
  const texts = facts.filter(({ index, type }) => type !== 'number' && type !== 'empty' && isName(index));
  if (texts.length === 0) return false;
  const header = namesOfNumbers(first, numbers);
  const as = header ? 'names of columns' : 'a row of data';
  const message = say`${file}: the first line is read as ${as}; if it is not, ${useHeader(!header)}`;
  warnOf(options, warning('HEADER_UNCERTAIN', message));
  return header;
}

/**
 * Lay out the rows of a table.
 * @param head its first records, at least one
 * @throws RangeError for columns that do not exist; FormatError if no column holds numbers
 */
export function layOut(
  file: string,
  head: readonly (readonly string[])[],
  rules: FieldRules,
  options: LayoutOptions & Warned,
): Layout {
  const { header: given } = options;
  const short = given !== false && isShortHeader(head, rules);
  const first = short ? ['', ...head[0]] : head[0];
  const records = short ? [first, ...head.slice(1)] : head;
  const rows = records.slice(1);
  const names = first.some((field) => field.trim() !== field) ? first.map((field) => field.trim()) : first;
  const finder = new Finder(file, names, given);
  const wanted = finder.several('columns', options.columns);
  const annotated = finder.several('annotations', options.annotations) ?? [];
  const asked = options.idColumn === undefined ? undefined : finder.one('idColumn', options.idColumn);
  // If the caller names a column, the first line must be a header.
  const named = [options.idColumn, ...(options.columns ?? []), ...(options.annotations ?? [])].some(
    (column) => typeof column === 'string',
  );
  const numbered = !named && given === undefined && isNumbered(records);
  if (numbered) {
    const counts = first.filter((field) => field !== '').slice(0, 3);
    const message = say`${file}: the first line counts ${counts.join(', ')}, ... and is taken for names; if it is data, ${useHeader(false)}`;
    warnOf(options, warning('NUMBERED_HEADER', message));
  }
  const wide = names.length > WIDE;
  const factOf = (list: readonly (readonly string[])[], header: boolean, i: number) =>
    factsOf(
      i,
      header ? names[i] : undefined,
      list.map((row) => row[i] ?? ''),
      rules,
    );
  const factsFrom = (list: readonly (readonly string[])[], header: boolean) =>
    wide ? [] : names.map((_, i) => factOf(list, header, i));
  const all = names.map((_, i) => i);
  // A line may have a million fields, so the list is not copied without need.
  const others =
    asked === undefined && annotated.length === 0
      ? all
      : all.filter((i) => i !== asked && !annotated.includes(i));
  const header =
    given ??
    (named ||
      numbered ||
      short ||
      (wide
        ? others.some((i) => looksLikeName(first[i], rules))
        : guessHeader(file, records, factsFrom(rows, true), wanted ?? others, rules, options)));
  const data = header ? rows : records;
  const facts = factsFrom(data, header);
  // Of a wide table the last record alone says whether a column holds text.
  const last = data[data.length - 1];
  const factAt = (i: number) => facts[i] ?? factOf(data, header, i);
  let id = asked ?? -1;
  let picked = wanted ?? others;
  if (wanted === undefined) {
    const chosen = chooseData(
      file,
      {
        columns: picked,
        factAt,
        named: asked !== undefined,
        ...(wide ? { isRead: (i) => last === undefined || !looksLikeName(last[i] ?? '', rules) } : {}),
        numbering: (read) =>
          !header && isSquare(records) ? [] : indexColumns(header ? names : undefined, read, data),
        line: 1,
      },
      options,
    );
    picked = chosen.picked;
    if (asked === undefined) id = chosen.id;
  }
  if (picked.length === 0)
    throw rangeError(say`${option('columns')}: none is left to read`, { option: 'columns' });
  return {
    fields: names.length,
    picked,
    most: picked.reduce((a, b) => Math.max(a, b)),
    id,
    header,
    names: header ? names : undefined,
    annotations: annotated.map((column) => ({ name: header ? names[column] : String(column), column })),
    facts,
  };
}
