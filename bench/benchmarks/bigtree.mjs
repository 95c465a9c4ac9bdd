/**
 * Trees in linear memory whose distance matrix would take 10 to 20 GB. Each is built in a process of its own, to measure its peak
 * memory, and also for fewer rows, to measure how the time grows. Takes minutes.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { linkage } from '../../build/index.js';
import { normal, uniform } from '../data.mjs';
import { Report } from '../harness.mjs';

export const title = 'Exact linkage in linear memory, within 256 MB, two threads';

const LIMIT = '256MB';
const CASES = [
  {
    name: 'ward, normal vectors, d = 16',
    cols: 16,
    method: 'ward',
    metric: 'euclidean',
    sizes: [10_000, 100_000],
  },
  {
    ...{ name: 'average over cosine, mixture of 500 directions, d = 384', cols: 384, method: 'average' },
    ...{ metric: 'cosine', sizes: [10_000, 50_000] },
  },
];

/** Rows similar to embeddings: around some directions, with as much variation of their own. */
function mixture(rows, cols, seed) {
  const next = normal(seed);
  const pick = uniform(seed);
  const centers = Float32Array.from({ length: 500 * cols }, next);
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const center = Math.floor(pick() * 500) * cols;
    for (let k = 0; k < cols; k++) data[i * cols + k] = centers[center + k] + next();
  }
  return { data, rows, cols };
}

function plain(rows, cols, seed) {
  const next = normal(seed);
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < data.length; i++) data[i] = next();
  return { data, rows, cols };
}

/** Build one tree in this process: seconds, and the peak memory of the process in MB before and after. */
async function measure({ rows, cols, method, metric, threads = 2 }) {
  const peak = () => process.resourceUsage().maxRSS / 1000;
  const X = (metric === 'cosine' ? mixture : plain)(rows, cols, 1);
  const before = peak();
  const start = performance.now();
  const Z = await linkage(X, { method, metric, strategy: 'linear', memoryLimit: LIMIT, threads });
  return { seconds: (performance.now() - start) / 1000, before, peak: peak(), merges: Z.length / 4 };
}

function inChild(task) {
  const args = [fileURLToPath(import.meta.url), JSON.stringify(task)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`a tree was not made: ${stderr}`);
  return JSON.parse(stdout);
}

export async function run() {
  const report = new Report(title, { unit: 'M pairs/s', per: 1e6 });
  for (const { name, sizes, ...task } of CASES) {
    const seconds = [];
    for (const rows of sizes) {
      const found = inChild({ ...task, rows });
      seconds.push(found.seconds);
      const what = `${rows.toLocaleString('en')} rows, ${name}`;
      report.figure({ name: what, value: found.seconds, unit: 's', ok: found.merges === rows - 1 });
      const data = (rows * task.cols * 4) / 1e6;
      report.figure({
        ...{
          name: `  peak of Node, which held ${Math.round(found.before)} MB (data ${Math.round(data)} MB) before`,
        },
        ...{ value: found.peak, unit: 'MB', most: Math.round(found.before) + 256 },
      });
    }
    const grown = Math.log(seconds[1] / seconds[0]) / Math.log(sizes[1] / sizes[0]);
    report.figure({ name: `  time grows as n to the power of`, value: grown, unit: '', most: 2.1 });
  }
  return report;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]))));
}
