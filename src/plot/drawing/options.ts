/** Options that all pictures share, and their checks. */

import {
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
  type Known,
  wrongValue,
} from '../../support/checks.ts';

/** 'auto' follows the reader's system by `prefers-color-scheme`. */
export type ThemeName = 'light' | 'dark' | 'auto';

export interface PictureOptions {
  /** Width in pixels. The picture still scales, since it has a `viewBox`. */
  width?: number;
  /** Height in pixels. */
  height?: number;
  /** Heading. Default: none. */
  title?: string;
  /** Line below the title; false for none. Default: says what the picture leaves out, if anything. */
  note?: string | false;
  /** Description for screen readers. Default: says what is drawn. */
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

const THEMES = ['light', 'dark', 'auto'] as const;

/** Throw unless the options that all pictures share are valid. */
export function checkPicture(
  options: PictureOptions,
  known: Readonly<Record<string, true>>,
  what: string,
): void {
  checkOptions(options, known, what, "{ title: 'My data' }");
  // A smaller picture has no room for a plot between its labels.
  checkRange('width', options.width, 160, 20_000);
  checkRange('height', options.height, 120, 20_000);
  for (const name of ['title', 'description', 'xLabel', 'yLabel'] as const) checkText(name, options[name]);
  if (options.note !== false) checkText('note', options.note);
  const { theme } = options;
  if (theme !== undefined) checkOneOf(theme, 'theme', THEMES);
}

/** Throw if a number is given and is not finite or not within the limits. */
export function checkRange(name: string, value: unknown, least = -Infinity, most = Infinity): void {
  if (value === undefined) return;
  checkNumber(value, name);
  if (!Number.isFinite(value) || value < least || value > most) {
    const allowed =
      most === Infinity
        ? least === -Infinity
          ? 'a finite number'
          : `a finite number, ${least} or more`
        : `a number from ${least} to ${most}`;
    throw wrongValue(name, allowed, value);
  }
}

/** Throw if a text is given and is not a string. */
export function checkText(name: string, value: unknown): void {
  if (value !== undefined) checkString(value, name);
}
