/** Assigns rows in memory to their nearest leaders; compared with scikit-learn and faiss. */
import { assign, createModel } from '../../build/index.js';
import { uniform, writeNpy } from '../data.mjs';
import { Report } from '../harness.mjs';
import { scratchFile } from '../scratch.mjs';

export const title = 'Assigning 1,000,000 x 64 float32 rows in memory, one thread where not said otherwise';

function rowsAround(rows, cols, seed) {
  const next = uniform(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => next() - 0.5), rows, cols };
}

const squared = ({ data, cols }, i, leaders, k) => {
  let sum = 0;
  for (let j = 0; j < cols; j++) sum += (data[i * cols + j] - leaders.data[k * cols + j]) ** 2;
  return sum;
};

/** If two leaders are equally near within the rounding of float32, either is correct. */
function compareWith(rows, leaders) {
  return (mine, theirs) => {
    let other = 0;
    let wrong = mine.length === theirs.length ? 0 : 1;
    for (let i = 0; i < mine.length; i++) {
      if (mine[i] === theirs[i]) continue;
      other++;
      const [a, b] = [squared(rows, i, leaders, mine[i]), squared(rows, i, leaders, theirs[i])];
      if (!(Math.abs(a - b) <= 1e-5 * a)) wrong++;
    }
    return { text: other === 0 ? 'none' : `${other} near ties`, ok: wrong === 0 };
  };
}

export async function run() {
  const report = new Report(title, { unit: 'M rows/s', per: 1e6 });
  const rows = rowsAround(1_000_000, 64, 1);
  const file = writeNpy(scratchFile('rows.npy'), rows.data, [rows.rows, rows.cols]);
  await report.startPeers('assign');
  try {
    for (const m of [6, 100]) {
      const leaders = rowsAround(m, 64, 2);
      const model = createModel({
        leaders,
        labels: Int32Array.from({ length: m }, (_, i) => i),
        metric: 'euclidean',
      });
      const leaderFile = writeNpy(scratchFile(`leaders-${m}.npy`), leaders.data, [m, 64]);
      const nearest = new Int32Array(rows.rows);
      const nearestWith = (threads) => async () => {
        for await (const part of assign(rows, model, { threads })) nearest.set(part.nearest, part.start);
        return nearest;
      };
      await report.contest({
        name: `${m} leaders`,
        work: rows.rows,
        ours: {
          float32: {
            run: nearestWith(1),
            asked: [
              { over: 'faiss IndexFlatL2', ratio: 1.2 },
              { over: 'sklearn pairwise_distances_argmin', ratio: 2 },
            ],
          },
          'float32, two threads': { run: nearestWith(2) },
        },
        peers: {
          'sklearn pairwise_distances_argmin': { rows: file, leaders: leaderFile },
          'faiss IndexFlatL2': { rows: file, leaders: leaderFile },
        },
        // During the first runs the engine compiles the hot code.
        rounds: 12,
        seconds: 12,
        compare: compareWith(rows, leaders),
      });
      if (Report.cpu) continue;
      const [one, two] = report.records.filter(({ name }) => name === `${m} leaders`);
      report.figure({
        name: `${m} leaders: one thread by two`,
        value: one.seconds / two.seconds,
        unit: 'x',
        least: m === 100 ? 1.7 : undefined,
        ratio: true,
      });
    }
  } finally {
    report.stop();
  }
  return report;
}
