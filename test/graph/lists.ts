import type { Graph } from '../../src/graph/graph.ts';

/** The neighbours of each node as lists. */
export function listsOf({ n, offsets, neighbours }: Graph): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from(neighbours.subarray(offsets[i], offsets[i + 1])));
}
