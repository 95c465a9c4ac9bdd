import type { Steps } from '../support/scheduling.ts';
import type { Cut } from '../twopass/options.ts';
import type { Z } from '../types.ts';
import { fclusterSteps } from './fcluster.ts';

/** Flat clusters of a tree, from 1, by any of the ways to cut it. */
export function flatClusters(Z: Z, cut: Cut): Steps<Int32Array> {
  if (typeof cut === 'number') return fclusterSteps(Z, cut, { criterion: 'maxclust' });
  return 'distance' in cut
    ? fclusterSteps(Z, cut.distance, { criterion: 'distance' })
    : fclusterSteps(Z, cut.inconsistent, { criterion: 'inconsistent', depth: cut.depth ?? 2 });
}
