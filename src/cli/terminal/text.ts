/** Text of numbers and tables, for people. */

/**
 * Characters that a terminal takes for commands, or that change the direction of text. Names in a file may hold either. They
 * are C0 except line feed and tab, DEL and C1, and the marks of Unicode's bidirectional algorithm.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Text that is safe to print on a terminal, wherever it comes from. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** Text in one line that is safe to print. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]+\s*/g, ' ').trim());
}

/** JSON that is safe to print. Its value stays the same. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A name that is safe within a line. */
function inLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, (character) => (character === '\n' ? '\\n' : '\\t'));
}

/** A whole number with separators, or with `short` three digits and a unit: 12.3k. */
export function formatCount(value: number, short = false): string {
  if (!short || value < 999.5) return Math.round(value).toLocaleString('en-US');
  const units = ['', 'k', 'M', 'G', 'T'];
  let unit = 0;
  let scaled = value;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${Number(scaled.toPrecision(3))}${units[unit]}`;
}

/** '0.04 s', '3.2 s', '42 s', '2 min 5 s', '3 h 20 min'. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toPrecision(2))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A number with four significant digits, without trailing zeros. */
export function formatNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '-';
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

export interface Column {
  heading: string;
  align?: 'left' | 'right';
}

/** Rows of text below headings, with two spaces between columns. */
export function table(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  indent = '  ',
): string {
  const rows = cells.map((row) => row.map(inLine));
  const headings = columns.map(({ heading }) => inLine(heading));
  const widths = headings.map((heading, j) =>
    rows.reduce((widest, row) => Math.max(widest, row[j].length), heading.length),
  );
  const line = (cells: readonly string[]) =>
    (
      indent +
      cells
        .map((cell, j) => (columns[j].align === 'left' ? cell.padEnd(widths[j]) : cell.padStart(widths[j])))
        .join('  ')
    ).trimEnd();
  return [line(headings), ...rows.map(line)].join('\n');
}

/** Lines of 'label   text', with all labels padded to the widest. */
export function fields(entries: readonly (readonly [string, string] | undefined)[], indent = ''): string {
  const shown = entries.filter((entry) => entry !== undefined);
  const width = shown.reduce((widest, [label]) => Math.max(widest, label.length), 0);
  return shown.map(([label, text]) => `${indent}${label.padEnd(width)}  ${inLine(text)}`).join('\n');
}

const BLOCKS = ' ▁▂▃▄▅▆▇█';
const LETTERS = ' ._-=+*%#';

/** Whether a terminal shows more than ASCII: not if its locale says another encoding. @internal */
export function showsBlocks({ LC_ALL, LC_CTYPE, LANG, TERM }: Record<string, string | undefined>): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG;
  return TERM !== 'dumb' && (locale === undefined || /utf-?8/i.test(locale));
}

/** Counts as bars, one character each: empty for 0, full for the largest. */
export function bars(counts: readonly number[], blocks = showsBlocks(process.env)): string {
  const most = Math.max(...counts);
  const heights = blocks ? BLOCKS : LETTERS;
  return counts.map((count) => heights[count === 0 ? 0 : Math.ceil((8 * count) / most)]).join('');
}
