/** Sizes of the memory of k-means. The host computes the same (lib/sizes.ts). */
import { tileScratchBytes } from '../distance/sizes';

/** Bytes of the state of 4 rows (scores.ts). */
export const STATE: u32 = 288;
/** Rows whose bounds are checked together; those that fail the check are then searched (lloyd.ts). */
export const GROUP: u32 = 256;

/** Bytes of scratch of Lloyd's algorithm, of each thread: scratch of assignNearest, the state of 4 rows, and a list of rows. */
@inline
export function lloydScratchBytes(): u32 {
  return tileScratchBytes(0) + STATE + GROUP * 4;
}
