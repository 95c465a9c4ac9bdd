/** The part that readers take in a memory limit. */

import { readLimit } from '../../runtime/memory/limits.ts';
import { DEFAULT_ROOM_BYTES } from './reader-room.ts';

/** Options of `open` for every format. */
export interface LimitOptions {
  /**
   * Most memory of the work that the source is opened for: give it the `memoryLimit` of the call that will read.
   * A reader takes half of it at most, besides its chunks, and refuses what needs more. Default: 1 GiB.
   */
  memoryLimit?: number | string;
}

/** Bytes that a reader may hold besides its chunks: half the limit. */
export function readerRoom({ memoryLimit }: LimitOptions): number {
  return Math.floor(readLimit(memoryLimit, 2 * DEFAULT_ROOM_BYTES) / 2);
}
