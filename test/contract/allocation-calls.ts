/** Calls of the package, small, each with inputs that are made beforehand: what allocates in them is the package's own. */

import { gzipSync } from 'node:zlib';
import { receptors } from '../../bench/receptors.mjs';
import * as api from '../../src/index.ts';
import * as plots from '../../src/plot/index.ts';
import * as sequenceApi from '../../src/sequences/index.ts';
import * as sinks from '../../src/sinks/index.ts';
import * as sources from '../../src/sources/index.ts';
import { scatteredRows } from '../scattered-rows.ts';
import { fixture } from '../sources/help.ts';

const ROWS = 120;

const rowsOf = (rows: number, cols = 4) => scatteredRows(rows, cols);

const X = rowsOf(ROWS);
const few = rowsOf(9);
const lists = Array.from({ length: ROWS }, (_, i) => [...X.data.subarray(4 * i, 4 * i + 4)]);
const singles = scatteredRows(ROWS, 4, { type: Float32Array });
const condensed = Float64Array.from(
  { length: (ROWS * (ROWS - 1)) / 2 },
  (_, i) => ((i * 2654435761) >>> 8) + 1,
);
const labels = Int32Array.from({ length: ROWS }, (_, i) => i % 7);
/** Half of them differ from another by one letter. */
const texts = receptors(75, 5).flatMap((text: string) => [text, `${text.slice(0, 3)}W${text.slice(4)}`]);
const kinds = Int32Array.from(texts, (_, i) => i % 7);
const lines = new TextEncoder().encode(`${texts.join('\n')}\n`);
const Z = await api.linkage(X, { method: 'average', threads: 1 });
const squareZ = await api.squareform(condensed);
const R = api.inconsistent(Z);
const newick = api.toNewick(Z);
const flat = api.fcluster(Z, 5, { criterion: 'maxclust' });
const graph = await sequenceApi.hammingGraph(texts, { threads: 1 });
const edges = Uint32Array.from({ length: 2 * ROWS }, (_, i) =>
  i % 2 === 0 ? i >> 1 : ((i >> 1) + 3) % ROWS,
);
const model = api.createModel({ leaders: few, labels: labels.subarray(0, 9), metric: 'euclidean' });
const saved = model.save();
const rows300 = rowsOf(300);
const big = scatteredRows(3000, 8, { type: Float32Array });

const one = { threads: 1 } as const;
const two = { threads: 2 } as const;

async function all(chunks: AsyncIterable<unknown>): Promise<unknown[]> {
  const out = [];
  for await (const chunk of chunks) out.push(chunk);
  return out;
}

/** Rows of a source, whole. */
async function read(input: sources.OpenInput, options: sources.OpenOptions = {}) {
  const source = await sources.open(input, { onWarning: () => {}, ...options });
  try {
    return { cols: source.cols, chunks: await all(source.chunks({ chunkRows: 50 })) };
  } finally {
    await (source as { close?(): Promise<void> }).close?.();
  }
}

async function batches(data: unknown, how: object) {
  const store = api.memoryStore();
  const found = await api.BatchClustering.train(data as never, { k: 3, store, ...one });
  try {
    await found.precluster(data as never, { name: 'a' });
    return await found.labels(how as never);
  } finally {
    await found.close();
  }
}

const runStore = api.memoryStore();
const running = await api.BatchClustering.train(X, { k: 3, store: runStore, ...one });
for (const name of ['a', 'b']) await running.precluster(X, { name });
await running.close();

const csv = new TextEncoder().encode(`x,y\n${lists.map(([x, y]) => `${x},${y}`).join('\n')}\n`);
const jsonl = new TextEncoder().encode(lists.map((row) => JSON.stringify(row)).join('\n'));
const npy = Uint8Array.from(sinks.npyMatrix(X.data, 4));
const npyBlob = new Blob([npy]);
const csvBlob = new Blob([csv]);
const table = { columns: ['f32', 'i32'] };

/** @param folder where the readers' files are: nothing may be left there. */
export function callsOf(
  put: (name: string, bytes: Uint8Array) => string,
  h5: string,
): Record<string, () => unknown> {
  const npyPath = put('x.npy', npy);
  const csvPath = put('x.csv', csv);
  const jsonlPath = put('x.jsonl', jsonl);
  const gzPath = put('x.csv.gz', gzipSync(csv));
  const calls: Record<string, () => unknown> = {
    pdist: () => api.pdist(X, 'euclidean', one),
    'pdist of lists, 2 threads': () => api.pdist(lists, 'cosine', two),
    'pdist of a function': () => api.pdist(few, (u, v) => u[0] - v[0], one),
    'pdist, mahalanobis': () => api.pdist(X, 'mahalanobis', one),
    'pdist, large, 2 threads': () => api.pdist(big, 'euclidean', two),
    'pdist in memory that grows': async () => {
      await api.pdist(few, 'euclidean', one);
      return api.pdist(rows300, 'euclidean', one);
    },
    cdist: () => api.cdist(X, few, 'cityblock', one),
    'cdist of a function': () => api.cdist(X, few, (u, v) => u[0] - v[0], one),
    'squareform of a vector': () => api.squareform(condensed),
    'squareform of a matrix': () => api.squareform(squareZ as never),
    isValidDm: () => api.isValidDm(squareZ as never),
    'linkage in order': () => api.linkage(X, { method: 'average', optimalOrdering: true, ...one }),
    'linkage of distances': () => api.linkage(condensed, { method: 'complete', ...one }),
    'linkage of singles': () => api.linkage(singles, { method: 'single', ...one }),
    'linkage of a function': () => api.linkage(few, { metric: (u, v) => Math.abs(u[0] - v[0]), ...one }),
    'linkage in linear memory': () => api.linkage(X, { method: 'ward', strategy: 'linear', ...one }),
    'linkage by a matrix': () => api.linkage(X, { method: 'ward', strategy: 'matrix', ...one }),
    'single linkage in linear memory': () => api.linkage(X, { method: 'single', strategy: 'linear', ...one }),
    optimalLeafOrdering: () => api.optimalLeafOrdering(Z, X, one),
    'optimalLeafOrdering of distances': () => api.optimalLeafOrdering(Z, condensed, one),
    toNewick: () => api.toNewick(Z),
    fromNewick: () => api.fromNewick(newick),
    toHierarchy: () => api.toHierarchy(Z),
    rotate: () => api.rotate(Z, { order: api.leavesList(Z) }),
    prune: () => api.prune(Z, 5),
    'fcluster, distance': () => api.fcluster(Z, 300, { criterion: 'distance' }),
    'fcluster, maxclust': () => api.fcluster(Z, 5, { criterion: 'maxclust' }),
    'fcluster, inconsistent': () => api.fcluster(Z, 1, { criterion: 'inconsistent' }),
    fclusterdata: () => api.fclusterdata(X, 3, { criterion: 'maxclust', ...one }),
    cutTree: () => api.cutTree(Z, { nClusters: [2, 5] }),
    cophenet: () => api.cophenet(Z),
    'cophenet against distances': () => api.cophenet(Z, condensed),
    correspond: () => api.correspond(Z, condensed),
    leaders: () => api.leaders(Z, flat),
    leavesList: () => api.leavesList(Z),
    inconsistent: () => api.inconsistent(Z, 3),
    maxdists: () => api.maxdists(Z),
    maxinconsts: () => api.maxinconsts(Z, R),
    maxRstat: () => api.maxRstat(Z, R, 2),
    toTree: () => api.toTree(Z).id,
    dendrogram: () => api.dendrogram(Z),
    elbow: () => api.elbow(Z),
    isIsomorphic: () => api.isIsomorphic(flat, flat),
    isValidLinkage: () => api.isValidLinkage(Z),
    isMonotonic: () => api.isMonotonic(Z),
    mlab: () => api.fromMlabLinkage(api.toMlabLinkage(Z)),
    DisjointSet: () => new api.DisjointSet(Array.from({ length: 300 }, (_, i) => i)).length,
    whiten: () => api.whiten(X),
    vq: () => api.vq(X, few, one),
    kmeans: () => api.kmeans(X, { k: 4, ...one }),
    'kmeans of lists': () => api.kmeans(lists, { k: 4, nInit: 2, init: 'random', ...two }),
    'kmeans in mini-batches': () => api.kmeans(X, { k: 4, miniBatch: true, maxIter: 2, ...one }),
    silhouette: () => api.silhouette(X, labels, one),
    'silhouette of distances': () => api.silhouette(condensed, labels, one),
    clusterQuality: () => api.clusterQuality(labels, texts.slice(0, ROWS)),
    daviesBouldin: () => api.daviesBouldin(X, labels, one),
    calinskiHarabasz: () => api.calinskiHarabasz(X, labels, one),
    adjustedRand: () => api.adjustedRand(labels, flat),
    adjustedMutualInformation: () => api.adjustedMutualInformation(labels, flat),
    createGraph: () => api.createGraph(ROWS, edges),
    mcl: () => api.mcl(graph, one),
    hammingGraph: () => sequenceApi.hammingGraph(texts, one),
    assignSequences: () =>
      sequenceApi.assignSequences(texts.slice(0, 40), { sequences: texts, labels: kinds }, one),
    encodeSequences: () => sequenceApi.encodeSequences(texts, one),
    'report of sequences': () => sequenceApi.report(kinds, texts, one),
    readSequences: () => sequenceApi.readSequences(lines, one),
    twoPass: async () => {
      const fit = await api.twoPass(X, { clusters: 3, stride: 2, ...one });
      return [await fit.labels(), await all(fit.assign()), fit.model.save()];
    },
    'twoPass, cut again': async () => {
      const fit = await api.twoPass(X, { clusters: 3, method: 'average', keepSample: true, ...one });
      return (await fit.recut(4)).sampleLabels;
    },
    'twoPass in linear memory': async () =>
      (await api.twoPass(X, { clusters: 3, method: 'ward', strategy: 'linear', ...one })).sampleLabels,
    'twoPass by profiles': async () =>
      (await api.twoPass(X, { clusters: 3, profiles: true, sample: 60, method: 'average', ...two }))
        .sampleLabels,
    assign: () => all(api.assign(X, model, { chunkRows: 50, ...one })),
    'assign, 2 threads': () => all(api.assign(X, model, { chunkRows: 50, ...two })),
    'saved model': () => model.save(),
    'loaded model': async () => (await api.Model.load(saved)).labels,
    plan: () => api.plan({ rows: 1e6, cols: 4, dtype: 'f4' } as never, { clusters: 3 }),
    'batches of vectors': () => batches(X, { clusters: 2 }),
    'batches of sequences': () => batches(texts, { inflation: 1.4 }),
    'batches that are resumed': async () => {
      const found = await api.BatchClustering.resume(runStore, one);
      try {
        return [found.rows, found.batches];
      } finally {
        await found.close();
      }
    },
    'read npy': () => read(npyPath),
    'read npy of bytes': () => read(npy),
    'read npy of a stream': () => read(npyBlob.stream()),
    'read csv': () => read(csvPath),
    'read csv of a blob': () => read(csvBlob, { name: 'x.csv' }),
    'read jsonl': () => read(jsonlPath),
    'read gzip': () => read(gzPath),
    'read zstd': () => read(fixture('ramp.npy.zst')),
    'read zstd of text': () => read(fixture('frames.csv.zst')),
    'read hdf5': () => read(h5),
    'read several': () => read([npyPath, npyPath]),
    readMatrix: async () => sources.readMatrix(await sources.open(npyPath)),
    'readMatrix of text': async () => sources.readMatrix(await sources.open(csvPath)),
    'tables joined': async () => {
      const table = (text: string) => sources.open(new TextEncoder().encode(text), { name: 't.csv' });
      const [a, b] = [await table('id,x\na,1\nb,2\n'), await table('id,y\nb,1\na,2\n')];
      return sources.readMatrix(await sources.join([a, b, await table('id,z\na,1\nb,2\n')]));
    },
    'written npy': () => sinks.npyMatrix(X.data, 4),
    'dendrogram drawn': () => plots.dendrogramSvg(Z),
    'elbow drawn': () => plots.elbowSvg(Z),
    'rows drawn': () => plots.scatterSvg(X, flat),
    principalComponents: () => plots.principalComponents(X),
  };
  for (const method of ['single', 'complete', 'average', 'weighted', 'centroid', 'median', 'ward'] as const) {
    calls[`linkage, ${method}`] = () => api.linkage(X, { method, ...one });
    calls[`linkage, ${method}, 2 threads`] = () => api.linkage(lists, { method, ...two });
  }
  for (const name of ['brotli', 'encodings', 'gzip', 'lz4', 'none', 'snappy']) {
    calls[`read ${name}.parquet`] = () => read(fixture(`${name}.parquet`), name === 'encodings' ? {} : table);
  }
  for (const name of ['lz4.feather', 'stream.arrows'])
    calls[`read ${name}`] = () => read(fixture(name), table);
  for (const name of ['ala2.xtc', 'ala2.trr', 'ala2.dcd', 'ala2.nc']) {
    calls[`read ${name}`] = () => read(fixture(`traj-${name}`));
  }
  calls['read xtc of chosen atoms'] = () =>
    read(fixture('traj-ala2.xtc'), { topology: fixture('traj-ala2.pdb'), atoms: { element: ['C', 'N'] } });
  return calls;
}
