/** Checks of options. An unknown option is refused: a misspelt one would silently be replaced by its default. */

import { rangeError, typeError } from '../errors.ts';
import type { Run } from '../types.ts';
import { describe } from './describe.ts';
import { mostLike } from './similar-names.ts';

/** A table with the name of each option of T. It does not compile if a name is missing or unknown. */
export type Known<T> = { readonly [Name in keyof Required<T>]: true };

/** The options of every long call. */
export const RUN_OPTIONS: Known<Run> = {
  signal: true,
  onProgress: true,
  onWarning: true,
  memoryLimit: true,
  threads: true,
  seed: true,
};

/**
 * Check that `options` is an object, and that the function `what` has all of its options.
 *
 * @param example options to show in the message if something else was passed: `{ method: 'ward' }`
 * @throws TypeError
 */
export function checkOptions(
  options: unknown,
  known: Readonly<Record<string, true>>,
  what: string,
  example: string,
): void {
  if (
    typeof options !== 'object' ||
    options === null ||
    Array.isArray(options) ||
    ArrayBuffer.isView(options)
  ) {
    throw typeError(`options of ${what} must be an object such as ${example}, got ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const names = Object.keys(known);
    const meant = mostLike(name, names);
    throw typeError(
      `${what} has no option '${name}'; ${meant ? `did you mean '${meant}'?` : `its options are ${names.join(', ')}`}`,
    );
  }
}

/** @throws TypeError or RangeError unless the value is a whole number, `least` or more */
export function whole(value: unknown, name: string, least: number): void {
  if (typeof value !== 'number') throw typeError(`${name} must be a number, got ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < least) {
    throw rangeError(`${name} must be a whole number from ${least}, got ${value}`);
  }
}
