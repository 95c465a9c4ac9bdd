/**
 * Draws the links of a tree. The number of lines depends on the size of the canvas, not on the number of leaves: a subtree
 * narrower than a pixel or two becomes one line, and lines that would overlap are drawn once.
 */
import { clusterColor } from 'coppice/plot';
import type { Tree } from '../state/tree.ts';
import type { TreeScale } from './tree-scale.ts';

/** Subtrees narrower than this many pixels are drawn as one line. */
const NARROW = 1.6;

/** The cut of a tree, and the appearance of its clusters. */
interface Cut {
  height: number;
  /** The cluster of each row, from 1. */
  labels: ArrayLike<number>;
  /** The highlighted cluster, if any. */
  chosen: number | undefined;
  theme: Parameters<typeof clusterColor>[1];
}

/** Four numbers per link: node, y on the canvas, left end, right end. */
export type Links = number[];

/**
 * Draw the links in the visible part of a tree.
 * @returns the bars drawn, for finding the one under the pointer
 */
export function drawLinks(context: CanvasRenderingContext2D, tree: Tree, scale: TreeScale, cut: Cut): Links {
  const { n, low, high, height, top, x, order } = tree;
  const { labels, chosen, theme } = cut;
  const { from: first, to: last, width } = scale;
  const perLeaf = scale.plotWidth / scale.span;
  const ground = scale.y(0);
  const pixels = Math.ceil(width) + 2;
  // Narrow subtrees and their legs share one line per pixel column: its top, and the cluster that colours it.
  const columnTop = new Float32Array(pixels).fill(ground);
  const columnOf = new Int32Array(pixels);
  const legTop = new Float32Array(pixels).fill(ground);
  const legOf = new Int32Array(pixels).fill(-1);
  // The bar drawn last at each half pixel of height. A bar of the same cluster inside it is skipped.
  const barLeft = new Float32Array(2 * Math.ceil(scale.height) + 4).fill(Number.POSITIVE_INFINITY);
  const barRight = new Float32Array(barLeft.length);
  const barOf = new Int32Array(barLeft.length).fill(-1);
  const paths = new Map<number, Path2D>();
  // Clusters of the same colour share a path, since there may be thousands. The chosen cluster has its own.
  const pathOf = (cluster: number): Path2D => {
    const key = cluster === chosen || cluster === 0 ? cluster : -1 - ((cluster - 1) % 63);
    let path = paths.get(key);
    if (!path) {
      path = new Path2D();
      paths.set(key, path);
    }
    return path;
  };
  const clusterOf = (node: number): number => (top[node] <= cut.height ? labels[order[low[node]]] : 0);
  const column = (at: number) => Math.max(0, Math.min(pixels - 1, Math.round(at)));
  const links: Links = [];

  // For each node: its number, the y where its leg begins, and the cluster of its parent, which colours the leg.
  const stack: number[] = [tree.root, Math.max(2, scale.y(height[tree.root]) - 6), 0];
  while (stack.length > 0) {
    const above = stack.pop() as number;
    const legFrom = stack.pop() as number;
    const node = stack.pop() as number;
    if (high[node] <= first || low[node] >= last) continue;
    const across = scale.x(x[node]);
    const own = clusterOf(node);
    const y = node < n ? ground : scale.y(height[node]);
    if ((high[node] - low[node]) * perLeaf < NARROW) {
      const at = column(across);
      if (legFrom < legTop[at]) {
        legTop[at] = legFrom;
        legOf[at] = above;
      }
      if (y < columnTop[at]) {
        columnTop[at] = y;
        columnOf[at] = own;
      }
      continue;
    }
    // A leg too short to be seen is not drawn; the legs of the children begin where it would have begun.
    const begin = y - legFrom < 0.4 && node >= n ? legFrom : y;
    if (begin === y) {
      const path = pathOf(above);
      path.moveTo(across, legFrom);
      path.lineTo(across, y);
    }
    if (node < n) continue;
    const [left, right] = tree.children(node);
    const [a, b] = [scale.x(x[left]), scale.x(x[right])];
    const [from, to] = a < b ? [a, b] : [b, a];
    const level = Math.max(0, Math.min(barLeft.length - 1, Math.round(2 * y)));
    if (!(barOf[level] === own && from >= barLeft[level] - 0.5 && to <= barRight[level] + 0.5)) {
      const path = pathOf(own);
      path.moveTo(Math.max(-10, from), y);
      path.lineTo(Math.min(width + 10, to), y);
      barLeft[level] = from;
      barRight[level] = to;
      barOf[level] = own;
      links.push(node, y, from, to);
    }
    stack.push(right, begin, own, left, begin, own);
  }
  for (let at = 0; at < pixels; at++) {
    if (legOf[at] >= 0 && columnTop[at] - legTop[at] > 0.4) {
      const path = pathOf(legOf[at]);
      path.moveTo(at + 0.5, legTop[at]);
      path.lineTo(at + 0.5, columnTop[at]);
    }
    if (columnTop[at] < ground) {
      const path = pathOf(columnOf[at]);
      path.moveTo(at + 0.5, columnTop[at]);
      path.lineTo(at + 0.5, ground);
    }
  }
  context.lineCap = 'square';
  context.lineWidth = scale.span < scale.plotWidth / 4 ? 1.5 : 1.1;
  for (const [key, path] of paths) {
    context.strokeStyle = clusterColor(key < 0 ? -key : key, theme);
    context.globalAlpha = chosen === undefined || key >= 0 ? 1 : 0.22;
    context.stroke(path);
  }
  context.globalAlpha = 1;
  return links;
}
