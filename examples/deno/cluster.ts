/**
 * Clusters a file in Deno, from this repository's folder:
 *
 *   deno run --allow-read --allow-write --allow-env examples/deno/cluster.ts [file] [clusters] [stride] [names]
 *
 * ../shared/cluster.mjs does the work. The HDF5 library needs permission to read the environment.
 */
import { clusterFile } from '../shared/cluster.mjs';

await clusterFile(Deno.args, Deno.writeFile);
