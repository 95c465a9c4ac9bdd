/** Which way a tree grows: from heights and places of leaves to the picture's x and y. */

import { type ScaleLinear, scaleLinear } from 'd3-scale';
import type { Orientation } from '../../hierarchy/dendrogram.ts';
import type { Box } from '../drawing/frame.ts';

/** The side of the plot that something stands on. */
export type Side = 'top' | 'bottom' | 'left' | 'right';

const OPPOSITE: Record<Side, Side> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' };

export class Turn {
  /** The side that the leaves are on: the one that the root is not on. */
  readonly leafSide: Side;
  /** Whether leaves stand beside each other, so that heights are vertical. */
  readonly upright: boolean;
  readonly leaf: ScaleLinear<number, number>;
  readonly height: ScaleLinear<number, number>;

  /** `extent` is the width across the leaves in units of `icoord`, `highest` the height at the root's edge. */
  constructor(orientation: Orientation, box: Box, extent: number, highest: number) {
    this.leafSide = OPPOSITE[orientation];
    this.upright = orientation === 'top' || orientation === 'bottom';
    // SciPy's first leaf is on the left or, its axes pointing upwards, at the bottom.
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

  /** Where a place among the leaves and a height are in the picture. */
  point(place: number, height: number): [number, number] {
    const across = this.leaf(place);
    const along = this.height(height);
    return this.upright ? [across, along] : [along, across];
  }

  /** One step towards the leaves, in pixels of x and y. */
  get outward(): [number, number] {
    return { top: [0, -1], bottom: [0, 1], left: [-1, 0], right: [1, 0] }[this.leafSide] as [number, number];
  }
}
