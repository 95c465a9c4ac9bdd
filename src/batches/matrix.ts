/** Counts the rows of each cluster in each batch. */
import { MemoryLimitError, rangeError } from '../errors.ts';
import type { Matrix } from '../types.ts';

/** Number of rows by batch and cluster, as a sparse matrix. */
export class ClusterMatrix {
  /** Names of the batches, one per row. */
  readonly names: readonly string[];
  /** Number of clusters, one per column: cluster c is column c - 1. */
  readonly clusters: number;
  /** The entries of row i are those from rowStarts[i] up to, not including, rowStarts[i + 1]. */
  readonly rowStarts: Uint32Array;
  /** The cluster of each entry, ascending within a row. */
  readonly labels: Int32Array;
  /** The number of rows of each entry. */
  readonly counts: Uint32Array;

  constructor(parts: Pick<ClusterMatrix, 'names' | 'clusters' | 'rowStarts' | 'labels' | 'counts'>) {
    this.names = parts.names;
    this.clusters = parts.clusters;
    this.rowStarts = parts.rowStarts;
    this.labels = parts.labels;
    this.counts = parts.counts;
  }

  /** The number of rows of a batch in a cluster. @throws RangeError if there is no such batch */
  count(name: string, cluster: number): number {
    const i = this.names.indexOf(name);
    if (i < 0) throw rangeError(`there is no batch ${JSON.stringify(name)}`);
    for (let e = this.rowStarts[i]; e < this.rowStarts[i + 1]; e++) {
      if (this.labels[e] === cluster) return this.counts[e];
    }
    return 0;
  }

  /** The dense matrix, names x clusters. */
  dense(): Matrix {
    const { names, clusters } = this;
    const data = new Float64Array(names.length * clusters);
    for (let i = 0; i < names.length; i++) {
      for (let e = this.rowStarts[i]; e < this.rowStarts[i + 1]; e++) {
        data[i * clusters + this.labels[e] - 1] = this.counts[e];
      }
    }
    return { data, rows: names.length, cols: clusters };
  }
}

/** Collects counts for a ClusterMatrix. */
export class ClusterCounts {
  /** Triples of batch, cluster and count. */
  #entries = new Int32Array(3 << 10);
  #length = 0;
  #clusters = 0;

  constructor(
    readonly names: readonly string[],
    readonly limit: number,
  ) {}

  /** Count the rows of a precluster, given the batch and the cluster of each. */
  add(batches: Uint32Array, labels: Int32Array): void {
    const counts = new Map<number, number>();
    const width = this.names.length;
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === 0) continue;
      if (labels[i] > this.#clusters) this.#clusters = labels[i];
      const key = labels[i] * width + batches[i];
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, count] of counts) {
      if (this.#length === this.#entries.length) this.#grow();
      this.#entries[this.#length++] = key % width;
      this.#entries[this.#length++] = Math.floor(key / width);
      this.#entries[this.#length++] = count;
    }
  }

  #grow(): void {
    const bytes = 3 * this.#entries.byteLength;
    if (bytes > this.limit) {
      const what = `counting clusters in batches, ${this.#length / 3} entries,`;
      throw new MemoryLimitError(what, bytes, this.limit, 'leave the option counts out');
    }
    const larger = new Int32Array(2 * this.#entries.length);
    larger.set(this.#entries);
    this.#entries = larger;
  }

  finish(): ClusterMatrix {
    const entries = this.#entries;
    const order = Uint32Array.from({ length: this.#length / 3 }, (_, i) => 3 * i);
    order.sort((a, b) => entries[a] - entries[b] || entries[a + 1] - entries[b + 1]);
    const { names } = this;
    const rowStarts = new Uint32Array(names.length + 1);
    const labels = new Int32Array(order.length);
    const counts = new Uint32Array(order.length);
    let n = 0;
    let last = -1;
    for (const at of order) {
      // A cluster in several preclusters was counted in each of them.
      if (last >= 0 && entries[last] === entries[at] && entries[last + 1] === entries[at + 1]) {
        counts[n - 1] += entries[at + 2];
        continue;
      }
      labels[n] = entries[at + 1];
      counts[n++] = entries[at + 2];
      rowStarts[entries[at] + 1] = n;
      last = at;
    }
    for (let i = 0; i < names.length; i++) rowStarts[i + 1] = Math.max(rowStarts[i + 1], rowStarts[i]);
    return new ClusterMatrix({
      ...{ names, clusters: this.#clusters, rowStarts },
      labels: labels.slice(0, n),
      counts: counts.slice(0, n),
    });
  }
}
