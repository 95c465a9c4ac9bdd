import { type DirectMetric, directDistances, isDirect } from '../../distance/direct.ts';
import { BYTES, type Element, kernelFor } from '../../distance/element-types.ts';
import { checkRowsSteps } from '../../distance/finite.ts';
import { createSpace } from '../../distance/metric-space.ts';
import { checkMetric, type Metric } from '../../distance/metrics.ts';
import {
  completeParameters,
  METRIC_OPTIONS,
  type MetricOptions,
  readMetricOptions,
  refuseParameters,
} from '../../distance/options.ts';
import { layOutScratch, prepareRows, type Room, type RowSet, type Space } from '../../distance/space.ts';
import { pairOf } from '../../distance/squareform.ts';
import { rangeError } from '../../errors.ts';
import { BEGIN, END, type Engine, type TileCall } from '../../runtime/engine.ts';
import { mostFitting } from '../../runtime/fitting.ts';
import { SPAN_WORDS } from '../../runtime/kernels/constants.ts';
import { EXTRA } from '../../runtime/kernels/kernel-set.ts';
import { leafOrderingScratchBytes } from '../../runtime/kernels/ordering-sizes.ts';
import { withEngine } from '../../runtime/lease.ts';
import { ownOptions } from '../../runtime/memory/inputs.ts';
import { Layout } from '../../runtime/memory/layout.ts';
import { fits, type MemoryRequest } from '../../runtime/memory-request.ts';
import { type RunState, readRun } from '../../runtime/run.ts';
import { checkOptions, wrongType } from '../../support/checks.ts';
import { drive } from '../../support/scheduling.ts';
import { driveReading, type InMemoryRows, readVectorsSteps } from '../../support/vectors.ts';
import type { FloatArray, Run, Vectors, Z } from '../../types.ts';
import { leafOrder } from '../traverse.ts';
import { checkLinkage } from '../validate.ts';

/** Options of `optimalLeafOrdering`; p, w, V and VI belong to the metric, as in `pdist`. */
export interface LeafOrderingOptions extends Run, MetricOptions {
  /** Distance between rows, if the input is vectors: a name, a function, or 'precomputed' distances. Default 'euclidean'. */
  metric?: Metric | DirectMetric;
}

/** Bytes of a stripe of distances that is copied into the square matrix at a time. */
const STRIPE_BYTES = 2 ** 23;

/**
 * Optimal leaf ordering: swap the children of merges so that the sum of distances between neighbouring leaves is the
 * least that the tree allows.
 *
 * @param Z linkage matrix of n observations; it is not changed
 * @param input the n(n-1)/2 condensed distances (`pdist`) as a typed array, or the n rows of vectors
 * @returns a copy of Z in which the two clusters of some rows are swapped
 * @throws TypeError for arguments of the wrong type; RangeError for an invalid Z, if the number of distances or rows
 *   does not fit Z, and for distances that are not finite; BadRowError for a row that is not finite; MemoryLimitError
 *
 * The order is optimal, with sums in float64. SciPy's order often is not (scipy/scipy#11227). If it is, and no other
 * order is as good, this one is the same in every row: of an order and its reverse, both choose the one whose last
 * merge keeps its children in place. Among other orders of equal cost the choice may differ from SciPy's, but is always
 * the same.
 *
 * Memory: 8n² bytes for distances and costs in float64, plus at most 8 MiB or one row of distances, plus the vectors if
 * given. If `input` is float32, distances are float32 and sums float64.
 * Cost: O(n³) time at worst, O(n²) for chains.
 * Source: Bar-Joseph, Gifford and Jaakkola 2001, Bioinformatics 17, S22;
 * `scipy.cluster.hierarchy.optimal_leaf_ordering`.
 */
export async function optimalLeafOrdering(
  Z: Z,
  input: Vectors | FloatArray,
  options: LeafOrderingOptions = {},
): Promise<Z> {
  const known = { metric: true, ...METRIC_OPTIONS } as const;
  checkOptions(options, known, 'optimalLeafOrdering', "{ metric: 'euclidean' }");
  const run = readRun(options);
  options = ownOptions(options, run.inputs);
  const { metric = 'euclidean' } = options;
  const n = checkLinkage(Z);
  if (!isDirect(metric)) checkMetric(metric);
  const tree = { Z };
  run.inputs.hold(tree, 'Z');
  const distances = await readDistances(input, n, metric, options, run);
  const ordering = planOrdering(distances, n, run);
  const request: MemoryRequest = {
    linearBytes: ordering.linearBytes,
    hostBytes: ordering.hostBytes,
    limit: run.limit,
    kernels: EXTRA,
    what: `optimal ordering of ${n} leaves`,
    wouldFit: () => {
      const fitting = (leaves: number) => {
        const { linearBytes, hostBytes } = planOrdering(distances, leaves, run);
        return fits({ ...request, linearBytes, hostBytes });
      };
      return `${mostFitting(n, fitting)} leaves would fit`;
    },
  };
  return withEngine(request, run, (engine) => ordering.order(engine, tree.Z));
}

/** The distances of n leaves: given, or as rows and a space to compute them in. */
type Distances = { y: FloatArray } | { table: InMemoryRows; space: Space };

async function readDistances(
  input: Vectors | FloatArray,
  n: number,
  metric: Metric | DirectMetric,
  options: MetricOptions,
  run: RunState,
): Promise<Distances> {
  if (input instanceof Float32Array || input instanceof Float64Array) {
    const names = ['metric', 'p', 'w', 'V', 'VI'].slice(metric === 'precomputed' ? 1 : 0);
    refuseParameters(options, 'for condensed distances', names);
    const wanted = (n * (n - 1)) / 2;
    if (input.length !== wanted) {
      throw rangeError(
        `y has ${input.length} distances, but Z stands for ${n} observations, which have n(n-1)/2 = ${wanted}`,
      );
    }
    const given = { y: input };
    run.inputs.hold(given, 'y');
    return given;
  }
  if (ArrayBuffer.isView(input)) {
    throw wrongType('condensed distances', 'a Float32Array or a Float64Array', input);
  }
  const table = await driveReading(input, (it) => readVectorsSteps(it, 'X', run.inputs), run.signal);
  run.rowBytes = table.rowBytes;
  if (metric === 'precomputed' && table.cols === 1 && table.rows === (n * (n - 1)) / 2) {
    return { y: table.data };
  }
  if (table.rows !== n) {
    throw rangeError(`X has ${table.rows} rows, but Z stands for ${n} observations`);
  }
  if (isDirect(metric)) return directDistances(table, metric, options, run);
  const { cols, element } = table;
  const given = readMetricOptions(metric, options, cols);
  const parameters = await completeParameters(metric, given, [table], run.signal);
  return { table, space: createSpace(metric, cols, element, element, parameters) };
}

interface OrderingLayout {
  layout: Layout;
  /** n x n float64. */
  matrix: number;
  /** The position of each leaf in the leaf order of the tree: n uint32. */
  places: number;
  spans: number;
  ends: number;
  scratch: number;
  /** Rows of the condensed distances. This region and the following ones overlap the scratch, which is used later. */
  stripe: number;
  stripeLength: number;
  set: RowSet | undefined;
  spaceScratch: Room;
}

function elementOf(distances: Distances): Element {
  if ('y' in distances) return distances.y instanceof Float32Array ? 'f4' : 'f8';
  return distances.space.output;
}

function layOutOrdering(distances: Distances, n: number, threads: number): OrderingLayout {
  const size = BYTES[elementOf(distances)];
  const layout = new Layout();
  // The kernels read up to 24 bytes beyond the last row.
  const matrix = layout.add(n * n * 8 + 32);
  const places = layout.add(n * 4);
  const spans = layout.add((n - 1) * SPAN_WORDS * 4);
  const ends = layout.add((2 * n - 1) * 8);
  const { mark } = layout;
  const stripeLength = Math.max(n - 1, Math.min((n * (n - 1)) / 2, STRIPE_BYTES / size));
  const stripe = layout.add(stripeLength * size);
  const space = 'space' in distances ? distances.space : undefined;
  const set = space?.layOut(layout, n, true);
  const spaceScratch = space ? layOutScratch(layout, space, threads) : 0;
  layout.rewind(mark);
  const scratch = layout.add(leafOrderingScratchBytes(n));
  return { layout, matrix, places, spans, ends, scratch, stripe, stripeLength, set, spaceScratch };
}

/** A planned ordering: the memory that it needs, and a function that runs it. */
export interface Ordering {
  linearBytes: number;
  hostBytes: number;
  /** Order the leaves of Z. It overwrites the engine's memory from the start. */
  order(engine: Engine, Z: Z): Promise<Z>;
}

/** Plan the ordering of n leaves before the tree is grown. */
export function planOrdering(distances: Distances, n: number, run: RunState): Ordering {
  const layout = layOutOrdering(distances, n, run.threads);
  return {
    linearBytes: layout.layout.totalBytes,
    // The result, and the leaves with their positions.
    hostBytes: n * (64 + run.rowBytes),
    order: (engine, Z) => orderLeaves(engine, layout, distances, Z, run),
  };
}

/**
 * Units of work in a merge: the number of blocks of 4 leaves in the two halves of the left child, times twice the
 * number of leaves of the right child.
 */
function unitsOf(begin: number, split: number, middle: number, end: number): number {
  return 2 * (end - middle) * (Math.ceil((split - begin) / 4) + Math.ceil((middle - split) / 4));
}

/** Write each merge as spans of leaf positions. @returns the total number of units of work */
function writeSpans(Z: Z, start: Int32Array, spans: Int32Array): number {
  const n = Z.length / 4 + 1;
  let units = 0;
  for (let i = 0; i < n - 1; i++) {
    const at = SPAN_WORDS * i;
    const left = Z[4 * i];
    const right = Z[4 * i + 1];
    const begin = start[left];
    const middle = start[right];
    const leftSplit = left < n ? begin : spans[SPAN_WORDS * (left - n) + 2];
    const rightSplit = right < n ? middle : spans[SPAN_WORDS * (right - n) + 2];
    const end = right < n ? middle + 1 : spans[SPAN_WORDS * (right - n) + 4];
    spans.set([begin, leftSplit, middle, rightSplit, end, left, right, units], at);
    if (i < n - 2) units += unitsOf(begin, leftSplit, middle, end);
  }
  return units;
}

async function orderLeaves(
  engine: Engine,
  layout: OrderingLayout,
  distances: Distances,
  Z: Z,
  run: RunState,
): Promise<Z> {
  const n = Z.length / 4 + 1;
  const { matrix, places, spans, ends, scratch } = layout;
  const { signal } = run;
  const result = Z.slice();
  const { start } = leafOrder(Z);
  // Leaves are the first n nodes, and the start of a leaf is its position.
  engine.i32(places, n).set(start.subarray(0, n));
  const units = writeSpans(Z, start, engine.i32(spans, SPAN_WORDS * (n - 1)));
  await writeDistances(engine, layout, distances, n, run);

  const rootUnits = n + (n - start[Z[4 * (n - 2) + 1]]);
  const total = units + rootUnits + n - 1;
  const head = [matrix, n, spans, BEGIN, END] as const;
  const step = async (call: TileCall, count: number, before: number, grain: number) => {
    const onDone = (done: number) => run.progress({ phase: 'ordering', done: before + done, total });
    await engine.tiles({ ...call, sequential: true }, 0, count, { signal, grain, onDone });
  };
  engine.kernels.leafOrderingInit(scratch);
  await step({ kernel: 'leafOrderingCosts', args: [...head, scratch] }, units, 0, 4);
  await step({ kernel: 'leafOrderingRoot', args: [...head, scratch] }, rootUnits, units, 1);
  await step({ kernel: 'leafOrderingTrace', args: [...head, ends, scratch] }, n - 1, units + rootUnits, 1);

  const firsts = engine.i32(ends, 2 * (2 * n - 1));
  for (let i = 0; i < n - 1; i++) {
    const left = result[4 * i];
    const right = result[4 * i + 1];
    if (firsts[2 * (n + i)] < start[right]) continue;
    result[4 * i] = right;
    result[4 * i + 1] = left;
  }
  return result;
}

/** Write all distances into the square matrix, in leaf order, stripe by stripe. */
async function writeDistances(
  engine: Engine,
  layout: OrderingLayout,
  distances: Distances,
  n: number,
  run: RunState,
): Promise<void> {
  const { matrix, places, stripe, stripeLength, set, spaceScratch } = layout;
  const { signal } = run;
  const element = elementOf(distances);
  const total = (n * (n - 1)) / 2;
  const progress = (row: number) => run.progress({ phase: 'distances', done: rowStart(n, row), total });
  if (set && 'space' in distances) {
    const { space, table } = distances;
    await engine.write(set.input, table.data, signal);
    await drive(checkRowsSteps(engine, space, set.input, n, 'X'), signal);
    await prepareRows(engine, space, set, n, signal);
  }
  for (let begin = 0; begin < n - 1; ) {
    const offset = rowStart(n, begin);
    let end = begin + 1;
    while (end < n - 1 && rowStart(n, end + 1) - offset <= stripeLength) end++;
    const count = rowStart(n, end) - offset;
    // The kernels add the offset of a row in the whole condensed matrix.
    const origin = stripe - offset * BYTES[element];
    if (set && 'space' in distances) {
      const call = distances.space.pairwise(set, n, spaceScratch, origin);
      await engine.tiles(call, begin, end, { signal, onDone: progress });
    } else if ('y' in distances) {
      engine.floats(element, stripe, count).set(distances.y.subarray(offset, offset + count));
    }
    const bad =
      engine.kernels[kernelFor(element, 'findNonFiniteF32', 'findNonFiniteF64')](stripe, 0, count) >>> 0;
    if (bad < count) {
      const [i, j] = pairOf(offset + bad, n);
      const value = engine.floats(element, stripe, count)[bad];
      throw rangeError(
        `the distance between rows ${i} and ${j} is ${value}; optimal ordering needs finite distances`,
      );
    }
    const call: TileCall = {
      kernel: kernelFor(element, 'leafOrderingScatterF32', 'leafOrderingScatterF64'),
      args: [origin, n, BEGIN, END, places, matrix],
    };
    await engine.tiles(call, begin, end, { signal });
    progress(end);
    begin = end;
  }
  // The last leaf has no row of condensed distances, but its element on the diagonal must be set.
  engine.kernels.leafOrderingScatterF64(stripe, n, n - 1, n, places, matrix);
}

/** Index of the first element of row i of a condensed matrix. */
function rowStart(n: number, i: number): number {
  return (i * (2 * n - i - 1)) / 2;
}
