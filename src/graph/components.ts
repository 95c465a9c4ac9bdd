import { BEGIN, END, type Engine, type TileCall } from '../runtime/engine.ts';
import { FIRST } from '../runtime/kernels/constants.ts';
import type { RunState } from '../runtime/run.ts';
import { inSteps } from '../support/scheduling.ts';
import type { Graph } from './graph.ts';
import type { GraphLayout } from './layout.ts';

/** The connected components of a graph, without nodes that have no neighbours. */
export interface Components {
  /** The nodes, component by component, each in breadth-first order from its lowest node. */
  nodes: Uint32Array;
  /** For each of `nodes`: the position in `nodes` where its component begins. */
  firsts: Uint32Array;
  /** Positions in `nodes` of the components that must be clustered. */
  active: Uint32Array;
  /** Number of nodes of the largest of these components. */
  largest: number;
  /** Largest number of neighbours of a node in these components. */
  mostNeighbours: number;
  /** Call `give` with the nodes of each other component. There all nodes are neighbours of each other: it is one cluster. */
  forCliques(give: (nodes: Uint32Array) => void, signal: AbortSignal | undefined): Promise<void>;
}

/** Find the components of the graph at `layout`. */
export async function findComponents(
  engine: Engine,
  layout: GraphLayout,
  { n, offsets, weights }: Graph,
  run: RunState,
): Promise<Components> {
  const { signal } = run;
  engine.bytes(layout.seen, n).fill(0);
  engine.u32(layout.count, 1)[0] = 0;
  const call: TileCall = {
    kernel: 'orderComponents',
    args: [layout.offsets, layout.neighbours, BEGIN, END, layout.seen, layout.order, layout.count],
    sequential: true,
  };
  await engine.tiles(call, 0, n, { signal, grain: 64 });
  const order = engine.u32(layout.order, n);
  const nodes = new Uint32Array(n);
  const firsts = new Uint32Array(n);
  const seen = engine.bytes(layout.seen, n);
  let total = 0;
  await inSteps(n, 2 ** 16, signal, (begin, end) => {
    for (let at = begin; at < end; at++) {
      const node = order[at];
      if (offsets[node + 1] === offsets[node]) continue;
      firsts[total] = seen[node] === FIRST ? total : firsts[total - 1];
      nodes[total++] = node;
    }
  });
  const active = new Uint32Array(total);
  const cliques: number[] = [];
  let count = 0;
  let largest = 0;
  let mostNeighbours = 0;
  let first = 0;
  let ends = 0;
  await inSteps(total, 2 ** 16, signal, (begin, end) => {
    for (let at = begin; at < end; at++) {
      ends += offsets[nodes[at] + 1] - offsets[nodes[at]];
      if (at + 1 < total && firsts[at + 1] === first) continue;
      const size = at + 1 - first;
      if (!weights && ends === size * (size - 1)) {
        cliques.push(first, at + 1);
      } else {
        largest = Math.max(largest, size);
        for (let i = first; i <= at; i++) {
          active[count++] = i;
          mostNeighbours = Math.max(mostNeighbours, offsets[nodes[i] + 1] - offsets[nodes[i]]);
        }
      }
      first = at + 1;
      ends = 0;
    }
  });
  return {
    nodes: nodes.subarray(0, total),
    firsts: firsts.subarray(0, total),
    active: active.slice(0, count),
    largest,
    mostNeighbours,
    forCliques: (give, stop) =>
      inSteps(cliques.length / 2, 4096, stop, (begin, end) => {
        for (let c = begin; c < end; c++) give(nodes.subarray(cliques[2 * c], cliques[2 * c + 1]));
      }),
  };
}
