/**
 * Clusters files in batches, in Node or Bun, from this repository's folder:
 *
 *   node examples/node/batches.mjs run-folder file...
 *
 * You can stop it at any time (Ctrl-C or a kill): the same command continues where it was. When all files are in the run, it
 * prints the number of clusters and how many rows of each file are in each cluster, and removes the run.
 */
import { BatchClustering } from 'coppice';
import { open } from 'coppice/sources';

const [store, ...files] = process.argv.slice(2);
if (files.length === 0) throw new Error('usage: node examples/node/batches.mjs run-folder file...');
const read = (file) => open(file, /\.(csv|tsv|parquet)$/.test(file) ? { idColumn: 'id' } : {});

let batches;
try {
  batches = await BatchClustering.resume(store);
  console.log(`resumed: the run has ${batches.batches.length} files`);
} catch {
  // The first file serves as the sample: centroids are found from its rows.
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
