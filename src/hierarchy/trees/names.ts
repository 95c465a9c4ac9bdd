import { rangeError, typeError } from '../../errors.ts';
import { describe } from '../../support/describe.ts';

/** The name of each of n leaves: as given, or its number. @throws TypeError or RangeError unless there are n texts */
export function leafNames(names: unknown, n: number): readonly string[] {
  if (names === undefined) return Array.from({ length: n }, (_, leaf) => String(leaf));
  if (!Array.isArray(names)) throw typeError(`names is ${describe(names)}; it must be an array of texts`);
  if (names.length !== n) {
    throw rangeError(`names has length ${names.length}; the tree has ${n} leaves, and each needs its name`);
  }
  const bad = names.findIndex((name) => typeof name !== 'string');
  if (bad >= 0) throw typeError(`names[${bad}] is ${describe(names[bad])}; it must be a text`);
  return names;
}
