/**
 * Colours of a tree's clusters: those that `scatterSvg` gives the labels of the same cut, so that a cluster is one colour
 * in both pictures, be it a single leaf.
 */

import type { Dendrogram } from '../../hierarchy/dendrogram.ts';
import type { Settings } from '../../hierarchy/dendrogram-options.ts';
import { fcluster } from '../../hierarchy/fcluster.ts';
import { maxdists } from '../../hierarchy/max-statistics.ts';
import { allocate } from '../../support/allocate.ts';
import type { Z } from '../../types.ts';

/** The end of a leaf's leg, which belongs to a cluster that has no link of its own. */
export interface Stem {
  leaf: number;
  /** Height from which on it goes down to the leaf. */
  from: number;
  /** Height of the link, where the whole leg begins: for a leaf that hangs above `from`. */
  top: number;
  color: string;
}

/**
 * The colour of every node by the cluster that it lies in when the tree is cut at the threshold, or that of what lies above.
 * Clusters are numbered as `fcluster` does and take the palette in that order.
 */
export function clusterColors(Z: Z, n: number, settings: Settings): (node: number) => string {
  const { colorThreshold, palette, aboveThresholdColor } = settings;
  const clusterOf = allocate(Int32Array, 2 * n - 1);
  if (colorThreshold > 0) {
    clusterOf.set(fcluster(Z, colorThreshold, { criterion: 'distance' }));
    const heights = maxdists(Z);
    for (let i = 0; i < n - 1; i++) {
      if (heights[i] <= colorThreshold) clusterOf[n + i] = clusterOf[Z[4 * i]];
    }
  }
  return (node) =>
    clusterOf[node] === 0 ? aboveThresholdColor : palette[(clusterOf[node] - 1) % palette.length];
}

/**
 * The ends of legs that stand for a cluster of one leaf: below the threshold, in the cluster's colour. Legs that have their
 * link's colour are not among them.
 *
 * @param colorOf the colour of a merge, and of an observation where `named`
 */
export function stemsOf(
  Z: Z,
  n: number,
  { leaves, icoord, dcoord, colorList }: Dendrogram,
  { colorThreshold }: Settings,
  colorOf: (node: number) => string,
  named: boolean,
): Stem[] {
  const stems: Stem[] = [];
  const seen = allocate(Uint8Array, leaves.length);
  dcoord.forEach((quad, i) => {
    for (const corner of [0, 3] as const) {
      const place = icoord[i][corner];
      const leaf = place % 10 === 5 ? (place - 5) / 10 : -1;
      // Children come first: a foot at a leaf's place is the leaf's unless the leaf has its link already.
      if (leaf < 0 || seen[leaf] === 1) continue;
      seen[leaf] = 1;
      const node = leaves[leaf];
      if (node < n && !named) continue;
      const color = colorOf(node);
      if (color === colorList[i]) continue;
      const own = node < n ? 0 : Z[4 * (node - n) + 2];
      const from = Math.min(quad[1], Math.max(own, colorThreshold));
      if (from > 0) stems.push({ leaf, from, top: quad[1], color });
    }
  });
  return stems;
}
