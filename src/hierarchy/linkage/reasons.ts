import type { Metric } from '../../distance/metrics.ts';

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
