import type { Element } from '../distance/element-types.ts';
import { checkInputs, Inputs } from '../runtime/memory/inputs.ts';
import { sourceOf } from '../sources/memory.ts';
import { checkOneOf, checkWhole } from '../support/checks.ts';
import { finish, type Steps } from '../support/scheduling.ts';
import { readVectorsSteps } from '../support/vectors.ts';
import type { ChunkOptions, Preparation, Source, Vectors } from '../types.ts';

/** For sources made from vectors: the record of these inputs. */
const known = /* @__PURE__ */ new WeakMap<Source, Inputs>();

export function inputsOf(source: Source, others = new Inputs()): Inputs {
  return known.get(source) ?? others;
}

/**
 * Return a source unchanged; wrap vectors in memory as a source.
 * @throws TypeError for anything else
 */
export function asSource(input: Source | Vectors): Source {
  return finish(asSourceSteps(input));
}

/** Like asSource, in steps. */
export function* asSourceSteps(input: Source | Vectors, inputs = new Inputs()): Steps<Source> {
  const source = input as Partial<Source> | null;
  if (typeof source === 'object' && source !== null && typeof source.chunks === 'function') {
    const { cols, dtype, rows } = source;
    checkWhole(cols, 'source.cols', 1);
    checkOneOf(dtype, 'source.dtype', ['f4', 'f8']);
    if (rows !== undefined) checkWhole(rows, 'source.rows', 0);
    return source as Source;
  }
  const table = yield* readVectorsSteps(input, 'source', inputs);
  const { chunks, ...shape } = sourceOf(table);
  const held = {
    ...shape,
    scaled: source?.scaled,
    overheadBytes: table.rows * table.rowBytes,
    async *chunks(options: ChunkOptions) {
      yield* chunks(options);
      checkInputs(inputs);
    },
  };
  known.set(held, inputs);
  return held;
}

/** Properties of the data that a plan needs; every Source has them. */
export interface Shape {
  rows?: number;
  cols: number;
  dtype: Element;
  /** Name for messages. */
  name?: string;
  /** Bytes that the reader needs in addition to its chunks. Default 0. */
  overheadBytes?: number;
  /** How its rows are prepared, if they are. */
  preparation?: Preparation;
}

/** The shape alone: a plan that is kept must not keep the rows of the source. */
export function shapeOf({ rows, cols, dtype, name, overheadBytes, preparation }: Shape): Shape {
  return { rows, cols, dtype, name, overheadBytes, preparation };
}

/** Number of chunks that a reader has in memory at the same time; a prepared one is a copy. */
export function readerChunks({ preparation }: Pick<Shape, 'preparation'>): number {
  return preparation ? 4 : 3;
}
