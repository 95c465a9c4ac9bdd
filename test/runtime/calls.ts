/** The long calls of the package, small, for tests of what all of them do alike. */

import { receptors } from '../../bench/receptors.mjs';
import * as api from '../../src/index.ts';
import * as sequenceApi from '../../src/sequences/index.ts';
import * as sources from '../../src/sources/index.ts';
import type { Run } from '../../src/types.ts';
import { scatteredRows } from '../scattered-rows.ts';

const rowsOf = (rows: number, cols = 6) => scatteredRows(rows, cols, { type: Float32Array });
/** The same, without saying how many. */
const unknown = (rows: number) => {
  const { data, cols } = rowsOf(rows);
  function* blocks() {
    for (let at = 0; at < data.length; at += 100 * cols) yield data.subarray(at, at + 100 * cols);
  }
  return sources.fromIterable(blocks, { cols, dtype: 'f4' });
};
const condensed = Float64Array.from({ length: (1200 * 1199) / 2 }, (_, i) => ((i * 2654435761) >>> 8) + 1);
const labels = (n: number) => Int32Array.from({ length: n }, (_, i) => i % 7);
const texts = receptors(1200, 5);
const drain = async (iterable: AsyncIterable<unknown>) => {
  for await (const item of iterable) if (item === undefined) return;
};
/** Batches that are trained and filled once, for calls that only read them. */
async function filled(data: ReturnType<typeof rowsOf> | string[]): Promise<api.BatchClustering> {
  const found = await api.BatchClustering.train(data as never, {
    k: 4,
    store: api.memoryStore(),
    threads: 1,
  });
  await found.precluster(data as never, { name: 'a' });
  return found;
}
let vectors: Promise<api.BatchClustering> | undefined;
let sequences: Promise<api.BatchClustering> | undefined;
const ofVectors = () => (vectors ??= filled(rowsOf(1500)));
const ofSequences = () => (sequences ??= filled(texts));

export type Call = (run: Run) => Promise<unknown>;
/** Each call with the phases that it goes through. */
export const CALLS: Record<string, [Call, string[]]> = {
  pdist: [(run) => api.pdist(rowsOf(1500), 'euclidean', run), ['distances']],
  'pdist of a function': [(run) => api.pdist(rowsOf(200), (u, v) => u[0] - v[0], run), ['distances']],
  cdist: [(run) => api.cdist(rowsOf(2000), rowsOf(500), 'cosine', run), ['distances']],
  'linkage single': [(run) => api.linkage(rowsOf(1500), run), ['distances', 'linkage']],
  'linkage ward': [(run) => api.linkage(rowsOf(1500), { method: 'ward', ...run }), ['distances', 'linkage']],
  'linkage in linear memory': [
    (run) => api.linkage(rowsOf(1500), { method: 'ward', strategy: 'linear', ...run }),
    ['distances', 'linkage'],
  ],
  'linkage of a function': [
    (run) =>
      api.linkage(rowsOf(150), {
        metric: (u, v) => Math.abs(u[0] - v[0]),
        ...run,
      }),
    ['distances', 'linkage'],
  ],
  'linkage in order': [
    (run) => api.linkage(rowsOf(300), { method: 'average', optimalOrdering: true, ...run }),
    ['distances', 'linkage', 'distances', 'ordering'],
  ],
  optimalLeafOrdering: [
    async (run) => {
      const X = rowsOf(300);
      return api.optimalLeafOrdering(await api.linkage(X, { method: 'average' }), X, run);
    },
    ['distances', 'ordering'],
  ],
  fclusterdata: [
    (run) => api.fclusterdata(rowsOf(700), 3, { criterion: 'maxclust', ...run }),
    ['distances', 'linkage'],
  ],
  kmeans: [
    (run) => api.kmeans(rowsOf(1000), { k: 8, ...run }),
    ['read', 'survey', 'init', 'iterate', 'label'],
  ],
  'kmeans several times': [
    (run) => api.kmeans(rowsOf(1000), { k: 8, init: 'random', nInit: 3, ...run }),
    ['read', 'survey', 'iterate', 'label'],
  ],
  'kmeans of a sample': [
    (run) => api.kmeans(rowsOf(1000), { k: 8, sample: 500, ...run }),
    ['read', 'survey', 'init', 'iterate', 'label'],
  ],
  'kmeans, of nobody knows how many rows': [
    (run) => api.kmeans(unknown(1000), { k: 8, ...run }),
    ['count', 'read', 'survey', 'init', 'iterate', 'label'],
  ],
  'kmeans in mini-batches': [
    (run) => api.kmeans(rowsOf(2000), { k: 8, miniBatch: true, maxIter: 2, ...run }),
    ['read', 'survey', 'init', 'iterate', 'label'],
  ],
  vq: [(run) => api.vq(rowsOf(5000), rowsOf(9), run), ['vq']],
  silhouette: [(run) => api.silhouette(rowsOf(1500), labels(1500), run), ['silhouette']],
  'silhouette of distances': [(run) => api.silhouette(condensed, labels(1200), run), ['silhouette']],
  describeClusters: [(run) => api.describeClusters(rowsOf(3000), labels(3000), run), ['index']],
  representatives: [
    (run) => api.representatives(rowsOf(1500), labels(1500), run),
    ['read', 'representatives'],
  ],
  'representatives nearest to means': [
    (run) => api.representatives(rowsOf(1500), labels(1500), { pick: 'nearest', ...run }),
    ['means', 'representatives'],
  ],
  'representatives by distances': [
    (run) => api.representatives(condensed, labels(1200), run),
    ['representatives'],
  ],
  heatmap: [(run) => api.heatmap(rowsOf(300), run), ['distances', 'linkage', 'distances', 'linkage']],
  daviesBouldin: [(run) => api.daviesBouldin(rowsOf(3000), labels(3000), run), ['index']],
  calinskiHarabasz: [(run) => api.calinskiHarabasz(rowsOf(3000), labels(3000), run), ['index']],
  twoPass: [
    (run) => api.twoPass(rowsOf(4000), { clusters: 4, stride: 3, ...run }),
    ['sample', 'distances', 'linkage', 'leaders'],
  ],
  'twoPass by profiles': [
    (run) => api.twoPass(rowsOf(2000), { clusters: 4, sample: 400, profiles: true, ...run }),
    ['sample', 'distances', 'profiles', 'linkage', 'leaders'],
  ],
  'twoPass in linear memory': [
    (run) =>
      api.twoPass(rowsOf(4000), { clusters: 4, sample: 1500, method: 'ward', strategy: 'linear', ...run }),
    ['sample', 'distances', 'linkage', 'leaders'],
  ],
  'labels of twoPass': [
    async (run) => (await api.twoPass(rowsOf(4000), { clusters: 4, stride: 3, ...run })).labels(),
    ['sample', 'distances', 'linkage', 'leaders', 'assign'],
  ],
  assign: [
    (run) => {
      const model = api.createModel({ leaders: rowsOf(20), labels: labels(20), metric: 'euclidean' });
      return drain(api.assign(rowsOf(20_000), model, run));
    },
    ['assign'],
  ],
  'assign, of nobody knows how many rows': [
    (run) => {
      const model = api.createModel({ leaders: rowsOf(20), labels: labels(20), metric: 'euclidean' });
      return drain(api.assign(unknown(3000), model, run));
    },
    ['assign'],
  ],
  hammingGraph: [(run) => sequenceApi.hammingGraph(texts, run), ['repeats', 'graph']],
  assignSequences: [
    (run) =>
      sequenceApi.assignSequences(texts.slice(0, 300), { sequences: texts, labels: labels(1200) }, run),
    ['repeats', 'graph', 'assign'],
  ],
  encodeSequences: [(run) => sequenceApi.encodeSequences(texts, run), ['vectors']],
  report: [(run) => sequenceApi.report(labels(1200), texts, run), ['report']],
  readSequences: [
    (run) => sequenceApi.readSequences(new TextEncoder().encode(`${texts.join('\n')}\n`), run),
    ['read'],
  ],
  mcl: [async (run) => api.mcl(await sequenceApi.hammingGraph(texts), run), ['clusters']],
  'train batches': [
    (run) => api.BatchClustering.train(rowsOf(1000), { k: 4, store: api.memoryStore(), ...run }),
    ['read', 'survey', 'init', 'iterate', 'label'],
  ],
  'precluster a batch': [
    async (run) => {
      const found = await api.BatchClustering.train(rowsOf(3000), { k: 4, store: api.memoryStore() });
      await found.precluster(rowsOf(3000), { name: 'a', ...run });
      await found.close();
    },
    ['precluster'],
  ],
  'labels of batches': [async (run) => (await ofVectors()).labels({ clusters: 2, ...run }), ['clusters']],
  'labels of batches of sequences': [
    async (run) => (await ofSequences()).labels({ inflation: 1.4, ...run }),
    ['edges', 'mcl', 'clusters'],
  ],
  edgesKept: [async (run) => (await ofSequences()).edgesKept({ sample: 500, ...run }), ['edges']],
  clusterMatrix: [async (run) => (await ofVectors()).clusterMatrix({ clusters: 2, ...run }), ['clusters']],
};

/** Those that are short, or whose time is their reader's. */
export const SHORT = [
  ...['BadRowError', 'BatchClustering', 'ClusterMatrix', 'ClusterNode', 'DisjointSet', 'FormatError'],
  ...[
    'MemoryLimitError',
    'Model',
    'PlatformError',
    'StoreError',
    'adjustedMutualInformation',
    'adjustedRand',
  ],
  ...[
    'adviseSample',
    'clusterQuality',
    'close',
    'configure',
    'cophenet',
    'correspond',
    'createGraph',
    'createModel',
  ],
  ...[
    'cutTree',
    'dendrogram',
    'elbow',
    'fcluster',
    'folderStore',
    'fromMlabLinkage',
    'inconsistent',
    'isIsomorphic',
  ],
  ...[
    'isMonotonic',
    'isValidDm',
    'isValidIm',
    'isValidLinkage',
    'isValidY',
    'leaders',
    'leavesList',
    'maxRstat',
  ],
  ...['maxdists', 'maxinconsts', 'memoryStore', 'numObsDm', 'numObsLinkage', 'numObsY', 'opfsStore', 'plan'],
  ...['crossTable', 'members', 'toNewick', 'fromNewick', 'toHierarchy', 'rotate', 'prune'],
  ...['setLinkColorPalette', 'squareform', 'toMlabLinkage', 'toTree', 'whiten'],
  ...[
    'fromArray',
    'fromIterable',
    'open',
    'readMatrix',
    'readDistances',
    'inspect',
    'prepare',
    'transpose',
    'join',
    'toMatrix',
    'labelSink',
    'npyMatrix',
    'openSequences',
    'propertyValues',
  ],
  ...['circularDendrogramSvg', 'heatmapSvg', 'toPng'],
  ...['clusterColor', 'dendrogramSvg', 'elbowSvg', 'principalComponents', 'scatterSvg'],
  // `linkage` with a method.
  ...['average', 'centroid', 'complete', 'median', 'single', 'ward', 'weighted'],
];
