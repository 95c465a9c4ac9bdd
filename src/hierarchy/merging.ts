/**
 * From condensed distances in linear memory to a linkage matrix: picks the algorithm, runs it in tiles,
 * brings its merges into SciPy's order and numbering.
 */

import type { Element } from '../distance/space.ts';
import { rangeError } from '../errors.ts';
import { END, type Engine, type TileCall } from '../runtime/engine.ts';
import type { Layout } from '../runtime/layout.ts';
import { NOT_FINITE } from '../runtime/status.ts';
import type { Z } from '../types.ts';
import { EUCLIDEAN_METHODS, METHODS, type Method } from './methods.ts';

/** Where a linkage keeps its things in linear memory. */
export interface MergingPlace {
  scratch: number;
  merges: number;
}

type Algorithm = 'SpanningTree' | 'NnChain' | 'Generic';

function algorithmOf(method: Method): Algorithm {
  if (method === 'single') return 'SpanningTree';
  return method === 'centroid' || method === 'median' ? 'Generic' : 'NnChain';
}

/** Bytes of scratch of any of the algorithms for n rows; the kernels export the exact figures. */
function scratchBytes(n: number): number {
  return 64 + Math.ceil((n * 4) / 16) * 16 * 5 + n * 16;
}

/** Add room for the merges of n rows. */
export function placeMerging(layout: Layout, n: number): MergingPlace {
  return { scratch: layout.add(scratchBytes(n)), merges: layout.add((n - 1) * 32) };
}

export interface MergingOptions {
  method: Method;
  element: Element;
  n: number;
  /** Address of the condensed distances; overwritten. */
  distances: number;
  /** Whether they are squared already; centroid, median and ward work on squares. */
  squared: boolean;
  signal: AbortSignal | undefined;
  onMerged(done: number): void;
}

/**
 * Merge n rows into one cluster.
 * @returns SciPy's Z
 * @throws RangeError where a distance is not finite
 */
export async function mergeCondensed(
  engine: Engine,
  place: MergingPlace,
  options: MergingOptions,
): Promise<Z> {
  const { method, element, n, distances, signal } = options;
  const { kernels } = engine;
  const suffix = element === 'f4' ? 'F32' : 'F64';
  const size = (n * (n - 1)) / 2;
  const bad = kernels[`findNonFinite${suffix}`](distances, 0, size) >>> 0;
  if (bad < size) {
    const [i, j] = pairOf(bad, n);
    const value = engine.floats(element, distances, size)[bad];
    throw rangeError(
      `the distance between rows ${i} and ${j} is ${value}; linkage needs finite distances` +
        (element === 'f4' ? ' (float32 ends at 3.4e38, squares included; float64 input goes further)' : ''),
    );
  }
  const squares = EUCLIDEAN_METHODS.includes(method);
  if (squares && !options.squared) kernels[`squareInPlace${suffix}`](distances, 0, size);

  const algorithm = algorithmOf(method);
  const code = METHODS.indexOf(method);
  if (algorithm === 'Generic') kernels[`linkageGenericInit${suffix}`](distances, n, place.scratch);
  else kernels[`linkage${algorithm}Init`](n, place.scratch);
  const call: TileCall = {
    kernel: `linkage${algorithm}${suffix}`,
    args: [distances, n, ...(algorithm === 'SpanningTree' ? [] : [code]), END, place.scratch, place.merges],
  };
  const status = await engine.tiles(call, 0, n - 1, { signal, grain: 1, onDone: options.onMerged });
  if (status === NOT_FINITE) {
    throw rangeError(
      `a distance between merged clusters is beyond ${element === 'f4' ? 'float32' : 'float64'}; scale the data down`,
    );
  }
  const merges = engine.f64(place.merges, (n - 1) * 4).slice();
  if (squares) {
    for (let k = 2; k < merges.length; k += 4) merges[k] = Math.sqrt(Math.max(0, merges[k]));
  }
  return algorithm === 'Generic' ? merges : label(merges, n);
}

/** The rows of an element of a condensed matrix. */
export function pairOf(index: number, n: number): [number, number] {
  let i = 0;
  let left = index;
  while (left >= n - 1 - i) {
    left -= n - 1 - i;
    i++;
  }
  return [i, i + 1 + left];
}

/**
 * Sort merges by height, keeping the order of equal ones, and number clusters as SciPy does: the k-th
 * merge makes cluster n + k, and the lower number stands first.
 *
 * @param merges (n-1) x 4: any row of either side, height, anything
 */
export function label(merges: Float64Array, n: number): Z {
  const count = n - 1;
  const order = new Uint32Array(count);
  for (let k = 0; k < count; k++) order[k] = k;
  order.sort((a, b) => merges[4 * a + 2] - merges[4 * b + 2] || a - b);
  const Z = new Float64Array(4 * count);
  // Union-find with path halving: the root of a row is the cluster it is in now.
  const parent = new Uint32Array(2 * n - 1);
  for (let i = 0; i < parent.length; i++) parent[i] = i;
  const size = new Uint32Array(2 * n - 1).fill(1, 0, n);
  const find = (row: number): number => {
    let i = row;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  for (let k = 0; k < count; k++) {
    const from = 4 * order[k];
    const a = find(merges[from]);
    const b = find(merges[from + 1]);
    const c = n + k;
    parent[a] = c;
    parent[b] = c;
    size[c] = size[a] + size[b];
    Z[4 * k] = Math.min(a, b);
    Z[4 * k + 1] = Math.max(a, b);
    Z[4 * k + 2] = merges[from + 2];
    Z[4 * k + 3] = size[c];
  }
  return Z;
}
