/** What all pictures have in common: their options, and how options are checked. */

import { rangeError, typeError } from '../../errors.ts';
import { checkOptions, type Known } from '../../support/checks.ts';
import { describe } from '../../support/describe.ts';

/** 'auto' follows the reader's system by `prefers-color-scheme`. */
export type ThemeName = 'light' | 'dark' | 'auto';

export interface PictureOptions {
  /** Width in pixels; the picture scales with its `viewBox` all the same. */
  width?: number;
  /** Height in pixels. */
  height?: number;
  /** Heading. Default: none. */
  title?: string;
  /** Line below the heading; false for none. Default: what the picture leaves out, if it does. */
  note?: string | false;
  /** Description for screen readers. Default: what is drawn, in words. */
  description?: string;
  /** Label of the horizontal axis. */
  xLabel?: string;
  /** Label of the vertical axis. */
  yLabel?: string;
  /** Default 'light'. */
  theme?: ThemeName;
}

/** The names of PictureOptions. */
export const PICTURE_OPTIONS: Known<PictureOptions> = {
  width: true,
  height: true,
  title: true,
  note: true,
  description: true,
  xLabel: true,
  yLabel: true,
  theme: true,
};

const THEMES: readonly unknown[] = ['light', 'dark', 'auto'];

/** Throw unless the common options are what they should be. */
export function checkPicture(
  options: PictureOptions,
  known: Readonly<Record<string, true>>,
  what: string,
): void {
  checkOptions(options, known, what, "{ title: 'My data' }");
  // Less leaves no room for a plot between its labels; more is no picture.
  checkNumber('width', options.width, 160, 20_000);
  checkNumber('height', options.height, 120, 20_000);
  for (const name of ['title', 'description', 'xLabel', 'yLabel'] as const) checkText(name, options[name]);
  if (options.note !== false) checkText('note', options.note);
  const { theme } = options;
  if (theme !== undefined && !THEMES.includes(theme)) {
    const fault = typeof theme === 'string' ? rangeError : typeError;
    throw fault(`theme is ${describe(theme)}; it is one of ${THEMES.join(', ')}`);
  }
}

/** Throw unless a number that was given is finite and within its limits. */
export function checkNumber(name: string, value: unknown, least = -Infinity, most = Infinity): void {
  if (value === undefined) return;
  if (typeof value !== 'number') throw typeError(`${name} is ${describe(value)}; it is a number`);
  if (!Number.isFinite(value) || value < least || value > most) {
    const allowed =
      most === Infinity
        ? least === -Infinity
          ? 'a finite number'
          : `a finite number, ${least} or more`
        : `a number from ${least} to ${most}`;
    throw rangeError(`${name} is ${value}; it is ${allowed}`);
  }
}

/** Throw unless text that was given is a string. */
export function checkText(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') {
    throw typeError(`${name} is ${describe(value)}; it is a string`);
  }
}
