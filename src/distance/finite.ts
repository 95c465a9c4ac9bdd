import { BadRowError } from '../errors.ts';
import type { Engine } from '../runtime/engine.ts';
import type { Space } from './space.ts';

/**
 * Refuse rows with NaN or infinity, naming the first.
 * @param rowOf the row of the whole data that the i-th row here is; default i
 * @throws BadRowError
 */
export function checkRows(
  engine: Engine,
  space: Space,
  ptr: number,
  count: number,
  what: string,
  rowOf: (i: number) => number = (i) => i,
): void {
  const total = count * space.cols;
  const bad = engine.kernels[`findNonFinite${space.input === 'f4' ? 'F32' : 'F64'}`](ptr, 0, total) >>> 0;
  if (bad >= total) return;
  const value = engine.floats(space.input, ptr, total)[bad];
  throw new BadRowError(what, rowOf(Math.floor(bad / space.cols)), bad % space.cols, value);
}
