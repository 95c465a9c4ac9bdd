import { describe } from '../describe.ts';
import { createSpace } from '../distance/metrics.ts';
import { BYTES, type Element, type Space } from '../distance/space.ts';
import { rangeError, typeError } from '../errors.ts';
import { type Demand, takeEngine } from '../runtime/engine.ts';
import { Layout } from '../runtime/layout.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import type { FloatArray, Run, Source, Vectors } from '../types.ts';
import { type BadRows, countBadRows, readBadRows } from './badrows.ts';
import { Model } from './model.ts';
import { asSource } from './source.ts';

export interface AssignOptions extends Run {
  /** Rows that are read and labelled at a time. Default: what is about 2 MB. Results do not depend on it. */
  chunkRows?: number;
  /** What to do with a row that is not finite. Default 'error'. */
  onBadRow?: BadRows;
}

/** Labels of consecutive rows. */
export interface Assignment {
  /** The row that the first label belongs to. */
  start: number;
  /** The cluster of each row; 0 for a row that was skipped as bad. */
  labels: Int32Array;
  /** The distance of each row to its nearest leader; NaN for a row that was skipped. */
  distances: FloatArray;
  /** The nearest leader of each row, as its place in the model; -1 for a row that was skipped. */
  nearest: Int32Array;
}

/** Bytes of rows in a chunk, unless the caller or the memory limit says otherwise. */
const CHUNK_BYTES = 2 ** 21;

/** How the second pass would use memory. */
export interface AssignPlan {
  chunkRows: number;
  space: Space;
  layout: Layout;
  demand: Demand;
  rows: ReturnType<Space['place']>;
  leaders: ReturnType<Space['place']>;
  scratch: number;
  nearest: number;
  distances: number;
}

/**
 * Lay the second pass out.
 * @throws RangeError where the metric does not fit the columns
 */
export function planAssign(
  shape: { cols: number; dtype: Element },
  model: { rows: number; element: Element; metric: Model['metric'] },
  limit: number,
  chunkRows?: number,
): AssignPlan {
  // Either side in float64 makes distances in float64: nothing is rounded behind the caller's back.
  const element: Element = shape.dtype === 'f8' || model.element === 'f8' ? 'f8' : 'f4';
  const rowBytes = shape.cols * BYTES[element];
  let rows = chunkRows ?? Math.max(1, Math.floor(Math.min(CHUNK_BYTES, limit / 16) / rowBytes));
  for (;;) {
    const layout = new Layout();
    const space = createSpace(model.metric, shape.cols, element);
    const leaders = space.place(layout, model.rows, true);
    const set = space.place(layout, rows, false);
    const scratch = layout.add(space.scratchBytes);
    const nearest = layout.add(rows * 4);
    const distances = layout.add(rows * BYTES[space.output]);
    const demand: Demand = {
      linearBytes: layout.totalBytes,
      // The reader's buffers and what is handed to the caller.
      hostBytes: rows * (3 * shape.cols * BYTES[shape.dtype] + 2 * (8 + BYTES[space.output])),
      limit,
      what: `assigning chunks of ${rows} rows of ${shape.cols} columns to ${model.rows} leaders`,
      wouldFit: 'a smaller chunkRows or fewer leaders would',
    };
    const fits = demand.linearBytes + (demand.hostBytes ?? 0) <= limit;
    if (fits || chunkRows !== undefined || rows === 1) {
      return { chunkRows: rows, space, layout, demand, rows: set, leaders, scratch, nearest, distances };
    }
    rows = Math.max(1, rows >> 1);
  }
}

/**
 * Stream the rows of a source past the leaders of a model, and give each the label of the nearest.
 *
 * Yields one Assignment a chunk, in the order of the rows; all arrays are the caller's to keep. Ties go to
 * the first leader. Memory: one chunk and the leaders.
 *
 * @throws RangeError where columns do not fit, BadRowError naming the row, MemoryLimitError, FormatError of
 *   the source, the signal's reason
 */
export function assign(
  source: Source | Vectors,
  model: Model,
  options: AssignOptions = {},
): AsyncGenerator<Assignment, void, undefined> {
  // Arguments are checked when the call is made, not when the first chunk is asked for.
  const input = asSource(source);
  if (!(model instanceof Model)) {
    throw typeError(`model must be a Model (createModel, Model.load), got ${describe(model)}`);
  }
  const run = readRun(options);
  const badRows = readBadRows(options.onBadRow);
  const { chunkRows } = options;
  if (chunkRows !== undefined && !(Number.isSafeInteger(chunkRows) && chunkRows >= 1)) {
    throw rangeError(`chunkRows must be a whole number from 1, got ${describe(chunkRows)}`);
  }
  if (input.cols !== model.leaders.cols) {
    throw rangeError(
      `${input.name ?? 'the source'} has ${input.cols} columns, but the leaders of the model have ${model.leaders.cols}`,
    );
  }
  return stream(input, model, run, chunkRows, badRows);
}

async function* stream(
  source: Source,
  model: Model,
  run: RunState,
  askedRows: number | undefined,
  badRows: BadRows,
): AsyncGenerator<Assignment, void, undefined> {
  const { data, rows: m, cols } = model.leaders;
  const element: Element = data instanceof Float32Array ? 'f4' : 'f8';
  const plan = planAssign(source, { rows: m, element, metric: model.metric }, run.limit, askedRows);
  const { space, chunkRows } = plan;
  const { engine, release } = await takeEngine(plan.demand);
  const bad = countBadRows(badRows, source.name ?? 'the source', run);
  try {
    engine.floats(space.input, plan.leaders.input, m * cols).set(data);
    space.prepare(engine, plan.leaders, m);
    const call = space.assign(plan.rows, plan.leaders, m, plan.scratch, plan.nearest, plan.distances);
    const total = source.rows;
    let done = 0;
    run.progress({ phase: 'assign', done, total });
    for await (const chunk of source.chunks({ chunkRows, signal: run.signal, reuse: true })) {
      const { rows, start } = chunk;
      engine.floats(space.input, plan.rows.input, rows * cols).set(chunk.data);
      const skipped = bad.check(engine, space, plan.rows.input, rows, (i) => start + i);
      space.prepare(engine, plan.rows, rows);
      await engine.tiles(call, 0, rows, {
        signal: run.signal,
        onDone: (end) => run.progress({ phase: 'assign', done: done + end, total }),
      });
      const nearest = engine.i32(plan.nearest, rows).slice();
      const distances = engine.floats(space.output, plan.distances, rows).slice();
      const labels = new Int32Array(rows);
      for (let i = 0; i < rows; i++) labels[i] = model.labels[nearest[i]];
      for (const i of skipped) {
        labels[i] = 0;
        nearest[i] = -1;
        distances[i] = Number.NaN;
      }
      checkOverflow(distances, start, source, space);
      done += rows;
      yield { start, labels, distances, nearest };
    }
    bad.report();
    run.progress({ phase: 'assign', done, total: done });
  } finally {
    release();
  }
}

/** A distance beyond the element's range cannot be compared with another: better no label than a wrong one. */
function checkOverflow(distances: FloatArray, start: number, source: Source, space: Space): void {
  const at = distances.indexOf(Number.POSITIVE_INFINITY);
  if (at < 0) return;
  throw rangeError(
    `${source.name ?? 'the source'}: row ${start + at} is so far from every leader that its distance is beyond ` +
      `${space.output === 'f4' ? 'float32 (3.4e38, squared on the way); float64 input goes further' : 'float64'}`,
  );
}
