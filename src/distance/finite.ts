import { BadRowError } from '../errors.ts';
import type { Engine } from '../runtime/engine.ts';
import type { Steps } from '../support/scheduling.ts';
import { BYTES, kernelFor } from './element-types.ts';
import type { Space } from './space.ts';

/** The parts of a space that the checks of rows need. */
type Rows = Pick<Space, 'input' | 'cols'>;

/** The first row in [from, count) of the rows at `ptr` that has NaN or infinity in it, or -1. */
function findBadRow(engine: Engine, space: Rows, ptr: number, from: number, count: number): number {
  const total = count * space.cols;
  const kernel = engine.kernels[kernelFor(space.input, 'findNonFiniteF32', 'findNonFiniteF64')];
  const bad = kernel(ptr, from * space.cols, total) >>> 0;
  return bad < total ? Math.floor(bad / space.cols) : -1;
}

/**
 * Yield the numbers of the bad rows among the first `count` rows at `ptr`, one after the other, and -1 where the event
 * loop may get its turn. The caller may overwrite a row when it gets its number.
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

/** Metrics that are undefined for some finite rows (flaws.ts). */
export const FLAWED: readonly string[] = ['cosine', 'correlation', 'jensenshannon'];

/** The module that finds finite rows for which a metric is undefined. */
export type Flaws = typeof import('./flaws.ts');

/** Load flaws.ts if the metric needs it. */
export async function flawsOf(metric: string): Promise<Flaws | undefined> {
  return FLAWED.includes(metric) ? import('./flaws.ts') : undefined;
}

/** The error for a row that has a flaw. */
export function flawedRow(what: string, row: number, metric: string, flaw: string): BadRowError {
  return new BadRowError(what, row, -1, `${flaw}, and so has no distance by metric '${metric}'`);
}

/** The error for a bad row. It names the first value that is not finite. */
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
 * Refuse rows with NaN or infinity, in steps. The error names the first of them.
 * @throws BadRowError
 */
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
