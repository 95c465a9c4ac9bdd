/** Distances of all pairs in their two forms: condensed (each pair once) and square. */

import { rangeError, typeError } from '../errors.ts';
import { allocate } from '../support/allocate.ts';
import { checkNumber, checkOneOf, checkOptions, wrongType } from '../support/checks.ts';
import { describe, tagOf } from '../support/text/describe.ts';
import { answer, type Problem, type ValidityOptions } from '../support/validity.ts';
import type { FloatArray, Matrix } from '../types.ts';

/** Distances of each pair once: d(0,1), d(0,2), ..., d(n-2,n-1). An array of numbers is read as float64. @internal */
export type Condensed = FloatArray | readonly number[];

/** Distances as a square. An array of rows is read as float64. */
export type Square = Matrix | readonly (readonly number[])[];

interface SquareformOptions {
  /** Allow only one direction: other input is refused. Default 'no'. */
  force?: 'no' | 'tomatrix' | 'tovector';
  /** Whether a square must be symmetric with zeros on its diagonal. Default true. */
  checks?: boolean;
}

/** Side of the blocks in which a square is read or written along both its rows and its columns. */
const TILE = 64;

function isFloatArray(value: unknown): value is FloatArray {
  const tag = tagOf(value);
  return tag === 'Float64Array' || tag === 'Float32Array';
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((v) => typeof v === 'number');
}

/** The number of observations that have `length` distances, or NaN if there is no such number. */
function observationsOf(length: number): number {
  const n = Math.ceil(Math.sqrt(2 * length));
  return (n * (n - 1)) / 2 === length ? n : NaN;
}

function condensedProblem(y: unknown, name: string): Problem | undefined {
  if (!isFloatArray(y) && !isNumbers(y)) {
    return wrongType(
      name,
      'a Float64Array, a Float32Array or an array of numbers, the condensed distances',
      y,
    );
  }
  if (Number.isNaN(observationsOf(y.length))) {
    const n = Math.floor((1 + Math.sqrt(1 + 8 * y.length)) / 2);
    return rangeError(
      `${name} has length ${y.length}; n observations have n(n-1)/2 distances: ${n} have ${(n * (n - 1)) / 2}, ${n + 1} have ${(n * (n + 1)) / 2}`,
    );
  }
  return undefined;
}

/** Condensed distances as a typed array. @throws TypeError or RangeError if they are not condensed distances */
export function checkCondensed(y: unknown, name: string): FloatArray {
  const problem = condensedProblem(y, name);
  if (problem) throw problem;
  return isFloatArray(y) ? y : Float64Array.from(y as readonly number[]);
}

/** The square as a Matrix, or the error if its type or shape is wrong. */
function squareOf(D: unknown, name: string): Matrix | Problem {
  if (Array.isArray(D)) {
    const n = D.length;
    const data = allocate(Float64Array, n * n);
    for (let i = 0; i < n; i++) {
      const row: unknown = D[i];
      if (!isNumbers(row)) return wrongType(`${name}[${i}]`, 'an array of numbers', row);
      if (row.length !== n) {
        return rangeError(
          `${name}[${i}] has length ${row.length}; ${name} has ${n} rows, so a square has ${n} columns`,
        );
      }
      data.set(row, i * n);
    }
    return { data, rows: n, cols: n };
  }
  const { data, rows, cols } = Object(D) as Partial<Matrix>;
  if (!isFloatArray(data) || !Number.isInteger(rows) || !Number.isInteger(cols)) {
    const got =
      data === undefined
        ? describe(D)
        : `a matrix of ${describe(data)}, ${describe(rows)} x ${describe(cols)}`;
    return typeError(
      `${name} is ${got}; a square is {data, rows, cols} with a Float64Array or Float32Array, or an array of rows`,
    );
  }
  const [r, c] = [rows as number, cols as number];
  if (r !== c || r < 0)
    return rangeError(`${name} is ${r} x ${c}; a distance matrix has as many rows as columns`);
  if (data.length !== r * c) {
    return rangeError(`${name}.data has length ${data.length}; ${r} x ${c} elements are ${r * c}`);
  }
  return { data, rows: r, cols: c };
}

function isProblem(value: Matrix | Problem): value is Problem {
  return value instanceof Error;
}

/** The error if a square is not a distance matrix. It is read in blocks, so that columns come from the cache too. */
function metricProblem({ data, rows: n }: Matrix, name: string, tol: number): Problem | undefined {
  for (let top = 0; top < n; top += TILE) {
    const bottom = Math.min(top + TILE, n);
    for (let begin = top; begin < n; begin += TILE) {
      const end = Math.min(begin + TILE, n);
      for (let i = top; i < bottom; i++) {
        for (let j = Math.max(begin, i + 1); j < end; j++) {
          const a = data[i * n + j];
          const b = data[j * n + i];
          // Written with <= so that NaN is refused.
          if (tol === 0 ? a === b : a - b <= tol && b - a <= tol) continue;
          const within = tol === 0 ? '' : ` within ${tol}`;
          return rangeError(
            `${name} is not symmetric${within}: element (${i}, ${j}) is ${a} and (${j}, ${i}) is ${b}; a distance is the same both ways`,
          );
        }
      }
    }
  }
  for (let i = 0; i < n; i++) {
    const d = data[i * n + i];
    if (tol === 0 ? d === 0 : d <= tol && d - d <= tol) continue;
    const allowed = tol === 0 ? '0' : `at most ${tol}`;
    return rangeError(
      `${name}: element (${i}, ${i}) is ${d}; the diagonal of a distance matrix is ${allowed}`,
    );
  }
  return undefined;
}

/**
 * Whether an array can be condensed distances: floating-point, and n(n-1)/2 long for some n >= 1.
 *
 * Cost: O(1); O(n^2) for an array of numbers, whose types are checked.
 * Errors: none, unless `throw`: then TypeError or RangeError.
 * Source: scipy.spatial.distance.is_valid_y.
 */
export function isValidY(y: unknown, options: ValidityOptions = {}): boolean {
  return answer(condensedProblem(y, options.name ?? 'y'), options);
}

/**
 * Whether a matrix can be a distance matrix: square, symmetric, zero on the diagonal, and without NaN. The triangle
 * inequality is not checked.
 *
 * Tolerance: with `tol`, elements may differ from their mirror images by that much, and the diagonal may reach it.
 * Cost: O(n^2).
 * Errors: none, unless `throw`: then TypeError or RangeError, which names the element. TypeError if `tol` is not a
 * number, RangeError if it is NaN.
 * Source: scipy.spatial.distance.is_valid_dm.
 */
export function isValidDm(D: unknown, options: ValidityOptions & { tol?: number } = {}): boolean {
  const { tol = 0, name = 'D' } = options;
  checkNumber(tol, 'tol', 'a number, 0 or more');
  const square = squareOf(D, name);
  return answer(isProblem(square) ? square : metricProblem(square, name, tol), options);
}

/**
 * Number of observations that condensed distances belong to.
 *
 * Cost: that of `isValidY`.
 * Errors: those of `isValidY`; RangeError for no distance at all, because 0 and 1 observations both have none.
 * Source: scipy.spatial.distance.num_obs_y.
 */
export function numObsY(Y: Condensed, name = 'Y'): number {
  const { length } = checkCondensed(Y, name);
  if (length === 0)
    throw rangeError(`${name} is empty; the number of observations can be told from 1 distance or more`);
  return observationsOf(length);
}

/**
 * Number of observations that a square distance matrix belongs to. It need not be symmetric, but NaN and infinite
 * elements are refused.
 *
 * Cost: O(n^2), for the check.
 * Errors: those of `isValidDm`, with an infinite tolerance.
 * Source: scipy.spatial.distance.num_obs_dm.
 */
export function numObsDm(D: Square, name = 'D'): number {
  isValidDm(D, { tol: Infinity, throw: true, name });
  return Array.isArray(D) ? D.length : (D as Matrix).rows;
}

/**
 * Convert condensed distances to a square, or a square to condensed distances.
 *
 * Shape: n(n-1)/2 to n x n and back; an empty array becomes 1 x 1. The element type stays the same.
 * Cost: O(n^2).
 * Errors: TypeError if X has neither form, or not the form that `force` requires; RangeError for wrong lengths and
 * shapes, for an unknown `force`, and, unless `checks` is false, for a square that is not symmetric or not zero on its
 * diagonal.
 * Source: scipy.spatial.distance.squareform.
 */
export function squareform(X: Condensed, options?: SquareformOptions): Matrix;
export function squareform(X: Square, options?: SquareformOptions): FloatArray;
export function squareform(X: Condensed | Square, options?: SquareformOptions): Matrix | FloatArray;
export function squareform(X: Condensed | Square, options: SquareformOptions = {}): Matrix | FloatArray {
  checkOptions(options, { force: true, checks: true }, 'squareform', '{ checks: false }');
  const { force = 'no', checks = true } = options;
  checkOneOf(force, 'force', ['no', 'tomatrix', 'tovector']);
  const condensed = ArrayBuffer.isView(X) || (Array.isArray(X) && !Array.isArray(X[0]));
  if (force === 'tomatrix' && !condensed) {
    throw wrongType('X', "condensed distances with force 'tomatrix'", X);
  }
  if (force === 'tovector' && condensed) {
    throw wrongType('X', "a square with force 'tovector'", X);
  }
  if (condensed) return toSquare(checkCondensed(X, 'X'));
  const square = squareOf(X, 'X');
  const problem = isProblem(square) ? square : checks ? metricProblem(square, 'X', 0) : undefined;
  if (problem) throw problem;
  return toCondensed(square as Matrix);
}

function allocateLike(like: FloatArray, length: number): FloatArray {
  return tagOf(like) === 'Float32Array' ? allocate(Float32Array, length) : allocate(Float64Array, length);
}

function toSquare(y: FloatArray): Matrix {
  const n = y.length === 0 ? 1 : observationsOf(y.length);
  const data = allocateLike(y, n * n);
  for (let i = 0, from = 0; i < n; i++) {
    const next = from + (n - 1 - i);
    data.set(y.subarray(from, next), i * n + i + 1);
    from = next;
  }
  // Then copy the upper triangle to the lower one, in blocks, since one of the two is accessed column by column.
  for (let top = 0; top < n; top += TILE) {
    const bottom = Math.min(top + TILE, n);
    for (let begin = top; begin < n; begin += TILE) {
      const end = Math.min(begin + TILE, n);
      for (let j = begin; j < end; j++) {
        for (let i = top; i < Math.min(bottom, j); i++) data[j * n + i] = data[i * n + j];
      }
    }
  }
  return { data, rows: n, cols: n };
}

function toCondensed({ data, rows: n }: Matrix): FloatArray {
  const out = allocateLike(data, n < 2 ? 0 : (n * (n - 1)) / 2);
  for (let i = 0, to = 0; i < n - 1; i++) {
    out.set(data.subarray(i * n + i + 1, (i + 1) * n), to);
    to += n - 1 - i;
  }
  return out;
}

/** The two rows that an element of a condensed matrix belongs to. */
export function pairOf(index: number, n: number): [number, number] {
  let i = 0;
  let left = index;
  while (left >= n - 1 - i) {
    left -= n - 1 - i;
    i++;
  }
  return [i, i + 1 + left];
}
