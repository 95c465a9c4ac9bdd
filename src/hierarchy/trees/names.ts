import { rangeError } from '../../errors.ts';
import { checkArray, wrongType } from '../../support/checks.ts';

/** The name of each of n leaves: as given, or its number. @throws TypeError or RangeError unless there are n texts */
export function leafNames(names: unknown, n: number): readonly string[] {
  if (names === undefined) return Array.from({ length: n }, (_, leaf) => String(leaf));
  checkArray(names, 'names', 'an array of texts');
  if (names.length !== n) {
    throw rangeError(`names has length ${names.length}; the tree has ${n} leaves, and each needs its name`);
  }
  const bad = names.findIndex((name) => typeof name !== 'string');
  if (bad >= 0) throw wrongType(`names[${bad}]`, 'a text', names[bad]);
  return names;
}
