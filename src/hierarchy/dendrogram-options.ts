/** The options of `dendrogram`: their types, defaults and checks. */

import type { Known } from '../support/checks.ts';
import {
  checkArrayLike,
  checkFunction,
  checkLength,
  checkNumber,
  checkOneOf,
  checkString,
  wrongType,
  wrongValue,
} from '../support/checks.ts';
import type { Z } from '../types.ts';
import { checkPalette, linkColorPalette } from './palette.ts';

/**
 * 'lastp' shows the last p - 1 merges, on p leaves. 'level' shows p levels below the root. 'none' is the same as null,
 * and 'mtica' the same as 'level'.
 */
type TruncateMode = 'lastp' | 'level' | 'mtica' | 'none';

/** Where the root is drawn. */
export type Orientation = 'top' | 'bottom' | 'left' | 'right';

/** Which child is on the left: the smaller one for 'ascending' and true, the larger one for 'descending'. */
type ChildSort = boolean | 'ascending' | 'descending';

export interface DendrogramOptions {
  /** The number of leaves or levels for `truncateMode`. Its fraction is dropped. Default 30. */
  p?: number;
  /** Default: nothing is truncated. */
  truncateMode?: TruncateMode | null;
  /** Each cluster below this height gets its own colour. Default 0.7 times the greatest height. */
  colorThreshold?: number | 'default' | null;
  /** Return the nodes of the leaves. Default true. */
  getLeaves?: boolean;
  /** Default 'top'. It affects pictures, not the coordinates. */
  orientation?: Orientation;
  /** A label for each observation. Default: its index. */
  labels?: ArrayLike<string | number> | null;
  /** Order children by their numbers of observations. Default false. */
  countSort?: ChildSort;
  /** Order children by their heights. Default false. */
  distanceSort?: ChildSort;
  /** Label truncated clusters with their sizes, in brackets; else their labels are empty. Default true. */
  showLeafCounts?: boolean;
  /** Returns the label of the leaf that represents a node. It overrides `labels`. */
  leafLabelFunc?: ((node: number) => string) | null;
  /** Returns the colour of the link of a merge; its argument is the node of the merge. */
  linkColorFunc?: ((node: number) => string) | null;
  /** Colour of links that are not below the threshold. Default 'C0'. */
  aboveThresholdColor?: string;
  /** Return the merges that truncation hides. Default false. */
  showContracted?: boolean;
  /**
   * Colours for clusters below the threshold, in turn. Default: those set by `setLinkColorPalette`, initially C1 to C9.
   */
  palette?: readonly string[] | null;
}

/** The names of DendrogramOptions. */
export const DENDROGRAM_OPTIONS: Known<DendrogramOptions> = {
  p: true,
  truncateMode: true,
  colorThreshold: true,
  getLeaves: true,
  orientation: true,
  labels: true,
  countSort: true,
  distanceSort: true,
  showLeafCounts: true,
  leafLabelFunc: true,
  linkColorFunc: true,
  aboveThresholdColor: true,
  showContracted: true,
  palette: true,
};

/** Options with all defaults filled in. */
export interface Settings {
  p: number;
  truncateMode: 'lastp' | 'level' | null;
  colorThreshold: number;
  getLeaves: boolean;
  labels: ArrayLike<string | number> | null;
  countSort: 'ascending' | 'descending' | false;
  distanceSort: 'ascending' | 'descending' | false;
  showLeafCounts: boolean;
  leafLabelFunc: ((node: number) => string) | null;
  linkColorFunc: ((node: number) => string) | null;
  aboveThresholdColor: string;
  showContracted: boolean;
  palette: readonly string[];
}

const ORIENTATIONS: readonly Orientation[] = ['top', 'bottom', 'left', 'right'];
const MODES = ['lastp', 'level', 'mtica', 'none'] as const;

/** Check the options against a tree of n observations and fill in the defaults. */
export function checkDendrogram(Z: Z, n: number, options: DendrogramOptions): Settings {
  checkOneOf(options.orientation ?? 'top', 'orientation', ORIENTATIONS);
  const { p = 30, truncateMode = null, labels = null, aboveThresholdColor = 'C0', palette = null } = options;
  checkNumber(p, 'p', 'a number of leaves or levels');
  if (truncateMode !== null) checkOneOf(truncateMode, 'truncateMode', MODES, 'null takes all');
  if (labels !== null) checkLabels(labels, n);
  checkString(aboveThresholdColor, 'aboveThresholdColor', 'a colour string');
  if (palette !== null) checkPalette(palette);

  const mode = truncateMode === 'mtica' ? 'level' : truncateMode === 'none' ? null : truncateMode;
  let count = Math.trunc(p);
  if (mode === 'lastp' && (count > n || count === 0)) count = n;
  if (mode === 'level' && count <= 0) count = Infinity;
  return {
    p: count,
    truncateMode: mode,
    colorThreshold: checkThreshold(Z, options.colorThreshold),
    getLeaves: options.getLeaves ?? true,
    labels,
    countSort: checkSort(options.countSort, 'countSort'),
    distanceSort: checkSort(options.distanceSort, 'distanceSort'),
    showLeafCounts: options.showLeafCounts ?? true,
    leafLabelFunc: readFunction(options.leafLabelFunc, 'leafLabelFunc'),
    linkColorFunc: readFunction(options.linkColorFunc, 'linkColorFunc'),
    aboveThresholdColor,
    showContracted: options.showContracted ?? false,
    palette: palette ?? linkColorPalette(),
  };
}

function checkLabels(labels: unknown, n: number): void {
  checkArrayLike(labels, 'labels', 'an array with a label for each observation');
  checkLength(labels.length, 'labels', n, 'label', 'observations');
}

function checkThreshold(Z: Z, threshold: unknown): number {
  if (threshold === undefined || threshold === null || threshold === 'default') {
    let max = Z[2];
    for (let at = 6; at < Z.length; at += 4) if (Z[at] > max) max = Z[at];
    return max * 0.7;
  }
  checkNumber(threshold, 'colorThreshold', "a height, or 'default' for 0.7 times the greatest");
  return threshold;
}

/** SciPy once documented the value 'descendent', which has no effect. It is accepted and has no effect here either. */
function checkSort(sort: unknown, name: string): 'ascending' | 'descending' | false {
  switch (sort) {
    case undefined:
    case null:
    case false:
    case 'descendent':
      return false;
    case true:
    case 'ascending':
      return 'ascending';
    case 'descending':
      return 'descending';
    default:
      throw (typeof sort === 'string' ? wrongValue : wrongType)(
        name,
        "false, true, 'ascending' or 'descending'",
        sort,
      );
  }
}

function readFunction<F>(f: F | null | undefined, name: string): F | null {
  if (f === undefined || f === null) return null;
  checkFunction(f, name, "a function of a node's number");
  return f;
}
