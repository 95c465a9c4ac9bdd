/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */
import { wholePart } from './sizes.ts';

/* From assembly/linkage/linear/sizes.ts. */

/** Queries that are searched for together: as many as fit a piece of the cache; a multiple of 4. */
export function batchOf(d: number): number {
  return Math.max(4, Math.min(64, wholePart(8192, 4 * d) * 4));
}

/** Bytes of scratch of a thread, for rows of d coordinates. */
export function linkageLinearScratchBytes(d: number): number {
  return 128 + batchOf(d) * 160 + batchOf(d) * d * 4;
}
