/** Options that a function does not have: a misspelt one would otherwise pass for its default, without a word. */

import { typeError } from '../errors.ts';
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
