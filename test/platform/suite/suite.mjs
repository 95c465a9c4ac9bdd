/**
 * The shared suite: the same calls in every runtime, each giving a digest of its result's bytes.
 *
 * Plain ESM, so that any runtime can load it as it is; the built package is handed in.
 */
import {
  ascii,
  bits,
  clouds,
  contents,
  csv,
  digestOf,
  failure,
  generator,
  npy,
  peptides,
  positive,
  tied,
} from './inputs.mjs';

/** @typedef {Record<string, any>} Api */

const BOOLEAN = new Set([
  ...['dice', 'jaccard', 'kulczynski1', 'rogerstanimoto', 'russellrao', 'sokalmichener', 'sokalsneath'],
  'yule',
]);
const METHODS = ['single', 'complete', 'average', 'weighted', 'centroid', 'median', 'ward'];

function inputFor(metric, element) {
  if (BOOLEAN.has(metric)) return bits(element, 150, 70);
  if (metric === 'jensenshannon' || metric === 'braycurtis') return positive(element, 150, 19);
  if (metric === 'rmsd') return clouds(element, 150, 66);
  return clouds(element, 203, 17);
}

function equal(digests) {
  for (const [name, digest] of Object.entries(digests)) {
    const [first, wanted] = Object.entries(digests)[0];
    if (digest !== wanted) throw new Error(`${name} gave ${digest}, but ${first} gave ${wanted}`);
  }
  return Object.values(digests)[0];
}

/** The digest of a call, which must be the same for each number of threads. */
async function forThreads(counts, call) {
  const digests = {};
  for (const threads of counts) digests[`${threads} threads`] = digestOf(await call(threads));
  return equal(digests);
}

async function drain(stream) {
  const parts = [];
  for await (const { start, labels, distances, nearest } of stream) {
    parts.push([start, labels, distances, nearest]);
  }
  return parts;
}

async function* rowsOf({ data, rows, cols }) {
  for (let i = 0; i < rows; i++) yield data.subarray(i * cols, (i + 1) * cols);
}

/** The stores that the platform has: memory, and a folder (where it may be written to) or a page's file system. */
async function storesOf(api) {
  const stores = [['memory', api.memoryStore()]];
  const folder = globalThis.coppiceTestFolder;
  if (folder) stores.push(['folder', api.folderStore(`${folder}/${Math.random()}`)]);
  if (typeof globalThis.navigator?.storage?.getDirectory === 'function' && globalThis.document) {
    stores.push(['opfs', api.opfsStore(`suite ${Math.random()}`)]);
  }
  return stores;
}

/**
 * The cases, by name; each gives a digest.
 * @param {Api} api of 'coppice'
 * @param {Api} sources of 'coppice/sources'
 * @param {Api} sequences of 'coppice/sequences'
 * @returns {Record<string, () => Promise<string>>}
 */
export function casesOf(api, sources, sequences) {
  /** @type {Record<string, () => Promise<string>>} */
  const cases = {};
  const add = (name, run) => {
    cases[name] = run;
  };
  const elements = ['f4', 'f8'];

  for (const element of elements) {
    for (const metric of api.METRICS) {
      if (metric === 'rmsd') continue;
      add(`pdist ${metric} ${element}`, async () =>
        digestOf(await api.pdist(inputFor(metric, element), metric)),
      );
    }
    add(`pdist weighted minkowski ${element}`, async () => {
      const X = inputFor('minkowski', element);
      const w = Array.from({ length: X.cols }, (_, j) => 1 + (j % 3));
      return digestOf(await api.pdist(X, 'minkowski', { p: 3, w }));
    });
    add(`pdist euclidean, 1 to 3 threads, ${element}`, () => {
      const X = clouds(element, 1700, 64);
      return forThreads([1, 2, 3], (threads) => api.pdist(X, 'euclidean', { threads }));
    });
    add(`pdist rmsd, 1 to 3 threads, ${element}`, () => {
      const X = clouds(element, 900, 66);
      return forThreads([1, 2, 3], (threads) => api.pdist(X, 'rmsd', { threads }));
    });
    add(`pdist and cdist larger than a stripe, 1 to 3 threads, ${element}`, async () => {
      const X = clouds(element, element === 'f4' ? 1807 : 1303, 3, 11);
      const B = clouds(element, 901, 3, 12);
      const all = await forThreads([1, 2, 3], (threads) => api.pdist(X, 'euclidean', { threads }));
      return digestOf(all, await forThreads([1, 2], (threads) => api.cdist(X, B, 'euclidean', { threads })));
    });
    add(`cdist ${element}`, async () => {
      const A = clouds(element, 130, 33, 2);
      const B = clouds(element, 77, 33, 3);
      return digestOf(await api.cdist(A, B, 'cityblock'), await api.cdist(A, B, 'rmsd'));
    });
    add(`linkage ward in linear memory, with ties ${element}`, async () =>
      digestOf(await api.linkage(bits(element, 400, 20), { method: 'ward', strategy: 'linear' })),
    );
    for (const [method, metric] of [
      ['ward', 'euclidean'],
      ['centroid', 'euclidean'],
      ['average', 'sqeuclidean'],
      ['average', 'cosine'],
    ]) {
      add(`linkage ${method} ${metric} in linear memory, 1 to 3 threads, ${element}`, () => {
        const options = { method, metric, strategy: 'linear' };
        const X = clouds(element, 1100, 9);
        return forThreads([1, 2, 3], (threads) => api.linkage(X, { ...options, threads }));
      });
    }
    for (const method of METHODS) {
      add(`linkage ${method} ${element}`, async () => {
        const X = clouds(element, 300, 9);
        const y = await api.pdist(X);
        return digestOf(await api.linkage(X, { method }), await api.linkage(y, { method }));
      });
      add(`linkage ${method} over 1000 rows, 1 to 3 threads, ${element}`, () => {
        const X = clouds(element, 1100, 12);
        return forThreads([1, 2, 3], (threads) => api.linkage(X, { method, threads }));
      });
      add(`linkage ${method} with ties ${element}`, async () =>
        digestOf(
          await api.linkage(tied(element, 90), { method }),
          await api.linkage(tied(element, 1010), { method }),
        ),
      );
    }
    add(`optimalLeafOrdering ${element}`, async () => {
      const X = clouds(element, 240, 8);
      const y = await api.pdist(X);
      const Z = await api.average(y);
      return digestOf(
        await api.optimalLeafOrdering(Z, y),
        await api.optimalLeafOrdering(Z, X),
        await api.ward(X, { optimalOrdering: true }),
      );
    });
    add(`assign, 1 to 3 threads, ${element}`, () => {
      const X = clouds(element, 30_000, 16);
      const leaders = clouds(element, 61, 16, 9);
      const model = api.createModel({ leaders, labels: Array.from({ length: 61 }, (_, i) => 1 + (i % 9)) });
      return forThreads([1, 2, 3], (threads) => drain(api.assign(X, model, { threads, chunkRows: 9000 })));
    });
    for (const m of [6, 70]) {
      add(`assign to ${m} leaders, far from the origin, ${element}`, () => {
        // Rows and leaders so far off that many leaders are equally near, closer than the quantized bounds can tell apart.
        const far = (X, rows) => {
          for (let i = 0; i < rows * X.cols; i++) X.data[i] += 3e5;
          return X;
        };
        const X = far(clouds(element, 9000, 16), 3000);
        const leaders = far(clouds(element, m, 16, 9), m >> 1);
        const model = api.createModel({ leaders, labels: Array.from({ length: m }, (_, i) => i + 1) });
        return forThreads([1, 2], (threads) => drain(api.assign(X, model, { threads, chunkRows: 4001 })));
      });
    }
    add(`twoPass by stride ${element}`, async () => {
      const fit = await api.twoPass(clouds(element, 5000, 10), { clusters: 7, stride: 5, threads: 2 });
      return digestOf(
        fit.linkage,
        fit.sampleLabels,
        fit.sampleRows,
        fit.leaderRows,
        await fit.labels(),
        await drain(fit.assign({ chunkRows: 700 })),
        fit.model.save(),
      );
    });
  }
  for (const method of ['ward', 'centroid'])
    add(`linkage ${method} over 4000 rows, in lock-step`, () => {
      const X = clouds('f4', 4100, 16);
      return forThreads([1, 2], (threads) => api.linkage(X, { method, threads }));
    });
  add('linkage of lists', async () => digestOf(await api.single([[0], [1], [3], [7], [15]])));

  add('twoPass of a random sample', async () => {
    const options = { clusters: { distance: 40 }, sample: 600, seed: 7, method: 'average' };
    const leaders = { perCluster: 3, pick: 'random' };
    const fit = await api.twoPass(clouds('f4', 5000, 10), { ...options, leaders });
    return digestOf(fit.sampleRows, fit.model.save(), await fit.labels());
  });
  add('twoPass of a reservoir', async () => {
    const X = clouds('f8', 3000, 6);
    const source = sources.fromIterable(() => rowsOf(X), { cols: 6, dtype: 'f8' });
    const leaders = { pick: 'centroid' };
    const fit = await api.twoPass(source, { clusters: 5, sample: 400, seed: 3, leaders });
    return digestOf(fit.plan.strategy, fit.sampleRows, fit.model.save(), await fit.labels());
  });
  add('twoPass with rmsd and profiles', async () => {
    const leaders = { perCluster: 2 };
    const options = { clusters: 3, stride: 4, metric: 'rmsd', profiles: true, leaders };
    const fit = await api.twoPass(clouds('f4', 2000, 66), options);
    return digestOf(fit.linkage, fit.model.save(), await fit.labels());
  });
  add('a model is saved and loaded', async () => {
    const fit = await api.twoPass(clouds('f4', 2000, 8), { clusters: 4, stride: 4 });
    const bytes = fit.model.save();
    const model = api.Model.load(bytes);
    const labels = await drain(api.assign(clouds('f4', 500, 8, 4), model));
    return digestOf(bytes, model.labels, model.metric, labels);
  });

  for (const element of elements) {
    add(`a model of prepared rows ${element}`, async () => {
      const X = positive(element, 1500, 6);
      X.data.forEach((x, i) => {
        X.data[i] = x * 3 ** (i % 11);
      });
      const options = { scale: 'zscore', rows: 'zscore', unit: true, weights: [1, 2, 1, 0.5, 1, 3] };
      const digests = [];
      for (const first of [{ log2: true }, { log1p: true }, {}]) {
        const source = await sources.prepare(sources.fromArray(X), { ...first, ...options });
        const fit = await api.twoPass(source, { clusters: 5, stride: 3 });
        const model = api.Model.load(fit.model.save());
        // The model prepares rows as they come.
        const rows = positive(element, 700, 6);
        const parts = await forThreads([1, 2], (threads) =>
          drain(api.assign(rows, model, { threads, chunkRows: 99 })),
        );
        digests.push(
          await sources.readMatrix(source),
          source.preparation.steps.length,
          fit.model.save(),
          parts,
        );
      }
      const ranges = await sources.prepare(X, { scale: 'minmax' });
      return digestOf(...digests, await sources.readMatrix(ranges));
    });
  }
  for (const element of elements) {
    add(`batches of vectors ${element}`, async () => {
      const X = clouds(element, 3000, 7);
      const options = { method: 'average', clusters: { distance: 60 }, threads: 2 };
      const digests = {};
      for (const [name, store] of await storesOf(api)) {
        const batches = await api.BatchClustering.train(X, { k: 9, store, threads: 1 });
        const half = (from, to) => ({ data: X.data.subarray(from * 7, to * 7), rows: to - from, cols: 7 });
        await batches.precluster(half(0, 1000), { name: 'a' });
        await batches.close();
        const again = await api.BatchClustering.resume(store, { threads: 2 });
        await again.precluster(half(1000, 3000), { name: 'b' });
        const matrix = await again.clusterMatrix(options);
        digests[name] = digestOf(
          ...[again.model.save(), again.batches, await again.labels(options)],
          ...[matrix.dense(), matrix.names],
        );
        await again.cleanup();
        if ((await store.list()).length > 0) throw new Error(`${name} is not empty`);
      }
      return equal(digests);
    });
  }
  add('batches of sequences', async () => {
    const below = generator(3);
    const letters = 'ACDEFGHIKLMNPQRSTVWY';
    const one = () => Array.from({ length: 9 + below(4) }, () => letters[below(20)]).join('');
    const ancestors = Array.from({ length: 60 }, one);
    const all = Array.from({ length: 900 }, () => {
      const from = ancestors[below(60)];
      const at = below(from.length);
      return from.slice(0, at) + letters[below(20)] + from.slice(at + 1);
    });
    const digests = {};
    for (const [name, store] of await storesOf(api)) {
      const batches = await api.BatchClustering.train(all, { k: 6, overlap: 2, store });
      await batches.precluster(all);
      const labels = await batches.labels({ inflation: 1.6 });
      digests[name] = digestOf(
        labels,
        await batches.edgesKept(),
        await sequences.report(labels, all, { properties: ['z1'] }),
      );
      await batches.cleanup();
      const vGenes = all.map((_, i) => `TRBV${i % 3}`);
      const grouped = await api.BatchClustering.train({ sequences: all, vGenes }, { k: 6, store });
      await grouped.precluster({ sequences: all, vGenes });
      digests[name] = digestOf(digests[name], await grouped.labels(), await grouped.edgesKept());
      await grouped.cleanup();
    }
    return equal(digests);
  });

  add('tree functions', async () => {
    const y = await api.pdist(clouds('f8', 220, 5));
    const Z = await api.average(y);
    const T = api.fcluster(Z, 6, { criterion: 'maxclust' });
    const R = api.inconsistent(Z, 3);
    const tree = api.toTree(Z);
    return digestOf(
      T,
      api.fcluster(Z, 5, { criterion: 'distance' }),
      api.fcluster(Z, 1.1, { depth: 3 }),
      api.fcluster(Z, 3, { criterion: 'monocrit', monocrit: api.maxdists(Z) }),
      api.cutTree(Z, { nClusters: [2, 5, 9] }),
      api.leaders(Z, T),
      api.cophenet(Z),
      api.cophenet(Z, y).correlation,
      R,
      api.maxdists(Z),
      api.maxinconsts(Z, R),
      api.maxRstat(Z, R, 1),
      api.leavesList(Z),
      api.toMlabLinkage(Z),
      api.elbow(Z),
      tree.preOrder((node) => node.id),
      api.isMonotonic(Z),
      api.isIsomorphic(T, T),
      api.squareform(y).data ?? api.squareform(y),
    );
  });
  add('dendrogram', async () => {
    const Z = await api.ward(clouds('f8', 60, 5));
    return digestOf(
      JSON.stringify(api.dendrogram(Z)),
      JSON.stringify(api.dendrogram(Z, { p: 12, truncateMode: 'lastp', countSort: 'ascending' })),
    );
  });

  for (const [format, encode] of Object.entries({ npy, csv })) {
    add(`${format} from bytes and from a Blob`, async () => {
      const bytes = encode(clouds('f4', 333, 7));
      return equal({
        bytes: digestOf(await contents(await sources.open(bytes, { format }))),
        Blob: digestOf(await contents(await sources.open(new Blob([bytes]), { format }))),
        'bytes in chunks of 7': digestOf(
          await contents(await sources.open(bytes, { format }), { chunkRows: 7 }),
        ),
      });
    });
    add(`readMatrix of ${format}`, async () => {
      const source = await sources.open(new Blob([encode(clouds('f4', 777, 7))]), { format });
      return digestOf(await sources.readMatrix(source));
    });
    add(`twoPass of ${format}`, async () => {
      const source = await sources.open(new Blob([encode(clouds('f4', 2100, 7))]), { name: `x.${format}` });
      const fit = await api.twoPass(source, { clusters: 5, stride: 3 });
      return digestOf(fit.linkage, await fit.labels({ chunkRows: 111 }));
    });
  }
  add('a truncated file', async () => {
    const bytes = npy(clouds('f4', 333, 7)).subarray(0, 4000);
    const error = await failure(sources.open(bytes).then((source) => contents(source)));
    return digestOf(error.name, error.code, error.message);
  });

  for (const [name, options] of Object.entries({
    'distance 1': {},
    'distance 2': { maxDistance: 2 },
    indels: { indels: true },
  })) {
    add(`hammingGraph by ${name}, 1 to 3 threads`, () => {
      const set = peptides(name === 'distance 1' ? 20_000 : 5000);
      const groups = set.map((_, i) => `V${i % 3}`);
      return forThreads([1, 2, 3], async (threads) => [
        await sequences.hammingGraph(set, { ...options, threads }),
        await sequences.hammingGraph(set, { ...options, groups, threads }),
      ]);
    });
  }
  add('mcl, 1 to 3 threads', async () => {
    const graph = await sequences.hammingGraph(peptides(2000));
    const weights = Float64Array.from(graph.neighbours, () => 1.5);
    return forThreads([1, 2, 3], async (threads) => [
      await api.mcl(graph, { threads }),
      await api.mcl(graph, { inflation: 2, expansion: 3, threads }),
      await api.mcl({ ...graph, weights }, { inflation: 1.4, threads }),
    ]);
  });
  add('sequences from text to reports', async () => {
    const text = peptides(700).map((one, i) => `>${i}\n${one}\n`);
    const set = await sequences.readSequences(new Blob([...text, ...text.slice(0, 50)]));
    const found = await api.mcl(await sequences.hammingGraph(set.sequences));
    const { sequences: list, counts } = set;
    return digestOf(
      set,
      await sequences.encodeSequences(list, { properties: sequences.PROPERTIES }),
      await sequences.report(found, list, { counts }),
      await sequences.assignSequences(peptides(900, 3), { sequences: list, labels: found.labels }),
    );
  });
  add('sequences of a table', async () => {
    const rows = peptides(300).map((one, i) => `${i},"a, ${i}",TRBV${i % 7}*01,${one}`);
    const bytes = ascii(`id,note,v_call,junction_aa\n${rows.join('\r\n')}\n1,b,,CAS*F\n`);
    const options = { vColumn: 'v_call', name: 'x.csv' };
    const error = await failure(sequences.readSequences(bytes, options));
    const set = await sequences.readSequences(bytes, { ...options, onBadRow: 'skip', onWarning() {} });
    return digestOf(error.message, set);
  });

  add('a call that is aborted, and the next', async () => {
    const X = clouds('f4', 6000, 64);
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = ({ done, total }) => {
      if (done > 0 && done < total) controller.abort(reason);
    };
    const error = await failure(api.pdist(X, 'euclidean', { onProgress, signal: controller.signal }));
    if (error !== reason) throw error;
    return digestOf(await api.pdist(clouds('f4', 300, 64)));
  });
  add('a linkage that is aborted, and the next', async () => {
    const X = clouds('f8', 6000, 8);
    const controller = new AbortController();
    const onProgress = ({ phase, done, total }) => {
      if (phase === 'linkage' && done < total) controller.abort();
    };
    const error = await failure(api.centroid(X, { onProgress, signal: controller.signal }));
    if (error.name !== 'AbortError') throw error;
    return digestOf(await api.centroid(clouds('f8', 300, 8)));
  });
  add('MemoryLimitError, and the next call', async () => {
    const X = clouds('f4', 2000, 4);
    const error = await failure(api.average(X, { memoryLimit: '1MB', threads: 1, strategy: 'matrix' }));
    if (!(error instanceof api.MemoryLimitError)) throw error;
    return digestOf(error.code, error.message, error.neededBytes, await api.linkage(X, { threads: 1 }));
  });
  add('a row that is not finite, and the next call', async () => {
    const X = clouds('f4', 400, 4);
    X.data[1001] = Number.NaN;
    const error = await failure(api.linkage(X));
    if (!(error instanceof api.BadRowError)) throw error;
    X.data[1001] = 1;
    return digestOf(error.message, error.row, error.col, await api.linkage(X));
  });
  add('close, and the next call', async () => {
    api.close();
    const X = clouds('f4', 1700, 64);
    const digest = await forThreads([2], (threads) => api.pdist(X, 'euclidean', { threads }));
    api.close();
    return digest;
  });
  add('calls at the same time', async () => {
    const X = clouds('f4', 1500, 32);
    const calls = [1, 2, 3].map((threads) => api.pdist(X, 'euclidean', { threads }));
    return equal(Object.fromEntries((await Promise.all(calls)).map((y, i) => [`call ${i}`, digestOf(y)])));
  });
  return cases;
}

/**
 * Run all cases.
 * @returns {Promise<{digests: Record<string, string>, warnings: string[], ms: Record<string, number>}>} a digest
 *   for each case, or its error; warnings that went to the console, but for advice to take more leaders
 */
export async function runSuite(api, sources, sequences, only) {
  return runCases(api, casesOf(api, sources, sequences), only);
}

/** Run cases of any suite; see runSuite. */
export async function runCases(api, cases, only) {
  const digests = {};
  const ms = {};
  const warnings = [];
  const { warn } = console;
  // Leaders do not stand well for clouds of random points, and two passes say so.
  const expected = 'nearest to a leader of another cluster';
  console.warn = (...args) => void (args.join(' ').includes(expected) || warnings.push(args.join(' ')));
  try {
    for (const [name, run] of Object.entries(cases)) {
      if (only && !name.includes(only)) continue;
      const before = Date.now();
      try {
        digests[name] = await run();
      } catch (error) {
        digests[name] = `failed: ${error?.stack ?? error}`;
      }
      ms[name] = Date.now() - before;
    }
  } finally {
    console.warn = warn;
    api.close();
  }
  return { digests, warnings, ms };
}
