/** A canvas of the page: as many pixels as the screen has for it, drawn anew when what it shows has changed. */
import { effect } from '@preact/signals';

/** A canvas that is ready to be drawn on, in the pixels of the page. */
export interface Drawing {
  context: CanvasRenderingContext2D;
  /** Pixels of the screen for one of the page. */
  ratio: number;
  /** A colour of the style sheet, '--ink'. */
  color(name: string): string;
}

/** The font of numbers beside an axis. */
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

  /** Draw with the next frame, however often it is asked for. */
  protected schedule(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  }

  /** Draw again whenever a signal changes that `read` reads. */
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

  /** The canvas, wiped; undefined where it has no size. */
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

  /** Where a pointer is, from the upper left corner. */
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
