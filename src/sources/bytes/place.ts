/** Checks offsets in a file before they are used: an offset that comes from a damaged file may be any number. */

import { FormatError } from '../../errors.ts';

/**
 * Every input calls this before it reads, so that no invalid offset reaches the platform: `Blob.slice(NaN)` crashes
 * some platforms. An offset beyond the end is allowed: the read returns no bytes.
 * @throws FormatError
 */
export function checkPlace(file: string, start: number, length = 0): void {
  if (Number.isSafeInteger(start) && start >= 0 && !Number.isNaN(length)) return;
  throw new FormatError(file, 'is damaged: it refers to an impossible position');
}
