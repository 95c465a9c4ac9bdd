import { describe, expect, test } from 'vitest';
import { type Criterion, fcluster } from '../../src/hierarchy/fcluster.ts';
import { inconsistent } from '../../src/hierarchy/inconsistent.ts';
import { f64, golden } from './golden.ts';

interface Group {
  criterion: Criterion;
  depth?: number;
  monocrit?: number;
  t: number[];
  T: number[];
}

describe('labels equal SciPy, in every criterion', () => {
  for (const c of golden('fcluster.json').cases) {
    test(c.name, () => {
      const Z = f64(c.Z);
      for (const g of c.fcluster as Group[]) {
        const monocrit = g.monocrit === undefined ? undefined : f64(c.monocrits[g.monocrit]);
        g.t.forEach((t, i) => {
          const wanted = c.partitions[g.T[i]];
          const at = `${g.criterion} t=${t} depth=${g.depth}`;
          const got = fcluster(Z, t, { criterion: g.criterion, depth: g.depth, monocrit });
          expect(Array.from(got), at).toEqual(wanted);
          if (g.criterion === 'inconsistent') {
            const R = inconsistent(Z, g.depth);
            expect(Array.from(fcluster(Z, t, { R })), `${at}, R given`).toEqual(wanted);
          }
        });
      }
    });
  }
});
