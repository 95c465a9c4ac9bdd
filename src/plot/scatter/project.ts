/** Project rows with many columns to points in the plane. */

import { BadRowError, rangeError } from '../../errors.ts';
import { allocate } from '../../support/allocate.ts';
import { checkOneOf, wrongType } from '../../support/checks.ts';
import type { Matrix } from '../../types.ts';
import { principalComponents } from './pca.ts';

interface Projection {
  /** rows x 2. */
  points: Float64Array;
  /** The leaders, in the same plane. */
  marked: Float64Array | undefined;
  /** The names of the axes. */
  names: [string, string];
}

interface ProjectionOptions {
  projection?: 'columns' | 'pca';
  columns?: readonly [number, number];
}

/** Project points and leaders as the options say. Values that are not finite are refused with their row. */
export function project(X: Matrix, leaders: Matrix | undefined, options: ProjectionOptions): Projection {
  const { projection = 'columns', columns } = options;
  if (projection === 'pca') {
    if (X.cols < 2) throw rangeError("X has 1 column; projection 'pca' needs at least 2");
    if (columns !== undefined)
      throw rangeError("columns is given, but projection 'pca' uses all columns; leave out one of the two");
    checkFinite(X, 'X');
    if (leaders) checkFinite(leaders, 'leaders');
    return components(X, leaders);
  }
  checkOneOf(projection, 'projection', ['columns', 'pca']);
  const pair = checkColumns(columns ?? [0, 1], X.cols);
  return {
    points: pick(X, pair, 'X'),
    marked: leaders && pick(leaders, pair, 'leaders'),
    names: [`column ${pair[0]}`, `column ${pair[1]}`],
  };
}

function components(X: Matrix, leaders: Matrix | undefined): Projection {
  const { scores, directions, mean, explained } = principalComponents(X);
  const names = explained.map((part, k) => `component ${k + 1} (${Math.round(100 * part)}% of variance)`);
  return {
    points: scores,
    marked: leaders && scoresOf(leaders, mean, directions),
    names: names as [string, string],
  };
}

function scoresOf(
  { data, rows, cols }: Matrix,
  mean: Float64Array,
  directions: readonly Float64Array[],
): Float64Array {
  const out = allocate(Float64Array, 2 * rows);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < 2; k++) {
      for (let j = 0; j < cols; j++) out[2 * i + k] += (data[i * cols + j] - mean[j]) * directions[k][j];
    }
  }
  return out;
}

function pick({ data, rows, cols }: Matrix, pair: readonly [number, number], name: string): Float64Array {
  const out = allocate(Float64Array, 2 * rows);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < 2; k++) {
      const value = data[i * cols + pair[k]];
      if (!Number.isFinite(value)) throw new BadRowError(name, i, pair[k], value);
      out[2 * i + k] = value;
    }
  }
  return out;
}

function checkFinite({ data, cols }: Matrix, name: string): void {
  for (let at = 0; at < data.length; at++) {
    if (!Number.isFinite(data[at])) throw new BadRowError(name, Math.floor(at / cols), at % cols, data[at]);
  }
}

function checkColumns(columns: unknown, cols: number): readonly [number, number] {
  if (!Array.isArray(columns) || columns.length !== 2) {
    throw wrongType('columns', 'an array of two column numbers', columns);
  }
  columns.forEach((column, k) => {
    if (typeof column !== 'number') throw wrongType(`columns[${k}]`, 'a column number', column);
    if (!(column >= 0 && column < cols) || column !== Math.floor(column)) {
      throw rangeError(
        `columns[${k}] is ${column}; X has ${cols} column${cols === 1 ? '' : 's'}, numbered from 0`,
      );
    }
  });
  return columns as [number, number];
}
