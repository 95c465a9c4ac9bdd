/**
 * Two-pass clustering of a file: a tree over every fifth row; every other row joins its nearest leader. The code is the same in
 * every runtime; only writing a file differs.
 */
import { twoPass } from 'coppice';
import { open } from 'coppice/sources';

/**
 * An NPY file of whole numbers.
 * @param {Int32Array} values
 */
export function npy(values) {
  const dict = `{'descr': '<i4', 'fortran_order': False, 'shape': (${values.length},), }`;
  const head = `\x93NUMPY\x01\x00\x76\x00${dict.padEnd(117)}\n`;
  const bytes = new Uint8Array(128 + values.byteLength);
  for (let i = 0; i < 128; i++) bytes[i] = head.charCodeAt(i);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 128);
  return bytes;
}

/**
 * Cluster a file, print the size of each cluster, and write `labels.npy` and `model.safetensors`.
 *
 * @param {readonly string[]} args the file, the number of clusters, the stride, and for tables a column with names of the rows;
 *   all are optional
 * @param {(name: string, bytes: Uint8Array) => void | Promise<void>} write
 */
export async function clusterFile(args, write) {
  const [input = 'examples/alanine-dipeptide.h5', clusters = '3', stride = '5', idColumn] = args;
  const source = await open(input, { idColumn });
  // A source with atoms is a trajectory: its frames are compared by RMSD.
  const metric = 'atoms' in source && source.atoms !== undefined ? 'rmsd' : 'euclidean';
  const fit = await twoPass(source, {
    clusters: Number(clusters),
    stride: Number(stride),
    metric,
    method: 'ward',
    leaders: { perCluster: 2, pick: 'medoid' },
    memoryLimit: '256MB',
  });
  console.log(
    `${input}: a tree over ${fit.sampleRows.length} rows, cut into ${clusters} clusters (${metric})`,
  );

  const labels = await fit.labels();
  const sizes = new Map();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  for (const [label, size] of [...sizes].sort(([a], [b]) => a - b)) {
    console.log(`cluster ${label}: ${size} of ${labels.length} rows`);
  }
  await write('labels.npy', npy(labels));
  await write('model.safetensors', fit.model.save());
  await source.close?.();
}
