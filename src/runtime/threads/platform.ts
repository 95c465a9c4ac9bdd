/**
 * What differs between runtimes and has no common name. Found by looking for the feature, never by
 * asking which runtime this is.
 */

import { typeError } from '../../errors.ts';
import { builtin } from '../../support/builtin-module.ts';
import { parseBytes } from '../../support/byte-size.ts';
import { checkOptions } from '../../support/checks.ts';
import { describe } from '../../support/describe.ts';
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

/** A worker, whatever the platform calls it. */
export interface Thread {
  post(data: unknown): void;
  /** Name of a lock that the worker is to hold as long as it lives, where its death would not be told otherwise. */
  readonly lock: string | undefined;
  /** The worker holds its lock from now on. */
  watch(): void;
  /** Keep the process alive for this worker, or not. */
  hold(on: boolean): void;
  stop(): void;
}

export interface ThreadEvents {
  onMessage(data: unknown): void;
  /** It died or threw outside of a job; may be told more than once. */
  onDeath(cause: unknown): void;
}

/** What a page or a server may set: see `configure`. */
export interface Configuration {
  /**
   * Bytes that all calls together may take, for servers and serverless hosts: linear memory, also that which is kept
   * between calls, workers, and the buffers of every call that is at work. A number, or a string such as '64MB'. It is
   * the most that a call's own `memoryLimit` can be, and what that is where none is named. Calls wait until there is room,
   * in the order in which they were made; one that could only be done alone waits until it is alone. Of the process itself
   * it knows nothing, nor of what callers keep. Default: each call has its own limit, and memory is shared by a few calls
   * at a time.
   */
  memoryLimit?: number | string | undefined;
  /**
   * Makes a worker that runs `coppice/worker`, for pages whose content security policy forbids workers from a blob:
   * `() => new Worker(new URL('coppice/worker', import.meta.url))`, or of a copy of that file on the same origin.
   * In a cross-origin isolated page the file must be served with Cross-Origin-Embedder-Policy too.
   */
  createWorker?: (() => Worker) | undefined;
}

let workerMaker: Configuration['createWorker'];
/** Why workers could not be started, when that was tried. */
let refusal: { cause: unknown } | undefined;
let onRefusal = () => {};
/** How often they could not in succession. */
let refusals = 0;
const MOST_REFUSALS = 3;

/**
 * Set what cannot be found out; what is not named is as in the beginning. Workers that are there already stay, and calls
 * that have begun keep what they have.
 * @throws TypeError and RangeError for what cannot be set
 */
export function configure(configuration: Configuration): void {
  const known = { createWorker: true, memoryLimit: true } as const;
  checkOptions(configuration, known, 'configure', "{ memoryLimit: '64MB' }");
  const { createWorker, memoryLimit } = configuration;
  if (createWorker !== undefined && typeof createWorker !== 'function') {
    throw typeError(`createWorker must be a function that gives a Worker, got ${describe(createWorker)}`);
  }
  queued.limit = memoryLimit === undefined ? Number.POSITIVE_INFINITY : parseBytes(memoryLimit);
  queued.goOn();
  workerMaker = createWorker;
  allowThreads();
}

/**
 * A worker could not be started, or died before it answered. After a few times in succession, or where it is `final`, all
 * work is done by one thread from now on.
 */
export function refuseThreads(cause: unknown, final = false): void {
  refusal = { cause };
  refusals = final ? MOST_REFUSALS : refusals + 1;
  onRefusal();
}

/** Workers start, or should be tried again. */
export function allowThreads(): void {
  refusal = undefined;
  refusals = 0;
}

/** Be told when workers turn out not to start; the last to ask is told. */
export function whenRefused(listener: () => void): void {
  onRefusal = listener;
}

/** Why workers and this thread cannot work together on one memory; undefined where they can. */
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

/** Start a worker; throws where the platform has none. */
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
  // A page is not told when a worker ends. But a lock is free again when its holder is gone.
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

/** The number of cores that there are for us. */
export function hardwareThreads(): number {
  const os = builtin('node:os') as { availableParallelism?(): number } | undefined;
  return os?.availableParallelism?.() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

let shared: boolean | undefined;

/** Whether linear memory can be shared; the kernels are compiled for the one or the other. */
export function sharesMemory(): boolean {
  if (shared === undefined) {
    try {
      // Where the platform knows no shared memory it throws, or gives what is not.
      shared = !(
        new WebAssembly.Memory({ initial: 0, maximum: 1, shared: true }).buffer instanceof ArrayBuffer
      );
    } catch {
      shared = false;
    }
  }
  return shared;
}

/** A linear memory that may grow to 4 GiB, shared where the platform has shared memory. */
export function createMemory(bytes: number): WebAssembly.Memory {
  const initial = Math.max(1, Math.ceil(bytes / 65536));
  return new WebAssembly.Memory({ initial, maximum: 65536, shared: sharesMemory() });
}
