/** Applies a preparation to rows, one at a time, in float64 and with operations in a fixed order. */

import type { BadRowError } from '../../errors.ts';
import { log1p, log2p1 } from '../../support/numbers/logarithm.ts';
import { quoted } from '../../support/text/quoted.ts';
import type { FloatArray, Preparation, PreparationStep, Source } from '../../types.ts';

/** The parts of a source that messages use. */
export type Described = Pick<Source, 'name' | 'cols'> & {
  columns?: readonly string[] | undefined;
  locate?(row: number): { name: string; row: number } | undefined;
};

/** A spread of at most this, relative to the numbers themselves, is only rounding: the numbers count as equal. */
export const ROUNDING = 10 * Number.EPSILON;

/** The length of a vector, also if its squares are beyond float64. */
function lengthOf(row: Float64Array): number {
  let squares = 0;
  for (let j = 0; j < row.length; j++) squares += row[j] * row[j];
  if (squares > 1e-290 && squares < Number.POSITIVE_INFINITY) return Math.sqrt(squares);
  let most = 0;
  for (let j = 0; j < row.length; j++) most = Math.max(most, Math.abs(row[j]));
  if (most === 0) return 0;
  squares = 0;
  for (let j = 0; j < row.length; j++) squares += (row[j] / most) * (row[j] / most);
  return most * Math.sqrt(squares);
}

/** The z-score of a row, with the standard deviation of its numbers (by n). A row of equal numbers becomes zeros. */
function scoreRow(row: Float64Array): void {
  const n = row.length;
  const [first] = row;
  // Differences to the first number: equal numbers then give exactly 0.
  let sum = 0;
  for (let j = 0; j < n; j++) {
    row[j] -= first;
    sum += row[j];
  }
  const mean = sum / n;
  for (let j = 0; j < n; j++) row[j] -= mean;
  const deviation = lengthOf(row) / Math.sqrt(n);
  if (deviation <= ROUNDING * Math.abs(first + mean)) row.fill(0);
  else for (let j = 0; j < n; j++) row[j] /= deviation;
}

/** Scale a row to length 1. A row of zeros stays as it is. */
function scaleToUnit(row: Float64Array): void {
  const length = lengthOf(row);
  if (length > 0) for (let j = 0; j < row.length; j++) row[j] /= length;
}

/** The number of elements of an ascending list that are below `value`, or equal to it if `above`. */
function countBelow(list: Float64Array, value: number, above: boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (above ? list[middle] <= value : list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A function that gives a row the numbers of `target` by rank. Equal numbers get the number at their mean rank.
 * Source: Bolstad et al. 2003, Bioinformatics 19, 185; ties as in limma's normalizeQuantiles.
 */
function quantiles(target: readonly number[]): (row: Float64Array) => void {
  const ranked = Float64Array.from(target);
  const sorted = new Float64Array(ranked.length);
  return (row) => {
    sorted.set(row);
    sorted.sort();
    for (let j = 0; j < row.length; j++) {
      const rank = (countBelow(sorted, row[j], false) + countBelow(sorted, row[j], true) - 1) / 2;
      const [low, high] = [ranked[Math.floor(rank)], ranked[Math.ceil(rank)]];
      row[j] = low === high ? low : low / 2 + high / 2;
    }
  };
}

const FUNCTIONS: Partial<Record<PreparationStep['step'], (row: Float64Array) => void>> = {
  log2: (row) => {
    for (let j = 0; j < row.length; j++) row[j] = log2p1(row[j]);
  },
  log1p: (row) => {
    for (let j = 0; j < row.length; j++) row[j] = log1p(row[j]);
  },
  rows: scoreRow,
  unit: scaleToUnit,
};

/** The function of a step. */
function functionOf({
  step,
  target,
  subtract,
  divide,
  multiply,
}: PreparationStep): (row: Float64Array) => void {
  const known = FUNCTIONS[step];
  if (known) return known;
  if (target) return quantiles(target);
  const [less, by, times] = [subtract, divide, multiply].map((list) => list && Float64Array.from(list));
  return (row) => {
    if (less) for (let j = 0; j < row.length; j++) row[j] -= less[j];
    if (by) for (let j = 0; j < row.length; j++) row[j] /= by[j];
    if (times) for (let j = 0; j < row.length; j++) row[j] *= times[j];
  };
}

export class RowPreparer {
  /** The row that was prepared last. */
  readonly row: Float64Array;
  /** The problem of the first row that was skipped here. */
  firstSkipped: string | undefined;
  readonly #functions: ((row: Float64Array) => void)[];
  readonly #logarithm: string | undefined;
  readonly #source: Described;
  readonly #skips: boolean;
  readonly #Refusal: typeof BadRowError;

  /**
   * @param skips whether rows that cannot be prepared become NaN; otherwise they are errors
   * @param Refusal the class of these errors
   */
  constructor({ steps }: Preparation, source: Described, skips: boolean, Refusal: typeof BadRowError) {
    this.row = new Float64Array(source.cols);
    this.#functions = steps.map(functionOf);
    const { step } = steps.find(({ step }) => step === 'log2' || step === 'log1p') ?? {};
    this.#logarithm = step && (step === 'log2' ? 'log2(x + 1)' : 'ln(x + 1)');
    this.#source = source;
    this.#skips = skips;
    this.#Refusal = Refusal;
  }

  /**
   * Prepare the row that begins at `at` of `data` into `row`.
   * @returns 'raw' for a row with NaN or infinity, which is not prepared; 'skipped' for one that cannot be prepared
   * @throws BadRowError for a negative number where a logarithm is taken, unless such rows are skipped
   */
  read(data: FloatArray, at: number, number: number): 'ready' | 'raw' | 'skipped' {
    const { row } = this;
    const least = this.#logarithm === undefined ? Number.NEGATIVE_INFINITY : 0;
    let negative = -1;
    for (let j = 0; j < row.length; j++) {
      const x = data[at + j];
      if (x - x !== 0) return 'raw';
      if (x < least && negative < 0) negative = j;
      row[j] = x;
    }
    if (negative >= 0) {
      return this.#refuse(number, negative, data[at + negative], `${this.#logarithm} takes numbers from 0`);
    }
    for (const change of this.#functions) change(row);
    return 'ready';
  }

  /** Prepare the row at `at` of `data` into the same place of `out`. @throws BadRowError, as `read`; also for an overflow */
  write(data: FloatArray, at: number, number: number, out: FloatArray): void {
    const { row } = this;
    const { length } = row;
    let state = this.read(data, at, number);
    for (let j = 0; state === 'ready' && j < length; j++) {
      out[at + j] = row[j];
      if (out[at + j] - out[at + j] === 0) continue;
      const type = out instanceof Float32Array ? 'float32' : 'float64';
      state = this.#refuse(number, j, data[at + j], `which overflows ${type} when it is prepared`);
    }
    if (state === 'raw') {
      // A skipped row is all NaN. Otherwise the row shows its consumer what is wrong with it.
      if (this.#skips) state = 'skipped';
      else {
        out.set(data.subarray(at, at + length), at);
        state = this.#takeLogarithms(number, at, out);
      }
    }
    if (state === 'skipped') out.fill(Number.NaN, at, at + length);
  }

  /** Where only a logarithm is taken, the other numbers of a row with NaN or infinity do not depend on these, so they get theirs. */
  #takeLogarithms(number: number, at: number, out: FloatArray): 'raw' | 'skipped' {
    const { length } = this.row;
    if (this.#logarithm === undefined || this.#functions.length > 1) return 'raw';
    const logarithm = this.#logarithm === 'log2(x + 1)' ? log2p1 : log1p;
    for (let j = 0; j < length; j++) {
      const x = out[at + j];
      if (x < 0 && x > Number.NEGATIVE_INFINITY) {
        return this.#refuse(number, j, x, `${this.#logarithm} takes numbers from 0`);
      }
      if (x - x === 0) out[at + j] = logarithm(x);
    }
    return 'raw';
  }

  #refuse(row: number, col: number, value: number, why: string): 'skipped' {
    const { name = 'the source', columns, locate } = this.#source;
    const column = columns?.[col] === undefined ? '' : ` (${quoted(columns[col])})`;
    const file = locate?.(row);
    const what = file ? `${file.name} (row ${file.row} of it)` : name;
    const error = new this.#Refusal(what, row, col, `has ${value} in column ${col}${column}; ${why}`);
    if (!this.#skips) throw error;
    this.firstSkipped ??= error.message;
    return 'skipped';
  }
}
