import { fcluster } from '../hierarchy/fcluster.ts';
import type { Z } from '../types.ts';
import type { Cut } from './options.ts';

/** Flat clusters of a tree, from 1, by any of the ways to cut it. */
export function flatClusters(Z: Z, cut: Cut): Int32Array {
  if (typeof cut === 'number') return fcluster(Z, cut, { criterion: 'maxclust' });
  return 'distance' in cut
    ? fcluster(Z, cut.distance, { criterion: 'distance' })
    : fcluster(Z, cut.inconsistent, { criterion: 'inconsistent', depth: cut.depth ?? 2 });
}
