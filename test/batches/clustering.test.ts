import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BatchClustering,
  type CoppiceWarning,
  cdist,
  fcluster,
  linkage,
  memoryStore,
  type Progress,
} from '../../src/index.ts';
import { fromArray } from '../../src/sources/index.ts';
import { blobs, CENTERS, ofUnknownLength, sameClusters } from '../twopass/fixtures.ts';
import { collect, cuts, slice } from './fixtures.ts';

describe('vectors', () => {
  test('by definition: nearest centroid, then linkage of each precluster; for any batches, concurrency, threads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom<'f4' | 'f8'>('f4', 'f8'),
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 2 }),
        fc.constantFrom('ward', 'average', 'single'),
        async (n, k, element, at, concurrency, threads, method) => {
          const { truth: _, ...X } = blobs(n, CENTERS, { spread: 8, element, seed: n });
          const sample = slice(blobs(50, CENTERS, { spread: 8, element, seed: 5 }), 0, 50);
          const batches = await BatchClustering.train(sample, { k, store: memoryStore(), threads });
          const pieces = cuts(n, at);
          for (const [from, to] of pieces) await batches.precluster(slice(X, from, to));
          const found = await collect(batches, { method: method as 'ward', clusters: 3, concurrency });

          const D = await cdist(X, batches.model.leaders);
          const wanted = new Int32Array(n);
          let before = 0;
          for (let p = 0; p < k; p++) {
            const rows: number[] = [];
            for (let i = 0; i < n; i++) {
              const row = Array.from(D.data.subarray(i * k, (i + 1) * k));
              if (row.indexOf(Math.min(...row)) === p) rows.push(i);
            }
            if (rows.length === 0) continue;
            const data = Float64Array.from(rows.flatMap((i) => Array.from(slice(X, i, i + 1).data)));
            const own = {
              data: element === 'f4' ? Float32Array.from(data) : data,
              rows: rows.length,
              cols: 3,
            };
            const labels =
              rows.length === 1
                ? [1]
                : fcluster(await linkage(own, { method: method as 'ward' }), Math.min(3, rows.length), {
                    criterion: 'maxclust',
                  });
            rows.forEach((row, i) => {
              wanted[row] = before + labels[i];
              expect(found.preclusters[row]).toBe(p);
            });
            before += new Set(labels).size;
          }
          expect(sameClusters(found.labels, wanted)).toBe(true);
          expect(found.rows).toEqual(
            Array.from({ length: n }, (_, i) => Array.from(slice(X, i, i + 1).data)),
          );
          pieces.forEach(([from, to], b) => {
            expect(found.batches.subarray(from, to).every((x) => x === b)).toBe(true);
          });
          expect(Array.from(await batches.labels({ method: method as 'ward', clusters: 3 }))).toEqual(
            Array.from(found.labels),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  test('sources of any kind; little memory gives the same', async () => {
    const { truth: _, ...X } = blobs(40_000, CENTERS, { spread: 6 });
    const options = { clusters: { distance: 40 } };
    const results: Int32Array[] = [];
    for (const memoryLimit of ['1GB', '12MB']) {
      for (const source of [X, fromArray(X), ofUnknownLength(fromArray(X))]) {
        const batches = await BatchClustering.train(X, { k: 40, store: memoryStore(), memoryLimit });
        await batches.precluster(source);
        results.push(await batches.labels(options));
      }
    }
    for (const labels of results) expect(labels).toEqual(results[0]);
  });

  test('a precluster too large for the limit is split, and says so; the same for every concurrency', async () => {
    const { truth: _, ...X } = blobs(9000, CENTERS, { spread: 1 });
    const results: Int32Array[] = [];
    for (const concurrency of [1, 2, 5]) {
      const warnings: CoppiceWarning[] = [];
      const batches = await BatchClustering.train(X, { k: 3, store: memoryStore() });
      await batches.precluster(X);
      const options = {
        memoryLimit: '8MB',
        threads: 1,
        concurrency,
        clusters: 1,
        method: 'complete',
      } as const;
      const { labels } = await collect(batches, {
        ...options,
        onWarning: (warning) => warnings.push(warning),
      });
      results.push(labels);
      expect(warnings[0].code).toBe('PRECLUSTER_SPLIT');
      expect(warnings[0].message).toMatch(
        /precluster \d: .* rows would take .* split into \d+ parts by k-means/,
      );
      // Parts are clusters of their own.
      expect(new Set(labels).size).toBeGreaterThan(3);
    }
    for (const labels of results) expect(labels).toEqual(results[0]);
  });

  test('rows that are all alike and too many', async () => {
    const X = { data: new Float64Array(6000 * 2).fill(1.5), rows: 6000, cols: 2 };
    const batches = await BatchClustering.train(slice(X, 0, 10), { k: 1, store: memoryStore() });
    await batches.precluster(X);
    const labels = await batches.labels({
      ...{ memoryLimit: '8MB', threads: 1, clusters: { distance: 1 }, method: 'complete' },
      onWarning: () => {},
    });
    expect(labels.every((label) => label > 0)).toBe(true);
  });

  test('what is said: progress that never falls and ends at its total', async () => {
    const { truth: _, ...X } = blobs(5000, CENTERS, { spread: 6 });
    const phases = new Map<string, Progress[]>();
    const onProgress = (p: Progress) => phases.set(p.phase, [...(phases.get(p.phase) ?? []), p]);
    const batches = await BatchClustering.train(X, { k: 7, store: memoryStore(), onProgress });
    await batches.precluster(X);
    await batches.labels({ clusters: 2 });
    expect([...phases.keys()].slice(-2)).toEqual(['precluster', 'clusters']);
    for (const list of phases.values()) {
      list.forEach((p, i) => {
        if (i > 0) expect(p.done).toBeGreaterThanOrEqual(list[i - 1].done);
      });
      expect(list.at(-1)?.done).toBe(list.at(-1)?.total);
    }
  });

  test('ward over cosine goes over rows of length 1, as linkage has it, and says so once', async () => {
    const { truth: _, ...X } = blobs(300, CENTERS, { spread: 2 });
    const batches = await BatchClustering.train(X, { k: 3, store: memoryStore() });
    await batches.precluster(X, { name: 'all' });
    const warned: string[] = [];
    const options = {
      clusters: 2,
      metric: 'cosine',
      onWarning: ({ code }: CoppiceWarning) => warned.push(code),
    } as const;
    let rows = 0;
    for await (const { labels, rows: own } of batches.clusters(options)) {
      const part = { data: new Float32Array(own.length * X.cols), rows: own.length, cols: X.cols };
      own.forEach((row, i) => {
        part.data.set(slice(X, row, row + 1).data, i * X.cols);
      });
      const Z = await linkage(part, { metric: 'cosine', method: 'ward', onWarning() {} });
      expect(sameClusters(labels, fcluster(Z, 2, { criterion: 'maxclust' }))).toBe(true);
      rows += own.length;
    }
    expect(rows).toBe(300);
    expect(warned).toEqual(['UNIT_LENGTH']);
  });

  test('a signal stops a batch, which leaves nothing, and stops clusters', async () => {
    const { truth: _, ...X } = blobs(30_000, CENTERS, { spread: 6 });
    const store = memoryStore();
    const batches = await BatchClustering.train(X, { k: 30, store, memoryLimit: '20MB' });
    const before = await store.list();
    const controller = new AbortController();
    const stopping = { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) };
    await expect(batches.precluster(X, stopping)).rejects.toThrow('enough');
    expect(await store.list()).toEqual(before);
    await batches.precluster(X, { name: 'all' });
    const other = new AbortController();
    const run = async () => {
      for await (const _ of batches.clusters({ clusters: 2, signal: other.signal }))
        other.abort(new Error('stop'));
    };
    await expect(run()).rejects.toThrow('stop');
    for await (const _ of batches.clusters({ clusters: 2 })) break;
    expect((await batches.labels({ clusters: 2 })).length).toBe(30_000);
  });
});
