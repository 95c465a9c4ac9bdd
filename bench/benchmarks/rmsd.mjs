/** Minimal RMSD of all pairs of frames; compared with MDTraj. */
import { pdist } from '../../build/index.js';
import { differences, normal, uniform, writeNpy } from '../data.mjs';
import { formatNumber, Report } from '../harness.mjs';
import { scratchFile } from '../scratch.mjs';

export const title = 'RMSD of all pairs of 2,000 frames, one thread';

const NEAR = 1e-5; // nm

/** A random chain that vibrates, rotates and moves. */
function trajectory(frames, atoms, seed) {
  const bell = normal(seed);
  const next = uniform(seed + 1);
  const chain = new Float64Array(3 * atoms);
  for (let i = 3; i < chain.length; i++) chain[i] = chain[i - 3] + 0.09 * bell();
  const data = new Float32Array(frames * 3 * atoms);
  for (let f = 0; f < frames; f++) {
    const q = [bell(), bell(), bell(), bell()];
    const length = Math.hypot(...q);
    const [w, x, y, z] = q.map((c) => c / length);
    const shift = [next(), next(), next()].map((s) => 4 * s);
    const turn = [
      [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
      [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
      [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ];
    for (let a = 0; a < atoms; a++) {
      const p = [0, 1, 2].map((c) => chain[3 * a + c] + 0.05 * bell());
      for (let c = 0; c < 3; c++) {
        data[(f * atoms + a) * 3 + c] = turn[c][0] * p[0] + turn[c][1] * p[1] + turn[c][2] * p[2] + shift[c];
      }
    }
  }
  return { data, rows: frames, cols: 3 * atoms };
}

export async function run({ quick = false } = {}) {
  const report = new Report(title, { unit: 'M pairs/s', per: 1e6 });
  await report.startPeers('rmsd');
  try {
    for (const [atoms, ratio] of [
      [22, 2.5],
      [264, 2.2],
    ].slice(0, quick ? 1 : 2)) {
      const frames = trajectory(2000, atoms, atoms);
      const file = writeNpy(scratchFile(`frames-${atoms}.npy`), frames.data, [frames.rows, frames.cols]);
      await report.contest({
        name: `${atoms} atoms`,
        work: (frames.rows * (frames.rows - 1)) / 2,
        ours: {
          float32: {
            run: () => pdist(frames, 'rmsd', { threads: 1 }),
            asked: [{ over: 'mdtraj precentered', ratio }],
          },
        },
        peers: {
          'mdtraj rmsd': { file },
          'mdtraj precentered': { file },
          'mdtraj precentered, half': { file },
        },
        compare: (mine, theirs) => {
          const { absolute } = differences(mine, theirs);
          return { text: `${formatNumber(absolute)} nm`, ok: absolute <= NEAR };
        },
      });
    }
  } finally {
    report.stop();
  }
  return report;
}
