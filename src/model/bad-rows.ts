import { badRowError, type Flaws, findBadRows, flawedRow } from '../distance/finite.ts';
import type { Space } from '../distance/space.ts';
import { amend } from '../errors.ts';
import { join, SKIP_ROWS } from '../messages.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunState } from '../runtime/run.ts';
import { checkOneOf } from '../support/checks.ts';
import { finish, ROUND, type Steps } from '../support/scheduling.ts';
import type { Source } from '../types.ts';

/**
 * What to do with a row that holds NaN or infinity, or that has no distance by the metric (zeros by cosine): stop with an error
 * that names it, or skip it and report how many were skipped.
 */
export type BadRows = (typeof BAD_ROWS)[number];
const BAD_ROWS = ['error', 'skip'] as const;

/** @throws TypeError or RangeError for other values */
export function readBadRows(value: BadRows = 'error'): BadRows {
  checkOneOf(value, 'onBadRow', BAD_ROWS);
  return value;
}

export interface BadRowCounter {
  /**
   * Check `count` rows at `ptr`.
   * @returns the positions of bad rows, which are overwritten with zeros
   * @throws BadRowError for the first one, unless bad rows are skipped
   */
  check(engine: Engine, space: Space, ptr: number, count: number, rowOf: (i: number) => number): number[];
  /** Like check, in steps. */
  checkSteps(
    engine: Engine,
    space: Space,
    ptr: number,
    count: number,
    rowOf: (i: number) => number,
  ): Steps<number[]>;
  /** Count a bad row that the caller has found. @throws the error, unless bad rows are skipped */
  note(row: number, error: RangeError): void;
  readonly count: number;
  /** How many rows were skipped, and why the first one was; '' if there were none. */
  readonly said: string;
  /** Warn once, with the number of bad rows and the first of them, if there were any. */
  report(): void;
}

/** A source that consists of several files, and can tell the file of a row. */
type Located = Source & { locate?(row: number): { name: string; row: number } | undefined };

/** The place of a row for messages: the source, or the file and its row if there are several files. */
function placeOf(source: Source, row: number): string {
  const found = (source as Located).locate?.(row);
  return found ? `${found.name} (row ${found.row} of it)` : (source.name ?? 'the source');
}

/** @param flaws finds rows without a distance, if the metric has such rows (flawsOf) */
export function countBadRows(
  policy: BadRows,
  source: Source,
  run: RunState,
  flaws: Flaws | undefined,
): BadRowCounter {
  let count = 0;
  let first: { row: number; error: RangeError } | undefined;
  const note = (row: number, error: RangeError) => {
    if (policy === 'error' && source.onBadRow !== 'skip') {
      throw amend(error, '', join('; ', SKIP_ROWS));
    }
    // Blocks are not checked in the order of the rows, but in the order in which threads finish them.
    if (!first || row < first.row) first = { row, error };
    count++;
  };
  return {
    note,
    check(engine, space, ptr, rows, rowOf) {
      return finish(this.checkSteps(engine, space, ptr, rows, rowOf));
    },
    *checkSteps(engine, space, ptr, rows, rowOf) {
      const places: number[] = [];
      const { cols, metric } = space;
      const numbers = () => engine.floats(space.input, ptr, rows * cols);
      let looked = 0;
      /** Note rows up to `end` that are finite but have no distance. */
      const flawed = function* (end: number): Steps<void> {
        if (flaws) {
          for (const found of flaws.findFlaws(metric, numbers, cols, looked, end)) {
            if (!found) {
              yield;
              continue;
            }
            const [i, flaw] = found;
            const row = rowOf(i);
            note(row, flawedRow(placeOf(source, row), row, metric, flaw));
            places.push(i);
          }
        }
        looked = end + 1;
      };
      for (const i of findBadRows(engine, space, ptr, rows)) {
        if (i < 0 || (places.length & ROUND) === ROUND) yield;
        if (i < 0) continue;
        yield* flawed(i);
        const row = rowOf(i);
        note(row, badRowError(engine, space, ptr, i, placeOf(source, row), row));
        places.push(i);
        numbers().fill(0, i * cols, (i + 1) * cols);
      }
      yield* flawed(rows);
      return places;
    },
    get count() {
      return count;
    },
    get said() {
      if (!first) return '';
      const rows = count === 1 ? '1 row' : `${count} rows`;
      const [why, which] = source.firstSkipped
        ? ['bad', source.firstSkipped]
        : [flaws ? 'bad' : 'not finite', first.error.message];
      return `${rows} skipped as ${why}; the first: ${which}`;
    },
    report() {
      if (first) {
        run.warn({
          code: 'BAD_ROWS_SKIPPED',
          message: `${source.name ?? 'the source'}: ${this.said}`,
        });
      }
    },
  };
}
