/**
 * Computes distances in linear memory and copies them to an array of the host, stripe by stripe. Workers go from one
 * stripe to the next. One of them also fills the array, so that no other thread waits for the pages of new memory. A
 * thread that works alone copies each stripe while it is in the cache.
 */

import { PlatformError } from '../errors.ts';
import type { Engine, TileCall } from '../runtime/engine.ts';
import type { Layout } from '../runtime/memory/layout.ts';
import { type HeldArray, holdArray } from '../runtime/threads/held-array.ts';
import { NoThreads, type WorkerGroup } from '../runtime/threads/worker-group.ts';
import { allocate, noRoom } from '../support/allocate.ts';
import { pause } from '../support/scheduling.ts';
import type { FloatArray } from '../types.ts';
import { BYTES, type Element } from './element-types.ts';

/** Bytes of a stripe, which fits into the cache. */
const STRIPE_BYTES = 2 ** 21;
/** Number of stripes in linear memory: some are computed, others wait to be copied. */
const PLACES = 6;
/** Results of up to this many bytes are filled by this thread, without an array in a worker. */
const SMALL_BYTES = 2 ** 22;

/** A part of the result. */
export interface Stripe {
  /** Range of rows that the kernel computes. */
  begin: number;
  end: number;
  /** First element of the result that it gives, and the number of elements. */
  offset: number;
  length: number;
}

/**
 * Elements of a stripe, for a result of `length` elements and rows of `row` elements. A stripe has at least one row.
 */
export function stripeLength(element: Element, length: number, row: number): number {
  return Math.max(row, Math.min(length, STRIPE_BYTES / BYTES[element]));
}

/** Add room for as many stripes of `longest` elements as may be in linear memory at a time. @returns their addresses */
export function layOutStripes(layout: Layout, element: Element, length: number, longest: number): number[] {
  const count = Math.min(PLACES, Math.ceil(length / Math.max(1, longest)));
  return Array.from({ length: count }, () => layout.add(longest * BYTES[element] + 8));
}

/** A result, and how to fill it. */
interface Filling {
  /** For messages: the function that returns the result. */
  what: string;
  element: Element;
  length: number;
  /** Addresses from layOutStripes. */
  places: number[];
  /** In the order of the result. */
  stripes: Iterable<Stripe>;
  /**
   * Prepare a stripe, and return the call that writes its elements to `ptr`. For each place, it is called for one
   * stripe at a time.
   */
  callFor(stripe: Stripe, place: number, ptr: number): TileCall | Promise<TileCall>;
  /** Elements of a stripe that come before the kernel's row `row`. */
  elementsBefore(stripe: Stripe, row: number): number;
  /** Called with the number of elements that are done. */
  onDone(elements: number): void;
  signal: AbortSignal | undefined;
}

/**
 * Allocate the result and fill it with a kernel.
 * @throws the signal's reason; PlatformError if a worker died
 */
export async function fillByStripes(engine: Engine, filling: Filling): Promise<FloatArray> {
  const { element, length, signal } = filling;
  const bytes = length * BYTES[element];
  if (!engine.isAlone && bytes > SMALL_BYTES) {
    const group = engine.group(signal);
    let hold: HeldArray | undefined;
    try {
      hold = await holdArray(group, bytes);
    } catch (cause) {
      // Without workers, this thread works alone.
      if (!(cause instanceof NoThreads)) {
        throw cause instanceof PlatformError ? cause : noRoom(filling.what, bytes, cause);
      }
    }
    if (hold) return fillByWorkers(engine, group, hold, filling);
  }
  return fillHere(engine, filling);
}

/** V8 copies to and from shared memory eight times as fast if both addresses have the same remainder modulo 8. */
const alike = (place: number, { offset }: Stripe, size: number) => place + ((offset * size) % 8);

async function fillHere(engine: Engine, filling: Filling): Promise<FloatArray> {
  const { element, length, places, stripes, signal } = filling;
  const result = createResult(filling.what, element, length);
  const done = counter(filling);
  for (const stripe of stripes) {
    const ptr = alike(places[0], stripe, BYTES[element]);
    const call = await filling.callFor(stripe, 0, ptr);
    await engine.tiles(call, stripe.begin, stripe.end, { signal, onDone: (row) => done(stripe, row) });
    result.set(engine.floats(element, ptr, stripe.length), stripe.offset);
  }
  return result;
}

async function fillByWorkers(
  engine: Engine,
  group: WorkerGroup,
  hold: HeldArray,
  filling: Filling,
): Promise<FloatArray> {
  const { element, places, stripes, signal } = filling;
  const size = BYTES[element];
  const done = counter(filling);
  const free = places.map((_, place) => place);
  const inHand = new Set<Promise<void>>();
  let failed: { cause: unknown } | undefined;
  const fill = async (stripe: Stripe, place: number) => {
    const ptr = alike(places[place], stripe, size);
    const call = await filling.callFor(stripe, place, ptr);
    const { begin, end, offset } = stripe;
    await engine.tiles(call, begin, end, { signal, group, onDone: (row) => done(stripe, row) });
    await hold.copy(ptr, stripe.length * size, offset * size);
    free.push(place);
  };
  try {
    for (const stripe of stripes) {
      while (free.length === 0 && !failed) await Promise.race(inHand);
      if (failed) break;
      // Stripes are prepared on this thread, so several in a row would block it.
      await pause(signal);
      const job = fill(stripe, free.shift() as number)
        .catch((cause) => {
          failed ??= { cause };
        })
        .finally(() => inHand.delete(job));
      inHand.add(job);
    }
    await Promise.all(inHand);
    if (failed) throw failed.cause;
    const buffer = await hold.hand();
    return element === 'f4' ? new Float32Array(buffer) : new Float64Array(buffer);
  } finally {
    await Promise.all(inHand);
    await hold.drop();
  }
}

/** Counts elements that are done. Stripes may progress in any order. */
function counter({ elementsBefore, onDone }: Filling): (stripe: Stripe, row: number) => void {
  const seen = new Map<Stripe, number>();
  let total = 0;
  return (stripe, row) => {
    const elements = elementsBefore(stripe, row);
    total += elements - (seen.get(stripe) ?? 0);
    seen.set(stripe, elements);
    onDone(total);
  };
}

/** An array for the result of `what`. @throws PlatformError if the platform has no memory for it */
export function createResult(what: string, element: Element, length: number): FloatArray {
  return element === 'f4' ? allocate(Float32Array, length, what) : allocate(Float64Array, length, what);
}
