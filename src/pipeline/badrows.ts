import { describe } from '../describe.ts';
import { badRowError, findBadRow } from '../distance/finite.ts';
import type { Space } from '../distance/space.ts';
import { type BadRowError, rangeError } from '../errors.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunState } from '../runtime/run.ts';

/** What to do with a row that holds NaN or infinity: stop, naming it, or leave it out and report how many. */
export type BadRows = 'error' | 'skip';

/** @throws RangeError for other words */
export function readBadRows(value: BadRows = 'error'): BadRows {
  if (value !== 'error' && value !== 'skip') {
    throw rangeError(`onBadRow must be 'error' or 'skip', got ${describe(value)}`);
  }
  return value;
}

export interface BadRowCounter {
  /**
   * Look at `count` rows at `ptr`.
   * @returns the places of bad ones, which now hold zeros
   * @throws BadRowError at the first, unless they are to be skipped
   */
  check(engine: Engine, space: Space, ptr: number, count: number, rowOf: (i: number) => number): number[];
  readonly count: number;
  /** Warn once, with the number and the first, if there were any. */
  report(): void;
}

export function countBadRows(policy: BadRows, what: string, run: RunState): BadRowCounter {
  let count = 0;
  let first: BadRowError | undefined;
  return {
    check(engine, space, ptr, rows, rowOf) {
      const places: number[] = [];
      for (let i = 0; ; i++) {
        i = findBadRow(engine, space, ptr, i, rows);
        if (i < 0) return places;
        const error = badRowError(engine, space, ptr, i, what, rowOf(i));
        if (policy === 'error') throw error;
        first ??= error;
        count++;
        places.push(i);
        engine.floats(space.input, ptr, rows * space.cols).fill(0, i * space.cols, (i + 1) * space.cols);
      }
    },
    get count() {
      return count;
    },
    report() {
      if (first) {
        run.warn({
          code: 'BAD_ROWS_SKIPPED',
          message: `${what}: ${count} ${count === 1 ? 'row' : 'rows'} left out as not finite; the first: ${first.message}`,
        });
      }
    },
  };
}
