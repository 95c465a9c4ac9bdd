import { describe, expect, test } from 'vitest';
import { twoPass } from '../../src/index.ts';
import { blobs, CENTERS } from './fixtures.ts';

describe('leaders', () => {
  const { truth: _, ...X } = blobs(300, CENTERS, { spread: 8, element: 'f8' });
  const row = (i: number) => [...X.data.subarray(i * 3, i * 3 + 3)];
  const distance = (a: number[], b: number[]) => Math.hypot(...a.map((x, k) => x - b[k]));

  test('one medoid a cluster is the row with the least sum of distances to its cluster', async () => {
    const fit = await twoPass(X, { clusters: 7, stride: 2 });
    expect([...fit.model.labels]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    fit.leaderRows.forEach((leader, k) => {
      const members = [...fit.sampleRows].filter((_r, i) => fit.sampleLabels[i] === k + 1);
      const sums = members.map((a) => members.reduce((s, b) => s + distance(row(a), row(b)), 0));
      expect(leader).toBe(members[sums.indexOf(Math.min(...sums))]);
      expect([...fit.model.leaders.data.subarray(k * 3, k * 3 + 3)]).toEqual(row(leader));
    });
  });

  test('one centroid a cluster is its mean', async () => {
    const fit = await twoPass(X, { clusters: 5, stride: 2, leaders: { pick: 'centroid' } });
    fit.leaderRows.forEach((leader, k) => {
      const members = [...fit.sampleRows].filter((_r, i) => fit.sampleLabels[i] === k + 1);
      expect(leader).toBe(members.length === 1 ? members[0] : -1);
      for (let c = 0; c < 3; c++) {
        const mean = members.reduce((s, i) => s + row(i)[c], 0) / members.length;
        expect(fit.model.leaders.data[k * 3 + c]).toBeCloseTo(mean, 10);
      }
    });
  });

  test.each(['medoid', 'random'] as const)(
    '%s: several leaders are different rows of their own cluster, all of it if it is small',
    async (pick) => {
      const fit = await twoPass(X, { clusters: 40, stride: 3, leaders: { perCluster: 4, pick } });
      const labelOf = new Map([...fit.sampleRows].map((r, i) => [r, fit.sampleLabels[i]]));
      expect(new Set(fit.leaderRows).size).toBe(fit.leaderRows.length);
      fit.leaderRows.forEach((leader, i) => {
        expect(labelOf.get(leader)).toBe(fit.model.labels[i]);
      });
      for (let label = 1; label <= 40; label++) {
        const size = fit.sampleLabels.filter((l) => l === label).length;
        expect(fit.model.labels.filter((l) => l === label).length).toBe(Math.min(4, size));
      }
    },
  );

  test('the mean structure of turned copies of one frame is that frame', async () => {
    const frame = [0, 0, 0, 1, 0, 0, 1.5, 1.2, 0, 2, 1.4, 1.1];
    const turned = Array.from({ length: 12 }, (_x, i) => {
      const [c, s] = [Math.cos(i), Math.sin(i)];
      return frame.flatMap((_y, k) => {
        if (k % 3 !== 0) return [];
        const [x, y, z] = frame.slice(k, k + 3);
        return [c * x - s * y + i, s * x + c * y - i, z + 0.5 * i];
      });
    });
    const fit = await twoPass(turned, {
      clusters: 1,
      stride: 1,
      metric: 'rmsd',
      leaders: { pick: 'centroid' },
    });
    for await (const { distances } of fit.assign()) {
      for (const d of distances) expect(d).toBeLessThan(1e-6);
    }
  });
});
