/** Heights of trees for comparison: from SciPy's matrices, and from the trees of JavaScript libraries. */
import { differences, formatRelative } from './data.mjs';

/** Heights of SciPy's Z, ascending. */
export function heightsOf(Z) {
  return Float64Array.from({ length: Z.length / 4 }, (_, k) => Z[4 * k + 2]).sort();
}

/** Heights of the inner nodes of a tree of objects, ascending. */
export function heightsOfTree(root, { height, children }) {
  const heights = [];
  const open = [root];
  while (open.length > 0) {
    const node = open.pop();
    const below = children(node) ?? [];
    if (below.length === 0) continue;
    heights.push(height(node));
    open.push(...below);
  }
  return Float64Array.from(heights).sort();
}

/** Rows as arrays, for JavaScript libraries. */
export function listsOf({ data, rows, cols }) {
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
}

/**
 * For float64, compare every height. In float32, distances can be tied that were different before. A tie that is broken differently
 * may change merges above it (complete linkage passes the difference on undamped). So compare the sorted heights on average.
 */
export function compareHeights(a, b, precise) {
  const difference = differences(a, b);
  if (precise || a.length !== b.length) return formatRelative(difference, 1e-9);
  const mean = a.reduce((sum, height, k) => sum + Math.abs(height - b[k]) / (b[k] || 1), 0) / a.length;
  return {
    text: `${formatRelative(difference).text}, ${mean.toExponential(0)} on average`,
    ok: mean <= 1e-4,
  };
}
