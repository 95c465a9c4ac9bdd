/**
 * How close are two passes, batches and k-means to clustering everything? The data, and the figures.
 *
 * Every figure is an adjusted Rand index against exact linkage of all rows, cut into the same number of clusters: 1 if the
 * clusters are equal, about 0 if they agree no more than by chance. Data are generated from a seed by additions and
 * multiplications only, so the figures are the same on every machine.
 */
import { fileURLToPath } from 'node:url';
import { adjustedRand, BatchClustering, kmeans, memoryStore, twoPass } from 'coppice';
import { open } from 'coppice/sources';
import { fiveGroups, normal, uniform } from '../tutorial/data.mjs';

export const STRIDES = [2, 5, 10, 20, 50, 100];
export const PICKS = ['medoid', 'centroid', 'random'];
export const COUNTS = [1, 2, 5, 10];
export const PRECLUSTERS = [2, 4, 8, 16];
/** Each figure is the mean over this many data sets, or parts of one. */
export const REPEATS = 5;

function matrix(rows) {
  return { data: Float64Array.from(rows.flat()), rows: rows.length, cols: rows[0].length };
}

/** Rows in random order: a stride must not coincide with the groups. */
function shuffled(rows, seed) {
  const next = uniform(seed);
  const out = [...rows];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

/** Ten round groups of different sizes in eight dimensions, some of which touch. */
function blobs(seed) {
  const next = normal(seed);
  const place = uniform(seed + 1);
  const rows = [];
  for (let group = 0; group < 10; group++) {
    const centre = Array.from({ length: 8 }, () => 9 * place());
    const count = 100 + 44 * group;
    for (let i = 0; i < count; i++) rows.push(centre.map((c) => c + 1.1 * next()));
  }
  return matrix(shuffled(rows, seed));
}

/** Three long bent bands of a thousand points each, one inside the other. */
function chains(seed) {
  const next = normal(seed);
  const place = uniform(seed + 1);
  const rows = [];
  for (let band = 0; band < 3; band++) {
    for (let i = 0; i < 1000; i++) {
      const x = 20 * place() - 10;
      rows.push([x + 0.25 * next(), 0.12 * x * x + 6 * band + 0.25 * next()]);
    }
  }
  return matrix(shuffled(rows, seed));
}

/** All rows, then all but the first, and so on: so a stride selects other frames each time. */
async function* parts(source) {
  const { rows, cols } = source;
  const data = new Float32Array(rows * cols);
  for await (const chunk of source.chunks({ chunkRows: 1024 })) data.set(chunk.data, chunk.start * cols);
  for (let from = 0; from < REPEATS; from++) {
    yield { data: data.subarray(from * cols), rows: rows - from, cols };
  }
}

function* seeded(make) {
  for (let seed = 1; seed <= REPEATS; seed++) yield make(seed);
}

/** The data sets, and how they are clustered. */
export const SETS = {
  blobs: {
    title: 'blobs',
    options: { clusters: 10, method: 'ward' },
    data: () => seeded(blobs),
  },
  chains: {
    title: 'chains',
    options: { clusters: 3, method: 'single' },
    data: () => seeded(chains),
  },
  tutorial: {
    title: "the tutorial's second data set",
    options: { clusters: 5, method: 'ward' },
    data: () => seeded((seed) => matrix(shuffled(fiveGroups(seed), seed))),
  },
  trajectory: {
    title: 'a trajectory, by RMSD',
    options: { clusters: 4, method: 'average', metric: 'rmsd' },
    data: async function* () {
      yield* parts(await open(fileURLToPath(new URL('../alanine-dipeptide.h5', import.meta.url))));
    },
  },
};

/** Ignore the advice to use more leaders: the tables show that. */
const onWarning = () => {};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The figures of one set.
 *
 * @returns lines of {name, values}: one line for each way to pick leaders, one value for each stride; a value is missing if there
 *   are too few rows for the clusters. `batches` and `kmeans` are present if the metric is Euclidean
 */
export async function measure(set) {
  const found = {};
  const add = (line, at, value) => {
    found[line] ??= [];
    found[line][at] ??= [];
    found[line][at].push(value);
  };
  let seed = 0;
  for await (const X of set.data()) {
    seed++;
    const exact = await twoPass(X, { ...set.options, stride: 1, onWarning });
    const truth = exact.sampleLabels;
    for (const [at, stride] of STRIDES.entries()) {
      if (X.rows / stride < set.options.clusters) continue;
      for (const pick of PICKS) {
        for (const perCluster of COUNTS) {
          const options = { ...set.options, stride, seed, leaders: { perCluster, pick }, onWarning };
          const fit = await twoPass(X, options);
          add(`${pick} ${perCluster}`, at, adjustedRand(await fit.labels(), truth));
        }
      }
    }
    if (set.options.metric) continue;
    const { labels } = await kmeans(X, { k: set.options.clusters, nInit: 5, seed });
    add('kmeans', 0, adjustedRand(labels, truth));
    // Each precluster is cut at the height at which the tree of all rows is cut.
    const distance = cutHeight(exact.linkage, set.options.clusters);
    for (const [at, k] of PRECLUSTERS.entries()) {
      add('batches', at, adjustedRand(await inBatches(X, k, set.options.method, distance, seed), truth));
    }
  }
  return Object.fromEntries(
    Object.entries(found).map(([line, cells]) => [line, cells.map((values) => mean(values))]),
  );
}

/** Halfway between the last merge within clusters and the first merge between them. */
function cutHeight(Z, clusters) {
  const merges = Z.length / 4;
  return (Z[4 * (merges - clusters) + 2] + Z[4 * (merges - clusters + 1) + 2]) / 2;
}

async function inBatches(X, k, method, distance, seed) {
  const batches = await BatchClustering.train(X, { k, store: memoryStore(), seed });
  await batches.precluster(X);
  const out = new Int32Array(X.rows);
  for await (const { rows, labels } of batches.clusters({ method, clusters: { distance } })) {
    rows.forEach((row, i) => {
      out[row] = labels[i];
    });
  }
  await batches.cleanup();
  return out;
}
