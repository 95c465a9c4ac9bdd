import { describe } from '../describe.ts';
import { rangeError, typeError } from '../errors.ts';
import type { CoppiceWarning, Progress, Run } from '../types.ts';
import { parseBytes } from './limit.ts';
import { hardwareThreads } from './platform.ts';

/** The options of a long call, read once. */
export interface RunState {
  signal: AbortSignal | undefined;
  /** Bytes of linear memory and of the host's buffers together. */
  limit: number;
  /** Threads that heavy kernels may use. */
  threads: number;
  seed: number;
  warn(warning: CoppiceWarning): void;
  progress(progress: Progress): void;
}

/** More than this is never of use, and every thread needs a little memory of its own. */
const MOST_THREADS = 64;

/**
 * The number of threads: what is asked for, or the cores that there are.
 * @throws RangeError
 */
export function readThreads(threads: Run['threads']): number {
  if (threads === undefined || threads === 'auto') return Math.min(MOST_THREADS, hardwareThreads());
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    throw rangeError(
      `threads must be a whole number from 1 to ${MOST_THREADS}, or 'auto', got ${describe(threads)}`,
    );
  }
  return threads;
}

/**
 * Check the options that every long call takes.
 * @throws TypeError or RangeError naming the option; the signal's reason if it has already fired
 */
export function readRun(run: Run, defaultLimit = Number.POSITIVE_INFINITY): RunState {
  const { signal, onProgress, onWarning, memoryLimit, threads, seed = 0 } = run;
  if (signal !== undefined && !(typeof signal === 'object' && 'throwIfAborted' in signal)) {
    throw typeError(`signal must be an AbortSignal, got ${describe(signal)}`);
  }
  for (const [name, value] of [
    ['onProgress', onProgress],
    ['onWarning', onWarning],
  ] as const) {
    if (value !== undefined && typeof value !== 'function') {
      throw typeError(`${name} must be a function, got ${describe(value)}`);
    }
  }
  if (typeof seed !== 'number') throw typeError(`seed must be a number, got ${describe(seed)}`);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw rangeError(`seed must be a whole number from 0 to 2^53 - 1, got ${seed}`);
  }
  signal?.throwIfAborted();
  return {
    signal,
    limit: memoryLimit === undefined ? defaultLimit : parseBytes(memoryLimit),
    threads: readThreads(threads),
    seed,
    warn: onWarning ?? ((warning) => console.warn(warning.message)),
    progress: onProgress ?? (() => {}),
  };
}
