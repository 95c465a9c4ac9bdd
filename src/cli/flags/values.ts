/** Parse the values of options strictly: '3x', or 2.5 for a count, is refused, never rounded to something similar. */

import { InvalidArgumentError } from 'commander';
import { isStdout } from '../../sinks/stdout.ts';
import type { AtomSelection } from '../../sources/trajectories/topology.ts';
import { parseBytes } from '../../support/text/byte-size.ts';

/** Turn errors of the library's checks into errors of the option. */
export function checked<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`);
    }
  };
}

/** A whole number, `least` or more. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
    }
    return value;
  };
}

/** A finite number, 0 or more, such as 50, 0.5 or 1e-3. */
export function height(text: string): number {
  const value = Number(text);
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It must be a number, 0 or more.');
  }
  return value;
}

/** Any finite number. */
export function finite(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !/^[-+]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It must be a number.');
  }
  return value;
}

/** Two numbers, the lower one first: -2,2. */
export function limits(text: string): [number, number] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length !== 2) throw new InvalidArgumentError('It must be two numbers, such as -2,2.');
  const [low, high] = parts.map(finite);
  if (!(low < high)) throw new InvalidArgumentError('The first number must be less than the second.');
  return [low, high];
}

/** A number of pixels within the limits of a picture. */
export function pixels(least: number): (text: string) => number {
  return (text) => {
    const value = whole(least)(text);
    if (value > 20_000) throw new InvalidArgumentError('At most 20000 pixels are allowed.');
    return value;
  };
}

export const bytes = checked((text) => parseBytes(text, 'the size'));

export function threads(text: string): number | 'auto' {
  if (text === 'auto') return text;
  if (!/^[1-9]\d{0,4}$/.test(text)) {
    throw new InvalidArgumentError("It must be a whole number, 1 or more, or 'auto'.");
  }
  return Number(text);
}

export function delimiter(text: string): string {
  const spoken: Record<string, string> = { tab: '\t', '\\t': '\t', space: ' ', comma: ',', semicolon: ';' };
  const value = spoken[text] ?? text;
  if (value.length !== 1) throw new InvalidArgumentError("It must be one character, or 'tab'.");
  return value;
}

export function decimal(text: string): '.' | ',' {
  const value = { point: '.', comma: ',' }[text] ?? text;
  if (value === '.' || value === ',') return value;
  throw new InvalidArgumentError("It must be '.' or ','.");
}

export function thousands(text: string): string {
  const spoken: Record<string, string> = { none: '', space: ' ', comma: ',', point: '.', apostrophe: "'" };
  return spoken[text] ?? text;
}

/** A list of texts separated by commas; an empty one is allowed. */
export function texts(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** Split at commas outside quotes. Within quotes, a quote is written twice, as in CSV. */
function splitList(text: string): { text: string; quoted: boolean }[] {
  const parts = text.match(/("([^"]|"")*"|[^,"]+|(?<=^|,)(?=,|$))(?=,|$)/g);
  if (!parts || parts.join(',') !== text || parts.some((part) => part.trim() === '')) {
    throw new InvalidArgumentError('It must be a list separated by commas, such as a,b,c.');
  }
  return parts.map((part) =>
    part.startsWith('"')
      ? { text: part.slice(1, -1).replaceAll('""', '"'), quoted: true }
      : { text: part.trim(), quoted: false },
  );
}

/** Indexes such as `5` and `5-9` (both ends included); undefined for anything else. */
function readRange(text: string): number[] | undefined {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  if (last < first) throw new InvalidArgumentError(`${text} ends before it begins.`);
  if (last - first >= 1e7) throw new InvalidArgumentError(`${text} is too long.`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** A list of columns: names, indexes from 0, ranges of indexes. A number in quotes is a name. */
export function columns(text: string): (string | number)[] {
  return splitList(text).flatMap<string | number>(
    (part) => (part.quoted ? undefined : readRange(part.text)) ?? [part.text],
  );
}

export function column(text: string): string | number {
  const list = columns(text);
  if (list.length !== 1) throw new InvalidArgumentError('It must be one column.');
  return list[0];
}

/** A sheet: a number from 1, or a name. */
export function sheet(text: string): string | number {
  return /^[1-9]\d*$/.test(text) ? Number(text) : text;
}

const ATOM_KEYS = ['name', 'element', 'residue'] as const;

/**
 * Selects atoms: `0,1,5-9`, or `name CA,CB`, `element C`, `residue ALA`. If the option is repeated, an atom must satisfy
 * all: `--atoms residue ALA --atoms name CA`.
 */
export function atoms(text: string, previous?: AtomSelection): AtomSelection {
  const [, key, rest] = /^(name|element|residue)(?:\s+(.*))?$/.exec(text.trim()) ?? [];
  if (key === undefined) {
    const list = splitList(text).flatMap((part) => {
      const range = readRange(part.text);
      if (range) return range;
      throw new InvalidArgumentError(
        "Allowed are indexes such as 0,1,5-9, or 'name CA', 'element C', 'residue ALA'.",
      );
    });
    if (previous !== undefined) {
      throw new InvalidArgumentError('A list of indexes cannot be combined with others; give --atoms once.');
    }
    return list;
  }
  if (!rest) throw new InvalidArgumentError(`A ${key} must follow, such as ${key} CA.`);
  if (Array.isArray(previous)) {
    throw new InvalidArgumentError('A list of indexes cannot be combined with others; give --atoms once.');
  }
  if (previous && key in previous) {
    throw new InvalidArgumentError(`${key} is given twice; list them: ${key} CA,CB.`);
  }
  return { ...previous, [key]: splitList(rest).map((part) => part.text) };
}

/**
 * `--atoms name CA` has two words after the option; the parser would take the second one for the input. They are joined
 * before it sees them.
 */
export function joinAtoms(argv: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--') return [...out, ...argv.slice(i)];
    const key = argv[i + 1];
    out.push(argv[i]);
    if (argv[i] !== '--atoms' || !(ATOM_KEYS as readonly string[]).includes(key)) continue;
    const value = argv[i + 2];
    const missing = value === undefined || value.startsWith('-');
    out.push(missing ? key : `${key} ${value}`);
    i += missing ? 1 : 2;
  }
  return out;
}

/** Whether an output has the extension of its format. Standard output needs none. */
export function isCalled(file: string, extension: string): boolean {
  return isStdout(file) || file.toLowerCase().endsWith(`.${extension}`);
}

/** Weights of columns by name or index: `age=2,"red, blue"=0.5`. */
export function weights(text: string): Record<string, number> {
  const all: Record<string, number> = {};
  const one = /\s*(?:"((?:[^"]|"")*)"|([^",=]+?))\s*=\s*(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+)\s*(?:,|$)/iy;
  while (one.lastIndex < text.length || text === '') {
    const match = one.exec(text);
    if (!match) {
      throw new InvalidArgumentError(
        'It must be a list of columns and weights from 0, such as age=2,weight=0.5.',
      );
    }
    const name = match[1]?.replaceAll('""', '"') ?? match[2].trim();
    if (Object.hasOwn(all, name)) throw new InvalidArgumentError(`${name} is listed twice.`);
    all[name] = Number(match[3]);
  }
  return all;
}
