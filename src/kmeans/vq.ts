import { BYTES } from '../distance/element-types.ts';
import { badRowError, checkRowsSteps, findBadRows } from '../distance/finite.ts';
import { createSpace } from '../distance/metric-space.ts';
import { layOutLeaders, layOutScratch, prepareRows } from '../distance/space.ts';
import { BadRowError, rangeError } from '../errors.ts';
import { mostFitting } from '../runtime/fitting.ts';
import { withEngine } from '../runtime/lease.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { fits, type MemoryRequest } from '../runtime/memory-request.ts';
import { readRun } from '../runtime/run.ts';
import { allocate, copyOf } from '../support/allocate.ts';
import { readAny } from '../support/matrix/read-any.ts';
import { drive, pause } from '../support/scheduling.ts';
import { driveReading, readVectorsSteps } from '../support/vectors.ts';
import type { FloatArray, Matrix, Run, Vectors } from '../types.ts';

/** Bytes of rows that are processed at a time. */
const BATCH_BYTES = 2 ** 22;

/** The result of `vq`. */
export interface Codes {
  /** The nearest centroid of each row, from 0; the first on ties. */
  code: Int32Array;
  /** The Euclidean distance of each row to its nearest centroid. */
  dist: FloatArray;
}

/**
 * Vector quantisation: find the nearest centroid of each row, and its distance.
 *
 * @param X n rows of d numbers
 * @param centroids k rows with the same number of columns and the same element type
 * @returns n codes and n distances, as from `scipy.cluster.vq.vq`; distances have the element type of the rows
 * Cost: O(n k d). Memory: the centroids and a batch of rows.
 * @throws RangeError if shapes do not match, and for distances that overflow the element type; BadRowError for a row that is not
 *   finite; TypeError; MemoryLimitError; the signal's reason
 */
export async function vq(X: Vectors, centroids: Vectors, options: Run = {}): Promise<Codes> {
  const run = readRun(options);
  const [table, book] = await Promise.all([
    driveReading(X, (it) => readVectorsSteps(it, 'X', run.inputs), run.signal),
    driveReading(centroids, (it) => readVectorsSteps(it, 'centroids', run.inputs), run.signal),
  ]);
  if (table.cols !== book.cols) {
    throw rangeError(
      `X and centroids must have the same number of columns, got ${table.cols} and ${book.cols}`,
    );
  }
  if (table.element !== book.element) {
    const [first, second] = table.element === 'f4' ? ['float32', 'float64'] : ['float64', 'float32'];
    throw rangeError(`X and centroids must have the same element type, got ${first} and ${second}`);
  }
  if (book.rows < 1) throw rangeError('centroids must have at least one row, got 0');
  const { rows: n, cols, element } = table;
  const size = BYTES[element];
  const lay = (n: number, k: number) => {
    const layout = new Layout();
    const space = createSpace('euclidean', cols, element);
    const leaders = layOutLeaders(layout, space, k, run.threads);
    const most = Math.max(1, Math.min(n, Math.floor(BATCH_BYTES / (cols * size))));
    const batch = space.layOut(layout, most, false);
    const nearest = layout.add(most * 4);
    const distances = layout.add(most * size);
    const scratch = layOutScratch(layout, space, run.threads);
    const request: MemoryRequest = {
      linearBytes: layout.totalBytes,
      hostBytes: n * (4 + size + table.rowBytes) + k * book.rowBytes,
      limit: run.limit,
      threads: run.threads,
      what: `vq of ${n} rows with ${k} centroids`,
      wouldFit: () => {
        const less = mostFitting(n, (rows) => fits(lay(rows, k).request));
        if (less > 0) return `${less} rows at a time would fit`;
        return `${fits(lay(1, 1).request) ? 'fewer centroids' : 'nothing smaller'} would fit`;
      },
    };
    return { space, leaders, most, batch, nearest, distances, scratch, request };
  };
  const { space, leaders, most, batch, nearest, distances, scratch, request } = lay(n, book.rows);
  return withEngine(request, run, async (engine) => {
    const { signal } = run;
    const code = allocate(Int32Array, n);
    const dist = element === 'f4' ? allocate(Float32Array, n) : allocate(Float64Array, n);
    await engine.write(leaders.input, book.data, signal);
    await drive(checkRowsSteps(engine, space, leaders.input, book.rows, 'centroids'), signal);
    await prepareRows(engine, space, leaders, book.rows, signal);
    const call = space.assign(batch, leaders, book.rows, scratch, nearest, distances);
    for (let begin = 0; begin < n; begin += most) {
      const count = Math.min(most, n - begin);
      const rows = table.data.subarray(begin * cols, (begin + count) * cols);
      await engine.write(batch.input, rows, signal);
      for (const bad of findBadRows(engine, space, batch.input, count)) {
        if (bad >= 0) throw badRowError(engine, space, batch.input, bad, 'X', begin + bad);
        await pause(signal);
      }
      await prepareRows(engine, space, batch, count, signal);
      const onDone = (done: number) => run.progress({ phase: 'vq', done: begin + done, total: n });
      await engine.tiles(call, 0, count, { signal, onDone });
      code.set(engine.i32(nearest, count), begin);
      dist.set(engine.floats(element, distances, count), begin);
      const at = dist.subarray(begin, begin + count).indexOf(Number.POSITIVE_INFINITY);
      if (at >= 0) {
        throw rangeError(
          `X: row ${begin + at} is so far from every centroid that its squared distance overflows ${element === 'f4' ? 'float32 (3.4e38); float64 goes further' : 'float64'}`,
        );
      }
      await pause(signal);
    }
    return { code, dist };
  });
}

function checkFinite({ data, cols }: Matrix, name: string): void {
  const bad = data.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) throw new BadRowError(name, Math.floor(bad / cols), bad % cols, data[bad]);
}

/**
 * Divide each column by its standard deviation, so that all columns have equal weight.
 *
 * @param X n rows of d numbers
 * @returns a new matrix with the element type of X, as from `scipy.cluster.vq.whiten`; a constant column is unchanged
 * @throws BadRowError for a row that is not finite; TypeError, RangeError, also for squares that overflow float64
 */
export function whiten(X: Vectors): Matrix {
  const table = readAny(X);
  checkFinite(table, 'X');
  const { data, rows, cols } = table;
  const means = allocate(Float64Array, cols);
  const squares = allocate(Float64Array, cols);
  for (let i = 0; i < data.length; i += cols) for (let c = 0; c < cols; c++) means[c] += data[i + c];
  for (let c = 0; c < cols; c++) means[c] /= rows;
  for (let i = 0; i < data.length; i += cols) {
    for (let c = 0; c < cols; c++) {
      const apart = data[i + c] - means[c];
      squares[c] += apart * apart;
    }
  }
  const wide = squares.findIndex((x) => !Number.isFinite(x));
  if (wide >= 0) throw rangeError(`X: column ${wide} has squares that overflow float64; scale it down`);
  // The computed deviation of a constant column is only rounding error.
  const deviations = squares.map((square, c) => {
    const deviation = Math.sqrt(square / rows);
    return deviation > 1e-14 * Math.abs(means[c]) ? deviation : 1;
  });
  const out = copyOf<FloatArray>(data);
  for (let i = 0; i < out.length; i += cols) for (let c = 0; c < cols; c++) out[i + c] /= deviations[c];
  return { data: out, rows, cols };
}
