/** Statistics of columns in one pass. They do not depend on chunks: rows are added one after another, in their order. */

import { rangeError } from '../../errors.ts';
import { Sums } from '../../support/numbers/sums.ts';
import { ROUNDING } from './rows.ts';

export type Scale = 'center' | 'zscore' | 'minmax';

/** Bytes that the statistics take for each column. */
export const STATISTICS_BYTES = 7 * 8;

export class ColumnStatistics {
  /** Number of rows added. */
  rows = 0;
  readonly #scale: Scale;
  readonly #cols: number;
  /** The first row. Sums are of differences to it, so that little is lost where a column is far from 0. */
  #first = new Float64Array();
  readonly #least: Float64Array;
  readonly #most: Float64Array;
  readonly #sums: Sums;
  readonly #squares: Sums;

  constructor(scale: Scale, cols: number) {
    this.#scale = scale;
    this.#cols = cols;
    this.#least = new Float64Array(cols).fill(Number.POSITIVE_INFINITY);
    this.#most = new Float64Array(cols).fill(Number.NEGATIVE_INFINITY);
    this.#sums = new Sums(cols);
    this.#squares = new Sums(scale === 'zscore' ? cols : 0);
  }

  add(row: Float64Array): void {
    if (this.rows++ === 0) this.#first = row.slice();
    const first = this.#first;
    const [least, most, sums, squares] = [this.#least, this.#most, this.#sums, this.#squares];
    const [means, deviations] = [this.#scale !== 'minmax', this.#scale === 'zscore'];
    for (let j = 0; j < row.length; j++) {
      const x = row[j];
      if (x < least[j]) least[j] = x;
      if (x > most[j]) most[j] = x;
      if (!means) continue;
      const apart = x - first[j];
      sums.add(j, apart);
      if (deviations) squares.add(j, apart * apart);
    }
  }

  #meanOf(j: number): number {
    return this.#first[j] + this.#sums.of(j) / this.rows;
  }

  /** The standard deviation by n, as scikit-learn computes it. */
  #deviationOf(j: number): number {
    const mean = this.#sums.of(j) / this.rows;
    return Math.sqrt(Math.max(0, this.#squares.of(j) / this.rows - mean * mean));
  }

  /**
   * What to subtract and to divide by. A constant column is divided by 1.
   * @param nameOf describes a column for messages
   * @throws RangeError if a statistic is beyond float64
   */
  settle(nameOf: (j: number) => string): { subtract: number[]; divide?: number[] } {
    const length = this.#cols;
    const subtract = Array.from({ length }, (_, j) =>
      // A sum with +0 turns -0 into 0, which JSON keeps.
      this.#scale === 'minmax' ? this.#least[j] + 0 : this.#meanOf(j) + 0,
    );
    const divide = Array.from({ length }, (_, j) => {
      if (this.#scale === 'center') return 1;
      const range = this.#most[j] - this.#least[j];
      const spread = this.#scale === 'minmax' ? range : this.#deviationOf(j);
      const size = Math.max(Math.abs(this.#least[j]), Math.abs(this.#most[j]));
      if (range <= ROUNDING * size) return 1;
      // Squares of a tiny spread are 0.
      return spread > 1e-150 || this.#scale === 'minmax' ? spread : Number.NaN;
    });
    const bad = subtract.findIndex((x, j) => !Number.isFinite(x) || !Number.isFinite(divide[j]));
    if (bad >= 0) {
      throw rangeError(
        `${nameOf(bad)} has numbers whose statistics are beyond float64; multiply it by a constant first`,
      );
    }
    return this.#scale === 'center' ? { subtract } : { subtract, divide };
  }
}
