/** Decides which text is a number in a text table. */

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
