/** Status codes of kernels. */

/** Done. */
export const OK: i32 = 0;
/** A distance that must be finite is not. */
export const NOT_FINITE: i32 = 1;
/** This algorithm does not support the linkage method. */
export const BAD_METHOD: i32 = 2;
/** The stop word was set before the work was done. */
export const INTERRUPTED: i32 = 3;
/** The rows of the square have to be squeezed before the work can continue. */
export const SQUEEZE: i32 = 4;
/** A list of neighbours is not valid. */
export const BAD_GRAPH: i32 = 8;
/** The memory reserved for results is full. Results so far stay valid. */
export const FULL: i32 = 9;
/** The host has to act before the kernel can continue. */
export const PAUSED: i32 = 10;
