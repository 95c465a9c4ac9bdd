import type { RunState } from '../runtime/run.ts';
import { drive } from '../support/scheduling.ts';
import type { InMemoryRows } from '../support/vectors.ts';
import type { FloatArray } from '../types.ts';
import type { DistanceFunction } from './metrics.ts';
import { type MetricOptions, refuseParameters } from './options.ts';
import { pdistByFunction } from './pdist.ts';

/**
 * A metric without a name of METRICS. 'precomputed': the input holds distances, either as a square (symmetric and zero on
 * its diagonal, within the tolerance of numpy.allclose, which SciPy uses), or n(n-1)/2 of them as an array or as rows of one.
 */
export type DirectMetric = DistanceFunction | 'precomputed';

export function isDirect(metric: unknown): metric is DirectMetric {
  return typeof metric === 'function' || metric === 'precomputed';
}

/** Condensed distances by such a metric, and a run with the memory that they leave. */
export async function directDistances(
  table: InMemoryRows,
  metric: DirectMetric,
  options: MetricOptions,
  run: RunState,
): Promise<{ y: FloatArray; rest: RunState }> {
  const given = metric === 'precomputed';
  refuseParameters(options, given ? 'for distances' : 'where the metric is a function');
  const y = given
    ? await drive((await import('./precomputed.ts')).condensedSteps(table), run.signal)
    : await pdistByFunction(table, metric, run);
  return { y, rest: { ...run, limit: run.limit - y.byteLength } };
}
