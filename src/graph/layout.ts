/** A graph in linear memory. */
import { rangeError } from '../errors.ts';
import { BEGIN, END, type Engine, type TileCall } from '../runtime/engine.ts';
import { BAD_GRAPH } from '../runtime/kernels/constants.ts';
import type { Layout } from '../runtime/memory/layout.ts';
import type { RunState } from '../runtime/run.ts';
import type { Graph } from './graph.ts';

/** Addresses of the graph and of arrays over its nodes. Elements are u32 unless stated otherwise. */
export interface GraphLayout {
  offsets: number;
  neighbours: number;
  /** f64; address 0 if there are no weights. */
  weights: number;
  /** u8. */
  seen: number;
  order: number;
  count: number;
  bad: number;
}

export function layOutGraph(layout: Layout, { n, neighbours, weights }: Graph): GraphLayout {
  return {
    offsets: layout.add(4 * (n + 1)),
    neighbours: layout.add(4 * neighbours.length),
    weights: weights ? layout.add(8 * neighbours.length) : 0,
    seen: layout.add(n),
    order: layout.add(4 * n),
    count: layout.add(4),
    bad: layout.add(4),
  };
}

/** Copy the graph to linear memory, and check all of it. */
export async function writeGraph(
  engine: Engine,
  layout: GraphLayout,
  graph: Graph,
  run: RunState,
): Promise<void> {
  const { n, offsets, neighbours, weights } = graph;
  engine.u32(layout.offsets, n + 1).set(offsets);
  engine.u32(layout.neighbours, neighbours.length).set(neighbours);
  if (weights) {
    const bad = weights.findIndex((w) => !(w > 0 && w < Infinity));
    if (bad >= 0)
      throw rangeError(`graph.weights must be positive and finite, got ${weights[bad]} at ${bad}`);
    engine.f64(layout.weights, weights.length).set(weights);
  }
  const check: TileCall = {
    kernel: 'checkNeighbours',
    args: [n, layout.offsets, layout.neighbours, BEGIN, END, layout.bad],
  };
  const status = await engine.tiles(check, 0, n, { signal: run.signal, grain: 64 });
  if (status === BAD_GRAPH) {
    const node = engine.u32(layout.bad, 1)[0];
    const list = describeList(neighbours.subarray(offsets[node], offsets[node + 1]));
    throw rangeError(
      `graph: the neighbours of node ${node} must ascend, be nodes from 0 to ${n - 1} other than it, and have it for a neighbour too; got ${list}`,
    );
  }
}

function describeList(list: Uint32Array): string {
  return `[${list.subarray(0, 10).join(', ')}${list.length > 10 ? ', ...' : ''}]`;
}
