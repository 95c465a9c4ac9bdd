import type { Element } from '../distance/element-types.ts';
import { flawedRow, flawsOf } from '../distance/finite.ts';
import { prepareRows } from '../distance/space.ts';
import { asOurs, BadRowError, rangeError } from '../errors.ts';
import type { Engine } from '../runtime/engine.ts';
import { takeEngine } from '../runtime/lease.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import { allocate } from '../support/allocate.ts';
import { checkOptions, checkWhole, type Known, RUN_OPTIONS, wrongType } from '../support/checks.ts';
import { inSteps } from '../support/scheduling.ts';
import { convertInput } from '../support/vectors.ts';
import type { Run, Source, Vectors } from '../types.ts';
import { planAssign } from './assign-plan.ts';
import type { Assignment } from './assignment.ts';
import { type BadRows, countBadRows, readBadRows } from './bad-rows.ts';
import { labelRows } from './label-rows.ts';
import { Model } from './model.ts';
import { asSource, inputsOf } from './source.ts';

export type { Assignment } from './assignment.ts';

export interface AssignOptions extends Run {
  /** Rows to read at a time. Default: about 2 MB, or 8 MB with several threads. Results do not depend on it. */
  chunkRows?: number;
  /** What to do with a row that is not finite. Default 'error'. */
  onBadRow?: BadRows;
}

const ASSIGN_OPTIONS: Known<AssignOptions> = { chunkRows: true, onBadRow: true, ...RUN_OPTIONS };

/**
 * Stream the rows of a source, and give each the label of its nearest leader in a model.
 *
 * If the source of the model was prepared (`prepare`), the rows are prepared in the same way; a source that is prepared already
 * must have the preparation of the model. A model does not contain the sample that it was made from, so the sample's rows also get the label of their nearest leader.
 * The tree's own labels for them are in the fit (`fit.assign`, `fit.labels`).
 *
 * Yields one Assignment per chunk, in the order of the rows; the caller may keep all arrays. Ties go to the first leader.
 * Memory: the leaders; one chunk, and one more in the reader; the rows being labelled, at most four blocks of 2 MB, or two
 * chunks if the model has few leaders. With several threads, blocks wait in addition.
 *
 * @throws RangeError if the numbers of columns differ, or the source is prepared otherwise than the model; BadRowError with the row, MemoryLimitError, FormatError of the source,
 *   the signal's reason
 */
export function assign(
  source: Source | Vectors,
  model: Model,
  options: AssignOptions = {},
): AsyncGenerator<Assignment, void, undefined> {
  return assignHeld(source, model, options, 0);
}

/**
 * Like `assign`, if the caller holds `heldBytes` meanwhile and `keptBytes` of linear memory are still allocated. Both count
 * towards the limit.
 */
export function assignHeld(
  source: Source | Vectors,
  model: Model,
  options: AssignOptions,
  heldBytes: number,
  keptBytes = 0,
): AsyncGenerator<Assignment, void, undefined> {
  // Check arguments when the function is called, not when the first chunk is requested.
  checkOptions(options, ASSIGN_OPTIONS, 'assign', '{ chunkRows: 4096 }');
  let input: Source;
  try {
    input = asSource(source);
  } catch (error) {
    if (typeof source !== 'object' || source === null) throw error;
    return assignConverted(error, source, model, options);
  }
  if (!(model instanceof Model)) {
    throw wrongType('model', 'a Model (createModel, Model.load)', model);
  }
  const run = readRun(options);
  const badRows = readBadRows(options.onBadRow);
  const { chunkRows } = options;
  if (chunkRows !== undefined) checkWhole(chunkRows, 'chunkRows', 1);
  if (input.cols !== model.leaders.cols) {
    throw rangeError(
      `${input.name ?? 'the source'} has ${input.cols} columns, but the leaders of the model have ${model.leaders.cols}`,
    );
  }
  return stream(input, model, run, chunkRows, badRows, heldBytes, keptBytes);
}

/** As `assign`, of what has to be converted first. */
async function* assignConverted(
  error: unknown,
  source: Source | Vectors,
  model: Model,
  options: AssignOptions,
): AsyncGenerator<Assignment, void, undefined> {
  yield* assign(await convertInput(error, source, options.signal), model, options);
}

async function* stream(
  raw: Source,
  model: Model,
  run: RunState,
  askedRows: number | undefined,
  badRows: BadRows,
  heldBytes: number,
  keptBytes: number,
): AsyncGenerator<Assignment, void, undefined> {
  const { data, rows: m } = model.leaders;
  const { preparation } = model;
  const source =
    preparation || raw.preparation
      ? (await import('../sources/prepare/apply.ts')).preparedFor(raw, preparation, badRows === 'skip', {
          allocate,
          inSteps,
          rangeError,
          BadRowError,
        })
      : raw;
  const element: Element = data instanceof Float32Array ? 'f4' : 'f8';
  const shape = { rows: m, element, metric: model.metric };
  const plan = planAssign(source, shape, run.limit, askedRows, run.threads, heldBytes, keptBytes);
  const { space } = plan;
  const flaws = await flawsOf(model.metric);
  const flawed = flaws?.findFlaw(model.metric, model.leaders);
  if (flawed) throw flawedRow('the leaders of the model', flawed[0], model.metric, flawed[1]);
  const bad = countBadRows(badRows, source, run, flaws);
  // Stops the work in progress if the caller leaves the loop early.
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  const signal = run.signal ? AbortSignal.any([run.signal, leaving.signal]) : leaving.signal;
  const none = model.labels.includes(0) ? -1 : 0;
  const total = source.rows;
  let done = 0;
  const bring = async (engine: Engine) => {
    await engine.write(plan.leaders.input, data, signal, space.input);
    await prepareRows(engine, space, plan.leaders, m, signal);
  };
  const lease = await takeEngine(plan.request, { ...run, inputs: inputsOf(raw) });
  const labelled = labelRows({ lease, bring, plan, model, source, run, bad, signal, none, leave });
  try {
    await bring(lease.engine);
    run.progress({ phase: 'assign', done: 0, total });
    for await (const result of labelled) {
      done += result.labels.length;
      yield result;
    }
    bad.report();
    run.progress({ phase: 'assign', done, total: done });
  } catch (error) {
    throw asOurs(error, plan.request.what);
  } finally {
    leave();
    await labelled.return(undefined);
    lease.release();
  }
}
