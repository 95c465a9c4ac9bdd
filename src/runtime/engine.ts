/** The engine: an instance of the kernels with its own linear memory, and the tiles that threads run on it. */
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
import { CORE, EXTRA, type KernelSet, moduleOf } from './kernels/kernel-set.ts';
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

/** All kernels. Those of the extra set exist only after a call has asked for them (MemoryRequest, Engine.tiles). */
export type Kernels = {
  readonly [N in keyof Signatures]: (
    ...args: Numbers<Parameters<Signatures[N]>>
  ) => ReturnType<Signatures[N]>;
};

/** Any kernel: it takes numbers and returns a number, which is a status, an index or a size. */
export type Kernel = (...args: number[]) => number;

/** The kernels that return a number. The others are steps inside them. */
type KernelName = {
  [N in keyof Kernels]: Kernels[N] extends Kernel ? N : never;
}[keyof Kernels];

/**
 * A kernel call that can be cut into ranges. Each thread replaces BEGIN and END in the arguments with its range,
 * SCRATCH with the address of its own scratch, THREAD with its number (from 0), and TEAM with the number of threads.
 */
export type TileCall<N extends KernelName = KernelName> = {
  [K in N]: { kernel: K; args: Readonly<Parameters<Signatures[K]>> } & CallOptions;
}[N];

export interface CallOptions {
  /** The scratch that SCRATCH stands for: `bytes` for each thread, one after the other from `ptr`. */
  scratch?: Scratch;
  /** Every tile depends on the one before: at most one thread runs at a time. */
  sequential?: boolean;
  /** All tiles write to the same scratch: at most one thread runs at a time. */
  alone?: boolean;
  /** Number of columns, if calls of this kernel differ in it. The speed of a kernel is remembered for each number. */
  cols?: number;
}
export interface Scratch {
  ptr: number;
  bytes: number;
}

interface TileOptions {
  signal?: AbortSignal;
  /** Called about every 20 ms with the end of the part that is done. */
  onDone?(end: number): void;
  /** Ranges start at multiples of this. Default 4, the rows of a register block. */
  grain?: number;
  /** The call takes less than a millisecond, so this thread runs it at once. */
  brief?: boolean;
  /** Run everything on this thread, which has this number. Others may run meanwhile, each with its own scratch. */
  here?: number;
  /** Run on this worker group, which allows overlapping calls. Default: free workers of the pool. */
  group?: WorkerGroup;
  /** Rows may cost many times more than the rows before them, so tiles are kept short. */
  uneven?: boolean;
}

/** Target time of a tile, short enough for prompt progress and cancelling. */
const TILE_MS = 10;
/** Work that is shorter than this does not wake the pool. */
const ALONE_MS = 1;
/**
 * On the main thread of a page, calls with a grain of this many rows or more go to workers from their first tile on.
 */
const COARSE_ROWS = 16;
/** Bytes that are copied at a time. The first access to new memory runs at 2 to 5 GB/s. */
const COPY_BYTES = 2 ** 24;
/** The same on the main thread of a page. */
const PAGE_COPY_BYTES = 2 ** 20;

let nextId = 1;

/** An instance of the kernels with its linear memory. One call uses it at a time. */
export class Engine {
  readonly id: number;
  /** In the order in which they were added. */
  readonly modules: WebAssembly.Module[] = [];
  readonly kernels = {} as Kernels;
  readonly memory: WebAssembly.Memory;
  /** Threads that the current call may use. */
  threads = 1;
  /** Rows per millisecond of each kernel that this call has used, by name and number of columns; from its last run. */
  readonly rates = new Map<string, number>();
  /** The turn of the current call. */
  turn: Turn | undefined;

  private constructor(memory: WebAssembly.Memory) {
    this.id = nextId++;
    this.memory = memory;
  }

  static async create(bytes: number): Promise<Engine> {
    // This comes first, so that a platform without WebAssembly reports that.
    await moduleOf(CORE);
    let memory: WebAssembly.Memory;
    try {
      memory = createMemory(bytes);
    } catch (cause) {
      throw noRoom('linear memory', bytes, cause);
    }
    // New memory may also cost the garbage collector some time.
    await yieldInPage();
    const engine = new Engine(memory);
    await engine.add(CORE);
    await yieldInPage();
    return engine;
  }

  /** Add the kernels of a set. */
  async add(set: KernelSet): Promise<void> {
    const module = await moduleOf(set);
    if (this.modules.includes(module)) return;
    const imports = { env: { memory: this.memory } };
    // The loader creates a TextDecoder when it is loaded, which jsdom lacks. Kernels take only numbers: they work
    // without it.
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
   * Grow the memory to at least `bytes` bytes in total.
   * @throws MemoryLimitError if other calls hold that memory; PlatformError
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

  /** Read chunks of a source. While this call waits for its source, other calls need not wait for it. */
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

  /** A view of linear memory. Make it when needed and never store it: growing the memory leaves old views short. */
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

  /** Bytes to copy or to check in one step. */
  get stepBytes(): number {
    return isPage() ? PAGE_COPY_BYTES : COPY_BYTES;
  }

  /** Whether kernels run on this thread only. */
  get isAlone(): boolean {
    return !canShareMemory() || (this.threads === 1 && !isPage());
  }

  /**
   * Copy numbers into linear memory, in steps. They are converted to `element`; the default is their own type.
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
   * A worker group that accepts jobs while others run (TileOptions.group). It need not be closed. If this thread
   * `helps`, it counts as one of the threads and has the last number.
   */
  group(signal?: AbortSignal, helps = false): WorkerGroup {
    return helps
      ? new WorkerGroup(this, this.threads - 1, signal, 1)
      : new WorkerGroup(this, this.threads, signal);
  }

  /**
   * Call a kernel for all of [from, to), in tiles. Results do not depend on how the range is cut, nor on which
   * thread runs a tile.
   *
   * This thread runs the first millisecond. Longer work goes to the pool, if the call may use several threads or if
   * this is the main thread of a page. Otherwise this thread continues, and the event loop gets its turn between tiles.
   * @returns the first non-zero status, or 0
   * @throws the signal's reason; PlatformError if a worker died
   */
  async tiles(call: TileCall, from: number, to: number, options: TileOptions = {}): Promise<number> {
    const { signal, onDone, grain = 4, brief = false, uneven = false, here } = options;
    // Distances of rare metrics are in the extra kernels.
    if (!(call.kernel in this.kernels)) await this.add(EXTRA);
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
    // If this kernel has run before, its speed gives the size of the first tile.
    const key = `${call.kernel} ${call.cols ?? ''}`;
    const known = this.rates.get(key) ?? 0;
    // Even the smallest tile may take long if it is the first to touch new memory.
    const coarse = grain >= COARSE_ROWS && to - from > 4 * grain;
    let size = brief ? to - from : Math.max(grain, Math.floor((known * tileMs) / grain) * grain);
    let at = from;
    signal?.throwIfAborted();
    while (at < to) {
      // From the second call on, the speed tells beforehand whether the pool is worth it. In a page it always is once
      // the workers have started: even a first tile may take long if it touches much memory.
      const spent = performance.now() - start;
      const left = (to - at) / (this.rates.get(key) ?? Number.POSITIVE_INFINITY);
      const up = options.group?.isUp || (page && (isPoolUp() || coarse));
      // If other calls have the workers, this thread continues alone until some are free.
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
      // Adjust the size towards the target time. At most double it, since later rows may cost more.
      const factor = Math.min(2, tileMs / Math.max(now - before, 1e-3));
      size = Math.max(grain, Math.floor(((stop - at) * factor) / grain) * grain);
      at = stop;
      if (now - start > 0.05) this.rates.set(key, (at - from) / (now - start));
      // Some platforms stop the clock during computation. It advances only when the event loop gets its turn.
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

  /** Start the workers that a gang needs. @returns false if they cannot be had; then use `tiles` with one thread */
  async gatherGang(): Promise<boolean> {
    return this.threads > 1 && canShareMemory() && gather(this, this.threads);
  }

  /**
   * Let all threads make the same call at the same time, each with its own number. The kernel keeps them in step,
   * counts finished work in a control word, and reads the stop word.
   * @param total the value that `onDone` reaches at the end
   * @returns the first non-zero status, or 0
   * @throws the signal's reason; PlatformError if a worker died
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

/** The arguments of a call for one thread. The range is filled in later. */
function argsFor(call: TileCall, thread: number, team = 1): number[] {
  const open: readonly Argument[] = call.args;
  return open.map((a) => {
    if (typeof a === 'number') return a;
    if (a === THREAD) return thread;
    if (a === TEAM) return team;
    return a === SCRATCH && call.scratch ? call.scratch.ptr + thread * call.scratch.bytes : 0;
  });
}
