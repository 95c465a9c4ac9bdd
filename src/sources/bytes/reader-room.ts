/** How much memory a reader may use if no limit is set. See reader-room.edge.ts for other values. */

/** Memory of a reader besides its chunks. */
export const DEFAULT_ROOM_BYTES = 2 ** 29;

/** Longest zstd window. A file of a few bytes can ask for a window of any length. */
export const MOST_WINDOW_BYTES = 128 * 2 ** 20;

/** Whether longer windows are allowed if a memory limit is set and they fit in it. */
export const LONGER_WINDOWS = true;

/** Memory for a stream: pieces that are not garbage-collected yet. */
export const STREAM_BYTES = 16e6;

/** The same for what gzip gives, with its buffers. */
export const GZIP_BYTES = 8e6;
