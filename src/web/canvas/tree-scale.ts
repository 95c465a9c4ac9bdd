/** The visible part of a tree, and the conversion between tree and canvas coordinates. */

export const MARGIN = { left: 52, right: 14, top: 14, bottom: 12 };
/** Fewest visible leaves. */
const LEAST_LEAVES = 4;
/** Factor for the room above the highest merge. */
const HEADROOM = 1.06;

export class TreeScale {
  /** Leaves of the tree. */
  #n = 1;
  /** The range of visible leaves, and the height at the upper edge. */
  from = 0;
  to = 1;
  reach = 1;
  /** Whether the axis shows square roots of heights, which gives low merges more room. */
  roots = false;
  /** Size of the canvas in pixels. */
  width = 0;
  height = 0;

  /** Show the whole tree. */
  fit({ n, highest }: { n: number; highest: number } = { n: 1, highest: 1 }): void {
    this.#n = n;
    this.from = 0;
    this.to = n;
    this.reach = highest * HEADROOM;
  }

  /** Zoom in (factor below 1) or out. The point `at`, a fraction of the visible width, stays in place. */
  zoom(factor: number, at = 0.5): void {
    const span = Math.min(this.#n, Math.max(LEAST_LEAVES, this.span * factor));
    const middle = this.from + at * this.span;
    this.#show(middle - at * span, span);
  }

  /** Move sideways by a fraction of the visible width. */
  pan(part: number): void {
    this.#show(this.from + part * this.span, this.span);
  }

  #show(from: number, span: number): void {
    this.from = Math.max(0, Math.min(this.#n - span, from));
    this.to = this.from + span;
  }

  /** Number of visible leaves. */
  get span(): number {
    return this.to - this.from;
  }
  get plotWidth(): number {
    return Math.max(1, this.width - MARGIN.left - MARGIN.right);
  }
  get plotHeight(): number {
    return Math.max(1, this.height - MARGIN.top - MARGIN.bottom);
  }

  x(leaf: number): number {
    return MARGIN.left + ((leaf - this.from) / this.span) * this.plotWidth;
  }
  y(height: number): number {
    const part = Math.max(0, height) / this.reach;
    return MARGIN.top + (1 - (this.roots ? Math.sqrt(part) : part)) * this.plotHeight;
  }
  /** The fraction of the plot width to the left of x. */
  partAt(x: number): number {
    return (x - MARGIN.left) / this.plotWidth;
  }
  leafAt(x: number): number {
    return this.from + this.partAt(x) * this.span;
  }
  heightAt(y: number): number {
    const part = Math.max(0, Math.min(1, 1 - (y - MARGIN.top) / this.plotHeight));
    return (this.roots ? part * part : part) * this.reach;
  }
}
