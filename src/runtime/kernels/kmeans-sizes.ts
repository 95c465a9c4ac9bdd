/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */
import { tileScratchBytes } from './sizes.ts';

/* From assembly/kmeans/sizes.ts. */

/** Bytes of scratch of Lloyd's algorithm, of each thread: scratch of assignNearest, the state of 4 rows, and a list of rows. */
export function lloydScratchBytes(): number {
  return tileScratchBytes(0) + 288 + 256 * 4;
}
