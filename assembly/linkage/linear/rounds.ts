/**
 * Exact linkage in linear memory by rounds. Every cluster knows its nearest neighbour. All pairs of mutual nearest
 * neighbours merge. Clusters whose neighbour has merged find a new one in their lists (lists.ts); those that fail are
 * searched for together (search.ts). For reducible methods the order of merges does not change the tree.
 *
 * A round starts from a queue of clusters whose nearest neighbour is new:
 *   LINK     add each cluster to the followers of its neighbour
 *   MERGE    merge mutual nearest neighbours; queue the merged clusters and the followers of their parts
 *   SETTLE   find neighbours in lists; clusters without one there are wanted
 *   SEARCH   search for the wanted clusters: here if that is little work, else by the host in tiles
 *
 * Ties: two clusters also merge if either has another neighbour at the same least distance, since a tie may be broken
 * either way. So the nearest pair of all can always merge, and equal distances never stop the rounds.
 *
 * Cost: O(n² cols) time if each row needs a few searches, O(n cols) memory. Source: Müllner 2011, arXiv:1109.2378;
 * Yu et al. 2021, ParChain, arXiv:2106.04727; Sumengen et al. 2021, RAC, arXiv:2105.11653. The lists are our own.
 */
import {
  BEFORE,
  COLS,
  COUNT,
  CURSOR,
  DISTANCE,
  f64At,
  FREE,
  FREED,
  GAINED,
  HEAD,
  HELD,
  LIST,
  LIVE,
  MARK,
  MERGED,
  MERGES,
  NAME_AT,
  NEAREST,
  NEXT,
  NONE,
  OFFSETS,
  PARENT,
  PHASE,
  PLACE,
  QUEUE,
  QUEUED,
  ROUND,
  ROWS,
  SEARCH,
  setF64,
  setU32,
  setWord,
  SIZE,
  SLACK,
  SPARE,
  SPREAD,
  u32At,
  WANTED,
  WIDE,
  word,
} from './table';
import { joinLists, settle } from './lists';
import { clearPlaces, joinMeans, rowOf, writePlace } from './means';
import { linkageLinearSearch } from './search';
import { OK, PAUSED } from '../../lib/status';

const LINK: u32 = 0;
const MERGE: u32 = 1;
const SETTLE: u32 = 2;
/** The host may have to search; LINK follows. */
const SEARCHING: u32 = 3;

/** Pairs x coordinates up to which a search is done here: waking other threads would not pay off. */
const LITTLE: f64 = 4e6;
/** Work of a step of linkageLinearAdvance, in pairs x coordinates: about 0.1 ms. */
const STEP: f64 = 1e6;

/** Prepare the table for a run. The host has already written sizes and addresses. */
export function linkageLinearInit(table: usize): i32 {
  const n = word(table, ROWS);
  setWord(table, LIVE, 0);
  setWord(table, MERGED, 0);
  setWord(table, ROUND, 1);
  setWord(table, CURSOR, 0);
  store<f64>(table + SLACK, 0);
  memory.fill(word(table, OFFSETS) as usize, 0, (word(table, COLS) as usize) << 3);
  const spare = (n >> 1) + 1;
  for (let i: u32 = 0; i < spare; i++) setU32(table, FREE, i, i + 1);
  setWord(table, FREED, spare);
  for (let i: u32 = 0; i < n; i++) {
    setF64(table, SIZE, i, 1);
    setF64(table, SPREAD, i, 0);
    setU32(table, PARENT, i, i);
    setU32(table, HELD, i, 0);
    setU32(table, HEAD, i, NONE);
    setU32(table, MARK, i, 0);
    setU32(table, COUNT, i, 0);
  }
  // The lists are not used yet: their memory holds the hash table of rows.
  memory.fill(word(table, LIST) as usize, 0xff, hashSlots(n) << 2);
  return OK;
}

/** Slots of the hash table: a power of two, more than twice the rows. */
@inline
function hashSlots(n: u32): usize {
  return 1 << (33 - clz<u32>(n));
}

@inline
function writeMerge(table: usize, a: u32, b: u32, distance: f64, size: f64): void {
  const merged = word(table, MERGED);
  const out = (word(table, MERGES) as usize) + ((merged as usize) << 5);
  store<f64>(out, a as f64);
  store<f64>(out, b as f64, 8);
  store<f64>(out, distance, 16);
  store<f64>(out, size, 24);
  setWord(table, MERGED, merged + 1);
}

@inline
function sameRows(a: usize, b: usize, d: u32, wide: u32): bool {
  for (let k: u32 = 0; k < d; k++) {
    const at = (k as usize) << (wide ? 3 : 2);
    if (wide ? load<f64>(a + at) != load<f64>(b + at) : load<f32>(a + at) != load<f32>(b + at)) return false;
  }
  return true;
}

/**
 * Merge each of rows [begin, end) with an equal row before it, if there is one. Many equal rows would be at
 * the same distance from every cluster, and no list would be long enough.
 */
export function linkageLinearDistinct(table: usize, begin: u32, end: u32): i32 {
  const d = word(table, COLS);
  const wide = word(table, WIDE);
  const slots = word(table, LIST) as usize;
  const mask = (hashSlots(word(table, ROWS)) - 1) as u32;
  for (let i = begin; i < end; i++) {
    const row = rowOf(table, i);
    let hash: u64 = 0xcbf29ce484222325;
    for (let k: u32 = 0; k < d; k++) {
      const at = (k as usize) << (wide ? 3 : 2);
      // -0 equals 0.
      const x = wide ? load<f64>(row + at) + 0.0 : ((load<f32>(row + at) + 0.0) as f64);
      hash = (hash ^ reinterpret<u64>(x)) * 0x9e3779b97f4a7c15;
      hash ^= hash >> 29;
    }
    let slot = (hash ^ (hash >> 32)) as u32 & mask;
    while (true) {
      const other = load<u32>(slots + ((slot as usize) << 2));
      if (other == NONE) {
        store<u32>(slots + ((slot as usize) << 2), i);
        break;
      }
      if (sameRows(row, rowOf(table, other), d, wide)) {
        const size = f64At(table, SIZE, other) + 1;
        setF64(table, SIZE, other, size);
        setU32(table, PARENT, i, other);
        writeMerge(table, other, i, 0, size);
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  return OK;
}

/** Give a place to each of rows [begin, end) that represents a cluster. After the last row, all clusters are wanted. */
export function linkageLinearPlaces(table: usize, begin: u32, end: u32): i32 {
  let live = word(table, LIVE);
  for (let i = begin; i < end; i++) {
    if (u32At(table, PARENT, i) != i) continue;
    setU32(table, NAME_AT, live, i);
    setU32(table, PLACE, i, live);
    setU32(table, QUEUE, live, i);
    setU32(table, SEARCH, live, i);
    writePlace(table, i);
    live++;
  }
  setWord(table, LIVE, live);
  if (end == word(table, ROWS)) {
    clearPlaces(table, live, (live + 7) & ~7);
    setWord(table, QUEUED, live);
    setWord(table, WANTED, live);
    setWord(table, PHASE, SEARCHING);
  }
  return OK;
}

@inline
function link(table: usize, name: u32): void {
  const to = u32At(table, NEAREST, name);
  const head = u32At(table, HEAD, to);
  setU32(table, NEXT, name, head);
  setU32(table, BEFORE, name, NONE);
  if (head != NONE) setU32(table, BEFORE, head, name);
  setU32(table, HEAD, to, name);
}

@inline
function unlink(table: usize, name: u32): void {
  const before = u32At(table, BEFORE, name);
  const next = u32At(table, NEXT, name);
  if (before == NONE) setU32(table, HEAD, u32At(table, NEAREST, name), next);
  else setU32(table, NEXT, before, next);
  if (next != NONE) setU32(table, BEFORE, next, before);
}

/** Put a cluster into the next round's queue. A cluster marked with this round is in that queue and follows no other. */
@inline
function enqueue(table: usize, name: u32): void {
  const queued = word(table, QUEUED);
  setU32(table, SPARE, queued, name);
  setWord(table, QUEUED, queued + 1);
  setU32(table, MARK, name, word(table, ROUND));
}

/** Queue all followers of a cluster, and empty its list of followers. */
@inline
function scatter(table: usize, name: u32): void {
  for (let f = u32At(table, HEAD, name); f != NONE; f = u32At(table, NEXT, f)) enqueue(table, f);
  setU32(table, HEAD, name, NONE);
}

/** Merge a cluster with its nearest neighbour, unless that one has a nearer neighbour. */
export function linkageLinearMerge(table: usize, i: u32): void {
  const round = word(table, ROUND);
  if (u32At(table, PARENT, i) != i || u32At(table, MARK, i) == round) return;
  const j = u32At(table, NEAREST, i);
  const distance = f64At(table, DISTANCE, i);
  if (f64At(table, DISTANCE, j) < distance) return;
  unlink(table, i);
  if (u32At(table, MARK, j) != round) unlink(table, j);
  const s = f64At(table, SIZE, i),
    t = f64At(table, SIZE, j);
  const a = s > t || (s == t && i < j) ? i : j;
  const b = a == i ? j : i;
  joinLists(table, a, b, distance);
  joinMeans(table, a, b, distance);
  setU32(table, PARENT, b, a);
  if (u32At(table, MARK, a) != round) enqueue(table, a);
  scatter(table, a);
  scatter(table, b);
  writeMerge(table, a, b, distance, s + t);
  setWord(table, GAINED, word(table, GAINED) + 1);
}

/**
 * Continue for end - begin steps of about 0.1 ms, or until the host has to search, or all merges are done.
 *
 * Shape: `table` as in table.ts; `scratch` per linkageLinearScratchBytes.
 * Status: PAUSED if the host has to search for the WANTED clusters (linkageLinearSearch), or if one cluster is left;
 * NOT_FINITE.
 */
export function linkageLinearAdvance(table: usize, begin: u32, end: u32, scratch: usize): i32 {
  const d = word(table, COLS) as f64;
  let work = ((end - begin) as f64) * STEP;
  while (work > 0) {
    const phase = word(table, PHASE);
    let at = word(table, CURSOR);
    const queued = word(table, QUEUED);
    if (phase == LINK) {
      if (word(table, LIVE) < 2) return PAUSED;
      for (let q: u32 = 0; q < queued; q++) link(table, u32At(table, QUEUE, q));
      work -= 30 * (queued as f64);
      setWord(table, ROUND, word(table, ROUND) + 1);
      setWord(table, GAINED, 0);
      // This queue is processed while the next one is filled.
      setWord(table, WANTED, queued);
      setWord(table, QUEUED, 0);
      setWord(table, PHASE, MERGE);
      setWord(table, CURSOR, 0);
    } else if (phase == MERGE) {
      const count = word(table, WANTED);
      const before = word(table, GAINED);
      const stop = min<u32>(count, at + 64);
      for (; at < stop; at++) linkageLinearMerge(table, u32At(table, QUEUE, at));
      setWord(table, CURSOR, at);
      if (at == count) {
        if (word(table, GAINED) == 0) {
          // No pair has merged: only ties can cause this. The nearest pair of all is among the clusters tried now.
          for (let p = word(table, LIVE); p > 0; p--) {
            if (p <= word(table, LIVE)) linkageLinearMerge(table, u32At(table, NAME_AT, p - 1));
          }
          work -= 30 * (word(table, LIVE) as f64);
        }
        const queue = word(table, QUEUE);
        setWord(table, QUEUE, word(table, SPARE));
        setWord(table, SPARE, queue);
        setWord(table, WANTED, 0);
        setWord(table, GAINED, 0);
        setWord(table, PHASE, SETTLE);
        setWord(table, CURSOR, 0);
      } else {
        work -= ((word(table, GAINED) - before) as f64) * (200 * d + 5000) + 64 * 50;
      }
    } else if (phase == SETTLE) {
      const stop = min<u32>(queued, at + 64);
      // GAINED counts the clusters of the queue that are still alive; they move to its front.
      let kept = word(table, GAINED);
      let wanted = word(table, WANTED);
      if (word(table, LIVE) < 2) return PAUSED;
      for (; at < stop; at++) {
        const name = u32At(table, QUEUE, at);
        if (u32At(table, PARENT, name) != name) continue;
        setU32(table, QUEUE, kept++, name);
        if (settle(table, name) >= 0) setU32(table, SEARCH, wanted++, name);
      }
      work -= 64 * (30 * d + 2000);
      setWord(table, GAINED, kept);
      setWord(table, WANTED, wanted);
      setWord(table, CURSOR, at);
      if (at == queued) {
        setWord(table, QUEUED, kept);
        setWord(table, PHASE, SEARCHING);
      }
    } else {
      const wanted = word(table, WANTED);
      setWord(table, PHASE, LINK);
      setWord(table, CURSOR, 0);
      const size = (wanted as f64) * (word(table, LIVE) as f64) * d;
      if (size > LITTLE) return PAUSED;
      if (wanted > 0) {
        const status = linkageLinearSearch(table, 0, wanted, scratch);
        if (status != OK) return status;
      }
      work -= 4 * size;
    }
  }
  return OK;
}
