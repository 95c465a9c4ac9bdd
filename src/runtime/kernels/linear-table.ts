/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */

/* From assembly/linkage/linear/table.ts. */

/* Words of the table: u32, and addresses. */
export const ROWS = 0;
export const COLS = 4;
/** 1 if rows are f64. */
export const WIDE = 8;
export const METHOD = 12;
export const LIVE = 16;
export const MERGED = 20;
export const PHASE = 24;
export const CURSOR = 28;
export const QUEUED = 32;
export const WANTED = 36;
/** Merges of this round. */
export const GAINED = 40;
/** Number of the round, from 1. */
export const ROUND = 44;
export const INPUT = 48;
export const CENTER = 52;
export const PANELS = 56;
export const OFFSETS = 60;
export const FREE = 64;
export const FREED = 68;
export const SIZE = 72;
export const SPREAD = 76;
export const NEAREST = 80;
export const DISTANCE = 84;
export const BOUND = 88;
export const COUNT = 92;
export const LIST = 96;
export const PARENT = 100;
export const PLACE = 104;
export const HELD = 108;
export const HEAD = 112;
export const NEXT = 116;
export const BEFORE = 120;
export const MARK = 124;
export const NAME_AT = 128;
export const WEIGHT = 132;
export const QUEUE = 136;
export const SPARE = 140;
export const SEARCH = 144;
export const MERGES = 148;
/** Scratch of joinLists: up to 2 CAPACITY entries of JOINED bytes. */
export const UNION = 152;
/** For centroid, by place: a lower bound of the nearest distance, and the reach of a list (centroid.ts). */
export const KEY = 192;
export const REACH = 196;
/** Least key of each block of places (centroid.ts). */
export const LEAST_KEY = 200;
/* Words of the table: f64. */
export const EXTENT = 160;
export const SCALE = 168;
/** Bound of the float64 rounding error of a mean, if that is not negligible beside float32 rounding; scaled. */
export const SLACK = 176;
/** Bytes of the table. */
export const TABLE_BYTES = 208;
/** Most entries of a list. */
export const CAPACITY = 16;
/** Bytes of an entry: name u32, version u32, distance f64. */
export const ENTRY = 16;
export const LIST_BYTES = 256;
/** Bytes of an entry of two joined lists: name u32, 4 bytes unused, two distances f64. */
export const JOINED = 24;
export const NONE = 0xffffffff;
/** The version of an entry is the size of its cluster, which grows with each merge. With this bit set, its distance is a lower bound. */
export const GUESS = 0x80000000;
