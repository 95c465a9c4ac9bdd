/** The scatter plot of the sample, coloured by cluster. */
import { clusterColor } from 'coppice/plot';
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { number } from '../state/format.ts';
import * as state from '../state/state.ts';
import { Canvas, type Drawing } from './canvas.ts';

const MARGIN = { left: 46, right: 12, top: 10, bottom: 28 };
/** Most points drawn. Of a larger sample, evenly spaced rows are drawn: more points could not be distinguished. */
const MOST_POINTS = 12_000;

export class ScatterCanvas extends Canvas {
  readonly #layer = document.createElement('canvas');
  #x: ScaleLinear<number, number> = scaleLinear();
  #y: ScaleLinear<number, number> = scaleLinear();

  constructor(canvas: HTMLCanvasElement) {
    super(canvas);
    this.redrawOn(() => {
      void [state.projected.value, state.labels.value, state.theme.value];
      void [state.selected.value, state.currentCut.value];
    });
    this.listen(canvas, 'click', (event) => this.#click(event));
  }

  #setScales(points: Float32Array): void {
    const bounds = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const [x, y] = [bounds.slice(), bounds.slice()];
    for (let i = 0; i < points.length; i += 2) {
      if (points[i] < x[0]) x[0] = points[i];
      if (points[i] > x[1]) x[1] = points[i];
      if (points[i + 1] < y[0]) y[0] = points[i + 1];
      if (points[i + 1] > y[1]) y[1] = points[i + 1];
    }
    const padded = ([low, high]: number[]) => {
      const pad = high > low ? 0.05 * (high - low) : Math.abs(high) * 0.1 || 1;
      return [low - pad, high + pad];
    };
    this.#x = scaleLinear(padded(x), [MARGIN.left, this.width - MARGIN.right]);
    this.#y = scaleLinear(padded(y), [this.height - MARGIN.bottom, MARGIN.top]);
  }

  draw(): void {
    const projected = state.projected.value;
    const drawing = projected && this.wiped();
    if (!drawing) return;
    this.#setScales(projected.points);
    this.#drawAxes(drawing);
    this.#drawPoints(drawing, projected.points);
    this.#drawLeaders(drawing);
    this.canvas.dataset.k = String(state.k.value);
  }

  #drawAxes({ context, color }: Drawing): void {
    context.lineWidth = 1;
    context.strokeStyle = color('--grid');
    context.fillStyle = color('--soft');
    context.textAlign = 'center';
    context.textBaseline = 'top';
    const bottom = this.height - MARGIN.bottom;
    for (const tick of this.#x.ticks(Math.max(2, Math.round(this.width / 90)))) {
      const at = Math.round(this.#x(tick)) + 0.5;
      context.beginPath();
      context.moveTo(at, MARGIN.top);
      context.lineTo(at, bottom);
      context.stroke();
      context.fillText(number(tick), at, bottom + 8);
    }
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const tick of this.#y.ticks(Math.max(2, Math.round(this.height / 70)))) {
      const at = Math.round(this.#y(tick)) + 0.5;
      context.beginPath();
      context.moveTo(MARGIN.left, at);
      context.lineTo(this.width - MARGIN.right, at);
      context.stroke();
      context.fillText(number(tick), MARGIN.left - 8, at);
    }
  }

  #drawPoints({ context, ratio }: Drawing, points: Float32Array): void {
    const labels = state.labels.value;
    const chosen = state.selected.value;
    const theme = state.theme.value;
    const n = points.length / 2;
    const step = Math.max(1, n / MOST_POINTS);
    const drawn = Math.min(n, MOST_POINTS);
    const radius = drawn > 8000 ? 1.3 : drawn > 2500 ? 1.8 : drawn > 600 ? 2.4 : 3.4;
    const opacity = drawn > 8000 ? 0.55 : drawn > 2500 ? 0.7 : 0.85;
    // Without a graphics card, thousands of shapes are slow to draw. Small points are written into pixels instead.
    const many = radius < 2 ? context.createImageData(this.canvas.width, this.canvas.height) : undefined;
    const groups = new Map<number, number[]>();
    for (let at = 0; at < n; at += step) {
      const i = Math.floor(at);
      const group = groups.get(labels[i]);
      const [x, y] = [this.#x(points[2 * i]), this.#y(points[2 * i + 1])];
      if (group) group.push(x, y);
      else groups.set(labels[i], [x, y]);
    }
    const inOrder = [...groups].sort(([a], [b]) => Number(a === chosen) - Number(b === chosen));
    for (const [label, group] of inOrder) {
      context.fillStyle = clusterColor(label, theme);
      context.globalAlpha = chosen === undefined || chosen === label ? opacity : 0.1;
      if (many) {
        this.#stamp(many, group, label, context.globalAlpha, ratio);
        continue;
      }
      // There are nine colours. Each time they repeat, the marks change from discs to squares or back.
      if (Math.floor((label - 1) / 9) % 2 === 1) {
        const side = 2 * radius;
        for (let i = 0; i < group.length; i += 2) {
          context.fillRect(group[i] - radius, group[i + 1] - radius, side, side);
        }
        continue;
      }
      context.beginPath();
      for (let i = 0; i < group.length; i += 2) {
        context.moveTo(group[i] + radius, group[i + 1]);
        context.arc(group[i], group[i + 1], radius, 0, 7);
      }
      context.fill();
    }
    context.globalAlpha = 1;
    if (!many) return;
    this.#layer.width = many.width;
    this.#layer.height = many.height;
    this.#layer.getContext('2d')?.putImageData(many, 0, 0);
    context.drawImage(this.#layer, 0, 0, this.width, this.height);
  }

  /** Blend small squares of one colour into the image. */
  #stamp(
    { data, width, height }: ImageData,
    at: number[],
    label: number,
    opacity: number,
    ratio: number,
  ): void {
    const side = Math.max(2, Math.round(2.8 * ratio));
    const color = Number.parseInt(clusterColor(label, state.theme.value).slice(1), 16);
    const [red, green, blue] = [color >> 16, (color >> 8) & 255, color & 255];
    for (let i = 0; i < at.length; i += 2) {
      const left = Math.max(0, Math.round(at[i] * ratio - side / 2));
      const top = Math.max(0, Math.round(at[i + 1] * ratio - side / 2));
      for (let y = top; y < Math.min(height, top + side); y++) {
        for (let x = left; x < Math.min(width, left + side); x++) {
          const p = 4 * (y * width + x);
          const below = (data[p + 3] / 255) * (1 - opacity);
          const alpha = opacity + below;
          data[p] = (red * opacity + data[p] * below) / alpha;
          data[p + 1] = (green * opacity + data[p + 1] * below) / alpha;
          data[p + 2] = (blue * opacity + data[p + 2] * below) / alpha;
          data[p + 3] = 255 * alpha;
        }
      }
    }
  }

  #drawLeaders({ context, color }: Drawing): void {
    const cut = state.currentCut.value;
    if (!cut) return;
    const chosen = state.selected.value;
    const many = cut.labels.length > 60;
    for (let i = 0; i < cut.labels.length; i++) {
      const [x, y] = [this.#x(cut.points[2 * i]), this.#y(cut.points[2 * i + 1])];
      context.globalAlpha = chosen === undefined || chosen === cut.labels[i] ? 1 : 0.25;
      context.beginPath();
      context.arc(x, y, many ? 3.5 : 5.5, 0, 7);
      context.fillStyle = clusterColor(cut.labels[i], state.theme.value);
      context.fill();
      context.lineWidth = 3.5;
      context.strokeStyle = color('--paper');
      context.stroke();
      context.lineWidth = 1.75;
      context.strokeStyle = color('--ink');
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** Select the cluster of the point nearest to a click, or deselect it. */
  #click(event: MouseEvent): void {
    const points = state.projected.value?.points;
    if (!points) return;
    const { x, y } = this.placeOf(event);
    let best = -1;
    let nearest = 24 ** 2;
    for (let i = 0; i < points.length / 2; i++) {
      const away = (this.#x(points[2 * i]) - x) ** 2 + (this.#y(points[2 * i + 1]) - y) ** 2;
      if (away < nearest) {
        nearest = away;
        best = i;
      }
    }
    const label = best < 0 ? undefined : state.labels.value[best];
    state.selected.value = label === state.selected.value ? undefined : label;
  }
}
