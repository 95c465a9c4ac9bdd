/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */

/* From assembly/lib/sizes.ts. */

/** The whole part of x / by. */
export function wholePart(x: number, by: number): number {
  return Math.floor(x / by);
}

/** The least multiple of `to` that is not below x. */
export function roundUp(x: number, to: number): number {
  return wholePart(x + to - 1, to) * to;
}

/* From assembly/distance/sizes.ts. */

/** Bytes of scratch for a tile; of a quadratic form of d coordinates (otherwise d is 0). */
export function tileScratchBytes(d: number): number {
  return 512 + 64 + d * 128;
}

/** Bytes of scratch for RMSD: also Ga + Gb and results of four pairs, and a key matrix. */
export function rmsdScratchBytes(): number {
  return 288 + 96 + 64 + 128;
}

/* From assembly/assign/sizes.ts. */

export function paddedLeaders(m: number): number {
  return roundUp(m, 2);
}
export function paddedColumns(d: number): number {
  return roundUp(d, 8);
}

/** Offsets of the scales of leaders, and of their integers. */
export function scalesAt(wide: number, d: number): number {
  return 32 + paddedColumns(d) * (wide + 1) * 4;
}
export function wholesAt(wide: number, m: number, d: number): number {
  return scalesAt(wide, d) + roundUp(paddedLeaders(m) * 12, 16);
}

/** Bytes of m quantized leaders of d coordinates, in float64 if `wide`. */
export function quantizedBytes(wide: number, m: number, d: number): number {
  return wholesAt(wide, m, d) + roundUp(m, 4) * paddedColumns(d) * 2;
}

/** Bytes of scratch per thread for assignment with quantized leaders. */
export function assignQuantizedScratchBytes(d: number): number {
  return 1088 + 32 * 128 + paddedColumns(d) * 16;
}

/** Bytes of scratch per thread for few leaders and rows of d coordinates. */
export function assignFewScratchBytes(d: number): number {
  return 128 + d * 32;
}

/* From assembly/linkage/matrix/sizes.ts. */

/**
 * Elements of a row of the square for n rows. In float32 a row is an odd number of cache lines: the elements of a
 * column then map to all sets of a cache, not only to a few.
 */
export function linkageSquareStride(n: number): number {
  const least = roundUp(n, 16) + Math.max(wholePart(n, 4), 4 * 16) + 16 - 1;
  return wholePart(least, 2 * 16) * (2 * 16) + 16;
}

/** Bytes of the tables of a thread: the chain, or for each slot the nearest slot before it and its distance. */
export function squareStateBytes(ld: number, width: number): number {
  return roundUp(16 + ld * (4 + width), 64);
}

/** Bytes of scratch for n rows, elements of `width` bytes, and `threads` threads. */
export function linkageSquareScratchBytes(n: number, width: number, threads: number): number {
  const ld = linkageSquareStride(n);
  return 4224 + 256 + ld * 16 + ld * width * 2 + squareStateBytes(ld, width) * threads;
}

/** Bytes of a list of n u32 in it. */
export function listBytes(n: number): number {
  return roundUp(n * 4, 16);
}

/** Bytes of scratch for linkage of n rows over condensed distances: generic.ts needs all of it, nn-chain.ts less. */
export function linkageCondensedScratchBytes(n: number): number {
  return 16 + listBytes(n) * 3 + n * 16;
}

/* From assembly/linkage/single/sizes.ts. */

/** Most edges in the pool: the number at which a new tree is made, plus the edges of one more row. */
export function poolRows(n: number): number {
  return 2 * n + 256;
}

/** Bytes of a table. */
export function tableBytes(count: number, width: number): number {
  return roundUp(count * width, 64);
}

/** Bytes of scratch for n rows, elements of `width` bytes. */
export function linkageSpanningTreeScratchBytes(n: number, width: number): number {
  const words =
    tableBytes(n, 4) * 8 + tableBytes(n, 8) * 2 + tableBytes(poolRows(n), 8) * 2;
  return 128 + words + tableBytes(n, width) * 13 + tableBytes(poolRows(n), width);
}
