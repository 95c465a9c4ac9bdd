/**
 * Single linkage from rows of distances, the last row first. Each stripe of rows replaces the one before in linear
 * memory, so the condensed matrix is never stored as a whole.
 */

import { BYTES, type Element, kernelFor } from '../../distance/element-types.ts';
import { pairOf } from '../../distance/squareform.ts';
import { END, type Engine, type TileCall } from '../../runtime/engine.ts';
import { NOT_FINITE } from '../../runtime/kernels/constants.ts';
import { linkageSpanningTreeScratchBytes } from '../../runtime/kernels/sizes.ts';
import type { Layout } from '../../runtime/memory/layout.ts';
import { drive } from '../../support/scheduling.ts';
import type { Z } from '../../types.ts';
import { DistanceError } from './errors.ts';
import { labelSteps } from './label.ts';
import { checkHeights } from './negative-distances.ts';

/** Rows [begin, end) of a condensed matrix: `length` elements from `offset` on. @internal */
export interface Stripe {
  begin: number;
  end: number;
  offset: number;
  length: number;
}

/** Addresses of single linkage. */
export interface SpanningLayout {
  stripe: number;
  /** Most elements of a stripe; a row is never cut. */
  elements: number;
  scratch: number;
  merges: number;
}

/** Bytes of a stripe, which fits into the cache. It is the same in a page, since a stripe is not copied to the host. */
const STRIPE_BYTES = 2 ** 20;
/** The same for each thread, if there are several: enough work for some milliseconds each. */
const THREAD_STRIPE_BYTES = 2 ** 22;

/** Add room for single linkage of n rows. */
export function layOutSpanning(layout: Layout, n: number, element: Element, threads: number): SpanningLayout {
  const width = BYTES[element];
  const bytes = threads > 1 ? THREAD_STRIPE_BYTES * threads : STRIPE_BYTES;
  const elements = Math.max(n - 1, Math.min((n * (n - 1)) / 2, bytes / width));
  return {
    stripe: layout.add(elements * width),
    elements,
    scratch: layout.add(linkageSpanningTreeScratchBytes(n, width)),
    merges: layout.add((n - 1) * 32),
  };
}

function condensedRow(n: number, i: number): number {
  return (i * (2 * n - i - 1)) / 2;
}

/** Stripes of whole rows, the last stripe first. */
function* stripesOf(n: number, longest: number): Generator<Stripe> {
  for (let end = n - 1; end > 0; ) {
    let begin = end - 1;
    while (begin > 0 && condensedRow(n, end) - condensedRow(n, begin - 1) <= longest) begin--;
    const offset = condensedRow(n, begin);
    yield { begin, end, offset, length: condensedRow(n, end) - offset };
    end = begin;
  }
}

interface SpanningOptions {
  element: Element;
  n: number;
  signal: AbortSignal | undefined;
  /** Write a stripe to an address. */
  fill(stripe: Stripe, place: number): Promise<unknown>;
  /** Called with the number of rows that are in the tree, without the last row. */
  onRows(done: number): void;
}

/**
 * Merge n rows into one cluster.
 * @returns SciPy's Z
 * @throws RangeError if a distance is not finite
 */
export async function mergeStripes(
  engine: Engine,
  layout: SpanningLayout,
  { element, n, signal, fill, onRows }: SpanningOptions,
): Promise<Z> {
  const { kernels } = engine;
  const { stripe: at, scratch, merges } = layout;
  const find = kernels[kernelFor(element, 'findNonFiniteF32', 'findNonFiniteF64')];
  kernels[kernelFor(element, 'linkageSpanningTreeInitF32', 'linkageSpanningTreeInitF64')](n, scratch);
  for (const stripe of stripesOf(n, layout.elements)) {
    const { begin, end, offset, length } = stripe;
    await fill(stripe, at);
    // The first argument is the address that element 0 of the whole matrix would have. It wraps modulo 2^32, as in the
    // kernel.
    const call: TileCall = {
      kernel: kernelFor(element, 'linkageSpanningTreeF32', 'linkageSpanningTreeF64'),
      args: [at - offset * BYTES[element], n, END, scratch, merges],
      sequential: true,
    };
    const options = { signal, grain: 1, onDone: onRows };
    if ((await engine.tiles(call, n - 1 - end, n - 1 - begin, options)) === NOT_FINITE) {
      const bad = find(at, 0, length) >>> 0;
      throw new DistanceError({
        pair: pairOf(offset + bad, n),
        value: engine.floats(element, at, length)[bad],
        element,
      });
    }
  }
  return checkHeights(await drive(labelSteps(engine.f64(merges, (n - 1) * 4).slice(), n), signal));
}
