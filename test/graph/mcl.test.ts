/** Markov clustering against dense matrices and against the Python package's clusters. */
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGraph } from '../../src/graph/graph.ts';
import { mcl } from '../../src/graph/mcl.ts';
import { hammingGraph } from '../../src/sequences/hamming.ts';
import { denseMcl, sortSets } from '../reference/mcl.ts';

const lists = (clusters: Uint32Array[]) => clusters.map((one) => Array.from(one));

const file = new URL('../../../shared/data/cdr3/mcl_reference_300.json', import.meta.url);
describe.skipIf(!existsSync(file))('../shared/data/cdr3/mcl_reference_300.json', () => {
  const reference = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};

  test.each(['1.2', '2.0'])('clusters at inflation %s are those of markov_clustering', async (inflation) => {
    const graph = await hammingGraph(reference.sequences);
    expect(graph).toEqual(createGraph(300, reference.edges));
    const { clusters } = await mcl(graph, { inflation: Number(inflation) });
    expect(lists(clusters)).toEqual(sortSets(reference.clusters[inflation]));
  });

  test('one node is in two clusters', async () => {
    const { sequences, 'clusters_2.0': wanted } = reference.overlap_case;
    const { clusters } = await mcl(await hammingGraph(sequences), { inflation: 2 });
    expect(lists(clusters)).toEqual(sortSets(wanted));
  });

  test('lengths that differ by one are not joined, unless as an insertion', async () => {
    const { sequences } = reference.cross_length_case;
    expect((await hammingGraph(sequences)).neighbours.length).toBe(0);
    expect((await hammingGraph(sequences, { indels: true })).neighbours.length).toBe(0);
  });
});

const graphs = fc.integer({ min: 1, max: 24 }).chain((n) =>
  fc
    .uniqueArray(
      fc.tuple(fc.nat(n - 1), fc.nat(n - 1)).map(([i, j]) => [Math.min(i, j), Math.max(i, j)]),
      { selector: ([i, j]) => i * n + j, maxLength: 60 },
    )
    .map((pairs) =>
      createGraph(
        n,
        pairs.filter(([i, j]) => i !== j),
      ),
    ),
);

test('clusters are those of dense matrices', async () => {
  await fc.assert(
    fc.asyncProperty(
      graphs,
      fc.constantFrom(1.2, 1.4, 2, 3.7),
      fc.constantFrom(2, 3),
      fc.constantFrom(1e-3, 0.05),
      async (graph, inflation, expansion, pruning) => {
        const { clusters, converged } = await mcl(graph, { inflation, expansion, pruning, onWarning() {} });
        const dense = denseMcl(graph, { inflation, expansion, pruning });
        if (converged) expect(lists(clusters)).toEqual(dense);
      },
    ),
    { numRuns: 300 },
  );
});
