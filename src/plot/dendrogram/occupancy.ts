/** A raster of the occupied parts of a plot, used to place text where nothing else is drawn. */

import { allocate } from '../../support/allocate.ts';
import type { Box } from '../drawing/frame.ts';

/** Pixels per cell. */
const CELL = 2;

export class Occupancy {
  readonly #box: Box;
  readonly #cols: number;
  readonly #rows: number;
  readonly #cells: Uint8Array;

  constructor(box: Box) {
    this.#box = box;
    this.#cols = Math.max(1, Math.ceil((box.right - box.left) / CELL));
    this.#rows = Math.max(1, Math.ceil((box.bottom - box.top) / CELL));
    this.#cells = allocate(Uint8Array, this.#cols * this.#rows);
  }

  /** Whether a rectangle lies inside the plot and is free. */
  isFree(area: Box): boolean {
    const { left, top, right, bottom } = this.#box;
    if (area.left < left || area.top < top || area.right > right || area.bottom > bottom) return false;
    const [c0, r0, c1, r1] = this.#span(area);
    for (let r = r0; r <= r1; r++) {
      for (let c = c0; c <= c1; c++) if (this.#cells[r * this.#cols + c] !== 0) return false;
    }
    return true;
  }

  /** Mark a rectangle as occupied, or a line if two of its sides are equal. Parts outside the plot are clipped. */
  take(area: Box): void {
    const [c0, r0, c1, r1] = this.#span(area);
    for (let r = r0; r <= r1; r++) this.#cells.fill(1, r * this.#cols + c0, r * this.#cols + c1 + 1);
  }

  #span({ left, top, right, bottom }: Box): [number, number, number, number] {
    const col = (x: number) => Math.min(this.#cols - 1, Math.max(0, Math.floor((x - this.#box.left) / CELL)));
    const row = (y: number) => Math.min(this.#rows - 1, Math.max(0, Math.floor((y - this.#box.top) / CELL)));
    return [col(left), row(top), col(right), row(bottom)];
  }
}

/** The rectangle between two points, in any order. */
export function between(x0: number, y0: number, x1: number, y1: number): Box {
  return { left: Math.min(x0, x1), top: Math.min(y0, y1), right: Math.max(x0, x1), bottom: Math.max(y0, y1) };
}
