import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ScatterSvgOptions, scatterSvg } from '../../src/plot/index.ts';
import { principalComponents } from '../../src/plot/scatter/pca.ts';
import { thin } from '../../src/plot/scatter/thin.ts';
import { Random } from '../../src/support/numbers/random.ts';
import type { Matrix } from '../../src/types.ts';
import { golden } from '../hierarchy/golden.ts';
import { all, attr, complaints, HOSTILE, parse, part, texts } from './picture.ts';

function cloud(n: number, cols: number, seed = 1): Matrix {
  const random = new Random(seed);
  return {
    data: Float64Array.from({ length: n * cols }, (_, i) => random.float() * (1 + (i % cols))),
    rows: n,
    cols,
  };
}

const cyclic = (n: number, k: number) => Int32Array.from({ length: n }, (_, i) => 1 + (i % k));

const points = (svg: string) => {
  const drawn = part(parse(svg), 'points')!;
  return [...all(drawn, 'circle'), ...all(drawn, 'use')];
};

test('principal components of what is no matrix, or not finite, are refused', () => {
  expect(() => principalComponents('x' as never)).toThrow(TypeError);
  expect(() =>
    principalComponents([
      [1, 2],
      [3, Number.NaN],
    ]),
  ).toThrow(/row 1, column 1 is NaN/);
  expect(principalComponents([[1, 2]]).scores).toEqual(new Float64Array(2));
});

describe('points', () => {
  test('each is drawn once, in its cluster, where the axes say', () => {
    const X = [
      [0, 0],
      [10, 0],
      [0, 20],
      [10, 20],
    ];
    const svg = scatterSvg(X, [2, 1, 1, 2]);
    const groups = all(part(parse(svg), 'points')!, 'g');
    expect(groups.map((g) => all(g, 'title')[0].textContent)).toEqual([
      'cluster 1: 2 points',
      'cluster 2: 2 points',
    ]);
    const [a, b] = all(groups[1], 'circle');
    const [c, d] = all(groups[0], 'circle');
    expect([attr(a, 'cx'), attr(d, 'cx')]).toEqual([attr(d, 'cx'), attr(a, 'cx')]);
    expect(attr(a, 'cy')).toBe(attr(c, 'cy'));
    expect(attr(b, 'cx')).toBe(attr(c, 'cx'));
    expect(attr(a, 'cx')).toBeLessThan(attr(b, 'cx'));
    expect(attr(a, 'cy')).toBeGreaterThan(attr(b, 'cy'));
  });

  test('the columns asked for', () => {
    const svg = scatterSvg(
      [
        [9, 1, 5],
        [9, 2, 4],
      ],
      [0, 0],
      { columns: [2, 1] },
    );
    expect(texts(parse(svg))).toEqual(expect.arrayContaining(['column 2', 'column 1']));
    const [a, b] = points(svg);
    expect(attr(a, 'cx')).toBeGreaterThan(attr(b, 'cx'));
  });

  test('float32 and rows of numbers draw the same', () => {
    const rows = [
      [1, 2],
      [3, 4],
      [5, 7],
    ];
    const f4 = { data: Float32Array.from(rows.flat()), rows: 3, cols: 2 };
    expect(scatterSvg(f4, [1, 1, 2])).toBe(scatterSvg(rows, [1, 1, 2]));
  });

  test('no more than maxPoints, every cluster among them, and the picture says so', () => {
    const n = 30_000;
    const labels = cyclic(n, 3);
    labels[n - 1] = 99;
    const svg = scatterSvg(cloud(n, 2), labels);
    expect(points(svg).length).toBe(10_000);
    expect(texts(parse(svg))).toContain('10,000 of 30,000 points drawn');
    expect(all(part(parse(svg), 'points')!, 'g').map((g) => all(g, 'circle').length > 0)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(texts(part(parse(svg), 'legend'))).toEqual([
      'cluster 1',
      '10,000',
      'cluster 2',
      '10,000',
      'cluster 3',
      '9,999',
      'cluster 99',
      '1',
    ]);
    expect(points(scatterSvg(cloud(50, 2), cyclic(50, 2), { maxPoints: 7 })).length).toBe(7);
  });

  test('negative labels are grey and nobody', () => {
    const svg = scatterSvg(
      [
        [0, 0],
        [1, 1],
      ],
      [-1, 0],
    );
    expect(texts(part(parse(svg), 'legend'))).toEqual(['unassigned', '1', 'cluster 0', '1']);
    expect(all(part(parse(svg), 'points')!, 'g').map((g) => g.getAttribute('fill'))).toEqual([
      '#66707c',
      '#1097ee',
    ]);
  });

  test('colours that come again come in another shape', () => {
    const svg = scatterSvg(cloud(40, 2), cyclic(40, 40));
    const look = all(part(parse(svg), 'points')!, 'g').map(
      (g) => `${g.getAttribute('fill')} ${all(g, 'use')[0]?.getAttribute('href') ?? 'circle'}`,
    );
    expect(new Set(look).size).toBe(40);
    const ids = all(parse(svg), 'path').map((p) => p.getAttribute('id'));
    for (const l of look) if (l.includes('#coppice')) expect(ids).toContain(l.split(' #')[1]);
  });

  test('leaders are marked', () => {
    const svg = scatterSvg(cloud(20, 2), cyclic(20, 2), {
      leaders: [
        [0.5, 0.5],
        [3, 3],
      ],
      leaderLabels: [2, 1],
    });
    const rings = all(part(parse(svg), 'leaders')!, 'circle').filter((c) => c.hasAttribute('stroke'));
    expect(rings.map((c) => c.getAttribute('fill'))).toEqual(['#d06d1c', '#1097ee']);
    for (const ring of rings) expect(attr(ring, 'cx') > 0 && attr(ring, 'cx') < 760).toBe(true);
  });
});

describe('the document', () => {
  test('nothing overlaps, nothing is outside', () => {
    for (const k of [1, 2, 9, 40, 200]) {
      for (const size of [{}, { width: 400, height: 260 }, { title: 'A title', theme: 'dark' as const }]) {
        expect(complaints(parse(scatterSvg(cloud(200, 2), cyclic(200, k), size))), `${k}`).toEqual([]);
      }
    }
  });

  test('is well-formed whatever it is told, and the same again', () => {
    const labels = cyclic(34, HOSTILE.length);
    const options: ScatterSvgOptions = {
      clusterName: (l) => HOSTILE[l - 1],
      title: HOSTILE[0],
      xLabel: HOSTILE[1],
      theme: 'auto',
    };
    const svg = scatterSvg(cloud(34, 2), labels, options);
    expect(all(parse(svg), 'script')).toEqual([]);
    expect(scatterSvg(cloud(34, 2), labels, options)).toBe(svg);
  });

  test('values of any size', () => {
    for (const v of [0, 5e-324, 1e-300, 1, 1e300]) {
      const svg = scatterSvg(
        [
          [v, -v],
          [-v, v],
          [v, v],
        ],
        [1, 1, 1],
      );
      expect(svg, String(v)).not.toMatch(/NaN|Infinity/);
      expect(scatterSvg([[v, v]], [1])).not.toMatch(/NaN|Infinity/);
    }
    expect(() =>
      scatterSvg(
        [
          [1.7e308, 0],
          [-1.7e308, 1],
        ],
        [1, 1],
      ),
    ).toThrow(/too far apart for an axis/);
  });
});

describe('refusals', () => {
  const X = [
    [1, 2],
    [3, 4],
  ];
  test.each<[string, () => string, ErrorConstructor, RegExp]>([
    [
      'a NaN',
      () =>
        scatterSvg(
          [
            [1, 2],
            [3, NaN],
          ],
          [1, 1],
        ),
      RangeError,
      /X: row 1, column 1 is NaN/,
    ],
    [
      'an infinity, by components',
      () =>
        scatterSvg(
          [
            [1, 2, 3],
            [3, 4, Infinity],
          ],
          [1, 1],
          { projection: 'pca' },
        ),
      RangeError,
      /row 1, column 2 is Infinity/,
    ],
    [
      'a leader',
      () => scatterSvg(X, [1, 1], { leaders: [[NaN, 1]] }),
      RangeError,
      /leaders: row 0, column 0 is NaN/,
    ],
    [
      'too few labels',
      () => scatterSvg(X, [1]),
      RangeError,
      /labels must have one label for each of the 2 rows of X, got 1/,
    ],
    [
      'labels of text',
      () => scatterSvg(X, ['a', 'b'] as unknown as number[]),
      TypeError,
      /labels\[0\] must be .*, got the string "a"/,
    ],
    ['half a label', () => scatterSvg(X, [1, 1.5]), RangeError, /labels\[1\] is 1.5/],
    [
      'a column beyond',
      () => scatterSvg(X, [1, 1], { columns: [0, 2] }),
      RangeError,
      /columns\[1\] is 2; X has 2 columns/,
    ],
    ['one column', () => scatterSvg([[1], [2]], [1, 1]), RangeError, /columns\[1\] is 1; X has 1 column,/],
    [
      'a projection',
      () => scatterSvg(X, [1, 1], { projection: 'tsne' as 'pca' }),
      RangeError,
      /projection must be .columns. or .pca., got the string "tsne"/,
    ],
    [
      'leaders of other columns',
      () => scatterSvg(X, [1, 1], { leaders: [[1, 2, 3]] }),
      RangeError,
      /leaders has 3 columns/,
    ],
    [
      'opacity',
      () => scatterSvg(X, [1, 1], { opacity: 2 }),
      RangeError,
      /opacity must be a number from 0 to 1, got 2/,
    ],
    ['X', () => scatterSvg(5 as unknown as number[][], [1]), TypeError, /X/],
  ])('%s', (_, call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });

  test('what is not drawn may be anything', () => {
    expect(() =>
      scatterSvg(
        [
          [1, 2, NaN],
          [3, 4, NaN],
        ],
        [1, 1],
      ),
    ).not.toThrow();
  });
});

describe('principal components', () => {
  /** Eigenvalues of the 2 x 2 scatter matrix, and its trace, by the formula. */
  function plane(rows: number[][]): [number, number] {
    const mean = [0, 1].map((j) => rows.reduce((s, r) => s + r[j], 0) / rows.length);
    const dot = (a: number, b: number) => rows.reduce((s, r) => s + (r[a] - mean[a]) * (r[b] - mean[b]), 0);
    const [a, b, c] = [dot(0, 0), dot(0, 1), dot(1, 1)];
    const root = Math.hypot((a - c) / 2, b);
    return [(a + c) / 2 + root, (a + c) / 2 - root];
  }

  test('in the plane they are a rotation, with the variances of the formula', () => {
    const rows: number[][] = golden('trees/tutorial.json').X;
    const X = { data: Float64Array.from(rows.flat()), rows: rows.length, cols: 2 };
    const { scores, explained } = principalComponents(X);
    const sums = [0, 1].map((k) => scores.filter((_, i) => i % 2 === k).reduce((s, v) => s + v * v, 0));
    plane(rows).forEach((value, k) => {
      expect(sums[k] / value).toBeCloseTo(1, 10);
    });
    expect(explained[0] + explained[1]).toBeCloseTo(1, 12);
    for (const [i, j] of [
      [0, 1],
      [3, 77],
      [149, 20],
    ]) {
      const here = Math.hypot(scores[2 * i] - scores[2 * j], scores[2 * i + 1] - scores[2 * j + 1]);
      expect(here).toBeCloseTo(Math.hypot(rows[i][0] - rows[j][0], rows[i][1] - rows[j][1]), 10);
    }
  });

  for (const cols of [3, 8, 20, 600]) {
    test(`with ${cols} columns: uncorrelated, of unit directions, eigenvectors of the covariance`, () => {
      const X = cloud(80, cols, cols);
      const { scores, directions, explained, mean } = principalComponents(X);
      const [u, v] = directions;
      const dot = (a: Float64Array, b: Float64Array) => a.reduce((s, x, i) => s + x * b[i], 0);
      expect([dot(u, u), dot(v, v), dot(u, v)].map((x) => Math.round(x * 1e10) / 1e10 + 0)).toEqual([
        1, 1, 0,
      ]);
      const columns = [0, 1].map((k) => scores.filter((_, i) => i % 2 === k));
      expect(dot(columns[0], columns[1]) / dot(columns[0], columns[0])).toBeCloseTo(0, 6);
      expect(explained[0]).toBeGreaterThanOrEqual(explained[1]);
      directions.forEach((direction, k) => {
        // C v = lambda v, with C v made from the scores.
        const image = new Float64Array(cols);
        for (let i = 0; i < X.rows; i++) {
          for (let j = 0; j < cols; j++) image[j] += (X.data[i * cols + j] - mean[j]) * columns[k][i];
        }
        const value = dot(columns[k], columns[k]);
        const off = image.reduce((worst, x, j) => Math.max(worst, Math.abs(x - value * direction[j])), 0);
        expect(off / value).toBeLessThan(1e-5);
        const most = direction.reduce((a, x) => (Math.abs(x) > Math.abs(a) ? x : a), 0);
        expect(most).toBeGreaterThan(0);
      });
    });
  }

  test('rows that are few or many beside the columns: the same components', () => {
    // Three directions of falling spread, so that few rounds suffice.
    const low = (n: number, cols: number): Matrix => {
      const [weights, loads] = [cloud(n, 3, 7), cloud(3, cols, 8)];
      const data = new Float64Array(n * cols);
      for (let i = 0; i < data.length; i++) {
        for (let r = 0; r < 3; r++) {
          const load = loads.data[r * cols + (i % cols)] / (1 + (i % cols)) - 0.5;
          data[i] += (weights.data[3 * Math.floor(i / cols) + r] * load) / 8 ** r;
        }
      }
      return { data, rows: n, cols };
    };
    for (const [n, cols] of [
      [12, 3000],
      [1100, 1030],
      [1030, 1040],
    ]) {
      const X = low(n, cols);
      const { scores, directions, explained } = principalComponents(X);
      expect(explained[0] + explained[1]).toBeGreaterThan(0.99);
      expect(explained[0] + explained[1]).toBeLessThanOrEqual(1 + 1e-12);
      const squares = (values: Float64Array) => values.reduce((sum, x) => sum + x * x, 0);
      expect(directions.map((v) => Math.round(squares(v) * 1e10) / 1e10)).toEqual([1, 1]);
      expect(scores.length).toBe(2 * n);
      // What is along neither direction is what they do not explain.
      const mean = Float64Array.from({ length: cols }, (_, j) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += X.data[i * cols + j];
        return sum / n;
      });
      let [total, off] = [0, 0];
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < cols; j++) {
          const x = X.data[i * cols + j] - mean[j];
          total += x * x;
          off += (x - scores[2 * i] * directions[0][j] - scores[2 * i + 1] * directions[1][j]) ** 2;
        }
      }
      expect(off / total).toBeCloseTo(1 - explained[0] - explained[1], 8);
    }
  });

  test('60 rows of 10,000 columns without any structure take no minute', () => {
    const start = performance.now();
    const { explained } = principalComponents(cloud(60, 10_000));
    expect(explained[0]).toBeLessThan(0.1);
    // The first way, over all columns in each of 500 rounds, took 41 s.
    expect((performance.now() - start) / 1000).toBeLessThan(8);
  });

  test('many columns on a line have one direction', () => {
    const data = Float64Array.from({ length: 5 * 40 }, (_, i) => Math.floor(i / 40) * (1 + (i % 40)));
    const { explained, directions, scores } = principalComponents({
      data,
      rows: 5,
      cols: 40,
    });
    expect(explained[0]).toBeCloseTo(1, 12);
    expect(directions[1].every((x) => x === 0)).toBe(true);
    expect(scores.filter((_, i) => i % 2 === 1).every((x) => x === 0)).toBe(true);
  });

  test('flat, straight and huge data', () => {
    const same = principalComponents({ data: new Float64Array(12).fill(3), rows: 4, cols: 3 });
    expect(Array.from(same.scores)).toEqual(new Array(8).fill(0));
    const line = principalComponents({ data: Float64Array.of(0, 0, 1, 2, 2, 4), rows: 3, cols: 2 });
    expect(line.explained[0]).toBeCloseTo(1, 12);
    const huge = principalComponents({
      data: Float64Array.of(0, 0, 1e300, 2e300, 2e300, 4e300),
      rows: 3,
      cols: 2,
    });
    expect(huge.scores.every(Number.isFinite)).toBe(true);
    const one = principalComponents({ data: Float64Array.of(1, 2), rows: 1, cols: 2 });
    expect(Array.from(one.scores)).toEqual([0, 0]);
  });

  test('drawn with their share of the variance', () => {
    const svg = scatterSvg(cloud(50, 5), cyclic(50, 2), { projection: 'pca', leaders: [[1, 1, 1, 1, 1]] });
    expect(texts(parse(svg)).filter((t) => /^component [12] \(\d+% of variance\)$/.test(t)).length).toBe(2);
    expect(part(parse(svg), 'leaders')).toBeDefined();
  });
});

test('thinning takes every cluster, and as many as allowed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(4), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 5, max: 100 }),
      (labels, most) => {
        const rows = thin(Int32Array.from(labels), 5, most);
        expect(rows.every((r, i) => i === 0 || r > rows[i - 1])).toBe(true);
        expect(new Set(Array.from(rows, (r) => labels[r])).size).toBe(new Set(labels).size);
        expect(rows.length).toBe(Math.min(most, labels.length));
      },
    ),
  );
});
