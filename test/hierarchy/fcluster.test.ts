import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { type Criterion, fcluster } from '../../src/hierarchy/fcluster.ts';
import { inconsistent } from '../../src/hierarchy/inconsistent.ts';
import { fclusterdata } from '../../src/hierarchy/linkage/fclusterdata.ts';
import { maxdists, maxinconsts } from '../../src/hierarchy/max-statistics.ts';
import type { CoppiceWarning } from '../../src/types.ts';
import { naiveCophenet, naiveCut, nodesOf } from '../reference/trees.ts';
import { chain, linkages } from './arbitrary.ts';
import { f64, golden } from './golden.ts';

interface Group {
  criterion: Criterion;
  depth?: number;
  monocrit?: number;
  t: number[];
  T: number[];
}

describe('labels equal SciPy, in every criterion', () => {
  for (const c of golden('trees/fcluster.json').cases) {
    test(c.name, () => {
      const Z = f64(c.Z);
      for (const g of c.fcluster as Group[]) {
        const monocrit = g.monocrit === undefined ? undefined : f64(c.monocrits[g.monocrit]);
        g.t.forEach((t, i) => {
          const wanted = c.partitions[g.T[i]];
          const at = `${g.criterion} t=${t} depth=${g.depth}`;
          const got = fcluster(Z, t, { criterion: g.criterion, depth: g.depth, monocrit });
          expect(Array.from(got), at).toEqual(wanted);
          if (g.criterion === 'inconsistent') {
            const R = inconsistent(Z, g.depth);
            expect(Array.from(fcluster(Z, t, { R })), `${at}, R given`).toEqual(wanted);
          }
        });
      }
    });
  }
});

test("before SciPy 1.15 'maxclust' never undid the two lowest merges, and else agreed", () => {
  const now = new Map(golden('trees/fcluster.json').cases.map((c: { name: string }) => [c.name, c]));
  for (const c of golden('trees/fcluster_scipy110.json').cases) {
    expect(now.has(c.name)).toBe(true);
    const Z = f64(c.Z);
    // With inversions the two bisect over an unordered statistic from different starts.
    if (!f64(maxdists(Z)).every((d, i, all) => i === 0 || d >= all[i - 1])) continue;
    for (const g of c.fcluster as Group[]) {
      if (g.criterion !== 'maxclust') continue;
      g.t.forEach((t, i) => {
        const old: number[] = c.partitions[g.T[i]];
        const got = Array.from(fcluster(Z, t, { criterion: 'maxclust' }));
        const undone = new Set(got).size > new Set(old).size;
        const second = [...nodesOf(Z)[c.n + 1].leaves];
        if (undone) expect(new Set(second.map((i) => got[i])).size, `${c.name} t=${t}`).toBeGreaterThan(1);
        else expect(got, `${c.name} t=${t}`).toEqual(old);
      });
    }
  }
});

describe('by its definition', () => {
  const t = fc.oneof(fc.integer({ min: -1, max: 5 }), fc.double({ min: -1, max: 2, noNaN: true }));

  test('distance: the observations of a cluster are no further apart than t, and clusters are maximal', () => {
    fc.assert(
      fc.property(linkages(), t, (Z, t) => {
        const n = Z.length / 4 + 1;
        const T = fcluster(Z, t, { criterion: 'distance' });
        const apart = naiveCophenet(Z);
        for (let i = 0, k = 0; i < n; i++) {
          for (let j = i + 1; j < n; j++, k++) expect(T[i] === T[j]).toBe(apart[k] <= t);
        }
      }),
    );
  });

  test('any statistic, inversions or not: the topmost merges at most t, numbered by the walk', () => {
    fc.assert(
      fc.property(linkages({ inversions: true }), t, fc.integer({ min: 0, max: 4 }), (Z, t, depth) => {
        const far = maxdists(Z);
        expect(Array.from(fcluster(Z, t, { criterion: 'distance' }))).toEqual(naiveCut(Z, far, t));
        expect(Array.from(fcluster(Z, t, { criterion: 'monocrit', monocrit: far }))).toEqual(
          naiveCut(Z, far, t),
        );
        const R = inconsistent(Z, depth);
        const odd = maxinconsts(Z, R);
        expect(Array.from(fcluster(Z, t, { depth }))).toEqual(naiveCut(Z, odd, t));
        expect(Array.from(fcluster(Z, t, { R, depth: 99 }))).toEqual(naiveCut(Z, odd, t));
        // A statistic that falls towards the root, too.
        const heights = Z.filter((_, i) => i % 4 === 2);
        expect(Array.from(fcluster(Z, t, { criterion: 'monocrit', monocrit: heights }))).toEqual(
          naiveCut(Z, heights, t),
        );
      }),
    );
  });

  test('maxclust: at most t clusters, at the lowest threshold that allows it', () => {
    fc.assert(
      fc.property(linkages(), fc.integer({ min: 1, max: 13 }), (Z, most) => {
        const n = Z.length / 4 + 1;
        const T = fcluster(Z, most, { criterion: 'maxclust' });
        if (most >= n) {
          expect(Array.from(T)).toEqual(Array.from({ length: n }, (_, i) => i + 1));
          return;
        }
        expect(Math.max(...T)).toBeLessThanOrEqual(most);
        const far = maxdists(Z);
        const thresholds = far.filter((d) => Math.max(...naiveCut(Z, far, d)) <= most);
        expect(Array.from(T)).toEqual(naiveCut(Z, far, Math.min(...thresholds)));
      }),
    );
  });

  test('labels are 1 to k, each used', () => {
    fc.assert(
      fc.property(linkages({ inversions: true }), t, (Z, t) => {
        const T = fcluster(Z, t, { criterion: 'distance' });
        const used = new Set(T);
        expect(Math.min(...used)).toBe(1);
        expect(Math.max(...used)).toBe(used.size);
      }),
    );
  });
});

describe('corners', () => {
  const pair = f64([0, 1, 3, 2]);

  test('one merge', () => {
    expect(Array.from(fcluster(pair, 1, { criterion: 'maxclust' }))).toEqual([1, 1]);
    expect(Array.from(fcluster(pair, 2, { criterion: 'maxclust' }))).toEqual([1, 2]);
    expect(Array.from(fcluster(pair, 3, { criterion: 'distance' }))).toEqual([1, 1]);
    expect(Array.from(fcluster(pair, 2.9, { criterion: 'distance' }))).toEqual([1, 2]);
    expect(Array.from(fcluster(pair, 0))).toEqual([1, 1]);
    expect(fcluster(pair, 1)).toBeInstanceOf(Int32Array);
  });

  test('leaves of a merge that is cut apart come after its subtrees', () => {
    const Z = f64([1, 2, 1, 2, 0, 4, 5, 3, 3, 5, 9, 4]);
    expect(Array.from(fcluster(Z, 1, { criterion: 'distance' }))).toEqual([2, 1, 1, 3]);
  });

  test('infinity as threshold keeps everything together, NaN is none', () => {
    const Z = chain(5);
    expect(() => fcluster(Z, NaN, { criterion: 'distance' })).toThrow(/^t must be .*, got NaN/);
    expect(new Set(fcluster(Z, Infinity, { criterion: 'distance' })).size).toBe(1);
    expect(new Set(fcluster(Z, -Infinity, { criterion: 'distance' })).size).toBe(5);
  });

  test('-0 is 0, as a height and as a threshold', () => {
    const Z = f64([0, 1, -0, 2, 2, 3, 0, 3]);
    expect(Array.from(fcluster(Z, -0, { criterion: 'distance' }))).toEqual([1, 1, 1]);
  });

  test('infinite and NaN heights: never at most a finite t', () => {
    const Z = f64([0, 1, 1, 2, 2, 3, 2, 2, 4, 5, Infinity, 4]);
    expect(Array.from(fcluster(Z, 1e300, { criterion: 'distance' }))).toEqual([1, 1, 2, 2]);
    expect(Array.from(fcluster(Z, 1, { criterion: 'maxclust' }))).toEqual([1, 1, 1, 1]);
    Z[10] = NaN;
    expect(Array.from(fcluster(Z, Infinity, { criterion: 'distance' }))).toEqual([1, 1, 2, 2]);
    expect(Array.from(fcluster(Z, 2, { criterion: 'maxclust' }))).toEqual([1, 1, 2, 2]);
    expect(() => fcluster(Z, 1, { criterion: 'maxclust' })).toThrow(/root is NaN/);
  });

  test('a fraction of t is dropped by the maxclust criteria', () => {
    const Z = chain(6);
    expect(fcluster(Z, 2.9, { criterion: 'maxclust' })).toEqual(fcluster(Z, 2, { criterion: 'maxclust' }));
  });

  test('the arguments stay as they were', () => {
    const Z = chain(6);
    const monocrit = maxdists(Z);
    fcluster(Z, 3, { criterion: 'maxclust_monocrit', monocrit });
    expect(Z).toEqual(chain(6));
    expect(monocrit).toEqual(maxdists(Z));
  });
});

describe('a whole t without a criterion', () => {
  const Z = chain(6);
  const warnings = (run: (onWarning: (w: CoppiceWarning) => void) => unknown) => {
    const got: CoppiceWarning[] = [];
    run((warning) => got.push(warning));
    return got;
  };

  test('gives the labels of SciPy, and a hint at maxclust', () => {
    const got = warnings((onWarning) => {
      expect(Array.from(fcluster(Z, 2, { onWarning }))).toEqual([1, 1, 1, 1, 1, 1]);
    });
    expect(got).toEqual([
      {
        code: 'T_IS_THRESHOLD',
        message: expect.stringMatching(/^t = 2 .*inconsistency.*criterion: 'maxclust'/),
      },
    ]);
  });

  test('is told to the console, if nobody else listens', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      fcluster(Z, 3);
      expect(warn.mock.calls).toEqual([[expect.stringMatching(/^t = 3 /)]]);
    } finally {
      warn.mockRestore();
    }
  });

  test('fclusterdata gives the same hint', async () => {
    const got: CoppiceWarning[] = [];
    const onWarning = (warning: CoppiceWarning) => got.push(warning);
    const X = [[0], [1], [5], [6]];
    await fclusterdata(X, 2, { onWarning });
    expect(got.map(({ code }) => code)).toEqual(['T_IS_THRESHOLD']);
    await fclusterdata(X, 2, { onWarning, criterion: 'maxclust' });
    expect(got).toHaveLength(1);
  });

  test.each([
    ['a fraction', 2.5, {}],
    ['1, which is a common threshold', 1, {}],
    ['0', 0, {}],
    ['infinity', Infinity, {}],
    ['a criterion that is given', 2, { criterion: 'inconsistent' }],
    ['another criterion', 2, { criterion: 'distance' }],
    ['a depth, which belongs to a criterion', 8, { depth: 10 }],
    ['R, too', 2, { R: inconsistent(Z) }],
  ] as const)('no hint for %s', (_what, t, options) => {
    expect(warnings((onWarning) => fcluster(Z, t, { ...options, onWarning }))).toEqual([]);
  });

  test('onWarning must be a function', () => {
    expect(() => fcluster(Z, 1, { onWarning: 'log' as never })).toThrow(TypeError);
    expect(() => fcluster(Z, 1, { onWarning: 'log' as never })).toThrow(/^onWarning must be a function, got/);
  });
});

describe('refuses', () => {
  const Z = chain(4);
  const wrong = (value: unknown) => value as never;

  test('a t that is no number, or no number of clusters', () => {
    expect(() => fcluster(Z, wrong('2'))).toThrow(TypeError);
    expect(() => fcluster(Z, wrong(undefined))).toThrow(/^t must be a number.*, got undefined/);
    for (const t of [0, 0.9, -1, NaN, Infinity]) {
      expect(() => fcluster(Z, t, { criterion: 'maxclust' })).toThrow(RangeError);
      expect(() => fcluster(Z, t, { criterion: 'maxclust_monocrit', monocrit: [1, 2, 3] })).toThrow(
        RangeError,
      );
    }
  });

  test('a criterion that there is not', () => {
    expect(() => fcluster(Z, 1, { criterion: wrong('bogus') })).toThrow(RangeError);
    expect(() => fcluster(Z, 1, { criterion: wrong('bogus') })).toThrow(
      /maxclust_monocrit', got the string "bogus"/,
    );
    expect(() => fcluster(Z, 1, { criterion: wrong(7) })).toThrow(TypeError);
  });

  test('a monocrit that is missing, no numbers, or not one a merge', () => {
    expect(() => fcluster(Z, 1, { criterion: 'monocrit' })).toThrow(TypeError);
    expect(() => fcluster(Z, 1, { criterion: 'maxclust_monocrit' })).toThrow(
      /^monocrit must be an array of 3 numbers.*, got undefined/,
    );
    expect(() => fcluster(Z, 1, { criterion: 'monocrit', monocrit: wrong(['1', '2', '3']) })).toThrow(
      TypeError,
    );
    expect(() => fcluster(Z, 1, { criterion: 'monocrit', monocrit: [1, 2] })).toThrow(RangeError);
    expect(() => fcluster(Z, 1, { criterion: 'monocrit', monocrit: [1, 2, 3, 4] })).toThrow(
      /one number for each of the 3 merges, got 4/,
    );
  });

  test('an R that is of another tree or none', () => {
    expect(() => fcluster(Z, 1, { R: inconsistent(chain(5)) })).toThrow(RangeError);
    expect(() => fcluster(Z, 1, { R: f64([]) })).toThrow(RangeError);
    expect(() => fcluster(Z, 1, { R: wrong(new Float32Array(12)) })).toThrow(TypeError);
  });

  test('a depth that is no number of levels', () => {
    expect(() => fcluster(Z, 1, { depth: -1 })).toThrow(RangeError);
    expect(() => fcluster(Z, 1, { depth: 1.5 })).toThrow(RangeError);
    expect(() => fcluster(Z, 1, { depth: wrong('2') })).toThrow(TypeError);
  });
});
