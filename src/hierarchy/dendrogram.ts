import { typeError } from '../errors.ts';
import { checkOptions } from '../support/checks.ts';
import { describe } from '../support/text/describe.ts';
import type { Z } from '../types.ts';
import {
  checkDendrogram,
  DENDROGRAM_OPTIONS,
  type DendrogramOptions,
  type Settings,
} from './dendrogram-options.ts';
import { checkLinkage } from './validate.ts';

export type { DendrogramOptions, Orientation } from './dendrogram-options.ts';

/**
 * Four numbers of a link, in drawing order: foot of the left leg, top of the left leg, top of the right leg, its foot.
 */
export type Quad = [number, number, number, number];

/** A dendrogram as coordinates. Leaf i is at position 10 i + 5. */
export interface Dendrogram {
  /** For each link, the positions of its corners along the leaves. */
  icoord: Quad[];
  /** For each link, the heights of its corners. */
  dcoord: Quad[];
  /** Label of each leaf, from left to right. */
  ivl: string[];
  /**
   * Node of each leaf, from left to right. A node of n or more is a cluster that truncation made a leaf. Empty if
   * `getLeaves` is false.
   */
  leaves: number[];
  /** Colour of each link. */
  colorList: string[];
  /** Colour of the link that each leaf hangs from; null if the dendrogram has no link. */
  leavesColorList: (string | null)[];
  /** With `showContracted`: leaf position and height of each merge that truncation hides. Otherwise empty. */
  contracted: [number, number][];
}

/**
 * Lay a tree out as a dendrogram: a U-shaped link for each merge, leaves from left to right.
 *
 * Returns: one link for each merge that is shown, children before parents and left before right. `orientation` is
 * checked but does not change the coordinates, as in SciPy: the drawing code turns the picture.
 * Colours: the links of a cluster that is entirely below `colorThreshold` share a colour. These clusters take the
 * colours of the palette in turn, from left to right. The other links get `aboveThresholdColor`. `linkColorFunc`
 * overrides both.
 * Sorting: if both sorts are given, `countSort` is used.
 * Cost: O(n) time. There is no recursion, so trees may have any depth.
 * Errors: those of `isValidLinkage`; TypeError if an option has the wrong type or `linkColorFunc` returns no string;
 * RangeError if `truncateMode`, `orientation` or a sort is unknown, `p` is NaN, or the number of labels is not n.
 * Source: scipy.cluster.hierarchy.dendrogram. There `get_leaves=False` fails; here it leaves `leaves` empty.
 */
export function dendrogram(Z: Z, options: DendrogramOptions = {}): Dendrogram {
  checkOptions(options, DENDROGRAM_OPTIONS, 'dendrogram', "{ truncateMode: 'lastp', p: 12 }");
  return layDendrogram(Z, options);
}

/** As dendrogram, but without the check for unknown options, since the options of a picture include others. */
export function layDendrogram(Z: Z, options: DendrogramOptions): Dendrogram {
  const n = checkLinkage(Z);
  const settings = checkDendrogram(Z, n, options);
  const out: Dendrogram = {
    icoord: [],
    dcoord: [],
    ivl: [],
    leaves: [],
    colorList: [],
    leavesColorList: [],
    contracted: [],
  };
  layOut(Z, n, settings, out);
  out.leavesColorList = leafColors(out);
  if (!settings.getLeaves) out.leaves = [];
  return out;
}

/** A merge whose subtree is being laid out: a frame of the explicit stack, which replaces recursion. */
interface Frame {
  node: number;
  level: number;
  right: number;
  /** Set once the left child is done. */
  left?: { x: number; foot: number };
  color: string;
}

function layOut(Z: Z, n: number, s: Settings, out: Dendrogram): void {
  const stack: Frame[] = [];
  let color = 0;
  let below = false;
  // Position where the cell of the next leaf begins. Leaves are placed from left to right.
  let next = 0;
  // The node to enter, or -1 if the last node is done. Then (x, foot) is the point where a link ends on it.
  let enter = 2 * n - 2;
  let level = 0;
  let x = 0;
  let foot = 0;

  for (;;) {
    if (enter >= 0) {
      const node = enter;
      if (node < n || hidden(node, level, n, s)) {
        x = next + 5;
        foot = 0;
        next += 10;
        out.leaves.push(node);
        out.ivl.push(leafLabel(Z, node, n, s));
        if (s.showContracted && node >= n) markContracted(Z, node, n, x, out.contracted);
        enter = -1;
      } else {
        const [left, right] = childOrder(Z, node, n, s);
        stack.push({ node, level, right, color: '' });
        enter = left;
        level++;
        continue;
      }
    }

    const frame = stack[stack.length - 1];
    if (frame === undefined) return;
    const height = Z[4 * (frame.node - n) + 2];
    if (frame.left === undefined) {
      frame.left = { x, foot };
      // As SciPy does, choose the colour between the two children, with the counter as the left child left it.
      if (height >= s.colorThreshold || s.colorThreshold <= 0) {
        frame.color = s.aboveThresholdColor;
        if (below) color = (color + 1) % s.palette.length;
        below = false;
      } else {
        below = true;
        frame.color = s.palette[color];
      }
      enter = frame.right;
      level = frame.level + 1;
      continue;
    }
    out.icoord.push([frame.left.x, frame.left.x, x, x]);
    out.dcoord.push([frame.left.foot, height, height, foot]);
    out.colorList.push(s.linkColorFunc ? askColor(s.linkColorFunc, frame.node) : frame.color);
    x = (frame.left.x + x) / 2;
    foot = height;
    stack.pop();
  }
}

/** Whether truncation turns a merge into a leaf. Mode 'level' never hides the first merge: an error of SciPy, kept. */
function hidden(node: number, level: number, n: number, s: Settings): boolean {
  if (s.truncateMode === 'lastp') return node < 2 * n - s.p;
  return s.truncateMode === 'level' && node > n && level > s.p;
}

/** The children of a merge, the left one first. */
function childOrder(Z: Z, node: number, n: number, s: Settings): [number, number] {
  const at = 4 * (node - n);
  const a = Z[at];
  const b = Z[at + 1];
  const sort = s.countSort || s.distanceSort;
  if (!sort) return [a, b];
  const column = s.countSort ? 3 : 2;
  const ofLeaf = s.countSort ? 1 : 0;
  const va = a < n ? ofLeaf : Z[4 * (a - n) + column];
  const vb = b < n ? ofLeaf : Z[4 * (b - n) + column];
  return va > vb === (sort === 'descending') ? [a, b] : [b, a];
}

function leafLabel(Z: Z, node: number, n: number, s: Settings): string {
  if (s.leafLabelFunc) return String(s.leafLabelFunc(node));
  if (node < n) return s.labels ? String(s.labels[node]) : String(node);
  return s.showLeafCounts ? `(${Math.trunc(Z[4 * (node - n) + 3])})` : '';
}

/** Add the merges strictly below a node, parents before children and left before right. */
function markContracted(Z: Z, node: number, n: number, x: number, marks: [number, number][]): void {
  const waiting = [Z[4 * (node - n) + 1], Z[4 * (node - n)]];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (id < n) continue;
    const at = 4 * (id - n);
    marks.push([x, Z[at + 2]]);
    waiting.push(Z[at + 1], Z[at]);
  }
}

function askColor(linkColorFunc: (node: number) => string, node: number): string {
  const color = linkColorFunc(node);
  if (typeof color !== 'string') {
    throw typeError(`linkColorFunc returned ${describe(color)} for node ${node}; it returns a colour string`);
  }
  return color;
}

/**
 * As SciPy does, find corners at height 0 whose position is that of a leaf. A merge at height 0 can have such a
 * position too; then the link above it colours a leaf that does not hang from it.
 */
function leafColors({ leaves, icoord, dcoord, colorList }: Dendrogram): (string | null)[] {
  const colors = new Array<string | null>(leaves.length).fill(null);
  for (let link = 0; link < icoord.length; link++) {
    for (let corner = 0; corner < 4; corner++) {
      const x = icoord[link][corner];
      if (dcoord[link][corner] === 0 && x % 10 === 5) colors[(x - 5) / 10] = colorList[link];
    }
  }
  return colors;
}
