/** Finds the files that match a pattern, and sorts their names naturally (`file2` before `file10`). */

import { rangeError } from '../../errors.ts';
import { INPUT, say } from '../../messages.ts';
import { notLoaded } from '../../support/text/not-loaded.ts';
import { pathExists } from './open.ts';

/** Compares runs of digits as numbers and the rest by code unit, so that the order is the same on every platform. @internal */
export function compareNaturally(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(/(\d+)/));
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [l, r] = [left[i], right[i]];
    if (l === r) continue;
    if (i % 2 === 1) {
      const [m, n] = [l, r].map((digits) => digits.replace(/^0+/, ''));
      if (m.length !== n.length) return m.length - n.length;
      if (m !== n) return m < n ? -1 : 1;
      continue; // 7 and 07 are equal here: the text after them decides
    }
    return l < r ? -1 : 1;
  }
  return left.length - right.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Whether a text is a pattern: it has a wildcard, is not a URL, and no file has exactly this name. */
export async function isPattern(input: unknown): Promise<boolean> {
  if (typeof input !== 'string' || !/[*?[{]/.test(input) || /^[a-z][a-z0-9+.-]+:\/\//i.test(input))
    return false;
  return !(await pathExists(input));
}

/**
 * The files that a pattern matches (`*`, `?`, `**`, `[a-z]`, `{a,b}`), sorted so that `file2` comes before `file10`.
 *
 * Errors: `RangeError` when no file matches; `PlatformError` when the package `tinyglobby` cannot be loaded.
 */
export async function filesMatching(pattern: string): Promise<string[]> {
  // In a variable, so that bundlers leave the package out: it needs a file system. Without one, this is never reached.
  const library = 'tinyglobby';
  let glob: typeof import('tinyglobby').glob;
  try {
    ({ glob } = await import(/* @vite-ignore */ /* webpackIgnore: true */ library));
  } catch (cause) {
    throw notLoaded(
      say`${INPUT}patterns such as ${JSON.stringify(pattern)} need the package`,
      library,
      cause,
    );
  }
  const absolute = /^([/\\]|[a-z]:[/\\])/i.test(pattern);
  const found = await glob(pattern, { absolute, onlyFiles: true, expandDirectories: false });
  if (found.length === 0) throw rangeError(say`${INPUT}no file matches ${JSON.stringify(pattern)}`);
  return found.sort(compareNaturally);
}
