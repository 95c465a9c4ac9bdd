import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { assign, fcluster, linkage, type TwoPassOptions, twoPass } from '../../src/index.ts';
import { fromArray, open } from '../../src/sources/index.ts';
import { Random } from '../../src/support/numbers/random.ts';
import type { Matrix, Source } from '../../src/types.ts';
import { blobs, ofUnknownLength } from './fixtures.ts';

/** Two half-circles that reach into one another: single linkage tells them apart, medoids do not. */
function moons(n: number): Matrix {
  const random = new Random(7);
  const data = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const angle = Math.PI * random.float();
    const noise = () => 0.02 * (random.float() - 0.5);
    data[2 * i] = (i % 2 ? 1 - Math.cos(angle) : Math.cos(angle)) + noise();
    data[2 * i + 1] = (i % 2 ? 0.5 - Math.sin(angle) : Math.sin(angle)) + noise();
  }
  return { data, rows: n, cols: 2 };
}

const quiet = { onWarning: () => {} };

/** The labels of a fit, and what they have to be: the tree's for its rows, the nearest leader's for others. */
async function both(source: Source | Matrix, options: TwoPassOptions) {
  const fit = await twoPass(source, { ...quiet, ...options });
  const labels = await fit.labels();
  const byLeader: number[] = [];
  for await (const part of assign(source, fit.model, { onBadRow: options.onBadRow, ...quiet }))
    byLeader.push(...part.labels);
  const wanted = [...byLeader];
  fit.sampleRows.forEach((row, i) => {
    wanted[row] = fit.sampleLabels[i];
  });
  const own = [...fit.sampleRows].filter((row, i) => byLeader[row] === fit.sampleLabels[i]).length;
  return { fit, labels, byLeader, wanted, agreement: own / fit.sampleRows.length };
}

describe('rows that the tree holds keep its label', () => {
  const X = moons(300);
  const moonOf = (labels: ArrayLike<number>) => new Set(Array.from(labels, (l, i) => `${i % 2}: ${l}`)).size;

  test('two moons, all in the tree: labels are those of fcluster', async () => {
    const { fit, labels, byLeader, agreement } = await both(X, { clusters: 2, method: 'single' });
    expect(labels).toEqual(fcluster(await linkage(X, { method: 'single' }), 2, { criterion: 'maxclust' }));
    expect(moonOf(labels)).toBe(2);
    // The problem: a medoid of a curved cluster does not represent all of it.
    expect(moonOf(byLeader)).toBe(4);
    expect(fit.agreement).toBe(agreement);
    expect(fit.agreement).toBeLessThan(0.9);
  });

  test('relabel sends every row to its nearest leader', async () => {
    const fit = await twoPass(X, { clusters: 2, method: 'single', relabel: true, ...quiet });
    const { byLeader } = await both(X, { clusters: 2, method: 'single' });
    expect([...(await fit.labels())]).toEqual(byLeader);
    await expect(twoPass(X, { clusters: 2, relabel: 1 as never })).rejects.toThrow(
      /relabel must be true or false/,
    );
  });

  test.each([
    ['stride', { stride: 3 }],
    ['random', { sample: 40 }],
    ['centroids', { sample: 40, leaders: { pick: 'centroid' } }],
    ['several leaders', { stride: 2, leaders: { perCluster: 8 } }],
    ['more leaders than fit beside one another', { stride: 1, clusters: 150 }],
    ['cut by height', { stride: 2, clusters: { distance: 0.2 } }],
    ['profiles', { stride: 3, method: 'ward', profiles: true }],
    ['cosine', { stride: 2, metric: 'cosine', method: 'average' }],
    ['linear', { stride: 1, method: 'ward', strategy: 'linear' }],
  ] as [string, Partial<TwoPassOptions>][])(
    '%s, at any chunk size and number of threads',
    async (_, more) => {
      const options: TwoPassOptions = { clusters: 2, method: 'single', ...more };
      const { fit, labels, wanted, agreement } = await both(X, options);
      expect([...labels]).toEqual(wanted);
      expect(fit.agreement).toBe(agreement);
      for (const chunkRows of [1, 7, 64, 299, 300]) {
        const again = await twoPass(X, { ...options, ...quiet, chunkRows, threads: chunkRows % 2 ? 1 : 2 });
        expect([...(await again.labels())]).toEqual(wanted);
        expect(again.agreement).toBe(fit.agreement);
      }
    },
  );

  test('rmsd: frames in float32', async () => {
    const { truth: _, ...frames } = blobs(90, [[0, 0, 0, 5, 0, 0, 0, 5, 0, 1, 1, 1]], { spread: 4 });
    const { fit, labels, wanted, agreement } = await both(frames, { clusters: 6, stride: 1, metric: 'rmsd' });
    expect([...labels]).toEqual(wanted);
    expect([...labels]).toEqual([...fit.sampleLabels]);
    expect(fit.agreement).toBe(agreement);
    expect(fit.agreement).toBeLessThan(1);
  });

  test('a reservoir of unknown length, and rows that are skipped as bad', async () => {
    const bad = { ...X, data: X.data.slice() as Float64Array };
    for (const row of [0, 10, 11, 299]) bad.data[2 * row] = Number.NaN;
    for (const source of [fromArray(bad), ofUnknownLength(fromArray(bad))]) {
      for (const more of [{}, { sample: 30 }, { stride: 2 }]) {
        const options: TwoPassOptions = { clusters: 2, method: 'single', onBadRow: 'skip', ...more };
        const { fit, labels, wanted } = await both(source, options);
        expect([...labels]).toEqual(wanted);
        expect([0, 10, 11, 299].map((row) => labels[row])).toEqual([0, 0, 0, 0]);
        const again = await twoPass(source, { ...options, ...quiet, chunkRows: 9 });
        expect(again.sampleRows).toEqual(fit.sampleRows);
        expect(await again.labels()).toEqual(labels);
      }
    }
  });

  test('recut, with the sample kept', async () => {
    const options: TwoPassOptions = { clusters: 5, stride: 2, method: 'single', keepSample: true };
    const fit = await twoPass(X, { ...options, ...quiet });
    const again = await fit.recut(2);
    const { labels, fit: once } = await both(X, { ...options, clusters: 2 });
    expect(await again.labels()).toEqual(labels);
    expect(again.agreement).toBe(once.agreement);
    const relabelled = await twoPass(X, { ...options, ...quiet, relabel: true });
    expect(await (await relabelled.recut(2)).labels()).not.toEqual(labels);
  });

  test('distances are those to the nearest leader', async () => {
    const fit = await twoPass(X, { clusters: 2, method: 'single', ...quiet });
    const parts = [];
    for await (const part of fit.assign()) parts.push(part);
    for await (const part of assign(X, fit.model)) {
      const mine = parts.shift();
      expect(mine?.distances).toEqual(part.distances);
      expect(mine?.nearest).toEqual(part.nearest);
    }
  });

  test('many leaders are advised where few rows agree, unless the tree holds every row', async () => {
    const warnings: string[] = [];
    const onWarning = ({ code, message }: { code: string; message: string }) =>
      warnings.push(`${code} ${message}`);
    await twoPass(X, { clusters: 2, method: 'single', onWarning });
    expect(warnings).toEqual([]);
    await twoPass(X, { clusters: 2, method: 'single', stride: 3, onWarning });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^LOW_AGREEMENT \d+\.\d % of the sample's rows .*leaders\.perCluster is 1/);
    await twoPass(X, { clusters: 2, method: 'single', relabel: true, onWarning });
    expect(warnings).toHaveLength(2);
    await twoPass(X, { clusters: 2, method: 'single', stride: 3, leaders: { perCluster: 20 }, onWarning });
    expect(warnings).toHaveLength(2);
  });

  test('what the fit holds of its sample counts in the second pass', async () => {
    const shape = { rows: 100_000, cols: 4, dtype: 'f4' as const };
    const { plan } = await import('../../src/index.ts');
    const bytes = (sample: number, keepSample = false) =>
      plan(shape, { clusters: 2, sample, keepSample, chunkRows: 100 }).bytes.assign;
    expect(bytes(3000) - bytes(2000)).toBe(1000 * 44);
    expect(bytes(3000, true) - bytes(2000, true)).toBe(1000 * (44 + 16));
  });

  test('a source that gives a sampled row as bad in the second pass is told', async () => {
    let data = X.data;
    const source: Source = {
      ...fromArray(X),
      chunks: (options) => fromArray({ ...X, data }).chunks(options),
    };
    const fit = await twoPass(source, { clusters: 2, stride: 2, onBadRow: 'skip', ...quiet });
    data = X.data.slice() as Float64Array;
    data[2 * 100] = Number.NaN;
    await expect(fit.labels()).rejects.toThrow(/row 100 is bad now, but was good in the first pass/);
  });

  test('the example trajectory in six clusters: every frame is in the tree', async () => {
    const source = await open(fileURLToPath(new URL('../../examples/alanine-dipeptide.h5', import.meta.url)));
    const options: TwoPassOptions = { clusters: 6, stride: 1, method: 'average', metric: 'rmsd' };
    const { fit, labels, byLeader } = await both(source, options);
    expect(labels).toEqual(fcluster(fit.linkage, 6, { criterion: 'maxclust' }));
    expect(byLeader).not.toEqual([...labels]);
    expect(fit.agreement).toBeLessThan(1);
  });

  const iris = '../shared/cases/tables/iris_id.csv';
  test.skipIf(!existsSync(iris))(`iris (needs ${iris})`, async () => {
    const source = await open(iris, { columns: [1, 2, 3, 4] });
    const { fit, labels, byLeader, agreement } = await both(source, { clusters: 3 });
    expect(labels).toEqual(fcluster(fit.linkage, 3, { criterion: 'maxclust' }));
    expect(byLeader.filter((label, i) => label !== labels[i])).toHaveLength(2);
    expect(agreement).toBe(148 / 150);
    expect(fit.agreement).toBe(agreement);
  });
});
