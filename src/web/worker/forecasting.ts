/** Estimates the run time of a file from the run time of a small trial. */
import type { Forecast } from './protocol.ts';

/** Multiplications of a trial: they take some tenths of a second. */
const TRIAL_PRODUCTS = 1.2e8;
/** Most columns of a trial. For more, the estimate grows in proportion to the columns. */
const MOST_TRIAL_COLUMNS = 30_000;
/** Multiplications per second of the projection, which runs in JavaScript. */
const PER_SECOND = 4e8;

/** The size of a trial: large enough for an estimate, and about 15 MB at most. */
export function trialShape(columns: number): { rows: number; cols: number } {
  const cols = Math.min(columns, MOST_TRIAL_COLUMNS);
  return {
    cols,
    rows: Math.round(Math.min(1500, Math.max(32, Math.sqrt(TRIAL_PRODUCTS / cols)))),
  };
}

/** The quantities that the time depends on. @internal */
export interface Load {
  /** Rows of the sample, and of all the data. */
  sample: number;
  rows: number;
  cols: number;
  /** Rows read per second; 0 if reading takes no time. */
  rowsPerSecond: number;
  /** The trial: its size, and its time for distances and linkage. */
  trial: { rows: number; cols: number; seconds: number };
  /** Multiplications of the projection. */
  projection: number;
}

/**
 * Seconds for each phase. The time for distances and merges grows with the square of the rows and in proportion to the
 * columns. For samples smaller than the trial it grows in proportion to the rows, since the cost per row prevails there.
 * Finding the medoids of two clusters is taken to cost as much as the distances for the tree.
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
