/**
 * Lists of near clusters, with a bound for all other clusters (table.ts), and how they stay valid through merges.
 *
 * With reducible methods (ward, average), a merged cluster is never nearer to another cluster than the nearer of its two
 * parts was. So two statements about a list stay true, whatever merges:
 * - the distance of an entry is a lower bound of the distance to the cluster that contains the entry now;
 * - every cluster without a part in the list is at least `bound` away.
 * As long as an entry stays below the bound, the nearest neighbour is found without a search. When two
 * clusters merge, the Lance-Williams formula makes the list of the new cluster from their two lists.
 */
import { WARD } from '../lance-williams';
import {
  BOUND,
  CAPACITY,
  COUNT,
  DISTANCE,
  ENTRY,
  f64At,
  find,
  GUESS,
  JOINED,
  listOf,
  METHOD,
  NEAREST,
  PARENT,
  setF64,
  setU32,
  SIZE,
  u32At,
  UNION,
  word,
} from './table';
import { distanceOf } from './means';

/** Computed lower bounds are multiplied by this, which lowers them by more than the rounding error of float64. */
const CAUTION: f64 = 1 - 1e-12;

/** A pseudorandom number to break ties. With the lowest index, many equal clusters would all choose the same neighbour. */
@inline
export function lot(a: u32, b: u32): u32 {
  let h = (min<u32>(a, b) * 0x9e3779b1) ^ (max<u32>(a, b) * 0x85ebca77);
  h ^= h >> 15;
  h *= 0x2c1b3c6d;
  return h ^ (h >> 13);
}

/** Remove entry k from a list of `count`: the last entry takes its place. */
@inline
function drop(list: usize, k: u32, count: u32): void {
  v128.store(list + (k as usize) * ENTRY, v128.load(list + ((count - 1) as usize) * ENTRY));
}

/**
 * Find the nearest neighbour in the list and write NEAREST and DISTANCE. Entries that are not below the bound are
 * removed.
 * @returns -1 if it was found, else the least distance among the removed entries (infinity if there are none)
 */
export function settle(table: usize, name: u32): f64 {
  const list = listOf(table, name);
  const bound = f64At(table, BOUND, name);
  let count = u32At(table, COUNT, name);
  let gone: f64 = Infinity;
  while (true) {
    let best: f64 = Infinity;
    let at: u32 = 0;
    for (let k: u32 = 0; k < count; k++) {
      const value = load<f64>(list + (k as usize) * ENTRY, 8);
      if (value < best) {
        best = value;
        at = k;
      } else if (value == best && best < Infinity) {
        const other = load<u32>(list + (k as usize) * ENTRY);
        if (lot(name, other) < lot(name, load<u32>(list + (at as usize) * ENTRY))) at = k;
      }
    }
    if (!(best < bound)) {
      if (count > 0 && gone == Infinity) {
        // The caller needs an upper bound of the nearest distance.
        const now = find(table, load<u32>(list + (at as usize) * ENTRY));
        if (now != name) gone = distanceOf(table, name, now);
      }
      setU32(table, COUNT, name, 0);
      return gone;
    }
    const entry = list + (at as usize) * ENTRY;
    const other = load<u32>(entry);
    const version = load<u32>(entry, 4);
    if (version == (f64At(table, SIZE, other) as u32) && u32At(table, PARENT, other) == other) {
      setU32(table, COUNT, name, count);
      setU32(table, NEAREST, name, other);
      setF64(table, DISTANCE, name, best);
      return -1;
    }
    const now = find(table, other);
    const size = f64At(table, SIZE, now) as u32;
    let known = now == name;
    for (let k: u32 = 0; k < count; k++) {
      const e = list + (k as usize) * ENTRY;
      if (load<u32>(e) == now && load<u32>(e, 4) == size) known = true;
    }
    if (!known) {
      const value = distanceOf(table, name, now);
      if (value < bound) {
        store<u32>(entry, now);
        store<u32>(entry, size, 4);
        store<f64>(entry, value, 8);
        continue;
      }
      gone = min<f64>(gone, value);
    }
    drop(list, at, count);
    count--;
  }
}

/** A lower bound of the distance of a ∪ b to a cluster of u rows from those of a and b. */
@inline
function joined(ward: bool, la: f64, lb: f64, between: f64, s: f64, t: f64, u: f64): f64 {
  if (la == Infinity || lb == Infinity) return Infinity;
  const value = ward
    ? ((s + u) * la + (t + u) * lb - u * between) / (s + t + u)
    : (s * la + t * lb) / (s + t);
  return max<f64>(value, min<f64>(la, lb));
}

/**
 * Replace the list of `a` by that of a ∪ b. Call it before joinMeans. `between` is the distance of a and b, which are
 * mutual nearest neighbours.
 */
export function joinLists(table: usize, a: u32, b: u32, between: f64): void {
  const ward = word(table, METHOD) == WARD;
  const s = f64At(table, SIZE, a),
    t = f64At(table, SIZE, b);
  const restA = max<f64>(f64At(table, BOUND, a), between);
  const restB = max<f64>(f64At(table, BOUND, b), between);
  const union = word(table, UNION) as usize;
  let total: u32 = 0;
  for (let side: u32 = 0; side < 2; side++) {
    const name = side ? b : a;
    const list = listOf(table, name);
    const count = u32At(table, COUNT, name);
    const field: usize = side ? 16 : 8;
    for (let k: u32 = 0; k < count; k++) {
      const entry = list + (k as usize) * ENTRY;
      const now = find(table, load<u32>(entry));
      if (now == a || now == b) continue;
      const value = max<f64>(load<f64>(entry, 8), between);
      let i: u32 = 0;
      while (i < total && load<u32>(union + (i as usize) * JOINED) != now) i++;
      const to = union + (i as usize) * JOINED;
      if (i == total) {
        total++;
        store<u32>(to, now);
        store<f64>(to, restA, 8);
        store<f64>(to, restB, 16);
      }
      store<f64>(to + field, min<f64>(load<f64>(to + field), value));
    }
  }
  // The size of the other cluster is unknown. The bound is least at one end of the range of sizes: 1, or infinity.
  let bound = joined(ward, restA, restB, between, s, t, 1);
  if (ward) bound = min<f64>(bound, max<f64>(restA + restB - between, min<f64>(restA, restB)));
  bound *= CAUTION;
  const list = listOf(table, a);
  let count: u32 = 0;
  for (let i: u32 = 0; i < total; i++) {
    const from = union + (i as usize) * JOINED;
    const other = load<u32>(from);
    const u = f64At(table, SIZE, other);
    const value = CAUTION * joined(ward, load<f64>(from, 8), load<f64>(from, 16), between, s, t, u);
    if (!(value < bound)) continue;
    let k = count;
    if (count == CAPACITY) {
      // Full: the farthest entry is dropped, so the bound falls to its distance.
      k--;
      const last = load<f64>(list + (k as usize) * ENTRY, 8);
      bound = min<f64>(bound, max<f64>(last, value));
      if (value >= last) continue;
    } else {
      count++;
    }
    while (k > 0 && load<f64>(list + ((k - 1) as usize) * ENTRY, 8) > value) {
      v128.store(list + (k as usize) * ENTRY, v128.load(list + ((k - 1) as usize) * ENTRY));
      k--;
    }
    const entry = list + (k as usize) * ENTRY;
    store<u32>(entry, other);
    store<u32>(entry, (u as u32) | GUESS, 4);
    store<f64>(entry, value, 8);
  }
  setU32(table, COUNT, a, count);
  setF64(table, BOUND, a, bound);
}
