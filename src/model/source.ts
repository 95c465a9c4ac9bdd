import type { Element } from '../distance/element-types.ts';
import { rangeError, typeError } from '../errors.ts';
import { fromArray } from '../sources/memory.ts';
import { describe } from '../support/describe.ts';
import { finish, type Steps } from '../support/scheduling.ts';
import { readVectorsSteps } from '../support/vectors.ts';
import type { Source, Vectors } from '../types.ts';

/**
 * A source as it is; vectors in memory as one.
 * @throws TypeError for anything else
 */
export function asSource(input: Source | Vectors): Source {
  return finish(asSourceSteps(input));
}

/** As asSource, in steps. */
export function* asSourceSteps(input: Source | Vectors): Steps<Source> {
  const source = input as Partial<Source> | null;
  if (typeof source === 'object' && source !== null && typeof source.chunks === 'function') {
    const { cols, dtype, rows } = source;
    if (!Number.isSafeInteger(cols) || (cols as number) < 1) {
      throw rangeError(`source.cols must be a whole number from 1, got ${describe(cols)}`);
    }
    if (dtype !== 'f4' && dtype !== 'f8') {
      throw typeError(`source.dtype must be 'f4' or 'f8', got ${describe(dtype)}`);
    }
    if (rows !== undefined && !(Number.isSafeInteger(rows) && rows >= 0)) {
      throw rangeError(`source.rows must be a whole number or undefined, got ${describe(rows)}`);
    }
    return source as Source;
  }
  if (typeof input === 'string' || input instanceof URL) {
    throw typeError(`source must be a Source or vectors, got ${describe(input)}; open() reads files`);
  }
  const { data, rows, cols } = yield* readVectorsSteps(input, 'source');
  return fromArray({ data, rows, cols });
}

/** What a plan must know of the data; every Source has it. */
export interface Shape {
  rows?: number;
  cols: number;
  dtype: Element;
  /** For messages. */
  name?: string;
  /** Bytes that the reader takes besides its chunks. Default 0. */
  overheadBytes?: number;
}
