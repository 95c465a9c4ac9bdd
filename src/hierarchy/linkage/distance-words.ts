import type { Element } from '../../distance/element-types.ts';
import type { Metric } from '../../distance/metrics.ts';

/**
 * The message of the error for a distance that is not finite. This file is loaded only when the error occurs, and
 * imports nothing from the engine.
 */

/** Why some rows have no distance by a metric. */
const WITHOUT_DISTANCE: Record<string, string> = {
  cosine: 'a row of zeros has no direction',
  correlation: 'a row of equal numbers has no correlation',
  seuclidean: 'a column of equal numbers has no variance to divide by',
  braycurtis: 'rows of zeros have nothing to divide by',
  jensenshannon: 'a row of zeros is no distribution',
  dice: 'rows of zeros have nothing to divide by',
};

export function wordsFor({ pair, value, element, squared, of, metric }: DistanceFacts): string {
  const why = Number.isNaN(value) && metric ? WITHOUT_DISTANCE[metric] : undefined;
  return (
    `the ${squared ? 'squared ' : ''}distance between rows ${pair.join(' and ')}${of ? ` of ${of}` : ''} is ${value}; linkage needs finite distances` +
    (element === 'f4' ? ' (float32 ends at 3.4e38, squares included; float64 input goes further)' : '') +
    (why ? ` (metric '${metric}': ${why})` : '')
  );
}

/** Facts about a distance that is not finite. */
export interface DistanceFacts {
  /** Rows, counted from 0. */
  pair: [number, number];
  value: number;
  element?: Element;
  squared?: boolean;
  /** What the rows belong to, if not to the input. */
  of?: string;
  metric?: Metric;
}
