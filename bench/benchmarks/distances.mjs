/** pdist and cdist of vectors; compared with SciPy, scikit-learn and faiss. */
import { cdist, pdist } from '../../build/index.js';
import { asFloat64, differences, formatRelative, normalRows, writeNpy } from '../data.mjs';
import { Report } from '../harness.mjs';
import { scratchFile } from '../scratch.mjs';

export const title =
  'Distances of all pairs, n = 2,000, and of 4,000 rows to 1,000 others, d = 64, one thread';

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
    await crossed(report);
  } finally {
    report.stop();
  }
  return report;
}

/** From one set to another. scikit-learn and faiss multiply matrices, which loses accuracy for rows that lie close together. */
async function crossed(report) {
  const [n, m, d] = [4000, 1000, 64];
  const [A, B] = [normalRows(n, d, 2), normalRows(m, d, 3)];
  const files = (from, to) => ({
    a: writeNpy(from[0], from[1].data, [n, d]),
    b: writeNpy(to[0], to[1].data, [m, d]),
  });
  const single = files([scratchFile('a4.npy'), A], [scratchFile('b4.npy'), B]);
  const double = files([scratchFile('a8.npy'), asFloat64(A)], [scratchFile('b8.npy'), asFloat64(B)]);
  for (const metric of ['sqeuclidean', 'euclidean', 'cosine']) {
    const python = {
      'scipy cdist, A to B': { ...double, metric },
      'sklearn pairwise_distances': { ...single, metric },
    };
    if (metric === 'sqeuclidean') python['faiss pairwise_distances'] = { ...single, metric };
    await report.contest({
      name: `cdist, ${metric}`,
      work: n * m * d,
      ours: { float32: { run: async () => (await cdist(A, B, metric, { threads: 1 })).data } },
      peers: python,
      rounds: 15,
      compare: (mine, theirs) => formatRelative(differences(mine, theirs), 1e-4),
    });
  }
}
