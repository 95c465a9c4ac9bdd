/** Linkage over a full square of distances: its layout, how it is filled, and how its rows are merged. */

import { BYTES, type Element, kernelFor } from '../../distance/element-types.ts';
import type { Square } from '../../distance/space.ts';
import { BEGIN, END, type Engine, TEAM, THREAD, type TileCall } from '../../runtime/engine.ts';
import { PAUSED, SQUEEZE } from '../../runtime/kernels/constants.ts';
import { linkageSquareScratchBytes, linkageSquareStride } from '../../runtime/kernels/sizes.ts';
import { DONE_PTR, STOP_PTR } from '../../runtime/memory/control-words.ts';
import type { Layout } from '../../runtime/memory/layout.ts';
import { pause } from '../../support/scheduling.ts';
import type { FloatArray } from '../../types.ts';
import { DistanceError } from './errors.ts';
import { METHOD_FACTS, METHODS, type Method } from './methods.ts';
import { clamp } from './negative-distances.ts';

/** Addresses of the square and its scratch. */
export interface SquareLayout extends Square {
  scratch: number;
}

/** From this number of rows on, the square saves more time than it costs. */
const SQUARE_ROWS = 1000;

/** From this number of rows on, a gang of threads is faster than one thread. */
const GANG_ROWS = 4000;

/** Rows of condensed distances that are copied before the clock is checked. */
const COPY_ROWS = 16;
/** Rows that a single thread copies before it mirrors them, while they are in the cache. */
const MIRROR_ROWS = 64;

/** Whether the full square of distances is faster for this method and number of rows. */
export function hasSquare(method: Method, n: number): boolean {
  return !METHOD_FACTS[method].spanning && n >= SQUARE_ROWS;
}

/** Add room for the square of n rows, and for the scratch of the threads. */
export function layOutSquare(layout: Layout, n: number, element: Element, threads: number): SquareLayout {
  const width = BYTES[element];
  const ld = linkageSquareStride(n);
  const rows = layout.add(n * ld * width);
  const scratch = layout.add(linkageSquareScratchBytes(n, width, threads));
  // The flag is used only before the scratch is, so they share an address.
  return { rows, ld, scratch, flag: scratch };
}

interface SquareShape {
  element: Element;
  n: number;
  /** Whether it holds squares of distances. */
  squared: boolean;
  /** Whether condensed distances may be below 0 by rounding. */
  below?: boolean;
}

/** Run a call that fills the square, tile by tile. @throws RangeError if a distance is not finite */
export async function fillSquare(
  engine: Engine,
  square: SquareLayout,
  shape: SquareShape,
  call: TileCall,
  rows: number,
  options: { signal?: AbortSignal; onDone?(row: number): void },
): Promise<void> {
  engine.i32(square.flag, 1)[0] = 0;
  await engine.tiles(call, 0, rows, { ...options, grain: 16 });
  checkSquare(engine, square, shape);
}

function checkSquare(engine: Engine, square: SquareLayout, { element, n, squared }: SquareShape): void {
  if (engine.i32(square.flag, 1)[0] === 0) return;
  const find = engine.kernels[kernelFor(element, 'findNonFiniteF32', 'findNonFiniteF64')];
  for (let i = 0; i < n; i++) {
    const row = square.rows + i * square.ld * BYTES[element];
    const j = find(row, i + 1, n) >>> 0;
    if (j < n)
      throw new DistanceError({ pair: [i, j], value: engine.floats(element, row, n)[j], element, squared });
  }
}

/**
 * Write condensed distances as a full square. With `squared`, write their squares.
 * @throws RangeError if one is not finite
 */
export async function writeSquare(
  engine: Engine,
  square: SquareLayout,
  y: FloatArray,
  shape: SquareShape,
  signal: AbortSignal | undefined,
  /** Called with the number of distances that have been copied. */
  onDone: (done: number) => void,
): Promise<void> {
  const { element, n, squared, below } = shape;
  const { rows, ld, flag } = square;
  const args = [rows, n, ld, BEGIN, END, squared ? 1 : 0, flag] as const;
  const call: TileCall = { kernel: kernelFor(element, 'mirrorSquareF32', 'mirrorSquareF64'), args };
  // With workers, each call should be long enough for all of them.
  const step = engine.threads > 1 ? n : MIRROR_ROWS;
  engine.i32(flag, 1)[0] = 0;
  for (let begin = 0, at = 0; begin < n; begin += step) {
    const end = Math.min(n, begin + step);
    for (let i = begin; i < end; i++) {
      const count = n - 1 - i;
      const row = engine.floats(element, rows + (i * ld + i + 1) * BYTES[element], count);
      row.set(y.subarray(at, at + count));
      if (below) clamp(row);
      at += count;
      if (i % COPY_ROWS > 0) continue;
      onDone(at);
      await pause(signal);
    }
    await engine.tiles(call, begin, end, { signal, grain: 16 });
  }
  onDone(y.length);
  checkSquare(engine, square, shape);
}

/** Square all distances in the full square, in both triangles. @throws RangeError if one is not finite */
export async function squareSquare(
  engine: Engine,
  square: SquareLayout,
  { element, n }: { element: Element; n: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { rows, ld, flag } = square;
  const call: TileCall = {
    kernel: kernelFor(element, 'mirrorSquareF32', 'mirrorSquareF64'),
    args: [rows, n, ld, BEGIN, END, 1, flag],
  };
  await fillSquare(engine, square, { element, n, squared: true }, call, n, { signal });
}

interface SquareOptions {
  method: Method;
  element: Element;
  n: number;
  /** Address of the merges: see linkageSquareF32. */
  merges: number;
  signal: AbortSignal | undefined;
  onMerged(done: number): void;
}

/** Merge the rows of a square that has been filled. @returns the status of the kernel */
export async function mergeSquare(
  engine: Engine,
  { rows, scratch }: SquareLayout,
  { method, element, n, merges, signal, onMerged }: SquareOptions,
): Promise<number> {
  const code = METHODS.indexOf(method);
  const gang = n >= GANG_ROWS && (await engine.gatherGang());
  const start = kernelFor(element, 'linkageSquareInitF32', 'linkageSquareInitF64');
  engine.kernels[start](rows, n, code, gang ? engine.threads : 1, scratch);
  if (METHOD_FACTS[method].inversions) {
    const kernel = kernelFor(element, 'linkageSquarePartnersF32', 'linkageSquarePartnersF64');
    const args = [rows, n, BEGIN, END, scratch] as const;
    await engine.tiles({ kernel, args }, 0, n, {
      signal,
      onDone: () => onMerged(0),
    });
  }
  const kernel = kernelFor(element, 'linkageSquareF32', 'linkageSquareF64');
  if (gang) {
    const args = [rows, n, code, n - 1, THREAD, TEAM, scratch, STOP_PTR, DONE_PTR, merges] as const;
    return engine.gang({ kernel, args }, n - 1, { signal, onDone: onMerged });
  }
  // Without a gang, no done word is needed: the tiles report progress.
  const args = [rows, n, code, END, 0, 1, scratch, STOP_PTR, 0, merges] as const;
  for (let merged = 0; ; ) {
    const options = { signal, grain: 1, onDone: onMerged };
    const status = await engine.tiles({ kernel, args, sequential: true }, merged, n - 1, options);
    const alive = engine.kernels.linkageSquareAlive(scratch) >>> 0;
    merged = n - alive;
    if (status === PAUSED) {
      await pause(signal);
      continue;
    }
    if (status !== SQUEEZE) return status;
    const squeeze: TileCall = {
      kernel: kernelFor(element, 'linkageSquareSqueezeF32', 'linkageSquareSqueezeF64'),
      args: [rows, n, BEGIN, END, scratch],
    };
    // Nothing is merged meanwhile; progress is still reported.
    const done = merged;
    const onDone = () => onMerged(done);
    await engine.tiles(squeeze, 0, alive, {
      signal,
      onDone,
    });
    engine.kernels[kernelFor(element, 'linkageSquareGoOnF32', 'linkageSquareGoOnF64')](n, scratch);
  }
}
