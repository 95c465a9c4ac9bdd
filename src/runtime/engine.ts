/**
 * The engine: one compiled module, and leases on instances of it with linear memory of their own.
 *
 * A call plans its memory (Layout), takes a lease on that many bytes, works, and gives the lease back.
 * Small memories are kept for the next call. Large ones are given up: only a weak reference stays, so
 * that a call that follows at once may use the same pages, and the collector may free them any time.
 */
import { instantiate } from '@assemblyscript/loader';
import base64 from '../../build/kernels/wasm.js';
import { formatBytes, MemoryLimitError, PlatformError } from '../errors.ts';
import { ADDRESSABLE_BYTES } from './limit.ts';
import { createMemory, yieldToLoop } from './platform.ts';

/** Every kernel takes numbers and gives a number: a status, an index or a size. */
export type Kernels = Record<string, (...args: number[]) => number>;

/** A kernel call that can be cut into ranges: the places of `begin` and `end` stand open. */
export interface TileCall {
  kernel: string;
  /** Arguments; BEGIN and END are replaced by the range. */
  args: readonly (number | typeof BEGIN | typeof END)[];
}
export const BEGIN = Symbol('begin');
export const END = Symbol('end');

export interface TileOptions {
  signal?: AbortSignal;
  /** Called about every 20 ms with the end of the range that is done. */
  onDone?(end: number): void;
  /** Ranges start at multiples of this. Default 4, the rows of a register block. */
  grain?: number;
}

/** Memories up to this size are kept between calls. */
const KEEP_BYTES = 2 ** 26;
/** Time in which a tile should end, so that progress and cancelling are prompt. */
const TILE_MS = 10;
/** Time after which the event loop has its turn. */
const YIELD_MS = 20;

let compiled: Promise<WebAssembly.Module> | undefined;
let kept: Engine | undefined;
let dropped: WeakRef<Engine> | undefined;

function compile(): Promise<WebAssembly.Module> {
  compiled ??= (async () => {
    if (typeof WebAssembly !== 'object') {
      throw new PlatformError('Coppice needs WebAssembly, which this platform does not have');
    }
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
    try {
      return await WebAssembly.compile(bytes);
    } catch (cause) {
      throw new PlatformError('Coppice needs WebAssembly with SIMD and atomics', { cause });
    }
  })();
  return compiled;
}

/** An instance of the kernels with its memory. Used by one call at a time. */
export class Engine {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;

  private constructor(kernels: Kernels, memory: WebAssembly.Memory) {
    this.kernels = kernels;
    this.memory = memory;
  }

  static async create(bytes: number): Promise<Engine> {
    const module = await compile();
    let memory: WebAssembly.Memory;
    try {
      memory = createMemory(bytes);
    } catch (cause) {
      throw new PlatformError(`this platform gave no ${formatBytes(bytes)} of shared linear memory`, {
        cause,
      });
    }
    const { exports } = await instantiate(module, { env: { memory: memory as never } });
    return new Engine(exports as unknown as Kernels, memory);
  }

  /** Make room for `bytes` bytes in all. */
  reserve(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / 65536));
    } catch (cause) {
      throw new PlatformError(`this platform gave no ${formatBytes(bytes)} of linear memory`, { cause });
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
  bytes(ptr: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, ptr, length);
  }
  floats(element: 'f4' | 'f8', ptr: number, length: number): Float32Array | Float64Array {
    return element === 'f4' ? this.f32(ptr, length) : this.f64(ptr, length);
  }

  /**
   * Call a kernel for all of [from, to), in tiles of about 10 ms, letting the event loop run in between.
   * Results do not depend on how the range is cut.
   * @returns the first status that is not 0, or 0
   */
  async tiles(call: TileCall, from: number, to: number, options: TileOptions = {}): Promise<number> {
    const { signal, onDone, grain = 4 } = options;
    const kernel = this.kernels[call.kernel];
    const begin = call.args.indexOf(BEGIN);
    const end = call.args.indexOf(END);
    const args = call.args.map((a) => (typeof a === 'number' ? a : 0));
    let size = grain;
    let at = from;
    let turn = performance.now();
    signal?.throwIfAborted();
    while (at < to) {
      const stop = Math.min(to, at + size);
      if (begin >= 0) args[begin] = at;
      args[end] = stop;
      const before = performance.now();
      const status = kernel(...args);
      const now = performance.now();
      if (status !== 0) return status;
      const took = Math.max(now - before, 1e-3);
      // Grow towards tiles of TILE_MS; never by more than double, as rows may grow dearer.
      const factor = Math.min(2, TILE_MS / took);
      size = Math.max(grain, Math.floor((size * factor) / grain) * grain);
      at = stop;
      if (now - turn > YIELD_MS && at < to) {
        onDone?.(at);
        await yieldToLoop();
        signal?.throwIfAborted();
        turn = performance.now();
      }
    }
    onDone?.(to);
    return 0;
  }
}

/** What a call asks of the engine. */
export interface Demand {
  /** Bytes of linear memory (Layout.totalBytes). */
  linearBytes: number;
  /** Bytes of the host's own buffers for results and chunks. */
  hostBytes?: number;
  /** What the caller allows in all. */
  limit: number;
  /** For the error: what needs it, and what would fit. */
  what: string;
  wouldFit: string;
}

/** @throws MemoryLimitError if a demand is above its limit, or above what WebAssembly can address */
export function checkDemand({ linearBytes, hostBytes = 0, limit, what, wouldFit }: Demand): void {
  const needed = linearBytes + hostBytes;
  if (needed > limit) throw new MemoryLimitError(what, needed, limit, wouldFit);
  if (linearBytes > ADDRESSABLE_BYTES) {
    throw new MemoryLimitError(what, linearBytes, ADDRESSABLE_BYTES, wouldFit);
  }
}

/** An engine in use. `release` must be called, come what may; a second call does nothing. */
export interface Lease {
  engine: Engine;
  release(): void;
}

/**
 * Take an engine that has the memory demanded.
 * @throws MemoryLimitError before any work begins
 */
export async function takeEngine(demand: Demand): Promise<Lease> {
  checkDemand(demand);
  const engine = await findEngine(demand.linearBytes, demand.limit);
  let released = false;
  const release = () => {
    if (released) return;
    released = true;
    if (engine.memory.buffer.byteLength <= KEEP_BYTES) kept = engine;
    else dropped = new WeakRef(engine);
  };
  try {
    engine.reserve(demand.linearBytes);
  } catch (error) {
    release();
    throw error;
  }
  return { engine, release };
}

/**
 * Work with an engine that has the memory demanded, and give it back at the end, come what may.
 * @throws MemoryLimitError before any work begins
 */
export async function withEngine<R>(demand: Demand, work: (engine: Engine) => Promise<R>): Promise<R> {
  const { engine, release } = await takeEngine(demand);
  try {
    return await work(engine);
  } finally {
    release();
  }
}

async function findEngine(bytes: number, allowed: number): Promise<Engine> {
  const large = dropped?.deref();
  if (large && large.memory.buffer.byteLength <= allowed && bytes > KEEP_BYTES) {
    dropped = undefined;
    return large;
  }
  if (kept && bytes <= KEEP_BYTES && kept.memory.buffer.byteLength <= allowed) {
    const engine = kept;
    kept = undefined;
    return engine;
  }
  return Engine.create(bytes);
}

/** Give up the memory that is kept between calls. */
export function close(): void {
  kept = undefined;
  dropped = undefined;
}
