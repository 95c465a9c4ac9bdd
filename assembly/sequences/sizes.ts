/** Sizes of the memory of the search for pairs of sequences (hamming.ts). The host computes the same (lib/sizes.ts). */
/** Words of a class, and of a task. */
export const CLASS_WORDS: u32 = 5;
export const TASK_WORDS: u32 = 6;

/** Slots of a table: a power of two, at least twice as many as entries. */
export function slots(count: u32): u32 {
  let size: u32 = 16;
  while (size < count && size < 0x40000000) size = size * 2;
  return size * 2;
}

/** Bytes of scratch for classes of at most `count` sequences. */
export function hammingScratchBytes(count: u32): u32 {
  return count * 4 + slots(count) * 4 + 64;
}
