/**
 * Steps that formulas of sizes share. Such formulas are made of these and of + - * %, which the host does alike
 * (src/runtime/kernels/sizes.ts).
 */

/** The whole part of x / by. */
@inline
export function wholePart(x: u32, by: u32): u32 {
  return x / by;
}

/** The next multiple of `to` from x on. */
@inline
export function roundUp(x: u32, to: u32): u32 {
  return wholePart(x + to - 1, to) * to;
}
