import { describe, expect, test } from 'vitest';
import {
  assign,
  BatchClustering,
  cdist,
  clusterQuality,
  createModel,
  cutTree,
  dendrogram,
  elbow,
  fcluster,
  fclusterdata,
  fromNewick,
  kmeans,
  linkage,
  mcl,
  memoryStore,
  optimalLeafOrdering,
  pdist,
  plan,
  silhouette,
  squareform,
  toNewick,
  toTree,
  twoPass,
  ward,
} from '../../src/index.ts';
import { dendrogramSvg, elbowSvg, scatterSvg } from '../../src/plot/index.ts';
import {
  assignSequences,
  encodeSequences,
  hammingGraph,
  openSequences,
  readSequences,
  report,
} from '../../src/sequences/index.ts';
import { readMatrix } from '../../src/sources/index.ts';

const X = [
  [0, 0],
  [0, 1],
  [5, 5],
  [5, 6],
  [9, 9],
];
const Z = await linkage(X, { method: 'ward' });
const shape = { rows: 100, cols: 2, dtype: 'f4' as const };
const model = createModel({ leaders: [[0, 0]], labels: [1] });

/** Each call with the given options. They are typed `never`, since wrong options are what is tested. */
const CALLS: Record<string, (options: never) => unknown> = {
  linkage: (o) => linkage(X, o),
  ward: (o) => ward(X, o),
  pdist: (o) => pdist(X, 'euclidean', o),
  cdist: (o) => cdist(X, X, 'euclidean', o),
  fcluster: (o) => fcluster(Z, 1, o),
  fclusterdata: (o) => fclusterdata(X, 1, o),
  cutTree: (o) => cutTree(Z, o),
  dendrogram: (o) => dendrogram(Z, o),
  elbow: (o) => elbow(Z, o),
  toNewick: (o) => toNewick(Z, undefined, o),
  fromNewick: (o) => fromNewick('(a:1,b:1);', o),
  toTree: (o) => toTree(Z, o),
  optimalLeafOrdering: (o) => optimalLeafOrdering(Z, X, o),
  silhouette: (o) => silhouette(X, [1, 1, 2, 2, 2], o),
  mcl: (o) => mcl({ n: 0, offsets: Uint32Array.of(0), neighbours: new Uint32Array() }, o),
  twoPass: (o) => twoPass(X, o),
  plan: (o) => plan(shape, o),
  kmeans: (o) => kmeans(X, o),
  assign: (o) => assign(X, model, o),
  train: (o) => BatchClustering.train(X, o),
  dendrogramSvg: (o) => dendrogramSvg(Z, o),
  scatterSvg: (o) => scatterSvg(X, [1, 1, 2, 2, 2], o),
  elbowSvg: (o) => elbowSvg(Z, o),
  hammingGraph: (o) => hammingGraph(['CASS'], o),
  report: (o) => report([], [], o),
  readSequences: (o) => readSequences(['CASS'], o),
  encodeSequences: (o) => encodeSequences(['CASS'], o),
  assignSequences: (o) => assignSequences(['CASS'], { sequences: ['CAST'], labels: Int32Array.of(1) }, o),
  openSequences: (o) => openSequences(new Blob(['CASS\n']), o),
  createModel: (o) => createModel(o),
  squareform: (o) => squareform(Float64Array.of(1, 2, 3), o),
  clusterQuality: (o) => clusterQuality([1, 1], ['a', 'b'], o),
};

async function fault(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

/** What calls need, so that nothing but the unknown option is wrong. */
const NEEDED: Record<string, object> = {
  twoPass: { clusters: 2 },
  plan: { clusters: 2 },
  kmeans: { k: 2 },
  train: { k: 1, store: memoryStore() },
  createModel: { leaders: [[0, 0]], labels: [1] },
};

describe.each(Object.keys(CALLS))('%s', (name) => {
  test('refuses an option that it does not have', async () => {
    const options = { ...NEEDED[name], zweck: 1 } as never;
    const error = await fault(() => CALLS[name](options));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/has no option 'zweck'/);
    expect((error as { code?: string }).code).toBe('ERR_TYPE');
  });

  test.each([
    ['a string', 'ward'],
    ['a number', 3],
    ['null', null],
    ['an array', [1]],
  ])('refuses %s for its options', async (_what, options) => {
    const error = await fault(() => CALLS[name](options as never));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/options.* must be an object/);
  });

  test('takes the options of a run where it is a long call', async () => {
    const sync = [
      'fcluster',
      'cutTree',
      'dendrogram',
      'elbow',
      'toNewick',
      'fromNewick',
      'toTree',
      'dendrogramSvg',
      'scatterSvg',
      'elbowSvg',
      'openSequences',
      'createModel',
      'squareform',
      'clusterQuality',
    ];
    if (sync.includes(name)) return;
    const options = { ...NEEDED[name], memoryLimit: '1GB', threads: 1, seed: 1, onProgress: () => {} };
    expect(await fault(() => CALLS[name](options as never))).not.toBeInstanceOf(Error);
  });
});

test.each([
  ['linkage', { methd: 'ward' }, 'method'],
  ['dendrogramSvg', { truncate_mode: 'lastp' }, 'truncateMode'],
  ['dendrogramSvg', { label: ['a'] }, 'labels'],
  ['dendrogram', { color_threshold: 3 }, 'colorThreshold'],
  ['cutTree', { n_clusters: 3 }, 'nClusters'],
  ['kmeans', { k: 2, max_iter: 3 }, 'maxIter'],
  ['twoPass', { clusters: 2, memory: '1GB' }, 'memoryLimit'],
])('%s of %o asks whether %s was meant', async (name, options, meant) => {
  const error = (await fault(() => CALLS[name](options as never))) as Error;
  expect(error.message).toContain(`did you mean '${meant}'?`);
});

test('a number of leaders and a height beside clusters are not passed over', async () => {
  const leaders = (await fault(() => twoPass(X, { clusters: 2, leaders: 3 } as never))) as Error;
  expect(leaders.message).toBe('options of leaders must be an object such as { perCluster: 2 }, got 3');
  const height = (await fault(() => twoPass(X, { clusters: 2, distance: 3 } as never))) as Error;
  expect(height.message).toBe('distance must be given within clusters: { clusters: { distance: 3 } }');
  const cut = (await fault(() =>
    twoPass(X, { clusters: { distance: 3, inconsistent: 2 } } as never),
  )) as Error;
  expect(cut.message).toContain('clusters must be a number, {distance} or {inconsistent, depth}');
});

test('what is no table of vectors is told what to do', async () => {
  const messages = await Promise.all(
    [[1, 2, 3], 'x.npy', { chunks() {}, cols: 2 }].map((input) => fault(() => linkage(input as never))),
  );
  expect((messages[0] as Error).message).toContain('write rows of one number as [[1], [2], [3]]');
  expect((messages[1] as Error).message).toContain('to read a file, use readMatrix(await open(...))');
  expect((messages[2] as Error).message).toContain('reads all rows');
});

test('rows may be read-only and typed', async () => {
  const frozen: readonly (readonly number[])[] = Object.freeze(X.map((row) => Object.freeze(row)));
  expect(await linkage(frozen, { method: 'ward' })).toEqual(Z);
  const typed = X.map((row) => Float32Array.from(row));
  expect(await linkage(typed, { method: 'ward' })).toEqual(Z);
  await expect(readMatrix('x.npy' as never)).rejects.toThrow('source must be what open() gives');
});

test.each([
  [
    'cosine',
    [
      [0, 0],
      [0, 1],
      [5, 5],
    ],
    'a row of zeros has no direction',
  ],
  [
    'correlation',
    [
      [1, 1],
      [2, 3],
      [3, 1],
    ],
    'a row of equal numbers has no correlation',
  ],
  [
    'seuclidean',
    [
      [1, 1],
      [1, 3],
      [1, 2],
    ],
    'a column of equal numbers has no variance',
  ],
] as const)('rows without a distance by %s: the error says why', async (metric, rows, why) => {
  const error = (await fault(() => linkage(rows, { method: 'average', metric }))) as Error;
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toContain('the distance between rows 0 and 1 is NaN');
  expect(error.message).toContain(why);
});
