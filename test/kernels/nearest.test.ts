/** The nearest of leaders, with quantized bounds and without, compared with measuring every leader, one coordinate after another. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kernelFor } from '../../src/distance/element-types.ts';
import {
  assignFewScratchBytes,
  assignQuantizedScratchBytes,
  quantizedBytes,
} from '../../src/runtime/kernels/sizes.ts';
import { Random } from '../../src/support/numbers/random.ts';
import type { FloatArray } from '../../src/types.ts';
import { Instance } from './instance.ts';
import { arrayOf } from './spaces.ts';

const BLOCK = 512;
const ELEMENTS = ['f4', 'f8'] as const;
type Element = (typeof ELEMENTS)[number];

/** As kernels sum: in order, in blocks, in the element's own precision. */
function measure(a: FloatArray, i: number, b: FloatArray, j: number, d: number): number {
  const round = a instanceof Float32Array ? Math.fround : (x: number) => x;
  let total = 0;
  for (let begin = 0; begin < d; begin += BLOCK) {
    let sum = 0;
    for (let k = begin; k < Math.min(d, begin + BLOCK); k++) {
      const e = round(a[i * d + k] - b[j * d + k]);
      sum = round(sum + round(e * e));
    }
    total = begin === 0 ? sum : round(total + sum);
  }
  return total;
}

/** The nearest by its definition: ties to the first, infinity and leader 0 where no distance is finite. */
function nearestOf(rows: FloatArray, n: number, leaders: FloatArray, m: number, d: number, root: boolean) {
  const round = rows instanceof Float32Array ? Math.fround : (x: number) => x;
  const nearest = new Int32Array(n);
  const distances = rows.slice(0, n).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const value = measure(rows, i, leaders, j, d);
      if (!(value < distances[i])) continue;
      distances[i] = value;
      nearest[i] = j;
    }
    if (root) distances[i] = round(Math.sqrt(distances[i]));
  }
  return { nearest, distances };
}

interface Case {
  element: Element;
  n: number;
  m: number;
  d: number;
  rows: FloatArray;
  leaders: FloatArray;
}

/** Leaders and rows, with the calls that compare them on one instance. */
class Bench {
  readonly instance = new Instance();
  readonly width: number;
  readonly wide: 0 | 1;
  readonly rowsPtr: number;
  readonly leadersPtr: number;
  readonly panels: number;
  readonly quantized: number;
  readonly input: Case;

  constructor(input: Case) {
    const { element, m, d, rows, leaders } = input;
    const { instance } = this;
    const { kernels } = instance;
    this.input = input;
    this.wide = element === 'f8' ? 1 : 0;
    this.width = element === 'f8' ? 4 : 8;
    this.rowsPtr = instance.put(rows);
    this.leadersPtr = instance.put(leaders);
    this.panels = instance.add(Math.ceil(m / this.width) * this.width * d * leaders.BYTES_PER_ELEMENT);
    const pack = kernels[kernelFor(element, 'packF32', 'packF64')];
    pack(this.leadersPtr, m, d, d, 0, m, this.width, Number.POSITIVE_INFINITY, this.panels);
    this.quantized = instance.add(quantizedBytes(this.wide, m, d));
    const cut = m >> 1;
    for (const [begin, end] of [
      [0, cut],
      [cut, m],
    ]) {
      kernels.quantizedCentre(this.leadersPtr, this.wide, m, d, begin, end, this.quantized);
    }
    kernels.quantizeLeaders(this.leadersPtr, this.wide, m, d, cut, m, this.quantized);
    kernels.quantizeLeaders(this.leadersPtr, this.wide, m, d, 0, cut, this.quantized);
    kernels.settleQuantized(this.wide, m, d, 0, m, this.quantized);
  }

  run(kernel: 'assignQuantized' | 'assignFew', root: boolean, ends: readonly number[]) {
    const { instance, wide, rowsPtr, leadersPtr, panels, quantized, input } = this;
    const { element, n, m, d, rows } = input;
    const few = kernel === 'assignFew';
    const nearest = instance.add(n * 4);
    const distances = instance.add(n * rows.BYTES_PER_ELEMENT);
    const scratch = instance.add(few ? assignFewScratchBytes(d) : assignQuantizedScratchBytes(d));
    let begin = 0;
    for (const end of ends) {
      const head = [wide, root ? 1 : 0, rowsPtr, leadersPtr] as const;
      const tail = [m, d, begin, end, scratch, nearest, distances] as const;
      const { assignFew, assignQuantized } = instance.kernels;
      expect(few ? assignFew(...head, ...tail) : assignQuantized(...head, panels, quantized, ...tail)).toBe(
        0,
      );
      begin = end;
    }
    instance.checkGuards();
    return {
      nearest: instance.i32(nearest, n).slice(),
      distances: instance.floats(element, distances, n).slice(),
    };
  }
}

/** How rows and leaders come about. Each makes trouble of its own. */
const KINDS = {
  uniform: (next) => next() - 0.5,
  'a grid, with many ties': (next) => Math.floor(3 * next()),
  'one place, nearly': (next) => 1 + 1e-7 * next(),
  'far off, 1e4': (next) => 1e4 + next(),
  'far off, 1e8': (next) => 1e8 + 64 * next(),
  'two far places': (next, i) => (i & 1 ? 3e6 : -3e6) + next(),
  'squares that overflow': (next) => (next() - 0.5) * 1e20,
  'squares that underflow': (next) => (next() - 0.5) * 1e-22,
  denormal: (next) => (next() - 0.5) * 1e-44,
  'one far leader': (next, i) => (i === 1 ? 1e9 : next()),
  zeros: () => 0,
  'many scales': (next) => (next() - 0.5) * 10 ** Math.floor(20 * next() - 10),
} satisfies Record<string, (next: () => number, i: number) => number>;

const cases = fc
  .record({
    element: fc.constantFrom(...ELEMENTS),
    kind: fc.constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[])),
    n: fc.integer({ min: 1, max: 45 }),
    m: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 100, max: 300 })),
    d: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(64, 511, 512, 513, 700)),
    seed: fc.nat(),
    copies: fc.constantFrom(0, 0.3, 0.9),
    bad: fc.constantFrom(0, 0, 0.2),
  })
  .map(({ element, kind, n, m, d, seed, copies, bad }): Case & { kind: string } => {
    const random = new Random(seed);
    const next = () => random.float();
    const number = KINDS[kind];
    const leaders = arrayOf(
      element,
      Array.from({ length: m * d }, (_, at) => number(next, Math.floor(at / d))),
    );
    const rows = arrayOf(
      element,
      Array.from({ length: n * d }, (_, at) => number(next, Math.floor(at / d))),
    );
    const copy = (to: FloatArray, i: number, j: number) =>
      to.set(leaders.subarray(j * d, (j + 1) * d), i * d);
    // Leaders that are equal, or differ in the last bit of one number; rows that are leaders.
    for (let j = 1; j < m; j++) {
      if (next() >= copies) continue;
      copy(leaders, j, random.below(j));
      if (next() < 0.5) leaders[j * d + random.below(d)] *= 1 + 2 ** (element === 'f4' ? -23 : -52);
    }
    for (let i = 0; i < n; i++) {
      if (next() < copies) copy(rows, i, random.below(m));
      if (next() < bad)
        rows[i * d + random.below(d)] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][
          random.below(3)
        ];
    }
    return { element, kind, n, m, d, rows, leaders };
  });

describe('the nearest of leaders', () => {
  test.each(['assignQuantized', 'assignFew'] as const)('%s gives what measuring all gives', (kernel) => {
    fc.assert(
      fc.property(cases, fc.boolean(), fc.nat(45), (input, root, cut) => {
        const { n, m, d, rows, leaders } = input;
        fc.pre(kernel === 'assignQuantized' || d <= 512);
        const bench = new Bench(input);
        const ends = cut % n === 0 ? [n] : [cut % n, n];
        const wanted = nearestOf(rows, n, leaders, m, d, root);
        expect(bench.run(kernel, root, ends)).toEqual(wanted);
      }),
      { numRuns: 150 },
    );
  });

  test('many rows of one call, where the bounds rule out leaders in some groups and not in others', () => {
    const [n, m, d] = [3000, 40, 10];
    const random = new Random(3);
    const leaders = Float32Array.from({ length: m * d }, () => random.float());
    const rows = Float32Array.from({ length: n * d }, () => random.float());
    // Stretches of rows so far off that all leaders are equally near, within rounding.
    for (let i = 0; i < n; i++)
      if (i % 700 > 300) for (let k = 0; k < d; k++) rows[i * d + k] = 1e5 + rows[i * d + k];
    const bench = new Bench({ element: 'f4', n, m, d, rows, leaders });
    expect(bench.run('assignQuantized', true, [n])).toEqual(nearestOf(rows, n, leaders, m, d, true));
  });
});

describe('the quantized bounds', () => {
  /** Bounds of the scores of the first 8 rows, as kernels make them. */
  function boundsOf(input: Case) {
    const { element, m, d } = input;
    const bench = new Bench(input);
    const { instance, rowsPtr, quantized, wide } = bench;
    const { kernels } = instance;
    const size = d * input.rows.BYTES_PER_ELEMENT;
    const scales = instance.add(128);
    const panel = instance.add(Math.ceil(d / 8) * 128);
    const padded = m + (m & 1);
    const low = instance.add(padded * 32);
    for (const half of [0, 4]) {
      const at = [0, 1, 2, 3].map((r) => rowsPtr + (half + r) * size);
      const quantize = kernels[kernelFor(element, 'quantizeRowsF32', 'quantizeRowsF64')];
      quantize(at[0], at[1], at[2], at[3], quantized, d, scales + 4 * half, panel + 4 * half);
    }
    kernels.scoreLeaders(panel, quantized, wide, m, d, 0, padded, scales, low);
    instance.checkGuards();
    const lows = instance.floats('f4', low, padded * 8).slice();
    const least = instance.floats('f4', scales + 96, 8).slice();
    const centre = instance.floats(element, quantized + 32, d).slice();
    return { lows, least, centre, usable: instance.i32(quantized, 1)[0] === m };
  }

  test('hold what they bound, and are not far from it', () => {
    // Squares below this count as zero in float32; the limit of candidates allows for more (TRIFLE).
    const NOTHING = 1e-37;
    const kinds = ['uniform', 'far off, 1e4', 'two far places', 'one far leader', 'many scales'];
    const sound = cases.filter(({ kind, rows }) => kinds.includes(kind) && rows.every(Number.isFinite));
    fc.assert(
      fc.property(sound, ({ element, n, m, d, rows, leaders }) => {
        const eight = arrayOf(
          element,
          Array.from({ length: 8 * d }, (_, at) => rows[at % (n * d)]),
        );
        const { lows, least, centre, usable } = boundsOf({ element, n: 8, m, d, rows: eight, leaders });
        // Kernels do not use the bounds of leaders that are nearly equal.
        fc.pre(usable);
        for (let r = 0; r < 8; r++) {
          let best = Number.POSITIVE_INFINITY;
          let reach = 0;
          for (let k = 0; k < d; k++) reach += (eight[r * d + k] - centre[k]) ** 2;
          for (let j = 0; j < m; j++) {
            // |x - l|² - |x - c|², in float64 and without the difference of large numbers.
            let score = 0;
            let own = 0;
            for (let k = 0; k < d; k++) {
              const l = leaders[j * d + k] - centre[k];
              score += l * (l - 2 * (eight[r * d + k] - centre[k]));
              own += l * l;
            }
            best = Math.min(best, score);
            const low = lows[j * 8 + r];
            const trifle = 1e-12 * (own + reach) + NOTHING;
            expect(low).toBeLessThanOrEqual(score + trifle);
            const slack = 1e-5 * own + (5 * Math.sqrt(d) * Math.sqrt(own * reach)) / 32000;
            expect(score - low).toBeLessThanOrEqual(
              slack + (d * 1e-6 + 1e-5) * Math.sqrt(own * reach) + 1e-30,
            );
          }
          expect(least[r]).toBeGreaterThanOrEqual(best - 1e-12 * (reach + Math.abs(best)) - NOTHING);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('leave one leader in question where they lie apart', () => {
    const [m, d] = [100, 64];
    const random = new Random(1);
    const leaders = Float32Array.from({ length: m * d }, () => random.float() - 0.5);
    const rows = Float32Array.from({ length: 8 * d }, () => random.float() - 0.5);
    const bench = new Bench({ element: 'f4', n: 8, m, d, rows, leaders });
    const { instance, rowsPtr, quantized } = bench;
    const { kernels } = instance;
    const [scales, panel, low] = [instance.add(128), instance.add(d * 16), instance.add(m * 32)];
    const [limits, found, counts] = [instance.add(32), instance.add(32), instance.add(32)];
    for (const half of [0, 4]) {
      const at = [0, 1, 2, 3].map((r) => rowsPtr + (half + r) * d * 4);
      kernels.quantizeRowsF32(at[0], at[1], at[2], at[3], quantized, d, scales + 4 * half, panel + 4 * half);
    }
    kernels.scoreLeaders(panel, quantized, 0, m, d, 0, m, scales, low);
    expect(kernels.pickLeaders(low, m, 0, quantized, scales, limits, found, counts)).toBe(8);
    expect(instance.i32(counts, 8)).toEqual(new Int32Array(8).fill(1));
    expect(instance.i32(found, 8)).toEqual(nearestOf(rows, 8, leaders, m, d, false).nearest);
  });
});

test('kernels ask for the room that spaces set aside', () => {
  const { kernels } = new Instance();
  for (const m of [1, 2, 3, 4, 7, 100, 129]) {
    for (const d of [1, 2, 7, 8, 9, 64, 1000]) {
      expect(quantizedBytes(0, m, d)).toBe(kernels.quantizedBytes(0, m, d));
      expect(quantizedBytes(1, m, d)).toBe(kernels.quantizedBytes(1, m, d));
      expect(assignQuantizedScratchBytes(d)).toBe(kernels.assignQuantizedScratchBytes(d));
      expect(assignFewScratchBytes(d)).toBe(kernels.assignFewScratchBytes(d));
    }
  }
});
