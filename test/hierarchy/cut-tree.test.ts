import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CutTree, cutTree } from '../../src/hierarchy/cut-tree.ts';
import { fcluster } from '../../src/hierarchy/fcluster.ts';
import { isIsomorphic } from '../../src/hierarchy/isomorphic.ts';
import { naiveJoin } from '../reference/trees.ts';
import { chain, linkages } from './arbitrary.ts';
import { f64, golden } from './golden.ts';

const column = ({ data, cols }: CutTree, col: number) => Array.from(data.filter((_, i) => i % cols === col));
const heightsOf = (Z: Float64Array) => Z.filter((_, i) => i % 4 === 2);

describe('labels equal SciPy', () => {
  for (const c of golden('trees/fcluster.json').cases) {
    test(c.name, () => {
      const Z = f64(c.Z);
      for (const { T, n_clusters: nClusters, height } of c.cut_tree) {
        const cut = cutTree(Z, { nClusters, height });
        const asked: number[] | undefined = nClusters ?? height;
        expect(cut.rows).toBe(c.n);
        expect(cut.cols).toBe(asked ? asked.length : c.n);
        const lowest = Math.min(...heightsOf(Z));
        for (let col = 0; col < cut.cols; col++) {
          const unmerged = nClusters ? nClusters[col] >= c.n : height ? height[col] <= lowest : false;
          // SciPy leaves a column without merges zero unless it is the first (scipy/scipy#9818).
          const wanted =
            unmerged && col > 0
              ? Array.from({ length: c.n }, (_, i) => i)
              : T.filter((_: number, i: number) => i % cut.cols === col);
          expect(column(cut, col), JSON.stringify({ nClusters, height, col })).toEqual(wanted);
        }
      }
    });
  }
});

describe('by its definition', () => {
  test('k clusters, numbered by first appearance, each cut refining the one before', () => {
    fc.assert(
      fc.property(linkages(), (Z) => {
        const n = Z.length / 4 + 1;
        const full = cutTree(Z);
        expect([full.rows, full.cols]).toEqual([n, n]);
        for (let step = 0; step < n; step++) {
          const labels = column(full, step);
          const seen = [...new Set(labels)];
          expect(seen).toEqual(Array.from({ length: n - step }, (_, i) => i));
          if (step > 0) {
            const finer = column(full, step - 1);
            expect(new Set(finer.map((f, i) => `${f} ${labels[i]}`)).size).toBe(n - step + 1);
          }
          expect(column(cutTree(Z, { nClusters: n - step }), 0)).toEqual(labels);
        }
      }),
    );
  });

  test('distinct heights: the merges in order', () => {
    fc.assert(
      fc.property(linkages(), (Z) => {
        const n = Z.length / 4 + 1;
        for (let i = 0; i < n - 1; i++) Z[4 * i + 2] = i + 1;
        for (let step = 0; step < n; step++) {
          const wanted = naiveJoin(
            Z,
            Array.from({ length: step }, (_, i) => i),
          );
          expect(column(cutTree(Z, { nClusters: n - step }), 0)).toEqual(wanted);
          // Merges below a height are done; one at it is not.
          expect(column(cutTree(Z, { height: step + 1 }), 0)).toEqual(wanted);
          expect(column(cutTree(Z, { height: step + 0.5 }), 0)).toEqual(wanted);
        }
      }),
    );
  });

  test('at any height, the clusters of fcluster at the next height below', () => {
    const height = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(linkages(), height, (Z, height) => {
        const t = heightsOf(Z).reduce((top, h) => (h < height && h > top ? h : top), -1);
        const T = fcluster(Z, t, { criterion: 'distance' });
        expect(isIsomorphic(column(cutTree(Z, { height }), 0), T)).toBe(true);
      }),
    );
  });

  test('columns come as asked, in any order, many times, from any array', () => {
    const Z = chain(6);
    const all = [6, 1, 3, 3, 6, 2].map((k) => column(cutTree(Z, { nClusters: k }), 0));
    for (const nClusters of [[6, 1, 3, 3, 6, 2], Int32Array.of(6, 1, 3, 3, 6, 2)]) {
      const cut = cutTree(Z, { nClusters });
      expect(all.map((_, col) => column(cut, col))).toEqual(all);
    }
  });
});

describe('corners', () => {
  test('out of range, the nearest there is', () => {
    const Z = chain(4);
    expect(column(cutTree(Z, { nClusters: 9 }), 0)).toEqual([0, 1, 2, 3]);
    expect(column(cutTree(Z, { nClusters: 0 }), 0)).toEqual([0, 0, 0, 0]);
    expect(column(cutTree(Z, { nClusters: 2.5 }), 0)).toEqual(column(cutTree(Z, { nClusters: 3 }), 0));
    expect(column(cutTree(Z, { height: -1 }), 0)).toEqual([0, 1, 2, 3]);
    expect(column(cutTree(Z, { height: Infinity }), 0)).toEqual([0, 0, 0, 0]);
    expect(cutTree(Z, { nClusters: [] })).toEqual({ data: new Int32Array(0), rows: 4, cols: 0 });
  });

  test('one merge', () => {
    expect(cutTree(f64([0, 1, 3, 2]))).toEqual({ data: Int32Array.of(0, 0, 1, 0), rows: 2, cols: 2 });
  });

  test('an inversion is replayed as SciPy does it', () => {
    // As SciPy 1.17 answers. The merge at 0 comes before its part at 1, whose turn then joins strangers.
    const Z = f64([0, 3, 1, 2, 2, 1, 1, 2, 4, 5, 0, 3, 6, 7, 1, 5]);
    const cut = cutTree(Z);
    const wanted = [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 2, 2, 1, 0, 0, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0];
    expect(Array.from(cut.data)).toEqual(wanted);
    for (let k = 1; k <= 5; k++) {
      expect(column(cutTree(Z, { nClusters: [k] }), 0)).toEqual(column(cut, 5 - k));
    }
  });

  test('an infinite height is the last', () => {
    const Z = f64([0, 1, 1, 2, 2, 3, 2, 2, 4, 5, Infinity, 4]);
    expect(column(cutTree(Z, { nClusters: 2 }), 0)).toEqual([0, 0, 1, 1]);
    expect(column(cutTree(Z, { height: Infinity }), 0)).toEqual([0, 0, 1, 1]);
  });
});

test('refuses', () => {
  const Z = chain(4);
  expect(() => cutTree(Z, { nClusters: 2, height: 1 })).toThrow(/^nClusters and height are both given/);
  expect(() => cutTree(Z, { nClusters: '2' as never })).toThrow(
    /^nClusters must be a number or .*, got the string "2"/,
  );
  expect(() => cutTree(Z, { height: ['2'] as never })).toThrow(TypeError);
  expect(() => cutTree(Z, { height: {} as never })).toThrow(TypeError);
  expect(() => cutTree(Z, { height: [1, NaN] })).toThrow(/^height\[1\] must be .*, got NaN/);
  const counts = chain(4);
  counts[7] = 2;
  expect(() => cutTree(counts)).toThrow(/row 1, column 3 is 2; the merged clusters have 3/);
  const nan = chain(4);
  nan[6] = NaN;
  expect(() => cutTree(nan)).toThrow(RangeError);
});
