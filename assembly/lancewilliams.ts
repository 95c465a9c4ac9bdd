/**
 * The distance from a merged cluster to any other: every formula of every method, once.
 *
 * Source: Lance and Williams 1967, Computer Journal 9, 373; Müllner 2011, arXiv:1109.2378, figure 2.
 */

/* Methods, in the order of SciPy's documentation; `src/hierarchy/methods.ts` holds the same numbers. */
export const SINGLE: i32 = 0;
export const COMPLETE: i32 = 1;
export const AVERAGE: i32 = 2;
export const WEIGHTED: i32 = 3;
export const CENTROID: i32 = 4;
export const MEDIAN: i32 = 5;
export const WARD: i32 = 6;

/**
 * d(x ∪ y, i) from d(x, i), d(y, i) and d(x, y), for clusters of nx, ny and ni rows.
 * Centroid, median and ward take and give squared distances.
 */
// @ts-ignore: decorator
@inline
export function lanceWilliams(
  method: i32, dxi: f64, dyi: f64, dxy: f64, nx: f64, ny: f64, ni: f64,
): f64 {
  if (method == COMPLETE) return max(dxi, dyi);
  if (method == AVERAGE) return (nx * dxi + ny * dyi) / (nx + ny);
  if (method == WEIGHTED) return 0.5 * (dxi + dyi);
  if (method == WARD) return ((nx + ni) * dxi + (ny + ni) * dyi - ni * dxy) / (nx + ny + ni);
  if (method == CENTROID) {
    return (nx * dxi + ny * dyi - (nx * ny * dxy) / (nx + ny)) / (nx + ny);
  }
  if (method == MEDIAN) return 0.5 * (dxi + dyi) - 0.25 * dxy;
  return min(dxi, dyi);
}
