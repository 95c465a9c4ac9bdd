import { describe, expect, test } from 'vitest';
import {
  cdist,
  linkage,
  MemoryLimitError,
  type Metric,
  optimalLeafOrdering,
  pdist,
} from '../../src/index.ts';
import type { FloatArray } from '../../src/types.ts';

const X = [
  [1, 2, 3],
  [4, 4, 1],
  [0, 7, 2],
  [5, 1, 1],
];
const cityblock = (u: FloatArray, v: FloatArray) => {
  let sum = 0;
  for (let k = 0; k < u.length; k++) sum += Math.abs(u[k] - v[k]);
  return sum;
};

describe('a function as metric', () => {
  test('is called for each pair in order, with views of the rows', async () => {
    const pairs: number[][] = [];
    const y = await pdist(X, (u, v) => {
      expect(u).toBeInstanceOf(Float64Array);
      expect(u.length).toBe(3);
      pairs.push([X.findIndex((row) => row[0] === u[0]), X.findIndex((row) => row[0] === v[0])]);
      return pairs.length;
    });
    expect(y).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
    expect(pairs).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ]);
  });

  test('gives what the metric of that name gives', async () => {
    expect(await pdist(X, cityblock)).toEqual(await pdist(X, 'cityblock'));
    expect(await cdist(X, X.slice(1), cityblock)).toEqual(await cdist(X, X.slice(1), 'cityblock'));
    const narrow = { data: Float32Array.from(X.flat()), rows: 4, cols: 3 };
    const y = await pdist(narrow, cityblock);
    expect(y).toBeInstanceOf(Float32Array);
    expect(y).toEqual(await pdist(narrow, 'cityblock'));
  });

  test('works with every linkage method but centroid, median and ward', async () => {
    for (const method of ['single', 'complete', 'average', 'weighted'] as const) {
      const Z = await linkage(X, { method, metric: cityblock });
      expect(Z).toEqual(await linkage(X, { method, metric: 'cityblock' }));
      const ordered = await optimalLeafOrdering(Z, X, { metric: cityblock });
      expect(ordered).toEqual(await optimalLeafOrdering(Z, X, { metric: 'cityblock' }));
    }
    for (const method of ['centroid', 'median', 'ward'] as const) {
      await expect(linkage(X, { method, metric: cityblock })).rejects.toThrow(RangeError);
    }
  });

  test('what it throws comes out', async () => {
    const own = new Error('of my own');
    const f = () => {
      throw own;
    };
    await expect(pdist(X, f)).rejects.toBe(own);
    await expect(cdist(X, X, f)).rejects.toBe(own);
    await expect(linkage(X, { metric: f })).rejects.toBe(own);
  });

  test('what is no number is a TypeError that names the pair', async () => {
    let calls = 0;
    const f = (() => (++calls === 4 ? undefined : 1)) as unknown as () => number;
    await expect(pdist(X, f)).rejects.toThrow('rows 1 and 2 it returned undefined');
    await expect(pdist(X, (() => '1') as unknown as Metric)).rejects.toThrow(TypeError);
    await expect(cdist(X, X, (() => 1n) as unknown as Metric)).rejects.toThrow('row 0 of A and row 0 of B');
  });

  test('NaN and infinity are passed on, and refused by linkage', async () => {
    expect(await pdist(X.slice(0, 2), () => Number.NaN)).toEqual(Float64Array.of(Number.NaN));
    let calls = 0;
    await expect(linkage(X, { metric: () => (++calls === 3 ? Number.NaN : 1) })).rejects.toThrow(
      'between rows 0 and 3 is NaN',
    );
  });

  test('no rows to compare: not called', async () => {
    const never = () => {
      throw new Error('called');
    };
    expect(await pdist([[1, 2]], never)).toEqual(new Float64Array(0));
    await expect(linkage([[1, 2]], { metric: never })).rejects.toThrow('at least two rows');
  });

  test('stops at a signal, reports progress, and keeps the memory limit', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => [i]);
    const slow = (u: FloatArray, v: FloatArray) => {
      const until = performance.now() + 0.05;
      while (performance.now() < until);
      return Math.abs(u[0] - v[0]);
    };
    const controller = new AbortController();
    const seen: number[] = [];
    const call = pdist(rows, slow, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        seen.push(done);
        if (seen.length === 3) controller.abort(new Error('enough'));
      },
    });
    await expect(call).rejects.toThrow('enough');
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen[2]).toBeLessThan((300 * 299) / 2);
    await expect(pdist(rows, slow, { memoryLimit: 1000 })).rejects.toThrow(MemoryLimitError);
    await expect(linkage(rows, { metric: () => 1, memoryLimit: 500_000 })).rejects.toThrow(MemoryLimitError);
  });
});
