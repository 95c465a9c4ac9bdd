/** Finds columns that number the rows, as pandas writes them. Read as data they would dominate all distances. */

import { warning } from '../../errors.ts';
import { advice, option, say } from '../../messages.ts';
import { countsUp, isIndexName } from '../../support/numbers/row-numbers.ts';
import { quoted } from '../../support/text/quoted.ts';
import type { CoppiceWarning } from '../../types.ts';

/** Number of rows needed for a warning about a column without a name. */
const ENOUGH = 10;

/**
 * The columns that number the rows: some of the picked columns, but not if it is the only one. The `name` is undefined if
 * the table has no names; then it is not certain that it holds row numbers.
 *
 * @param rows the first rows of the table
 */
export function indexColumns(
  names: readonly string[] | undefined,
  picked: readonly number[],
  rows: readonly (readonly string[])[],
): { column: number; name: string | undefined }[] {
  if (picked.length < 2) return [];
  const valuesOf = (column: number) =>
    rows.map((row) => (/^\s*\d+\s*$/.test(row[column] ?? '') ? Number(row[column]) : Number.NaN));
  if (!names) {
    if (picked[0] !== 0 || rows.length < ENOUGH) return [];
    const byOne = valuesOf(0).every((value, i, all) => value === all[0] + i);
    return byOne ? [{ column: 0, name: undefined }] : [];
  }
  const found = picked.filter((i) => isIndexName(names[i]) && countsUp(valuesOf(i)));
  // One column is always left.
  const out = found.length < picked.length ? found : found.slice(0, 1);
  return out.map((column) => ({ column, name: names[column] }));
}

/** How to keep a column that is left out. */
const CHOOSE_IT = advice('choose-it', say`choose it with ${option('columns')}`);

/** The warning about such a column. */
export function indexWarning(file: string, column: number, name: string | undefined): CoppiceWarning {
  const numbers = 'numbers the rows';
  const others = advice(
    'choose-others',
    say`choose others with ${option('columns')} or name it ${option('idColumn')}`,
  );
  return warning(
    'INDEX_COLUMN',
    name === undefined
      ? say`${file}: column 0 ${numbers} and is read as data; if it is no data, ${others}`
      : say`${file}: column ${column} (${quoted(name)}) ${numbers} and is left out; to keep it, ${CHOOSE_IT}`,
  );
}
