/**
 * Markov clustering with dense float64 matrices over the whole graph, step by step as the Python package
 * markov_clustering does it.
 */
import type { Graph } from '../../src/graph/graph.ts';

type Square = Float64Array[];

function multiply(a: Square, b: Square): Square {
  const n = a.length;
  return a.map((row) => {
    const out = new Float64Array(n);
    for (let k = 0; k < n; k++) if (row[k] !== 0) for (let j = 0; j < n; j++) out[j] += row[k] * b[k][j];
    return out;
  });
}

function normalise(m: Square): void {
  const n = m.length;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += m[i][j];
    for (let i = 0; i < n; i++) m[i][j] /= sum;
  }
}

/** An element at rest may still change by so much. Above any pruning that matters this is the package's zero. */
const NOTHING = 1e-8;

/** Clusters as sorted lists of nodes, sorted; nodes without neighbours are in none. */
export function denseMcl(
  { n, offsets, neighbours, weights }: Graph,
  { expansion = 2, inflation = 1.2, maxIterations = 100, pruning = 1e-3 } = {},
): number[][] {
  let m: Square = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) m[neighbours[k]][i] = weights?.[k] ?? 1;
    m[i][i] = 1;
  }
  normalise(m);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const last = m;
    for (let e = 1; e < expansion; e++) m = multiply(e === 1 ? last : m, last);
    for (const row of m) for (let j = 0; j < n; j++) row[j] **= inflation;
    normalise(m);
    for (let j = 0; j < n; j++) {
      let largest = 0;
      for (let i = 1; i < n; i++) if (m[i][j] > m[largest][j]) largest = i;
      for (let i = 0; i < n; i++) if (m[i][j] < pruning && i !== largest) m[i][j] = 0;
    }
    let moved = false;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (Math.abs(m[i][j] - last[i][j]) - 1e-5 * Math.abs(last[i][j]) > 1e-8) moved = true;
      }
    }
    if (!moved) break;
  }
  const sets = new Map<string, number[]>();
  for (let i = 0; i < n; i++) {
    if (m[i][i] <= NOTHING || offsets[i] === offsets[i + 1]) continue;
    const members: number[] = [];
    for (let j = 0; j < n; j++) if (m[i][j] > NOTHING) members.push(j);
    sets.set(members.join(), members);
  }
  return sortSets([...sets.values()]);
}

export function sortSets(sets: readonly (readonly number[])[]): number[][] {
  const compare = (a: readonly number[], b: readonly number[]) => {
    for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
    return a.length - b.length;
  };
  return sets.map((set) => [...set].sort((a, b) => a - b)).sort(compare);
}
