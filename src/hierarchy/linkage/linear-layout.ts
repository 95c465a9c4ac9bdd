/** The methods and metrics that the strategy 'linear' supports, and its layout. */
import type { Metric } from '../../distance/metrics.ts';
import type { Scratch } from '../../runtime/engine.ts';
import { linkageLinearScratchBytes } from '../../runtime/kernels/linear-sizes.ts';
import * as TABLE from '../../runtime/kernels/linear-table.ts';
import { roundUp } from '../../runtime/kernels/sizes.ts';
import type { Layout } from '../../runtime/memory/layout.ts';
import { MOST_THREADS } from '../../runtime/run.ts';
import { METHOD_FACTS, type Method, needsUnitLength } from './methods.ts';

/** Metrics that equal half the squared Euclidean distance of rows of length 1. */
export const UNIT_METRICS: readonly Metric[] = ['cosine', 'correlation'];

/** Whether the distance between clusters can be computed from their means, sizes and spreads. */
export function hasMeans(method: Method, metric: Metric, weighted: boolean): boolean {
  if (needsUnitLength(method, metric)) return true;
  if (METHOD_FACTS[method].unitLength) return metric === 'euclidean' && !weighted;
  return method === 'average' && (UNIT_METRICS.includes(metric) || (metric === 'sqeuclidean' && !weighted));
}

/** Addresses of linkage with strategy 'linear'. */
export interface LinearLayout {
  table: number;
  /** Words of the table that are addresses. The key is the offset of the word in the table, in bytes. */
  regions: Record<number, number>;
  scratch: Scratch;
  weights: number;
}

/**
 * Add room for the linkage of n rows.
 * @param rows address of the rows; they are overwritten if the metric needs rows of length 1
 */
export function layOutLinear(
  layout: Layout,
  method: Method,
  n: number,
  cols: number,
  rows: number,
): LinearLayout {
  const padded = roundUp(n, 8);
  const words = () => layout.add(n * 4);
  const numbers = () => layout.add(n * 8);
  const bytes = roundUp(linkageLinearScratchBytes(cols), 64);
  const table = layout.add(TABLE.TABLE_BYTES);
  const keys = METHOD_FACTS[method].inversions ? padded : 0;
  const regions: LinearLayout['regions'] = {
    [TABLE.INPUT]: rows,
    [TABLE.CENTER]: layout.add(cols * 8),
    [TABLE.PANELS]: layout.add(padded * cols * 4),
    [TABLE.OFFSETS]: layout.add((Math.floor(n / 2) + 2) * cols * 8),
    [TABLE.FREE]: layout.add((Math.floor(n / 2) + 1) * 4),
    [TABLE.SIZE]: numbers(),
    [TABLE.SPREAD]: numbers(),
    [TABLE.NEAREST]: words(),
    [TABLE.DISTANCE]: numbers(),
    [TABLE.BOUND]: numbers(),
    [TABLE.COUNT]: words(),
    [TABLE.LIST]: layout.add(n * TABLE.LIST_BYTES),
    [TABLE.PARENT]: words(),
    [TABLE.PLACE]: words(),
    [TABLE.HELD]: words(),
    [TABLE.HEAD]: words(),
    [TABLE.NEXT]: words(),
    [TABLE.BEFORE]: words(),
    [TABLE.MARK]: words(),
    [TABLE.NAME_AT]: layout.add(padded * 4),
    [TABLE.WEIGHT]: layout.add(padded * 4),
    [TABLE.QUEUE]: words(),
    [TABLE.SPARE]: words(),
    [TABLE.SEARCH]: words(),
    [TABLE.MERGES]: layout.add((n - 1) * 32),
    [TABLE.KEY]: layout.add(keys * 8),
    [TABLE.REACH]: layout.add(keys * 4),
    [TABLE.LEAST_KEY]: layout.add(Math.ceil(keys / 64) * 8),
    [TABLE.UNION]: layout.add(2 * TABLE.CAPACITY * TABLE.JOINED),
  };
  const scratch = { ptr: layout.add(bytes * MOST_THREADS), bytes };
  return { table, regions, scratch, weights: layout.add(cols * 8) };
}
