/** Options that a function does not have: a misspelt one would otherwise pass for its default, without a word. */

import { rangeError, typeError } from '../errors.ts';
import type { Run } from '../types.ts';
import { describe } from './describe.ts';
import { mostLike } from './similar-names.ts';

/** Each option of T by its name; a table that lacks one, or has one too many, does not compile. */
export type Known<T> = { readonly [Name in keyof Required<T>]: true };

/** Those of every long call. */
export const RUN_OPTIONS: Known<Run> = {
  signal: true,
  onProgress: true,
  onWarning: true,
  memoryLimit: true,
  threads: true,
  seed: true,
};

/**
 * Check that options are an object, and that it has no option that the function `what` does not know.
 *
 * @param example options as they should look, for who passed something else: `{ method: 'ward' }`
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
      `${what} has no option '${name}'; ${meant ? `did you mean '${meant}'?` : `there are ${names.join(', ')}`}`,
    );
  }
}

/** @throws TypeError or RangeError unless the value is a whole number from `least` */
export function whole(value: unknown, name: string, least: number): void {
  if (typeof value !== 'number') throw typeError(`${name} must be a number, got ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < least) {
    throw rangeError(`${name} must be a whole number from ${least}, got ${value}`);
  }
}
