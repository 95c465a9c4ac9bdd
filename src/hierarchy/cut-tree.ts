import { rangeError } from '../errors.ts';
import { allocate, guard } from '../support/allocate.ts';
import { checkOptions, wrongType, wrongValue } from '../support/checks.ts';
import { isTypedArray } from '../support/text/describe.ts';
import type { Z } from '../types.ts';
import { leafOrder } from './traverse.ts';
import { checkLinkage } from './validate.ts';

/** Labels from 0: observation i in column j is `data[i * cols + j]`. */
export interface CutTree {
  data: Int32Array;
  rows: number;
  cols: number;
}

export interface CutTreeOptions {
  /** Numbers of clusters; one column for each. */
  nClusters?: number | ArrayLike<number>;
  /** Heights to cut at; one column for each. For trees without inversions. */
  height?: number | ArrayLike<number>;
}

/**
 * Cut a tree at given numbers of clusters or at given heights.
 *
 * Returns: n rows, and one column of labels (from 0) for each number of clusters or height. With neither, n columns:
 * the first has each observation as its own cluster, and each next column has one merge more. Clusters are numbered by
 * their first observation.
 * Order: merges are done in the order of their heights. A cut at exactly the height of a merge does not include it.
 * Inversions: if a merge is lower than one of its parts, the labels are still SciPy's, but the number of clusters may
 * differ from the number asked for (scipy/scipy#8063).
 * Cost: O(n log n), plus O(n) for each column; O(n) for each merge in a tree with inversions.
 * Errors: those of `isValidLinkage`; TypeError if an option is unknown or does not consist of numbers; RangeError if
 * both are given, one of the numbers or a height in Z is NaN, or a count in Z is not the sum of its parts.
 * Source: scipy.cluster.hierarchy.cut_tree, with the columns in the given order: SciPy writes the column with no merge
 * to the front (scipy/scipy#9818).
 */
export function cutTree(Z: Z, options: CutTreeOptions = {}): CutTree {
  checkOptions(options, { nClusters: true, height: true }, 'cutTree', '{ nClusters: 3 }');
  const n = checkLinkage(Z);
  const { nClusters, height } = options;
  if (nClusters !== undefined && height !== undefined) {
    throw rangeError('nClusters and height are both given; a tree is cut by one of them');
  }
  const { leaves, start, counts } = leafOrder(Z);
  for (let i = 0; i < n - 1; i++) {
    const [dist, count] = [Z[4 * i + 2], Z[4 * i + 3]];
    if (Number.isNaN(dist))
      throw rangeError(`Z: row ${i}, column 2 is NaN; the merges have to be put in order by height`);
    if (count !== counts[i]) {
      throw rangeError(
        `Z: row ${i}, column 3 is ${count}; the merged clusters have ${counts[i]} observations`,
      );
    }
  }
  const order = mergeOrder(Z, n);

  // The number of merges that are done in each column.
  let steps: number[];
  if (nClusters !== undefined) {
    steps = numbers(nClusters, 'nClusters').map((k) => n - Math.min(n, Math.max(1, Math.ceil(k))));
  } else if (height !== undefined) {
    const heights = guard(() => Float64Array.from(order, (i) => Z[4 * i + 2]));
    steps = numbers(height, 'height').map((h) => below(heights, h));
  } else {
    steps = Array.from({ length: n }, (_, i) => i);
  }

  const cols = steps.length;
  const data = allocate(Int32Array, n * cols);
  const write = (labels: Int32Array, col: number): void => {
    for (let i = 0, to = col; i < n; i++, to += cols) data[to] = labels[i];
  };

  const rank = allocate(Int32Array, n - 1);
  for (let step = 0; step < n - 1; step++) rank[order[step]] = step;
  if (!hasInversion(Z, rank)) {
    for (let col = 0; col < cols; col++) write(labelsAfter(Z, rank, steps[col]), col);
    return { data, rows: n, cols };
  }

  // A merge comes before one of its own parts. Repeat SciPy's relabelling merge by merge, to get the same labels.
  const wanted = new Map<number, number[]>();
  steps.forEach((step, col) => {
    const columns = wanted.get(step);
    if (columns) columns.push(col);
    else wanted.set(step, [col]);
  });
  const labels = Int32Array.from({ length: n }, (_, i) => i);
  for (const col of wanted.get(0) ?? []) write(labels, col);
  const most = steps.reduce((a, b) => Math.max(a, b), 0);
  for (let step = 1; step <= most; step++) {
    const merge = order[step - 1];
    const begin = start[n + merge];
    const end = begin + counts[merge];
    let least = n;
    let greatest = -1;
    for (let p = begin; p < end; p++) {
      const label = labels[leaves[p]];
      if (label < least) least = label;
      if (label > greatest) greatest = label;
    }
    for (let p = begin; p < end; p++) labels[leaves[p]] = least;
    for (let i = 0; i < n; i++) if (labels[i] > greatest) labels[i]--;
    for (const col of wanted.get(step) ?? []) write(labels, col);
  }
  return { data, rows: n, cols };
}

function numbers(value: unknown, name: string): number[] {
  const list = typeof value === 'number' ? [value] : value;
  if (!isTypedArray(list) && !(Array.isArray(list) && list.every((v) => typeof v === 'number'))) {
    throw wrongType(name, 'a number or an array of numbers', value);
  }
  const out = Array.from(list as ArrayLike<number>);
  const bad = out.findIndex(Number.isNaN);
  if (bad >= 0) throw wrongValue(`${name}[${bad}]`, 'a number', Number.NaN);
  return out;
}

/**
 * The merges in the order of their heights. Merges of equal height are in the reverse order of a level-order walk from
 * the root that visits right children before left ones.
 */
function mergeOrder(Z: Z, n: number): Int32Array {
  const byLevel = allocate(Int32Array, n - 1);
  byLevel[0] = n - 2;
  let length = 1;
  for (let at = 0; at < length; at++) {
    const i = byLevel[at];
    const right = Z[4 * i + 1] - n;
    const left = Z[4 * i] - n;
    if (right >= 0) byLevel[length++] = right;
    if (left >= 0) byLevel[length++] = left;
  }
  const place = allocate(Int32Array, n - 1);
  for (let at = 0; at < n - 1; at++) place[byLevel[at]] = at;
  // Most linkage matrices are already sorted by height, so only merges of equal height must be sorted.
  const order = guard(() => Int32Array.from({ length: n - 1 }, (_, i) => i));
  if (!order.every((i) => i === 0 || Z[4 * i - 2] <= Z[4 * i + 2])) {
    // Compare, do not subtract: Infinity - Infinity is NaN.
    order.sort((a, b) => {
      const x = Z[4 * a + 2];
      const y = Z[4 * b + 2];
      return x < y ? -1 : x > y ? 1 : place[b] - place[a];
    });
    return order;
  }
  for (let begin = 0, end = 0; begin < n - 1; begin = end) {
    while (end < n - 1 && Z[4 * end + 2] === Z[4 * begin + 2]) end++;
    if (end - begin > 1) order.subarray(begin, end).sort((a, b) => place[b] - place[a]);
  }
  return order;
}

/** The number of sorted values that are less than x. */
function below(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function hasInversion(Z: Z, rank: Int32Array): boolean {
  const n = rank.length + 1;
  for (let i = 0; i < n - 1; i++) {
    const left = Z[4 * i] - n;
    const right = Z[4 * i + 1] - n;
    if ((left >= 0 && rank[left] > rank[i]) || (right >= 0 && rank[right] > rank[i])) return true;
  }
  return false;
}

/** Labels after the first `steps` merges, for a tree in which both parts of a merge always come before it. */
function labelsAfter(Z: Z, rank: Int32Array, steps: number): Int32Array {
  const n = rank.length + 1;
  // Downward: the topmost merge done above each node, or the node itself.
  const top = guard(() => Int32Array.from({ length: 2 * n - 1 }, (_, node) => node));
  for (let i = n - 2; i >= 0; i--) {
    if (rank[i] >= steps) continue;
    top[Z[4 * i]] = top[n + i];
    top[Z[4 * i + 1]] = top[n + i];
  }
  const number = allocate(Int32Array, 2 * n - 1).fill(-1);
  const labels = allocate(Int32Array, n);
  let next = 0;
  for (let leaf = 0; leaf < n; leaf++) {
    const node = top[leaf];
    if (number[node] < 0) number[node] = next++;
    labels[leaf] = number[node];
  }
  return labels;
}
