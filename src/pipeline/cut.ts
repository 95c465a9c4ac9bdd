import { fclusterSteps } from '../hierarchy/fcluster.ts';
import type { Steps } from '../runtime/steps.ts';
import type { Z } from '../types.ts';
import type { Cut } from './options.ts';

/** Flat clusters of a tree, from 1, by any of the ways to cut it. */
export function flatClusters(Z: Z, cut: Cut): Steps<Int32Array> {
  if (typeof cut === 'number') return fclusterSteps(Z, cut, { criterion: 'maxclust' });
  return 'distance' in cut
    ? fclusterSteps(Z, cut.distance, { criterion: 'distance' })
    : fclusterSteps(Z, cut.inconsistent, { criterion: 'inconsistent', depth: cut.depth ?? 2 });
}
