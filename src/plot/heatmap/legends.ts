/** The colour bar and the legends of strips, beside the heat map. */

import { scaleLinear } from 'd3-scale';
import { axisTicks } from '../drawing/axis.ts';
import { countText, shortNumber, type Tick } from '../drawing/numbers.ts';
import { el, group, num, text, titleOf } from '../drawing/svg.ts';
import { fitText, MIDDLE, textWidth } from '../drawing/text.ts';
import type { Paint, Theme } from '../drawing/theme.ts';
import { type Limits, leveller } from './limits.ts';
import { hexOf, LEVELS, type Rgb } from './scales.ts';
import type { Strip } from './strips.ts';

const TITLE = 12;
const SIZE = 11;
const LINE = 17;
const HEAD = 22;
const BAR = 14;
/** Space between legends. */
const APART = 16;

/** A legend: its size, and how to draw it. */
export interface Block {
  width: number;
  height: number;
  draw: (left: number, top: number, theme: Theme) => string;
}

function heading(name: string, most: number, left: number, top: number, theme: Theme): string {
  const short = fitText(name, most, TITLE);
  const look = {
    x: left,
    y: top + TITLE * 0.8,
    'font-size': TITLE,
    'font-weight': 600,
    ...theme.paint({ fill: 'ink' }),
  };
  return name === '' ? '' : text(look, short, short === name ? undefined : name);
}

const headWidth = (name: string, most: number) => Math.min(most, textWidth(name, TITLE) * 1.06);

/**
 * The colours of numbers with their values: a bar from the lowest to the highest value. Its ends are pointed where values
 * beyond the limits have the colour of the end.
 */
export function colorBar(
  name: string,
  limits: Limits,
  colors: readonly Rgb[],
  length: number,
  missing: { color: Rgb } | undefined,
  most: number,
  bar: 'bar' | 'strip-bar',
): Block {
  const { low, high, center, below, above } = limits;
  const flat = !(high > low);
  const head = name === '' ? 0 : HEAD;
  const point = 8;
  const top = above ? point : 0;
  const bottom = below ? point : 0;
  const scale = scaleLinear([low, high], [length, 0]);
  const ticks: Tick[] = flat ? [{ value: low, label: shortNumber(low) }] : axisTicks(scale, 26);
  if (center !== undefined && center > low && center < high && !ticks.some(({ value }) => value === center)) {
    // The centre has a tick of its own, in the place of those that it would touch.
    const clear = ticks.filter(({ value }) => Math.abs(scale(value) - scale(center)) > 1.3 * SIZE);
    ticks.splice(0, ticks.length, ...clear, { value: center, label: shortNumber(center) });
  }
  const labels = Math.max(...ticks.map(({ label }) => textWidth(label, SIZE)));
  const extra = missing ? LINE + 6 : 0;
  const levelOf = leveller(limits);
  return {
    width: Math.max(headWidth(name, most), BAR + 8 + labels, missing ? 18 + textWidth('missing', SIZE) : 0),
    height: head + top + length + bottom + extra,
    draw(left, from, theme) {
      const y = from + head + top;
      const parts = [heading(name, most, left, from, theme)];
      // Steps of at least a pixel: a gradient would need an identifier, which may occur twice in a page.
      const steps = flat ? 1 : Math.max(2, Math.min(LEVELS, Math.round(length)));
      const bands: string[] = [];
      for (let i = 0; i < steps; i++) {
        const value = flat ? low : high - ((i + 0.5) / steps) * (high - low);
        // A band reaches below the next one, so that no line shows between them.
        const height = Math.min(2, steps - i) * (length / steps);
        bands.push(
          el('rect', {
            x: left,
            y: y + (i * length) / steps,
            width: BAR,
            height,
            fill: hexOf(colors[levelOf(value)]),
          }),
        );
      }
      if (above) {
        const d = `M${num(left)},${num(y + 0.5)}h${BAR}l${-BAR / 2},${-point}Z`;
        bands.push(
          el('path', { d, fill: hexOf(colors[levelOf(high)]) }, titleOf(`above ${shortNumber(high)}`)),
        );
      }
      if (below) {
        const d = `M${num(left)},${num(y + length - 0.5)}h${BAR}l${-BAR / 2},${point}Z`;
        bands.push(
          el('path', { d, fill: hexOf(colors[levelOf(low)]) }, titleOf(`below ${shortNumber(low)}`)),
        );
      }
      parts.push(group({ class: bar }, bands));
      const place = (value: number) => y + (flat ? length / 2 : scale(value));
      const marks = ticks.map(({ value }) => `M${num(left + BAR)},${num(place(value))}h4`).join('');
      parts.push(el('path', { d: marks, fill: 'none', ...theme.paint({ stroke: 'axis' }) }));
      const texts = ticks.map(({ value, label }) =>
        text({ x: left + BAR + 7, y: place(value) + MIDDLE * SIZE }, label),
      );
      parts.push(group({ class: 'ticks', 'font-size': SIZE, ...theme.paint({ fill: 'soft' }) }, texts));
      if (missing) {
        const at = y + length + bottom + 8 + LINE / 2;
        parts.push(swatch('missing', left, at, most, { css: hexOf(missing.color) }, theme));
      }
      return group({ class: 'color-bar' }, parts.filter(Boolean));
    },
  };
}

function swatch(name: string, left: number, middle: number, most: number, fill: Paint, theme: Theme): string {
  const short = fitText(name, most - 18, SIZE);
  return (
    el('rect', { x: left, y: middle - 5.5, width: 11, height: 11, rx: 1.5, ...theme.paint({ fill }) }) +
    text(
      { x: left + 18, y: middle + MIDDLE * SIZE, 'font-size': SIZE, ...theme.paint({ fill: 'ink' }) },
      short,
      short === name ? undefined : name,
    )
  );
}

/** The legend of a strip. Categories that do not fit into a height are counted in a last line. */
export function stripLegend(strip: Strip, height: number, most: number): Block {
  const { name, categories, limits, paints } = strip;
  if (!categories) {
    const colors = paints.map((paint) => rgbOf((paint as { css: string }).css));
    return colorBar(name, limits as Limits, colors, 64, undefined, most, 'strip-bar');
  }
  const room = Math.max(2, Math.floor((height - HEAD) / LINE));
  const shown = categories.length > room ? categories.slice(0, room - 1) : categories;
  const rest = categories.length - shown.length;
  const last = rest > 0 ? `and ${countText(rest)} more` : '';
  const widths = shown.map((category) => 18 + textWidth(category, SIZE));
  return {
    width: Math.min(most, Math.max(headWidth(name, most), textWidth(last, SIZE), ...widths)),
    height: HEAD + LINE * (shown.length + (rest > 0 ? 1 : 0)),
    draw(left, top, theme) {
      const middle = (i: number) => top + HEAD + (i + 0.5) * LINE - 3;
      const items = shown.map((category, i) => swatch(category, left, middle(i), most, paints[i], theme));
      if (rest > 0) {
        const look = {
          x: left,
          y: middle(shown.length) + MIDDLE * SIZE,
          'font-size': SIZE,
          ...theme.paint({ fill: 'soft' }),
        };
        items.push(text(look, last));
      }
      return group({ class: 'legend' }, [heading(name, most, left, top, theme), ...items].filter(Boolean));
    },
  };
}

function rgbOf(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Legends below each other, in as many columns as the height needs. */
export function layOutBlocks(
  blocks: readonly Block[],
  height: number,
): { width: number; height: number; draw: Block['draw'] } {
  const placed: { block: Block; x: number; y: number }[] = [];
  let [x, y, wide, tall] = [0, 0, 0, 0];
  for (const block of blocks) {
    if (y > 0 && y + block.height > height) [x, y, wide] = [x + wide + APART, 0, 0];
    placed.push({ block, x, y });
    y += block.height + APART;
    wide = Math.max(wide, block.width);
    tall = Math.max(tall, y - APART);
  }
  return {
    width: x + wide,
    height: tall,
    draw: (left, top, theme) =>
      placed.map(({ block, x: dx, y: dy }) => block.draw(left + dx, top + dy, theme)).join('\n'),
  };
}
