/** Giving the rows of a source the labels of their nearest leaders: what all ways of doing it have in common. */
import type { Space } from '../distance/space.ts';
import { rangeError } from '../errors.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunState } from '../runtime/run.ts';
import type { Chunk, FloatArray, Source } from '../types.ts';
import type { AssignPlan } from './assignplan.ts';
import type { BadRowCounter } from './badrows.ts';
import type { Model } from './model.ts';

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

/** What both ways of streaming have at hand. */
export interface Labelling {
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

/** Room for the labels of a chunk. */
export function createAssignment({ start, rows }: Chunk, space: Space): Assignment {
  return {
    start,
    labels: new Int32Array(rows),
    distances: space.output === 'f4' ? new Float32Array(rows) : new Float64Array(rows),
    nearest: new Int32Array(rows),
  };
}

/** Row i has no label. */
export function leaveOut(
  i: number,
  { labels, nearest, distances }: Omit<Assignment, 'start'>,
  none: number,
): void {
  labels[i] = none;
  nearest[i] = -1;
  distances[i] = Number.NaN;
}

/** A distance that is infinite or NaN cannot be compared with another: better no label than a wrong one. */
export function checkOverflow(distances: FloatArray, start: number, source: Source, space: Space): void {
  const at = distances.indexOf(Number.POSITIVE_INFINITY);
  if (at < 0) return;
  const range =
    space.output === 'f4' ? 'float32 (3.4e38, squared on the way); float64 input goes further' : 'float64';
  throw rangeError(
    `${source.name ?? 'the source'}: row ${start + at} is so far from every leader that its distance is beyond ${range}, ` +
      `or metric '${space.metric}' has no distance for it (cosine has none for a row of zeros)`,
  );
}
