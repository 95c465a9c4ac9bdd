import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BEGIN, END, type Engine, type TileCall } from '../../src/runtime/engine.ts';
import { close, withEngine } from '../../src/runtime/lease.ts';
import { Layout } from '../../src/runtime/memory/layout.ts';
import { type GroupJob, WorkerGroup } from '../../src/runtime/threads/worker-group.ts';
import { noteTurn } from '../../src/support/scheduling.ts';

const N = 20_000_000;

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

const square = (ptr: number): TileCall => ({ kernel: 'squareInPlaceF64', args: [ptr, BEGIN, END] });

function job(ptr: number, change: Partial<GroupJob> = {}): GroupJob {
  return {
    kernel: 'squareInPlaceF64',
    argsOf: () => [ptr, 0, 0],
    begin: 1,
    end: 2,
    from: 0,
    to: N,
    grain: 4,
    size: 4,
    tileMs: 1,
    followed: false,
    gang: false,
    onDone: () => {},
    ...change,
  };
}

const runJob = (engine: Engine, one: GroupJob) => new WorkerGroup(engine, 2, undefined).run(one);

afterEach(() => close());

describe('copying into linear memory', () => {
  test('lets the event loop have its turn, and a signal stops it', async () => {
    const count = 40_000_000;
    const layout = new Layout();
    const ptr = layout.add(count * 4);
    const request = { linearBytes: layout.totalBytes, limit: 2 ** 32, what: 'a test', wouldFit: '' };
    const from = Float32Array.from({ length: 1000 }, (_, i) => i);
    const large = new Float32Array(count);
    for (let at = 0; at < count; at += 1000) large.set(from, at);
    await withEngine(request, {}, async (engine) => {
      // A clock that advances 7 ms each time it is read: the waiting does not depend on the machine.
      noteTurn();
      let now = performance.now();
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 7));
      try {
        let turns = 0;
        let timer: ReturnType<typeof setImmediate>;
        const turn = () => {
          turns++;
          timer = setImmediate(turn);
        };
        timer = setImmediate(turn);
        await engine.write(ptr, large);
        clearImmediate(timer);
        expect(turns).toBeGreaterThan(1);
        const bytes = engine.bytes(ptr, large.byteLength);
        expect(Buffer.compare(bytes, new Uint8Array(large.buffer))).toBe(0);
        const controller = new AbortController();
        engine.f32(ptr, large.length).fill(0);
        setImmediate(() => controller.abort(new Error('enough')));
        await expect(engine.write(ptr, large, controller.signal)).rejects.toThrow('enough');
        expect(engine.f32(ptr, large.length).at(-1)).toBe(0);
      } finally {
        clock.mockRestore();
        noteTurn();
      }
    });
  });
});

describe('the pool', () => {
  test.each([1, 2, 3, 5])('%i threads do every row once', async (threads) => {
    await withNumbers(threads, async (engine, ptr) => {
      const seen: number[] = [];
      const status = await engine.tiles(square(ptr), 0, N, { onDone: (done) => seen.push(done) });
      expect(status).toBe(0);
      expect(seen.at(-1)).toBe(N);
      seen.forEach((done, i) => {
        if (i > 0) expect(done).toBeGreaterThanOrEqual(seen[i - 1]);
      });
      const x = engine.f64(ptr, N);
      let wrong = 0;
      for (let i = 0; i < N; i++) if (x[i] !== i * i) wrong++;
      expect(wrong).toBe(0);
    });
  });

  test('a kernel that throws rejects with its cause, and the next job works', async () => {
    await withNumbers(2, async (engine, ptr) => {
      const broken = job(ptr, { kernel: 'noSuchKernel' });
      await expect(runJob(engine, broken)).rejects.toThrow(/a worker failed: .*not a function/);
      expect(await runJob(engine, job(ptr))).toBe(0);
      expect(engine.f64(ptr, N)[N - 1]).toBe((N - 1) ** 2);
    });
  });

  test('a worker that dies rejects within a second, and the next job works', async () => {
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
      await withNumbers(2, async (engine, ptr) => {
        const before = performance.now();
        const running = runJob(engine, job(ptr, { to: N, grain: 4 }));
        void started[0].terminate();
        await expect(running).rejects.toThrow(/a worker failed: a worker ended with code/);
        expect(performance.now() - before).toBeLessThan(1000);
        expect(await runJob(engine, job(ptr))).toBe(0);
      });
    } finally {
      wt.Worker = Original;
    }
  });

  test('a signal stops a job with its reason, soon', async () => {
    await withNumbers(2, async (engine, ptr) => {
      const controller = new AbortController();
      const reason = new Error('stop');
      // A grain of all rows would be one tile; many small ones are stopped in between.
      const running = new WorkerGroup(engine, 2, controller.signal).run(job(ptr, { tileMs: 0.01 }));
      controller.abort(reason);
      await expect(running).rejects.toBe(reason);
      expect(await runJob(engine, job(ptr))).toBe(0);
    });
  });

  test('idle workers keep no process alive', () => {
    const built = new URL('../../build/index.js', import.meta.url).href;
    const script = `
      import { pdist } from ${JSON.stringify(built)};
      const X = { data: new Float32Array(4000 * 64), rows: 4000, cols: 64 };
      await pdist(X, 'euclidean', { threads: 2 });
      process.stdout.write('done');
    `;
    const args = ['--input-type=module', '-e', script];
    expect(execFileSync(process.execPath, args, { timeout: 20_000, encoding: 'utf8' })).toBe('done');
  });
});
