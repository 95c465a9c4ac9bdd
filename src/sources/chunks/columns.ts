/** Chooses the columns that are read from tables with typed columns (Parquet, Arrow). */

import { FormatError, rangeError } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import { checkColumn, checkColumnList, checkOneOf } from '../../support/checks.ts';
import { isIndexName } from '../../support/numbers/row-numbers.ts';
import { quoted } from '../../support/text/quoted.ts';
import { chooseData, numberingColumns } from './choose-data.ts';
import { type ColumnFacts, factsOf, isIdName, PANDAS_INDEX } from './column-facts.ts';
import type { Warned } from './rows.ts';

/** Options of `open` for tables with typed columns (Parquet, Arrow). */
export interface TableOptions {
  /**
   * Columns to read, by name or by index from 0, in this order. Default: all that hold numbers, without the column of
   * names and columns that number the rows. What is left out is told in a warning.
   */
  columns?: readonly (string | number)[];
  /**
   * Column with names for the rows; each chunk has them as `ids`. Default: the first column with a different text in each
   * row, or else one of whole numbers that is named id, patient_id or the like.
   */
  idColumn?: string | number;
  /** Columns whose texts each chunk has as `annotations`, for example categories. Default: none. */
  annotations?: readonly (string | number)[];
  /** How to treat a null: as an error that names its row and column (default), or as NaN, which `onBadRow` handles. */
  nulls?: 'error' | 'nan';
}

/** Names for a message. Long names and long lists are shortened. */
export function shown(names: readonly string[]): string {
  const list = names.slice(0, 30).map(quoted);
  return list.join(', ') + (names.length > 30 ? `, and ${names.length - 30} more` : '');
}

/** A column of a table with typed columns. */
export interface TypedColumn {
  name: string;
  /** What it holds, if it cannot be read as numbers. */
  problem: string | undefined;
}

interface Candidate extends TypedColumn {
  /** Whether each row has a list. */
  list: boolean;
}

/** What is read of a table with typed columns. */
interface ChosenColumns<C> {
  /** The columns that make a row. */
  picked: C[];
  /** The column that names the rows. */
  id: C | undefined;
  /** Whether a row without a name is an error: if the caller chose the column. */
  needsNames: boolean;
  /** Columns whose texts the chunks carry. */
  annotations: C[];
  /** What the first rows say about columns that were looked at, to find out what they hold. */
  facts: ColumnFacts[];
}

/** Rows that are looked at to find out what columns of text hold. */
export const SAMPLE_ROWS = 64;
/** Columns that are looked at: each has to be read. */
const MOST_SAMPLED = 256;
const PANDAS_NAME = /^__index_level_\d+__$/;

/** The text of a value of a typed column: dates as 2023-01-31. */
export function textOf(value: unknown): string {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return String(value);
  return value.toISOString().replace(/T00:00:00\.000Z$/, '');
}

/** Whether the values decide what a column is for: of a text always, of numbers if the name is one of an id. */
function isLookedAt({ name, problem, list }: Candidate): boolean {
  return !list && (problem === 'text' || (problem === undefined && (isIndexName(name) || isIdName(name))));
}

/** The facts about a column by its type, and by its first values as texts ('' for null) if they are known. */
function typedFacts(index: number, column: Candidate, fields: readonly string[] | undefined): ColumnFacts {
  const { name, problem, list } = column;
  const byType = (type: ColumnFacts['type'], role: ColumnFacts['role'], reason: string): ColumnFacts => ({
    ...{ index, name, type, role, reason, missing: 0, distinct: 0 },
  });
  if (problem === undefined && PANDAS_NAME.test(name)) return byType('number', 'id', PANDAS_INDEX);
  if (fields !== undefined && fields.length > 0) {
    const parse = problem === undefined ? Number : () => Number.NaN;
    const isMissing = (field: string) => field === '' || (problem === undefined && field === 'NaN');
    const facts = factsOf(index, name, fields, { parse, isMissing });
    if (problem !== undefined || facts.type === 'number') return facts;
  }
  if (problem === undefined) return byType('number', 'number', list ? 'lists of numbers' : 'numbers');
  const isDate = problem === 'a date' || problem === 'a time';
  return byType(isDate ? 'date' : 'text', isDate ? 'date' : 'text', `holds ${problem}`);
}

/**
 * Choose the columns that make a row, the one that names rows, and annotations.
 * @param look reads the first values of columns as texts, '' for null. If it fails, their types alone count: a column that
 * nobody asked for must not stop the others
 */
export async function chooseColumns<C extends Candidate>(
  file: string,
  all: readonly C[],
  options: TableOptions & Warned,
  look: (columns: readonly C[]) => Promise<string[][]>,
): Promise<ChosenColumns<C>> {
  const { columns, idColumn, annotations, nulls } = options;
  if (nulls !== undefined) checkOneOf(nulls, 'nulls', ['error', 'nan']);
  const list = shown(all.map(({ name }) => name));
  const find = (argument: string, wanted: string | number): C => {
    checkColumn(wanted, argument);
    const found = typeof wanted === 'number' ? all[wanted] : all.find(({ name }) => name === wanted);
    if (!found)
      throw rangeError(
        say`${option(argument)}: ${file} has no column ${JSON.stringify(wanted)}; it has ${list}`,
      );
    if (argument === 'columns' || !found.list) return found;
    throw rangeError(
      say`${option(argument)}: column ${quoted(found.name)} of ${file} holds lists, not texts`,
    );
  };
  const several = (argument: string, wanted: readonly (string | number)[]): C[] => {
    checkColumnList(wanted, argument);
    const found = wanted.map((column) => find(argument, column));
    const twice = found.find((column, i) => found.indexOf(column) !== i);
    if (twice) throw rangeError(say`${option(argument)}: ${quoted(twice.name)} is listed twice`);
    return found;
  };
  const asked = idColumn === undefined ? undefined : find('idColumn', idColumn);
  const annotated = several('annotations', annotations ?? []);
  if (columns !== undefined) {
    const picked = several('columns', columns);
    if (picked.length === 0) {
      throw rangeError(say`${option('columns')}: none is left to read; ${file} has ${list || 'none'}`, {
        option: 'columns',
      });
    }
    const bad = picked.find(({ problem }) => problem !== undefined);
    if (bad) {
      throw new FormatError(
        file,
        say`column ${quoted(bad.name)} holds ${bad.problem}, not numbers (choose others with ${option('columns')}, or name it ${option('idColumn')}); it has ${list}`,
        { columnName: bad.name, reason: 'TEXT_COLUMN' },
      );
    }
    return { picked, id: asked, needsNames: true, annotations: annotated, facts: [] };
  }
  const others = all.map((_, i) => i).filter((i) => all[i] !== asked && !annotated.includes(all[i]));
  const looked = await lookAt(
    others.map((i) => all[i]),
    look,
  );
  const facts = new Map<number, ColumnFacts>();
  for (const [i, column] of all.entries()) {
    if (looked.has(column)) facts.set(i, typedFacts(i, column, looked.get(column)));
  }
  const factAt = (i: number) => facts.get(i) ?? typedFacts(i, all[i], undefined);
  const { picked, id } = chooseData(
    file,
    {
      columns: others,
      factAt,
      named: asked !== undefined,
      numbering: (read) => numberingColumns(read, factAt),
    },
    options,
  );
  return {
    picked: picked.map((i) => all[i]),
    id: asked ?? all[id],
    needsNames: asked !== undefined,
    annotations: annotated,
    facts: [...facts.values()],
  };
}

/** The first values of those columns whose values have to be known. */
async function lookAt<C extends Candidate>(
  columns: readonly C[],
  look: (columns: readonly C[]) => Promise<string[][]>,
): Promise<Map<C, string[]>> {
  const wanted = columns.filter(isLookedAt).slice(0, MOST_SAMPLED);
  const looked = new Map<C, string[]>();
  const take = async (some: readonly C[]): Promise<boolean> => {
    try {
      const values = await look(some);
      for (const [i, column] of some.entries()) looked.set(column, values[i]);
      return true;
    } catch {
      // It is told when these columns are read, if they are.
      return false;
    }
  };
  if (wanted.length === 0 || (await take(wanted)) || wanted.length === 1) return looked;
  for (const column of wanted) await take([column]);
  return looked;
}
