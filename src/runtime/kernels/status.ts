/** Status codes of kernels; `assembly/lib/status.ts` holds the same list, and a test compares the two. */
export const OK = 0;
export const NOT_FINITE = 1;
export const BAD_METHOD = 2;
export const INTERRUPTED = 3;
export const SQUEEZE = 4;
export const BAD_GRAPH = 8;
export const FULL = 9;
export const PAUSED = 10;
