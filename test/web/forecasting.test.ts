/** What the page says about the time, by its formula. */
import { expect, test } from 'vitest';
import { type Load, secondsFor, trialShape } from '../../src/web/worker/forecasting.ts';

const LOAD: Load = {
  sample: 3000,
  rows: 1e6,
  cols: 50,
  rowsPerSecond: 1e5,
  trial: { rows: 1500, cols: 50, seconds: 0.1 },
  projection: 4e7,
};

test('distances and merges go with the square of the rows, reading with all of them', () => {
  const seconds = secondsFor(LOAD);
  expect(seconds.sample).toBe(10);
  expect(seconds.label).toBe(13);
  expect(seconds.distances + seconds.linkage).toBeCloseTo(1.4 * 0.1 * 4);
  expect(secondsFor({ ...LOAD, sample: 6000 }).distances).toBeCloseTo(4 * seconds.distances);
});

test('picking leaders and the picture count', () => {
  const seconds = secondsFor(LOAD);
  expect(seconds.leaders).toBeCloseTo(seconds.distances);
  expect(seconds.projection).toBeCloseTo(0.1);
  expect(secondsFor({ ...LOAD, projection: 8e8 }).projection).toBeCloseTo(2);
});

test('columns count: those of the trial are in its time, more take as many times longer', () => {
  const wide = {
    ...LOAD,
    sample: 60,
    rows: 60,
    cols: 300_000,
    trial: { rows: 63, cols: 30_000, seconds: 0.1 },
  };
  const seconds = secondsFor(wide);
  for (const name of ['distances', 'linkage', 'leaders'] as const) {
    expect(seconds[name]).toBeCloseTo(10 * secondsFor({ ...wide, cols: 30_000 })[name]);
  }
});

test('a trial is small whatever the columns', () => {
  for (const columns of [1, 50, 10_000, 1e6, 1e8]) {
    const { rows, cols } = trialShape(columns);
    expect(rows).toBeGreaterThanOrEqual(32);
    expect(rows * cols * 8).toBeLessThan(20e6);
    expect(cols).toBe(Math.min(columns, 30_000));
  }
});

test('a few rows take no less than their part of the trial', () => {
  const few = secondsFor({ ...LOAD, sample: 150 });
  expect(few.distances + few.linkage).toBeCloseTo(1.4 * 0.1 * 0.1);
});
