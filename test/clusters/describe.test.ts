/** What describes clusters, against pandas, scikit-learn and SciPy (golden/clusters/describe.json), and by properties. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  BadRowError,
  type ClusterColumn,
  close,
  crossTable,
  describeClusters,
  fcluster,
  linkage,
  type Matrix,
  MemoryLimitError,
  pdist,
  representatives,
  type Source,
  silhouette,
  squareform,
} from '../../src/index.ts';

interface Case {
  X: number[];
  rows: number;
  cols: number;
  labels: number[];
  columns: Record<'mean' | 'spread' | 'otherMean' | 'otherSpread' | 'effect', (number | 'NaN')[]>[];
  medoids: Record<'euclidean' | 'cityblock' | 'cosine', number[]>;
  nearest: number[];
  categories: string[];
  counts: number[];
  tableColumns: string[];
  adjustedRand: number;
  silhouettes: number[];
}
const { cases } = JSON.parse(readFileSync('test/golden/clusters/describe.json', 'utf8')) as { cases: Case[] };

afterAll(() => close());

function near(got: number, wanted: number | 'NaN', tolerance = 1e-9): void {
  if (wanted === 'NaN') expect(got).toBeNaN();
  else expect(Math.abs(got - wanted)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(wanted)));
}

/** A source of a matrix, in chunks of at most `most` rows. */
function inChunks(data: Float64Array, cols: number, most: number, more: Partial<Source> = {}): Source {
  const rows = data.length / cols;
  return {
    ...{ cols, rows, dtype: 'f8', name: 'rows.csv', ...more },
    async *chunks() {
      for (let start = 0; start < rows; start += most) {
        const end = Math.min(rows, start + most);
        yield { start, rows: end - start, cols, data: data.slice(start * cols, end * cols) };
      }
    },
  };
}

describe.each(cases)('as pandas, scikit-learn and SciPy: $rows x $cols', (c) => {
  const X = { data: Float64Array.from(c.X), rows: c.rows, cols: c.cols };

  test('means, spreads and effects of the columns of each cluster', async () => {
    const { clusters, unclustered, skipped } = await describeClusters(X, c.labels);
    expect([unclustered, skipped]).toEqual([0, 0]);
    expect(clusters.map(({ cluster }) => cluster)).toEqual(c.columns.map((_, i) => i));
    clusters.forEach(({ cluster, rows, share, columns }) => {
      expect(rows).toBe(c.labels.filter((label) => label === cluster).length);
      expect(share).toBe(rows / c.rows);
      const effects = columns.map(({ effect }) => Math.abs(effect));
      expect(effects).toEqual([...effects].sort((a, b) => b - a));
      for (const column of columns) {
        for (const [key, values] of Object.entries(c.columns[cluster])) {
          near(column[key as keyof ClusterColumn] as number, values[column.column], 1e-7);
        }
      }
    });
  });

  test('medoids by three metrics, also of distances', async () => {
    for (const [metric, rows] of Object.entries(c.medoids)) {
      const found = await representatives(X, c.labels, { metric: metric as 'cosine' });
      expect(found.rows).toEqual(rows);
      const y = await pdist(X, metric as 'cosine');
      expect((await representatives(y, c.labels)).rows).toEqual(rows);
      const square = squareform(y) as Matrix;
      expect((await representatives(square, c.labels, { metric: 'precomputed' })).rows).toEqual(rows);
    }
  });

  test('rows nearest to means, and means', async () => {
    expect((await representatives(X, c.labels, { pick: 'nearest' })).rows).toEqual(c.nearest);
    const { vectors, rows } = await representatives(X, c.labels, { pick: 'mean' });
    expect(rows).toEqual(c.columns.map(() => -1));
    vectors?.data.forEach((x, at) => {
      near(x, c.columns[Math.floor(at / c.cols)].mean[at % c.cols]);
    });
  });

  test('the cross table, and silhouettes by cluster', async () => {
    const table = crossTable(c.labels, c.categories);
    expect(table.categories).toEqual(c.tableColumns);
    expect(table.counts.flat()).toEqual(c.counts);
    near(table.adjustedRand, c.adjustedRand);
    if (c.columns.length >= c.rows) return;
    const { clusters } = await silhouette(X, c.labels);
    clusters.forEach(({ mean }, i) => {
      near(mean, c.silhouettes[i]);
    });
  });
});

test('results do not depend on chunks, nor on whether rows are in memory', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 31 }),
      // Squares of smaller numbers underflow, which is refused.
      fc.infiniteStream(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((x) => (Math.abs(x) < 1e-100 ? 0 : x)),
      ),
      fc.infiniteStream(fc.integer({ min: -1, max: 3 })),
      async (rows, cols, most, numbers, clusters) => {
        const data = Float64Array.from({ length: rows * cols }, () => numbers.next().value as number);
        const labels = Array.from({ length: rows }, () => clusters.next().value as number);
        labels[0] = 2;
        const X = { data, rows, cols };
        const source = () => inChunks(data, cols, most);
        expect(await describeClusters(source(), labels)).toEqual(await describeClusters(X, labels));
        for (const pick of ['medoid', 'nearest', 'mean'] as const) {
          const one = await representatives(X, labels, { pick });
          expect(await representatives(source(), labels, { pick })).toEqual(one);
          one.rows.forEach((row, i) => {
            if (row >= 0) expect(labels[row]).toBe(one.clusters[i]);
          });
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("medoids of a tree of one's own; one and two rows; ties go to the first row", async () => {
  const X = [[0], [1], [2], [10], [11], [50]];
  const T = fcluster(await linkage(X), 3, { criterion: 'maxclust' });
  const { clusters, rows, sizes, vectors } = await representatives(X, T);
  expect(clusters).toEqual([...new Set(T)].sort());
  expect(clusters.map((label) => rows[clusters.indexOf(label)])).toEqual(
    clusters.map((label) => ({ [T[0]]: 1, [T[3]]: 3, [T[5]]: 5 })[label]),
  );
  expect([...sizes].sort()).toEqual([1, 2, 3]);
  expect(vectors?.rows).toBe(3);
  const manhattan = (u: ArrayLike<number>, v: ArrayLike<number>) => Math.abs(u[0] - v[0]);
  expect(await representatives(X, T, { metric: manhattan })).toEqual(await representatives(X, T));
});

test('a cluster alone, a cluster of one row, and columns that do not vary', async () => {
  const alone = await describeClusters(
    [
      [1, 5],
      [3, 5],
    ],
    [7, 7],
    { names: ['a', 'b'] },
  );
  expect(alone.clusters).toEqual([
    {
      cluster: 7,
      rows: 2,
      share: 1,
      columns: [
        { column: 0, name: 'a', mean: 2, spread: Math.SQRT2, otherMean: NaN, otherSpread: NaN, effect: NaN },
        { column: 1, name: 'b', mean: 5, spread: 0, otherMean: NaN, otherSpread: NaN, effect: NaN },
      ],
    },
  ]);
  const two = await describeClusters(
    [
      [1, 5],
      [3, 5],
    ],
    [0, 1],
  );
  expect(two.clusters[0].columns).toEqual([
    { column: 0, mean: 1, spread: NaN, otherMean: 3, otherSpread: NaN, effect: -Infinity },
    { column: 1, mean: 5, spread: NaN, otherMean: 5, otherSpread: NaN, effect: 0 },
  ]);
});

test('digits are kept far from the origin, and where clusters are far apart', async () => {
  const X = Array.from({ length: 300 }, (_, i) => [1e9 * (i % 3) + 1e-3 * (i % 7)]);
  const labels = X.map((_, i) => i % 3);
  const { clusters } = await describeClusters(X, labels);
  for (const { cluster, columns } of clusters) {
    const own = X.filter((_, i) => labels[i] === cluster).map(([x]) => x - 1e9 * cluster);
    const mean = own.reduce((a, b) => a + b) / own.length;
    const spread = Math.sqrt(own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (own.length - 1));
    near(columns[0].spread / spread, 1, 1e-6);
  }
});

describe('rows and labels that do not fit', () => {
  const X = [[1], [Number.NaN], [3]];

  test('bad rows are errors, or are left out and counted', async () => {
    await expect(describeClusters(X, [0, 0, 1])).rejects.toThrow(BadRowError);
    const { skipped, clusters } = await describeClusters(X, [0, 0, 1], { onBadRow: 'skip' });
    expect([skipped, clusters.map(({ rows }) => rows)]).toEqual([1, [1, 1]]);
    for (const pick of ['medoid', 'nearest', 'mean'] as const) {
      await expect(representatives(X, [0, 0, 1], { pick })).rejects.toThrow('row 1, column 0 is NaN');
      const found = await representatives(X, [0, 5, 1], { pick, onBadRow: 'skip' });
      expect([found.skipped, found.clusters, found.sizes]).toEqual([1, [0, 1], [1, 1]]);
    }
    const zero = representatives(
      [
        [1, 0],
        [0, 0],
        [2, 0],
      ],
      [0, 0, 0],
      { metric: 'cosine' },
    );
    await expect(zero).rejects.toThrow('row 1 is all zeros');
  });

  test('numbers of labels, and of rows that a source has', async () => {
    await expect(describeClusters(X, [0, 1])).rejects.toThrow('there are 3 rows and 2 labels');
    const data = Float64Array.of(1, 2, 3, 4);
    const unknown = { rows: undefined } as Partial<Source>;
    const short = describeClusters(inChunks(data, 1, 3, unknown), [0, 0, 0, 0, 0]);
    await expect(short).rejects.toThrow('rows.csv has 4 rows, and there are 5 labels');
    const long = describeClusters(inChunks(data, 1, 3, unknown), [0, 0, 0]);
    await expect(long).rejects.toThrow('rows.csv has more than 3 rows, and there are 3 labels');
    await expect(describeClusters([[1]], [-1])).rejects.toThrow('at least one row in a cluster');
    await expect(describeClusters([[1]], [0.5])).rejects.toThrow('labels[0] must be a whole number');
    const noise = await describeClusters([[1], [2], [3]], [0, -1, 1], { none: 0 });
    expect([noise.unclustered, noise.clusters.length]).toEqual([2, 1]);
  });

  test('options and limits', async () => {
    await expect(representatives(X, [0, 0, 0], { pick: 'mean', metric: 'cosine' })).rejects.toThrow(
      "'euclidean'",
    );
    await expect(representatives(X, [0, 0, 0], { pick: 'centre' as 'mean' })).rejects.toThrow(
      'medoid, nearest, mean',
    );
    await expect(representatives(Float64Array.of(1), [0, 0], { pick: 'mean' })).rejects.toThrow(
      'needs vectors',
    );
    await expect(describeClusters(X, [0, 0, 0], { names: [] })).rejects.toThrow('names must have one name');
    await expect(describeClusters(X, [0, 0, 0], { top: 0 })).rejects.toThrow(
      'top must be a whole number from 1',
    );
    const wide = { data: new Float64Array(1e6), rows: 1000, cols: 1000 };
    const labels = Array.from({ length: 1000 }, (_, i) => i);
    await expect(describeClusters(wide, labels, { memoryLimit: '10MB' })).rejects.toThrow(MemoryLimitError);
    await expect(representatives(wide, labels, { memoryLimit: '1MB' })).rejects.toThrow("pick 'nearest'");
  });

  test('categories', () => {
    expect(crossTable([1, 1, 2, -1], ['b', null, 10, 'b'])).toEqual({
      ...{ clusters: [1, 2], categories: [10, 'b'], adjustedRand: 1, left: 2 },
      counts: [
        [0, 1],
        [1, 0],
      ],
    });
    expect(() => crossTable([1], ['a', 'b'])).toThrow('there are 1 labels and 2 categories');
    expect(() => crossTable([1], [{}])).toThrow('categories[0] must be a text, a number or a boolean');
  });
});

describe('numbers beyond what squares can hold', () => {
  const labels = [1, 1, 2, 2];
  const column = (...values: number[]) => values.map((x) => [x]);
  test.each([
    [1e308, -1e308, 1, 2],
    [1e200, 2e200, 3e200, 4e200],
  ])('%d, %d, ...: refused', async (...values) => {
    await expect(describeClusters(column(...values), labels)).rejects.toThrow(
      'column 0 has numbers whose squares overflow float64; scale it down',
    );
  });
  test('differences of 1e-200: refused; beside others, or without any, they do not matter', async () => {
    await expect(describeClusters(column(1e-200, 2e-200, 3e-200, 4e-200), labels)).rejects.toThrow(
      'column 0 has differences whose squares underflow float64; scale it up',
    );
    const { clusters } = await describeClusters(column(1e-200, 2e-200, 3, 4), labels);
    expect(clusters[0].columns[0].effect).toBeCloseTo(-7, 10);
    expect((await describeClusters(column(5, 5, 5, 5), labels)).clusters[0].columns[0].effect).toBe(0);
  });
  test('means that overflow, and bad rows among distances', async () => {
    const X = column(1e308, -1e308, 1e308, 1);
    await expect(representatives(X, labels, { pick: 'mean' })).rejects.toThrow(
      /overflow float64; scale the data down/,
    );
    await expect(
      representatives(Float64Array.of(1, 2, 3, 4, 5, 6), labels, { onBadRow: 'skip' }),
    ).rejects.toThrow('option onBadRow does nothing for distances; leave it out');
  });
});
