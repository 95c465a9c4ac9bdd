import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DisjointSet } from '../../src/hierarchy/disjoint-set.ts';

describe('DisjointSet', () => {
  test("SciPy's example", () => {
    const set = new DisjointSet<number | string>([1, 2, 3, 'a', 'b']);
    expect(set.merge(1, 2)).toBe(true);
    expect(set.merge(3, 'a')).toBe(true);
    expect(set.merge('a', 'b')).toBe(true);
    expect(set.merge('b', 'b')).toBe(false);
    expect(set.find(2)).toBe(1);
    expect(set.find('b')).toBe(3);
    expect(set.connected(1, 2)).toBe(true);
    expect(set.connected(1, 'b')).toBe(false);
    expect([...set]).toEqual([1, 2, 3, 'a', 'b']);
    expect(set.subset('a')).toEqual(new Set(['a', 3, 'b']));
    expect(set.subsetSize('a')).toBe(3);
    expect(set.subsets()).toEqual([new Set([1, 2]), new Set(['a', 3, 'b'])]);
    expect(set.nSubsets).toBe(2);
    expect(set.length).toBe(5);
    expect(set.has('b')).toBe(true);
    expect(set.has('c')).toBe(false);
  });

  test('nothing in it, then something', () => {
    const set = new DisjointSet<object>();
    expect([set.length, set.nSubsets, [...set], set.subsets()]).toEqual([0, 0, [], []]);
    const x = {};
    set.add(x);
    set.add(x);
    expect([set.length, set.nSubsets]).toEqual([1, 1]);
    expect(set.has({})).toBe(false);
    expect(set.subset(x)).toEqual(new Set([x]));
  });

  test('elements are told apart as in a Map', () => {
    const set = new DisjointSet<unknown>([1, '1', NaN, NaN, undefined, null, 0, -0]);
    expect(set.length).toBe(6);
    expect(set.connected(NaN, NaN)).toBe(true);
    expect(set.connected(1, '1')).toBe(false);
  });

  test('the larger set keeps its root; of equals, the first added', () => {
    const set = new DisjointSet([0, 1, 2, 3, 4]);
    set.merge(1, 0);
    expect(set.find(1)).toBe(0);
    set.merge(3, 2);
    expect(set.find(3)).toBe(2);
    set.merge(3, 4);
    expect(set.find(4)).toBe(2);
    set.merge(0, 4);
    expect(set.find(0)).toBe(2);
  });

  test('any merges: as if by relabelling', () => {
    const merges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 20 });
    fc.assert(
      fc.property(merges, (merges) => {
        const set = new DisjointSet(Array.from({ length: 10 }, (_, i) => i));
        const label = Array.from({ length: 10 }, (_, i) => i);
        for (const [a, b] of merges) {
          const [from, to] = [label[a], label[b]];
          expect(set.merge(a, b)).toBe(from !== to);
          label.forEach((l, i) => {
            if (l === from) label[i] = to;
          });
          expect(set.nSubsets).toBe(new Set(label).size);
        }
        for (let i = 0; i < 10; i++) {
          const together = label.flatMap((l, j) => (l === label[i] ? [j] : []));
          expect(set.subset(i)).toEqual(new Set(together));
          expect([...set.subset(i)][0]).toBe(i);
          expect(set.subsetSize(i)).toBe(together.length);
          expect(together).toContain(set.find(i));
          for (let j = 0; j < 10; j++) expect(set.connected(i, j)).toBe(label[i] === label[j]);
        }
        const subsets = set.subsets();
        expect(subsets.length).toBe(set.nSubsets);
        expect(subsets.flatMap((s) => [...s]).sort((a, b) => a - b)).toEqual([...set]);
        expect(subsets.map((s) => Math.min(...s))).toEqual(subsets.map((s) => [...s][0]));
      }),
    );
  });

  test('a long chain of merges, in either direction', () => {
    const n = 200_000;
    for (const step of [1, -1]) {
      const set = new DisjointSet(Array.from({ length: n }, (_, i) => i));
      for (let i = 1; i < n; i++) {
        const at = step > 0 ? i : n - i;
        set.merge(at - 1, at);
      }
      expect([set.nSubsets, set.subsetSize(n - 1), set.subset(0).size]).toEqual([1, n, n]);
    }
  });

  test('refuses to tell about what is not in it', () => {
    const set = new DisjointSet([1]);
    expect(() => set.find(2)).toThrow(/^x is 2, which is not in the disjoint set/);
    expect(() => set.merge(1, 2)).toThrow(RangeError);
    expect(() => set.merge(2, 1)).toThrow(RangeError);
    expect(() => set.connected(1, 2)).toThrow(RangeError);
    expect(() => set.subset(2)).toThrow(RangeError);
    expect(() => set.subsetSize(2)).toThrow(RangeError);
    expect(set.nSubsets).toBe(1);
  });
});
