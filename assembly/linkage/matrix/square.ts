/**
 * Linkage over a full square of distances, for sizes at which memory traffic is what costs; twice the memory of
 * what works on condensed distances, and several threads.
 *
 * Clusters live in slots. Slot s has a row of the square (rowOf[s]) and column s. A merged cluster gets the
 * next free slot, and the row of one of its parts. Writing its column too would touch one cache line in
 * every row for each merge; so the newest slots, up to 16, are *pending*: they have rows but no columns, and
 * whoever scans row x looks up d(x, p) in row p. When 16 are pending, their columns are written together,
 * one or two whole cache lines a row. Columns of dead slots stay and are masked by a penalty of infinity,
 * until the columns run out and the rows are squeezed.
 *
 *   square      n rows of ld elements; ld >= n + n/4, a multiple of 16
 *   slots       0 .. settled-1 have columns, settled .. used-1 are pending
 *   rowOf       u32 a slot
 *   leafOf      u32 a slot: the row of the data that stands for it
 *   slotOf      u32 a row of the data: the slot that it stands for, or NONE
 *   size        T a slot
 *   penalty     T a slot: 0, or infinity where it is dead
 *   place       u32 a slot: scratch of the squeeze
 *   partial     64 bytes a thread: what it found in a scan
 *   state       a thread's own: chain, or partners and bounds; merges done, rounds of the barrier
 *
 * What to merge:
 * - complete, average, weighted, ward: a nearest-neighbour chain, as in nnchain.ts. Of equal distances the one to the
 *   cluster whose row is the lowest counts, in whatever slot it is.
 * - centroid, median, whose heights may fall: the least of all bounds, by Müllner's generic algorithm. As a merged
 *   cluster gets a new slot, a distance between slots never changes. So each slot x keeps its nearest among the
 *   slots *before* it (partner[x], at distance bound[x]), and that holds until the partner is dead; then bound[x]
 *   is still no more than what is left, and x is looked at again only when it is the least of all. Slots keep the order
 *   in which clusters were made, and the first of equals is taken: the rule of generic.ts.
 *
 * Threads own ranges of columns and all make the same decisions. The owner of column x is the one to look up
 * d(x, p), since it wrote it; pending columns belong to the last thread. So one meeting a scan suffices.
 *
 * Source: as nnchain.ts and generic.ts; the layout and the search among slots before are our own.
 */
import { meet } from '../../lib/barrier';
import { CENTROID, lanceWilliams, MEDIAN, SINGLE } from '../lance-williams';
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

/** Clusters below which lock-step costs more than it saves: the first thread goes on alone. */
const ALONE: u32 = 1024;
/**
 * Looks in vain that the first thread puts up with, besides one for every two elements scanned. Where there are
 * fewer cores than threads a wait lasts until the other thread is let in again, and lock-step turns into
 * standstill; then the team is dissolved. That costs time alone: results do not depend on the team.
 */
const PATIENCE: i64 = 20000000;
/* What the first thread tells the others at a meeting. */
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
  const falling = method == CENTROID || method == MEDIAN;
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
  // Replicated: every thread keeps its own count of what it has agreed to.
  let used = load<u32>(scratch, USED);
  let settled = load<u32>(scratch, SETTLED);
  let alive = n - merged;
  if (falling && thread > 0)
    memory.copy(state + CHAIN, statePtr<T>(scratch, ld, 0) + CHAIN, ld * (4 + sizeof<T>()));
  if (meet(barrier, stopPtr, ++round, threads) < 0) return INTERRUPTED;
  // Columns [lo, hi) are this thread's; the last one has all that will be added.
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
      // As nnchain.ts begins: so the merges come in the same order, and give the same bits.
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
        // On a tie the chain turns back, or it could go round in circles.
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
        // Slots before x that are no whole vectors, or pending: they stand in row x in either case.
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
        // Two sets of places in turn: a fast thread may be one scan ahead of a slow one.
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
          // `before` stands for "nothing below the bound"; else the least, and of equals the first, or the lowest row.
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
          // Everybody knows all there is to know, so the first can go on alone.
          if (thread > 0) return OK;
          threads = 1;
          lo = 0;
          hi = ld;
        }
      } else if (team > 1 && atomic.load<i32>(stopPtr) != 0) {
        // What is left of a team is told to stop like a team.
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
    // Pending columns first: they are read from rows as they were before the merge.
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
    // Every thread writes the same; nobody reads these of z before the next meeting but itself.
    setWord(rowOfPtr(scratch), z, word(rowOfPtr(scratch), a));
    // The later row stands for both.
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
      // It is looked at next.
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
          // The whole square goes through memory: too long for one call, so the caller cuts it into tiles.
          status = SQUEEZE;
          break;
        }
        if (meet(barrier, stopPtr, ++round, threads) < 0) return INTERRUPTED;
        const place = placePtr(scratch, ld);
        for (let k = thread; k < alive; k += threads) {
          // Who stops leaves a torn square behind, which nobody reads: the next meeting ends the work.
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

/** Before the first merge by centroid or median: the nearest before each of the rows [begin, end). */
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
 * Go on until `mergeEnd` merges are done; or, as one of a team of threads that all call this at once, until
 * all are done or the stop word is not 0.
 *
 * Shape: `square` n rows of linkageSquareStride(n) f32, symmetric, infinity on the diagonal; `outPtr`
 * (n-1) x 4 f64: a row of the data in either cluster, the height, the size, in the order of the merges.
 * `donePtr` i32 gets the number of merges, or is 0. Units: those of the input; ward, centroid and median expect squared ones.
 * Memory: overwrites the square; scratch per linkageSquareScratchBytes, prepared by linkageSquareInitF32.
 * Errors: BAD_METHOD, NOT_FINITE, INTERRUPTED. Where there is no team also SQUEEZE, if the columns have
 * run out (see linkageSquareSqueezeF32), and PAUSED, if it takes long: the same call goes on.
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
