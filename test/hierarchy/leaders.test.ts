import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fcluster } from '../../src/hierarchy/fcluster.ts';
import { leaders } from '../../src/hierarchy/leaders.ts';
import { naiveLeaders } from '../reference/trees.ts';
import { chain, linkages } from './arbitrary.ts';
import { f64, golden } from './golden.ts';

describe('nodes, labels and their order equal SciPy', () => {
  for (const c of golden('trees/fcluster.json').cases) {
    test(c.name, () => {
      for (const l of c.leaders) {
        const T = Int32Array.from(c.partitions[l.T]);
        if (l.error) {
          expect(() => leaders(f64(c.Z), T)).toThrow(RangeError);
          continue;
        }
        const { L, M } = leaders(f64(c.Z), T);
        expect(Array.from(L)).toEqual(l.L);
        expect(Array.from(M)).toEqual(l.M);
      }
    });
  }
});

describe('by its definition', () => {
  test('the leader of a flat cluster has its observations and no others', () => {
    fc.assert(
      fc.property(linkages({ inversions: true }), fc.integer({ min: 0, max: 4 }), (Z, t) => {
        const T = fcluster(Z, t, { criterion: 'distance' });
        const { L, M } = leaders(Z, T);
        expect(L).toBeInstanceOf(Int32Array);
        expect(new Map(Array.from(M, (m, i) => [m, L[i]]))).toEqual(naiveLeaders(Z, T));
      }),
    );
  });

  test('any labels: leaders where all clusters are subtrees, refused where not', () => {
    const labelled = linkages({ most: 7 }).chain((Z) => {
      const n = Z.length / 4 + 1;
      return fc.tuple(
        fc.constant(Z),
        fc.array(fc.integer({ min: -1, max: 2 }), { minLength: n, maxLength: n }),
      );
    });
    fc.assert(
      fc.property(labelled, ([Z, labels]) => {
        const T = Int32Array.from(labels);
        const wanted = naiveLeaders(Z, T);
        if ([...wanted.values()].includes(undefined)) {
          expect(() => leaders(Z, T)).toThrow(/^T is not a cut of Z/);
          return;
        }
        const { L, M } = leaders(Z, T);
        expect(new Map(Array.from(M, (m, i) => [m, L[i]]))).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });
});

test('one cluster has the root, n clusters have the leaves', () => {
  const Z = chain(4);
  expect(leaders(Z, new Int32Array(4).fill(9))).toEqual({ L: Int32Array.of(6), M: Int32Array.of(9) });
  const { L, M } = leaders(Z, Int32Array.of(1, 2, 3, 4));
  expect(Array.from(L)).toEqual([0, 1, 2, 3]);
  expect(Array.from(M)).toEqual([1, 2, 3, 4]);
});

test('refuses labels of the wrong type or number', () => {
  const Z = chain(4);
  expect(() => leaders(Z, [1, 1, 1, 1] as never)).toThrow(
    /^T must be an Int32Array .*, got an Array of length 4/,
  );
  expect(() => leaders(Z, new Float64Array(4) as never)).toThrow(TypeError);
  expect(() => leaders(Z, new Int32Array(3))).toThrow(/^T has length 3, but Z stands for 4/);
  expect(() => leaders(Z, new Int32Array(5))).toThrow(RangeError);
  expect(() => leaders(Z, Int32Array.of(1, 2, 1, 2))).toThrow(/cluster 1 lies under the separate nodes/);
});
