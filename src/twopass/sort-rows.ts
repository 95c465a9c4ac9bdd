/** Sorts the rows of a reservoir. Loaded only if the number of rows was unknown. */
import type { Steps } from '../support/scheduling.ts';
import type { FloatArray } from '../types.ts';

/**
 * Sort rows in place by their numbers. Each row is moved once.
 * @param order the indexes that sort the numbers; it is overwritten
 */
export function* sortRows(
  values: FloatArray,
  cols: number,
  numbers: Float64Array,
  order: Int32Array,
): Steps<void> {
  const from = numbers.slice();
  const held = values.slice(0, cols);
  let moved = 0;
  for (let start = 0; start < order.length; start++) {
    if (order[start] < 0 || order[start] === start) continue;
    yield;
    // Follow the cycle: position `at` receives the row at order[at].
    held.set(values.subarray(start * cols, (start + 1) * cols));
    let at = start;
    for (;;) {
      const next = order[at];
      order[at] = -1;
      if (next === start) break;
      if (++moved % 64 === 0) yield;
      values.copyWithin(at * cols, next * cols, (next + 1) * cols);
      numbers[at] = from[next];
      at = next;
    }
    values.set(held, at * cols);
    numbers[at] = from[start];
  }
}
