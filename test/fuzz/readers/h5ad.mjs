import { readFileSync } from 'node:fs';
import { readRows } from '../reading.mjs';
import hdf5 from './hdf5.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/${name}.h5ad`, import.meta.url)));

/** Read the rows and their names, and the categories of cells. */
async function run(bytes, { way, options }) {
  const result = await readRows(bytes, way, 'h5ad', { format: 'h5ad', ...options });
  const { source } = result;
  for (const name of source.annotations.slice(0, 3)) await source.annotation(name);
  await source.close?.();
  return result;
}

export default {
  name: 'h5ad',
  seeds: () => [
    { name: 'sparse', bytes: fixture('anndata-sparse') },
    { name: 'dense', bytes: fixture('anndata-dense'), options: { idColumn: 'kind' } },
    { name: 'layer', bytes: fixture('anndata-sparse'), options: { dataset: 'layers/counts' } },
    { name: '0.7', bytes: fixture('anndata-07'), options: { columns: ['GENE3', 'GENE1'] } },
    { name: '0.6', bytes: fixture('anndata-06') },
  ],
  ways: ['bytes', 'bytes', 'bytes', 'blob', 'path', 'path'],
  words: ['csr_matrix', 'csc_matrix', 'encoding-type', '_index', 'categories', 'indptr'],
  edits: hdf5.edits,
  // These look like names of the library.
  quoted: /\S*\.h5ad|h5sparse_format|h5sparse_shape/g,
  run,
  accepted: () => undefined,
};
