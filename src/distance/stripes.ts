/**
 * Distances on their way from linear memory to an array of the host: stripe by stripe, and while workers fill
 * one stripe, the one before is copied out.
 */
import type { Engine, TileCall } from '../runtime/engine.ts';
import { isPage } from '../runtime/platform.ts';
import type { RunState } from '../runtime/run.ts';
import type { FloatArray } from '../types.ts';
import type { Element } from './space.ts';

/** Bytes of a stripe: what caches hold. */
const STRIPE_BYTES = 2 ** 20;
/** The same for each thread where there are several: each gets work for some milliseconds. */
const THREAD_STRIPE_BYTES = 2 ** 22;
/** The same in a page, which must not notice when a stripe is copied. */
const PAGE_STRIPE_BYTES = 2 ** 19;

export function stripeBytes({ threads }: RunState): number {
  if (isPage()) return PAGE_STRIPE_BYTES * threads;
  return threads > 1 ? THREAD_STRIPE_BYTES * threads : STRIPE_BYTES;
}

/** A part of the result. */
export interface Stripe {
  /** Range of the kernel, */
  begin: number;
  end: number;
  /** and the elements of the result that it gives. */
  offset: number;
  length: number;
}

/**
 * Fill a result by a kernel.
 *
 * @param places two places in linear memory, each with room for the longest stripe
 * @param stripes in the order of the result
 * @param callFor makes what a stripe needs ready, and the call that writes its elements to `place`
 */
export async function fillByStripes(
  engine: Engine,
  element: Element,
  result: FloatArray,
  places: [number, number],
  stripes: Iterable<Stripe>,
  callFor: (stripe: Stripe, place: number) => TileCall,
  onDone: (stripe: Stripe, row: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let turn = 0;
  let copyLast = () => {};
  for (const stripe of stripes) {
    const place = places[turn++ % 2];
    const { begin, end, offset, length } = stripe;
    const job = engine.tiles(callFor(stripe, place), begin, end, {
      signal,
      onDone: (row) => onDone(stripe, row),
    });
    // It is awaited below; until then a failure must not count as unhandled.
    job.catch(() => {});
    copyLast();
    await job;
    copyLast = () => result.set(engine.floats(element, place, length), offset);
  }
  copyLast();
}
