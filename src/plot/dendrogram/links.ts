/** The links of a dendrogram as paths, and the dots of the merges that truncation hides. */

import type { Dendrogram, Quad } from '../../hierarchy/dendrogram.ts';
import { countOf, shortNumber } from '../drawing/numbers.ts';
import { el, group, num, titleOf } from '../drawing/svg.ts';
import { paintOf, type Theme } from '../drawing/theme.ts';
import type { Stem } from './clusters.ts';
import type { Turn } from './turn.ts';

/** Up to this many links, each is a path of its own with a tooltip. Beyond, all links of one colour are one path. */
const SEPARATE = 400;

/** The dendrogram's links, with the heights of their feet as drawn. */
export interface Links {
  icoord: readonly Quad[];
  dcoord: readonly Quad[];
  colors: readonly string[];
  /** Height at which each leaf begins. */
  feet: readonly number[];
}

/**
 * Hang leaves from their links instead of drawing them down to height 0.
 *
 * A leaf that is a truncated cluster begins at its own height, an observation `stub` below its first merge. `ownHeight` is
 * undefined for leaves that begin like an observation, and 0 for leaves that are drawn down to 0.
 */
export function hangLeaves(
  { icoord, dcoord, colorList, leaves }: Dendrogram,
  ownHeight: (node: number) => number | undefined,
  stub: number,
): Links {
  const feet = new Array<number>(leaves.length).fill(-1);
  const moved = dcoord.map((quad, i): Quad => {
    const out: Quad = [...quad];
    for (const corner of [0, 3] as const) {
      const place = icoord[i][corner];
      // Children come before parents: the first foot at a leaf's position is the leaf's own leg.
      const leaf = place % 10 === 5 ? (place - 5) / 10 : -1;
      if (leaf < 0 || feet[leaf] >= 0) continue;
      feet[leaf] = Math.max(0, Math.min(quad[1], ownHeight(leaves[leaf]) ?? quad[1] - stub));
      out[corner] = feet[leaf];
    }
    return out;
  });
  return { icoord, dcoord: moved, colors: colorList, feet: feet.map((foot) => Math.max(0, foot)) };
}

/** All leaves begin at height 0, as in SciPy. */
export function standLeaves({ icoord, dcoord, colorList, leaves }: Dendrogram): Links {
  return { icoord, dcoord, colors: colorList, feet: new Array<number>(leaves.length).fill(0) };
}

/** Width of lines for leaves `step` pixels apart, thin enough that the lines do not touch. */
function lineWidth(step: number): number {
  return step >= 8 ? 1.5 : step >= 3 ? 1.1 : step >= 1 ? 0.8 : 0.5;
}

/** The path of one link. */
function linkPath(turn: Turn, places: Quad, heights: Quad): string {
  const [x0, y0] = turn.point(places[0], heights[0]);
  const [x1, y1] = turn.point(places[1], heights[1]);
  const [x2, y2] = turn.point(places[2], heights[2]);
  const [x3, y3] = turn.point(places[3], heights[3]);
  return turn.upright
    ? `M${num(x0)},${num(y0)}V${num(y1)}H${num(x2)}V${num(y3)}`
    : `M${num(x0)},${num(y0)}H${num(x1)}V${num(y2)}H${num(x3)}`;
}

/** Draw the links, one group for each colour; the links above the threshold are drawn last, as in SciPy. */
export function drawLinks(links: Links, turn: Turn, step: number, above: string, theme: Theme): string {
  const paths = links.icoord.map((places, i) => linkPath(turn, places, links.dcoord[i]));
  return drawLinkPaths(paths, links, step, above, theme);
}

/** As drawLinks, with the path of each link. */
export function drawLinkPaths(
  paths: readonly string[],
  { dcoord, colors }: Pick<Links, 'dcoord' | 'colors'>,
  step: number,
  above: string,
  theme: Theme,
): string {
  const separate = paths.length <= SEPARATE;
  const byColor = new Map<string, string[]>();
  paths.forEach((path, i) => {
    const list = byColor.get(colors[i]);
    const item = separate ? el('path', { d: path }, titleOf(`height ${shortNumber(dcoord[i][1])}`)) : path;
    if (list) list.push(item);
    else byColor.set(colors[i], [item]);
  });
  const order = Array.from(byColor.keys()).sort((a, b) => Number(a === above) - Number(b === above));
  const groups = order.map((color) => {
    const items = byColor.get(color) ?? [];
    return group(
      theme.paint({ stroke: paintOf(color) }),
      separate ? items : [el('path', { d: items.join('') })],
    );
  });
  const look = { class: 'links', fill: 'none', 'stroke-width': lineWidth(step), 'stroke-linejoin': 'round' };
  return group({ ...look, 'stroke-linecap': 'round' }, groups);
}

/** A direction of growth: where a position along the leaves and a height are in the picture. */
interface Growth {
  point(place: number, height: number): [x: number, y: number];
}

/** Draw the lower ends of legs in the colours of their clusters, over the legs: one path for each colour. */
export function drawStems(
  { feet }: Pick<Links, 'feet'>,
  stems: readonly Stem[],
  growth: Growth,
  step: number,
  theme: Theme,
): string {
  const byColor = new Map<string, string>();
  for (const { leaf, from, top, color } of stems) {
    const [x0, y0] = growth.point(10 * leaf + 5, from > feet[leaf] ? from : top);
    const [x1, y1] = growth.point(10 * leaf + 5, feet[leaf]);
    const end = x0 === x1 ? `V${num(y1)}` : y0 === y1 ? `H${num(x1)}` : `L${num(x1)},${num(y1)}`;
    const path = `M${num(x0)},${num(y0)}${end}`;
    byColor.set(color, (byColor.get(color) ?? '') + path);
  }
  if (byColor.size === 0) return '';
  const paths = Array.from(byColor, ([color, d]) =>
    el('path', { ...theme.paint({ stroke: paintOf(color) }), d }),
  );
  const look = { class: 'stems', fill: 'none', 'stroke-width': lineWidth(step), 'stroke-linecap': 'round' };
  return group(look, paths);
}

/** Draw a dot for each contracted merge. Merges on the same pixel share one dot. */
export function drawContracted(contracted: Dendrogram['contracted'], turn: Growth, theme: Theme): string {
  const taken = new Set<string>();
  const dots: string[] = [];
  for (const [place, height] of contracted) {
    const [x, y] = turn.point(place, height);
    const pixel = `${Math.round(x)},${Math.round(y)}`;
    if (taken.has(pixel)) continue;
    taken.add(pixel);
    dots.push(el('circle', { cx: x, cy: y, r: 2.2 }));
  }
  if (dots.length === 0) return '';
  const paint = theme.paint({ fill: 'ink' });
  const name = ['contracted', paint.class].filter(Boolean).join(' ');
  return group({ ...paint, class: name, 'fill-opacity': '0.45' }, [
    titleOf(`${countOf(contracted.length, 'merge')} within the leaves`),
    ...dots,
  ]);
}
