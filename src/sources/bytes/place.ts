/** Places in a file, as a reader asks for them: those that a damaged file gives may be anything. */

import { FormatError } from '../../errors.ts';

/**
 * Every input calls this before it reads, so that no platform is asked for what is no place: `Blob.slice(NaN)` ends
 * some of them. A place beyond the end is none of its business: there are no bytes.
 * @throws FormatError
 */
export function checkPlace(file: string, start: number, length = 0): void {
  if (Number.isSafeInteger(start) && start >= 0 && !Number.isNaN(length)) return;
  throw new FormatError(file, 'is damaged: it points to a place that no file has');
}
