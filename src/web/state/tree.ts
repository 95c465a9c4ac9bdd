/** The tree of the sample: the positions of its nodes, and the clusters at any cut height. */
import { elbow, fcluster, leavesList } from 'coppice';

export class Tree {
  readonly Z: Float64Array;
  readonly n: number;
  /** Leaves from left to right. */
  readonly order: Int32Array;
  /** Horizontal position of each node, in leaves. */
  readonly x: Float64Array;
  /** The leaves below each node are those at the positions from `low` up to, but not including, `high`. */
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly height: Float64Array;
  /** Highest merge in each subtree: only a lower cut splits it. In monotonic trees this is the node's own height. */
  readonly top: Float64Array;
  /** `top` of all merges, in descending order. */
  readonly #tops: Float64Array;

  constructor(Z: Float64Array) {
    const n = Z.length / 4 + 1;
    this.Z = Z;
    this.n = n;
    this.order = Int32Array.from(leavesList(Z));
    this.x = new Float64Array(2 * n - 1);
    this.low = new Int32Array(2 * n - 1);
    this.high = new Int32Array(2 * n - 1);
    this.height = new Float64Array(2 * n - 1);
    this.top = new Float64Array(2 * n - 1);
    for (let place = 0; place < n; place++) {
      const leaf = this.order[place];
      this.x[leaf] = place + 0.5;
      this.low[leaf] = place;
      this.high[leaf] = place + 1;
    }
    for (let i = 0; i < n - 1; i++) {
      const [a, b] = [Z[4 * i], Z[4 * i + 1]];
      const at = n + i;
      this.x[at] = (this.x[a] + this.x[b]) / 2;
      this.low[at] = Math.min(this.low[a], this.low[b]);
      this.high[at] = Math.max(this.high[a], this.high[b]);
      this.height[at] = Z[4 * i + 2];
      this.top[at] = Math.max(Z[4 * i + 2], this.top[a], this.top[b]);
    }
    this.#tops = this.top.slice(n).sort().reverse();
  }

  get root(): number {
    return 2 * this.n - 2;
  }

  /** The height of the tree. */
  get highest(): number {
    return this.#tops[0] || 1;
  }

  /** The number of clusters for a cut at the given height. */
  kAt(height: number): number {
    let low = 0;
    let high = this.n - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tops[middle] > height) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }

  /** A cut height for k clusters, halfway between two merges. If merges tie at that height, it gives fewer than k. */
  heightFor(k: number): number {
    if (k <= 1) return this.highest * 1.04;
    if (k >= this.n) return 0;
    const [above, below] = [this.#tops[k - 2], this.#tops[k - 1] ?? 0];
    return (above + below) / 2;
  }

  /** Length of the height interval in which a cut gives k clusters. */
  gap(k: number): number {
    return k < 2 || k >= this.n ? 0 : this.#tops[k - 2] - this.#tops[k - 1];
  }

  /** The next possible number of clusters. Some numbers are impossible: no cut lies between merges of equal height. */
  nextK(k: number, step: 1 | -1): number {
    let next = k + step;
    while (next > 1 && next < this.n && this.gap(next) <= 0) next += step;
    return Math.max(1, Math.min(this.mostK, next));
  }

  /** The largest number of clusters. Rows merged at height 0 always stay together: no cut lies below. */
  get mostK(): number {
    return this.kAt(0);
  }

  /** The cluster of each row for k clusters. */
  labels(k: number): Int32Array {
    // With k >= n every row is its own cluster; 'maxclust' numbers them in row order, as the package does.
    if (k >= this.n) return fcluster(this.Z, k, { criterion: 'maxclust' });
    return fcluster(this.Z, this.heightFor(k), { criterion: 'distance' });
  }

  size(node: number): number {
    return this.high[node] - this.low[node];
  }

  children(node: number): [number, number] {
    const at = 4 * (node - this.n);
    return [this.Z[at], this.Z[at + 1]];
  }
}

export interface Suggestion {
  k: number;
  name: string;
  /** Explanation for users who do not know the criterion. */
  meaning: string;
}

/** Suggest numbers of clusters from the merge heights. */
export function suggest(tree: Tree, most = 30): Suggestion[] {
  const found: Suggestion[] = [];
  let best = 0;
  for (let k = 2; k <= Math.min(most, tree.n - 1); k++) if (tree.gap(k) > tree.gap(best)) best = k;
  if (best > 0 && tree.gap(best) > 0) {
    found.push({
      k: best,
      name: 'largest gap',
      meaning:
        'The gap between these two merge heights is the largest, so the cut between them is the clearest.',
    });
  }
  if (tree.n >= 5) {
    const { k } = elbow(tree.Z, { last: Math.min(12, tree.n - 1) });
    if (k > 1 && k < tree.n && tree.gap(k) > 0) {
      found.push({
        k,
        name: 'elbow',
        meaning: 'The merge heights grow fastest from here on: their curve bends most.',
      });
    }
  }
  return found;
}
