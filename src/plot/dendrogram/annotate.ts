/** Heights written beside the links that are above a threshold. */

import type { Box } from '../drawing/frame.ts';
import { shortNumber } from '../drawing/numbers.ts';
import { el, group, text, titleOf } from '../drawing/svg.ts';
import { textWidth } from '../drawing/text.ts';
import { paintOf, type Theme } from '../drawing/theme.ts';
import type { Links } from './links.ts';
import { between, Occupancy } from './occupancy.ts';
import type { Turn } from './turn.ts';

const SIZE = 10;

/** Distance from the dot to its text. */
const GAP = 5;

/**
 * Mark each link above a height with a dot, and write its height beside the dot where the text overlaps nothing: no other
 * text, no link, no cut line, and none of the boxes in `written`. The highest links are placed first. A dot without text
 * shows its height as a tooltip.
 */
export function annotate(
  links: Links,
  turn: Turn,
  box: Box,
  above: number,
  cuts: readonly number[],
  written: readonly Box[],
  theme: Theme,
): string {
  const { icoord, dcoord, colors } = links;
  const chosen: number[] = [];
  const taken = new Occupancy({ ...box, left: box.left + 3, right: box.right - 3 });
  for (const area of written) taken.take(area);
  dcoord.forEach((heights, i) => {
    if (heights[1] > above) chosen.push(i);
    const corners = icoord[i].map((place, k) => turn.point(place, heights[k]));
    for (let k = 1; k < 4; k++) taken.take(between(...corners[k - 1], ...corners[k]));
  });
  for (const cut of cuts) {
    const at = turn.height(cut);
    taken.take(turn.upright ? { ...box, top: at, bottom: at } : { ...box, left: at, right: at });
  }
  chosen.sort((a, b) => dcoord[b][1] - dcoord[a][1] || a - b);

  const dots: string[] = [];
  const labels: string[] = [];
  for (const i of chosen) {
    const height = dcoord[i][1];
    const [x, y] = turn.point((icoord[i][1] + icoord[i][2]) / 2, height);
    dots.push(
      el(
        'circle',
        { cx: x, cy: y, r: 2.8, ...theme.paint({ fill: paintOf(colors[i]) }) },
        titleOf(String(height)),
      ),
    );
    const label = shortNumber(height);
    const place = places(x, y, textWidth(label, SIZE), turn).find((area) => taken.isFree(area));
    if (!place) continue;
    taken.take({
      left: place.left - 3,
      right: place.right + 3,
      top: place.top - 1,
      bottom: place.bottom + 1,
    });
    labels.push(text({ x: (place.left + place.right) / 2, y: place.bottom - 0.14 * SIZE }, label));
  }
  const paint = theme.paint({ fill: 'ink' });
  const name = ['heights', paint.class].filter(Boolean).join(' ');
  return (
    group({ class: 'dots' }, dots) +
    group({ ...paint, class: name, 'font-size': SIZE, 'text-anchor': 'middle' }, labels)
  );
}

/** Positions for the text beside a dot, best first: between the legs, then on either side of the link above. */
function places(x: number, y: number, width: number, turn: Turn): Box[] {
  const height = SIZE * 0.92;
  const [dx, dy] = turn.outward;
  const at = (cx: number, cy: number): Box => ({
    left: cx - width / 2,
    right: cx + width / 2,
    top: cy - height / 2,
    bottom: cy + height / 2,
  });
  const along = turn.upright ? height / 2 + GAP : width / 2 + GAP;
  const aside = turn.upright ? width / 2 + GAP : height / 2 + GAP;
  const [sx, sy] = turn.upright ? [aside, 0] : [0, aside];
  return [
    at(x + dx * along, y + dy * along),
    at(x - dx * along + sx, y - dy * along + sy),
    at(x - dx * along - sx, y - dy * along - sy),
  ];
}
