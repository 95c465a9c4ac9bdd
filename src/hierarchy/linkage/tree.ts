/**
 * Planning and growing a tree over rows, for `linkage` and `twoPass`: the choice of the way, its layout in linear
 * memory, and the work itself.
 */

import { BYTES, type Element } from '../../distance/element-types.ts';
import type { Metric } from '../../distance/metrics.ts';
import type { RowSet, Space } from '../../distance/space.ts';
import type { Engine, Scratch } from '../../runtime/engine.ts';
import { EXTRA, type KernelSet } from '../../runtime/kernels/kernel-set.ts';
import type { Layout } from '../../runtime/memory/layout.ts';
import { fits, type MemoryRequest } from '../../runtime/memory-request.ts';
import { MOST_THREADS, type RunState } from '../../runtime/run.ts';
import type { Z } from '../../types.ts';
import { hasMeans, type LinearLayout, layOutLinear } from './linear-layout.ts';
import { layOutMerging, type MergingLayout, measureAll, mergeRows } from './matrix.ts';
import { METHOD_FACTS, type Method } from './methods.ts';
import { layOutSpanning, mergeStripes, type SpanningLayout } from './single.ts';
import { hasSquare } from './square.ts';
import { isLinearFaster, type Strategy } from './strategy.ts';

/**
 * How a tree is grown: over the full square of distances; over condensed distances; from stripes of distances that are
 * not kept (single linkage); or in linear memory, from means.
 */
export type Way = 'square' | 'condensed' | 'stripes' | 'linear';

/** Everything that the choice of a way depends on, except memory. */
export interface TreeChoice {
  method: Method;
  metric: Metric;
  /** Whether the metric has weights. */
  weighted: boolean;
  /** Whether the rows are the rows of a square of distances (profiles), which must be computed. */
  profiles?: boolean;
  strategy: Strategy;
  cols: number;
}

/** Whether the tree can be grown in linear memory from means. */
function mayBeLinear({ method, metric, weighted, profiles, strategy }: TreeChoice): boolean {
  return strategy !== 'matrix' && !profiles && hasMeans(method, metric, weighted);
}

/**
 * The possible ways; the last takes the least memory. The most rows that fit are the most that fit with any of them.
 */
export function waysOf(choice: TreeChoice): Way[] {
  if (METHOD_FACTS[choice.method].spanning) return ['stripes'];
  const linear: Way[] = mayBeLinear(choice) ? ['linear'] : [];
  return choice.strategy === 'linear' ? linear : ['condensed', ...linear];
}

/** The fastest way for n rows that fits; if none fits, the one that takes the least memory. */
export function wayFor(choice: TreeChoice, n: number, fits: (way: Way) => boolean): Way {
  const { method, cols, strategy } = choice;
  if (METHOD_FACTS[method].spanning) return 'stripes';
  const linear = mayBeLinear(choice);
  if (linear && strategy === 'linear') return 'linear';
  const square = hasSquare(method, n);
  const roomy = square && fits('square');
  if (linear && isLinearFaster(method, n, cols, roomy || !square)) return 'linear';
  if (roomy) return 'square';
  return linear && !fits('condensed') ? 'linear' : 'condensed';
}

/**
 * Plan for the threads of a run. Buffers of distances for each thread only gain speed: without room for them, one
 * thread's are enough.
 */
export function planFor<P extends { request: MemoryRequest }>(
  way: Way,
  threads: number,
  lay: (threads: number) => P,
): P {
  const plan = lay(threads);
  return way === 'stripes' && threads > 1 && !fits(plan.request) ? lay(1) : plan;
}

/** The kernel set that a way needs besides the core set. */
export function kernelsFor(method: Method, way: Way): KernelSet | undefined {
  return way === 'linear' || way === 'stripes' || METHOD_FACTS[method].inversions ? EXTRA : undefined;
}

/** Addresses of a tree's data in linear memory. */
export type TreeLayout = (
  | { way: 'square' | 'condensed'; merging: MergingLayout; distances: number }
  | { way: 'stripes'; spanning: SpanningLayout }
  | { way: 'linear'; linear: LinearLayout }
) & {
  /** The layout's mark from which memory is free again after the tree is grown. */
  free: number;
};

/** The sizes that a layout of a tree depends on. */
interface TreeShape {
  method: Method;
  n: number;
  cols: number;
  /** Element type of the distances. */
  element: Element;
  /** Address of the rows, for the linear way. */
  rows: number;
  /** Number of threads. Only the size of stripes depends on it. */
  threads: number;
}

/** Add room for a tree over n rows. */
export function layOutTree(layout: Layout, way: Way, shape: TreeShape): TreeLayout {
  const { method, n, cols, element, rows, threads } = shape;
  let free = layout.mark;
  if (way === 'linear') return { way, linear: layOutLinear(layout, method, n, cols, rows), free };
  if (way === 'stripes') return { way, spanning: layOutSpanning(layout, n, element, threads), free };
  const square = way === 'square' ? MOST_THREADS : undefined;
  const merging = layOutMerging(layout, { n, element, square });
  free = layout.mark;
  const distances = way === 'square' ? 0 : layout.add(((n * (n - 1)) / 2) * BYTES[element]);
  return { way, merging, distances, free };
}

/** Rows in linear memory, and how to compute their distances. */
interface TreeRows {
  method: Method;
  metric: Metric;
  n: number;
  /** The space that gives the distances. */
  space: Space;
  /** Whether it gives squared distances. */
  squared: boolean;
  set: RowSet;
  scratch: Scratch;
  /** Weights of the columns, for the linear way over rows of length 1. */
  weights?: Float64Array | undefined;
  /** Whether `prepareRows` has been called. The linear way does not need it. */
  prepared: boolean;
  /** Name of the distance phase in progress reports. */
  phase?: string;
}

/**
 * Grow the tree.
 * @returns SciPy's Z
 * @throws DistanceError if a distance is not finite
 */
export async function growTree(
  engine: Engine,
  layout: TreeLayout,
  rows: TreeRows,
  run: RunState,
): Promise<Z> {
  const { method, n, space, squared, set, scratch, phase = 'distances' } = rows;
  const { signal } = run;
  const total = (n * (n - 1)) / 2;
  const onMerged = (done: number) => run.progress({ phase: 'linkage', done, total: n - 1 });
  if (layout.way === 'linear') {
    const { metric, weights, prepared } = rows;
    const { mergeLinear } = await import('./linear.ts');
    return mergeLinear(engine, layout.linear, {
      ...{
        method,
        metric,
        element: space.input,
        n,
        cols: space.cols,
        weights,
        prepared,
        signal,
        warn: run.warn,
      },
      onSearched: (done) => run.progress({ phase, done, total }),
      onMerged,
    });
  }
  if (layout.way === 'stripes') {
    const Z = await mergeStripes(engine, layout.spanning, {
      element: space.output,
      n,
      signal,
      fill: ({ begin, end, offset }, at) => {
        const call = space.pairwise(set, n, scratch, at - offset * BYTES[space.output]);
        return engine.tiles(call, begin, end, { signal });
      },
      onRows: (done) => run.progress({ phase, done: (done * (done + 1)) / 2, total }),
    });
    onMerged(n - 1);
    return Z;
  }
  const { merging, distances } = layout;
  const common = { method, n, signal, squared };
  const onDone = (row: number) => run.progress({ phase, done: (row * (2 * n - row - 1)) / 2, total });
  await measureAll(engine, merging, distances, { ...common, space, set, scratch, onDone });
  return mergeRows(engine, merging, { ...common, element: space.output, distances, onMerged });
}
