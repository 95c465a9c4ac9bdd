/**
 * Centroid linkage in linear memory. A merged cluster may be nearer to other clusters than its parts were, so pairs
 * merge one after the other, the nearest pair of all first. Lists (table.ts) help here too:
 *
 *   key     per place, a lower bound of the distance to the nearest neighbour
 *   reach   per place, the root of the bound of its list, scaled, rounded up; -infinity for an empty place
 *
 * A new cluster is compared with all others once. It is entered into each list whose bound is above its distance. So
 * lists stay valid. The cluster with the least key finds its neighbour in its list, or by a search for this cluster alone.
 *
 * Cost: O(n² cols) time, with one pass over all clusters per merge. Source: as generic.ts; the lists are our own.
 */
import { addSquare, storeTile } from '../../lib/blocks';
import {
  BOUND,
  COLS,
  COUNT,
  DISTANCE,
  ENTRY,
  f64At,
  GUESS,
  KEY,
  LEAST_KEY,
  listOf,
  LIVE,
  MERGED,
  MERGES,
  NAME_AT,
  NEAREST,
  PANELS,
  PARENT,
  PLACE,
  REACH,
  SCALE,
  SEARCH,
  setF64,
  setU32,
  setWord,
  SIZE,
  u32At,
  word,
} from './table';
import { settle } from './lists';
import { distanceOf, joinMeans } from './means';
import {
  ask,
  farthest,
  gammaOf,
  insertNear,
  linkageLinearSearch,
  lowered,
  lowering,
  makeList,
} from './search';
import { OK, PAUSED } from '../../lib/status';
import { TILE, TOP } from './sizes';

/** Places per block; the least key of each block is stored. */
const BLOCK: u32 = 64;
/**
 * Most entries of a list after a new cluster is entered: one cache line. In many dimensions a mean is nearer to
 * all clusters than rows are, and enters every list.
 */
const ROOM: u32 = 4;
/** Work of a step, in pairs x coordinates: about 0.1 ms. */
const STEP: f64 = 1e6;

@inline
function setReach(table: usize, place: u32, value: f32): void {
  store<f32>((word(table, REACH) as usize) + ((place as usize) << 2), value);
}

/** Update the reach of a cluster after the bound of its list has changed. */
@inline
function updateReach(table: usize, name: u32): void {
  const root = sqrt(f64At(table, BOUND, name)) * load<f64>(table + SCALE);
  setReach(table, u32At(table, PLACE, name), (root * 1.000001) as f32);
}

/** Recompute the least key of a block. */
@inline
function updateBlock(table: usize, block: u32): void {
  let least: f64 = Infinity;
  const end = min<u32>(word(table, LIVE), (block + 1) * BLOCK);
  for (let p = block * BLOCK; p < end; p++) least = min<f64>(least, f64At(table, KEY, p));
  setF64(table, LEAST_KEY, block, least);
}

@inline
function setKey(table: usize, place: u32, value: f64): void {
  setF64(table, KEY, place, value);
  updateBlock(table, place / BLOCK);
}

/** The first place with the least key. */
@inline
function leastPlace(table: usize): u32 {
  const blocks = (word(table, LIVE) + BLOCK - 1) / BLOCK;
  let least: f64 = Infinity;
  let block: u32 = 0;
  for (let b: u32 = 0; b < blocks; b++) {
    const key = f64At(table, LEAST_KEY, b);
    if (key < least) {
      least = key;
      block = b;
    }
  }
  const end = min<u32>(word(table, LIVE), (block + 1) * BLOCK);
  for (let p = block * BLOCK; p < end; p++) if (f64At(table, KEY, p) == least) return p;
  return 0;
}

/** Initialize keys and reaches, after the first search. */
export function linkageLinearCentroidInit(table: usize): i32 {
  const live = word(table, LIVE);
  for (let p: u32 = 0; p < live; p++) {
    const name = u32At(table, NAME_AT, p);
    setF64(table, KEY, p, f64At(table, DISTANCE, name));
    updateReach(table, name);
  }
  for (let p = live; p < ((live + 7) & ~7); p++) setReach(table, p, -Infinity);
  for (let b: u32 = 0; b * BLOCK < live; b++) updateBlock(table, b);
  return OK;
}

/** Whether the cluster of an entry has not changed since the entry was made. */
@inline
function isCurrent(table: usize, entry: usize): bool {
  const other = load<u32>(entry);
  const size = f64At(table, SIZE, other) as u32;
  return (load<u32>(entry, 4) & ~GUESS) == size && u32At(table, PARENT, other) == other;
}

/** Drop the entries of clusters that have changed. @returns how many are left */
@inline
function purge(table: usize, name: u32): u32 {
  const list = listOf(table, name);
  let count = u32At(table, COUNT, name);
  for (let k: u32 = 0; k < count;) {
    const entry = list + (k as usize) * ENTRY;
    if (isCurrent(table, entry)) k++;
    else v128.store(entry, v128.load(list + (--count as usize) * ENTRY));
  }
  setU32(table, COUNT, name, count);
  return count;
}

/** Enter the new cluster `other`, at distance `value`, into the list of `name`. */
export function enterCluster(table: usize, name: u32, other: u32, value: f64): void {
  if (!(value < f64At(table, BOUND, name))) return;
  const list = listOf(table, name);
  let count = u32At(table, COUNT, name);
  if (count >= ROOM) count = purge(table, name);
  while (count >= ROOM) {
    let at: u32 = 0;
    let most: f64 = -Infinity;
    for (let k: u32 = 0; k < count; k++) {
      const v = load<f64>(list + (k as usize) * ENTRY, 8);
      if (v > most) {
        most = v;
        at = k;
      }
    }
    // The bound falls to the distance of the entry that is left out.
    setF64(table, BOUND, name, max<f64>(most, value));
    updateReach(table, name);
    if (value >= most) return;
    v128.store(list + (at as usize) * ENTRY, v128.load(list + (--count as usize) * ENTRY));
    setU32(table, COUNT, name, count);
  }
  const entry = list + (count as usize) * ENTRY;
  store<u32>(entry, other);
  store<u32>(entry, (f64At(table, SIZE, other) as u32) | GUESS, 4);
  store<f64>(entry, value, 8);
  setU32(table, COUNT, name, count + 1);
  const place = u32At(table, PLACE, name);
  if (value < f64At(table, KEY, place)) {
    setF64(table, KEY, place, value);
    if (value < f64At(table, LEAST_KEY, place / BLOCK)) setF64(table, LEAST_KEY, place / BLOCK, value);
  }
}

/** Squared distances of a row to 4 panels, as one tile. Exported so that it stays a separate function; sums.ts tells why. */
export function rowToPanelsF32(row: usize, panel: usize, d: u32, tile: usize): void {
  const size = (d as usize) << 5;
  let s0 = i64x2.splat(0),
    s1 = i64x2.splat(0),
    s2 = i64x2.splat(0),
    s3 = i64x2.splat(0);
  let s4 = i64x2.splat(0),
    s5 = i64x2.splat(0),
    s6 = i64x2.splat(0),
    s7 = i64x2.splat(0);
  const stop = panel + size;
  let far = panel + 2 * size;
  while (panel < stop) {
    const v = v128.load32_splat(row);
    s0 = addSquare<f32>(s0, v, v128.load(panel));
    s1 = addSquare<f32>(s1, v, v128.load(panel, 16));
    s2 = addSquare<f32>(s2, v, v128.load(panel + size));
    s3 = addSquare<f32>(s3, v, v128.load(panel + size, 16));
    s4 = addSquare<f32>(s4, v, v128.load(far));
    s5 = addSquare<f32>(s5, v, v128.load(far, 16));
    s6 = addSquare<f32>(s6, v, v128.load(far + size));
    s7 = addSquare<f32>(s7, v, v128.load(far + size, 16));
    row += 4;
    panel += 32;
    far += 32;
  }
  storeTile(tile, s0, s1, s2, s3, s4, s5, s6, s7);
}

/** Squared distances of a row to one panel. */
export function rowToPanelF32(row: usize, panel: usize, d: u32, tile: usize): void {
  let s0 = i64x2.splat(0),
    s1 = i64x2.splat(0);
  const stop = panel + ((d as usize) << 5);
  while (panel < stop) {
    const v = v128.load32_splat(row);
    s0 = addSquare<f32>(s0, v, v128.load(panel));
    s1 = addSquare<f32>(s1, v, v128.load(panel, 16));
    row += 4;
    panel += 32;
  }
  v128.store(tile, s0);
  v128.store(tile, s1, 16);
}

/**
 * Compare a new cluster with all others. The nearest are entered into its list, and it is entered into the lists whose
 * bound is above its distance. `scratch` as for linkageLinearSearch.
 */
export function linkageLinearIntroduce(table: usize, name: u32, scratch: usize): void {
  const d = word(table, COLS);
  const scale = load<f64>(table + SCALE);
  const gamma = gammaOf(d);
  const tile = scratch;
  const top = scratch + TILE;
  const row = top + TOP;
  ask(table, name, top, row);
  const less = lowering(table, name, row);
  const self = u32At(table, PLACE, name);
  const size = (d as usize) << 5;
  const panels = (word(table, LIVE) + 7) >> 3;
  const reaches = word(table, REACH) as usize;
  const more = f32x4.splat((less * 1.000001) as f32);
  const share = f32x4.splat((1.000001 / gamma) as f32);
  const zero = i64x2.splat(0);
  let panel = word(table, PANELS) as usize;
  for (let p: u32 = 0; p < panels;) {
    const group: u32 = p + 4 <= panels ? 4 : 1;
    if (group == 4) rowToPanelsF32(row, panel, d, tile);
    else rowToPanelF32(row, panel, d, tile);
    const limit = v128.load32_splat(top);
    const stop = tile + ((group as usize) << 5);
    let reach = reaches + ((p as usize) << 5);
    for (let at = tile; at < stop; at += 16) {
      const sums = v128.load(at);
      const radius = f32x4.pmax(f32x4.add(v128.load(reach), more), zero);
      const near = f32x4.lt(sums, f32x4.mul(f32x4.mul(radius, radius), share));
      const present = f32x4.ge(v128.load(reach), zero);
      let bits = i32x4.bitmask(v128.and(present, v128.or(near, f32x4.lt(sums, limit))));
      while (bits) {
        const lane = ctz<i32>(bits) as u32;
        bits &= bits - 1;
        const place = p * 8 + (((at - tile) as u32) >> 2) + lane;
        if (place == self) continue;
        const sum = load<f32>(at + ((lane as usize) << 2));
        insertNear(top, sum, place);
        const other = u32At(table, NAME_AT, place);
        let value = lowered(sum as f64, gamma, less, scale);
        // If float32 cannot distinguish near rows, each would get a key of 0 and be searched for after every merge.
        if (value < f64At(table, KEY, place)) value = max<f64>(value, distanceOf(table, other, name));
        enterCluster(table, other, name, value);
      }
      reach += 16;
    }
    // Centroid has no spreads: the limit is the distance itself.
    store<f32>(top, farthest(top));
    p += group;
    panel += (group as usize) * size;
  }
  makeList(table, name, top, gamma, less, scale);
}

/** Find the nearest neighbour in the list, after dropping entries of clusters that have changed. @returns whether it was found */
@inline
function settleCurrent(table: usize, name: u32): bool {
  purge(table, name);
  return settle(table, name) < 0;
}

/**
 * Continue for end - begin steps of about 0.1 ms, or until one cluster is left (PAUSED).
 *
 * Shape: as linkageLinearAdvance, after linkageLinearCentroidInit. Errors: NOT_FINITE.
 */
export function linkageLinearCentroid(table: usize, begin: u32, end: u32, scratch: usize): i32 {
  const d = word(table, COLS) as f64;
  let work = ((end - begin) as f64) * STEP;
  while (work > 0) {
    const live = word(table, LIVE);
    if (live < 2) return PAUSED;
    const place = leastPlace(table);
    const i = u32At(table, NAME_AT, place);
    work -= 2000 + (live >> 4);
    if (!settleCurrent(table, i)) {
      setU32(table, SEARCH, 0, i);
      const status = linkageLinearSearch(table, 0, 1, scratch);
      if (status != OK) return status;
      updateReach(table, i);
      work -= 4 * d * (live as f64);
    }
    const distance = f64At(table, DISTANCE, i);
    setKey(table, place, distance);
    if (f64At(table, KEY, leastPlace(table)) < distance) continue;
    const j = u32At(table, NEAREST, i);
    const s = f64At(table, SIZE, i),
      t = f64At(table, SIZE, j);
    const a = s > t || (s == t && i < j) ? i : j;
    const b = a == i ? j : i;
    const merged = word(table, MERGED);
    const out = (word(table, MERGES) as usize) + ((merged as usize) << 5);
    store<f64>(out, a as f64);
    store<f64>(out, b as f64, 8);
    store<f64>(out, distance, 16);
    store<f64>(out, s + t, 24);
    setWord(table, MERGED, merged + 1);
    // The cluster in the last place moves to the gap, with its key and its reach.
    const gap = u32At(table, PLACE, b);
    const last = live - 1;
    joinMeans(table, a, b, distance);
    setU32(table, PARENT, b, a);
    setF64(table, KEY, gap, f64At(table, KEY, last));
    setReach(table, gap, load<f32>((word(table, REACH) as usize) + ((last as usize) << 2)));
    setReach(table, last, -Infinity);
    updateBlock(table, gap / BLOCK);
    updateBlock(table, last / BLOCK);
    if (live == 2) return PAUSED;
    setF64(table, BOUND, a, 0);
    linkageLinearIntroduce(table, a, scratch);
    updateReach(table, a);
    work -= 2 * d * (live as f64);
    if (!settleCurrent(table, a)) {
      setU32(table, SEARCH, 0, a);
      const status = linkageLinearSearch(table, 0, 1, scratch);
      if (status != OK) return status;
      updateReach(table, a);
      work -= 4 * d * (live as f64);
    }
    setKey(table, u32At(table, PLACE, a), f64At(table, DISTANCE, a));
  }
  return OK;
}
