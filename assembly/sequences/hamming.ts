/**
 * Pairs of sequences at a small Hamming distance, or one insertion apart, in time near linear in their number.
 *
 * Sequences that differ in one place only have equal hashes when that place is left out. For every place (for distance
 * 2, every two places) a hash table finds such pairs. Each pair found is compared, so the result is exact. A pair
 * differs in exactly one set of places, so it is found once, and no list of pairs found before is needed. The hash is a
 * sum of one term per place: a subtraction leaves a place out, and the hash after a deletion follows from that at the
 * previous place.
 *
 * A class holds sequences of one length (and group) side by side, `stride` bytes each, filled up with zeros:
 *   u32: first rank, count, length, stride, address of the residues
 * A task is one table, or one part of it where a class is large, so that tasks stay short:
 *   u32: class, kind, place, second place or class, part, parts
 *
 * Method: places are left out, instead of hashing the halves of even and odd places: the buckets of halves grow large
 * if the ends of sequences are conserved.
 */
import { OK } from '../lib/status';
import { CLASS_WORDS, slots, TASK_WORDS } from './sizes';

const CLASS_BYTES: usize = CLASS_WORDS * 4;
const TASK_BYTES: usize = TASK_WORDS * 4;

/* Kinds of tasks. */
export const ONE_PLACE: u32 = 0;
export const TWO_PLACES: u32 = 1;
export const ALL_PAIRS: u32 = 2;
export const DELETION: u32 = 3;

@inline
function word(ptr: usize, i: u32): u32 {
  return load<u32>(ptr + ((i as usize) << 2));
}

/** The term of a residue at a place. */
@inline
function term(place: u32, residue: u32): u32 {
  let x: u32 = ((place << 8) | residue) * 0x9e3779b1;
  x = (x ^ (x >> 15)) * 0x85ebca77;
  x = (x ^ (x >> 13)) * 0xc2b2ae3d;
  return x ^ (x >> 16);
}

/** The number of bytes that differ among `stride` bytes, a multiple of 16. */
@inline
function distance(a: usize, b: usize, stride: u32): u32 {
  let differ: u32 = 0;
  for (let at: usize = 0; at < (stride as usize); at += 16) {
    differ += 16 - popcnt<u32>(i8x16.bitmask(i8x16.eq(v128.load(a + at), v128.load(b + at))) as u32);
  }
  return differ;
}

/** Hashes of the sequences of ranks [begin, end). */
export function hammingHashes(classesPtr: usize, classes: u32, begin: u32, end: u32, hashesPtr: usize): i32 {
  // The class of rank `begin`, by bisection of the first ranks.
  let low: u32 = 0;
  let high = classes;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (load<u32>(classesPtr + (middle as usize) * CLASS_BYTES) <= begin) low = middle;
    else high = middle;
  }
  for (let rank = begin, c = low; rank < end; c++) {
    const own = classesPtr + (c as usize) * CLASS_BYTES;
    const first = word(own, 0);
    const length = word(own, 2);
    const stride = word(own, 3) as usize;
    const stop = min<u32>(end, first + word(own, 1));
    let at = (word(own, 4) as usize) + ((rank - first) as usize) * stride;
    for (; rank < stop; rank++) {
      let hash: u32 = 0;
      for (let i: u32 = 0; i < length; i++) hash += term(i, load<u8>(at + (i as usize)));
      store<u32>(hashesPtr + ((rank as usize) << 2), hash);
      at += stride;
    }
  }
  return OK;
}

/** Record a pair: count it, or write it to the place that follows from the counts. */
@inline
function note(a: u32, b: u32, orderPtr: usize, fill: bool, placesPtr: usize, neighboursPtr: usize): void {
  const i = word(orderPtr, a);
  const j = word(orderPtr, b);
  const atI = atomic.add<u32>(placesPtr + ((i as usize) << 2), 1);
  const atJ = atomic.add<u32>(placesPtr + ((j as usize) << 2), 1);
  if (!fill) return;
  store<u32>(neighboursPtr + ((atI as usize) << 2), j);
  store<u32>(neighboursPtr + ((atJ as usize) << 2), i);
}

@inline
function isOfPart(hash: u32, part: u32, parts: u32): bool {
  return parts == 1 || ((((hash as u64) * (parts as u64)) >> 32) as u32) == part;
}

/**
 * The pairs that tasks [begin, end) find, each once.
 *
 * Shape: `hashesPtr`, `orderPtr` u32 a rank: its hash and the sequence's index. With `fill` false one is added to
 * `placesPtr` (u32 a sequence) for each neighbour; with `fill` true that is where its next neighbour goes.
 * The order of neighbours depends on the threads; sortNeighbours sorts them.
 * Memory: scratch per hammingScratchBytes(largest class), each thread its own.
 */
export function hammingPairs(
  tasksPtr: usize,
  begin: u32,
  end: u32,
  classesPtr: usize,
  hashesPtr: usize,
  orderPtr: usize,
  maxDistance: u32,
  fill: bool,
  placesPtr: usize,
  neighboursPtr: usize,
  scratchPtr: usize,
): i32 {
  for (let t = begin; t < end; t++) {
    const task = tasksPtr + (t as usize) * TASK_BYTES;
    const own = classesPtr + (word(task, 0) as usize) * CLASS_BYTES;
    const kind = word(task, 1);
    const part = word(task, 4);
    const parts = word(task, 5);
    if (kind == ALL_PAIRS) {
      allPairs(own, part, parts, orderPtr, maxDistance, fill, placesPtr, neighboursPtr);
    } else if (kind == DELETION) {
      const shorter = classesPtr + (word(task, 3) as usize) * CLASS_BYTES;
      deletions(own, shorter, part, parts, hashesPtr, orderPtr, fill, placesPtr, neighboursPtr, scratchPtr);
    } else {
      maskedPairs(
        own,
        word(task, 2),
        kind == TWO_PLACES ? word(task, 3) : word(task, 2),
        part,
        parts,
        hashesPtr,
        orderPtr,
        fill,
        placesPtr,
        neighboursPtr,
        scratchPtr,
      );
    }
  }
  return OK;
}

/** For few sequences: compare every pair. A part is every `parts`-th row. */
function allPairs(
  own: usize,
  part: u32,
  parts: u32,
  orderPtr: usize,
  maxDistance: u32,
  fill: bool,
  placesPtr: usize,
  neighboursPtr: usize,
): void {
  const first = word(own, 0);
  const count = word(own, 1);
  const stride = word(own, 3);
  const residues = word(own, 4) as usize;
  for (let a = part; a < count; a += parts) {
    const row = residues + (a as usize) * (stride as usize);
    for (let b = a + 1; b < count; b++) {
      if (distance(row, residues + (b as usize) * (stride as usize), stride) <= maxDistance) {
        note(first + a, first + b, orderPtr, fill, placesPtr, neighboursPtr);
      }
    }
  }
}

/** Pairs that differ at places i and j and nowhere else; where i = j, at that one, or for i = 0 nowhere. */
function maskedPairs(
  own: usize,
  i: u32,
  j: u32,
  part: u32,
  parts: u32,
  hashesPtr: usize,
  orderPtr: usize,
  fill: bool,
  placesPtr: usize,
  neighboursPtr: usize,
  scratchPtr: usize,
): void {
  const first = word(own, 0);
  const count = word(own, 1);
  const stride = word(own, 3);
  const residues = word(own, 4) as usize;
  const size = slots(parts == 1 ? count : count / parts + 1);
  const next = scratchPtr + ((size as usize) << 2);
  memory.fill(scratchPtr, 0, (size as usize) << 2);
  const two = i != j;
  const wanted: u32 = two ? 2 : 1;
  let row = residues;
  for (let r: u32 = 0; r < count; r++, row += stride as usize) {
    const x = load<u8>(row + (i as usize)) as u32;
    const y = load<u8>(row + (j as usize)) as u32;
    let hash = word(hashesPtr, first + r) - term(i, x);
    if (two) hash -= term(j, y);
    if (!isOfPart(hash, part, parts)) continue;
    const slot = scratchPtr + (((hash & (size - 1)) as usize) << 2);
    const head = load<u32>(slot);
    for (let e = head; e != 0; e = word(next, e - 1)) {
      const other = residues + ((e - 1) as usize) * (stride as usize);
      const apart = distance(row, other, stride);
      const differs = load<u8>(other + (i as usize)) != x && load<u8>(other + (j as usize)) != y;
      if ((apart == wanted && differs) || (apart == 0 && !two && i == 0)) {
        note(first + r, first + e - 1, orderPtr, fill, placesPtr, neighboursPtr);
      }
    }
    store<u32>(next + ((r as usize) << 2), head);
    store<u32>(slot, r + 1);
  }
}

/** Whether b without its residue at `place` is a, of `length` residues. */
function isWithout(a: usize, b: usize, place: u32, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    if (load<u8>(a + (i as usize)) != load<u8>(b + ((i < place ? i : i + 1) as usize))) return false;
  }
  return true;
}

/** Pairs of a sequence of `own` and one of `shorter` that is what a deletion leaves of it. */
function deletions(
  own: usize,
  shorter: usize,
  part: u32,
  parts: u32,
  hashesPtr: usize,
  orderPtr: usize,
  fill: bool,
  placesPtr: usize,
  neighboursPtr: usize,
  scratchPtr: usize,
): void {
  const first = word(shorter, 0);
  const count = word(shorter, 1);
  const length = word(shorter, 2);
  const stride = word(shorter, 3) as usize;
  const residues = word(shorter, 4) as usize;
  const size = slots(parts == 1 ? count : count / parts + 1);
  const next = scratchPtr + ((size as usize) << 2);
  memory.fill(scratchPtr, 0, (size as usize) << 2);
  for (let r: u32 = 0; r < count; r++) {
    const hash = word(hashesPtr, first + r);
    if (!isOfPart(hash, part, parts)) continue;
    const slot = scratchPtr + (((hash & (size - 1)) as usize) << 2);
    store<u32>(next + ((r as usize) << 2), load<u32>(slot));
    store<u32>(slot, r + 1);
  }
  const longerFirst = word(own, 0);
  const longerCount = word(own, 1);
  const longerStride = word(own, 3) as usize;
  let row = word(own, 4) as usize;
  for (let r: u32 = 0; r < longerCount; r++, row += longerStride) {
    let hash: u32 = 0;
    for (let i: u32 = 0; i < length; i++) hash += term(i, load<u8>(row + (i as usize), 1));
    let before: u32 = 0;
    for (let place: u32 = 0; place <= length; place++) {
      const here = load<u8>(row + (place as usize)) as u32;
      // The hash without `place`, of that without `place` - 1. In a run of one residue all give the same.
      if (place > 0) hash += term(place - 1, before) - term(place - 1, here);
      const again = place > 0 && here == before;
      before = here;
      if (again || !isOfPart(hash, part, parts)) continue;
      for (
        let e = load<u32>(scratchPtr + (((hash & (size - 1)) as usize) << 2));
        e != 0;
        e = word(next, e - 1)
      ) {
        if (word(hashesPtr, first + e - 1) != hash) continue;
        if (!isWithout(residues + ((e - 1) as usize) * stride, row, place, length)) continue;
        note(longerFirst + r, first + e - 1, orderPtr, fill, placesPtr, neighboursPtr);
      }
    }
  }
}

/** Put the neighbours of nodes [begin, end) in ascending order. Shape: `offsetsPtr` n + 1 u32. */
export function sortNeighbours(begin: u32, end: u32, offsetsPtr: usize, neighboursPtr: usize): i32 {
  for (let i = begin; i < end; i++) {
    const from = word(offsetsPtr, i);
    sortWords(neighboursPtr + ((from as usize) << 2), word(offsetsPtr, i + 1) - from);
  }
  return OK;
}

/** Heap sort: most lists are short, but long ones must not take quadratic time. */
function sortWords(ptr: usize, count: u32): void {
  if (count < 24) {
    for (let i: u32 = 1; i < count; i++) {
      const x = word(ptr, i);
      let at = i;
      for (; at > 0 && word(ptr, at - 1) > x; at--) store<u32>(ptr + ((at as usize) << 2), word(ptr, at - 1));
      store<u32>(ptr + ((at as usize) << 2), x);
    }
    return;
  }
  for (let i = count >> 1; i > 0; i--) sink(ptr, i - 1, count);
  for (let last = count - 1; last > 0; last--) {
    const top = word(ptr, 0);
    store<u32>(ptr, word(ptr, last));
    store<u32>(ptr + ((last as usize) << 2), top);
    sink(ptr, 0, last);
  }
}

function sink(ptr: usize, from: u32, count: u32): void {
  const x = word(ptr, from);
  let at = from;
  for (;;) {
    let child: u32 = at * 2 + 1;
    if (child >= count) break;
    if (child + 1 < count && word(ptr, child + 1) > word(ptr, child)) child++;
    if (word(ptr, child) <= x) break;
    store<u32>(ptr + ((at as usize) << 2), word(ptr, child));
    at = child;
  }
  store<u32>(ptr + ((at as usize) << 2), x);
}
