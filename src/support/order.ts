import { ROUND, type Steps } from './scheduling.ts';

/**
 * The indexes that sort keys in ascending order; equal keys keep their order. A merge sort over runs of 1, 2, 4, ... keys,
 * since it can be interrupted between steps, unlike `sort`.
 *
 * Shape: the k-th key is keys[stride * k + offset]; none is NaN. Cost: O(n log n).
 */
export function* orderOf(keys: Float64Array, stride = 1, offset = 0): Steps<Uint32Array> {
  const count = keys.length / stride;
  let from = new Uint32Array(count);
  for (let k = 0; k < count; k++) from[k] = k;
  let to = new Uint32Array(count);
  for (let run = 1; run < count; run *= 2) {
    yield;
    let paused = 0;
    for (let begin = 0; begin < count; begin += 2 * run) {
      const middle = Math.min(count, begin + run);
      const end = Math.min(count, middle + run);
      let left = begin;
      let right = middle;
      for (let at = begin; at < end; at++) {
        if (at - paused > ROUND) {
          yield;
          paused = at;
        }
        const takesLeft =
          right === end ||
          (left < middle && keys[stride * from[left] + offset] <= keys[stride * from[right] + offset]);
        to[at] = takesLeft ? from[left++] : from[right++];
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
