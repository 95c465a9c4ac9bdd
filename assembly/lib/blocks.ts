/** Small operations on registers of sums or of rows, inlined into the loops that use them. */
import { COLUMN } from './tile-shape';

/** sum + (v - p)² */
@inline
export function addSquare<T extends number>(sum: v128, v: v128, p: v128): v128 {
  const e = v128.sub<T>(v, p);
  return v128.add<T>(sum, v128.mul<T>(e, e));
}

/** The sums of 4 rows and one panel, or of one row and 4 panels, as a tile. */
@inline
export function storeTile(
  tile: usize,
  s00: v128,
  s01: v128,
  s10: v128,
  s11: v128,
  s20: v128,
  s21: v128,
  s30: v128,
  s31: v128,
): void {
  v128.store(tile, s00);
  v128.store(tile, s01, 16);
  v128.store(tile, s10, 32);
  v128.store(tile, s11, 48);
  v128.store(tile, s20, 64);
  v128.store(tile, s21, 80);
  v128.store(tile, s30, 96);
  v128.store(tile, s31, 112);
}

/** Transpose four rows of four 32-bit numbers into panel columns, COLUMN bytes apart. */
@inline
export function storeTurned(r0: v128, r1: v128, r2: v128, r3: v128, to: usize): void {
  const t0 = v128.shuffle<u32>(r0, r1, 0, 4, 1, 5),
    t1 = v128.shuffle<u32>(r0, r1, 2, 6, 3, 7);
  const t2 = v128.shuffle<u32>(r2, r3, 0, 4, 1, 5),
    t3 = v128.shuffle<u32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<u64>(t0, t2, 0, 2));
  v128.store(to, v128.shuffle<u64>(t0, t2, 1, 3), COLUMN);
  v128.store(to, v128.shuffle<u64>(t1, t3, 0, 2), 2 * COLUMN);
  v128.store(to, v128.shuffle<u64>(t1, t3, 1, 3), 3 * COLUMN);
}

/** The same with columns `apart` bytes apart. Above, COLUMN is an immediate offset of the store instruction. */
@inline
export function storeTurnedApart(r0: v128, r1: v128, r2: v128, r3: v128, to: usize, apart: usize): void {
  const t0 = v128.shuffle<u32>(r0, r1, 0, 4, 1, 5),
    t1 = v128.shuffle<u32>(r0, r1, 2, 6, 3, 7);
  const t2 = v128.shuffle<u32>(r2, r3, 0, 4, 1, 5),
    t3 = v128.shuffle<u32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<u64>(t0, t2, 0, 2));
  v128.store(to + apart, v128.shuffle<u64>(t0, t2, 1, 3));
  v128.store(to + 2 * apart, v128.shuffle<u64>(t1, t3, 0, 2));
  v128.store(to + 3 * apart, v128.shuffle<u64>(t1, t3, 1, 3));
}
