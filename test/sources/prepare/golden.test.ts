/** prepare gives what scikit-learn and NumPy give (golden/prepare/preparing.json). */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type PrepareOptions, prepare, readMatrix } from '../../../src/sources/index.ts';

interface Case {
  name: string;
  dtype: 'f4' | 'f8';
  X: number[];
  rows: number;
  cols: number;
  mean: number[];
  sd: number[];
  [result: string]: unknown;
}

const { cases } = JSON.parse(readFileSync('test/golden/prepare/preparing.json', 'utf8')) as { cases: Case[] };

const CALLS: Record<string, PrepareOptions> = {
  zscore: { scale: 'zscore' },
  scaled: { scale: 'zscore', center: false },
  centred: { center: true },
  minmax: { scale: 'minmax' },
  unit: { unit: true },
  rowScores: { rows: 'zscore' },
  quantile: { quantile: true },
  quantileZscore: { quantile: true, scale: 'zscore' },
  log2: { log2: true },
  log1p: { log1p: true },
  log2zscore: { log2: true, scale: 'zscore' },
};

const calls = cases.flatMap((one) =>
  Object.keys(CALLS)
    .filter((call) => call in one)
    .map((call) => ({ name: one.name, call, one })),
);

it.each(calls)('$call of $name', async ({ call, one }) => {
  const { X, rows, cols, dtype } = one;
  const data = dtype === 'f4' ? Float32Array.from(X) : Float64Array.from(X);
  const source = await prepare({ data, rows, cols }, CALLS[call]);
  const found = await readMatrix(source);
  const expected = one[call] as number[];
  // scikit-learn rounds a mean of 1e6 to 1e-10.
  const relative = dtype === 'f4' ? 1e-6 : one.name === 'far from the origin' ? 1e-9 : 1e-12;
  const unit = Math.max(1e-300, ...expected.map(Math.abs)) * relative;
  expect(found.data.constructor).toBe(data.constructor);
  expected.forEach((x, i) => {
    expect(Math.abs(found.data[i] - x), `number ${i}`).toBeLessThanOrEqual(unit);
  });
  if (call !== 'zscore') return;
  const [{ subtract = [], divide = [] }] = source.preparation.steps;
  one.mean.forEach((mean, j) => {
    expect(Math.abs(subtract[j] - mean), `mean ${j}`).toBeLessThanOrEqual(1e-14 * Math.abs(mean) + 1e-17);
    expect(Math.abs(divide[j] - one.sd[j]), `deviation ${j}`).toBeLessThanOrEqual(1e-12 * one.sd[j]);
  });
});
