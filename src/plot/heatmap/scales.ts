/** Colour scales of cells: from a number between 0 and 1 to a colour. All of them can be read with colour-blindness. */

import { color as parseColor } from 'd3-color';
import { rangeError } from '../../errors.ts';
import { checkArray, checkString } from '../../support/checks.ts';
import { mostLike } from '../../support/text/similar-names.ts';

/**
 * Colours at equal distances, with straight lines in RGB between them.
 *
 * viridis, cividis and magma are Matplotlib's (CC0), and differ from them by less than 7 of 255. RdBu, PuOr and BrBG are
 * ColorBrewer's, of 11 classes (Brewer and Harrower, Apache-2.0). icefire is seaborn's (BSD-3-Clause): its middle is dark,
 * for dark paper.
 */
const ANCHORS = {
  viridis:
    '440154 471365 482475 463480 414487 3b528b 355f8d 2f6c8e 2a788e 25848e 21918c 1e9c89 22a884 2fb47c 44bf70 5ec962 7ad151 9bd93c bddf26 dfe318 fde725',
  cividis:
    '00224e 002a5f 003070 163770 273e6e 35456c 404c6c 4a536c 545a6d 5e626e 666970 6f7073 777777 817f78 8b8778 948e77 9e9676 a99f73 b4a76f beaf6b c8b866 d4c15f dfca57 ead34c f6dd3f fee838',
  magma:
    '000004 0b0924 20114b 3b0f70 57157e 721f81 8c2981 a8327d c43c75 de4968 f1605d fa7f5e fe9f6d febf84 fddea0 fcfdbf',
  RdBu: '67001f b2182b d6604d f4a582 fddbc7 f7f7f7 d1e5f0 92c5de 4393c3 2166ac 053061',
  PuOr: '7f3b08 b35806 e08214 fdb863 fee0b6 f7f7f7 d8daeb b2abd2 8073ac 542788 2d004b',
  BrBG: '543005 8c510a bf812d dfc27d f6e8c3 f5f5f5 c7eae5 80cdc1 35978f 01665e 003c30',
  icefire:
    'bde7db 9bcfd3 75b8ce 50a0cd 3885d0 4167c7 4a4fa5 3f3d74 302e4a 23222d 1f1e1e 2f1f22 4a252e 6d2b3b 932e44 b93540 d34936 e76a34 f18f51 f8b380 ffd4ac',
} as const;

type Base = keyof typeof ANCHORS;

/** A named scale; `_r` reverses it. Sequential: viridis, cividis, magma. Diverging: RdBu, PuOr, BrBG, icefire. */
export type ScaleName = Base | `${Base}_r`;

const NAMES = Object.keys(ANCHORS) as Base[];

/** The names of all scales. */
export const SCALE_NAMES: readonly string[] = NAMES.flatMap((name) => [name, `${name}_r`]);

/** Scales whose middle stands for a centre. */
const DIVERGING: readonly string[] = ['RdBu', 'PuOr', 'BrBG', 'icefire'];

export type Rgb = readonly [number, number, number];

/** Number of different colours. It is odd, so that the middle has a colour of its own. */
export const LEVELS = 255;

/** The colours of a scale. */
export interface ColorScale {
  /** LEVELS colours, from low to high. */
  readonly colors: readonly Rgb[];
  /** Whether it is made for values on two sides of a centre. */
  readonly diverging: boolean;
}

/** The scale used if none was asked for. */
export function defaultScale(diverging: boolean, dark: boolean): ScaleName {
  if (!diverging) return 'viridis';
  return dark ? 'icefire' : 'RdBu_r';
}

/** @throws TypeError or RangeError unless it is the name of a scale, or an array of at least two colours */
export function readScale(colors: unknown): ColorScale {
  if (typeof colors === 'string') {
    const reversed = colors.endsWith('_r');
    const base = reversed ? colors.slice(0, -2) : colors;
    if (!Object.hasOwn(ANCHORS, base)) {
      const meant = mostLike(colors, SCALE_NAMES);
      throw rangeError(
        `colors is ${JSON.stringify(colors)}; ${meant ? `did you mean '${meant}'? Allowed are` : 'allowed are'} ` +
          `${NAMES.join(', ')}, each also with _r to reverse it, and arrays of colours`,
        { option: 'colors' },
      );
    }
    const anchors = ANCHORS[base as Base].split(' ').map(hexRgb);
    if (reversed) anchors.reverse();
    return { colors: spread(anchors), diverging: DIVERGING.includes(base) };
  }
  checkArray(colors, 'colors', 'the name of a scale or an array of colours');
  if (colors.length < 2)
    throw rangeError(`colors has ${colors.length} colours; a scale needs at least two`, { option: 'colors' });
  return { colors: spread(colors.map((one, i) => readRgb(one, `colors[${i}]`))), diverging: false };
}

/** @throws TypeError or RangeError unless it is a CSS colour */
export function readRgb(value: unknown, name: string): Rgb {
  checkString(value, name, 'a CSS colour');
  const rgb = parseColor(value)?.rgb();
  if (!rgb || Number.isNaN(rgb.r)) {
    throw rangeError(`${name} is ${JSON.stringify(value)}; it must be a CSS colour such as #1f77b4 or gray`);
  }
  const byte = (part: number) => Math.max(0, Math.min(255, Math.round(part)));
  return [byte(rgb.r), byte(rgb.g), byte(rgb.b)];
}

export function hexOf(color: Rgb): string {
  return `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function hexRgb(hex: string): Rgb {
  const value = Number.parseInt(hex, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** LEVELS colours on the lines between the given ones. */
function spread(anchors: readonly Rgb[]): Rgb[] {
  return Array.from({ length: LEVELS }, (_, i) => {
    const place = (i * (anchors.length - 1)) / (LEVELS - 1);
    const at = Math.min(anchors.length - 2, Math.floor(place));
    const part = (k: 0 | 1 | 2) =>
      Math.round(anchors[at][k] + (place - at) * (anchors[at + 1][k] - anchors[at][k]));
    return [part(0), part(1), part(2)];
  });
}
