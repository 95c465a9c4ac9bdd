/** Sizes of quantized leaders (quantized-layout.ts) and of the scratch of assignment. The host computes the same (lib/sizes.ts). */
import { roundUp } from '../lib/sizes';

export const QUANTIZED_HEADER: u32 = 32;
/** Leaders per block. */
export const LEADER_BLOCK: u32 = 128;
/** Bytes of the state of a group of 8 rows (nearest.ts), before the bounds of a block of leaders. */
export const GROUP_BYTES: u32 = 1088;

@inline
export function paddedLeaders(m: u32): u32 {
  return roundUp(m, 2);
}
@inline
export function paddedColumns(d: u32): u32 {
  return roundUp(d, 8);
}

/** Offsets of the scales of leaders, and of their integers. */
@inline
export function scalesAt(wide: u32, d: u32): u32 {
  return QUANTIZED_HEADER + paddedColumns(d) * (wide + 1) * 4;
}
@inline
export function wholesAt(wide: u32, m: u32, d: u32): u32 {
  return scalesAt(wide, d) + roundUp(paddedLeaders(m) * 12, 16);
}

/** Bytes of m quantized leaders of d coordinates, in float64 if `wide`. */
export function quantizedBytes(wide: u32, m: u32, d: u32): u32 {
  return wholesAt(wide, m, d) + roundUp(m, 4) * paddedColumns(d) * 2;
}

/** Bytes of scratch per thread for assignment with quantized leaders. */
export function assignQuantizedScratchBytes(d: u32): u32 {
  return GROUP_BYTES + 32 * LEADER_BLOCK + paddedColumns(d) * 16;
}

/** Bytes of scratch per thread for few leaders and rows of d coordinates. */
export function assignFewScratchBytes(d: u32): u32 {
  return 128 + d * 32;
}
