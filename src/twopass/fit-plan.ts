/**
 * The memory of the first pass. All of it is planned here, before the pass begins.
 */

import { BYTES, type Element } from '../distance/element-types.ts';
import { createSpace } from '../distance/metric-space.ts';
import { euclideanSpace, placeScratch, type RowSet, type Space } from '../distance/space.ts';
import { type LinearPlace, placeLinear } from '../hierarchy/linkage/linear-layout.ts';
import { type MergingPlace, placeMerging } from '../hierarchy/linkage/matrix.ts';
import { kernelsOf } from '../hierarchy/linkage/memory-request.ts';
import { EUCLIDEAN_METHODS } from '../hierarchy/linkage/methods.ts';
import { hasSquare } from '../hierarchy/linkage/square.ts';
import { hasLinear, isLinearFaster } from '../hierarchy/linkage/strategy.ts';
import type { Shape } from '../model/source.ts';
import type { Scratch } from '../runtime/engine.ts';
import { EXTRA } from '../runtime/kernels/kernel-set.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { type Demand, fits } from '../runtime/memory-request.ts';
import { MOST_THREADS } from '../runtime/run.ts';
import { isPage } from '../support/scheduling.ts';
import type { Settled } from './options.ts';

/** The memory layout of the first pass. */
export interface FitPlace {
  layout: Layout;
  space: Space;
  /** The space of the distances from which the sample's tree, or its square matrix, is built. */
  rowSpace: Space;
  /** Whether the tree is built from squared distances. */
  squared: boolean;
  sample: RowSet;
  scratch: Scratch;
  /** Condensed distances between rows of the sample; used with profiles, or without a square matrix. */
  distances: number;
  /** The square matrix as rows, if profiles are clustered. */
  profiles: RowSet | undefined;
  /** Condensed distances from which the tree is built, if there is no square matrix. */
  tree: number;
  merging: MergingPlace | undefined;
  /** Used instead of distances and merging if no distances are stored. */
  linear: LinearPlace | undefined;
  /** Overlays distances and tree while leaders are picked. */
  members: RowSet;
  block: number;
  blockRows: number;
  /** Sums along the rows of the block. */
  sums: number;
}

/** Whether the tree can be built directly from squared distances. */
function isSquared({ method, metric, profiles }: Settled): boolean {
  return EUCLIDEAN_METHODS.includes(method) && (profiles || metric === 'euclidean');
}

/** The space of profiles: the n rows of the square distance matrix, as vectors. */
export function profileSpace(space: Space, n: number, squared: boolean): Space {
  return euclideanSpace(n, space.output, squared);
}

/** Memory for the tree: the full square of distances, condensed distances, or no distances. */
type Way = 'square' | 'condensed' | 'linear';

/** Plan the first pass for a sample of n rows without stored distances. */
function placeLinearFit(settled: Settled, cols: number, element: Element, n: number): FitPlace {
  const { method, metric } = settled;
  const layout = new Layout();
  const space = createSpace(metric, cols, element);
  const sample = space.place(layout, n, false);
  const scratch = placeScratch(layout, space, MOST_THREADS);
  const mark = layout.mark;
  // Rows scaled to unit length have been stored beside the sample.
  const linear = placeLinear(layout, method, n, cols, sample.rows);
  layout.rewind(mark);
  const leaders = placeMembers(layout, space, n);
  const none = { distances: 0, profiles: undefined, tree: 0, merging: undefined };
  return { layout, space, rowSpace: space, squared: true, sample, scratch, ...none, linear, ...leaders };
}

/** Plan the first pass for a sample of n rows. */
function placeFit(settled: Settled, cols: number, element: Element, n: number, way: Way): FitPlace {
  if (way === 'linear') return placeLinearFit(settled, cols, element, n);
  const { metric, profiles } = settled;
  const squared = isSquared(settled);
  const layout = new Layout();
  const space = createSpace(metric, cols, element);
  // Ward's method with Euclidean distances needs squares: computing them directly saves a root and a square.
  const rowSpace = !profiles && squared ? createSpace('sqeuclidean', cols, element) : space;
  const sample = rowSpace.place(layout, n, true);
  const profile = profileSpace(space, n, squared);
  const scratch = placeScratch(layout, [space, rowSpace, profile], MOST_THREADS);
  const shape = { method: settled.method, n, element: space.output };
  const merging = placeMerging(layout, { ...shape, square: way === 'square' ? MOST_THREADS : undefined });
  const condensedBytes = ((n * (n - 1)) / 2) * BYTES[space.output];
  const mark = layout.mark;
  const distances = profiles || way !== 'square' ? layout.add(condensedBytes) : 0;
  let tree = distances;
  let square: RowSet | undefined;
  if (profiles) {
    square = profile.place(layout, n, true);
    tree = way === 'square' ? 0 : layout.add(condensedBytes);
  }
  // Leaders are picked after the tree is built, in the memory of the distances.
  layout.rewind(mark);
  const leaders = placeMembers(layout, space, n);
  return {
    layout,
    space,
    rowSpace,
    squared,
    sample,
    scratch,
    distances,
    profiles: square,
    tree,
    merging,
    linear: undefined,
    ...leaders,
  };
}

/** Memory for picking leaders: the rows of one cluster, and a few megabytes of distances between them. */
function placeMembers(
  layout: Layout,
  space: Space,
  n: number,
): Pick<FitPlace, 'members' | 'block' | 'blockRows' | 'sums'> {
  const members = space.place(layout, n, true);
  const blockRows = Math.max(1, Math.min(n, Math.floor(2 ** 22 / (n * BYTES[space.output]))));
  const block = layout.add(blockRows * n * BYTES[space.output]);
  return { members, block, blockRows, sums: layout.add(n * 8) };
}

/** The part of the layout that is needed for picking leaders. */
export type LeaderPlace = Pick<
  FitPlace,
  'space' | 'sample' | 'scratch' | 'members' | 'block' | 'blockRows' | 'sums'
>;

/** Plan picking leaders again, from a kept sample of n rows. */
export function planRecut(
  settled: Settled,
  cols: number,
  element: Element,
  n: number,
): { place: LeaderPlace; demand: Demand } {
  const layout = new Layout();
  const space = createSpace(settled.metric, cols, element);
  const sample = space.place(layout, n, true);
  const scratch = placeScratch(layout, [space], MOST_THREADS);
  const place = { space, sample, scratch, ...placeMembers(layout, space, n) };
  const demand = {
    linearBytes: layout.totalBytes,
    hostBytes: n * (120 + cols * BYTES[element]),
    limit: settled.limit,
    threads: settled.threads,
    what: `picking leaders from a sample of ${n} rows of ${cols} columns`,
    wouldFit: 'a smaller sample would fit',
  };
  return { place, demand };
}

/**
 * Bytes on the host for n sampled rows: chunks being read, the reader, Z, labels, row numbers, leaders, and the sample itself if
 * it is kept.
 */
function fitHostBytes({ keepSample }: Settled, n: number, shape: Shape, chunkRows: number): number {
  const rowBytes = shape.cols * BYTES[shape.dtype];
  const kept = keepSample ? n * rowBytes : 0;
  return n * 120 + kept + 3 * chunkRows * rowBytes + (shape.overheadBytes ?? 0);
}

/** The plan of the first pass: its layout and its memory. */
export interface FitPlan {
  place: FitPlace;
  demand: Demand;
}

/** Whether the tree can be built without a distance matrix. */
function canBeLinear({ method, metric, profiles, treeStrategy }: Settled): boolean {
  return treeStrategy !== 'matrix' && method !== 'single' && !profiles && hasLinear(method, metric, false);
}

/**
 * Plan the first pass for a sample of n rows: the fastest strategy that fits, or, if none does, the one that needs the least
 * memory.
 */
export function planFit(settled: Settled, shape: Shape, n: number): FitPlan {
  const { method, treeStrategy } = settled;
  const linear = canBeLinear(settled);
  if (treeStrategy === 'linear') return lay(settled, shape, n, 'linear');
  if (hasSquare(method, n)) {
    const plan = lay(settled, shape, n, 'square');
    if (fits(plan.demand) && !(linear && isLinearFaster(method, n, shape.cols, true))) return plan;
  }
  if (linear && isLinearFaster(method, n, shape.cols, !hasSquare(method, n))) {
    return lay(settled, shape, n, 'linear');
  }
  const plan = lay(settled, shape, n, 'condensed');
  return linear && !fits(plan.demand) ? lay(settled, shape, n, 'linear') : plan;
}

function lay(
  settled: Settled,
  shape: Shape,
  n: number,
  way: Way,
  chunkRows = fitChunkRows(settled, shape),
): FitPlan {
  const { limit, threads } = settled;
  const place = placeFit(settled, shape.cols, shape.dtype, n, way);
  const hostBytes = fitHostBytes(settled, n, shape, chunkRows);
  const demand = {
    linearBytes: place.layout.totalBytes,
    hostBytes,
    limit,
    threads,
    kernels: way === 'linear' ? EXTRA : kernelsOf(settled.method),
    what: `${shape.name ?? 'the data'}: clustering a sample of ${n} rows of ${shape.cols} columns`,
    wouldFit: 'a smaller sample would fit',
  };
  return { place, demand };
}

/** The most rows that fit with this strategy. Threads and chunkRows have no influence: labels must not depend on them. */
function mostRows(settled: Settled, shape: Shape, way: Way): number {
  const chunkRows = fitChunkRows({ ...settled, chunkRows: undefined }, shape);
  const fitting = (n: number) => fits(lay(settled, shape, n, way, chunkRows).demand);
  let low = 1;
  let high = 2;
  while (high < MOST_SAMPLE && fitting(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fitting(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Samples are never larger than this. */
const MOST_SAMPLE = 2 ** 20;
/**
 * Work for the default sample if no matrix limits its size: rows² x (columns + 16), where 16 stands for the fixed cost of a
 * pair. It takes one thread a second or two.
 */
const PATIENCE = 1.2e10;

/** The largest sample that fits in the limit. */
export function largestSample(settled: Settled, shape: Shape): number {
  const linear = canBeLinear(settled);
  const matrix =
    linear && settled.treeStrategy === 'linear'
      ? 1
      : Math.min(2 ** 17, mostRows(settled, shape, 'condensed'));
  return linear ? Math.max(matrix, mostRows(settled, shape, 'linear')) : matrix;
}

/**
 * The default size of the sample: as many rows as the limit allows for the matrix of their distances, or, without a matrix, as
 * many as take a few seconds.
 */
export function usualSample(settled: Settled, shape: Shape): number {
  const matrix = Math.min(2 ** 17, mostRows(settled, shape, 'condensed'));
  if (!canBeLinear(settled)) return matrix;
  const brief = Math.min(
    mostRows(settled, shape, 'linear'),
    Math.floor(Math.sqrt(PATIENCE / (shape.cols + 16))),
  );
  return settled.treeStrategy === 'linear' ? brief : Math.max(matrix, brief);
}

/** Rows to read at a time in the first pass. */
export function fitChunkRows(settled: Settled, shape: Shape): number {
  if (settled.chunkRows !== undefined) return settled.chunkRows;
  const rowBytes = shape.cols * BYTES[shape.dtype];
  return Math.max(1, Math.floor(Math.min(2 ** 21, settled.limit / 32) / rowBytes));
}

/** Limits for chunks in a page, so that it stays responsive. */
const PAGE_CHUNK_BYTES = 2 ** 19;
const PAGE_CHUNK_ROWS = 2 ** 13;

/** Rows to read at a time, at most `planned`. */
export function readRows(planned: number, shape: Shape): number {
  if (!isPage()) return planned;
  const rows = Math.floor(PAGE_CHUNK_BYTES / (shape.cols * BYTES[shape.dtype]));
  return Math.max(1, Math.min(planned, PAGE_CHUNK_ROWS, rows));
}
