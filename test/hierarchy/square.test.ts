import { afterAll, describe, expect, test, vi } from 'vitest';
import {
  mergeCondensed,
  placeMerging,
  squareScratchBytes,
  squareStride,
} from '../../src/hierarchy/merging.ts';
import { close, isValidLinkage, linkage, type Method } from '../../src/index.ts';
import { Random } from '../../src/random.ts';
import { withEngine } from '../../src/runtime/engine.ts';
import { Layout } from '../../src/runtime/layout.ts';

afterAll(() => close());

function vectors(n: number, cols: number, element: 'f4' | 'f8', make?: (i: number, x: number) => number) {
  const random = new Random(n);
  const data = element === 'f4' ? new Float32Array(n * cols) : new Float64Array(n * cols);
  for (let i = 0; i < data.length; i++)
    data[i] = make ? make(Math.floor(i / cols), random.float()) : random.float();
  return { data, rows: n, cols };
}

const METHODS: Method[] = ['complete', 'average', 'weighted', 'ward'];

describe('the square path', () => {
  test('its sizes are those that the kernels name', async () => {
    const demand = { linearBytes: new Layout().totalBytes, limit: 2 ** 32, what: '', wouldFit: '' };
    await withEngine(demand, async ({ kernels }) => {
      for (const n of [2, 3, 16, 17, 1000, 1023, 4097, 30000]) {
        expect(squareStride(n)).toBe(kernels.linkageSquareStride(n));
        for (const width of [4, 8]) {
          for (const threads of [1, 2, 7]) {
            expect(squareScratchBytes(n, width, threads)).toBe(
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
      const slow = await linkage(X, { method, memoryLimit: condensedBytes * 1.5 + 1e6, threads: 1 });
      const fast = await linkage(X, { method, threads: 1 });
      expect(fast).toEqual(slow);
    },
  );

  test.each(METHODS)('float32: gives the bits that condensed distances give: %s', async (method) => {
    const n = 1500;
    const X = vectors(n, 4, 'f4');
    const slow = await linkage(X, { method, memoryLimit: n * n * 3 + 1e6, threads: 1 });
    expect(await linkage(X, { method, threads: 1 })).toEqual(slow);
  });

  test.each(METHODS.flatMap((m) => (['f4', 'f8'] as const).map((e) => [m, e] as const)))(
    'any number of threads gives the same bits: %s, %s',
    async (method, element) => {
      const n = 4321;
      const X = vectors(n, 3, element);
      const one = await linkage(X, { method, threads: 1 });
      for (const threads of [2, 3]) expect(await linkage(X, { method, threads })).toEqual(one);
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
      const Z = await linkage(X, { method, threads: 1 });
      expect(isValidLinkage(Z, { throw: true })).toBe(true);
      expect(Z.at(-1)).toBe(n);
      for (let i = 6; i < Z.length; i += 4) expect(Z[i]).toBeGreaterThanOrEqual(Z[i - 4] * (1 - 1e-12));
    }
  });

  test('without a team the squeeze of the square is cut into tiles too', async () => {
    const n = 1000;
    const layout = new Layout();
    const distances = layout.add(((n * (n - 1)) / 2) * 4);
    const place = placeMerging(layout, { method: 'average', n, element: 'f4', square: 1 });
    const demand = { linearBytes: layout.totalBytes, limit: 2 ** 32, what: '', wouldFit: '' };
    await withEngine(demand, async (engine) => {
      const random = new Random(3);
      const y = engine.f32(distances, (n * (n - 1)) / 2);
      for (let i = 0; i < y.length; i++) y[i] = 1 + random.float();
      const tiles = vi.spyOn(engine, 'tiles');
      const done: number[] = [];
      await mergeCondensed(engine, place, {
        ...{ method: 'average', element: 'f4', n, distances, squared: false, signal: undefined },
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
