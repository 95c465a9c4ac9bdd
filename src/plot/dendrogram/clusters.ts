/**
 * Colours of a tree's clusters. They are the colours that `scatterSvg` gives the labels of the same cut, so that a cluster
 * has one colour in both pictures, even if it is a single leaf.
 */

import type { Dendrogram } from '../../hierarchy/dendrogram.ts';
import type { Settings } from '../../hierarchy/dendrogram-options.ts';
import { fcluster } from '../../hierarchy/fcluster.ts';
import { maxdists } from '../../hierarchy/max-statistics.ts';
import { isDefaultPalette } from '../../hierarchy/palette.ts';
import { allocate } from '../../support/allocate.ts';
import type { Z } from '../../types.ts';
import { slotName } from '../drawing/palette.ts';

/** The lower end of a leaf's leg, drawn in the colour of a cluster that consists of this leaf alone. */
export interface Stem {
  leaf: number;
  /** Height at which the colour begins; it ends at the leaf. */
  from: number;
  /** Height of the link, where the leg begins. It is used when the leaf hangs above `from`. */
  top: number;
  color: string;
}

/**
 * Returns a function that gives the colour of a node: the colour of its cluster when the tree is cut at the threshold, or
 * `aboveThresholdColor` for nodes above the cut. Clusters are numbered as in `fcluster` and take the palette in that order.
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
  // The default palette has nine colours, as SciPy's; the pictures have more.
  const own = isDefaultPalette(palette);
  const colorOf = (i: number) => (own ? slotName(i) : palette[i % palette.length]);
  return (node) => (clusterOf[node] === 0 ? aboveThresholdColor : colorOf(clusterOf[node] - 1));
}

/**
 * The lower ends of legs whose leaf is a cluster of its own below the threshold. Legs that already have this colour, that
 * of their link, are left out.
 *
 * @param colorOf the colour of a merge, and also of an observation if `named` is true
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
      // Children come before parents: the first foot at a leaf's position is the leaf's own leg.
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
