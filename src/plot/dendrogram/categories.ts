/** Categories of leaves: their colours at the feet of the leaves and in the labels, and their names above the plot. */

import { rangeError } from '../../errors.ts';
import { allocate } from '../../support/allocate.ts';
import { checkArrayLike, wrongType } from '../../support/checks.ts';
import type { Z } from '../../types.ts';
import { EDGE } from '../drawing/frame.ts';
import { countText } from '../drawing/numbers.ts';
import { checkText } from '../drawing/options.ts';
import { clusterSlot } from '../drawing/palette.ts';
import { type Attributes, el, group, text, titleOf } from '../drawing/svg.ts';
import { fitText, MIDDLE, textWidth } from '../drawing/text.ts';
import { type Paint, paintOf, type Theme } from '../drawing/theme.ts';
import type { Turn } from './turn.ts';

const SIZE = 11;
const LINE = 18;
/** Most lines of names; the last one counts those that do not fit. */
const MOST_LINES = 4;

/** The categories of a tree. */
export interface Categories {
  names: string[];
  paints: Paint[];
  /** For each node the index of its category; -1 if it has none, or if its leaves differ. */
  of: Int32Array;
}

/** @throws TypeError or RangeError naming the option */
export function readCategories(Z: Z, n: number, values: unknown, colors: unknown): Categories | undefined {
  if (values === undefined) {
    if (colors !== undefined) throw rangeError('categoryColors is given without leafCategories');
    return undefined;
  }
  checkArrayLike(values, 'leafCategories', 'an array with a category for each observation');
  const list = values as ArrayLike<unknown>;
  if (list.length !== n) {
    throw rangeError(
      `leafCategories has length ${list.length}; Z has ${n} observations, and each needs its category`,
    );
  }
  if (colors !== undefined && (typeof colors !== 'object' || colors === null || Array.isArray(colors))) {
    throw wrongType('categoryColors', "an object such as { wolf: '#c00' }", colors);
  }
  const index = new Map<string, number>();
  const of = allocate(Int32Array, 2 * n - 1);
  for (let i = 0; i < n; i++) {
    const value = list[i];
    const missing = value === null || value === undefined || value === '' || Number.isNaN(value);
    if (!missing && !['string', 'number', 'boolean'].includes(typeof value)) {
      throw wrongType(`leafCategories[${i}]`, 'a text, a number, or null for none', value);
    }
    const name = String(value);
    if (!missing && !index.has(name)) index.set(name, index.size);
    of[i] = missing ? -1 : (index.get(name) as number);
  }
  for (let i = 0; i < n - 1; i++) {
    const [a, b] = [of[Z[4 * i]], of[Z[4 * i + 1]]];
    of[n + i] = a === b ? a : -1;
  }
  const given = new Map(Object.entries((colors ?? {}) as object));
  const paints = Array.from(index.keys(), (name, i): Paint => {
    if (colors === undefined) return clusterSlot(i);
    const color = given.get(name);
    if (color === undefined) {
      throw rangeError(`categoryColors has no colour for ${JSON.stringify(name)}; each category needs one`);
    }
    checkText(`categoryColors.${name}`, color);
    return paintOf(color);
  });
  return { names: Array.from(index.keys()), paints, of };
}

/** The names of the categories in lines above the plot. */
interface CategoryKey {
  height: number;
  draw: (top: number, theme: Theme) => string;
}

export function planKey({ names, paints }: Categories, width: number): CategoryKey {
  const room = width - 2 * EDGE;
  const items: { text: string; full: string; paint: Paint | undefined; x: number; line: number }[] = [];
  let [x, line] = [0, 0];
  for (let i = 0; i < names.length; i++) {
    const short = fitText(names[i], Math.min(200, room - 20), SIZE);
    const wide = 16 + textWidth(short, SIZE) + 14;
    if (x > 0 && x + wide > room) [x, line] = [0, line + 1];
    const rest = names.length - i;
    // The last line ends with the number of those that do not fit.
    const more = `and ${countText(rest)} more`;
    if (
      line === MOST_LINES ||
      (line === MOST_LINES - 1 && rest > 1 && x + wide + textWidth(more, SIZE) > room)
    ) {
      const at = line === MOST_LINES ? { x: 0, line } : { x, line };
      items.push({ text: more, full: more, paint: undefined, ...at });
      break;
    }
    items.push({ text: short, full: names[i], paint: paints[i], x, line });
    x += wide;
  }
  const lines = items.length === 0 ? 0 : items[items.length - 1].line + 1;
  return {
    height: lines === 0 ? 0 : lines * LINE + 6,
    draw: (top, theme) =>
      group(
        { class: 'categories', 'font-size': SIZE },
        items.map((item) => {
          const y = top + (item.line + 0.5) * LINE;
          const left = EDGE + item.x;
          const tip = item.text === item.full ? undefined : item.full;
          const look = { y: y + MIDDLE * SIZE, ...theme.paint({ fill: item.paint ? 'ink' : 'soft' }) };
          if (!item.paint) return text({ x: left, ...look }, item.text);
          const mark = el('rect', {
            x: left,
            y: y - 5,
            width: 10,
            height: 10,
            rx: 1.5,
            ...theme.paint({ fill: item.paint }),
          });
          return mark + text({ x: left + 16, ...look }, item.text, tip);
        }),
      ),
  };
}

/** Thickness of a mark, and its distance from the foot of its leaf to its middle. */
export const MARK = { thick: 4, away: 3 };

/** Width of a mark. @param step pixels from one leaf to the next */
export const markWidth = (step: number): number => Math.max(0.5, Math.min(10, 0.8 * step));

/** A mark at the foot of a leaf of a tree that is not circular. */
export function markAt(turn: Turn, feet: readonly number[], step: number): (leaf: number) => Attributes {
  const wide = markWidth(step);
  const { thick, away } = MARK;
  const [dx, dy] = turn.outward;
  return (i) => {
    const [x, y] = turn.point(10 * i + 5, feet[i]);
    const [w, h] = dx === 0 ? [wide, thick] : [thick, wide];
    return { x: x + away * dx - w / 2, y: y + away * dy - h / 2, width: w, height: h };
  };
}

/** Marks in the colours of the categories, at the feet of the leaves. @param at the place of a leaf's mark */
export function drawMarks(
  { of, names, paints }: Categories,
  leaves: readonly number[],
  at: (leaf: number) => Attributes,
  theme: Theme,
): string {
  const byCategory = new Map<number, string[]>();
  leaves.forEach((node, i) => {
    if (of[node] < 0) return;
    const mark = el('rect', at(i));
    const list = byCategory.get(of[node]);
    if (list) list.push(mark);
    else byCategory.set(of[node], [mark]);
  });
  const groups = Array.from(byCategory, ([category, marks]) =>
    group(theme.paint({ fill: paints[category] }), [titleOf(names[category]), ...marks]),
  );
  return group({ class: 'marks' }, groups);
}
