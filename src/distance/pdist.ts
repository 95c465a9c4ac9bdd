import { rangeError } from '../errors.ts';
import { withEngine } from '../runtime/engine.ts';
import { Layout } from '../runtime/layout.ts';
import { readRun } from '../runtime/run.ts';
import type { FloatArray, Matrix, Run, Vectors } from '../types.ts';
import { checkMetric, createSpace, type Metric } from './metrics.ts';
import { BYTES, type Element, type Space } from './space.ts';
import { readVectors } from './vectors.ts';

/** Bytes of distances that stand in linear memory at a time, on their way to the result. */
const STRIPE_BYTES = 2 ** 23;

function createResult(element: Element, length: number, what: string): FloatArray {
  try {
    return element === 'f4' ? new Float32Array(length) : new Float64Array(length);
  } catch (cause) {
    throw Object.assign(rangeError(`${what}: no array of ${length} numbers could be had`), { cause });
  }
}

function checkSame(a: Element, b: Element): void {
  if (a !== b) {
    throw rangeError(`A and B must have the same element type, got ${a === 'f4' ? 'float32 and float64' : 'float64 and float32'}`);
  }
}

/**
 * Distances between all pairs of rows, as a condensed matrix: (0,1), (0,2), ..., (0,n-1), (1,2), ...
 *
 * @param X n rows of d numbers; a Float32Array gives float32 distances, anything else float64
 * @returns n(n-1)/2 distances, as `scipy.spatial.distance.pdist` orders them; empty for one row
 * @throws RangeError for an unknown metric or one that does not fit the columns, MemoryLimitError
 */
export async function pdist(
  X: Vectors,
  metric: Metric = 'euclidean',
  options: Run = {},
): Promise<FloatArray> {
  const table = readVectors(X);
  checkMetric(metric);
  const run = readRun(options);
  const { rows: n, cols, element } = table;
  const space = createSpace(metric, cols, element);
  const size = BYTES[space.output];
  const total = (n * (n - 1)) / 2;
  const layout = new Layout();
  const set = space.place(layout, n, true);
  const scratch = layout.add(space.scratchBytes);
  // A stripe holds at least one whole row of the matrix.
  const stripe = Math.max(n - 1, Math.min(total, STRIPE_BYTES / size));
  const out = layout.add(stripe * size);
  const demand = {
    linearBytes: layout.totalBytes,
    hostBytes: total * size,
    limit: run.limit,
    what: `pdist of ${n} rows`,
    wouldFit: `take fewer than ${n} rows, or cluster a sample in two passes (twoPass)`,
  };
  return withEngine(demand, async (engine) => {
    const result = createResult(space.output, total, 'pdist');
    engine.floats(space.input, set.input, n * cols).set(table.data);
    space.prepare(engine, set, n);
    for (let begin = 0; begin < n - 1; ) {
      const offset = condensedRow(n, begin);
      let end = begin + 1;
      while (end < n - 1 && condensedRow(n, end + 1) - offset <= stripe) end++;
      // The kernel adds a row's place in the whole matrix; the stripe begins at row `begin`.
      const call = space.pairwise(set, n, scratch, out - offset * size);
      await engine.tiles(call, begin, end, {
        signal: run.signal,
        onDone: (row) => run.progress({ phase: 'distances', done: condensedRow(n, row), total }),
      });
      const stop = condensedRow(n, end);
      result.set(engine.floats(space.output, out, stop - offset), offset);
      begin = end;
    }
    return result;
  });
}

/**
 * Distances between every row of A and every row of B.
 *
 * @param A m rows, @param B n rows, of as many columns and the same element type
 * @returns m x n distances
 * @throws TypeError or RangeError where shapes do not fit, MemoryLimitError
 */
export async function cdist(
  A: Vectors,
  B: Vectors,
  metric: Metric = 'euclidean',
  options: Run = {},
): Promise<Matrix> {
  const a = readVectors(A, 'A');
  const b = readVectors(B, 'B');
  checkMetric(metric);
  const run = readRun(options);
  if (a.cols !== b.cols) {
    throw rangeError(`A and B must have the same number of columns, got ${a.cols} and ${b.cols}`);
  }
  checkSame(a.element, b.element);
  const space: Space = createSpace(metric, a.cols, a.element);
  const size = BYTES[space.output];
  const layout = new Layout();
  const stripe = Math.max(1, Math.min(a.rows, Math.floor(STRIPE_BYTES / (size * Math.max(1, b.rows)))));
  const setA = space.place(layout, stripe, false);
  const setB = space.place(layout, b.rows, true);
  const scratch = layout.add(space.scratchBytes);
  const out = layout.add(stripe * b.rows * size);
  const total = a.rows * b.rows;
  const demand = {
    linearBytes: layout.totalBytes,
    hostBytes: total * size,
    limit: run.limit,
    what: `cdist of ${a.rows} x ${b.rows} rows`,
    wouldFit: 'take fewer rows at a time',
  };
  return withEngine(demand, async (engine) => {
    const result = createResult(space.output, total, 'cdist');
    if (total > 0) {
      engine.floats(space.input, setB.input, b.rows * b.cols).set(b.data);
      space.prepare(engine, setB, b.rows);
    }
    for (let begin = 0; begin < a.rows && total > 0; begin += stripe) {
      const rows = Math.min(stripe, a.rows - begin);
      engine
        .floats(space.input, setA.input, rows * a.cols)
        .set(a.data.subarray(begin * a.cols, (begin + rows) * a.cols));
      space.prepare(engine, setA, rows);
      await engine.tiles(space.cross(setA, setB, b.rows, scratch, out), 0, rows, {
        signal: run.signal,
        onDone: (row) =>
          run.progress({ phase: 'distances', done: (begin + row) * b.rows, total }),
      });
      result.set(engine.floats(space.output, out, rows * b.rows), begin * b.rows);
    }
    return { data: result, rows: a.rows, cols: b.rows };
  });
}

/** Index of the first element of row i of a condensed matrix. */
function condensedRow(n: number, i: number): number {
  return (i * (2 * n - i - 1)) / 2;
}
