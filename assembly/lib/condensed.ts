/**
 * The condensed distance matrix: the upper triangle without its diagonal, row by row.
 * Element indices fit u32 for every matrix that fits in 4 GiB; byte offsets are usize. If only a part of a larger matrix
 * is in memory, indices, offsets and addresses wrap, but addresses within that part are correct. (Halving a product that
 * has wrapped loses 2^31 elements, which is a multiple of 4 GiB.)
 */

/** Index of the element (i, i + 1), where row i begins. */
@inline
export function condensedRow(n: u32, i: u32): u32 {
  return (i * (2 * n - i - 1)) >> 1;
}

/** Index of the element (i, j), i < j. */
@inline
export function condensedIndex(n: u32, i: u32, j: u32): u32 {
  return condensedRow(n, i) + (j - i - 1);
}

/**
 * The index of element (i, 0), or the index it would have, in the output of distances: a condensed matrix, or a square of
 * row stride `ldo` if that is not 0.
 */
@inline
export function rowOrigin(n: u32, ldo: u32, i: u32): u32 {
  return ldo != 0 ? i * ldo : condensedRow(n, i) - i - 1;
}

/**
 * Store the `width` values at `tilePtr` as elements (i, j0 + lane) where j > i, in a square on both sides.
 * The slow path, for tiles that touch the diagonal or the right edge.
 */
@inline
export function storeRagged<T extends number>(
  tilePtr: usize,
  n: u32,
  i: u32,
  j0: u32,
  width: u32,
  outPtr: usize,
  ldo: u32,
): void {
  for (let lane: u32 = 0; lane < width; lane++) {
    const j = j0 + lane;
    if (j > i && j < n) {
      const value = load<T>(tilePtr + (lane as usize) * sizeof<T>());
      store<T>(outPtr + ((rowOrigin(n, ldo, i) + j) as usize) * sizeof<T>(), value);
      if (ldo != 0) store<T>(outPtr + ((j * ldo + i) as usize) * sizeof<T>(), value);
    }
  }
}
