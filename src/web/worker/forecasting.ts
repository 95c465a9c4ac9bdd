/** How long a file will take, from what a small trial took. */
import type { Forecast } from './protocol.ts';

/** Products of a trial: some tenths of a second. */
const TRIAL_PRODUCTS = 1.2e8;
/** Rows of more columns take as many times longer; a trial need not hold them. */
const MOST_TRIAL_COLUMNS = 30_000;
/** Multiplications in a second by JavaScript, as the projection has them. */
const PER_SECOND = 4e8;

/** A trial that is large enough to go by, and takes a few megabytes. */
export function trialShape(columns: number): { rows: number; cols: number } {
  const cols = Math.min(columns, MOST_TRIAL_COLUMNS);
  return {
    cols,
    rows: Math.round(Math.min(1500, Math.max(32, Math.sqrt(TRIAL_PRODUCTS / cols)))),
  };
}

/** What the time depends on. */
export interface Load {
  /** Rows of the sample, and of all the data. */
  sample: number;
  rows: number;
  cols: number;
  /** Rows that are read in a second; 0 where that takes no time. */
  rowsPerSecond: number;
  /** What the trial took for distances and linkage. */
  trial: { rows: number; cols: number; seconds: number };
  /** Multiplications of the projection. */
  projection: number;
}

/**
 * Seconds for each phase. Distances and merges go with the square of the rows and with the columns; below the rows of the
 * trial, what each row costs by itself prevails. Medoids of two clusters take as many distances as the tree does.
 */
export function secondsFor(load: Load): Forecast['seconds'] {
  const { sample, rows, cols, rowsPerSecond, trial, projection } = load;
  const reading = rowsPerSecond > 0 ? rows / rowsPerSecond : 0;
  const times = sample / trial.rows;
  const tree = 1.4 * trial.seconds * times * Math.max(1, times) * (cols / trial.cols);
  const distances = 0.6 * tree;
  return {
    sample: reading,
    distances,
    linkage: 0.4 * tree,
    projection: projection / PER_SECOND,
    leaders: distances,
    label: 1.3 * reading,
  };
}
