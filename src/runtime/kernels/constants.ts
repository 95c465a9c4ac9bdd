/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */

/* From assembly/lib/status.ts. */

/** Done. */
export const OK = 0;
/** A distance that must be finite is not. */
export const NOT_FINITE = 1;
/** This algorithm does not support the linkage method. */
export const BAD_METHOD = 2;
/** The stop word was set before the work was done. */
export const INTERRUPTED = 3;
/** The rows of the square have to be squeezed before the work can continue. */
export const SQUEEZE = 4;
/** A list of neighbours is not valid. */
export const BAD_GRAPH = 8;
/** The memory reserved for results is full. Results so far stay valid. */
export const FULL = 9;
/** The host has to act before the kernel can continue. */
export const PAUSED = 10;

/* From assembly/lib/barrier.ts. */

/** Value of the stop word that ends all waiting. */
export const EMERGENCY = 2;

/* From assembly/assign/few.ts. */

/** Most coordinates handled here. Longer rows are summed in blocks (tile.ts), which this file does not do. */
export const FEW_COLUMNS = 512;

/* From assembly/graph/components.ts. */

/** Value in `seenPtr` of a node at which a search begins. */
export const FIRST = 2;

/* From assembly/kmeans/centroids.ts. */

/** Rows per block of potentials: each block is summed here, and the host adds the sums of blocks in order. */
export const SEED_BLOCK = 1024;
/** Sums of a block of potentials: one f64 per lane of two vectors. */
export const SEED_LANES = 8;

/* From assembly/sequences/hamming.ts. */

/* Kinds of tasks. */
export const ONE_PLACE = 0;
export const TWO_PLACES = 1;
export const ALL_PAIRS = 2;
export const DELETION = 3;

/* From assembly/sequences/sizes.ts. */

/** Sizes of the memory of the search for pairs of sequences (hamming.ts). The host computes the same (lib/sizes.ts). */
/** Words of a class, and of a task. */
export const CLASS_WORDS = 5;
export const TASK_WORDS = 6;

/* From assembly/linkage/ordering-sizes.ts. */

/** Words of the spans of a merge. */
export const SPAN_WORDS = 8;
