/** Trees as deep as they have merges, with hundreds of thousands of leaves: no recursion, no quadratic step. */

import { describe, expect, test } from 'vitest';
import { cutTree } from '../../src/hierarchy/cut-tree.ts';
import { elbow } from '../../src/hierarchy/elbow.ts';
import { fcluster } from '../../src/hierarchy/fcluster.ts';
import { inconsistent } from '../../src/hierarchy/inconsistent.ts';
import { leaders } from '../../src/hierarchy/leaders.ts';
import { leavesList } from '../../src/hierarchy/leaves.ts';
import { fromMlabLinkage, toMlabLinkage } from '../../src/hierarchy/matlab.ts';
import { maxdists, maxinconsts } from '../../src/hierarchy/max-statistics.ts';
import { toTree } from '../../src/hierarchy/tree.ts';
import { isMonotonic } from '../../src/hierarchy/validate.ts';
import { growth } from '../growth.ts';
import { chain, randomTree } from './arbitrary.ts';

const n = 200_000;
const few = n / 32;
const trees = {
  'a chain from the left': (leaves: number) => chain(leaves, 'left'),
  'a chain from the right': (leaves: number) => chain(leaves, 'right'),
  'a random tree': (leaves: number) => randomTree(leaves),
};
/**
 * For 32 times the leaves a quadratic step takes 1,024 times as long; a linear one 32 times, and some more outside the caches
 * and with the collector's share.
 */
const MOST = 512;

/** `toEqual` takes its time over a million elements. */
function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function heightOf(Z: Float64Array, merge: number): number {
  return Z[4 * merge + 2];
}

for (const [name, make] of Object.entries(trees)) {
  describe(`${name}, n = 200,000`, () => {
    const Z = make(n);
    const small = make(few);
    const middle = heightOf(Z, n / 2);

    test.each([
      ['fcluster, inconsistent', (Z: Float64Array) => fcluster(Z, 0.8)],
      [
        'fcluster, distance',
        (Z: Float64Array) => fcluster(Z, heightOf(Z, Z.length >> 3), { criterion: 'distance' }),
      ],
      ['fcluster, maxclust', (Z: Float64Array) => fcluster(Z, 1000, { criterion: 'maxclust' })],
      ['leavesList', (Z: Float64Array) => leavesList(Z)],
      ['inconsistent', (Z: Float64Array) => inconsistent(Z)],
      ['toTree', (Z: Float64Array) => toTree(Z)],
      ['cutTree', (Z: Float64Array) => cutTree(Z, { nClusters: [2, 1000] })],
    ])('%s takes time that grows with the leaves', (_, call) => {
      const ratio = growth(
        () => call(small),
        () => call(Z),
        MOST,
      );
      expect(ratio).toBeLessThan(MOST);
    });

    test('and the answers hang together', () => {
      const T = fcluster(Z, middle, { criterion: 'distance' });
      const k = n - 1 - (n / 2 + 1) + 1;
      expect(T.reduce((a, b) => Math.max(a, b))).toBe(k);
      const { L, M } = leaders(Z, T);
      expect([L.length, M.length]).toEqual([k, k]);
      expect(same(fcluster(Z, k, { criterion: 'maxclust' }), T)).toBe(true);
      expect(same(toTree(Z).preOrder(), leavesList(Z))).toBe(true);
      expect(maxdists(Z).every((d, i) => d === Z[4 * i + 2])).toBe(true);
      expect(maxinconsts(Z, inconsistent(Z)).length).toBe(n - 1);
      expect(same(fromMlabLinkage(toMlabLinkage(Z)), Z)).toBe(true);
      expect(isMonotonic(Z)).toBe(true);
      expect(elbow(Z).acceleration.length).toBe(8);
    });
  });
}
