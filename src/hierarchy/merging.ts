/**
 * From condensed distances in linear memory to a linkage matrix: picks the algorithm, runs it in tiles,
 * brings its merges into SciPy's order and numbering.
 */

import { BYTES, type Element, SUFFIX } from '../distance/space.ts';
import { rangeError } from '../errors.ts';
import { orderOf } from '../order.ts';
import { type Argument, BEGIN, END, type Engine, TEAM, THREAD, type TileCall } from '../runtime/engine.ts';
import type { Layout } from '../runtime/layout.ts';
import { NOT_FINITE, OK, SQUEEZE } from '../runtime/status.ts';
import { finish, ROUND, type Steps } from '../runtime/steps.ts';
import { DONE_PTR, STOP_PTR } from '../runtime/worker.ts';
import type { Z } from '../types.ts';
import { EUCLIDEAN_METHODS, METHODS, type Method } from './methods.ts';
import { spanningScratchBytes } from './spanning.ts';

/** Where a linkage keeps its things in linear memory. */
export interface MergingPlace {
  scratch: number;
  merges: number;
  /** The full square of distances and its own scratch, where there is room for speed. */
  square: { rows: number; scratch: number } | undefined;
}

type Algorithm = 'SpanningTree' | 'NnChain' | 'Generic';

function algorithmOf(method: Method): Algorithm {
  if (method === 'single') return 'SpanningTree';
  return method === 'centroid' || method === 'median' ? 'Generic' : 'NnChain';
}

/** Rows from which the square pays for its making. */
const SQUARE_ROWS = 1000;

/** Rows from which several threads in lock-step are faster than one. */
const GANG_ROWS = 4000;

/** Bytes of scratch of an algorithm on condensed distances; the kernels export the exact figures. */
function scratchBytes(algorithm: Algorithm, n: number, element: Element): number {
  if (algorithm === 'SpanningTree') return spanningScratchBytes(n, element);
  return 64 + Math.ceil((n * 4) / 16) * 16 * 5 + n * 16;
}

/** Elements of a row of the square; linkageSquareStride in the kernels. */
export function squareStride(n: number): number {
  const settled = Math.ceil(n / 16) * 16;
  return Math.ceil((settled + Math.max(n >>> 3, 64)) / 16) * 16;
}

/** Bytes of the scratch of the square; linkageSquareScratchBytes in the kernels. */
export function squareScratchBytes(n: number, width: number, threads: number): number {
  const state = 16 + Math.ceil((n * 4) / 64) * 64;
  return 128 + 64 * 64 + 256 + squareStride(n) * (16 + 2 * width) + state * threads;
}

/** Whether a method has a faster way over the full square of distances, of this many rows. */
export function hasSquare(method: Method, n: number): boolean {
  return algorithmOf(method) === 'NnChain' && n >= SQUARE_ROWS;
}

/** What has to be known to lay a linkage out. */
export interface MergingShape {
  method: Method;
  n: number;
  element: Element;
  /** With the full square of distances, twice the condensed ones and a quarter, for so many threads. */
  square: number | undefined;
}

/** Add room for the merges of n rows. */
export function placeMerging(layout: Layout, { method, n, element, square }: MergingShape): MergingPlace {
  const scratch = layout.add(scratchBytes(algorithmOf(method), n, element));
  const merges = layout.add((n - 1) * 32);
  if (square === undefined) return { scratch, merges, square };
  const width = BYTES[element];
  const rows = layout.add(n * squareStride(n) * width);
  return { scratch, merges, square: { rows, scratch: layout.add(squareScratchBytes(n, width, square)) } };
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
  const suffix = SUFFIX[element];
  const size = (n * (n - 1)) / 2;
  const squares = EUCLIDEAN_METHODS.includes(method);
  if (squares && !options.squared) {
    const call = { kernel: `squareInPlace${suffix}`, args: [distances, BEGIN, END] as Argument[] };
    await engine.tiles(call, 0, size, { signal, grain: 1024 });
  }
  const check = { kernel: `checkFinite${suffix}`, args: [distances, BEGIN, END] as Argument[] };
  if ((await engine.tiles(check, 0, size, { signal, grain: 1024 })) !== OK) {
    const bad = engine.kernels[`findNonFinite${suffix}`](distances, 0, size) >>> 0;
    throw notFinite(pairOf(bad, n), engine.floats(element, distances, size)[bad], element, squares);
  }

  const algorithm = algorithmOf(method);
  const status = place.square
    ? await runSquare(engine, place, place.square, options)
    : await runCondensed(engine, place, algorithm, options);
  if (status === NOT_FINITE) {
    throw rangeError(
      `a distance between merged clusters is beyond ${element === 'f4' ? 'float32' : 'float64'}; scale the data down`,
    );
  }
  const merges = engine.f64(place.merges, (n - 1) * 4).slice();
  if (squares) {
    for (let k = 2; k < merges.length; k += 4) merges[k] = Math.sqrt(Math.max(0, merges[k]));
  }
  if (algorithm === 'Generic') return merges;
  return engine.drive(labelSteps(merges, n), signal);
}

async function runCondensed(
  engine: Engine,
  place: MergingPlace,
  algorithm: Algorithm,
  { method, element, n, distances, signal, onMerged }: MergingOptions,
): Promise<number> {
  const { kernels } = engine;
  const suffix = SUFFIX[element];
  kernels[`linkage${algorithm}Init${algorithm === 'SpanningTree' ? suffix : ''}`](n, place.scratch);
  if (algorithm === 'Generic') {
    const args: Argument[] = [distances, n, BEGIN, END, place.scratch];
    await engine.tiles({ kernel: `linkageGenericSearch${suffix}`, args }, 0, n, { signal });
    kernels.linkageGenericOrder(n, place.scratch);
  }
  const code = METHODS.indexOf(method);
  const call: TileCall = {
    kernel: `linkage${algorithm}${suffix}`,
    args: [distances, n, ...(algorithm === 'SpanningTree' ? [] : [code]), END, place.scratch, place.merges],
    sequential: true,
  };
  return engine.tiles(call, 0, n - 1, { signal, grain: 1, onDone: onMerged });
}

async function runSquare(
  engine: Engine,
  place: MergingPlace,
  square: { rows: number; scratch: number },
  { method, element, n, distances, signal, onMerged }: MergingOptions,
): Promise<number> {
  const suffix = SUFFIX[element];
  const mirror: TileCall = {
    kernel: `mirrorSquare${suffix}`,
    args: [distances, n, squareStride(n), BEGIN, END, square.rows],
  };
  await engine.tiles(mirror, 0, n, { signal, grain: 16 });
  engine.kernels[`linkageSquareInit${suffix}`](n, engine.threads, square.scratch);
  const kernel = `linkageSquare${suffix}`;
  const code = METHODS.indexOf(method);
  const { rows, scratch } = square;
  if (n >= GANG_ROWS && (await engine.gatherGang())) {
    const args: Argument[] = [rows, n, code, n - 1, THREAD, TEAM, scratch, STOP_PTR, DONE_PTR];
    args.push(place.merges);
    return engine.gang({ kernel, args }, n - 1, { signal, onDone: onMerged });
  }
  // Tiles count what is done themselves.
  const args: Argument[] = [rows, n, code, END, 0, 1, scratch, STOP_PTR, 0, place.merges];
  for (let merged = 0; ; ) {
    const options = { signal, grain: 1, onDone: onMerged };
    const status = await engine.tiles({ kernel, args, sequential: true }, merged, n - 1, options);
    if (status !== SQUEEZE) return status;
    const alive = engine.kernels.linkageSquareAlive(scratch) >>> 0;
    const squeeze: Argument[] = [rows, n, BEGIN, END, scratch];
    await engine.tiles({ kernel: `linkageSquareSqueeze${suffix}`, args: squeeze }, 0, alive, { signal });
    engine.kernels[`linkageSquareGoOn${suffix}`](n, scratch);
    merged = n - alive;
  }
}

/** The error for a distance that is not finite. */
export function notFinite(
  [i, j]: [number, number],
  value: number,
  element: Element,
  squared: boolean,
): RangeError {
  return rangeError(
    `the ${squared ? 'squared ' : ''}distance between rows ${i} and ${j} is ${value}; linkage needs finite distances` +
      (element === 'f4' ? ' (float32 ends at 3.4e38, squares included; float64 input goes further)' : ''),
  );
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
  return finish(labelSteps(merges, n));
}

/** As label, in steps. */
export function* labelSteps(merges: Float64Array, n: number): Steps<Z> {
  const count = n - 1;
  const order = yield* orderOf(merges, 4, 2);
  const Z = new Float64Array(4 * count);
  // Union-find with path halving: the root of a row is the cluster it is in now.
  const parent = new Uint32Array(2 * n - 1);
  for (let i = 0; i < parent.length; i++) parent[i] = i;
  yield;
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
    if ((k & ROUND) === ROUND) yield;
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
