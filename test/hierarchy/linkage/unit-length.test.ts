/** Ward and centroid over cosine and correlation: Euclidean, over rows of length 1, in linkage and in two passes. */
import { describe, expect, test } from 'vitest';
import { type LinkageOptions, linkage, plan, type TwoPassOptions, twoPass } from '../../../src/index.ts';
import { differences, golden } from '../golden.ts';

const { meta, cases } = golden('linkage/unit_length.json');
const shape = { rows: meta.rows, cols: meta.cols };

describe.each(cases as { metric: 'cosine' | 'correlation'; method: 'ward' | 'centroid'; Z: number[] }[])(
  '$method over $metric',
  ({ metric, method, Z: wanted }) => {
    const X = { data: Float64Array.from(meta.data as number[]), ...shape };

    test("is SciPy's of rows of length 1, and says so", async () => {
      const warnings: string[] = [];
      const onWarning = ({ code, message }: { code: string; message: string }) =>
        warnings.push(`${code} ${message}`);
      const Z = await linkage(X, { method, metric, onWarning });
      expect(differences(Z, wanted)).toEqual([]);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(new RegExp(`^UNIT_LENGTH ${method} over ${metric}: .*length 1.*Euclidean`));
      const fit = await twoPass(X, { clusters: 4, method, metric, stride: 1, onWarning });
      expect(differences(fit.linkage, wanted)).toEqual([]);
      expect(fit.plan.tree).toBe('linear');
      expect(warnings[1]).toBe(warnings[0]);
    });

    test('of float32 rows the same to seven digits', async () => {
      const single = { data: Float32Array.from(X.data), ...shape };
      const Z = await linkage(single, { method, metric, onWarning: () => {} });
      for (let i = 2; i < Z.length; i += 4) expect(Z[i]).toBeCloseTo(wanted[i], 5);
    });

    test('needs no matrix, and takes none', async () => {
      const { bytes } = plan(
        { rows: 50_000, cols: 8, dtype: 'f4' },
        { clusters: 2, method, metric, sample: 50_000 },
      );
      expect(bytes.fit).toBeLessThan(60e6);
      const options: LinkageOptions & TwoPassOptions = { clusters: 2, method, metric, strategy: 'matrix' };
      const { clusters: _, ...rest } = options;
      await expect(linkage(X, rest)).rejects.toThrow(
        /strategy 'matrix' is not for method .*rows of length 1/,
      );
      await expect(twoPass(X, options)).rejects.toThrow(/strategy 'matrix' is not for method/);
    });
  },
);

test('median stays refused, in both', async () => {
  const X = [
    [1, 2],
    [2, 1],
    [3, 5],
  ];
  const refused = /method 'median' is defined for Euclidean distances; got metric 'cosine'/;
  await expect(linkage(X, { method: 'median', metric: 'cosine' })).rejects.toThrow(refused);
  await expect(twoPass(X, { clusters: 2, method: 'median', metric: 'cosine' })).rejects.toThrow(refused);
});
