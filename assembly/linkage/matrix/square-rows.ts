/**
 * The passes over rows of the full square that take most of the time: search, merge, settle, squeeze.
 * square.ts explains slots and pending slots.
 */
import { AVERAGE, CENTROID, COMPLETE, lanceWilliams, MEDIAN, WARD, WEIGHTED } from '../lance-williams';
import { NONE, SETTLED, penaltyPtr, rowPtr } from './square-layout';
import { at, put, word } from '../../lib/memory';
import { PENDING } from './sizes';

/** Elements scanned between two updates of the best value; a power of two. */
const BLOCK: u32 = 256;

@inline
function mask<T extends number>(v: v128, penalty: usize, masked: bool): v128 {
  return masked ? v128.add<T>(v, v128.load(penalty)) : v;
}

/** The least of rows[lo, hi) at which row[lo, hi) + penalty[lo, hi) equals `value`. */
@inline
function lowestOf<T extends number>(
  row: usize,
  penalty: usize,
  rows: usize,
  lo: u32,
  hi: u32,
  value: T,
): u32 {
  const wanted = v128.splat<T>(value);
  const none = i32x4.splat(-1);
  let low = none;
  for (let i = lo; i < hi; i += 4) {
    const offset = (i as usize) * sizeof<T>();
    let equal = v128.eq<T>(mask<T>(v128.load(row + offset), penalty + offset, true), wanted);
    if (sizeof<T>() == 8) {
      const more = v128.eq<T>(mask<T>(v128.load(row + offset, 16), penalty + offset + 16, true), wanted);
      equal = v128.shuffle<u32>(equal, more, 0, 2, 4, 6);
    }
    low = i32x4.min_u(low, v128.bitselect(v128.load(rows + ((i as usize) << 2)), none, equal));
  }
  return min<u32>(
    min<u32>(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 1)),
    min<u32>(i32x4.extract_lane(low, 2), i32x4.extract_lane(low, 3)),
  );
}

/**
 * The least element of row[lo, hi), plus penalty[lo, hi) if `masked`, that is below `bound`. Among equal elements the
 * first one, or, if `leafOf` is not 0, the one with the lowest data row.
 * @returns the slot, or NONE
 */
@inline
function scan<T extends number>(
  row: usize,
  penalty: usize,
  lo: u32,
  hi: u32,
  bound: T,
  masked: bool,
  leafOf: usize,
  slotOf: usize,
): u32 {
  let best = bound;
  let block = NONE;
  let tied = false;
  for (let b = lo; b < hi; b += BLOCK) {
    const end = min<u32>(hi, b + BLOCK);
    let m0 = v128.splat<T>(Infinity as T),
      m1 = m0,
      m2 = m0,
      m3 = m0;
    let p = row + (b as usize) * sizeof<T>();
    let q = penalty + (b as usize) * sizeof<T>();
    const stop = row + (end as usize) * sizeof<T>();
    // Ranges begin and end at multiples of 16 elements.
    while (p < stop) {
      // pmin, not min: it ignores a NaN in a dead column.
      m0 = v128.pmin<T>(m0, mask<T>(v128.load(p), q, masked));
      m1 = v128.pmin<T>(m1, mask<T>(v128.load(p, 16), q + 16, masked));
      m2 = v128.pmin<T>(m2, mask<T>(v128.load(p, 32), q + 32, masked));
      m3 = v128.pmin<T>(m3, mask<T>(v128.load(p, 48), q + 48, masked));
      p += 64;
      q += 64;
    }
    m0 = v128.pmin<T>(v128.pmin<T>(m0, m1), v128.pmin<T>(m2, m3));
    let least: T;
    if (sizeof<T>() == 4) {
      least = min<f32>(
        min<f32>(f32x4.extract_lane(m0, 0), f32x4.extract_lane(m0, 1)),
        min<f32>(f32x4.extract_lane(m0, 2), f32x4.extract_lane(m0, 3)),
      ) as T;
    } else {
      least = min<f64>(f64x2.extract_lane(m0, 0), f64x2.extract_lane(m0, 1)) as T;
    }
    if (least < best) {
      best = least;
      block = b;
      tied = false;
    } else if (least == best) {
      tied = true;
    }
  }
  if (block == NONE) return NONE;
  if (leafOf != 0) {
    const end = tied ? hi : min<u32>(hi, block + BLOCK);
    return word(slotOf, lowestOf<T>(row, penalty, leafOf, block, end, best));
  }
  const wanted = v128.splat<T>(best);
  let i = block;
  while (true) {
    const offset = (i as usize) * sizeof<T>();
    const v = mask<T>(v128.load(row + offset), penalty + offset, masked);
    const equal = v128.eq<T>(v, wanted);
    if (v128.any_true(equal)) {
      const bits = sizeof<T>() == 4 ? i32x4.bitmask(equal) : i64x2.bitmask(equal);
      return i + ctz<i32>(bits);
    }
    i += (16 / sizeof<T>()) as u32;
  }
}

/** See scan. Exported so that it stays a separate function; sums.ts tells why. */
export function scanF32(
  row: usize,
  penalty: usize,
  lo: u32,
  hi: u32,
  bound: f32,
  leafOf: usize,
  slotOf: usize,
): u32 {
  return scan<f32>(row, penalty, lo, hi, bound, true, leafOf, slotOf);
}

/** As scanF32, in float64. */
export function scanF64(
  row: usize,
  penalty: usize,
  lo: u32,
  hi: u32,
  bound: f64,
  leafOf: usize,
  slotOf: usize,
): u32 {
  return scan<f64>(row, penalty, lo, hi, bound, true, leafOf, slotOf);
}

/** The first slot with the least of `values`, among slots [0, used), or NONE if all are infinite. */
export function leastF32(values: usize, used: u32): u32 {
  return scan<f32>(values, 0, 0, (used + 15) & ~15, Infinity, false, 0, 0);
}

/** As leastF32, in float64. */
export function leastF64(values: usize, used: u32): u32 {
  return scan<f64>(values, 0, 0, (used + 15) & ~15, Infinity, false, 0, 0);
}

/** Row x becomes the row of x ∪ y, for columns [lo, hi). `method` must be a constant, so that the loop has no branch on it. */
@inline
function mergeBy<T extends number>(
  method: i32,
  x: usize,
  y: usize,
  sizes: usize,
  lo: u32,
  hi: u32,
  dxy: T,
  nx: T,
  ny: T,
): void {
  const end = (hi as usize) * sizeof<T>();
  for (let k = (lo as usize) * sizeof<T>(); k < end; k += 32) {
    v128.store(
      x + k,
      lanceWilliams<T, v128>(method, v128.load(x + k), v128.load(y + k), dxy, nx, ny, v128.load(sizes + k)),
    );
    const l = k + 16;
    v128.store(
      x + l,
      lanceWilliams<T, v128>(method, v128.load(x + l), v128.load(y + l), dxy, nx, ny, v128.load(sizes + l)),
    );
  }
}

@inline
function mergeRows<T extends number>(
  method: i32,
  x: usize,
  y: usize,
  sizes: usize,
  lo: u32,
  hi: u32,
  dxy: T,
  nx: T,
  ny: T,
): void {
  switch (method) {
    case COMPLETE:
      return mergeBy<T>(COMPLETE, x, y, sizes, lo, hi, dxy, nx, ny);
    case AVERAGE:
      return mergeBy<T>(AVERAGE, x, y, sizes, lo, hi, dxy, nx, ny);
    case WEIGHTED:
      return mergeBy<T>(WEIGHTED, x, y, sizes, lo, hi, dxy, nx, ny);
    case CENTROID:
      return mergeBy<T>(CENTROID, x, y, sizes, lo, hi, dxy, nx, ny);
    case MEDIAN:
      return mergeBy<T>(MEDIAN, x, y, sizes, lo, hi, dxy, nx, ny);
    case WARD:
      return mergeBy<T>(WARD, x, y, sizes, lo, hi, dxy, nx, ny);
    default:
      unreachable();
  }
}

/** See mergeRows. Exported so that it stays a separate function; sums.ts tells why. */
export function mergeRowsF32(
  method: i32,
  x: usize,
  y: usize,
  sizes: usize,
  lo: u32,
  hi: u32,
  dxy: f32,
  nx: f32,
  ny: f32,
): void {
  mergeRows<f32>(method, x, y, sizes, lo, hi, dxy, nx, ny);
}

/** As mergeRowsF32, in float64. */
export function mergeRowsF64(
  method: i32,
  x: usize,
  y: usize,
  sizes: usize,
  lo: u32,
  hi: u32,
  dxy: f64,
  nx: f64,
  ny: f64,
): void {
  mergeRows<f64>(method, x, y, sizes, lo, hi, dxy, nx, ny);
}

/** d(a, b) where at least one of the two slots is pending: the row of the later slot holds it. */
@inline
export function lookUp<T extends number>(square: usize, ld: u32, scratch: usize, a: u32, b: u32): T {
  const later = max<u32>(a, b);
  const earlier = min<u32>(a, b);
  return at<T>(rowPtr<T>(square, ld, scratch, later), earlier);
}

/** Rows that receive all pending columns before the next rows do: their cache lines stay in the cache. */
const ROWS: u32 = 64;

/** Write columns into the row of a slot that is alive. The row of a dead slot may belong to another slot by now. */
@inline
function storeAlive<T extends number>(
  square: usize,
  ld: u32,
  scratch: usize,
  penalty: usize,
  slot: u32,
  column: u32,
  v: v128,
): void {
  if (at<T>(penalty, slot) == 0) {
    v128.store(rowPtr<T>(square, ld, scratch, slot) + (column as usize) * sizeof<T>(), v);
  }
}

/** Write the columns of as many pending slots as a vector has lanes, from `first` on, into the rows of settled slots [lo, hi). */
@inline
function settleSome<T extends number>(
  square: usize,
  ld: u32,
  scratch: usize,
  first: u32,
  lo: u32,
  hi: u32,
): void {
  const penalty = penaltyPtr<T>(scratch, ld);
  const p0 = rowPtr<T>(square, ld, scratch, first),
    p1 = rowPtr<T>(square, ld, scratch, first + 1);
  if (sizeof<T>() == 4) {
    const p2 = rowPtr<T>(square, ld, scratch, first + 2),
      p3 = rowPtr<T>(square, ld, scratch, first + 3);
    for (let i = lo; i < hi; i += 4) {
      const k = (i as usize) << 2;
      const a = v128.load(p0 + k),
        b = v128.load(p1 + k),
        c = v128.load(p2 + k),
        d = v128.load(p3 + k);
      const ab0 = v128.shuffle<u32>(a, b, 0, 4, 1, 5),
        ab1 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
      const cd0 = v128.shuffle<u32>(c, d, 0, 4, 1, 5),
        cd1 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
      storeAlive<T>(square, ld, scratch, penalty, i, first, v128.shuffle<u64>(ab0, cd0, 0, 2));
      storeAlive<T>(square, ld, scratch, penalty, i + 1, first, v128.shuffle<u64>(ab0, cd0, 1, 3));
      storeAlive<T>(square, ld, scratch, penalty, i + 2, first, v128.shuffle<u64>(ab1, cd1, 0, 2));
      storeAlive<T>(square, ld, scratch, penalty, i + 3, first, v128.shuffle<u64>(ab1, cd1, 1, 3));
    }
  } else {
    for (let i = lo; i < hi; i += 2) {
      const a = v128.load(p0 + ((i as usize) << 3)),
        b = v128.load(p1 + ((i as usize) << 3));
      storeAlive<T>(square, ld, scratch, penalty, i, first, v128.shuffle<u64>(a, b, 0, 2));
      storeAlive<T>(square, ld, scratch, penalty, i + 1, first, v128.shuffle<u64>(a, b, 1, 3));
    }
  }
}

/** Write the columns of the pending slots into the rows of slots [lo, hi), multiples of 4. */
@inline
function settle<T extends number>(square: usize, ld: u32, scratch: usize, lo: u32, hi: u32): void {
  const settled = load<u32>(scratch, SETTLED);
  const penalty = penaltyPtr<T>(scratch, ld);
  const lanes = (16 / sizeof<T>()) as u32;
  const stop = min<u32>(hi, settled);
  for (let i = lo; i < stop; i += ROWS) {
    for (let p = settled; p < settled + PENDING; p += lanes) {
      settleSome<T>(square, ld, scratch, p, i, min<u32>(stop, i + ROWS));
    }
  }
  for (let slot = max<u32>(lo, settled); slot < hi; slot++) {
    if (at<T>(penalty, slot) != 0) continue;
    const row = rowPtr<T>(square, ld, scratch, slot);
    put<T>(row, slot, Infinity as T);
    for (let other = slot + 1; other < settled + PENDING; other++) {
      put<T>(row, other, at<T>(rowPtr<T>(square, ld, scratch, other), slot));
    }
  }
}

/** See settle. Exported so that it stays a separate function; sums.ts tells why. */
export function settleF32(square: usize, ld: u32, scratch: usize, lo: u32, hi: u32): void {
  settle<f32>(square, ld, scratch, lo, hi);
}

/** As settleF32, in float64. */
export function settleF64(square: usize, ld: u32, scratch: usize, lo: u32, hi: u32): void {
  settle<f64>(square, ld, scratch, lo, hi);
}

/** Squeeze dead columns out of one row; `place` lists the slots that are alive, ascending. */
@inline
function squeezeRow<T extends number>(row: usize, place: usize, alive: u32): void {
  let k: u32 = 0;
  while (k < alive && word(place, k) == k) k++;
  for (; k < alive; k++) put<T>(row, k, at<T>(row, word(place, k)));
}

/** See squeezeRow. Exported so that it stays a separate function; sums.ts tells why. */
export function squeezeRowF32(row: usize, place: usize, alive: u32): void {
  squeezeRow<f32>(row, place, alive);
}

/** As squeezeRowF32, in float64. */
export function squeezeRowF64(row: usize, place: usize, alive: u32): void {
  squeezeRow<f64>(row, place, alive);
}
