/**
 * Clusters a file in Deno, from this repository's folder:
 *
 *   deno run --allow-read --allow-write --allow-env examples/deno/cluster.ts [file] [clusters] [stride] [names]
 *
 * What it does is in ../shared/cluster.mjs. The environment is what the library for HDF5 wants to read.
 */
import { clusterFile } from '../shared/cluster.mjs';

await clusterFile(Deno.args, Deno.writeFile);
