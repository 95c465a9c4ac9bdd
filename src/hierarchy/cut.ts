import { checkNumber, checkOptions, checkWhole, wrongType, wrongValue } from '../support/checks.ts';
import type { Steps } from '../support/scheduling.ts';
import type { Z } from '../types.ts';
import { fclusterSteps } from './fcluster.ts';

/** Flat clusters of a tree, labelled from 1, for any Cut. */
export function flatClusters(Z: Z, cut: Cut): Steps<Int32Array> {
  if (typeof cut === 'number') return fclusterSteps(Z, cut, { criterion: 'maxclust' });
  return 'distance' in cut
    ? fclusterSteps(Z, cut.distance, { criterion: 'distance' })
    : fclusterSteps(Z, cut.inconsistent, { criterion: 'inconsistent', depth: cut.depth ?? 2 });
}

/** How the tree of the sample is cut into clusters. */
export type Cut = number | { distance: number } | { inconsistent: number; depth?: number };

export function checkCut(cut: Cut): void {
  if (typeof cut === 'number') {
    checkWhole(cut, 'clusters', 1);
    return;
  }
  if (typeof cut !== 'object' || cut === null || 'distance' in cut === 'inconsistent' in cut) {
    throw wrongType('clusters', 'a number, {distance} or {inconsistent, depth}', cut);
  }
  const [name, value] = 'distance' in cut ? ['distance', cut.distance] : ['inconsistent', cut.inconsistent];
  checkNumber(value, `clusters.${name}`);
  if (!Number.isFinite(value) || value < 0) {
    throw wrongValue(`clusters.${name}`, 'a finite number from 0', value);
  }
  checkOptions(
    cut,
    { [name]: true, ...(name === 'distance' ? {} : { depth: true }) },
    'clusters',
    '{ distance: 2 }',
  );
  if ('inconsistent' in cut && cut.depth !== undefined) checkWhole(cut.depth, 'clusters.depth', 1);
}
