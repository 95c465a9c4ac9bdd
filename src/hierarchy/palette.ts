/** The colour names that `dendrogram` gives to the links of the clusters below its threshold. */

import { rangeError, typeError } from '../errors.ts';
import { describe } from '../support/describe.ts';

/** The names that Matplotlib, and so SciPy, uses: C0 is for links above the threshold. */
const DEFAULT: readonly string[] = ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8', 'C9'];

let current = DEFAULT;

/** Throw unless a palette is a list of colour strings with at least one in it. */
export function checkPalette(palette: unknown): asserts palette is readonly string[] {
  if (!Array.isArray(palette)) {
    throw typeError(
      `palette is ${describe(palette)}; it is an array of colour strings, or null for the default`,
    );
  }
  const odd = palette.findIndex((color) => typeof color !== 'string');
  if (odd >= 0)
    throw typeError(`palette[${odd}] is ${describe(palette[odd])}; every element is a colour string`);
  if (palette.length === 0) throw rangeError('palette is empty; it has at least one colour');
}

/**
 * Set the colours that every later `dendrogram` gives to clusters below its threshold, in turn; null for C1 to C9.
 *
 * This is state that the whole program shares, as in SciPy; the option `palette` of `dendrogram` is not.
 *
 * Errors: TypeError if it is no array of strings; RangeError if it is empty.
 * Source: scipy.cluster.hierarchy.set_link_color_palette.
 */
export function setLinkColorPalette(palette: readonly string[] | null): void {
  if (palette === null || palette === undefined) {
    current = DEFAULT;
    return;
  }
  checkPalette(palette);
  current = palette.slice();
}

/** The palette that `setLinkColorPalette` set last. */
export function linkColorPalette(): readonly string[] {
  return current;
}
