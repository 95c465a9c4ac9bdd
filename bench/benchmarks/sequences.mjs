/** Receptor sequences to clusters: the graph of neighbours, then Markov clustering. */
import { writeFileSync } from 'node:fs';
import { mcl } from '../../build/index.js';
import { hammingGraph } from '../../build/sequences.js';
import { Report } from '../harness.mjs';
import { receptors } from '../receptors.mjs';
import { scratchFile } from '../scratch.mjs';

export const title =
  'Made-up receptor sequences: neighbours by one place, Markov clustering at 1.2, one thread';

/** For each sequence the first sequence of its cluster; -1 if it has none. */
async function firsts(sequences) {
  const graph = await hammingGraph(sequences, { threads: 1 });
  const { labels, clusters } = await mcl(graph, { inflation: 1.2, threads: 1 });
  return Int32Array.from(labels, (label) => (label === 0 ? -1 : clusters[label - 1][0]));
}

function compare(mine, theirs) {
  let other = Math.abs(mine.length - theirs.length);
  for (let i = 0; i < mine.length; i++) if (mine[i] !== theirs[i]) other++;
  return { text: other === 0 ? 'none' : `${other} labels`, ok: other <= mine.length / 1000 };
}

export async function run({ quick = false } = {}) {
  const report = new Report(title, { unit: 'sequences/s' });
  await report.startPeers('sequences');
  try {
    for (const count of quick ? [5000] : [5000, 30_000]) {
      const sequences = receptors(count);
      const file = scratchFile(`receptors-${count}.txt`);
      writeFileSync(file, `${sequences.join('\n')}\n`);
      await report.contest({
        name: `${count} sequences`,
        work: count,
        ours: { 'graph and mcl': { run: () => firsts(sequences) } },
        peers: { 'scipy sets and sparse matrices': { file, inflation: 1.2 } },
        compare,
      });
    }
  } finally {
    report.stop();
  }
  if (quick) return report;
  // The repertoire of one donor, as a whole.
  const sequences = receptors(245_000);
  let best = { graph: Infinity, mcl: Infinity };
  for (let round = 0; round < 2; round++) {
    const begin = performance.now();
    const graph = await hammingGraph(sequences, { threads: 1 });
    const middle = performance.now();
    await mcl(graph, { inflation: 1.2, threads: 1 });
    const end = performance.now();
    best = { graph: Math.min(best.graph, middle - begin), mcl: Math.min(best.mcl, end - middle) };
  }
  report.figure({ name: '245,000 sequences: the graph', value: best.graph / 1000, unit: 's' });
  report.figure({
    name: '245,000 sequences: Markov clustering',
    value: best.mcl / 1000,
    unit: 's',
    most: 39.6,
  });
  report.figure({
    name: 'peak of the process',
    value: process.resourceUsage().maxRSS / 1000,
    unit: 'MB',
    most: 600,
  });
  return report;
}
