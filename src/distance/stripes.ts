/**
 * Distances on their way from linear memory to an array of the host, stripe by stripe. Workers go from one stripe to
 * the next, and one of them also fills the array, so that nobody waits for the pages of new memory; a thread that
 * works alone copies each stripe out while it is in the cache.
 */

import { PlatformError } from '../errors.ts';
import type { Engine, TileCall } from '../runtime/engine.ts';
import type { Layout } from '../runtime/memory/layout.ts';
import { type HeldArray, holdArray } from '../runtime/threads/held-array.ts';
import { NoThreads, type WorkerGroup } from '../runtime/threads/worker-group.ts';
import { allocate, noRoom } from '../support/allocate.ts';
import type { FloatArray } from '../types.ts';
import { BYTES, type Element } from './element-types.ts';

/** Bytes of a stripe: what caches hold. */
const STRIPE_BYTES = 2 ** 21;
/** Stripes that are filled or wait to be copied. */
const PLACES = 6;
/** A result of so many bytes is not worth a worker that holds it. */
const SMALL_BYTES = 2 ** 22;

/** A part of the result. */
export interface Stripe {
  /** Range of the kernel, */
  begin: number;
  end: number;
  /** and the elements of the result that it gives. */
  offset: number;
  length: number;
}

/** Elements of a stripe of so long a result; a stripe holds at least one whole row. */
export function stripeLength(element: Element, length: number, row: number): number {
  return Math.max(row, Math.min(length, STRIPE_BYTES / BYTES[element]));
}

/** Add room for stripes of up to `longest` elements, as many as there may be at a time. */
export function layOutStripes(layout: Layout, element: Element, length: number, longest: number): number[] {
  const count = Math.min(PLACES, Math.ceil(length / Math.max(1, longest)));
  return Array.from({ length: count }, () => layout.add(longest * BYTES[element] + 8));
}

/** How a result is filled. */
export interface Filling {
  /** For messages: whose result it is. */
  what: string;
  element: Element;
  length: number;
  /** Of placeStripes. */
  places: number[];
  /** In the order of the result. */
  stripes: Iterable<Stripe>;
  /** Make what a stripe needs ready, and the call that writes its elements to `ptr`; one at a time for each place. */
  callFor(stripe: Stripe, place: number, ptr: number): TileCall | Promise<TileCall>;
  /** Elements of a stripe that come before the kernel's row `row`. */
  elementsBefore(stripe: Stripe, row: number): number;
  /** Told of the elements that are done. */
  onDone(elements: number): void;
  signal: AbortSignal | undefined;
}

/**
 * Fill a new array by a kernel.
 * @throws the signal's reason; PlatformError where a worker died
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
      // Then this thread works alone.
      if (!(cause instanceof NoThreads)) {
        throw cause instanceof PlatformError ? cause : noRoom(filling.what, bytes, cause);
      }
    }
    if (hold) return fillByWorkers(engine, group, hold, filling);
  }
  return fillHere(engine, filling);
}

/** V8 copies to and from shared memory eight times as fast where both sides begin alike in a word of 8 bytes. */
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

/** Counts elements, whatever the order in which stripes come on. */
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

/** An array for the result of `what`. @throws PlatformError where the platform has no room for it */
export function createResult(what: string, element: Element, length: number): FloatArray {
  return element === 'f4' ? allocate(Float32Array, length, what) : allocate(Float64Array, length, what);
}
