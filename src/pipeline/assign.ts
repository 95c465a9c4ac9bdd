import { describe } from '../describe.ts';
import { BYTES, type Element, prepareRows, prepareSteps, type Space } from '../distance/space.ts';
import { rangeError, typeError } from '../errors.ts';
import { checkOptions, type Known, RUN_OPTIONS } from '../options.ts';
import { type Engine, takeEngine } from '../runtime/engine.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import { ROUND, type Steps } from '../runtime/steps.ts';
import type { Chunk, FloatArray, Run, Source, Vectors } from '../types.ts';
import { type AssignPlan, planAssign, type Slot } from './assignplan.ts';
import { type BadRowCounter, type BadRows, countBadRows, readBadRows } from './badrows.ts';
import { Model } from './model.ts';
import { asSource } from './source.ts';

export interface AssignOptions extends Run {
  /** Rows that are read and labelled at a time. Default: what is about 2 MB. Results do not depend on it. */
  chunkRows?: number;
  /** What to do with a row that is not finite. Default 'error'. */
  onBadRow?: BadRows;
}

const ASSIGN_OPTIONS: Known<AssignOptions> = { chunkRows: true, onBadRow: true, ...RUN_OPTIONS };

/** Labels of consecutive rows. */
export interface Assignment {
  /** The row that the first label belongs to. */
  start: number;
  /** The cluster of each row; 0 for a row that was skipped as bad, or -1 where the model has a cluster 0. */
  labels: Int32Array;
  /** The distance of each row to its nearest leader; NaN for a row that was skipped. */
  distances: FloatArray;
  /** The nearest leader of each row, as its place in the model; -1 for a row that was skipped. */
  nearest: Int32Array;
}

/**
 * Stream the rows of a source past the leaders of a model, and give each the label of the nearest.
 *
 * Yields one Assignment a chunk, in the order of the rows; all arrays are the caller's to keep. Ties go to
 * the first leader. Memory: two chunks, of which one is read while the other is
 * labelled, and the leaders.
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
  checkOptions(options, ASSIGN_OPTIONS, 'assign', '{ chunkRows: 4096 }');
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

/** A chunk whose rows are in linear memory. */
interface Loaded {
  slot: Slot;
  start: number;
  rows: number;
  /** Places of rows that are left out as bad. */
  skipped: number[];
}

/** Bytes of rows that stay in the second-level cache while they are brought in, labelled and let go. */
const BLOCK_BYTES = 2 ** 19;
/** Time after which progress is told within a chunk. */
const TELL_MS = 20;

/** What both ways of streaming have at hand. */
interface Work {
  engine: Engine;
  plan: AssignPlan;
  model: Model;
  source: Source;
  run: RunState;
  bad: BadRowCounter;
  signal: AbortSignal;
  chunks: AsyncIterator<Chunk>;
  /** The label of a row without one. */
  none: number;
  /** Stop the job in hand. */
  leave(): void;
}

async function* stream(
  source: Source,
  model: Model,
  run: RunState,
  askedRows: number | undefined,
  badRows: BadRows,
): AsyncGenerator<Assignment, void, undefined> {
  const { data, rows: m } = model.leaders;
  const element: Element = data instanceof Float32Array ? 'f4' : 'f8';
  const shape = { rows: m, element, metric: model.metric };
  const plan = planAssign(source, shape, run.limit, askedRows, run.threads);
  const { space, chunkRows } = plan;
  const { engine, release } = await takeEngine(plan.demand);
  const bad = countBadRows(badRows, source, run);
  // Stops the job in hand when the caller leaves midway.
  const leaving = new AbortController();
  const signal = run.signal ? AbortSignal.any([run.signal, leaving.signal]) : leaving.signal;
  const chunks = source.chunks({ chunkRows, signal: run.signal, reuse: true })[Symbol.asyncIterator]();
  const none = model.labels.includes(0) ? -1 : 0;
  const work: Work = {
    engine,
    plan,
    model,
    source,
    run,
    bad,
    signal,
    chunks,
    none,
    leave: () => leaving.abort(),
  };
  const ways = engine.isAlone ? labelHere(work) : labelBeside(work);
  const total = source.rows;
  let done = 0;
  try {
    await engine.write(plan.leaders.input, data, signal, space.input);
    await prepareRows(engine, space, plan.leaders, m, signal);
    run.progress({ phase: 'assign', done: 0, total });
    for await (const result of ways) {
      done += result.labels.length;
      yield result;
    }
    bad.report();
    run.progress({ phase: 'assign', done, total: done });
  } finally {
    leaving.abort();
    await ways.return(undefined);
    release();
    await chunks.return?.();
  }
}

/**
 * Label on this thread: rows are brought into linear memory a block at a time, labelled while they are in the cache,
 * and what was found is taken out before the next.
 */
async function* labelHere(work: Work): AsyncGenerator<Assignment, void, undefined> {
  const { engine, plan, model, source, run, bad, signal, chunks, none } = work;
  const { space, slots, leaders, scratch, chunkRows } = plan;
  const { cols } = space;
  const { rows: set, nearest: nearestPtr, distances: distancesPtr } = slots[0];
  const rowBytes = cols * BYTES[space.input];
  const step = Math.min(chunkRows, Math.max(8, Math.floor(BLOCK_BYTES / rowBytes / 8) * 8));
  const call = space.assign(set, leaders, model.leaders.rows, scratch, nearestPtr, distancesPtr);
  let done = 0;
  let told = performance.now();
  for (;;) {
    const { value: chunk, done: end } = await chunks.next();
    if (end) return;
    const { rows, start } = chunk;
    const nearest = new Int32Array(rows);
    const distances = space.output === 'f4' ? new Float32Array(rows) : new Float64Array(rows);
    const labels = new Int32Array(rows);
    for (let at = 0; at < rows; at += step) {
      const count = Math.min(step, rows - at);
      const part = chunk.data.subarray(at * cols, (at + count) * cols);
      engine.floats(space.input, set.input, count * cols).set(part);
      const check = () => bad.check(engine, space, set.input, count, (i) => start + at + i);
      let skipped = space.spotsBadRows ? [] : check();
      await engine.drive(prepareSteps(engine, space, set, count), signal);
      const onDone = (end: number) => {
        const now = performance.now();
        if (now - told < TELL_MS) return;
        told = now;
        run.progress({ phase: 'assign', done: done + at + end, total: source.rows });
      };
      await engine.tiles(call, 0, count, { signal, onDone, grain: 8 });
      const found = engine.floats(space.output, distancesPtr, count);
      if (space.spotsBadRows && found.includes(Number.POSITIVE_INFINITY)) skipped = check();
      nearest.set(engine.i32(nearestPtr, count), at);
      distances.set(found, at);
      for (let i = at; i < at + count; i++) labels[i] = model.labels[nearest[i]];
      for (const i of skipped) leaveOut(at + i, { labels, nearest, distances }, none);
    }
    checkOverflow(distances, start, source, space);
    done += rows;
    yield { start, labels, distances, nearest };
  }
}

/** Label on other threads: while they are at one chunk, the next is read and brought into linear memory. */
async function* labelBeside(work: Work): AsyncGenerator<Assignment, void, undefined> {
  const { engine, plan, model, source, run, bad, signal, chunks, none, leave } = work;
  const { space, slots, leaders, scratch } = plan;
  const { cols } = space;
  const total = source.rows;
  let job: Promise<unknown> | undefined;
  let done = 0;
  let turn = 0;

  /** Read a chunk into the slot that no job works on. */
  const load = async (): Promise<Loaded | undefined> => {
    const { value: chunk, done: end } = await chunks.next();
    if (end) return undefined;
    const slot = slots[turn++ % 2];
    const { rows, start } = chunk;
    const skipped: number[] = [];
    const rowBytes = cols * BYTES[space.input];
    const step = Math.max(1, Math.floor(engine.stepBytes / rowBytes));
    for (let at = 0; at < rows; at += step) {
      const count = Math.min(step, rows - at);
      const ptr = slot.rows.input + at * rowBytes;
      const part = chunk.data.subarray(at * cols, (at + count) * cols);
      engine.floats(space.input, ptr, count * cols).set(part);
      if (!space.spotsBadRows) {
        for (const i of bad.check(engine, space, ptr, count, (i) => start + at + i)) skipped.push(at + i);
      }
      await engine.rest(signal);
    }
    // Here, not in the pool: that is at the chunk before.
    await engine.drive(prepareSteps(engine, space, slot.rows, rows), signal);
    return { slot, start, rows, skipped };
  };
  const begin = ({ slot, rows }: Loaded) => {
    const call = space.assign(slot.rows, leaders, model.leaders.rows, scratch, slot.nearest, slot.distances);
    const onDone = (end: number) => run.progress({ phase: 'assign', done: done + end, total });
    job = engine.tiles(call, 0, rows, { signal, onDone, grain: 8 });
    // It is awaited below; until then a failure must not count as unhandled.
    job.catch(() => {});
  };
  const collect = function* ({ slot, start, rows, skipped }: Loaded): Steps<Assignment> {
    const nearest = engine.i32(slot.nearest, rows).slice();
    const distances = engine.floats(space.output, slot.distances, rows).slice();
    const labels = new Int32Array(rows);
    for (let i = 0; i < rows; i++) {
      if ((i & ROUND) === ROUND) yield;
      labels[i] = model.labels[nearest[i]];
    }
    if (space.spotsBadRows && distances.includes(Number.POSITIVE_INFINITY)) {
      skipped = bad.check(engine, space, slot.rows.input, rows, (i) => start + i);
    }
    for (const i of skipped) leaveOut(i, { labels, nearest, distances }, none);
    checkOverflow(distances, start, source, space);
    return { start, labels, distances, nearest };
  };

  try {
    let current = await load();
    while (current) {
      begin(current);
      // While workers label this chunk, the next is read.
      const next = await load();
      await job;
      const result = await engine.drive(collect(current), signal);
      done += current.rows;
      current = next;
      yield result;
    }
  } finally {
    leave();
    await job?.catch(() => {});
  }
}

/** Row i has no label. */
function leaveOut(i: number, { labels, nearest, distances }: Omit<Assignment, 'start'>, none: number): void {
  labels[i] = none;
  nearest[i] = -1;
  distances[i] = Number.NaN;
}

/** A distance that is infinite or NaN cannot be compared with another: better no label than a wrong one. */
function checkOverflow(distances: FloatArray, start: number, source: Source, space: Space): void {
  const at = distances.indexOf(Number.POSITIVE_INFINITY);
  if (at < 0) return;
  const range =
    space.output === 'f4' ? 'float32 (3.4e38, squared on the way); float64 input goes further' : 'float64';
  throw rangeError(
    `${source.name ?? 'the source'}: row ${start + at} is so far from every leader that its distance is beyond ${range}, ` +
      `or metric '${space.metric}' has no distance for it (cosine has none for a row of zeros)`,
  );
}
