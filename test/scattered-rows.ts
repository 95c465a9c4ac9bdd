/** Rows of whole numbers from 0 to 996 that look scattered, the same for the same arguments. */
import type { FloatArray, Matrix } from '../src/types.ts';

interface FloatArrayType<A> {
  from(source: { length: number }, value: (_: unknown, i: number) => number): A;
}

export function scatteredRows<A extends FloatArray = Float64Array>(
  rows: number,
  cols: number,
  { type = Float64Array as unknown as FloatArrayType<A>, seed = 0 } = {},
): Matrix & { data: A } {
  const data = type.from({ length: rows * cols }, (_, i) => (((i + seed) * 2654435761) >>> 9) % 997);
  return { data, rows, cols };
}
