/** A worker that ends in the middle of work: the call says so, and the next ones have threads again. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as api from '../../src/index.ts';
import { scatteredRows } from '../scattered-rows.ts';

type Original = typeof import('node:worker_threads').Worker;
type Thread = InstanceType<Original>;

const wt = process.getBuiltinModule('node:worker_threads') as { Worker: unknown };
const Native = wt.Worker as Original;
let started: Thread[] = [];
/** Workers that have been given jobs. */
let busy = new Set<Thread>();
let change = (source: string) => source;
let onJob: (worker: Thread) => void = () => {};

beforeEach(() => {
  started = [];
  busy = new Set();
  change = (source) => source;
  onJob = () => {};
  wt.Worker = class extends Native {
    constructor(...[source, options]: ConstructorParameters<Original>) {
      super(change(String(source)), options);
      started.push(this);
    }
    override postMessage(order: { type: string }): void {
      super.postMessage(order);
      if (order.type !== 'job') return;
      busy.add(this);
      onJob(this);
    }
  };
});
afterEach(() => {
  wt.Worker = Native;
  api.close();
  vi.restoreAllMocks();
});

const X = scatteredRows(2000, 16);
const call = (run: api.Run = {}) => api.linkage(X, { method: 'average', threads: 2, ...run });

/** The line of the worker's script before it runs a job. */
const KERNEL_LOOKUP = 'const run = kernels[kernel];';
const WAIT = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20000);';

const kinds: [string, () => void, RegExp][] = [
  [
    'is terminated',
    () => {
      // The first worker waits in its job, so that it is not done before it is terminated.
      const waiting = started.length;
      change = (source) => {
        change = (same) => same;
        return source.replace(KERNEL_LOOKUP, `${WAIT} ${KERNEL_LOOKUP}`);
      };
      onJob = (worker) => {
        if (worker !== started[waiting]) return;
        onJob = () => {};
        setTimeout(() => void worker.terminate(), 5);
      };
    },
    /^a worker failed: a worker ended with code 1$/,
  ],
  [
    'exits',
    () => {
      change = (source) => {
        change = (same) => same;
        return source.replace(KERNEL_LOOKUP, 'process.exit(7);');
      };
    },
    /^a worker failed: a worker ended with code 7$/,
  ],
];

test.each(kinds)('a worker that %s', { timeout: 60_000 }, async (_, kill, message) => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const wanted = await call({ threads: 1 });
  // More often than a platform that has no workers is asked for them.
  for (let time = 0; time < 5; time++) {
    kill();
    const error = await call().then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(api.PlatformError);
    expect(error.message).toMatch(message);
    expect(error.cause).toBeInstanceOf(Error);
  }
  // Calls at the same time, and the next.
  const all = await Promise.all([call(), call()]);
  for (const Z of all) expect(Z).toEqual(wanted);
  busy.clear();
  expect(await call()).toEqual(wanted);
  expect(busy.size).toBe(2);
  expect(warn).not.toHaveBeenCalled();
});
