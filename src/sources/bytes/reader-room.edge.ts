/** Replaces reader-room.ts in the build for runtimes that give an isolate 128 MB (workerd). */

export const DEFAULT_ROOM_BYTES = 32e6;

export const MOST_WINDOW_BYTES = 8 * 2 ** 20;

export const LONGER_WINDOWS = false;

export const STREAM_BYTES = 2e6;

export const GZIP_BYTES = 2e6;
