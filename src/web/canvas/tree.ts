/** The tree on a canvas, and its mouse, touch and keyboard input. */
import { batch } from '@preact/signals';
import { scaleLinear } from 'd3-scale';
import { number } from '../state/format.ts';
import * as state from '../state/state.ts';
import type { Tree } from '../state/tree.ts';
import { Canvas, type Drawing } from './canvas.ts';
import { drawLinks, type Links } from './tree-links.ts';
import { MARGIN, TreeScale } from './tree-scale.ts';

/** A pointer within this many pixels of the cut line can drag it. */
const GRIP = 8;

export interface Hover {
  node: number;
  x: number;
  y: number;
}

export class TreeCanvas extends Canvas {
  readonly #handle: HTMLElement;
  readonly #onHover: (hover: Hover | undefined) => void;
  readonly #scale = new TreeScale();
  #tree: Tree | undefined;
  #hover: number | undefined;
  #pointers = new Map<number, { x: number; y: number }>();
  #drag: 'cut' | 'pan' | undefined;
  #moved = false;
  /** The links drawn last. */
  #links: Links = [];

  constructor(canvas: HTMLCanvasElement, handle: HTMLElement, onHover: (hover: Hover | undefined) => void) {
    super(canvas);
    this.#handle = handle;
    this.#onHover = onHover;
    this.redrawOn(() => {
      const tree = state.grown.value?.tree;
      if (tree !== this.#tree) {
        this.#tree = tree;
        this.fit();
      }
      void [state.cutHeight.value, state.labels.value, state.theme.value, state.selected.value];
      void [state.suggestions.value, state.dragging.value];
    });
    for (const on of [canvas, handle]) {
      this.listen(on, 'pointerdown', (event) => this.#down(event, on === handle));
      this.listen(on, 'pointermove', (event) => this.#move(event));
      this.listen(on, 'pointerup', (event) => this.#up(event));
      this.listen(on, 'pointercancel', (event) => this.#up(event));
    }
    this.listen(canvas, 'pointerleave', () => this.#leave());
    this.listen(canvas, 'wheel', (event) => this.#wheel(event), { passive: false });
    this.listen(canvas, 'dblclick', () => this.fit());
  }

  /** Show the whole tree. */
  fit(): void {
    this.#scale.fit(this.#tree);
    this.schedule();
  }

  /** Draw square roots of heights, which gives low merges more room. */
  set roots(on: boolean) {
    this.#scale.roots = on;
    this.schedule();
  }

  /** Zoom in (factor below 1) or out. The point `at`, a fraction of the visible width, stays in place. */
  zoom(factor: number, at = 0.5): void {
    this.#scale.zoom(factor, at);
    this.schedule();
  }

  pan(part: number): void {
    this.#scale.pan(part);
    this.schedule();
  }

  draw(): void {
    const tree = this.#tree;
    const drawing = tree && this.wiped();
    if (!drawing) return;
    const { context, color } = drawing;
    const scale = this.#scale;
    scale.width = this.width;
    scale.height = this.height;
    this.#drawAxis(drawing);
    context.save();
    context.beginPath();
    context.rect(MARGIN.left, 0, scale.plotWidth, this.height);
    context.clip();
    this.#links = drawLinks(context, tree, scale, {
      height: state.cutHeight.value,
      labels: state.labels.value,
      chosen: state.selected.value,
      theme: state.theme.value,
    });
    if (this.#hover !== undefined) this.#drawHover(context, tree, this.#hover, color('--ink'));
    context.restore();
    this.#drawSuggestions(drawing, tree);
    this.#drawCut(drawing);
    this.canvas.dataset.k = String(state.k.value);
  }

  #drawAxis({ context, color }: Drawing): void {
    const heights = scaleLinear([0, this.#scale.reach], [0, 1]);
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.lineWidth = 1;
    let last = Number.POSITIVE_INFINITY;
    for (const tick of heights.ticks(Math.max(2, Math.round(this.#scale.plotHeight / 56)))) {
      const y = Math.round(this.#scale.y(tick)) + 0.5;
      if (last - y < 18) continue;
      last = y;
      context.strokeStyle = color(tick === 0 ? '--line-strong' : '--grid');
      context.beginPath();
      context.moveTo(MARGIN.left, y);
      context.lineTo(this.width - MARGIN.right, y);
      context.stroke();
      context.fillStyle = color('--soft');
      context.fillText(number(tick), MARGIN.left - 8, y);
    }
  }

  #drawHover(context: CanvasRenderingContext2D, tree: Tree, node: number, ink: string): void {
    const [left, right] = tree.children(node);
    const y = this.#scale.y(tree.height[node]);
    const [a, b] = [this.#scale.x(tree.x[left]), this.#scale.x(tree.x[right])];
    context.strokeStyle = ink;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(a, this.#scale.y(tree.height[left]));
    context.lineTo(a, y);
    context.lineTo(b, y);
    context.lineTo(b, this.#scale.y(tree.height[right]));
    context.stroke();
    context.globalAlpha = 0.07;
    context.fillStyle = ink;
    const [from, to] = [this.#scale.x(tree.low[node]), this.#scale.x(tree.high[node])];
    context.fillRect(from, y, to - from, this.#scale.y(0) - y);
    context.globalAlpha = 1;
  }

  #drawSuggestions({ context, color }: Drawing, tree: Tree): void {
    const ks = new Set(state.suggestions.value.map(({ k }) => k));
    context.fillStyle = color('--accent');
    for (const k of ks) {
      const y = this.#scale.y(tree.heightFor(k));
      context.beginPath();
      context.moveTo(MARGIN.left + 1, y);
      context.lineTo(MARGIN.left - 5, y - 4);
      context.lineTo(MARGIN.left - 5, y + 4);
      context.fill();
    }
  }

  #drawCut({ context, color }: Drawing): void {
    const y = this.#cutY;
    context.strokeStyle = color('--accent');
    context.lineWidth = state.dragging.value ? 2 : 1.5;
    context.setLineDash([6, 4]);
    context.beginPath();
    context.moveTo(MARGIN.left, y);
    context.lineTo(this.width - MARGIN.right, y);
    context.stroke();
    context.setLineDash([]);
    const room = this.height - 30;
    this.#handle.style.transform = `translateY(${Math.max(0, Math.min(room, y - 15))}px)`;
  }

  get #cutY(): number {
    return this.#scale.y(Math.min(state.cutHeight.value, this.#scale.reach));
  }

  #down(event: PointerEvent, onHandle: boolean): void {
    if (event.button !== 0) return;
    const at = this.placeOf(event);
    this.#pointers.set(event.pointerId, at);
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#moved = false;
    this.#drag = onHandle || Math.abs(at.y - this.#cutY) <= GRIP || at.x < MARGIN.left ? 'cut' : 'pan';
    if (this.#drag === 'cut') {
      state.dragging.value = true;
      if (!onHandle) this.#handle.focus({ preventScroll: true });
    }
  }

  #move(event: PointerEvent): void {
    const at = this.placeOf(event);
    const before = this.#pointers.get(event.pointerId);
    if (!before) {
      this.#look(at);
      return;
    }
    this.#pointers.set(event.pointerId, at);
    if (Math.abs(at.x - before.x) + Math.abs(at.y - before.y) > 0.5) this.#moved = true;
    if (this.#drag === 'cut') {
      state.cutHeight.value = this.#scale.heightAt(at.y);
      return;
    }
    if (this.#pointers.size === 2) {
      this.#pinch(event.pointerId, before, at);
      return;
    }
    this.pan((before.x - at.x) / this.#scale.plotWidth);
  }

  #pinch(moving: number, before: { x: number; y: number }, now: { x: number; y: number }): void {
    const other = [...this.#pointers].find(([id]) => id !== moving)?.[1];
    if (!other) return;
    const factor = Math.abs(before.x - other.x) / Math.max(8, Math.abs(now.x - other.x));
    this.zoom(factor, this.#scale.partAt(other.x));
  }

  #up(event: PointerEvent): void {
    const at = this.#pointers.get(event.pointerId);
    this.#pointers.delete(event.pointerId);
    if (this.#pointers.size > 0) return;
    const wasPan = this.#drag === 'pan';
    this.#drag = undefined;
    state.dragging.value = false;
    if (at && wasPan && !this.#moved && event.type === 'pointerup') this.#click(at);
  }

  /** Select the cluster of the leaf at the x of a click, or deselect it. */
  #click({ x }: { x: number }): void {
    const tree = this.#tree;
    if (!tree) return;
    const leaf = Math.max(0, Math.min(tree.n - 1, Math.floor(this.#scale.leafAt(x))));
    const label = state.labels.value[tree.order[leaf]];
    state.selected.value = state.selected.value === label ? undefined : label;
  }

  #look({ x, y }: { x: number; y: number }): void {
    let best: number | undefined;
    let nearest = 7;
    for (let i = 0; i < this.#links.length; i += 4) {
      const [node, at, from, to] = this.#links.slice(i, i + 4);
      const away = Math.abs(at - y);
      if (away < nearest && x > from - 4 && x < to + 4) {
        nearest = away;
        best = node;
      }
    }
    this.canvas.style.cursor =
      Math.abs(y - this.#cutY) <= GRIP || x < MARGIN.left
        ? 'ns-resize'
        : best === undefined
          ? 'grab'
          : 'pointer';
    if (best !== this.#hover) {
      this.#hover = best;
      this.schedule();
    }
    this.#onHover(best === undefined ? undefined : { node: best, x, y });
  }

  #leave(): void {
    if (this.#pointers.size > 0) return;
    this.#hover = undefined;
    this.#onHover(undefined);
    this.schedule();
  }

  /** The wheel zooms only with a modifier key. Without one it scrolls the page. */
  #wheel(event: WheelEvent): void {
    const active = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (!active) return;
    event.preventDefault();
    const at = this.#scale.partAt(this.placeOf(event).x);
    const delta = event.deltaY || event.deltaX;
    this.zoom(Math.exp(delta * 0.002), Math.max(0, Math.min(1, at)));
  }

  /** Handle a key on the cut handle. Returns whether the key has a function. */
  key(key: string): boolean {
    const tree = this.#tree;
    if (!tree) return false;
    const move = (pixels: number) => {
      state.cutHeight.value = this.#scale.heightAt(this.#cutY - pixels);
    };
    const actions: Record<string, () => void> = {
      ArrowUp: () => move(4),
      ArrowRight: () => move(4),
      ArrowDown: () => move(-4),
      ArrowLeft: () => move(-4),
      PageUp: () => move(32),
      PageDown: () => move(-32),
      Home: () => state.setK(tree.mostK),
      End: () => state.setK(1),
      '+': () => state.stepK(1),
      '=': () => state.stepK(1),
      '-': () => state.stepK(-1),
    };
    if (!Object.hasOwn(actions, key)) return false;
    batch(actions[key]);
    return true;
  }
}
