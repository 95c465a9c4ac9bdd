/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */

/* From assembly/graph/markov-plan.ts. */

/** The plan of Markov clustering, one for all columns: its words (u32), which the host writes. */
/** For each node, the first node of its component. */
export const FIRST = 0;
/** Address of each current column. */
export const COLUMNS = 1;
/** Number of its entries. */
export const LENGTHS = 2;
/** Address of each new column. */
export const NEW_COLUMNS = 3;
/** Number of its entries, or NONE if it has not been made yet. */
export const NEW_LENGTHS = 4;
/** Addresses of free blocks. */
export const BLOCKS = 5;
/** Number of blocks taken (atomic), and number of blocks. */
export const CURSOR = 6;
/** One u32 per node: at a component's first node, 0, ALIKE or DIFFERENT. */
export const MOVED = 7;
/** Bytes of a block. */
export const BLOCK_BYTES = 8;
/** Offsets of the neighbours of each node. */
export const OFFSETS = 9;
/** The neighbours. */
export const NEIGHBOURS = 10;
/** The graph's number of each node. */
export const NODES = 11;
/** The inverse of NODES. */
export const PLACES = 12;
/** Weights of the edges, or 0. */
export const WEIGHTS = 13;
/** Words of the plan. */
export const PLAN_WORDS = 14;
/** In NEW_LENGTHS: the column has not been made yet. */
export const NONE = 0xffffffff;
/** In MOVED, while columns of the component still change: all are equal, or some differ from each other. */
export const ALIKE = 1;
export const DIFFERENT = 2;
