/**
 * A metric over rows of one width and element type, as kernels see it: where rows stand in linear
 * memory, how they are made ready, and which calls give distances between them.
 *
 * Everything that clusters works on a Space and knows no metric by name.
 */
import { BEGIN, END, type Engine, type TileCall } from '../runtime/engine.ts';
import type { Layout } from '../runtime/layout.ts';

/** Bytes of an element. */
export const BYTES = { f4: 4, f8: 8 } as const;
export type Element = keyof typeof BYTES;

/** Rows in linear memory. What the fields after `capacity` mean is the space's own business. */
export interface RowSet {
  capacity: number;
  /** Where the caller writes rows: capacity x cols of the space's input element. */
  input: number;
  /** Rows as kernels read them one by one. */
  rows: number;
  /** Rows packed in panels, or 0 where they were not asked for. */
  panels: number;
  /** A float64 a row that belongs to it, or 0. */
  extra: number;
}

export interface Space {
  readonly metric: string;
  readonly cols: number;
  /** Element of the rows that go in. */
  readonly input: Element;
  /** Element of the distances that come out. */
  readonly output: Element;
  /** Add room for `capacity` rows to a layout; with `panels`, as the packed side too. */
  place(layout: Layout, capacity: number, panels: boolean): RowSet;
  /** Bytes of scratch that calls share. */
  readonly scratchBytes: number;
  /** Make the first `count` rows ready, after they have been written to `input`. */
  prepare(engine: Engine, set: RowSet, count: number): void;
  /** Condensed distances of all pairs among the first n rows; `out` is the address of element 0. */
  pairwise(set: RowSet, n: number, scratch: number, out: number): TileCall;
  /** Distances of rows of `a` to the first m rows of `b`, row stride m. */
  cross(a: RowSet, b: RowSet, m: number, scratch: number, out: number): TileCall;
  /** Nearest of the first m rows of `b` for rows of `a`; i32 and distances of the output element. */
  assign(a: RowSet, b: RowSet, m: number, scratch: number, nearest: number, distance: number): TileCall;
}

/** What kernels for an element are called. */
export const SUFFIX = { f4: 'F32', f8: 'F64' } as const;

/** Euclidean and squared Euclidean distance. */
export function euclideanSpace(cols: number, element: Element, squared: boolean): Space {
  const suffix = SUFFIX[element];
  const width = element === 'f4' ? 8 : 4;
  const root = squared ? 0 : 1;
  return {
    metric: squared ? 'sqeuclidean' : 'euclidean',
    cols,
    input: element,
    output: element,
    scratchBytes: 128,
    place(layout, capacity, panels) {
      const rows = layout.add(capacity * cols * BYTES[element]);
      const padded = Math.ceil(capacity / width) * width;
      return {
        capacity,
        input: rows,
        rows,
        panels: panels ? layout.add(padded * cols * BYTES[element]) : 0,
        extra: 0,
      };
    },
    prepare(engine, set, count) {
      if (set.panels === 0) return;
      const { kernels } = engine;
      kernels[`pack${suffix}`](
        set.rows,
        count,
        cols,
        cols,
        0,
        count,
        width,
        Number.POSITIVE_INFINITY,
        set.panels,
      );
    },
    pairwise: (set, n, scratch, out) => ({
      kernel: `pairwiseEuclidean${suffix}`,
      args: [set.rows, set.panels, n, cols, cols, BEGIN, END, root, scratch, out],
    }),
    cross: (a, b, m, scratch, out) => ({
      kernel: `crossEuclidean${suffix}`,
      args: [a.rows, cols, b.panels, m, cols, BEGIN, END, root, scratch, out, m],
    }),
    assign: (a, b, m, scratch, nearest, distance) => ({
      kernel: `assignEuclidean${suffix}`,
      args: [a.rows, cols, b.panels, m, cols, BEGIN, END, root, scratch, nearest, distance],
    }),
  };
}

/** Minimal RMSD of frames: rows are x, y, z of each atom. Coordinates in float32, solved in float64. */
export function rmsdSpace(cols: number, input: Element, output: Element): Space {
  const atoms = cols / 3;
  const suffix = SUFFIX[output];
  return {
    metric: 'rmsd',
    cols,
    input,
    output,
    scratchBytes: 288,
    place(layout, capacity, panels) {
      const rows = layout.add(capacity * cols * 4);
      return {
        capacity,
        // Frames stay as they came, since some will be leaders; the centred copy is what kernels read.
        input: layout.add(capacity * cols * BYTES[input]),
        rows,
        panels: panels ? layout.add(Math.ceil(capacity / 4) * 4 * cols * 4) : 0,
        extra: layout.add(capacity * 8),
      };
    },
    prepare({ kernels }, set, count) {
      kernels[`rmsdCenter${SUFFIX[input]}`](set.input, atoms, 0, count, set.rows, set.extra);
      if (set.panels !== 0) kernels.packF32(set.rows, count, cols, cols, 0, count, 4, 0, set.panels);
    },
    pairwise: (set, n, scratch, out) => ({
      kernel: `pairwiseRmsd${suffix}`,
      args: [set.rows, set.panels, set.extra, n, atoms, BEGIN, END, scratch, out],
    }),
    cross: (a, b, m, scratch, out) => ({
      kernel: `crossRmsd${suffix}`,
      args: [a.rows, a.extra, b.panels, b.extra, m, atoms, BEGIN, END, scratch, out, m],
    }),
    assign: (a, b, m, scratch, nearest, distance) => ({
      kernel: `assignRmsd${suffix}`,
      args: [a.rows, a.extra, b.panels, b.extra, m, atoms, BEGIN, END, scratch, nearest, distance],
    }),
  };
}
