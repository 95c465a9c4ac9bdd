import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isIsomorphic } from '../../src/hierarchy/isomorphic.ts';
import { golden } from './golden.ts';

describe("SciPy's answers", () => {
  for (const c of golden('trees/fcluster.json').isomorphic) {
    test(`${JSON.stringify(c.T1)} ${JSON.stringify(c.T2)}`, () => {
      expect(isIsomorphic(c.T1, c.T2)).toBe(c.is_isomorphic);
      expect(isIsomorphic(c.T2, c.T1)).toBe(c.is_isomorphic);
    });
  }
});

test('by its definition: the same pairs are together', () => {
  const labels = fc.integer({ min: 1, max: 6 }).chain((n) => {
    const one = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: n, maxLength: n });
    return fc.tuple(one, one);
  });
  fc.assert(
    fc.property(labels, ([a, b]) => {
      const same = a.every((_, i) => a.every((_, j) => (a[i] === a[j]) === (b[i] === b[j])));
      expect(isIsomorphic(a, b)).toBe(same);
    }),
    { numRuns: 1000 },
  );
});

test('other names are no difference', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 })), fc.integer(), (a, shift) => {
      expect(
        isIsomorphic(
          a,
          a.map((l) => shift - 7 * l),
        ),
      ).toBe(true);
      expect(
        isIsomorphic(
          Int32Array.from(a),
          Float64Array.from(a, (l) => l / 2),
        ),
      ).toBe(true);
    }),
  );
});

test('two clusters under one name, in turns', () => {
  expect(isIsomorphic([1, 1, 2, 2, 3, 3, 4, 4], [5, 5, 6, 6, 5, 5, 6, 6])).toBe(false);
});

test('refuses', () => {
  expect(() => isIsomorphic([1, 2], [1])).toThrow(/^T1 has length 2 and T2 has length 1/);
  expect(() => isIsomorphic([1], [1, 2])).toThrow(RangeError);
  expect(() => isIsomorphic({ length: 1, 0: 1 }, [1])).toThrow(/^T1 must be .*, got a plain object/);
  expect(() => isIsomorphic([1], [[1]] as never)).toThrow(
    /^T2 must be an array of numbers, .*, got an Array/,
  );
  expect(() => isIsomorphic(undefined as never, [1])).toThrow(TypeError);
});
