/**
 * Makes a linkage matrix from distances in linear memory, condensed or as a full square: it picks the algorithm, runs
 * it in tiles, and brings the merges into SciPy's order and numbering.
 */

import { type Element, kernelFor } from '../../distance/element-types.ts';
import type { Room, RowSet, Space } from '../../distance/space.ts';
import { pairOf } from '../../distance/squareform.ts';
import { rangeError } from '../../errors.ts';
import { BEGIN, END, type Engine, type TileCall } from '../../runtime/engine.ts';
import { NOT_FINITE, OK } from '../../runtime/kernels/constants.ts';
import { linkageCondensedScratchBytes } from '../../runtime/kernels/sizes.ts';
import type { Layout } from '../../runtime/memory/layout.ts';
import { drive } from '../../support/scheduling.ts';
import type { Z } from '../../types.ts';
import { DistanceError } from './errors.ts';
import { labelSteps } from './label.ts';
import { METHOD_FACTS, METHODS, type Method } from './methods.ts';
import { checkHeights } from './negative-distances.ts';
import { fillSquare, layOutSquare, mergeSquare, type SquareLayout, squareSquare } from './square.ts';

/** Addresses of a linkage over distances. */
export interface MergingLayout {
  scratch: number;
  merges: number;
  /** The full square of distances, which is faster; undefined for condensed distances. */
  square: SquareLayout | undefined;
}

type Algorithm = 'NnChain' | 'Generic';

function algorithmOf(method: Method): Algorithm {
  return METHOD_FACTS[method].inversions ? 'Generic' : 'NnChain';
}

/** The sizes that a layout of a linkage depends on. */
interface MergingShape {
  n: number;
  element: Element;
  /**
   * Number of threads, for the full square of distances (2.5 times the condensed size); undefined for condensed
   * distances.
   */
  square: number | undefined;
}

/** Add room for the merges of n rows, and for the square if any. The caller adds room for condensed distances. */
export function layOutMerging(layout: Layout, { n, element, square }: MergingShape): MergingLayout {
  const merges = layout.add((n - 1) * 32);
  if (square !== undefined) {
    return { scratch: 0, merges, square: layOutSquare(layout, n, element, square) };
  }
  return { scratch: layout.add(linkageCondensedScratchBytes(n)), merges, square };
}

interface MergingOptions {
  method: Method;
  element: Element;
  n: number;
  /** Address of the condensed distances, which are overwritten. Unused if there is a square. */
  distances: number;
  /** Whether they are already squared. Centroid, median and ward work on squared distances. */
  squared: boolean;
  signal: AbortSignal | undefined;
  onMerged(done: number): void;
}

/** Rows, and how to compute their distances. */
interface Measuring {
  method: Method;
  space: Space;
  set: RowSet;
  n: number;
  scratch: Room;
  /** Whether the space gives squared distances. */
  squared: boolean;
  signal: AbortSignal | undefined;
  onDone(row: number): void;
}

/**
 * Compute the distances of all pairs of rows: into the square if there is one, else condensed at `distances`.
 * @throws RangeError if a distance in the square is not finite; condensed distances are checked later (mergeRows)
 */
export async function measureAll(
  engine: Engine,
  { square }: MergingLayout,
  distances: number,
  { method, space, set, n, scratch, squared, signal, onDone }: Measuring,
): Promise<void> {
  const call = space.pairwise(set, n, scratch, square ?? distances);
  const shape = { element: space.output, n, squared };
  if (!square) {
    await engine.tiles(call, 0, n - 1, { signal, onDone });
    return;
  }
  await fillSquare(engine, square, shape, call, n - 1, { signal, onDone });
  if (METHOD_FACTS[method].squared && !squared) {
    await squareSquare(engine, square, shape, signal);
  }
}

/** Square condensed distances if the method needs that, and check them. @throws RangeError if one is not finite */
async function readyCondensed(engine: Engine, options: MergingOptions): Promise<void> {
  const { method, element, n, distances, signal } = options;
  const size = (n * (n - 1)) / 2;
  const squares = METHOD_FACTS[method].squared;
  const args = [distances, BEGIN, END] as const;
  if (squares && !options.squared) {
    const kernel = kernelFor(element, 'squareInPlaceF32', 'squareInPlaceF64');
    await engine.tiles({ kernel, args }, 0, size, { signal, grain: 1024 });
  }
  const kernel = kernelFor(element, 'checkFiniteF32', 'checkFiniteF64');
  if ((await engine.tiles({ kernel, args }, 0, size, { signal, grain: 1024 })) !== OK) {
    const bad =
      engine.kernels[kernelFor(element, 'findNonFiniteF32', 'findNonFiniteF64')](distances, 0, size) >>> 0;
    throw new DistanceError({
      pair: pairOf(bad, n),
      value: engine.floats(element, distances, size)[bad],
      element,
      squared: squares,
    });
  }
}

/**
 * Merge n rows into one cluster.
 * @returns SciPy's Z
 * @throws RangeError if a distance is not finite
 */
export async function mergeRows(engine: Engine, layout: MergingLayout, options: MergingOptions): Promise<Z> {
  const { method, element, n, signal } = options;
  const algorithm = algorithmOf(method);
  let status: number;
  if (layout.square) {
    status = await mergeSquare(engine, layout.square, { ...options, merges: layout.merges });
  } else {
    await readyCondensed(engine, options);
    status = await runCondensed(engine, layout, algorithm, options);
  }
  if (status === NOT_FINITE) {
    throw rangeError(
      `a distance between merged clusters is beyond ${element === 'f4' ? 'float32' : 'float64'}; scale the data down`,
    );
  }
  const merges = engine.f64(layout.merges, (n - 1) * 4).slice();
  if (METHOD_FACTS[method].squared) {
    for (let k = 2; k < merges.length; k += 4) merges[k] = Math.sqrt(Math.max(0, merges[k]));
  }
  // With the generic algorithm heights may fall, so merges stay in their order.
  return checkHeights(await drive(labelSteps(merges, n, algorithm === 'Generic'), signal));
}

async function runCondensed(
  engine: Engine,
  layout: MergingLayout,
  algorithm: Algorithm,
  { method, element, n, distances, signal, onMerged }: MergingOptions,
): Promise<number> {
  const { kernels } = engine;
  const { scratch, merges } = layout;
  const options = { signal, grain: 1, onDone: onMerged };
  const args = [distances, n, METHODS.indexOf(method), END, scratch, merges] as const;
  if (algorithm === 'NnChain') {
    kernels.linkageNnChainInit(n, scratch);
    const kernel = kernelFor(element, 'linkageNnChainF32', 'linkageNnChainF64');
    return engine.tiles({ kernel, args, sequential: true }, 0, n - 1, options);
  }
  kernels.linkageGenericInit(n, scratch);
  const search: TileCall = {
    kernel: kernelFor(element, 'linkageGenericSearchF32', 'linkageGenericSearchF64'),
    args: [distances, n, BEGIN, END, scratch],
    sequential: true,
  };
  await engine.tiles(search, 0, n, { signal });
  const kernel = kernelFor(element, 'linkageGenericF32', 'linkageGenericF64');
  return engine.tiles({ kernel, args, sequential: true }, 0, n - 1, options);
}
