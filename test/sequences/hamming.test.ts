/** The graph of sequences, against every pair compared. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hammingGraph } from '../../src/sequences/hamming.ts';
import { listsOf } from '../graph/lists.ts';
import { neighboursByPairs } from '../reference/hamming.ts';

const letters = (alphabet: string, min: number, max: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength: min, maxLength: max }).map((list) => list.join(''));

describe('the graph is exact', () => {
  for (const threads of [1, 2]) {
    test(`for every length, few letters and duplicates, ${threads} threads`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.oneof(letters('AB', 1, 9), letters('ACDY', 3, 5), letters('AC', 14, 18), letters('A', 1, 40)),
            { maxLength: 60 },
          ),
          fc.constantFrom<1 | 2>(1, 2),
          fc.boolean(),
          fc.boolean(),
          async (sequences, maxDistance, indels, grouped) => {
            const groups = grouped
              ? sequences.map((_, i) => (i % 5 === 0 ? undefined : `V${i % 3}`))
              : undefined;
            const graph = await hammingGraph(sequences, { maxDistance, indels, groups, threads });
            expect(listsOf(graph)).toEqual(neighboursByPairs(sequences, { maxDistance, indels, groups }));
          },
        ),
        { numRuns: 150 },
      );
    });
  }
});
