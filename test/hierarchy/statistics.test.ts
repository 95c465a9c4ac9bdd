/** inconsistent, maxdists, maxinconsts, maxRstat. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inconsistent } from '../../src/hierarchy/inconsistent.ts';
import { maxdists, maxinconsts, maxRstat } from '../../src/hierarchy/max-statistics.ts';
import { naiveInconsistent, naiveMaxBelow } from '../reference/trees.ts';
import { chain, linkages } from './arbitrary.ts';
import { differences, f64, golden } from './golden.ts';

const { cases } = golden('trees/fcluster.json');
const wrong = (value: unknown) => value as never;

describe("SciPy's numbers", () => {
  for (const c of cases) {
    test(c.name, () => {
      const Z = f64(c.Z);
      for (const { d, R } of c.inconsistent)
        expect(differences(inconsistent(Z, d), R), `depth ${d}`).toEqual([]);
      expect(Array.from(maxdists(Z))).toEqual(c.maxdists);
      for (const { d, MI } of c.maxinconsts) {
        expect(differences(maxinconsts(Z, inconsistent(Z, d)), MI), `depth ${d}`).toEqual([]);
      }
      for (const { d, i, MR } of c.maxRstat) {
        expect(differences(maxRstat(Z, inconsistent(Z, d), i), MR), `depth ${d}, column ${i}`).toEqual([]);
      }
    });
  }
});

describe('inconsistent', () => {
  test('mean, sample deviation and count of the heights within depth levels', () => {
    fc.assert(
      fc.property(linkages({ most: 16, inversions: true }), fc.integer({ min: 0, max: 6 }), (Z, depth) => {
        const R = inconsistent(Z, depth);
        const wanted = naiveInconsistent(Z, depth);
        for (let i = 0; i < R.length; i++) {
          // A deviation that is all rounding divides rounding by rounding.
          if (i % 4 === 3 && (R[i - 2] < 1e-7 || wanted[i - 2] < 1e-7)) continue;
          expect(Math.abs(R[i] - wanted[i]), `element ${i}`).toBeLessThan(1e-6);
        }
      }),
    );
  });

  test('the depth defaults to 2, 0 is read as 1, and any depth beyond the tree is the whole tree', () => {
    const Z = chain(9);
    expect(inconsistent(Z)).toEqual(inconsistent(Z, 2));
    expect(inconsistent(Z, 0)).toEqual(inconsistent(Z, 1));
    expect(inconsistent(Z, Infinity)).toEqual(inconsistent(Z, 8));
    expect(inconsistent(Z, 1e12)).toEqual(inconsistent(Z, 8));
    expect(Array.from(inconsistent(Z, 1).filter((_, i) => i % 4 === 2))).toEqual(Array(8).fill(1));
  });

  test('no spread: a single height, equal heights, heights equal but for rounding', () => {
    expect(Array.from(inconsistent(f64([0, 1, 5, 2])))).toEqual([5, 0, 1, 0]);
    expect(Array.from(inconsistent(f64([0, 1, 0.1, 2, 2, 3, 0.1, 3]))).slice(4)).toEqual([0.1, 0, 2, 0]);
    // Not so small that the squares of rounding errors underflow: there the bound is meaningless.
    const heights = fc.oneof(fc.constant(0), fc.double({ min: 1e-100, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(linkages({ most: 16 }), heights, (Z, height) => {
        for (let at = 2; at < Z.length; at += 4) Z[at] = height;
        const R = inconsistent(Z, 5);
        for (let at = 0; at < R.length; at += 4) {
          expect(R[at + 1]).toBeGreaterThanOrEqual(0);
          expect(R[at + 1]).toBeLessThanOrEqual(1e-7 * height);
          expect(Number.isNaN(R[at + 3])).toBe(false);
        }
      }),
    );
  });

  test('infinite heights have no deviation; NaN spreads to the mean only', () => {
    const R = inconsistent(f64([0, 1, 1, 2, 2, 3, Infinity, 3]));
    expect(Array.from(R)).toEqual([1, 0, 1, 0, Infinity, 0, 2, 0]);
    const N = inconsistent(f64([0, 1, NaN, 2, 2, 3, 2, 3]));
    expect(Array.from(N)).toEqual([NaN, 0, 1, 0, NaN, 0, 2, 0]);
  });

  test('refuses a depth that is no number of levels', () => {
    const Z = chain(4);
    for (const depth of [-1, 1.5, NaN, -Infinity]) expect(() => inconsistent(Z, depth)).toThrow(RangeError);
    for (const depth of ['2', null, {}]) expect(() => inconsistent(Z, wrong(depth))).toThrow(TypeError);
    expect(() => inconsistent(Z, -1)).toThrow(/^depth must be a whole number of levels, 0 or more, got -1/);
  });
});

describe('the largest at or below', () => {
  test('by its definition, inversions or not', () => {
    fc.assert(
      fc.property(linkages({ inversions: true }), fc.integer({ min: 0, max: 3 }), (Z, i) => {
        expect(Array.from(maxdists(Z))).toEqual(naiveMaxBelow(Z, (m) => Z[4 * m + 2]));
        const R = inconsistent(Z, 3);
        expect(Array.from(maxRstat(Z, R, i))).toEqual(naiveMaxBelow(Z, (m) => R[4 * m + i]));
        expect(maxinconsts(Z, R)).toEqual(maxRstat(Z, R, 3));
      }),
    );
  });

  test('one merge', () => {
    const Z = f64([0, 1, 3, 2]);
    expect(Array.from(maxdists(Z))).toEqual([3]);
    expect(Array.from(maxinconsts(Z, inconsistent(Z)))).toEqual([0]);
    expect([0, 1, 2, 3].map((i) => maxRstat(Z, inconsistent(Z), i)[0])).toEqual([3, 0, 1, 0]);
  });

  test('NaN is passed over from below', () => {
    expect(Array.from(maxdists(f64([0, 1, NaN, 2, 2, 3, 2, 3])))).toEqual([NaN, 2]);
    expect(Array.from(maxdists(f64([0, 1, 1, 2, 2, 3, NaN, 3])))).toEqual([1, NaN]);
  });

  test('refuses', () => {
    const Z = chain(4);
    const R = inconsistent(Z);
    for (const i of [-1, 4, 100]) expect(() => maxRstat(Z, R, i)).toThrow(RangeError);
    for (const i of [1.5, '1', [1], undefined, NaN])
      expect(() => maxRstat(Z, R, wrong(i))).toThrow(TypeError);
    expect(() => maxRstat(Z, R, 4)).toThrow(/^i must be a column of R, an integer from 0 to 3, got 4/);
    expect(() => maxinconsts(Z, inconsistent(chain(5)))).toThrow(/^R has 4 rows, but Z has 3/);
    expect(() => maxinconsts(Z, f64([]))).toThrow(RangeError);
    expect(() => maxinconsts(Z, wrong(undefined))).toThrow(TypeError);
    expect(() => maxinconsts(Z, wrong(new Int32Array(12)))).toThrow(TypeError);
    const negative = R.slice();
    negative[1] = -1;
    expect(() => maxinconsts(Z, negative)).toThrow(RangeError);
  });
});
