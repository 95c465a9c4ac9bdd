/** Shapes of points: with nine colours they tell 45 clusters apart, and help who cannot tell colours apart. */

import { el, num } from '../drawing/svg.ts';

/** Outlines around the origin that look as large as a circle of radius r. */
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

/** How many shapes there are. */
export const SHAPE_COUNT = SHAPES.length;

function polygon(scale: number, corners: readonly number[]): string {
  return `M${corners.map((c) => num(c * scale)).join(',')}Z`;
}

/** Shapes of one size, each defined once and used by reference. Circles need no definition. */
export class Marks {
  readonly #radius: number;
  readonly #used = new Set<number>();

  constructor(radius: number) {
    this.#radius = radius;
  }

  /** One mark at a place. */
  at(shape: number, x: number, y: number): string {
    if (shape === 0) return el('circle', { cx: x, cy: y, r: this.#radius });
    this.#used.add(shape);
    return el('use', { href: `#${this.#id(shape)}`, x, y });
  }

  /** The definitions of what was used; they depend on nothing but shape and size, so pictures on a page may share them. */
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
