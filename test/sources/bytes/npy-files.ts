/** NPY files that servers of the tests offer, and their rows. */
import { npy, table } from '../help.ts';

export const small = npy('<f4', [2, 2], [1, 2, 3, 4]);
export const smallRows = [
  [1, 2],
  [3, 4],
];
/** 3.2 MB: more than any first look. */
const values = Float32Array.from({ length: 800_000 }, (_, i) => i);
export const large = npy('<f4', [100_000, 8], values);
export const largeRows = table(values, 8);
