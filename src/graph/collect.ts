import { allocate } from '../support/allocate.ts';

/** Columns of a Markov matrix in linear memory; assembly/graph/markov.ts shows the layout. */
interface ColumnView {
  /** Address and number of entries of each column. */
  addresses: Uint32Array;
  lengths: Uint32Array;
  memory: ArrayBufferLike;
}

/** Smaller elements count as zero: an element of a converged matrix may still change by this much. */
const NOTHING = 1e-8;

/** Collects clusters as they are found, and numbers them at the end. */
export class ClusterCollector {
  readonly #clusters: Uint32Array[] = [];
  /** The cluster that labels each node: its position in `clusters`, from 1. */
  readonly #chosen: Uint32Array;

  constructor(n: number) {
    this.#chosen = allocate(Uint32Array, n);
  }

  /** Add a cluster whose nodes are in no other cluster. */
  add(nodes: Uint32Array): void {
    const label = this.#clusters.push(nodes.slice().sort());
    for (const node of nodes) this.#chosen[node] = label;
  }

  /**
   * Add the clusters of a converged component. A node whose flow returns to it is an attractor; its cluster are all nodes
   * with flow to it. `nodes` are the component's nodes, `first` is its first column.
   */
  addFlow(nodes: Uint32Array, first: number, { addresses, lengths, memory }: ColumnView): void {
    const size = nodes.length;
    // One view of each type serves all columns, since their addresses are multiples of 8.
    const rows = new Uint32Array(memory);
    const values = new Float64Array(memory, 0, Math.floor(memory.byteLength / 8));
    const members: (number[] | undefined)[] = new Array(size);
    /** Call `see` with each element of column j that does not count as zero. */
    const look = (j: number, see: (row: number, value: number) => void) => {
      const length = lengths[first + j];
      const rowsAt = addresses[first + j] / 4;
      const valuesAt = rowsAt / 2 + Math.ceil(length / 2);
      for (let k = 0; k < length; k++) {
        if (values[valuesAt + k] > NOTHING) see(rows[rowsAt + k], values[valuesAt + k]);
      }
    };
    for (let j = 0; j < size; j++) {
      look(j, (row) => {
        if (row === j) members[j] = [];
      });
    }
    /** For each node, the attractor with the most of its flow. */
    const strongest = new Int32Array(size).fill(-1);
    for (let j = 0; j < size; j++) {
      let most = 0;
      look(j, (row, value) => {
        const list = members[row];
        if (!list) return;
        list.push(nodes[j]);
        if (value <= most) return;
        most = value;
        strongest[j] = row;
      });
    }
    // Attractors of the same nodes belong to one cluster.
    const labels = new Uint32Array(size);
    const known = new Map<string, number[]>();
    for (let i = 0; i < size; i++) {
      const list = members[i]?.sort((a, b) => a - b);
      if (!list) continue;
      const key = `${list.length} ${list[0]} ${list[list.length - 1]}`;
      const alike = known.get(key) ?? [];
      const same = alike.find((label) => isSame(this.#clusters[label - 1], list));
      labels[i] = same ?? this.#clusters.push(Uint32Array.from(list));
      if (same === undefined) known.set(key, [...alike, labels[i]]);
    }
    for (let j = 0; j < size; j++) if (strongest[j] >= 0) this.#chosen[nodes[j]] = labels[strongest[j]];
  }

  /** All clusters, numbered from 1 by their first nodes; if these are equal, by the next ones. */
  finish(): { labels: Int32Array; clusters: Uint32Array[] } {
    const clusters = this.#clusters;
    const chosen = this.#chosen;
    const order = clusters.map((_, c) => c).sort((a, b) => compare(clusters[a], clusters[b]));
    const rank = allocate(Int32Array, clusters.length + 1);
    order.forEach((c, i) => {
      rank[c + 1] = i + 1;
    });
    return { labels: Int32Array.from(chosen, (c) => rank[c]), clusters: order.map((c) => clusters[c]) };
  }
}

function isSame(a: Uint32Array, b: readonly number[]): boolean {
  return a.length === b.length && b.every((x, i) => a[i] === x);
}

function compare(a: Uint32Array, b: Uint32Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
