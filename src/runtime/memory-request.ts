/** What a call asks of memory, and whether its limit allows that. */
import { MemoryLimitError } from '../errors.ts';
import type { KernelSet } from './kernels/kernel-set.ts';
import { type Inputs, keepWithin } from './memory/inputs.ts';
import { ADDRESSABLE_BYTES } from './memory/limits.ts';

/** What a call asks of the engine. */
export interface MemoryRequest {
  /** Bytes of linear memory (Layout.totalBytes). */
  linearBytes: number;
  /** Bytes of the host's own buffers for results and chunks. */
  hostBytes?: number;
  /** What the caller allows in all. */
  limit: number;
  /** Default 1. */
  threads?: number;
  /** Kernels besides the core's. */
  kernels?: KernelSet;
  /** For the error: what needs it, and what would fit. */
  what: string;
  wouldFit: string | (() => string);
}

/** Bytes that a worker takes of its own, measured in Node: its heap, its stack, the compiled kernels. */
const WORKER_BYTES = 10e6;

/**
 * The threads of a request that its limit has room for: fewer where workers would not fit, one where none does.
 * Results do not depend on it.
 */
export function affordableThreads({ linearBytes, hostBytes = 0, limit, threads = 1 }: MemoryRequest): number {
  const workers = Math.floor((limit - linearBytes - hostBytes) / WORKER_BYTES);
  return workers < 2 ? 1 : Math.min(threads, workers);
}

/** Bytes of a request, workers included. */
export function requestBytes(demand: MemoryRequest): number {
  const threads = affordableThreads(demand);
  return demand.linearBytes + (demand.hostBytes ?? 0) + (threads > 1 ? threads * WORKER_BYTES : 0);
}

/** Whether a request is within its limit, and within what WebAssembly can address. */
export function fits({ linearBytes, hostBytes = 0, limit }: MemoryRequest): boolean {
  return linearBytes + hostBytes <= limit && linearBytes <= ADDRESSABLE_BYTES;
}

/**
 * Copies of inputs are given up where they do not fit beside it.
 * @returns the bytes of those that are kept
 * @throws MemoryLimitError if a request is above its limit, or above what WebAssembly can address
 */
export function checkRequest(demand: MemoryRequest, inputs?: Inputs): number {
  const { linearBytes, hostBytes = 0, limit, what, wouldFit } = demand;
  const needed = linearBytes + hostBytes;
  const [bytes, most] = needed > limit ? [needed, limit] : [linearBytes, ADDRESSABLE_BYTES];
  if (bytes > most) {
    throw new MemoryLimitError(what, bytes, most, typeof wouldFit === 'string' ? wouldFit : wouldFit());
  }
  return inputs ? keepWithin(inputs, limit - needed) : 0;
}
