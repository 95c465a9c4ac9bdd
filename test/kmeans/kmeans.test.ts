import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  assign,
  BadRowError,
  type ChunkOptions,
  type CoppiceWarning,
  calinskiHarabasz,
  close,
  daviesBouldin,
  kmeans,
  MemoryLimitError,
  Model,
  type Progress,
  type Source,
  silhouette,
  type Vectors,
  vq,
  whiten,
} from '../../src/index.ts';
import { principalComponents } from '../../src/plot/index.ts';
import { fromArray } from '../../src/sources/index.ts';
import { lloyd } from '../reference/kmeans.ts';
import { blobs, ofUnknownLength } from '../twopass/fixtures.ts';

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
interface Coded {
  X: number[];
  rows: number;
  cols: number;
  book: number[];
  k: number;
  code: number[];
  dist: number[];
  whitened: number[];
}
const golden: { kmeans: Case[]; vq: Coded[]; whiten: Coded[] } = JSON.parse(
  readFileSync(new URL('../golden/clusters/kmeans.json', import.meta.url), 'utf8'),
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
        // Room for chunks, not for all rows.
        const bytes = { euclidean: { f4: 750e3, f8: 1.1e6 }, cosine: { f4: 950e3, f8: 1.6e6 } };
        const memoryLimit = bytes[metric][element];
        const runs: [string, Vectors | Source, object][] = [
          ['2 threads', X, { threads: 2 }],
          ['3 threads', X, { threads: 3 }],
          ['chunks', source, { chunkRows: 777, memoryLimit }],
          ['small chunks, 2 threads', ofUnknownLength(source), { chunkRows: 101, threads: 2, memoryLimit }],
          ['length unknown', ofUnknownLength(source), { chunkRows: 5000 }],
        ];
        const wanted = await kmeans(X, { k: 9, maxIter: 8, metric, threads: 1 });
        for (const [name, input, run] of runs) {
          const reads = { count: 0 };
          const chunks = (options: ChunkOptions) => {
            reads.count++;
            return (input as Source).chunks(options);
          };
          const counted = 'chunks' in input ? { ...(input as Source), chunks } : input;
          const found = await kmeans(counted, { k: 9, maxIter: 8, metric, ...run });
          expect(bits(found.centroids.data), name).toBe(bits(wanted.centroids.data));
          expect(bits(found.labels), name).toBe(bits(wanted.labels));
          expect(found.inertia, name).toBe(wanted.inertia);
          expect(found.iterations, name).toBe(wanted.iterations);
          expect(reads.count > 2, name).toBe('memoryLimit' in run);
        }
      }
    },
  );
});

describe('what is asked of kmeans', () => {
  const { truth: _, ...X } = blobs(500, CENTERS, { spread: 9, element: 'f8' });

  test('inertia never rises from one iteration to the next', async () => {
    for (const metric of ['euclidean', 'cosine'] as const) {
      let last = Number.POSITIVE_INFINITY;
      for (let maxIter = 1; maxIter < 15; maxIter++) {
        const { inertia } = await kmeans(X, { k: 11, maxIter, tol: 0, metric, init: 'random', nInit: 1 });
        expect(inertia).toBeLessThanOrEqual(last * (1 + 1e-12));
        last = inertia;
      }
    }
  });

  test('more runs are never worse', async () => {
    const first = await kmeans(X, { k: 11, init: 'random', nInit: 1 });
    const best = await kmeans(X, { k: 11, init: 'random', nInit: 5 });
    expect(best.inertia).toBeLessThanOrEqual(first.inertia);
  });

  test('any rows, k and chunks, with ties and duplicates: labels are the nearest, centroids the means', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }).chain((cols) =>
          fc.record({
            rows: fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: cols, maxLength: cols }), {
              minLength: 1,
              maxLength: 40,
            }),
            k: fc.integer({ min: 1, max: 40 }),
            chunkRows: fc.integer({ min: 1, max: 50 }),
            seed: fc.nat(),
          }),
        ),
        async ({ rows, k, chunkRows, seed }) => {
          const options = { k: Math.min(k, rows.length), seed, chunkRows, maxIter: 30 };
          const found = await kmeans(rows, { ...options, onWarning: () => {} });
          const { data } = found.centroids;
          const cols = rows[0].length;
          const table = Array.from({ length: options.k }, (_x, j) => [
            ...data.subarray(j * cols, (j + 1) * cols),
          ]);
          const distance = (x: number[], c: number[]) => x.reduce((s, v, i) => s + (v - c[i]) ** 2, 0);
          let inertia = 0;
          rows.forEach((x, i) => {
            const distances = table.map((c) => distance(x, c));
            expect(found.labels[i]).toBe(distances.indexOf(Math.min(...distances)));
            inertia += Math.min(...distances);
          });
          expect(found.inertia).toBeCloseTo(inertia, 9);
          const streamed = await kmeans(ofUnknownLength(fromArray(rows)), {
            ...options,
            onWarning: () => {},
          });
          expect(streamed.labels).toEqual(found.labels);
          expect(bits(streamed.centroids.data)).toBe(bits(data));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('far from the origin, where products say nothing, and in many dimensions', async () => {
    for (const element of ['f4', 'f8'] as const) {
      const random = blobs(400, CENTERS, { spread: 2, element });
      const far = element === 'f4' ? 2 ** 14 : 2 ** 40;
      const data = random.data.map((x) => Math.round(x * 64) / 64 + far) as Float32Array;
      const near = data.map((x) => x - far);
      const options = { k: 5, seed: 5, tol: 0 };
      const wanted = await kmeans({ data: near, rows: 400, cols: 3 }, options);
      const found = await kmeans({ data, rows: 400, cols: 3 }, options);
      expect(found.labels).toEqual(wanted.labels);
      const wide = Array.from({ length: 60 }, (_x, i) =>
        Array.from({ length: 700 }, (_y, j) => ((i * 37 + j * 11) % 101) / 64 + (i % 3)),
      );
      const plain = lloyd(wide, wide.slice(0, 5), 20, 0);
      const flat = Float64Array.from(wide.flat());
      const input = { data: element === 'f4' ? Float32Array.from(flat) : flat, rows: 60, cols: 700 };
      const got = await kmeans(input, { k: 5, init: wide.slice(0, 5), tol: 0, maxIter: 20 });
      expect([...got.labels]).toEqual(plain.labels);
    }
  });

  describe('float32 far from the origin', () => {
    const OFFSETS = [1e6, -3e6, 0];
    const { truth: _, ...near } = blobs(
      4000,
      CENTERS.map((center) => center.map((x) => x / 4)),
      { spread: 1 },
    );
    const data = Float32Array.from(near.data, (x, i) => x + OFFSETS[i % 3]);
    const X = { ...near, data };
    const init = { data: data.slice(0, 12), rows: 4, cols: 3 };
    const exact = lloyd(
      Array.from({ length: 4000 }, (_row, i) => [...data.subarray(3 * i, 3 * i + 3)]),
      Array.from({ length: 4 }, (_row, i) => [...data.subarray(3 * i, 3 * i + 3)]),
      50,
      0,
    );

    test('inertia, labels and centroids are those of float64', async () => {
      const found = await kmeans(X, { k: 4, init, tol: 0, maxIter: 50 });
      expect(found.iterations).toBe(exact.iterations);
      expect([...found.labels]).toEqual(exact.labels);
      close10([found.inertia / exact.inertia], [1], 1e-6);
      expect(found.centroids.data).toEqual(Float32Array.from(exact.centroids.flat()));
      for (const [i, x] of exact.centroids.flat().entries()) {
        expect(Math.abs(found.model.leaders.data[i] - x)).toBeLessThan(1e-6);
      }
      // Without a threshold of convergence, in mini-batches and from a sample too.
      const mini = await kmeans(X, { k: 4, init, miniBatch: true, batchRows: 500, maxIter: 30 });
      expect(mini.inertia / exact.inertia).toBeLessThan(1.02);
      const some = await kmeans(X, { k: 4, init, sample: 1000 });
      expect(some.inertia / exact.inertia).toBeLessThan(1.02);
    });

    test('the same bits in memory, in chunks and with threads', async () => {
      for (const options of [{ init }, { init, tol: 0 }, { seed: 5 }, { init: 'random' as const }]) {
        const wanted = await kmeans(X, { k: 4, ...options });
        const source = fromArray(X);
        for (const [input, more] of [
          [X, { threads: 2 }],
          [X, { threads: 3 }],
          [source, { chunkRows: 333, memoryLimit: 400e3 }],
          [ofUnknownLength(source), { chunkRows: 101, threads: 2, memoryLimit: 400e3 }],
        ] as const) {
          const found = await kmeans(input, { k: 4, ...options, ...more });
          expect(bits(found.centroids.data)).toBe(bits(wanted.centroids.data));
          expect(bits(found.labels)).toBe(bits(wanted.labels));
          expect(found.inertia).toBe(wanted.inertia);
        }
      }
    });

    test('a saved model gives the same labels', async () => {
      const { labels, model } = await kmeans(X, { k: 4, seed: 1 });
      for await (const part of assign(X, Model.load(model.save()))) expect(part.labels).toEqual(labels);
    });

    test('indices of validity are those of float64', async () => {
      const { labels } = await kmeans(X, { k: 4, seed: 1 });
      const wide = { ...X, data: Float64Array.from(data) };
      const of = async (input: Vectors) => [
        (await silhouette(input, labels)).mean,
        await daviesBouldin(input, labels),
        await calinskiHarabasz(input, labels),
      ];
      close10(await of(X), await of(wide), 1e-6);
      // What is near the origin is as wide as what is far from it.
      const centred = { ...wide, data: wide.data.map((x, i) => x - OFFSETS[i % 3]) };
      close10(await of(wide), await of(centred), 1e-9);
      const deviations = (input: Vectors) => {
        const { data: out } = whiten(input);
        return [...OFFSETS.keys()].map((c) => (out[c] - out[c + 3]) * 1);
      };
      close10(deviations(wide), deviations(centred), 1e-6);
      close10(principalComponents(X).explained, principalComponents(centred).explained, 1e-9);
    });

    test('columns that spread widely, do not vary, or lie on both sides of zero are as they were', async () => {
      const { truth: _truth, ...plain } = blobs(500, CENTERS, { element: 'f4' });
      plain.data.forEach((_x, i) => {
        if (i % 3 === 2) plain.data[i] = 7;
      });
      const { model, centroids } = await kmeans(plain, { k: 4 });
      expect(model.leaders.data).toBeInstanceOf(Float32Array);
      expect(centroids.data).toBeInstanceOf(Float32Array);
    });
  });

  test('mini-batches: the same bits for any chunk and number of threads; close to all rows at once', async () => {
    const { truth: _t, ...big } = blobs(9000, CENTERS, { spread: 4 });
    const options = { k: 4, miniBatch: true, batchRows: 500, seed: 2 };
    const wanted = await kmeans(big, { ...options, threads: 1 });
    for (const chunkRows of [1, 499, 500, 777, 20_000]) {
      const found = await kmeans(ofUnknownLength(fromArray(big)), { ...options, chunkRows, threads: 2 });
      expect(bits(found.centroids.data)).toBe(bits(wanted.centroids.data));
      expect(bits(found.labels)).toBe(bits(wanted.labels));
    }
    expect(wanted.iterations).toBe(18);
    const { inertia } = await kmeans(big, { k: 4 });
    expect(wanted.inertia).toBeLessThan(1.01 * inertia);
  });

  test('centroids from a sample, labels for all', async () => {
    const { truth, ...big } = blobs(9000, CENTERS);
    const found = await kmeans(fromArray(big), { k: 4, sample: 300 });
    const names = new Map(Array.from(truth, (t, i) => [t, found.labels[i]]));
    expect(Array.from(truth, (t) => names.get(t))).toEqual([...found.labels]);
    const more = await kmeans(fromArray(big), { k: 4, sample: 300, chunkRows: 77, threads: 3 });
    expect(bits(more.centroids.data)).toBe(bits(found.centroids.data));
    const none = await kmeans(fromArray(big), { k: 4, sample: 300, labels: false });
    expect(none.labels.length).toBe(0);
    expect(none.inertia).toBe(found.inertia);
  });

  test('fewer different rows than clusters', async () => {
    const rows = Array.from({ length: 30 }, (_x, i) => [i % 3, 2 * (i % 3)]);
    const warnings: CoppiceWarning[] = [];
    const onWarning = (warning: CoppiceWarning) => warnings.push(warning);
    const { labels, inertia, centroids } = await kmeans(rows, { k: 7, onWarning });
    expect(new Set(labels).size).toBe(3);
    expect(inertia).toBe(0);
    expect(centroids.data.every(Number.isFinite)).toBe(true);
    expect(warnings.map(({ code }) => code)).toEqual(['FEWER_CLUSTERS']);
    expect(warnings[0].message).toContain('3 clusters have rows, of 7');
  });

  test.each(golden.kmeans)(
    'float32 finds what float64 does: $name, $maxIter iterations, tol $tol',
    async (c) => {
      const X = { data: Float32Array.from(c.X), rows: c.rows, cols: c.cols };
      const init = { data: Float64Array.from(c.init), rows: c.k, cols: c.cols };
      const { inertia, labels, centroids } = await kmeans(X, {
        k: c.k,
        init,
        maxIter: c.maxIter,
        tol: c.tol,
      });
      expect(centroids.data).toBeInstanceOf(Float32Array);
      if (c.name === 'far from the origin') return;
      expect([...labels]).toEqual(c.labels);
      close10([inertia], [c.inertia], 1e-5);
      close10(centroids.data, c.centroids, 1e-5);
    },
  );

  test('bad rows stop the run with their place, or are left out and counted', async () => {
    const rows = Array.from({ length: 30 }, (_x, i) => [i % 3, 10 * (i % 3), 1]);
    rows[7] = [1, Number.NaN, 1];
    rows[20] = [Number.POSITIVE_INFINITY, 1, 1];
    await expect(kmeans(rows, { k: 3 })).rejects.toThrow(/row 7, column 1 is NaN/);
    await expect(kmeans(rows, { k: 3 })).rejects.toBeInstanceOf(BadRowError);
    for (const input of [rows, ofUnknownLength(fromArray(rows))]) {
      const warnings: CoppiceWarning[] = [];
      const onWarning = (warning: CoppiceWarning) => warnings.push(warning);
      const found = await kmeans(input, { k: 3, onBadRow: 'skip', onWarning, chunkRows: 4 });
      expect(found.labels[7]).toBe(-1);
      expect(found.labels[20]).toBe(-1);
      expect(found.inertia).toBe(0);
      expect(warnings.map(({ code }) => code)).toEqual(['BAD_ROWS_SKIPPED']);
      const parts = [];
      for await (const part of assign(fromArray(rows), found.model, { onBadRow: 'skip', onWarning })) {
        parts.push(...part.labels);
      }
      expect(parts).toEqual([...found.labels]);
    }
  });

  test('a row of zeros has no direction', async () => {
    const rows = [
      [1, 2],
      [0, 0],
      [2, 4],
      [-1, 3],
    ];
    await expect(kmeans(rows, { k: 2, metric: 'cosine' })).rejects.toThrow(
      /row 1 is all zeros, and so has no distance by metric 'cosine'/,
    );
    const found = await kmeans(rows, { k: 2, metric: 'cosine', onBadRow: 'skip', onWarning: () => {} });
    expect([...found.labels].map((label) => label === found.labels[0])).toEqual([true, false, true, false]);
    expect(found.labels[1]).toBe(-1);
    for (let j = 0; j < 2; j++) {
      expect(Math.hypot(...found.centroids.data.subarray(2 * j, 2 * j + 2))).toBeCloseTo(1, 12);
    }
    expect(found.inertia).toBeCloseTo(0, 12);
  });

  test('arguments that cannot be', async () => {
    const wrong: [object, RegExp][] = [
      [{ k: 0 }, /k must be a whole number from 1, got 0/],
      [{ k: 2.5 }, /k must be a whole number from 1, got 2.5/],
      [{}, /k must be a whole number from 1, got undefined/],
      [{ k: 501 }, /k must be at most the number of rows, got k 501 for 500 rows/],
      [
        { k: 2, init: 'best' },
        /init must be 'k-means\+\+', 'random' or k rows of numbers, got the string "best"/,
      ],
      [{ k: 2, init: [[1, 2, 3]] }, /init must have k rows .* 2 x 3; got 1 x 3/],
      [{ k: 1, init: [[1, Number.NaN, 3]] }, /init: row 0, column 1 is NaN/],
      [{ k: 2, metric: 'cityblock' }, /metric must be 'euclidean' or 'cosine'/],
      [{ k: 2, tol: -1 }, /tol must be a finite number, 0 or more, got -1/],
      [{ k: 2, maxIter: 0 }, /maxIter must be/],
      [{ k: 2, nInit: 0 }, /nInit must be/],
      [{ k: 9, sample: 5 }, /sample must be at least k, 9, got 5/],
      [{ k: 2, miniBatch: 1 }, /miniBatch must be true or false, got 1/],
      [{ k: 2, onBadRow: 'hide' }, /onBadRow must be/],
    ];
    for (const [options, message] of wrong) {
      await expect(kmeans(X, options as never)).rejects.toThrow(message);
    }
    await expect(kmeans(ofUnknownLength(fromArray(X)), { k: 501 })).rejects.toThrow(/k 501 for 500 rows/);
    const given = { k: 501, init: Array.from({ length: 501 }, (_x, i) => [i, 0, 0]), tol: 0 };
    await expect(kmeans(ofUnknownLength(fromArray(X)), given)).rejects.toThrow(/k 501 for 500 rows/);
    await expect(kmeans(X, { k: 2, memoryLimit: 1000 })).rejects.toBeInstanceOf(MemoryLimitError);
    const large = { data: Float32Array.of(1e30, -1e30, 3e30, 1), rows: 4, cols: 1 };
    await expect(kmeans(large, { k: 2 })).rejects.toThrow(/overflow\s+float32/);
  });

  test('progress never falls and ends at its total; a signal stops the run and the next one works', async () => {
    const seen = new Map<string, Progress>();
    const onProgress = (progress: Progress) => {
      const last = seen.get(progress.phase);
      if (last) expect(progress.done).toBeGreaterThanOrEqual(last.done);
      if (progress.total !== undefined) expect(progress.done).toBeLessThanOrEqual(progress.total);
      seen.set(progress.phase, progress);
    };
    await kmeans(X, { k: 4, onProgress });
    expect([...seen.keys()]).toEqual(['read', 'survey', 'init', 'iterate', 'label']);
    for (const { done, total } of seen.values()) expect(done).toBe(total);
    seen.clear();
    await kmeans(ofUnknownLength(fromArray(X)), { k: 4, nInit: 2, chunkRows: 70, onProgress });
    for (const { done, total, phase } of seen.values()) if (phase !== 'survey') expect(done).toBe(total);
    const controller = new AbortController();
    const stopped = kmeans(X, {
      k: 4,
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'iterate' && controller.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
    expect((await kmeans(X, { k: 4 })).labels.length).toBe(500);
  });
});

describe('vq and whiten', () => {
  test.each(golden.vq)('vq as SciPy: $rows x $cols, $k codes', async (c) => {
    const X = { data: Float64Array.from(c.X), rows: c.rows, cols: c.cols };
    const { code, dist } = await vq(X, { data: Float64Array.from(c.book), rows: c.k, cols: c.cols });
    expect([...code]).toEqual(c.code);
    close10(dist, c.dist, 1e-12);
  });

  test.each(golden.whiten)('whiten as SciPy: $rows x $cols', ({ X, rows, cols, whitened }) => {
    close10(whiten({ data: Float64Array.from(X), rows, cols }).data, whitened, 1e-12);
  });

  test('what cannot be', async () => {
    await expect(vq([[1, 2]], [[1]])).rejects.toThrow(/same number of columns, got 2 and 1/);
    await expect(vq([[1, Number.NaN]], [[1, 2]])).rejects.toThrow(/X: row 0, column 1 is NaN/);
    await expect(vq([[1, 2]], [[1, Number.NaN]])).rejects.toThrow(/centroids: row 0, column 1 is NaN/);
    const wide = { data: Float32Array.of(1, 2), rows: 1, cols: 2 };
    await expect(vq(wide, [[1, 2]])).rejects.toThrow(/same element type, got float32 and float64/);
    expect(() => whiten([[1, Number.NaN]])).toThrow(/X: row 0, column 1 is NaN/);
  });
});
