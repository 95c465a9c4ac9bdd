/** Size of the scratch of single linkage (layout.ts). The host computes the same (lib/sizes.ts). */
import { roundUp } from '../../lib/sizes';

/** Most roots; each has a table of reaches. */
export const ROOTS: u32 = 8;
export const SPANNING_HEADER: u32 = 128;
/* Tables of n words, of n pairs of words, and of n elements. */
export const SPANNING_WORDS: u32 = 8;
export const SPANNING_PAIRS: u32 = 2;
export const SPANNING_ELEMENTS: u32 = 5 + ROOTS;

/** Most edges in the pool: the number at which a new tree is made, plus the edges of one more row. */
@inline
export function poolRows(n: u32): u32 {
  return 2 * n + 256;
}

/** Bytes of a table. */
@inline
export function tableBytes(count: u32, width: u32): u32 {
  return roundUp(count * width, 64);
}

/** Bytes of scratch for n rows, elements of `width` bytes. */
export function linkageSpanningTreeScratchBytes(n: u32, width: u32): u32 {
  const words: u32 =
    tableBytes(n, 4) * SPANNING_WORDS + tableBytes(n, 8) * SPANNING_PAIRS + tableBytes(poolRows(n), 8) * 2;
  return SPANNING_HEADER + words + tableBytes(n, width) * SPANNING_ELEMENTS + tableBytes(poolRows(n), width);
}
