/**
 * The memory of k-means: rows, centroids, and the results of a pass of Lloyd's algorithm.
 */

import { BYTES, type Element } from '../distance/element-types.ts';
import { createSpace } from '../distance/metric-space.ts';
import { layOutScratch, type RowSet, type Space } from '../distance/space.ts';
import type { Scratch } from '../runtime/engine.ts';
import { SEED_BLOCK, SEED_LANES } from '../runtime/kernels/constants.ts';
import { lloydScratchBytes } from '../runtime/kernels/kmeans-sizes.ts';
import type { Layout } from '../runtime/memory/layout.ts';
import { MOST_THREADS } from '../runtime/run.ts';

/** 'cosine' is spherical k-means: only the directions of rows and centroids count. */
export type KMeansMetric = 'euclidean' | 'cosine';

export interface KMeansLayout {
  space: Space;
  metric: KMeansMetric;
  k: number;
  centroids: RowSet;
  /** k x cols f64: sums of the rows of each cluster. */
  sums: number;
  /** k f64: rows of each cluster. */
  counts: number;
  /** k f64: squared distances by which the centroids moved. */
  shifts: number;
  /** 3 + k f64: see lloydNearest. */
  drifts: number;
  /** One element per lane of the panels: half of the squared length of each centroid. */
  halves: number;
  /** An upper bound of the lengths of the centroids. */
  longest: number;
  /** cols f64, and cols pairs of f64: see columnMoments. */
  shift: number;
  moments: number;
  /** cols f32 each: see Bounds. Only if rows may be centred. */
  least: number;
  greatest: number;
  offsets: number;
  /** Whether the offsets have been subtracted from the rows. */
  centred: boolean;
  scratch: Scratch;
}

/** Whether offsets may be subtracted from the rows. Not for cosine: directions depend on the origin. */
export function mayCentre(metric: KMeansMetric, element: Element): boolean {
  return metric === 'euclidean' && element === 'f4';
}

/** Rows with the results of a pass. */
export interface Slot {
  set: RowSet;
  /** i32 per row: the nearest centroid. */
  nearest: number;
  /** One element per row: the squared distance to it, or 1 - cosine. */
  distances: number;
  /** One element per row: the squared length. */
  norms: number;
  /** One element per row: an upper bound of the distance to the nearest centroid, and a lower bound of that to any other. */
  upper: number;
  lower: number;
}

/** Memory for choosing the first centroids. */
export interface SeedLayout {
  candidates: RowSet;
  closest: number;
  potentials: number;
}

/** Plan the memory of the centroids of `k` clusters. */
export function layOutCentroids(
  layout: Layout,
  metric: KMeansMetric,
  k: number,
  cols: number,
  element: Element,
): KMeansLayout {
  const space = createSpace(metric === 'cosine' ? 'cosine' : 'sqeuclidean', cols, element);
  const bytes = mayCentre(metric, element) ? cols * 4 : 0;
  return {
    space,
    metric,
    k,
    centroids: space.layOut(layout, k, true),
    sums: layout.add(k * cols * 8),
    counts: layout.add(k * 8),
    shifts: layout.add(k * 8),
    drifts: layout.add((3 + k) * 8),
    longest: 0,
    halves: layout.add((k + 8) * BYTES[element]),
    shift: layout.add(cols * 8),
    moments: layout.add(cols * 16),
    least: layout.add(bytes),
    greatest: layout.add(bytes),
    offsets: layout.add(bytes),
    centred: false,
    scratch: layOutScratch(layout, [space, { scratchBytes: lloydScratchBytes() }], MOST_THREADS),
  };
}

export function layOutSlot(layout: Layout, space: Space, rows: number): Slot {
  return {
    set: space.layOut(layout, rows, false),
    nearest: layout.add(rows * 4),
    distances: layout.add(rows * BYTES[space.output]),
    norms: layout.add(rows * BYTES[space.input]),
    upper: layout.add(rows * BYTES[space.input]),
    lower: layout.add(rows * BYTES[space.input]),
  };
}

export function layOutSeeds(layout: Layout, space: Space, rows: number): SeedLayout {
  return {
    candidates: space.layOut(layout, panelWidth(space), true),
    closest: layout.add(rows * BYTES[space.input]),
    potentials: layout.add(Math.ceil(rows / SEED_BLOCK) * SEED_LANES * 8),
  };
}

/** Number of rows in a panel. */
export function panelWidth(space: Space): number {
  return space.input === 'f4' ? 8 : 4;
}

/** The part of a set from row `at` on. */
export function rowsFrom(space: Space, set: RowSet, at: number): RowSet {
  const bytes = at * space.cols * BYTES[space.input];
  return { ...set, capacity: set.capacity - at, input: set.input + bytes, rows: set.rows + bytes };
}
