/** The links of a dendrogram as paths, and the dots of the merges that truncation hides. */

import type { Dendrogram, Quad } from '../../hierarchy/dendrogram.ts';
import { countOf, shortNumber } from '../drawing/numbers.ts';
import { el, group, num, titleOf } from '../drawing/svg.ts';
import { paintOf, type Theme } from '../drawing/theme.ts';
import type { Stem } from './clusters.ts';
import type { Turn } from './turn.ts';

/** Up to here each link is its own path, with a tooltip; beyond, links of one colour are one path. */
const SEPARATE = 400;

/** The dendrogram's links with their feet where the picture wants them. */
export interface Links {
  icoord: readonly Quad[];
  dcoord: readonly Quad[];
  colors: readonly string[];
  /** Height at which each leaf begins. */
  feet: readonly number[];
}

/**
 * Hang leaves from their links instead of standing them on the ground.
 *
 * A cluster that truncation made a leaf begins at its own height; an observation a `stub` below its first merge.
 * `ownHeight` of a leaf is undefined for those that shall begin like an observation, and 0 for those that stay.
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
      // Children come first: a foot at a leaf's place is the leaf's unless the leaf has its link already.
      const leaf = place % 10 === 5 ? (place - 5) / 10 : -1;
      if (leaf < 0 || feet[leaf] >= 0) continue;
      feet[leaf] = Math.max(0, Math.min(quad[1], ownHeight(leaves[leaf]) ?? quad[1] - stub));
      out[corner] = feet[leaf];
    }
    return out;
  });
  return { icoord, dcoord: moved, colors: colorList, feet: feet.map((foot) => Math.max(0, foot)) };
}

/** All leaves on the ground, as SciPy has them. */
export function standLeaves({ icoord, dcoord, colorList, leaves }: Dendrogram): Links {
  return { icoord, dcoord, colors: colorList, feet: new Array<number>(leaves.length).fill(0) };
}

/** Width of lines that stay apart from each other at a distance between leaves. */
export function lineWidth(step: number): number {
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

/** Draw the links, a group for each colour, the links above the threshold last, as SciPy does. */
export function drawLinks(links: Links, turn: Turn, step: number, above: string, theme: Theme): string {
  const { icoord, dcoord, colors } = links;
  const byColor = new Map<string, string[]>();
  const separate = icoord.length <= SEPARATE;
  icoord.forEach((places, i) => {
    const path = linkPath(turn, places, dcoord[i]);
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

/** Draw the ends of legs that stand for a cluster, on the legs: a path for each colour. */
export function drawStems(
  { feet }: Links,
  stems: readonly Stem[],
  turn: Turn,
  step: number,
  theme: Theme,
): string {
  const byColor = new Map<string, string>();
  for (const { leaf, from, top, color } of stems) {
    const [x0, y0] = turn.point(10 * leaf + 5, from > feet[leaf] ? from : top);
    const [x1, y1] = turn.point(10 * leaf + 5, feet[leaf]);
    const path = turn.upright ? `M${num(x0)},${num(y0)}V${num(y1)}` : `M${num(x0)},${num(y0)}H${num(x1)}`;
    byColor.set(color, (byColor.get(color) ?? '') + path);
  }
  if (byColor.size === 0) return '';
  const paths = Array.from(byColor, ([color, d]) =>
    el('path', { ...theme.paint({ stroke: paintOf(color) }), d }),
  );
  const look = { class: 'stems', fill: 'none', 'stroke-width': lineWidth(step), 'stroke-linecap': 'round' };
  return group(look, paths);
}

/** Draw a dot for each contracted merge; where several share a pixel, one dot stands for them. */
export function drawContracted(contracted: Dendrogram['contracted'], turn: Turn, theme: Theme): string {
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
