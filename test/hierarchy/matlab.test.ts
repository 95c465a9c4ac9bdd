import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromMlabLinkage, toMlabLinkage } from '../../src/hierarchy/matlab.ts';
import { chain, linkages } from './arbitrary.ts';
import { f64, golden } from './golden.ts';

describe("MATLAB's form", () => {
  for (const c of golden('trees/fcluster.json').cases) {
    test(c.name, () => {
      const Z = f64(c.Z);
      const M = toMlabLinkage(Z);
      if (c.to_mlab_linkage) expect(Array.from(M)).toEqual(c.to_mlab_linkage);
      expect(fromMlabLinkage(M)).toEqual(Z);
    });
  }

  test('there and back is where one began', () => {
    fc.assert(
      fc.property(linkages({ most: 30, inversions: true }), (Z) => {
        const before = Z.slice();
        expect(fromMlabLinkage(toMlabLinkage(Z))).toEqual(before);
        expect(Z).toEqual(before);
      }),
    );
  });

  test('one merge, and none', () => {
    expect(Array.from(fromMlabLinkage(f64([1, 2, 3])))).toEqual([0, 1, 3, 2]);
    expect(Array.from(toMlabLinkage(f64([0, 1, 3, 2])))).toEqual([1, 2, 3]);
    expect(fromMlabLinkage(f64([]))).toEqual(f64([]));
    expect(toMlabLinkage(f64([]))).toEqual(f64([]));
  });

  test('refuses', () => {
    expect(() => fromMlabLinkage(new Int32Array(3) as never)).toThrow(
      /^Z must be a Float64Array of rows of 3, .*, got an Int32Array/,
    );
    expect(() => fromMlabLinkage({} as never)).toThrow(TypeError);
    expect(() => fromMlabLinkage(f64([1, 2, 3, 4]))).toThrow(/^Z has length 4; .* multiple of 3/);
    for (const bad of [
      [0, 1, 3],
      [1, 1, 3],
      [1, 3, 3],
      [1.5, 2, 3],
      [NaN, 2, 3],
      [1, Infinity, 3],
      [-1, 2, 3],
      [1, 2, 1, 1, 4, 2],
    ]) {
      expect(() => fromMlabLinkage(f64(bad)), String(bad)).toThrow(RangeError);
    }
    expect(() => fromMlabLinkage(f64([1, 2, 1, 3, 5, 2]))).toThrow(
      /row 1, column 1 is 5; .* 1 to 4 not yet merged/,
    );
    expect(() => toMlabLinkage(chain(4).subarray(0, 5))).toThrow(RangeError);
  });
});
