/**
 * How fast long calls respond: the longest time between two turns of the event loop, in which an abort cannot be noticed; from
 * `abort()` to the rejection; and between two calls of onProgress. Times are processor time, to exclude other work on the
 * machine, with the wall-clock time beside it. COPPICE_BENCH_ONLY selects cases whose names contain it.
 */
import { writeFileSync } from 'node:fs';
import { tableFromArrays, tableToIPC } from '@uwdata/flechette';
import { parquetWriteBuffer } from 'hyparquet-writer';
import * as api from '../../build/index.js';
import { hammingGraph } from '../../build/sequences.js';
import { fromArray, open } from '../../build/sources.js';
import { asFloat64, normalRows, uniform, writeNpy } from '../data.mjs';
import { Report } from '../harness.mjs';
import { receptors } from '../receptors.mjs';
import { scratchFile } from '../scratch.mjs';

export const title =
  'How soon long calls hear a signal and tell how far they are, one thread, ms of the processor';

/** Required: an abort within 100 ms, and ten calls of onProgress per second. The limit leaves room for slower machines. */
const MOST_MS = 50;
/** Calls shorter than this need not report progress. */
const LONG_MS = 2000;
const ABORTS = Number(process.env.COPPICE_BENCH_ABORTS ?? 4);
const ONLY = process.env.COPPICE_BENCH_ONLY ?? '';

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function drain(iterable) {
  for await (const item of iterable) if (item === undefined) return;
}

/** Inputs by name; each is created when a case first needs it. */
const made = new Map();
function once(name, make) {
  if (!made.has(name)) made.set(name, make());
  return made.get(name);
}
const rows = (n, d = 16) => once(`${n} x ${d}`, () => normalRows(n, d, 5));
const condensed = (n) => once(`condensed ${n}`, () => api.pdist(rows(n, 8)));
const file = (name, write) =>
  once(name, () => {
    const path = scratchFile(name);
    write(path);
    return path;
  });

const CASES = {};
for (const method of api.METHODS) {
  CASES[`linkage ${method}, 10,000 condensed`] = async (run) =>
    api.linkage(await condensed(10_000), { method, ...run });
  CASES[`linkage ${method}, 10,000 x 16`] = (run) =>
    api.linkage(rows(10_000), { method, strategy: 'matrix', ...run });
}
for (const [method, metric] of [
  ['ward', 'euclidean'],
  ['centroid', 'euclidean'],
  ['average', 'sqeuclidean'],
]) {
  CASES[`linkage ${method} in linear memory, 16,000 x 16`] = (run) =>
    api.linkage(rows(16_000), { method, metric, strategy: 'linear', ...run });
}
Object.assign(CASES, {
  'linkage average, 16,000 condensed, no room for the square': async (run) =>
    api.linkage(await condensed(16_000), { method: 'average', memoryLimit: '600MB', ...run }),
  'linkage average, 16,000 condensed': async (run) =>
    api.linkage(await condensed(16_000), { method: 'average', ...run }),
  'linkage single, 16,000 x 16, float64': (run) => api.linkage(asFloat64(rows(16_000)), run),
  'optimalLeafOrdering of 1,500': async (run) => {
    const Z = await once('Z 1,500', () => api.linkage(rows(1500), { method: 'average' }));
    return api.optimalLeafOrdering(Z, rows(1500), run);
  },
  'pdist cityblock, 12,000 x 32': (run) => api.pdist(rows(12_000, 32), 'cityblock', run),
  'pdist of a function, 2,000 x 16': (run) => api.pdist(rows(2000), (u, v) => Math.abs(u[0] - v[1]), run),
  'cdist jensenshannon': (run) =>
    api.cdist(
      once('positive', () => positive(4000)),
      once('positive', () => positive(4000)),
      'jensenshannon',
      run,
    ),
  'squareform rows, twoPass by profiles': (run) =>
    api.twoPass(rows(30_000), { clusters: 8, sample: 3000, profiles: true, ...run }),
  'twoPass of 200,000 x 16': async (run) =>
    (await api.twoPass(rows(200_000), { clusters: 8, sample: 9000, ...run })).labels(),
  'assign 400,000 x 64 to 500 leaders': (run) => {
    const labels = Int32Array.from({ length: 500 }, (_, i) => i);
    const model = api.createModel({ leaders: rows(500, 64), labels, metric: 'euclidean' });
    return drain(api.assign(rows(400_000, 64), model, run));
  },
  'kmeans of 300,000 x 16, 64 clusters': (run) =>
    api.kmeans(rows(300_000), { k: 64, maxIter: 60, tol: 0, ...run }),
  'kmeans by cosine, read in chunks': (run) =>
    api.kmeans(fromArray(rows(300_000)), {
      k: 32,
      maxIter: 10,
      metric: 'cosine',
      memoryLimit: '20MB',
      ...run,
    }),
  'kmeans in mini-batches': (run) =>
    api.kmeans(rows(300_000), { k: 64, miniBatch: true, maxIter: 3, ...run }),
  'kmeans of 100,000 x 16, 3,000 clusters': (run) =>
    api.kmeans(rows(100_000), { k: 3000, maxIter: 3, ...run }),
  'vq of 300,000 x 16, 2,000 codes': (run) => api.vq(rows(300_000), rows(2000), run),
  'silhouette of 12,000 x 16': (run) =>
    api.silhouette(
      rows(12_000),
      Int32Array.from({ length: 12_000 }, (_, i) => i % 20),
      run,
    ),
  'silhouette of 10,000 condensed': async (run) =>
    api.silhouette(
      await condensed(10_000),
      Int32Array.from({ length: 10_000 }, (_, i) => i % 20),
      run,
    ),
  'daviesBouldin of 1,000,000 x 16': (run) =>
    api.daviesBouldin(
      rows(1_000_000),
      once('labels 1e6', () => Int32Array.from({ length: 1e6 }, (_, i) => i % 50)),
      run,
    ),
  'fclusterdata of 8,000 x 16': (run) =>
    api.fclusterdata(rows(8000), 9, { criterion: 'maxclust', method: 'average', ...run }),
  'hammingGraph of 200,000 sequences': (run) => hammingGraph(sequences(200_000), run),
  'hammingGraph of 20,000 sequences, two places': (run) =>
    hammingGraph(sequences(20_000), { maxDistance: 2, ...run }),
  'mcl of 60,000 sequences': async (run) =>
    api.mcl(await once('graph', () => hammingGraph(sequences(60_000))), { inflation: 1.2, ...run }),
  'batches of 60,000 x 16': async (run) => {
    const batches = await api.BatchClustering.train(rows(60_000), {
      k: 12,
      store: api.memoryStore(),
      ...run,
    });
    try {
      await batches.precluster(rows(60_000), { name: 'a' });
      return await batches.labels({ method: 'average', clusters: 3 });
    } finally {
      await batches.close();
    }
  },
  'batches of 60,000 sequences': async (run) => {
    const batches = await api.BatchClustering.train(sequences(60_000), {
      k: 8,
      store: api.memoryStore(),
      ...run,
    });
    try {
      await batches.precluster(sequences(60_000), { name: 'a' });
      return await batches.labels({ inflation: 1.4 });
    } finally {
      await batches.close();
    }
  },
  'reading NPY, Fortran order and float64': (run) =>
    read(
      file('f.npy', (path) => writeNpy(path, new Float64Array(2e7), [200_000, 100])),
      run,
    ),
  'reading CSV, 60 MB': (run) =>
    read(
      file('a.csv', (path) => writeFileSync(path, text(','))),
      run,
    ),
  'reading JSON lines, 60 MB': (run) =>
    read(
      file('a.jsonl', (path) => writeFileSync(path, text(',', '[', ']'))),
      run,
    ),
});

Object.assign(CASES, {
  'reading Parquet, 8 columns of 1,000,000': (run) =>
    read(
      file('a.parquet', (path) => {
        const columnData = columns(1_000_000).map(([name, data]) => ({ name, data, type: 'FLOAT' }));
        writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 250_000 })));
      }),
      run,
    ),
  'reading Arrow, 8 columns of 4,000,000 in a batch': (run) =>
    read(
      file('a.arrow', (path) => {
        const table = tableFromArrays(Object.fromEntries(columns(4_000_000)));
        writeFileSync(path, tableToIPC(table, { format: 'file' }));
      }),
      run,
    ),
});

const columns = (n) =>
  Array.from('abcdefgh', (name) => [name, Float32Array.from({ length: n }, (_, i) => i % 977)]);
function positive(n) {
  const next = uniform(9);
  return { data: Float32Array.from({ length: n * 64 }, () => next() + 0.01), rows: n, cols: 64 };
}
const sequences = (n) => once(`sequences ${n}`, () => receptors(n, 3));
function text(comma, before = '', after = '') {
  const line = Array.from({ length: 20 }, (_, i) => ((i * 7919) % 1000) / 8).join(comma);
  return `${before}${line}${after}\n`.repeat(600_000);
}
/** Read all chunks of a file. */
async function read(path, { signal }) {
  const source = await open(path, {});
  await drain(source.chunks({ chunkRows: 20_000, signal }));
  await source.close();
}

/** Run a call to its end, or until it is aborted, and measure the processor time at every turn of the event loop. */
async function watch(call, abortAt) {
  const controller = new AbortController();
  const found = { turnMs: 0, turnClockMs: 0, progressMs: 0, calls: 0, where: '', wrong: '' };
  let last = cpuMs();
  let lastClock = performance.now();
  let phase = 'start';
  const look = () => {
    const [now, clock] = [cpuMs(), performance.now()];
    if (now - last > found.turnMs) [found.turnMs, found.where] = [now - last, phase];
    found.turnClockMs = Math.max(found.turnClockMs, clock - lastClock);
    [last, lastClock] = [now, clock];
  };
  let told = last;
  let before = {};
  const onProgress = (progress) => {
    const now = cpuMs();
    if (now - told > found.progressMs)
      [found.progressMs, found.quiet] = [now - told, `${phase}, ${progress.phase}`];
    told = now;
    found.calls++;
    if (progress.phase === before.phase && progress.done < before.done)
      found.wrong ||= JSON.stringify([before, progress]);
    before = progress;
    phase = `${progress.phase} ${progress.done} of ${progress.total}`;
  };
  let aborted;
  const timer = setInterval(() => {
    look();
    if (abortAt === undefined || performance.now() - begin < abortAt || aborted !== undefined) return;
    aborted = cpuMs();
    controller.abort(new Error('enough'));
  }, 1);
  const begin = performance.now();
  const beginCpu = last;
  try {
    await call({ signal: controller.signal, threads: 1, onProgress, onWarning: () => {} });
  } catch (error) {
    if (error.message !== 'enough') throw error;
    found.rejectMs = cpuMs() - aborted;
  } finally {
    look();
    clearInterval(timer);
  }
  return { ...found, ms: performance.now() - begin, cpu: cpuMs() - beginCpu };
}

export async function run() {
  const report = new Report(title, { unit: 'calls', per: 1 });
  const random = uniform(11);
  for (const [name, call] of Object.entries(CASES)) {
    if (!name.includes(ONLY)) continue;
    // Preparing the inputs does not count, nor does a first call, in which nothing is compiled.
    await watch(call, 200);
    const whole = await watch(call);
    let [reject, turn, where] = [0, whole.turnMs, whole.where];
    for (let i = 0; i < ABORTS; i++) {
      const cut = await watch(call, random() * whole.ms);
      reject = Math.max(reject, cut.rejectMs ?? 0);
      if (cut.turnMs > turn) [turn, where] = [cut.turnMs, cut.where];
    }
    const ok = whole.wrong === '';
    const ms = (value) => Math.round(value * 10) / 10;
    report.figure({
      name: `${name} (${ms(whole.cpu)} ms): between turns; by the clock ${ms(whole.turnClockMs)}; longest at ${where}`,
      ...{ value: ms(turn), unit: 'ms', most: MOST_MS },
    });
    report.figure({ name: '  abort to rejection', value: ms(reject), unit: 'ms', most: MOST_MS });
    if (whole.calls > 0 || whole.cpu > LONG_MS) {
      const tells = whole.cpu > LONG_MS ? { most: 100 } : {};
      const quiet = whole.quiet ? ` at ${whole.quiet}` : '';
      report.figure({
        name: `  between ${whole.calls} calls of onProgress${quiet}`,
        value: ms(whole.progressMs),
        unit: 'ms',
        ...tells,
      });
    }
    if (!ok) report.figure({ name: `  goes back: ${whole.wrong}`, value: 'not monotone', ok });
    // Drop inputs before they take too much memory.
    if (made.size > 14) for (const key of [...made.keys()]) if (/condensed|x /.test(key)) made.delete(key);
  }
  const peak = (process.resourceUsage().maxRSS * 1024) / 1e6;
  report.figure({
    name: 'peak of the process after all of them, each aborted several times',
    value: peak,
    unit: 'MB',
  });
  return report;
}
