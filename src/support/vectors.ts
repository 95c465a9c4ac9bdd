import { rangeError, typeError } from '../errors.ts';
import type { FloatArray, Matrix } from '../types.ts';
import { checkWhole, wrongType, wrongValue } from './checks.ts';
import { drive, finish, pause, ROUND, type Steps } from './scheduling.ts';

/** A matrix whose shape has been checked. */
export interface InMemoryRows extends Matrix {
  element: 'f4' | 'f8';
  /** Bytes that a row takes besides the caller's own: 0 unless lists were read. */
  rowBytes: number;
}

/** Keeps inputs as they are at this moment (runtime/memory/inputs.ts). */
interface Keeper {
  hold(table: InMemoryRows, key: 'data', name: string): void;
  isReadNow(lists: readonly unknown[], bytes: number, name: string): boolean;
}

function isFloatArray(value: unknown): value is FloatArray {
  return value instanceof Float32Array || value instanceof Float64Array;
}

/**
 * Read observation vectors: a Matrix is used as it is, rows of numbers become float64.
 * @throws TypeError if the shape or the element type is wrong, with the row
 */
export function readVectors(X: unknown, name = 'X'): InMemoryRows {
  return finish(readVectorsSteps(X, name));
}

/**
 * Like readVectors, in steps that `make` makes of X. What is no matrix is converted first, if that is possible.
 * @throws TypeError with code that converts X, if that is known
 */
export async function driveReading<T, R>(X: T, make: (X: T) => Steps<R>, signal?: AbortSignal): Promise<R> {
  let read: R;
  try {
    read = await drive(make(X), signal);
  } catch (error) {
    read = await drive(make((await convertInput(error, X, signal)) as T), signal);
  }
  // Inputs are copied in one step, however long it takes.
  await pause(signal);
  return read;
}

/** Convert an input that was refused. @throws the error of the refusal, or a better one, if that is impossible */
export async function convertInput(error: unknown, X: unknown, signal?: AbortSignal): Promise<Matrix> {
  return drive(await (await import('./matrix/convert.ts')).convert(error, X), signal);
}

/**
 * Like readVectors, in steps; the first step runs at once. For a call that continues after it has returned: a small matrix is
 * copied in the first step, and small lists are read, so that the caller may change them. A large one is watched for changes
 * (inputs.ts). A copy may be released, so take `data` from the table each time.
 */
export function* readVectorsSteps(X: unknown, name = 'X', inputs?: Keeper): Steps<InMemoryRows> {
  if (Array.isArray(X)) return yield* readRows(X, name, inputs);
  const matrix = X as Partial<Matrix> | null;
  if (typeof matrix !== 'object' || matrix === null || !('data' in matrix)) {
    throw wrongType(name, 'a Matrix {data, rows, cols} or an array of arrays of numbers', X);
  }
  const { data, rows, cols } = matrix;
  if (!isFloatArray(data)) {
    throw wrongType(`${name}.data`, 'a Float32Array or a Float64Array', data);
  }
  for (const [key, value] of [
    ['rows', rows],
    ['cols', cols],
  ] as const) {
    checkWhole(value, `${name}.${key}`, 0);
  }
  if ((cols as number) < 1) throw wrongValue(`${name}.cols`, 'at least 1', cols);
  if (data.length !== (rows as number) * (cols as number)) {
    throw typeError(
      `${name}.data has ${data.length} elements, but rows x cols is ${rows} x ${cols} = ${(rows as number) * (cols as number)}`,
    );
  }
  const table: InMemoryRows = {
    data,
    rows: rows as number,
    cols: cols as number,
    element: data instanceof Float32Array ? 'f4' : 'f8',
    rowBytes: (X as Partial<InMemoryRows>).rowBytes ?? 0,
  };
  // What was converted for this call is not the caller's.
  if (inputs && table.rowBytes === 0) inputs.hold(table, 'data', name);
  return table;
}

function* readRows(rows: unknown[], name: string, inputs?: Keeper): Steps<InMemoryRows> {
  if (rows.length === 0) throw rangeError(`${name} must have at least one row, got an empty array`);
  const first = rows[0];
  if (!isRow(first)) {
    throw wrongType(`${name}[0]`, 'an array of numbers', first);
  }
  const cols = first.length;
  if (cols === 0) throw rangeError(`${name}[0] is empty; rows must have at least one number`);
  const now = inputs?.isReadNow(rows, 8 * rows.length * cols, name);
  const data = new Float64Array(rows.length * cols);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!isRow(row)) throw wrongType(`${name}[${i}]`, 'an array of numbers', row);
    if (row.length !== cols) {
      throw typeError(`${name}[${i}] has ${row.length} numbers, but ${name}[0] has ${cols}`);
    }
    for (let j = 0; j < cols; j++) {
      const value = row[j];
      if (typeof value !== 'number' && typeof value !== 'boolean') {
        throw wrongType(`${name}[${i}][${j}]`, 'a number', value);
      }
      const at = i * cols + j;
      data[at] = Number(value);
      if (!now && (at & ROUND) === ROUND) yield;
    }
  }
  return { data, rows: rows.length, cols, element: 'f8', rowBytes: 8 * cols };
}

function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}
