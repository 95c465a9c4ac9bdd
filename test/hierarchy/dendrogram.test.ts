import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DendrogramOptions, dendrogram } from '../../src/hierarchy/dendrogram.ts';
import { leavesList } from '../../src/hierarchy/leaves.ts';
import { setLinkColorPalette } from '../../src/hierarchy/palette.ts';
import { toTree } from '../../src/hierarchy/tree.ts';
import { growth } from '../growth.ts';
import { chain, linkages, randomTree } from './arbitrary.ts';
import { f64, golden } from './golden.ts';

const sorts = fc.constantFrom(false, true, 'ascending' as const, 'descending' as const);
const truncations = fc.oneof(
  fc.constant({}),
  fc.record({
    truncateMode: fc.constantFrom('lastp' as const, 'level' as const),
    p: fc.integer({ min: 1, max: 8 }),
  }),
);

describe('whatever the tree', () => {
  test('every observation is a leaf, once, in the order of the tree', () => {
    fc.assert(
      fc.property(linkages({ inversions: true }), sorts, (Z, sort) => {
        const n = Z.length / 4 + 1;
        const { leaves, ivl, leavesColorList, icoord, dcoord, colorList } = dendrogram(Z);
        expect(leaves).toEqual(Array.from(leavesList(Z)));
        expect(ivl).toEqual(leaves.map(String));
        expect([leavesColorList.length, icoord.length, dcoord.length, colorList.length]).toEqual([
          n,
          n - 1,
          n - 1,
          n - 1,
        ]);
        for (const options of [{ countSort: sort }, { distanceSort: sort }]) {
          const sorted = dendrogram(Z, options);
          expect(sorted.leaves.toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        }
      }),
    );
  });

  test('links stand on leaves and on each other', () => {
    fc.assert(
      fc.property(linkages({ inversions: true }), truncations, (Z, options) => {
        const { icoord, dcoord, leaves } = dendrogram(Z, options);
        expect(icoord.length).toBe(leaves.length - 1);
        // What a link may stand on: leaves at height 0, and the middles of earlier links at theirs.
        const free = new Map(leaves.map((_, i) => [10 * i + 5, 0]));
        icoord.forEach(([x0, x1, x2, x3], i) => {
          const [y0, y1, y2, y3] = dcoord[i];
          expect([x0, x2, y1]).toEqual([x1, x3, y2]);
          expect(x0).toBeLessThan(x3);
          expect([free.get(x0), free.get(x3)]).toEqual([y0, y3]);
          free.delete(x0);
          free.delete(x3);
          free.set((x0 + x3) / 2, y1);
        });
        expect(free.size).toBe(1);
      }),
    );
  });

  test('truncation hides merges and no observation', () => {
    fc.assert(
      fc.property(linkages(), truncations, (Z, options) => {
        const n = Z.length / 4 + 1;
        const { nodes } = toTree(Z, { rd: true });
        const { leaves, icoord, contracted } = dendrogram(Z, { ...options, showContracted: true });
        expect(leaves.flatMap((node) => nodes[node].preOrder())).toEqual(Array.from(leavesList(Z)));
        const cut = leaves.filter((node) => node >= n).length;
        expect(icoord.length + cut + contracted.length).toBe(n - 1);
      }),
    );
  });
});

describe('deep trees', () => {
  for (const side of ['left', 'right'] as const) {
    test(`a chain of 100,000 merges from the ${side}`, () => {
      const n = 100_001;
      const Z = chain(n, side);
      const { leaves, icoord } = dendrogram(Z);
      expect([leaves.length, icoord.length]).toEqual([n, n - 1]);
      const cut = dendrogram(Z, { truncateMode: 'lastp', p: 3, showContracted: true });
      expect([cut.leaves.length, cut.contracted.length]).toEqual([3, n - 4]);
    });
  }

  test('time grows with the leaves and not with their square', () => {
    // Neither is within the caches, or the ratio would tell of them.
    const small = randomTree(40_000);
    const large = randomTree(800_000);
    const MOST = 150;
    // 20 times the leaves: 20 times as long; their square, 400 times.
    const ratio = growth(
      () => dendrogram(small),
      () => dendrogram(large),
      MOST,
    );
    expect(ratio).toBeLessThan(MOST);
  });
});

describe('options', () => {
  const Z = f64([0, 1, 1, 2, 2, 3, 2, 2, 4, 5, 5, 4]);

  test.each<[string, unknown, ErrorConstructor, RegExp]>([
    [
      'orientation',
      'up',
      RangeError,
      /orientation must be 'top', 'bottom', 'left' or 'right', got the string "up"/,
    ],
    ['orientation', 3, TypeError, /orientation must be .*, got 3/],
    ['truncateMode', 'first', RangeError, /truncateMode must be .*, got the string "first"/],
    ['truncateMode', 1, TypeError, /truncateMode must be .*, got 1/],
    ['p', '3', TypeError, /p must be .*, got the string "3"/],
    ['p', NaN, RangeError, /p must be .*, got NaN/],
    ['labels', ['a'], RangeError, /labels must have one label for each of the 4 observations, got 1/],
    ['labels', 'abcd', TypeError, /labels must be .*, got the string "abcd"/],
    ['colorThreshold', 'high', TypeError, /colorThreshold must be .*, got the string "high"/],
    ['countSort', 'up', RangeError, /countSort must be .*, got the string "up"/],
    ['distanceSort', 1, TypeError, /distanceSort must be .*, got 1/],
    ['leafLabelFunc', 'x', TypeError, /leafLabelFunc must be .*, got the string "x"/],
    ['linkColorFunc', 'x', TypeError, /linkColorFunc must be .*, got the string "x"/],
    ['linkColorFunc', () => 7, TypeError, /linkColorFunc returned 7 for node 4/],
    ['aboveThresholdColor', 1, TypeError, /aboveThresholdColor must be .*, got 1/],
    ['palette', 'red', TypeError, /palette must be .*, got the string "red"/],
    ['palette', ['red', 1], TypeError, /palette\[1\] must be .*, got 1/],
    ['palette', [], RangeError, /palette must be an array of at least one colour/],
  ])('%s = %s is refused', (name, value, kind, message) => {
    const call = () => dendrogram(Z, { [name]: value } as DendrogramOptions);
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });

  test('Z is checked first of all', () => {
    expect(() => dendrogram([0, 1, 1, 2] as unknown as Float64Array)).toThrow(TypeError);
    expect(() => dendrogram(f64([]))).toThrow(RangeError);
    expect(() => dendrogram(f64([0, 5, 1, 2]))).toThrow(/row 0, column 1/);
  });

  test('p is cut to a whole number, and may be more than there is', () => {
    const at = (p: number) => dendrogram(Z, { truncateMode: 'lastp', p }).leaves;
    expect(at(2.9)).toEqual(at(2));
    expect(at(Infinity)).toEqual(at(4));
  });

  test('the palette of a call leaves the shared one alone', () => {
    expect(dendrogram(Z, { palette: ['m', 'c'] }).colorList).toEqual(['m', 'c', 'C0']);
    expect(dendrogram(Z).colorList).toEqual(['C1', 'C2', 'C0']);
  });

  test('the shared palette is copied, and null brings the first one back', () => {
    const mine = ['m', 'c'];
    setLinkColorPalette(mine);
    mine[0] = 'changed';
    const got = dendrogram(Z).colorList;
    setLinkColorPalette(null);
    expect(got).toEqual(['m', 'c', 'C0']);
    expect(() => setLinkColorPalette('red' as unknown as string[])).toThrow(TypeError);
    expect(dendrogram(Z).colorList).toContain('C1');
  });
});

test('the tutorial: lastp with p = 12', () => {
  const Z = f64(golden('trees/tutorial.json').cases[0].Z);
  const { ivl } = dendrogram(Z, { truncateMode: 'lastp', p: 12 });
  expect(ivl.join(' ')).toBe('(23) (17) (4) (6) (10) 40 (13) (10) (3) (9) (21) (33)');
});
