/** The options of `open` about missing values. */

import { advice, option, say } from '../../messages.ts';
import { checkOneOf } from '../../support/checks.ts';

/** What to do with missing values. */
export type Missing = 'refuse' | 'drop-rows' | 'drop-columns' | 'mean' | 'keep';

/** All of them. */
export const MISSING_WAYS: readonly Missing[] = ['refuse', 'drop-rows', 'drop-columns', 'mean', 'keep'];

/** Options of `open` about missing values: empty fields, NA and the like in a text, nulls and NaN in other files. */
export interface MissingOptions {
  /**
   * What to do with missing values:
   * - 'refuse' (default): an error that names the place;
   * - 'drop-rows': rows with a missing value are left out and counted; the others keep their row numbers;
   * - 'drop-columns': columns with a missing value are left out (the file is read once to find them);
   * - 'mean': a missing value becomes the mean of its column (the file is read once to compute them);
   * - 'keep': a missing value is NaN, for functions that take it, such as `heatmap`; clustering refuses it.
   */
  missing?: Missing;
  /** Texts that stand for a missing value, compared without case. Default: empty, NA, N/A, NaN, null, None, - and a few more. */
  missingValues?: readonly string[];
}

/** Check the option `missing`. @throws RangeError */
export function readMissing({ missing = 'refuse' }: MissingOptions): Missing {
  checkOneOf(missing, 'missing', MISSING_WAYS);
  return missing;
}

/** Whether readers return missing values as NaN, for the step that handles them. */
export function keepsMissing(options: MissingOptions): boolean {
  return readMissing(options) !== 'refuse';
}

/** What an error about a missing value says after its place. */
export const MISSING_ADVICE = advice(
  'takes-missing',
  say`${option('missing', 'drop-rows', 'drop-columns', 'mean')} takes missing values`,
);
