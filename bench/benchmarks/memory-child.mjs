/** One run under a memory limit, for memory.mjs. Prints its peak resident size in bytes. */
import { existsSync, readFileSync } from 'node:fs';
import { assign, createModel, kmeans, twoPass } from '../../build/index.js';
import { open } from '../../build/sources.js';

const [path, way, memoryLimit, sample] = process.argv.slice(2);
const options = { memoryLimit, onWarning: () => {} };
const source = await open(path, options);
const ways = {
  matrix: () =>
    twoPass(source, { clusters: 4, strategy: 'matrix', ...options }).then((fit) => drain(fit.assign())),
  linear: () =>
    twoPass(source, { clusters: 4, strategy: 'linear', sample: Number(sample), ...options }).then((fit) =>
      drain(fit.assign()),
    ),
  kmeans: () => kmeans(source, { k: 16, init: 'random', nInit: 1, maxIter: 3, ...options }),
  assign: async () => {
    const data = Float32Array.from({ length: 32 * source.cols }, (_, i) => (i * 7) % 11);
    const leaders = { data, rows: 32, cols: source.cols };
    const model = createModel({ leaders, labels: Int32Array.from({ length: 32 }, (_, i) => i + 1) });
    await drain(assign(source, model, options));
  },
};

async function drain(parts) {
  for await (const { labels } of parts) if (labels.length === 0) throw new Error('an empty part');
}

await ways[way]();
// getrusage reports a peak that includes that of the parent process; Linux's own figure (VmHWM) does not.
const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
const peak = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
console.log(Number(peak) * 1024);
process.exit(0);
