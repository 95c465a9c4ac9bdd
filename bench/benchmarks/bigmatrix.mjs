/**
 * A distance matrix that fills WebAssembly's 4 GiB: its tree, the peak memory of the process, and whether addresses above 2 GiB
 * were used. The tree is compared with the one in linear memory and with fastcluster's. Takes two minutes and 5 GB.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { linkage } from '../../build/index.js';
import { asFloat64, normalRows, readNpy, writeNpy } from '../data.mjs';
import { Report } from '../harness.mjs';
import { Peers } from '../peer.mjs';
import { scratchFile } from '../scratch.mjs';
import { compareHeights, heightsOf } from '../trees.mjs';

export const title = 'Ward of 46,000 rows over all their distances, 4.2 GB of float32, one thread';

const ROWS = 46_000;
const COLS = 16;
const LIMIT = '4.3GB';
const LIMIT_MB = 4300;
const MATRIX_MB = (((ROWS * (ROWS - 1)) / 2) * 4) / 1e6;
const PEER = 'fastcluster linkage_vector';

/** Build the tree in this process and write it to `file`. @returns seconds, and resident MB before, after all distances, and peak */
async function measure({ file }) {
  const X = normalRows(ROWS, COLS, 3);
  const before = process.memoryUsage().rss / 1e6;
  let filled = 0;
  const onProgress = ({ phase, done, total }) => {
    if (phase === 'distances' && done === total) filled ||= process.memoryUsage().rss / 1e6;
  };
  const options = { method: 'ward', strategy: 'matrix', memoryLimit: LIMIT, threads: 1, onProgress };
  const start = performance.now();
  const Z = await linkage(X, options);
  const seconds = (performance.now() - start) / 1000;
  writeNpy(file, Z, [ROWS - 1, 4]);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return { seconds, before, filled, peak: (maxRSS * 1024) / 1e6, cpu: (userCPUTime + systemCPUTime) / 1e6 };
}

function inChild(task) {
  const args = [fileURLToPath(import.meta.url), JSON.stringify(task)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the tree was not made: ${stderr}`);
  return JSON.parse(stdout);
}

export async function run() {
  const report = new Report(title, { unit: 'M pairs/s', per: 1e6 });
  const file = scratchFile('bigmatrix-tree.npy');
  const { seconds, cpu, before, filled, peak } = inChild({ file });
  report.figure({ name: 'from rows to tree', value: seconds, unit: 's' });
  report.figure({ name: 'seconds of the processor, start of Node included', value: cpu, unit: 's' });
  // All 4.2 GB have been written, so half of them lie above 2 GiB.
  const least = Math.round(before + MATRIX_MB * 0.98);
  report.figure({
    ...{ name: `resident when all distances are made; ${Math.round(before)} MB before` },
    ...{ value: filled, unit: 'MB', least, ok: filled >= least },
  });
  const most = Math.round(before) + LIMIT_MB;
  const within = peak <= most;
  report.figure({ name: `peak, memoryLimit ${LIMIT}`, value: peak, unit: 'MB', most, ok: within });

  const heights = heightsOf(readNpy(file));
  const X = normalRows(ROWS, COLS, 3);
  const compared = (name, other) => {
    const { text, ok } = compareHeights(heights, other, false);
    report.figure({ name: `heights, difference to ${name}`, value: text, ok });
  };
  const linear = { method: 'ward', strategy: 'linear', threads: 1 };
  const start = performance.now();
  compared('linear memory', heightsOf(await linkage(X, linear)));
  report.figure({ name: 'the same in linear memory', value: (performance.now() - start) / 1000, unit: 's' });

  const peers = await Peers.start('vectors');
  Object.assign(report.versions, peers.versions);
  if (peers.version(PEER)) {
    const rows = scratchFile('bigmatrix-rows.npy');
    writeNpy(rows, asFloat64(X).data, [ROWS, COLS]);
    await peers.prepare(PEER, { file: rows, method: 'ward' });
    report.figure({ name: PEER, value: await peers.run(PEER, Report.cpu), unit: 's' });
    compared(PEER, heightsOf(await peers.result(PEER)));
  } else {
    report.skip(PEER, peers.why(PEER));
  }
  peers.stop();
  return report;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]))));
}
