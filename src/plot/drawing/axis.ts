/** Numeric axes: ticks, their labels, grid lines and the name of the axis. */

import type { ScaleLinear } from 'd3-scale';
import type { Box } from './frame.ts';
import { type Tick, ticksOf } from './numbers.ts';
import { el, group, num, text } from './svg.ts';
import { fitText, MIDDLE, textWidth } from './text.ts';
import type { Theme } from './theme.ts';

const TICK_SIZE = 11;
const LABEL_SIZE = 12;
const TICK = 4;
const GAP = 4;

/** Ticks at round numbers, at least `apart` pixels apart. */
export function axisTicks(scale: ScaleLinear<number, number>, apart: number): Tick[] {
  const [a, b] = scale.range();
  return ticksOf(scale, Math.max(2, Math.min(8, Math.floor(Math.abs(b - a) / apart))));
}

/** Width of an axis on the left of the plot, or height of an axis below it. */
export function axisSize(side: 'left' | 'bottom', ticks: readonly Tick[], label: string | undefined): number {
  const across =
    side === 'left' ? Math.max(0, ...ticks.map((t) => textWidth(t.label, TICK_SIZE))) : TICK_SIZE;
  return TICK + GAP + across + (label ? LABEL_SIZE + 10 : 0);
}

/** An axis on the left of the plot or below it, with its grid across the plot. */
export function axis(
  side: 'left' | 'bottom',
  scale: ScaleLinear<number, number>,
  ticks: readonly Tick[],
  box: Box,
  label: string | undefined,
  theme: Theme,
): string {
  const vertical = side === 'left';
  const at = (t: Tick) => num(scale(t.value));
  const marks = ticks
    .map((t) =>
      vertical ? `M${num(box.left - TICK)},${at(t)}h${TICK}` : `M${at(t)},${num(box.bottom)}v${TICK}`,
    )
    .join('');
  const line = vertical
    ? `M${num(box.left)},${num(box.top)}V${num(box.bottom)}`
    : `M${num(box.left)},${num(box.bottom)}H${num(box.right)}`;
  const grid = ticks
    .map((t) =>
      vertical
        ? `M${num(box.left)},${at(t)}H${num(box.right)}`
        : `M${at(t)},${num(box.top)}V${num(box.bottom)}`,
    )
    .join('');
  const labels = ticks.map((t) =>
    text(
      vertical
        ? { x: box.left - TICK - GAP, y: scale(t.value) + MIDDLE * TICK_SIZE }
        : { x: scale(t.value), y: box.bottom + TICK + GAP + 0.8 * TICK_SIZE },
      t.label,
    ),
  );
  const parts = [
    el('path', { d: grid, fill: 'none', 'stroke-width': 1, ...theme.paint({ stroke: 'grid' }) }),
    el('path', { d: line + marks, fill: 'none', 'stroke-width': 1, ...theme.paint({ stroke: 'axis' }) }),
    group(
      {
        'font-size': TICK_SIZE,
        'text-anchor': vertical ? 'end' : 'middle',
        ...theme.paint({ fill: 'soft' }),
      },
      labels,
    ),
  ];
  if (label) {
    const middle = vertical ? (box.top + box.bottom) / 2 : (box.left + box.right) / 2;
    const outer = axisSize(side, ticks, label);
    parts.push(
      vertical
        ? axisName(label, box.left - outer + LABEL_SIZE, middle, box.bottom - box.top, true, theme)
        : axisName(label, middle, box.bottom + outer - 2, box.right - box.left, false, theme),
    );
  }
  return group({ class: `axis-${vertical ? 'y' : 'x'}` }, parts);
}

/** The name of an axis, centred on a point, at most `room` long. */
export function axisName(
  label: string,
  x: number,
  y: number,
  room: number,
  upwards: boolean,
  theme: Theme,
): string {
  const short = fitText(label, room, LABEL_SIZE);
  const place = upwards ? { transform: `translate(${num(x)},${num(y)})rotate(-90)` } : { x, y };
  const look = { 'font-size': LABEL_SIZE, 'text-anchor': 'middle', ...theme.paint({ fill: 'soft' }) };
  return text({ ...place, ...look }, short, short === label ? undefined : label);
}

/** Height of an axis name where the axis has no ticks. */
export const NAME_HEIGHT = LABEL_SIZE + 8;
