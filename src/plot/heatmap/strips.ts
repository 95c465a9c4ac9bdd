/** Strips beside the cells that show a category, or a number, for each row or column. */

import { color as parseColor } from 'd3-color';
import { rangeError, typeError } from '../../errors.ts';
import { allocate } from '../../support/allocate.ts';
import { checkArray, checkArrayLike, wrongType, wrongValue } from '../../support/checks.ts';
import { describe } from '../../support/text/describe.ts';
import { shortNumber } from '../drawing/numbers.ts';
import { checkText } from '../drawing/options.ts';
import { clusterSlot } from '../drawing/palette.ts';
import { el, group, titleOf } from '../drawing/svg.ts';
import { type Paint, paintOf, type Theme } from '../drawing/theme.ts';
import { findLimits, type Limits, leveller } from './limits.ts';
import { base64Of, encodePng } from './png.ts';
import { hexOf, type Rgb, readScale, type ScaleName } from './scales.ts';
import type { Places, Side } from './side.ts';

/** More rectangles than this in a strip are drawn as a picture. */
const MOST_RUNS = 2000;

/** A category or a number for each row or column. null, undefined, NaN and '' are missing. */
export interface HeatmapStrip {
  /** The heading of the strip's legend. */
  name: string;
  /** One value for each row (or column) of X, in the order of X. */
  values: ArrayLike<string | number | boolean | null | undefined>;
  /**
   * For categories: the colour of each, by its text. For numbers: a colour scale. Default: the colours of clusters in
   * the order in which categories first occur; cividis for numbers.
   */
  colors?: Readonly<Record<string, string>> | ScaleName | readonly string[];
  /** Default: 'numbers' if all values that are not missing are numbers. */
  kind?: 'categories' | 'numbers';
}

/** A strip with its colours. */
export interface Strip {
  name: string;
  /** For each row or column, the index of its colour; -1 if it is missing. */
  of: Int32Array;
  paints: Paint[];
  /** The text for each colour of a category. */
  categories: string[] | undefined;
  /** Number of items of each category. */
  counts: number[];
  /** Of numbers. */
  limits: Limits | undefined;
  textOf: (item: number) => string;
}

/** @throws TypeError or RangeError naming the option, `rowStrips` or `colStrips` */
export function readStrips(strips: unknown, count: number, option: string, items: string): Strip[] {
  if (strips === undefined) return [];
  checkArray(strips, option, "an array of strips such as { name: 'tissue', values: [...] }");
  return strips.map((strip, i) => readStrip(strip, count, `${option}[${i}]`, items));
}

const isMissing = (value: unknown) =>
  value === null || value === undefined || value === '' || (typeof value === 'number' && Number.isNaN(value));

function readStrip(strip: Partial<HeatmapStrip> | null, count: number, at: string, items: string): Strip {
  if (typeof strip !== 'object' || strip === null) {
    throw wrongType(at, "an object such as { name: 'tissue', values: [...] }", strip);
  }
  const { name, values, kind } = strip;
  const unknown = Object.keys(strip).find((key) => !['name', 'values', 'colors', 'kind'].includes(key));
  if (unknown !== undefined)
    throw typeError(`${at} has no option '${unknown}'; it has name, values, colors and kind`);
  if (name === undefined) throw typeError(`${at}.name is missing; it is the heading of the legend`);
  checkText(`${at}.name`, name);
  checkArrayLike(values, `${at}.values`, `an array with a value for each of the ${items}`);
  if (values.length !== count) {
    throw rangeError(
      `${at}.values has length ${values.length}; X has ${count} ${items}, and each needs a value`,
    );
  }
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (isMissing(value) || ['string', 'number', 'boolean'].includes(typeof value)) continue;
    throw wrongType(`${at}.values[${i}]`, 'a string, a number, or null if it is missing', value);
  }
  if (kind !== undefined && kind !== 'numbers' && kind !== 'categories') {
    throw wrongValue(`${at}.kind`, "'numbers' or 'categories'", kind);
  }
  const list = values as ArrayLike<unknown>;
  const numbers = kind === undefined ? onlyNumbers(list) : kind === 'numbers';
  return numbers ? readNumbers(list, name, at, strip.colors) : readCategories(list, name, at, strip.colors);
}

function onlyNumbers(values: ArrayLike<unknown>): boolean {
  let any = false;
  for (let i = 0; i < values.length; i++) {
    if (isMissing(values[i])) continue;
    if (typeof values[i] !== 'number') return false;
    any = true;
  }
  return any;
}

function readNumbers(
  values: ArrayLike<unknown>,
  name: string,
  at: string,
  colors: unknown = 'cividis',
): Strip {
  const data = allocate(Float64Array, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (isMissing(value)) data[i] = Number.NaN;
    else if (typeof value === 'number' && Number.isFinite(value)) data[i] = value;
    else
      throw rangeError(
        `${at}.values[${i}] is ${describe(value)}; the strip is of numbers, which must be finite`,
      );
  }
  const limits = findLimits(data, 1, { center: false });
  const levelOf = leveller(limits);
  const scale = naming(`${at}.`, () => readScale(colors));
  return {
    name,
    of: Int32Array.from(data, (value) => (Number.isNaN(value) ? -1 : levelOf(value))),
    paints: scale.colors.map((rgb) => ({ css: hexOf(rgb) })),
    categories: undefined,
    counts: [],
    limits,
    textOf: (i) => (Number.isNaN(data[i]) ? 'missing' : shortNumber(data[i])),
  };
}

/** Errors of a nested option, with its full name. */
function naming<T>(before: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    (error as Error).message = before + (error as Error).message;
    throw error;
  }
}

function readCategories(values: ArrayLike<unknown>, name: string, at: string, colors: unknown): Strip {
  const own = colors !== undefined;
  if (own && (typeof colors !== 'object' || colors === null || Array.isArray(colors))) {
    throw typeError(
      `${at}.colors is ${describe(colors)}; for categories it is an object such as { tumor: '#c00' }`,
    );
  }
  const index = new Map<string, number>();
  const counts: number[] = [];
  const of = Int32Array.from({ length: values.length }, (_, i) => {
    if (isMissing(values[i])) return -1;
    const text = String(values[i]);
    const known = index.get(text) ?? index.size;
    index.set(text, known);
    counts[known] = (counts[known] ?? 0) + 1;
    return known;
  });
  const categories = Array.from(index.keys());
  const table = new Map(own ? Object.entries(colors as object) : []);
  const paints = categories.map((category, i): Paint => {
    const given = table.get(category);
    if (given === undefined && own) {
      throw rangeError(`${at}.colors has no colour for ${JSON.stringify(category)}; each category needs one`);
    }
    if (given === undefined) return clusterSlot(i);
    checkText(`${at}.colors.${category}`, given);
    return naming(`${at}.colors.${category}: `, () => paintOf(given));
  });
  return {
    name,
    of,
    paints,
    categories,
    counts,
    limits: undefined,
    textOf: (i) => (of[i] < 0 ? 'missing' : categories[of[i]]),
  };
}

/**
 * Draw a strip. Neighbours of the same colour are one rectangle.
 * @param from the edge of the strip in pixels, across the places
 * @param nameOf the name of a row or column
 */
export function drawStrip(
  strip: Strip,
  side: Side,
  places: Places,
  from: number,
  size: number,
  upright: boolean,
  nameOf: (item: number) => string,
  theme: Theme,
): string {
  const starts = places.starts();
  const area = (begin: number, end: number) => {
    const first = starts[begin];
    const length = starts[end - 1] + places.step - first;
    return upright
      ? { x: first, y: from, width: length, height: size }
      : { x: from, y: first, width: size, height: length };
  };
  const runs: [number, number][] = [];
  const separate = side.count <= 500;
  for (const [begin, end] of places.ranges) {
    let first = begin;
    for (let i = begin + 1; i <= end; i++) {
      const same = i < end && strip.of[side.order[i]] === strip.of[side.order[first]];
      if (same && !separate) continue;
      runs.push([first, i]);
      first = i;
    }
  }
  const look = { class: 'strip', 'shape-rendering': 'crispEdges' };
  if (runs.length <= MOST_RUNS) {
    const rects = runs.flatMap(([begin, end]) => {
      const item = side.order[begin];
      const color = strip.of[item];
      // Missing values show the paper.
      if (color < 0) return [];
      const who = end - begin === 1 ? `${nameOf(item)}: ` : '';
      const paint = theme.paint({ fill: strip.paints[color] });
      return [
        el('rect', { ...area(begin, end), ...paint }, titleOf(`${who}${strip.name} ${strip.textOf(item)}`)),
      ];
    });
    return group(look, [titleOf(strip.name), ...rects]);
  }
  const paper = rgbOf('paper', theme);
  const palette = [paper, ...strip.paints.slice(0, 255).map((paint) => rgbOf(paint, theme))];
  const pictures = places.ranges.map(([begin, end]) => {
    const count = Math.min(end - begin, 20_000);
    const pixels = allocate(Uint8Array, count);
    for (let i = 0; i < count; i++) {
      const item = side.order[begin + Math.floor(((i + 0.5) / count) * (end - begin))];
      pixels[i] = strip.of[item] < 0 ? 0 : 1 + (strip.of[item] % (palette.length - 1));
    }
    const png = upright ? encodePng(pixels, count, 1, palette) : encodePng(pixels, 1, count, palette);
    return el('image', {
      ...area(begin, end),
      preserveAspectRatio: 'none',
      'image-rendering': 'optimizeSpeed',
      style: 'image-rendering:pixelated',
      href: `data:image/png;base64,${base64Of(png)}`,
    });
  });
  return group({ class: 'strip' }, [titleOf(strip.name), ...pictures]);
}

function rgbOf(paint: Paint, theme: Theme): Rgb {
  const color = parseColor(theme.color(paint))?.rgb();
  return color ? [color.r, color.g, color.b] : [127, 127, 127];
}
