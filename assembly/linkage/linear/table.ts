/**
 * What linkage in linear memory knows: the table that the host fills in with sizes and addresses, and what
 * stands at those addresses.
 *
 * A cluster has a *name*, the row that stands for it: that of the larger of the two parts it was made of. Its
 * mean is that row plus an offset in float64, so that neither a far origin nor a far cluster costs digits. The
 * means, moved to a common centre, scaled by a power of two and rounded to float32, stand in panels without
 * gaps: a cluster's *place* there changes when the one in the last place fills a gap.
 *
 *   by name    size, spread, nearest, distance, bound, count, list, parent, place, held, head, next, before, mark
 *   by place   nameAt, weight
 *
 * list: up to CAPACITY others with the distance to each, or a lower bound of it; every cluster that is not in
 * the list is at least `bound` away. Followers of a cluster (head, next, before) have it for their nearest.
 */

/* Words of the table: u32, and addresses. */
export const ROWS: usize = 0;
export const COLS: usize = 4;
/** 1 where rows are f64. */
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
/** Scratch of whoever merges: UNION_BYTES. */
export const UNION: usize = 152;
/** Of centroid: by place, a lower bound of the nearest distance, and the reach of a list (linearcentroid.ts). */
export const KEY: usize = 192;
export const REACH: usize = 196;
/** Least key of each BLOCK places. */
export const LEAST_KEY: usize = 200;
/* Words of the table: f64. */
export const EXTENT: usize = 160;
export const SCALE: usize = 168;
/** Bound of what rounding in float64 does to a mean, where it is more than float32 does to it; scaled. */
export const SLACK: usize = 176;
/** Bytes of the table. */
export const TABLE_BYTES: usize = 208;

/** Most others that a list holds. */
export const CAPACITY: u32 = 16;
/** Bytes of an entry: name u32, version u32, distance f64. */
export const ENTRY: usize = 16;
export const LIST_BYTES: usize = 256;
/** Lists of two clusters, joined: name u32, version u32, and two distances. */
export const JOINED: usize = 24;

export const NONE: u32 = 0xffffffff;
/** A version is the size of the cluster, which grows with each merge; with this bit the distance is a lower bound. */
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

/** Name of the cluster that a row is in now. Parents are larger, so the way is short. */
@inline
export function find(table: usize, row: u32): u32 {
  let at = row;
  while (true) {
    const parent = u32At(table, PARENT, at);
    if (parent == at) return at;
    at = parent;
  }
}
