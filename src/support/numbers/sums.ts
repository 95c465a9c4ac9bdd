import { allocate } from '../allocate.ts';

/** A sum per column, with what rounding loses (Neumaier 1974, by Knuth's TwoSum). */
export class Sums {
  readonly #sum: Float64Array;
  readonly #lost: Float64Array;

  constructor(cols: number) {
    this.#sum = allocate(Float64Array, cols);
    this.#lost = allocate(Float64Array, cols);
  }

  add(j: number, x: number): void {
    const before = this.#sum[j];
    const sum = before + x;
    const part = sum - before;
    this.#lost[j] += before - (sum - part) + (x - part);
    this.#sum[j] = sum;
  }

  of(j: number): number {
    return this.#sum[j] + this.#lost[j];
  }
}
