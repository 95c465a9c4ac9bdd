/**
 * Optimal leaf ordering: turn the children of every merge so that neighbouring leaves lie close.
 *
 * Leaves are numbered by their place under the input tree, so that every cluster is a span, and a
 * merge joins the spans L = [begin, middle) and R = [middle, end). One n x n matrix A of f64 holds all data.
 * Its two halves differ:
 *
 *   A[i][j], i < j   cost of the best order of the least cluster that has both, with i and j at its ends
 *   A[j][i], i < j   distance of i and j
 *   A[i][i]          0, the cost of a single leaf
 *
 * cost(u, w), u of L and w of R, is the least of cost(u, m) + distance(m, k) + cost(k, w), where m is at
 * L's other end, so it is in the child of L that does not contain u, and k likewise. That is two (min, +) products:
 *
 *   T(u, k)    = min over m of cost(u, m) + distance(m, k)       for k in R
 *   cost(u, w) = min over k of T(u, k) + cost(k, w)              for w in R
 *
 * They run over blocks of 4 rows u that have the same m. Only T of one block is stored. A unit of
 * work is one k or one w of a block: units of a merge follow each other, block by block, k before w.
 * The root has no table: both of its ends are free, so only the best u for each m is needed.
 *
 *   spans   8 u32 per merge: begin, L's split, middle, R's split, end, L's id, R's id, number of its first unit
 *   scratch header, 64 bytes: the merge that the next unit is in; at the root: least cost f64, m, k
 *           P 4 x ld f64   the block's cost(u, m), ld = n + 2 rounded up to even
 *           T 4 x ld f64
 *           128 bytes: buffer for up to 4 x 4 results
 *
 * Among equal costs the first u and k and the last m and w are taken, so that a tree already in a best order does
 * not change. A minimum does not depend on the order of its operands, and every sum is rounded the same
 * way, so results are the same to the last bit however the work is divided.
 *
 * Cost: O(n³) time at worst, O(n²) for chains. Source: Bar-Joseph, Gifford and Jaakkola 2001,
 * Bioinformatics 17, S22. The paper's sorted lists and early termination are left out: they save sums if the
 * best m and k are found early, but whole rows fill the vectors.
 */
import { storeTile } from '../lib/blocks';
import { condensedRow } from '../lib/condensed';
import { OK } from '../lib/status';
import { HEADER, SPAN_WORDS, strideOf } from './ordering-sizes';

/** Bytes of the spans of a merge. */
const SPAN: usize = SPAN_WORDS * 4;

@inline
function at(matrixPtr: usize, n: u32, i: u32, j: u32): usize {
  return matrixPtr + (((i as usize) * n + j) << 3);
}

/** cost(i, j), whichever comes first. */
@inline
function costOf(matrixPtr: usize, n: u32, i: u32, j: u32): f64 {
  return load<f64>(at(matrixPtr, n, min<u32>(i, j), max<u32>(i, j)));
}

@inline
function scatter<T extends number>(
  distPtr: usize,
  n: u32,
  rowBegin: u32,
  rowEnd: u32,
  placePtr: usize,
  matrixPtr: usize,
): void {
  distPtr += (condensedRow(n, rowBegin) as usize) * sizeof<T>();
  for (let i = rowBegin; i < rowEnd; i++) {
    const p = load<u32>(placePtr + ((i as usize) << 2));
    store<f64>(at(matrixPtr, n, p, p), 0);
    for (let j = i + 1; j < n; j++) {
      const q = load<u32>(placePtr + ((j as usize) << 2));
      store<f64>(at(matrixPtr, n, max<u32>(p, q), min<u32>(p, q)), load<T>(distPtr) as f64);
      distPtr += sizeof<T>();
    }
  }
}

/**
 * Write rows [rowBegin, rowEnd) of the condensed distances to their places in the matrix; row i of the n
 * includes its zero on the diagonal.
 *
 * Shape: `distPtr` element 0 of the condensed f32, of which only the rows asked for need be there; `placePtr` n u32, the place of each leaf.
 */
export function leafOrderingScatterF32(
  distPtr: usize,
  n: u32,
  rowBegin: u32,
  rowEnd: u32,
  placePtr: usize,
  matrixPtr: usize,
): i32 {
  scatter<f32>(distPtr, n, rowBegin, rowEnd, placePtr, matrixPtr);
  return OK;
}

/** As leafOrderingScatterF32, from f64. */
export function leafOrderingScatterF64(
  distPtr: usize,
  n: u32,
  rowBegin: u32,
  rowEnd: u32,
  placePtr: usize,
  matrixPtr: usize,
): i32 {
  scatter<f64>(distPtr, n, rowBegin, rowEnd, placePtr, matrixPtr);
  return OK;
}

@inline
function leastLane(v: v128): f64 {
  return min<f64>(f64x2.extract_lane(v, 0), f64x2.extract_lane(v, 1));
}

/**
 * to[r][c] = min over i of p[r][i] + q[c][i], for 4 rows r of p and 2 rows c of q, i < count.
 * Behind its end p holds infinity, so that what follows the rows of q, be it NaN, is passed over:
 * pmin(a, b) is a unless b < a.
 */
@inline
function alongRows(p: usize, pitch: usize, q0: usize, q1: usize, count: u32, to: usize): void {
  const infinite = f64x2.splat(Infinity);
  let s00 = infinite,
    s01 = infinite,
    s10 = infinite,
    s11 = infinite;
  let s20 = infinite,
    s21 = infinite,
    s30 = infinite,
    s31 = infinite;
  const p1 = p + pitch,
    p2 = p1 + pitch,
    p3 = p2 + pitch;
  const end = (count as usize) << 3;
  for (let o: usize = 0; o < end; o += 16) {
    const a = v128.load(q0 + o);
    const b = v128.load(q1 + o);
    let v = v128.load(p + o);
    s00 = f64x2.pmin(s00, f64x2.add(v, a));
    s01 = f64x2.pmin(s01, f64x2.add(v, b));
    v = v128.load(p1 + o);
    s10 = f64x2.pmin(s10, f64x2.add(v, a));
    s11 = f64x2.pmin(s11, f64x2.add(v, b));
    v = v128.load(p2 + o);
    s20 = f64x2.pmin(s20, f64x2.add(v, a));
    s21 = f64x2.pmin(s21, f64x2.add(v, b));
    v = v128.load(p3 + o);
    s30 = f64x2.pmin(s30, f64x2.add(v, a));
    s31 = f64x2.pmin(s31, f64x2.add(v, b));
  }
  store<f64>(to, leastLane(s00));
  store<f64>(to, leastLane(s01), 8);
  store<f64>(to, leastLane(s10), 16);
  store<f64>(to, leastLane(s11), 24);
  store<f64>(to, leastLane(s20), 32);
  store<f64>(to, leastLane(s21), 40);
  store<f64>(to, leastLane(s30), 48);
  store<f64>(to, leastLane(s31), 56);
}

/** to[r][c] = min over i of p[r][i] + q[i][c], for 4 rows r of p and 4 columns c of q, i < count. */
@inline
function acrossRows(p: usize, pitch: usize, q: usize, qPitch: usize, count: u32, to: usize): void {
  const infinite = f64x2.splat(Infinity);
  let s00 = infinite,
    s01 = infinite,
    s10 = infinite,
    s11 = infinite;
  let s20 = infinite,
    s21 = infinite,
    s30 = infinite,
    s31 = infinite;
  const p1 = p + pitch,
    p2 = p1 + pitch,
    p3 = p2 + pitch;
  const end = (count as usize) << 3;
  for (let o: usize = 0; o < end; o += 8) {
    const a = v128.load(q);
    const b = v128.load(q, 16);
    q += qPitch;
    let v = v128.load64_splat(p + o);
    s00 = f64x2.pmin(s00, f64x2.add(v, a));
    s01 = f64x2.pmin(s01, f64x2.add(v, b));
    v = v128.load64_splat(p1 + o);
    s10 = f64x2.pmin(s10, f64x2.add(v, a));
    s11 = f64x2.pmin(s11, f64x2.add(v, b));
    v = v128.load64_splat(p2 + o);
    s20 = f64x2.pmin(s20, f64x2.add(v, a));
    s21 = f64x2.pmin(s21, f64x2.add(v, b));
    v = v128.load64_splat(p3 + o);
    s30 = f64x2.pmin(s30, f64x2.add(v, a));
    s31 = f64x2.pmin(s31, f64x2.add(v, b));
  }
  storeTile(to, s00, s01, s10, s11, s20, s21, s30, s31);
}

/** Where the leaves at the other end may come from: first of them, for an end in [begin, split) or not. */
@inline
function otherBegin(begin: u32, split: u32, end: u32, i: u32): u32 {
  return end - begin > 1 && i < split ? split : begin;
}
/** As otherBegin; one behind the last. A single leaf is its own other end. */
@inline
function otherEnd(begin: u32, split: u32, end: u32, i: u32): u32 {
  return end - begin > 1 && i >= split ? split : end;
}

/** Prepare the scratch for unit 0. */
export function leafOrderingInit(scratchPtr: usize): i32 {
  store<u32>(scratchPtr, 0);
  return OK;
}

/**
 * Fill the costs: units [unitBegin, unitEnd). Units are asked for in order, each once.
 *
 * Shape: `matrixPtr` n x n f64 with distances and diagonal; `spansPtr` 8 u32 for each of the n-1 merges.
 * Memory: scratch per leafOrderingScratchBytes(n), prepared by leafOrderingInit.
 */
export function leafOrderingCosts(
  matrixPtr: usize,
  n: u32,
  spansPtr: usize,
  unitBegin: u32,
  unitEnd: u32,
  scratchPtr: usize,
): i32 {
  const pitch = strideOf(n) << 3;
  const pPtr = scratchPtr + HEADER;
  const tPtr = pPtr + pitch * 4;
  const tilePtr = tPtr + pitch * 4;
  let merge = load<u32>(scratchPtr);
  let unit = unitBegin;
  while (unit < unitEnd) {
    // The root, which is last, has no units, so there is always a merge after this one.
    while (load<u32>(spansPtr + ((merge as usize) + 1) * SPAN, 28) <= unit) merge++;
    const span = spansPtr + (merge as usize) * SPAN;
    const begin = load<u32>(span);
    const leftSplit = load<u32>(span, 4);
    const middle = load<u32>(span, 8);
    const rightSplit = load<u32>(span, 12);
    const end = load<u32>(span, 16);
    const firstUnit = load<u32>(span, 28);
    const width = end - middle;
    const perBlock = 2 * width;
    const block = (unit - firstUnit) / perBlock;
    const blockUnit = firstUnit + block * perBlock;
    let c = unit - blockUnit;
    const cEnd = min<u32>(perBlock, unitEnd - blockUnit);

    const before = (leftSplit - begin + 3) >> 2;
    const u = block < before ? begin + 4 * block : leftSplit + 4 * (block - before);
    const rows = min<u32>(4, (block < before ? leftSplit : middle) - u);
    const mBegin = otherBegin(begin, leftSplit, middle, u);
    const mCount = otherEnd(begin, leftSplit, middle, u) - mBegin;

    if (c == 0) {
      // A block with fewer than 4 rows repeats its last row.
      for (let r: u32 = 0; r < 4; r++) {
        const row = u + min<u32>(r, rows - 1);
        const to = pPtr + (r as usize) * pitch;
        if (row <= mBegin) {
          memory.copy(to, at(matrixPtr, n, row, mBegin), (mCount as usize) << 3);
        } else {
          for (let m: u32 = 0; m < mCount; m++) {
            store<f64>(to + ((m as usize) << 3), load<f64>(at(matrixPtr, n, mBegin + m, row)));
          }
        }
        store<f64>(to + ((mCount as usize) << 3), Infinity);
        store<f64>(tPtr + (r as usize) * pitch + ((width as usize) << 3), Infinity);
      }
    }
    for (; c < cEnd; c++) {
      const k = middle + c;
      if (c < width) {
        // T(u, k), two k at a time.
        const two = c + 1 < min<u32>(cEnd, width);
        const q = at(matrixPtr, n, k, mBegin);
        alongRows(pPtr, pitch, q, two ? q + ((n as usize) << 3) : q, mCount, tilePtr);
        const to = tPtr + ((c as usize) << 3);
        if (two) {
          for (let r: usize = 0; r < 4; r++) v128.store(to + r * pitch, v128.load(tilePtr + (r << 4)));
          c++;
        } else {
          for (let r: usize = 0; r < 4; r++) store<f64>(to + r * pitch, load<f64>(tilePtr + (r << 4)));
        }
        continue;
      }
      const w = k - width;
      let columns: u32;
      let tilePitch: usize;
      if (w < rightSplit && width > 1) {
        columns = min<u32>(2, min<u32>(cEnd - c, rightSplit - w));
        tilePitch = 16;
        const q = at(matrixPtr, n, w, rightSplit);
        const from = tPtr + (((rightSplit - middle) as usize) << 3);
        alongRows(from, pitch, q, columns == 2 ? q + ((n as usize) << 3) : q, end - rightSplit, tilePtr);
      } else {
        columns = min<u32>(4, min<u32>(cEnd - c, end - w));
        tilePitch = 32;
        const count = otherEnd(middle, rightSplit, end, w) - middle;
        acrossRows(tPtr, pitch, at(matrixPtr, n, middle, w), (n as usize) << 3, count, tilePtr);
      }
      for (let r: u32 = 0; r < rows; r++) {
        const to = at(matrixPtr, n, u + r, w);
        const from = tilePtr + (r as usize) * tilePitch;
        for (let o: usize = 0; o < (columns as usize) << 3; o += 8) store<f64>(to + o, load<f64>(from + o));
      }
      c += columns - 1;
    }
    unit = blockUnit + cEnd;
  }
  store<u32>(scratchPtr, merge);
  return OK;
}

/** The m of [begin, end) with the least costs[m] + row[m] + rest. */
@inline
function bestStep(costs: usize, row: usize, begin: u32, end: u32, rest: f64): u32 {
  let best = end - 1;
  let least: f64 = Infinity;
  for (let m = begin; m < end; m++) {
    const o = (m as usize) << 3;
    const cost = load<f64>(costs + o) + load<f64>(row + o) + rest;
    if (cost <= least) {
      least = cost;
      best = m;
    }
  }
  return best;
}

/**
 * Find the best m and k of the root: units [unitBegin, unitEnd) of n, which see to the ends of its two
 * children, and then one for each leaf k of the right one. Asked for in order, each once; results stay in
 * the scratch for leafOrderingTrace.
 */
export function leafOrderingRoot(
  matrixPtr: usize,
  n: u32,
  spansPtr: usize,
  unitBegin: u32,
  unitEnd: u32,
  scratchPtr: usize,
): i32 {
  const span = spansPtr + ((n as usize) - 2) * SPAN;
  const leftSplit = load<u32>(span, 4);
  const middle = load<u32>(span, 8);
  const rightSplit = load<u32>(span, 12);
  // least[i]: the cost of i's child of the root with i at one end and the best leaf at the other.
  const least = scratchPtr + HEADER;
  if (unitBegin == 0) {
    store<f64>(scratchPtr, Infinity, 8);
    store<u32>(scratchPtr, middle - 1, 16);
    store<u32>(scratchPtr, middle, 20);
    for (let i: u32 = 0; i < n; i++) store<f64>(least + ((i as usize) << 3), Infinity);
  }
  for (let unit = unitBegin; unit < unitEnd; unit++) {
    if (unit < n) {
      const begin: u32 = unit < middle ? 0 : middle;
      const split = unit < middle ? leftSplit : rightSplit;
      const end = unit < middle ? middle : n;
      const own = least + ((unit as usize) << 3);
      if (end - begin == 1) store<f64>(own, 0);
      if (unit >= split) continue;
      let best = load<f64>(own);
      for (let m = split; m < end; m++) {
        const cost = load<f64>(at(matrixPtr, n, unit, m));
        const other = least + ((m as usize) << 3);
        if (cost < load<f64>(other)) store<f64>(other, cost);
        if (cost < best) best = cost;
      }
      store<f64>(own, best);
      continue;
    }
    const k = middle + (unit - n);
    const row = at(matrixPtr, n, k, 0);
    const rest = load<f64>(least + ((k as usize) << 3));
    const m = bestStep(least, row, 0, middle, rest);
    const cost = load<f64>(least + ((m as usize) << 3)) + load<f64>(row + ((m as usize) << 3)) + rest;
    if (cost < load<f64>(scratchPtr, 8)) {
      store<f64>(scratchPtr, cost, 8);
      store<u32>(scratchPtr, m, 16);
      store<u32>(scratchPtr, k, 20);
    }
  }
  return OK;
}

/**
 * Follow the best order from the root down: merges [nodeBegin, nodeEnd), counted from the root. Asked for
 * in order, each once, after leafOrderingRoot.
 *
 * Shape: `endsPtr` 2 u32 for each of the 2n-1 nodes: the places of its first and its last leaf in the best
 * order. The children of a merge are to be swapped where the first leaf is not before its middle.
 */
export function leafOrderingTrace(
  matrixPtr: usize,
  n: u32,
  spansPtr: usize,
  nodeBegin: u32,
  nodeEnd: u32,
  endsPtr: usize,
  scratchPtr: usize,
): i32 {
  const pPtr = scratchPtr + HEADER;
  for (let node = nodeBegin; node < nodeEnd; node++) {
    const merge = n - 2 - node;
    const span = spansPtr + (merge as usize) * SPAN;
    const begin = load<u32>(span);
    const leftSplit = load<u32>(span, 4);
    const middle = load<u32>(span, 8);
    const rightSplit = load<u32>(span, 12);
    const end = load<u32>(span, 16);
    const ends = endsPtr + (((n + merge) as usize) << 3);
    if (node == 0) {
      // The root keeps its children as they are: the reverse of the whole costs the same.
      const m = load<u32>(scratchPtr, 16);
      const k = load<u32>(scratchPtr, 20);
      const uBegin = otherBegin(begin, leftSplit, middle, m);
      const uEnd = otherEnd(begin, leftSplit, middle, m);
      let u = uBegin;
      for (let i = u + 1; i < uEnd; i++) {
        if (costOf(matrixPtr, n, i, m) < costOf(matrixPtr, n, u, m)) u = i;
      }
      const wBegin = otherBegin(middle, rightSplit, end, k);
      const wEnd = otherEnd(middle, rightSplit, end, k);
      let w = wBegin;
      for (let i = w + 1; i < wEnd; i++) {
        if (costOf(matrixPtr, n, i, k) <= costOf(matrixPtr, n, w, k)) w = i;
      }
      store<u32>(ends, u);
      store<u32>(ends, w, 4);
    }
    const first = load<u32>(ends);
    const last = load<u32>(ends, 4);
    const reversed = first >= middle;
    const u = reversed ? last : first;
    const w = reversed ? first : last;
    const mBegin = otherBegin(begin, leftSplit, middle, u);
    const mEnd = otherEnd(begin, leftSplit, middle, u);
    const kEnd = otherEnd(middle, rightSplit, end, w);
    let bestM = mEnd - 1;
    let bestK = otherBegin(middle, rightSplit, end, w);
    for (let m = mBegin; m < mEnd; m++) {
      store<f64>(pPtr + ((m as usize) << 3), costOf(matrixPtr, n, u, m));
    }
    let least: f64 = Infinity;
    for (let k = bestK; k < kEnd; k++) {
      const row = at(matrixPtr, n, k, 0);
      const rest = costOf(matrixPtr, n, k, w);
      const m = bestStep(pPtr, row, mBegin, mEnd, rest);
      const cost = load<f64>(pPtr + ((m as usize) << 3)) + load<f64>(row + ((m as usize) << 3)) + rest;
      if (cost < least) {
        least = cost;
        bestM = m;
        bestK = k;
      }
    }
    const left = endsPtr + ((load<u32>(span, 20) as usize) << 3);
    store<u32>(left, reversed ? bestM : u);
    store<u32>(left, reversed ? u : bestM, 4);
    const right = endsPtr + ((load<u32>(span, 24) as usize) << 3);
    store<u32>(right, reversed ? w : bestK);
    store<u32>(right, reversed ? bestK : w, 4);
  }
  return OK;
}
