/** Colours of clusters, and the colour names that pictures accept. */

import { color as parseColor } from 'd3-color';
import { rangeError } from '../../errors.ts';

/**
 * The ten colours that `dendrogram` names C0 to C9, each as [on light paper, on dark paper].
 *
 * They were found by a search for two properties that no scheme of d3-scale-chromatic has together. Each colour has a
 * contrast of 3:1 to its paper (WCAG 2.2, 1.4.11). Any two differ by 0.07 in OKLab, for normal, protan, deutan and tritan
 * vision (Machado et al. 2009); in d3's categorical schemes the least difference is 0.02. The tests measure both. C0 is grey
 * and stands for points and links without a cluster. Neighbours among the first colours differ most.
 */
export const SLOTS = {
  C0: ['#66707c', '#98a3b0'],
  C1: ['#1097ee', '#1f7bef'],
  C2: ['#d06d1c', '#ef9a22'],
  C3: ['#373caf', '#e5b0fa'],
  C4: ['#931d15', '#dd0669'],
  C5: ['#5a9862', '#22eaa5'],
  C6: ['#5d1666', '#735aa9'],
  C7: ['#9e5919', '#a67e14'],
  C8: ['#5966df', '#14796c'],
  C9: ['#761037', '#c09472'],
} as const satisfies Record<string, readonly [string, string]>;

export type Slot = keyof typeof SLOTS;

/** Matplotlib's one-letter names. Black and white become the theme's ink and paper, so that they are visible in any theme. */
const LETTERS = new Map(
  Object.entries({
    b: '#0000ff',
    g: '#008000',
    r: '#ff0000',
    c: '#00bfbf',
    m: '#bf00bf',
    y: '#bfbf00',
    k: 'ink',
    w: 'paper',
  }),
);

const TAB = new Map(
  Object.entries({
    'tab:blue': '#1f77b4',
    'tab:orange': '#ff7f0e',
    'tab:green': '#2ca02c',
    'tab:red': '#d62728',
    'tab:purple': '#9467bd',
    'tab:brown': '#8c564b',
    'tab:pink': '#e377c2',
    'tab:gray': '#7f7f7f',
    'tab:grey': '#7f7f7f',
    'tab:olive': '#bcbd22',
    'tab:cyan': '#17becf',
  }),
);

/** The colour of the i-th cluster, counted from 0. After nine clusters the colours repeat. */
export function clusterSlot(i: number): Slot {
  return `C${1 + (i % 9)}` as Slot;
}

/**
 * The colour of a cluster in the pictures, for legends and pages around them.
 *
 * @param label the cluster's number, from 1; after nine clusters the colours repeat
 * @param theme light or dark paper; default 'light'
 * Returns: `#rrggbb`. Numbers below 1 stand for no cluster, and are grey.
 */
export function clusterColor(label: number, theme: 'light' | 'dark' = 'light'): string {
  if (!Number.isFinite(label)) throw rangeError(`label must be a cluster's number, got ${label}`);
  return SLOTS[label < 1 ? 'C0' : clusterSlot(Math.floor(label) - 1)][theme === 'dark' ? 1 : 0];
}

/**
 * A colour name resolved to C0 ... C9, 'ink', 'paper' or `#rrggbb`.
 * @throws RangeError if the name is neither Matplotlib's nor a CSS colour
 */
export function resolveColor(name: string): string {
  const slot = /^C(\d+)$/.exec(name);
  if (slot) return `C${Number(slot[1]) % 10}`;
  const known = LETTERS.get(name) ?? TAB.get(name.toLowerCase());
  if (known) return known;
  // Matplotlib's greys: '0' is black, '1' is white.
  if (/^(0?\.\d+|[01](\.0*)?)$/.test(name)) {
    const level = Math.round(Number(name) * 255)
      .toString(16)
      .padStart(2, '0');
    return `#${level}${level}${level}`;
  }
  const parsed = parseColor(name);
  if (parsed === null || Number.isNaN(parsed.rgb().r)) {
    throw rangeError(
      `colour is ${JSON.stringify(name)}; allowed are C0, C1, ..., Matplotlib's letters and its names such as tab:blue, and CSS colours`,
    );
  }
  return parsed.formatHex();
}
