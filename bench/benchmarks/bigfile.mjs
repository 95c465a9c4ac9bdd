/**
 * Clusters a 4 GB file on the command line under a memory limit. It measures the peak resident size, checks that every row has
 * the label of its blob, and measures how fast the second pass reads from a warm page cache.
 * COPPICE_BENCH_TMP sets the disk, COPPICE_BENCH_BYTES another size.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assign, Model } from '../../build/index.js';
import { open } from '../../build/sources.js';
import { npyHeader, parseNpy, uniform } from '../data.mjs';
import { Report } from '../harness.mjs';
import { scratch, scratchFile, start } from '../scratch.mjs';

export const title = 'A 4 GB float32 NPY file of 64 columns, clustered within 256 MB, one thread';

const COLS = 64;
const BLOBS = 6;
const BYTES = Number(process.env.COPPICE_BENCH_BYTES ?? 4e9);
const LIMIT = '256MB';
const LIMIT_MB = 256;
/** Memory of the runtime in addition to the limit. */
const RUNTIME_MB = 120;
const LEAST_MB_PER_SECOND = 400;
const GNU_TIME = '/usr/bin/time';
const CLI = fileURLToPath(new URL('../../build/cli.js', import.meta.url));
const BLOCK_ROWS = 2 ** 14;

/** The blob of a row. Blobs are mixed, and about equally frequent. */
const blobOf = (row) => (Math.imul(row, 0x9e3779b1) >>> 8) % BLOBS;

/** Well separated blobs: a row is always nearer to any row of its own blob than to a row of another. */
function writeBlobs(file, rows) {
  const next = uniform(7);
  const centers = Float32Array.from({ length: BLOBS * COLS }, () => 4 * next() - 2);
  const out = openSync(file, 'w');
  try {
    writeSync(out, npyHeader('<f4', [rows, COLS]));
    const block = new Float32Array(BLOCK_ROWS * COLS);
    for (let first = 0; first < rows; first += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - first);
      for (let i = 0; i < count; i++) {
        const center = blobOf(first + i) * COLS;
        for (let j = 0; j < COLS; j++) block[i * COLS + j] = centers[center + j] + next() - 0.5;
      }
      const bytes = new Uint8Array(block.buffer, 0, count * COLS * 4);
      for (let at = 0; at < bytes.length; ) at += writeSync(out, bytes, at);
    }
    fsyncSync(out);
  } finally {
    closeSync(out);
  }
}

/** Run the command under GNU time. */
function cluster(file, labels, model) {
  const log = scratchFile('time.txt');
  const options = ['--clusters', `${BLOBS}`, '--leaders', '1', '--memory', LIMIT, '--threads', '1'];
  const command = [process.execPath, CLI, 'cluster', file, ...options, '--out', labels, '--model', model];
  return new Promise((resolve, reject) => {
    const child = start(GNU_TIME, ['-v', '-o', log, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0) return reject(new Error(`coppice cluster ended with ${code}: ${said}`));
      const text = readFileSync(log, 'utf8');
      const clock = /Elapsed \(wall clock\).*: ([\d:.]+)/.exec(text)[1];
      resolve({
        peakMB: (Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(text)[1]) * 1024) / 1e6,
        seconds: clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0),
      });
    });
  });
}

/** Number of labelled rows, and of rows whose label differs from the most frequent one of their blob. */
function checkLabels(file, rows) {
  const input = openSync(file, 'r');
  try {
    const head = Buffer.alloc(256);
    readSync(input, head, 0, 256, 0);
    const { descr, shape, offset } = parseNpy(head);
    if (descr !== '<i4') throw new Error(`labels are ${descr}, not <i4`);
    const counts = Array.from({ length: BLOBS }, () => new Map());
    const block = new Int32Array(2 ** 20);
    let row = 0;
    for (let at = offset; ; ) {
      const got = readSync(input, block, 0, block.byteLength, at) >> 2;
      if (got === 0) break;
      for (let i = 0; i < got; i++, row++) {
        const seen = counts[blobOf(row)];
        seen.set(block[i], (seen.get(block[i]) ?? 0) + 1);
      }
      at += got * 4;
    }
    const main = counts.map((seen) => [...seen].reduce((a, b) => (b[1] > a[1] ? b : a)));
    const right = main.reduce((sum, [, count]) => sum + count, 0);
    const distinct = new Set(main.map(([label]) => label)).size;
    return { labels: row, wrong: distinct === BLOBS ? row - right : row, shapeIsRight: shape[0] === rows };
  } finally {
    closeSync(input);
  }
}

async function fastest(runs, work) {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

/** Read all bytes through one buffer, from the page cache. */
function readPlainly(file) {
  const input = openSync(file, 'r');
  try {
    const buffer = new Uint8Array(2 ** 21);
    for (let at = 0; ; ) {
      const got = readSync(input, buffer, 0, buffer.length, at);
      if (got === 0) return;
      at += got;
    }
  } finally {
    closeSync(input);
  }
}

/** Seconds for reading from the disk itself; undefined if that cannot be measured. */
function readDisk(file) {
  const begin = performance.now();
  const { status } = spawnSync('dd', [`if=${file}`, 'of=/dev/null', 'bs=8M', 'iflag=direct'], {
    stdio: 'ignore',
  });
  return status === 0 ? (performance.now() - begin) / 1000 : undefined;
}

async function measure(report, file, rows) {
  const labels = scratchFile('labels.npy');
  const model = scratchFile('model.safetensors');
  const { peakMB, seconds } = await cluster(file, labels, model);
  report.figure({ name: 'peak resident size', value: peakMB, unit: 'MB', most: LIMIT_MB + RUNTIME_MB });
  report.figure({ name: 'whole run, from file to labels', value: seconds, unit: 's' });
  const found = checkLabels(labels, rows);
  const kept = found.shapeIsRight && found.labels === rows;
  report.figure({ name: 'labels', value: `${found.labels} of ${rows}`, ok: kept });
  report.figure({ name: "labels other than the blob's", value: found.wrong, ok: found.wrong === 0 });

  const megabytes = (rows * COLS * 4) / 1e6;
  const source = await open(file);
  const loaded = Model.load(readFileSync(model));
  const second = await fastest(3, async () => {
    let seen = 0;
    for await (const part of assign(source, loaded, { memoryLimit: LIMIT, threads: 1 }))
      seen += part.labels.length;
    if (seen !== rows) throw new Error(`pass two gave ${seen} labels for ${rows} rows`);
  });
  const alone = await fastest(3, async () => {
    for await (const chunk of source.chunks({ chunkRows: 8192, reuse: true })) chunk.data[0];
  });
  await source.close();
  const plain = await fastest(3, () => readPlainly(file));
  const disk = readDisk(file);
  report.figure({
    name: 'pass two, 6 leaders, warm page cache, best of 3',
    value: megabytes / second,
    unit: 'MB/s',
    least: LEAST_MB_PER_SECOND,
  });
  report.figure({ name: 'the reader alone', value: megabytes / alone, unit: 'MB/s' });
  report.figure({ name: 'read calls alone, one after another', value: megabytes / plain, unit: 'MB/s' });
  if (disk) report.figure({ name: 'the disk, past the page cache', value: megabytes / disk, unit: 'MB/s' });
  else report.skip('the disk, past the page cache', 'dd iflag=direct does not work here');
}

export async function run() {
  const report = new Report(title, { unit: 'MB/s' });
  const rows = Math.floor(BYTES / (COLS * 4));
  const { bavail, bsize } = statfsSync(scratch());
  const room = bavail * bsize;
  if (room < 1.2 * BYTES) {
    report.skip(
      'everything',
      `needs ${(1.2e-9 * BYTES).toFixed(1)} GB of disk, ${(room / 1e9).toFixed(1)} GB are free; COPPICE_BENCH_TMP names another place`,
    );
    return report;
  }
  if (!existsSync(CLI)) {
    report.skip('everything', 'this build has no command line');
    return report;
  }
  if (!existsSync(GNU_TIME)) {
    report.skip('everything', `there is no ${GNU_TIME} (Debian: apt install time)`);
    return report;
  }
  const file = scratchFile('blobs.npy');
  try {
    writeBlobs(file, rows);
    await measure(report, file, rows);
  } finally {
    rmSync(file, { force: true });
  }
  return report;
}
