import { describe, expect, test } from 'vitest';
import { MemoryLimitError, plan, twoPass } from '../../src/index.ts';
import { fromArray, fromIterable } from '../../src/sources/index.ts';
import { blobs, CENTERS, ofUnknownLength } from './fixtures.ts';

describe('plan', () => {
  test('the largest sample that fits does fit, and one row more does not', async () => {
    for (const [cols, dtype, memoryLimit, strategy] of [
      [64, 'f4', '256MB', 'matrix'],
      [3, 'f8', '10MB', 'matrix'],
      [1000, 'f4', '64MB', 'matrix'],
      [3, 'f8', '10MB', 'linear'],
      [1000, 'f4', '32MB', 'linear'],
    ] as const) {
      const shape = { rows: 10_000_000, cols, dtype };
      const { sample, stride, bytes } = plan(
        { ...shape, rows: undefined },
        { clusters: 3, memoryLimit, strategy },
      );
      expect(stride).toBeUndefined();
      expect(bytes.peak).toBeLessThanOrEqual(bytes.limit);
      expect(plan(shape, { clusters: 3, memoryLimit, strategy, sample }).sample).toBe(sample);
      expect(() => plan(shape, { clusters: 3, memoryLimit, strategy, sample: sample + 1 })).toThrow(
        MemoryLimitError,
      );
      expect(plan(shape, { clusters: 3, memoryLimit, strategy })).toMatchObject({
        sample,
        strategy: 'random',
      });
      const least = Math.ceil(1e7 / sample);
      expect(plan(shape, { clusters: 3, memoryLimit, strategy, stride: least }).sample).toBe(
        Math.ceil(1e7 / least),
      );
      expect(() => plan(shape, { clusters: 3, memoryLimit, strategy, stride: least - 1 })).toThrow(
        new RegExp(`a stride of ${least}`),
      );
    }
  });

  test('without the matrix the sample can be larger: as large as takes seconds where nobody names one', () => {
    const shape = { rows: 10_000_000, cols: 16, dtype: 'f4' } as const;
    const options = { clusters: 3, memoryLimit: '64MB' };
    const matrix = plan(shape, { ...options, strategy: 'matrix' });
    const auto = plan(shape, options);
    expect([matrix.tree, auto.tree]).toEqual(['matrix', 'linear']);
    expect(auto.sample).toBeGreaterThan(3 * matrix.sample);
    const much = plan(shape, { clusters: 3, memoryLimit: '1GB' });
    expect(much.sample).toBeLessThan(100_000);
    expect(plan(shape, { clusters: 3, memoryLimit: '1GB', sample: 400_000 }).tree).toBe('linear');
    expect(plan(shape, { ...options, method: 'complete' }).tree).toBe('matrix');
    for (const bad of [{ method: 'complete' }, { profiles: true }, { metric: 'rmsd', method: 'average' }]) {
      expect(() =>
        plan({ ...shape, cols: 15 }, { ...options, strategy: 'linear', ...(bad as object) }),
      ).toThrow(RangeError);
    }
  });

  test.each([
    ['ward', 'euclidean'],
    ['average', 'cosine'],
  ] as const)('either way gives the same clusters: %s, %s', async (method, metric) => {
    const { truth: _, ...X } = blobs(3000, CENTERS, { spread: 2, element: 'f8' });
    const run = (strategy: 'matrix' | 'linear') =>
      twoPass(X, { clusters: 4, sample: 1000, method, metric, strategy, leaders: { perCluster: 2 } });
    const [a, b] = [await run('matrix'), await run('linear')];
    expect(b.plan.tree).toBe('linear');
    expect(b.sampleLabels).toEqual(a.sampleLabels);
    expect(b.leaderRows).toEqual(a.leaderRows);
    expect(await b.labels()).toEqual(await a.labels());
  });

  test('a request that cannot fit says what would, before anything is read', async () => {
    let read = 0;
    const source = fromIterable(
      () => {
        read++;
        return [];
      },
      { cols: 10, rows: 1_000_000 },
    );
    const options = { clusters: 3, stride: 2, memoryLimit: '20MB', strategy: 'matrix' } as const;
    const error = await twoPass(source, options).catch((e) => e);
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error.message).toMatch(
      /needs 1\.01 TB.*allows 20 MB.*a sample of \d+ rows would fit, that is a stride of \d+/,
    );
    expect(error.neededBytes).toBeGreaterThan(1e12);
    expect(read).toBe(0);
  });

  test('a strided source of unknown length that grows past the limit is refused, with advice', async () => {
    const source = ofUnknownLength(fromArray(Array.from({ length: 3000 }, (_x, i) => [i])));
    await expect(twoPass(source, { clusters: 2, stride: 1, memoryLimit: '1MB' })).rejects.toThrow(
      /rows would fit; use a larger stride/,
    );
  });

  test.each([
    [{}, /clusters must be/],
    [{ clusters: 0 }, /clusters must be a whole number from 1, got 0/],
    [{ clusters: 2.5 }, /clusters must be a whole number from 1, got 2.5/],
    [{ clusters: 6 }, /at most the number of rows that are clustered, got 6 clusters for 5 rows/],
    [{ clusters: 3, stride: 3 }, /got 3 clusters for 2 rows in the sample/],
    [{ clusters: 2, stride: 5 }, /stride 5 selects only one of 5 rows/],
    [{ clusters: 2, stride: 0 }, /stride must be a whole number from 1/],
    [{ clusters: 2, stride: 2, sample: 3 }, /exclude each other/],
    [{ clusters: 2, metric: 'rmsd' }, /3 divides; got 2 columns/],
    [
      { clusters: 2, metric: 'euclid' },
      /metric must be .*, got the string "euclid"; did you mean 'euclidean'/,
    ],
    [{ clusters: 2, method: 'wards' }, /method must be 'single', .* did you mean 'ward'/],
    [{ clusters: 2, leaders: { pick: 'best' } }, /leaders.pick must be/],
    [{ clusters: 2, leaders: { perCluster: 0 } }, /leaders.perCluster must be/],
    [{ clusters: 2, memoryLimit: 'lots' }, /memoryLimit must be a positive size/],
    [{ clusters: 2, memoryLimit: -1 }, /memoryLimit must be a positive number/],
    [{ clusters: 2, seed: 1.5 }, /seed must be/],
    [{ clusters: 2, threads: 0 }, /threads must be/],
    [{ clusters: { distance: -1 } }, /clusters.distance/],
    [{ clusters: {} }, /clusters must be a number, \{distance\}/],
  ] as [object, RegExp][])('refuses %j', async (options, message) => {
    const rows = [0, 1, 2, 3, 4].map((i) => [i, i * i]);
    await expect(twoPass(rows, options as never)).rejects.toThrow(message);
  });

  test('one row or none cannot be clustered', async () => {
    await expect(twoPass([[1, 2]], { clusters: 1 })).rejects.toThrow(/at least two rows, got 1/);
    const none = { data: new Float64Array(0), rows: 0, cols: 2 };
    await expect(twoPass(none, { clusters: 1 })).rejects.toThrow(/at least two rows, got 0/);
    const unknown = ofUnknownLength(fromArray([[1, 2]]));
    await expect(twoPass(unknown, { clusters: 1 })).rejects.toThrow(/at least two rows, but the data had 1/);
  });
});
