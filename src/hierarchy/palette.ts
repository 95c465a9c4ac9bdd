/** The colour names that `dendrogram` gives to the links of the clusters below its threshold. */

import { checkArray, wrongType, wrongValue } from '../support/checks.ts';

/** The colour names of Matplotlib, which SciPy uses. C0 is for links above the threshold. */
const DEFAULT: readonly string[] = ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8', 'C9'];

let current = DEFAULT;

/** Throw unless a palette is an array of at least one colour string. */
export function checkPalette(palette: unknown): asserts palette is readonly string[] {
  checkArray(palette, 'palette', 'an array of colour strings, or null for the default');
  const odd = palette.findIndex((color) => typeof color !== 'string');
  if (odd >= 0) throw wrongType(`palette[${odd}]`, 'a colour string', palette[odd]);
  if (palette.length === 0) throw wrongValue('palette', 'an array of at least one colour', palette);
}

/**
 * Set the colours that later calls of `dendrogram` give to clusters below the threshold, in turn; null for C1 to C9.
 *
 * This is global state of the program, as in SciPy. The option `palette` of `dendrogram` affects only one call.
 *
 * Errors: TypeError if it is not an array of strings; RangeError if it is empty.
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

/** The palette that was last set by `setLinkColorPalette`, or the default. */
export function linkColorPalette(): readonly string[] {
  return current;
}

/** Whether nobody chose a palette. */
export function isDefaultPalette(palette: readonly string[]): boolean {
  return palette === DEFAULT;
}
