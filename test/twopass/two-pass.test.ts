import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CoppiceWarning,
  linkage,
  METRICS,
  MemoryLimitError,
  type Progress,
  plan,
  twoPass,
} from '../../src/index.ts';
import { fromArray } from '../../src/sources/index.ts';
import type { Source } from '../../src/types.ts';
import { blobs, CENTERS, ofUnknownLength, sameClusters } from './fixtures.ts';

describe('twoPass', () => {
  test('finds blobs by stride, by a drawn sample and by what memory allows', async () => {
    const { truth, ...X } = blobs(3000, CENTERS);
    for (const how of [{ stride: 7 }, { sample: 200 }, { memoryLimit: '3MB' }, {}]) {
      const fit = await twoPass(X, { clusters: 4, ...how });
      expect(sameClusters(await fit.labels(), truth)).toBe(true);
      expect(fit.plan.bytes.peak).toBeLessThanOrEqual(fit.plan.bytes.limit);
    }
  });

  test.each(['single', 'complete', 'average', 'weighted', 'centroid', 'median', 'ward'] as const)(
    'the tree of the sample is linkage of the sample: %s',
    async (method) => {
      const { truth: _, ...X } = blobs(500, CENTERS, { spread: 9, element: 'f8' });
      const fit = await twoPass(X, { clusters: 4, stride: 3, method });
      const rows = [...fit.sampleRows];
      expect(rows).toEqual(Array.from({ length: 167 }, (_x, i) => 3 * i));
      const sample = new Float64Array(rows.flatMap((r) => [...X.data.subarray(r * 3, r * 3 + 3)]));
      expect(fit.linkage).toEqual(await linkage({ data: sample, rows: rows.length, cols: 3 }, { method }));
    },
  );

  test('methods for Euclidean distances are refused as linkage refuses them, but taken over rmsd', async () => {
    const data = Float64Array.from({ length: 360 }, (_, i) => 1 + ((i * i * 7) % 101));
    const X = { data, rows: 40, cols: 9, dtype: 'f8' as const };
    for (const metric of METRICS) {
      const planned = (options: object = {}) => plan(X, { clusters: 3, metric, ...options }).method;
      // These need all rows, which two passes do not have.
      const known = !['mahalanobis', 'seuclidean'].includes(metric);
      const unit = ['cosine', 'correlation'].includes(metric);
      for (const method of ['ward', 'centroid', 'median'] as const) {
        if (['euclidean', 'rmsd'].includes(metric) || (unit && method !== 'median')) {
          expect(planned({ method })).toBe(method);
          continue;
        }
        const refused = new RegExp(
          `^method '${method}' is defined for Euclidean distances; got metric '${metric}'`,
        );
        await expect(twoPass(X, { clusters: 3, metric, method })).rejects.toThrow(refused);
        await expect(linkage(X, { metric, method })).rejects.toThrow(refused);
        expect(() => planned({ method })).toThrow(refused);
      }
      if (!known) continue;
      expect(planned()).toBe(unit || ['euclidean', 'rmsd'].includes(metric) ? 'ward' : 'average');
      // Profiles are compared by Euclidean distance.
      expect(planned({ profiles: true })).toBe('ward');
      expect(planned({ profiles: true, method: 'median' })).toBe('median');
    }
  });

  test.each([
    ['f4', 'euclidean', 'medoid'],
    ['f8', 'cityblock', 'centroid'],
    ['f4', 'rmsd', 'centroid'],
    ['f4', 'rmsd', 'random'],
  ] as const)(
    'a tree cut again is what it would have been at once: %s %s %s',
    async (element, metric, pick) => {
      const centers = CENTERS.map((at) => [...at, 0, 5, 1, 2, 0, 9]);
      const { truth: _, ...X } = blobs(600, centers, { spread: 9, element });
      const common = {
        sample: 150,
        method: 'average' as const,
        metric,
        leaders: { perCluster: 2, pick },
        seed: 4,
        memoryLimit: '8MB',
      };
      const first = await twoPass(X, { ...common, clusters: 2, keepSample: true });
      expect(first.sample).toMatchObject({ rows: 150, cols: 9 });
      expect([...(first.sample?.data ?? [])]).toEqual(
        [...first.sampleRows].flatMap((r) => [...X.data.subarray(r * 9, r * 9 + 9)]),
      );
      for (const clusters of [1, 5, { distance: first.linkage[4 * 140 + 2] }, { inconsistent: 1 }, 150]) {
        const again = await first.recut(clusters);
        const atOnce = await twoPass(X, { ...common, clusters });
        expect(again.model).toEqual(atOnce.model);
        expect(again.leaderRows).toEqual(atOnce.leaderRows);
        expect(again.sampleLabels).toEqual(atOnce.sampleLabels);
        expect(await again.labels()).toEqual(await atOnce.labels());
        // And once more from there.
        expect((await again.recut(2)).model).toEqual(first.model);
      }
      const others = { perCluster: 3, pick: 'medoid' as const };
      const again = await first.recut(5, { leaders: others });
      expect(again.model).toEqual((await twoPass(X, { ...common, clusters: 5, leaders: others })).model);
      await expect(first.recut(5, { leaders: { perCluster: 0 } })).rejects.toThrow(/leaders.perCluster/);
    },
  );

  test('cutting again needs the sample, and keeps the rules of the first cut', async () => {
    const { truth: _, ...X } = blobs(200, CENTERS);
    const plain = await twoPass(X, { clusters: 4 });
    expect(plain.sample).toBe(undefined);
    await expect(plain.recut(3)).rejects.toThrow(/keepSample: true/);
    const fit = await twoPass(X, { clusters: 4, sample: 50, keepSample: true });
    await expect(fit.recut(0)).rejects.toThrow(RangeError);
    await expect(fit.recut('3' as never)).rejects.toThrow(TypeError);
    await expect(fit.recut(51)).rejects.toThrow(/51 clusters for 50 rows/);
    await expect(fit.recut(3, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    await expect(fit.recut(3, { memoryLimit: 1000 })).rejects.toThrow(MemoryLimitError);
    expect((await fit.recut(3)).sampleLabels).toHaveLength(50);
    await expect(twoPass(X, { clusters: 4, keepSample: 1 as never })).rejects.toThrow(/keepSample/);
    const bytes = (keepSample: boolean) =>
      plan(fromArray(X), { clusters: 4, sample: 50, keepSample }).bytes.fit;
    expect(bytes(true) - bytes(false)).toBe(50 * 3 * 4);
  });

  test('profiles are the rows of the square distance matrix', async () => {
    const { truth: _, ...X } = blobs(40, CENTERS, { spread: 5, element: 'f8' });
    const fit = await twoPass(X, { clusters: 4, stride: 1, profiles: true });
    const square = Array.from({ length: 40 }, (_x, i) =>
      Array.from({ length: 40 }, (_y, j) =>
        Math.hypot(...[0, 1, 2].map((k) => X.data[i * 3 + k] - X.data[j * 3 + k])),
      ),
    );
    const Z = await linkage(square, { method: 'ward' });
    Z.forEach((z, i) => {
      expect(fit.linkage[i]).toBeCloseTo(z, 9);
    });
  });

  test('a source of unknown length gives what one of known length gives at the same stride', async () => {
    const { truth: _, ...X } = blobs(1000, CENTERS);
    const source = fromArray(X);
    const a = await twoPass(source, { clusters: 4, stride: 9 });
    const b = await twoPass(ofUnknownLength(source), { clusters: 4, stride: 9 });
    expect(b.linkage).toEqual(a.linkage);
    expect(b.sampleRows).toEqual(a.sampleRows);
    expect(await b.labels()).toEqual(await a.labels());
  });

  test.each(['rmsd', 'euclidean', 'cosine', 'jensenshannon', 'chebyshev', 'canberra'] as const)(
    '%s: a source of unknown length too',
    async (metric) => {
      for (const Type of [Float32Array, Float64Array]) {
        const data = new Type(600 * 12).map((_: number, i: number) => ((i * 7919) % 1009) / 64 + (i % 12));
        const source = fromArray({ data, rows: 600, cols: 12 });
        const options = { clusters: 4, stride: 5, metric, method: 'average' } as const;
        const [a, b] = [await twoPass(source, options), await twoPass(ofUnknownLength(source), options)];
        expect(b.linkage).toEqual(a.linkage);
        expect(await b.labels()).toEqual(await a.labels());
      }
    },
  );

  test('a reservoir draws rows of an unknown length, ascending, each as likely as the other', async () => {
    const n = 60;
    const rows = Array.from({ length: n }, (_x, i) => [i, i % 7]);
    const drawn = new Float64Array(n);
    for (let seed = 0; seed < 400; seed++) {
      const fit = await twoPass(ofUnknownLength(fromArray(rows)), { clusters: 2, sample: 15, seed });
      expect(fit.plan.strategy).toBe('reservoir');
      expect(fit.sampleRows.length).toBe(15);
      fit.sampleRows.forEach((row, i) => {
        drawn[row]++;
        if (i > 0) expect(row).toBeGreaterThan(fit.sampleRows[i - 1]);
      });
    }
    // 400 draws of 15 of 60: 100 expected, standard deviation 8.7.
    for (const count of drawn) expect(Math.abs(count - 100)).toBeLessThan(44);
  });

  test('what memory allows does not depend on threads or chunks', async () => {
    const { truth: _, ...X } = blobs(5000, CENTERS, { spread: 12 });
    const limits = { matrix: '12MB', linear: '4MB' };
    for (const strategy of ['matrix', 'linear'] as const) {
      const memoryLimit = limits[strategy];
      const run = (options: object) => twoPass(X, { clusters: 5, memoryLimit, strategy, ...options });
      const one = await run({ threads: 1 });
      expect(one.plan.strategy).toBe('random');
      for (const other of [{ threads: 2 }, { threads: 16 }, { chunkRows: 7 }, { chunkRows: 3000 }]) {
        const fit = await run(other);
        expect(fit.sampleRows).toEqual(one.sampleRows);
        expect(fit.linkage).toEqual(one.linkage);
        expect(await fit.labels()).toEqual(await one.labels());
      }
    }
  });

  test('a reservoir passes over bad rows without favouring those before them', async () => {
    const rows = Array.from({ length: 400 }, (_x, i) => [i % 4 === 0 ? i : Number.NaN]);
    const quarters = [0, 0, 0, 0];
    for (let seed = 0; seed < 100; seed++) {
      const options = { clusters: 2, sample: 20, seed, onBadRow: 'skip' as const, onWarning: () => {} };
      const fit = await twoPass(ofUnknownLength(fromArray(rows)), options);
      for (const row of fit.sampleRows) quarters[Math.floor(row / 100)]++;
    }
    // 2,000 rows in all: 500 expected in each, standard deviation 17.
    for (const count of quarters) expect(Math.abs(count - 500)).toBeLessThan(90);
  });

  test('a drawn sample has every row as likely as the other', async () => {
    const rows = Array.from({ length: 20 }, (_x, i) => [i, i % 7]);
    for (const sample of [5, 14]) {
      const drawn = new Float64Array(20);
      for (let seed = 0; seed < 800; seed++) {
        const fit = await twoPass(rows, { clusters: 2, sample, seed });
        expect(fit.plan.strategy).toBe('random');
        for (const row of fit.sampleRows) drawn[row]++;
      }
      // 800 draws; a standard deviation of 12 or 13.
      for (const count of drawn) expect(Math.abs(count - 40 * sample)).toBeLessThan(60);
    }
  });

  test('a sample has as many different rows as were asked for, however few there are to spare', async () => {
    for (let n = 3; n <= 40; n++) {
      const rows = Array.from({ length: n }, (_x, i) => [i]);
      for (let sample = 2; sample < n; sample++) {
        const fit = await twoPass(rows, { clusters: 2, sample, seed: n });
        expect(new Set(fit.sampleRows).size).toBe(sample);
        expect([...fit.sampleRows].every((row) => row >= 0 && row < n)).toBe(true);
      }
    }
  });

  test('data with a period do not fool the sample that memory allows', async () => {
    const n = 6000;
    const rows = Array.from({ length: n }, (_x, i) => [10 * (i % 60 === 0 ? 0 : (i % 5) + 1), i % 3]);
    const fit = await twoPass(rows, { clusters: 6, memoryLimit: '500kB', method: 'average' });
    const kinds = new Set([...fit.sampleRows].map((row) => rows[row][0]));
    expect(kinds.size).toBeGreaterThanOrEqual(5);
  });

  test('rows that lie far apart are read one by one, and are the rows asked for', async () => {
    const cols = 20000;
    const rows = 120;
    const data = Float32Array.from({ length: rows * cols }, (_x, i) => Math.floor(i / cols));
    const fit = await twoPass({ data, rows, cols }, { clusters: 3, sample: 10, leaders: { perCluster: 9 } });
    fit.leaderRows.forEach((row, i) => {
      expect(fit.model.leaders.data[i * cols]).toBe(row);
    });
  });

  test('rows that a reservoir keeps are the rows it names', async () => {
    const rows = Array.from({ length: 200 }, (_x, i) => [i]);
    const fit = await twoPass(ofUnknownLength(fromArray(rows)), {
      clusters: 5,
      sample: 50,
      leaders: { perCluster: 3 },
    });
    expect([...fit.model.leaders.data]).toEqual([...fit.leaderRows]);
  });

  test('the same seed gives the same result, another seed another', async () => {
    const { truth: _, ...X } = blobs(2000, CENTERS, { spread: 12 });
    const options = {
      clusters: 6,
      sample: 100,
      leaders: { perCluster: 2, pick: 'random' as const },
    };
    const [a, b, c] = await Promise.all([5, 5, 6].map((seed) => twoPass(X, { ...options, seed })));
    expect(b.sampleRows).toEqual(a.sampleRows);
    expect(b.leaderRows).toEqual(a.leaderRows);
    expect(await b.labels()).toEqual(await a.labels());
    expect(c.sampleRows).not.toEqual(a.sampleRows);
  });

  test('any chunking of either pass gives the same bits', async () => {
    const { truth: _, ...X } = blobs(301, CENTERS, { spread: 12 });
    const whole = await twoPass(X, { clusters: 5, stride: 4, leaders: { perCluster: 3 } });
    const labels = await whole.labels();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 310 }), async (chunkRows) => {
        const fit = await twoPass(X, { clusters: 5, stride: 4, leaders: { perCluster: 3 }, chunkRows });
        expect(fit.linkage).toEqual(whole.linkage);
        expect(fit.model).toEqual(whole.model);
        expect(await fit.labels()).toEqual(labels);
      }),
      { numRuns: 40 },
    );
  });

  test('clusters by distance and by inconsistency', async () => {
    const { truth, ...X } = blobs(400, CENTERS);
    const byDistance = await twoPass(X, { clusters: { distance: 5 }, stride: 2, method: 'average' });
    expect(sameClusters(await byDistance.labels(), truth)).toBe(true);
    const byJump = await twoPass(X, { clusters: { inconsistent: 1.1, depth: 3 }, stride: 4 });
    expect(byJump.model.labels.length).toBeGreaterThan(1);
  });

  test('progress of every phase rises and ends at its total', async () => {
    const { truth: _, ...X } = blobs(3000, CENTERS);
    const seen: Progress[] = [];
    const fit = await twoPass(X, { clusters: 4, stride: 2, onProgress: (p) => seen.push({ ...p }) });
    await fit.labels();
    const phases = [...new Set(seen.map((p) => p.phase))];
    expect(phases).toEqual(['sample', 'distances', 'linkage', 'leaders', 'assign']);
    for (const phase of phases) {
      const steps = seen.filter((p) => p.phase === phase);
      steps.forEach((p, i) => {
        if (i > 0) expect(p.done).toBeGreaterThanOrEqual(steps[i - 1].done);
      });
      expect(steps.at(-1)?.done).toBe(steps.at(-1)?.total);
    }
  });

  test('a signal stops either pass with its reason, and the next call works', async () => {
    const { truth: _, ...X } = blobs(6000, CENTERS);
    const reason = new Error('enough');
    const controller = new AbortController();
    const stopped = twoPass(X, {
      clusters: 4,
      stride: 1,
      memoryLimit: '1GB',
      signal: controller.signal,
      onProgress: (p) => p.phase === 'linkage' && controller.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
    const fit = await twoPass(X, { clusters: 4, stride: 50 });
    const second = new AbortController();
    const seen: number[] = [];
    await expect(async () => {
      for await (const part of fit.assign({ chunkRows: 100, signal: second.signal })) {
        seen.push(part.start);
        if (seen.length === 3) second.abort(reason);
      }
    }).rejects.toBe(reason);
    expect(seen).toEqual([0, 100, 200]);
    expect((await fit.labels()).length).toBe(6000);
    await expect(twoPass(X, { clusters: 4, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('stopping midway closes the source', async () => {
    let closed = 0;
    const rows = Array.from({ length: 50 }, (_x, i) => [i]);
    const inner = fromArray(rows);
    const source: Source = {
      cols: 1,
      rows: 50,
      dtype: 'f8',
      async *chunks(options) {
        try {
          yield* inner.chunks(options);
        } finally {
          closed++;
        }
      },
    };
    const fit = await twoPass(source, { clusters: 2 });
    expect(closed).toBe(1);
    for await (const _part of fit.assign({ chunkRows: 5 })) break;
    expect(closed).toBe(2);
  });
});

describe('bad rows', () => {
  const data = () => {
    const { truth: _, ...X } = blobs(100, CENTERS);
    X.data[3 * 40 + 1] = Number.NaN;
    X.data[3 * 77] = Number.POSITIVE_INFINITY;
    return X;
  };

  test('stop the run, naming row and column', async () => {
    await expect(twoPass(data(), { clusters: 4 })).rejects.toThrow(/row 40, column 1 is NaN/);
    await expect(twoPass(data(), { clusters: 4, stride: 7 })).rejects.toThrow(/row 77, column 0 is Infinity/);
    const fit = await twoPass(data(), { clusters: 4, stride: 3 });
    await expect(fit.labels({ chunkRows: 8 })).rejects.toThrow(/row 40, column 1 is NaN/);
  });

  test('are left out on request, counted, and get no label', async () => {
    const warnings: CoppiceWarning[] = [];
    const onWarning = (w: CoppiceWarning) => warnings.push(w);
    for (const source of [fromArray(data()), ofUnknownLength(fromArray(data()))]) {
      for (const how of [{ stride: 1 }, { sample: 98 }]) {
        warnings.length = 0;
        const fit = await twoPass(source, { clusters: 4, ...how, onBadRow: 'skip', onWarning });
        expect(fit.sampleRows).not.toContain(40);
        expect(warnings.every((w) => w.code === 'BAD_ROWS_SKIPPED')).toBe(true);
        warnings.length = 0;
        const labels = await fit.labels();
        expect([...labels].flatMap((l, i) => (l === 0 ? [i] : []))).toEqual([40, 77]);
        expect(warnings.map((w) => w.message)).toEqual([expect.stringMatching(/2 rows skipped.*row 40/)]);
      }
    }
  });
});
