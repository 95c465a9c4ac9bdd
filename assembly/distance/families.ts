/**
 * A metric consists of a family, which defines the sums over coordinates, and a finish, which computes a distance
 * from the sums.
 *
 * An operation is 2 * family, plus 1 if it works in float64: the number that is passed to drivers.
 */

/* Families with one sum per pair, in float32 and float64. */
export const SQUARES: i32 = 0;
export const ABSOLUTE: i32 = 1;
export const LARGEST: i32 = 2;
export const PRODUCTS: i32 = 3;
export const WEIGHTED_SQUARES: i32 = 4;
export const WEIGHTED_ABSOLUTE: i32 = 5;
export const CANBERRA: i32 = 6;
export const UNEQUAL: i32 = 7;
/** Two sums per pair. */
export const BRAY_CURTIS: i32 = 8;
/* In float64 only. */
export const DICE: i32 = 9;
export const WEIGHTED_DICE: i32 = 10;
export const BITS: i32 = 11;
export const WEIGHTED_BITS: i32 = 12;
export const POWERS: i32 = 13;
export const DIVERGENCE: i32 = 14;
export const QUADRATIC: i32 = 15;

/* Finishes; s and t are the sums, tt, tf, ft and ff the (weighted) counts of a boolean pair. */
export const PLAIN: i32 = 0;
export const ROOT: i32 = 1;
/** 1 - s, within [0, 2] */
export const COSINE: i32 = 2;
/** s / t */
export const RATIO: i32 = 3;
/** s / (2 t + s); of DICE, s = u + v - 2 t, where u and v are the sums of the rows */
export const DICE_RATIO: i32 = 4;
/** s / param */
export const SHARE: i32 = 5;
/** s ** (1 / param) */
export const POWER_ROOT: i32 = 6;
/** √(s / 2), or infinity if a row is not a distribution */
export const DIVERGENCE_ROOT: i32 = 7;
/** (tf + ft) / (tt + tf + ft), or 0 */
export const JACCARD: i32 = 8;
/** tt / (tf + ft) */
export const KULCZYNSKI: i32 = 9;
/** 2 (tf + ft) / (n + tf + ft) */
export const ROGERS_TANIMOTO: i32 = 10;
/** (n - tt) / n */
export const RUSSELL_RAO: i32 = 11;
/** 2 (tf + ft) / (tt + 2 (tf + ft)) */
export const SOKAL_SNEATH: i32 = 12;
/** 2 tf ft / (tt ff + tf ft), or 0 */
export const YULE: i32 = 13;
