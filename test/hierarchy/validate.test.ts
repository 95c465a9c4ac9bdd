import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cophenet } from '../../src/hierarchy/cophenet.ts';
import { correspond } from '../../src/hierarchy/correspond.ts';
import { cutTree } from '../../src/hierarchy/cut-tree.ts';
import { elbow } from '../../src/hierarchy/elbow.ts';
import { fcluster } from '../../src/hierarchy/fcluster.ts';
import { inconsistent } from '../../src/hierarchy/inconsistent.ts';
import { leaders } from '../../src/hierarchy/leaders.ts';
import { leavesList } from '../../src/hierarchy/leaves.ts';
import { toMlabLinkage } from '../../src/hierarchy/matlab.ts';
import { maxdists, maxinconsts, maxRstat } from '../../src/hierarchy/max-statistics.ts';
import { toTree } from '../../src/hierarchy/tree.ts';
import { isMonotonic, isValidIm, isValidLinkage, numObsLinkage } from '../../src/hierarchy/validate.ts';
import { chain, linkages } from './arbitrary.ts';
import { f64, golden } from './golden.ts';

const answers = golden('trees/fcluster.json');

describe("a linkage matrix is valid where SciPy's is", () => {
  // SciPy lets these pass and then reads where they point.
  const stricter = ['fractional index', 'NaN index'];
  for (const c of answers.linkages) {
    test(c.name, () => {
      // Five columns in four rows are a flat array of five rows of four: the shape is not there to be looked at.
      const flat = c.cols === 5 ? f64(c.Z.slice(0, 5 * 3)) : f64(c.Z);
      const valid = c.valid && !stricter.includes(c.name);
      expect(isValidLinkage(flat)).toBe(valid);
      if (valid) expect(isValidLinkage(flat, { throw: true })).toBe(true);
      else expect(() => isValidLinkage(flat, { throw: true })).toThrow(RangeError);
    });
  }

  test('any tree is valid', () => {
    fc.assert(
      fc.property(linkages({ most: 40, inversions: true }), (Z) => {
        expect(isValidLinkage(Z, { throw: true })).toBe(true);
        expect(numObsLinkage(Z)).toBe(Z.length / 4 + 1);
      }),
    );
  });

  test('a tree with one element spoilt never leads out of an array', () => {
    const spoilt = fc.tuple(
      linkages({ inversions: true }),
      fc.nat(),
      fc.oneof(fc.double(), fc.integer({ min: -3, max: 30 }), fc.constant(-0)),
    );
    fc.assert(
      fc.property(spoilt, ([Z, at, value]) => {
        Z[at % Z.length] = value;
        const n = Z.length / 4 + 1;
        if (!isValidLinkage(Z)) {
          expect(() => leavesList(Z)).toThrow(RangeError);
          return;
        }
        expect([...leavesList(Z)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });
});

describe('what is wrong is said', () => {
  const good = chain(5);
  const put = (row: number, col: number, value: number) => {
    const Z = good.slice();
    Z[4 * row + col] = value;
    return Z;
  };
  const cases: [string, unknown, ErrorConstructor, RegExp][] = [
    [
      'integers',
      new Int32Array(16),
      TypeError,
      /^Z must be a linkage matrix, a Float64Array .*, got an Int32Array of length 16/,
    ],
    ['float32', new Float32Array(16), TypeError, /^Z must be .*, got a Float32Array of length 16/],
    ['rows', [[0, 1, 1, 2]], TypeError, /^Z must be .*, got an Array of length 1/],
    ['a plain object', {}, TypeError, /^Z must be .*, got a plain object/],
    ['undefined', undefined, TypeError, /^Z must be .*, got undefined/],
    ['null', null, TypeError, /^Z must be .*, got null/],
    ['a number', 4, TypeError, /^Z must be .*, got 4/],
    ['bytes', new ArrayBuffer(32), TypeError, /^Z must be .*, got an ArrayBuffer/],
    ['bigints', new BigInt64Array(4), TypeError, /^Z must be .*, got a BigInt64Array/],
    ['a DataView', new DataView(new ArrayBuffer(32)), TypeError, /^Z must be .*, got a DataView/],
    ['empty', f64([]), RangeError, /^Z is empty/],
    ['three columns', f64([0, 1, 1]), RangeError, /^Z has length 3; .* multiple of 4/],
    ['negative index', put(1, 0, -1), RangeError, /row 1, column 0 is -1, a negative index/],
    ['fractional index', put(0, 0, 0.5), RangeError, /row 0, column 0 is 0.5; .*whole number/],
    ['NaN index', put(2, 1, NaN), RangeError, /row 2, column 1 is NaN/],
    ['infinite index', put(2, 1, Infinity), RangeError, /row 2, column 1 is Infinity/],
    ['too early', put(0, 0, 5), RangeError, /row 0, column 0 is 5, .*before it is formed; .* 0 to 4 /],
    ['itself', put(2, 1, 7), RangeError, /before it is formed/],
    ['twice', put(3, 1, 2), RangeError, /row 3, column 1 is 2, .*more than once/],
    ['negative distance', put(0, 2, -0.5), RangeError, /row 0, column 2 is -0.5, a negative distance/],
    ['negative count', put(0, 3, -1), RangeError, /row 0, column 3 is -1, a negative count/],
    ['excessive count', put(3, 3, 6), RangeError, /row 3, column 3 is 6, an excessive count/],
  ];
  for (const [name, Z, kind, message] of cases) {
    test(name, () => {
      expect(isValidLinkage(Z)).toBe(false);
      expect(() => isValidLinkage(Z, { throw: true })).toThrow(kind);
      expect(() => isValidLinkage(Z, { throw: true })).toThrow(message);
    });
  }

  test('one row is looked at like any other', () => {
    expect(isValidLinkage(f64([0, 1, 0, 2]))).toBe(true);
    expect(isValidLinkage(f64([0, 1, -1, 2]))).toBe(false);
    expect(isValidLinkage(f64([0, 7, 1, 2]))).toBe(false);
    expect(isValidLinkage(f64([0, 0, 1, 2]))).toBe(false);
  });

  test('-0 is an index, a height and a count like 0', () => {
    expect(isValidLinkage(f64([-0, 1, -0, 2]))).toBe(true);
    expect(isValidLinkage(f64([-0, 0, 1, 2]))).toBe(false);
  });

  test('by name, with a code, and as a warning', () => {
    expect(() => isValidLinkage(f64([]), { throw: true, name: 'tree' })).toThrow(/^tree is empty/);
    try {
      isValidLinkage(f64([]), { throw: true });
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_RANGE' });
    }
    const told: unknown[] = [];
    expect(isValidLinkage(f64([]), { onWarning: (w) => told.push(w) })).toBe(false);
    expect(told).toMatchObject([{ code: 'ERR_RANGE', message: expect.stringMatching(/^Z is empty/) }]);
  });

  test('every function asks first', () => {
    const R = inconsistent(good);
    const calls: Record<string, (Z: Float64Array) => unknown> = {
      fcluster: (Z) => fcluster(Z, 1),
      cutTree: (Z) => cutTree(Z),
      leaders: (Z) => leaders(Z, new Int32Array(5)),
      cophenet: (Z) => cophenet(Z),
      inconsistent: (Z) => inconsistent(Z),
      maxdists,
      maxinconsts: (Z) => maxinconsts(Z, R),
      maxRstat: (Z) => maxRstat(Z, R, 0),
      isMonotonic,
      correspond: (Z) => correspond(Z, new Float64Array(10)),
      numObsLinkage,
      leavesList,
      toTree: (Z) => toTree(Z),
      elbow: (Z) => elbow(Z),
    };
    for (const [name, call] of Object.entries(calls)) {
      expect(() => call(good), name).not.toThrow();
      expect(() => call(new Int32Array(16) as never), name).toThrow(TypeError);
      expect(() => call({} as never), name).toThrow(TypeError);
      expect(() => call(f64([])), name).toThrow(RangeError);
      expect(() => call(put(0, 2, -1)), name).toThrow(RangeError);
      expect(() => call(put(3, 1, 2)), name).toThrow(RangeError);
    }
    expect(() => toMlabLinkage(put(0, 2, -1))).toThrow(RangeError);
    expect(() => toMlabLinkage(new Int32Array(0) as never)).toThrow(TypeError);
  });
});

describe("an inconsistency matrix is valid where SciPy's is", () => {
  for (const c of answers.inconsistencies) {
    test(c.name, () => {
      expect(isValidIm(f64(c.R))).toBe(c.valid);
      if (!c.valid) expect(() => isValidIm(f64(c.R), { throw: true })).toThrow(RangeError);
    });
  }

  test('types, lengths and names', () => {
    expect(isValidIm(new Int32Array(4))).toBe(false);
    expect(() => isValidIm(new Int32Array(4), { throw: true })).toThrow(TypeError);
    expect(() => isValidIm(f64([]), { throw: true })).toThrow(/^R is empty/);
    expect(() => isValidIm(f64([1, 2, 3]), { throw: true, name: 'stats' })).toThrow(/^stats has length 3/);
    expect(() => isValidIm(f64([1, -2, 3, 0]), { throw: true })).toThrow(
      /row 0, column 1 is -2, a negative stan/,
    );
  });

  test('any that inconsistent returns', () => {
    fc.assert(
      fc.property(linkages({ inversions: true }), fc.integer({ min: 0, max: 5 }), (Z, depth) => {
        expect(isValidIm(inconsistent(Z, depth), { throw: true })).toBe(true);
      }),
    );
  });
});

describe('isMonotonic', () => {
  for (const c of answers.cases) {
    test(c.name, () => expect(isMonotonic(f64(c.Z))).toBe(c.is_monotonic));
  }

  test('corners', () => {
    expect(isMonotonic(f64([0, 1, 3, 2]))).toBe(true);
    expect(isMonotonic(f64([0, 1, 3, 2, 2, 3, 3, 3]))).toBe(true);
    expect(isMonotonic(f64([0, 1, 3, 2, 2, 3, 2, 3]))).toBe(false);
    expect(isMonotonic(f64([0, 1, NaN, 2, 2, 3, 2, 3]))).toBe(false);
    expect(isMonotonic(f64([0, 1, 0, 2, 2, 3, -0, 3]))).toBe(true);
    expect(isMonotonic(f64([0, 1, 1, 2, 2, 3, Infinity, 3]))).toBe(true);
  });
});

describe('correspond', () => {
  test('the same number of observations, whatever the distances', () => {
    for (let n = 2; n < 12; n++) {
      expect(correspond(chain(n), new Float64Array((n * (n - 1)) / 2))).toBe(true);
      expect(correspond(chain(n), new Float32Array((n * (n - 1)) / 2))).toBe(true);
      expect(correspond(chain(n), new Float64Array((n * (n + 1)) / 2))).toBe(false);
      expect(correspond(chain(n + 1), new Float64Array((n * (n - 1)) / 2))).toBe(false);
    }
  });

  test('refuses what are no condensed distances', () => {
    expect(() => correspond(chain(3), f64([]))).toThrow(/^Y is empty/);
    expect(() => correspond(chain(3), f64([1, 2]))).toThrow(RangeError);
    expect(() => correspond(chain(3), new Int32Array(3) as never)).toThrow(TypeError);
  });
});
