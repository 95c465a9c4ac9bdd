import { conversionOf } from '../support/conversions.ts';
import type { Matrix } from '../types.ts';
import { type ArraySource, fromArray as sourceFrom, type Table } from './memory.ts';

/**
 * A table in memory as a source. Chunks of consecutive rows are views of `data`, not copies.
 *
 * Shape: `data` is rows x cols, row-major; `number[][]` has one array per row. Everything except a Float32Array is read
 * as float64.
 * Errors: `TypeError` when rows differ in length, or rows x cols is not the length of `data`; for data of other libraries
 * with code that converts them.
 */
export function fromArray(input: Matrix | Table | readonly (readonly number[])[]): ArraySource {
  try {
    return sourceFrom(input);
  } catch (error) {
    const line = conversionOf(input);
    if (line !== undefined) (error as Error).message += `; ${line}`;
    throw error;
  }
}
