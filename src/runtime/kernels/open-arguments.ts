/** Placeholders for arguments of a kernel call that each thread fills in, tile by tile. */

/** The range of a tile. */
export const BEGIN = Symbol('begin');
export const END = Symbol('end');
/** The address of the thread's own scratch. */
export const SCRATCH = Symbol('scratch');
/** The number of the thread, from 0, and the number of threads. */
export const THREAD = Symbol('thread');
export const TEAM = Symbol('team');

/* Types of such arguments in signatures.ts. */
export type Begin = number | typeof BEGIN;
export type End = number | typeof END;
export type OwnScratch = number | typeof SCRATCH;
export type Thread = number | typeof THREAD;
export type Team = number | typeof TEAM;

export type Argument = Begin | End | OwnScratch | Thread | Team;
