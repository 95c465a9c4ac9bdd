/** Memory requests: how much memory a call needs, and whether its limit allows that. */

import { MemoryLimitError } from '../errors.ts';
import type { Message } from '../messages.ts';
import type { KernelSet } from './kernels/kernel-set.ts';
import { type Inputs, keepWithin } from './memory/inputs.ts';
import { ADDRESSABLE_BYTES } from './memory/limits.ts';

/** The memory, threads and kernels that a call needs. */
export interface MemoryRequest {
  /** Bytes of linear memory (Layout.totalBytes). */
  linearBytes: number;
  /** Bytes of the host's own buffers for results and chunks. */
  hostBytes?: number;
  /** Most bytes that the caller allows in total. */
  limit: number;
  /** Default 1. */
  threads?: number;
  /** Kernels besides the core set. */
  kernels?: KernelSet;
  /** For the error message: what needs the memory, and what would fit. */
  what: string;
  wouldFit: Message | (() => Message);
}

/** Bytes that each worker takes, measured in Node: its heap, its stack, the compiled kernels. */
const WORKER_BYTES = 10e6;

/**
 * The number of threads that fit the limit of a request: fewer than requested if their workers do not fit, and one if
 * fewer than two workers fit. Results do not depend on it.
 */
export function affordableThreads({ linearBytes, hostBytes = 0, limit, threads = 1 }: MemoryRequest): number {
  const workers = Math.floor((limit - linearBytes - hostBytes) / WORKER_BYTES);
  return workers < 2 ? 1 : Math.min(threads, workers);
}

/** Bytes of a request, including workers. */
export function requestBytes(request: MemoryRequest): number {
  const threads = affordableThreads(request);
  return request.linearBytes + (request.hostBytes ?? 0) + (threads > 1 ? threads * WORKER_BYTES : 0);
}

/** Whether a request is within its limit and within the 4 GiB that WebAssembly can address. */
export function fits({ linearBytes, hostBytes = 0, limit }: MemoryRequest): boolean {
  return linearBytes + hostBytes <= limit && linearBytes <= ADDRESSABLE_BYTES;
}

/**
 * Check a request. Copies of inputs are given up if they do not fit beside it.
 * @returns the bytes of the copies that are kept
 * @throws MemoryLimitError if the request is above its limit, or above the 4 GiB that WebAssembly can address
 */
export function checkRequest(request: MemoryRequest, inputs?: Inputs): number {
  const { linearBytes, hostBytes = 0, limit, what, wouldFit } = request;
  const needed = linearBytes + hostBytes;
  const [bytes, most] = needed > limit ? [needed, limit] : [linearBytes, ADDRESSABLE_BYTES];
  if (bytes > most) {
    throw new MemoryLimitError(what, bytes, most, typeof wouldFit === 'function' ? wouldFit() : wouldFit);
  }
  return inputs ? keepWithin(inputs, limit - needed) : 0;
}
