import { rangeError, typeError } from '../errors.ts';
import { describe } from '../support/describe.ts';
import { isPage } from '../support/scheduling.ts';
import type { CoppiceWarning, Progress, Run } from '../types.ts';
import { Inputs } from './memory/inputs.ts';
import { readLimit } from './memory/limits.ts';
import { hardwareThreads, whenRefused, whyNoThreads } from './threads/platform.ts';

/** The options of a long call, read once. */
export interface RunState {
  signal: AbortSignal | undefined;
  /** Bytes of linear memory and of the host's buffers together. */
  limit: number;
  inputs: Inputs;
  /** Bytes of the host's own that each row takes, those that were read from lists. */
  rowBytes: number;
  /** Threads that heavy kernels may use. */
  threads: number;
  seed: number;
  warn(warning: CoppiceWarning): void;
  progress(progress: Progress): void;
}

/**
 * More than this is never of use. What is laid out for threads is laid out for so many, so that nothing but time
 * depends on how many there are.
 */
export const MOST_THREADS = 64;

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

let warnedOfThreads = false;

/** Say once that work is done by one thread, where several were asked for or a page would have them. */
function warnOfThreads(warn: RunState['warn']): void {
  const why = whyNoThreads();
  if (warnedOfThreads || why === undefined) return;
  warnedOfThreads = true;
  warn({ code: 'NO_THREADS', message: `all work is done by one thread: ${why}` });
}

/**
 * Check the options that every long call takes.
 *
 * Where threads cannot be had, work is done by one, with the same results. That is said once (warning NO_THREADS):
 * if several were asked for by number, or if this is a page with several cores, whose headers could be changed.
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
  const warn = onWarning ?? ((warning: CoppiceWarning) => console.warn(warning.message));
  const count = readThreads(threads);
  if (count > 1 && (typeof threads === 'number' || isPage())) warnOfThreads(warn);
  whenRefused(() => warnOfThreads(warn));
  return {
    signal,
    limit: readLimit(memoryLimit, defaultLimit),
    inputs: new Inputs(),
    rowBytes: 0,
    threads: count,
    seed,
    warn,
    progress: onProgress ?? (() => {}),
  };
}
