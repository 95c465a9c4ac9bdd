import { isPage, yieldToLoop } from './platform.ts';

/** Times after which the event loop has its turn: on a thread that a person looks at, and elsewhere. */
const PAGE_MS = 3;
const YIELD_MS = 20;

/**
 * Do the host's own share of a call, for all of [0, n), in steps of `step`: between them the event loop has its turn
 * when it is due, so that a page stays alive and a signal is heard.
 * @throws the signal's reason
 */
export async function inSteps(
  n: number,
  step: number,
  signal: AbortSignal | undefined,
  work: (begin: number, end: number) => void,
): Promise<void> {
  const long = isPage() ? PAGE_MS : YIELD_MS;
  let turn = performance.now();
  for (let begin = 0; begin < n; begin += step) {
    work(begin, Math.min(n, begin + step));
    if (performance.now() - turn < long) continue;
    await yieldToLoop();
    signal?.throwIfAborted();
    turn = performance.now();
  }
}
