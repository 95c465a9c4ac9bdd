/**
 * Clusters a file in Node or Bun, from this repository's folder:
 *
 *   node examples/node/cluster.mjs [file] [clusters] [stride] [names]
 *
 * What it does is in ../shared/cluster.mjs.
 */
import { writeFile } from 'node:fs/promises';
import { clusterFile } from '../shared/cluster.mjs';

await clusterFile(process.argv.slice(2), writeFile);
