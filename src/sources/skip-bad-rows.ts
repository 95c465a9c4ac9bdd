/** Opens a file of any format so that its bad rows are skipped. */

import type { ErrorFields } from '../errors.ts';
import type { OpenOptions } from './formats.ts';

/**
 * Rows with NaN are found after reading, in any format. Readers need to know the option only if bad data are worse than NaN: a
 * field of text may be no number, a value in Parquet may be missing.
 */
const SKIPPING: readonly OpenOptions[] = [{ onBadRow: 'skip' }, { nulls: 'nan' }, {}];

/**
 * Call `open` with the options for bad rows that the format of the file has.
 * @throws the error of `open`, unless it refuses just these options
 */
export async function openSkipping<T>(skip: boolean, open: (options: OpenOptions) => Promise<T>): Promise<T> {
  if (!skip) return open({});
  for (const options of SKIPPING) {
    try {
      return await open(options);
    } catch (error) {
      const { reason, option = '' } = error as ErrorFields;
      if (reason !== 'OTHER_FORMAT' || !(option in options)) throw error;
    }
  }
  throw new Error('open refuses options that were not given');
}
