import type { Vectors } from '../types.ts';
import { type FclusterOptions, fcluster } from './fcluster.ts';
import { type LinkageOptions, linkage } from './linkage.ts';

/** Options of `linkage` and, but for monocrit, of `fcluster`. */
export type FclusterdataOptions = LinkageOptions & Pick<FclusterOptions, 'criterion' | 'depth' | 'R'>;

/**
 * Cluster vectors in one call: `linkage`, then `fcluster`.
 *
 * @param X n rows of vectors
 * @param t threshold or number of clusters, by criterion (default 'inconsistent')
 * @returns the cluster of each row, n labels from 1
 * @throws what linkage and fcluster throw
 *
 * Source: scipy.cluster.hierarchy.fclusterdata (method 'single' and metric 'euclidean' by default, as there).
 */
export async function fclusterdata(
  X: Vectors,
  t: number,
  options: FclusterdataOptions = {},
): Promise<Int32Array> {
  const { criterion, depth, R, ...rest } = options;
  const Z = await linkage(X, rest);
  return fcluster(Z, t, { criterion, depth, R });
}
