import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { METRICS } from '../../../src/distance/metrics.ts';
import { pdist } from '../../../src/distance/pdist.ts';
import { BadRowError, MemoryLimitError } from '../../../src/errors.ts';
import { leavesList } from '../../../src/hierarchy/leaves.ts';
import { optimalLeafOrdering, planOrdering } from '../../../src/hierarchy/linkage/leaf-ordering.ts';
import { linkage } from '../../../src/hierarchy/linkage/linkage.ts';
import { METHODS } from '../../../src/hierarchy/linkage/methods.ts';
import { isValidLinkage } from '../../../src/hierarchy/validate.ts';
import { Engine } from '../../../src/runtime/engine.ts';
import { EXTRA } from '../../../src/runtime/kernels/kernel-set.ts';
import { close } from '../../../src/runtime/lease.ts';
import { readRun } from '../../../src/runtime/run.ts';
import type { Progress } from '../../../src/types.ts';
import { processorTime } from '../../growth.ts';
import { allOrders, distanceOf, leastCost, orderCost } from '../../reference/orders.ts';
import { chain, linkages, randomTree } from '../arbitrary.ts';
import { f64, golden } from '../golden.ts';

/** Seeded numbers in [0, 1). */
function uniform(length: number, seed = 1): Float64Array {
  let state = seed;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

const pairs = (n: number) => (n * (n - 1)) / 2;

/** The rows in which the two clusters have changed places; fails if anything else is different. */
function swapsOf(before: Float64Array, after: Float64Array): number[] {
  expect(after.length).toBe(before.length);
  expect(isValidLinkage(after, { throw: true })).toBe(true);
  const swaps: number[] = [];
  for (let at = 0; at < before.length; at += 4) {
    const swapped = after[at] !== before[at] ? 1 : 0;
    swaps.push(swapped);
    const expected = [before[at + swapped], before[at + 1 - swapped], before[at + 2], before[at + 3]];
    if (expected.some((x, i) => !Object.is(x, after[at + i]))) {
      expect([...after.subarray(at, at + 4)]).toEqual(expected);
    }
  }
  const seen = new Set(leavesList(after));
  expect(seen.size).toBe(before.length / 4 + 1);
  return swaps;
}

function near(got: number, wanted: number): void {
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-9 * Math.abs(wanted));
}

afterEach(() => void vi.restoreAllMocks());

describe("SciPy's orders", () => {
  const file = golden('linkage/optimal_ordering.json');
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  const inputs = new Map<string, any>(file.inputs.map((i: { name: string }) => [i.name, i]));

  for (const c of file.cases) {
    test(`${c.method} of ${c.input} (${c.metric})`, async () => {
      const input = inputs.get(c.input);
      const data = f64(input.data);
      const X = { data, rows: input.rows, cols: input.cols };
      const vectors = input.kind === 'vectors';
      const known = METRICS.includes(c.metric);
      const y = !vectors ? data : known ? await pdist(X, c.metric) : cityblock(X);
      const Z = f64(c.Z);
      const ordered = await optimalLeafOrdering(Z, y);
      const swaps = swapsOf(Z, ordered);
      const leaves = leavesList(ordered);
      near(orderCost(leaves, y), c.best_cost);
      // Of an order and its reverse, SciPy's keeps the children of the last merge; so does this one.
      expect(swaps.at(-1)).toBe(0);
      if (c.optimal && !c.ties) {
        expect(swaps).toEqual(c.swapped);
        expect([...leaves]).toEqual(c.leaves);
      }
      if (vectors && known) {
        expect(await optimalLeafOrdering(Z, X, { metric: c.metric })).toEqual(ordered);
        const options = { method: c.method, metric: c.metric };
        const made = await linkage(X, { ...options, optimalOrdering: true });
        expect(made).toEqual(await optimalLeafOrdering(await linkage(X, options), X, { metric: c.metric }));
      }
    });
  }

  test('the file has cases of all kinds', () => {
    const count = (f: (c: { optimal: boolean; ties: boolean }) => boolean) => file.cases.filter(f).length;
    expect(count((c) => c.optimal && !c.ties)).toBeGreaterThan(50);
    expect(count((c) => !c.optimal)).toBeGreaterThan(20);
  });

  function cityblock({ data, rows, cols }: { data: Float64Array; rows: number; cols: number }): Float64Array {
    const out: number[] = [];
    for (let i = 0; i < rows; i++) {
      for (let j = i + 1; j < rows; j++) {
        let sum = 0;
        for (let k = 0; k < cols; k++) sum += Math.abs(data[i * cols + k] - data[j * cols + k]);
        out.push(sum);
      }
    }
    return f64(out);
  }
});

describe('the order is the best of all', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const whole = fc.integer({ min: 0, max: 6 });
  const cases = (value: fc.Arbitrary<number>, most: number) =>
    linkages({ most, inversions: true }).chain((Z) => {
      const length = pairs(Z.length / 4 + 1);
      return fc.tuple(fc.constant(Z), fc.array(value, { minLength: length, maxLength: length }));
    });

  test('of the 2^(n-1) that a tree of up to 10 leaves has', async () => {
    await fc.assert(
      fc.asyncProperty(cases(unit, 10), async ([Z, distances]) => {
        const y = f64(distances);
        const ordered = await optimalLeafOrdering(Z, y);
        swapsOf(Z, ordered);
        const leaves = leavesList(ordered);
        const costs = allOrders(Z).map((order) => ({ order, cost: orderCost(order, y) }));
        const least = Math.min(...costs.map((c) => c.cost));
        expect(orderCost(leaves, y)).toBeLessThanOrEqual(least * (1 + 1e-12));
        const best = costs.filter((c) => c.cost <= least * (1 + 1e-12));
        if (best.length === 1) expect([...leaves]).toEqual(best[0].order);
      }),
      { numRuns: 200 },
    );
  });

  test('with ties, exactly; and what is best already stays as it is', async () => {
    await fc.assert(
      fc.asyncProperty(cases(whole, 9), async ([Z, distances]) => {
        const y = f64(distances);
        const ordered = await optimalLeafOrdering(Z, y);
        const leaves = leavesList(ordered);
        const costs = allOrders(Z).map((order) => orderCost(order, y));
        const cost = orderCost(leaves, y);
        expect(cost).toBe(Math.min(...costs));
        if (orderCost(leavesList(Z), y) === cost) expect(ordered).toEqual(Z);
        expect(await optimalLeafOrdering(ordered, y)).toEqual(ordered);
      }),
      { numRuns: 200 },
    );
  });

  test('negative distances are numbers like any other', async () => {
    const Z = randomTree(9, 5);
    const y = uniform(pairs(9)).map((x) => x - 0.5);
    const least = Math.min(...allOrders(Z).map((order) => orderCost(order, y)));
    expect(orderCost(leavesList(await optimalLeafOrdering(Z, y)), y)).toBeCloseTo(least, 12);
  });

  test('distances whose sums are infinite still give a tree', async () => {
    const Z = randomTree(12, 3);
    swapsOf(Z, await optimalLeafOrdering(Z, new Float64Array(pairs(12)).fill(1.7e308)));
    const mixed = uniform(pairs(12)).map((x) => (2 * x - 1) * 1.7e308);
    swapsOf(Z, await optimalLeafOrdering(Z, mixed));
  });

  test.each([
    ...[11, 17, 32, 45, 90].map((n) => [`random tree of ${n}`, randomTree(n, n)] as const),
    ['chain from the left', chain(60, 'left')] as const,
    ['chain from the right', chain(60, 'right')] as const,
  ])('%s, against plain dynamic programming', async (_, Z) => {
    const n = Z.length / 4 + 1;
    const y = uniform(pairs(n), n);
    const ordered = await optimalLeafOrdering(Z, y);
    swapsOf(Z, ordered);
    near(orderCost(leavesList(ordered), y), leastCost(Z, y));
  });

  test.each(METHODS)('%s of 70 points', async (method) => {
    const X = { data: uniform(70 * 3, 9), rows: 70, cols: 3 };
    const y = await pdist(X);
    const Z = await linkage(X, { method });
    const ordered = await linkage(X, { method, optimalOrdering: true });
    swapsOf(Z, ordered);
    near(orderCost(leavesList(ordered), y), leastCost(Z, y));
    expect(await linkage(y, { method, optimalOrdering: true })).toEqual(
      await optimalLeafOrdering(await linkage(y, { method }), y),
    );
  });

  test('points on a line come out in their order, or its reverse', async () => {
    const n = 200;
    const at = uniform(n, 4);
    const ordered = await linkage(
      { data: at, rows: n, cols: 1 },
      { method: 'average', optimalOrdering: true },
    );
    const along = Array.from(leavesList(ordered), (leaf) => at[leaf]);
    const sorted = along.toSorted((a, b) => a - b);
    expect([sorted, sorted.toReversed()]).toContainEqual(along);
  });
});

test('two and three leaves', async () => {
  const two = Float64Array.of(1, 0, 5, 2);
  expect(await optimalLeafOrdering(two, Float64Array.of(5))).toEqual(two);
  const three = Float64Array.of(0, 1, 1, 2, 2, 3, 2, 3);
  expect(await optimalLeafOrdering(three, Float64Array.of(1, 3, 2))).toEqual(
    Float64Array.of(1, 0, 1, 2, 2, 3, 2, 3),
  );
});

test('float32 distances and vectors: sums are float64', async () => {
  const Z = randomTree(40, 2);
  const y = Float32Array.from(uniform(pairs(40)));
  expect(await optimalLeafOrdering(Z, y)).toEqual(await optimalLeafOrdering(Z, Float64Array.from(y)));
  const X = { data: Float32Array.from(uniform(40 * 5)), rows: 40, cols: 5 };
  expect(await optimalLeafOrdering(Z, X)).toEqual(await optimalLeafOrdering(Z, await pdist(X)));
  expect(
    await optimalLeafOrdering(
      Z,
      Array.from({ length: 40 }, (_, i) => [i % 7, i % 5]),
    ),
  ).toHaveLength(156);
});

test('input stays as it is', async () => {
  const Z = randomTree(30, 8);
  const y = uniform(pairs(30));
  const [before, distances] = [Z.slice(), y.slice()];
  await optimalLeafOrdering(Z, y);
  expect(Z).toEqual(before);
  expect(y).toEqual(distances);
});

describe('deep chains do not overflow the stack', () => {
  const n = 3000;
  const y = uniform(pairs(n), 6);
  for (const side of ['left', 'right'] as const) {
    test(`3,000 leaves from the ${side}`, async () => {
      const Z = chain(n, side);
      const ordered = await optimalLeafOrdering(Z, y);
      swapsOf(Z, ordered);
      // Each leaf of a chain goes to one end or the other: two costs, by the leaf at the far end.
      let ends = new Map([[0, 0]]);
      let newest = 0;
      for (let leaf = 1; leaf < n; leaf++) {
        let atNewest = Infinity;
        const next = new Map<number, number>();
        for (const [far, cost] of ends) {
          const kept = cost + distanceOf(y, n, newest, leaf);
          next.set(far, kept);
          atNewest = Math.min(atNewest, cost + distanceOf(y, n, far, leaf));
        }
        next.set(newest, Math.min(next.get(newest) ?? Infinity, atNewest));
        ends = next;
        newest = leaf;
      }
      near(orderCost(leavesList(ordered), y), Math.min(...ends.values()));
    });
  }
});

describe('any tiling gives the same bits', () => {
  /** The whole matrix of distances and costs, and the order, with tiles of about `tick` units. */
  async function matrixOf(n: number, Z: Float64Array, y: Float64Array, tick: number) {
    vi.restoreAllMocks();
    let now = 0;
    // The slower the clock says a tile was, the smaller is the next.
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += tick;
      return now;
    });
    const { linearBytes, order } = planOrdering({ y }, n, readRun({}));
    const engine = await Engine.create(linearBytes);
    await engine.add(EXTRA);
    engine.bytes(0, linearBytes).fill(0xff);
    const ordered = await order(engine, Z);
    // The matrix is the first region.
    return { ordered, matrix: new BigUint64Array(engine.memory.buffer.slice(1024, 1024 + n * n * 8)) };
  }

  test.each([
    ['random tree', randomTree(75, 7)],
    ['chain', chain(40, 'left')],
  ])('%s', async (_, Z) => {
    const n = Z.length / 4 + 1;
    const y = uniform(pairs(n), 3);
    const whole = await matrixOf(n, Z, y, 1e-6);
    for (const tick of [1000, 9, 6, 3, 1]) {
      const cut = await matrixOf(n, Z, y, tick);
      expect(cut.ordered).toEqual(whole.ordered);
      let differ = 0;
      // The root's own table is not made.
      for (let i = 0; i < n * n; i++) if (cut.matrix[i] !== whole.matrix[i]) differ++;
      expect(differ).toBe(0);
    }
  });
});

test('workers give the same order as this thread', async () => {
  const n = 1200;
  const Z = randomTree(n, 4);
  const y = uniform(pairs(n), 5);
  const alone = await optimalLeafOrdering(Z, y);
  const { linearBytes, order } = planOrdering({ y }, n, readRun({}));
  const engine = await Engine.create(linearBytes);
  await engine.add(EXTRA);
  engine.threads = 2;
  expect(await order(engine, Z)).toEqual(alone);
  close();
});

describe('memory', () => {
  test('is refused in advance where the limit is too small, and enough where it is not', async () => {
    const n = 300;
    const Z = randomTree(n);
    const y = uniform(pairs(n));
    const error = await optimalLeafOrdering(Z, y, { memoryLimit: 8 * n * n }).catch((e) => e);
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error.message).toMatch(/optimal ordering of 300 leaves needs .* but memoryLimit allows 720 kB/);
    const { neededBytes } = error;
    expect(neededBytes).toBeLessThan(8 * n * n + 4 * n * n + 200 * n + 4096);
    await optimalLeafOrdering(Z, y, { memoryLimit: neededBytes });
    await expect(optimalLeafOrdering(Z, y, { memoryLimit: neededBytes - 1 })).rejects.toThrow(
      MemoryLimitError,
    );
  });

  test('of linkage counts the ordering before the tree is begun', async () => {
    const n = 300;
    const y = uniform(pairs(n));
    const phases: string[] = [];
    const onProgress = (p: Progress) => void phases.push(p.phase);
    const memoryLimit = 8 * n * n;
    const error = await linkage(y, { optimalOrdering: true, memoryLimit, onProgress }).catch((e) => e);
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error.message).toMatch(/linkage of 300 rows .* without optimalOrdering/);
    expect(phases).toEqual([]);
    await linkage(y, { memoryLimit });
    await linkage(y, { optimalOrdering: true, memoryLimit: error.neededBytes });
  });

  test('more than 4 GiB is refused, whatever the limit', async () => {
    const Z = chain(24_000);
    const X = { data: new Float32Array(24_000), rows: 24_000, cols: 1 };
    await expect(optimalLeafOrdering(Z, X)).rejects.toThrow(MemoryLimitError);
  });

  test('kernels stay in what was planned', async () => {
    for (const n of [2, 3, 4, 5, 9, 64, 65]) {
      const Z = randomTree(n, n);
      const { linearBytes, order } = planOrdering({ y: uniform(pairs(n)) }, n, readRun({}));
      const engine = await Engine.create(linearBytes + 4096);
      await engine.add(EXTRA);
      const after = engine.bytes(linearBytes, 4096).fill(0xa5);
      await order(engine, Z);
      expect(after.every((x) => x === 0xa5)).toBe(true);
      expect(engine.bytes(16, 1008).every((x) => x === 0)).toBe(true);
    }
  });
});

describe('long runs', () => {
  test('progress rises to its total, phase by phase', async () => {
    const n = 500;
    const seen: Progress[] = [];
    await linkage(
      { data: uniform(n * 4), rows: n, cols: 4 },
      { method: 'average', optimalOrdering: true, onProgress: (p) => void seen.push({ ...p }) },
    );
    const phases = seen.map((p) => p.phase).filter((p, i, all) => p !== all[i - 1]);
    expect(phases).toEqual(['distances', 'linkage', 'distances', 'ordering']);
    seen.forEach((p, i) => {
      if (seen[i - 1]?.phase === p.phase) expect(p.done).toBeGreaterThanOrEqual(seen[i - 1].done);
      if (seen[i + 1]?.phase !== p.phase) expect(p.done).toBe(p.total);
    });
  });

  test('a signal stops the call within 100 ms, in any phase', async () => {
    const n = 2500;
    const Z = randomTree(n, 2);
    const y = uniform(pairs(n));
    for (const phase of ['distances', 'ordering']) {
      let late = Infinity;
      // Others share the machine: the best of a few.
      for (let run = 0; run < 3 && late > 100; run++) {
        const controller = new AbortController();
        let begin = Infinity;
        const onProgress = (p: Progress) => {
          if (p.phase !== phase || begin < Infinity) return;
          begin = performance.now();
          controller.abort(new Error('enough'));
        };
        const call = optimalLeafOrdering(Z, y, { signal: controller.signal, onProgress });
        await expect(call).rejects.toThrow('enough');
        late = performance.now() - begin;
      }
      expect(late).toBeLessThan(100);
    }
    expect(isValidLinkage(await optimalLeafOrdering(randomTree(20), uniform(pairs(20))))).toBe(true);
  });

  test('a timer has its turn while work is done', async () => {
    const Z = randomTree(2500, 2);
    const y = uniform(pairs(2500));
    const signal = AbortSignal.timeout(60);
    await expect(optimalLeafOrdering(Z, y, { signal })).rejects.toThrow(/timeout/);
  });

  test("1,000 leaves in less of the processor's time than SciPy's 1.3 s", async () => {
    const X = { data: uniform(8000), rows: 1000, cols: 8 };
    const y = await pdist(X);
    const Z = await linkage(y, { method: 'average' });
    let best = Infinity;
    for (let run = 0; run < 3; run++) {
      const begin = processorTime();
      await optimalLeafOrdering(Z, y);
      best = Math.min(best, processorTime() - begin);
    }
    expect(best).toBeLessThan(1.28);
  });
});

describe('what is refused', () => {
  const Z = randomTree(4);
  const y = uniform(6);
  // biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
  const call = (z: any, input: any, options?: any) => optimalLeafOrdering(z, input, options);

  test.each([
    ['Z of another type', [[[0, 1, 1, 2]], y], TypeError, /Z must be a linkage matrix, .*, got an Array/],
    ['an invalid Z', [Float64Array.of(0, 0, 1, 2), Float64Array.of(1)], RangeError, /Z: row 0, column 1/],
    ['an empty Z', [new Float64Array(0), y], RangeError, /Z is empty/],
    ['too few distances', [Z, uniform(3)], RangeError, /y has 3 distances, .* 4 observations, .* = 6/],
    ['too few rows', [Z, [[1], [2]]], RangeError, /X has 2 rows, but Z stands for 4 observations/],
    ['integers', [Z, new Int32Array(6)], TypeError, /condensed distances must be .* Int32Array/],
    ['distances in a plain array', [Z, [1, 2, 3, 4, 5, 6]], TypeError, /X\[0\]/],
    ['nothing', [Z, undefined], TypeError, /X must be/],
    ['an unknown metric', [Z, y, { metric: 'no' }], RangeError, /metric must be '.*, got the string "no"/],
    ['a metric that is no name', [Z, y, { metric: 3 }], TypeError, /metric/],
    ['NaN', [Z, Float64Array.of(1, 2, 3, NaN, 5, 6)], RangeError, /rows 1 and 2 is NaN; .* finite/],
    ['infinity', [Z, Float32Array.of(1, 2, 3, 4, 5, Infinity)], RangeError, /rows 2 and 3 is Infinity/],
    ['a row with NaN', [Z, [[1], [2], [NaN], [4]]], BadRowError, /X: row 2, column 0 is NaN/],
    ['distances beyond float64', [Z, [[-1e308], [1e308], [0], [0]]], RangeError, /rows 0 and 1 is Infinity/],
  ])('%s', async (_, args, type, message) => {
    const error = await call(...(args as [unknown, unknown, unknown])).catch((e) => e);
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
  });

  test('a signal that has fired, and options of the wrong type', async () => {
    await expect(call(Z, y, { signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over');
    await expect(call(Z, y, { onProgress: 1 })).rejects.toThrow(TypeError);
    await expect(linkage(y, { optimalOrdering: 1 as never })).rejects.toThrow(/optimalOrdering must be true/);
  });
});
