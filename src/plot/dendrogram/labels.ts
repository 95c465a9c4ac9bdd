/** Choose size, angle and number of the leaf labels so that none touches another. */

import type { Box } from '../drawing/frame.ts';
import type { Attributes } from '../drawing/svg.ts';
import { group, num, text } from '../drawing/svg.ts';
import { fitText, LINE, MIDDLE, textWidth } from '../drawing/text.ts';
import type { Paint, Theme } from '../drawing/theme.ts';
import { between } from './occupancy.ts';
import type { Side, Turn } from './turn.ts';

/** Distance from the foot of a leaf to its label. */
const GAP = 6;

/** Space between labels on one line. */
const BETWEEN = 6;

const LARGEST = 12;
const SMALLEST = 7;

export interface LabelWish {
  fontSize?: number;
  /** Degrees, counter-clockwise. */
  rotation?: number;
  /** Labels stand at feet of different heights, so each must stay within the strip of its own leaf. */
  hang: boolean;
}

export interface LabelPlan {
  size: number;
  /** Degrees from -90 to 90, counter-clockwise. */
  angle: number;
  /** Every `every`-th leaf has a label. */
  every: number;
  /** The text written at each leaf; '' for none. */
  shown: string[];
  full: readonly string[];
  /** How far each label reaches from its foot, away from the tree. */
  reach: number[];
  /** How far labels extend sideways beyond the first leaf (left, or up) and the last one. */
  overhang: [number, number];
}

/** The least distance between leaves at which labels do not touch, given the angle of the text. */
function spacing(width: number, size: number, angle: number, side: Side): number {
  const { across, along } = slopes(angle, side);
  return Math.min((size * LINE) / across, (width + BETWEEN) / along);
}

/** Absolute sine (`across`) and cosine (`along`) of the angle between the text and the row of leaves. */
function slopes(angle: number, side: Side): { across: number; along: number } {
  const turned = ((side === 'top' || side === 'bottom' ? angle : angle - 90) * Math.PI) / 180;
  return { across: Math.abs(Math.sin(turned)), along: Math.abs(Math.cos(turned)) };
}

/** An angle in (-90, 90] at which the text runs along the same line and is not upside down. */
function readable(angle: number): number {
  const turned = ((angle % 180) + 180) % 180;
  return turned > 90 ? turned - 180 : turned;
}

/**
 * Choose size, angle, shortening and thinning.
 *
 * Horizontal text is tried first, from large to small, then slanted, then vertical text. If that is not enough, labels are
 * left out. `step` is the distance between leaves. `room` is how far labels may extend from the leaves; longer ones are
 * shortened.
 */
export function planLabels(
  full: readonly string[],
  step: number,
  room: number,
  side: Side,
  wish: LabelWish,
): LabelPlan {
  const upright = side === 'top' || side === 'bottom';
  const widest = full.reduce((max, label) => Math.max(max, textWidth(label, 1)), 0);
  const fits = (size: number, angle: number) => spacing(widest * size, size, angle, side) <= step;

  let angle = upright ? 90 : 0;
  let size = Math.min(LARGEST, Math.max(SMALLEST, step / LINE));
  if (wish.rotation !== undefined) {
    angle = readable(wish.rotation);
    const sizes = [LARGEST, 11, 10, 9, 8].filter((s) => fits(s, angle));
    size = sizes[0] ?? Math.min(size, SMALLEST + 1);
  } else if (upright) {
    const level = [LARGEST, 11, 10].find((s) => fits(s, 0));
    const slant = wish.hang ? undefined : [LARGEST, 11, 10].find((s) => fits(s, 45));
    if (level !== undefined) [size, angle] = [level, 0];
    else if (slant !== undefined && step > 2.2 * slant) [size, angle] = [slant, 45];
  }
  size = wish.fontSize ?? size;

  const { across, along } = slopes(angle, side);
  const level = across < 0.15;
  const longest = level ? Math.max(3 * size, step - BETWEEN) : Math.max(3 * size, room / across);
  const shown = full.map((label) => fitText(label, longest, size));
  const widths = shown.map((label) => textWidth(label, size));
  const need = widths.reduce((max, w) => Math.max(max, w === 0 ? 0 : spacing(w, size, angle, side)), 0);
  const every = Math.max(1, Math.ceil(need / step - 1e-9));
  const reach = widths.map((w) => (w === 0 ? 0 : GAP + w * across + size * LINE * along));
  const sideways = widths.reduce((max, w) => Math.max(max, w), 0) * along;
  const half = size / 2;
  // Slanted text at an upright tree extends to one side only.
  const before = level ? sideways / 2 : upright && leans(angle, side) ? half : sideways + half;
  const after = level ? sideways / 2 : upright && !leans(angle, side) ? half : sideways + half;
  return { size, angle, every, shown, full, reach, overhang: [before, after] };
}

/** Whether slanted text begins at its leaf and runs to the right. Otherwise it comes from the left and ends there. */
function leans(angle: number, side: Side): boolean {
  return side === 'right' || (side === 'top' && angle > 0) || (side === 'bottom' && angle < 0);
}

/**
 * Draw the labels at the feet of their leaves; `feet` are heights. A halo in the background's colour separates them from
 * lines behind them.
 * @param paintAt the colour of a leaf's label, if it has its own
 */
export function drawLabels(
  plan: LabelPlan,
  turn: Pick<Turn, 'leafSide' | 'outward' | 'point'>,
  feet: readonly number[],
  halo: boolean,
  theme: Theme,
  paintAt: (leaf: number) => Paint | undefined = () => undefined,
): string {
  const { size, angle, every, shown, full } = plan;
  const side = turn.leafSide;
  const { across } = slopes(angle, side);
  const level = across < 0.15;
  const [dx, dy] = turn.outward;
  const out: string[] = [];
  for (let i = 0; i < shown.length; i += every) {
    if (shown[i] === '') continue;
    const [footX, footY] = turn.point(10 * i + 5, feet[i]);
    const x = footX + GAP * dx;
    const y = footY + GAP * dy;
    const tip = shown[i] === full[i] ? undefined : full[i];
    const own = paintAt(i);
    const color = own === undefined ? {} : theme.paint({ fill: own });
    out.push(text({ ...placed(x, y, angle, size, level, side), ...color }, shown[i], tip));
  }
  const anchor = level ? 'middle' : leans(angle, side) ? 'start' : 'end';
  const look = { class: 'leaves', 'font-size': size, 'text-anchor': anchor };
  const paint = theme.paint({ fill: 'ink', stroke: halo ? 'paper' : undefined });
  const under = halo ? { 'stroke-width': 3, 'stroke-linejoin': 'round', 'paint-order': 'stroke' } : {};
  return group(
    { ...look, ...paint, ...under, class: ['leaves', paint.class].filter(Boolean).join(' ') },
    out,
  );
}

/** The boxes of the labels of a hanging tree, within the strips of their leaves. */
export function labelBoxes(plan: LabelPlan, turn: Turn, feet: readonly number[]): Box[] {
  const [dx, dy] = turn.outward;
  const out: Box[] = [];
  const { across, along } = slopes(plan.angle, turn.leafSide);
  for (let i = 0; i < plan.shown.length; i += plan.every) {
    if (plan.shown[i] === '') continue;
    const [x, y] = turn.point(10 * i + 5, feet[i]);
    const half = (textWidth(plan.shown[i], plan.size) * along + plan.size * across) / 2;
    const [far, high] = [x + dx * plan.reach[i], y + dy * plan.reach[i]];
    const [wide, tall] = [Math.abs(dy) * half, Math.abs(dx) * half];
    out.push(
      between(
        Math.min(x, far) - wide,
        Math.min(y, high) - tall,
        Math.max(x, far) + wide,
        Math.max(y, high) + tall,
      ),
    );
  }
  return out;
}

function placed(x: number, y: number, angle: number, size: number, level: boolean, side: Side): Attributes {
  if (angle === 0) {
    const drop = !level ? MIDDLE : side === 'bottom' ? 0.78 : 0;
    return { x, y: y + drop * size };
  }
  // Turned text is centred on its line, unless it runs along the row of leaves: then it stays clear of the leaves.
  const upwards = side === 'left' || side === 'top';
  const lift = !level ? MIDDLE * size : upwards ? -0.1 * size : 0.78 * size;
  return { transform: `translate(${num(x)},${num(y)})rotate(${num(-angle)})`, y: lift };
}

/** The note for a plan that leaves labels out; undefined if it leaves out none. */
export function thinningNote(plan: LabelPlan): string | undefined {
  if (plan.every === 1) return undefined;
  const tail = plan.every % 100;
  const suffix = tail > 10 && tail < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][plan.every % 10] ?? 'th');
  return `every ${plan.every}${suffix} leaf labelled`;
}
