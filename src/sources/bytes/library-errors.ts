/** What libraries and engines fail with on damaged bytes, as errors of ours. */

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
export function isOurs(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return OURS.some((one) => error instanceof one) || code === 'ERR_TYPE' || code === 'ERR_RANGE';
}

/** Values that leak into what libraries say. */
const ENGINE = /BigInt|undefined|NaN/;

/**
 * An error of ours for one that came out of a library: with the file, what was being done, and where. What a
 * library says itself is kept; what an engine says ("Invalid typed array length") tells nothing of the file, and
 * is left to `cause`.
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

/** Run a library. @throws what is ours as it is, all else as FormatError */
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
