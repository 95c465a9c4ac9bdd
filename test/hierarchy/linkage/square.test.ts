import { afterAll, describe, expect, test, vi } from 'vitest';
import { kernelFor } from '../../../src/distance/element-types.ts';
import { layOutMerging, mergeRows } from '../../../src/hierarchy/linkage/matrix.ts';
import { type SquareLayout, writeSquare } from '../../../src/hierarchy/linkage/square.ts';
import { close, isValidLinkage, linkage, type Method, type Progress, pdist } from '../../../src/index.ts';
import { Engine } from '../../../src/runtime/engine.ts';
import { linkageSquareScratchBytes, linkageSquareStride } from '../../../src/runtime/kernels/sizes.ts';
import { withEngine } from '../../../src/runtime/lease.ts';
import { Layout } from '../../../src/runtime/memory/layout.ts';
import { Random } from '../../../src/support/numbers/random.ts';

afterAll(() => close());

function vectors(n: number, cols: number, element: 'f4' | 'f8', make?: (i: number, x: number) => number) {
  const random = new Random(n);
  const data = element === 'f4' ? new Float32Array(n * cols) : new Float64Array(n * cols);
  for (let i = 0; i < data.length; i++)
    data[i] = make ? make(Math.floor(i / cols), random.float()) : random.float();
  return { data, rows: n, cols };
}

const METHODS: Method[] = ['complete', 'average', 'weighted', 'ward', 'centroid', 'median'];

describe('the square path', () => {
  test('its sizes are those that the kernels name', async () => {
    const request = { linearBytes: new Layout().totalBytes, limit: 2 ** 32, what: '', wouldFit: '' };
    await withEngine(request, {}, async ({ kernels }) => {
      for (const n of [2, 3, 16, 17, 1000, 1023, 4097, 30000]) {
        expect(linkageSquareStride(n)).toBe(kernels.linkageSquareStride(n));
        for (const width of [4, 8]) {
          for (const threads of [1, 2, 7]) {
            expect(linkageSquareScratchBytes(n, width, threads)).toBe(
              kernels.linkageSquareScratchBytes(n, width, threads),
            );
          }
        }
      }
    });
  });

  test.each(METHODS.flatMap((m) => [1000, 1001, 1777].map((n) => [m, n] as const)))(
    'gives the tree that condensed distances give: %s, n = %i',
    async (method, n) => {
      const X = vectors(n, 5, 'f8');
      // Too little memory for the square.
      const condensedBytes = ((n * (n - 1)) / 2) * 8;
      const slow = await linkage(X, {
        method,
        strategy: 'matrix',
        memoryLimit: condensedBytes * 1.5 + 1e6,
        threads: 1,
      });
      const fast = await linkage(X, { method, strategy: 'matrix', threads: 1 });
      expect(fast).toEqual(slow);
    },
  );

  test.each(METHODS)('float32: gives the bits that condensed distances give: %s', async (method) => {
    const n = 1500;
    const X = vectors(n, 4, 'f4');
    const slow = await linkage(X, { method, strategy: 'matrix', memoryLimit: n * n * 3 + 1e6, threads: 1 });
    expect(await linkage(X, { method, strategy: 'matrix', threads: 1 })).toEqual(slow);
  });

  test.each(METHODS.flatMap((m) => (['f4', 'f8'] as const).map((e) => [m, e] as const)))(
    'any number of threads gives the same bits: %s, %s',
    async (method, element) => {
      const n = 4321;
      const X = vectors(n, 3, element);
      const one = await linkage(X, { method, strategy: 'matrix', threads: 1 });
      for (const threads of [2, 3])
        expect(await linkage(X, { method, strategy: 'matrix', threads })).toEqual(one);
    },
    120_000,
  );

  test.each([
    ['duplicates', (i: number) => i % 7],
    ['all the same', () => 1],
    ['a grid, full of ties', (i: number, x: number) => Math.floor(x * 5) + (i % 2)],
    ['a line, a chain of merges', (i: number) => i],
    ['one far outlier', (i: number, x: number) => (i === 13 ? 1e6 : x)],
  ])('awkward shapes end in a valid tree of equal heights: %s', async (_name, make) => {
    const n = 1100;
    const X = vectors(n, 2, 'f8', make);
    for (const method of METHODS) {
      const Z = await linkage(X, { method, strategy: 'matrix', threads: 1 });
      expect(isValidLinkage(Z, { throw: true })).toBe(true);
      expect(Z.at(-1)).toBe(n);
      if (method === 'centroid' || method === 'median') continue;
      for (let i = 6; i < Z.length; i += 4) expect(Z[i]).toBeGreaterThanOrEqual(Z[i - 4] * (1 - 1e-12));
    }
  });

  test('without a team the squeeze of the square is cut into tiles too', async () => {
    const n = 1000;
    const layout = new Layout();
    const regions = layOutMerging(layout, { n, element: 'f4', square: 1 });
    const request = { linearBytes: layout.totalBytes, limit: 2 ** 32, what: '', wouldFit: '' };
    await withEngine(request, {}, async (engine) => {
      const random = new Random(3);
      const y = Float32Array.from({ length: (n * (n - 1)) / 2 }, () => 1 + random.float());
      const square = regions.square as SquareLayout;
      await writeSquare(engine, square, y, { element: 'f4', n, squared: false }, undefined, () => {});
      const tiles = vi.spyOn(engine, 'tiles');
      const done: number[] = [];
      await mergeRows(engine, regions, {
        ...{ method: 'average', element: 'f4', n, distances: 0, squared: false, signal: undefined },
        onMerged: (count) => done.push(count),
      });
      const calls = tiles.mock.calls.map(([{ kernel }, from, to]) => ({ kernel, from, to }));
      const squeezes = calls.filter(({ kernel }) => kernel === 'linkageSquareSqueezeF32');
      expect(squeezes.length).toBeGreaterThan(1);
      squeezes.forEach(({ from, to }, i) => {
        expect(from).toBe(0);
        expect(to).toBeLessThan(i === 0 ? n : squeezes[i - 1].to);
      });
      // Work goes on where it stopped, and says so.
      const starts = calls.filter(({ kernel }) => kernel === 'linkageSquareF32').map(({ from }) => from);
      expect(starts).toEqual([0, ...squeezes.map(({ to }) => n - to)]);
      expect(done).toEqual([...done].sort((a, b) => a - b));
      expect(done.at(-1)).toBe(n - 1);
      tiles.mockRestore();
    });
  });

  test.each(
    (['euclidean', 'cosine', 'chebyshev', 'jaccard', 'minkowski', 'rmsd'] as const).flatMap((metric) =>
      (['f4', 'f8'] as const).map((element) => [metric, element] as const),
    ),
  )('distances that are made in the square are those of pdist: %s, %s', async (metric, element) => {
    for (const n of [1000, 1003]) {
      const X = vectors(n, 6, element, (_i, x) => (x < 0.1 ? 0 : x));
      const options = metric === 'minkowski' ? { p: 3 } : {};
      const y = await pdist(X, metric, options);
      for (const threads of [1, 2]) {
        const z = await linkage(X, { method: 'average', metric, threads, ...options });
        expect(z).toEqual(await linkage(y, { method: 'average', threads }));
      }
    }
  });

  test.each([
    ['Infinity', 1e30, 'f4', 'centroid', 'squared '],
    ['Infinity', 1e30, 'f4', 'ward', 'squared '],
    ['Infinity', 3e38, 'f4', 'average', ''],
    ['Infinity', 1e200, 'f8', 'ward', 'squared '],
  ] as const)(
    '%s between two rows is refused by name: %d, %s, %s',
    async (text, value, element, method, squared) => {
      const n = 1100;
      const X = vectors(n, 2, element);
      X.data[2 * 700] = value;
      const message = `the ${squared}distance between rows 0 and 700 is ${text}; linkage needs finite distances`;
      await expect(linkage(X, { method })).rejects.toThrow(message);
      const y = new (element === 'f4' ? Float32Array : Float64Array)((n * (n - 1)) / 2).fill(1);
      y[699] = squared ? value : Number.POSITIVE_INFINITY;
      y[699 + 1099] = Number.NaN;
      for (const threads of [1, 2]) {
        await expect(linkage(y, { method, threads })).rejects.toThrow(message);
      }
    },
  );

  test('less memory than the condensed distances and the square together is enough for the square', async () => {
    const n = 1500;
    const y = await pdist(vectors(n, 3, 'f4'));
    const tiles = vi.spyOn(Engine.prototype, 'tiles');
    const kernels = async (limit: number) => {
      tiles.mockClear();
      await linkage(y, { method: 'centroid', threads: 1, memoryLimit: limit });
      return tiles.mock.calls.map(([{ kernel }]) => kernel);
    };
    // Threads are laid out for, as many as there may ever be.
    const square = 1.27 * n * n * 4 + 64 * 16 * n + 4e5;
    expect(await kernels(square)).toContain('linkageSquareF32');
    expect(await kernels(0.9 * 1.25 * n * n * 4)).toContain('linkageGenericF32');
    tiles.mockRestore();
  });

  test.each([1, 2])(
    'centroid and median: a signal stops %i threads, and the next call works',
    async (threads) => {
      const X = vectors(5000, 3, 'f4');
      for (const method of ['centroid', 'median'] as const) {
        const controller = new AbortController();
        const reason = new Error('enough');
        const done: number[] = [];
        const onProgress = (p: Progress) => {
          if (p.phase !== 'linkage') return;
          done.push(p.done);
          if (p.done > 500) controller.abort(reason);
        };
        const running = linkage(X, {
          method,
          strategy: 'matrix',
          threads,
          signal: controller.signal,
          onProgress,
        });
        await expect(running).rejects.toBe(reason);
        const all =
          (await linkage(X, { method, strategy: 'matrix', threads, onProgress: (p) => done.push(p.done) }))
            .length / 4;
        expect(all).toBe(4999);
        expect(done.at(-1)).toBe(4999);
      }
    },
  );

  test('the scan of the least passes over nothing and stops nowhere', async () => {
    const layout = new Layout();
    const ptr = layout.add(1024 * 8);
    const request = { linearBytes: layout.totalBytes, limit: 2 ** 32, what: '', wouldFit: '' };
    await withEngine(request, {}, async (engine) => {
      for (const element of ['f4', 'f8'] as const) {
        const least = engine.kernels[kernelFor(element, 'leastF32', 'leastF64')];
        for (const used of [1, 15, 16, 17, 255, 256, 257, 1000]) {
          const values = engine.floats(element, ptr, 1024).fill(Number.POSITIVE_INFINITY);
          expect(least(ptr, used) >>> 0).toBe(0xffffffff);
          for (const at of [0, used >> 1, used - 1]) {
            values.fill(7, 0, used);
            values[at] = Number.NEGATIVE_INFINITY;
            expect(least(ptr, used)).toBe(at);
            values[at] = 3;
            values[used - 1] = 3;
            expect(least(ptr, used)).toBe(at);
          }
        }
      }
    });
  });

  test('a signal stops a gang, and the next call works', async () => {
    const X = vectors(6000, 3, 'f4');
    const controller = new AbortController();
    const reason = new Error('enough');
    const running = linkage(X, {
      method: 'average',
      threads: 2,
      signal: controller.signal,
      onProgress: (p) => p.phase === 'linkage' && controller.abort(reason),
    });
    await expect(running).rejects.toBe(reason);
    const Z = await linkage(X, { method: 'average', threads: 2 });
    expect(Z.at(-1)).toBe(6000);
  });
});
