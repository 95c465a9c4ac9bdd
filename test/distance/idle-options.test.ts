/** Options of a metric that would do nothing are refused. */
import { expect, test } from 'vitest';
import { cdist, linkage, optimalLeafOrdering, pdist, silhouette } from '../../src/index.ts';

const X = [[0], [1], [3], [7]];
const first = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.abs(a[0] - b[0]);

test.each([{ p: 3 }, { w: [1] }, { V: [1] }, { VI: [[1]] }])('%o beside a function', async (option) => {
  const Z = await linkage(X, { method: 'single' });
  const reason = 'does nothing where the metric is a function';
  await expect(pdist(X, first, option)).rejects.toThrow(reason);
  await expect(cdist(X, X, first, option)).rejects.toThrow(reason);
  await expect(linkage(X, { method: 'single', metric: first, ...option })).rejects.toThrow(reason);
  await expect(optimalLeafOrdering(Z, X, { metric: first, ...option })).rejects.toThrow(reason);
  await expect(silhouette(X, [1, 1, 2, 2], { metric: first, ...option })).rejects.toThrow(reason);
});

test('a metric and its options beside condensed distances', async () => {
  const y = await pdist(X);
  const Z = await linkage(y, { method: 'single' });
  const reason = 'does nothing for condensed distances';
  await expect(linkage(y, { method: 'single', p: 3 })).rejects.toThrow(reason);
  for (const option of [{ metric: 'cityblock' as const }, { p: 3 }]) {
    await expect(optimalLeafOrdering(Z, y, option)).rejects.toThrow(reason);
    await expect(silhouette(y, [1, 1, 2, 2], option)).rejects.toThrow(reason);
  }
});
