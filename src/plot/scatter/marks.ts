/** Shapes of points. With nine colours they distinguish 45 clusters, and they help readers who cannot distinguish colours. */

import { el, num } from '../drawing/svg.ts';

/** Outlines around the origin that appear as large as a circle of radius r. */
const SHAPES: readonly { name: string; outline: (r: number) => string }[] = [
  { name: 'circle', outline: () => '' },
  { name: 'square', outline: (r) => polygon(r * 0.9, [-1, -1, 1, -1, 1, 1, -1, 1]) },
  { name: 'triangle', outline: (r) => polygon(r * 1.25, [0, -1, 0.87, 0.55, -0.87, 0.55]) },
  { name: 'diamond', outline: (r) => polygon(r * 1.25, [0, -1.1, 0.85, 0, 0, 1.1, -0.85, 0]) },
  {
    name: 'plus',
    outline: (r) =>
      polygon(r * 0.4, [-1, -3, 1, -3, 1, -1, 3, -1, 3, 1, 1, 1, 1, 3, -1, 3, -1, 1, -3, 1, -3, -1, -1, -1]),
  },
];

/** Number of shapes. */
export const SHAPE_COUNT = SHAPES.length;

function polygon(scale: number, corners: readonly number[]): string {
  return `M${corners.map((c) => num(c * scale)).join(',')}Z`;
}

/** Marks of one size. Each shape is defined once and used by reference; circles need no definition. */
export class Marks {
  readonly #radius: number;
  readonly #used = new Set<number>();

  constructor(radius: number) {
    this.#radius = radius;
  }

  /** A mark at a position. */
  at(shape: number, x: number, y: number): string {
    if (shape === 0) return el('circle', { cx: x, cy: y, r: this.#radius });
    this.#used.add(shape);
    return el('use', { href: `#${this.#id(shape)}`, x, y });
  }

  /** The definitions of the shapes used. They depend only on shape and size, so that pictures on one page may share them. */
  definitions(): string {
    const used = Array.from(this.#used).sort((a, b) => a - b);
    if (used.length === 0) return '';
    const paths = used.map((i) => el('path', { id: this.#id(i), d: SHAPES[i].outline(this.#radius) }));
    return el('defs', {}, paths.join(''));
  }

  #id(shape: number): string {
    return `coppice-${SHAPES[shape].name}-${num(this.#radius).replace('.', '_')}`;
  }
}
