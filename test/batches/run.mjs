/** A run in a process of its own, to be killed: goes on with whatever is there, and says when all batches are in. */
import { BatchClustering } from '../../build/index.js';

const [folder, wanted] = process.argv.slice(2);
const rows = (seed) => {
  const data = new Float32Array(4000 * 3);
  let x = seed;
  for (let i = 0; i < data.length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    data[i] = x / 2 ** 32;
  }
  return { data, rows: 4000, cols: 3 };
};
let batches;
try {
  batches = await BatchClustering.resume(folder);
} catch (error) {
  if (!/holds no run|did not finish/.test(error.message)) throw error;
  // A small limit makes several segments of a batch.
  batches = await BatchClustering.train(rows(1), { k: 20, store: folder, threads: 1 });
}
process.stdout.write('open\n');
for (let i = 0; i < Number(wanted); i++) {
  const name = `batch ${i}`;
  if (batches.has(name)) continue;
  await batches.precluster(rows(100 + i), { name, memoryLimit: '3MB' });
  process.stdout.write(`${name}\n`);
}
await batches.close();
process.stdout.write('done\n');
