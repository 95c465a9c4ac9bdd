/**
 * What differs between runtimes and has no common name. Found by looking for the feature, never by
 * asking which runtime this is.
 */
import { WORKER_SOURCE } from './worker.ts';

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
interface Process {
  getBuiltinModule?(name: string): unknown;
}

const g = globalThis as {
  process?: Process;
  setImmediate?: (f: () => void) => unknown;
  crossOriginIsolated?: boolean;
  document?: unknown;
};

function builtin(name: string): unknown {
  try {
    return g.process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}

/** A worker, whatever the platform calls it. */
export interface Thread {
  post(data: unknown): void;
  /** Keep the process alive for this worker, or not. */
  hold(on: boolean): void;
  stop(): void;
}

export interface ThreadEvents {
  onMessage(data: unknown): void;
  /** It died or threw outside of a job; told once. */
  onDeath(cause: unknown): void;
}

/** Whether workers and this thread can share linear memory. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  if (builtin('node:worker_threads')) return true;
  return g.crossOriginIsolated === true && typeof Worker === 'function';
}

/** Whether this is a thread that a person looks at, on which nothing long may run. */
export function isPage(): boolean {
  return g.document !== undefined && typeof Worker === 'function';
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
      hold: (on) => (on ? worker.ref() : worker.unref()),
      stop: () => void worker.terminate(),
    };
  }
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url, { name: 'coppice' });
  worker.onmessage = (event) => events.onMessage(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    events.onDeath(
      new Error(event.message || 'a worker could not be started (is worker-src blob: allowed?)'),
    );
  };
  return {
    post: (data) => worker.postMessage(data),
    hold: () => {},
    stop: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

/** The number of cores that there are for us. */
export function hardwareThreads(): number {
  const os = builtin('node:os') as { availableParallelism?(): number } | undefined;
  return os?.availableParallelism?.() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Let timers, signals and input have their turn; takes microseconds, not the 4 ms of a clamped timer. */
export function yieldToLoop(): Promise<void> {
  const { setImmediate } = g;
  if (setImmediate) return new Promise((resolve) => void setImmediate(resolve));
  if (typeof MessageChannel === 'function') {
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    });
  }
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A linear memory that may grow to 4 GiB, shared where the platform has shared memory. */
export function createMemory(bytes: number): WebAssembly.Memory {
  const initial = Math.max(1, Math.ceil(bytes / 65536));
  return new WebAssembly.Memory({ initial, maximum: 65536, shared: true });
}
