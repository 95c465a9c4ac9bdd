/**
 * The tree on a canvas. What is drawn depends on what can be seen, not on the number of leaves: a subtree narrower than a
 * pixel or two is a line, and lines that would fall on one another are drawn once.
 */
import { batch, effect } from '@preact/signals';
import { clusterColor } from 'coppice/plot';
import { scaleLinear } from 'd3-scale';
import { number } from './format.ts';
import * as state from './state.ts';
import type { Tree } from './tree.ts';

const MARGIN = { left: 52, right: 14, top: 14, bottom: 12 };
/** Subtrees narrower than this many pixels are not opened. */
const NARROW = 1.6;
/** How near to the line of the cut a pointer takes hold of it. */
const GRIP = 8;

export interface Hover {
  node: number;
  x: number;
  y: number;
}

export class TreeCanvas {
  readonly #canvas: HTMLCanvasElement;
  readonly #handle: HTMLElement;
  readonly #onHover: (hover: Hover | undefined) => void;
  readonly #undo: (() => void)[] = [];
  #tree: Tree | undefined;
  #width = 0;
  #height = 0;
  /** The leaves that are seen, and how high the view reaches. */
  #from = 0;
  #to = 1;
  #reach = 1;
  #root = false;
  #frame = 0;
  #hover: number | undefined;
  #pointers = new Map<number, { x: number; y: number }>();
  #drag: 'cut' | 'pan' | undefined;
  #moved = false;
  /** Links that were drawn last: node, height, left and right end. */
  #links: number[] = [];

  constructor(canvas: HTMLCanvasElement, handle: HTMLElement, onHover: (hover: Hover | undefined) => void) {
    this.#canvas = canvas;
    this.#handle = handle;
    this.#onHover = onHover;
    const resize = new ResizeObserver(() => this.#resize());
    resize.observe(canvas);
    this.#undo.push(() => resize.disconnect());
    this.#undo.push(
      effect(() => {
        const tree = state.grown.value?.tree;
        if (tree !== this.#tree) {
          this.#tree = tree;
          this.fit();
        }
        // Whatever is drawn, so that this runs again when it changes.
        void [state.cutHeight.value, state.labels.value, state.theme.value, state.selected.value];
        void [state.suggestions.value, state.dragging.value];
        this.#schedule();
      }),
    );
    this.#listen(canvas, 'pointerdown', (event) => this.#down(event));
    this.#listen(canvas, 'pointermove', (event) => this.#move(event));
    this.#listen(canvas, 'pointerup', (event) => this.#up(event));
    this.#listen(canvas, 'pointercancel', (event) => this.#up(event));
    this.#listen(canvas, 'pointerleave', () => this.#leave());
    this.#listen(handle, 'pointerdown', (event) => this.#down(event, true));
    this.#listen(handle, 'pointermove', (event) => this.#move(event));
    this.#listen(handle, 'pointerup', (event) => this.#up(event));
    this.#listen(handle, 'pointercancel', (event) => this.#up(event));
    canvas.addEventListener('wheel', this.#wheel, { passive: false });
    canvas.addEventListener('dblclick', () => this.fit());
  }

  #listen(on: HTMLElement, type: `pointer${string}`, listener: (event: PointerEvent) => void): void {
    on.addEventListener(type, listener as EventListener);
    this.#undo.push(() => on.removeEventListener(type, listener as EventListener));
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#canvas.removeEventListener('wheel', this.#wheel);
    for (const undo of this.#undo) undo();
  }

  /** Show the whole tree. */
  fit(): void {
    this.#from = 0;
    this.#to = this.#tree?.n ?? 1;
    this.#reach = (this.#tree?.highest ?? 1) * 1.06;
    this.#schedule();
  }

  /** Draw heights by their roots, which gives low merges more room. */
  set roots(on: boolean) {
    this.#root = on;
    this.#schedule();
  }

  /** Come closer, or step back, with the middle staying where it is. */
  zoom(factor: number, at = 0.5): void {
    const n = this.#tree?.n ?? 1;
    const span = Math.min(n, Math.max(4, (this.#to - this.#from) * factor));
    const middle = this.#from + at * (this.#to - this.#from);
    this.#show(middle - at * span, span);
  }

  pan(part: number): void {
    const span = this.#to - this.#from;
    this.#show(this.#from + part * span, span);
  }

  #show(from: number, span: number): void {
    const n = this.#tree?.n ?? 1;
    this.#from = Math.max(0, Math.min(n - span, from));
    this.#to = this.#from + span;
    this.#schedule();
  }

  get #plotWidth(): number {
    return Math.max(1, this.#width - MARGIN.left - MARGIN.right);
  }
  get #plotHeight(): number {
    return Math.max(1, this.#height - MARGIN.top - MARGIN.bottom);
  }
  #scaleX(leaf: number): number {
    return MARGIN.left + ((leaf - this.#from) / (this.#to - this.#from)) * this.#plotWidth;
  }
  #scaleY(height: number): number {
    const part = Math.max(0, height) / this.#reach;
    return MARGIN.top + (1 - (this.#root ? Math.sqrt(part) : part)) * this.#plotHeight;
  }
  #heightAt(y: number): number {
    const part = Math.max(0, Math.min(1, 1 - (y - MARGIN.top) / this.#plotHeight));
    return (this.#root ? part * part : part) * this.#reach;
  }

  #resize(): void {
    const { width, height } = this.#canvas.getBoundingClientRect();
    if (width === this.#width && height === this.#height) return;
    this.#width = width;
    this.#height = height;
    const ratio = globalThis.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.draw();
  }

  #schedule(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  }

  draw(): void {
    const tree = this.#tree;
    const context = this.#canvas.getContext('2d');
    if (!context || !tree || this.#width === 0) return;
    const ratio = this.#canvas.width / this.#width;
    const style = getComputedStyle(this.#canvas);
    const color = (name: string) => style.getPropertyValue(name).trim();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    this.#drawAxis(context, color);
    context.save();
    context.beginPath();
    context.rect(MARGIN.left, 0, this.#plotWidth, this.#height);
    context.clip();
    this.#drawLinks(context, tree);
    if (this.#hover !== undefined) this.#drawHover(context, tree, this.#hover, color('--ink'));
    context.restore();
    this.#drawSuggestions(context, tree, color);
    this.#drawCut(context, color);
    this.#canvas.dataset.k = String(state.k.value);
  }

  #drawAxis(context: CanvasRenderingContext2D, color: (name: string) => string): void {
    const scale = scaleLinear([0, this.#reach], [0, 1]);
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.lineWidth = 1;
    let last = Number.POSITIVE_INFINITY;
    for (const tick of scale.ticks(Math.max(2, Math.round(this.#plotHeight / 56)))) {
      const y = Math.round(this.#scaleY(tick)) + 0.5;
      if (last - y < 18) continue;
      last = y;
      context.strokeStyle = color(tick === 0 ? '--line-strong' : '--grid');
      context.beginPath();
      context.moveTo(MARGIN.left, y);
      context.lineTo(this.#width - MARGIN.right, y);
      context.stroke();
      context.fillStyle = color('--soft');
      context.fillText(number(tick), MARGIN.left - 8, y);
    }
  }

  #drawLinks(context: CanvasRenderingContext2D, tree: Tree): void {
    const { n, low, high, height, top, x, order } = tree;
    const cut = state.cutHeight.value;
    const labels = state.labels.value;
    const chosen = state.selected.value;
    const theme = state.theme.value;
    const perLeaf = this.#plotWidth / (this.#to - this.#from);
    const ground = this.#scaleY(0);
    const pixels = Math.ceil(this.#width) + 2;
    // Lines that stand side by side closer than a pixel: the highest of each column, and whose it is.
    const columnTop = new Float32Array(pixels).fill(ground);
    const columnOf = new Int32Array(pixels);
    const legTop = new Float32Array(pixels).fill(ground);
    const legOf = new Int32Array(pixels).fill(-1);
    // Of the bars at one height, the widest that was drawn last.
    const barLeft = new Float32Array(2 * Math.ceil(this.#height) + 4).fill(Number.POSITIVE_INFINITY);
    const barRight = new Float32Array(barLeft.length);
    const barOf = new Int32Array(barLeft.length).fill(-1);
    const paths = new Map<number, Path2D>();
    // Clusters of one colour are drawn together: there may be thousands. The chosen one stands alone.
    const pathOf = (cluster: number): Path2D => {
      const key = cluster === chosen || cluster === 0 ? cluster : -1 - ((cluster - 1) % 9);
      let path = paths.get(key);
      if (!path) {
        path = new Path2D();
        paths.set(key, path);
      }
      return path;
    };
    const clusterOf = (node: number): number => (top[node] <= cut ? labels[order[low[node]]] : 0);
    const column = (at: number) => Math.max(0, Math.min(pixels - 1, Math.round(at)));
    this.#links = [];

    // Node, where its leg begins, and the cluster of the merge above it, whose leg that is.
    const stack: number[] = [tree.root, Math.max(2, this.#scaleY(height[tree.root]) - 6), 0];
    while (stack.length > 0) {
      const above = stack.pop() as number;
      const legFrom = stack.pop() as number;
      const node = stack.pop() as number;
      if (high[node] <= this.#from || low[node] >= this.#to) continue;
      const across = this.#scaleX(x[node]);
      const own = clusterOf(node);
      const y = node < n ? ground : this.#scaleY(height[node]);
      if ((high[node] - low[node]) * perLeaf < NARROW) {
        const at = column(across);
        if (legFrom < legTop[at]) {
          legTop[at] = legFrom;
          legOf[at] = above;
        }
        if (y < columnTop[at]) {
          columnTop[at] = y;
          columnOf[at] = own;
        }
        continue;
      }
      // A leg too short to be seen is left to the next one below it.
      const begin = y - legFrom < 0.4 && node >= n ? legFrom : y;
      if (begin === y) {
        const path = pathOf(above);
        path.moveTo(across, legFrom);
        path.lineTo(across, y);
      }
      if (node < n) continue;
      const [left, right] = tree.children(node);
      const [a, b] = [this.#scaleX(x[left]), this.#scaleX(x[right])];
      const [from, to] = a < b ? [a, b] : [b, a];
      const level = Math.max(0, Math.min(barLeft.length - 1, Math.round(2 * y)));
      if (!(barOf[level] === own && from >= barLeft[level] - 0.5 && to <= barRight[level] + 0.5)) {
        const path = pathOf(own);
        path.moveTo(Math.max(-10, from), y);
        path.lineTo(Math.min(this.#width + 10, to), y);
        barLeft[level] = from;
        barRight[level] = to;
        barOf[level] = own;
        this.#links.push(node, y, from, to);
      }
      stack.push(right, begin, own, left, begin, own);
    }
    for (let at = 0; at < pixels; at++) {
      if (legOf[at] >= 0 && columnTop[at] - legTop[at] > 0.4) {
        const path = pathOf(legOf[at]);
        path.moveTo(at + 0.5, legTop[at]);
        path.lineTo(at + 0.5, columnTop[at]);
      }
      if (columnTop[at] < ground) {
        const path = pathOf(columnOf[at]);
        path.moveTo(at + 0.5, columnTop[at]);
        path.lineTo(at + 0.5, ground);
      }
    }
    context.lineCap = 'square';
    context.lineWidth = this.#to - this.#from < this.#plotWidth / 4 ? 1.5 : 1.1;
    for (const [key, path] of paths) {
      context.strokeStyle = clusterColor(key < 0 ? -key : key, theme);
      context.globalAlpha = chosen === undefined || key >= 0 ? 1 : 0.22;
      context.stroke(path);
    }
    context.globalAlpha = 1;
  }

  #drawHover(context: CanvasRenderingContext2D, tree: Tree, node: number, ink: string): void {
    const [left, right] = tree.children(node);
    const y = this.#scaleY(tree.height[node]);
    const [a, b] = [this.#scaleX(tree.x[left]), this.#scaleX(tree.x[right])];
    context.strokeStyle = ink;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(a, this.#scaleY(tree.height[left]));
    context.lineTo(a, y);
    context.lineTo(b, y);
    context.lineTo(b, this.#scaleY(tree.height[right]));
    context.stroke();
    context.globalAlpha = 0.07;
    context.fillStyle = ink;
    const [from, to] = [this.#scaleX(tree.low[node]), this.#scaleX(tree.high[node])];
    context.fillRect(from, y, to - from, this.#scaleY(0) - y);
    context.globalAlpha = 1;
  }

  #drawSuggestions(context: CanvasRenderingContext2D, tree: Tree, color: (name: string) => string): void {
    const ks = new Set(state.suggestions.value.map(({ k }) => k));
    context.fillStyle = color('--accent');
    for (const k of ks) {
      const y = this.#scaleY(tree.heightFor(k));
      context.beginPath();
      context.moveTo(MARGIN.left + 1, y);
      context.lineTo(MARGIN.left - 5, y - 4);
      context.lineTo(MARGIN.left - 5, y + 4);
      context.fill();
    }
  }

  #drawCut(context: CanvasRenderingContext2D, color: (name: string) => string): void {
    const y = this.#cutY;
    context.strokeStyle = color('--accent');
    context.lineWidth = state.dragging.value ? 2 : 1.5;
    context.setLineDash([6, 4]);
    context.beginPath();
    context.moveTo(MARGIN.left, y);
    context.lineTo(this.#width - MARGIN.right, y);
    context.stroke();
    context.setLineDash([]);
    const room = this.#height - 30;
    this.#handle.style.transform = `translateY(${Math.max(0, Math.min(room, y - 15))}px)`;
  }

  get #cutY(): number {
    return this.#scaleY(Math.min(state.cutHeight.value, this.#reach));
  }

  #place(event: PointerEvent): { x: number; y: number } {
    const box = this.#canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #down(event: PointerEvent, onHandle = false): void {
    if (event.button !== 0) return;
    const at = this.#place(event);
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
    const at = this.#place(event);
    const before = this.#pointers.get(event.pointerId);
    if (!before) {
      this.#look(at);
      return;
    }
    this.#pointers.set(event.pointerId, at);
    if (Math.abs(at.x - before.x) + Math.abs(at.y - before.y) > 0.5) this.#moved = true;
    if (this.#drag === 'cut') {
      state.cutHeight.value = this.#heightAt(at.y);
      return;
    }
    if (this.#pointers.size === 2) {
      this.#pinch(event.pointerId, before, at);
      return;
    }
    this.pan((before.x - at.x) / this.#plotWidth);
  }

  #pinch(moving: number, before: { x: number; y: number }, now: { x: number; y: number }): void {
    const other = [...this.#pointers].find(([id]) => id !== moving)?.[1];
    if (!other) return;
    const factor = Math.abs(before.x - other.x) / Math.max(8, Math.abs(now.x - other.x));
    this.zoom(factor, (other.x - MARGIN.left) / this.#plotWidth);
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

  /** A click on a tree means the cluster that stands there. */
  #click({ x }: { x: number }): void {
    const tree = this.#tree;
    if (!tree) return;
    const leaf = this.#from + ((x - MARGIN.left) / this.#plotWidth) * (this.#to - this.#from);
    const label = state.labels.value[tree.order[Math.max(0, Math.min(tree.n - 1, Math.floor(leaf)))]];
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
    this.#canvas.style.cursor =
      Math.abs(y - this.#cutY) <= GRIP || x < MARGIN.left
        ? 'ns-resize'
        : best === undefined
          ? 'grab'
          : 'pointer';
    if (best !== this.#hover) {
      this.#hover = best;
      this.#schedule();
    }
    this.#onHover(best === undefined ? undefined : { node: best, x, y });
  }

  #leave(): void {
    if (this.#pointers.size > 0) return;
    this.#hover = undefined;
    this.#onHover(undefined);
    this.#schedule();
  }

  /** The page scrolls as everywhere, unless the tree is what is being worked with. */
  #wheel = (event: WheelEvent): void => {
    const active = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (!active) return;
    event.preventDefault();
    const at = (event.clientX - this.#canvas.getBoundingClientRect().left - MARGIN.left) / this.#plotWidth;
    const delta = event.deltaY || event.deltaX;
    this.zoom(Math.exp(delta * 0.002), Math.max(0, Math.min(1, at)));
  };

  /** Keys on the handle of the cut. Returns whether the key meant something. */
  key(key: string): boolean {
    const tree = this.#tree;
    if (!tree) return false;
    const move = (pixels: number) => {
      state.cutHeight.value = this.#heightAt(this.#cutY - pixels);
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
