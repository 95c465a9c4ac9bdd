/** An input may be used again, or changed, as soon as a call has returned its promise; a large one is refused then. */
import { describe, expect, test } from 'vitest';
import * as coppice from '../../src/index.ts';
import { checkInputs, Inputs } from '../../src/runtime/memory/inputs.ts';
import { checkRequest } from '../../src/runtime/memory-request.ts';
import { assignSequences, encodeSequences, hammingGraph } from '../../src/sequences/index.ts';
import type { Matrix } from '../../src/types.ts';

/** Numbers that do not repeat. */
function fill<T extends Float32Array | Float64Array>(data: T): T {
  let x = 12345;
  for (let i = 0; i < data.length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    data[i] = (x % 100_003) / 997;
  }
  return data;
}
const matrix = (rows = 40, cols = 3): Matrix => ({ data: fill(new Float64Array(rows * cols)), rows, cols });
const lists = (rows = 40, cols = 3) => {
  const { data } = matrix(rows, cols);
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
};
const condensed = (n = 40) => fill(new Float64Array((n * (n - 1)) / 2));
const labels = (n = 40) => Int32Array.from({ length: n }, (_, i) => (i % 3) + 1);
const texts = () =>
  Array.from({ length: 60 }, (_, i) => `CAS${'ACDEFGHIKL'[i % 10]}${'MNPQRS'[i % 6]}EQY${'FWY'[i % 3]}`);
const tree = () => coppice.linkage(matrix(), { method: 'average' });

/** Overwrite all data of an argument, like a caller who reuses the buffers. */
function spoil(value: unknown): void {
  if (ArrayBuffer.isView(value)) (value as Float64Array).fill(7);
  else if (Array.isArray(value)) {
    value.forEach(spoil);
    if (typeof value[0] !== 'object') value.fill(typeof value[0] === 'string' ? 'AAA' : 7);
    value.length = Math.min(value.length, 5);
  } else if (value instanceof coppice.Model) return;
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(spoil);
}

function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return Array.isArray(value) ? 8 * value.length : ((value as Partial<Matrix>).data?.byteLength ?? 0);
}

async function all<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const part of parts) out.push(part);
  return out;
}

type Call = [name: string, args: () => unknown[] | Promise<unknown[]>, call: (...args: never[]) => unknown];
const { single, complete, average, weighted, centroid, median, ward } = coppice;
const { linkage, pdist, cdist, silhouette, kmeans, twoPass } = coppice;

const CALLS: Call[] = [
  ...Object.entries({ single, complete, average, weighted, centroid, median, ward }).flatMap(
    ([name, form]): Call[] => [
      [name, () => [matrix()], form],
      [`${name} of lists`, () => [lists()], form],
      [`${name} of distances`, () => [condensed()], form],
    ],
  ),
  ['linkage', () => [matrix()], linkage],
  ['linkage in order', () => [matrix(), { optimalOrdering: true, method: 'ward' }], linkage],
  ['linkage in linear memory', () => [matrix(), { method: 'ward', strategy: 'linear' }], linkage],
  ['linkage with weights', () => [matrix(), { metric: 'cityblock', w: [1, 2, 3] }], linkage],
  [
    'linkage by a function',
    () => [matrix(), { metric: (a: number[], b: number[]) => Math.abs(a[0] - b[0]) }],
    linkage,
  ],
  ['linkage, mahalanobis', () => [matrix(), { metric: 'mahalanobis' }], linkage],
  ['pdist', () => [matrix()], pdist],
  ['pdist of lists', () => [lists()], pdist],
  [
    'pdist, VI',
    () => [
      matrix(),
      'mahalanobis',
      {
        VI: [
          [1, 0, 0],
          [0, 2, 0],
          [0, 0, 3],
        ],
      },
    ],
    pdist,
  ],
  ['pdist, V', () => [matrix(), 'seuclidean', { V: Float64Array.of(1, 2, 3) }], pdist],
  ['pdist by a function', () => [matrix(), (a: number[], b: number[]) => Math.abs(a[0] - b[0])], pdist],
  ['cdist', () => [matrix(), matrix(7)], cdist],
  ['cdist of lists', () => [lists(), lists(9)], cdist],
  ['cdist by a function', () => [matrix(), matrix(7), (a: number[], b: number[]) => a[0] * b[0]], cdist],
  ['optimalLeafOrdering', async () => [await tree(), matrix()], coppice.optimalLeafOrdering],
  ['optimalLeafOrdering of distances', async () => [await tree(), condensed()], coppice.optimalLeafOrdering],
  ['fclusterdata', () => [matrix(), 3, { criterion: 'maxclust' }], coppice.fclusterdata],
  [
    'fclusterdata with R',
    async () => [matrix(), 1, { method: 'average', R: coppice.inconsistent(await tree(), 3) }],
    coppice.fclusterdata,
  ],
  ['kmeans', () => [matrix(), { k: 3 }], kmeans],
  ['kmeans of lists', () => [lists(), { k: 3 }], kmeans],
  ['kmeans from centroids', () => [matrix(), { k: 3, init: matrix(3) }], kmeans],
  ['vq', () => [matrix(), matrix(4)], coppice.vq],
  ['vq of lists', () => [lists(), lists(4)], coppice.vq],
  ['heatmap', () => [matrix(), { zScore: 'rows' }], coppice.heatmap],
  ['heatmap of lists', () => [lists(), { rowLabels: labels(), rowClusters: 3 }], coppice.heatmap],
  [
    'heatmap with strips',
    () => [matrix(), { rowStrips: [{ name: 'a', values: Array.from(labels(), String) }], rowTree: false }],
    coppice.heatmap,
  ],
  ['silhouette', () => [matrix(), labels()], silhouette],
  ['silhouette of lists', () => [lists(), Array.from(labels())], silhouette],
  ['silhouette of distances', () => [condensed(), labels()], silhouette],
  ['representatives', () => [matrix(), labels()], coppice.representatives],
  ['representatives of lists', () => [lists(), labels()], coppice.representatives],
  ['representatives of distances', () => [condensed(), labels()], coppice.representatives],
  ['describeClusters', () => [matrix(), labels()], coppice.describeClusters],
  ['daviesBouldin', () => [matrix(), labels()], coppice.daviesBouldin],
  ['calinskiHarabasz', () => [lists(), Array.from(labels())], coppice.calinskiHarabasz],
  ['twoPass', () => [matrix(), { clusters: 3 }], twoPass],
  ['twoPass of lists', () => [lists(), { clusters: 3 }], twoPass],
  [
    'twoPass, then labels',
    () => [matrix(), { clusters: 3, sample: 20 }],
    async (X: Matrix, options: coppice.TwoPassOptions) => {
      const fit = await twoPass(X, options);
      return fit.labels();
    },
  ],
  [
    'assign',
    () => [matrix(), matrix(4)],
    (X: Matrix, L: Matrix) =>
      all(coppice.assign(X, coppice.createModel({ leaders: L, labels: [1, 2, 3, 4] }))),
  ],
  [
    'mcl',
    async () => [await hammingGraph(texts(), { maxDistance: 2 })],
    (graph: coppice.Graph) => coppice.mcl(graph),
  ],
  ['hammingGraph', () => [texts(), { maxDistance: 2 }], hammingGraph],
  ['hammingGraph in groups', () => [texts(), { groups: texts().map((text) => text[4]) }], hammingGraph],
  ['encodeSequences', () => [texts()], encodeSequences],
  ['assignSequences', () => [texts(), { sequences: texts(), labels: labels(60) }], assignSequences],
  [
    'BatchClustering of vectors',
    () => [matrix(), matrix()],
    async (sample: Matrix, rows: Matrix) => {
      const store = coppice.memoryStore();
      const training = coppice.BatchClustering.train(sample, { store, k: 3 });
      spoil(sample);
      const batches = await training;
      const adding = batches.precluster(rows);
      spoil(rows);
      await adding;
      return batches.labels({ clusters: 2 });
    },
  ],
  [
    'BatchClustering of sequences',
    () => [texts(), texts()],
    async (sample: string[], rows: string[]) => {
      const store = coppice.memoryStore();
      const training = coppice.BatchClustering.train(sample, { store, k: 3 });
      spoil(sample);
      const batches = await training;
      const adding = batches.precluster(rows);
      spoil(rows);
      await adding;
      return batches.labels();
    },
  ],
];

/** What is compared of a result. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('sampleLabels' in value)) return value;
  const { model, linkage, sampleLabels, leaderRows } = value as coppice.TwoPass;
  return { model, linkage, sampleLabels, leaderRows };
}

describe('an input is used again as soon as the call has returned', () => {
  test.each(CALLS)('%s', async (name, args, call) => {
    const quiet = (list: unknown[]) => list;
    // Batches spoil their inputs themselves, when their own calls have returned.
    const own = name.startsWith('Batch');
    const right = await call(...(quiet(await args()) as never[]));
    const given = await args();
    const pending = call(...(given as never[]));
    if (!own) spoil(given);
    expect(plain(await pending)).toEqual(plain(right));
  });

  test('the calls above are all that return a promise', () => {
    const named = new Set(CALLS.map(([name]) => name.split(/[ ,]/)[0]));
    const asynchronous = Object.entries(coppice)
      .filter(([, value]) => typeof value === 'function' && value.constructor.name === 'AsyncFunction')
      .map(([name]) => name);
    expect(asynchronous.filter((name) => !named.has(name))).toEqual([]);
  });
});

describe('an input above 4 MB that changes while the call is pending is refused', () => {
  const rows = 600_000;
  const large = () => matrix(rows, 1);
  const many = () => Int32Array.from({ length: rows * 2 }, (_, i) => i % 3);
  const CHANGED = /was changed during the call/;
  const big: Call[] = [
    ['kmeans', () => [large(), { k: 2, maxIter: 2 }], kmeans],
    ['kmeans of lists', () => [lists(rows, 1), { k: 2, maxIter: 2 }], kmeans],
    ['vq', () => [large(), matrix(2, 1)], coppice.vq],
    ['daviesBouldin', () => [large(), many().subarray(0, rows)], coppice.daviesBouldin],
    ['calinskiHarabasz', () => [large(), many().subarray(0, rows)], coppice.calinskiHarabasz],
    ['twoPass', () => [large(), { clusters: 2, sample: 30 }], twoPass],
    ['cdist', () => [large(), matrix(1, 1)], cdist],
    ['linkage', () => [condensed(1100)], linkage],
    ['silhouette', () => [condensed(1100), labels(1100)], silhouette],
    [
      'assign',
      () => [large()],
      (X: Matrix) => all(coppice.assign(X, coppice.createModel({ leaders: [[1], [50]], labels: [1, 2] }))),
    ],
  ];
  test.each(big)('%s', async (_, args, call) => {
    const given = await args();
    const pending = call(...(given as never[])) as Promise<unknown>;
    if (Array.isArray(given[0])) for (const row of given[0]) row[0] = 7;
    else spoil(ArrayBuffer.isView(given[0]) ? given[0] : (given[0] as Matrix).data);
    await expect(pending).rejects.toThrow(CHANGED);
  });
});

describe('copies and the memory limit', () => {
  const quiet = { threads: 1 } as const;
  const CHANGED = /was changed during the call; up to 4 MB are copied, where memoryLimit has room/;

  /** The least limit within which a call is made. */
  async function leastOf(call: (memoryLimit: number) => Promise<unknown>): Promise<number> {
    const error = await call(1000).then(
      () => undefined,
      (e) => e,
    );
    expect(error).toBeInstanceOf(coppice.MemoryLimitError);
    await call(error.neededBytes);
    let [low, high] = [1000, error.neededBytes];
    // Where chunks adapt to the limit, less is enough.
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      await call(middle).then(
        () => (high = middle),
        () => (low = middle),
      );
    }
    return high;
  }

  const LIMITED: [string, () => unknown[], (...args: never[]) => Promise<unknown>][] = [
    ['pdist', () => [matrix(300, 40), 'euclidean'], pdist],
    ['pdist by a function', () => [matrix(300, 40), (a: number[], b: number[]) => a[0] - b[0]], pdist],
    ['cdist', () => [matrix(300, 40), matrix(30, 40), 'euclidean'], cdist],
    ['linkage', () => [matrix(300, 40)], linkage],
    ['linkage of distances', () => [condensed(300)], linkage],
    ['linkage of distances, by average', () => [condensed(300)], coppice.average],
    ['silhouette', () => [matrix(300, 40), labels(300)], silhouette],
    ['silhouette of distances', () => [condensed(300), labels(300)], silhouette],
    ['vq', () => [matrix(300, 40), matrix(5, 40)], coppice.vq],
    ['kmeans', () => [matrix(300, 40)], (X: Matrix, o: object) => kmeans(X, { k: 3, ...o })],
    [
      'twoPass',
      () => [matrix(300, 40)],
      (X: Matrix, o: object) => twoPass(X, { clusters: 3, stride: 1, ...o }),
    ],
    ['encodeSequences', () => [texts()], encodeSequences],
  ];
  test.each(LIMITED)(
    '%s: a copy that has no room is not kept, and a change is refused',
    async (name, args, call) => {
      const run = (given: unknown[], memoryLimit?: number) =>
        call(...([...given, { ...quiet, ...(memoryLimit && { memoryLimit }) }] as never[]));
      const least = await leastOf((limit) => run(args(), limit));
      const right = plain(await run(args()));
      // No room for a copy: the same result, and a buffer that is used again is noticed.
      expect(plain(await run(args(), least))).toEqual(right);
      const given = args();
      const pending = run(given, least);
      spoil(given[0]);
      await expect(pending).rejects.toThrow(CHANGED);
      // Room for it.
      const bytes = Math.max(...args().map((value) => bytesOf(value)));
      const again = args();
      const adapts = name === 'kmeans' || name === 'twoPass';
      const kept = run(again, (adapts ? 8 : 1) * least + args().length * bytes + 4096);
      spoil(again);
      expect(plain(await kept)).toEqual(right);
    },
  );

  test.each([
    ['pdist', pdist],
    ['linkage', linkage],
    [
      'optimalLeafOrdering',
      async (X: never, o: object) => coppice.optimalLeafOrdering(await coppice.single(matrix(400, 20)), X, o),
    ],
    ['vq', (X: never, o: object) => coppice.vq(X, matrix(3, 20), o)],
  ] as [string, (X: never, options: object) => Promise<unknown>][])(
    '%s of lists: what they are read to counts, and what is said to fit does',
    async (name, form) => {
      const call = (X: unknown, o: object) =>
        name === 'pdist'
          ? pdist(X as Matrix, 'euclidean', { ...quiet, ...o })
          : form(X as never, { ...quiet, ...o });
      const X = lists(400, 20);
      const least = await leastOf((memoryLimit) => call(X, { memoryLimit }));
      const plainly = await leastOf((memoryLimit) => call(matrix(400, 20), { memoryLimit }));
      expect(least - plainly).toBe(8 * 400 * 20);
      const error: Error = await call(X, { memoryLimit: Math.floor(least * 0.8) }).then(
        () => expect.fail('it fits'),
        (e) => e,
      );
      const most = Number(/(\d+) (rows|leaves)( at a time)? would fit/.exec(error.message)?.[1]);
      if (name === 'optimalLeafOrdering') return;
      await call(X.slice(0, most), { memoryLimit: Math.floor(least * 0.8) });
      // vq says what fits with batches as large as they are.
      if (name === 'vq') return;
      await expect(call(X.slice(0, most + 1), { memoryLimit: Math.floor(least * 0.8) })).rejects.toThrow(
        coppice.MemoryLimitError,
      );
    },
  );

  test('the engine is asked for what is left beside copies', () => {
    const inputs = new Inputs();
    const table = { data: new Float64Array(1000) };
    const given = table.data;
    inputs.hold(table, 'data');
    expect(table.data).not.toBe(given);
    const request = { linearBytes: 10_000, hostBytes: 2_000, limit: 20_000, what: 'it', wouldFit: 'less' };
    expect(checkRequest(request, inputs)).toBe(8000);
    expect(checkRequest({ ...request, limit: 19_999 }, inputs)).toBe(0);
    expect(table.data).toBe(given);
    checkInputs(inputs);
    given[0] = 1;
    expect(() => checkInputs(inputs)).toThrow(CHANGED);
  });
});
