/**
 * A space: a metric over rows of one width and element type, as kernels see it. It says where rows are in linear
 * memory, how they are prepared, and which kernel calls compute distances between them.
 *
 * All clustering code works on a Space, not on the name of a metric.
 */
import {
  type Argument,
  BEGIN,
  type CallOptions,
  END,
  type Engine,
  type Kernel,
  SCRATCH,
  type Scratch,
  type TileCall,
} from '../runtime/engine.ts';
import { FEW_COLUMNS } from '../runtime/kernels/constants.ts';
import * as codes from '../runtime/kernels/families.ts';
import {
  assignFewScratchBytes,
  assignQuantizedScratchBytes,
  quantizedBytes,
  roundUp,
  tileScratchBytes,
} from '../runtime/kernels/sizes.ts';
import type { Layout } from '../runtime/memory/layout.ts';
import { type Steps, finish as toEnd } from '../support/scheduling.ts';
import { BYTES, type Element, kernelFor } from './element-types.ts';

/** Rows in linear memory. Each space uses the fields after `input` in its own way. */
export interface RowSet {
  capacity: number;
  /** Where the caller writes rows: capacity x cols of the space's input element. */
  input: number;
  /** Prepared rows, one after the other. */
  rows: number;
  /** Prepared rows packed in panels, or 0 if they were not requested. */
  panels: number;
  /** One float64 for each row, or 0. */
  extra: number;
  /** Weights of the coordinates, or 0. */
  weights: number;
  /** Data that finds the nearest of these rows faster than computing all distances (layOutLeaders). */
  bounds?: QuantizedBounds;
}

/**
 * Quantized bounds of leaders (assembly/assign/quantized-bounds.ts), or only scratch if there are few leaders
 * (assembly/assign/few.ts).
 */
interface QuantizedBounds {
  ptr: number;
  few: boolean;
  scratch: Scratch;
}

export interface Space {
  readonly metric: string;
  readonly cols: number;
  /** Element type of the input rows. */
  readonly input: Element;
  /** Element type of the distances. */
  readonly output: Element;
  /** Add room for `capacity` rows to a layout; with `panels`, also for the rows packed in panels. */
  layOut(layout: Layout, capacity: number, panels: boolean): RowSet;
  /** Bytes of scratch that a thread needs. */
  readonly scratchBytes: number;
  /** Prepare the first `count` rows, after they have been written to `input`. Synchronous; see also prepareRows. */
  prepare(engine: Engine, set: RowSet, count: number): void;
  /** The kernel calls of `prepare`, to be made one after the other. Each may be cut into tiles over rows 0 to count. */
  preparation(engine: Engine, set: RowSet, count: number): TileCall[];
  /** Distances of all pairs among the first n rows, over rows 0 to n - 1. */
  pairwise(set: RowSet, n: number, scratch: Room, out: number | Square): TileCall;
  /** Distances of rows of `a` to the first m rows of `b`. The row stride is m. */
  cross(a: RowSet, b: RowSet, m: number, scratch: Room, out: number): TileCall;
  /** For rows of `a`, the nearest of the first m rows of `b`: its index as i32, and its distance in the output type. */
  assign(a: RowSet, b: RowSet, m: number, scratch: Room, nearest: number, distance: number): TileCall;
  /** Whether `assign` gives an infinite distance to every row that has NaN or infinity. */
  readonly spotsBadRows?: boolean;
  /** Whether leaders can have quantized bounds. */
  readonly quantizes?: boolean;
}

/**
 * Where a kernel writes all distances of n rows as a full square: both triangles, but not the diagonal. Ranges of rows
 * begin at multiples of 16. (A plain number is the address of element 0 of condensed distances instead.)
 */
export interface Square {
  rows: number;
  /** Elements from one row to the next. */
  ld: number;
  /** Address of a word that is set to 1 if a distance is not finite. */
  flag: number;
}

/** The last arguments of a kernel that computes all pairs. */
export function outOf(out: number | Square): readonly [outPtr: number, ldo: number, flagPtr: number] {
  return typeof out === 'number' ? [out, 0, 0] : [out.rows, out.ld, out.flag];
}

/**
 * Scratch for each thread (layOutScratch), or the address of a single scratch: then the call runs on one thread at a
 * time.
 */
export type Room = Scratch | number;

/** Add room for the scratch of each thread, enough for any of the spaces. */
export function layOutScratch(
  layout: Layout,
  spaces: Space | Pick<Space, 'scratchBytes'>[],
  threads: number,
): Scratch {
  const most = Math.max(...[spaces].flat().map((space) => space.scratchBytes));
  // Threads that write to the same cache line would slow each other down.
  const bytes = roundUp(most, 64);
  return { ptr: layout.add(bytes * threads), bytes };
}

/** Up to this many leaders, of up to FEW_COLUMNS coordinates, are compared by assembly/assign/few.ts. */
const FEW = 9;

/** Add room for leaders (the `b` of `assign`): rows in panels, and their QuantizedBounds if the space has one. */
export function layOutLeaders(layout: Layout, space: Space, capacity: number, threads: number): RowSet {
  const set = space.layOut(layout, capacity, true);
  if (!space.quantizes) return set;
  const few = capacity <= FEW && space.cols <= FEW_COLUMNS;
  const ptr = few ? 0 : layout.add(quantizedBytes(space.input === 'f8' ? 1 : 0, capacity, space.cols));
  const least = few ? assignFewScratchBytes(space.cols) : assignQuantizedScratchBytes(space.cols);
  const bytes = roundUp(least, 64);
  return { ...set, bounds: { ptr, few, scratch: { ptr: layout.add(bytes * threads), bytes } } };
}

/** This many numbers are prepared in less than a millisecond. */
const BRIEF = 2 ** 16;
/** Rows of the widest panel. Tiles start at multiples of it, so that two threads never write to the same panel. */
const PANEL_ROWS = 8;

/** Make the calls of `preparation` on this thread, in steps. */
export function* prepareSteps(engine: Engine, space: Space, set: RowSet, count: number): Steps<void> {
  const step = Math.max(1, Math.floor(BRIEF / (PANEL_ROWS * space.cols))) * PANEL_ROWS;
  for (const call of space.preparation(engine, set, count)) {
    const args: readonly Argument[] = call.args;
    const kernel = engine.kernels[call.kernel] as Kernel;
    for (let begin = 0; begin < count; begin += step) {
      const end = Math.min(count, begin + step);
      kernel(...args.map((a) => (a === BEGIN ? begin : a === END ? end : (a as number))));
      yield;
    }
  }
}

/**
 * Prepare the first `count` rows, in tiles. Do not call it while the engine runs another job.
 * @throws the signal's reason; PlatformError if a worker died
 */
export async function prepareRows(
  engine: Engine,
  space: Space,
  set: RowSet,
  count: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { signal, grain: PANEL_ROWS, brief: count * space.cols <= BRIEF };
  for (const call of space.preparation(engine, set, count)) await engine.tiles(call, 0, count, options);
}

/** The scratch argument of a call (`at`) and its options. */
export function roomOf(room: Room): Pick<CallOptions, 'scratch' | 'alone'> & { at: number | typeof SCRATCH } {
  return typeof room === 'number' ? { at: room, alone: true } : { at: SCRATCH, scratch: room };
}

/** How rows are prepared. assembly/distance/prepare.ts and assembly/distance/bits.ts describe each way. */
export type Preparation =
  | 'none'
  | 'widen'
  | 'normalize'
  | 'center'
  | 'distribute'
  | 'bits'
  | 'masks'
  | 'select'
  | 'sum';

/** A metric, as the arguments of the kernels in assembly/distance/drivers.ts. */
interface SpaceSpec {
  metric: string;
  cols: number;
  input: Element;
  output: Element;
  /**
   * Element type that kernels compute in. If it is float64 and the output is float32, kernels round results as they
   * store them.
   */
  compute: Element;
  family: number;
  finish: number;
  /** The p of Minkowski, the number of coordinates, or the sum of their weights. */
  param?: number;
  preparation?: Preparation;
  /** Weights or the quadratic form that kernels read, in the element type in which they read it. */
  weights?: Float32Array | Float64Array;
}

/** The space of a metric. */
export function kernelSpace(spec: SpaceSpec): Space {
  const { metric, cols, input, output, compute, family, finish, param = 0, weights } = spec;
  const { preparation = 'none' } = spec;
  const op = 2 * family + (compute === 'f8' ? 1 : 0);
  const roundToFloat32 = compute === 'f8' && output === 'f4' ? 1 : 0;
  const width = compute === 'f4' ? 8 : 4;
  const unit = BYTES[compute];
  // Booleans are packed into words of 64 bits.
  const d = preparation === 'bits' ? Math.ceil(cols / 64) : cols;
  const hasExtra = ['bits', 'distribute', 'sum'].includes(preparation);
  const metricArgs = [op, finish, roundToFloat32, param] as const;
  // Other families are in the extra kernels.
  const common = family <= codes.PRODUCTS;
  const differences = family === codes.SQUARES && (preparation === 'none' || preparation === 'widen');
  return {
    metric,
    spotsBadRows: differences,
    quantizes: differences && preparation === 'none' && roundToFloat32 === 0,
    cols,
    input,
    output,
    scratchBytes: tileScratchBytes(family === codes.QUADRATIC ? d : 0),
    layOut(layout, capacity, panels) {
      const padded = roundUp(capacity, width);
      const at = layout.add(capacity * cols * BYTES[input]);
      return {
        capacity,
        input: at,
        rows: preparation === 'none' ? at : layout.add(capacity * d * unit),
        panels: panels ? layout.add(padded * d * unit) : 0,
        extra: hasExtra ? layout.add(padded * 8) : 0,
        weights: weights ? layout.add(weights.byteLength) : 0,
      };
    },
    prepare(engine, set, count) {
      toEnd(prepareSteps(engine, this, set, count));
    },
    preparation(engine, set, count) {
      const calls: TileCall[] = [];
      const wide = input === 'f8' ? 1 : 0;
      const from = [set.input, wide, cols, BEGIN, END] as const;
      const outWide = compute === 'f8' ? 1 : 0;
      if (weights) {
        engine
          .floats(weights instanceof Float32Array ? 'f4' : 'f8', set.weights, weights.length)
          .set(weights);
      }
      switch (preparation) {
        case 'widen':
          calls.push({ kernel: 'widenRows', args: [set.input, cols, BEGIN, END, set.rows] });
          break;
        case 'bits':
          calls.push({ kernel: 'packBits', args: [...from, set.rows, set.extra] });
          break;
        case 'masks':
          calls.push({ kernel: 'packMasks', args: [...from, set.rows] });
          break;
        case 'select':
          calls.push({ kernel: 'selectColumns', args: [...from, set.weights, set.rows, outWide] });
          break;
        case 'distribute':
          calls.push({ kernel: 'distributeRows', args: [...from, set.rows, set.extra] });
          break;
        case 'sum':
          calls.push({ kernel: 'sumRows', args: [...from, set.rows, set.extra] });
          break;
        case 'normalize':
        case 'center': {
          const center = preparation === 'center' ? 1 : 0;
          const args = [...from, center, set.weights, param, set.rows, outWide] as const;
          calls.push({ kernel: 'normalizeRows', args });
          break;
        }
      }
      if (set.panels !== 0) {
        // Lanes after the last row are infinitely far from all rows.
        const fill = Number.POSITIVE_INFINITY;
        calls.push({
          kernel: kernelFor(compute, 'packF32', 'packF64'),
          args: [set.rows, count, d, d, BEGIN, END, width, fill, set.panels],
        });
      }
      if (set.bounds && !set.bounds.few) {
        const { ptr } = set.bounds;
        const leaders = [set.rows, wide, count, d, BEGIN, END, ptr] as const;
        calls.push(
          { kernel: 'quantizedCentre', args: leaders },
          { kernel: 'quantizeLeaders', args: leaders },
          { kernel: 'settleQuantized', args: [wide, count, d, BEGIN, END, ptr] },
        );
      }
      return calls;
    },
    pairwise(set, n, room, out) {
      const { at, ...rest } = roomOf(room);
      return {
        kernel: common ? 'pairwiseDistances' : 'pairwiseDistancesExtra',
        args: [
          ...metricArgs,
          set.rows,
          set.extra,
          set.panels,
          set.weights,
          n,
          d,
          d,
          BEGIN,
          END,
          at,
          ...outOf(out),
        ],
        cols,
        ...rest,
      };
    },
    cross(a, b, m, room, out) {
      const { at, ...rest } = roomOf(room);
      const sides = [a.rows, a.extra, d, b.panels, b.extra, b.weights, m, d] as const;
      const args = [...metricArgs, ...sides, BEGIN, END, at, out, m] as const;
      return { kernel: common ? 'crossDistances' : 'crossDistancesExtra', args, cols, ...rest };
    },
    assign(a, b, m, room, nearest, distance) {
      if (b.bounds) {
        const { ptr, few, scratch } = b.bounds;
        const head = [op, finish, a.rows, b.rows] as const;
        const tail = [m, d, BEGIN, END, SCRATCH, nearest, distance] as const;
        return few
          ? { kernel: 'assignFew', args: [...head, ...tail], scratch }
          : { kernel: 'assignQuantized', args: [...head, b.panels, ptr, ...tail], scratch };
      }
      const { at, ...rest } = roomOf(room);
      const sides = [a.rows, a.extra, d, b.panels, b.extra, b.weights, m, d] as const;
      return {
        kernel: common ? 'assignNearest' : 'assignNearestExtra',
        args: [...metricArgs, ...sides, BEGIN, END, at, nearest, distance],
        ...rest,
      };
    },
  };
}

/** Euclidean and squared Euclidean distance. */
export function euclideanSpace(cols: number, element: Element, squared: boolean): Space {
  return kernelSpace({
    metric: squared ? 'sqeuclidean' : 'euclidean',
    cols,
    input: element,
    output: element,
    compute: element,
    family: codes.SQUARES,
    finish: squared ? codes.PLAIN : codes.ROOT,
  });
}
