/** Rows that are finite and have no distance by a metric are bad rows, as those with NaN are. */
import { describe, expect, test } from 'vitest';
import {
  assign,
  BadRowError,
  BatchClustering,
  createModel,
  kmeans,
  type Metric,
  memoryStore,
  type TwoPassOptions,
  twoPass,
} from '../../src/index.ts';
import { fromArray } from '../../src/sources/index.ts';
import { Random } from '../../src/support/numbers/random.ts';
import { ofUnknownLength } from './fixtures.ts';

const N = 120;
const COLS = 5;
/** Positive rows with two that a metric cannot place, and one that nothing can. */
function rowsWith(element: 'f4' | 'f8', flaw: number[] | undefined) {
  const random = new Random(3);
  const data = Array.from({ length: N * COLS }, () => 0.5 + random.float());
  if (flaw) for (const row of [37, 90]) data.splice(row * COLS, COLS, ...flaw);
  data[71 * COLS + 2] = flaw ? Number.NaN : 1;
  const Numbers = element === 'f4' ? Float32Array : Float64Array;
  return { data: Numbers.from(data), rows: N, cols: COLS };
}

const zeros = [0, 0, 0, 0, 0];
const FLAWS: [Metric, number[], string][] = [
  ['cosine', zeros, 'is all zeros'],
  ['correlation', zeros, 'is all the same number'],
  ['correlation', [0.1, 0.1, 0.1, 0.1, 0.1], 'is all the same number'],
  ['jensenshannon', zeros, 'is all zeros'],
  ['jensenshannon', [1, 2, -1, 0, 0], 'has a negative number'],
];

describe.each(FLAWS)('%s with rows %j', (metric, flaw, why) => {
  const options: TwoPassOptions = { clusters: 3, metric, method: 'average', onWarning: () => {} };
  const message = new RegExp(`row 37 ${why}.*no distance by metric '${metric}'`);
  const bad = [37, 71, 90];

  test.each(['f4', 'f8'] as const)(
    '%s: refused with the row of the data, before the tree',
    async (element) => {
      const source = fromArray(rowsWith(element, flaw));
      for (const more of [{}, { stride: 37 }, { sample: N - 1, seed: 4 }, { chunkRows: 7 }]) {
        const phases = new Set<string>();
        const onProgress = ({ phase }: { phase: string }) => phases.add(phase);
        const work = twoPass(source, { ...options, ...more, onProgress });
        await expect(work).rejects.toThrow(message);
        await expect(work).rejects.toBeInstanceOf(BadRowError);
        expect([...phases]).toEqual(['sample']);
      }
      await expect(twoPass(ofUnknownLength(source), options)).rejects.toThrow(message);
    },
  );

  test.each(['f4', 'f8'] as const)('%s: left out where bad rows are, in both passes', async (element) => {
    const clean = fromArray(rowsWith(element, undefined));
    const source = fromArray(rowsWith(element, flaw));
    for (const from of [source, ofUnknownLength(source)]) {
      for (const chunkRows of [7, 64, 200]) {
        const warnings: string[] = [];
        const fit = await twoPass(from, {
          ...options,
          ...{ chunkRows, onBadRow: 'skip', onWarning: ({ message }) => warnings.push(message) },
        });
        expect(fit.sampleRows.length).toBe(N - 3);
        expect(warnings[0]).toMatch(/3 rows skipped as bad; the first: .*row 37 /);
        const labels = await fit.labels();
        expect([...labels].flatMap((label, i) => (label === 0 ? [i] : []))).toEqual(bad);
      }
    }
    const model = (await twoPass(clean, { ...options, stride: 3 })).model;
    await expect(async () => {
      for await (const _ of assign(source, model, { threads: 2 }));
    }).rejects.toThrow(message);
    for (const chunkRows of [1, 50, 200]) {
      const none: number[] = [];
      for await (const { start, labels, nearest, distances } of assign(source, model, {
        ...{ chunkRows, onBadRow: 'skip', onWarning: () => {} },
      })) {
        labels.forEach((label, i) => {
          if (label !== 0) return;
          none.push(start + i);
          expect(nearest[i]).toBe(-1);
          expect(distances[i]).toBeNaN();
        });
      }
      expect(none).toEqual(bad);
    }
  });

  test('no leader', async () => {
    const model = createModel({ leaders: [[1, 2, 3, 4, 5], flaw], labels: [1, 2], metric });
    await expect(assign([[1, 2, 3, 4, 6]], model).next()).rejects.toThrow(/leaders of the model: row 1 /);
  });
});

test('the first bad row is named, whichever kind it is', async () => {
  const X = rowsWith('f8', zeros);
  X.data.fill(0, 100 * COLS, 101 * COLS);
  X.data[20 * COLS] = Number.POSITIVE_INFINITY;
  for (const chunkRows of [3, 200]) {
    const work = twoPass(X, { clusters: 2, metric: 'cosine', method: 'average', chunkRows });
    await expect(work).rejects.toThrow(/row 20, column 0 is Infinity/);
  }
});

test('squares beyond float64, and below it', async () => {
  for (const size of [1e200, 1e-200]) {
    const X = [
      [size, 2 * size],
      [1, 2],
      [2, 1],
      [1, 1],
    ];
    const work = twoPass(X, { clusters: 2, metric: 'cosine', method: 'average' });
    await expect(work).rejects.toThrow(/row 0 has squares beyond float64/);
  }
});

test('kmeans by cosine and batches of its preclusters leave them out as well', async () => {
  const X = rowsWith('f8', zeros);
  const found = await kmeans(X, { k: 2, metric: 'cosine', onBadRow: 'skip', onWarning: () => {} });
  expect([37, 71, 90].map((row) => found.labels[row])).toEqual([-1, -1, -1]);
  const run = { store: memoryStore(), onWarning: () => {} };
  const batches = await BatchClustering.train(X, { k: 2, onBadRow: 'skip', ...run });
  await batches.precluster(X, { name: 'a', onBadRow: 'skip', onWarning: () => {} });
  const refining = { method: 'average', metric: 'cosine', clusters: 2 } as const;
  await expect(batches.labels(refining)).rejects.toThrow(/the batches: row 37 is all zeros/);
  const warnings: string[] = [];
  const onWarning = ({ message }: { message: string }) => warnings.push(message);
  const labels = await batches.labels({ ...refining, onBadRow: 'skip', onWarning });
  expect([...labels].flatMap((label, i) => (label === 0 ? [i] : []))).toEqual([37, 71, 90]);
  expect(warnings.join()).toMatch(/skipped as bad; the first: .*row (37|90)/);
});

test('two rows without a distance between them are rows of the data', async () => {
  const X = Array.from({ length: 40 }, (_, i) => [i % 20 === 5 ? 0 : 1 + i, i % 20 === 5 ? 0 : 2]);
  const work = twoPass(X, { clusters: 2, metric: 'braycurtis', method: 'average', stride: 5 });
  await expect(work).rejects.toThrow(
    /the distance between rows 5 and 25 of .* is NaN; .*rows of zeros have nothing to divide by/,
  );
});
