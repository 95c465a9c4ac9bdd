/** Decides which fields of a text table are read: header, columns of numbers, the column of names, annotations. */

import { rangeError, warning } from '../../errors.ts';
import { advice, option, say } from '../../messages.ts';
import { checkColumn, checkColumnList, wrongValue } from '../../support/checks.ts';
import { chooseData } from '../chunks/choose-data.ts';
import { type ColumnFacts, type FieldRules, factsOf, WIDE } from '../chunks/column-facts.ts';
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
  /** Whether the first row of data looks like a second header: texts where the rows below have numbers. */
  secondHeader: boolean;
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

/** Whether numbers can be names, such as years: several whole numbers that increase. */
function areYears(values: readonly number[]): boolean {
  return (
    values.length > 1 &&
    values.every((value, i) => Number.isSafeInteger(value) && (i === 0 || value > values[i - 1]))
  );
}

/** Whether the first field is empty, above a column of text in each row: the corner between names of columns and of rows. */
function isCorner([first, ...rows]: readonly (readonly string[])[], facts: readonly ColumnFacts[]): boolean {
  const type = facts.find(({ index }) => index === 0)?.type;
  return (
    first[0]?.trim() === '' &&
    type !== undefined &&
    type !== 'number' &&
    rows.every((row) => (row[0] ?? '').trim() !== '')
  );
}

/**
 * Whether numbers in the first line can be names, such as years: whole numbers that increase, over a column that has
 * other numbers, beside a column of text.
 */
function namesOfNumbers(values: readonly number[], numbers: readonly ColumnFacts[]): boolean {
  return (
    areYears(values) &&
    numbers.every(({ range }, i) => range !== undefined && (values[i] < range[0] || values[i] > range[1]))
  );
}

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
  const corner = isCorner(head, facts);
  if (texts.length === 0 && !corner) return false;
  const values = numbers.map(({ index }) => parseNumber(first[index]));
  if (corner && areYears(values)) return true;
  const header = corner || namesOfNumbers(values, numbers);
  const as = header ? 'names of columns' : 'a row of data';
  const message = say`${file}: the first line is read as ${as}; if it is not, ${useHeader(!header)}`;
  warnOf(options, warning('HEADER_UNCERTAIN', message));
  return header;
}

/** The first records of a table, as wide as its rows, and the texts of the first one. */
interface Head {
  records: readonly (readonly string[])[];
  names: readonly string[];
  /** The first record is one name shorter than the others, so it is a header. */
  short: boolean;
}

function readHead(
  head: readonly (readonly string[])[],
  rules: FieldRules,
  header: boolean | undefined,
): Head {
  const short = header !== false && isShortHeader(head, rules);
  const first = short ? ['', ...head[0]] : head[0];
  // A line may have a million fields, so lists are not copied without need.
  const names = first.some((field) => field.trim() !== field) ? first.map((field) => field.trim()) : first;
  return { records: short ? [first, ...head.slice(1)] : head, names, short };
}

/** The columns that the caller chose, by index. */
interface Chosen {
  columns: number[] | undefined;
  annotations: number[];
  id: number | undefined;
  /** Whether one of them was chosen by name, so that the first line must be a header. */
  named: boolean;
}

function readChosen(file: string, names: readonly string[], options: LayoutOptions): Chosen {
  const { columns, annotations, idColumn, header } = options;
  const finder = new Finder(file, names, header);
  return {
    columns: finder.several('columns', columns),
    annotations: finder.several('annotations', annotations) ?? [],
    id: idColumn === undefined ? undefined : finder.one('idColumn', idColumn),
    named: [idColumn, ...(columns ?? []), ...(annotations ?? [])].some((one) => typeof one === 'string'),
  };
}

/** Whether the first line counts 0, 1, 2, ... and is taken for names, which is told. */
function isNumberedHeader(file: string, { records }: Head, options: Warned): boolean {
  if (!isNumbered(records)) return false;
  const counts = records[0].filter((field) => field !== '').slice(0, 3);
  const message = say`${file}: the first line counts ${counts.join(', ')}, ... and is taken for names; if it is data, ${useHeader(false)}`;
  warnOf(options, warning('NUMBERED_HEADER', message));
  return true;
}

/** What the first rows say about columns. Of wide tables it is found out when it is asked for. */
class Facts {
  readonly all: ColumnFacts[];

  readonly #names: readonly string[];
  readonly #rows: readonly (readonly string[])[];
  readonly #header: boolean;
  readonly #rules: FieldRules;

  constructor(
    names: readonly string[],
    rows: readonly (readonly string[])[],
    header: boolean,
    rules: FieldRules,
  ) {
    this.#names = names;
    this.#rows = rows;
    this.#header = header;
    this.#rules = rules;
    this.all = isWide(names) ? [] : names.map((_, i) => this.#of(i));
  }

  #of(i: number): ColumnFacts {
    const fields = this.#rows.map((row) => row[i] ?? '');
    return factsOf(i, this.#header ? this.#names[i] : undefined, fields, this.#rules);
  }

  at(i: number): ColumnFacts {
    return this.all[i] ?? this.#of(i);
  }
}

const isWide = (names: readonly string[]) => names.length > WIDE;

/**
 * Whether the first row of data has texts where the rows below have numbers: a second row of names, or units. Then no column of
 * numbers has a number in it.
 */
function isSecondHeader(
  [first, ...others]: readonly (readonly string[])[],
  picked: readonly number[],
  rules: FieldRules,
): boolean {
  const isNumber = (row: readonly string[], i: number) => !Number.isNaN(rules.parse(row[i] ?? ''));
  return (
    others.length > 0 &&
    picked.every((i) => !isNumber(first, i)) &&
    picked.some((i) => looksLikeName(first[i] ?? '', rules)) &&
    picked.every((i) => others.some((row) => isNumber(row, i)))
  );
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
  const table = readHead(head, rules, options.header);
  const { records, names } = table;
  const chosen = readChosen(file, names, options);
  const rows = records.slice(1);
  const all = names.map((_, i) => i);
  const { annotations, id: asked } = chosen;
  const others =
    asked === undefined && annotations.length === 0
      ? all
      : all.filter((i) => i !== asked && !annotations.includes(i));
  const guess = () => {
    if (isWide(names)) return others.some((i) => looksLikeName(records[0][i], rules));
    const facts = new Facts(names, rows, true, rules).all;
    return guessHeader(file, records, facts, chosen.columns ?? others, rules, options);
  };
  const header =
    options.header ?? (chosen.named || isNumberedHeader(file, table, options) || table.short || guess());
  const data = header ? rows : records;
  const facts = new Facts(names, data, header, rules);
  const { picked, id } =
    chosen.columns === undefined
      ? chooseColumns(file, others, { table, data, header, facts, rules, asked }, options)
      : { picked: chosen.columns, id: asked ?? -1 };
  if (picked.length === 0)
    throw rangeError(say`${option('columns')}: none is left to read`, { option: 'columns' });
  return {
    fields: names.length,
    picked,
    most: picked.reduce((a, b) => Math.max(a, b)),
    id,
    header,
    secondHeader: header && isSecondHeader(data, picked, rules),
    names: header ? names : undefined,
    annotations: keyed(annotations, header ? names : []),
    facts: facts.all,
  };
}

/** Annotations have the names of their columns, or the indexes where there is no name, or where two have the same. */
function keyed(columns: readonly number[], names: readonly string[]): Layout['annotations'] {
  const twice = new Set<string>();
  const seen = new Set<string>();
  for (const column of columns) (seen.has(names[column]) ? twice : seen).add(names[column]);
  return columns.map((column) => {
    const name = names[column];
    return { name: name === undefined || twice.has(name) ? String(column) : name, column };
  });
}

/** Choose the columns that are read, and the one that names the rows, where the caller did not choose. */
function chooseColumns(
  file: string,
  columns: readonly number[],
  {
    table: { records, names },
    data,
    header,
    facts,
    rules,
    asked,
  }: {
    table: Head;
    data: readonly (readonly string[])[];
    header: boolean;
    facts: Facts;
    rules: FieldRules;
    asked: number | undefined;
  },
  options: Warned,
): { picked: number[]; id: number } {
  // Of a wide table the last record alone says whether a column holds text.
  const last = data[data.length - 1];
  const isRead = (i: number) => last === undefined || !looksLikeName(last[i] ?? '', rules);
  const { picked, id } = chooseData(
    file,
    {
      columns,
      factAt: (i) => facts.at(i),
      named: asked !== undefined,
      ...(isWide(names) ? { isRead } : {}),
      numbering: (read) =>
        !header && isSquare(records) ? [] : indexColumns(header ? names : undefined, read, data),
      line: 1,
    },
    options,
  );
  return { picked, id: asked ?? id };
}
