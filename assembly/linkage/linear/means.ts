/** Means of clusters: distances between them in float64, merging, and the float32 panels. */
import { AVERAGE, WARD } from '../lance-williams';
import {
  CENTER,
  COLS,
  EXTENT,
  f64At,
  FREE,
  FREED,
  HELD,
  INPUT,
  LIVE,
  METHOD,
  NAME_AT,
  OFFSETS,
  PANELS,
  PLACE,
  SCALE,
  setF64,
  setU32,
  setWord,
  SIZE,
  SLACK,
  SPREAD,
  u32At,
  WEIGHT,
  WIDE,
  word,
} from './table';

/** Clusters side by side in a panel. */
const WIDTH: u32 = 8;

/** Address of the row that a cluster is named after. */
@inline
export function rowOf(table: usize, name: u32): usize {
  const d = word(table, COLS);
  return (word(table, INPUT) as usize) + (((name as usize) * d) << (word(table, WIDE) ? 3 : 2));
}

/** Address of the offset of a mean from its row. Clusters of equal rows share one offset of zeros. */
@inline
export function offsetOf(table: usize, name: u32): usize {
  return (word(table, OFFSETS) as usize) + (((u32At(table, HELD, name) as usize) * word(table, COLS)) << 3);
}

@inline
function read(ptr: usize, wide: u32, k: u32): f64 {
  return wide ? load<f64>(ptr + ((k as usize) << 3)) : (load<f32>(ptr + ((k as usize) << 2)) as f64);
}

@inline
function pair(ptr: usize, wide: u32): v128 {
  return wide ? v128.load(ptr) : f64x2.promote_low_f32x4(v128.load64_zero(ptr));
}

@inline
function squares(a: usize, b: usize, oa: usize, ob: usize, d: u32, wide: u32): f64 {
  let s0 = f64x2.splat(0),
    s1 = s0;
  const step: usize = wide ? 16 : 8;
  let k: u32 = 0;
  for (; k + 4 <= d; k += 4) {
    let e = f64x2.add(f64x2.sub(pair(a, wide), pair(b, wide)), f64x2.sub(v128.load(oa), v128.load(ob)));
    s0 = f64x2.add(s0, f64x2.mul(e, e));
    a += step;
    b += step;
    e = f64x2.add(f64x2.sub(pair(a, wide), pair(b, wide)), f64x2.sub(v128.load(oa, 16), v128.load(ob, 16)));
    s1 = f64x2.add(s1, f64x2.mul(e, e));
    a += step;
    b += step;
    oa += 32;
    ob += 32;
  }
  s0 = f64x2.add(s0, s1);
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  const unit: usize = wide ? 8 : 4;
  for (; k < d; k++) {
    const e = read(a, wide, 0) - read(b, wide, 0) + (load<f64>(oa) - load<f64>(ob));
    sum += e * e;
    a += unit;
    b += unit;
    oa += 8;
    ob += 8;
  }
  return sum;
}

/** |a - b|² of two means of f32 rows; the same bits for (b, a). */
export function meansApartF32(a: usize, b: usize, oa: usize, ob: usize, d: u32): f64 {
  return squares(a, b, oa, ob, d, 0);
}

/** |a - b|² of two means of f64 rows; the same bits for (b, a). */
export function meansApartF64(a: usize, b: usize, oa: usize, ob: usize, d: u32): f64 {
  return squares(a, b, oa, ob, d, 1);
}

/** The distance of two clusters, squared for ward and centroid; the same bits for (b, a). */
@inline
export function distanceOf(table: usize, a: u32, b: u32): f64 {
  const d = word(table, COLS);
  const ra = rowOf(table, a),
    rb = rowOf(table, b);
  const oa = offsetOf(table, a),
    ob = offsetOf(table, b);
  const apart = word(table, WIDE) ? meansApartF64(ra, rb, oa, ob, d) : meansApartF32(ra, rb, oa, ob, d);
  const method = word(table, METHOD) as i32;
  if (method == WARD) {
    const s = f64At(table, SIZE, a),
      t = f64At(table, SIZE, b);
    return ((2 * (s * t)) / (s + t)) * apart;
  }
  return method == AVERAGE ? apart + (f64At(table, SPREAD, a) + f64At(table, SPREAD, b)) : apart;
}

/** Address of the first coordinate of a place. */
@inline
export function placeOf(table: usize, place: u32): usize {
  return (
    (word(table, PANELS) as usize) +
    ((((place / WIDTH) as usize) * word(table, COLS)) << 5) +
    (((place % WIDTH) as usize) << 2)
  );
}

/**
 * The weight of a cluster in a search, as float32: 1 / size for ward, else the spread of its rows, scaled
 * like the panels.
 */
@inline
function weightOf(table: usize, name: u32): f32 {
  if (word(table, METHOD) == WARD) return (1 / f64At(table, SIZE, name)) as f32;
  const scale = load<f64>(table + SCALE);
  return (f64At(table, SPREAD, name) * scale * scale) as f32;
}

@inline
function setWeight(table: usize, place: u32, value: f32): void {
  store<f32>((word(table, WEIGHT) as usize) + ((place as usize) << 2), value);
}

/** The weight of an empty place: no distance with it is below a limit. */
@inline
function noWeight(table: usize): f32 {
  return (word(table, METHOD) == WARD ? -Infinity : Infinity) as f32;
}

/** Write a cluster's mean and weight into its place. */
export function writePlace(table: usize, name: u32): void {
  const d = word(table, COLS);
  const wide = word(table, WIDE);
  const row = rowOf(table, name);
  const offset = offsetOf(table, name);
  const center = word(table, CENTER) as usize;
  const scale = load<f64>(table + SCALE);
  const place = u32At(table, PLACE, name);
  let to = placeOf(table, place);
  let far: f64 = 0;
  let norm: f64 = 0;
  for (let k: u32 = 0; k < d; k++) {
    const x = (read(row, wide, k) - load<f64>(center + ((k as usize) << 3))) * scale;
    const o = load<f64>(offset + ((k as usize) << 3)) * scale;
    const m = x + o;
    far += x * x + o * o;
    norm += m * m;
    store<f32>(to, m as f32);
    to += 32;
  }
  // Each of the few operations above and in `joinMeans` has a rounding error of 2⁻⁵³ of its operands.
  const lost = 2 * sqrt(far) * 8.881784197001252e-16;
  if (lost > sqrt(norm) * 7.450580596923828e-9)
    store<f64>(table + SLACK, max(load<f64>(table + SLACK), lost));
  setWeight(table, place, weightOf(table, name));
}

/** Move the cluster in the last place to the place of a removed cluster. */
@inline
function closeGap(table: usize, place: u32): void {
  const last = word(table, LIVE) - 1;
  setWord(table, LIVE, last);
  if (place != last) {
    const d = word(table, COLS);
    let from = placeOf(table, last);
    let to = placeOf(table, place);
    for (let k: u32 = 0; k < d; k++) {
      store<f32>(to, load<f32>(from));
      from += 32;
      to += 32;
    }
    const moved = u32At(table, NAME_AT, last);
    setU32(table, NAME_AT, place, moved);
    setU32(table, PLACE, moved, place);
    setWeight(table, place, load<f32>((word(table, WEIGHT) as usize) + ((last as usize) << 2)));
  }
  setWeight(table, last, noWeight(table));
}

/**
 * Merge b into a, which must not be the smaller one: mean, spread, size and place of `a` become those of the merged
 * cluster. `distance` is distanceOf(a, b).
 */
export function joinMeans(table: usize, a: u32, b: u32, distance: f64): void {
  const d = word(table, COLS);
  const wide = word(table, WIDE);
  const s = f64At(table, SIZE, a),
    t = f64At(table, SIZE, b);
  const share = t / (s + t);
  const ra = rowOf(table, a),
    rb = rowOf(table, b);
  const oa = offsetOf(table, a),
    ob = offsetOf(table, b);
  if (word(table, METHOD) == AVERAGE) {
    const va = f64At(table, SPREAD, a),
      vb = f64At(table, SPREAD, b);
    const apart = max<f64>(0, distance - (va + vb));
    setF64(table, SPREAD, a, (s * va + t * vb) / (s + t) + (s / (s + t)) * share * apart);
  }
  let held = u32At(table, HELD, a);
  const other = u32At(table, HELD, b);
  if (held == 0) {
    if (other != 0) {
      held = other;
    } else {
      const freed = word(table, FREED) - 1;
      setWord(table, FREED, freed);
      held = u32At(table, FREE, freed);
    }
  } else if (other != 0) {
    const freed = word(table, FREED);
    setU32(table, FREE, freed, other);
    setWord(table, FREED, freed + 1);
  }
  setU32(table, HELD, a, held);
  setU32(table, HELD, b, 0);
  const to = offsetOf(table, a);
  for (let k: u32 = 0; k < d; k++) {
    const at = (k as usize) << 3;
    const o = load<f64>(oa + at);
    const e = read(rb, wide, k) - read(ra, wide, k) + (load<f64>(ob + at) - o);
    store<f64>(to + at, o + share * e);
  }
  setF64(table, SIZE, a, s + t);
  closeGap(table, u32At(table, PLACE, b));
  writePlace(table, a);
}

/** Update EXTENT, the largest |x - center| of a coordinate, with rows [rowBegin, rowEnd). */
export function linkageLinearExtent(table: usize, rowBegin: u32, rowEnd: u32): i32 {
  const d = word(table, COLS);
  const wide = word(table, WIDE);
  const center = word(table, CENTER) as usize;
  let most = load<f64>(table + EXTENT);
  for (let i = rowBegin; i < rowEnd; i++) {
    const row = rowOf(table, i);
    for (let k: u32 = 0; k < d; k++) {
      most = max<f64>(most, abs<f64>(read(row, wide, k) - load<f64>(center + ((k as usize) << 3))));
    }
  }
  store<f64>(table + EXTENT, most);
  return 0;
}

/** Mark places [from, to), the rest of the last panel, as empty. */
export function clearPlaces(table: usize, from: u32, to: u32): void {
  const d = word(table, COLS);
  for (let place = from; place < to; place++) {
    let at = placeOf(table, place);
    for (let k: u32 = 0; k < d; k++) {
      store<f32>(at, 0);
      at += 32;
    }
    setWeight(table, place, noWeight(table));
  }
}
