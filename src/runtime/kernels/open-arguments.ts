/** Arguments of kernels that stand open in a call: each thread fills them in, tile by tile. */

/** The range of a tile. */
export const BEGIN = Symbol('begin');
export const END = Symbol('end');
/** An address of each thread's own. */
export const SCRATCH = Symbol('scratch');
/** The number of a thread, from 0; and how many there are. */
export const THREAD = Symbol('thread');
export const TEAM = Symbol('team');

/* What stands where a kernel takes one of them (signatures.ts). */
export type Begin = number | typeof BEGIN;
export type End = number | typeof END;
export type OwnScratch = number | typeof SCRATCH;
export type Thread = number | typeof THREAD;
export type Team = number | typeof TEAM;

export type Argument = Begin | End | OwnScratch | Thread | Team;
