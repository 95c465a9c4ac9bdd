/** As reader-room.ts, for runtimes that give an isolate 128 MB (workerd). The build puts this in its place there. */

export const DEFAULT_ROOM_BYTES = 32e6;

export const MOST_WINDOW_BYTES = 8 * 2 ** 20;

export const LONGER_WINDOWS = false;
