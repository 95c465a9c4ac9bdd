/**
 * What a two-pass clustering would do, in rows and bytes, before any work: that is how a memory limit is
 * kept. Everything that needs memory is laid out here; the work itself only fills it in.
 */
import { describe } from '../describe.ts';
import { checkMetric, createSpace, type Metric } from '../distance/metrics.ts';
import { BYTES, type Element, euclideanSpace, placeScratch, type RowSet, type Space } from '../distance/space.ts';
import { formatBytes, MemoryLimitError, rangeError, typeError } from '../errors.ts';
import { type MergingPlace, placeMerging } from '../hierarchy/merging.ts';
import { checkMethod, EUCLIDEAN_METHODS, type Method } from '../hierarchy/methods.ts';
import type { Scratch } from '../runtime/engine.ts';
import { Layout } from '../runtime/layout.ts';
import { ADDRESSABLE_BYTES, parseBytes } from '../runtime/limit.ts';
import { readThreads } from '../runtime/run.ts';
import type { Run } from '../types.ts';
import { planAssign } from './assignplan.ts';
import { type BadRows, readBadRows } from './badrows.ts';

/** How the tree of the sample is cut into clusters. */
export type Cut = number | { distance: number } | { inconsistent: number; depth?: number };

/** Which rows of a cluster stand for it. */
export type Pick = 'medoid' | 'random' | 'centroid';

export interface TwoPassOptions extends Run {
  /** The number of clusters, or a height or inconsistency to cut at. */
  clusters: Cut;
  /** Cluster every stride-th row. */
  stride?: number;
  /** Cluster this many rows, drawn at random. With neither: as many as memoryLimit allows, evenly spaced. */
  sample?: number;
  /** Default 'ward'. */
  method?: Method;
  /** Default 'euclidean'. */
  metric?: Metric;
  /** Cluster the rows of the square distance matrix as vectors, as `ward(square)` does in SciPy. */
  profiles?: boolean;
  /** Default one medoid. */
  leaders?: { perCluster?: number; pick?: Pick };
  /** Rows that are read at a time. Results do not depend on it. */
  chunkRows?: number;
  /** What to do with a row that is not finite. Default 'error'. */
  onBadRow?: BadRows;
}

/** Memory that twoPass takes where the caller names no limit. */
export const DEFAULT_LIMIT = 2 ** 30;

export interface Plan {
  /** 'stride': every stride-th row; 'random': rows drawn evenly; 'reservoir': the same in one reading of unknown length. */
  strategy: 'stride' | 'random' | 'reservoir';
  /** Rows of the data, where known. */
  rows: number | undefined;
  /** Rows in the sample; the most there can be where the number of rows is not known. */
  sample: number;
  /** Every which row is taken; undefined where rows are drawn at random. */
  stride: number | undefined;
  chunkRows: number;
  method: Method;
  metric: Metric;
  bytes: {
    /** Linear memory and the host's buffers of the first pass, */
    fit: number;
    /** of the second, */
    assign: number;
    /** and the larger of them, which is what the run takes. */
    peak: number;
    limit: number;
  };
}

/** Options with everything settled that does not depend on the data. */
export interface Settled {
  cut: Cut;
  stride: number | undefined;
  sample: number | undefined;
  method: Method;
  metric: Metric;
  profiles: boolean;
  perCluster: number;
  pick: Pick;
  chunkRows: number | undefined;
  badRows: BadRows;
  limit: number;
  threads: number;
}

/** Where the first pass keeps its things. */
export interface FitPlace {
  layout: Layout;
  space: Space;
  /** The space of the distances that the sample's tree, or its square matrix, is made from. */
  rowSpace: Space;
  /** Whether the tree is built from squared distances. */
  squared: boolean;
  sample: RowSet;
  scratch: Scratch;
  /** Condensed distances between rows of the sample. */
  distances: number;
  /** The square matrix as rows, where profiles are clustered. */
  profiles: RowSet | undefined;
  /** Condensed distances that the tree is built from. */
  tree: number;
  merging: MergingPlace;
  /** Overlays distances and tree, when leaders are picked. */
  members: RowSet;
  block: number;
  blockRows: number;
}

function whole(value: unknown, name: string, least: number): void {
  if (typeof value !== 'number') throw typeError(`${name} must be a number, got ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < least) {
    throw rangeError(`${name} must be a whole number from ${least}, got ${value}`);
  }
}

function checkCut(cut: Cut): void {
  if (typeof cut === 'number') {
    whole(cut, 'clusters', 1);
    return;
  }
  if (typeof cut !== 'object' || cut === null || 'distance' in cut === 'inconsistent' in cut) {
    throw typeError(`clusters must be a number, {distance} or {inconsistent, depth}, got ${describe(cut)}`);
  }
  const [name, value] = 'distance' in cut ? ['distance', cut.distance] : ['inconsistent', cut.inconsistent];
  if (typeof value !== 'number') throw typeError(`clusters.${name} must be a number, got ${describe(value)}`);
  if (!Number.isFinite(value) || value < 0) {
    throw rangeError(`clusters.${name} must be a finite number from 0, got ${value}`);
  }
  if ('inconsistent' in cut && cut.depth !== undefined) whole(cut.depth, 'clusters.depth', 1);
}

/** @throws TypeError or RangeError that names the option */
export function settle(options: TwoPassOptions): Settled {
  if (typeof options !== 'object' || options === null) {
    throw typeError(`options must be an object with at least {clusters}, got ${describe(options)}`);
  }
  const { clusters, stride, sample, method = 'ward', metric = 'euclidean', profiles = false } = options;
  const { perCluster = 1, pick = 'medoid' } = options.leaders ?? {};
  checkCut(clusters);
  checkMethod(method);
  checkMetric(metric);
  if (stride !== undefined) whole(stride, 'stride', 1);
  if (sample !== undefined) whole(sample, 'sample', 2);
  if (stride !== undefined && sample !== undefined) {
    throw rangeError(`stride (${stride}) and sample (${sample}) exclude each other; name one of them`);
  }
  if (typeof profiles !== 'boolean')
    throw typeError(`profiles must be true or false, got ${describe(profiles)}`);
  whole(perCluster, 'leaders.perCluster', 1);
  if (!['medoid', 'random', 'centroid'].includes(pick)) {
    throw rangeError(`leaders.pick must be 'medoid', 'random' or 'centroid', got ${describe(pick)}`);
  }
  if (options.chunkRows !== undefined) whole(options.chunkRows, 'chunkRows', 1);
  if (!profiles && EUCLIDEAN_METHODS.includes(method) && metric === 'sqeuclidean') {
    throw rangeError(
      `method '${method}' squares the distances itself; use metric 'euclidean', not 'sqeuclidean'`,
    );
  }
  return {
    cut: clusters,
    stride,
    sample,
    method,
    metric,
    profiles,
    perCluster,
    pick,
    chunkRows: options.chunkRows,
    badRows: readBadRows(options.onBadRow),
    limit: options.memoryLimit === undefined ? DEFAULT_LIMIT : parseBytes(options.memoryLimit),
    threads: readThreads(options.threads),
  };
}

/** Whether the tree can be built from squared distances at once. */
function isSquared({ method, metric, profiles }: Settled): boolean {
  return EUCLIDEAN_METHODS.includes(method) && (profiles || metric === 'euclidean');
}

/** The space of profiles: the n rows of the square distance matrix, as vectors. */
export function profileSpace(space: Space, n: number, squared: boolean): Space {
  return euclideanSpace(n, space.output, squared);
}

/** Lay the first pass out for a sample of n rows; `fast` with the full square of distances. */
export function placeFit(
  settled: Settled,
  cols: number,
  element: Element,
  n: number,
  fast = false,
): FitPlace {
  const { metric, profiles, threads } = settled;
  const squared = isSquared(settled);
  const layout = new Layout();
  const space = createSpace(metric, cols, element);
  // Ward on Euclidean vectors takes squares from the start, and saves a root and a square.
  const rowSpace = !profiles && squared ? createSpace('sqeuclidean', cols, element) : space;
  const sample = rowSpace.place(layout, n, true);
  const profile = profileSpace(space, n, squared);
  const scratch = placeScratch(layout, [space, rowSpace, profile], threads);
  const merging = placeMerging(layout, n, fast ? { element: space.output, threads } : undefined);
  const pairs = (n * (n - 1)) / 2;
  const mark = layout.mark;
  const distances = layout.add(pairs * BYTES[space.output]);
  let tree = distances;
  let square: RowSet | undefined;
  if (profiles) {
    square = profile.place(layout, n, true);
    tree = layout.add(pairs * BYTES[space.output]);
  }
  // Picking leaders comes after the tree is done, and works where the distances were.
  layout.rewind(mark);
  const members = space.place(layout, n, true);
  const blockRows = Math.max(1, Math.min(n, Math.floor(2 ** 22 / (n * BYTES[space.output]))));
  const block = layout.add(blockRows * n * BYTES[space.output]);
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
    members,
    block,
    blockRows,
  };
}

/** Bytes that the host holds for n sampled rows: chunks being read, Z, labels, row numbers, leaders. */
function hostBytes(n: number, cols: number, element: Element, chunkRows: number): number {
  return n * 120 + 3 * chunkRows * cols * BYTES[element];
}

/** Bytes that the first pass takes for a sample of n rows. */
function fitBytes(settled: Settled, cols: number, element: Element, n: number, chunkRows: number) {
  const linear = placeFit(settled, cols, element, n).layout.totalBytes;
  return { linear, total: linear + hostBytes(n, cols, element, chunkRows) };
}

export interface Shape {
  rows?: number;
  cols: number;
  dtype: Element;
}

/** Most rows that a sample can have within a limit. */
function largestSample(settled: Settled, shape: Shape, chunkRows: number): number {
  const fits = (n: number) => {
    const { linear, total } = fitBytes(settled, shape.cols, shape.dtype, n, chunkRows);
    return linear <= ADDRESSABLE_BYTES && total <= settled.limit;
  };
  let low = 1;
  let high = 2;
  while (high < 2 ** 17 && fits(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Rows of the first pass that are read at a time. */
export function fitChunkRows(settled: Settled, shape: Shape): number {
  if (settled.chunkRows !== undefined) return settled.chunkRows;
  const rowBytes = shape.cols * BYTES[shape.dtype];
  return Math.max(1, Math.floor(Math.min(2 ** 21, settled.limit / 32) / rowBytes));
}

/**
 * Settle the sample.
 * @throws MemoryLimitError that says what would fit, RangeError where the data are too few
 */
export function makePlan(settled: Settled, shape: Shape): Plan {
  const { cut, method, metric, limit } = settled;
  const { rows, cols, dtype } = shape;
  createSpace(metric, cols, dtype);
  if (rows !== undefined && rows < 2) {
    throw rangeError(`clustering needs at least two rows, the data have ${rows}`);
  }
  const chunkRows = fitChunkRows(settled, shape);
  const most = largestSample(settled, shape, chunkRows);
  let stride = settled.stride;
  let sample: number;
  let strategy: Plan['strategy'];
  if (stride !== undefined) {
    if (rows !== undefined && stride >= rows) {
      throw rangeError(
        `stride ${stride} leaves one row of the ${rows} there are; clustering needs at least two, so a stride of at most ${rows - 1}`,
      );
    }
    strategy = 'stride';
    sample = rows === undefined ? most : Math.ceil(rows / stride);
  } else if (settled.sample !== undefined) {
    sample = rows === undefined ? settled.sample : Math.min(settled.sample, rows);
    strategy = rows === undefined ? 'reservoir' : 'random';
    if (sample === rows) {
      strategy = 'stride';
      stride = 1;
    }
  } else if (rows === undefined) {
    strategy = 'reservoir';
    sample = most;
  } else {
    strategy = 'stride';
    // Not below one row, even where nothing fits: the check below says so.
    stride = Math.ceil(rows / Math.max(1, most));
    sample = Math.ceil(rows / stride);
  }
  const bytes = fitBytes(settled, cols, dtype, Math.max(2, sample), chunkRows);
  if (most < 2 || bytes.total > limit || bytes.linear > ADDRESSABLE_BYTES) {
    const over = bytes.total > limit ? bytes.total : bytes.linear;
    throw new MemoryLimitError(
      `clustering a sample of ${sample} rows of ${cols} columns`,
      over,
      bytes.total > limit ? limit : ADDRESSABLE_BYTES,
      most < 2
        ? `not even two rows fit; the least is ${formatBytes(fitBytes(settled, cols, dtype, 2, chunkRows).total)}`
        : rows === undefined
          ? `a sample of ${most} rows would fit`
          : `a sample of ${most} rows would fit, that is a stride of ${Math.ceil(rows / most)}`,
    );
  }
  if (typeof cut === 'number' && cut > sample) {
    throw rangeError(
      `clusters must be at most the number of rows that are clustered, got ${cut} clusters for ${sample} rows` +
        (sample === rows ? '' : ' in the sample'),
    );
  }
  const leaderRows = settled.perCluster * (typeof cut === 'number' ? cut : Math.min(sample, 1000));
  const second = planAssign(
    shape,
    { rows: Math.min(sample, leaderRows), element: dtype, metric },
    limit,
    settled.chunkRows,
    settled.threads,
  );
  const assignBytes = second.demand.linearBytes + (second.demand.hostBytes ?? 0);
  return {
    strategy,
    rows,
    sample,
    stride,
    chunkRows: second.chunkRows,
    method,
    metric,
    bytes: { fit: bytes.total, assign: assignBytes, peak: Math.max(bytes.total, assignBytes), limit },
  };
}

/**
 * What `twoPass` would do with data of this shape: sample, stride and bytes, before any work.
 *
 * @param shape a source, or the number of rows (if known) and columns and the element type
 * @throws MemoryLimitError that says what would fit; TypeError, RangeError for options that cannot be
 */
export function plan(shape: Shape, options: TwoPassOptions): Plan {
  if (typeof shape !== 'object' || shape === null) {
    throw typeError(`shape must be a Source or {rows, cols, dtype}, got ${describe(shape)}`);
  }
  const { rows, cols, dtype = 'f4' } = shape;
  whole(cols, 'shape.cols', 1);
  if (rows !== undefined) whole(rows, 'shape.rows', 0);
  if (dtype !== 'f4' && dtype !== 'f8') {
    throw typeError(`shape.dtype must be 'f4' or 'f8', got ${describe(dtype)}`);
  }
  return makePlan(settle(options), { rows, cols, dtype });
}
