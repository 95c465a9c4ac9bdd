/**
 * Checks of arguments. All have the same words: which argument, what it must be, what was got, and what to do. An unknown
 * option is refused: a misspelt one would silently be replaced by its default.
 */

import { type ErrorFields, rangeError, typeError } from '../errors.ts';
import { join, listed, type Message, option } from '../messages.ts';
import type { Run } from '../types.ts';
import { describe, isTypedArray } from './text/describe.ts';
import { mostLike } from './text/similar-names.ts';

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
    throw wrongType(`options of ${what}`, `an object such as ${example}`, options);
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

/** The error for an argument of the wrong type. @param advice what to do, if that is not plain */
export function wrongType(name: string, allowed: string, value: unknown, advice?: string) {
  return mustBe(typeError, name, allowed, value, advice);
}

/** The error for an argument of the right type whose value is not allowed. */
export function wrongValue(name: string, allowed: string, value: unknown, advice?: string) {
  return mustBe(rangeError, name, allowed, value, advice);
}

function mustBe<E>(
  error: (message: Message, fields: ErrorFields) => E,
  name: string,
  allowed: string,
  value: unknown,
  advice?: string,
): E {
  const got = describe(value);
  return error(join(option(name), ` must be ${allowed}, got ${got}${advice ? `; ${advice}` : ''}`), {
    option: name,
    allowed,
    got,
  });
}

/** @throws TypeError or RangeError unless the value is a number that `good` accepts; by default all but NaN */
export function checkNumber(
  value: unknown,
  name: string,
  allowed = 'a number',
  good: (value: number) => boolean = (x) => !Number.isNaN(x),
): asserts value is number {
  if (typeof value !== 'number') throw wrongType(name, allowed, value);
  if (!good(value)) throw wrongValue(name, allowed, value);
}

/** @throws TypeError or RangeError unless the value is a whole number, `least` or more */
export function checkWhole(value: unknown, name: string, least: number): asserts value is number {
  checkNumber(value, name, `a whole number from ${least}`, (x) => Number.isSafeInteger(x) && x >= least);
}

/** @throws TypeError or RangeError unless the value is one of those */
export function checkOneOf<T extends string | number>(
  value: unknown,
  name: string,
  allowed: readonly T[],
  advice?: string,
): asserts value is T {
  if (allowed.includes(value as T)) return;
  const list = listed(allowed);
  if (typeof value !== typeof allowed[0]) throw wrongType(name, list, value, advice);
  const meant = typeof value === 'string' && mostLike(value, allowed as readonly string[]);
  throw wrongValue(name, list, value, advice ?? (meant ? `did you mean '${meant}'?` : undefined));
}

/** @throws TypeError unless the value is true or false */
export function checkBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw wrongType(name, 'true or false', value);
}

/** @throws TypeError unless the value is a string */
export function checkString(value: unknown, name: string, allowed = 'a string'): asserts value is string {
  if (typeof value !== 'string') throw wrongType(name, allowed, value);
}

/** @throws TypeError unless the value is a function */
export function checkFunction(
  value: unknown,
  name: string,
  allowed = 'a function',
  // biome-ignore lint/complexity/noBannedTypes: its parameters cannot be checked
): asserts value is Function {
  if (typeof value !== 'function') throw wrongType(name, allowed, value);
}

/** @throws TypeError unless the value is an array */
export function checkArray(
  value: unknown,
  name: string,
  allowed: string,
  // biome-ignore lint/suspicious/noExplicitAny: the elements have not been checked yet
): asserts value is readonly any[] {
  if (!Array.isArray(value)) throw wrongType(name, allowed, value);
}

/** @throws TypeError unless the value is an array or a typed array of numbers */
export function checkArrayLike(
  value: unknown,
  name: string,
  allowed: string,
  // biome-ignore lint/suspicious/noExplicitAny: the elements have not been checked yet
): asserts value is ArrayLike<any> {
  if (!isTypedArray(value)) checkArray(value, name, allowed);
}

/** @throws RangeError unless a list has one element for each: 'one label for each of the 5 rows' */
export function checkLength(length: number, name: string, wanted: number, one: string, of: string): void {
  if (length === wanted) return;
  throw rangeError(
    join(option(name), ` must have one ${one} for each of the ${wanted} ${of}, got ${length}`),
    {
      option: name,
    },
  );
}

/** @throws TypeError unless the value can name a column */
export function checkColumn(value: unknown, name: string): asserts value is string | number {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw wrongType(name, 'a name or an index from 0', value);
  }
}

/** @throws TypeError unless the value is a list of columns; what they are is checked where they are looked up */
export function checkColumnList(
  value: unknown,
  name = 'columns',
): asserts value is readonly (string | number)[] {
  checkArray(value, name, 'a list of names and indexes');
}
