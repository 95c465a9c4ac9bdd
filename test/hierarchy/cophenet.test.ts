import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cophenet } from '../../src/hierarchy/cophenet.ts';
import { naiveCophenet } from '../reference/trees.ts';
import { chain, linkages, randomTree } from './arbitrary.ts';
import { f64, golden, near } from './golden.ts';

const answers = golden('trees/fcluster.json');

describe("SciPy's numbers", () => {
  for (const c of answers.cases) {
    test(c.name, () => {
      const d = cophenet(f64(c.Z));
      expect(d.length).toBe((c.n * (c.n - 1)) / 2);
      expect(Array.from(d).filter((_, i) => i % c.cophenet.step === 0)).toEqual(c.cophenet.d);
    });
  }

  for (const c of answers.cophenet) {
    test(`${c.name}, with Y`, () => {
      const { correlation, distances } = cophenet(f64(c.Z), f64(c.Y));
      expect(Array.from(distances)).toEqual(c.d);
      expect(near(correlation, c.c), `${correlation}, wanted ${c.c}`).toBe(true);
      expect(cophenet(f64(c.Z), c.Y).correlation).toBe(correlation);
      expect(Math.abs(cophenet(f64(c.Z), Float32Array.from(c.Y)).correlation - c.c)).toBeLessThan(1e-6);
    });
  }
});

describe('by its definition', () => {
  test('the height of the smallest cluster that has both', () => {
    fc.assert(
      fc.property(linkages({ most: 20, inversions: true }), (Z) => {
        expect(Array.from(cophenet(Z))).toEqual(naiveCophenet(Z));
      }),
    );
  });

  test('ultrametric where no height falls', () => {
    fc.assert(
      fc.property(linkages({ most: 10 }), (Z) => {
        const n = Z.length / 4 + 1;
        const c = cophenet(Z);
        const d = (i: number, j: number) => c[i * n - (i * (i + 1)) / 2 + j - i - 1];
        for (let i = 0; i < n; i++) {
          for (let j = i + 1; j < n; j++) {
            for (let k = j + 1; k < n; k++) {
              const [, b, top] = [d(i, j), d(i, k), d(j, k)].sort((x, y) => x - y);
              expect(b).toBe(top);
            }
          }
        }
      }),
    );
  });

  test('the correlation with itself is 1, with its opposite -1', () => {
    const Z = randomTree(60, 3);
    const c = cophenet(Z);
    expect(cophenet(Z, c).correlation).toBeCloseTo(1, 14);
    expect(
      cophenet(
        Z,
        c.map((d) => 100 - 2 * d),
      ).correlation,
    ).toBeCloseTo(-1, 14);
  });
});

describe('corners', () => {
  test('one merge, whose single distance correlates with nothing', () => {
    const Z = f64([0, 1, 3, 2]);
    expect(Array.from(cophenet(Z))).toEqual([3]);
    expect(cophenet(Z, [7]).correlation).toBeNaN();
  });

  test('infinite, NaN and -0 heights are copied', () => {
    expect(Array.from(cophenet(f64([0, 1, -0, 2, 2, 3, Infinity, 3])))).toEqual([-0, Infinity, Infinity]);
    expect(Array.from(cophenet(f64([0, 1, NaN, 2, 2, 3, 1, 3])))).toEqual([NaN, 1, 1]);
  });

  test('chains from either side', () => {
    for (const side of ['left', 'right'] as const) {
      const n = 300;
      const c = cophenet(chain(n, side));
      for (let i = 0, k = 0; i < n; i++) for (let j = i + 1; j < n; j++, k++) expect(c[k]).toBe(j);
    }
  });

  test('refuses a Y that is none or of another size', () => {
    const Z = chain(4);
    expect(() => cophenet(Z, f64([1, 2, 3]))).toThrow(
      /^Y has length 3; the 4 observations of Z have 6 distances/,
    );
    expect(() => cophenet(Z, f64([1, 2, 3, 4]))).toThrow(RangeError);
    expect(() => cophenet(Z, f64([]))).toThrow(RangeError);
    expect(() => cophenet(Z, new Int32Array(6) as never)).toThrow(TypeError);
    expect(() => cophenet(Z, {} as never)).toThrow(TypeError);
    expect(() => cophenet(Z, null as never)).toThrow(TypeError);
  });
});
