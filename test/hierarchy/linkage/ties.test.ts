/** Where distances tie: one tree, whatever memory, strategy and threads there are, and the one that is documented. */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  close,
  type LinkageOptions,
  linkage,
  type Matrix,
  METHODS,
  type Method,
  pdist,
} from '../../../src/index.ts';
import { Random } from '../../../src/support/numbers/random.ts';
import { fallingByAge, singleByEdges } from '../../reference/ties.ts';
import { golden } from '../golden.ts';

afterAll(() => close());

function grid(rows: number, cols: number, high: number, element: 'f4' | 'f8', seed = rows): Matrix {
  const random = new Random(seed);
  const data = element === 'f4' ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(random.float() * high);
  return { data, rows, cols };
}

/** Bytes that suffice for the condensed distances, and not for their square. */
const tight = (n: number, width: number) => Math.ceil(((n * n) / 2) * width * 1.2 + 400 * n + 2e6);

const ELEMENTS = ['f8', 'f4'] as const;
const EVERY = METHODS.flatMap((method) => ELEMENTS.map((element) => [method, element] as const));
/** The methods that have a way in linear memory. */
const LINEAR: LinkageOptions[] = [
  { method: 'ward' },
  { method: 'centroid' },
  { method: 'average', metric: 'sqeuclidean' },
  { method: 'average', metric: 'cosine' },
];

describe('ties', () => {
  test.each(golden('linkage/ties.json').cases as { input: string; method: Method }[])(
    "$method of $input: SciPy's tree, to the last bit",
    async ({ input, method, ...wanted }) => {
      const { inputs } = golden('linkage/ties.json');
      const { rows, cols, data } = inputs.find(({ name }: { name: string }) => name === input);
      const { pairs, heights, height } = wanted as unknown as Record<string, number[]>;
      const X = { data: Float64Array.from(data), rows, cols };
      for (const memoryLimit of ['1GB', tight(rows, 8)]) {
        const Z = await linkage(X, { method, memoryLimit, threads: 1 });
        expect(Z.filter((_, i) => i % 4 < 2)).toEqual(Float64Array.from(pairs));
        expect(Z.filter((_, i) => i % 4 === 2)).toEqual(Float64Array.from(height, (k) => heights[k]));
      }
      if (method === 'complete') {
        // No sum is rounded: float32 has the same ties.
        const Z = await linkage({ ...X, data: Float32Array.from(data) }, { method });
        expect(Z.filter((_, i) => i % 4 < 2)).toEqual(Float64Array.from(pairs));
      }
    },
  );

  test.each(EVERY)(
    '%s, %s: 1,200 rows, any memory, threads and form of the input',
    async (method, element) => {
      for (const [cols, high] of [
        [3, 6],
        [2, 2],
      ]) {
        const X = grid(1200, cols, high, element);
        const options: LinkageOptions = { method, strategy: 'matrix' };
        const Z = await linkage(X, { ...options, threads: 1 });
        for (const memoryLimit of [tight(1200, element === 'f4' ? 4 : 8), '16MB', '64MB']) {
          expect(await linkage(X, { ...options, memoryLimit, threads: 1 })).toEqual(Z);
        }
        expect(await linkage(X, { ...options, threads: 2 })).toEqual(Z);
        if (method === 'ward' || method === 'centroid' || method === 'median') continue;
        expect(await linkage(await pdist(X), { method })).toEqual(Z);
        expect(await linkage(await pdist(X), { method, memoryLimit: '7MB' })).toEqual(Z);
      }
    },
  );

  test.each(EVERY.filter(([method, element]) => element === 'f4' || method === 'complete'))(
    '%s, %s: rows enough for a team of threads',
    async (method, element) => {
      const X = grid(4100, 3, 12, element);
      const Z = await linkage(X, { method, strategy: 'matrix', threads: 1 });
      for (const threads of [2, 3]) {
        expect(await linkage(X, { method, strategy: 'matrix', threads })).toEqual(Z);
      }
      const memoryLimit = tight(4100, element === 'f4' ? 4 : 8);
      expect(await linkage(X, { method, strategy: 'matrix', memoryLimit, threads: 1 })).toEqual(Z);
    },
    120_000,
  );

  test.each(LINEAR)('in linear memory $method, $metric: any memory and threads', async (options) => {
    const X = grid(1200, 3, 6, 'f8');
    for (let i = 0; i < X.data.length; i++) X.data[i] += 1;
    const Z = await linkage(X, { ...options, strategy: 'linear', threads: 1 });
    for (const memoryLimit of ['3MB', '1GB']) {
      for (const threads of [1, 2]) {
        expect(await linkage(X, { ...options, strategy: 'linear', memoryLimit, threads })).toEqual(Z);
      }
    }
  });

  test("'auto' says so where memory makes it go over to linear memory, and distances tie", async () => {
    const codes: string[] = [];
    const options: LinkageOptions = { method: 'ward', onWarning: ({ code }) => codes.push(code) };
    const X = grid(1500, 3, 6, 'f8');
    const Z = await linkage(X, options);
    expect(Z).toEqual(await linkage(X, { ...options, strategy: 'matrix' }));
    expect(codes).toEqual([]);
    const small = await linkage(X, { ...options, memoryLimit: '4MB' });
    expect(codes).toEqual(['TIES']);
    expect(small).toEqual(await linkage(X, { ...options, strategy: 'linear' }));
    const random = new Random(1);
    const apart = { ...X, data: X.data.map(() => random.float()) };
    await linkage(apart, { ...options, memoryLimit: '4MB' });
    expect(codes).toEqual(['TIES']);
  });

  test('single: edges by length and rows', async () => {
    const Z = await linkage([
      [-1, -1],
      [0, 0],
      [1, 1],
    ]);
    expect(Array.from(Z)).toEqual([0, 1, Math.SQRT2, 2, 2, 3, Math.SQRT2, 3]);
    const few = fc.integer({ min: 1, max: 3 }).chain((cols) =>
      fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: cols, maxLength: cols }), {
        minLength: 2,
        maxLength: 60,
      }),
    );
    await fc.assert(
      fc.asyncProperty(few, async (X) => {
        const y = await pdist(X);
        expect(Array.from(await linkage(X))).toEqual(singleByEdges(y, X.length));
      }),
      { numRuns: 200 },
    );
    // Large enough that trees are made again and again, and that pointers take over (slink.ts).
    for (const [n, cols, high] of [
      [400, 1, 3],
      [400, 2, 20],
      [350, 3, 5],
      [300, 8, 2],
      [400, 1, 1],
      [500, 1, 400],
    ]) {
      for (const element of ELEMENTS) {
        const y = await pdist(grid(n, cols, high, element));
        expect(Array.from(await linkage(y))).toEqual(singleByEdges(y, n));
      }
    }
  });

  test.each(['centroid', 'median'] as const)('%s: clusters by age', async (method) => {
    const update =
      method === 'centroid'
        ? (dxi: number, dyi: number, dxy: number, nx: number, ny: number) =>
            (nx * dxi + ny * dyi - (nx * ny * dxy) / (nx + ny)) / (nx + ny)
        : (dxi: number, dyi: number, dxy: number) => 0.5 * (dxi + dyi) - 0.25 * dxy;
    for (const [n, cols, high] of [
      [2, 1, 2],
      [40, 1, 3],
      [60, 2, 4],
      [90, 3, 3],
      [100, 2, 9],
      [60, 1, 1],
    ]) {
      // Distances whose squares are exact.
      const y = (await pdist(grid(n, cols, high, 'f8'), 'cityblock')).map((d) => d + 1);
      expect(Array.from(await linkage(y, { method }))).toEqual(fallingByAge(y, n, update));
    }
  });
});
