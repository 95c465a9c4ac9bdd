/**
 * The pool: workers that start on first use, serve every engine, and hold no process alive between jobs.
 *
 * A job is one kernel over one range. Workers take tiles of it from a counter in the engine's memory, so the
 * main thread neither hands out work nor waits: it looks in at times for progress and to pass on a stop.
 */
import { PlatformError } from '../errors.ts';
import { isPage, refuseThreads, startThread, type Thread, yieldToLoop } from './platform.ts';
import { DONE, EMERGENCY, type Job, NEXT, type Order, type Report, STATUS, STOP } from './worker.ts';

/** Time in which a worker must have answered for the first time: one of a wrong script never does. */
const START_MS = 10_000;
/** How often the main thread looks in. */
const LOOK_MS = 25;

interface Member {
  thread: Thread;
  /** Memories that it has been told of, each with how many modules on it. */
  knows: Map<number, number>;
  /** It has answered once. */
  started: boolean;
  /** The job, or the introduction, that it is busy with. */
  settle: { resolve(): void; reject(cause: unknown): void } | undefined;
  dead: unknown;
  die(cause: unknown): void;
}

/** What a pool needs to know of an engine. */
export interface SharedEngine {
  readonly id: number;
  readonly modules: readonly WebAssembly.Module[];
  readonly memory: WebAssembly.Memory;
}

/** No worker could be started, and nothing has been done. */
export class NoThreads extends Error {}

export interface PoolJob {
  kernel: string;
  /** Arguments for each thread: they differ in the scratch. */
  argsOf(thread: number): number[];
  begin: number;
  end: number;
  from: number;
  to: number;
  grain: number;
  tileMs: number;
  threads: number;
  gang: boolean;
  signal: AbortSignal | undefined;
  onDone(done: number): void;
}

const idle: Member[] = [];
const all = new Set<Member>();

function startMember(): Member {
  const member: Member = {
    thread: undefined as unknown as Thread,
    knows: new Map(),
    started: false,
    settle: undefined,
    dead: undefined,
    die(cause) {
      if (member.dead !== undefined) return;
      member.dead = cause ?? new Error('a worker died');
      all.delete(member);
      const at = idle.indexOf(member);
      if (at >= 0) idle.splice(at, 1);
      member.settle?.reject(member.dead);
      member.settle = undefined;
      // It may only be silent, or have thrown.
      member.thread?.stop();
    },
  };
  member.thread = startThread({
    onMessage(data) {
      const report = data as Report;
      const { settle } = member;
      if (report.type === 'ready' && !member.started) {
        member.started = true;
        if (report.locked) member.thread.watch();
      }
      member.settle = undefined;
      if (report.type === 'failed') settle?.reject(new Error(report.message));
      else settle?.resolve();
    },
    onDeath: (cause) => member.die(cause),
  });
  all.add(member);
  return member;
}

function ask(member: Member, order: Order): Promise<void> {
  if (member.dead !== undefined) return Promise.reject(member.dead);
  return new Promise((resolve, reject) => {
    member.settle = { resolve, reject };
    member.thread.post(order);
  });
}

async function introduce(member: Member, engine: SharedEngine): Promise<void> {
  const { id, memory } = engine;
  const known = member.knows.get(id) ?? 0;
  const modules = engine.modules.slice(known);
  if (modules.length === 0) return;
  if (member.started) {
    await ask(member, { type: 'memory', id, modules, memory });
  } else {
    const silent = () => member.die(new Error(`a worker gave no answer within ${START_MS / 1000} seconds`));
    const timer = setTimeout(silent, START_MS);
    try {
      await ask(member, { type: 'memory', id, modules, memory, lock: member.thread.lock });
    } finally {
      clearTimeout(timer);
    }
  }
  member.knows.set(id, known + modules.length);
}

/** Workers for a job; fewer, or none, where the platform refuses. In a page not more than one is started in one task. */
async function takeMembers(count: number): Promise<{ members: Member[]; refused: unknown }> {
  const members: Member[] = [];
  try {
    while (members.length < count) {
      const member = idle.pop();
      if (!member && isPage()) await yieldToLoop();
      members.push(member ?? startMember());
    }
    return { members, refused: undefined };
  } catch (refused) {
    return { members, refused };
  }
}

function giveBack(members: Member[]): void {
  for (const member of members) {
    if (member.dead !== undefined) continue;
    member.thread.hold(false);
    idle.push(member);
  }
}

/**
 * Have workers started that know the engine.
 * @returns whether there are as many; if not, nobody tries again
 */
export async function gather(engine: SharedEngine, count: number): Promise<boolean> {
  const { members, refused } = await takeMembers(count);
  for (const member of members) member.thread.hold(true);
  const results = await Promise.allSettled(members.map((member) => introduce(member, engine)));
  giveBack(members);
  const failed = results.find((r) => r.status === 'rejected');
  if (refused === undefined && !failed) return true;
  refuseThreads(refused ?? failed?.reason);
  return false;
}

/**
 * Do a job.
 * @returns the status of a kernel that was not content, or 0
 * @throws the signal's reason; PlatformError with the cause where a worker died or threw; NoThreads
 */
export async function runJob(engine: SharedEngine, job: PoolJob): Promise<number> {
  const control = new Int32Array(engine.memory.buffer, 0, 4);
  control[NEXT] = job.from;
  control[STOP] = 0;
  control[DONE] = 0;
  control[STATUS] = 0;
  const { members, refused } = await takeMembers(job.threads);
  if (refused !== undefined) {
    giveBack(members);
    refuseThreads(refused);
    throw new NoThreads();
  }
  for (const member of members) member.thread.hold(true);
  const look = () => job.onDone(Math.min(job.to, job.from + Atomics.load(control, DONE)));
  const timer = setInterval(look, LOOK_MS);
  const stop = () => Atomics.compareExchange(control, STOP, 0, 1);
  job.signal?.addEventListener('abort', stop, { once: true });
  // A signal that has fired already tells nobody any more.
  if (job.signal?.aborted) stop();
  const work = async (member: Member, thread: number) => {
    try {
      await introduce(member, engine);
      const { kernel, begin, end, to, grain, tileMs, threads, gang } = job;
      const order: Job = { kernel, args: job.argsOf(thread), begin, end, to, grain, tileMs, threads, gang };
      await ask(member, { type: 'job', id: engine.id, job: order });
    } catch (cause) {
      // Nobody may wait for this one, neither for its tiles nor at a barrier.
      Atomics.store(control, STOP, EMERGENCY);
      throw cause;
    }
  };
  try {
    // Everyone is waited for, so that nobody writes to memory that has been given back.
    const results = await Promise.allSettled(members.map(work));
    const failed = results.find((r) => r.status === 'rejected');
    if (failed && !job.gang && members.every((member) => !member.started)) {
      refuseThreads(failed.reason);
      throw new NoThreads();
    }
    if (failed)
      throw new PlatformError(`a worker failed: ${messageOf(failed.reason)}`, { cause: failed.reason });
    job.signal?.throwIfAborted();
    look();
    return Atomics.load(control, STATUS);
  } finally {
    clearInterval(timer);
    job.signal?.removeEventListener('abort', stop);
    giveBack(members);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Let workers forget an engine whose memory is given up. */
export function forgetEngine(id: number): void {
  for (const member of all) {
    if (member.knows.delete(id)) member.thread.post({ type: 'forget', id } satisfies Order);
  }
}

/** Whether there are workers that could begin at once. */
export function isPoolUp(): boolean {
  return idle.length > 0;
}

/** Stop all workers that are not at work. */
export function closePool(): void {
  for (const member of idle.splice(0)) {
    all.delete(member);
    member.dead = new Error('closed');
    member.thread.stop();
  }
}
