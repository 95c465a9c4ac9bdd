import { describe, expect, test } from 'vitest';
import { elbow } from '../../src/hierarchy/elbow.ts';
import { chain } from './arbitrary.ts';
import { f64 } from './golden.ts';

/** A chain with these heights. */
function heights(...values: number[]): Float64Array {
  const Z = chain(values.length + 1);
  values.forEach((h, i) => {
    Z[4 * i + 2] = h;
  });
  return Z;
}

describe('elbow', () => {
  test('the largest jump, counted from the last merge', () => {
    expect(elbow(heights(1, 2, 3, 100))).toEqual({ k: 2, acceleration: f64([0, 96]) });
    expect(elbow(heights(1, 2, 50, 60)).k).toBe(3);
    expect(elbow(heights(1, 2, 41, 51, 61, 71, 81)).k).toBe(6);
  });

  test('of equal jumps, the fewest clusters', () => {
    expect(elbow(heights(1, 2, 4, 7, 11)).k).toBe(2);
    expect(elbow(heights(1, 2, 3, 4, 5)).k).toBe(2);
    expect(elbow(heights(0, 0, 0)).k).toBe(2);
  });

  test('looks at the last ten heights unless told otherwise', () => {
    const Z = heights(1, 1, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60);
    expect(elbow(Z).k).toBe(2);
    expect(elbow(Z).acceleration.length).toBe(8);
    expect(elbow(Z, { last: Infinity }).k).toBe(12);
    expect(elbow(Z, { last: Infinity }).acceleration.length).toBe(11);
    expect(elbow(Z, { last: 13 }).k).toBe(12);
    expect(elbow(Z, { last: 12 }).k).toBe(2);
    expect(elbow(Z, { last: 3 }).acceleration.length).toBe(1);
    expect(elbow(Z, { last: 1e9 })).toEqual(elbow(Z, { last: Infinity }));
  });

  test('the biggest of all-negative accelerations, too', () => {
    expect(elbow(heights(0, 10, 15, 17)).k).toBe(2);
    expect(elbow(heights(0, 10, 15, 16)).k).toBe(2);
    expect(elbow(heights(0, 10, 19, 19)).k).toBe(3);
  });

  test('refuses', () => {
    expect(() => elbow(heights(1, 2))).toThrow(/^Z has 2 merges; .* 3 or more/);
    expect(() => elbow(f64([0, 1, 1, 2]))).toThrow(RangeError);
    for (const last of [2, 0, -1, 3.5, NaN]) {
      expect(() => elbow(heights(1, 2, 3), { last })).toThrow(RangeError);
    }
    expect(() => elbow(heights(1, 2, 3), { last: '5' as never })).toThrow(TypeError);
    expect(() => elbow(heights(1, 2, Infinity))).toThrow(/row 2, column 2 is Infinity/);
    expect(() => elbow(heights(1, 2, NaN))).toThrow(RangeError);
    expect(elbow(heights(NaN, 1, 2, 4), { last: 3 }).k).toBe(2);
  });
});
