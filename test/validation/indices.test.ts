import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  adjustedMutualInformation,
  adjustedRand,
  BadRowError,
  calinskiHarabasz,
  close,
  clusterQuality,
  daviesBouldin,
  MemoryLimitError,
  type Metric,
  type Progress,
  pdist,
  silhouette,
} from '../../src/index.ts';

interface Vectors {
  X: number[];
  rows: number;
  cols: number;
  labels: number[];
  daviesBouldin: number;
  calinskiHarabasz: number;
  silhouette: Record<string, number[]>;
}
interface Agreement {
  a: number[];
  b: number[];
  adjustedRand: number;
  adjustedMutualInformation: number;
}
interface Pairs {
  items: number[];
  labels: number[];
  clusters: (number | null)[];
  retention: number;
  purity: number;
  purity90: number;
  consistency: number;
}
const golden: { vectors: Vectors[]; agreement: Agreement[]; quality: Pairs[] } = JSON.parse(
  readFileSync(new URL('../golden/clusters/validation.json', import.meta.url), 'utf8'),
);

afterAll(() => close());

function near(got: number, wanted: number): void {
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(wanted)));
}

describe('indices of vectors', () => {
  describe.each(golden.vectors)('as scikit-learn: $rows x $cols', (c) => {
    const X = { data: Float64Array.from(c.X), rows: c.rows, cols: c.cols };
    test('Davies-Bouldin and Calinski-Harabasz', async () => {
      near(await daviesBouldin(X, c.labels), c.daviesBouldin);
      near(await calinskiHarabasz(X, c.labels), c.calinskiHarabasz);
    });

    test.each(Object.keys(c.silhouette) as Metric[])('silhouettes: %s', async (metric) => {
      const wanted = c.silhouette[metric];
      const mean = wanted.reduce((a, b) => a + b, 0) / wanted.length;
      const byFunction = (u: ArrayLike<number>, v: ArrayLike<number>) =>
        metric === 'euclidean' ? Math.hypot(...Array.from(u, (x, i) => x - v[i])) : Number.NaN;
      const runs = [
        silhouette(X, c.labels, { metric }),
        silhouette(await pdist(X, metric), c.labels),
        ...(metric === 'euclidean' ? [silhouette(X, c.labels, { metric: byFunction })] : []),
      ];
      for (const found of await Promise.all(runs)) {
        expect(found.samples.length).toBe(wanted.length);
        found.samples.forEach((value, i) => {
          near(value, wanted[i]);
        });
        near(found.mean, mean);
      }
      const single = await silhouette({ ...X, data: Float32Array.from(c.X) }, c.labels, { metric });
      expect(Math.abs(single.mean - mean)).toBeLessThan(1e-5);
    });
  });

  test('a sample: the same rows have the same silhouettes, for any number of threads and stripe', async () => {
    const n = 3000;
    const data = Float32Array.from({ length: n * 3 }, (_x, i) => ((i * 7919) % 1009) / 64 + (i % 4) * 3);
    const X = { data, rows: n, cols: 3 };
    const labels = Int32Array.from({ length: n }, (_x, i) => (i * 3) % 4);
    const all = await silhouette(X, labels, { threads: 1 });
    const threaded = await silhouette(X, labels, { threads: 3 });
    expect(threaded.samples).toEqual(all.samples);
    const some = await silhouette(X, labels, { sample: 400, seed: 4 });
    expect(some.rows.length).toBe(400);
    expect(new Set(some.rows).size).toBe(400);
    some.rows.forEach((row, i) => {
      expect(some.samples[i]).toBe(all.samples[row]);
    });
    expect(Math.abs(some.mean - all.mean)).toBeLessThan(0.05);
    const condensed = await silhouette(await pdist(X), labels, { sample: 400, seed: 4 });
    expect(condensed.rows).toEqual(some.rows);
  });

  test('progress, signals and limits', async () => {
    const X = { data: Float64Array.from({ length: 4000 }, (_x, i) => (i * 37) % 101), rows: 2000, cols: 2 };
    const labels = Array.from({ length: 2000 }, (_x, i) => i % 3);
    let last: Progress = { phase: '', done: 0 };
    const onProgress = (progress: Progress) => {
      expect(progress.done).toBeGreaterThanOrEqual(last.done);
      last = progress;
    };
    await silhouette(X, labels, { onProgress });
    expect(last).toEqual({ phase: 'silhouette', done: 2000, total: 2000 });
    const signal = AbortSignal.abort(new Error('no'));
    await expect(silhouette(X, labels, { signal })).rejects.toThrow('no');
    await expect(daviesBouldin(X, labels, { signal })).rejects.toThrow('no');
    await expect(silhouette(X, labels, { memoryLimit: 1000 })).rejects.toBeInstanceOf(MemoryLimitError);
  });

  test('what cannot be', async () => {
    const X = [[1], [2], [3], [4]];
    for (const index of [silhouette, daviesBouldin, calinskiHarabasz]) {
      await expect(index(X, [1, 1, 1, 1])).rejects.toThrow(/from 2 to 3 clusters .* got 1 for 4 rows/);
      await expect(index(X, [1, 2, 3, 4])).rejects.toThrow(/got 4 for 4 rows/);
      await expect(index(X, [1, 2, 3])).rejects.toThrow(/there are 4 rows and 3 labels/);
      await expect(index(X, [1, 2, 2.5, 1])).rejects.toThrow(/labels\[2\] must be a whole number, got 2.5/);
      await expect(index([[1], [Number.NaN], [3]], [1, 1, 2])).rejects.toThrow(/X: row 1, column 0 is NaN/);
      await expect(index([[1], [Number.NaN], [3]], [1, 1, 2])).rejects.toBeInstanceOf(BadRowError);
    }
    await expect(silhouette(Float64Array.of(1, 2, 3, 4), [1, 2])).rejects.toThrow(
      /n\(n-1\)\/2 numbers, got 4/,
    );
    await expect(silhouette(Float64Array.of(1, Number.NaN, 3), [1, 2, 1])).rejects.toThrow(
      /some are infinite or NaN/,
    );
    await expect(silhouette(X, [1, 2, 1, 2], { sample: 0 })).rejects.toThrow(/sample must be/);
  });
});

describe('agreement', () => {
  test.each(golden.agreement)('as scikit-learn: $a, $b', (c) => {
    near(adjustedRand(c.a, c.b), c.adjustedRand);
    near(adjustedMutualInformation(c.a, c.b), c.adjustedMutualInformation);
  });

  test('names do not matter, nor which comes first', () => {
    const labels = fc.array(fc.tuple(fc.integer({ min: -2, max: 5 }), fc.integer({ min: -2, max: 5 })));
    fc.assert(
      fc.property(labels, (rows) => {
        const a = rows.map(([x]) => x);
        const b = rows.map(([, y]) => y);
        for (const index of [adjustedRand, adjustedMutualInformation]) {
          near(index(b, a), index(a, b));
          near(
            index(
              a.map((x) => 100 - 3 * x),
              b,
            ),
            index(a, b),
          );
          near(index(a, Int32Array.from(a)), 1);
        }
      }),
    );
  });

  test('what cannot be', () => {
    expect(() => adjustedRand([1, 2], [1])).toThrow(/must label the same rows, got 2 and 1 labels/);
    expect(() => adjustedRand([1, 2], [1, Number.NaN])).toThrow(/b\[1\] must be a whole number, got NaN/);
    expect(() => adjustedMutualInformation('ab' as never, [1, 2])).toThrow(TypeError);
  });
});

describe('quality of labelled clusters', () => {
  test.each(golden.quality)('as clusTCR defines it', (c) => {
    const found = clusterQuality(c.clusters, c.labels, { items: c.items, none: -1 });
    near(found.retention, c.retention);
    near(found.purity, c.purity);
    near(found.purity90, c.purity90);
    near(found.consistency, c.consistency);
  });

  test('by hand', () => {
    const labels = ['a', 'a', 'b', 'a', 'c', 'd', 'a', 'd'];
    const found = clusterQuality([0, 0, 0, 1, 1, 2, null, -1], labels, { none: -1 });
    expect(clusterQuality([3, 3, 3, 1, 1, 2, null, 0], labels)).toEqual(found);
    // Largest cells: (0, a) 2, then (1, c) 1 and (2, d) 1; (1, a) has lost its label and (0, b) its cluster.
    expect(found).toEqual({
      retention: 6 / 8,
      purity: 4 / 6,
      purity90: 1 / 3,
      consistency: 4 / 6,
      clusters: 3,
      clustered: 6,
      items: 8,
    });
    expect(clusterQuality([null, undefined, Number.NaN], [1, 2, 3]).retention).toBe(0);
    expect(clusterQuality([null], [1]).purity).toBeNaN();
    expect(() => clusterQuality([1], [1, 2])).toThrow(/labels must have one entry for each pair/);
    expect(() => clusterQuality(['x'] as never, [1])).toThrow(/clusters\[0\] must be a number or null/);
  });
});
