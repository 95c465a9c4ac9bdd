/** Which linkage can be done in linear memory, and where it keeps its things. */
import type { Metric } from '../../distance/metrics.ts';
import type { Scratch } from '../../runtime/engine.ts';
import type { Layout } from '../../runtime/memory/layout.ts';
import { MOST_THREADS } from '../../runtime/run.ts';
import { TABLE } from './linear-table.ts';
import { type Method, needsUnitLength } from './methods.ts';

/** Metrics that are half the squared Euclidean distance of rows of length 1. */
export const UNIT_METRICS: readonly Metric[] = ['cosine', 'correlation'];

/** Whether the distance of clusters follows from means, sizes and spreads. */
export function hasMeans(method: Method, metric: Metric, weighted: boolean): boolean {
  if (needsUnitLength(method, metric)) return true;
  if (method === 'ward' || method === 'centroid') return metric === 'euclidean' && !weighted;
  return method === 'average' && (UNIT_METRICS.includes(metric) || (metric === 'sqeuclidean' && !weighted));
}

/** Where linkage in linear memory keeps its things. */
export interface LinearPlace {
  table: number;
  /** Words of the table that are addresses. */
  regions: Partial<Record<keyof typeof TABLE, number>>;
  scratch: Scratch;
  weights: number;
}

/** Bytes of scratch of a thread; linkageLinearScratchBytes in the kernels. */
export function linearScratchBytes(cols: number): number {
  const batch = Math.max(4, Math.min(64, Math.floor(8192 / cols) & ~3));
  return 128 + batch * 160 + batch * cols * 4;
}

/**
 * Add room for the linkage of n rows.
 * @param rows where the rows stand; they are overwritten where the metric wants rows of length 1
 */
export function placeLinear(
  layout: Layout,
  method: Method,
  n: number,
  cols: number,
  rows: number,
): LinearPlace {
  const padded = Math.ceil(n / 8) * 8;
  const words = () => layout.add(n * 4);
  const numbers = () => layout.add(n * 8);
  const bytes = Math.ceil(linearScratchBytes(cols) / 64) * 64;
  const table = layout.add(TABLE.tableBytes);
  const keys = method === 'centroid' ? padded : 0;
  const regions: LinearPlace['regions'] = {
    input: rows,
    center: layout.add(cols * 8),
    panels: layout.add(padded * cols * 4),
    offsets: layout.add((Math.floor(n / 2) + 2) * cols * 8),
    free: layout.add((Math.floor(n / 2) + 1) * 4),
    size: numbers(),
    spread: numbers(),
    nearest: words(),
    distance: numbers(),
    bound: numbers(),
    count: words(),
    list: layout.add(n * TABLE.listBytes),
    parent: words(),
    place: words(),
    held: words(),
    head: words(),
    next: words(),
    before: words(),
    mark: words(),
    nameAt: layout.add(padded * 4),
    weight: layout.add(padded * 4),
    queue: words(),
    spare: words(),
    search: words(),
    merges: layout.add((n - 1) * 32),
    key: layout.add(keys * 8),
    reach: layout.add(keys * 4),
    leastKey: layout.add(Math.ceil(keys / 64) * 8),
    union: layout.add(2 * (TABLE.listBytes / 16) * TABLE.joined),
  };
  const scratch = { ptr: layout.add(bytes * MOST_THREADS), bytes };
  return { table, regions, scratch, weights: layout.add(cols * 8) };
}
