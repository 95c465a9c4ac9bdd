/** HTML as text. All content of a report goes through these functions, so all of it is escaped. */

import { escapeXml } from '../../plot/drawing/svg.ts';
import { withShownUrls } from '../../support/text/shown-url.ts';
import { formatCount, formatNumber, printable } from '../terminal/text.ts';

/** Longer texts, such as a name of a million letters, are shortened. */
const MOST_CHARACTERS = 300;

/** Markup, as opposed to text that is still to be escaped. */
export class Html {
  constructor(readonly markup: string) {}
}

export type Content = Html | string | number | readonly Content[] | undefined;

/** Text that is inert in a page: control characters and marks of direction are written out, URLs lose their secrets. */
export function plain(text: string, most = MOST_CHARACTERS): string {
  const short = text.length > most ? `${text.slice(0, most)}\u2026` : text;
  return printable(withShownUrls(short));
}

function markupOf(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Html) return content.markup;
  if (typeof content === 'object') return content.map(markupOf).join('');
  return escapeXml(plain(String(content), Number.POSITIVE_INFINITY));
}

type Attributes = Record<string, string | number | undefined>;

/** An element. Strings in `content` are text. */
export function h(name: string, attributes: Attributes = {}, ...content: Content[]): Html {
  let head = name;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) head += ` ${key}="${escapeXml(String(value))}"`;
  }
  return new Html(`<${head}>${markupOf(content)}</${name}>`);
}

/** A number as people read it, with all its digits for programs. */
export function number(value: number, shown = formatNumber(value)): Html {
  return h('data', { value: String(value) }, shown);
}

export const count = (value: number): Html => number(value, formatCount(value));

export const percent = (share: number): Html => number(share, `${(100 * share).toFixed(1)} %`);

/** A name from the data, whose direction has no effect on what is around it. */
export const name = (text: string): Html => h('bdi', {}, plain(text));

interface TableColumn {
  heading: string;
  /** Numbers stand on the right. */
  text?: true;
}

/** A table that scrolls where the page is too narrow for it. */
export function table(
  columns: readonly TableColumn[],
  rows: readonly (readonly Content[])[],
  attributes: Attributes = {},
): Html {
  const side = (i: number) => (columns[i].text ? undefined : 'n');
  const head = columns.map(({ heading }, i) => h('th', { scope: 'col', class: side(i) }, plain(heading)));
  const body = rows.map((cells) =>
    h(
      'tr',
      {},
      cells.map((cell, i) =>
        h(i === 0 ? 'th' : 'td', { scope: i === 0 ? 'row' : undefined, class: side(i) }, cell),
      ),
    ),
  );
  return h(
    'div',
    { class: 'scroll' },
    h('table', attributes, h('thead', {}, h('tr', {}, head)), h('tbody', {}, body)),
  );
}

/** Terms with what they are; those without a text are left out. */
export function terms(entries: readonly (readonly [string, Content] | undefined)[]): Html {
  const shown = entries.filter((entry) => entry !== undefined && entry[1] !== undefined);
  return h(
    'dl',
    {},
    shown.map((entry) => [h('dt', {}, entry![0]), h('dd', {}, entry![1])]),
  );
}

export function section(title: string, ...content: Content[]): Html {
  return h('section', {}, h('h2', {}, title), ...content);
}

export const paragraph = (...content: Content[]): Html => h('p', {}, ...content);
