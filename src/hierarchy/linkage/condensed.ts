/** Linkage of condensed distances. */

import { BYTES, type Element } from '../../distance/element-types.ts';
import { rangeError } from '../../errors.ts';
import { withEngine } from '../../runtime/lease.ts';
import { Layout } from '../../runtime/memory/layout.ts';
import { fits, type MemoryRequest } from '../../runtime/memory-request.ts';
import type { RunState } from '../../runtime/run.ts';
import { drive } from '../../support/scheduling.ts';
import type { FloatArray, Z } from '../../types.ts';
import { type Ordering, planOrdering } from './leaf-ordering.ts';
import { mergeRows } from './matrix.ts';
import { type RequestAt, requestFor } from './memory-request.ts';
import { METHOD_FACTS, type Method } from './methods.ts';
import { checkNegativeSteps, clamp } from './negative-distances.ts';
import { mergeStripes, type SpanningLayout } from './single.ts';
import { hasSquare, writeSquare } from './square.ts';
import { kernelsFor, layOutTree, planFor, type TreeLayout, type Way } from './tree.ts';

/** Number of distances that are copied between two progress reports. */
const COPY = 2 ** 23;

/** The number of rows. @throws RangeError if no number of rows has this many distances */
function countRows({ length }: FloatArray): number {
  const n = Math.round((1 + Math.sqrt(1 + 8 * length)) / 2);
  if (length === 0) {
    throw rangeError('the condensed distances are empty; linkage needs at least two rows, so one distance');
  }
  if ((n * (n - 1)) / 2 !== length) {
    throw rangeError(
      `the condensed distances have length ${length}, which is not n(n-1)/2 for any n ` +
        `(the nearest are ${((n - 1) * (n - 2)) / 2}, ${(n * (n - 1)) / 2} and ${(n * (n + 1)) / 2})`,
    );
  }
  return n;
}

/**
 * Grow a tree from condensed distances. The full square of distances is used if it is faster and fits.
 * @param given holds the distances; they may be a copy of the caller's array
 */
export async function linkCondensed(
  given: { y: FloatArray },
  method: Method,
  ordered: boolean,
  run: RunState,
): Promise<Z> {
  const { length } = given.y;
  const n = countRows(given.y);
  const element: Element = given.y instanceof Float32Array ? 'f4' : 'f8';
  const least = await drive(checkNegativeSteps(given.y, n), run.signal);
  const below = least < 0;
  if (below) run.warn({ code: 'NEGATIVE', message: `distances below 0, down to ${least}, count as 0` });
  const orderingOf = (rows: number) => (ordered ? planOrdering(given, rows, run) : undefined);
  const layFor = (rows: number, by: Method, way: Way, threads: number) => {
    const layout = new Layout();
    const shape = { method: by, n: rows, cols: 0, element, rows: 0, threads };
    const regions = layOutTree(layout, way, shape);
    const request = requestFor(layout, orderingOf(rows), rows, run, kernelsFor(by, way), by, at);
    return { layout: regions, request };
  };
  const lay = (rows: number, by: Method, way: Way) =>
    planFor(way, run.threads, (threads) => layFor(rows, by, way, threads));
  const best = (rows: number, by: Method): { layout: TreeLayout; request: MemoryRequest } => {
    if (METHOD_FACTS[by].spanning) return lay(rows, by, 'stripes');
    if (hasSquare(by, rows)) {
      const square = lay(rows, by, 'square');
      if (fits(square.request)) return square;
    }
    return lay(rows, by, 'condensed');
  };
  const at: RequestAt = (rows, by) => best(rows, by).request;
  const ordering = orderingOf(n);
  const { layout: regions, request } = best(n, method);
  if (regions.way === 'stripes')
    return spanCondensed(given, n, element, below, ordering, regions.spanning, request, run);
  if (regions.way === 'linear') throw new Error('distances have no means');
  const { merging, distances } = regions;
  return withEngine(request, run, async (engine) => {
    const shape = { element, n, squared: METHOD_FACTS[method].squared === true, below };
    const onCopied = (done: number) => run.progress({ phase: 'distances', done, total: length });
    if (merging.square) {
      await writeSquare(engine, merging.square, given.y, shape, run.signal, onCopied);
    } else {
      for (let at = 0; at < length; at += COPY) {
        const part = given.y.subarray(at, at + COPY);
        const ptr = distances + at * BYTES[element];
        await engine.write(ptr, part, run.signal);
        if (below) clamp(engine.floats(element, ptr, part.length));
        onCopied(at + part.length);
      }
    }
    const Z = await mergeRows(engine, merging, {
      method,
      element,
      n,
      distances,
      squared: false,
      signal: run.signal,
      onMerged: (done) => run.progress({ phase: 'linkage', done, total: n - 1 }),
    });
    return ordering ? ordering.order(engine, Z) : Z;
  });
}

/** Single linkage: rows of distances are copied to linear memory one stripe after the other, and none is kept. */
async function spanCondensed(
  given: { y: FloatArray },
  n: number,
  element: Element,
  below: boolean,
  ordering: Ordering | undefined,
  layout: SpanningLayout,
  request: MemoryRequest,
  run: RunState,
): Promise<Z> {
  return withEngine(request, run, async (engine) => {
    const Z = await mergeStripes(engine, layout, {
      element,
      n,
      signal: run.signal,
      fill: async ({ offset, length }, at) => {
        await engine.write(at, given.y.subarray(offset, offset + length), run.signal);
        if (below) clamp(engine.floats(element, at, length));
      },
      onRows: (done) => run.progress({ phase: 'linkage', done, total: n - 1 }),
    });
    return ordering ? ordering.order(engine, Z) : Z;
  });
}
