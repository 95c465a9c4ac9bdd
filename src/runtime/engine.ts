/** The engine: an instance of the kernels with linear memory of its own, and the tiles that threads run in it. */
import { noRoom } from '../support/allocate.ts';
import {
  isPage,
  lastTurn,
  noteTurn,
  PAGE_MS,
  pause,
  YIELD_MS,
  yieldInPage,
  yieldToLoop,
} from '../support/scheduling.ts';
import type { FloatArray } from '../types.ts';
import { CORE, type KernelSet, moduleOf } from './kernels/kernel-set.ts';
import { type Argument, BEGIN, END, SCRATCH, TEAM, THREAD } from './kernels/open-arguments.ts';
import type { CoreKernels, ExtraKernels } from './kernels/signatures.ts';
import type { Turn } from './memory/turn.ts';
import { checkGrowth } from './memory/turns.ts';
import { canShareMemory, createMemory } from './threads/platform.ts';
import { NoThreads, WorkerGroup } from './threads/worker-group.ts';
import { gather, hasMembers, isPoolUp } from './threads/worker-pool.ts';

export { type Argument, BEGIN, END, SCRATCH, TEAM, THREAD };

type Signatures = CoreKernels & ExtraKernels;
type Numbers<T extends readonly unknown[]> = { [I in keyof T]: number };

/** All kernels; those of the extra set are there where a call has asked for them (KernelSet). */
export type Kernels = {
  readonly [N in keyof Signatures]: (
    ...args: Numbers<Parameters<Signatures[N]>>
  ) => ReturnType<Signatures[N]>;
};

/** Any kernel: it takes numbers, and gives a number, which is a status, an index or a size. */
export type Kernel = (...args: number[]) => number;

/** The kernels that give a number; the others are steps of theirs. */
export type KernelName = {
  [N in keyof Kernels]: Kernels[N] extends Kernel ? N : never;
}[keyof Kernels];

/**
 * A kernel call that can be cut into ranges: the places of `begin` and `end` stand open. In its arguments BEGIN and END are
 * replaced by the range, SCRATCH by an address of each thread's own, THREAD by its number from 0, TEAM by how many there are.
 */
export type TileCall<N extends KernelName = KernelName> = {
  [K in N]: { kernel: K; args: Readonly<Parameters<Signatures[K]>> } & CallOptions;
}[N];

export interface CallOptions {
  /** Where SCRATCH is: `bytes` for each thread. */
  scratch?: Scratch;
  /** Every tile builds on the one before: not more than one thread at a time. */
  sequential?: boolean;
  /** Tiles write to the same scratch: not more than one thread at a time. */
  alone?: boolean;
  /** Columns of the rows, where calls of this kernel differ in them: how long a tile takes is known for each number. */
  cols?: number;
}
export interface Scratch {
  ptr: number;
  bytes: number;
}

export interface TileOptions {
  signal?: AbortSignal;
  /** Called about every 20 ms with the end of the range that is done. */
  onDone?(end: number): void;
  /** Ranges start at multiples of this. Default 4, the rows of a register block. */
  grain?: number;
  /** It is known to take less than a millisecond, so it is done here. */
  brief?: boolean;
  /** This thread does it all, as the one of this number: others may be at work, each with its own scratch. */
  here?: number;
  /** Who does what does not stay here, for calls that are made while others are in hand. Default: whoever is free. */
  group?: WorkerGroup;
  /** Rows may cost many times what those before them did, so tiles are kept short. */
  uneven?: boolean;
}

/** Time in which a tile should end, so that progress and cancelling are prompt. */
const TILE_MS = 10;
/** Work that is shorter than this does not wake the pool. */
const ALONE_MS = 1;
/** A grain of so many rows is not tried out on a thread that a person looks at. */
const COARSE_ROWS = 16;
/** Bytes that are copied at a time: memory that is touched for the first time comes at 2 to 5 GB/s. */
const COPY_BYTES = 2 ** 24;
/** The same on a thread that a person looks at. */
const PAGE_COPY_BYTES = 2 ** 20;

let nextId = 1;

/** An instance of the kernels with its memory. Used by one call at a time. */
export class Engine {
  readonly id: number;
  /** In the order in which they were added. */
  readonly modules: WebAssembly.Module[] = [];
  readonly kernels = {} as Kernels;
  readonly memory: WebAssembly.Memory;
  /** Threads that the call in hand may use. */
  threads = 1;
  /** Rows per millisecond of the kernels that this call has used, by name and columns, as the last tiles went. */
  readonly rates = new Map<string, number>();
  /** Of the call in hand. */
  turn: Turn | undefined;

  private constructor(memory: WebAssembly.Memory) {
    this.id = nextId++;
    this.memory = memory;
  }

  static async create(bytes: number): Promise<Engine> {
    // First, so that a platform that has no WebAssembly says so.
    await moduleOf(CORE);
    let memory: WebAssembly.Memory;
    try {
      memory = createMemory(bytes);
    } catch (cause) {
      throw noRoom('linear memory', bytes, cause);
    }
    // Memory that is new may cost the collector some time too.
    await yieldInPage();
    const engine = new Engine(memory);
    await engine.add(CORE);
    await yieldInPage();
    return engine;
  }

  /** Have the kernels of a set. */
  async add(set: KernelSet): Promise<void> {
    const module = await moduleOf(set);
    if (this.modules.includes(module)) return;
    const imports = { env: { memory: this.memory } };
    // The loader makes a TextDecoder as it is loaded, which jsdom lacks; kernels, which take numbers alone, do without it.
    const { exports } =
      typeof TextDecoder === 'function'
        ? await (await import('@assemblyscript/loader')).instantiate(module, imports as never)
        : await WebAssembly.instantiate(module, imports);
    Object.assign(this.kernels, exports);
    this.modules.push(module);
  }

  get size(): number {
    return this.memory.buffer.byteLength;
  }

  /**
   * Make room for `bytes` bytes in all.
   * @throws MemoryLimitError where other calls have it; PlatformError
   */
  reserve(bytes: number): void {
    const missing = bytes - this.size;
    if (missing <= 0) return;
    const { turn } = this;
    if (turn && bytes > turn.wants) checkGrowth(turn, bytes);
    try {
      this.memory.grow(Math.ceil(missing / 65536));
    } catch (cause) {
      throw noRoom('linear memory', bytes, cause);
    }
    if (turn) turn.linearBytes = this.size;
  }

  /** Rows of a source. While they are waited for, others need not wait for this call. */
  async *reads<T>(rows: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const turn = this.turn as Turn;
    try {
      turn.readingSince = performance.now();
      for await (const chunk of rows) {
        turn.readingSince = undefined;
        yield chunk;
        turn.readingSince = performance.now();
      }
    } finally {
      turn.readingSince = undefined;
    }
  }

  /** A view; made when needed and never stored, since growing memory leaves old views short. */
  f32(ptr: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, ptr, length);
  }
  f64(ptr: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, ptr, length);
  }
  i32(ptr: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, ptr, length);
  }
  u32(ptr: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, ptr, length);
  }
  bytes(ptr: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, ptr, length);
  }
  floats(element: 'f4' | 'f8', ptr: number, length: number): FloatArray {
    return element === 'f4' ? this.f32(ptr, length) : this.f64(ptr, length);
  }

  /** Bytes to copy, or to look at, between two steps. */
  get stepBytes(): number {
    return isPage() ? PAGE_COPY_BYTES : COPY_BYTES;
  }

  /** Whether kernels run on this thread and on no other. */
  get isAlone(): boolean {
    return !canShareMemory() || (this.threads === 1 && !isPage());
  }

  /**
   * Copy numbers into linear memory, in steps; as `element` where that is not their own.
   * @throws the signal's reason
   */
  async write(
    ptr: number,
    from: FloatArray,
    signal?: AbortSignal,
    element: 'f4' | 'f8' = from instanceof Float32Array ? 'f4' : 'f8',
  ): Promise<void> {
    const width = element === 'f4' ? 4 : 8;
    const step = this.stepBytes / width;
    for (let at = 0; at < from.length; at += step) {
      const part = from.subarray(at, at + step);
      this.floats(element, ptr + at * width, part.length).set(part);
      await pause(signal);
    }
  }

  /**
   * Those who do what is given to them while they are at something else (TileOptions). It needs no end. Where this
   * thread `helps`, it is one of the threads, the last by its number.
   */
  group(signal?: AbortSignal, helps = false): WorkerGroup {
    return helps
      ? new WorkerGroup(this, this.threads - 1, signal, 1)
      : new WorkerGroup(this, this.threads, signal);
  }

  /**
   * Call a kernel for all of [from, to), in tiles. Results do not depend on how the range is cut, nor on who
   * does a tile.
   *
   * The first milliseconds are worked off here; what is longer goes to the pool, if there may be several
   * threads, or if this thread belongs to a page. Otherwise the event loop has its turn between tiles.
   * @returns the first status that is not 0, or 0
   * @throws the signal's reason; PlatformError where a worker died
   */
  async tiles(call: TileCall, from: number, to: number, options: TileOptions = {}): Promise<number> {
    const { signal, onDone, grain = 4, brief = false, uneven = false, here } = options;
    const kernel = this.kernels[call.kernel] as Kernel;
    const open: readonly Argument[] = call.args;
    const begin = open.indexOf(BEGIN);
    const end = open.indexOf(END);
    const args = argsFor(call, here ?? options.group?.ownThread ?? 0);
    const page = isPage();
    const tileMs = page || uneven ? PAGE_MS : TILE_MS;
    const threads = call.alone || call.sequential ? 1 : this.threads;
    const enough = options.group ? 0.25 : ALONE_MS;
    let pooled = !brief && here === undefined && (page || threads > 1) && canShareMemory();
    const start = performance.now();
    // A call like one before begins with tiles of the size that those had in the end.
    const key = `${call.kernel} ${call.cols ?? ''}`;
    const known = this.rates.get(key) ?? 0;
    // Whose smallest tile may be long already, where it touches memory that is new.
    const coarse = grain >= COARSE_ROWS && to - from > 4 * grain;
    let size = brief ? to - from : Math.max(grain, Math.floor((known * tileMs) / grain) * grain);
    let at = from;
    signal?.throwIfAborted();
    while (at < to) {
      // From the second call on it is known beforehand whether the pool pays. In a page it always does once it is
      // there: even a first tile may be long, where it touches much memory.
      const spent = performance.now() - start;
      const left = (to - at) / (this.rates.get(key) ?? Number.POSITIVE_INFINITY);
      const up = options.group?.isUp || (page && (isPoolUp() || coarse));
      // Where other calls have the workers, this thread does what it can until some are free.
      const free = pooled && (options.group?.isUp || hasMembers(threads));
      if (free && (spent > enough || left > enough || up)) {
        if (at > from) onDone?.(at);
        const group = options.group ?? new WorkerGroup(this, threads, signal);
        try {
          const status = await group.run({
            kernel: call.kernel,
            argsOf: (thread: number) => argsFor(call, thread),
            ...{ begin, end, from: at, to, grain, size, tileMs: uneven ? PAGE_MS : TILE_MS, gang: false },
            followed: options.group !== undefined,
            onDone: (done: number) => onDone?.(done),
            onSpent: (ms: number) => this.rates.set(key, (to - at) / ms),
          });
          noteTurn();
          return status;
        } catch (error) {
          // No worker could be started, so no tile was taken: this thread goes on alone.
          if (!(error instanceof NoThreads)) throw error;
          pooled = false;
        }
      }
      const stop = Math.min(to, at + size);
      if (begin >= 0) args[begin] = at;
      args[end] = stop;
      const before = performance.now();
      const status = kernel(...args);
      const now = performance.now();
      if (status !== 0) return status;
      // Grow towards tiles of the wanted time; never by more than double, as rows may grow dearer.
      const factor = Math.min(2, tileMs / Math.max(now - before, 1e-3));
      size = Math.max(grain, Math.floor(((stop - at) * factor) / grain) * grain);
      at = stop;
      if (now - start > 0.05) this.rates.set(key, (at - from) / (now - start));
      // Some platforms stop the clock while they compute: the event loop is all that lets it go on.
      const due = (now === before && at < to) || now - lastTurn() > (page ? PAGE_MS : YIELD_MS);
      if (due && !(at < to && free && now - start > ALONE_MS)) {
        onDone?.(at);
        await yieldToLoop();
        signal?.throwIfAborted();
      }
    }
    onDone?.(to);
    return 0;
  }

  /** Start what a gang needs. Where it may not be had, `tiles` does the same call with one thread. */
  async gatherGang(): Promise<boolean> {
    return this.threads > 1 && canShareMemory() && gather(this, this.threads);
  }

  /**
   * Let all threads make one call at the same time, each with its number; they work in lock-step, count what is
   * done in a control word, and look at the stop word.
   * @param total what `onDone` counts up to
   * @returns the status of a kernel that was not content, or 0
   * @throws the signal's reason; PlatformError where a worker died
   */
  async gang(call: TileCall, total: number, options: TileOptions = {}): Promise<number> {
    const { signal, onDone } = options;
    const { threads } = this;
    signal?.throwIfAborted();
    return new WorkerGroup(this, threads, signal).run({
      kernel: call.kernel,
      argsOf: (thread: number) => argsFor(call, thread, threads),
      ...{ begin: -1, end: -1, from: 0, to: total, grain: 1, size: 1, tileMs: TILE_MS, gang: true },
      followed: false,
      onDone: (done: number) => onDone?.(done),
    });
  }
}

/** The arguments of a call for one of the threads; the range is filled in later. */
function argsFor(call: TileCall, thread: number, team = 1): number[] {
  const open: readonly Argument[] = call.args;
  return open.map((a) => {
    if (typeof a === 'number') return a;
    if (a === THREAD) return thread;
    if (a === TEAM) return team;
    return a === SCRATCH && call.scratch ? call.scratch.ptr + thread * call.scratch.bytes : 0;
  });
}
