/** The list of clusters beside a scatter plot. */

import { EDGE } from '../drawing/frame.ts';
import { countText } from '../drawing/numbers.ts';
import { el, group, text, titleOf } from '../drawing/svg.ts';
import { fitText, MIDDLE, textWidth } from '../drawing/text.ts';
import type { Paint, Theme } from '../drawing/theme.ts';
import { Marks } from './marks.ts';

const SIZE = 12;
const SMALL = 10;
const RADIUS = 4.5;

export interface Entry {
  name: string;
  count: number;
  shape: number;
  paint: Paint;
}

interface Legend {
  width: number;
  draw(left: number, top: number, theme: Theme): string;
}

/**
 * Fit the entries into a height: in one column, then in smaller text, then in two or three columns. A last line counts the
 * entries that still do not fit. Long names are shortened to a part of the picture's width.
 */
export function planLegend(entries: readonly Entry[], height: number, width: number): Legend {
  const small = entries.length * SIZE * 1.6 > height;
  const size = small ? SMALL : SIZE;
  const line = size * 1.6;
  const perColumn = Math.max(1, Math.floor(height / line));
  const columns = Math.min(small ? 3 : 1, Math.max(1, Math.ceil(entries.length / perColumn)));
  const room = columns * perColumn;
  const shown = entries.length > room ? entries.slice(0, room - 1) : entries;
  const most = ((columns === 1 ? 0.3 : 0.42) * width) / columns;
  const counts = shown.map((entry) => countText(entry.count));
  const countWidth = Math.max(0, ...counts.map((count) => textWidth(count, size)));
  const names = shown.map((entry) => fitText(entry.name, Math.max(3 * size, most - 30 - countWidth), size));
  const nameWidth = Math.max(0, ...names.map((name) => textWidth(name, size)));
  const columnWidth = 18 + nameWidth + 12 + countWidth;
  const gap = 16;
  const rest = entries.length - shown.length;
  return {
    width: columns * columnWidth + (columns - 1) * gap + EDGE / 2,
    draw(left, top, theme) {
      const marks = new Marks(small ? 3.8 : RADIUS);
      const place = (i: number): [number, number] => [
        left + Math.floor(i / perColumn) * (columnWidth + gap),
        top + ((i % perColumn) + 0.5) * line,
      ];
      const items = shown.map((entry, i) => {
        const [x, y] = place(i);
        const cut = names[i] === entry.name ? '' : titleOf(entry.name);
        const mark = group(theme.paint({ fill: entry.paint }), [marks.at(entry.shape, x + 5, y)]);
        const baseline = y + MIDDLE * size;
        return el(
          'g',
          {},
          [
            cut,
            mark,
            text({ x: x + 18, y: baseline, ...theme.paint({ fill: 'ink' }) }, names[i]),
            text(
              { x: x + columnWidth, y: baseline, 'text-anchor': 'end', ...theme.paint({ fill: 'soft' }) },
              counts[i],
            ),
          ].join(''),
        );
      });
      if (rest > 0) {
        const [x, y] = place(shown.length);
        items.push(
          text({ x, y: y + MIDDLE * size, ...theme.paint({ fill: 'soft' }) }, `and ${countText(rest)} more`),
        );
      }
      return group({ class: 'legend', 'font-size': size }, [marks.definitions(), ...items].filter(Boolean));
    },
  };
}
