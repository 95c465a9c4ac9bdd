/** The example trajectory from file to labels; compared with the usual script with MDTraj and SciPy. */
import { fileURLToPath } from 'node:url';
import { twoPass } from '../../build/index.js';
import { open } from '../../build/sources.js';
import { Report } from '../harness.mjs';

export const title =
  'Two passes over examples/alanine-dipeptide.h5 (4,000 frames, 22 atoms), from file to labels, one thread';

const file = fileURLToPath(new URL('../../examples/alanine-dipeptide.h5', import.meta.url));
const FRAMES = 4000;

async function ours(stride) {
  const source = await open(file);
  try {
    const fit = await twoPass(source, {
      clusters: 3,
      stride,
      method: 'ward',
      metric: 'rmsd',
      profiles: true,
      leaders: { perCluster: 1, pick: 'medoid' },
      threads: 1,
    });
    return await fit.labels();
  } finally {
    await source.close?.();
  }
}

/** Both sides number clusters as SciPy's fcluster does, so labels can be compared directly. */
function compare(mine, theirs) {
  let other = Math.abs(mine.length - theirs.length);
  for (let i = 0; i < mine.length; i++) if (mine[i] !== theirs[i]) other++;
  return { text: other === 0 ? 'none' : `${other} labels`, ok: other <= FRAMES / 1000 };
}

export async function run({ quick = false } = {}) {
  const report = new Report(title, { unit: 'frames/s' });
  await report.startPeers('twopass');
  try {
    for (const stride of quick ? [20] : [20, 5, 2]) {
      await report.contest({
        name: `stride ${stride}`,
        work: FRAMES,
        ours: { float32: { run: () => ours(stride) } },
        peers: { 'mdtraj + scipy': { file, stride, clusters: 3, chunk: 500 } },
        compare,
      });
    }
  } finally {
    report.stop();
  }
  return report;
}
