/** Lines at the heights at which a tree is cut. Their labels stand outside the plot. */

import { fcluster } from '../../hierarchy/fcluster.ts';
import type { Z } from '../../types.ts';
import type { Box } from '../drawing/frame.ts';
import { countOf, shortNumber } from '../drawing/numbers.ts';
import { el, group, num, text } from '../drawing/svg.ts';
import { MIDDLE, textWidth } from '../drawing/text.ts';
import type { Theme } from '../drawing/theme.ts';
import type { Turn } from './turn.ts';

const SIZE = 11;
const ROW = 14;
const GAP = 6;

export interface CutLabel {
  height: number;
  label: string;
}

/** The label of each cut: its height, and the number of clusters that it leaves. Ordered by height. */
export function cutLabels(Z: Z, heights: readonly number[]): CutLabel[] {
  return Array.from(new Set(heights))
    .sort((a, b) => a - b)
    .map((height) => {
      const clusters = fcluster(Z, height, { criterion: 'distance' }).reduce((a, b) => Math.max(a, b), 0);
      return { height, label: `${shortNumber(height)}: ${countOf(clusters, 'cluster')}` };
    });
}

const widthOf = (cut: CutLabel) => textWidth(cut.label, SIZE);

/** Width of the labels beside an upright tree. */
export function cutWidth(cuts: readonly CutLabel[]): number {
  return cuts.length === 0 ? 0 : GAP + 6 + Math.max(...cuts.map(widthOf));
}

/** Height of the labels above a tree that grows sideways. */
export function cutHeight(cuts: readonly CutLabel[], turn: Turn): number {
  if (cuts.length === 0) return 0;
  const at = cuts.map((cut) => turn.height(cut.height));
  return GAP + ROW * (1 + Math.max(...flags(cuts, at, turn.leafSide === 'right').map((flag) => flag.row)));
}

/**
 * How far the labels above a sideways tree reach beyond height 0, at most. It is measured on a plot that is no longer than
 * the final one.
 */
export function flagRoom(cuts: readonly CutLabel[], turn: Turn): number {
  const ground = turn.height(0);
  return cuts.reduce(
    (most, cut) => Math.max(most, widthOf(cut) + 10 - Math.abs(turn.height(cut.height) - ground)),
    0,
  );
}

/** Draw the lines across the plot, and their labels outside it. */
export function drawCuts(cuts: readonly CutLabel[], turn: Turn, box: Box, theme: Theme): string {
  if (cuts.length === 0) return '';
  const at = cuts.map((cut) => turn.height(cut.height));
  const lines = at.map((y) =>
    el('path', {
      d: turn.upright
        ? `M${num(box.left)},${num(y)}H${num(box.right)}`
        : `M${num(y)},${num(box.bottom)}V${num(box.top)}`,
      'stroke-dasharray': '5 4',
    }),
  );
  const labels = turn.upright
    ? labelsBeside(cuts, at, box)
    : labelsAbove(cuts, at, box, turn.leafSide === 'right');
  const stroke = theme.paint({ stroke: 'ink' });
  const fill = theme.paint({ fill: 'ink' });
  return group(
    { class: 'cuts' },
    [
      group({ ...stroke, fill: 'none', 'stroke-width': 1.2 }, lines),
      group({ ...theme.paint({ stroke: 'axis' }), fill: 'none', 'stroke-width': 0.8 }, labels.ties),
      group({ ...fill, 'font-size': SIZE, ...labels.look }, labels.texts),
    ].filter((part) => part !== ''),
  );
}

interface Labels {
  texts: string[];
  /** Lines that connect labels with their cuts. */
  ties: string[];
  look: Record<string, string>;
}

/** Labels at the right end of each line, moved apart where lines are close. */
function labelsBeside(cuts: readonly CutLabel[], at: readonly number[], box: Box): Labels {
  const places = spread(at, ROW, box.top, box.bottom);
  const texts = cuts.map((cut, i) =>
    text({ x: box.right + GAP + 6, y: places[i] + MIDDLE * SIZE }, cut.label),
  );
  const ties = at.map((y, i) => `M${num(box.right)},${num(y)}L${num(box.right + GAP)},${num(places[i])}h3`);
  return { texts, ties: ties.map((d) => el('path', { d })), look: { 'text-anchor': 'start' } };
}

/** Labels above the upper end of each line, each at the end of a vertical line. */
function labelsAbove(cuts: readonly CutLabel[], at: readonly number[], box: Box, toRight: boolean): Labels {
  const flown = flags(cuts, at, toRight);
  const y = (row: number) => box.top - GAP - row * ROW;
  return {
    texts: flown.map(({ i, x, row }) => text({ x, y: y(row) }, cuts[i].label)),
    ties: flown.map(({ i, row }) =>
      el('path', { d: `M${num(at[i])},${num(box.top)}V${num(y(row) - SIZE * 0.7)}` }),
    ),
    look: { 'text-anchor': toRight ? 'start' : 'end' },
  };
}

interface Flag {
  i: number;
  x: number;
  row: number;
}

/**
 * Labels stand like flags, with their text towards the leaves. The line nearest to the leaves is placed first. A label that
 * would touch another one moves up a row; its vertical line passes beside that label.
 */
function flags(cuts: readonly CutLabel[], at: readonly number[], toRight: boolean): Flag[] {
  const rows: [number, number][][] = [];
  const order = cuts.map((_, i) => i).sort((a, b) => (toRight ? at[b] - at[a] : at[a] - at[b]));
  return order.map((i) => {
    const x = toRight ? at[i] + 3 : at[i] - 3;
    const from = toRight ? x : x - widthOf(cuts[i]);
    const to = from + widthOf(cuts[i]);
    let row = rows.findIndex((ends) => ends.every((end) => to + 6 < end[0] || from - 6 > end[1]));
    if (row < 0) row = rows.push([]) - 1;
    rows[row].push([from, to]);
    return { i, x, row };
  });
}

/**
 * Move positions apart until neighbours are at least `apart` from each other, with their order kept. One sweep goes up, one
 * down.
 */
function spread(places: readonly number[], apart: number, low: number, high: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  const out = places.slice();
  let last = -Infinity;
  for (const i of order) {
    out[i] = Math.max(out[i], last + apart);
    last = out[i];
  }
  let next = Math.max(high, low + apart * (places.length - 1));
  for (const i of order.reverse()) {
    out[i] = Math.min(out[i], next);
    next = out[i] - apart;
  }
  return out;
}
