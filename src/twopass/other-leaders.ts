/** Leaders other than medoids: random rows, and means. Loaded only for these. */
import type { Random } from '../support/numbers/random.ts';
import type { Steps } from '../support/scheduling.ts';
import type { FloatArray } from '../types.ts';

export function* meanRow(sample: FloatArray, cols: number, rows: Int32Array): Steps<Float64Array> {
  const mean = new Float64Array(cols);
  for (let i = 0; i < rows.length; i++) {
    if ((i & 15) === 15) yield;
    for (let k = 0; k < cols; k++) mean[k] += sample[rows[i] * cols + k];
  }
  return mean.map((x) => x / rows.length);
}

/** `count` of the rows, drawn at random without replacement, ascending. */
export function draw(rows: Int32Array, count: number, random: Random): number[] {
  const left = [...rows];
  const drawn: number[] = [];
  for (let i = 0; i < count && left.length > 0; i++) {
    const at = random.below(left.length);
    drawn.push(left[at]);
    left[at] = left[left.length - 1];
    left.pop();
  }
  return drawn.sort((a, b) => a - b);
}
