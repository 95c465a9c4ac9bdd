import { describe, expect, test } from 'vitest';
import { assign, cdist, createModel, METRICS, Model, twoPass } from '../../src/index.ts';
import { Random } from '../../src/support/numbers/random.ts';

const ROWS = 240;
const COLS = 12;

const BOOLEAN: readonly string[] = ['dice', 'russellrao'];

/** Three clusters that every metric tells apart: each row is large in its own four columns. */
function blobs(element: 'f4' | 'f8', boolean: boolean) {
  const random = new Random(5);
  const data = new (element === 'f4' ? Float32Array : Float64Array)(ROWS * COLS);
  for (let i = 0; i < ROWS; i++) {
    for (let k = 0; k < COLS; k++) {
      const own = Math.floor(k / 4) === i % 3;
      const noise = random.float() / 20;
      data[i * COLS + k] = boolean ? Number(own) : own ? 1 + noise : noise < 0.005 ? 0.05 : 0;
    }
  }
  return { data, rows: ROWS, cols: COLS };
}

/** These are similarities or need what only all rows can tell. */
const without = ['kulczynski1', 'mahalanobis', 'seuclidean'];

describe.each(['f4', 'f8'] as const)('two passes in %s', (element) => {
  for (const metric of METRICS.filter((m) => !without.includes(m))) {
    test(`${metric}: labels follow the nearest leader`, async () => {
      const X = blobs(element, BOOLEAN.includes(metric));
      const fit = await twoPass(X, {
        clusters: 3,
        metric,
        method: 'average',
        stride: 2,
        onWarning: () => {},
      });
      const { leaders, labels } = Model.load(fit.model.save());
      const wanted = await cdist(X, leaders, metric);
      let row = 0;
      for await (const part of assign(X, fit.model, { chunkRows: 37 })) {
        for (let i = 0; i < part.labels.length; i++, row++) {
          const distances = wanted.data.subarray(row * leaders.rows, (row + 1) * leaders.rows);
          const least = Math.min(...distances);
          expect(part.distances[i]).toBe(least);
          expect(distances[part.nearest[i]]).toBe(least);
          expect(part.labels[i]).toBe(labels[part.nearest[i]]);
        }
      }
      expect(row).toBe(ROWS);
      const all = await fit.labels();
      if (metric !== 'rmsd') for (let i = 3; i < ROWS; i++) expect(all[i]).toBe(all[i % 3]);
    });
  }

  test('what needs all rows is refused, with what to do instead', async () => {
    const X = blobs(element, false);
    for (const metric of ['seuclidean', 'mahalanobis'] as const) {
      await expect(twoPass(X, { clusters: 3, metric })).rejects.toThrow("use 'euclidean'");
      expect(() => createModel({ leaders: X, labels: new Int32Array(ROWS), metric })).toThrow(RangeError);
    }
  });

  test('a row without a finite distance to any leader is named', async () => {
    const model = createModel({
      leaders: [
        [1, 0],
        [0, 1],
      ],
      labels: [1, 2],
      metric: 'cosine',
    });
    const data = element === 'f4' ? Float32Array.of(1, 1, 0, 0) : Float64Array.of(1, 1, 0, 0);
    const parts = assign({ data, rows: 2, cols: 2 }, model);
    await expect(parts.next()).rejects.toThrow(/row 1 .*zeros/);
  });
});
