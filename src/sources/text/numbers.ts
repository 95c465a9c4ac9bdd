/** Decides which text is a number in a text table, and which text stands for a missing value. */

import { rangeError } from '../../errors.ts';
import { checkOneOf, wrongType, wrongValue } from '../../support/checks.ts';

/** The number in a field; NaN if it is not a finite number. `Number` alone accepts '' and 0x10. */
export function parseNumber(field: string): number {
  const value = Number(field);
  if (value - value !== 0) return Number.NaN;
  if (value === 0 && !/\d/.test(field)) return Number.NaN; // only white space
  // '0x', '0b' and '0o' have a letter other than e in second place, unless white space comes before.
  const first = field.charCodeAt(0);
  const second = field.charCodeAt(1);
  const suspect = (second > 57 && second !== 69 && second !== 101) || first <= 32 || first > 127;
  return suspect && /^\s*0[xbo]/i.test(field) ? Number.NaN : value;
}

/** How numbers are written in a text. */
export interface NumberRules {
  /** The decimal mark. */
  decimal: '.' | ',';
  /** The character between groups of three digits; '' for none. */
  thousands: string;
}

/** Characters that may separate groups of three digits. */
const THOUSANDS = [',', '.', ' ', '\u00a0', '\u202f', "'", '\u2019'];

const literal = (char: string) => char.replace(/[.\\]/g, '\\$&');

/** Patterns of numbers with groups of digits, for each separator and decimal mark. */
const grouped = new Map<string, RegExp>();

/** Whether a field is a number in groups of three digits, such as 1,234 or 12.345,6. */
function isGrouped(field: string, { decimal, thousands }: NumberRules): boolean {
  const key = thousands + decimal;
  let pattern = grouped.get(key);
  if (!pattern) {
    pattern = new RegExp(
      `^\\s*[+-]?\\d{1,3}(${literal(thousands)}\\d{3})+(${literal(decimal)}\\d*)?(e[+-]?\\d+)?\\s*$`,
      'i',
    );
    grouped.set(key, pattern);
  }
  return pattern.test(field);
}

/** The number in a field that is written by these rules; NaN if it is not a finite number. */
export function parseBy(field: string, rules: NumberRules): number {
  const { decimal, thousands } = rules;
  let text = field;
  if (thousands !== '' && text.includes(thousands)) {
    if (!isGrouped(text, rules)) return Number.NaN;
    text = text.replaceAll(thousands, '');
  }
  if (decimal === ',') {
    if (text.includes('.')) return Number.NaN;
    text = text.replace(',', '.');
  }
  return parseNumber(text);
}

/** Texts that stand for a missing value, unless the caller gives others. They are compared without case. */
export const MISSING_VALUES = ['', 'NA', 'N/A', '#N/A', 'NaN', 'null', 'None', 'nil', '-', '--', '.', '?'];

/** A test for missing values. @throws TypeError for a list that is not one of texts */
export function missingTest(values: readonly string[] = MISSING_VALUES): (field: string) => boolean {
  if (!Array.isArray(values) || values.some((value) => typeof value !== 'string')) {
    throw wrongType('missingValues', "a list of texts such as ['NA', '-']", values);
  }
  const known = new Set(values.map((value) => value.trim().toLowerCase()));
  return (field) => known.has(field.trim().toLowerCase());
}

/** Check the rules that the caller gave. @throws RangeError */
export function checkNumberRules({ decimal, thousands }: { decimal?: unknown; thousands?: unknown }): void {
  if (decimal !== undefined) checkOneOf(decimal, 'decimal', ['.', ',']);
  if (thousands !== undefined && thousands !== '' && !THOUSANDS.includes(thousands as string)) {
    throw wrongValue('thousands', `'', ',', '.', ' ' or "'"`, thousands);
  }
  if (decimal !== undefined && decimal === thousands) {
    throw rangeError(`thousands: is ${JSON.stringify(thousands)} as decimal is; they must differ`, {
      option: 'thousands',
    });
  }
}

/** Digits, a comma, digits: a number with a decimal comma, or one with a separator of thousands. */
const COMMA = /^\s*[+-]?\d+,\d+(e[+-]?\d+)?\s*$/i;

/**
 * How numbers are written in these fields. A comma is a decimal mark if groups of three digits cannot explain it, or if
 * fields are separated by semicolons, as spreadsheets do where the comma is the decimal mark.
 */
export function likeliestNumbers(
  fields: Iterable<string>,
  delimiter: string,
): NumberRules & { ambiguous: boolean } {
  let commas = 0;
  let decimals = 0;
  let groups = 0;
  let points = 0;
  const separators = new Map<string, number>();
  for (const field of fields) {
    if (field.includes(',')) {
      if (COMMA.test(field)) {
        commas++;
        if (!isGrouped(field, { decimal: '.', thousands: ',' }) || /^\s*[+-]?0/.test(field)) decimals++;
      } else if (isGrouped(field, { decimal: '.', thousands: ',' })) groups++;
      else if (isGrouped(field, { decimal: ',', thousands: '.' })) {
        decimals++;
        separators.set('.', (separators.get('.') ?? 0) + 1);
      }
    } else if (/^\s*[+-]?\d*\.\d+(e[+-]?\d+)?\s*$/i.test(field)) {
      points++;
    }
    for (const thousands of THOUSANDS.slice(2)) {
      if (!field.includes(thousands)) continue;
      for (const decimal of ['.', ','] as const) {
        if (!isGrouped(field, { decimal, thousands })) continue;
        separators.set(thousands, (separators.get(thousands) ?? 0) + 1);
        break;
      }
    }
  }
  const thousands = [...separators].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
  if (decimals > 0 && groups === 0 && Math.max(commas, decimals) >= points) {
    return { decimal: ',', thousands, ambiguous: false };
  }
  if (commas > 0 && groups === 0 && decimals === 0) {
    // Each has three digits after its comma.
    if (delimiter === ';' && points === 0) return { decimal: ',', thousands, ambiguous: true };
    return { decimal: '.', thousands: ',', ambiguous: true };
  }
  if (groups > 0 && decimals === 0) return { decimal: '.', thousands: ',', ambiguous: false };
  return { decimal: '.', thousands: thousands === '.' ? '' : thousands, ambiguous: false };
}
