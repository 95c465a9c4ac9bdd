/** Sizes of the memory of optimal leaf ordering. The host computes the same (lib/sizes.ts). */
import { roundUp } from '../lib/sizes';

/** Bytes of the header of the scratch. */
export const HEADER: u32 = 64;
/** Words of the spans of a merge. */
export const SPAN_WORDS: u32 = 8;

/** Row stride of P and T in elements: room for infinity behind the last. */
@inline
export function strideOf(n: u32): u32 {
  return roundUp(n + 2, 2);
}

/** Bytes of scratch for n leaves: the header, P and T, and a buffer for 4 x 4 results. */
export function leafOrderingScratchBytes(n: u32): u32 {
  return HEADER + strideOf(n) * 64 + 128;
}
