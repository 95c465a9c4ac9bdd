/** The figures of the SciPy hierarchical clustering tutorial, from ward trees that SciPy made. */

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cophenet } from '../../src/hierarchy/cophenet.ts';
import { elbow } from '../../src/hierarchy/elbow.ts';
import { fcluster } from '../../src/hierarchy/fcluster.ts';
import { inconsistent } from '../../src/hierarchy/inconsistent.ts';
import { leaders } from '../../src/hierarchy/leaders.ts';
import { leavesList } from '../../src/hierarchy/leaves.ts';
import { leafCounts } from '../../src/hierarchy/traverse.ts';
import { differences, f64, golden, near } from './golden.ts';

const { X, cases } = golden('trees/tutorial.json');
const heights = (Z: Float64Array) => Z.filter((_, i) => i % 4 === 2);

/** Condensed Euclidean distances. */
function distances(rows: number[][]): Float64Array {
  const out: number[] = [];
  rows.forEach((a, i) => {
    for (const b of rows.slice(i + 1)) out.push(Math.hypot(...a.map((v, k) => v - b[k])));
  });
  return f64(out);
}

for (const c of cases) {
  describe(`tutorial ${c.name}`, () => {
    const Z = f64(c.Z);

    test('flat clusters', () => {
      for (const { criterion, t, depth, T } of c.fcluster) {
        // SciPy is given a depth with every criterion, and looks at it for one.
        const options = criterion === 'inconsistent' ? { criterion, depth } : { criterion };
        expect(Array.from(fcluster(Z, t, options)), `${criterion} ${t}`).toEqual(T);
      }
    });

    test('elbow', () => {
      const { k, acceleration } = elbow(Z);
      expect(k).toBe(c.elbow.k);
      expect(Array.from(acceleration)).toEqual(c.elbow.acceleration);
    });

    test('inconsistency of the last merges', () => {
      for (const { depth, last } of c.inconsistent) {
        expect(differences(inconsistent(Z, depth).slice(-40), last), `depth ${depth}`).toEqual([]);
      }
    });

    test('leaders and leaves', () => {
      const { L, M } = leaders(Z, fcluster(Z, 12, { criterion: 'maxclust' }));
      expect([Array.from(L), Array.from(M)]).toEqual([c.leaders12.L, c.leaders12.M]);
      expect(Array.from(leavesList(Z))).toEqual(c.leaves);
    });
  });
}

describe('the figures in the text', () => {
  const Z = f64(cases[0].Z);

  test('the first merges and the last heights', () => {
    expect(Array.from(Z.slice(0, 8), (v) => +v.toFixed(5))).toEqual([52, 53, 0.04151, 2, 14, 79, 0.05914, 2]);
    expect(Array.from(heights(Z).slice(-4), (v) => +v.toFixed(5))).toEqual([
      15.11533, 17.11527, 23.12199, 180.27043,
    ]);
  });

  test('the cophenetic correlation', () => {
    const { correlation } = cophenet(Z, distances(X));
    expect(near(correlation, 0.9800148387574268), String(correlation)).toBe(true);
  });

  test('cut at 50 into 2 and at 16 into 4; elbows at 2 and 4', () => {
    expect(Math.max(...fcluster(Z, 50, { criterion: 'distance' }))).toBe(2);
    expect(Math.max(...fcluster(Z, 16, { criterion: 'distance' }))).toBe(4);
    expect(elbow(Z).k).toBe(2);
    expect(elbow(f64(cases[1].Z)).k).toBe(4);
  });

  test('the sizes of the last twelve clusters', () => {
    const sizes = leafCounts(Z);
    const { L } = leaders(Z, fcluster(Z, 12, { criterion: 'maxclust' }));
    const labels = Array.from(L, (node) => (node < 150 ? `${node}` : `(${sizes[node - 150]})`));
    const wanted = ['(23)', '(17)', '(4)', '(6)', '(10)', '40', '(13)', '(10)', '(3)', '(9)', '(21)', '(33)'];
    expect(labels.toSorted()).toEqual(wanted.toSorted());
  });
});

const file = new URL('../../../shared/data/tutorial_X.npy', import.meta.url);
test.skipIf(!existsSync(file))('the points are those of ../shared/data/tutorial_X.npy', () => {
  const bytes = new Uint8Array(readFileSync(file));
  const values = new Float64Array(bytes.slice(10 + bytes[8] + 256 * bytes[9]).buffer);
  expect(Array.from(values)).toEqual(X.flat());
});
