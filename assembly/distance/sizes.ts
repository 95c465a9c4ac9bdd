/** Sizes of the scratch of the kernels that compute distances. The host computes the same (lib/sizes.ts). */
/** Bytes of a finished tile and of all its sums: tt, tf, ft, ff; 4 x 128. */
export const TILE_SUMS: u32 = 512;
/** Bytes of a column of differences of a quadratic form: a tile. */
export const FORM_COLUMN: u32 = 128;

/** Bytes of scratch for a tile; of a quadratic form of d coordinates (otherwise d is 0). */
@inline
export function tileScratchBytes(d: u32): u32 {
  return TILE_SUMS + 64 + d * FORM_COLUMN;
}

/** Bytes of the inner products of one frame with one panel: 9 x 4 f64. */
export const PRODUCTS: u32 = 288;
/** Bytes of the coefficients of four polynomials. */
export const COEFFICIENTS: u32 = 96;

/** Bytes of scratch for RMSD: also Ga + Gb and results of four pairs, and a key matrix. */
@inline
export function rmsdScratchBytes(): u32 {
  return PRODUCTS + COEFFICIENTS + 64 + 128;
}
