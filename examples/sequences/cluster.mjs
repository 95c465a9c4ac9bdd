/**
 * Clusters receptor sequences, from this repository's folder:
 *
 *   node examples/sequences/cluster.mjs [file] [column]
 *
 * Prints the clusters, largest first, and writes clusters.csv: every distinct sequence with its cluster, or an empty field if it
 * has none.
 */
import { writeFile } from 'node:fs/promises';
import { mcl } from 'coppice';
import { hammingGraph, readSequences, report } from 'coppice/sequences';

const [file = 'examples/sequences/receptors.tsv', column] = process.argv.slice(2);

// Rows without a valid sequence (a stop codon, out of frame) are counted, and the first is reported.
const set = await readSequences(file, { column, onBadRow: 'skip' });
const graph = await hammingGraph(set.sequences, { maxDistance: 1 });
const found = await mcl(graph, { inflation: 1.2 });
const { clusters, unclustered } = await report(found, set.sequences, {
  counts: set.counts,
  properties: ['hydrophobicity', 'basicity'],
});

console.log(
  `${file}: ${set.total} sequences, ${set.sequences.length} distinct, ${graph.neighbours.length / 2} edges`,
);
console.log(`${clusters.length} clusters; ${unclustered.length} sequences have no neighbour`);
const largest = clusters.sort((a, b) => b.size - a.size || a.cluster - b.cluster).slice(0, 8);
for (const { cluster, size, count, motif, entropy, properties } of largest) {
  const hydrophobicity = properties.hydrophobicity.toFixed(2).padStart(6);
  console.log(
    `cluster ${String(cluster).padStart(2)}: ${String(size).padStart(3)} sequences, ${String(count).padStart(3)} rows, ` +
      `entropy ${entropy.toFixed(2)}, hydrophobicity ${hydrophobicity}  ${motif}`,
  );
}
const rows = set.sequences.map((sequence, i) => `${sequence},${found.labels[i] || ''}`);
await writeFile('clusters.csv', `sequence,cluster\n${rows.join('\n')}\n`);
