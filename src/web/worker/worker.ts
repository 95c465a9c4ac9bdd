/** The worker of the page. It does all heavy work and holds the file, the sample and the tree; the page shows them. */
import {
  close,
  type ErrorFields,
  fcluster,
  type Preparation,
  plan as planFor,
  silhouette,
  type TwoPass,
  type TwoPassOptions,
  twoPass,
} from 'coppice';
import { npyMatrix } from 'coppice/sinks';
import { facade } from '../../sources/chunks/facade.ts';
import { blobs, embeddings } from './examples.ts';
import { secondsFor } from './forecasting.ts';
import { Labels } from './labelling.ts';
import { NAME_BYTES, RowNames, withNames } from './names.ts';
import { noteOf } from './notes.ts';
import type { Source } from './package-types.ts';
import { type Plane, planeFor, project, projectionWork } from './projecting.ts';
import type {
  Answer,
  Calls,
  FitChoice,
  Forecast,
  Info,
  LeaderChoice,
  Parts,
  Progress,
  ReadChoice,
  Request,
} from './protocol.ts';
import { type Described, describeFile, openFile, readIfSequences } from './reading.ts';
import type { Sequences } from './sequencing.ts';
import { trial } from './trial.ts';

const post = (answer: Answer, transfer: Transferable[] = []) =>
  (self as unknown as { postMessage(m: unknown, t: Transferable[]): void }).postMessage(answer, transfer);

/** Most points of a profile: more could not be distinguished in its picture. */
const PROFILE_POINTS = 256;
/** Rows whose silhouettes are computed, each against the whole sample. */
const SILHOUETTE_ROWS = 400;
/** Least time between two progress reports. */
const REPORT_MS = 60;

let file: File | undefined;
let read: ReadChoice;
let info: Info | undefined;
/** How the rows are prepared. */
let preparation: Preparation | undefined;
/** The sequences of the file, if it holds sequences. */
let sequences: Sequences | undefined;
/** Names of the sample rows, if they have names. */
let names: RowNames | undefined;
/** Throws if the file has changed since it was described. */
let unchanged = async (): Promise<void> => {};
/** Rows read per second, measured on the first megabytes. */
let rowsPerSecond = 0;
let fit: TwoPass | undefined;
/** The fit with the current cut and leaders. */
let cut: TwoPass | undefined;
let fitChoice: FitChoice;
let plane: Plane | undefined;
let labels: Labels | undefined;
let stopping = new AbortController();

/** Makes a callback that posts progress to the page. `later` holds the estimated seconds of all phases, in order. */
function reporter(later: Record<string, number> = {}) {
  const order = Object.keys(later);
  let phase = '';
  let began = 0;
  let beganAt = 0;
  let told = 0;
  return ({ phase: now, done, total }: { phase: string; done: number; total?: number }) => {
    const time = performance.now();
    if (now !== phase) {
      phase = now;
      began = time;
      beganAt = done;
      told = 0;
    }
    if (time - told < REPORT_MS && done !== total) return;
    told = time;
    const seconds = (time - began) / 1000;
    const rate = seconds > 0.1 ? (done - beganAt) / seconds : 0;
    const at = order.indexOf(now);
    const after = at < 0 ? 0 : order.slice(at + 1).reduce((sum, name) => sum + later[name], 0);
    const left = rate > 0 && total !== undefined ? (total - done) / rate + after : undefined;
    post({ progress: { phase: now, done, total, rate, left } satisfies Progress });
  };
}

function optionsOf(choice: FitChoice): TwoPassOptions {
  return {
    ...choice.sizing,
    clusters: 2,
    method: choice.method,
    metric: choice.metric,
    profiles: choice.profiles,
    seed: choice.seed,
    memoryLimit: choice.memory,
    // The leaders of the wanted cut are picked later, by calls.cut.
    leaders: { pick: 'random' },
    keepSample: true,
    onBadRow: read.skipBad ? 'skip' : 'error',
    signal: stopping.signal,
    onWarning: (warning) => {
      if (!['NO_THREADS', 'FEWER_CLUSTERS', 'LOW_AGREEMENT'].includes(warning.code))
        post({ warning: noteOf(warning) });
    },
  };
}

async function forecast(choice: FitChoice): Promise<Forecast> {
  if (!info) throw new Error('no file is open');
  const { rows, cols, dtype, name, bytes } = info;
  const overheadBytes = sequences?.bytes ?? (info.idColumn === undefined ? undefined : NAME_BYTES);
  const shape = { rows, cols, dtype, name, overheadBytes, preparation };
  const plan = planFor(shape, optionsOf(choice));
  const small = await trial(choice, plan.tree, cols, dtype);
  // If the number of rows is unknown, estimate it from the file size. Only the time estimate uses it.
  const all = rows ?? bytes / (9 * cols);
  const sample = Math.min(plan.sample, all);
  const projection = projectionWork(sample, cols);
  return {
    plan,
    seconds: secondsFor({
      sample,
      rows: all,
      cols,
      rowsPerSecond,
      trial: small,
      projection,
    }),
  };
}

/** Open the file for one pass over its rows. */
async function openRows(memory: number, onProgress?: ReturnType<typeof reporter>): Promise<Source> {
  if (!file) throw new Error('no file is open');
  const { signal } = stopping;
  if (sequences) return sequences.vectors({ memory, signal, onProgress });
  // Check before the costly pass. For a changed file the reader's own error messages would be misleading.
  await unchanged();
  return openFile(file, read, { signal, memory, preparation, onNote: (note) => post({ note }) });
}

/** Bytes that a reader takes besides its chunks if names are held too. */
function namesBytes({ overheadBytes = 0 }: Source): number {
  return overheadBytes + NAME_BYTES;
}

/** Rows read per second, measured on a few megabytes; 0 if that fails. */
async function timeReading(): Promise<number> {
  if (!file || !info) return 0;
  const source = await openFile(file, read, { preparation, onNote: () => {} });
  try {
    const chunkRows = Math.max(1, Math.floor(2 ** 20 / (info.cols * 8)));
    const start = performance.now();
    let rows = 0;
    for await (const chunk of source.chunks({ chunkRows, end: 8 * chunkRows, reuse: true })) {
      rows += chunk.rows;
      if (performance.now() - start > 150) break;
    }
    return rows / Math.max(1e-4, (performance.now() - start) / 1000);
  } catch {
    return 0;
  } finally {
    await source.close?.();
  }
}

function needFit(): TwoPass {
  if (!fit) throw new Error('no tree has been built');
  return fit;
}

function nameOf(row: number): string {
  return sequences?.name(row) ?? names?.get(row) ?? String(row);
}

function columnName(column: number): string {
  return info?.columns?.[column] ?? `column ${column}`;
}

const calls: { [K in keyof Calls]: (...args: Parameters<Calls[K]>) => Promise<ReturnType<Calls[K]>> } = {
  async threads() {
    const isolated = globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === 'function';
    const count = isolated ? (navigator.hardwareConcurrency ?? 1) : 1;
    return { count, why: isolated ? undefined : 'not isolated' };
  },

  async open(next, choice, memory) {
    file = undefined;
    info = undefined;
    sequences = undefined;
    names = undefined;
    fit = cut = undefined;
    plane = undefined;
    labels = undefined;
    read = choice;
    const found = await readIfSequences(next, choice, { memory, signal: stopping.signal });
    // All sequences are in memory, so their file is not read again.
    const described: Described = found
      ? { info: found.info, preparation: undefined, unchanged: async () => {} }
      : await describeFile(next, choice);
    sequences = found;
    ({ info, preparation, unchanged } = described);
    read = { ...choice, idColumn: info.idColumn };
    file = next;
    rowsPerSecond = found ? 0 : await timeReading();
    return described.info;
  },

  async forecast(choice) {
    return forecast(choice);
  },

  async grow(choice) {
    if (!file || !info) throw new Error('no file is open');
    const start = performance.now();
    const { seconds } = await forecast(choice);
    const opened = await openRows(choice.memory, reporter());
    const found = info.idColumn === undefined ? undefined : new RowNames();
    const source = found
      ? facade(withNames(opened, found.add), { overheadBytes: namesBytes(opened) })
      : opened;
    try {
      const asked = planFor(source, optionsOf(choice)).sample;
      const grown = await twoPass(source, {
        ...optionsOf(choice),
        onProgress: reporter({
          sample: seconds.sample,
          distances: seconds.distances,
          linkage: seconds.linkage,
          projection: seconds.projection,
        }),
      });
      // Each pass notices changes while it reads. This finds changes made before the pass began.
      await unchanged();
      found?.keep(grown.sampleRows);
      fit = grown;
      names = found;
      cut = undefined;
      plane = undefined;
      labels = undefined;
      fitChoice = choice;
      return {
        linkage: grown.linkage.slice(),
        sampleRows: grown.sampleRows.slice(),
        rows: source.rows ?? info.rows,
        plan: grown.plan,
        asked,
        seconds: (performance.now() - start) / 1000,
      };
    } finally {
      await source.close?.();
      // Release the large memory of the tree: the next steps need only a few megabytes.
      close();
    }
  },

  async project(how) {
    const { sample } = needFit();
    if (!sample) throw new Error('the sample was not kept');
    post({
      progress: {
        phase: 'projection',
        done: 0,
        total: 1,
        rate: 0,
        left: undefined,
      },
    });
    plane = await planeFor(sample, fitChoice.metric, how, columnName);
    const found = await project(sample, plane);
    return cut ? { ...found, leaders: await plane.of(cut.model.leaders) } : found;
  },

  async cut(k: number, leaders: LeaderChoice) {
    const again = await needFit().recut(k, { leaders, signal: stopping.signal, onProgress: reporter() });
    cut = again;
    labels = undefined;
    return {
      k,
      labels: again.model.labels.slice(),
      agreement: again.agreement,
      rows: again.leaderRows.slice(),
      points: plane ? await plane.of(again.model.leaders) : new Float32Array(0),
      names:
        sequences || names?.get(again.leaderRows[0]) !== undefined
          ? Array.from(again.leaderRows, (row) => (row < 0 ? 'a mean' : nameOf(row)))
          : undefined,
    };
  },

  async profile(cluster) {
    const { sample, sampleRows } = needFit();
    const { sampleLabels } = cut ?? needFit();
    if (!sample) throw new Error('the sample was not kept');
    const rows = sequences && Array.from(sampleRows).filter((_, i) => sampleLabels[i] === cluster);
    const members = rows && (await sequences?.members(rows));
    return { ...profileOf(sample, sampleLabels, cluster), members };
  },

  async silhouettes(ks) {
    const of = needFit();
    const { sample, linkage: Z } = of;
    if (!sample) throw new Error('the sample was not kept');
    const options = {
      metric: fitChoice.metric,
      sample: SILHOUETTE_ROWS,
      memoryLimit: fitChoice.memory,
      signal: stopping.signal,
      onWarning: () => {},
    };
    const means: number[] = [];
    for (const k of ks) {
      const labels = fcluster(Z, k, { criterion: 'maxclust' });
      means.push((await silhouette(sample, labels, options)).mean);
      // Another tree may have been built meanwhile.
      if (fit !== of) return undefined;
    }
    const best = means.reduce((at, mean, i) => (mean > means[at] ? i : at), 0);
    return { k: ks[best], mean: means[best] };
  },

  async label(again) {
    if (!file || !cut) throw new Error('no tree has been cut');
    if (!labels || !again) labels = new Labels(cut);
    const kept = labels;
    let told = 0;
    let source: Source | undefined;
    try {
      source = await openRows(fitChoice.memory);
      await kept.run(
        source,
        {
          signal: stopping.signal,
          memoryLimit: fitChoice.memory,
          onBadRow: read.skipBad ? 'skip' : 'error',
          onProgress: reporter(),
          onWarning: () => {},
        },
        () => {
          if (performance.now() - told < REPORT_MS) return;
          told = performance.now();
          post({ tally: kept.tally });
        },
      );
      await unchanged();
    } catch (error) {
      const stopped = (error as Error).name === 'AbortError';
      const changed = stopped ? undefined : await unchanged().catch((why: unknown) => why);
      // If the file has changed, the labels are useless. Otherwise they are kept.
      if (changed && labels === kept) labels = undefined;
      post({ tally: changed ? undefined : kept.tally });
      throw changed ?? error;
    } finally {
      await source?.close?.();
    }
    return kept.tally;
  },

  async save(kind, theme, columns) {
    switch (kind) {
      case 'labels.csv':
      case 'labels.npy':
      case 'labels.parquet': {
        if (!labels) throw new Error('there are no labels yet');
        if (sequences && kind === 'labels.csv') return sequences.csv(labels.pieces());
        {
          const id = info?.idColumn;
          return labels.save(kind.slice(7) as 'csv' | 'npy' | 'parquet', typeof id === 'number' ? 'id' : id);
        }
      }
      case 'model': {
        if (!cut) throw new Error('no tree has been cut');
        return new Blob([cut.model.save() as BlobPart], { type: 'application/octet-stream' });
      }
      case 'linkage':
        return new Blob([npyMatrix(needFit().linkage, 4) as BlobPart], { type: 'application/octet-stream' });
      default: {
        const { draw } = await import('./pictures.ts');
        const svg = await draw(kind, {
          fit: cut ?? needFit(),
          plane,
          theme,
          columns,
          name: info?.name ?? '',
          nameOf,
        });
        return new Blob([svg], { type: 'image/svg+xml' });
      }
    }
  },

  async example(name) {
    return name === 'blobs' ? blobs() : embeddings();
  },

  async stop() {
    stopping.abort(new DOMException('stopped', 'AbortError'));
    stopping = new AbortController();
  },
};

function profileOf(
  { data, rows, cols }: { data: ArrayLike<number>; rows: number; cols: number },
  sampleLabels: Int32Array,
  cluster: number,
) {
  const columnsEach = Math.ceil(cols / PROFILE_POINTS);
  const points = Math.ceil(cols / columnsEach);
  const sums = [0, 1].map(() => ({ n: 0, sum: new Float64Array(points), squares: new Float64Array(points) }));
  const [all, own] = sums;
  for (let i = 0; i < rows; i++) {
    const into = sampleLabels[i] === cluster ? sums : [all];
    for (const one of into) one.n++;
    for (let p = 0; p < points; p++) {
      let value = 0;
      const end = Math.min(cols, (p + 1) * columnsEach);
      for (let j = p * columnsEach; j < end; j++) value += data[i * cols + j];
      value /= end - p * columnsEach;
      for (const one of into) {
        one.sum[p] += value;
        one.squares[p] += value * value;
      }
    }
  }
  const meanOf = ({ n, sum }: (typeof sums)[0]) => sum.map((s) => s / Math.max(1, n));
  const deviationOf = ({ n, sum, squares }: (typeof sums)[0]) =>
    sum.map((s, p) => Math.sqrt(Math.max(0, squares[p] / Math.max(1, n) - (s / Math.max(1, n)) ** 2)));
  return {
    cluster,
    columnsEach,
    mean: meanOf(own),
    deviation: deviationOf(own),
    overall: meanOf(all),
    overallDeviation: deviationOf(all),
  };
}

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  const { id, call, args } = data;
  try {
    const value = await (calls[call] as (...args: unknown[]) => Promise<unknown>)(...args);
    post({ id, value });
  } catch (error) {
    const known = error instanceof Error ? error : new Error(String(error));
    const lines = noteOf(known).split(/[\r\n]+/);
    const { option, choices } = error as ErrorFields;
    const parts = choices && { option: option as Parts['option'], values: choices, chosen: undefined };
    post({
      id,
      error: {
        name: known.name,
        message: lines
          .map((line) => line.trim())
          .join(' ')
          .trim(),
        ...(parts ? { parts } : {}),
      },
    });
  }
};
