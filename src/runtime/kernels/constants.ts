/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */

/* From assembly/lib/status.ts. */

/** Done. */
export const OK = 0;
/** A distance that must be finite is not. */
export const NOT_FINITE = 1;
/** A linkage method that this algorithm cannot do. */
export const BAD_METHOD = 2;
/** The stop word was set before the work was done. */
export const INTERRUPTED = 3;
/** The rows of the square have to be squeezed before the work can go on. */
export const SQUEEZE = 4;
/** A list of neighbours is not what a graph's is. */
export const BAD_GRAPH = 8;
/** The memory set aside for results is used up; what is done stays done. */
export const FULL = 9;
/** The host has something to do before the kernel can go on. */
export const PAUSED = 10;

/* From assembly/assign/few.ts. */

/** Longer rows are summed in blocks (tile.ts), which this does not do. */
export const FEW_COLUMNS = 512;

/* From assembly/graph/components.ts. */

/** What is noted of the node that a search begins with. */
export const FIRST = 2;

/* From assembly/kmeans/centroids.ts. */

/** Rows whose potentials are summed before they are added to others; the host adds up the blocks in order. */
export const SEED_BLOCK = 1024;

/* From assembly/sequences/hamming.ts. */

/* Kinds of tasks. */
export const ONE_PLACE = 0;
export const TWO_PLACES = 1;
export const ALL_PAIRS = 2;
export const DELETION = 3;
