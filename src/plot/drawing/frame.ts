/** The parts around every plot: root element, background, title and note. */

import type { PictureOptions } from './options.ts';
import { el, escapeXml, text, titleOf } from './svg.ts';
import { FONTS, fitText } from './text.ts';
import type { Theme } from './theme.ts';

/** A rectangle by its sides. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Distance between the content and the edges of the picture. */
export const EDGE = 16;

const TITLE_SIZE = 16;
const NOTE_SIZE = 12;

/** Height of title and note, from the upper edge. */
export function headerHeight(title: string | undefined, note: string | undefined): number {
  if (!title && !note) return EDGE;
  return EDGE + (title ? TITLE_SIZE + 4 : 0) + (note ? NOTE_SIZE + 4 : 0) + 10;
}

interface Picture {
  width: number;
  height: number;
  options: PictureOptions;
  note: string | undefined;
  /** Accessible name of a picture without a title. */
  name: string;
  description: string;
  theme: Theme;
  body: readonly string[];
}

/** The whole document. Styles are written last, when it is known which ones are used. */
export function picture({ width, height, options, note, name, description, theme, body }: Picture): string {
  const { title } = options;
  const room = width - 2 * EDGE;
  const head: string[] = [];
  let y = EDGE - 4;
  if (title) {
    y += TITLE_SIZE;
    const short = fitText(title, room / 1.06, TITLE_SIZE);
    const tip = short === title ? undefined : title;
    const look = { x: EDGE, y, 'font-size': TITLE_SIZE, 'font-weight': 600, ...theme.paint({ fill: 'ink' }) };
    head.push(text(look, short, tip));
    y += 4;
  }
  if (note) {
    y += NOTE_SIZE;
    const short = fitText(note, room, NOTE_SIZE);
    const tip = short === note ? undefined : note;
    head.push(text({ x: EDGE, y, 'font-size': NOTE_SIZE, ...theme.paint({ fill: 'soft' }) }, short, tip));
  }
  const background = el('rect', { width, height, ...theme.paint({ fill: 'paper' }) });
  const parts = [
    titleOf(title || name),
    el('desc', {}, escapeXml(options.description ?? description)),
    background,
    ...head,
    ...body,
  ].filter((part) => part !== '');
  const style = theme.style();
  if (style) parts.splice(2, 0, style);
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'font-family': FONTS,
    class: theme.rootClass,
  };
  return `${el('svg', root, `\n${parts.join('\n')}\n`)}\n`;
}
