/**
 * The distance from a merged cluster to any other cluster. Each method has its formula only here, for single numbers
 * and for vectors.
 *
 * Source: Lance and Williams 1967, Computer Journal 9, 373; Müllner 2011, arXiv:1109.2378, figure 2.
 */

/* Methods, in the order of SciPy's documentation. The build makes the host's list of names from these lines. */
export const SINGLE: i32 = 0;
export const COMPLETE: i32 = 1;
export const AVERAGE: i32 = 2;
export const WEIGHTED: i32 = 3;
export const CENTROID: i32 = 4;
export const MEDIAN: i32 = 5;
export const WARD: i32 = 6;

/** Whether a merged cluster can be nearer to a third cluster than both of its parts were: then heights can fall. */
@inline
export function hasInversions(method: i32): bool {
  return method == CENTROID || method == MEDIAN;
}

/*
 * T is the element type, f32 or f64; V is T for a single number, v128 for a vector.
 */

@inline
function add<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.add<T>(a, b);
  return a + b;
}
@inline
function sub<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.sub<T>(a, b);
  return a - b;
}
@inline
function mul<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.mul<T>(a, b);
  return a * b;
}
@inline
function div<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.div<T>(a, b);
  return a / b;
}
@inline
function smaller<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.min<T>(a, b);
  return min<T>(a, b);
}
@inline
function larger<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.max<T>(a, b);
  return max<T>(a, b);
}
@inline
function every<T, V>(x: T): V {
  if (isVector<V>()) return v128.splat<T>(x);
  return x;
}

/**
 * d(x ∪ y, i) from d(x, i), d(y, i) and d(x, y), for clusters of nx, ny and ni rows.
 * Centroid, median and ward take and give squared distances.
 */
@inline
export function lanceWilliams<T extends number, V>(
  method: i32,
  dxi: V,
  dyi: V,
  dxy: T,
  nx: T,
  ny: T,
  ni: V,
): V {
  const sum = (nx + ny) as T;
  if (method == COMPLETE) return larger<T, V>(dxi, dyi);
  if (method == AVERAGE) {
    const x = mul<T, V>(every<T, V>(nx), dxi);
    const y = mul<T, V>(every<T, V>(ny), dyi);
    return div<T, V>(add<T, V>(x, y), every<T, V>(sum));
  }
  if (method == WEIGHTED) return mul<T, V>(every<T, V>(0.5 as T), add<T, V>(dxi, dyi));
  if (method == WARD) {
    const x = mul<T, V>(add<T, V>(every<T, V>(nx), ni), dxi);
    const y = mul<T, V>(add<T, V>(every<T, V>(ny), ni), dyi);
    const top = sub<T, V>(add<T, V>(x, y), mul<T, V>(ni, every<T, V>(dxy)));
    return div<T, V>(top, add<T, V>(every<T, V>(sum), ni));
  }
  if (method == CENTROID) {
    const x = mul<T, V>(every<T, V>(nx), dxi);
    const y = mul<T, V>(every<T, V>(ny), dyi);
    const z = every<T, V>(((nx * ny * dxy) / sum) as T);
    return div<T, V>(sub<T, V>(add<T, V>(x, y), z), every<T, V>(sum));
  }
  if (method == MEDIAN) {
    const half = mul<T, V>(every<T, V>(0.5 as T), add<T, V>(dxi, dyi));
    return sub<T, V>(half, every<T, V>((0.25 * dxy) as T));
  }
  if (method != SINGLE) unreachable();
  return smaller<T, V>(dxi, dyi);
}
