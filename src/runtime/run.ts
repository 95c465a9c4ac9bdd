import { checkFunction, checkNumber, checkWhole, wrongType } from '../support/checks.ts';
import { isPage } from '../support/scheduling.ts';
import type { CoppiceWarning, Progress, Run } from '../types.ts';
import { Inputs } from './memory/inputs.ts';
import { readLimit } from './memory/limits.ts';
import { hardwareThreads, whenRefused, whyNoThreads } from './threads/platform.ts';

/** The options of a long call, read once. */
export interface RunState {
  signal: AbortSignal | undefined;
  /** Most bytes of linear memory and host buffers together. */
  limit: number;
  inputs: Inputs;
  /** Bytes of host memory for each row, if the rows were read from lists; else 0. */
  rowBytes: number;
  /** Threads that heavy kernels may use. */
  threads: number;
  seed: number;
  warn(warning: CoppiceWarning): void;
  progress(progress: Progress): void;
}

/**
 * Most threads of a call. Layouts reserve scratch for this many, so that plans, and with them results, do not depend on
 * the number of threads.
 */
export const MOST_THREADS = 64;

/** @throws TypeError or RangeError unless it can be a seed */
export function readSeed(seed: Run['seed'] = 0): number {
  checkWhole(seed, 'seed', 0);
  return seed;
}

/**
 * The number of threads: the requested number, or the number of cores.
 * @throws RangeError
 */
export function readThreads(threads: Run['threads']): number {
  if (threads === undefined || threads === 'auto') return Math.min(MOST_THREADS, hardwareThreads());
  checkNumber(
    threads,
    'threads',
    `a whole number from 1 to ${MOST_THREADS}, or 'auto'`,
    (x) => Number.isInteger(x) && x >= 1 && x <= MOST_THREADS,
  );
  return threads;
}

let warnedOfThreads = false;

/** Warn, at most once, that only one thread works and why. */
function warnOfThreads(warn: RunState['warn']): void {
  const why = whyNoThreads();
  if (warnedOfThreads || why === undefined) return;
  warnedOfThreads = true;
  warn({ code: 'NO_THREADS', message: `all work is done by one thread: ${why}` });
}

/**
 * Check the options that every long call takes.
 *
 * If workers are not available, one thread does all work, with the same results. The warning NO_THREADS says so once:
 * if the caller asked for several threads by number, or if this is a page with several cores (its headers could be
 * changed).
 * @throws TypeError or RangeError naming the option; the signal's reason if it has already fired
 */
export function readRun(run: Run, defaultLimit = Number.POSITIVE_INFINITY): RunState {
  const { signal, onProgress, onWarning, memoryLimit, threads } = run;
  if (signal !== undefined && !(typeof signal === 'object' && 'throwIfAborted' in signal)) {
    throw wrongType('signal', 'an AbortSignal', signal);
  }
  for (const [name, value] of [
    ['onProgress', onProgress],
    ['onWarning', onWarning],
  ] as const) {
    if (value !== undefined) checkFunction(value, name);
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
    seed: readSeed(run.seed),
    warn,
    progress: onProgress ?? (() => {}),
  };
}
