/** The share of a memory limit that readers may use. */

import { readLimit } from '../../runtime/memory/limits.ts';
import { DEFAULT_ROOM_BYTES } from './reader-room.ts';

/** Options of `open` for every format. */
export interface LimitOptions {
  /**
   * Memory limit of the work for which the source is opened: pass the `memoryLimit` of the call that will read.
   * A reader uses at most half of it, besides its chunks, and refuses files that need more. Default: 1 GiB.
   */
  memoryLimit?: number | string;
}

/** Bytes that a reader may hold besides its chunks: half the limit. */
export function readerRoom({ memoryLimit }: LimitOptions): number {
  return Math.floor(readLimit(memoryLimit, 2 * DEFAULT_ROOM_BYTES) / 2);
}
