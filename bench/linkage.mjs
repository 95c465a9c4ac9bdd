/** Linkage from condensed distances, all methods, beside SciPy and fastcluster. */
import { linkage, METHODS, pdist } from '../build/index.js';
import { differences, formatRelative, normalRows, writeNpy } from './data.mjs';
import { Report } from './harness.mjs';
import { scratchFile } from './scratch.mjs';

export const title = 'Linkage from condensed distances (of normal vectors, d = 16), one thread';

const SIZES = [2000, 5000, 10_000];

/** At n = 10,000, over fastcluster. */
const ASKED = {
  single: { float32: 2 },
  complete: { float32: 3, float64: 1.8 },
  average: { float32: 3, float64: 1.8 },
  weighted: { float32: 3, float64: 1.8 },
  ward: { float32: 3, float64: 1.8 },
  centroid: { float32: 1.5 },
  median: { float32: 1.5 },
};

const heights = (Z) => Float64Array.from({ length: Z.length / 4 }, (_, k) => Z[4 * k + 2]);

/** In float32, merges whose heights all but tie may come in another order, so those heights are sorted. */
function compare(mine, theirs, variant) {
  const [a, b] = [heights(mine), heights(theirs)];
  return variant === 'float64'
    ? formatRelative(differences(a, b), 1e-10)
    : formatRelative(differences(a.sort(), b.sort()), 1e-5);
}

export async function run() {
  const report = new Report(title, { unit: 'M pairs/s', per: 1e6 });
  await report.startPeers('linkage');
  try {
    for (const n of SIZES) {
      // Distances that float32 holds exactly: one that rounds into a tie could make another tree.
      const single = await pdist(normalRows(n, 16, n), 'euclidean');
      const double = Float64Array.from(single);
      const file = writeNpy(scratchFile('condensed.npy'), double);
      for (const method of METHODS) {
        const asked = (variant) => {
          const ratio = n === SIZES.at(-1) ? ASKED[method][variant] : undefined;
          return ratio ? [{ over: 'fastcluster linkage', ratio }] : [];
        };
        await report.contest({
          name: `n = ${n.toLocaleString('en')}, ${method}`,
          work: double.length,
          ours: {
            float64: { run: () => linkage(double, { method, threads: 1 }), asked: asked('float64') },
            float32: { run: () => linkage(single, { method, threads: 1 }), asked: asked('float32') },
          },
          peers: { 'scipy linkage': { file, method }, 'fastcluster linkage': { file, method } },
          seconds: 3,
          compare,
        });
      }
    }
  } finally {
    report.stop();
  }
  return report;
}
