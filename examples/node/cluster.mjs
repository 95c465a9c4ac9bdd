/**
 * Clusters a file in Node or Bun, from this repository's folder:
 *
 *   node examples/node/cluster.mjs [file] [clusters] [stride] [names]
 *
 * ../shared/cluster.mjs does the work.
 */
import { writeFile } from 'node:fs/promises';
import { clusterFile } from '../shared/cluster.mjs';

await clusterFile(process.argv.slice(2), writeFile);
