import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { assign, close, kmeans, Model, type Source, type Vectors } from '../../src/index.ts';
import { fromArray } from '../../src/sources/index.ts';
import { blobs, ofUnknownLength } from '../pipeline/fixtures.ts';
import { lloyd } from '../reference/kmeans.ts';

interface Case {
  name: string;
  X: number[];
  rows: number;
  cols: number;
  init: number[];
  k: number;
  maxIter: number;
  tol: number;
  labels: number[];
  centroids: number[];
  inertia: number;
  iterations: number;
}
const golden: { kmeans: Case[] } = JSON.parse(
  readFileSync(new URL('../golden/kmeans.json', import.meta.url), 'utf8'),
);

afterAll(() => close());

const CENTERS = [
  [0, 0, 0],
  [10, 0, 0],
  [0, 10, 0],
  [0, 0, 10],
];

function bits(x: Float32Array | Float64Array | Int32Array): string {
  return Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString('hex');
}

function close10(a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-10): void {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) {
    expect(Math.abs(a[i] - b[i])).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(b[i])));
  }
}

describe('kmeans', () => {
  test.each(golden.kmeans)('as scikit-learn: $name, $maxIter iterations, tol $tol', async (c) => {
    const X = { data: Float64Array.from(c.X), rows: c.rows, cols: c.cols };
    const init = { data: Float64Array.from(c.init), rows: c.k, cols: c.cols };
    const found = await kmeans(X, { k: c.k, init, maxIter: c.maxIter, tol: c.tol });
    expect([...found.labels]).toEqual(c.labels);
    expect(found.iterations).toBe(c.iterations);
    close10(found.centroids.data, c.centroids);
    close10([found.inertia], [c.inertia], 1e-9);
  });

  test.each(golden.kmeans)('as said plainly: $name, $maxIter iterations, tol $tol', async (c) => {
    const table = (data: number[], rows: number) =>
      Array.from({ length: rows }, (_, i) => data.slice(i * c.cols, (i + 1) * c.cols));
    const [X, init] = [table(c.X, c.rows), table(c.init, c.k)];
    const wanted = lloyd(X, init, c.maxIter, 0);
    const found = await kmeans(X, { k: c.k, init, maxIter: c.maxIter, tol: 0 });
    expect([...found.labels]).toEqual(wanted.labels);
    expect(found.iterations).toBe(wanted.iterations);
    close10(found.centroids.data, wanted.centroids.flat());
  });

  test('finds blobs', async () => {
    const { truth, ...X } = blobs(3000, CENTERS);
    for (const init of ['k-means++', 'random'] as const) {
      const { labels, inertia, model, converged } = await kmeans(X, { k: 4, init, seed: 3 });
      expect(inertia).toBeLessThan(3000 * 3 * 0.001);
      expect(converged).toBe(true);
      const names = new Map(Array.from(truth, (t, i) => [t, labels[i]]));
      expect(Array.from(truth, (t) => names.get(t))).toEqual([...labels]);
      for await (const part of assign(X, Model.load(model.save()))) expect(part.labels).toEqual(labels);
    }
  });

  test.each(['euclidean', 'cosine'] as const)(
    'the same bits for every number of threads, every chunk, in memory or not: %s',
    async (metric) => {
      for (const element of ['f4', 'f8'] as const) {
        const { truth: _, ...X } = blobs(20_000, CENTERS, { spread: 12, element });
        const source = fromArray(X);
        const runs: [string, Vectors | Source, object][] = [
          ['2 threads', X, { threads: 2 }],
          ['3 threads', X, { threads: 3 }],
          ['chunks', ofUnknownLength(source), { chunkRows: 777 }],
          ['small chunks, 2 threads', ofUnknownLength(source), { chunkRows: 101, threads: 2 }],
          ['length unknown', ofUnknownLength(source), { chunkRows: 5000 }],
        ];
        const wanted = await kmeans(X, { k: 9, maxIter: 8, metric, threads: 1 });
        for (const [name, input, run] of runs) {
          const found = await kmeans(input, { k: 9, maxIter: 8, metric, ...run });
          expect(bits(found.centroids.data), name).toBe(bits(wanted.centroids.data));
          expect(bits(found.labels), name).toBe(bits(wanted.labels));
          expect(found.inertia, name).toBe(wanted.inertia);
          expect(found.iterations, name).toBe(wanted.iterations);
        }
      }
    },
  );
});
