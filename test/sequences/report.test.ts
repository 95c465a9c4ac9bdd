/** What is told of clusters, and new sequences on their way to them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mcl } from '../../src/graph/mcl.ts';
import { assignSequences, hammingGraph, propertyValues, report } from '../../src/sequences/index.ts';
import { log2 } from '../../src/sequences/report.ts';
import { hamming, isOneDeletion } from '../reference/hamming.ts';

const motifOf = async (sequences: string[], cutoff?: number) =>
  (await report([Uint32Array.from(sequences, (_, i) => i)], sequences, { cutoff })).clusters[0].motif;

describe('motifs', () => {
  /** Sequences that have the letters of each place in turn. */
  const columns = (...places: string[]) =>
    Array.from({ length: places[0].length }, (_, i) => places.map((p) => p[i]).join(''));

  test('upper case from 0.7, lower case where two reach it and the first is twice the second, both, or none', async () => {
    expect(
      await motifOf(
        columns('AAAAAAACDE', 'AAAAAACDEF', 'AAAAACCDEF', 'AAAACCCDEF', 'AAACCCDDEF', 'AAAAACCCDE'),
      ),
    ).toBe('Aa' + 'a' + '[AC]' + '.' + '[AC]');
  });

  test('exactly twice is lower case, the cut-off itself is reached, ties are in the order of the alphabet', async () => {
    expect(await motifOf(columns('AAAACCDEFG'), 0.6)).toBe('a');
    expect(await motifOf(columns('AAACCDEFGH'), 0.5)).toBe('[AC]');
    expect(await motifOf(columns('WWWCCCDEFG'), 0.6)).toBe('[CW]');
    expect(await motifOf(columns('AAAAAAACCC'))).toBe('A');
    expect(await motifOf(columns('YYYYYYAAAA'))).toBe('[YA]');
  });

  test('of other lengths than most, none', async () => {
    const { clusters } = await report(
      [[0, 1, 2, 3]].map((m) => Uint32Array.from(m)),
      ['CAT', 'CATT', 'CAS', 'CATTT'],
    );
    expect(clusters[0]).toMatchObject({ size: 4, aligned: 2, length: 3, motif: 'CA[ST]' });
  });
});

test('entropy is 0 where all are the same, 1 where all differ; the ends do not count', async () => {
  const sequences = ['CAF', 'CDF', 'CEF', 'CGF', 'AAC', 'DAC'];
  const { clusters } = await report(
    [Uint32Array.of(0, 1, 2, 3), Uint32Array.of(4, 5), Uint32Array.of(0)],
    sequences,
  );
  expect(clusters.map(({ entropy }) => entropy)).toEqual([1, 0, 0]);
  const two = await report([Uint32Array.of(0, 1, 2)], ['CAAF', 'CACF', 'CCAF']);
  const h = -((2 / 3) * Math.log2(2 / 3) + (1 / 3) * Math.log2(1 / 3)) / Math.log2(3);
  expect(two.clusters[0].entropy).toBeCloseTo(h, 14);
});

test('log2 is within two units of the last place', () => {
  for (let n = 1; n < 5000; n++)
    expect(Math.abs(log2(n) - Math.log2(n))).toBeLessThanOrEqual(4e-16 * Math.max(1, log2(n)));
  expect(log2(2 ** 31)).toBe(31);
});

test('properties are means over members of means over residues; counts are summed; nobody is lost', async () => {
  const sequences = ['AC', 'W', 'CC', 'YY'];
  const found = await report([Uint32Array.of(0, 1)], sequences, { counts: [3, 1, 1, 1], properties: ['z1'] });
  const z1 = propertyValues('z1');
  const [a, c, w] = [z1[0], z1[1], z1[18]];
  expect(found.clusters[0].properties.z1).toBeCloseTo(((a + c) / 2 + w) / 2, 14);
  expect(found.clusters[0]).toMatchObject({ cluster: 1, size: 2, count: 4 });
  expect([...found.unclustered]).toEqual([2, 3]);
});

test('labels say the same as lists; a sequence that comes twice in a cluster counts once but in count', async () => {
  const sequences = ['CASSF', 'CATTF', 'CASSL', 'CASSF', 'CATTF', 'CAWWW'];
  const { clusters, unclustered } = await report(Int32Array.of(5, 2, 5, 5, 2, 0), sequences, {
    counts: [1, 2, 3, 4, 5, 6],
  });
  expect(clusters.map(({ cluster, size, count, members }) => [cluster, size, count, ...members])).toEqual([
    [2, 1, 7, 1, 4],
    [5, 2, 8, 0, 2, 3],
  ]);
  expect([...unclustered]).toEqual([5]);
  const lists = await report([Uint32Array.of(1), Uint32Array.of(0, 2)], sequences);
  for (const [i, one] of clusters.entries()) {
    const { cluster, count, members, ...told } = lists.clusters[i];
    expect(one).toMatchObject(told);
  }
  await expect(report(Int32Array.of(1), sequences)).rejects.toThrow(
    'clusters must have one label for each of the 6 sequences, got 1',
  );
  await expect(report(new Int32Array(6).fill(-1), sequences)).rejects.toThrow('label 0 is -1');
});

test('no clusters, no sequences', async () => {
  expect(await report([], [])).toEqual({ clusters: [], unclustered: new Uint32Array(0) });
});

test.each([
  [{}, [], {}, TypeError, 'clusters must be the result of mcl'],
  [[Uint32Array.of(1)], ['CAT'], {}, RangeError, 'cluster 1 has sequence 1, but there are only 1'],
  [[Uint32Array.of()], ['CAT'], {}, RangeError, 'cluster 1 has no sequences'],
  [[Uint32Array.of(0)], ['CaT'], {}, RangeError, '"CaT" has "a" at position 1'],
  [[], ['CAT'], { cutoff: 0 }, RangeError, 'cutoff must be above 0 and at most 1, got 0'],
  [[], ['CAT'], { counts: [] }, RangeError, 'counts must have one count for each of the 1 sequences, got 0'],
] as unknown as [never, string[], object, new () => Error, string][])(
  '%j of %j with %o is refused',
  async (clusters, sequences, options, type, message) => {
    const failed = await report(clusters, sequences, options).catch((error) => error);
    expect(failed).toBeInstanceOf(type);
    expect(failed.message).toContain(message);
  },
);

describe('new sequences', () => {
  const known = {
    sequences: ['CASSA', 'CASSD', 'CASSE', 'CAYYA', 'CAYYD', 'WWWWW'],
    labels: [2, 2, 2, 1, 1, 0],
  };

  test('go to the nearest members, then to the most, then to the lowest number', async () => {
    const found = await assignSequences(['CASSF', 'CAYYA', 'WWWWW', 'WWWWC', 'CAYSA', 'CASS', 'CASY'], known);
    expect([...found.labels]).toEqual([2, 1, 0, 0, 1, 0, 0]);
    expect([...found.distances]).toEqual([1, 0, 255, 255, 1, 255, 255]);
    const far = await assignSequences(['CAYSA', 'CAYSE', 'CAFFD', 'CASS'], known, {
      maxDistance: 2,
      indels: true,
    });
    expect([...far.labels]).toEqual([1, 2, 1, 2]);
    expect([...far.distances]).toEqual([1, 1, 2, 1]);
  });

  test('of their group alone, where groups are given', async () => {
    const groups = ['V1', 'V1', 'V2', 'V1', 'V1', 'V1'];
    const found = await assignSequences(
      ['CASSF', 'CASSF', 'CASSF'],
      { ...known, groups },
      { groups: ['V2', 'V3', undefined] },
    );
    expect([...found.labels]).toEqual([2, 0, 0]);
    await expect(assignSequences(['CASSF'], known, { groups: ['V1'] })).rejects.toThrow(
      'groups must be given both for',
    );
  });

  test('as every comparison says', async () => {
    const text = fc.array(fc.constantFrom(...'ACD'), { minLength: 2, maxLength: 5 }).map((l) => l.join(''));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(text, { maxLength: 40 }),
        fc.array(text, { maxLength: 10 }),
        fc.constantFrom<1 | 2>(1, 2),
        fc.boolean(),
        async (sequences, news, maxDistance, indels) => {
          const { labels } = await mcl(await hammingGraph(sequences), { inflation: 2, onWarning() {} });
          const found = await assignSequences(news, { sequences, labels }, { maxDistance, indels });
          news.forEach((one, s) => {
            const near = sequences
              .map((other, i) => ({
                label: labels[i],
                d: indels && isOneDeletion(one, other) ? 1 : hamming(one, other),
              }))
              .filter(({ label, d }) => label > 0 && d <= maxDistance);
            const least = Math.min(255, ...near.map(({ d }) => d));
            const votes = new Map<number, number>();
            for (const { label, d } of near) if (d === least) votes.set(label, (votes.get(label) ?? 0) + 1);
            const [best = [0]] = [...votes].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
            expect([found.labels[s], found.distances[s]]).toEqual([best[0], least]);
          });
        },
      ),
      { numRuns: 80 },
    );
  });

  test.each([
    [
      ['CAT'],
      { sequences: ['CAT'], labels: [] },
      RangeError,
      'known.labels must have one label for each of the 1 known sequences',
    ],
    [['CAT'], null, TypeError, 'known must be {sequences, labels}, got null'],
    ['CAT', known, TypeError, 'sequences must be an array of strings'],
  ] as unknown as [never, never, new () => Error, string][])(
    '%j to %j is refused',
    async (sequences, others, type, message) => {
      const failed = await assignSequences(sequences, others).catch((error) => error);
      expect(failed).toBeInstanceOf(type);
      expect(failed.message).toContain(message);
    },
  );
});
