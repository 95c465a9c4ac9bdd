import { rangeError } from '../errors.ts';
import { allocate, guard } from '../support/allocate.ts';
import { checkNumber, checkWhole, wrongType, wrongValue } from '../support/checks.ts';
import { describe } from '../support/text/describe.ts';

/**
 * An undirected graph. Each edge is listed at both of its ends. The neighbours of node i are
 * `neighbours[offsets[i]]` to `neighbours[offsets[i + 1] - 1]`, ascending, without i itself.
 */
export interface Graph {
  /** Number of nodes. */
  n: number;
  /** n + 1 positions in `neighbours`. */
  offsets: Uint32Array;
  neighbours: Uint32Array;
  /** A positive weight for each of `neighbours`. Default: 1. */
  weights?: Float32Array | Float64Array;
}

/**
 * A graph of n nodes from a list of its edges. Each edge is given once.
 *
 * @param edges pairs of nodes from 0 to n - 1: an array of [i, j] or [i, j, weight], or flat indices i, j, i, j, ...
 * @throws TypeError for other types; RangeError for nodes that do not exist, an edge from a node to itself or given twice,
 *   a weight that is not positive and finite, or weights on only some of the edges
 */
export function createGraph(n: number, edges: readonly (readonly number[])[] | Uint32Array): Graph {
  checkNumber(
    n,
    'n',
    'a whole number from 0 below 2^32',
    (x) => Number.isSafeInteger(x) && x >= 0 && x < 2 ** 32,
  );
  const flat = ArrayBuffer.isView(edges);
  if (!flat && !Array.isArray(edges)) {
    throw wrongType('edges', 'an array of pairs or a Uint32Array', edges);
  }
  if (flat && edges.length % 2 !== 0) {
    throw wrongValue('edges', 'pairs of numbers', edges);
  }
  const count = flat ? edges.length / 2 : edges.length;
  const weighted = !flat && count > 0 && (edges as readonly (readonly number[])[])[0].length > 2;
  const sources = allocate(Uint32Array, 2 * count);
  const targets = allocate(Uint32Array, 2 * count);
  const values = allocate(Float64Array, weighted ? 2 * count : 0);
  for (let e = 0; e < count; e++) {
    const edge = flat ? undefined : (edges as readonly (readonly number[])[])[e];
    const i = edge ? edge[0] : (edges as Uint32Array)[2 * e];
    const j = edge ? edge[1] : (edges as Uint32Array)[2 * e + 1];
    for (const node of [i, j]) {
      if (!Number.isInteger(node) || node < 0 || node >= n) {
        throw rangeError(`edge ${e} has node ${describe(node)}; nodes are whole numbers from 0 to ${n - 1}`);
      }
    }
    if (i === j) throw rangeError(`edge ${e} goes from node ${i} to itself`);
    const w = edge?.[2];
    if ((w !== undefined) !== weighted) {
      throw rangeError(
        `edge ${e} has ${weighted ? 'no' : 'a'} weight, but edge 0 has ${weighted ? 'one' : 'none'}; give all edges a weight or none`,
      );
    }
    if (w !== undefined && !(w > 0 && w < Infinity)) {
      throw rangeError(`edge ${e} has weight ${describe(w)}; weights must be positive and finite`);
    }
    sources[2 * e] = targets[2 * e + 1] = i;
    sources[2 * e + 1] = targets[2 * e] = j;
    if (weighted) values[2 * e] = values[2 * e + 1] = w as number;
  }
  const order = sortPairs(n, sources, targets);
  const offsets = allocate(Uint32Array, n + 1);
  for (const i of sources) offsets[i + 1]++;
  for (let i = 0; i < n; i++) offsets[i + 1] += offsets[i];
  const neighbours = guard(() => Uint32Array.from(order, (k) => targets[k]));
  for (let k = 1; k < order.length; k++) {
    if (neighbours[k] === neighbours[k - 1] && sources[order[k]] === sources[order[k - 1]]) {
      throw rangeError(`the edge between nodes ${sources[order[k]]} and ${neighbours[k]} is given twice`);
    }
  }
  if (!weighted) return { n, offsets, neighbours };
  return { n, offsets, neighbours, weights: guard(() => Float64Array.from(order, (k) => values[k])) };
}

/** The order of the pairs by source, then by target: two stable counting sorts. */
function sortPairs(n: number, sources: Uint32Array, targets: Uint32Array): Uint32Array {
  let order = guard(() => Uint32Array.from(sources, (_, k) => k));
  for (const keys of [targets, sources]) {
    const at = allocate(Uint32Array, n + 1);
    for (const key of keys) at[key + 1]++;
    for (let i = 0; i < n; i++) at[i + 1] += at[i];
    const sorted = allocate(Uint32Array, order.length);
    for (const k of order) sorted[at[keys[k]]++] = k;
    order = sorted;
  }
  return order;
}

/**
 * Run the checks that do not read every neighbour; kernels check those.
 * @throws TypeError or RangeError
 */
export function checkGraph(graph: Graph): void {
  if (typeof graph !== 'object' || graph === null) {
    throw wrongType('graph', '{n, offsets, neighbours}', graph);
  }
  const { n, offsets, neighbours, weights } = graph;
  checkWhole(n, 'graph.n', 0);
  for (const [name, array] of [
    ['offsets', offsets],
    ['neighbours', neighbours],
  ] as const) {
    if (!(array instanceof Uint32Array)) {
      throw wrongType(`graph.${name}`, 'a Uint32Array', array);
    }
  }
  if (weights !== undefined && !(weights instanceof Float64Array) && !(weights instanceof Float32Array)) {
    throw wrongType('graph.weights', 'a Float32Array or a Float64Array', weights);
  }
  if (offsets.length !== n + 1) {
    throw rangeError(`graph.offsets must have n + 1 = ${n + 1} elements, got ${offsets.length}`);
  }
  if (offsets[0] !== 0 || offsets[n] !== neighbours.length) {
    throw rangeError(
      `graph.offsets must go from 0 to the number of neighbours, ${neighbours.length}; got ${offsets[0]} to ${offsets[n]}`,
    );
  }
  if (weights !== undefined && weights.length !== neighbours.length) {
    throw rangeError(
      `graph.weights must have ${neighbours.length} elements, as neighbours, got ${weights.length}`,
    );
  }
}
