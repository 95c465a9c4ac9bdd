/** What a reader may take where nobody sets a limit. See reader-room.edge.ts. */

/** Besides its chunks. */
export const DEFAULT_ROOM_BYTES = 2 ** 29;

/** Of a zstd window, which a file of a few bytes can ask for. */
export const MOST_WINDOW_BYTES = 128 * 2 ** 20;

/** Whether a memory limit that has room for longer ones allows them. */
export const LONGER_WINDOWS = true;
