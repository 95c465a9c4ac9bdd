import { warning } from '../errors.ts';
import { option, say } from '../messages.ts';
import type { CoppiceWarning } from '../types.ts';

/** Warning that leaders do not represent their clusters well. */
export function lowAgreement(agreement: number, perCluster: number): CoppiceWarning {
  return warning(
    'LOW_AGREEMENT',
    say`${((1 - agreement) * 100).toFixed(1)} % of the sample's rows are nearest to a leader of another cluster, and the same is to be expected of other rows; use more leaders for each cluster (${option('leaders.perCluster')} is ${perCluster})`,
  );
}
