/** NaN, given for a number of whatever public function, is refused in words that name the argument. */
import { afterAll, describe, expect, test } from 'vitest';
import * as coppice from '../../src/index.ts';
import * as plot from '../../src/plot/index.ts';
import * as sequences from '../../src/sequences/index.ts';
import * as sources from '../../src/sources/index.ts';

afterAll(() => coppice.close());

const X = [
  [0, 1],
  [1, 3],
  [2, 2],
  [5, 9],
  [6, 7],
  [6, 9],
];
const labels = [1, 1, 1, 2, 2, 2];
const y = await coppice.pdist(X);
const Z = await coppice.linkage(X);
const R = coppice.inconsistent(Z);
const graph = coppice.createGraph(3, [
  [0, 1],
  [1, 2],
]);
const records = ['CASSLGF', 'CASSLGY', 'CASSDGF'];
const source = () => sources.fromArray(X);
const replaced = (list: ArrayLike<number>, at: number) =>
  Float64Array.from(list, (x, i) => (i === at ? Number.NaN : x));

/** What is called, with which argument as NaN: a word of the message, and the call. */
const CALLS: [string, RegExp, (bad: number) => unknown][] = [
  ['fcluster t, inconsistent', /^t /, (bad) => coppice.fcluster(Z, bad)],
  ...(['distance', 'maxclust', 'monocrit', 'maxclust_monocrit'] as const).map(
    (criterion): (typeof CALLS)[number] => [
      `fcluster t, ${criterion}`,
      /^t /,
      (bad) =>
        coppice.fcluster(Z, bad, {
          criterion,
          ...(/monocrit/.test(criterion) && { monocrit: [1, 2, 3, 4, 5] }),
        }),
    ],
  ),
  ['fcluster depth', /^(d|depth) /, (bad) => coppice.fcluster(Z, 1, { depth: bad })],
  [
    'fcluster monocrit',
    /monocrit/,
    (bad) => coppice.fcluster(Z, 1, { criterion: 'monocrit', monocrit: [1, 2, bad, 4, 5] }),
  ],
  ['fclusterdata t', /^t /, (bad) => coppice.fclusterdata(X, bad)],
  ['fclusterdata depth', /^(d|depth) /, (bad) => coppice.fclusterdata(X, 1, { depth: bad })],
  ['inconsistent d', /^(d|depth) /, (bad) => coppice.inconsistent(Z, bad)],
  ['maxRstat i', /^i /, (bad) => coppice.maxRstat(Z, R, bad)],
  ['cutTree nClusters', /nClusters/, (bad) => coppice.cutTree(Z, { nClusters: bad })],
  ['cutTree nClusters, of several', /nClusters/, (bad) => coppice.cutTree(Z, { nClusters: [2, bad] })],
  ['cutTree height', /height/, (bad) => coppice.cutTree(Z, { height: bad })],
  ['elbow last', /last/, (bad) => coppice.elbow(Z, { last: bad })],
  ['dendrogram p', /^p /, (bad) => coppice.dendrogram(Z, { p: bad, truncateMode: 'level' })],
  ['dendrogram p, unused', /^p /, (bad) => coppice.dendrogram(Z, { p: bad })],
  ['dendrogram colorThreshold', /colorThreshold/, (bad) => coppice.dendrogram(Z, { colorThreshold: bad })],
  ['cophenet Y', /Y/, () => coppice.cophenet(Z, replaced(y, 3))],
  ['linkage distances', /rows 0 and 4/, () => coppice.linkage(replaced(y, 3))],
  [
    'linkage rows',
    /row 2, column 1/,
    (bad) => coppice.linkage(X.map((row, i) => (i === 2 ? [1, bad] : row))),
  ],
  ['linkage memoryLimit', /memoryLimit/, (bad) => coppice.linkage(X, { memoryLimit: bad })],
  ['linkage threads', /threads/, (bad) => coppice.linkage(X, { threads: bad })],
  ['linkage seed', /seed/, (bad) => coppice.linkage(X, { seed: bad })],
  ['linkage p', /^p /, (bad) => coppice.linkage(X, { metric: 'minkowski', p: bad })],
  ['linkage of a function', /NaN/, (bad) => coppice.linkage(X, { metric: () => bad })],
  ['pdist p', /^p /, (bad) => coppice.pdist(X, 'minkowski', { p: bad })],
  ['pdist w', /^w/, (bad) => coppice.pdist(X, 'euclidean', { w: [1, bad] })],
  ['pdist V', /^V/, (bad) => coppice.pdist(X, 'seuclidean', { V: [1, bad] })],
  [
    'pdist VI',
    /VI/,
    (bad) =>
      coppice.pdist(X, 'mahalanobis', {
        VI: [
          [1, bad],
          [0, 1],
        ],
      }),
  ],
  ['pdist memoryLimit', /memoryLimit/, (bad) => coppice.pdist(X, 'euclidean', { memoryLimit: bad })],
  ['cdist p', /^p /, (bad) => coppice.cdist(X, X, 'minkowski', { p: bad })],
  ['optimalLeafOrdering', /rows 0 and 4/, () => coppice.optimalLeafOrdering(Z, replaced(y, 3))],
  [
    'isValidDm tol',
    /tol/,
    (bad) =>
      coppice.isValidDm(
        [
          [0, 1],
          [1, 0],
        ],
        { tol: bad },
      ),
  ],
  ['silhouette sample', /sample/, (bad) => coppice.silhouette(X, labels, { sample: bad })],
  ['silhouette labels', /labels\[1\]/, (bad) => coppice.silhouette(X, [1, bad, 1, 2, 2, 2])],
  ['silhouette distances', /infinite or NaN/, () => coppice.silhouette(replaced(y, 3), labels)],
  ['daviesBouldin labels', /labels\[1\]/, (bad) => coppice.daviesBouldin(X, [1, bad, 1, 2, 2, 2])],
  [
    'daviesBouldin rows',
    /row 2/,
    (bad) =>
      coppice.daviesBouldin(
        X.map((row, i) => (i === 2 ? [1, bad] : row)),
        labels,
      ),
  ],
  [
    'calinskiHarabasz rows',
    /row 2/,
    (bad) =>
      coppice.calinskiHarabasz(
        X.map((row, i) => (i === 2 ? [1, bad] : row)),
        labels,
      ),
  ],
  ['adjustedRand', /\[1\]/, (bad) => coppice.adjustedRand([1, bad, 1, 2, 2, 2], labels)],
  [
    'adjustedMutualInformation',
    /\[1\]/,
    (bad) => coppice.adjustedMutualInformation([1, bad, 1, 2, 2, 2], labels),
  ],
  ['clusterQuality none', /none/, (bad) => coppice.clusterQuality(labels, labels, { none: bad })],
  ['isIsomorphic', /NaN|\[1\]/, (bad) => coppice.isIsomorphic([1, bad, 1], [1, 1, 1])],
  [
    'vq rows',
    /row 2/,
    (bad) =>
      coppice.vq(
        X.map((row, i) => (i === 2 ? [1, bad] : row)),
        X,
      ),
  ],
  [
    'vq centroids',
    /row 2/,
    (bad) =>
      coppice.vq(
        X,
        X.map((row, i) => (i === 2 ? [1, bad] : row)),
      ),
  ],
  ['whiten', /row 2/, (bad) => coppice.whiten(X.map((row, i) => (i === 2 ? [1, bad] : row)))],
  ['createGraph n', /^n /, (bad) => coppice.createGraph(bad, [])],
  ['createGraph edges', /edge 0/, (bad) => coppice.createGraph(2, [[0, bad]])],
  ['createGraph weight', /weight/, (bad) => coppice.createGraph(2, [[0, 1, bad]])],
  ...(['expansion', 'inflation', 'maxIterations', 'pruning'] as const).map((name): (typeof CALLS)[number] => [
    `mcl ${name}`,
    new RegExp(name),
    (bad) => coppice.mcl(graph, { [name]: bad }),
  ]),
  ['adviseSample fittingSize', /fittingSize/, (bad) => coppice.adviseSample({ fittingSize: bad })],
  [
    'adviseSample clusterSize',
    /clusterSize/,
    (bad) => coppice.adviseSample({ fittingSize: 100, clusterSize: bad }),
  ],
  ...(['nInit', 'maxIter', 'tol', 'sample', 'batchRows', 'chunkRows', 'seed'] as const).map(
    (name): (typeof CALLS)[number] => [
      `kmeans ${name}`,
      new RegExp(name),
      (bad) => coppice.kmeans(X, { k: 2, [name]: bad }),
    ],
  ),
  ['kmeans k', /^k /, (bad) => coppice.kmeans(X, { k: bad })],
  ...(['stride', 'sample', 'chunkRows', 'memoryLimit', 'threads', 'seed'] as const).map(
    (name): (typeof CALLS)[number] => [
      `twoPass ${name}`,
      new RegExp(name),
      (bad) => coppice.twoPass(source(), { clusters: 2, [name]: bad }),
    ],
  ),
  ['twoPass clusters', /clusters/, (bad) => coppice.twoPass(source(), { clusters: bad })],
  ['twoPass distance', /distance/, (bad) => coppice.twoPass(source(), { clusters: { distance: bad } })],
  [
    'twoPass inconsistent',
    /inconsistent/,
    (bad) => coppice.twoPass(source(), { clusters: { inconsistent: bad } }),
  ],
  [
    'twoPass depth',
    /depth/,
    (bad) => coppice.twoPass(source(), { clusters: { inconsistent: 1, depth: bad } }),
  ],
  [
    'twoPass perCluster',
    /perCluster/,
    (bad) => coppice.twoPass(source(), { clusters: 2, leaders: { perCluster: bad } }),
  ],
  ['plan rows', /rows/, (bad) => coppice.plan({ rows: bad, cols: 2, dtype: 'f4' }, { clusters: 2 })],
  ['plan cols', /cols/, (bad) => coppice.plan({ rows: 9, cols: bad, dtype: 'f4' }, { clusters: 2 })],
  ['createModel', /row 0, column 1/, (bad) => coppice.createModel({ leaders: [[1, bad]], labels: [1] })],
  ['dendrogramSvg width', /width/, (bad) => plot.dendrogramSvg(Z, { width: bad })],
  ['dendrogramSvg annotateAbove', /annotateAbove/, (bad) => plot.dendrogramSvg(Z, { annotateAbove: bad })],
  ['dendrogramSvg maxD', /maxD/, (bad) => plot.dendrogramSvg(Z, { maxD: bad })],
  ['dendrogramSvg maxD, of several', /maxD/, (bad) => plot.dendrogramSvg(Z, { maxD: [1, bad] })],
  ['dendrogramSvg leafFontSize', /leafFontSize/, (bad) => plot.dendrogramSvg(Z, { leafFontSize: bad })],
  ['dendrogramSvg leafRotation', /leafRotation/, (bad) => plot.dendrogramSvg(Z, { leafRotation: bad })],
  ['elbowSvg height', /height/, (bad) => plot.elbowSvg(Z, { height: bad })],
  ['scatterSvg maxPoints', /maxPoints/, (bad) => plot.scatterSvg(X, labels, { maxPoints: bad })],
  ['scatterSvg pointSize', /pointSize/, (bad) => plot.scatterSvg(X, labels, { pointSize: bad })],
  ['scatterSvg opacity', /opacity/, (bad) => plot.scatterSvg(X, labels, { opacity: bad })],
  [
    'scatterSvg rows',
    /row 0/,
    (bad) =>
      plot.scatterSvg(
        [
          [bad, 1],
          [2, 3],
        ],
        [1, 2],
      ),
  ],
  [
    'principalComponents',
    /./,
    (bad) =>
      plot.principalComponents([
        [bad, 1],
        [2, 3],
      ]),
  ],
  ['clusterColor', /label|NaN/, (bad) => plot.clusterColor(bad)],
  ['hammingGraph distance', /distance/, (bad) => sequences.hammingGraph(records, { distance: bad } as never)],
  ['encodeSequences length', /length/, (bad) => sequences.encodeSequences(records, { length: bad })],
  [
    'report cutoff',
    /cutoff/,
    (bad) => sequences.report([Uint32Array.of(0, 1)], records as never, { cutoff: bad }),
  ],
];

describe('NaN for a number is refused', () => {
  test.each(CALLS)('%s', async (_, words, call) => {
    let error: unknown;
    try {
      await call(Number.NaN);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(Error);
    expect((error as { code?: string }).code).toMatch(/^ERR_(RANGE|TYPE|BAD_ROW)$/);
    expect((error as Error).message).toMatch(words);
  });

  test('by readers of chunks', async () => {
    for (const option of ['stride', 'start', 'end'] as const) {
      await expect(async () => {
        for await (const _ of source().chunks({ chunkRows: 2, [option]: Number.NaN })) {
        }
      }).rejects.toThrow(new RegExp(option));
    }
    await expect(async () => {
      for await (const _ of source().chunks({ chunkRows: Number.NaN })) {
      }
    }).rejects.toThrow(/chunkRows/);
  });
});
