/** Lloyd's algorithm from given centroids; compared with scikit-learn and faiss. */
import { kmeans } from '../../build/index.js';
import { normal, uniform, writeNpy } from '../data.mjs';
import { Report } from '../harness.mjs';
import { scratchFile } from '../scratch.mjs';

export const title = 'k-means: 20 iterations over 100,000 x 16 float32, 64 clusters, one thread';

const [ROWS, COLS, K, ITERATIONS] = [100_000, 16, 64, 20];

/** Rows without groups, for which the bounds help least. */
function noise() {
  const next = normal(1);
  return Float32Array.from({ length: ROWS * COLS }, () => next());
}

/** Rows around as many centres as there are clusters; some of these overlap. */
function groups() {
  const next = normal(2);
  const place = uniform(3);
  const centres = Float64Array.from({ length: K * COLS }, () => 3 * next());
  const data = new Float32Array(ROWS * COLS);
  for (let i = 0; i < ROWS; i++) {
    const centre = COLS * Math.floor(K * place());
    for (let c = 0; c < COLS; c++) data[i * COLS + c] = centres[centre + c] + next();
  }
  return data;
}

const rounded = (x) => Number(x.toPrecision(6));

export async function run() {
  const report = new Report(title, { unit: 'iterations/s' });
  await report.startPeers('kmeans');
  try {
    for (const [name, make] of Object.entries({ noise, groups })) {
      const data = make();
      const init = data.slice(0, K * COLS);
      const rows = writeNpy(scratchFile(`${name}.npy`), data, [ROWS, COLS]);
      const centroids = writeNpy(scratchFile(`${name}-init.npy`), init, [K, COLS]);
      const options = {
        k: K,
        init: { data: init, rows: K, cols: COLS },
        maxIter: ITERATIONS,
        tol: 0,
        threads: 1,
      };
      await report.contest({
        name,
        work: ITERATIONS,
        ours: {
          float32: {
            run: async () =>
              Float64Array.of((await kmeans({ data, rows: ROWS, cols: COLS }, options)).inertia),
            asked: [
              { over: 'sklearn KMeans', ratio: 1.2 },
              { over: 'faiss Kmeans', ratio: 2 },
            ],
          },
        },
        peers: {
          'sklearn KMeans': { rows, centroids, iterations: ITERATIONS },
          'faiss Kmeans': { rows, centroids, iterations: ITERATIONS },
        },
        // Sums of float32 in another order lead to slightly different centroids.
        compare: ([mine], [theirs]) => ({
          text: `inertia ${rounded(mine)}, ${rounded(theirs)}`,
          ok: Math.abs(mine - theirs) <= 1e-4 * theirs,
        }),
      });
    }
  } finally {
    report.stop();
  }
  return report;
}
