/**
 * Linkage over a full square of distances, for sizes at which memory traffic dominates the cost. It needs twice the
 * memory of the algorithms on condensed distances, and it can use several threads.
 *
 * Clusters live in slots. Slot s has a row of the square (rowOf[s]) and column s. A merged cluster gets the
 * next free slot, and takes over the row of one of its parts. Writing its column too would touch one cache line in
 * every row for each merge. Therefore the newest slots, up to 16, are *pending*: they have rows but no columns.
 * A scan of row x reads d(x, p) from row p. When 16 slots are pending, their columns are written together:
 * one or two whole cache lines per row. Columns of dead slots stay, masked by a penalty of infinity. When no free
 * columns are left, the dead columns are squeezed out of the rows.
 *
 *   square      n rows of ld elements; ld >= n + n/4, a multiple of 16
 *   slots       0 .. settled-1 have columns, settled .. used-1 are pending
 *   rowOf       u32 per slot
 *   leafOf      u32 per slot: the data row that represents it
 *   slotOf      u32 per data row: the slot that it represents, or NONE
 *   size        T per slot
 *   penalty     T per slot: 0, or infinity if the slot is dead
 *   place       u32 per slot: scratch of the squeeze
 *   partial     64 bytes per thread: the result of its part of a scan
 *   state       per thread: its chain, or its partners and bounds; number of merges, number of barrier rounds
 *
 * How the next merge is chosen:
 * - complete, average, weighted, ward: a nearest-neighbour chain, as in nn-chain.ts. Among equal distances, the cluster
 *   with the lowest data row wins, whatever its slot.
 * - centroid, median, whose heights may fall: the least of all bounds, by Müllner's generic algorithm. A merged
 *   cluster gets a new slot, so a distance between two slots never changes. Each slot x keeps its nearest slot among
 *   those *before* it (partner[x], at distance bound[x]). This stays valid until the partner dies. After that, bound[x]
 *   is still a lower bound for the slots that remain, and x is searched again only when its bound is the least of all.
 *   Slots keep the order in which clusters were made, and the first of equals is taken: the rule of generic.ts.
 *
 * Threads own ranges of columns, and all of them make the same decisions. The owner of column x looks up
 * d(x, p), because it wrote that element. Pending columns belong to the last thread. So one barrier per scan is enough.
 *
 * Source: as nn-chain.ts and generic.ts; the layout and the search among earlier slots are our own.
 */
import { meet } from '../../lib/barrier';
import { hasInversions, lanceWilliams, SINGLE } from '../lance-williams';
import {
  ALIVE,
  BARRIER,
  DEAD,
  LENGTH,
  MERGED,
  NONE,
  ROUND,
  SETTLED,
  USED,
  boundPtr,
  leafOfPtr,
  partnerPtr,
  penaltyPtr,
  placePtr,
  rowOfPtr,
  rowPtr,
  sizePtr,
  slotOfPtr,
  statePtr,
} from './square-layout';
import { at, put, setWord, word } from '../../lib/memory';
import {
  leastF32,
  leastF64,
  lookUp,
  mergeRowsF32,
  mergeRowsF64,
  scanF32,
  scanF64,
  settleF32,
  settleF64,
  squeezeRowF32,
  squeezeRowF64,
} from './square-rows';
import { carry, listAlive, renumber } from './square-slots';
import { BAD_METHOD, INTERRUPTED, NOT_FINITE, OK, PAUSED, SQUEEZE } from '../../lib/status';
import { CHAIN, linkageSquareStride, PARTIAL, PARTIALS, PENDING } from './sizes';
import { roundUp } from '../../lib/sizes';

/** With fewer clusters than this, working in lock-step costs more than it saves: thread 0 continues alone. */
const ALONE: u32 = 1024;
/**
 * Polls without success after which thread 0 dissolves the team, plus one for every two elements scanned.
 * With fewer cores than threads, a wait lasts until the other thread is scheduled again, and lock-step almost comes
 * to a halt. Dissolving the team costs only time: results do not depend on the number of threads.
 */
const PATIENCE: i64 = 20000000;
/* What thread 0 tells the other threads at the barrier. */
const STOP: u32 = 1;
const DISSOLVE: u32 = 2;

@inline
function run<T extends number>(
  square: usize,
  n: u32,
  method: i32,
  mergeEnd: u32,
  thread: u32,
  team: u32,
  scratch: usize,
  stopPtr: usize,
  donePtr: usize,
  outPtr: usize,
): i32 {
  if (method == SINGLE) return BAD_METHOD;
  const falling = hasInversions(method);
  const ld = linkageSquareStride(n);
  const state = statePtr<T>(scratch, ld, thread);
  const chain = state + CHAIN;
  const partner = partnerPtr(state);
  const bounds = boundPtr(state, ld);
  const penalty = penaltyPtr<T>(scratch, ld);
  const sizes = sizePtr(scratch, ld);
  const leaves = leafOfPtr(scratch, ld);
  const slots = slotOfPtr(scratch, ld);
  const barrier = scratch + BARRIER;
  const partials = scratch + PARTIALS;
  let threads = team;
  let length = load<u32>(state, LENGTH);
  let merged = load<u32>(state, MERGED);
  let round = load<u32>(state, ROUND);
  // Replicated: every thread keeps its own counts.
  let used = load<u32>(scratch, USED);
  let settled = load<u32>(scratch, SETTLED);
  let alive = n - merged;
  if (falling && thread > 0)
    memory.copy(state + CHAIN, statePtr<T>(scratch, ld, 0) + CHAIN, ld * (4 + sizeof<T>()));
  if (meet(barrier, stopPtr, ++round, threads) < 0) return INTERRUPTED;
  // This thread owns columns [lo, hi); the last thread also owns all columns still to be added.
  let width = roundUp((settled + ((ld - settled) >> 1)) / threads, PENDING);
  let lo = min<u32>(settled, thread * width);
  let hi = thread == threads - 1 ? ld : min<u32>(settled, lo + width);
  let status: i32 = OK;
  let first: u32 = 0;
  let waited: i64 = 0;
  let scanned: i64 = 0;
  let patience: i64 = PATIENCE;

  while (merged < mergeEnd) {
    if (length == 0 && !falling) {
      // Start as nn-chain.ts does, so that merges come in the same order and heights are the same to the last bit.
      while (word(slots, first) == NONE) first++;
      setWord(chain, 0, word(slots, first));
      length = 1;
    }
    let x: u32 = 0,
      y: u32 = 0;
    let dxy: T = 0 as T;
    while (true) {
      let before: u32, bound: T;
      if (falling) {
        x = sizeof<T>() == 4 ? leastF32(bounds, used) : leastF64(bounds, used);
        if (x == NONE) return NOT_FINITE;
        y = word(partner, x);
        if (y != NONE && word(partner, y) != DEAD) {
          dxy = at<T>(bounds, x);
          break;
        }
        before = NONE;
        bound = Infinity as T;
        if (team == 1) {
          scanned += x;
          if (scanned > PATIENCE) {
            status = PAUSED;
            break;
          }
        }
      } else {
        x = word(chain, length - 1);
        // On a tie, take the previous cluster of the chain. Otherwise the chain could loop forever.
        before = x;
        bound = Infinity as T;
        if (length > 1) {
          before = word(chain, length - 2);
          bound =
            x < settled && before < settled
              ? at<T>(rowPtr<T>(square, ld, scratch, x), before)
              : lookUp<T>(square, ld, scratch, x, before);
        }
      }
      const end = min<u32>(hi, falling ? min<u32>(settled, x & ~15) : settled);
      const row = rowPtr<T>(square, ld, scratch, x);
      let least = bound;
      let nearest = before;
      if (lo < end) {
        const found =
          sizeof<T>() == 4
            ? scanF32(row, penalty, lo, end, bound as f32, falling ? 0 : leaves, slots)
            : scanF64(row, penalty, lo, end, bound as f64, falling ? 0 : leaves, slots);
        if (found != NONE) {
          nearest = found;
          least = at<T>(row, found);
        }
      }
      if (falling) {
        // The slots before x in its own block of 16, and pending slots: row x holds all of these distances.
        for (let p = x & ~15; p < x && p >= lo && p < hi; p++) {
          if (at<T>(penalty, p) == 0 && at<T>(row, p) < least) {
            least = at<T>(row, p);
            nearest = p;
          }
        }
      } else if (x >= lo && x < hi) {
        for (let p = settled; p < used; p++) {
          if (p == x || at<T>(penalty, p) != 0) continue;
          const value = lookUp<T>(square, ld, scratch, x, p);
          if (value < least || (value == least && value < bound && word(leaves, p) < word(leaves, nearest))) {
            least = value;
            nearest = p;
          }
        }
      }
      if (threads > 1) {
        // Two buffers in turn: a fast thread may be one scan ahead of a slow one.
        const parity = ((round & 1) as usize) << 5;
        const mine = partials + (thread as usize) * PARTIAL + parity;
        store<T>(mine, least);
        store<u32>(mine, nearest, 8);
        if (thread == 0) {
          const verdict = atomic.load<i32>(stopPtr) != 0 ? STOP : waited > patience ? DISSOLVE : 0;
          store<u32>(mine, verdict, 12);
        }
        const spins = meet(barrier, stopPtr, ++round, threads);
        if (spins < 0) return INTERRUPTED;
        waited += spins;
        patience += (end - lo) >> 1;
        const verdict = load<u32>(partials + parity, 12);
        for (let t: u32 = 0; t < threads; t++) {
          const theirs = partials + (t as usize) * PARTIAL + parity;
          const value = load<T>(theirs);
          const slot = load<u32>(theirs, 8);
          // `before` means "nothing below the bound". Else the least wins; among equals the first slot, or the lowest row.
          let taken = value < least;
          if (value == least && value < bound) {
            taken = falling ? slot < nearest : word(leaves, slot) < word(leaves, nearest);
          }
          if (taken) {
            least = value;
            nearest = slot;
          }
        }
        if (verdict == STOP) {
          status = INTERRUPTED;
          break;
        }
        if (verdict == DISSOLVE) {
          // All threads have the same state here, so thread 0 can continue alone.
          if (thread > 0) return OK;
          threads = 1;
          lo = 0;
          hi = ld;
        }
      } else if (team > 1 && atomic.load<i32>(stopPtr) != 0) {
        // Thread 0, now working alone, still obeys the stop word.
        status = INTERRUPTED;
        break;
      }
      if (falling) {
        setWord(partner, x, nearest);
        put<T>(bounds, x, least);
        continue;
      }
      y = nearest;
      if (y == before) {
        if (length == 1) return NOT_FINITE;
        dxy = bound;
        break;
      }
      setWord(chain, length, y);
      length++;
    }
    if (status != OK) break;
    if (!falling) length -= 2;
    const a = min<u32>(x, y);
    const b = max<u32>(x, y);
    const nx = at<T>(sizes, a);
    const ny = at<T>(sizes, b);
    const z = used;
    const rowA = rowPtr<T>(square, ld, scratch, a);
    const rowB = rowPtr<T>(square, ld, scratch, b);
    // Pending columns first: this reads rows as they were before the merge.
    if (thread == threads - 1) {
      for (let p = settled; p < used; p++) {
        if (p == a || p == b || at<T>(penalty, p) != 0) continue;
        const value = lanceWilliams<T, T>(
          method,
          lookUp<T>(square, ld, scratch, a, p),
          lookUp<T>(square, ld, scratch, b, p),
          dxy,
          nx,
          ny,
          at<T>(sizes, p),
        );
        put<T>(rowA, p, value);
      }
    }
    const end = min<u32>(hi, settled);
    if (lo < end) {
      if (sizeof<T>() == 4)
        mergeRowsF32(method, rowA, rowB, sizes, lo, end, dxy as f32, nx as f32, ny as f32);
      else mergeRowsF64(method, rowA, rowB, sizes, lo, end, dxy as f64, nx as f64, ny as f64);
    }
    if (thread == 0) {
      const out = outPtr + ((merged as usize) << 5);
      store<f64>(out, word(leaves, a) as f64);
      store<f64>(out, word(leaves, b) as f64, 8);
      store<f64>(out, dxy as f64, 16);
      store<f64>(out, (nx + ny) as f64, 24);
      if (donePtr != 0) atomic.store<i32>(donePtr, (merged + 1) as i32);
    }
    // Every thread writes the same values. Before the next barrier, a thread reads only its own writes for z.
    setWord(rowOfPtr(scratch), z, word(rowOfPtr(scratch), a));
    // The later row represents the merged cluster.
    const leafA = word(leaves, a),
      leafB = word(leaves, b);
    setWord(leaves, z, max<u32>(leafA, leafB));
    setWord(slots, min<u32>(leafA, leafB), NONE);
    setWord(slots, max<u32>(leafA, leafB), z);
    put<T>(sizes, z, (nx + ny) as T);
    put<T>(penalty, a, Infinity as T);
    put<T>(penalty, b, Infinity as T);
    put<T>(penalty, z, 0 as T);
    if (falling) {
      setWord(partner, a, DEAD);
      setWord(partner, b, DEAD);
      put<T>(bounds, a, Infinity as T);
      put<T>(bounds, b, Infinity as T);
      // The bound -infinity makes z the next slot to be searched.
      setWord(partner, z, NONE);
      put<T>(bounds, z, -Infinity as T);
    }
    used++;
    merged++;
    alive--;

    if (used == settled + PENDING) {
      if (meet(barrier, stopPtr, ++round, threads) < 0) return INTERRUPTED;
      const share = roundUp((used + threads - 1) / threads, 4);
      const from = min<u32>(used, thread * share);
      const to = min<u32>(used, from + share);
      if (sizeof<T>() == 4) settleF32(square, ld, scratch, from, to);
      else settleF64(square, ld, scratch, from, to);
      if (meet(barrier, stopPtr, ++round, threads) < 0) return INTERRUPTED;
      settled = used;
      if (thread == 0) {
        store<u32>(scratch, used, USED);
        store<u32>(scratch, settled, SETTLED);
        store<u32>(scratch, alive, ALIVE);
      }
      if (used + PENDING > ld && alive > 1) {
        if (thread == 0) listAlive<T>(scratch, ld);
        if (team == 1) {
          // The squeeze reads and writes the whole square: too long for one call, so the caller divides it into tiles.
          status = SQUEEZE;
          break;
        }
        if (meet(barrier, stopPtr, ++round, threads) < 0) return INTERRUPTED;
        const place = placePtr(scratch, ld);
        for (let k = thread; k < alive; k += threads) {
          // A thread that stops here leaves rows unsqueezed. Nothing uses them: the next barrier ends the work.
          if (team > 1 && ((k / threads) & 63) == 0 && atomic.load<i32>(stopPtr) != 0) break;
          const row = rowPtr<T>(square, ld, scratch, word(place, k));
          if (sizeof<T>() == 4) squeezeRowF32(row, place, alive);
          else squeezeRowF64(row, place, alive);
        }
        carry<T>(scratch, ld, state, length, alive);
        if (meet(barrier, stopPtr, ++round, threads) < 0) return INTERRUPTED;
        if (thread == 0) renumber<T>(scratch, ld);
        if (meet(barrier, stopPtr, ++round, threads) < 0) return INTERRUPTED;
        settled = load<u32>(scratch, SETTLED);
        used = settled;
        if (threads > 1 && alive < ALONE) {
          if (thread > 0) return OK;
          threads = 1;
        }
        width = roundUp((settled + ((ld - settled) >> 1)) / threads, PENDING);
        lo = min<u32>(settled, thread * width);
        hi = thread == threads - 1 ? ld : min<u32>(settled, lo + width);
      }
    }
  }
  store<u32>(state, length, LENGTH);
  store<u32>(state, merged, MERGED);
  store<u32>(state, round, ROUND);
  if (thread == 0) {
    store<u32>(scratch, used, USED);
    store<u32>(scratch, settled, SETTLED);
    store<u32>(scratch, alive, ALIVE);
  }
  return status;
}

@inline
function findPartners<T extends number>(square: usize, n: u32, begin: u32, end: u32, scratch: usize): void {
  const ld = linkageSquareStride(n);
  const state = statePtr<T>(scratch, ld, 0);
  for (let x = begin; x < end; x++) {
    const row = square + (x as usize) * ld * sizeof<T>();
    const penalty = penaltyPtr<T>(scratch, ld);
    let nearest =
      sizeof<T>() == 4
        ? scanF32(row, penalty, 0, x & ~15, Infinity as f32, 0, 0)
        : scanF64(row, penalty, 0, x & ~15, Infinity as f64, 0, 0);
    let least = nearest == NONE ? (Infinity as T) : at<T>(row, nearest);
    for (let p = x & ~15; p < x; p++) {
      if (at<T>(row, p) < least) {
        least = at<T>(row, p);
        nearest = p;
      }
    }
    setWord(partnerPtr(state), x, nearest);
    put<T>(boundPtr(state, ld), x, least);
  }
}

/** Before the first merge by centroid or median: for each of rows [begin, end), find its nearest among the rows before it. */
export function linkageSquarePartnersF32(square: usize, n: u32, begin: u32, end: u32, scratch: usize): i32 {
  findPartners<f32>(square, n, begin, end, scratch);
  return OK;
}

/** As linkageSquarePartnersF32, in float64. */
export function linkageSquarePartnersF64(square: usize, n: u32, begin: u32, end: u32, scratch: usize): i32 {
  findPartners<f64>(square, n, begin, end, scratch);
  return OK;
}

/**
 * Continue until `mergeEnd` merges are done. As one of a team of threads that all call this at the same time, it can
 * also end earlier: when the stop word is not 0, or, for threads other than 0, when thread 0 continues alone.
 *
 * Shape: `square` n rows of linkageSquareStride(n) f32, symmetric, infinity on the diagonal; `outPtr`
 * (n-1) x 4 f64: one data row of each of the two clusters, the height, the size, in the order of the merges.
 * `donePtr` i32 receives the number of merges, or is 0.
 * Units: those of the input; ward, centroid and median expect squared distances.
 * Memory: overwrites the square; scratch per linkageSquareScratchBytes, prepared by linkageSquareInitF32.
 * Errors: BAD_METHOD, NOT_FINITE, INTERRUPTED. With one thread also SQUEEZE, when no free columns are left
 * (see linkageSquareSqueezeF32), and PAUSED, when a call takes long: call again with the same arguments to continue.
 */
export function linkageSquareF32(
  square: usize,
  n: u32,
  method: i32,
  mergeEnd: u32,
  thread: u32,
  team: u32,
  scratch: usize,
  stopPtr: usize,
  donePtr: usize,
  outPtr: usize,
): i32 {
  return run<f32>(square, n, method, mergeEnd, thread, team, scratch, stopPtr, donePtr, outPtr);
}

/** As linkageSquareF32, in float64. */
export function linkageSquareF64(
  square: usize,
  n: u32,
  method: i32,
  mergeEnd: u32,
  thread: u32,
  team: u32,
  scratch: usize,
  stopPtr: usize,
  donePtr: usize,
  outPtr: usize,
): i32 {
  return run<f64>(square, n, method, mergeEnd, thread, team, scratch, stopPtr, donePtr, outPtr);
}
