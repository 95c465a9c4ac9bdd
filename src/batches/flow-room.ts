/** How much memory Markov clustering of sequences takes at most, and what fits. */

/** What decides how much memory Markov clustering takes. */
export interface FlowSize {
  edges: number;
  /** Sequences with edges. */
  nodes: number;
  /** The most sequences that are connected. */
  largest: number;
}

/** Least share of a column's flow that an element has, unless the caller gives another. */
export const PRUNING = 1e-3;

/** Upper bound of the memory that merging needs for these edges: the pairs, their graph, and the flow as mcl plans it. */
export function roomFor({ edges, nodes, largest }: FlowSize, pruning: number, threads: number): number {
  const entries = pruning > 0 ? Math.min(largest, Math.floor(1 / pruning) + 2) : largest;
  const column = 12 * entries + 64;
  const block = Math.max(2 ** 16, column);
  // In the first matrix a column has an element for each neighbour, however few the others have.
  const columns = Math.ceil((largest * column + 24 * edges) / Math.max(block - column, block / 2));
  const flow = 2 * (columns + threads) * block;
  return Math.max(48 * edges, 32 * edges + 128 * nodes + 40 * largest * threads + 2 ** 20 + flow);
}

/**
 * The least pruning with which this certainly fits; undefined if 0.005 is not enough. More would leave nothing of large families,
 * whose sequences have less flow from each of their many neighbours.
 */
export function pruningThatFits(size: FlowSize, room: number, threads: number): number | undefined {
  for (let pruning = 11; pruning <= 50; pruning++) {
    if (roomFor(size, pruning / 10_000, threads) <= room) return pruning / 10_000;
  }
  return undefined;
}
