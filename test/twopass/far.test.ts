/** Centroids of float32 rows far from the origin, against float64. */
import { describe, expect, test } from 'vitest';
import { BatchClustering, memoryStore, twoPass } from '../../src/index.ts';
import { Random } from '../../src/support/numbers/random.ts';

/** Four groups of rows around (at, at, 0), with whole numbers between them. */
function groupsAt(at: number, n: number) {
  const random = new Random(1);
  const data = Float32Array.from({ length: 3 * n }, (_, i) => {
    const group = Math.floor(i / 3) % 4;
    const middle = [at + 12 * (group & 1), -at - 12 * (group >> 1), group][i % 3];
    return middle + random.below(4);
  });
  return { data, rows: n, cols: 3 };
}

const squared = (a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number) =>
  [0, 1, 2].reduce((sum, c) => sum + (a[3 * i + c] - b[3 * j + c]) ** 2, 0);

describe.each([1e6, 1e7])('groups at %d', (at) => {
  const X = groupsAt(at, 402);

  test.each(['euclidean', 'cityblock'] as const)('centroids of two passes are means: %s', async (metric) => {
    const options = { clusters: 4, stride: 3, relabel: true, metric, method: 'average' as const };
    const fit = await twoPass(X, { ...options, leaders: { pick: 'centroid' } });
    const { leaders } = fit.model;
    expect(leaders.data).toBeInstanceOf(Float64Array);
    for (let k = 0; k < 4; k++) {
      const members = [...fit.sampleRows].filter((_, i) => fit.sampleLabels[i] === fit.model.labels[k]);
      for (let c = 0; c < 3; c++) {
        const mean = members.reduce((sum, i) => sum + X.data[3 * i + c], 0) / members.length;
        expect(Math.abs(leaders.data[3 * k + c] - mean)).toBeLessThan(1e-7);
      }
    }
    expect(fit.agreement).toBe(1);
    for await (const { start, labels, distances } of fit.assign()) {
      distances.forEach((distance, i) => {
        const d = [0, 1, 2, 3].map((k) => {
          const of = (c: number) => Math.abs(X.data[3 * (start + i) + c] - leaders.data[3 * k + c]);
          return metric === 'cityblock' ? of(0) + of(1) + of(2) : Math.hypot(of(0), of(1), of(2));
        });
        const least = Math.min(...d);
        expect(labels[i]).toBe(fit.model.labels[d.indexOf(least)]);
        expect(Math.abs(distance - least)).toBeLessThan(1e-6);
      });
    }
  });

  test('rows go to the nearest centroid of batches', async () => {
    const batches = await BatchClustering.train(X, { store: memoryStore(), k: 4, seed: 2 });
    const { leaders } = batches.model;
    expect(leaders.data).toBeInstanceOf(Float64Array);
    await batches.precluster(X);
    const sums = new Float64Array(12);
    const counts = new Float64Array(4);
    for await (const { precluster, rows } of batches.clusters({ method: 'ward', clusters: 1 })) {
      for (const row of rows) {
        const d = [0, 1, 2, 3].map((k) => squared(X.data, row, leaders.data, k));
        expect(d[precluster]).toBe(Math.min(...d));
        counts[precluster]++;
        for (let c = 0; c < 3; c++) sums[3 * precluster + c] += X.data[3 * row + c];
      }
    }
    // The groups are far apart, so that centroids have stopped moving: they are the means of their rows.
    leaders.data.forEach((x, i) => {
      expect(Math.abs(x - sums[i] / counts[Math.floor(i / 3)])).toBeLessThan(1e-6);
    });
    const again = await BatchClustering.train(X, { store: memoryStore(), k: 4, seed: 2 });
    expect(again.model.leaders).toEqual(leaders);
  });
});

test('near the origin centroids keep the type of the data', async () => {
  const X = groupsAt(5, 200);
  const fit = await twoPass(X, { clusters: 4, stride: 1, leaders: { pick: 'centroid' } });
  expect(fit.model.leaders.data).toBeInstanceOf(Float32Array);
});
