import type { Demand } from '../runtime/engine.ts';
import { EXTRA, type KernelSet } from '../runtime/kernelset.ts';
import type { Layout } from '../runtime/layout.ts';
import type { RunState } from '../runtime/run.ts';
import type { Method } from './methods.ts';
import { leavesThatFit, type Ordering } from './ordering.ts';

/** For each row: its merge as it came and in Z, its place in the order, and of which cluster it is. */
const HOST_BYTES = 88;
const TWO_PASSES = 'twoPass clusters a sample of that size and assigns the rest';

/** For the error: rows that would fit where the distances are kept. */
export function matrixFit(limit: number, width: number): string {
  return `about ${Math.floor(Math.sqrt((2 * Math.min(limit, 2 ** 32)) / width))} rows would fit; ${TWO_PASSES}`;
}

/** For the error: rows that would fit where memory grows as they do. */
export function linearFit(layout: Layout, n: number, limit: number): string {
  return `about ${Math.floor((n * limit) / (layout.totalBytes + HOST_BYTES * n))} rows would fit; ${TWO_PASSES}`;
}

/** The set in which a method's kernels for distances in memory are, where that is not the first. */
export function kernelsOf(method: Method): KernelSet | undefined {
  return ['single', 'centroid', 'median'].includes(method) ? EXTRA : undefined;
}

/** What a linkage of n rows asks for. */
export function demandFor(
  layout: Layout,
  ordering: Ordering | undefined,
  n: number,
  run: RunState,
  fitting: string,
  kernels: KernelSet | undefined,
): Demand {
  // The ordering overlays the linkage, whose distances are gone by then.
  return {
    linearBytes: Math.max(layout.totalBytes, ordering?.linearBytes ?? 0),
    hostBytes: n * HOST_BYTES + (ordering?.hostBytes ?? 0),
    limit: run.limit,
    threads: run.threads,
    kernels: ordering ? EXTRA : kernels,
    what: `linkage of ${n} rows`,
    wouldFit: ordering
      ? `about ${leavesThatFit(run.limit)} rows would fit, and more without optimalOrdering`
      : fitting,
  };
}
