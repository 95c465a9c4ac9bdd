/** Linkage of vectors. */

import { BYTES } from '../../distance/element-types.ts';
import { checkRowsSteps } from '../../distance/finite.ts';
import { createSpace } from '../../distance/metric-space.ts';
import type { Metric } from '../../distance/metrics.ts';
import type { MetricParameters } from '../../distance/options.ts';
import { layOutScratch, prepareRows, type RowSet } from '../../distance/space.ts';
import { warning } from '../../errors.ts';
import { join, option } from '../../messages.ts';
import type { Scratch } from '../../runtime/engine.ts';
import { withEngine } from '../../runtime/lease.ts';
import { Layout } from '../../runtime/memory/layout.ts';
import { fits } from '../../runtime/memory-request.ts';
import { MOST_THREADS, type RunState } from '../../runtime/run.ts';
import { drive } from '../../support/scheduling.ts';
import type { InMemoryRows } from '../../support/vectors.ts';
import type { Z } from '../../types.ts';
import { planOrdering } from './leaf-ordering.ts';
import { type RequestAt, requestFor } from './memory-request.ts';
import { METHOD_FACTS, type Method, needsUnitLength } from './methods.ts';
import { isLinearFaster, type Strategy } from './strategy.ts';
import {
  growTree,
  kernelsFor,
  layOutTree,
  planFor,
  type TreeChoice,
  type Way,
  wayFor,
  waysOf,
} from './tree.ts';

function hasTies(Z: Z): boolean {
  for (let k = 6; k < Z.length; k += 4) if (Z[k] === Z[k - 4]) return true;
  return false;
}

/** Grow the tree of vectors, in the fastest way that fits. */
export async function linkVectors(
  table: InMemoryRows,
  method: Method,
  metric: Metric,
  parameters: MetricParameters,
  ordered: boolean,
  strategy: Strategy,
  run: RunState,
): Promise<Z> {
  const { rows: n, cols, element } = table;
  const weighted = parameters.w !== undefined;
  const spaceOf = (name: Metric) => createSpace(name, cols, element, element, parameters);
  const orderingOf = (rows: number) =>
    ordered ? planOrdering({ table, space: spaceOf(metric) }, rows, run) : undefined;
  const choiceOf = (by: Method): TreeChoice => ({
    ...{ method: by, metric, weighted, cols },
    strategy: needsUnitLength(by, metric) ? 'linear' : strategy,
  });
  const layFor = (rows: number, by: Method, way: Way, threads: number) => {
    const layout = new Layout();
    // Squared distances from the start save taking a root and squaring it again.
    const squared = way !== 'linear' && METHOD_FACTS[by].squared === true;
    const space = spaceOf(squared ? 'sqeuclidean' : metric);
    let set = {} as RowSet;
    let scratch: Scratch = { ptr: 0, bytes: 0 };
    let input: number;
    if (way === 'linear') {
      input = layout.add(rows * cols * BYTES[element]);
    } else {
      set = space.layOut(layout, rows, true);
      scratch = layOutScratch(layout, space, MOST_THREADS);
      input = set.input;
    }
    const shape = { method: by, n: rows, cols, element: space.output, rows: input, threads };
    const regions = layOutTree(layout, way, shape);
    const request = requestFor(layout, orderingOf(rows), rows, run, kernelsFor(by, way), by, at);
    return { layout: regions, request, space, squared, set, scratch, input };
  };
  const lay = (rows: number, by: Method, way: Way) =>
    planFor(way, run.threads, (threads) => layFor(rows, by, way, threads));
  const at: RequestAt = (rows, by) => {
    const choice = choiceOf(by);
    if (METHOD_FACTS[by].squared && metric !== 'euclidean' && choice.strategy !== 'linear') return undefined;
    if (waysOf(choice).length === 0) return undefined;
    const way = wayFor(choice, rows, (one) => fits(lay(rows, by, one).request));
    return lay(rows, by, way).request;
  };
  const choice = choiceOf(method);
  const ordering = orderingOf(n);
  const way = wayFor(choice, n, (one) => fits(lay(n, method, one).request));
  const { layout: regions, request, space, squared, set, scratch, input } = lay(n, method, way);
  const Z = await withEngine(request, run, async (engine) => {
    await engine.write(input, table.data, run.signal);
    await drive(checkRowsSteps(engine, space, input, n, 'X'), run.signal);
    const prepared = way !== 'linear';
    if (prepared) await prepareRows(engine, space, set, n, run.signal);
    const rows = { method, metric, n, space, squared, set, scratch, weights: parameters.w, prepared };
    const tree = await growTree(engine, regions, rows, run);
    return ordering ? ordering.order(engine, tree) : tree;
  });
  // With more memory, 'auto' would have taken the matrix.
  const forced = way === 'linear' && choice.strategy !== 'linear' && !isLinearFaster(method, n, cols, true);
  if (forced && hasTies(Z)) {
    const why =
      " made linkage take strategy 'linear', which breaks ties in its own way; 'matrix' may give another tree";
    run.warn(warning('TIES', join('distances tie, and ', option('memoryLimit'), why)));
  }
  return Z;
}
