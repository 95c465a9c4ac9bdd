import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isValidDm, isValidY, numObsDm, numObsY, squareform } from '../../src/distance/squareform.ts';
import type { FloatArray, Matrix } from '../../src/types.ts';

const wrong = (value: unknown) => value as never;
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);
const square = (...rows: number[][]): Matrix => ({
  data: f64(rows.flat()),
  rows: rows.length,
  cols: rows[0]?.length ?? 0,
});

/** Condensed distances of any 1 to 70 observations, so that more than one block is filled. */
const condensed = fc
  .tuple(fc.integer({ min: 1, max: 70 }), fc.boolean(), fc.infiniteStream(fc.double({ noNaN: true })))
  .map(([n, single, values]): { n: number; y: FloatArray } => {
    const length = (n * (n - 1)) / 2;
    const y = single ? new Float32Array(length) : new Float64Array(length);
    for (let i = 0; i < length; i++) y[i] = values.next().value as number;
    return { n, y };
  });

describe('squareform', () => {
  test('each pair in its two places, zeros between', () => {
    expect(squareform(f64([1, 2, 3, 4, 5, 6]))).toEqual(
      square([0, 1, 2, 3], [1, 0, 4, 5], [2, 4, 0, 6], [3, 5, 6, 0]),
    );
  });

  test('there and back is where one began, in either element type', () => {
    fc.assert(
      fc.property(condensed, ({ n, y }) => {
        const D = squareform(y);
        expect([D.rows, D.cols]).toEqual([n, n]);
        expect(D.data.constructor).toBe(y.constructor);
        let k = 0;
        for (let i = 0; i < n; i++) {
          expect(D.data[i * n + i]).toBe(0);
          for (let j = i + 1; j < n; j++, k++) {
            if (!Object.is(D.data[i * n + j], y[k]) || !Object.is(D.data[j * n + i], y[k])) {
              throw new Error(`pair ${i}, ${j}`);
            }
          }
        }
        expect(squareform(D)).toEqual(y);
        expect(squareform(D, { checks: false })).toEqual(y);
      }),
    );
  });

  test('no distances are those of one observation', () => {
    expect(squareform(f64([]))).toEqual(square([0]));
    expect(squareform([])).toEqual(square([0]));
    expect(squareform(square([0]))).toEqual(f64([]));
    expect(squareform({ data: new Float32Array(0), rows: 0, cols: 0 })).toEqual(new Float32Array(0));
  });

  test('arrays of numbers are read as float64', () => {
    expect(squareform([7])).toEqual(square([0, 7], [7, 0]));
    expect(
      squareform([
        [0, 7],
        [7, 0],
      ]),
    ).toEqual(f64([7]));
  });

  test('infinite distances are distances; the input stays as it was', () => {
    const y = f64([1, Infinity, 2]);
    const D = squareform(y);
    expect(squareform(D)).toEqual(y);
    expect(y).toEqual(f64([1, Infinity, 2]));
    expect(D).toEqual(square([0, 1, Infinity], [1, 0, 2], [Infinity, 2, 0]));
  });

  test('force takes one form only', () => {
    expect(squareform(f64([1]), { force: 'tomatrix' })).toEqual(square([0, 1], [1, 0]));
    expect(squareform(square([0, 1], [1, 0]), { force: 'tovector' })).toEqual(f64([1]));
    expect(() => squareform(f64([1]), { force: 'tovector' })).toThrow(TypeError);
    expect(() => squareform(square([0, 1], [1, 0]), { force: 'tomatrix' })).toThrow(TypeError);
    expect(() => squareform(f64([1]), { force: wrong('sideways') })).toThrow(RangeError);
    expect(() => squareform(f64([1]), { force: wrong(1) })).toThrow(TypeError);
  });

  test('refuses lengths that no number of observations has', () => {
    for (const length of [2, 4, 5, 7, 8, 9, 11, 4949]) {
      expect(() => squareform(new Float64Array(length))).toThrow(RangeError);
    }
    expect(() => squareform(f64([1, 2, 3, 4]))).toThrow(/^X has length 4; .* 3 have 3, 4 have 6/);
  });

  test('refuses squares that are none, unless told not to look', () => {
    const skew = square([0, 1], [2, 0]);
    const heavy = square([0, 1], [1, 3]);
    const holed = square([0, NaN], [NaN, 0]);
    expect(() => squareform(skew)).toThrow(/^X is not symmetric: element \(0, 1\) is 1 and \(1, 0\) is 2/);
    expect(() => squareform(heavy)).toThrow(/^X: element \(1, 1\) is 3; the diagonal/);
    expect(() => squareform(holed)).toThrow(RangeError);
    expect(squareform(skew, { checks: false })).toEqual(f64([1]));
    expect(squareform(heavy, { checks: false })).toEqual(f64([1]));
    expect(() => squareform({ data: f64([0, 1]), rows: 1, cols: 2 })).toThrow(/^X is 1 x 2; /);
    expect(() => squareform({ data: f64([0, 1, 1]), rows: 2, cols: 2 }, { checks: false })).toThrow(
      /^X\.data has length 3; 2 x 2 elements are 4/,
    );
    expect(() => squareform([[0, 1], [1]])).toThrow(/^X\[1\] has length 1/);
  });

  test('asymmetry is found wherever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 150 }), fc.nat(), fc.nat(), (n, a, b) => {
        const [i, j] = [a % n, b % n];
        const D = { data: new Float64Array(n * n), rows: n, cols: n };
        expect(isValidDm(D)).toBe(true);
        D.data[i * n + j] = 1;
        expect(isValidDm(D)).toBe(false);
      }),
    );
  });

  test('refuses other types', () => {
    for (const X of [new Int32Array(3), {}, null, undefined, 'abc', 5, ['a'], new BigInt64Array(3)]) {
      expect(() => squareform(wrong(X))).toThrow(TypeError);
    }
    expect(() => squareform(wrong({ data: new Int32Array(4), rows: 2, cols: 2 }))).toThrow(
      /^X is a matrix of an Int32Array of length 4, 2 x 2/,
    );
    expect(() => squareform(wrong({ data: f64([0]), rows: '1', cols: 1 }))).toThrow(TypeError);
    expect(() =>
      squareform(
        wrong([
          [0, '1'],
          ['1', 0],
        ]),
      ),
    ).toThrow(/^X\[0\] must be an array of numbers, got an Array/);
  });
});

describe('isValidY and numObsY', () => {
  test('lengths', () => {
    const valid = new Map(Array.from({ length: 40 }, (_, n) => [(n * (n - 1)) / 2, n]));
    for (let length = 0; length < 700; length++) {
      expect(isValidY(new Float64Array(length)), `${length}`).toBe(valid.has(length));
      if (length > 0 && valid.has(length)) expect(numObsY(new Float32Array(length))).toBe(valid.get(length));
      else expect(() => numObsY(new Float64Array(length))).toThrow(RangeError);
    }
  });

  test('types, names and messages', () => {
    expect(isValidY([1, 2, 3])).toBe(true);
    expect(numObsY([1, 2, 3])).toBe(3);
    for (const y of [new Int32Array(3), {}, null, undefined, 3, ['1'], [[0]]]) {
      expect(isValidY(y)).toBe(false);
      expect(() => isValidY(y, { throw: true })).toThrow(TypeError);
      expect(() => numObsY(wrong(y))).toThrow(TypeError);
    }
    expect(() => isValidY([1, 2], { throw: true, name: 'far' })).toThrow(/^far has length 2/);
    expect(() => numObsY([])).toThrow(/^Y is empty; /);
    const told: string[] = [];
    isValidY([1, 2], { onWarning: (w) => told.push(w.code) });
    expect(told).toEqual(['ERR_RANGE']);
  });
});

describe('isValidDm and numObsDm', () => {
  test('square, symmetric, hollow', () => {
    expect(isValidDm(square([0, 1], [1, 0]))).toBe(true);
    expect(isValidDm([[0]])).toBe(true);
    expect(isValidDm({ data: f64([]), rows: 0, cols: 0 })).toBe(true);
    expect(isValidDm(square([0, 1, 2], [1, 0, 3]))).toBe(false);
    expect(isValidDm(square([0, 1], [2, 0]))).toBe(false);
    expect(isValidDm(square([0, 1], [1, 1e-300]))).toBe(false);
    expect(isValidDm(square([0, NaN], [NaN, 0]))).toBe(false);
    expect(isValidDm(square([NaN, 1], [1, 0]))).toBe(false);
    expect(isValidDm(square([-0, 1], [1, 0]))).toBe(true);
    expect(isValidDm(f64([1, 2, 3]))).toBe(false);
    expect(() => isValidDm(f64([1, 2, 3]), { throw: true })).toThrow(TypeError);
    expect(() => isValidDm(square([0, 1], [2, 0]), { throw: true, name: 'far' })).toThrow(/^far is not/);
  });

  test('within a tolerance', () => {
    const near = square([0, 1], [1.05, 0.1]);
    expect(isValidDm(near)).toBe(false);
    expect(isValidDm(near, { tol: 0.1 })).toBe(true);
    expect(isValidDm(near, { tol: 0.07 })).toBe(false);
    expect(isValidDm(square([0, 1.05], [1, 0]), { tol: 0.01 })).toBe(false);
    expect(isValidDm(square([0, NaN], [NaN, 0]), { tol: 1 })).toBe(false);
    expect(() => isValidDm(near, { tol: 0.01, throw: true })).toThrow(/not symmetric within 0\.01/);
    expect(() => isValidDm(near, { tol: wrong('1') })).toThrow(TypeError);
  });

  test('the number of observations, symmetric or not', () => {
    expect(numObsDm(square([0, 1, 2], [1, 0, 3], [2, 3, 0]))).toBe(3);
    expect(numObsDm([[0]])).toBe(1);
    expect(
      numObsDm([
        [5, 1],
        [2, 5],
      ]),
    ).toBe(2);
    expect(() => numObsDm(square([0, 1, 2], [1, 0, 3]))).toThrow(/^D is 2 x 3/);
    expect(() => numObsDm(square([0, NaN], [NaN, 0]))).toThrow(RangeError);
    expect(() => numObsDm(square([0, Infinity], [Infinity, 0]))).toThrow(RangeError);
    expect(() => numObsDm(wrong(f64([1])))).toThrow(TypeError);
  });
});
