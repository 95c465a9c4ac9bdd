/** Chooses the columns of a table that are data, and the one that names the rows, by what they hold. */

import { FormatError, rangeError, warning } from '../../errors.ts';
import { advice, option, say } from '../../messages.ts';
import { quoted } from '../../support/text/quoted.ts';
import type { CoppiceWarning } from '../../types.ts';
import { type ColumnFacts, isData, leftOutWarning, namingColumn, numbersRows } from './column-facts.ts';
import { indexWarning } from './index-column.ts';
import { type Warned, warnOf } from './rows.ts';

/** Columns that are left out and named in messages; of more than these only the first are looked at. */
const MOST_LEFT = 4096;

/** What is known of the columns among which is chosen. */
interface Candidates {
  /** Their indexes in the table. */
  columns: readonly number[];
  factAt(column: number): ColumnFacts;
  /** Whether the caller chose the column with the names of the rows. */
  named: boolean;
  /** Whether a column is read. Default: by its facts. */
  isRead?(column: number): boolean;
  /** Those of the columns that number the rows. If a name is missing, this is not certain. */
  numbering?(picked: readonly number[]): readonly { column: number; name: string | undefined }[];
  /** Where in the file the columns are described, for the error. */
  line?: number;
}

/** A column that numbers the rows is judged after the others, since it is data if it is the only one. */
function isReadBy(fact: ColumnFacts): boolean {
  return isData(fact) || numbersRows(fact);
}

/**
 * The columns that are read as data, and the one that names the rows (-1 for none). What is left out is told by warnings.
 * @throws FormatError if no column holds numbers
 */
export function chooseData(
  file: string,
  candidates: Candidates,
  options: Warned,
): { picked: number[]; id: number } {
  const { factAt, named, line } = candidates;
  const isRead = candidates.isRead ?? ((column: number) => isReadBy(factAt(column)));
  const results = resultsOf(candidates.columns, factAt);
  const apart = results > 0 && candidates.columns.slice(0, -results).some(isRead);
  const columns = apart ? candidates.columns.slice(0, -results) : candidates.columns;
  if (apart) warnOf(options, resultsWarning(file, candidates.columns.slice(-results).map(factAt)));
  // Not a for loop: it makes an object for each column, and a line may have a million.
  const others = columns.filter((column) => !isRead(column));
  const left = others.slice(0, MOST_LEFT).map(factAt);
  let picked = others.length === 0 ? (columns as number[]) : columns.filter(isRead);
  const id = named ? -1 : (namingColumn(left)?.index ?? -1);
  if (picked.length === 0) throw noNumbers(file, left, line);
  const warning = leftOutWarning(
    file,
    left.filter(({ index }) => index !== id),
  );
  if (warning) warnOf(options, warning);
  const numbering = candidates.numbering?.(picked) ?? [];
  for (const { column, name } of numbering) warnOf(options, indexWarning(file, column, name));
  const out = numbering.filter(({ name }) => name !== undefined).map(({ column }) => column);
  if (out.length > 0) picked = picked.filter((column) => !out.includes(column));
  return { picked, id };
}

/** The columns that `--table` of the command line adds at the end, in this order. A number follows if a table has the name. */
const RESULTS = [/^representative(_\d+)?$/, /^distance(_\d+)?$/, /^cluster(_\d+)?$/];

/**
 * How many columns at the end are results of earlier runs, which are no data. The column of clusters may be missing among
 * the candidates, if the caller chose it for something else.
 */
function resultsOf(columns: readonly number[], factAt: Candidates['factAt']): number {
  let count = 0;
  for (;;) {
    const before = columns.length - count;
    const last = columns[before - 1];
    const found = RESULTS.findIndex((pattern, i) => {
      const column = columns[before - 1 - i];
      return column !== last - i || !pattern.test(factAt(column).name ?? '');
    });
    if (found === 0 || found === 1) return count;
    // Where the clusters should stand, another column may not.
    if (found === 2 && columns[before - 3] === last - 2) return count;
    count += found === 2 ? 2 : 3;
  }
}

function resultsWarning(file: string, results: readonly ColumnFacts[]): CoppiceWarning {
  const list = results.map(({ name = '' }) => quoted(name)).join(', ');
  return warning(
    'RESULTS_LEFT_OUT',
    say`${file}: columns ${list} are left out, since they are the results of an earlier run; to keep them, ${advice('choose-it', say`choose them with ${option('columns')}`)}`,
  );
}

/** The columns that number the rows by their facts, unless no other is left. */
export function numberingColumns(
  picked: readonly number[],
  factAt: Candidates['factAt'],
): { column: number; name: string | undefined }[] {
  const found = picked.filter((column) => numbersRows(factAt(column)));
  return (found.length < picked.length ? found : []).map((column) => ({ column, name: factAt(column).name }));
}

function noNumbers(file: string, left: readonly ColumnFacts[], line: number | undefined): Error {
  if (left.length === 0)
    return rangeError(say`${option('columns')}: none is left to read`, { option: 'columns' });
  const list = left.slice(0, 12).map(({ index, name, reason }) => {
    return `${name === undefined ? index : quoted(name)} (${reason})`;
  });
  const more = left.length > 12 ? `, and ${left.length - 12} more` : '';
  return new FormatError(file, `has no column of numbers to read: ${list.join(', ')}${more}`, {
    line,
    reason: 'TEXT_COLUMN',
  });
}
