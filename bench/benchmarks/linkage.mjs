/** Linkage from condensed distances, for all methods; compared with SciPy and fastcluster. */
import { linkage, METHODS, pdist } from '../../build/index.js';
import { asFloat64, normalRows, writeNpy } from '../data.mjs';
import { Report } from '../harness.mjs';
import { scratchFile } from '../scratch.mjs';
import { compareHeights, heightsOf } from '../trees.mjs';

export const title = 'Linkage from condensed distances (of normal vectors, d = 16), one thread';

const SIZES = [2000, 5000, 10_000];

/** Required ratio to fastcluster at n = 10,000. */
const ASKED = {
  single: { float32: 2 },
  complete: { float32: 3, float64: 1.8 },
  average: { float32: 3, float64: 1.8 },
  weighted: { float32: 3, float64: 1.8 },
  ward: { float32: 3, float64: 1.8 },
  centroid: { float32: 1.5 },
  median: { float32: 1.5 },
};

const compare = (mine, theirs, variant) =>
  compareHeights(heightsOf(mine), heightsOf(theirs), variant === 'float64');

export async function run({ quick = false } = {}) {
  const report = new Report(title, { unit: 'M pairs/s', per: 1e6 });
  await report.startPeers('linkage');
  try {
    for (const n of quick ? SIZES.slice(0, 1) : SIZES) {
      const double = await pdist(asFloat64(normalRows(n, 16, n)), 'euclidean');
      const single = Float32Array.from(double);
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
