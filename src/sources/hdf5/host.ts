/**
 * Workers that run the HDF5 library, one for each of its builds, and a watchdog. A damaged file can send the library into
 * an endless loop. So if a call reads nothing for seconds, its worker is terminated.
 */

import HDF5_WORKER from '../../../build/kernels/hdf5-worker.js';
import { builtin } from '../../support/builtin-module.ts';
import { LibraryError } from './library-error.ts';
import type { Parts } from './pieces.ts';
import type { Call, Order, RemotePlace, Report } from './worker.ts';

/** Interval of the watchdog. */
const LOOK_MS = 100;
/** Longest time of a call without a read, in processor time: on a busy machine a file must not count as damaged. */
const CALL_MS = 3000;
/** The same in wall-clock time, on platforms that do not report processor time. */
const CLOCK_MS = 12_000;
/** A call may take one millisecond longer for each BYTES_A_MS bytes that it has to decompress. */
const BYTES_A_MS = 20_000;
/** An idle worker is terminated after this time. */
const IDLE_MS = 10_000;
/** A worker must start within this time, or no worker is used. */
const START_MS = 20_000;
/** Limits for the JavaScript objects of a worker: all, and new ones, of which V8 else lets 48 MB add up. */
const MOST_SCRIPT_MB = 256;
const MOST_NEW_MB = 6;

interface Thread {
  post(order: Order, transfer?: Transferable[]): void;
  hold(on: boolean): void;
  stop(): void;
}

interface NodeWorker {
  postMessage(data: unknown, transfer?: unknown): void;
  on(event: string, listener: (value: never) => void): void;
  terminate(): unknown;
  ref(): void;
  unref(): void;
}

function startThread(onReport: (report: Report) => void, onDeath: (cause: unknown) => void): Thread {
  const threads = builtin('node:worker_threads') as
    | { Worker: new (source: string, options: object) => NodeWorker }
    | undefined;
  if (threads) {
    const worker = new threads.Worker(HDF5_WORKER, {
      eval: true,
      name: 'coppice hdf5',
      resourceLimits: { maxOldGenerationSizeMb: MOST_SCRIPT_MB, maxYoungGenerationSizeMb: MOST_NEW_MB },
    });
    worker.on('message', onReport as (value: never) => void);
    worker.on('error', onDeath as (value: never) => void);
    worker.on('exit', ((code: number) => onDeath(new Error(`it ended with code ${code}`))) as (
      value: never,
    ) => void);
    return {
      post: (order, transfer) => worker.postMessage(order, transfer),
      hold: (on) => (on ? worker.ref() : worker.unref()),
      stop: () => void worker.terminate(),
    };
  }
  if (typeof Worker !== 'function') throw new Error('this platform has no workers');
  const url = URL.createObjectURL(new Blob([HDF5_WORKER], { type: 'text/javascript' }));
  const worker = new Worker(url, { name: 'coppice hdf5', type: 'module' });
  worker.onmessage = ({ data }) => onReport(data);
  worker.onerror = (event) => {
    event.preventDefault();
    onDeath(new Error(event.message));
  };
  return {
    post: (order, transfer = []) => worker.postMessage(order, transfer),
    hold: () => {},
    stop: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

/** The URL of the library, for the worker; undefined if it cannot be resolved, as in most bundles. */
function urlOf(build: string): string | undefined {
  try {
    return import.meta.resolve(build);
  } catch {
    return undefined;
  }
}

/** A file that is read in a worker. */
export interface RemoteFile {
  readonly id: number;
  readonly place: RemotePlace;
  readonly mostBytes: number;
  /** Reads the bytes that the worker asks for, if it cannot read the file itself. */
  readonly parts?: Parts;
}

/** Processor time that this process has used; undefined if the platform does not report it. */
function processorMs(): number | undefined {
  const { process } = globalThis as { process?: { cpuUsage?(): { user: number; system: number } } };
  const usage = process?.cpuUsage?.();
  return usage && (usage.user + usage.system) / 1000;
}

class Host {
  #thread: Promise<Thread> | undefined;
  /** Identifies the current worker. */
  #mark: object | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Handlers of reports, and of the end of the worker. */
  #onReport: (report: Report) => void = () => {};
  #onDeath: (cause: unknown) => void = () => {};
  #beats: Int32Array | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly url: string) {}

  /** The worker. It is started if it does not run. */
  thread(): Promise<Thread> {
    this.#thread ??= this.#start().catch((error) => {
      this.#thread = undefined;
      throw error;
    });
    return this.#thread;
  }

  #start(): Promise<Thread> {
    return new Promise((resolve, reject) => {
      const mark = {};
      this.#mark = mark;
      // Reports of a worker that was terminated are ignored.
      const thread = startThread(
        (report) => {
          if (this.#mark === mark) this.#onReport(report);
        },
        (cause) => {
          if (this.#mark !== mark) return;
          this.#mark = undefined;
          this.#thread = undefined;
          this.#onDeath(cause);
        },
      );
      const timer = setTimeout(() => fail(new Error('the worker did not start')), START_MS);
      const fail = (cause: unknown) => {
        clearTimeout(timer);
        this.#mark = undefined;
        thread.stop();
        reject(cause);
      };
      this.#onDeath = fail;
      this.#onReport = (report) => {
        if (report.type !== 'ready') return fail(new Error('the library did not load'));
        clearTimeout(timer);
        thread.hold(false);
        resolve(thread);
      };
      const shared = typeof SharedArrayBuffer === 'undefined' ? undefined : new SharedArrayBuffer(4);
      this.#beats = shared && new Int32Array(shared);
      try {
        thread.post({ type: 'load', url: this.url, beats: shared });
      } catch {
        // A page that is not isolated may be able to create shared memory, but not to send it to a worker.
        this.#beats = undefined;
        thread.post({ type: 'load', url: this.url });
      }
    });
  }

  /** Calls run one after another, since the library does one thing at a time. */
  call(file: RemoteFile, call: Call, args: unknown[], expectedBytes = 0): Promise<unknown> {
    const { id, place, mostBytes } = file;
    return this.#next(file, { type: 'call', file: id, place, mostBytes, call, args }, expectedBytes);
  }

  close(file: RemoteFile): Promise<unknown> {
    return this.#next(file, { type: 'close', file: file.id }, 0);
  }

  #next(file: RemoteFile, order: Order, expectedBytes: number): Promise<unknown> {
    clearTimeout(this.#idle);
    const result = this.#turn.then(() => this.#one(file, order, expectedBytes));
    const turn = result
      .catch(() => {})
      .then(() => {
        if (this.#turn === turn) this.#rest();
      });
    this.#turn = turn;
    return result;
  }

  #rest(): void {
    this.#idle = setTimeout(() => {
      this.#end();
    }, IDLE_MS);
    (this.#idle as { unref?(): void }).unref?.();
  }

  #end(): void {
    const thread = this.#thread;
    this.#mark = undefined;
    this.#thread = undefined;
    thread?.then((one) => one.stop()).catch(() => {});
  }

  async #one(file: RemoteFile, order: Order, expectedBytes: number): Promise<unknown> {
    // A worker that was terminated has no open files.
    if (order.type === 'close' && !this.#thread) return undefined;
    const thread = await this.thread().catch((cause) => {
      throw new LibraryError({ kind: 'platform', message: 'the HDF5 library did not start again' }, cause);
    });
    thread.hold(true);
    let watch: ReturnType<typeof setInterval> | undefined;
    try {
      return await new Promise((resolve, reject) => {
        let spent = 0;
        let last = processorMs();
        let seen = -1;
        let fetching = false;
        let failure: { error: unknown } | undefined;
        const most = (last === undefined ? CLOCK_MS : CALL_MS) + expectedBytes / BYTES_A_MS;
        watch = setInterval(() => {
          const beats = this.#beats ? Atomics.load(this.#beats, 0) : 0;
          const now = processorMs();
          // Other threads of the process use processor time too, so count at most the wall-clock time.
          spent += now === undefined ? LOOK_MS : Math.min(LOOK_MS, now - last!);
          last = now;
          // An odd count means that the call is waiting for the disk.
          if (fetching || beats !== seen || beats % 2 !== 0) spent = 0;
          seen = beats;
          if (spent <= most) return;
          this.#end();
          const seconds = Math.round(spent / 1000);
          const message = `it is damaged: the HDF5 library worked on it for ${seconds} s without an end`;
          reject(new LibraryError({ kind: 'format', message }));
        }, LOOK_MS);
        this.#onDeath = (cause) => {
          const memory = (cause as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY';
          const message = memory
            ? 'it is damaged: the HDF5 library took all memory that it may have'
            : 'the HDF5 library failed on it, so it is most likely damaged';
          reject(new LibraryError({ kind: 'format', message }, cause));
        };
        this.#onReport = (report) => {
          if (report.type === 'value') resolve(report.value);
          else if (report.type === 'problem') {
            if (failure) return reject(failure.error);
            if (report.problem.fatal) this.#end();
            reject(new LibraryError(report.problem));
          } else if (report.type === 'want') {
            fetching = true;
            file.parts!.fetch(report.start, report.end, report.spare).then(
              (bytes) => {
                fetching = false;
                thread.post({ type: 'part', bytes }, [bytes.buffer as ArrayBuffer]);
              },
              (error) => {
                failure = { error };
                thread.post({ type: 'part' });
              },
            );
          }
        };
        const buffers = order.type === 'call' ? order.args.filter((arg) => arg instanceof ArrayBuffer) : [];
        thread.post(order, buffers);
      });
    } finally {
      clearInterval(watch);
      thread.hold(false);
    }
  }
}

const hosts = new Map<string, Promise<Host | undefined>>();

/** The worker of a build of the library; undefined if workers cannot be used. */
export function hostOf(build: string): Promise<Host | undefined> {
  let host = hosts.get(build);
  if (!host) {
    const url = urlOf(build);
    const made = url === undefined ? undefined : new Host(url);
    host = made
      ? made.thread().then(
          () => made,
          () => undefined,
        )
      : Promise.resolve(undefined);
    hosts.set(build, host);
  }
  return host;
}

export type { Host };
