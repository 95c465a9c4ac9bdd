/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */

/* From assembly/sequences/sizes.ts. */

/** Slots of a table: a power of two, at least twice as many as entries. */
export function slots(count: number): number {
  let size = 16;
  while (size < count && size < 0x40000000) size = size * 2;
  return size * 2;
}

/** Bytes of scratch for classes of at most `count` sequences. */
export function hammingScratchBytes(count: number): number {
  return count * 4 + slots(count) * 4 + 64;
}
