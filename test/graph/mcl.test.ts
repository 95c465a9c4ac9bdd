/** Markov clustering against dense matrices and against the Python package's clusters. */
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { receptors } from '../../bench/receptors.mjs';
import { createGraph, type Graph } from '../../src/graph/graph.ts';
import { mcl } from '../../src/graph/mcl.ts';
import { hammingGraph } from '../../src/sequences/hamming.ts';
import { denseMcl, sortSets } from '../reference/mcl.ts';

/** Each node has the next nine and some far away for neighbours. */
function dense(n: number): Graph {
  const edges: [number, number][] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < Math.min(n, i + 10); j++) edges.push([i, j]);
    const far = (i * 7919) % n;
    if (far > i + 9) edges.push([i, far]);
  }
  return createGraph(n, edges);
}

/** A graph several times side by side. */
function copies({ n, offsets, neighbours }: Graph, times: number): Graph {
  const size = neighbours.length;
  return {
    n: n * times,
    offsets: Uint32Array.from({ length: n * times + 1 }, (_, i) => offsets[i % n] + size * Math.floor(i / n)),
    neighbours: Uint32Array.from(
      { length: size * times },
      (_, e) => neighbours[e % size] + n * Math.floor(e / size),
    ),
  };
}

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

const weighted = graphs.chain((graph) =>
  fc.infiniteStream(fc.integer({ min: 1, max: 12 })).map((stream): Graph => {
    const { n, offsets, neighbours } = graph;
    const weights = new Float64Array(neighbours.length);
    const drawn = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      for (let k = offsets[i]; k < offsets[i + 1]; k++) {
        const key = [Math.min(i, neighbours[k]), Math.max(i, neighbours[k])].join();
        if (!drawn.has(key)) drawn.set(key, (stream.next().value as number) / 4);
        weights[k] = drawn.get(key) as number;
      }
    }
    return { ...graph, weights };
  }),
);

test('weights count, as float64 and float32', async () => {
  await fc.assert(
    fc.asyncProperty(weighted, fc.constantFrom(1.3, 2), async (graph, inflation) => {
      const found = await mcl(graph, { inflation, onWarning() {} });
      if (found.converged) expect(lists(found.clusters)).toEqual(denseMcl(graph, { inflation }));
      const single = { ...graph, weights: Float32Array.from(graph.weights as Float64Array) };
      expect(await mcl(single, { inflation, onWarning() {} })).toEqual(found);
    }),
    { numRuns: 150 },
  );
});

test('without pruning, too', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async (graph) => {
      const options = { inflation: 2, pruning: 0, maxIterations: 60 };
      const { clusters, converged } = await mcl(graph, { ...options, onWarning() {} });
      if (converged) expect(lists(clusters)).toEqual(denseMcl(graph, options));
    }),
    { numRuns: 100 },
  );
});

describe('over thousands of nodes', () => {
  test('as dense matrices, at several inflations', async () => {
    // Lengths of 9 and 10 of many, for components of some size.
    const sequences = receptors(60_000, 3)
      .filter((s: string) => s.length < 12)
      .slice(0, 500);
    const graph = await hammingGraph(sequences);
    expect(graph.neighbours.length).toBeGreaterThan(100);
    for (const inflation of [1.2, 2]) {
      const { clusters, converged } = await mcl(graph, { inflation });
      expect(converged).toBe(true);
      expect(lists(clusters)).toEqual(denseMcl(graph, { inflation }));
    }
  }, 120_000);

  test('the same for every number of threads, and in any order of nodes', async () => {
    const sequences: string[] = receptors(30_000, 4);
    const graph = await hammingGraph(sequences);
    const found = await mcl(graph, { threads: 1 });
    for (const threads of [2, 3]) expect(await mcl(graph, { threads })).toEqual(found);
    const order = sequences.map((_, i) => (i * 7919) % sequences.length);
    const other = await mcl(await hammingGraph(order.map((i) => sequences[i])));
    const back = other.clusters.map((one) => Array.from(one, (i) => order[i]));
    expect(sortSets(back)).toEqual(lists(found.clusters));
  });
});

const chain = (n: number) =>
  createGraph(
    n,
    Array.from({ length: n - 1 }, (_, i) => [i, i + 1]),
  );

describe('what comes out', () => {
  test('clusters are numbered by their first nodes; nodes without neighbours have label 0', async () => {
    const found = await mcl(
      createGraph(8, [
        [6, 2],
        [5, 7],
        [1, 5],
        [1, 7],
      ]),
    );
    expect(lists(found.clusters)).toEqual([
      [1, 5, 7],
      [2, 6],
    ]);
    expect([...found.labels]).toEqual([0, 1, 2, 0, 0, 1, 2, 1]);
    expect(found).toMatchObject({ iterations: 0, converged: true });
  });

  test('a node in two clusters is labelled with one, and listed in both', async () => {
    const { labels, clusters } = await mcl(chain(5), { inflation: 1.4 });
    clusters.forEach((members, c) => {
      for (const node of members) expect([c + 1, ...others(clusters, c, node)]).toContain(labels[node]);
    });
    expect(labels.every((label) => label > 0)).toBe(true);
  });

  test('nothing, one node, no edges', async () => {
    for (const n of [0, 1, 5]) {
      const found = await mcl(createGraph(n, []));
      expect(found).toEqual({ labels: new Int32Array(n), clusters: [], iterations: 0, converged: true });
    }
  });

  test('complete graphs, above the number of elements that pruning leaves too', async () => {
    for (const n of [2, 3, 40, 1100]) {
      const edges: number[][] = [];
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) edges.push([i, j]);
      const { clusters, iterations } = await mcl(createGraph(n, edges));
      expect(clusters.length).toBe(1);
      expect(clusters[0].length).toBe(n);
      expect(iterations).toBe(0);
    }
  });

  test('a component that is never split is left as soon as its columns are the same', async () => {
    const edges: number[][] = [];
    let x = 12345;
    for (let i = 0; i < 300; i++) {
      for (let j = 0; j < i; j++) {
        x = (Math.imul(x, 1103515245) + 12345) >>> 0;
        if (x >>> 30 === 0) edges.push([i, j]);
      }
    }
    const graph = createGraph(300, edges);
    const { clusters, iterations } = await mcl(graph);
    expect(lists(clusters)).toEqual(denseMcl(graph));
    expect(clusters[0].length).toBe(300);
    expect(iterations).toBeLessThan(9);
  });

  test('the largest of a column stays, below the pruning too', async () => {
    const edges = [0.9, 1.3, 1.7, 2.1, 2.6, 1.1].flatMap((w, i) => [
      [i, i + 1, w],
      [i, i + 8, 1 + w / 7],
    ]);
    const graph = createGraph(15, edges);
    for (const pruning of [0.3, 0.6, 0.8]) {
      const { clusters } = await mcl(graph, { pruning });
      expect(lists(clusters)).toEqual(denseMcl(graph, { pruning }));
      expect(new Set(clusters.flatMap((one) => [...one])).size).toBe(13);
    }
  });

  test('a warning where iterations were not enough; nobody is lost from the labels', async () => {
    const codes: string[] = [];
    const found = await mcl(chain(30), { maxIterations: 2, onWarning: (w) => codes.push(w.code) });
    expect(codes).toEqual(['MCL_NOT_CONVERGED']);
    expect(found).toMatchObject({ converged: false, iterations: 2 });
    expect(found.labels.length).toBe(30);
  });
});

function others(clusters: Uint32Array[], c: number, node: number): number[] {
  return clusters.flatMap((members, other) => (other !== c && members.includes(node) ? [other + 1] : []));
}

describe('runs', () => {
  test('a signal stops it, and the next call works', async () => {
    const graph = await hammingGraph(receptors(30_000, 4));
    const controller = new AbortController();
    const stopped = mcl(graph, { signal: controller.signal, onProgress: () => controller.abort('enough') });
    await expect(stopped).rejects.toBe('enough');
    await expect(mcl(graph, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    expect((await mcl(createGraph(2, [[0, 1]]))).clusters.length).toBe(1);
  });

  test('progress rises and ends at the number of nodes', async () => {
    const seen: number[] = [];
    await mcl(await hammingGraph(receptors(5000, 4)), { onProgress: ({ done }) => seen.push(done) });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(5000);
  });

  test('a memory limit holds: before the work, and when matrices outgrow it', async () => {
    const graph = await hammingGraph(receptors(30_000, 4));
    await expect(mcl(graph, { memoryLimit: 1000 })).rejects.toMatchObject({ name: 'MemoryLimitError' });
    const large = chain(20_000);
    await expect(mcl(large, { memoryLimit: '4MB' })).rejects.toMatchObject({ name: 'MemoryLimitError' });
    expect((await mcl(chain(100), { memoryLimit: '4MB' })).converged).toBe(true);
  });

  test('many components are clustered some at a time where all do not fit, with the same result', async () => {
    const one = dense(60);
    const graph = copies(one, 100);
    const all = await mcl(graph);
    for (const memoryLimit of ['1.8MB', '2.5MB']) {
      for (const threads of [1, 3]) expect(await mcl(graph, { memoryLimit, threads })).toEqual(all);
    }
    await expect(mcl(graph, { memoryLimit: '1MB' })).rejects.toMatchObject({ name: 'MemoryLimitError' });
  });

  test('the limit that a refusal names is enough', async () => {
    for (const [graph, memoryLimit] of [
      [dense(1500), 1e6],
      [copies(dense(200), 10), 8e5],
    ] as [Graph, number][]) {
      const refused = await mcl(graph, { memoryLimit, threads: 2, inflation: 2 }).catch((error) => error);
      expect(refused).toMatchObject({ name: 'MemoryLimitError', allowedBytes: memoryLimit });
      const { neededBytes } = refused;
      expect((await mcl(graph, { memoryLimit: neededBytes, threads: 2, inflation: 2 })).labels.length).toBe(
        graph.n,
      );
    }
  });
});

const good = createGraph(3, [
  [0, 1],
  [1, 2],
]);
test.each([
  [null, {}, TypeError, 'graph must be {n, offsets, neighbours}, got null'],
  [{ ...good, n: 4 }, {}, RangeError, 'graph.offsets must have n + 1 = 5 elements, got 4'],
  [{ ...good, offsets: [0, 1, 3, 4] }, {}, TypeError, 'graph.offsets must be a Uint32Array'],
  [
    { ...good, offsets: Uint32Array.of(0, 1, 3, 5) },
    {},
    RangeError,
    'graph.offsets must go from 0 to the number of neighbours, 4; got 0 to 5',
  ],
  [{ ...good, offsets: Uint32Array.of(0, 3, 1, 4) }, {}, RangeError, 'the neighbours of node 0 must ascend'],
  [
    { ...good, offsets: Uint32Array.of(0, 2 ** 32 - 1, 3, 4) },
    {},
    RangeError,
    'the neighbours of node 0 must ascend',
  ],
  [
    { ...good, neighbours: Uint32Array.of(1, 0, 2, 2) },
    {},
    RangeError,
    'the neighbours of node 1 must ascend',
  ],
  [
    { ...good, neighbours: Uint32Array.of(1, 2, 0, 1) },
    {},
    RangeError,
    'the neighbours of node 0 must ascend',
  ],
  [
    { ...good, neighbours: Uint32Array.of(2, 0, 2, 1) },
    {},
    RangeError,
    'have it for a neighbour too; got [2]',
  ],
  [{ ...good, neighbours: Uint32Array.of(1, 0, 9, 1) }, {}, RangeError, 'must ascend, be nodes from 0 to 2'],
  [{ ...good, weights: Float64Array.of(1, 1, 1) }, {}, RangeError, 'graph.weights must have 4 elements'],
  [
    { ...good, weights: Float64Array.of(1, 1, Number.NaN, 1) },
    {},
    RangeError,
    'graph.weights must be positive and finite, got NaN at 2',
  ],
  [
    { ...good, weights: [1, 1, 1, 1] },
    {},
    TypeError,
    'graph.weights must be a Float32Array or a Float64Array',
  ],
  [good, { inflation: 1 }, RangeError, 'inflation must be above 1 and at most 64, got 1'],
  [good, { inflation: Number.NaN }, RangeError, 'inflation must be above 1'],
  [good, { inflation: '2' }, TypeError, 'inflation must be above 1 and at most 64, got the string "2"'],
  [good, { expansion: 2.5 }, RangeError, 'expansion must be a whole number from 2 to 64, got 2.5'],
  [good, { maxIterations: 0 }, RangeError, 'maxIterations must be a whole number from 1, got 0'],
  [good, { pruning: 1 }, RangeError, 'pruning must be from 0 to below 1, got 1'],
] as unknown as [Graph, object, new () => Error, string][])(
  '%j with %o is refused',
  async (graph, options, type, message) => {
    const failed = await mcl(graph, options).catch((error) => error);
    expect(failed).toBeInstanceOf(type);
    expect(failed.message).toContain(message);
  },
);

describe('createGraph', () => {
  test('lists and flat pairs, weights, in any order', () => {
    const wanted = { n: 4, offsets: Uint32Array.of(0, 1, 3, 4, 4), neighbours: Uint32Array.of(1, 0, 2, 1) };
    expect(
      createGraph(4, [
        [2, 1],
        [0, 1],
      ]),
    ).toEqual(wanted);
    expect(createGraph(4, Uint32Array.of(1, 2, 1, 0))).toEqual(wanted);
    expect(
      createGraph(4, [
        [2, 1, 5],
        [0, 1, 3],
      ]),
    ).toEqual({ ...wanted, weights: Float64Array.of(3, 3, 5, 5) });
    expect(createGraph(0, [])).toEqual({ n: 0, offsets: Uint32Array.of(0), neighbours: new Uint32Array(0) });
  });

  test.each([
    [-1, [], RangeError, 'n must be a whole number from 0 below 2^32, got -1'],
    [3, 'ab', TypeError, 'edges must be an array of pairs or a Uint32Array'],
    [3, [[0, 3]], RangeError, 'edge 0 has node 3; nodes are whole numbers from 0 to 2'],
    [3, [[0, 1], [2]], RangeError, 'edge 1 has node undefined'],
    [3, [[1, 1]], RangeError, 'edge 0 goes from node 1 to itself'],
    [
      3,
      [
        [0, 1],
        [1, 0],
      ],
      RangeError,
      'the edge between nodes 0 and 1 is given twice',
    ],
    [
      3,
      Uint32Array.of(0, 1, 2),
      RangeError,
      'edges must be pairs of numbers, got an Uint32Array of length 3',
    ],
    [
      3,
      [
        [0, 1, 1],
        [1, 2],
      ],
      RangeError,
      'edge 1 has no weight, but edge 0 has one',
    ],
    [3, [[0, 1, 0]], RangeError, 'edge 0 has weight 0; weights must be positive and finite'],
  ] as unknown as [number, number[][], new () => Error, string][])(
    '%j, %j is refused',
    (n, edges, type, message) => {
      expect(() => createGraph(n, edges)).toThrow(type);
      expect(() => createGraph(n, edges)).toThrow(message);
    },
  );
});
