import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign, cdist, createModel, pdist } from '../../src/index.ts';
import { Random } from '../../src/support/numbers/random.ts';

interface Case {
  name: string;
  frames: number;
  atoms: number;
  xyz: number[];
  /** frames x frames, by MDTraj. */
  mdtraj: number[];
  /** Condensed, by a singular value decomposition in float64. */
  exact: number[];
  worst: number;
}
const { cases } = JSON.parse(
  readFileSync(new URL('../golden/distances/rmsd.json', import.meta.url), 'utf8'),
) as {
  cases: Case[];
};

const matrix = (c: Case) => ({ data: Float32Array.from(c.xyz), rows: c.frames, cols: 3 * c.atoms });

describe('minimal RMSD', () => {
  for (const c of cases) {
    test(`is that of the singular value decomposition, and MDTraj's where that is exact: ${c.name}`, async () => {
      const X = matrix(c);
      const y = await pdist(X, 'rmsd');
      const wide = await pdist({ ...X, data: Float64Array.from(X.data) }, 'rmsd');
      expect(y.length).toBe((c.frames * (c.frames - 1)) / 2);
      const scale = Math.max(1, ...X.data.map(Math.abs));
      let k = 0;
      for (let i = 0; i < c.frames; i++) {
        for (let j = i + 1; j < c.frames; j++, k++) {
          expect(Math.abs(y[k] - c.exact[k])).toBeLessThanOrEqual(1e-6 * scale);
          expect(Math.abs(wide[k] - c.exact[k])).toBeLessThanOrEqual(1e-6 * scale);
          if (c.worst < 5e-6) expect(Math.abs(y[k] - c.mdtraj[i * c.frames + j])).toBeLessThanOrEqual(1e-5);
        }
      }
    });

    test(`from frames to leaders is what it is between frames: ${c.name}`, async () => {
      const X = matrix(c);
      const y = await pdist(X, 'rmsd');
      const square = await cdist(X, X, 'rmsd');
      let k = 0;
      for (let i = 0; i < c.frames; i++) {
        expect(square.data[i * c.frames + i]).toBeLessThan(1e-6);
        for (let j = i + 1; j < c.frames; j++, k++) expect(square.data[i * c.frames + j]).toBe(y[k]);
      }
    });
  }

  test('of copies that were turned and moved is nothing, and never NaN', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 70 }), fc.integer(), async (atoms, seed) => {
        const random = new Random(seed >>> 0);
        const frame = Float64Array.from({ length: 3 * atoms }, () => random.float());
        const copies = 6;
        const data = new Float32Array(copies * 3 * atoms);
        for (let k = 0; k < copies; k++) {
          const [c, s] = [Math.cos(k), Math.sin(k)];
          for (let t = 0; t < atoms; t++) {
            const [x, y, z] = frame.subarray(3 * t, 3 * t + 3);
            data.set([c * x - s * y + k, s * x + c * y, z - k], 3 * (k * atoms + t));
          }
        }
        for (const d of await pdist({ data, rows: copies, cols: 3 * atoms }, 'rmsd')) {
          // The copies themselves were rounded to float32, at up to 6.
          expect(d).toBeLessThan(1e-6);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('a pair does not depend on where it stands, nor on its neighbours', async () => {
    const random = new Random(3);
    const [n, cols] = [23, 66];
    const data = Float32Array.from({ length: n * cols }, () => random.float());
    const whole = await pdist({ data, rows: n, cols }, 'rmsd');
    for (const [i, j] of [
      [0, 1],
      [0, 22],
      [3, 7],
      [11, 20],
      [21, 22],
    ]) {
      const pair = new Float32Array(2 * cols);
      pair.set(data.subarray(i * cols, (i + 1) * cols));
      pair.set(data.subarray(j * cols, (j + 1) * cols), cols);
      const [alone] = await pdist({ data: pair, rows: 2, cols }, 'rmsd');
      expect(alone).toBe(whole[i * n - (i * (i + 1)) / 2 + j - i - 1]);
    }
  });

  test('assigns each frame to the least of the distances that cdist gives', async () => {
    const random = new Random(4);
    const make = (rows: number) => ({
      data: Float32Array.from({ length: rows * 30 }, () => random.float()),
      rows,
      cols: 30,
    });
    const [frames, leaders] = [make(37), make(11)];
    const model = createModel({ leaders, labels: Array.from({ length: 11 }, (_x, i) => i), metric: 'rmsd' });
    const { data } = await cdist(frames, leaders, 'rmsd');
    for await (const part of assign(frames, model)) {
      part.nearest.forEach((leader, i) => {
        const row = data.subarray(i * 11, (i + 1) * 11);
        expect(leader).toBe(row.indexOf(Math.min(...row)));
        expect(part.distances[i]).toBe(row[leader]);
      });
    }
  });
});
