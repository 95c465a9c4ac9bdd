import { afterAll, describe, expect, test } from 'vitest';
import { BYTES, type Element, kernelFor } from '../../../src/distance/element-types.ts';
import { layOutSpanning, mergeStripes, type Stripe } from '../../../src/hierarchy/linkage/single.ts';
import { close, isValidLinkage, linkage, pdist } from '../../../src/index.ts';
import { END } from '../../../src/runtime/engine.ts';
import { EXTRA } from '../../../src/runtime/kernels/kernel-set.ts';
import { linkageSpanningTreeScratchBytes } from '../../../src/runtime/kernels/sizes.ts';
import { withEngine } from '../../../src/runtime/lease.ts';
import { Layout } from '../../../src/runtime/memory/layout.ts';
import { Random } from '../../../src/support/numbers/random.ts';
import type { FloatArray, Z } from '../../../src/types.ts';

afterAll(() => close());

const limit = 2 ** 32;

/** Prim's algorithm, as in textbooks. */
function spanningHeights(y: FloatArray, n: number): number[] {
  const at = (a: number, b: number) => {
    const [i, j] = a < b ? [a, b] : [b, a];
    return y[(i * (2 * n - i - 1)) / 2 + j - i - 1];
  };
  const near = Array.from({ length: n }, (_, j) => (j === 0 ? Number.NaN : at(0, j)));
  const heights: number[] = [];
  for (let k = 1; k < n; k++) {
    let x = -1;
    for (let j = 0; j < n; j++) if (!Number.isNaN(near[j]) && (x < 0 || near[j] < near[x])) x = j;
    heights.push(near[x]);
    near[x] = Number.NaN;
    for (let j = 0; j < n; j++) if (near[j] > at(x, j)) near[j] = at(x, j);
  }
  return heights.sort((a, b) => a - b);
}

/** The clusters at each different height, as sets of rows written down: what a tree with ties says for certain. */
function clustersByHeight(z: Z, n: number): string {
  const rows = Array.from({ length: n }, (_, i) => [i]);
  const standing = new Set(rows.keys());
  const lines: string[] = [];
  for (let k = 0; k < n - 1; k++) {
    const [a, b, height] = z.subarray(4 * k, 4 * k + 3);
    rows.push([...rows[a], ...rows[b]].sort((p, q) => p - q));
    standing.delete(a);
    standing.delete(b);
    standing.add(n + k);
    if (k === n - 2 || z[4 * k + 6] !== height) {
      const sets = [...standing].map((c) => rows[c]).filter((set) => set.length > 1);
      lines.push(
        `${height}: ${sets
          .map((set) => set.join(' '))
          .sort()
          .join(' | ')}`,
      );
    }
  }
  return lines.join('\n');
}

type Make = (i: number, n: number, random: Random) => number[];
const normal = (random: Random) => {
  const radius = Math.sqrt(-2 * Math.log(1 - random.float()));
  return radius * Math.cos(2 * Math.PI * random.float());
};
const cloud = (random: Random, d: number, scale = 1) =>
  Array.from({ length: d }, () => scale * normal(random));

const SHAPES: Record<string, Make> = {
  'a cloud': (_i, _n, random) => cloud(random, 8),
  'a square': (_i, _n, random) => [random.float(), random.float()],
  'blobs by turns': (i, _n, random) => cloud(random, 4).map((x, k) => x + (i % 5 === k ? 50 : 0)),
  'blobs one behind the other': (i, n, random) =>
    cloud(random, 4).map((x, k) => x + (Math.floor((5 * i) / n) === k ? 50 : 0)),
  'many small blobs': (i, _n, random) => cloud(random, 3).map((x, k) => x + 100 * ((i * (k + 3) * 37) % 71)),
  'a line': (i) => [i],
  'a line that widens': (i) => [i * i],
  'steps of a walk': (i, _n, random) => [i + random.float(), Math.sin(i)],
  'the most central last': (i, n, random) => cloud(random, 64, (n - i) / n),
  'the most central first': (i, n, random) => cloud(random, 64, (i + 1) / n),
  'a star, ever nearer': (i, n) => Array.from({ length: n }, (_, k) => (k === i ? 2 + i : 0)),
  'one far outlier': (i, _n, random) => cloud(random, 3).map((x) => x + (i === 7 ? 1e6 : 0)),
  duplicates: (i) => [i % 7, i % 3],
  'all the same': () => [1, 2],
  'a grid, full of ties': (i) => [i % 16, Math.floor(i / 16)],
};

function distancesOf(name: string, n: number, element: Element): Promise<FloatArray> {
  const random = new Random(n);
  const rows = Array.from({ length: n }, (_, i) => SHAPES[name](i, n, random));
  const data = element === 'f4' ? Float32Array.from(rows.flat()) : Float64Array.from(rows.flat());
  return pdist({ data, rows: n, cols: rows[0].length });
}

/** Single linkage in stripes of at most this many elements. */
async function inStripes(y: FloatArray, n: number, element: Element, elements: number): Promise<Z> {
  const layout = new Layout();
  const regions = layOutSpanning(layout, n, element, 1);
  regions.elements = elements;
  const request = { linearBytes: layout.totalBytes, limit, what: '', wouldFit: '' };
  const seen: Stripe[] = [];
  const z = await withEngine(request, {}, (engine) =>
    mergeStripes(engine, regions, {
      ...{ element, n, signal: undefined, onRows: () => {} },
      fill: async (stripe, at) => {
        seen.push(stripe);
        engine
          .floats(element, at, stripe.length)
          .set(y.subarray(stripe.offset, stripe.offset + stripe.length));
      },
    }),
  );
  expect(seen.reduce((sum, { length }) => sum + length, 0)).toBe(y.length);
  return z;
}

describe('single linkage from passing rows', () => {
  test('its scratch is as large as the kernels say', async () => {
    const request = { linearBytes: new Layout().totalBytes, limit, what: '', wouldFit: '', kernels: EXTRA };
    await withEngine(request, {}, async ({ kernels }) => {
      for (const n of [2, 3, 17, 1000, 46341, 100_003]) {
        expect(linkageSpanningTreeScratchBytes(n, 4)).toBe(kernels.linkageSpanningTreeScratchBytes(n, 4));
        expect(linkageSpanningTreeScratchBytes(n, 8)).toBe(kernels.linkageSpanningTreeScratchBytes(n, 8));
      }
    });
  });

  describe.each(Object.keys(SHAPES))('%s', (name) => {
    test.each([
      ['f4', 2],
      ['f4', 3],
      ['f8', 5],
      ['f4', 33],
      ['f8', 64],
      ['f4', 300],
      ['f8', 301],
      ['f4', 1100],
    ] as const)("%s, n = %i: Prim's heights, and the same bits in any stripes", async (element, n) => {
      const y = await distancesOf(name, n, element);
      const z = await linkage(y, { threads: 1 });
      expect(isValidLinkage(z, { throw: true })).toBe(true);
      const heights = Array.from({ length: n - 1 }, (_, k) => z[4 * k + 2]);
      expect(heights).toEqual(spanningHeights(y, n));
      for (const elements of [1, n, 3 * n + 1]) expect(await inStripes(y, n, element, elements)).toEqual(z);
      for (const threads of [2, 3]) expect(await linkage(y, { threads })).toEqual(z);
    });

    test('the clusters at every height are those of the rows in any order', async () => {
      const n = 120;
      const y = await distancesOf(name, n, 'f8');
      const z = await linkage(y);
      const back = new Float64Array(y.length);
      let k = 0;
      // Row i is row n - 1 - i.
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) {
          const [a, b] = [n - 1 - j, n - 1 - i];
          back[k++] = y[(a * (2 * n - a - 1)) / 2 + b - a - 1];
        }
      }
      const other = await linkage(back);
      for (let i = 0; i < other.length; i++) {
        if (i % 4 < 2 && other[i] < n) other[i] = n - 1 - other[i];
      }
      expect(clustersByHeight(other, n)).toBe(clustersByHeight(z, n));
    });
  });

  test.each(['f4', 'f8'] as const)('rows that change everything go on as pointers: %s', async (element) => {
    const n = 700;
    // Every row is nearer to all others than they are to each other.
    const y = element === 'f4' ? new Float32Array((n * (n - 1)) / 2) : new Float64Array((n * (n - 1)) / 2);
    let at = 0;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) y[at++] = i + 1 + ((j * 7) % 5) / 8;
    const z = await linkage(y);
    const heights = Array.from({ length: n - 1 }, (_, k) => z[4 * k + 2]);
    expect(heights).toEqual(spanningHeights(y, n));
    for (const elements of [1, 5 * n]) expect(await inStripes(y, n, element, elements)).toEqual(z);
    const layout = new Layout();
    const [ptr, merges] = [layout.add(y.byteLength), layout.add(32 * n)];
    const scratch = layout.add(linkageSpanningTreeScratchBytes(n, BYTES[element]));
    const request = { linearBytes: layout.totalBytes, limit, what: '', wouldFit: '' };
    await withEngine(request, {}, async (engine) => {
      engine.floats(element, ptr, y.length).set(y);
      engine.kernels[kernelFor(element, 'linkageSpanningTreeInitF32', 'linkageSpanningTreeInitF64')](
        n,
        scratch,
      );
      const kernel = kernelFor(element, 'linkageSpanningTreeF32', 'linkageSpanningTreeF64');
      await engine.tiles({ kernel, args: [ptr, n, END, scratch, merges], sequential: true }, 0, n - 1);
      // The word that says so (assembly/linkage/single/layout.ts).
      expect(engine.i32(scratch, 10)[9]).toBe(1);
    });
  });

  test.each(['f4', 'f8'] as const)(
    'rows of a matrix beyond 4 GiB, of which the last are there: %s',
    async (element) => {
      const n = 100_003;
      const rows = 200;
      const width = element === 'f4' ? 4 : 8;
      const random = new Random(4);
      const count = (rows * (rows + 1)) / 2;
      const y = Float32Array.from({ length: count }, () => random.float());
      const layout = new Layout();
      const [ptr, merges] = [layout.add(count * width), layout.add(8)];
      const scratch = layout.add(linkageSpanningTreeScratchBytes(n, BYTES[element]));
      const request = { linearBytes: layout.totalBytes, limit, what: '', wouldFit: '', kernels: EXTRA };
      await withEngine(request, {}, async (engine) => {
        engine.floats(element, ptr, count).set(y);
        engine.kernels[kernelFor(element, 'linkageSpanningTreeInitF32', 'linkageSpanningTreeInitF64')](
          n,
          scratch,
        );
        const first = ptr - ((n * (n - 1)) / 2 - count) * width;
        const kernel = engine.kernels[kernelFor(element, 'linkageSpanningTreeF32', 'linkageSpanningTreeF64')];
        expect(kernel(first, n, rows, scratch, merges)).toBe(0);
        // The nearest of each row, when it was seen (assembly/linkage/single/layout.ts).
        const nearest = engine.i32(scratch + 128, n);
        for (let i = n - 1 - rows, at = 0; i < n - 1; at += n - 1 - i, i++) {
          const row = [...y.subarray(at, at + n - 1 - i)];
          expect(nearest[i]).toBe(i + 1 + row.indexOf(Math.min(...row)));
        }
      });
    },
  );

  test.each([
    ['NaN', Number.NaN, 0, 1],
    ['NaN', Number.NaN, 40, 399],
    ['Infinity', Number.POSITIVE_INFINITY, 398, 399],
    ['-Infinity', Number.NEGATIVE_INFINITY, 5, 17],
  ])('%s is refused by name', async (text, value, i, j) => {
    const n = 400;
    const y = Float32Array.from({ length: (n * (n - 1)) / 2 }, (_, k) => 1 + (k % 11));
    y[(i * (2 * n - i - 1)) / 2 + j - i - 1] = value;
    await expect(linkage(y)).rejects.toThrow(
      `the distance between rows ${i} and ${j} is ${text}; linkage needs finite distances`,
    );
  });

  test('its memory grows with the rows, not with their square', async () => {
    const n = 3000;
    const random = new Random(2);
    const data = Float32Array.from({ length: n * 4 }, () => random.float());
    const X = { data, rows: n, cols: 4 };
    // The distances are 18 MB.
    const z = await linkage(X, { memoryLimit: '4MB', threads: 1 });
    const y = await pdist(X);
    expect(await linkage(y, { memoryLimit: '4MB', threads: 1 })).toEqual(z);
    expect(Array.from({ length: n - 1 }, (_, k) => z[4 * k + 2])).toEqual(spanningHeights(y, n));
    await expect(linkage(y, { memoryLimit: '100kB', threads: 1 })).rejects.toThrow(
      /; \d{2,3} rows would fit/,
    );
  });

  test.each([1, 2])('a signal stops it with %i threads, and the next call works', async (threads) => {
    const random = new Random(3);
    const n = 4000;
    const data = Float64Array.from({ length: n * 8 }, () => random.float());
    const X = { data, rows: n, cols: 8 };
    const controller = new AbortController();
    const reason = new Error('enough');
    const seen: number[] = [];
    const running = linkage(X, {
      threads,
      signal: controller.signal,
      onProgress: ({ done }) => {
        seen.push(done);
        controller.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(seen.at(-1)).toBeLessThan((n * (n - 1)) / 2);
    const done: number[] = [];
    const z = await linkage(X, { threads, onProgress: (p) => p.phase === 'distances' && done.push(p.done) });
    expect(z.at(-1)).toBe(n);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe((n * (n - 1)) / 2);
  });
});
