/** Linkage in linear memory against linkage over the matrix of distances, on shapes that are hard on either. */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  close,
  cophenet,
  isMonotonic,
  isValidLinkage,
  type LinkageOptions,
  linkage,
  type Matrix,
} from '../../../src/index.ts';
import { EXTRA } from '../../../src/runtime/kernels/kernel-set.ts';
import { linkageLinearScratchBytes } from '../../../src/runtime/kernels/linear-sizes.ts';
import { withEngine } from '../../../src/runtime/lease.ts';
import { Layout } from '../../../src/runtime/memory/layout.ts';
import { Random } from '../../../src/support/numbers/random.ts';

afterAll(() => close());

const WAYS: [string, LinkageOptions][] = [
  ['ward', { method: 'ward' }],
  ['average, sqeuclidean', { method: 'average', metric: 'sqeuclidean' }],
  ['centroid', { method: 'centroid' }],
  ['average, cosine', { method: 'average', metric: 'cosine' }],
  ['average, correlation', { method: 'average', metric: 'correlation' }],
];
/** Metrics for which only the direction of a row counts have no use for data on a line. */
const PLANE = WAYS.slice(0, 3);

function matrix(rows: number, cols: number, make: (i: number, k: number) => number, element = 'f8'): Matrix {
  const data = element === 'f4' ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let k = 0; k < cols; k++) data[i * cols + k] = make(i, k);
  return { data, rows, cols };
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
}

function normals(rows: number, cols: number, seed = rows, element = 'f8'): Matrix {
  const random = new Random(seed);
  return matrix(rows, cols, () => normal(random), element);
}

const heightsOf = (Z: Float64Array) => Z.filter((_, i) => i % 4 === 2);

/** Same merges, heights to `share` of them or to `floor`. */
function expectSame(got: Float64Array, wanted: Float64Array, share: number, floor = 0): void {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < got.length; i++) {
    if (i % 4 === 2) expect(Math.abs(got[i] - wanted[i])).toBeLessThanOrEqual(share * wanted[i] + floor);
    else if (got[i] !== wanted[i]) expect(`${i}: ${got[i]}`).toBe(`${i}: ${wanted[i]}`);
  }
}

/** Whether every merge is one of a pair that is nearest at that time, by means, spreads and sizes. */
function expectGreedy({ data, rows: n, cols }: Matrix, Z: Float64Array, method: string): void {
  const all = Array.from({ length: n }, (_, i) => ({
    id: i,
    size: 1,
    spread: 0,
    mean: Array.from(data.subarray(i * cols, (i + 1) * cols)),
  }));
  const apart = (a: (typeof all)[0], b: (typeof all)[0]) => {
    let sum = 0;
    for (let k = 0; k < cols; k++) sum += (a.mean[k] - b.mean[k]) ** 2;
    if (method === 'ward') return Math.sqrt(((2 * a.size * b.size) / (a.size + b.size)) * sum);
    return method === 'centroid' ? Math.sqrt(sum) : sum + a.spread + b.spread;
  };
  for (let m = 0; m < n - 1; m++) {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < all.length; i++) {
      for (let j = 0; j < i; j++) least = Math.min(least, apart(all[i], all[j]));
    }
    const [a, b] = [Z[4 * m], Z[4 * m + 1]].map((id) => {
      const at = all.findIndex((cluster) => cluster.id === id);
      return all.splice(at, 1)[0];
    });
    const tolerance = 1e-9 * (1 + least);
    expect(Math.abs(apart(a, b) - least)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(Z[4 * m + 2] - least)).toBeLessThanOrEqual(tolerance);
    const size = a.size + b.size;
    const mean = a.mean.map((x, k) => (a.size * x + b.size * b.mean[k]) / size);
    const gap = a.mean.reduce((sum, x, k) => sum + (x - b.mean[k]) ** 2, 0);
    const spread = (a.size * a.spread + b.size * b.spread) / size + ((a.size * b.size) / size ** 2) * gap;
    all.push({ id: n + m, size, spread, mean });
  }
}

async function both(X: Matrix | number[][], options: LinkageOptions): Promise<[Float64Array, Float64Array]> {
  return [
    await linkage(X, { threads: 1, ...options, strategy: 'linear' }),
    await linkage(X, { threads: 1, ...options, strategy: 'matrix' }),
  ];
}

describe('what both sides hold', () => {
  test('the bytes of scratch', async () => {
    const request = {
      ...{ linearBytes: new Layout().totalBytes, limit: 2 ** 32, what: '', wouldFit: '' },
      kernels: EXTRA,
    };
    await withEngine(request, {}, async ({ kernels }) => {
      for (const d of [1, 2, 16, 255, 256, 257, 384, 4096, 5000]) {
        expect(linkageLinearScratchBytes(d)).toBe(kernels.linkageLinearScratchBytes(d));
      }
    });
  });
});

describe('the tree in linear memory is that of the matrix', () => {
  test.each(WAYS)('%s: any number of rows and columns', async (_, options) => {
    for (const n of [2, 3, 4, 7, 8, 9, 16, 17, 18, 33, 100, 333]) {
      for (const cols of [3, 4, 5, 8, 31]) {
        const [got, wanted] = await both(normals(n, cols, n * 100 + cols), options);
        expectSame(got, wanted, 1e-10, 1e-15);
      }
    }
  });

  test.each(WAYS)('%s: float32', async (_, options) => {
    const X = normals(500, 12, 3, 'f4');
    const [got] = await both(X, options);
    // Decided in float64: the tree of the same numbers as float64, but for what rows of length 1 are rounded by.
    const exact = await linkage(
      { ...X, data: Float64Array.from(X.data) },
      { ...options, strategy: 'matrix' },
    );
    expectSame(got, exact, options.metric === 'cosine' || options.metric === 'correlation' ? 1e-5 : 1e-10);
  });

  test.each(WAYS)('%s: whole numbers of few digits, by every count of rows', async (_, options) => {
    const rows = fc.integer({ min: 2, max: 5 }).chain((cols) =>
      fc.array(fc.array(fc.integer({ min: -9999, max: 9999 }), { minLength: cols, maxLength: cols }), {
        minLength: 2,
        maxLength: 120,
      }),
    );
    await fc.assert(
      fc.asyncProperty(rows, async (X) => {
        fc.pre(options.metric !== 'correlation' || X.every((row) => new Set(row).size > 2));
        fc.pre(X.every((row) => row.some((x) => x !== 0)));
        const [got, wanted] = await both(X, options);
        expect(isValidLinkage(got)).toBe(true);
        if (options.method !== 'centroid') expect(isMonotonic(got)).toBe(true);
        const heights = heightsOf(wanted).sort();
        // A tie, or what rounding makes one, may be broken either way.
        fc.pre(heights.every((h, k) => k === 0 || h - heights[k - 1] > 1e-7 * h));
        expectSame(got, wanted, 1e-9, 1e-12);
      }),
      { numRuns: 150 },
    );
  });

  test.each(PLANE)('%s: data far from the origin, and of several scales', async (_, options) => {
    const random = new Random(4);
    const far = matrix(300, 3, () => 1e7 + Math.round(random.float() * 2 ** 20) / 2 ** 20);
    expectSame(...(await both(far, options)), 1e-10);
    const scales = matrix(300, 4, (i) => 1e9 * (i % 3) + 1e4 * (i % 7) + normal(random));
    expectSame(...(await both(scales, options)), 1e-9);
    const small = matrix(200, 3, () => 1e-30 * normal(random));
    expectSame(...(await both(small, options)), 1e-10);
    const large = matrix(200, 3, () => 1e60 * normal(random));
    expectSame(...(await both(large, options)), 1e-10);
  });

  test.each(PLANE)('%s: one row far out', async (_, options) => {
    const random = new Random(5);
    for (const out of [1e6, 1e12]) {
      const X = matrix(400, 5, (i) => (i === 123 ? out : normal(random)));
      expectSame(...(await both(X, options)), 1e-9);
    }
  });

  test.each(PLANE)('%s: blobs, sorted rows, and gaps that double', async (_, options) => {
    const random = new Random(6);
    const blobs = matrix(700, 6, (i) => 50 * (i % 9) + normal(random));
    expectSame(...(await both(blobs, options)), 1e-9);
    const sorted = {
      data: Float64Array.from({ length: 600 }, () => random.float()).sort(),
      rows: 600,
      cols: 1,
    };
    expectSame(...(await both(sorted, options)), 1e-9);
    const chain = matrix(300, 1, (i) => 1.5 ** i);
    expectSame(...(await both(chain, options)), 1e-9);
  });

  test('ties: every merge is one of a nearest pair', async () => {
    const grid = matrix(144, 2, (i, k) => (k === 0 ? i % 12 : Math.floor(i / 12)));
    for (const [, options] of PLANE) {
      const Z = await linkage(grid, { ...options, strategy: 'linear' });
      expect(isValidLinkage(Z)).toBe(true);
      if (options.method !== 'centroid') expect(isMonotonic(Z)).toBe(true);
      expectGreedy(grid, Z, options.method as string);
      const line = matrix(200, 1, (i) => i);
      expectGreedy(line, await linkage(line, { ...options, strategy: 'linear' }), options.method as string);
    }
  });

  test.each(WAYS)('%s: equal rows merge at 0 and weigh as many as they are', async (_, options) => {
    const random = new Random(7);
    const few = Array.from({ length: 20 }, () => Array.from({ length: 4 }, () => random.float()));
    const X = Array.from({ length: 333 }, () => few[Math.floor(random.float() * 20)]);
    const [got, wanted] = await both(X, options);
    expect(heightsOf(got).slice(0, 313)).toEqual(new Float64Array(313));
    const [a, b] = [cophenet(got), cophenet(wanted)];
    for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThanOrEqual(1e-9 * (1 + b[i]));
  });

  test.each(WAYS)('%s: all rows equal', async (_, options) => {
    const Z = await linkage(
      matrix(100, 3, (_i, k) => [1, 2, 4][k]),
      { ...options, strategy: 'linear' },
    );
    expect(isValidLinkage(Z)).toBe(true);
    expect(heightsOf(Z)).toEqual(new Float64Array(99));
  });

  test.each(WAYS)('%s: numbers with very many ties', async (_, options) => {
    const random = new Random(8);
    const X = matrix(400, 12, () => Math.round(random.float()) + 1);
    for (let i = 0; i < 400; i++) X.data[i * 12 + (i % 12)] += 1;
    const [got, wanted] = await both(X, options);
    expect(isValidLinkage(got)).toBe(true);
    if (options.method !== 'centroid') expect(isMonotonic(got)).toBe(true);
    expect(got[4 * 398 + 3]).toBe(400);
    expect(got[2]).toBeCloseTo(wanted[2], 12);
    if (options.metric === undefined || options.metric === 'sqeuclidean') {
      expectGreedy(X, got, options.method as string);
    }
  });

  test.each(WAYS)(
    '%s: the same bits for every number of threads',
    async (_, options) => {
      const X = normals(3000, 24, 9, 'f4');
      const one = await linkage(X, { ...options, threads: 1, strategy: 'linear' });
      for (const threads of [2, 3]) {
        expect(await linkage(X, { ...options, threads, strategy: 'linear' })).toEqual(one);
      }
    },
    60_000,
  );

  test('weights of the columns, for cosine and correlation', async () => {
    const X = normals(200, 6);
    for (const metric of ['cosine', 'correlation'] as const) {
      const w = [1, 2, 0.5, 0, 3, 1];
      expectSame(...(await both(X, { method: 'average', metric, w })), 1e-9);
    }
  });

  test('optimalOrdering', async () => {
    const [got, wanted] = await both(normals(60, 4), { method: 'ward', optimalOrdering: true });
    expectSame(got, wanted, 1e-10);
  });
});

describe('strategy', () => {
  test('is refused where there is no such way, and says where there is', async () => {
    const X = normals(10, 3);
    const linear = { strategy: 'linear' } as const;
    const words = /strategy 'linear' is for.*ward.*average.*got/;
    await expect(linkage(X, { ...linear, method: 'complete' })).rejects.toThrow(words);
    await expect(linkage(X, { ...linear, method: 'average' })).rejects.toThrow(words);
    const w = [1, 2, 3];
    const options = { ...linear, method: 'average', metric: 'sqeuclidean', w } as const;
    await expect(linkage(X, options)).rejects.toThrow(/weights/);
    await expect(linkage(new Float64Array(3), { ...linear, method: 'ward' })).rejects.toThrow(RangeError);
    await expect(linkage(X, { strategy: 'fast' as never })).rejects.toThrow(/'auto', 'matrix' or 'linear'/);
    await expect(linkage(X, { strategy: 3 as never })).rejects.toThrow(TypeError);
  });

  test("'auto' takes the linear way where the matrix does not fit", async () => {
    const n = 3000;
    const X = normals(n, 4);
    const Z = await linkage(X, { method: 'ward', memoryLimit: '5MB', threads: 1 });
    expectSame(Z, await linkage(X, { method: 'ward', threads: 1 }), 1e-9);
    const matrix = { method: 'ward', memoryLimit: '5MB', strategy: 'matrix' } as const;
    await expect(linkage(X, matrix)).rejects.toMatchObject({ code: 'ERR_MEMORY_LIMIT' });
    await expect(linkage(X, { method: 'ward', memoryLimit: '500kB' })).rejects.toMatchObject({
      code: 'ERR_MEMORY_LIMIT',
    });
  });

  test('a row without length has no cosine: the pair is named', async () => {
    const X = normals(20, 3);
    X.data.fill(0, 15, 18);
    const options = { method: 'average', metric: 'cosine' } as const;
    for (const strategy of ['linear', 'matrix'] as const) {
      await expect(linkage(X, { ...options, strategy })).rejects.toThrow(/rows 0 and 5 is NaN/);
    }
  });

  test('numbers whose squares are beyond float64 are refused', async () => {
    const X = normals(20, 3);
    X.data[7] = 1e300;
    for (const strategy of ['linear', 'matrix'] as const) {
      await expect(linkage(X, { method: 'ward', strategy })).rejects.toThrow(RangeError);
    }
  });
});

describe('a run in linear memory', () => {
  test('tells how far it is, and ends at the total', async () => {
    const n = 4000;
    const seen: { phase: string; done: number; total?: number }[] = [];
    await linkage(normals(n, 8), {
      ...{ method: 'ward', strategy: 'linear', threads: 1 },
      onProgress: (p) => seen.push(p),
    });
    for (const phase of ['distances', 'linkage']) {
      const part = seen.filter((p) => p.phase === phase);
      expect(part.length).toBeGreaterThan(1);
      for (let i = 1; i < part.length; i++) expect(part[i].done).toBeGreaterThanOrEqual(part[i - 1].done);
      expect(part.at(-1)?.done).toBe(part.at(-1)?.total);
    }
  });

  test('stops when it is told to, and the next one works', async () => {
    const X = normals(20_000, 32, 10, 'f4');
    for (const threads of [1, 2]) {
      const stop = new AbortController();
      const work = linkage(X, { method: 'ward', strategy: 'linear', threads, signal: stop.signal });
      setTimeout(() => stop.abort(new Error('enough')), 150);
      await expect(work).rejects.toThrow('enough');
    }
    expect((await linkage(normals(50, 3), { method: 'ward', strategy: 'linear' })).length).toBe(196);
  }, 30_000);
});

test('centroid of groups that are narrow beside the space between them: a size that searches for every row would not end', async () => {
  const n = 5000;
  const data = Float64Array.from({ length: n }, (_, i) => (i % 2) * 1e12 + ((i * 7919) % n) / n);
  const X = { data, rows: n, cols: 1 };
  const Z = await linkage(X, { method: 'centroid', strategy: 'linear' });
  const heights = Array.from({ length: n - 1 }, (_, k) => Z[4 * k + 2]);
  expect(heights[n - 2]).toBeCloseTo(1e12, -3);
  expect(Math.max(...heights.slice(0, n - 2))).toBeLessThan(1);
});
