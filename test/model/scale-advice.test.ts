/** SCALES_DIFFER: when it is said, and when not. */
import { describe, expect, it } from 'vitest';
import { type CoppiceWarning, kmeans, type Metric, twoPass } from '../../src/index.ts';
import { adviseScales } from '../../src/model/scale-advice.ts';
import { fromArray, prepare } from '../../src/sources/index.ts';
import { Random } from '../../src/support/numbers/random.ts';

/** Rows of columns with these standard deviations, times about 0.29. */
function table(scales: readonly number[], rows = 200) {
  const random = new Random(1);
  const data = Float64Array.from({ length: rows * scales.length }, (_, i) => {
    return 5 + scales[i % scales.length] * random.float();
  });
  return { data, rows, cols: scales.length };
}

const advice = (scales: readonly number[], metric = 'euclidean', rows = 200, more: object = {}) => {
  const { data, cols } = table(scales, rows);
  return adviseScales({ cols, name: 't.csv', ...more }, metric, data, rows)?.message;
};

describe('advice about scales', () => {
  it('names the column with more than 90 % of the variance', () => {
    expect(advice([1, 10, 1])).toMatch(
      /^t\.csv: column 1 has 9\d\.?\d? % of the variance of all columns, so /,
    );
    expect(advice([1, 10], 'euclidean', 200, { columns: ['a', 'b'] })).toContain('column "b" has 9');
    expect(advice([1, 2, 1])).toBe(undefined);
  });

  it('names the columns whose deviations differ by more than 100 times', () => {
    expect(advice([1000, 1000, 1, 1000])).toMatch(
      /the standard deviation of column \d is 9\d0 times that of column 2/,
    );
    expect(advice([50, 50, 1, 50])).toBe(undefined);
  });

  it('says nothing of constant columns, few rows, trajectories, prepared rows and metrics of their own scale', () => {
    expect(advice([1, 0, 1])).toBe(undefined);
    expect(advice([1, 0])).toBe(undefined);
    expect(advice([1])).toBe(undefined);
    expect(advice([1, 1000], 'euclidean', 15)).toBe(undefined);
    expect(advice([1, 1000, 1], 'euclidean', 200, { atoms: 1 })).toBe(undefined);
    expect(advice([1, 1000], 'euclidean', 200, { preparation: { steps: [] } })).toBe(undefined);
    for (const metric of ['rmsd', 'hamming', 'canberra', 'braycurtis']) {
      expect(advice([1, 1000, 1], metric)).toBe(undefined);
    }
    for (const metric of ['cityblock', 'cosine', 'sqeuclidean'])
      expect(advice([1, 1000], metric)).toContain('column 1');
  });

  it('leaves out rows with NaN', () => {
    const { data, rows, cols } = table([1, 1]);
    data.fill(Number.NaN, 0, 2);
    data[5] = Number.POSITIVE_INFINITY;
    expect(adviseScales({ cols }, 'euclidean', data, rows)).toBe(undefined);
  });

  it('comes once from twoPass and kmeans, not for prepared rows, at every chunk size', async () => {
    const rows = fromArray(table([1, 1000]));
    const codes = async (run: (onWarning: (warning: CoppiceWarning) => void) => Promise<unknown>) => {
      const all: string[] = [];
      await run(({ code }) => all.push(code));
      return all.filter((code) => code === 'SCALES_DIFFER').length;
    };
    const metric: Metric = 'cityblock';
    expect(
      await codes((onWarning) => twoPass(rows, { clusters: 2, method: 'average', metric, onWarning })),
    ).toBe(1);
    expect(await codes((onWarning) => kmeans(rows, { k: 2, onWarning }))).toBe(1);
    expect(await codes((onWarning) => kmeans(rows, { k: 2, chunkRows: 40, sample: 50, onWarning }))).toBe(1);
    const prepared = await prepare(rows, { scale: 'minmax' });
    expect(await codes((onWarning) => twoPass(prepared, { clusters: 2, onWarning }))).toBe(0);
    expect(await codes((onWarning) => kmeans(prepared, { k: 2, onWarning }))).toBe(0);
  });
});
