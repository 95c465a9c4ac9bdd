/**
 * The memory of the first pass. All of it is planned here, before the pass begins.
 */

import { BYTES, type Element } from '../distance/element-types.ts';
import { layOutMembers, type MedoidLayout } from '../distance/medoid.ts';
import { createSpace } from '../distance/metric-space.ts';
import { euclideanSpace, layOutScratch, type RowSet, type Space } from '../distance/space.ts';
import { METHOD_FACTS } from '../hierarchy/linkage/methods.ts';
import {
  kernelsFor,
  layOutTree,
  planFor,
  type TreeChoice,
  type TreeLayout,
  type Way,
  wayFor,
  waysOf,
} from '../hierarchy/linkage/tree.ts';
import { readerChunks, type Shape } from '../model/source.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { fits, type MemoryRequest } from '../runtime/memory-request.ts';
import { MOST_THREADS } from '../runtime/run.ts';
import { isPage } from '../support/scheduling.ts';
import type { Settled } from './options.ts';

/** The memory layout of the first pass. While leaders are picked, their part overlays distances and tree. */
export interface FitLayout extends MedoidLayout {
  layout: Layout;
  /** The space of the distances from which the sample's tree, or its square matrix, is built. */
  rowSpace: Space;
  /** Whether the tree is built from squared distances. */
  squared: boolean;
  sample: RowSet;
  tree: TreeLayout;
  /** Used with profiles: condensed distances, and the rows of the square matrix made of them. */
  profiles: { distances: number; set: RowSet } | undefined;
}

/** Whether the tree can be built directly from squared distances. */
function isSquared({ method, metric, profiles }: Settled): boolean {
  return METHOD_FACTS[method].squared === true && (profiles || metric === 'euclidean');
}

/** The space of profiles: the n rows of the square distance matrix, as vectors. */
export function profileSpace(space: Space, n: number, squared: boolean): Space {
  return euclideanSpace(n, space.output, squared);
}

/** What decides how the tree is grown. */
function choiceOf({ method, metric, profiles, treeStrategy }: Settled, cols: number): TreeChoice {
  return { method, metric, weighted: false, profiles, strategy: treeStrategy, cols };
}

/** Plan the first pass for a sample of n rows. */
function layOutFit(
  settled: Settled,
  cols: number,
  element: Element,
  n: number,
  way: Way,
  threads: number,
): FitLayout {
  const { method, metric, profiles } = settled;
  const layout = new Layout();
  const space = createSpace(metric, cols, element);
  // Ward's method with Euclidean distances needs squares: computing them directly saves a root and a square.
  const squared = way !== 'linear' && isSquared(settled);
  const rowSpace = !profiles && squared ? createSpace('sqeuclidean', cols, element) : space;
  const profile = profiles ? profileSpace(space, n, squared) : undefined;
  const sample = rowSpace.layOut(layout, n, way !== 'linear');
  const scratch = layOutScratch(
    layout,
    profile ? [space, rowSpace, profile] : [space, rowSpace],
    MOST_THREADS,
  );
  // Rows scaled to unit length have been stored beside the sample.
  const tree = layOutTree(layout, way, {
    method,
    n,
    cols,
    element: space.output,
    rows: sample.rows,
    threads,
  });
  const distances = profile ? layout.add(((n * (n - 1)) / 2) * BYTES[space.output]) : 0;
  const set = profile?.layOut(layout, n, true);
  // Leaders are picked after the tree is built, in the memory of the distances.
  layout.rewind(tree.free);
  const leaders = layOutMembers(layout, space, n);
  return {
    layout,
    space,
    rowSpace,
    squared,
    sample,
    scratch,
    tree,
    profiles: set && { distances, set },
    ...leaders,
  };
}

/** The part of the layout that is needed for picking leaders. */
export type LeaderLayout = Pick<FitLayout, 'sample' | keyof MedoidLayout>;

/** Plan picking leaders again, from a kept sample of n rows. */
export function planRecut(
  settled: Settled,
  cols: number,
  element: Element,
  n: number,
): { layout: LeaderLayout; request: MemoryRequest } {
  const layout = new Layout();
  const space = createSpace(settled.metric, cols, element);
  const sample = space.layOut(layout, n, true);
  const scratch = layOutScratch(layout, [space], MOST_THREADS);
  const regions = { space, sample, scratch, ...layOutMembers(layout, space, n) };
  const request = {
    linearBytes: layout.totalBytes,
    hostBytes: n * (120 + cols * BYTES[element]),
    limit: settled.limit,
    threads: settled.threads,
    what: `picking leaders from a sample of ${n} rows of ${cols} columns`,
    wouldFit: 'a smaller sample would fit',
  };
  return { layout: regions, request };
}

/**
 * Bytes on the host for n sampled rows: chunks being read, the reader, Z, labels, row numbers, leaders, and the sample itself if
 * it is kept.
 */
function fitHostBytes({ keepSample }: Settled, n: number, shape: Shape, chunkRows: number): number {
  const rowBytes = shape.cols * BYTES[shape.dtype];
  const kept = keepSample ? n * rowBytes : 0;
  return n * 120 + kept + readerChunks(shape) * chunkRows * rowBytes + (shape.overheadBytes ?? 0);
}

/** The plan of the first pass: its layout and its memory. */
interface FitPlan {
  layout: FitLayout;
  request: MemoryRequest;
}

/**
 * Plan the first pass for a sample of n rows: the fastest strategy that fits, or, if none does, the one that needs the least
 * memory.
 */
export function planFit(settled: Settled, shape: Shape, n: number): FitPlan {
  const way = wayFor(choiceOf(settled, shape.cols), n, (one) => fits(lay(settled, shape, n, one).request));
  return planFor(way, settled.threads, (threads) => lay(settled, shape, n, way, undefined, threads));
}

function lay(
  settled: Settled,
  shape: Shape,
  n: number,
  way: Way,
  chunkRows = fitChunkRows(settled, shape),
  threads = settled.threads,
): FitPlan {
  const layout = layOutFit(settled, shape.cols, shape.dtype, n, way, threads);
  const hostBytes = fitHostBytes(settled, n, shape, chunkRows);
  const request = {
    linearBytes: layout.layout.totalBytes,
    hostBytes,
    limit: settled.limit,
    threads: settled.threads,
    kernels: kernelsFor(settled.method, way),
    what: `${shape.name ?? 'the data'}: clustering a sample of ${n} rows of ${shape.cols} columns`,
    wouldFit: 'a smaller sample would fit',
  };
  return { layout, request };
}

/** The most rows that fit with this strategy. Threads and chunkRows have no influence: labels must not depend on them. */
function mostRows(settled: Settled, shape: Shape, way: Way): number {
  const chunkRows = fitChunkRows({ ...settled, chunkRows: undefined }, shape);
  const fitting = (n: number) => fits(lay(settled, shape, n, way, chunkRows, 1).request);
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

/** Above this many rows, no matrix of distances is computed. */
const MOST_MATRIX = 2 ** 17;

/** The largest sample that fits in the limit. */
export function largestSample(settled: Settled, shape: Shape): number {
  const most = (way: Way) =>
    Math.min(way === 'condensed' ? MOST_MATRIX : MOST_SAMPLE, mostRows(settled, shape, way));
  return Math.max(...waysOf(choiceOf(settled, shape.cols)).map(most));
}

/**
 * The default size of the sample: as many rows as the limit allows for the matrix of their distances, or, without a matrix, as
 * many as take a few seconds.
 */
export function usualSample(settled: Settled, shape: Shape): number {
  const patience = Math.floor(Math.sqrt(PATIENCE / (shape.cols + 16)));
  const usual = (way: Way) =>
    Math.min(way === 'condensed' ? MOST_MATRIX : patience, mostRows(settled, shape, way));
  return Math.max(...waysOf(choiceOf(settled, shape.cols)).map(usual));
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
