/**
 * Work of the host that is cut in steps: a generator that stops where others may have their turn. The same body
 * runs to its end at once for a synchronous function, and with pauses where a person looks at the page
 * (`Engine.drive`).
 */
import { guard } from './allocate.ts';

/** What of the platform this file looks at. */
const platform = globalThis as { setImmediate?: (f: () => void) => unknown; document?: unknown };

/** Work that ends with R; what is yielded means nothing. */
export type Steps<R> = Generator<undefined, R, undefined>;

/**
 * Rounds of a small loop between two steps, less one: `if ((i & ROUND) === ROUND) yield`. A loop that is not compiled
 * yet takes about 20 microseconds for so many.
 */
export const ROUND = 511;

/** Do all of it now. */
export function finish<R>(steps: Steps<R>): R {
  for (;;) {
    const { done, value } = guard(() => steps.next());
    if (done) return value;
  }
}

/** Times after which the event loop has its turn: on a thread that a person looks at, and elsewhere. */
const PAGE_MS = 3;
const YIELD_MS = 20;

/**
 * Do the host's own share of a call, for all of [0, n), in steps of `step` at most: between them the event loop has its
 * turn when it is due, so that a page stays alive and a signal is heard. The first steps are small, since code that is
 * not compiled yet takes many times as long, and nobody knows how fast the machine is.
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

/** Between two steps where no engine is at hand: the event loop has its turn when it is due. @throws the signal's reason */
export async function rest(signal: AbortSignal | undefined): Promise<void> {
  if (performance.now() - lastTurn() < (isPage() ? PAGE_MS : YIELD_MS)) return;
  await yieldToLoop();
  signal?.throwIfAborted();
}

/** Do work in steps where no engine is at hand: the event loop has its turn when it is due. @throws the signal's reason */
export async function drive<R>(steps: Steps<R>, signal?: AbortSignal): Promise<R> {
  const long = isPage() ? PAGE_MS : YIELD_MS;
  for (;;) {
    const { done, value } = guard(() => steps.next());
    if (done) return value;
    if (performance.now() - lastTurn() < long) continue;
    await yieldToLoop();
    signal?.throwIfAborted();
  }
}

/** Whether this is a thread that a person looks at, on which nothing long may run. */
export function isPage(): boolean {
  return platform.document !== undefined && typeof Worker === 'function';
}

/** Let timers, signals and input have their turn; takes microseconds, not the 4 ms of a clamped timer. */
export async function yieldToLoop(): Promise<void> {
  await nextTurn();
  noteTurn();
}

let turn = 0;

/** When the event loop last had its turn, as far as is known. It is one for all calls: many short ones are a long one. */
export function lastTurn(): number {
  return turn;
}

/** The event loop has just had its turn. */
export function noteTurn(): void {
  turn = performance.now();
}

function nextTurn(): Promise<void> {
  const { setImmediate } = platform;
  if (setImmediate) return new Promise((resolve) => void setImmediate(resolve));
  // Where there are no workers there is no clamp either, and workerd keeps what its channels took (measured: 4 kB each).
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

/** Let a page have its turn, between two pieces of work that are not tiles. Elsewhere this does nothing. */
export async function breathe(): Promise<void> {
  if (isPage()) await yieldToLoop();
}

/** Wait for the platform's next turn when the last one was long ago: work on text or in a
 * library is synchronous, while cancelling and repainting wait for such a turn. */
export function breather(): () => Promise<void> {
  let last = performance.now();
  let turn: Promise<void> | undefined;
  return async () => {
    while (performance.now() - last >= 25) {
      // Of several that wait for a turn, those behind the first may have to wait for the next.
      if (turn) {
        await turn;
        continue;
      }
      turn = new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() => {
        last = performance.now();
        turn = undefined;
      });
      return turn;
    }
  };
}
