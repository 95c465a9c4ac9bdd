/** A tree as the page draws and cuts it: where its merges stand, and what a cut at any height leaves. */
import { elbow, fcluster, leavesList } from 'coppice';

export class Tree {
  readonly Z: Float64Array;
  readonly n: number;
  /** Leaves from left to right. */
  readonly order: Int32Array;
  /** Where each node stands across the leaves, in leaves. */
  readonly x: Float64Array;
  /** First leaf below each node, and the one behind its last, by their places from left to right. */
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly height: Float64Array;
  /** The highest merge in each node: what a cut must be below to part it. In most trees its own. */
  readonly top: Float64Array;
  /** The tops of all merges, highest first. */
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

  /** How many clusters a cut at a height leaves. */
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

  /** A height that leaves k clusters, or as many as can be had: in the middle of the gap between two merges. */
  heightFor(k: number): number {
    if (k <= 1) return this.highest * 1.04;
    if (k >= this.n) return 0;
    const [above, below] = [this.#tops[k - 2], this.#tops[k - 1] ?? 0];
    return (above + below) / 2;
  }

  /** The gap in which a cut leaves k clusters. */
  gap(k: number): number {
    return k < 2 || k >= this.n ? 0 : this.#tops[k - 2] - this.#tops[k - 1];
  }

  /** The next number of clusters that can be had: merges of one height cannot be cut apart. */
  nextK(k: number, step: 1 | -1): number {
    let next = k + step;
    while (next > 1 && next < this.n && this.gap(next) <= 0) next += step;
    return Math.max(1, Math.min(this.mostK, next));
  }

  /** Merges at height 0 are rows that are equal. */
  get mostK(): number {
    return this.kAt(0);
  }

  /** The cluster of each leaf when there are k. */
  labels(k: number): Int32Array {
    // All apart they are numbered as they stand, which is what a number of clusters means to the package.
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
  /** What it means, for someone who does not know. */
  meaning: string;
}

/** Numbers of clusters that the tree itself speaks for. */
export function suggest(tree: Tree, most = 30): Suggestion[] {
  const found: Suggestion[] = [];
  let best = 0;
  for (let k = 2; k <= Math.min(most, tree.n - 1); k++) if (tree.gap(k) > tree.gap(best)) best = k;
  if (best > 0 && tree.gap(best) > 0) {
    found.push({
      k: best,
      name: 'largest gap',
      meaning: 'Between these two merges lies the longest stretch of height without any: the clearest cut.',
    });
  }
  if (tree.n >= 5) {
    const { k } = elbow(tree.Z, { last: Math.min(12, tree.n - 1) });
    if (k > 1 && k < tree.n && tree.gap(k) > 0) {
      found.push({
        k,
        name: 'elbow',
        meaning: 'From here on merges become costly fastest: where the curve of heights bends most.',
      });
    }
  }
  return found;
}
