/** Trees as deep as they have merges, and a million leaves: no recursion, no quadratic step. */

import { describe, expect, test } from 'vitest';
import { cutTree } from '../../src/hierarchy/cuttree.ts';
import { elbow } from '../../src/hierarchy/elbow.ts';
import { fcluster } from '../../src/hierarchy/fcluster.ts';
import { inconsistent } from '../../src/hierarchy/inconsistent.ts';
import { leaders } from '../../src/hierarchy/leaders.ts';
import { leavesList } from '../../src/hierarchy/leaves.ts';
import { maxdists, maxinconsts } from '../../src/hierarchy/maxstat.ts';
import { fromMlabLinkage, toMlabLinkage } from '../../src/hierarchy/mlab.ts';
import { toTree } from '../../src/hierarchy/tree.ts';
import { isMonotonic } from '../../src/hierarchy/validate.ts';
import { chain, randomTree } from './arbitrary.ts';

const n = 1_000_000;
const trees = {
  'a chain from the left': () => chain(n, 'left'),
  'a chain from the right': () => chain(n, 'right'),
  'a random tree': () => randomTree(n),
};

/** `toEqual` takes its time over a million elements. */
function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether a call can be done in so many seconds; it may try again, since other work shares the machine. */
function takesLessThan(seconds: number, call: () => unknown): boolean {
  for (let run = 0; run < 5; run++) {
    const begin = performance.now();
    call();
    if (performance.now() - begin < 1000 * seconds) return true;
  }
  return false;
}

for (const [name, make] of Object.entries(trees)) {
  describe(`${name}, n = 1,000,000`, () => {
    const Z = make();
    const middle = Z[4 * (n / 2) + 2];

    test.each([
      ['fcluster, inconsistent', () => fcluster(Z, 0.8)],
      ['fcluster, distance', () => fcluster(Z, middle, { criterion: 'distance' })],
      ['fcluster, maxclust', () => fcluster(Z, 1000, { criterion: 'maxclust' })],
      ['leavesList', () => leavesList(Z)],
      ['inconsistent', () => inconsistent(Z)],
      ['toTree', () => toTree(Z)],
      ['cutTree', () => cutTree(Z, { nClusters: [2, 1000] })],
    ])('%s in less than 2 s', (_, call) => {
      expect(takesLessThan(2, call)).toBe(true);
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
