import type { CoppiceWarning } from '../types.ts';

/** That leaders do not stand well for their clusters. */
export function lowAgreement(agreement: number, perCluster: number): CoppiceWarning {
  return {
    code: 'LOW_AGREEMENT',
    message:
      `${((1 - agreement) * 100).toFixed(1)} % of the sample's rows are nearest to a leader of another cluster, and so will ` +
      `other rows be: take more leaders for each cluster (leaders.perCluster is ${perCluster})`,
  };
}
