/** Converts errors that libraries and engines throw for damaged bytes into our own error classes. */

import {
  asOurs,
  BadRowError,
  FormatError,
  MemoryLimitError,
  PlatformError,
  StoreError,
} from '../../errors.ts';

const OURS = [FormatError, BadRowError, MemoryLimitError, PlatformError, StoreError];

/** Whether an error is one that we throw on purpose. */
function isOurs(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return OURS.some((one) => error instanceof one) || code === 'ERR_TYPE' || code === 'ERR_RANGE';
}

/** Messages that contain these words come from wrong values inside a library and do not help the user. */
const ENGINE = /BigInt|undefined|NaN/;

/**
 * Convert an error of a library into one of ours, which names the file, what was being done, and where. A message that
 * the library itself wrote is kept. A message of the engine ("Invalid typed array length") says nothing about the
 * file, so it only stays in `cause`.
 */
export function asFormatError(
  cause: unknown,
  file: string,
  problem: string,
  place: { offset?: number; line?: number } = {},
): Error {
  const error = asOurs(cause, `${file}: ${problem}`);
  if (isOurs(error)) return error as Error;
  const { message = '', name = '' } = (cause ?? {}) as Partial<Error>;
  const clear = name === 'Error' && message !== '' && !ENGINE.test(message);
  const reason = clear ? message : 'it is damaged, or not what it claims to be';
  return new FormatError(file, `${problem}: ${reason}`, { ...place, cause });
}

/** Run code of a library. @throws our own errors unchanged, all others as FormatError */
export function decoding<T>(
  file: string,
  problem: string,
  place: { offset?: number; line?: number },
  work: () => T,
): T {
  try {
    return work();
  } catch (cause) {
    throw asFormatError(cause, file, problem, place);
  }
}
