/** Status codes of kernels. */

/** Done. */
export const OK: i32 = 0;
/** A distance that must be finite is not. */
export const NOT_FINITE: i32 = 1;
/** A linkage method that this algorithm cannot do. */
export const BAD_METHOD: i32 = 2;
/** The stop word was set before the work was done. */
export const INTERRUPTED: i32 = 3;
/** The rows of the square have to be squeezed before the work can go on. */
export const SQUEEZE: i32 = 4;
/** A list of neighbours is not what a graph's is. */
export const BAD_GRAPH: i32 = 8;
/** The memory set aside for results is used up; what is done stays done. */
export const FULL: i32 = 9;
/** The host has something to do before the kernel can go on. */
export const PAUSED: i32 = 10;
