/** Columns that number the rows, as pandas writes them: taken for data, they would swamp it. */

import type { CoppiceWarning } from '../../types.ts';

/** What such a column is called. */
const INDEX_NAME = /^(|unnamed: ?\d+|index|id|row|rownames|level_0|__index_level_\d+__)$/i;
/** Rows from which a column without any name is worth a warning. */
const ENOUGH = 10;

/** Whether a name is one that pandas, R or databases give to row numbers. */
export function isIndexName(name: string): boolean {
  return INDEX_NAME.test(name.trim());
}

/** Whether values are whole numbers that go up. One row counts if it is the first. */
export function countsUp(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isSafeInteger(values[i]) || values[i] < 0) return false;
    if (i > 0 && values[i] <= values[i - 1]) return false;
  }
  return values.length > 1 || (values.length === 1 && values[0] <= 1);
}

/**
 * The column that numbers the rows: one of those that are picked, not the only one. Its `name` is undefined where the
 * table has no names; then nobody can be sure.
 *
 * @param rows the first of them
 */
export function indexColumn(
  names: readonly string[] | undefined,
  picked: readonly number[],
  rows: readonly (readonly string[])[],
): { column: number; name: string | undefined } | undefined {
  if (picked.length < 2) return undefined;
  const valuesOf = (column: number) =>
    rows.map((row) => (/^\s*\d+\s*$/.test(row[column] ?? '') ? Number(row[column]) : Number.NaN));
  if (!names) {
    if (picked[0] !== 0 || rows.length < ENOUGH) return undefined;
    const byOne = valuesOf(0).every((value, i, all) => value === all[0] + i);
    return byOne ? { column: 0, name: undefined } : undefined;
  }
  const column = picked.find((i) => isIndexName(names[i]) && countsUp(valuesOf(i)));
  return column === undefined ? undefined : { column, name: names[column] };
}

/** What is said of it. */
export function indexWarning(file: string, column: number, name: string | undefined): CoppiceWarning {
  const numbers = 'numbers the rows';
  return {
    code: 'INDEX_COLUMN',
    message:
      name === undefined
        ? `${file}: column 0 ${numbers} and is read as data; if it is no data, choose others with columns or name it idColumn`
        : `${file}: column ${column} (${JSON.stringify(name)}) ${numbers} and is left out; to keep it, choose it with columns`,
  };
}
