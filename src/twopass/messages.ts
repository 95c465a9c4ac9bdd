/** What a fit has to say seldom. Loaded when that happens. */
import type { Metric } from '../distance/metrics.ts';
import { withReason } from '../hierarchy/linkage/reasons.ts';
import type { CoppiceWarning } from '../types.ts';

/** What refuses a tree speaks of rows of the sample: the error, with rows of the data and what the metric has to do with it. */
export function inTheData(error: unknown, name: string, metric: Metric, rows: Float64Array): unknown {
  if (error instanceof RangeError) {
    const { message } = withReason(error, metric) as RangeError;
    error.message = message.replace(
      /distance between rows (\d+) and (\d+)/,
      (_, i, j) => `distance between rows ${rows[i]} and ${rows[j]} of ${name}`,
    );
  }
  return error;
}

/** That leaders do not stand well for their clusters. */
export function lowAgreement(agreement: number, perCluster: number): CoppiceWarning {
  return {
    code: 'LOW_AGREEMENT',
    message:
      `${((1 - agreement) * 100).toFixed(1)} % of the sample's rows are nearest to a leader of another cluster, and so will ` +
      `other rows be: take more leaders for each cluster (leaders.perCluster is ${perCluster})`,
  };
}
