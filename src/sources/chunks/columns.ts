/** Chooses the columns that are read from tables with typed columns (Parquet, Arrow). */

import { FormatError, rangeError, typeError } from '../../errors.ts';
import { type Warned, warnOf } from './rows.ts';

/** Options of `open` for tables with typed columns (Parquet, Arrow). */
export interface TableOptions {
  /**
   * Columns to read, by name or by index from 0, in this order. Default: all that hold numbers, except `idColumn` and
   * columns that number the rows: pandas's `__index_level_0__`, and a column named index or id that holds increasing
   * whole numbers. What is left out is told in a warning.
   */
  columns?: readonly (string | number)[];
  /** Column with names for the rows; each chunk has them as `ids`. */
  idColumn?: string | number;
  /** How to treat a null: as an error that names its row and column (default), or as NaN, which `onBadRow` handles. */
  nulls?: 'error' | 'nan';
}

/** Names for a message. Long names and long lists are shortened. */
export function shown(names: readonly string[]): string {
  const list = names
    .slice(0, 30)
    .map((one) => JSON.stringify(one.length > 40 ? `${one.slice(0, 40)}...` : one));
  return list.join(', ') + (names.length > 30 ? `, and ${names.length - 30} more` : '');
}

/** A column of a table with typed columns. */
export interface TypedColumn {
  name: string;
  /** What it holds, if it cannot be read as numbers. */
  problem: string | undefined;
}

/** The columns that make a row, and the one that names rows. */
export function chooseColumns<C extends TypedColumn>(
  file: string,
  all: readonly C[],
  { columns, idColumn, nulls, onWarning, leaveOut }: TableOptions & Warned & { leaveOut?: string },
): { picked: C[]; id: C | undefined } {
  if (nulls !== undefined && nulls !== 'error' && nulls !== 'nan') {
    throw rangeError(`nulls: got ${JSON.stringify(nulls)}; allowed are 'error' and 'nan'`);
  }
  const list = shown(all.map(({ name }) => name));
  const find = (argument: string, wanted: string | number): C => {
    if (typeof wanted !== 'string' && typeof wanted !== 'number') {
      throw typeError(`${argument}: got ${typeof wanted}; allowed are names and indexes`);
    }
    const found = typeof wanted === 'number' ? all[wanted] : all.find(({ name }) => name === wanted);
    if (found) return found;
    throw rangeError(`${argument}: ${file} has no column ${JSON.stringify(wanted)}; it has ${list}`);
  };
  const id = idColumn === undefined ? undefined : find('idColumn', idColumn);
  if (columns !== undefined && !Array.isArray(columns)) {
    throw typeError('columns: allowed is a list of names and indexes');
  }
  let picked =
    columns?.map((column) => find('columns', column)) ??
    all.filter((column) => column !== id && column.name !== leaveOut);
  const data = picked.filter(({ name }) => !/^__index_level_\d+__$/.test(name));
  if (!columns && data.length < picked.length && data.length > 0) {
    const left = picked.filter((column) => !data.includes(column)).map(({ name }) => JSON.stringify(name));
    const message = `${file}: ${left.join(', ')}, the index of pandas, is left out; to keep it, choose it with columns`;
    warnOf({ onWarning }, { code: 'INDEX_COLUMN', message });
    picked = data;
  }
  const texts = columns ? [] : picked.filter(({ problem }) => problem !== undefined);
  if (texts.length > 0 && texts.length < picked.length) {
    const some = texts.slice(0, 8).map(({ name, problem }) => `${JSON.stringify(name)} (${problem})`);
    const more = texts.length > 8 ? `, and ${texts.length - 8} more` : '';
    const one = texts.length === 1;
    warnOf(
      { onWarning },
      {
        code: 'COLUMNS_LEFT_OUT',
        message:
          `${file}: ${one ? 'column' : 'columns'} ${some.join(', ')}${more} ${one ? 'is' : 'are'} left out, since ` +
          'only numbers are clustered; to choose yourself, use columns',
      },
    );
    picked = picked.filter(({ problem }) => problem === undefined);
  }
  const twice = picked.find((column, i) => picked.indexOf(column) !== i);
  if (twice) throw rangeError(`columns: ${JSON.stringify(twice.name)} is listed twice`);
  if (picked.length === 0) {
    throw rangeError(`columns: none is left to read; ${file} has ${list || 'none'}`, { option: 'columns' });
  }
  const bad = picked.find(({ problem }) => problem !== undefined);
  if (bad) {
    throw new FormatError(
      file,
      `column ${JSON.stringify(bad.name)} holds ${bad.problem}, not numbers (choose others with columns, or name it ` +
        `idColumn); it has ${list}`,
      { columnName: bad.name, reason: 'TEXT_COLUMN' },
    );
  }
  return { picked, id };
}
