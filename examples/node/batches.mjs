/**
 * Clusters files in batches, in Node or Bun, from this repository's folder:
 *
 *   node examples/node/batches.mjs run-folder file...
 *
 * Stop it any time (Ctrl-C, or worse): the same command goes on where it was. When all files are in the run, it prints
 * the clusters and how many rows of each file are in which, and removes the run.
 */
import { BatchClustering } from 'coppice';
import { open } from 'coppice/sources';

const [store, ...files] = process.argv.slice(2);
if (files.length === 0) throw new Error('usage: node examples/node/batches.mjs run-folder file...');
const read = (file) => open(file, /\.(csv|tsv|parquet)$/.test(file) ? { idColumn: 'id' } : {});

let batches;
try {
  batches = await BatchClustering.resume(store);
  console.log(`going on: ${batches.batches.length} files are there`);
} catch {
  // The first file stands for all; its rows make the centroids.
  batches = await BatchClustering.train(await read(files[0]), { k: 4, store });
}
for (const file of files) {
  if (batches.has(file)) continue;
  const { rows } = await batches.precluster(await read(file), { name: file });
  console.log(`${file}: ${rows} rows`);
}
const matrix = await batches.clusterMatrix({ method: 'ward', clusters: { distance: 10 } });
console.log(`${matrix.clusters} clusters in ${batches.k} preclusters`);
const { data, cols } = matrix.dense();
matrix.names.forEach((name, i) => {
  console.log(`${name}: ${data.subarray(i * cols, (i + 1) * cols).join(' ')}`);
});
await batches.cleanup();
