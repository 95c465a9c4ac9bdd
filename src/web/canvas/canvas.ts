/** Base class of the canvases. A canvas has the resolution of the screen and is redrawn when its data change. */
import { effect } from '@preact/signals';

/** A cleared canvas with its drawing context, whose unit is the CSS pixel. */
export interface Drawing {
  context: CanvasRenderingContext2D;
  /** Device pixels per CSS pixel. */
  ratio: number;
  /** The value of a colour variable of the style sheet, for example '--ink'. */
  color(name: string): string;
}

/** The font of axis numbers. */
const FONT = '11px system-ui, sans-serif';

export abstract class Canvas {
  protected readonly canvas: HTMLCanvasElement;
  protected width = 0;
  protected height = 0;
  readonly #undo: (() => void)[] = [];
  #frame = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
    const resize = new ResizeObserver(() => this.#resize());
    resize.observe(canvas);
    this.#undo.push(() => resize.disconnect());
  }

  /** Draw now. */
  abstract draw(): void;

  close(): void {
    cancelAnimationFrame(this.#frame);
    for (const undo of this.#undo) undo();
  }

  /** Draw in the next frame, once, even after several calls. */
  protected schedule(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  }

  /** Redraw whenever a signal changes that `read` reads. */
  protected redrawOn(read: () => void): void {
    this.#undo.push(
      effect(() => {
        read();
        this.schedule();
      }),
    );
  }

  protected listen<K extends keyof HTMLElementEventMap>(
    on: HTMLElement,
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    options?: AddEventListenerOptions,
  ): void {
    on.addEventListener(type, listener, options);
    this.#undo.push(() => on.removeEventListener(type, listener));
  }

  /** Clear the canvas and return it for drawing; undefined if it has no size. */
  protected wiped(): Drawing | undefined {
    const context = this.canvas.getContext('2d');
    if (!context || this.width === 0) return undefined;
    const ratio = this.canvas.width / this.width;
    const style = getComputedStyle(this.canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.font = FONT;
    return { context, ratio, color: (name) => style.getPropertyValue(name).trim() };
  }

  /** Position of a pointer, relative to the upper left corner of the canvas. */
  protected placeOf(event: MouseEvent): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #resize(): void {
    const { width, height } = this.canvas.getBoundingClientRect();
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    const ratio = globalThis.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.draw();
  }
}
