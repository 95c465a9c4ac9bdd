/**
 * The condensed distance matrix: the upper triangle without its diagonal, row by row.
 * Element indices fit u32 for every matrix that fits 4 GiB; byte offsets are usize. Of a larger one, of which a part
 * is there, both wrap, and so do addresses: they are right again where the part is.
 */

/** Index of the element (i, i + 1), where row i begins. */
// @ts-ignore: decorator
@inline
export function condensedRow(n: u32, i: u32): u32 {
  return (((i as u64) * (2 * (n as u64) - i - 1)) >> 1) as u32;
}

/** Index of the element (i, j), i < j. */
// @ts-ignore: decorator
@inline
export function condensedIndex(n: u32, i: u32, j: u32): u32 {
  return condensedRow(n, i) + (j - i - 1);
}

/**
 * Store lanes [0, count) of the `width` values at `tilePtr` as elements (i, j0 + lane) where j > i.
 * The slow way for tiles that touch the diagonal or the right edge.
 */
// @ts-ignore: decorator
@inline
export function storeRagged<T extends number>(
  tilePtr: usize, n: u32, i: u32, j0: u32, width: u32, outPtr: usize,
): void {
  for (let lane: u32 = 0; lane < width; lane++) {
    const j = j0 + lane;
    if (j > i && j < n) {
      store<T>(
        outPtr + (condensedIndex(n, i, j) as usize) * sizeof<T>(),
        load<T>(tilePtr + (lane as usize) * sizeof<T>()),
      );
    }
  }
}
