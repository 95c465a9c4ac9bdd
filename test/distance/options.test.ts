import { describe, expect, test } from 'vitest';
import { cdist, linkage, METRICS, type Metric, type MetricOptions, pdist } from '../../src/index.ts';
import { distance } from '../reference/distances.ts';

const X = [
  [1, 2, 3],
  [4, 4, 1],
  [0, 7, 2],
  [5, 1, 1],
  [2, 2, 9],
];
const ask = (metric: unknown, options: unknown = {}, rows: number[][] = X) =>
  pdist(rows, metric as Metric, options as MetricOptions);

describe('names of metrics', () => {
  test('one that is not known: all that are, and what may have been meant', async () => {
    await expect(ask('nonsense')).rejects.toThrow(RangeError);
    await expect(ask('nonsense')).rejects.toThrow(
      METRICS.map((name) => `'${name}'`)
        .slice(0, -1)
        .join(', '),
    );
    await expect(ask('euclidian')).rejects.toThrow("did you mean 'euclidean'?");
    await expect(ask('Euclidean')).rejects.toThrow("did you mean 'euclidean'?");
    await expect(ask('manhattan')).rejects.toThrow("did you mean 'cityblock'?");
    await expect(ask('cossine')).rejects.toThrow("did you mean 'cosine'?");
    await expect(ask('nonsense')).rejects.not.toThrow('did you mean');
  });

  test('what is no name', async () => {
    for (const metric of [3, null, {}, Symbol('x')]) await expect(ask(metric)).rejects.toThrow(TypeError);
  });
});

describe('options of metrics', () => {
  test('a metric refuses those that it does not take, as SciPy does', async () => {
    const all = {
      p: 2,
      w: [1, 1, 1],
      V: [1, 1, 1],
      VI: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    };
    for (const metric of METRICS) {
      for (const [option, value] of Object.entries(all)) {
        const takes =
          option === 'w'
            ? !['jensenshannon', 'mahalanobis', 'rmsd', 'seuclidean'].includes(metric)
            : { p: 'minkowski', V: 'seuclidean', VI: 'mahalanobis' }[option] === metric;
        const call = ask(metric, { [option]: value });
        if (takes) await expect(call).resolves.toHaveLength(10);
        else await expect(call, `${metric} ${option}`).rejects.toThrow(`takes no option ${option}`);
        if (!takes) await expect(ask(metric, { [option]: value })).rejects.toThrow(TypeError);
      }
    }
  });

  test('weights must be one a column and not negative', async () => {
    await expect(ask('euclidean', { w: [1, 2] })).rejects.toThrow(RangeError);
    await expect(ask('euclidean', { w: [1, 2] })).rejects.toThrow('3 columns, got 2');
    await expect(ask('euclidean', { w: [1, 1, -1] })).rejects.toThrow('w[2] must be 0 or more, got -1');
    await expect(ask('euclidean', { w: [1, 1, Number.NaN] })).rejects.toThrow(RangeError);
    await expect(ask('euclidean', { w: 'abc' })).rejects.toThrow(TypeError);
    await expect(ask('euclidean', { w: [1, 1, '1'] })).rejects.toThrow(TypeError);
    await expect(ask('euclidean', { w: [0, 0, 0] })).resolves.toEqual(new Float64Array(10));
  });

  test('p, V and VI', async () => {
    await expect(ask('minkowski', { p: 'two' })).rejects.toThrow(TypeError);
    await expect(ask('minkowski', { p: Number.NaN })).rejects.toThrow(RangeError);
    await expect(ask('seuclidean', { V: [1, 1] })).rejects.toThrow(RangeError);
    await expect(ask('seuclidean', { V: [1, -1, 1] })).rejects.toThrow(RangeError);
    await expect(
      ask('mahalanobis', {
        VI: [
          [1, 0],
          [0, 1],
        ],
      }),
    ).rejects.toThrow(RangeError);
    await expect(ask('mahalanobis', { VI: 4 })).rejects.toThrow(TypeError);
  });

  test('V and VI default to those of the rows; of cdist, of both sides', async () => {
    const cols = [0, 1, 2].map((k) => X.map((row) => row[k]));
    const mean = (x: number[]) => x.reduce((a, b) => a + b) / x.length;
    const V = Float64Array.from(cols, (c) => c.reduce((s, x) => s + (x - mean(c)) ** 2, 0) / (c.length - 1));
    const seuclidean = await ask('seuclidean');
    expect(seuclidean[0]).toBeCloseTo(distance('seuclidean', X[0], X[1], { V }), 13);
    const both = await cdist(X.slice(0, 2), X.slice(2), 'seuclidean');
    expect(both.data[0]).toBeCloseTo(seuclidean[1], 13);
    const mahalanobis = await ask('mahalanobis');
    const across = await cdist(X.slice(0, 2), X.slice(2), 'mahalanobis');
    expect(across.data[1]).toBeCloseTo(mahalanobis[2], 12);
  });

  test('mahalanobis needs more rows than columns, and columns that do not depend on one another', async () => {
    await expect(ask('mahalanobis', {}, X.slice(0, 3))).rejects.toThrow(
      'at least 4 rows of 3 columns; got 3 rows',
    );
    const copies = X.map(([a, b]) => [a, b, 0]);
    await expect(ask('mahalanobis', {}, copies)).rejects.toThrow('singular');
  });

  test('of one row there is no distance, but the options are looked at', async () => {
    for (const metric of METRICS) {
      await expect(ask(metric, {}, [[1, 2, 3]])).resolves.toEqual(new Float64Array(0));
    }
    await expect(ask('euclidean', { w: [1] }, [[1, 2, 3]])).rejects.toThrow(RangeError);
    await expect(ask('rmsd', {}, [[1, 2]])).rejects.toThrow(RangeError);
    expect(await cdist([[1, 2]], [[3, 5]], 'cityblock')).toEqual({
      data: Float64Array.of(5),
      rows: 1,
      cols: 1,
    });
  });

  test('linkage passes them on', async () => {
    const w = [1, 0.5, 3];
    for (const [method, metric, options] of [
      ['average', 'cityblock', { w }],
      ['single', 'minkowski', { p: 3 }],
      ['complete', 'seuclidean', {}],
      ['weighted', 'mahalanobis', {}],
      ['average', 'canberra', {}],
    ] as const) {
      const Z = await linkage(X, { method, metric, ...options, optimalOrdering: true });
      const wanted = await linkage(await ask(metric, options), { method, optimalOrdering: true });
      expect(Z).toEqual(wanted);
    }
    const wards = await linkage(X, { method: 'ward', w });
    const wanted = await linkage(await ask('euclidean', { w }), { method: 'ward' });
    wards.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 12);
    });
    await expect(linkage(X, { metric: 'cityblock', p: 2 })).rejects.toThrow(TypeError);
  });

  test('linkage names the rows that have no distance', async () => {
    const zero = [
      [1, 1],
      [2, 1],
      [0, 0],
    ];
    await expect(linkage(zero, { metric: 'cosine' })).rejects.toThrow('between rows 0 and 2 is NaN');
    await expect(
      linkage(
        [
          [1, 0],
          [1, 0],
        ],
        { metric: 'kulczynski1' },
      ),
    ).rejects.toThrow('Infinity');
    await expect(
      linkage(
        [
          [1, Number.NaN],
          [1, 0],
          [2, 3],
        ],
        { metric: 'mahalanobis' },
      ),
    ).rejects.toThrow('row 0, column 1');
  });
});
