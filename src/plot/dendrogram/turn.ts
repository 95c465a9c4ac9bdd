/** The direction in which a tree grows: maps leaf positions and heights to x and y of the picture. */

import { type ScaleLinear, scaleLinear } from 'd3-scale';
import type { Orientation } from '../../hierarchy/dendrogram.ts';
import type { Box } from '../drawing/frame.ts';

/** A side of the plot. */
export type Side = 'top' | 'bottom' | 'left' | 'right';

const OPPOSITE: Record<Side, Side> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' };

export class Turn {
  /** The side of the leaves, opposite the root. */
  readonly leafSide: Side;
  /** Whether leaves stand side by side, so that heights are vertical. */
  readonly upright: boolean;
  readonly leaf: ScaleLinear<number, number>;
  readonly height: ScaleLinear<number, number>;

  /** `extent` is the width of all leaves in units of `icoord`; `highest` is the height at the root's edge. */
  constructor(orientation: Orientation, box: Box, extent: number, highest: number) {
    this.leafSide = OPPOSITE[orientation];
    this.upright = orientation === 'top' || orientation === 'bottom';
    // SciPy's first leaf is on the left, or at the bottom, since its axes point upwards.
    const across = this.upright ? [box.left, box.right] : [box.bottom, box.top];
    const along = {
      top: [box.bottom, box.top],
      bottom: [box.top, box.bottom],
      left: [box.right, box.left],
      right: [box.left, box.right],
    }[orientation];
    this.leaf = scaleLinear([0, extent], across);
    this.height = scaleLinear([0, highest], along);
  }

  /** The x and y of a leaf position and a height. */
  point(place: number, height: number): [number, number] {
    const across = this.leaf(place);
    const along = this.height(height);
    return this.upright ? [across, along] : [along, across];
  }

  /** The unit vector that points from the root towards the leaves, in x and y. */
  get outward(): [number, number] {
    return { top: [0, -1], bottom: [0, 1], left: [-1, 0], right: [1, 0] }[this.leafSide] as [number, number];
  }
}
