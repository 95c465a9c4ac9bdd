import { checkInputs, Inputs, ownOptions } from '../../runtime/memory/inputs.ts';
import { checkOptions, type Known } from '../../support/checks.ts';
import { drive } from '../../support/scheduling.ts';
import type { Vectors } from '../../types.ts';
import { checkCriterion, type FclusterOptions, fclusterSteps, hintAtCount } from '../fcluster.ts';
import { LINKAGE_OPTIONS, type LinkageOptions, linkage } from './linkage.ts';

/** Options of `linkage`, and those of `fcluster` except monocrit. */
export type FclusterdataOptions = LinkageOptions & Pick<FclusterOptions, 'criterion' | 'depth' | 'R'>;

const FCLUSTERDATA_OPTIONS: Known<FclusterdataOptions> = {
  criterion: true,
  depth: true,
  R: true,
  ...LINKAGE_OPTIONS,
};

/**
 * Cluster vectors in one call: `linkage`, then `fcluster`.
 *
 * @param X n rows of vectors
 * @param t threshold or number of clusters, depending on the criterion (default 'inconsistent')
 * @returns the cluster of each row: n labels, from 1
 * @throws errors of linkage and fcluster
 *
 * Warnings: those of linkage, and T_IS_THRESHOLD as in fcluster.
 *
 * Source: scipy.cluster.hierarchy.fclusterdata (the default method 'single' and metric 'euclidean' are SciPy's).
 */
export async function fclusterdata(
  X: Vectors,
  t: number,
  options: FclusterdataOptions = {},
): Promise<Int32Array> {
  checkOptions(options, FCLUSTERDATA_OPTIONS, 'fclusterdata', "{ criterion: 'maxclust', method: 'ward' }");
  const inputs = new Inputs();
  const { criterion, depth, R, ...rest } = ownOptions(options, inputs);
  const Z = await linkage(X, rest);
  const steps = fclusterSteps(Z, t, { criterion, depth, R }, checkCriterion);
  const labels = await drive(steps, options.signal);
  checkInputs(inputs);
  hintAtCount(t, { criterion, depth, R, onWarning: options.onWarning });
  return labels;
}
