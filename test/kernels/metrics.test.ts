import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Element } from '../../src/distance/element-types.ts';
import { createSpace } from '../../src/distance/metric-space.ts';
import { METRICS, type Metric } from '../../src/distance/metrics.ts';
import type { MetricParameters } from '../../src/distance/options.ts';
import { euclideanSpace } from '../../src/distance/space.ts';
import { Random } from '../../src/support/numbers/random.ts';
import type { FloatArray } from '../../src/types.ts';
import { distance } from '../reference/distances.ts';
import { arrayOf, assign, cross, pairwise } from './spaces.ts';

const NAMED = METRICS.filter((m) => m !== 'rmsd');
const WEIGHTED = NAMED.filter((m) => !['jensenshannon', 'mahalanobis', 'seuclidean'].includes(m));
const BOTH: Element[] = ['f4', 'f8'];

/** Rows with zeros, ties, duplicates and values of both signs (jensenshannon has none below 0). */
function rowsOf(metric: Metric, n: number, d: number, seed: number): Float64Array {
  const random = new Random(seed);
  const x = new Float64Array(n * d);
  for (let i = 0; i < x.length; i++) {
    const kind = random.below(4);
    x[i] = kind === 0 ? 0 : kind === 1 ? random.below(3) : (random.below(2 ** 20) / 2 ** 19 - 0.75) * 2;
    if (metric === 'jensenshannon') x[i] = Math.abs(x[i]);
  }
  // Every fifth row is the one four before it.
  for (let i = 4; i < n; i += 5) x.copyWithin(i * d, (i - 4) * d, (i - 3) * d);
  return x;
}

function parametersOf(metric: Metric, d: number, seed: number): MetricParameters {
  const random = new Random(seed);
  const some = () => (1 + random.below(1000)) / 250;
  if (metric === 'seuclidean') return { V: Float64Array.from({ length: d }, some) };
  if (metric !== 'mahalanobis') return {};
  // Diagonally dominant, and not symmetric.
  const VI = Float64Array.from({ length: d * d }, () => some() / (8 * d));
  for (let k = 0; k < d; k++) VI[k * d + k] += 2;
  return { VI };
}

function weightsOf(d: number, seed: number): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: d }, () => random.below(5) / 2);
}

/** How far float32 may be from the distance in float64 of the same rows. */
function bound(metric: Metric, element: Element, wanted: number, d: number): number {
  if (element === 'f8') {
    if (metric === 'jensenshannon') return wanted < 1e-4 ? 1e-7 : 1e-10;
    return 1e-12 * Math.max(1, Math.abs(wanted));
  }
  // Sums of d terms, each with a rounding of 6e-8.
  return 2e-6 * Math.max(1, Math.abs(wanted)) * Math.max(1, Math.sqrt(d) / 8);
}

function expectNear(got: FloatArray, wanted: number[], metric: Metric, element: Element, d: number) {
  expect(got.length).toBe(wanted.length);
  const off = wanted.flatMap((w, i) => {
    if (!Number.isFinite(w)) return Object.is(got[i], w) ? [] : [`[${i}] ${got[i]}, wanted ${w}`];
    return Math.abs(got[i] - w) <= bound(metric, element, w, d) ? [] : [`[${i}] ${got[i]}, wanted ${w}`];
  });
  expect(off, `${metric} ${element} d = ${d}`).toEqual([]);
}

function references(
  metric: Metric,
  x: FloatArray,
  n: number,
  d: number,
  options: MetricParameters,
): number[] {
  const row = (i: number) => x.subarray(i * d, (i + 1) * d);
  const wanted: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) wanted.push(distance(metric, row(i), row(j), options));
  return wanted;
}

/** Constant rows have no direction after centring: only rounding errors remain. */
const few = (metric: Metric) => (metric === 'correlation' ? 4 : 1);

describe.each(BOTH)('%s', (element) => {
  for (const metric of NAMED) {
    test(`${metric}: pairwise, all sizes`, () => {
      const sizes: [number, number][] = [
        [2, 5],
        [3, 3],
        [4, 20],
        [5, 64],
        [9, 65],
        [17, 7],
        [30, 4],
      ];
      for (let d = few(metric); d <= 20; d++) sizes.push([11, d]);
      for (const [n, d] of sizes) {
        const x = arrayOf(element, rowsOf(metric, n, d, n * 1000 + d));
        const parameters = parametersOf(metric, d, d);
        const space = createSpace(metric, d, element, element, parameters);
        expectNear(pairwise(space, x, n), references(metric, x, n, d, parameters), metric, element, d);
      }
    });

    test(`${metric}: 1,000 and 2,500 columns`, () => {
      for (const d of metric === 'mahalanobis' ? [130] : [1000, 2500]) {
        const x = arrayOf(element, rowsOf(metric, 6, d, d));
        const parameters = parametersOf(metric, d, d);
        const space = createSpace(metric, d, element, element, parameters);
        expectNear(pairwise(space, x, 6), references(metric, x, 6, d, parameters), metric, element, d);
      }
    });
  }

  for (const metric of WEIGHTED) {
    test(`${metric}: weights, some of them 0`, () => {
      for (const d of [few(metric) + 1, 6, 13, 70, 600]) {
        const x = arrayOf(element, rowsOf(metric, 10, d, d));
        const parameters = { w: weightsOf(d, d), p: 3 };
        const space = createSpace(metric, d, element, element, parameters);
        expectNear(pairwise(space, x, 10), references(metric, x, 10, d, parameters), metric, element, d);
      }
    });
  }

  test('minkowski: every kind of p', () => {
    for (const p of [-1, 0.25, 0.5, 1, 1.5, 2, 2.3, 3, 4.7, 8, 8.5, 30, Number.POSITIVE_INFINITY]) {
      const d = 9;
      const x = arrayOf(element, rowsOf('minkowski', 12, d, 3));
      const space = createSpace('minkowski', d, element, element, { p });
      expectNear(pairwise(space, x, 12), references('minkowski', x, 12, d, { p }), 'minkowski', element, d);
    }
  });

  test.each(NAMED)('%s: cross and assign are what pairwise says', (metric) => {
    const [n, m, d] = [13, 11, 6];
    const x = arrayOf(element, rowsOf(metric, n + m, d, 77));
    const parameters = parametersOf(metric, d, 5);
    const space = createSpace(metric, d, element, element, parameters);
    const all = pairwise(space, x, n + m);
    const at = (i: number, j: number) => (i * (2 * (n + m) - i - 1)) / 2 + (j - i - 1);
    const a = x.subarray(0, n * d);
    const b = x.subarray(n * d);
    const got = cross(space, a, n, b, m);
    const { nearest, distances } = assign(space, a, n, b, m);
    for (let i = 0; i < n; i++) {
      let best = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let j = 0; j < m; j++) {
        const value = all[at(i, n + j)];
        expect(got[i * m + j]).toBe(value);
        if (value < least) {
          least = value;
          best = j;
        }
      }
      // Roots of two distances may be equal where the squares are not.
      expect(got[i * m + nearest[i]]).toBe(got[i * m + best] < Number.POSITIVE_INFINITY ? least : got[i * m]);
      expect(distances[i]).toBe(least);
    }
  });
});

describe('contract', () => {
  const cutsOf = (n: number, cuts: number[]) =>
    [...new Set([...cuts.map((c) => c % n), n])].sort((a, b) => a - b);

  test('any cut of the range gives the same bits', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMED),
        fc.constantFrom(...BOTH),
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 25 }),
        fc.array(fc.nat(1000), { maxLength: 6 }),
        fc.nat(1e6),
        (metric, element, n, m, d, cuts, seed) => {
          const space = createSpace(metric, d, element, element, parametersOf(metric, d, seed));
          const a = arrayOf(element, rowsOf(metric, n, d, seed));
          const b = arrayOf(element, rowsOf(metric, m, d, seed + 1));
          expect(pairwise(space, a, n, cutsOf(n, cuts))).toEqual(pairwise(space, a, n));
          expect(cross(space, a, n, b, m, cutsOf(n, cuts))).toEqual(cross(space, a, n, b, m));
          expect(assign(space, a, n, b, m, cutsOf(n, cuts))).toEqual(assign(space, a, n, b, m));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('a distance does not depend on the rows around it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMED),
        fc.constantFrom(...BOTH),
        fc.integer({ min: 3, max: 30 }),
        fc.integer({ min: 1, max: 600 }),
        fc.nat(1e6),
        (metric, element, n, d, seed) => {
          if (metric === 'mahalanobis') d = 1 + (d % 20);
          const space = createSpace(metric, d, element, element, parametersOf(metric, d, seed));
          const x = arrayOf(element, rowsOf(metric, n, d, seed));
          const all = pairwise(space, x, n);
          const pair = arrayOf(element, [...x.subarray(0, d), ...x.subarray((n - 1) * d)]);
          expect(all[n - 2]).toBe(pairwise(space, pair, 2)[0]);
          // Nor on which of the two comes first.
          const swapped = arrayOf(element, [...pair.subarray(d), ...pair.subarray(0, d)]);
          if (metric !== 'dice') expect(pairwise(space, swapped, 2)[0]).toBe(all[n - 2]);
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each(BOTH)('identical rows are at distance 0 (%s)', (element) => {
    const unlike: Metric[] = ['dice', 'kulczynski1', 'russellrao'];
    for (const metric of NAMED.filter((m) => !unlike.includes(m))) {
      for (const d of [2, 7, 33, 700]) {
        if (metric === 'mahalanobis' && d > 100) continue;
        const row = Float64Array.from({ length: d }, (_, k) => 0.1 + ((k * 7) % 11) / 3);
        const x = arrayOf(element, [...row, ...row, ...row]);
        const space = createSpace(metric, d, element, element, parametersOf(metric, d, 1));
        // 1 minus a product of unit rows, which float64 leaves as it is: what SciPy does.
        const most = metric === 'cosine' || metric === 'correlation' ? (element === 'f8' ? 1e-15 : 1e-13) : 0;
        for (const value of pairwise(space, x, 3)) expect(value, metric).toBeLessThanOrEqual(most);
      }
    }
  });

  test('near rows keep their digits under cosine in float32', () => {
    const d = 40;
    const random = new Random(4);
    const u = Float32Array.from({ length: d }, () => 1 + random.below(1000) / 1000);
    for (const shift of [1e-1, 1e-2, 1e-3]) {
      const v = u.map((x, k) => Math.fround(x + (k % 2 ? shift : -shift)));
      const [got] = pairwise(createSpace('cosine', d, 'f4'), arrayOf('f4', [...u, ...v]), 2);
      const wanted = distance('cosine', u, v);
      expect(Math.abs(got - wanted) / wanted).toBeLessThan(1e-3);
    }
  });

  test('float64 squares are summed in the order of the columns, to the last bit', () => {
    const [n, d] = [9, 500];
    const x = rowsOf('euclidean', n, d, 12);
    expect(Array.from(pairwise(euclideanSpace(d, 'f8', true), x, n))).toEqual(
      references('sqeuclidean', x, n, d, {}),
    );
  });

  test.each(BOTH)(
    'a NaN leader is nobody’s nearest; no finite distance is infinity and leader 0 (%s)',
    (element) => {
      const space = createSpace('cosine', 2, element);
      const leaders = arrayOf(element, [0, 0, 1, 0, 0, 1, 0, 0, 0, 1]);
      const got = assign(space, arrayOf(element, [3, 1, 1, 3, 0, 0, 0, 5]), 4, leaders, 5);
      expect(Array.from(got.nearest)).toEqual([1, 2, 0, 2]);
      expect(got.distances[2]).toBe(Number.POSITIVE_INFINITY);
      expect(got.distances[3]).toBe(0);
    },
  );

  test.each(BOTH)('NaN and infinity come out where the definition has them (%s)', (element) => {
    const rows = [
      [Number.NaN, 1, 2],
      [1, Number.NaN, 5],
      [Number.POSITIVE_INFINITY, 1, 2],
      [Number.POSITIVE_INFINITY, 1, 2],
      [Number.NEGATIVE_INFINITY, 1, 2],
      [3, 1, 2],
    ];
    const x = arrayOf(element, rows.flat());
    const parameters = { V: Float64Array.of(1, 2, 4), VI: Float64Array.of(2, 0, 0, 0, 2, 0, 0, 0, 2) };
    // SciPy's hamming and Boolean metrics take NaN for a value like any other.
    for (const metric of NAMED.filter(
      (m) => !['cosine', 'correlation', 'jensenshannon', 'mahalanobis'].includes(m),
    )) {
      const space = createSpace(metric, 3, element, element, parameters);
      expectNear(pairwise(space, x, 6), references(metric, x, 6, 3, parameters), metric, element, 3);
    }
  });
});
