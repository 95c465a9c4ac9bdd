/**
 * Differences between runtimes for which there is no common API. The code tests for the feature, never for the name of
 * the runtime.
 */

import { builtin } from '../../support/builtin-module.ts';
import { checkFunction, checkOptions } from '../../support/checks.ts';
import { parseBytes } from '../../support/text/byte-size.ts';
import { queued } from '../memory/turns.ts';
import { WORKER_SOURCE } from './worker-script.ts';

interface NodeWorker {
  postMessage(data: unknown): void;
  on(event: 'message' | 'error' | 'exit', listener: (value: never) => void): void;
  terminate(): unknown;
  ref(): void;
  unref(): void;
}
interface WorkerThreads {
  Worker: new (source: string, options: { eval: boolean; name?: string }) => NodeWorker;
}

const isIsolated = () => (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;

/** A worker thread, with the same interface on all platforms. */
export interface Thread {
  post(data: unknown): void;
  /** Name of a lock that the worker holds as long as it lives, on platforms that do not report its death otherwise. */
  readonly lock: string | undefined;
  /** Called when the worker holds its lock: from now on, its death is noticed. */
  watch(): void;
  /** Keep the process alive for this worker, or not. */
  hold(on: boolean): void;
  stop(): void;
}

interface ThreadEvents {
  onMessage(data: unknown): void;
  /** The worker died, or threw outside of a job. It may be called more than once. */
  onDeath(cause: unknown): void;
}

/** Settings of a page or a server: see `configure`. */
export interface Configuration {
  /**
   * Bytes that all calls together may take, for servers and serverless hosts: a number, or a string such as '64MB'. It
   * counts linear memory (also the memory that is kept between calls), workers, and the buffers of all running calls.
   * It does not count the process itself, nor the results that callers keep. It is the upper bound of a call's own
   * `memoryLimit`, and its default. Calls wait until there is room, in the order in which they were made; a call that
   * does not fit beside the others runs alone. Default: each call has its own limit, and a few calls run at a time.
   */
  memoryLimit?: number | string | undefined;
  /**
   * A function that makes a worker which runs `coppice/worker`, for pages whose content security policy forbids workers
   * from a blob: `() => new Worker(new URL('coppice/worker', import.meta.url))`, or the same with the URL of a copy of
   * that file on the same origin. In a cross-origin isolated page the file must be served with
   * Cross-Origin-Embedder-Policy too.
   */
  createWorker?: (() => Worker) | undefined;
}

let workerMaker: Configuration['createWorker'];
/** Why the last attempt to start workers failed. */
let refusal: { cause: unknown } | undefined;
let onRefusal = () => {};
/** Number of failed attempts in succession. */
let refusals = 0;
const MOST_REFUSALS = 3;

/**
 * Set what Coppice cannot detect by itself. A setting that is left out gets its default again. Workers that have
 * started stay, and calls that have begun keep their memory.
 * @throws TypeError or RangeError for an unknown setting or a bad value
 */
export function configure(configuration: Configuration): void {
  const known = { createWorker: true, memoryLimit: true } as const;
  checkOptions(configuration, known, 'configure', "{ memoryLimit: '64MB' }");
  const { createWorker, memoryLimit } = configuration;
  if (createWorker !== undefined)
    checkFunction(createWorker, 'createWorker', 'a function that gives a Worker');
  queued.limit = memoryLimit === undefined ? Number.POSITIVE_INFINITY : parseBytes(memoryLimit);
  queued.goOn();
  workerMaker = createWorker;
  allowThreads();
}

/**
 * Record that a worker could not be started, or died before it answered. After three failures in succession, or if it
 * is `final`, one thread does all work from now on.
 */
export function refuseThreads(cause: unknown, final = false): void {
  refusal = { cause };
  refusals = final ? MOST_REFUSALS : refusals + 1;
  onRefusal();
}

/** Forget earlier failures: workers do start, or should be tried again. */
export function allowThreads(): void {
  refusal = undefined;
  refusals = 0;
}

/** Set the function that is called when workers fail to start. It replaces the one set before. */
export function whenRefused(listener: () => void): void {
  onRefusal = listener;
}

/** Why workers and this thread cannot work on one shared memory; undefined if they can. */
export function whyNoThreads(): string | undefined {
  if (refusal && refusals >= MOST_REFUSALS) {
    const { cause } = refusal;
    return `no worker could be started (${cause instanceof Error ? cause.message : cause})`;
  }
  const server = builtin('node:worker_threads');
  if (!server && typeof Worker !== 'function') return 'this platform has no workers';
  if (!server && !isIsolated()) {
    return 'this page is not cross-origin isolated (headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)';
  }
  if (typeof SharedArrayBuffer === 'undefined' || !sharesMemory())
    return 'this platform has no shared memory';
  return undefined;
}

/** Whether workers and this thread can share linear memory. */
export function canShareMemory(): boolean {
  return whyNoThreads() === undefined;
}

/** Start a worker. It throws if the platform has none. */
export function startThread(events: ThreadEvents): Thread {
  const wt = builtin('node:worker_threads') as WorkerThreads | undefined;
  if (wt) {
    const worker = new wt.Worker(WORKER_SOURCE, { eval: true, name: 'coppice' });
    worker.on('message', events.onMessage as (value: never) => void);
    worker.on('error', events.onDeath as (value: never) => void);
    worker.on('exit', ((code: number) => events.onDeath(new Error(`a worker ended with code ${code}`))) as (
      value: never,
    ) => void);
    return {
      post: (data) => worker.postMessage(data),
      lock: undefined,
      watch: () => {},
      hold: (on) => (on ? worker.ref() : worker.unref()),
      stop: () => void worker.terminate(),
    };
  }
  return startWebWorker(events);
}

function startWebWorker(events: ThreadEvents): Thread {
  let url: string | undefined;
  let worker: Worker;
  if (workerMaker) {
    worker = workerMaker();
  } else {
    url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
    worker = new Worker(url, { name: 'coppice' });
  }
  worker.onmessage = (event) => events.onMessage(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    events.onDeath(
      new Error(
        event.message ||
          (workerMaker
            ? 'the worker of createWorker did not start'
            : "a content security policy must allow worker-src blob:, or see configure's createWorker"),
      ),
    );
  };
  // A page gets no event when a worker ends. But the lock of a worker is released when it ends.
  const locks = globalThis.navigator?.locks;
  const stopped = new AbortController();
  const lock = locks ? `coppice ${Math.random()} ${performance.now()}` : undefined;
  return {
    post: (data) => worker.postMessage(data),
    lock,
    watch: () => {
      locks
        .request(lock as string, { signal: stopped.signal }, () =>
          events.onDeath(new Error('a worker ended')),
        )
        .catch(() => {});
    },
    hold: () => {},
    stop: () => {
      stopped.abort();
      worker.terminate();
      if (url) URL.revokeObjectURL(url);
    },
  };
}

/** The number of cores that this process may use, as the platform reports it; else 1. */
export function hardwareThreads(): number {
  const os = builtin('node:os') as { availableParallelism?(): number } | undefined;
  return os?.availableParallelism?.() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

let shared: boolean | undefined;

/** Whether linear memory can be shared. The kernels are compiled for shared or for unshared memory. */
export function sharesMemory(): boolean {
  if (shared === undefined) {
    try {
      // A platform without shared memory throws here, or returns a memory that is not shared.
      shared = !(
        new WebAssembly.Memory({ initial: 0, maximum: 1, shared: true }).buffer instanceof ArrayBuffer
      );
    } catch {
      shared = false;
    }
  }
  return shared;
}

/** A linear memory that may grow to 4 GiB. It is shared if the platform has shared memory. */
export function createMemory(bytes: number): WebAssembly.Memory {
  const initial = Math.max(1, Math.ceil(bytes / 65536));
  return new WebAssembly.Memory({ initial, maximum: 65536, shared: sharesMemory() });
}
