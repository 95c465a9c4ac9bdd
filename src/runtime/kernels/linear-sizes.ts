/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */
import { wholePart } from './sizes.ts';

/* From assembly/linkage/linear/sizes.ts. */

/** Queries per batch: as many as fit in 32 KiB of the cache, at least 4 and at most 64; a multiple of 4. */
export function batchOf(d: number): number {
  return Math.max(4, Math.min(64, wholePart(8192, 4 * d) * 4));
}

/** Bytes of scratch per thread, for rows of d coordinates. */
export function linkageLinearScratchBytes(d: number): number {
  return 128 + batchOf(d) * 160 + batchOf(d) * d * 4;
}
