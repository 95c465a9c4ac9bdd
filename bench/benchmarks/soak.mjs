/**
 * Repeats the same work in one process: resident memory, open files and temporary files must not grow.
 * COPPICE_BENCH_SECONDS sets the duration (default: 600; 30 with --quick).
 */
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import * as api from '../../build/index.js';
import { open } from '../../build/sources.js';
import { normalRows, writeNpy } from '../data.mjs';
import { Report } from '../harness.mjs';
import { scratchFile } from '../scratch.mjs';

export const title = 'The same work for ten minutes: memory, open files and temporary files stay flat';

/** Growth of memory that is tolerated, since the garbage collector may keep some. */
const MOST_GROWTH_MB = 24;

/** Descriptors of a worker thread's event loop: a queue, a counter, and both ends of a pipe. */
const DESCRIPTORS_PER_WORKER = 4;

/** The warning about low agreement does not matter here. */
const onWarning = () => {};

const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
/** Open files, and the platform's own pipes and queues, some for each worker thread. */
function openDescriptors() {
  const links = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // The descriptor of the listing itself.
      return [];
    }
  });
  const files = links.filter((link) => link.startsWith('/'));
  return { files: files.length, others: links.length - files.length };
}

async function cycle({ npy, csv, rows, store }, round) {
  const few = { data: rows.data.subarray(0, 8 * 800), rows: 800, cols: 8 };
  const method = ['ward', 'average', 'single', 'complete'][round % 4];
  await api.linkage(few, { method });
  const source = await open(npy);
  const fit = await api.twoPass(source, { clusters: 5, stride: 20, seed: round, onWarning });
  await fit.labels();
  await api.kmeans(await open(csv), { k: 6, maxIter: 5, seed: round });
  const batches = await api.BatchClustering.train(few, { k: 4, store });
  await batches.precluster(await open(npy), { name: 'all' });
  await batches.labels({ clusters: { distance: 3 } });
  await batches.cleanup();
  // Cancelled and failed work must leave no more behind than successful work.
  const stop = AbortSignal.timeout(5);
  await api.twoPass(await open(npy), { clusters: 5, stride: 5, signal: stop, onWarning }).catch(() => {});
  await open(`${npy}.missing`).catch(() => {});
  for await (const _ of (await open(csv)).chunks({ chunkRows: 100 })) break;
}

export async function run({ quick }) {
  const seconds = Number(process.env.COPPICE_BENCH_SECONDS ?? (quick ? 30 : 600));
  const report = new Report(title, { unit: '' });
  const rows = normalRows(10_000, 8, 3);
  const place = {
    npy: scratchFile('soak.npy'),
    csv: scratchFile('soak.csv'),
    rows,
    store: scratchFile('soak-run'),
  };
  writeNpy(place.npy, rows.data, [rows.rows, rows.cols]);
  const lines = Array.from({ length: 3000 }, (_, i) =>
    Array.from(rows.data.subarray(8 * i, 8 * i + 8)).join(','),
  );
  writeFileSync(place.csv, `${lines.join('\n')}\n`);
  const folder = path.dirname(place.npy);
  await cycle(place, 0);
  const before = { ...openDescriptors(), left: readdirSync(folder).length };
  const sizes = [];
  const begun = performance.now();
  for (let round = 1; performance.now() - begun < seconds * 1000; round++) {
    await cycle(place, round);
    sizes.push(process.memoryUsage.rss() / 1e6);
  }
  const quarter = Math.max(1, sizes.length >> 2);
  const [early, late] = [middle(sizes.slice(quarter, 2 * quarter)), middle(sizes.slice(-quarter))];
  report.figure({
    name: 'seconds',
    value: (performance.now() - begun) / 1000,
    unit: `, ${sizes.length} rounds`,
  });
  report.figure({ name: 'resident memory in the second quarter', value: early, unit: 'MB, median' });
  report.figure({ name: 'resident memory in the last quarter', value: late, unit: 'MB, median' });
  report.figure({ name: 'most', value: Math.max(...sizes), unit: 'MB' });
  const growth = late - early;
  report.figure({
    name: 'growth',
    value: growth,
    unit: 'MB',
    most: MOST_GROWTH_MB,
    ok: growth <= MOST_GROWTH_MB,
  });
  const { files, others } = openDescriptors();
  const more = files - before.files;
  report.figure({ name: 'more open files', value: more, unit: '', ok: more === 0 });
  const left = readdirSync(folder).length - before.left;
  report.figure({ name: 'more files left', value: left, unit: '', ok: left === 0 });
  // Workers start when there is enough work, so not all of them exist at the beginning.
  const most = before.others + DESCRIPTORS_PER_WORKER * availableParallelism();
  report.figure({
    name: 'pipes and queues of the platform',
    value: others,
    unit: '',
    most,
    ok: others <= most,
  });
  await api.close?.();
  return report;
}
