/** Distances by a function of the caller: computed on this thread, one pair after the other. */

import { typeError } from '../errors.ts';
import type { RunState } from '../runtime/run.ts';
import { yieldToLoop } from '../support/scheduling.ts';
import { describe } from '../support/text/describe.ts';
import type { InMemoryRows } from '../support/vectors.ts';
import type { FloatArray } from '../types.ts';
import type { DistanceFunction } from './metrics.ts';

/** Time after which the event loop gets its turn. */
const YIELD_MS = 20;
/** Bytes that a view of a row takes, approximately. */
export const VIEW_BYTES = 128;

function viewsOf({ data, rows, cols }: InMemoryRows): FloatArray[] {
  return Array.from({ length: rows }, (_, i) => data.subarray(i * cols, (i + 1) * cols));
}

/**
 * Fill `out` with distances: of all pairs of rows of A, or, if B is given, of each row of A to each row of B.
 * @throws errors of the function; TypeError if it returns no number; the signal's reason
 */
export async function fillByFunction(
  f: DistanceFunction,
  A: InMemoryRows,
  B: InMemoryRows | undefined,
  out: FloatArray,
  run: RunState,
): Promise<void> {
  const a = viewsOf(A);
  const b = B ? viewsOf(B) : a;
  let turn = performance.now();
  let at = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = B ? 0 : i + 1; j < b.length; j++) {
      const value: unknown = f(a[i], b[j]);
      if (typeof value !== 'number') {
        const pair = B ? `row ${i} of A and row ${j} of B` : `rows ${i} and ${j}`;
        throw typeError(`the metric must return a number; for ${pair} it returned ${describe(value)}`);
      }
      out[at++] = value;
      // Reading the clock takes about as long as a simple function of a short row.
      if ((at & 15) === 0 && performance.now() - turn > YIELD_MS) {
        run.progress({ phase: 'distances', done: at, total: out.length });
        await yieldToLoop();
        run.signal?.throwIfAborted();
        turn = performance.now();
      }
    }
  }
  run.progress({ phase: 'distances', done: out.length, total: out.length });
}
