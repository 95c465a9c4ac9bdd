/** Which part of a tree is seen, and where it stands on a canvas. */

export const MARGIN = { left: 52, right: 14, top: 14, bottom: 12 };
/** Leaves that are seen at least. */
const LEAST_LEAVES = 4;
/** Room above the highest merge. */
const HEADROOM = 1.06;

export class TreeScale {
  /** Leaves of the tree. */
  #n = 1;
  /** The leaves that are seen, and how high the view reaches. */
  from = 0;
  to = 1;
  reach = 1;
  /** Heights are drawn by their roots, which gives low merges more room. */
  roots = false;
  /** Pixels of the canvas. */
  width = 0;
  height = 0;

  /** See the whole of a tree. */
  fit({ n, highest }: { n: number; highest: number } = { n: 1, highest: 1 }): void {
    this.#n = n;
    this.from = 0;
    this.to = n;
    this.reach = highest * HEADROOM;
  }

  /** Come closer, or step back; `at`, a part of what is seen, stays where it is. */
  zoom(factor: number, at = 0.5): void {
    const span = Math.min(this.#n, Math.max(LEAST_LEAVES, this.span * factor));
    const middle = this.from + at * this.span;
    this.#show(middle - at * span, span);
  }

  /** Move aside by a part of what is seen. */
  pan(part: number): void {
    this.#show(this.from + part * this.span, this.span);
  }

  #show(from: number, span: number): void {
    this.from = Math.max(0, Math.min(this.#n - span, from));
    this.to = this.from + span;
  }

  /** Leaves that are seen. */
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
  /** What part of the plot's width lies left of x. */
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
