/** pdist of vectors, beside SciPy. */
import { pdist } from '../build/index.js';
import { asFloat64, differences, formatRelative, normalRows, writeNpy } from './data.mjs';
import { Report } from './harness.mjs';
import { scratchFile } from './scratch.mjs';

export const title = 'Distances of all pairs, n = 2,000, d = 64, one thread';

export async function run() {
  const report = new Report(title, { unit: 'G pair-dimensions/s', per: 1e9 });
  const [n, d] = [2000, 64];
  const single = normalRows(n, d, 1);
  const double = asFloat64(single);
  const file = writeNpy(scratchFile('vectors.npy'), double.data, [n, d]);
  await report.startPeers('distances');
  try {
    for (const metric of ['sqeuclidean', 'euclidean']) {
      await report.contest({
        name: metric,
        work: ((n * (n - 1)) / 2) * d,
        ours: {
          float32: { run: () => pdist(single, metric, { threads: 1 }), asked: [{ rate: 10 }] },
          float64: { run: () => pdist(double, metric, { threads: 1 }) },
        },
        peers: { 'scipy pdist': { file, metric }, 'scipy cdist': { file, metric } },
        rounds: 15,
        compare: (mine, theirs, variant) =>
          formatRelative(differences(mine, theirs), variant === 'float32' ? 1e-5 : 1e-13),
      });
    }
  } finally {
    report.stop();
  }
  return report;
}
