/** Makes a matrix of data in the containers of other libraries. Functions load this file for what is no matrix. */

import { typeError } from '../../errors.ts';
import type { Matrix, Vectors } from '../../types.ts';
import { checkOptions, wrongType } from '../checks.ts';
import { finish, ROUND, type Steps } from '../scheduling.ts';
import { type Converted, numberIn, readColumns, type Wanted, wrongCell } from './columns.ts';
import { isRow, pickNumbers, readLists, readRecords, readTensors } from './lists.ts';
import { otherWay } from './other-ways.ts';
import { arqueroColumns, arrowColumns, columnOf, isArquero, isArrowTable, isArrowVector } from './tables.ts';
import { checkSize, readStrided, shapeField, stridedOf } from './tensors.ts';

/** Options of `toMatrix`. */
export interface ToMatrixOptions {
  /**
   * The columns to read, in this order: by name, where x names them, or by number from 0. Default: all. A column of text,
   * or one that numbers the rows, is never left out silently: it is refused until the columns are chosen.
   */
  columns?: readonly (string | number)[];
}

/** What `toMatrix` returns. */
export interface NamedColumns extends Matrix {
  /** Names of the columns, where x names them and each holds one number a row. */
  columns?: string[];
}

type Fields = Record<string, unknown>;

const can = (x: object, name: string) => typeof (x as Fields)[name] === 'function';

interface Elements {
  get(row: number, column: number): unknown;
}

function* readElements(
  x: Elements,
  rows: number,
  width: number,
  wanted: Wanted,
  name: string,
): Steps<Converted> {
  const picked = pickNumbers(wanted, width, name);
  const cols = picked?.length ?? width;
  checkSize(rows, cols, name);
  const data = new Float64Array(rows * cols);
  for (let i = 0, to = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, to++) {
      const at = picked ? picked[j] : j;
      const value = x.get(i, at);
      const number = numberIn(value);
      if (number === undefined) throw typeError(`${name}: row ${i}, column ${at} ${wrongCell(value)}`);
      data[to] = number;
      if ((to & ROUND) === ROUND) yield;
    }
  }
  return { data, rows, cols, rowBytes: 8 * cols };
}

/** A matrix with its rows and columns: of Coppice, or of ml-matrix, whose elements are behind `get`. */
function* readMatrixLike(x: object, wanted: Wanted, name: string): Steps<Converted | undefined> {
  const { rows, cols, columns, data } = x as Fields;
  const width = cols ?? columns;
  if (!Number.isSafeInteger(rows) || !Number.isSafeInteger(width)) return undefined;
  if (cols === undefined && can(x, 'get')) {
    return yield* readElements(x as Elements, rows as number, width as number, wanted, name);
  }
  if (!ArrayBuffer.isView(data) && !Array.isArray(data)) return undefined;
  const flat = stridedOf({ data, shape: [rows, width] }, 'shape', name);
  return yield* readStrided(flat, pickNumbers(wanted, flat.shape[1], name), name);
}

/** An object of columns: {x: [1, 2], y: [3, 4]}. */
function* readObject(x: object, wanted: Wanted, name: string): Steps<Converted | undefined> {
  const entries = Object.entries(x) as [string, ArrayLike<unknown>][];
  if (entries.length === 0 || !entries.every(([, list]) => isRow(list))) return undefined;
  const rows = entries[0][1].length;
  for (const [key, list] of entries) {
    if (list.length === rows) continue;
    throw typeError(
      `${name}: column ${JSON.stringify(key)} has ${list.length} numbers, and ${JSON.stringify(entries[0][0])} has ${rows}`,
    );
  }
  const columns = entries.map(([key, list]) => ({ name: key, at: (i: number) => list[i] }));
  return yield* readColumns(columns, rows, wanted, name);
}

/**
 * Convert in steps.
 * @param implied whether a function got x, not toMatrix itself: then a single column is refused, which might be distances
 * @returns undefined if it is nothing known
 */
export function* convertSteps(
  x: unknown,
  wanted: Wanted,
  name: string,
  implied: boolean,
): Steps<Converted | undefined> {
  if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) return undefined;
  if (Array.isArray(x)) {
    const first: unknown = x[0];
    if (typeof first !== 'object' || first === null) return undefined;
    if (isRow(first)) return yield* readLists(x, wanted, name);
    return shapeField(first) ? yield* readTensors(x, wanted, name) : yield* readRecords(x, wanted, name);
  }
  if (isArrowTable(x)) return yield* readColumns(arrowColumns(x), x.numRows, wanted, name);
  if (isArquero(x)) return yield* readColumns(arqueroColumns(x), x.numRows(), wanted, name);
  if (isArrowVector(x)) {
    const column = columnOf(name, x);
    const found = yield* readColumns([column], x.length, undefined, name);
    if (implied && found.cols === 1) {
      throw typeError(
        `${name} is one column of Arrow; pass toMatrix(${name}) for rows of one number, or Float64Array.from(${name}) where it holds distances`,
      );
    }
    const { columns, ...matrix } = found;
    const picked = pickNumbers(wanted, matrix.cols, name);
    if (!picked) return matrix;
    const strided = stridedOf({ data: matrix.data, shape: [matrix.rows, matrix.cols] }, 'shape', name);
    return yield* readStrided(strided, picked, name);
  }
  const key = shapeField(x);
  if (key) {
    const strided = stridedOf(x, key, name);
    return yield* readStrided(strided, pickNumbers(wanted, strided.shape[1], name), name);
  }
  const matrix = yield* readMatrixLike(x, wanted, name);
  if (matrix) return matrix;
  const { values, columns } = x as Fields;
  if (Array.isArray(values) && Array.isArray(columns) && columns.every((one) => typeof one === 'string')) {
    const named = columns.map((one: string, j) => ({ name: one, at: (i: number) => Object(values[i])[j] }));
    return yield* readColumns(named, values.length, wanted, name);
  }
  const lists: unknown =
    can(x, 'toArray') && can(x, 'size') ? (x as { toArray(): unknown }).toArray() : undefined;
  if (Array.isArray(lists) && isRow(lists[0])) return yield* readLists(lists, wanted, name);
  if (otherWay(x, name) !== undefined) return undefined;
  return yield* readObject(x, wanted, name);
}

/**
 * Make a Matrix of data in the containers of other libraries. Functions that take vectors do so themselves; call this to
 * choose columns, to convert once for several calls, or in order to change x afterwards.
 *
 * Taken are: records (d3's rows; numbers may be text), tables and columns of Arrow (apache-arrow, flechette), tables of
 * Arquero, objects of columns, tensors with `shape` or `dims` (TensorFlow.js, ONNX Runtime, transformers.js, npyjs) and
 * lists of tensors with one row each, n-dimensional arrays with strides (ndarray, stdlib), matrices of ml-matrix and
 * mathjs, and lists of rows of any numbers. A column of lists (embeddings) gives a column for each number.
 *
 * @returns float32 for tensors of float32, else float64. Floats that lie row by row are not copied: the result is a view
 * @throws TypeError for text, missing values and other things that are no numbers, with the row and column, and for other
 *   objects, with the line that reads them if that is known; RangeError for columns that x does not have
 *
 * @example
 * const X = toMatrix(await d3.csv('penguins.csv'), { columns: ['bill_length', 'bill_depth'] });
 */
export function toMatrix(x: Vectors, options: ToMatrixOptions = {}): NamedColumns {
  checkOptions(options, { columns: true }, 'toMatrix', "{ columns: ['x', 'y'] }");
  const { columns } = options;
  const isName = (one: unknown) =>
    typeof one === 'string' || (Number.isSafeInteger(one) && (one as number) >= 0);
  if (columns !== undefined && !(Array.isArray(columns) && columns.every(isName))) {
    throw wrongType('columns', 'an array of names or numbers from 0', columns);
  }
  const found = finish(convertSteps(x, columns, 'x', false));
  if (!found) {
    const line = otherWay(x, 'x');
    throw wrongType('x', 'rows, records, a table, a tensor or a matrix', x, line);
  }
  const { rowBytes, ...matrix } = found;
  return matrix;
}
