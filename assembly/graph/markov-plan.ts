/** The plan of Markov clustering, one for all columns: its words (u32), which the host writes. */
/** For each node, the first node of its component. */
export const FIRST: u32 = 0;
/** Address of each current column. */
export const COLUMNS: u32 = 1;
/** Number of its entries. */
export const LENGTHS: u32 = 2;
/** Address of each new column. */
export const NEW_COLUMNS: u32 = 3;
/** Number of its entries, or NONE if it has not been made yet. */
export const NEW_LENGTHS: u32 = 4;
/** Addresses of free blocks. */
export const BLOCKS: u32 = 5;
/** Number of blocks taken (atomic), and number of blocks. */
export const CURSOR: u32 = 6;
/** One u32 per node: at a component's first node, 0, ALIKE or DIFFERENT. */
export const MOVED: u32 = 7;
/** Bytes of a block. */
export const BLOCK_BYTES: u32 = 8;
/** Offsets of the neighbours of each node. */
export const OFFSETS: u32 = 9;
/** The neighbours. */
export const NEIGHBOURS: u32 = 10;
/** The graph's number of each node. */
export const NODES: u32 = 11;
/** The inverse of NODES. */
export const PLACES: u32 = 12;
/** Weights of the edges, or 0. */
export const WEIGHTS: u32 = 13;
/** Words of the plan. */
export const PLAN_WORDS: u32 = 14;
/** In NEW_LENGTHS: the column has not been made yet. */
export const NONE: u32 = 0xffffffff;
/** In MOVED, while columns of the component still change: all are equal, or some differ from each other. */
export const ALIKE: u32 = 1;
export const DIFFERENT: u32 = 2;
