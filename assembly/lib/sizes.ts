/**
 * Functions shared by the formulas of sizes. The formulas use only these and + - * %, so that the host computes the
 * same (src/runtime/kernels/sizes.ts).
 */

/** The whole part of x / by. */
@inline
export function wholePart(x: u32, by: u32): u32 {
  return x / by;
}

/** The least multiple of `to` that is not below x. */
@inline
export function roundUp(x: u32, to: u32): u32 {
  return wholePart(x + to - 1, to) * to;
}
