import { BYTES, type Element } from '../../distance/element-types.ts';
import { checkRowsSteps } from '../../distance/finite.ts';
import { warnIfHollow } from '../../distance/hollow.ts';
import { createSpace } from '../../distance/metric-space.ts';
import { checkMetric, type DistanceFunction, type Metric } from '../../distance/metrics.ts';
import {
  completeParameters,
  METRIC_OPTIONS,
  type MetricOptions,
  type MetricParameters,
  readMetricOptions,
  refuseParameters,
} from '../../distance/options.ts';
import { pdistByFunction } from '../../distance/pdist.ts';
import { placeScratch, prepareRows, type RowSet, type Space } from '../../distance/space.ts';
import { rangeError, typeError } from '../../errors.ts';
import type { Scratch } from '../../runtime/engine.ts';
import { EXTRA } from '../../runtime/kernels/kernel-set.ts';
import { withEngine } from '../../runtime/lease.ts';
import { ownOptions } from '../../runtime/memory/inputs.ts';
import { Layout } from '../../runtime/memory/layout.ts';
import { type Demand, fits } from '../../runtime/memory-request.ts';
import { MOST_THREADS, type RunState, readRun } from '../../runtime/run.ts';
import { checkOptions, type Known } from '../../support/checks.ts';
import { describe } from '../../support/describe.ts';
import { drive } from '../../support/scheduling.ts';
import { driveReading, readVectorsSteps, type Table } from '../../support/vectors.ts';
import type { FloatArray, Run, Vectors, Z } from '../../types.ts';
import { withFacts } from './errors.ts';
import { type Ordering, planOrdering } from './leaf-ordering.ts';
import { type LinearPlace, placeLinear } from './linear-layout.ts';
import { measureAll, mergeRows, placeMerging } from './matrix.ts';
import { type DemandAt, demandFor, kernelsOf } from './memory-request.ts';
import { checkMethod, EUCLIDEAN_METHODS, type Method, needsUnitLength } from './methods.ts';
import { checkNegativeSteps, clamp } from './negative-distances.ts';
import { mergeStripes, placeSpanning, type SpanningPlace } from './single.ts';
import { hasSquare, writeSquare } from './square.ts';
import {
  checkLinear,
  checkMatrix,
  checkStrategy,
  hasLinear,
  isLinearFaster,
  type Strategy,
} from './strategy.ts';

/** Options of `linkage`; p, w, V and VI belong to the metric, as in `pdist`. */
export interface LinkageOptions extends Run, MetricOptions {
  /** How the distance between clusters is made. Default 'single'. */
  method?: Method;
  /** Distance between rows, where vectors are given: a name or a function. Default 'euclidean'. */
  metric?: Metric | DistanceFunction;
  /** Turn the children of merges so that neighbouring leaves lie close; see optimalLeafOrdering. Default false. */
  optimalOrdering?: boolean;
  /** Whether all distances of vectors are made first and kept. Default 'auto': see Strategy. */
  strategy?: Strategy;
}

/** The names of LinkageOptions. */
export const LINKAGE_OPTIONS: Known<LinkageOptions> = {
  method: true,
  metric: true,
  optimalOrdering: true,
  strategy: true,
  ...METRIC_OPTIONS,
};

/**
 * Hierarchical clustering: merge the two nearest clusters until one is left.
 *
 * @param input n rows of vectors, or n(n-1)/2 condensed distances (`pdist`) as a typed array
 * @returns SciPy's linkage matrix, (n-1) x 4, flat: the two clusters (rows are 0 to n-1, the k-th merge makes
 *   n + k), their distance, the number of rows. Where distances have no ties it is SciPy's, heights to
 *   1e-10 in float64. Where they have, it is SciPy's too for complete, average and weighted of float64.
 * @throws TypeError for other types, RangeError for fewer than two rows, unknown or unfit methods and
 *   metrics and for distances that are negative (by more than rounding, which counts as 0 with a warning) or not
 *   finite, BadRowError for a row that is not, MemoryLimitError
 *
 * Ties: the same tree at every memory limit, with every number of threads, from rows and from their distances. complete,
 * average, weighted, ward: a chain of nearest neighbours from the lowest row; of equally near clusters the one before in
 * the chain, else the one whose row is the lowest, where the larger row of the two stands for a merged cluster. Equal
 * heights keep the order of the chain. single: pairs of rows i < j by distance, then i, then j. centroid, median: of the
 * nearest pairs the one whose later cluster is the earliest, then whose earlier one is; rows come in their order, before
 * merged clusters. ward, centroid and median compare squares, so that what rounding makes a tie can be another than
 * in SciPy. In linear memory: see Strategy.
 *
 * Cost: O(n²) time. Memory O(n²), or O(n) besides the rows with strategy 'linear' and for 'single'. `optimalOrdering`
 * makes the distances anew when the tree is done, in a square of float64: 8n² bytes instead of at most 4n², not
 * besides, and O(n³) time at worst.
 * Source: Müllner 2011, arXiv:1109.2378; `scipy.cluster.hierarchy.linkage`.
 */
export async function linkage(input: Vectors | FloatArray, options: LinkageOptions = {}): Promise<Z> {
  checkOptions(options, LINKAGE_OPTIONS, 'linkage', "{ method: 'ward' }");
  const run = readRun(options);
  options = ownOptions(options, run.inputs);
  const { method = 'single', metric = 'euclidean', optimalOrdering = false, strategy = 'auto' } = options;
  checkMethod(method);
  checkStrategy(strategy);
  if (typeof metric !== 'function') checkMetric(metric);
  if (typeof optimalOrdering !== 'boolean') {
    throw typeError(`optimalOrdering must be true or false, got ${describe(optimalOrdering)}`);
  }
  if (input instanceof Float32Array || input instanceof Float64Array) {
    if (options.metric !== undefined)
      throw rangeError('metric is for vectors, and the input holds distances');
    refuseParameters(options, 'for condensed distances');
    if (strategy === 'linear') checkLinear(method, undefined, false);
    const given = { y: input };
    run.inputs.hold(given, 'y');
    return linkCondensed(given, method, optimalOrdering, run);
  }
  if (ArrayBuffer.isView(input)) {
    throw typeError(`condensed distances must be a Float32Array or a Float64Array, got ${describe(input)}`);
  }
  const table = await driveReading(input, readVectorsSteps(input, 'X', run.inputs), run.signal);
  run.rowBytes = table.rowBytes;
  await drive(warnIfHollow(table, run.warn), run.signal);
  const unitLength = needsUnitLength(method, metric);
  if (unitLength) checkMatrix(method, metric as Metric, strategy);
  else if (EUCLIDEAN_METHODS.includes(method) && metric !== 'euclidean') {
    throw rangeError(
      `method '${method}' is defined for Euclidean distances; got ` +
        (typeof metric === 'function' ? 'a function. ' : `metric '${metric}'. `) +
        `Other distances can be given condensed, at the caller's own risk`,
    );
  }
  if (table.rows < 2) throw rangeError(`linkage needs at least two rows, got ${table.rows}`);
  if (typeof metric === 'function') {
    refuseParameters(options, 'where the metric is a function');
    if (strategy === 'linear') checkLinear(method, metric, false);
    const y = await pdistByFunction(table, metric, run);
    return linkCondensed({ y }, method, optimalOrdering, { ...run, limit: run.limit - y.byteLength });
  }
  const given = readMetricOptions(metric, options, table.cols);
  const parameters = await completeParameters(metric, given, [table], run.signal);
  if (strategy === 'linear') checkLinear(method, metric, parameters.w !== undefined);
  const way = unitLength ? 'linear' : strategy;
  try {
    return await linkVectors(table, method, metric, parameters, optimalOrdering, way, run);
  } catch (error) {
    throw withFacts(error, () => ({ metric }));
  }
}

/** Distances that are copied before it is said. */
const COPY = 2 ** 23;

/** Options of the short forms: those of linkage without the method. */
export type ShortFormOptions = Omit<LinkageOptions, 'method'>;

const { method: _, ...SHORT_OPTIONS } = LINKAGE_OPTIONS;

type ShortForm = (input: Vectors | FloatArray, options?: ShortFormOptions) => Promise<Z>;

function shortForm(method: Method): ShortForm {
  return async (input, options = {}) => {
    checkOptions(options, SHORT_OPTIONS, method, "{ metric: 'euclidean' }");
    return linkage(input, { ...options, method });
  };
}

/** `linkage` with method 'single': the distance of the nearest rows. */
export const single: ShortForm = /* @__PURE__ */ shortForm('single');
/** `linkage` with method 'complete': the distance of the farthest rows. */
export const complete: ShortForm = /* @__PURE__ */ shortForm('complete');
/** `linkage` with method 'average': the mean distance of rows (UPGMA). */
export const average: ShortForm = /* @__PURE__ */ shortForm('average');
/** `linkage` with method 'weighted': the mean of the two parts' distances (WPGMA). */
export const weighted: ShortForm = /* @__PURE__ */ shortForm('weighted');
/** `linkage` with method 'centroid': the distance of the means (UPGMC). */
export const centroid: ShortForm = /* @__PURE__ */ shortForm('centroid');
/** `linkage` with method 'median': the distance of midpoints (WPGMC). */
export const median: ShortForm = /* @__PURE__ */ shortForm('median');
/** `linkage` with method 'ward': the growth of the sum of squares. */
export const ward: ShortForm = /* @__PURE__ */ shortForm('ward');

/**
 * Lay a linkage out: with the full square of distances where that is faster and fits, else without.
 * @param placeInput adds what distances are made from
 */
function roomiest(
  method: Method,
  n: number,
  element: Element,
  run: RunState,
  ordering: Ordering | undefined,
  at: DemandAt,
  placeInput: (layout: Layout) => void,
) {
  const demand = (layout: Layout) => demandFor(layout, ordering, n, run, kernelsOf(method), method, at);
  const lay = (square: number | undefined) => {
    const layout = new Layout();
    placeInput(layout);
    const place = placeMerging(layout, { method, n, element, square });
    const distances = square === undefined ? layout.add(((n * (n - 1)) / 2) * BYTES[element]) : 0;
    return { layout, distances, place, demand };
  };
  if (hasSquare(method, n)) {
    const fast = lay(MOST_THREADS);
    if (fits(demand(fast.layout))) return fast;
  }
  return lay(undefined);
}

async function linkCondensed(
  given: { y: FloatArray },
  method: Method,
  ordered: boolean,
  run: RunState,
): Promise<Z> {
  const { length } = given.y;
  const n = Math.round((1 + Math.sqrt(1 + 8 * length)) / 2);
  if (length === 0) {
    throw rangeError('the condensed distances are empty; linkage needs at least two rows, so one distance');
  }
  if ((n * (n - 1)) / 2 !== length) {
    throw rangeError(
      `the condensed distances have length ${length}, which is not n(n-1)/2 for any n ` +
        `(the nearest are ${((n - 1) * (n - 2)) / 2}, ${(n * (n - 1)) / 2} and ${(n * (n + 1)) / 2})`,
    );
  }
  const element: Element = given.y instanceof Float32Array ? 'f4' : 'f8';
  const least = await drive(checkNegativeSteps(given.y, n), run.signal);
  const below = least < 0;
  if (below) run.warn({ code: 'NEGATIVE', message: `distances below 0, down to ${least}, count as 0` });
  const orderingOf = (rows: number) => (ordered ? planOrdering(given, rows, run) : undefined);
  const ordering = orderingOf(n);
  const laySpanning = (rows: number) => {
    const layout = new Layout();
    const place = placeSpanning(layout, rows, element, run);
    return { place, demand: demandFor(layout, orderingOf(rows), rows, run, EXTRA, 'single', at) };
  };
  const lay = (rows: number, by: Method) => roomiest(by, rows, element, run, orderingOf(rows), at, () => {});
  const at: DemandAt = (rows, by) => {
    if (by === 'single') return laySpanning(rows).demand;
    const { layout, demand } = lay(rows, by);
    return demand(layout);
  };
  if (method === 'single') {
    const { place, demand } = laySpanning(n);
    return spanCondensed(given, n, element, below, ordering, place, demand, run);
  }
  const { layout, distances, place, demand } = lay(n, method);
  return withEngine(demand(layout), run, async (engine) => {
    const shape = { element, n, squared: EUCLIDEAN_METHODS.includes(method), below };
    const onCopied = (done: number) => run.progress({ phase: 'distances', done, total: length });
    if (place.square) {
      await writeSquare(engine, place.square, given.y, shape, run.signal, onCopied);
    } else {
      for (let at = 0; at < length; at += COPY) {
        const part = given.y.subarray(at, at + COPY);
        const ptr = distances + at * BYTES[element];
        await engine.write(ptr, part, run.signal);
        if (below) clamp(engine.floats(element, ptr, part.length));
        onCopied(at + part.length);
      }
    }
    const Z = await mergeRows(engine, place, {
      method,
      element,
      n,
      distances,
      squared: false,
      signal: run.signal,
      onMerged: (done) => run.progress({ phase: 'linkage', done, total: n - 1 }),
    });
    return ordering ? ordering.order(engine, Z) : Z;
  });
}

/** Single linkage: rows of distances pass by, and none is kept. */
async function spanCondensed(
  given: { y: FloatArray },
  n: number,
  element: Element,
  below: boolean,
  ordering: Ordering | undefined,
  place: SpanningPlace,
  demand: Demand,
  run: RunState,
): Promise<Z> {
  return withEngine(demand, run, async (engine) => {
    const Z = await mergeStripes(engine, place, {
      element,
      n,
      signal: run.signal,
      fill: async ({ offset, length }, at) => {
        await engine.write(at, given.y.subarray(offset, offset + length), run.signal);
        if (below) clamp(engine.floats(element, at, length));
      },
      onRows: (done) => run.progress({ phase: 'linkage', done, total: n - 1 }),
    });
    return ordering ? ordering.order(engine, Z) : Z;
  });
}

/** Where single linkage of vectors keeps its things. */
interface SpanningRows {
  layout: Layout;
  set: RowSet;
  scratch: Scratch;
  place: SpanningPlace;
}

function laySpanningRows(n: number, space: Space, run: RunState): SpanningRows {
  const layout = new Layout();
  const set = space.place(layout, n, true);
  const scratch = placeScratch(layout, space, MOST_THREADS);
  return { layout, set, scratch, place: placeSpanning(layout, n, space.output, run) };
}

async function spanVectors(
  table: Table,
  space: Space,
  ordering: Ordering | undefined,
  { set, scratch, place }: SpanningRows,
  demand: Demand,
  run: RunState,
): Promise<Z> {
  const { rows: n } = table;
  return withEngine(demand, run, async (engine) => {
    await engine.write(set.input, table.data, run.signal);
    await engine.drive(checkRowsSteps(engine, space, set.input, n, 'X'), run.signal);
    await prepareRows(engine, space, set, n, run.signal);
    const total = (n * (n - 1)) / 2;
    const Z = await mergeStripes(engine, place, {
      element: space.output,
      n,
      signal: run.signal,
      fill: ({ begin, end, offset }, at) => {
        const call = space.pairwise(set, n, scratch, at - offset * BYTES[space.output]);
        return engine.tiles(call, begin, end, { signal: run.signal });
      },
      onRows: (done) => run.progress({ phase: 'distances', done: (done * (done + 1)) / 2, total }),
    });
    run.progress({ phase: 'linkage', done: n - 1, total: n - 1 });
    return ordering ? ordering.order(engine, Z) : Z;
  });
}

/** Where linkage of vectors in linear memory keeps its things. */
interface LinearRows {
  layout: Layout;
  rows: number;
  place: LinearPlace;
}

function layLinearRows(n: number, method: Method, { cols, element }: Table): LinearRows {
  const layout = new Layout();
  const rows = layout.add(n * cols * BYTES[element]);
  return { layout, rows, place: placeLinear(layout, method, n, cols, rows) };
}

/** Methods that means tell the distances of: none is kept. */
async function linkLinear(
  table: Table,
  method: Method,
  metric: Metric,
  weights: Float64Array | undefined,
  ordering: Ordering | undefined,
  { rows, place }: LinearRows,
  demand: Demand,
  run: RunState,
): Promise<Z> {
  const { rows: n, cols, element } = table;
  return withEngine(demand, run, async (engine) => {
    await engine.write(rows, table.data, run.signal);
    await engine.drive(checkRowsSteps(engine, { input: element, cols }, rows, n, 'X'), run.signal);
    const { mergeLinear } = await import('./linear.ts');
    const Z = await mergeLinear(engine, place, {
      ...{ method, metric, element, n, cols, weights, prepared: false, signal: run.signal, warn: run.warn },
      onSearched: (done) => run.progress({ phase: 'distances', done, total: (n * (n - 1)) / 2 }),
      onMerged: (done) => run.progress({ phase: 'linkage', done, total: n - 1 }),
    });
    return ordering ? ordering.order(engine, Z) : Z;
  });
}

function hasTies(Z: Z): boolean {
  for (let k = 6; k < Z.length; k += 4) if (Z[k] === Z[k - 4]) return true;
  return false;
}

async function linkVectors(
  table: Table,
  method: Method,
  metric: Metric,
  parameters: MetricParameters,
  ordered: boolean,
  strategy: Strategy,
  run: RunState,
): Promise<Z> {
  const { rows: n, cols, element } = table;
  const isSquared = (by: Method) => EUCLIDEAN_METHODS.includes(by);
  const squared = isSquared(method);
  const spaceOf = (name: Metric) => createSpace(name, cols, element, element, parameters);
  const weighted = parameters.w !== undefined;
  const mayBeLinear = (by: Method) => strategy !== 'matrix' && hasLinear(by, metric, weighted);
  const orderingOf = (rows: number) =>
    ordered ? planOrdering({ table, space: spaceOf(metric) }, rows, run) : undefined;
  const ordering = orderingOf(n);
  const demandOf = (layout: Layout, rows: number, by: Method) =>
    demandFor(layout, orderingOf(rows), rows, run, EXTRA, by, at);
  const layMatrix = (rows: number, by: Method) => {
    const space = spaceOf(isSquared(by) ? 'sqeuclidean' : metric);
    let set = {} as RowSet;
    let scratch: Scratch = { ptr: 0, bytes: 0 };
    const laid = roomiest(by, rows, space.output, run, orderingOf(rows), at, (layout) => {
      set = space.place(layout, rows, true);
      scratch = placeScratch(layout, space, MOST_THREADS);
    });
    return { ...laid, space, set, scratch };
  };
  const at: DemandAt = (rows, by) => {
    const unit = needsUnitLength(by, metric);
    if (isSquared(by) && metric !== 'euclidean' && !unit) return undefined;
    if (by === 'single') return demandOf(laySpanningRows(rows, spaceOf(metric), run).layout, rows, by);
    const canBeLinear = mayBeLinear(by);
    if (strategy !== 'linear' && !unit) {
      const { layout, demand } = layMatrix(rows, by);
      const asked = demand(layout);
      if (!canBeLinear || fits(asked)) return asked;
    }
    return canBeLinear ? demandOf(layLinearRows(rows, by, table).layout, rows, by) : undefined;
  };
  if (method === 'single') {
    const space = spaceOf(metric);
    const laid = laySpanningRows(n, space, run);
    return spanVectors(table, space, ordering, laid, demandOf(laid.layout, n, method), run);
  }
  const linear = () => {
    const laid = layLinearRows(n, method, table);
    return linkLinear(
      table,
      method,
      metric,
      parameters.w,
      ordering,
      laid,
      demandOf(laid.layout, n, method),
      run,
    );
  };
  const canChoose = mayBeLinear(method);
  if (canChoose && strategy === 'linear') return linear();
  const { layout, distances, place, demand, space, set, scratch } = layMatrix(n, method);
  const square = place.square !== undefined || !hasSquare(method, n);
  if (canChoose && (!fits(demand(layout)) || isLinearFaster(method, n, cols, square))) {
    const Z = await linear();
    // With more memory it would have been the matrix.
    if (!isLinearFaster(method, n, cols, true) && hasTies(Z)) {
      run.warn({
        code: 'TIES',
        message: `distances tie, and memoryLimit made linkage take strategy 'linear', which breaks ties in its own way; 'matrix' may give another tree`,
      });
    }
    return Z;
  }
  return withEngine(demand(layout), run, async (engine) => {
    await engine.write(set.input, table.data, run.signal);
    await engine.drive(checkRowsSteps(engine, space, set.input, n, 'X'), run.signal);
    await prepareRows(engine, space, set, n, run.signal);
    const pairs = (n * (n - 1)) / 2;
    await measureAll(engine, place, distances, {
      method,
      space,
      set,
      n,
      scratch,
      squared,
      signal: run.signal,
      onDone: (row) =>
        run.progress({ phase: 'distances', done: (row * (2 * n - row - 1)) / 2, total: pairs }),
    });
    const Z = await mergeRows(engine, place, {
      method,
      element: space.output,
      n,
      distances,
      squared,
      signal: run.signal,
      onMerged: (done) => run.progress({ phase: 'linkage', done, total: n - 1 }),
    });
    return ordering ? ordering.order(engine, Z) : Z;
  });
}
