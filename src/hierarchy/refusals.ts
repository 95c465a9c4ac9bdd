import type { Metric } from '../distance/metrics.ts';
import type { Element } from '../distance/space.ts';
import { rangeError } from '../errors.ts';

/** The error for a distance that is not finite. */
export function notFinite(
  [i, j]: [number, number],
  value: number,
  element: Element,
  squared: boolean,
): RangeError {
  return rangeError(
    `the ${squared ? 'squared ' : ''}distance between rows ${i} and ${j} is ${value}; linkage needs finite distances` +
      (element === 'f4' ? ' (float32 ends at 3.4e38, squares included; float64 input goes further)' : ''),
  );
}

/** Rows that have no distance in some metrics. */
const WITHOUT_DISTANCE: Partial<Record<Metric, string>> = {
  cosine: 'a row of zeros has no direction',
  correlation: 'a row of equal numbers has no correlation',
  seuclidean: 'a column of equal numbers has no variance to divide by',
  braycurtis: 'rows of zeros have nothing to divide by',
  jensenshannon: 'a row of zeros is no distribution',
  dice: 'rows of zeros have nothing to divide by',
};

/** Say why a distance may be NaN, in the error that says so. */
export function withReason(error: unknown, metric: Metric): unknown {
  const why = WITHOUT_DISTANCE[metric];
  if (why && error instanceof RangeError && error.message.includes(' is NaN; ')) {
    error.message += ` (metric '${metric}': ${why})`;
  }
  return error;
}

/** The rows of an element of a condensed matrix. */
export function pairOf(index: number, n: number): [number, number] {
  let i = 0;
  let left = index;
  while (left >= n - 1 - i) {
    left -= n - 1 - i;
    i++;
  }
  return [i, i + 1 + left];
}
