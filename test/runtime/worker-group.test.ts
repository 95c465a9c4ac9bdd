import { afterEach, describe, expect, test, vi } from 'vitest';
import { cdist, configure, type Matrix, PlatformError, pdist } from '../../src/index.ts';
import type { Engine } from '../../src/runtime/engine.ts';
import { close, withEngine } from '../../src/runtime/lease.ts';
import { Layout } from '../../src/runtime/memory/layout.ts';
import { holdArray } from '../../src/runtime/threads/held-array.ts';
import { type GroupJob, WorkerGroup } from '../../src/runtime/threads/worker-group.ts';
import { WorkerHandle } from '../../src/runtime/threads/worker-handle.ts';
import { Random } from '../../src/support/numbers/random.ts';

const N = 400_000;

function withNumbers<R>(threads: number, work: (engine: Engine, ptr: number) => Promise<R>): Promise<R> {
  const layout = new Layout();
  const ptr = layout.add(N * 8);
  const request = { linearBytes: layout.totalBytes, limit: 2 ** 32, threads, what: 'a test', wouldFit: '' };
  return withEngine(request, {}, async (engine) => {
    const x = engine.f64(ptr, N);
    for (let i = 0; i < N; i++) x[i] = i;
    return work(engine, ptr);
  });
}

function job(ptr: number, from: number, to: number, change: Partial<GroupJob> = {}): GroupJob {
  return {
    kernel: 'squareInPlaceF64',
    argsOf: () => [ptr, 0, 0],
    ...{ begin: 1, end: 2, from, to, grain: 4, size: 4, tileMs: 1, followed: true, gang: false },
    onDone: () => {},
    ...change,
  };
}

/** Ranges of [0, N) that cover it, for more jobs than there are threads. */
function ranges(count: number): [number, number][] {
  const step = Math.ceil(N / count);
  return Array.from({ length: count }, (_, i) => [i * step, Math.min(N, (i + 1) * step)]);
}

/** Workers that are started while `work` is at it. */
async function watchingWorkers(
  work: (started: { terminate(): Promise<number> }[]) => Promise<void>,
): Promise<void> {
  const wt = process.getBuiltinModule('node:worker_threads') as { Worker: unknown };
  const Original = wt.Worker as typeof import('node:worker_threads').Worker;
  const started: InstanceType<typeof Original>[] = [];
  wt.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Original>) {
      super(...args);
      started.push(this);
    }
  };
  try {
    await work(started);
  } finally {
    wt.Worker = Original;
  }
}

afterEach(() => {
  close();
  configure({});
});

describe('a worker group', () => {
  test.each([1, 2, 3])('of %i does every row of many jobs once', async (threads) => {
    await withNumbers(threads, async (engine, ptr) => {
      const group = new WorkerGroup(engine, threads, undefined);
      const done = new Map<number, number[]>();
      const all = ranges(13).map(([from, to]) => {
        const seen: number[] = [];
        done.set(to, seen);
        return group.run(job(ptr, from, to, { onDone: (now) => seen.push(now) }));
      });
      expect(await Promise.all(all)).toEqual(all.map(() => 0));
      expect(group.isUp).toBe(false);
      for (const [to, seen] of done) {
        expect(seen.at(-1)).toBe(to);
        expect(seen).toEqual([...seen].sort((a, b) => a - b));
      }
      const x = engine.f64(ptr, N);
      let wrong = 0;
      for (let i = 0; i < N; i++) if (x[i] !== i * i) wrong++;
      expect(wrong).toBe(0);
    });
  });

  test('is helped by this thread, which takes what nobody has taken', async () => {
    await withNumbers(2, async (engine, ptr) => {
      const group = new WorkerGroup(engine, 1, undefined, 1);
      const size = N / 100;
      const all = ranges(3).map(([from, to]) => group.run(job(ptr, from, to, { size })));
      expect(group.help(1)).toBe(false);
      let helped = 0;
      let ended = false;
      const jobs = Promise.all(all).finally(() => {
        ended = true;
      });
      while (!ended) {
        // The worker takes as long to start.
        if (group.help(1)) helped++;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await jobs).toEqual([0, 0, 0]);
      expect(helped).toBeGreaterThan(0);
      expect(group.help(1)).toBe(false);
      const x = engine.f64(ptr, N);
      let wrong = 0;
      for (let i = 0; i < N; i++) if (x[i] !== i * i) wrong++;
      expect(wrong).toBe(0);
    });
  });

  test('takes no worker from another group, and leaves none behind', async () => {
    await watchingWorkers(async (started) => {
      await withNumbers(2, async (engine, ptr) => {
        for (let round = 0; round < 3; round++) {
          const group = new WorkerGroup(engine, 2, undefined);
          await Promise.all(ranges(5).map(([from, to]) => group.run(job(ptr, from, to))));
        }
      });
      expect(started.length).toBe(2);
    });
  });

  test('does the jobs beside one that throws', async () => {
    await withNumbers(2, async (engine, ptr) => {
      const group = new WorkerGroup(engine, 2, undefined);
      const [first, second, third] = ranges(3);
      const good = [first, third].map(([from, to]) => group.run(job(ptr, from, to)));
      await expect(group.run(job(ptr, ...second, { kernel: 'noSuchKernel' }))).rejects.toThrow(
        /a worker failed: .*not a function/,
      );
      expect(await Promise.all(good)).toEqual([0, 0]);
      expect(engine.f64(ptr, N)[N - 1]).toBe((N - 1) ** 2);
      expect(engine.f64(ptr, N)[second[0]]).toBe(second[0]);
    });
  });

  test('rejects all jobs of a worker that dies, and the next one works', async () => {
    await watchingWorkers(async (started) => {
      await withNumbers(2, async (engine, ptr) => {
        const group = new WorkerGroup(engine, 2, undefined);
        const all = ranges(4).map(([from, to]) => group.run(job(ptr, from, to, { tileMs: 1e-3 })));
        void started[1].terminate();
        const results = await Promise.allSettled(all);
        for (const result of results) {
          expect(result.status).toBe('rejected');
          expect((result as PromiseRejectedResult).reason).toBeInstanceOf(PlatformError);
        }
        expect(await group.run(job(ptr, 0, 4))).toBe(0);
      });
    });
  });

  test('stops all jobs by one signal', async () => {
    await withNumbers(2, async (engine, ptr) => {
      const controller = new AbortController();
      const group = new WorkerGroup(engine, 2, controller.signal);
      const reason = new Error('enough');
      const all = ranges(4).map(([from, to]) => group.run(job(ptr, from, to, { tileMs: 1e-3 })));
      controller.abort(reason);
      for (const result of await Promise.allSettled(all)) expect(result).toMatchObject({ reason });
      expect(await new WorkerGroup(engine, 2, undefined).run(job(ptr, 0, 4))).toBe(0);
    });
  });
});

/** Work where no worker starts. */
async function withoutWorkers(work: () => Promise<void>): Promise<void> {
  const wt = process.getBuiltinModule('node:worker_threads') as { Worker: unknown };
  const Original = wt.Worker;
  wt.Worker = class {
    constructor() {
      throw new Error('no workers today');
    }
  };
  try {
    await work();
  } finally {
    wt.Worker = Original;
  }
}

describe('what a worker group tells', () => {
  test('is the time that the kernels of each job took, also where all have ended before anyone looks', async () => {
    await withNumbers(2, async (engine, ptr) => {
      const group = new WorkerGroup(engine, 2, undefined);
      const times: number[] = [];
      const all = ranges(4).map(([from, to]) =>
        group.run(job(ptr, from, to, { onSpent: (ms) => times.push(ms) })),
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      const until = performance.now() + 200;
      while (performance.now() < until);
      await Promise.all(all);
      expect(times.length).toBe(4);
      for (const ms of times) expect(ms).toBeGreaterThan(1e-3);
    });
  });

  test('may be an error of who is told: the call rejects with it, and the next one works', async () => {
    await withNumbers(2, async (engine, ptr) => {
      const reason = new Error('the bar is broken');
      const onDone = () => {
        throw reason;
      };
      // The job goes on until it is looked at.
      const endless = job(ptr, 0, 2 ** 30, { argsOf: () => [ptr, 0, 0, 0], end: 3, tileMs: 1e-3, onDone });
      await expect(new WorkerGroup(engine, 2, undefined).run(endless)).rejects.toBe(reason);
      expect(await new WorkerGroup(engine, 2, undefined).run(job(ptr, 0, 4))).toBe(0);
    });
  });

  test('where no worker starts is an error with its cause', async () => {
    await withoutWorkers(() =>
      withNumbers(2, async (engine, ptr) => {
        const running = new WorkerGroup(engine, 2, undefined).run(job(ptr, 0, N));
        await expect(running).rejects.toThrow('no worker could be started: no workers today');
        await expect(running).rejects.toBeInstanceOf(PlatformError);
        await expect(running).rejects.toMatchObject({ cause: { message: 'no workers today' } });
      }),
    );
  });
});

describe('a worker', () => {
  test('answers in the order in which it is asked, also before it knows an engine', async () => {
    await withNumbers(2, async (engine) => {
      const member = new WorkerHandle(() => {});
      const known = member.introduce(engine);
      const again = member.introduce(engine);
      const held = member.ask({ type: 'hold', array: 1, bytes: 8 });
      const handed = member.ask({ type: 'hand', array: 1, keep: true });
      await Promise.all([known, again]);
      expect(await held).toMatchObject({ type: 'done' });
      expect(await handed).toMatchObject({ type: 'array', buffer: { byteLength: 8 } });
      member.die(new Error('enough'));
    });
  });

  test('forgets an engine that it is only being told of', async () => {
    await withNumbers(2, async (engine) => {
      const member = new WorkerHandle(() => {});
      const known = member.introduce(engine);
      const orders = vi.spyOn(member.thread, 'post');
      member.forget(engine.id);
      expect(orders).toHaveBeenCalledWith({ type: 'forget', id: engine.id });
      await known;
      member.die(new Error('enough'));
    });
  });
});

describe('an array that a worker holds', () => {
  test('has what was copied to it, and is handed over once', async () => {
    await withNumbers(2, async (engine, ptr) => {
      const group = new WorkerGroup(engine, 2, undefined);
      const held = await holdArray(group, 80);
      await group.run(job(ptr, 0, N));
      await Promise.all([held.copy(ptr, 40, 40), held.copy(ptr + 40, 40, 0)]);
      expect(group.isUp).toBe(true);
      const array = new Float64Array(await held.hand());
      expect([...array]).toEqual([5, 6, 7, 8, 9, 0, 1, 2, 3, 4].map((x) => x * x));
      expect(array.buffer).toBeInstanceOf(ArrayBuffer);
      await held.drop();
      expect(group.isUp).toBe(false);
    });
  });

  test('that is dropped frees the workers', async () => {
    await withNumbers(2, async (engine) => {
      const group = new WorkerGroup(engine, 2, undefined);
      const held = await holdArray(group, 80);
      await held.drop();
      expect(group.isUp).toBe(false);
    });
  });

  test('for which there is no room is an error of the platform, and frees the workers', async () => {
    await withNumbers(2, async (engine, ptr) => {
      const group = new WorkerGroup(engine, 2, undefined);
      await expect(holdArray(group, 2 ** 53)).rejects.toThrow(RangeError.prototype.name);
      expect(group.isUp).toBe(false);
      expect(await group.run(job(ptr, 0, N))).toBe(0);
    });
  });
});

/** Rows whose distances take several stripes; n is odd, so that stripes begin at every place of a word. */
function rowsOf(rows: number, cols: number, seed: number): Matrix {
  const random = new Random(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => random.float()), rows, cols };
}

describe('distances that are filled by workers', () => {
  const X = rowsOf(2503, 3, 1);
  /** Long enough to be stopped midway. */
  const wide = rowsOf(1501, 100, 2);

  test.each(['float32', 'float64'])('are the same for every number of threads: %s', async (type) => {
    const rows = type === 'float32' ? X : { ...X, data: Float64Array.from(X.data) };
    const one = await pdist(rows, 'euclidean', { threads: 1 });
    const crossed = await cdist(rows, rows, 'euclidean', { threads: 1 });
    for (const threads of [2, 3]) {
      const seen: number[] = [];
      const onProgress = ({ done, total }: { done: number; total?: number }) => {
        expect(total).toBe(one.length);
        seen.push(done);
      };
      const several = await pdist(rows, 'euclidean', { threads, onProgress });
      expect(Buffer.compare(new Uint8Array(several.buffer), new Uint8Array(one.buffer))).toBe(0);
      expect(seen.at(-1)).toBe(one.length);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      const { data } = await cdist(rows, rows, 'euclidean', { threads });
      expect(Buffer.compare(new Uint8Array(data.buffer), new Uint8Array(crossed.data.buffer))).toBe(0);
    }
    // The same pair in both, by another way.
    expect(crossed.data[1 * X.rows + 2]).toBe(one[X.rows - 1]);
  });

  test('are filled by this thread where no worker starts', async () => {
    const one = await pdist(X, 'cityblock', { threads: 1 });
    await withoutWorkers(async () => {
      const warnings: string[] = [];
      const onWarning = ({ code }: { code: string }) => warnings.push(code);
      const alone = await pdist(X, 'cityblock', { threads: 2, onWarning });
      expect(Buffer.compare(new Uint8Array(alone.buffer), new Uint8Array(one.buffer))).toBe(0);
    });
  });

  test('stop with the reason of a signal, and the next call works', async () => {
    const one = await pdist(wide, 'jensenshannon', { threads: 1 });
    for (const when of [0, 1, 5, 40]) {
      const controller = new AbortController();
      const reason = new Error(`after ${when} ms`);
      const running = pdist(wide, 'jensenshannon', { threads: 2, signal: controller.signal });
      setTimeout(() => controller.abort(reason), when);
      const [result] = await Promise.allSettled([running]);
      expect(result).toMatchObject({ reason });
    }
    const again = await pdist(wide, 'jensenshannon', { threads: 2 });
    expect(Buffer.compare(new Uint8Array(again.buffer), new Uint8Array(one.buffer))).toBe(0);
  });

  test('that are stopped give their memory back', async () => {
    const rows = 8000;
    const many: Matrix = { data: new Float64Array(2 * rows), rows, cols: 2 };
    await pdist(rowsOf(1500, 2, 3), 'euclidean', { threads: 2 });
    const before = process.memoryUsage.rss();
    for (let round = 0; round < 4; round++) {
      const controller = new AbortController();
      const onProgress = ({ done, total }: { done: number; total?: number }) => {
        if (done > 0.9 * (total as number)) controller.abort();
      };
      const running = pdist(many, 'euclidean', { threads: 2, signal: controller.signal, onProgress });
      await expect(running).rejects.toThrow('aborted');
    }
    // 256 MB each.
    const grown = () => (process.memoryUsage.rss() - before) / 1e6;
    await vi.waitFor(() => expect(grown()).toBeLessThan(120), { timeout: 10_000 });
  });

  test('reject where the worker that holds them dies, and the next call works', async () => {
    await watchingWorkers(async (started) => {
      let dead = 0;
      const onProgress = () => {
        for (; dead < started.length; dead++) void started[dead].terminate();
      };
      const running = pdist(wide, 'jensenshannon', { threads: 2, onProgress });
      await expect(running).rejects.toThrow(/a worker failed/);
      const again = await pdist(X, 'cityblock', { threads: 2 });
      const one = await pdist(X, 'cityblock', { threads: 1 });
      expect(Buffer.compare(new Uint8Array(again.buffer), new Uint8Array(one.buffer))).toBe(0);
    });
  });
});
