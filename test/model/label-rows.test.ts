/** Rows that are labelled by several threads, this one among them: nothing but time may depend on how many. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { assign, close, createModel } from '../../src/index.ts';
import type { Assignment } from '../../src/model/assignment.ts';
import { Random } from '../../src/support/numbers/random.ts';
import type { Chunk, CoppiceWarning, Matrix, Progress, Source } from '../../src/types.ts';

function clouds(rows: number, cols: number, seed: number): Matrix {
  const random = new Random(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => random.float() - 0.5), rows, cols };
}

const COLS = 24;
const X = clouds(150_000, COLS, 1);
const models = [3, 40].map((m) =>
  createModel({
    leaders: clouds(m, COLS, 2),
    labels: Int32Array.from({ length: m }, (_, i) => i + 1),
    metric: 'euclidean',
  }),
);

interface Outcome {
  starts: number[];
  digest: string;
  error: unknown;
  warnings: string[];
}

/** What came out before the end or the error, whichever it was. */
async function outcome(
  input: Source | Matrix,
  model: (typeof models)[0],
  options: object,
  visit: (part: Assignment) => void | Promise<void> = () => {},
): Promise<Outcome> {
  const starts: number[] = [];
  const sums: number[] = [];
  const warnings: string[] = [];
  const onWarning = ({ message }: CoppiceWarning) => warnings.push(message);
  let error: unknown;
  try {
    for await (const part of assign(input, model, { ...options, onWarning })) {
      starts.push(part.start);
      let sum = 0;
      for (let i = 0; i < part.labels.length; i++) {
        const distance = Number.isNaN(part.distances[i]) ? -1 : part.distances[i];
        sum = (Math.imul(sum, 31) + part.labels[i] * 7 + part.nearest[i]) ^ Math.floor(distance * 1e6);
      }
      sums.push(sum);
      await visit(part);
    }
  } catch (cause) {
    error = cause;
  }
  return { starts, digest: sums.join(), error, warnings };
}

/** The rows of X in chunks of their own, however many are asked for. */
function sourceOf(each: (chunk: number) => void | Promise<void>, chunkRows = 7001): Source {
  return {
    cols: COLS,
    rows: X.rows,
    dtype: 'f4',
    name: 'rows',
    async *chunks(): AsyncGenerator<Chunk> {
      for (let start = 0, i = 0; start < X.rows; start += chunkRows, i++) {
        await each(i);
        const rows = Math.min(chunkRows, X.rows - start);
        yield { start, rows, cols: COLS, data: X.data.subarray(start * COLS, (start + rows) * COLS) };
      }
    },
  };
}

afterEach(() => close());

describe.each([
  ['few leaders', models[0]],
  ['many leaders', models[1]],
])('%s', (_name, model) => {
  test('the same for every number of threads and rows in a chunk', async () => {
    for (const chunkRows of [999, 30_000, 149_999, 150_000, 1e6, undefined]) {
      const one = await outcome(X, model, { threads: 1, chunkRows: chunkRows ?? 87_381 });
      expect(one.error).toBeUndefined();
      for (const threads of [2, 3, 5]) {
        const several = await outcome(X, model, { threads, chunkRows: chunkRows ?? 87_381 });
        expect(several).toEqual(one);
      }
    }
  });

  test('progress goes on and ends at the total', async () => {
    const seen: Progress[] = [];
    await outcome(X, model, { threads: 2, onProgress: (progress: Progress) => seen.push(progress) });
    const done = seen.map((progress) => progress.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(X.rows);
    expect(seen.every(({ phase, total }) => phase === 'assign' && total === X.rows)).toBe(true);
  });

  test('bad rows: the same warning, or the same error after the same chunks', async () => {
    const bad = { ...X, data: X.data.slice() };
    for (const row of [20_000, 20_001, 77_777, 149_999]) bad.data[row * COLS + (row % COLS)] = Number.NaN;
    for (const onBadRow of ['skip', 'error']) {
      const one = await outcome(bad, model, { threads: 1, chunkRows: 9000, onBadRow });
      if (onBadRow === 'skip') expect(one.warnings).toHaveLength(1);
      else expect(one.error).toMatchObject({ row: 20_000 });
      for (let round = 0; round < 4; round++) {
        const several = await outcome(bad, model, { threads: 2 + (round % 2), chunkRows: 9000, onBadRow });
        expect(several).toEqual(one);
      }
    }
  });

  test('a source that fails: labels for what came before, then its error', async () => {
    const gone = new Error('the disk is gone');
    for (const at of [0, 1, 2, 9]) {
      const fails = () =>
        sourceOf((chunk) => {
          if (chunk === at) throw gone;
        });
      const one = await outcome(fails(), model, { threads: 1 });
      expect(one.error).toBe(gone);
      expect(one.starts).toHaveLength(at);
      expect(await outcome(fails(), model, { threads: 2 })).toEqual(one);
    }
  });

  test('labels do not wait for rows that are still to come', async () => {
    // Like a client that sends rows, and waits for their labels before it sends more.
    const answers: (() => void)[] = [];
    const answered = Array.from({ length: 22 }, () => new Promise<void>((resolve) => answers.push(resolve)));
    const asking = sourceOf((chunk) => (chunk > 0 ? answered[chunk - 1] : undefined));
    const { error, starts } = await outcome(asking, model, { threads: 2 }, ({ start }) =>
      answers[start / 7001](),
    );
    expect(error).toBeUndefined();
    expect(starts).toHaveLength(Math.ceil(X.rows / 7001));
  });

  test('a source that gives nothing more: who leaves, or aborts, does not wait for it', async () => {
    const silent = () => sourceOf((chunk) => (chunk > 2 ? new Promise(() => {}) : undefined));
    const stop = new Error('that is enough');
    const left = await outcome(silent(), model, { threads: 2 }, ({ start }) => {
      if (start === 2 * 7001) throw stop;
    });
    expect(left.error).toBe(stop);
    for (const threads of [1, 2]) {
      const controller = new AbortController();
      const { error } = await outcome(
        silent(),
        model,
        { threads, signal: controller.signal },
        async ({ start }) => {
          if (start === 2 * 7001) setTimeout(() => controller.abort(stop), 20);
        },
      );
      expect(error).toBe(stop);
    }
  });

  test('a caller that leaves, at any chunk: nothing hangs, and the next run is right', async () => {
    const whole = await outcome(X, model, { threads: 1, chunkRows: 10_000 });
    for (const at of [0, 1, 5, 14]) {
      let closed = false;
      const source: Source = {
        ...sourceOf(() => {}, 10_000),
        async *chunks() {
          try {
            yield* sourceOf(() => {}, 10_000).chunks({ chunkRows: 0 });
          } finally {
            closed = true;
          }
        },
      };
      const stop = new Error('that is enough');
      const left = await outcome(source, model, { threads: 2 }, ({ start }) => {
        if (start === at * 10_000) throw stop;
      });
      expect(left.error).toBe(stop);
      expect(closed).toBe(true);
      expect(await outcome(X, model, { threads: 2, chunkRows: 10_000 })).toEqual(whole);
    }
  });

  test('a signal stops it with its reason', async () => {
    for (const at of [0, 3]) {
      const controller = new AbortController();
      const reason = new Error('enough');
      const options = { threads: 2, chunkRows: 5000, signal: controller.signal };
      const { error } = await outcome(X, model, options, ({ start }) => {
        if (start === at * 5000) controller.abort(reason);
      });
      expect(error).toBe(reason);
    }
  });

  test('two at the same time do not disturb each other', async () => {
    const whole = await outcome(X, model, { threads: 1, chunkRows: 10_000 });
    const both = [2, 3].map((threads) => outcome(X, model, { threads, chunkRows: 10_000 }, () => turn()));
    for (const one of await Promise.all(both)) expect(one).toEqual(whole);
  });
});
