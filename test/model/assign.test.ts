/** Rows to their nearest leaders, in every way that a run may be cut: beside `cdist`. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test, vi } from 'vitest';
import type { Metric } from '../../src/distance/metrics.ts';
import { assign, BadRowError, cdist, createModel } from '../../src/index.ts';
import { Random } from '../../src/support/numbers/random.ts';
import type { FloatArray, Matrix, Source } from '../../src/types.ts';

function clouds(rows: number, cols: number, seed: number, element: 'f4' | 'f8'): Matrix {
  const random = new Random(seed);
  const data = element === 'f4' ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  for (let i = 0; i < data.length; i++) data[i] = 2 * random.float() - 0.5;
  return { data, rows, cols };
}

async function all(X: Matrix, leaders: Matrix, metric: Metric, options: object) {
  const labels = Int32Array.from({ length: leaders.rows }, (_, i) => 3 * i + 1);
  const model = createModel({ leaders, labels, metric });
  const out = { labels: new Int32Array(X.rows), nearest: new Int32Array(X.rows), starts: [] as number[] };
  const distances: FloatArray = X.data.slice(0, X.rows);
  for await (const part of assign(X, model, options)) {
    out.starts.push(part.start);
    out.labels.set(part.labels, part.start);
    out.nearest.set(part.nearest, part.start);
    distances.set(part.distances, part.start);
  }
  return { ...out, distances };
}

describe.each(['f4', 'f8'] as const)('%s', (element) => {
  test.each([
    ['euclidean', 1],
    ['euclidean', 6],
    ['sqeuclidean', 9],
    ['euclidean', 10],
    ['sqeuclidean', 150],
    ['cosine', 30],
    ['cityblock', 12],
    ['chebyshev', 5],
  ] as const)('%s, %i leaders: what cdist gives, for all threads and chunks', async (metric, m) => {
    const X = clouds(2011, 19, 1, element);
    const leaders = clouds(m, 19, 2, element);
    // The same leader twice, and rows that are leaders.
    if (m > 3) leaders.data.copyWithin(19 * (m - 1), 19, 38);
    X.data.set(leaders.data.subarray(0, 19), 19 * 7);
    const { data: D } = await cdist(X, leaders, metric);
    const nearest = new Int32Array(X.rows);
    const distances = X.data.slice(0, X.rows);
    for (let i = 0; i < X.rows; i++) {
      const row = D.subarray(i * m, (i + 1) * m);
      row.forEach((value, j) => {
        if (value < row[nearest[i]]) nearest[i] = j;
      });
      distances[i] = row[nearest[i]];
    }
    for (const options of [
      { threads: 1 },
      { threads: 1, chunkRows: 1 },
      { threads: 1, chunkRows: 13 },
      { threads: 2, chunkRows: 500 },
      { threads: 3 },
    ]) {
      if (options.chunkRows === 1 && m !== 6 && m !== 10) continue;
      const got = await all(X, leaders, metric, options);
      expect(got.nearest).toEqual(nearest);
      expect(got.labels).toEqual(nearest.map((j) => 3 * j + 1));
      expect(got.distances).toEqual(distances);
    }
  });

  test.each([3, 40])('bad rows among %i leaders are named, or left out', async (m) => {
    const X = clouds(5000, 6, 5, element);
    const leaders = clouds(m, 6, 6, element);
    const clean = await all(X, leaders, 'euclidean', {});
    X.data[6 * 1234 + 2] = Number.NaN;
    X.data[6 * 1235] = Number.POSITIVE_INFINITY;
    X.data[6 * 4999 + 5] = Number.NEGATIVE_INFINITY;
    for (const options of [{ threads: 1 }, { threads: 1, chunkRows: 9 }, { threads: 2, chunkRows: 1000 }]) {
      const failed = all(X, leaders, 'euclidean', options);
      await expect(failed).rejects.toThrow(BadRowError);
      await expect(failed).rejects.toThrow(/row 1234, column 2 is NaN/);
      const warnings: string[] = [];
      const onWarning = ({ message }: { message: string }) => warnings.push(message);
      const got = await all(X, leaders, 'euclidean', { ...options, onBadRow: 'skip', onWarning });
      expect(warnings).toEqual([expect.stringMatching(/3 rows skipped.*row 1234/)]);
      for (let i = 0; i < X.rows; i++) {
        const bad = [1234, 1235, 4999].includes(i);
        if (got.labels[i] !== (bad ? 0 : clean.labels[i])) expect.fail(`label of row ${i}`);
        if (got.nearest[i] !== (bad ? -1 : clean.nearest[i])) expect.fail(`leader of row ${i}`);
        if (!Object.is(got.distances[i], bad ? Number.NaN : clean.distances[i]))
          expect.fail(`distance of row ${i}`);
      }
    }
  });

  test.each([3, 40])('a row beyond the range of its element is named, among %i leaders', async (m) => {
    const X = clouds(100, 6, 5, element);
    const leaders = clouds(m, 6, 6, element);
    X.data[6 * 77] = element === 'f4' ? 1e38 : 1e300;
    for (const threads of [1, 2]) {
      await expect(all(X, leaders, 'euclidean', { threads })).rejects.toThrow(
        /row 77 is so far from every leader/,
      );
    }
  });
});

test('rows that are longer than a block are given what cdist gives', async () => {
  const X = clouds(16, 2 ** 18, 3, 'f4');
  const leaders = { ...X, data: X.data.slice(0, 12 * X.cols), rows: 12 };
  const { data: D } = await cdist(X, leaders, 'euclidean', { threads: 1 });
  const distances = Float32Array.from({ length: 16 }, (_, i) => Math.min(...D.subarray(12 * i, 12 * i + 12)));
  for (const options of [
    { threads: 1, chunkRows: 8 },
    { threads: 1, chunkRows: 16 },
    { threads: 2, chunkRows: 16 },
  ]) {
    expect((await all(X, leaders, 'euclidean', options)).distances).toEqual(distances);
  }
});

test('of rows that are wrong in several ways the first is named, for all threads and chunks', async () => {
  const leaders = clouds(40, 64, 6, 'f4');
  for (const [far, bad, message] of [
    [100, 20_000, /row 100 is so far/],
    [50, 8300, /row 50 is so far/],
    [60, 63, /row 60 is so far/],
    [63, 60, /row 60, column 3 is NaN/],
  ] as const) {
    const X = clouds(25_000, 64, 5, 'f4');
    X.data[64 * far] = 3e38;
    X.data[64 * bad + 3] = Number.NaN;
    for (const threads of [1, 2]) {
      for (const chunkRows of [undefined, 1000, 25_000]) {
        const options = { threads, ...(chunkRows && { chunkRows }) };
        await expect(all(X, leaders, 'euclidean', options)).rejects.toThrow(message);
        const skipping = { ...options, onBadRow: 'skip', onWarning() {} };
        await expect(all(X, leaders, 'euclidean', skipping)).rejects.toThrow(`row ${far} is so far`);
      }
    }
  }
});

describe('a call that ends early', () => {
  const leaders = clouds(40, 64, 6, 'f4');
  const model = createModel({ leaders, labels: Int32Array.from({ length: 40 }, (_, i) => i + 1) });

  test.each([1, 2])('gives nothing more after a signal, %i threads', async (threads) => {
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error('enough');
    // Two blocks a chunk, each of so few rows that it is collected in one step.
    const X = clouds(1000, 4096, 7, 'f4');
    const wide = createModel({ leaders: clouds(40, 4096, 8, 'f4'), labels: model.labels });
    const labels = assign(X, wide, { threads, chunkRows: 200, signal });
    await labels.next();
    // What was read ahead is labelled by then.
    await new Promise((resolve) => setTimeout(resolve, 300));
    controller.abort(reason);
    await expect(labels.next()).rejects.toBe(reason);
  });

  test.each([1, 2])(
    'asks a source for nothing where the signal fires before that, %i threads',
    async (threads) => {
      const reason = new Error('enough');
      const controller = new AbortController();
      const source: Source = {
        ...{ cols: 64, dtype: 'f4' },
        async *chunks() {
          await new Promise(() => {});
        },
      };
      const onProgress = () => controller.abort(reason);
      const labels = assign(source, model, { threads, signal: controller.signal, onProgress });
      await expect(labels.next()).rejects.toBe(reason);
    },
  );

  test('keeps nothing of the chunks that it has given', () => {
    const built = new URL('../../build/index.js', import.meta.url).href;
    const script = `
      import { assign, createModel } from ${JSON.stringify(built)};
      const data = Float32Array.from({ length: 40 }, (_, i) => i);
      const labels = Int32Array.from({ length: 10 }, (_, i) => i);
      const model = createModel({ leaders: { data, rows: 10, cols: 4 }, labels });
      const source = {
        cols: 4,
        dtype: 'f4',
        async *chunks() {
          for (let start = 0; start < 120_000; start++) yield { data: data.slice(0, 4), rows: 1, cols: 4, start };
        },
      };
      let before;
      for await (const { start } of assign(source, model, { threads: 1, chunkRows: 1 })) {
        if (start !== 20_000 && start !== 119_000) continue;
        gc();
        const { heapUsed } = process.memoryUsage();
        if (start === 20_000) before = heapUsed;
        else process.stdout.write(String(heapUsed - before));
      }
    `;
    const args = ['--expose-gc', '--input-type=module', '-e', script];
    const grown = Number(execFileSync(process.execPath, args, { timeout: 40_000, encoding: 'utf8' }));
    // 100 bytes a chunk would be too many.
    expect(grown).toBeLessThan(10e6);
  });

  test('gives its memory back where the source cannot begin', async () => {
    const source: Source = {
      ...{ cols: 64, dtype: 'f4', rows: 9 },
      chunks() {
        throw new Error('no such file');
      },
    };
    await all(leaders, leaders, 'euclidean', {});
    const made = vi.spyOn(WebAssembly, 'Memory');
    try {
      for (let round = 0; round < 3; round++) {
        await expect(assign(source, model).next()).rejects.toThrow('no such file');
      }
      expect(made).not.toHaveBeenCalled();
    } finally {
      made.mockRestore();
    }
  });
});
