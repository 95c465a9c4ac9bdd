import { rangeError } from '../errors.ts';
import { mostFitting } from '../runtime/fitting.ts';
import { withEngine } from '../runtime/lease.ts';
import { checkInputs, ownOptions } from '../runtime/memory/inputs.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { checkRequest, fits, type MemoryRequest } from '../runtime/memory-request.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import { checkOptions } from '../support/checks.ts';
import { drive } from '../support/scheduling.ts';
import { driveReading, type InMemoryRows, readVectorsSteps } from '../support/vectors.ts';
import type { FloatArray, Matrix, Run, Vectors } from '../types.ts';
import { fillByFunction, VIEW_BYTES } from './custom.ts';
import { BYTES } from './element-types.ts';
import { createSpace } from './metric-space.ts';
import { checkMetric, type DistanceFunction, type Metric } from './metrics.ts';
import {
  completeParameters,
  METRIC_OPTIONS,
  type MetricOptions,
  readMetricOptions,
  refuseParameters,
} from './options.ts';
import { layOutScratch, prepareRows, prepareSteps } from './space.ts';
import { createResult, fillByStripes, layOutStripes, type Stripe, stripeLength } from './stripes.ts';

/** Options of `pdist` and `cdist`. */
export interface DistanceOptions extends Run, MetricOptions {}

/**
 * Distances between all pairs of rows, as a condensed matrix: (0,1), (0,2), ..., (0,n-1), (1,2), ...
 *
 * @param X n rows of d numbers; a Float32Array gives float32 distances, anything else float64
 * @param metric a name (see METRICS for differences between versions of SciPy), or a function of two rows, which is
 *   called for each pair i < j, in that order
 * @param options p, w, V and VI of the metric as in SciPy, and the options of every long call
 * @returns n(n-1)/2 distances, in the order of `scipy.spatial.distance.pdist`; empty for one row. In float64 their
 *   relative difference from SciPy's is at most 1e-12; NaN and infinity occur where SciPy has them
 * @throws RangeError for an unknown metric, a metric that does not fit the columns, or a bad value of an option;
 *   TypeError for options that the metric does not take, for a function that returns no number, and for arguments of
 *   the wrong type; errors of the function; MemoryLimitError
 */
export async function pdist(
  X: Vectors,
  metric: Metric | DistanceFunction = 'euclidean',
  options: DistanceOptions = {},
): Promise<FloatArray> {
  checkOptions(options, METRIC_OPTIONS, 'pdist', '{ p: 3 }');
  const run = readRun(options);
  options = ownOptions(options, run.inputs);
  const table = await driveReading(X, (it) => readVectorsSteps(it, 'X', run.inputs), run.signal);
  if (typeof metric === 'function') {
    refuseParameters(options, 'where the metric is a function');
    return pdistByFunction(table, metric, run);
  }
  checkMetric(metric);
  const given = readMetricOptions(metric, options, table.cols);
  const { rows: n, cols, element } = table;
  if (n < 2) {
    createSpace(metric, cols, element, element, {
      V: new Float64Array(),
      ...given,
      VI: new Float64Array(),
    });
    return createResult('pdist', element, 0);
  }
  const parameters = await completeParameters(metric, given, [table], run.signal);
  const space = createSpace(metric, cols, element, element, parameters);
  const size = BYTES[space.output];
  const lay = (rows: number) => {
    const total = (rows * (rows - 1)) / 2;
    const layout = new Layout();
    const set = space.layOut(layout, rows, true);
    const scratch = layOutScratch(layout, space, run.threads);
    const longest = stripeLength(space.output, total, rows - 1);
    const places = layOutStripes(layout, space.output, total, longest);
    const request: MemoryRequest = {
      linearBytes: layout.totalBytes,
      hostBytes: total * size + rows * table.rowBytes,
      limit: run.limit,
      threads: run.threads,
      what: `pdist of ${rows} rows`,
      wouldFit: () =>
        `${mostFitting(n, (fewer) => fits(lay(fewer).request))} rows would fit, or a sample in two passes (twoPass)`,
    };
    return { total, set, scratch, longest, places, request };
  };
  const { total, set, scratch, longest, places, request } = lay(n);
  return withEngine(request, run, async (engine) => {
    await engine.write(set.input, table.data, run.signal, space.input);
    await prepareRows(engine, space, set, n, run.signal);
    return fillByStripes(engine, {
      what: 'pdist',
      element: space.output,
      length: total,
      places,
      stripes: condensedStripes(n, longest),
      // The kernel adds the offset of a row in the whole matrix, so the stripe's own offset is subtracted from the
      // address.
      callFor: ({ offset }, _place, ptr) => space.pairwise(set, n, scratch, ptr - offset * size),
      elementsBefore: ({ offset }, row) => condensedRow(n, row) - offset,
      onDone: (done) => run.progress({ phase: 'distances', done, total }),
      signal: run.signal,
    });
  });
}

/** Distances of all pairs of rows by a function. The element type is that of the rows. */
export async function pdistByFunction(
  table: InMemoryRows,
  metric: DistanceFunction,
  run: RunState,
): Promise<FloatArray> {
  const { rows: n, element, rowBytes } = table;
  const total = (n * (n - 1)) / 2;
  const bytesOf = (rows: number) =>
    ((rows * (rows - 1)) / 2) * BYTES[element] + rows * (VIEW_BYTES + rowBytes);
  checkRequest(
    {
      linearBytes: 0,
      hostBytes: bytesOf(n),
      limit: run.limit,
      what: `pdist of ${n} rows`,
      wouldFit: () => `${mostFitting(n, (rows) => bytesOf(rows) <= run.limit)} rows would fit`,
    },
    run.inputs,
  );
  const result = createResult('pdist', element, total);
  await fillByFunction(metric, table, undefined, result, run);
  checkInputs(run.inputs);
  return result;
}

/**
 * Distances between every row of A and every row of B.
 *
 * @param A m rows
 * @param B n rows, with the same number of columns and the same element type
 * @param metric as for `pdist`
 * @param options as for `pdist`; by default V and VI are computed from the rows of A and B together
 * @returns m x n distances
 * @throws RangeError if the shapes do not fit; errors of `pdist`
 */
export async function cdist(
  A: Vectors,
  B: Vectors,
  metric: Metric | DistanceFunction = 'euclidean',
  options: DistanceOptions = {},
): Promise<Matrix> {
  checkOptions(options, METRIC_OPTIONS, 'cdist', '{ p: 3 }');
  const run = readRun(options);
  options = ownOptions(options, run.inputs);
  const [a, b] = await Promise.all([
    driveReading(A, (it) => readVectorsSteps(it, 'A', run.inputs), run.signal),
    driveReading(B, (it) => readVectorsSteps(it, 'B', run.inputs), run.signal),
  ]);
  if (a.cols !== b.cols) {
    throw rangeError(`A and B must have the same number of columns, got ${a.cols} and ${b.cols}`);
  }
  if (a.element !== b.element) {
    const [first, second] = a.element === 'f4' ? ['float32', 'float64'] : ['float64', 'float32'];
    throw rangeError(`A and B must have the same element type, got ${first} and ${second}`);
  }
  if (typeof metric === 'function') {
    refuseParameters(options, 'where the metric is a function');
    return cdistByFunction(a, b, metric, run);
  }
  checkMetric(metric);
  const given = readMetricOptions(metric, options, a.cols);
  const parameters = await completeParameters(metric, given, [a, b], run.signal);
  const space = createSpace(metric, a.cols, a.element, a.element, parameters);
  const size = BYTES[space.output];
  const lay = (rows: number) => {
    const layout = new Layout();
    const total = rows * b.rows;
    const longest = stripeLength(space.output, total, b.rows);
    const stripe = Math.max(1, Math.floor(longest / Math.max(1, b.rows)));
    const places = layOutStripes(layout, space.output, total, stripe * b.rows);
    // For each stripe that is in linear memory: the rows of A that it compares.
    const sets = places.map(() => space.layOut(layout, stripe, false));
    const setB = space.layOut(layout, b.rows, true);
    const scratch = layOutScratch(layout, space, run.threads);
    const request: MemoryRequest = {
      linearBytes: layout.totalBytes,
      hostBytes: total * size + rows * a.rowBytes + b.rows * b.rowBytes,
      limit: run.limit,
      threads: run.threads,
      what: `cdist of ${rows} x ${b.rows} rows`,
      wouldFit: () =>
        `${mostFitting(a.rows, (fewer) => fits(lay(fewer).request))} rows of A at a time would fit`,
    };
    return { total, stripe, places, sets, setB, scratch, request };
  };
  const { total, stripe, places, sets, setB, scratch, request } = lay(a.rows);
  return withEngine(request, run, async (engine) => {
    if (total > 0) {
      await engine.write(setB.input, b.data, run.signal, space.input);
      await prepareRows(engine, space, setB, b.rows, run.signal);
    }
    const data = await fillByStripes(engine, {
      what: 'cdist',
      element: space.output,
      length: total,
      places,
      stripes: total > 0 ? rowStripes(a.rows, b.rows, stripe) : [],
      callFor: async ({ end, offset }, place, ptr) => {
        const from = (offset / b.rows) * a.cols;
        const rows = a.data.subarray(from, from + end * a.cols);
        await engine.write(sets[place].input, rows, run.signal, space.input);
        await drive(prepareSteps(engine, space, sets[place], end), run.signal);
        return space.cross(sets[place], setB, b.rows, scratch, ptr);
      },
      elementsBefore: (_stripe, row) => row * b.rows,
      onDone: (done) => run.progress({ phase: 'distances', done, total }),
      signal: run.signal,
    });
    return { data, rows: a.rows, cols: b.rows };
  });
}

async function cdistByFunction(
  a: InMemoryRows,
  b: InMemoryRows,
  metric: DistanceFunction,
  run: RunState,
): Promise<Matrix> {
  const total = a.rows * b.rows;
  const bytesOf = (rows: number) =>
    rows * (b.rows * BYTES[a.element] + VIEW_BYTES + a.rowBytes) + b.rows * (VIEW_BYTES + b.rowBytes);
  checkRequest(
    {
      linearBytes: 0,
      hostBytes: bytesOf(a.rows),
      limit: run.limit,
      what: `cdist of ${a.rows} x ${b.rows} rows`,
      wouldFit: () =>
        `${mostFitting(a.rows, (rows) => bytesOf(rows) <= run.limit)} rows of A at a time would fit`,
    },
    run.inputs,
  );
  const data = createResult('cdist', a.element, total);
  await fillByFunction(metric, a, b, data, run);
  checkInputs(run.inputs);
  return { data, rows: a.rows, cols: b.rows };
}

/** Index of the first element of row i of a condensed matrix. */
function condensedRow(n: number, i: number): number {
  return (i * (2 * n - i - 1)) / 2;
}

/**
 * Stripes of whole rows of a condensed matrix. A stripe has at most `longest` elements, unless a single row is longer.
 */
function* condensedStripes(n: number, longest: number): Generator<Stripe> {
  for (let begin = 0; begin < n - 1; ) {
    const offset = condensedRow(n, begin);
    let end = begin + 1;
    while (end < n - 1 && condensedRow(n, end + 1) - offset <= longest) end++;
    yield { begin, end, offset, length: condensedRow(n, end) - offset };
    begin = end;
  }
}

/** Stripes of `stripe` rows of a rows x cols matrix. The kernel counts rows from the first row of the stripe. */
function* rowStripes(rows: number, cols: number, stripe: number): Generator<Stripe> {
  for (let begin = 0; begin < rows; begin += stripe) {
    const end = Math.min(stripe, rows - begin);
    yield { begin: 0, end, offset: begin * cols, length: end * cols };
  }
}
