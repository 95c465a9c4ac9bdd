import { BEGIN, END, type Engine, type TileCall } from '../runtime/engine.ts';
import type { RunState } from '../runtime/run.ts';
import { inSteps } from '../runtime/steps.ts';
import type { Graph } from './graph.ts';
import type { GraphPlace } from './mcl.ts';

/** The connected components of a graph, without nodes that have no neighbours. */
export interface Components {
  /** The graph's nodes, component after component in the order of their first nodes, ascending within each. */
  nodes: Uint32Array;
  /** For each of `nodes`: the place in it where its component begins. */
  firsts: Uint32Array;
  /** Places in `nodes` of components that have to be clustered. */
  active: Uint32Array;
  /** Nodes of the largest of those. */
  largest: number;
  /** The most neighbours that a node of those has. */
  mostNeighbours: number;
  /** Calls `give` with the nodes of each of the others, in which all are neighbours of all: one cluster each. */
  forCliques(give: (nodes: Uint32Array) => void, signal: AbortSignal | undefined): Promise<void>;
}

/** Find the components of the graph at `place`. */
export async function findComponents(
  engine: Engine,
  place: GraphPlace,
  { n, offsets, weights }: Graph,
  run: RunState,
): Promise<Components> {
  const { signal } = run;
  engine.u32(place.labels, n).fill(0xffffffff);
  const call: TileCall = {
    kernel: 'labelComponents',
    args: [place.offsets, place.neighbours, BEGIN, END, place.labels, place.queue],
    sequential: true,
  };
  await engine.tiles(call, 0, n, { signal, grain: 64 });
  const labels = engine.u32(place.labels, n);
  // A label is the lowest node of its component: count there, then hand out places.
  const next = new Uint32Array(n);
  let total = 0;
  await inSteps(n, 2 ** 16, signal, (begin, end) => {
    for (let i = begin; i < end; i++) if (offsets[i + 1] > offsets[i]) next[labels[i]]++;
  });
  await inSteps(n, 2 ** 16, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const count = next[i];
      next[i] = total;
      total += count;
    }
  });
  const nodes = new Uint32Array(total);
  const firsts = new Uint32Array(total);
  // A component's own place is taken first by its lowest node, and nodes come in ascending order.
  await inSteps(n, 2 ** 16, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      if (offsets[i + 1] === offsets[i]) continue;
      const at = next[labels[i]]++;
      nodes[at] = i;
      firsts[at] = labels[i] === i ? at : firsts[at - 1];
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
    nodes,
    firsts,
    active: active.slice(0, count),
    largest,
    mostNeighbours,
    forCliques: (give, stop) =>
      inSteps(cliques.length / 2, 4096, stop, (begin, end) => {
        for (let c = begin; c < end; c++) give(nodes.subarray(cliques[2 * c], cliques[2 * c + 1]));
      }),
  };
}
