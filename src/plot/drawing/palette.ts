/** Colours of clusters, and the colour names that pictures accept. */

import { color as parseColor } from 'd3-color';
import { rangeError } from '../../errors.ts';
import { wrongValue } from '../../support/checks.ts';

/**
 * The ten colours that `dendrogram` names C0 to C9, each as [on light paper, on dark paper].
 *
 * They were found by a search for two properties that no scheme of d3-scale-chromatic has together. Each colour has a
 * contrast of 3:1 to its paper (WCAG 2.2, 1.4.11). Any two differ by 0.07 in OKLab, for normal, protan, deutan and tritan
 * vision (Machado et al. 2009); in d3's categorical schemes the least difference is 0.02. The tests measure both. C0 is grey
 * and stands for points and links without a cluster. Neighbours among the first colours differ most. @internal
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

/** The first ten colours, and C10 to C63. */
export type Slot = `C${number}`;

/**
 * The colours of clusters 10 to 63, six digits each: on light paper, and on dark paper. Found like the first ones, each as
 * the colour of contrast 3:1 that differs most from all before it: by 0.05 in OKLab, and by 0.03 for colour-blind people.
 */
const FURTHER: readonly [light: string, dark: string] = [
  // biome-ignore format: one block of digits for each paper
  'ba7bb1060696060606843c845721f9c33cb1cc0f600f063c066957de60de450606f957693c18454e3c577b18d58d848d6021068d69f9' +
  '0657068d0696e706332a3c33210618b1213c0606698469c34e699f8445c32106ba8d0f697b8dcc21a845847b459f6996452a7b725772' +
  'a83c963c067b7b4ef98496842a064e69337bba72f93c5745e7609fba2ade4521184e4ea8067b57cc84064e0633c360b121335745693c',
  // biome-ignore format: the same for dark paper
  'a8f906b1451806a8e7bad560c33cd58d7b967bccc3f969e7f9e784cc69c3b1ba845745f98460458df9c3c3069fccd5f9f9724ef03c96' +
  '849f45f9ba06a80fcc3c7206b14e7ba8ded5ba694ef9c396a860bade8496ba8df9d596cc9f8472728dcc6072d5d5b1a88dc357ccf9a8' +
  'de33f9cc84182ab17bc33345b1bade84de84b1e7459f5760c3a8f933cc9ff9f969697284a88db1d5d5ba9621e796d533c3e7f0a845ba',
];

/** Number of colours of clusters. After so many they repeat. */
const CLUSTER_COLORS = 9 + FURTHER[0].length / 6;

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

/** The colour of the i-th cluster, counted from 0. */
export function clusterSlot(i: number): Slot {
  return `C${1 + (i % CLUSTER_COLORS)}`;
}

/** A colour as `#rrggbb`, on light paper and on dark paper. */
export function slotColors(slot: Slot): readonly [light: string, dark: string] {
  if (Object.hasOwn(SLOTS, slot)) return SLOTS[slot as keyof typeof SLOTS];
  const at = 6 * (Number(slot.slice(1)) - 10);
  return [`#${FURTHER[0].slice(at, at + 6)}`, `#${FURTHER[1].slice(at, at + 6)}`];
}

/**
 * The colour of a cluster in the pictures, for legends and pages around them.
 *
 * @param label the cluster's number, from 1; after 63 clusters the colours repeat
 * @param theme light or dark paper; default 'light'
 * Returns: `#rrggbb`. Numbers below 1 stand for no cluster, and are grey.
 */
export function clusterColor(label: number, theme: 'light' | 'dark' = 'light'): string {
  if (!Number.isFinite(label)) throw wrongValue('label', "a cluster's number", label);
  return slotColors(label < 1 ? 'C0' : clusterSlot(Math.floor(label) - 1))[theme === 'dark' ? 1 : 0];
}

/** The name of a cluster's colour for functions that take names; `resolveColor` reads it. C10 is C0 in Matplotlib's names. */
export function slotName(i: number): string {
  return `cluster ${1 + (i % CLUSTER_COLORS)}`;
}

/**
 * A colour name resolved to C0 ... C9, 'ink', 'paper' or `#rrggbb`.
 * @throws RangeError if the name is neither Matplotlib's nor a CSS colour
 */
export function resolveColor(name: string): string {
  const slot = /^C(\d+)$/.exec(name);
  if (slot) return `C${Number(slot[1]) % 10}`;
  const cluster = /^cluster (\d+)$/.exec(name);
  if (cluster) return clusterSlot(Number(cluster[1]) - 1);
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
