/** The graph of sequences, against every pair compared. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { receptors } from '../../bench/receptors.mjs';
import { MemoryLimitError } from '../../src/errors.ts';
import { TASK_WORDS } from '../../src/runtime/kernels/constants.ts';
import { hammingGraph, joinNeighbours } from '../../src/sequences/hamming.ts';
import { planClasses, planTasks } from '../../src/sequences/hamming-plan.ts';
import { listsOf } from '../graph/lists.ts';
import { neighboursByPairs } from '../reference/hamming.ts';

const letters = (alphabet: string, min: number, max: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength: min, maxLength: max }).map((list) => list.join(''));
const many = { minLength: 150, maxLength: 260 };

/** Kinds of tasks, as assembly/sequences/hamming.ts numbers them. */
async function kindsOf(sequences: string[], maxDistance: number, indels = false): Promise<Set<number>> {
  const { classes } = await planClasses(sequences, undefined, undefined);
  const tasks = planTasks(classes, maxDistance, indels);
  return new Set(Array.from({ length: tasks.length / TASK_WORDS }, (_, t) => tasks[t * TASK_WORDS + 1]));
}

describe('the graph is exact', () => {
  const lists = {
    'few of every length': fc.array(
      fc.oneof(letters('AB', 1, 9), letters('ACDY', 3, 5), letters('DY', 14, 18), letters('W', 1, 40)),
      { maxLength: 60 },
    ),
    'many of one length, with duplicates': fc.array(letters('ACD', 4, 4), many),
    'many distinct ones': fc.uniqueArray(letters('ACDEFG', 3, 4), many),
    'many of one letter or two': fc.array(letters('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh', 1, 2), many),
    'long ones': fc.array(
      letters('AC', 31, 34).map((s) => `${'W'.repeat(40)}${s}`),
      { maxLength: 30 },
    ),
  };
  for (const [name, arbitrary] of Object.entries(lists)) {
    test(name, async () => {
      await fc.assert(
        fc.asyncProperty(
          arbitrary,
          fc.constantFrom<1 | 2>(1, 2),
          fc.boolean(),
          fc.boolean(),
          fc.constantFrom(1, 2, 3),
          async (sequences, maxDistance, indels, grouped, threads) => {
            const groups = grouped
              ? sequences.map((_, i) => (i % 5 === 0 ? undefined : `V${i % 3}`))
              : undefined;
            const graph = await hammingGraph(sequences, { maxDistance, indels, groups, threads });
            expect(listsOf(graph)).toEqual(neighboursByPairs(sequences, { maxDistance, indels, groups }));
          },
        ),
        { numRuns: 40 },
      );
    });
  }

  test('of receptors, by hash tables, whatever the number of threads', async () => {
    const sequences = receptors(3000, 5);
    expect(await kindsOf(sequences, 1, true)).toEqual(new Set([0, 2, 3]));
    for (const maxDistance of [1, 2] as const) {
      const wanted = neighboursByPairs(sequences, { maxDistance });
      for (const threads of [1, 2, 3]) {
        expect(listsOf(await hammingGraph(sequences, { maxDistance, threads }))).toEqual(wanted);
      }
    }
    expect(listsOf(await hammingGraph(sequences, { indels: true }))).toEqual(
      neighboursByPairs(sequences, { indels: true }),
    );
  });

  test('where classes are cut into parts', async () => {
    // All of four places of six letters, and their neighbours by one place.
    const alphabet = 'ACDEFG';
    let sequences = [''];
    for (let i = 0; i < 4; i++) sequences = sequences.flatMap((s) => [...alphabet].map((c) => s + c));
    const longer = sequences.slice(0, 400).map((s) => `${s}A`);
    const all = [...sequences, ...longer];
    expect(await kindsOf(all, 2, true)).toEqual(new Set([0, 1, 3]));
    const wanted = neighboursByPairs(all, { maxDistance: 2, indels: true });
    for (const part of [7, 100, 1e6]) {
      const graph = await joinNeighbours(all, { maxDistance: 2, indels: true }, { entries: part });
      expect(listsOf(graph)).toEqual(wanted);
    }
  });
});

test('nothing, one, and no edges at all', async () => {
  expect(await hammingGraph([])).toEqual({
    n: 0,
    offsets: Uint32Array.of(0),
    neighbours: new Uint32Array(0),
  });
  expect(await hammingGraph(['CAT'])).toMatchObject({ n: 1, neighbours: new Uint32Array(0) });
  expect((await hammingGraph(['CAT', 'WWWW', 'GGG'])).neighbours.length).toBe(0);
});

test('a very long sequence among others', async () => {
  const long = 'CASSLGF'.repeat(3000);
  const graph = await hammingGraph([long, 'CAT', `${long}`.replace(/F$/, 'Y'), 'CAS', long.slice(1)], {
    indels: true,
  });
  expect(listsOf(graph)).toEqual([[2, 4], [3], [0], [1], [0]]);
});

test.each([
  ['CAT', {}, TypeError, 'sequences must be an array of strings, got the string "CAT"'],
  [['CAT', 1], {}, TypeError, 'sequence 1 must be a string, got 1'],
  [['CAT', ''], {}, RangeError, 'sequence 1 is empty'],
  [['CAT', 'C T'], {}, RangeError, 'sequence 1 has " " at position 1'],
  [['CAT', 'CÄT'], {}, RangeError, 'sequence 1 has "Ä" at position 1'],
  [['CAT'], { maxDistance: 3 }, RangeError, 'maxDistance must be 1 or 2, got 3'],
  [['CAT'], { indels: 1 }, TypeError, 'indels must be true or false, got 1'],
  [
    ['CAT'],
    { groups: ['a', 'b'] },
    RangeError,
    'groups must have one group for each of the 1 sequences, got 2',
  ],
  [['CAT'], { groups: [1] }, TypeError, 'group 0 must be a string, got 1'],
  [['CAT'], { memoryLimit: 1000 }, RangeError, 'the Hamming graph of 1 sequences needs'],
] as unknown as [never, object, new () => Error, string][])(
  '%j with %o is refused',
  async (sequences, options, type, message) => {
    const failed = await hammingGraph(sequences, options).catch((error) => error);
    expect(failed).toBeInstanceOf(type);
    expect(failed.message).toContain(message);
  },
);

test('a memory limit that has room for the sequences but not for the edges', async () => {
  // 5,000 equal ones are 12 million edges.
  const sequences = Array.from({ length: 5000 }, () => 'CASSF');
  const failed = await hammingGraph(sequences, { memoryLimit: '20MB' }).catch((error) => error);
  expect(failed).toMatchObject({ name: 'MemoryLimitError' });
  expect(failed.message).toContain('which has 12497500 edges');
  expect((await hammingGraph(['CAT', 'CAS'])).neighbours.length).toBe(2);
});

test('a signal stops it; progress rises and ends at the total', async () => {
  const sequences = receptors(20_000, 2);
  await expect(hammingGraph(sequences, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  const controller = new AbortController();
  const stopped = hammingGraph(sequences, {
    signal: controller.signal,
    maxDistance: 2,
    threads: 2,
    onProgress: ({ phase }) => phase === 'graph' && controller.abort('later'),
  });
  await expect(stopped).rejects.toBe('later');
  const seen: number[] = [];
  let total = 0;
  await hammingGraph(sequences, {
    onProgress: (p) => {
      if (p.phase === 'graph') seen.push(p.done);
      total = p.total as number;
    },
  });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(total);
});

test('thousands of equal sequences are joined without comparing each with each', async () => {
  const n = 3000;
  const sequences = [...Array<string>(n).fill('CASSLG'), 'CASSLA', ...Array<string>(2).fill('WWWW')];
  const steps: number[] = [];
  const graph = await hammingGraph(sequences, {
    threads: 1,
    onProgress: ({ phase, total = 0 }) => phase === 'graph' && steps.push(total),
  });
  const of = (i: number) => graph.neighbours.subarray(graph.offsets[i], graph.offsets[i + 1]);
  const others = (i: number) => Uint32Array.from({ length: n }, (_, k) => (k < i ? k : k + 1));
  for (const i of [0, 1, 1500, n - 1, n]) expect(of(i)).toEqual(others(i));
  expect([...of(n + 1), ...of(n + 2)]).toEqual([n + 2, n + 1]);
  // Kernels saw three sequences: two classes, of a task each.
  expect(Math.max(...steps)).toBeLessThan(100);
  await expect(hammingGraph(sequences, { memoryLimit: '20MB' })).rejects.toThrow(
    /graph of 3003 sequences, which has 4501501 edges since many are equal, needs 36\.\d MB/,
  );
  await expect(hammingGraph(['CAT', 'CAT', 'C T'])).rejects.toThrow(/sequence 2 has " " at position 1/);
});

test('what equal sequences are found with counts against the limit, and only where it is needed', async () => {
  const sequences = receptors(20_000, 2);
  const needs = async (work: Promise<unknown>) => {
    const failed: MemoryLimitError = await work.then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(failed).toBeInstanceOf(MemoryLimitError);
    expect(failed.message).toContain('the Hamming graph of 20000 sequences');
    return failed.neededBytes;
  };
  const options = { threads: 1, memoryLimit: 2_000_000 };
  const plain = await needs(joinNeighbours(sequences, { ...options, memoryLimit: 500_000 }));
  const held = await needs(hammingGraph(sequences, options));
  // A map of 20,000 texts that has just grown, and two lists.
  expect(held - plain).toBe(92 * 20_000);
  const groups = sequences.map((_, i) => (i % 2 ? 'TRBV1' : undefined));
  expect(await needs(hammingGraph(sequences, { ...options, groups }))).toBeGreaterThan(
    92 * 20_000 + 48 * 10_000,
  );
  // Before there is anything to find: what that takes alone is too much.
  expect(await needs(hammingGraph(sequences, { ...options, memoryLimit: 1_000_000 }))).toBe(92 * 20_000);
});

test('those who know that all are different get the same graph, and the same refusals', async () => {
  const sequences = receptors(3000, 5);
  expect(await joinNeighbours(sequences, {})).toEqual(await hammingGraph(sequences));
  const twice = [...sequences.slice(0, 200), ...sequences.slice(100, 200)];
  expect(await joinNeighbours(twice, {})).toEqual(await hammingGraph(twice));
  await expect(joinNeighbours(sequences, { maxDistance: 3 as 1 })).rejects.toThrow(
    'maxDistance must be 1 or 2, got 3',
  );
});
