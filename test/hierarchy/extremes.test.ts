/** Numbers that are too large or too small to be squared, and distances below 0: right, or refused. */
import { afterAll, describe, expect, test } from 'vitest';
import {
  calinskiHarabasz,
  close,
  cophenet,
  daviesBouldin,
  fcluster,
  inconsistent,
  kmeans,
  type LinkageOptions,
  linkage,
  METHODS,
  pdist,
  silhouette,
  twoPass,
  whiten,
} from '../../src/index.ts';
import { fromArray } from '../../src/sources/index.ts';

afterAll(() => close());

const labels = [0, 1, 0, 1, 0];

describe('numbers near the end of float64', () => {
  const FAR: [string, number[][]][] = [
    ['1e308', [[1e308], [-1e308], [1e308], [-1e308], [0]]],
    ['1e308, near 1e308', [[1e308], [1.5e308], [1.1e308], [1.6e308], [1.2e308]]],
    ['1e155', [[1e155], [-1e155], [1.1e155], [-1.2e155], [0]]],
  ];
  test.each(FAR)('%s: every index and k-means are refused', async (_, X) => {
    for (const call of [silhouette, daviesBouldin, calinskiHarabasz]) {
      await expect(call(X, labels)).rejects.toMatchObject({ code: 'ERR_RANGE' });
    }
    await expect(kmeans(X, { k: 1 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
    await expect(kmeans(X, { k: 1, nInit: 3 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
    expect(() => whiten(X)).toThrow(/^X: column 0 has squares that overflow float64/);
  });

  test('sums of squares beyond float64 are refused too', async () => {
    const X = Array.from({ length: 40 }, (_, i) => [i % 2 ? 1e154 : -1e154, i * 1e152]);
    const halves = X.map((_, i) => (i < 20 ? 0 : 1));
    await expect(calinskiHarabasz(X, halves)).rejects.toMatchObject({ code: 'ERR_RANGE' });
    await expect(kmeans(X, { k: 1 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  });

  test.each([1e200, 1e-200, 1.5e300, 1e-300])('trees whose heights are of the order of %d', (unit) => {
    const Z = new Float64Array([0, 1, 1, 2, 2, 3, 1.5, 2, 4, 5, 3, 4, 6, 7, 10, 5].map((x) => x));
    const scaled = Z.map((x, i) => (i % 4 === 2 ? x * unit : x));
    const y = Float64Array.of(1, 3, 3.5, 9, 4, 3.2, 10, 1.5, 11, 8);
    const wanted = cophenet(Z, y).correlation;
    expect(
      cophenet(
        scaled,
        y.map((x) => x * unit),
      ).correlation,
    ).toBeCloseTo(wanted, 12);
    expect(cophenet(scaled, y).correlation).toBeCloseTo(wanted, 12);
    const [R, S] = [inconsistent(Z), inconsistent(scaled)];
    R.forEach((x, i) => {
      if (i % 4 < 2) expect(Math.abs(S[i] / unit - x)).toBeLessThanOrEqual(1e-12 * (1 + x));
      else expect(S[i]).toBeCloseTo(x, 12);
    });
    for (const t of [0.5, 0.8, 1, 1.2]) expect(fcluster(scaled, t)).toEqual(fcluster(Z, t));
  });
});

describe('distances below 0', () => {
  const n = 6;
  const y = Float64Array.from({ length: 15 }, (_, k) => 1 + ((k * 7) % 11));

  test.each(METHODS)('%s: refused, with the pair, in memory of any size', async (method) => {
    for (const type of [Float64Array, Float32Array]) {
      const bad = type.from(y);
      bad[7] = -0.5;
      bad[9] = -2;
      await expect(linkage(bad, { method })).rejects.toThrow(
        'the distance between rows 2 and 3 is -2; distances are 0 or more',
      );
    }
    const large = new Float64Array((1200 * 1199) / 2).fill(1);
    large[5] = -1;
    await expect(linkage(large, { method })).rejects.toThrow('between rows 0 and 6 is -1');
  });

  test.each(METHODS)('%s: what rounding leaves below 0 is 0, which is said', async (method) => {
    for (const rows of [n, 1100]) {
      const zero = Float64Array.from(
        { length: (rows * (rows - 1)) / 2 },
        (_, k) => 1 + ((k * 7919) % 10007) / 10007,
      );
      zero[4] = 0;
      const below = zero.slice();
      below[4] = -2.220446049250313e-16;
      for (const memoryLimit of ['1GB', rows === n ? '1GB' : '7MB']) {
        const codes: string[] = [];
        const options: LinkageOptions = { method, memoryLimit, onWarning: ({ code }) => codes.push(code) };
        const wanted = await linkage(zero, options);
        expect(codes).toEqual([]);
        expect(await linkage(below, options)).toEqual(wanted);
        expect(codes).toEqual(['NEGATIVE']);
      }
      expect(below[4]).toBeLessThan(0);
    }
  });

  test('those of 1 - corr', async () => {
    const corr = Float64Array.of(1.0000000000000002, 0.5, 0.4, 0.51, 0.41, 0.8);
    const Z = await linkage(
      corr.map((r) => 1 - r),
      { method: 'average', onWarning: () => {} },
    );
    expect(Array.from(Z.subarray(0, 4))).toEqual([0, 1, 0, 2]);
    // Similarities that were taken for distances.
    await expect(linkage(Float64Array.of(0.9, -0.2, 0.1))).rejects.toThrow(
      /rows 0 and 2 is -0.2.*take 1 - s/,
    );
  });

  test('of functions and of metrics, in two passes and in orders of leaves', async () => {
    const X = [
      [1, 2],
      [3, -4],
      [5, 6],
      [2, -2],
    ];
    await expect(linkage(X, { metric: (a, b) => a[0] - b[0] })).rejects.toThrow(
      /is -4; distances are 0 or more/,
    );
    const dice = [
      [1, -1, 4],
      [-2, 1, 1],
      [3, 3, 1],
      [2, 5, 1],
    ];
    const least = Math.min(...(await pdist(dice, 'dice')));
    expect(least).toBeLessThan(0);
    for (const method of ['single', 'average'] as const) {
      await expect(linkage(dice, { method, metric: 'dice' })).rejects.toThrow(
        `is ${least}; distances are 0 or more`,
      );
      await expect(twoPass(fromArray(dice), { clusters: 2, method, metric: 'dice' })).rejects.toThrow(
        /0 or more/,
      );
    }
  });
});
