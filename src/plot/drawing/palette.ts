/** Colours of clusters, and what colour names mean. */

import { color as parseColor } from 'd3-color';
import { rangeError } from '../../errors.ts';

/**
 * The ten slots that `dendrogram` names, as [on light paper, on dark paper].
 *
 * Chosen by search for two things that no scheme of d3-scale-chromatic has at once: each stands out from its paper by
 * 3:1 (WCAG 2.2, 1.4.11), and every two differ by 0.07 in OKLab to normal eyes and to protan, deutan and tritan ones
 * (Machado et al. 2009), where d3's categorical schemes come down to 0.02. The tests measure both. C0, for what belongs
 * to no cluster, is grey; neighbours among the first few differ most.
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

/** Matplotlib's short names; black and white become ink and paper, so that they show on either. */
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

/** The colour of the i-th cluster, counted from 0; after nine they begin again. */
export function clusterSlot(i: number): Slot {
  return `C${1 + (i % 9)}` as Slot;
}

/**
 * The colour of a cluster as the pictures have it, for legends and pages around them.
 *
 * @param label the cluster, from 1; after nine the colours begin again
 * @param theme the paper that it stands on; default 'light'
 * Returns: `#rrggbb`. 0 and less, which are no cluster, are grey.
 */
export function clusterColor(label: number, theme: 'light' | 'dark' = 'light'): string {
  if (!Number.isFinite(label)) throw rangeError(`label must be a cluster's number, got ${label}`);
  return SLOTS[label < 1 ? 'C0' : clusterSlot(Math.floor(label) - 1)][theme === 'dark' ? 1 : 0];
}

/**
 * A colour name as a slot, a theme's role or `#rrggbb`.
 * @throws RangeError where it is neither one of Matplotlib's nor one of CSS
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
      `colour is ${JSON.stringify(name)}; pictures know C0, C1, ..., Matplotlib's letters, tab:blue and its like, and CSS colours`,
    );
  }
  return parsed.formatHex();
}
