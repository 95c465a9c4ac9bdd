/**
 * Scheduling: how work of the host shares its thread with timers, input and signals. This is the only place that decides
 * when the event loop gets a turn.
 *
 * - Work that may be long is a generator (`Steps`) that yields wherever a pause is possible. `finish` runs it at once, for
 *   synchronous functions; `drive` runs it with pauses. A loop over [0, n) without state between its iterations is simpler
 *   with `inSteps`.
 * - Asynchronous code calls `pause` between two pieces of work. It costs almost nothing as long as no turn is due.
 * - A turn is due when the last one is 20 ms ago, or 2 ms on the main thread of a page, where a person would notice more.
 *   `lastTurn` and `noteTurn` keep that time for all calls together, since many short calls block as one long call does.
 * - `yieldToLoop` takes a turn in any case, and `yieldInPage` only on the main thread of a page: before work whose first
 *   run is slow, because its code is not compiled yet.
 *
 * Tiles of kernels are sized by the engine (runtime/engine.ts), which uses the same times.
 */
import { guard } from './allocate.ts';

/** Globals that differ between platforms. */
const platform = globalThis as { setImmediate?: (f: () => void) => unknown; document?: unknown };

/** Work in steps that returns R. The yielded values have no meaning. */
export type Steps<R> = Generator<undefined, R, undefined>;

/**
 * Iterations of a small loop between two steps, minus one: `if ((i & ROUND) === ROUND) yield`. Before the loop is compiled,
 * this many take about 20 microseconds.
 */
export const ROUND = 511;

/** Run all steps without pauses. */
export function finish<R>(steps: Steps<R>): R {
  for (;;) {
    const { done, value } = guard(() => steps.next());
    if (done) return value;
  }
}

/** Time after which the event loop gets a turn: on the main thread of a page, and elsewhere. */
export const PAGE_MS = 2;
export const YIELD_MS = 20;

/**
 * Run host work for all of [0, n), in steps of at most `step`. Between steps the event loop gets a turn when it is due, so
 * that a page stays responsive and the signal is noticed. The first steps are small: code that is not compiled yet is many
 * times slower, and the speed of the machine is unknown.
 * @throws the signal's reason
 */
export async function inSteps(
  n: number,
  step: number,
  signal: AbortSignal | undefined,
  work: (begin: number, end: number) => void,
): Promise<void> {
  const long = isPage() ? PAGE_MS : YIELD_MS;
  let size = Math.max(1, step >> 6);
  let before = performance.now();
  for (let begin = 0; begin < n; ) {
    const end = Math.min(n, begin + size);
    guard(() => work(begin, end));
    begin = end;
    const now = performance.now();
    if (now - before < long / 8) size = Math.min(step, 2 * size);
    else if (now - before > long / 4) size = Math.max(1, size >> 1);
    before = now;
    if (now - lastTurn() < long) continue;
    await yieldToLoop();
    signal?.throwIfAborted();
    before = lastTurn();
  }
}

/** Whether this thread has worked for so long that the event loop should get a turn. */
function isDue(): boolean {
  return performance.now() - lastTurn() >= (isPage() ? PAGE_MS : YIELD_MS);
}

/** Give the event loop a turn if it is due. @throws the signal's reason */
export async function pause(signal?: AbortSignal): Promise<void> {
  if (!isDue()) return;
  await yieldToLoop();
  signal?.throwIfAborted();
}

/** Run steps; between them the event loop gets a turn when it is due. @throws the signal's reason */
export async function drive<R>(steps: Steps<R>, signal?: AbortSignal): Promise<R> {
  for (;;) {
    const { done, value } = guard(() => steps.next());
    if (done) return value;
    if (isDue()) await pause(signal);
  }
}

/** Whether this is the main thread of a page, on which nothing long may run. */
export function isPage(): boolean {
  return platform.document !== undefined && typeof Worker === 'function';
}

/** Give timers, signals and input a turn. Takes microseconds, not the 4 ms of a clamped timer. */
export async function yieldToLoop(): Promise<void> {
  await nextTurn();
  noteTurn();
}

let turn = 0;

/** When the event loop last had a turn, as far as is known. Shared by all calls, since many short calls block like a long one. */
export function lastTurn(): number {
  return turn;
}

/** Note that the event loop has just had a turn. */
export function noteTurn(): void {
  turn = performance.now();
}

function nextTurn(): Promise<void> {
  const { setImmediate } = platform;
  if (setImmediate) return new Promise((resolve) => void setImmediate(resolve));
  // Without workers setTimeout is not clamped either, and workerd never frees message channels (measured: 4 kB each).
  if (typeof MessageChannel === 'function' && typeof Worker === 'function') {
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    });
  }
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** In a page, give the event loop a turn between two pieces of work; elsewhere do nothing. */
export async function yieldInPage(): Promise<void> {
  if (isPage()) await yieldToLoop();
}
