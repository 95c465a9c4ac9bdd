import { BadRowError } from '../errors.ts';
import type { Engine } from '../runtime/engine.ts';
import { finish, type Steps } from '../support/scheduling.ts';
import { BYTES, kernelFor } from './element-types.ts';
import type { Space } from './space.ts';

/** What has to be known of rows to look through them. */
type Rows = Pick<Space, 'input' | 'cols'>;

/** The first row in [from, count) of those at `ptr` with NaN or infinity in it, or -1. */
export function findBadRow(engine: Engine, space: Rows, ptr: number, from: number, count: number): number {
  const total = count * space.cols;
  const kernel = engine.kernels[kernelFor(space.input, 'findNonFiniteF32', 'findNonFiniteF64')];
  const bad = kernel(ptr, from * space.cols, total) >>> 0;
  return bad < total ? Math.floor(bad / space.cols) : -1;
}

/**
 * The bad rows among the first `count` at `ptr`, one after another; -1 where others may have their turn. What stands at a row
 * may be changed while it is in hand.
 */
export function* findBadRows(
  engine: Engine,
  space: Rows,
  ptr: number,
  count: number,
): Generator<number, void, undefined> {
  const step = Math.max(1, Math.floor(engine.stepBytes / (space.cols * BYTES[space.input])));
  for (let begin = 0; begin < count; begin += step) {
    const end = Math.min(count, begin + step);
    for (let i = begin; ; i++) {
      i = findBadRow(engine, space, ptr, i, end);
      if (i < 0) break;
      yield i;
    }
    yield -1;
  }
}

/** Metrics by which rows can be without a distance (flaws.ts). */
export const FLAWED: readonly string[] = ['cosine', 'correlation', 'jensenshannon'];

/** What finds rows that are finite and have no distance by a metric. */
export type Flaws = typeof import('./flaws.ts');

/** That, for metrics that have such rows. */
export async function flawsOf(metric: string): Promise<Flaws | undefined> {
  return FLAWED.includes(metric) ? import('./flaws.ts') : undefined;
}

/** The error for a row that has a flaw. */
export function flawedRow(what: string, row: number, metric: string, flaw: string): BadRowError {
  return new BadRowError(what, row, -1, `${flaw}, and so has no distance by metric '${metric}'`);
}

/** The error for a bad row, with the first value in it that is not finite. */
export function badRowError(
  engine: Engine,
  space: Rows,
  ptr: number,
  i: number,
  what: string,
  row: number,
): BadRowError {
  const values = engine.floats(space.input, ptr, (i + 1) * space.cols).subarray(i * space.cols);
  const col = values.findIndex((x) => !Number.isFinite(x));
  return new BadRowError(what, row, col, values[col]);
}

/**
 * Refuse rows with NaN or infinity, naming the first.
 * @throws BadRowError
 */
export function checkRows(engine: Engine, space: Rows, ptr: number, count: number, what: string): void {
  finish(checkRowsSteps(engine, space, ptr, count, what));
}

/** As checkRows, in steps. */
export function* checkRowsSteps(
  engine: Engine,
  space: Rows,
  ptr: number,
  count: number,
  what: string,
): Steps<void> {
  for (const i of findBadRows(engine, space, ptr, count)) {
    if (i >= 0) throw badRowError(engine, space, ptr, i, what, i);
    yield;
  }
}
