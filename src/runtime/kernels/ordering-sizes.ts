/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */
import { roundUp } from './sizes.ts';

/* From assembly/linkage/ordering-sizes.ts. */

/** Row stride of P and T in elements: room for infinity behind the last. */
export function strideOf(n: number): number {
  return roundUp(n + 2, 2);
}

/** Bytes of scratch for n leaves: the header, P and T, and a buffer for 4 x 4 results. */
export function leafOrderingScratchBytes(n: number): number {
  return 64 + strideOf(n) * 64 + 128;
}
