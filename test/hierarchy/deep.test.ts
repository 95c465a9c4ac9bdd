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

/** Seconds that a call takes; the best of two, since other work shares the machine. */
function seconds(call: () => unknown): number {
  let best = Infinity;
  for (let run = 0; run < 2; run++) {
    const begin = performance.now();
    call();
    best = Math.min(best, (performance.now() - begin) / 1000);
  }
  return best;
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
      expect(seconds(call)).toBeLessThan(2);
    });

    test('and the answers hang together', () => {
      const T = fcluster(Z, middle, { criterion: 'distance' });
      const k = n - 1 - (n / 2 + 1) + 1;
      expect(T.reduce((a, b) => Math.max(a, b))).toBe(k);
      const { L, M } = leaders(Z, T);
      expect([L.length, M.length]).toEqual([k, k]);
      expect(fcluster(Z, k, { criterion: 'maxclust' })).toEqual(T);
      expect(Int32Array.from(toTree(Z).preOrder())).toEqual(leavesList(Z));
      expect(maxdists(Z)).toEqual(Z.filter((_, i) => i % 4 === 2));
      expect(maxinconsts(Z, inconsistent(Z)).length).toBe(n - 1);
      expect(fromMlabLinkage(toMlabLinkage(Z))).toEqual(Z);
      expect(isMonotonic(Z)).toBe(true);
      expect(elbow(Z).acceleration.length).toBe(8);
    });
  });
}
