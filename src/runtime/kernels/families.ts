/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */

/* From assembly/distance/families.ts. */

/* Families with one sum per pair, in float32 and float64. */
export const SQUARES = 0;
export const ABSOLUTE = 1;
export const LARGEST = 2;
export const PRODUCTS = 3;
export const WEIGHTED_SQUARES = 4;
export const WEIGHTED_ABSOLUTE = 5;
export const CANBERRA = 6;
export const UNEQUAL = 7;
/** Two sums per pair. */
export const BRAY_CURTIS = 8;
/* In float64 only. */
export const DICE = 9;
export const WEIGHTED_DICE = 10;
export const BITS = 11;
export const WEIGHTED_BITS = 12;
export const POWERS = 13;
export const DIVERGENCE = 14;
export const QUADRATIC = 15;
/* Finishes; s and t are the sums, tt, tf, ft and ff the (weighted) counts of a boolean pair. */
export const PLAIN = 0;
export const ROOT = 1;
/** 1 - s, within [0, 2] */
export const COSINE = 2;
/** s / t */
export const RATIO = 3;
/** s / (2 t + s); of DICE, s = u + v - 2 t, where u and v are the sums of the rows */
export const DICE_RATIO = 4;
/** s / param */
export const SHARE = 5;
/** s ** (1 / param) */
export const POWER_ROOT = 6;
/** √(s / 2), or infinity if a row is not a distribution */
export const DIVERGENCE_ROOT = 7;
/** (tf + ft) / (tt + tf + ft), or 0 */
export const JACCARD = 8;
/** tt / (tf + ft) */
export const KULCZYNSKI = 9;
/** 2 (tf + ft) / (n + tf + ft) */
export const ROGERS_TANIMOTO = 10;
/** (n - tt) / n */
export const RUSSELL_RAO = 11;
/** 2 (tf + ft) / (tt + 2 (tf + ft)) */
export const SOKAL_SNEATH = 12;
/** 2 tf ft / (tt ff + tf ft), or 0 */
export const YULE = 13;
