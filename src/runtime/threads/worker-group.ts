/**
 * A worker group: workers of the pool that run jobs on one engine.
 *
 * A job is one kernel over one range. Workers take tiles from a counter in the engine's memory, so this thread does not
 * distribute work and need not block: a timer reads the progress, and an abort sets the stop word. More jobs may be
 * given while one runs; workers go from one to the next by themselves. When no job is left, the workers return to the
 * pool.
 */
import { PlatformError } from '../../errors.ts';
import { EMERGENCY } from '../kernels/constants.ts';
import { CONTROL_BLOCKS, CONTROL_BYTES, DONE, NEXT, STATUS, STOP } from '../memory/control-words.ts';
import { refuseThreads } from './platform.ts';
import type { SharedEngine, WorkerHandle } from './worker-handle.ts';
import { giveBack, takeMembers } from './worker-pool.ts';
import type { Job } from './worker-script.ts';

/** How often this thread reads the progress of a job. */
const LOOK_MS = 25;

/** No worker is available, and no work has been done. */
export class NoThreads extends PlatformError {}

/** A job that has not been assigned to threads yet. @internal */
export interface GroupJob extends Omit<Job, 'control' | 'args' | 'threads'> {
  /** Arguments for each thread: they differ in the scratch and the thread's number. */
  argsOf(thread: number): number[];
  onDone(done: number): void;
  /** Called at the end with the milliseconds that the kernels took, summed over all threads. */
  onSpent?(ms: number): void;
}

/**
 * A worker of the group, and a promise that is fulfilled when the worker has instantiated the kernels of the engine.
 */
interface GroupMember {
  member: WorkerHandle;
  ready: Promise<void>;
}

/** A job that is running. */
interface Posted {
  job: Omit<GroupJob, 'argsOf' | 'onDone' | 'onSpent'>;
  argsOf(thread: number): number[];
  control: Int32Array;
  /** Milliseconds that its kernels took so far. */
  spent: number;
}

export class WorkerGroup {
  readonly engine: SharedEngine & { readonly kernels: object };
  readonly #threads: number;
  /** Number of threads besides the workers that run tiles of the jobs. */
  readonly #helpers: number;
  readonly #posted = new Set<Posted>();
  readonly #signal: AbortSignal | undefined;
  readonly #blocks = Array.from({ length: CONTROL_BLOCKS }, (_, i) => CONTROL_BLOCKS - 1 - i);
  #taking: Promise<void> | undefined;
  #members: GroupMember[] = [];
  /** Number of jobs and held arrays that need the workers. */
  #reasons = 0;

  constructor(engine: WorkerGroup['engine'], threads: number, signal: AbortSignal | undefined, helpers = 0) {
    this.engine = engine;
    this.#threads = threads;
    this.#helpers = helpers;
    this.#signal = signal;
  }

  /** The number of this thread. If it helps, no worker has the same number. */
  get ownThread(): number {
    return this.#helpers > 0 ? this.#threads : 0;
  }

  /** Whether the group has workers at present. */
  get isUp(): boolean {
    return this.#reasons > 0;
  }

  async #take(all: boolean): Promise<void> {
    const { members, refused } = await takeMembers(this.#threads, all ? this.#threads : undefined);
    this.#members = members.map((member) => {
      const ready = member.introduce(this.engine);
      ready.catch(() => {});
      return { member, ready };
    });
    if (refused !== undefined) throw refusalOf(refused);
    if (members.length === 0) throw new NoThreads('other calls have all workers');
  }

  /**
   * Run `work` with the workers of the group. They return to the pool when the last `work` has ended. There may be
   * fewer than requested because other calls have them, unless `all` are required.
   */
  async keep<R>(work: (members: GroupMember[]) => Promise<R>, all = false): Promise<R> {
    this.#reasons++;
    this.#taking ??= this.#take(all);
    try {
      await this.#taking;
      return await work(this.#members);
    } finally {
      if (--this.#reasons === 0) {
        this.#taking = undefined;
        giveBack(this.#members.splice(0).map(({ member }) => member));
      }
    }
  }

  /**
   * Run a job. At most CONTROL_BLOCKS jobs may run at a time.
   * @returns the first non-zero status, or 0
   * @throws the signal's reason; PlatformError with the cause if a worker died or threw; NoThreads; errors of onDone
   */
  run({ argsOf, onDone, onSpent, ...job }: GroupJob): Promise<number> {
    return this.keep(async (members) => {
      const { engine } = this;
      const signal = this.#signal;
      const block = this.#blocks.pop() as number;
      const at = block * CONTROL_BYTES;
      const control = new Int32Array(engine.memory.buffer, at, 4);
      control.fill(0);
      control[NEXT] = job.from;
      const posted: Posted = { job, argsOf, control, spent: 0 };
      this.#posted.add(posted);
      const look = () => onDone(Math.min(job.to, job.from + Atomics.load(control, DONE)));
      const stop = () => Atomics.compareExchange(control, STOP, 0, 1);
      let broken: { cause: unknown } | undefined;
      const timer = setInterval(() => {
        if (broken) return;
        try {
          look();
        } catch (cause) {
          // An error of the caller's function must reject the call, not reach the event loop.
          broken = { cause };
          stop();
        }
      }, LOOK_MS);
      signal?.addEventListener('abort', stop, { once: true });
      // A signal that has already fired sends no event.
      if (signal?.aborted) stop();
      const threads = members.length + this.#helpers;
      const work = async ({ member, ready }: GroupMember, thread: number) => {
        try {
          await ready;
          // The engine may have got more kernels since.
          await member.introduce(engine);
          const order = { ...job, control: at, args: argsOf(thread), threads };
          const report = await member.ask({ type: 'job', id: engine.id, job: order });
          posted.spent += (report as { spent?: number }).spent ?? 0;
        } catch (cause) {
          // No thread may wait for this worker any longer, neither for its tiles nor at a barrier.
          Atomics.store(control, STOP, EMERGENCY);
          throw cause;
        }
      };
      try {
        // Wait for all workers, so that none writes to memory that has been given back.
        const results = await Promise.allSettled(members.map(work));
        const failed = results.find((r) => r.status === 'rejected');
        if (failed && !job.gang && members.every(({ member }) => !member.started)) {
          throw refusalOf(failed.reason);
        }
        if (failed) throw deathOf(failed.reason);
        signal?.throwIfAborted();
        if (broken) throw broken.cause;
        look();
        onSpent?.(posted.spent);
        return Atomics.load(control, STATUS);
      } finally {
        clearInterval(timer);
        signal?.removeEventListener('abort', stop);
        this.#posted.delete(posted);
        this.#blocks.push(block);
      }
    }, job.gang);
  }

  /**
   * Run one tile of a running job on this thread, under this thread number. For a thread that has nothing else to do.
   * @returns whether a tile was left
   */
  help(thread: number): boolean {
    for (const posted of this.#posted) {
      const { job, argsOf, control } = posted;
      const { kernel, begin, end, from, to, grain, size, gang } = job;
      if (gang || Atomics.load(control, STOP) !== 0 || Atomics.load(control, NEXT) >= to) continue;
      const part = Math.ceil((to - from) / (4 * grain)) * grain;
      const rows = Math.max(grain, Math.min(size, part));
      const at = Atomics.add(control, NEXT, rows);
      if (at >= to) continue;
      const stop = Math.min(to, at + rows);
      const args = argsOf(thread);
      if (begin >= 0) args[begin] = at;
      args[end] = stop;
      const before = performance.now();
      const kernels = this.engine.kernels as Record<string, (...args: number[]) => number>;
      const status = kernels[kernel](...args);
      posted.spent += performance.now() - before;
      if (status === 0) {
        Atomics.add(control, DONE, stop - at);
      } else {
        Atomics.store(control, STATUS, status);
        Atomics.store(control, STOP, 1);
      }
      return true;
    }
    return false;
  }
}

const textOf = (cause: unknown) => (cause instanceof Error ? cause.message : cause);

/** The error for a worker that died or threw. */
export function deathOf(cause: unknown): PlatformError {
  return new PlatformError(`a worker failed: ${textOf(cause)}`, { cause });
}

/** The error if no worker could be started. It also counts the failed attempt (refuseThreads). */
export function refusalOf(cause: unknown): NoThreads {
  refuseThreads(cause);
  return new NoThreads(`no worker could be started: ${textOf(cause)}`, { cause });
}
