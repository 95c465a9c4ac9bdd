/** Histograms of columns: numpy.histogram(values, 8), as its oracle and by its definition. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { histogramOf } from '../../src/sources/chunks/histogram.ts';
import { inspect } from '../../src/sources/index.ts';

const rangeOf = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];

it('is what NumPy gives', () => {
  const values = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55];
  // numpy.histogram(values, 8), NumPy 1.24
  expect(histogramOf(values, rangeOf(values))).toEqual({
    counts: [6, 2, 0, 1, 1, 0, 0, 1],
    edges: [0, 6.875, 13.75, 20.625, 27.5, 34.375, 41.25, 48.125, 55],
  });
  expect(histogramOf([7, 7], [7, 7])).toEqual({
    counts: [0, 0, 0, 0, 2, 0, 0, 0],
    edges: [6.5, 6.625, 6.75, 6.875, 7, 7.125, 7.25, 7.375, 7.5],
  });
  expect(histogramOf([], undefined)).toBe(undefined);
  expect(histogramOf([-1e308, 1e308], [-1e308, 1e308])).toBe(undefined);
});

it('counts every number once, between the edges of its part', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.array(double, { minLength: 1, maxLength: 60 }), (values) => {
      const found = histogramOf([...values, Number.NaN], rangeOf(values));
      if (!found) return;
      const { counts, edges } = found;
      expect(counts.reduce((a, b) => a + b)).toBe(values.length);
      for (const [i, count] of counts.entries()) {
        const inside = values.filter(
          (x) => x >= edges[i] && (x < edges[i + 1] || (i === 7 && x <= edges[8])),
        );
        // Parts of the least width have equal edges.
        if (edges.every((edge, k) => k === 0 || edge > edges[k - 1])) expect(count).toBe(inside.length);
      }
    }),
  );
});

it('inspect has one for each column of numbers, in text and in others', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => [i, i % 7 === 0 ? 90 : 1]);
  const csv = `who,a,b\n${rows.map(([a, b], i) => `p${i},${a},${b}`).join('\n')}`;
  const lines = rows.map(([a, b]) => JSON.stringify({ a, b })).join('\n');
  for (const [name, text] of [
    ['t.csv', csv],
    ['t.jsonl', lines],
  ]) {
    const { columns } = await inspect(new TextEncoder().encode(text), { name, onWarning() {} });
    const of = (wanted: string) => columns!.find((one) => one.name === wanted)?.histogram;
    expect(of('a')?.counts).toEqual([13, 12, 13, 12, 12, 13, 12, 13]);
    expect(of('b')).toEqual({
      counts: [85, 0, 0, 0, 0, 0, 0, 15],
      edges: [1, 12.125, 23.25, 34.375, 45.5, 56.625, 67.75, 78.875, 90],
    });
    expect(of('who')).toBe(undefined);
  }
});
