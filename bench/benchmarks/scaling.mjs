/** How the time of linkage grows with the number of rows: ours and the peers', drawn to docs/scaling.svg. */
import { writeFileSync } from 'node:fs';
import { linkage } from '../../build/index.js';
import { curvesSvg } from '../curves.mjs';
import { asFloat64, normalRows, writeNpy } from '../data.mjs';
import { Report } from '../harness.mjs';
import { scratchFile } from '../scratch.mjs';
import { compare, peersOf } from './vectors.mjs';

export const title = 'Linkage of vectors of 16 columns as the rows grow: average, one thread';

const SIZES = [500, 1000, 2000, 5000, 10_000, 20_000];
/** Largest sizes for peers: beyond, a run would take minutes, or the matrix 3 GB. */
const MOST = { 'scipy pdist + linkage': 10_000, 'fastcluster pdist + linkage': 20_000 };
const FILE = 'docs/scaling.svg';

export async function run({ quick = false } = {}) {
  const report = new Report(title, { unit: 'M pairs/s', per: 1e6 });
  await report.startPeers('vectors');
  try {
    for (const n of quick ? SIZES.slice(0, 2) : SIZES) {
      const single = normalRows(n, 16, n);
      const double = asFloat64(single);
      const file = writeNpy(scratchFile('vectors.npy'), double.data, [n, 16]);
      const python = Object.keys(MOST).filter((op) => n <= MOST[op]);
      await report.contest({
        name: `n = ${n.toLocaleString('en')}`,
        work: (n * (n - 1)) / 2,
        ours: {
          float32: { run: () => linkage(single, { method: 'average', threads: 1 }) },
          float64: { run: () => linkage(double, { method: 'average', threads: 1 }) },
        },
        peers: peersOf(single, file, 'average', python),
        seconds: 2,
        compare,
      });
    }
  } finally {
    report.stop();
  }
  if (!quick) draw(report);
  return report;
}

function draw({ records }) {
  const lines = new Map();
  const add = (name, n, seconds) => {
    if (!lines.has(name)) lines.set(name, []);
    lines.get(name).push([n, seconds]);
  };
  for (const { name, variant, seconds, peers } of records) {
    const n = Number(name.replace(/\D/g, ''));
    add(`coppice, ${variant}`, n, seconds);
    if (variant === 'float32') for (const op of Object.keys(peers)) add(op, n, peers[op]);
  }
  const svg = curvesSvg({
    title: 'Average linkage of vectors of 16 columns',
    note: `Seconds of ${Report.cpu ? 'the processor, ' : ''}one thread, distances included, best of several; dotted: n²`,
    xLabel: 'rows',
    yLabel: 'seconds',
    lines: [...lines].map(([name, points]) => ({
      name: name.replace(' HierarchicalClustering', ''),
      points,
    })),
  });
  writeFileSync(FILE, svg);
  console.log(`\ndrawn: ${FILE}`);
}
