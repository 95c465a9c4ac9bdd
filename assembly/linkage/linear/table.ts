/**
 * Data of linkage in linear memory: the table of sizes and addresses, which the host fills in, and the arrays at
 * those addresses.
 *
 * A cluster has a *name*: the row that represents it, which is the name of the larger of its two parts. Its mean is that
 * row plus an offset in float64, so that data far from the origin, or far apart, lose no digits. Panels hold the means,
 * moved to a common centre, scaled by a power of two and rounded to float32, without gaps. A cluster's *place* in them
 * changes when the cluster in the last place is moved to fill a gap.
 *
 *   by name    size, spread, nearest, distance, bound, count, list, parent, place, held, head, next, before, mark
 *   by place   nameAt, weight
 *
 * list: up to CAPACITY other clusters with the distance to each, or a lower bound of it. Every cluster that is not in
 * the list is at least `bound` away. head, next, before: linked lists of the followers of a cluster, which are the
 * clusters whose nearest neighbour it is.
 */

/* Words of the table: u32, and addresses. */
export const ROWS: usize = 0;
export const COLS: usize = 4;
/** 1 if rows are f64. */
export const WIDE: usize = 8;
export const METHOD: usize = 12;
export const LIVE: usize = 16;
export const MERGED: usize = 20;
export const PHASE: usize = 24;
export const CURSOR: usize = 28;
export const QUEUED: usize = 32;
export const WANTED: usize = 36;
/** Merges of this round. */
export const GAINED: usize = 40;
/** Number of the round, from 1. */
export const ROUND: usize = 44;
export const INPUT: usize = 48;
export const CENTER: usize = 52;
export const PANELS: usize = 56;
export const OFFSETS: usize = 60;
export const FREE: usize = 64;
export const FREED: usize = 68;
export const SIZE: usize = 72;
export const SPREAD: usize = 76;
export const NEAREST: usize = 80;
export const DISTANCE: usize = 84;
export const BOUND: usize = 88;
export const COUNT: usize = 92;
export const LIST: usize = 96;
export const PARENT: usize = 100;
export const PLACE: usize = 104;
export const HELD: usize = 108;
export const HEAD: usize = 112;
export const NEXT: usize = 116;
export const BEFORE: usize = 120;
export const MARK: usize = 124;
export const NAME_AT: usize = 128;
export const WEIGHT: usize = 132;
export const QUEUE: usize = 136;
export const SPARE: usize = 140;
export const SEARCH: usize = 144;
export const MERGES: usize = 148;
/** Scratch of joinLists: up to 2 CAPACITY entries of JOINED bytes. */
export const UNION: usize = 152;
/** For centroid, by place: a lower bound of the nearest distance, and the reach of a list (centroid.ts). */
export const KEY: usize = 192;
export const REACH: usize = 196;
/** Least key of each block of places (centroid.ts). */
export const LEAST_KEY: usize = 200;
/* Words of the table: f64. */
export const EXTENT: usize = 160;
export const SCALE: usize = 168;
/** Bound of the float64 rounding error of a mean, if that is not negligible beside float32 rounding; scaled. */
export const SLACK: usize = 176;
/** Bytes of the table. */
export const TABLE_BYTES: usize = 208;

/** Most entries of a list. */
export const CAPACITY: u32 = 16;
/** Bytes of an entry: name u32, version u32, distance f64. */
export const ENTRY: usize = 16;
export const LIST_BYTES: usize = 256;
/** Bytes of an entry of two joined lists: name u32, 4 bytes unused, two distances f64. */
export const JOINED: usize = 24;

export const NONE: u32 = 0xffffffff;
/** The version of an entry is the size of its cluster, which grows with each merge. With this bit set, its distance is a lower bound. */
export const GUESS: u32 = 0x80000000;

/** A word of the table. */
@inline
export function word(table: usize, field: usize): u32 {
  return load<u32>(table + field);
}

@inline
export function setWord(table: usize, field: usize, value: u32): void {
  store<u32>(table + field, value);
}

/** Element i of an array of u32. */
@inline
export function u32At(table: usize, field: usize, i: u32): u32 {
  return load<u32>((load<u32>(table + field) as usize) + ((i as usize) << 2));
}

@inline
export function setU32(table: usize, field: usize, i: u32, value: u32): void {
  store<u32>((load<u32>(table + field) as usize) + ((i as usize) << 2), value);
}

/** Element i of an array of f64. */
@inline
export function f64At(table: usize, field: usize, i: u32): f64 {
  return load<f64>((load<u32>(table + field) as usize) + ((i as usize) << 3));
}

@inline
export function setF64(table: usize, field: usize, i: u32, value: f64): void {
  store<f64>((load<u32>(table + field) as usize) + ((i as usize) << 3), value);
}

/** Address of the list of a cluster. */
@inline
export function listOf(table: usize, name: u32): usize {
  return (load<u32>(table + LIST) as usize) + (name as usize) * LIST_BYTES;
}

/** Name of the cluster that a row is in now. A parent is the larger cluster, so paths are short. */
@inline
export function find(table: usize, row: u32): u32 {
  let at = row;
  while (true) {
    const parent = u32At(table, PARENT, at);
    if (parent == at) return at;
    at = parent;
  }
}
