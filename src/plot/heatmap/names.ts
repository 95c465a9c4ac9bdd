/** The names of rows, columns and strips, and how much room they take. */

import { drawLabels, type LabelPlan, planLabels } from '../dendrogram/labels.ts';
import type { Theme } from '../drawing/theme.ts';
import type { Places, Side } from './side.ts';

/** Names that are closer than the first distance would be too small to read. Some are left out, so that they are as far apart as the second. */
const LEAST_APART = 8.4;
const THINNED_APART = 12;

/** The names at some of the places. */
export interface Names {
  plan: LabelPlan;
  /** The place of each name of the plan, in pixels. */
  at: number[];
  /** Every so many places have a name. */
  every: number;
  /** How far the names extend from the cells. */
  reach: number;
}

/** @param room the most that names may extend from the cells, in pixels */
export function planNames(
  labels: readonly string[] | undefined,
  side: Side,
  places: Places,
  room: number,
  where: 'right' | 'bottom',
): Names | undefined {
  if (!labels) return undefined;
  const { order, count } = side;
  const skip = places.step >= LEAST_APART ? 1 : Math.ceil(THINNED_APART / places.step);
  const starts = places.starts();
  const full: string[] = [];
  const at: number[] = [];
  for (let i = 0; i < count; i += skip) {
    full.push(labels[order[i]]);
    at.push(starts[i] + places.step / 2);
  }
  return names(full, at, places.step * skip, skip, room, where);
}

/** The names of strips. */
export function planStripNames(
  labels: readonly string[],
  at: number[],
  step: number,
  room: number,
  where: 'right' | 'bottom',
): Names | undefined {
  return labels.length === 0 ? undefined : names(labels, at, step, 1, room, where);
}

function names(
  full: readonly string[],
  at: number[],
  step: number,
  skip: number,
  room: number,
  where: 'right' | 'bottom',
): Names {
  // Slanted names would extend beyond the cells on one side.
  const plan = planLabels(full, step, room, where, { hang: true });
  return { plan, at, every: skip * plan.every, reach: plan.reach.reduce((a, b) => Math.max(a, b), 0) };
}

/** Draw names at the edge of the cells: `edge` is their right side, or their lower side. */
export function drawNames(
  names: Names | undefined,
  edge: number,
  where: 'right' | 'bottom',
  theme: Theme,
): string {
  if (!names) return '';
  const { plan, at } = names;
  const right = where === 'right';
  const point = (place: number): [number, number] => {
    const along = at[(place - 5) / 10];
    return right ? [edge, along] : [along, edge];
  };
  const turn = { leafSide: where, outward: (right ? [1, 0] : [0, 1]) as [number, number], point };
  return drawLabels(plan, turn, new Array(at.length).fill(0), false, theme);
}
