import { refusedSteps } from '../support/matrix/refused.ts';
import { finish } from '../support/scheduling.ts';
import type { Matrix, Vectors } from '../types.ts';
import { type ArraySource, fromArray as sourceFrom, type Table } from './memory.ts';

/**
 * A table in memory as a source. Chunks of consecutive rows are views of `data`, not copies.
 *
 * Shape: `data` is rows x cols, row-major; `number[][]` has one array per row. Everything except a Float32Array is read
 * as float64.
 * Errors: `TypeError` when rows differ in length, or rows x cols is not the length of `data`.
 * Data of other libraries are taken as by `toMatrix`.
 */
export function fromArray(input: Vectors | Table): ArraySource {
  try {
    return sourceFrom(input as Matrix);
  } catch (error) {
    // Lists of numbers have been read: the error is about one of them.
    if (Array.isArray(input) && Array.isArray(input[0])) throw error;
    return sourceFrom(finish(refusedSteps(error, input)));
  }
}
