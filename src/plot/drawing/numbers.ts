/*!
 * Contains d3-array, d3-color, d3-format, d3-interpolate and d3-scale.
 * Copyright 2010-2026 Mike Bostock
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
 * provided that the above copyright notice and this permission notice appear in all copies.
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
 * IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 */

/** Short texts for numbers. */

import { format } from 'd3-format';
import type { ScaleLinear } from 'd3-scale';

const grouped = format(',d');
const exponent = format('.2~e');
const prefixed = format('.3~s');
const digits = format('.3~r');

/** A count with thousands separators. */
export function countText(count: number): string {
  return grouped(count);
}

/** A height to three significant digits. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-3 || size >= 1e15) return exponent(value);
  return size >= 9999.5 ? prefixed(value) : size >= 999.5 ? format('d')(value) : digits(value);
}

/** A count with its noun: '1 cluster', '2 clusters'. */
export function countOf(count: number, what: string): string {
  return `${countText(count)} ${what}${count === 1 ? '' : 's'}`;
}

export interface Tick {
  value: number;
  label: string;
}

/** About `count` round values within a scale's domain. */
export function ticksOf(scale: ScaleLinear<number, number>, count: number): Tick[] {
  // For the smallest numbers (subnormal ones), the step between ticks would round to zero.
  const [low, high] = scale.domain();
  const values = high - low > 1e-300 ? scale.ticks(count) : [low <= 0 && high >= 0 ? 0 : low];
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const specifier = largest >= 1e15 || largest < 1e-3 ? '~e' : largest >= 1e5 ? '~s' : undefined;
  const label = specifier === '~e' ? format('.3~e') : scale.tickFormat(count, specifier);
  return values.map((value) => ({ value, label: value === 0 ? '0' : label(value) }));
}

/** The text with a capital first letter. */
export function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
