/** Labels of the rows of a source, and the state of finding them. */

import { BYTES } from '../distance/element-types.ts';
import type { Space } from '../distance/space.ts';
import { rangeError } from '../errors.ts';
import type { Engine } from '../runtime/engine.ts';
import type { Lease } from '../runtime/lease.ts';
import type { RunState } from '../runtime/run.ts';
import { ROUND, type Steps } from '../support/scheduling.ts';
import type { Chunk, FloatArray, Source } from '../types.ts';
import type { AssignPlan, Slot } from './assign-plan.ts';
import type { BadRowCounter } from './bad-rows.ts';
import type { Model } from './model.ts';

/** Labels of consecutive rows. */
export interface Assignment {
  /** The row of the first label. */
  start: number;
  /** The cluster of each row; for a row that was skipped as bad, 0, or -1 if the model has a cluster 0. */
  labels: Int32Array;
  /** The distance of each row to its nearest leader; NaN for a row that was skipped. */
  distances: FloatArray;
  /** The nearest leader of each row, as an index of the model; -1 for a row that was skipped. */
  nearest: Int32Array;
}

/** The state of a labelling run. */
export interface Labelling {
  lease: Lease;
  /** Copy the leaders to an engine. */
  bring(engine: Engine): Promise<void>;
  plan: AssignPlan;
  model: Model;
  source: Source;
  run: RunState;
  bad: BadRowCounter;
  signal: AbortSignal;
  /** The label of a row without one. */
  none: number;
  /** Stop the work in progress. */
  leave(): void;
}

/** Allocate the arrays for the labels of a chunk. */
export function createAssignment({ start, rows }: Chunk, space: Space): Assignment {
  return {
    start,
    labels: new Int32Array(rows),
    distances: space.output === 'f4' ? new Float32Array(rows) : new Float64Array(rows),
    nearest: new Int32Array(rows),
  };
}

/**
 * Copy the results of a block from linear memory: `count` rows of a slot, which begin at row `begin` of their chunk. If
 * several rows have errors, that of the first row is thrown.
 * @param skipped positions in the block of rows that are known to be bad
 * @throws BadRowError; RangeError for a row that has no distance
 */
export function* collect(
  { lease: { engine }, plan, model, source, bad, none }: Labelling,
  result: Assignment,
  begin: number,
  slot: Slot,
  count: number,
  skipped: number[],
): Steps<void> {
  const { space } = plan;
  const { labels, nearest } = result;
  const distances = result.distances.subarray(begin, begin + count);
  nearest.set(engine.i32(slot.nearest, count), begin);
  distances.set(engine.floats(space.output, slot.distances, count));
  for (let i = begin; i < begin + count; i++) {
    if ((i & ROUND) === ROUND) yield;
    labels[i] = model.labels[nearest[i]];
  }
  const leaveOut = (i: number) => {
    labels[begin + i] = none;
    nearest[begin + i] = -1;
    distances[i] = Number.NaN;
  };
  skipped.forEach(leaveOut);
  const rowBytes = space.cols * BYTES[space.input];
  for (let i = -1; ; ) {
    i = distances.indexOf(Number.POSITIVE_INFINITY, i + 1);
    if (i < 0) return;
    const row = result.start + begin + i;
    const isBad =
      space.spotsBadRows && bad.check(engine, space, slot.rows.input + i * rowBytes, 1, () => row).length > 0;
    if (!isBad) throw beyondRange(row, source, space);
    leaveOut(i);
    if ((i & ROUND) === ROUND) yield;
  }
}

/** A distance that is infinite or NaN cannot be compared. No label is better than a wrong one. */
function beyondRange(row: number, source: Source, space: Space): RangeError {
  const range =
    space.output === 'f4' ? 'float32 (3.4e38, squared on the way); float64 input goes further' : 'float64';
  return rangeError(
    `${source.name ?? 'the source'}: row ${row} is so far from every leader that its distance overflows ${range}, ` +
      `or metric '${space.metric}' has no distance for it`,
  );
}
