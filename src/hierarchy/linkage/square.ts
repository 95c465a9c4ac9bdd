/** Linkage over a full square of distances: where it is in linear memory, how it is filled and merged. */

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
import { METHODS, type Method } from './methods.ts';
import { clamp } from './negative-distances.ts';

/** Where the square and its scratch are. */
export interface SquareLayout extends Square {
  scratch: number;
}

/** Rows from which the square pays for its making. */
const SQUARE_ROWS = 1000;

/** Rows from which several threads in lock-step are faster than one. */
const GANG_ROWS = 4000;

/** Rows of condensed distances that are copied between two looks at the clock. */
const COPY_ROWS = 16;
/** Rows that one thread copies, and mirrors while they are in the cache. */
const MIRROR_ROWS = 64;

/** Whether a method has a faster way over the full square of distances, of this many rows. */
export function hasSquare(method: Method, n: number): boolean {
  return method !== 'single' && n >= SQUARE_ROWS;
}

/** Add room for the square of n rows, and for so many threads. */
export function layOutSquare(layout: Layout, n: number, element: Element, threads: number): SquareLayout {
  const width = BYTES[element];
  const ld = linkageSquareStride(n);
  const rows = layout.add(n * ld * width);
  const scratch = layout.add(linkageSquareScratchBytes(n, width, threads));
  // The scratch is not in use yet when the flag is.
  return { rows, ld, scratch, flag: scratch };
}

export interface SquareShape {
  element: Element;
  n: number;
  /** Whether it holds squares of distances. */
  squared: boolean;
  /** Whether condensed distances may be below 0 by rounding. */
  below?: boolean;
}

/** A call that fills the square, tile by tile. @throws RangeError where a distance is not finite */
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
 * Condensed distances as a square; their squares where `squared`.
 * @throws RangeError where one is not finite
 */
export async function writeSquare(
  engine: Engine,
  square: SquareLayout,
  y: FloatArray,
  shape: SquareShape,
  signal: AbortSignal | undefined,
  /** Called with how many distances have been copied. */
  onDone: (done: number) => void,
): Promise<void> {
  const { element, n, squared, below } = shape;
  const { rows, ld, flag } = square;
  const args = [rows, n, ld, BEGIN, END, squared ? 1 : 0, flag] as const;
  const call: TileCall = { kernel: kernelFor(element, 'mirrorSquareF32', 'mirrorSquareF64'), args };
  // Where there are workers, each call should be long enough for all of them.
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

/** Squares of the distances in a square, on both sides. @throws RangeError where one is not finite */
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

export interface SquareOptions {
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
  if (method === 'centroid' || method === 'median') {
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
  // Tiles count what is done themselves.
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
    // Nothing is merged meanwhile, which is told too.
    const done = merged;
    const onDone = () => onMerged(done);
    await engine.tiles(squeeze, 0, alive, {
      signal,
      onDone,
    });
    engine.kernels[kernelFor(element, 'linkageSquareGoOnF32', 'linkageSquareGoOnF64')](n, scratch);
  }
}
