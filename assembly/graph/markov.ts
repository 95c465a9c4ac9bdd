/**
 * Markov clustering on sparse columns. Each step computes a column of the matrix power, inflates it, prunes it and
 * compares it with the old column. No intermediate matrix is stored.
 *
 * Nodes are numbered component after component, so that the rows of a column belong to one component. Within a component
 * they are numbered breadth first, so that the rows of a column are near each other. Rows are counted from the
 * component's first node. A column is stored in a block of memory: its rows (u32, ascending, padded to 8 bytes), then
 * its values (f64).
 *
 * The plan, one for all columns, is an array of words (markov-plan.ts).
 *
 * Scratch, of each thread, for the largest component of m nodes, filled with zeros before the first call:
 *   header     4 u32: address of the next column, end of the block
 *   logexp     coefficients, and the tables of power-table.ts
 *   sums       f64 m, zero between columns
 *   flags      u8 for 8 sums, zero between columns
 *   rows, values, rows, values: gathered entries before and after pruning, u32 and f64, m each
 *
 * Source: van Dongen 2000, Graph clustering by flow simulation, PhD thesis, University of Utrecht.
 */
import { COEFFICIENTS, pow, writeCoefficients } from '../lib/log-exp';
import { hasPowerTable, POWER_TABLE, powByTable, writePowerTable } from '../lib/power-table';
import { FULL, OK } from '../lib/status';
import {
  ALIKE,
  BLOCK_BYTES,
  BLOCKS,
  COLUMNS,
  CURSOR,
  DIFFERENT,
  FIRST,
  LENGTHS,
  MOVED,
  NEIGHBOURS,
  NEW_COLUMNS,
  NEW_LENGTHS,
  NODES,
  NONE,
  OFFSETS,
  PLACES,
  WEIGHTS,
} from './markov-plan';

const HEADER: usize = 16;
/** Base-2 logarithm of the number of sums that share a flag: 8 sums. */
const SHARE: u32 = 3;

@inline
function word(ptr: usize, i: u32): u32 {
  return load<u32>(ptr + ((i as usize) << 2));
}
@inline
function put(ptr: usize, i: u32, value: u32): void {
  store<u32>(ptr + ((i as usize) << 2), value);
}
@inline
function number(ptr: usize, i: u32): f64 {
  return load<f64>(ptr + ((i as usize) << 3));
}

@inline
function room(m: u32): usize {
  return (((m as usize) + 63) & ~63) + 64;
}
@inline
function sumsOf(scratchPtr: usize): usize {
  return scratchPtr + HEADER + COEFFICIENTS + 8 + POWER_TABLE;
}
@inline
function flagsOf(scratchPtr: usize, m: u32): usize {
  return sumsOf(scratchPtr) + (room(m) << 3);
}
@inline
function listOf(scratchPtr: usize, m: u32): usize {
  return flagsOf(scratchPtr, m) + room(m);
}

/** Bytes of scratch for components of at most m nodes. */
export function markovScratchBytes(m: u32): usize {
  return listOf(0, m) + room(m) * 24;
}

/** Bytes of a column of `length` entries. */
export function markovColumnBytes(length: u32): usize {
  return valuesOf(0, length) + ((length as usize) << 3);
}

@inline
function valuesOf(column: usize, length: u32): usize {
  return column + ((((length as usize) + 1) & ~1) << 2);
}

/** Reserve memory for a column, in the thread's own block or a new one. Returns 0 if no block is left. */
function reserve(planPtr: usize, scratchPtr: usize, length: u32): usize {
  const bytes = markovColumnBytes(length);
  let at = word(scratchPtr, 0) as usize;
  if (at == 0 || at + bytes > (word(scratchPtr, 1) as usize)) {
    const cursor = word(planPtr, CURSOR) as usize;
    const taken = atomic.add<u32>(cursor, 1);
    if (taken >= word(cursor, 1)) return 0;
    at = word(word(planPtr, BLOCKS) as usize, taken) as usize;
    put(scratchPtr, 1, (at as u32) + word(planPtr, BLOCK_BYTES));
  }
  put(scratchPtr, 0, (at + bytes) as u32);
  return at;
}

/**
 * Make the first columns of the matrix: the neighbours of a node with their weights and the node itself with 1, divided
 * by their sum.
 *
 * Shape: `activePtr` u32, a list of nodes, of which this call does [begin, end); m the nodes of the largest component.
 * Errors: FULL if no block is left. Add blocks and call again: finished columns are not made again.
 */
export function markovBegin(
  planPtr: usize,
  activePtr: usize,
  m: u32,
  begin: u32,
  end: u32,
  scratchPtr: usize,
): i32 {
  const firsts = word(planPtr, FIRST) as usize;
  const lengths = word(planPtr, NEW_LENGTHS) as usize;
  const offsets = word(planPtr, OFFSETS) as usize;
  const neighbours = word(planPtr, NEIGHBOURS) as usize;
  const nodes = word(planPtr, NODES) as usize;
  const places = word(planPtr, PLACES) as usize;
  const weights = word(planPtr, WEIGHTS) as usize;
  const sums = sumsOf(scratchPtr);
  const flags = flagsOf(scratchPtr, m);
  const rows = listOf(scratchPtr, m);
  const values = rows + (room(m) << 2);
  for (let a = begin; a < end; a++) {
    const j = word(activePtr, a);
    if (word(lengths, j) != NONE) continue;
    const node = word(nodes, j);
    const first = word(firsts, j);
    const to = word(offsets, node + 1);
    let sum: f64 = 1;
    for (let k = word(offsets, node); k < to; k++) {
      const weight = weights != 0 ? number(weights, k) : 1;
      sum += weight;
      add(sums, flags, word(places, word(neighbours, k)) - first, weight);
    }
    add(sums, flags, j - first, 1);
    const count = gather(sums, flags, m, rows, values);
    for (let k: u32 = 0; k < count; k++) {
      const at = values + ((k as usize) << 3);
      store<f64>(at, load<f64>(at) / sum);
    }
    if (!keep(planPtr, scratchPtr, j, rows, values, count)) return FULL;
  }
  return OK;
}

/** Store entries as the new column of node j. Returns false if no block is left. */
function keep(planPtr: usize, scratchPtr: usize, j: u32, rows: usize, values: usize, count: u32): bool {
  const column = reserve(planPtr, scratchPtr, count);
  if (column == 0) return false;
  memory.copy(column, rows, (count as usize) << 2);
  memory.copy(valuesOf(column, count), values, (count as usize) << 3);
  put(word(planPtr, NEW_COLUMNS) as usize, j, column as u32);
  put(word(planPtr, NEW_LENGTHS) as usize, j, count);
  return true;
}

/** Add `value` to the sum of a row, and set its flag. */
@inline
function add(sums: usize, flags: usize, row: u32, value: f64): void {
  const at = sums + ((row as usize) << 3);
  store<f64>(at, load<f64>(at) + value);
  store<u8>(flags + ((row >> SHARE) as usize), 1);
}

/** Gather the sums that are not zero as rows and values, ascending, and clear them. Returns how many. */
@inline
function gather(sums: usize, flags: usize, m: u32, rows: usize, values: usize): u32 {
  let count: u32 = 0;
  const blocks = (m + (1 << SHARE) - 1) >> SHARE;
  for (let b: u32 = 0; b < blocks; b += 16) {
    const set = v128.load(flags + (b as usize));
    if (!v128.any_true(set)) continue;
    let mask = i8x16.bitmask(i8x16.ne(set, i8x16.splat(0)));
    v128.store(flags + (b as usize), i8x16.splat(0));
    while (mask != 0) {
      const block = b + ctz<i32>(mask);
      mask &= mask - 1;
      const start = block << SHARE;
      const from = sums + ((start as usize) << 3);
      for (let i: u32 = 0; i < 1 << SHARE; i += 2) {
        const at = from + ((i as usize) << 3);
        const pair = v128.load(at);
        if (!v128.any_true(pair)) continue;
        const low = f64x2.extract_lane(pair, 0);
        const high = f64x2.extract_lane(pair, 1);
        // Both are always written, and the count grows only for a value that is not 0: no branch to mispredict.
        put(rows, count, start + i);
        store<f64>(values + ((count as usize) << 3), low);
        count += u32(low != 0);
        put(rows, count, start + i + 1);
        store<f64>(values + ((count as usize) << 3), high);
        count += u32(high != 0);
        v128.store(at, f64x2.splat(0));
      }
    }
  }
  return count;
}

/** Add m times a column to the sums. */
@inline
function addColumn(sums: usize, flags: usize, column: usize, length: u32, m: f64): void {
  const values = valuesOf(column, length);
  for (let k: u32 = 0; k < length; k++) {
    add(sums, flags, word(column, k), m * number(values, k));
  }
}

/** Raise values to the power of `inflation` and return their sum. Also overwrites the value after the last one. */
function inflate(t: usize, values: usize, count: u32, inflation: f64): f64 {
  store<f64>(values + ((count as usize) << 3), 0);
  const end = values + ((count as usize) << 3);
  let sums = f64x2.splat(0);
  if (inflation == 2) {
    for (let at = values; at < end; at += 16) {
      const x = v128.load(at);
      const y = f64x2.mul(x, x);
      v128.store(at, y);
      sums = f64x2.add(sums, y);
    }
  } else {
    const exponent = f64x2.splat(inflation);
    const quick = hasPowerTable(inflation);
    // If the count is odd, the last value is paired with 1, whose power is fast to compute. It is not added to the sum.
    store<f64>(end, 1);
    for (let at = values; at < end; at += 16) {
      const y = quick
        ? powByTable(t + COEFFICIENTS + 8, t, v128.load(at), exponent)
        : pow(t, v128.load(at), exponent);
      v128.store(at, y);
      sums = f64x2.add(sums, at + 8 < end ? y : f64x2.replace_lane(y, 1, 0));
    }
  }
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** Whether a column still changes: some |new - old| - 1e-5 |old| is above 1e-8. */
function hasMoved(old: usize, oldLength: u32, rows: usize, values: usize, count: u32): bool {
  const olds = valuesOf(old, oldLength);
  let i: u32 = 0;
  let k: u32 = 0;
  while (i < oldLength || k < count) {
    const oldRow = i < oldLength ? word(old, i) : NONE;
    const newRow = k < count ? word(rows, k) : NONE;
    const before = oldRow <= newRow ? number(olds, i) : 0;
    const after = newRow <= oldRow ? number(values, k) : 0;
    if (abs<f64>(after - before) - 1e-5 * before > 1e-8) return true;
    if (oldRow <= newRow) i++;
    if (newRow <= oldRow) k++;
  }
  return false;
}

/**
 * One step of the active columns [begin, end).
 *
 * Pruning drops values below `pruning`, but keeps the largest value of a column. As in the reference, columns are not
 * normalized after pruning. Shape: as markovBegin; m the nodes of the largest component.
 * Errors: FULL if no block is left. Add blocks and call again: finished columns are not made again.
 */
export function markovStep(
  planPtr: usize,
  activePtr: usize,
  m: u32,
  begin: u32,
  end: u32,
  expansion: u32,
  inflation: f64,
  pruning: f64,
  scratchPtr: usize,
): i32 {
  const firsts = word(planPtr, FIRST) as usize;
  const columns = word(planPtr, COLUMNS) as usize;
  const lengths = word(planPtr, LENGTHS) as usize;
  const newLengths = word(planPtr, NEW_LENGTHS) as usize;
  const moved = word(planPtr, MOVED) as usize;
  const nodes = word(planPtr, NODES) as usize;
  const t = scratchPtr + HEADER;
  const sums = sumsOf(scratchPtr);
  const flags = flagsOf(scratchPtr, m);
  const rows = listOf(scratchPtr, m);
  const values = rows + (room(m) << 2);
  const otherRows = values + (room(m) << 3);
  const otherValues = otherRows + (room(m) << 2);
  writeCoefficients(t);
  if (hasPowerTable(inflation)) writePowerTable(t + COEFFICIENTS + 8, t, inflation);
  for (let a = begin; a < end; a++) {
    const j = word(activePtr, a);
    if (word(newLengths, j) != NONE) continue;
    const first = word(firsts, j);
    const old = word(columns, j) as usize;
    const oldLength = word(lengths, j);
    let fromRows = old;
    let fromValues = valuesOf(old, oldLength);
    let count = oldLength;
    for (let e: u32 = 1; e < expansion; e++) {
      for (let k: u32 = 0; k < count; k++) {
        const node = first + word(fromRows, k);
        addColumn(sums, flags, word(columns, node) as usize, word(lengths, node), number(fromValues, k));
      }
      count = gather(sums, flags, m, rows, values);
      fromRows = rows;
      fromValues = values;
    }
    const sum = inflate(t, values, count, inflation);
    let largest: u32 = 0;
    let most: f64 = -1;
    for (let k: u32 = 0; k < count; k++) {
      const value = number(values, k) / sum;
      store<f64>(values + ((k as usize) << 3), value);
      if (value < most) continue;
      // Among equal values, the node that comes first in the graph wins, independently of the numbering here.
      if (value == most && word(nodes, first + word(rows, k)) > word(nodes, first + word(rows, largest)))
        continue;
      most = value;
      largest = k;
    }
    let kept: u32 = 0;
    for (let k: u32 = 0; k < count; k++) {
      const value = number(values, k);
      if (value < pruning && k != largest) continue;
      put(otherRows, kept, word(rows, k));
      store<f64>(otherValues + ((kept as usize) << 3), value);
      kept++;
    }
    if (!keep(planPtr, scratchPtr, j, otherRows, otherValues, kept)) return FULL;
    if (hasMoved(old, oldLength, otherRows, otherValues, kept))
      atomic.store<u32>(moved + ((first as usize) << 2), ALIKE);
  }
  return OK;
}

/**
 * Check whether the columns of a component still differ from each other: compares columns [begin, end) with the first
 * column of their component.
 *
 * If all columns are equal to one part in a million, they stay equal: flow from every node ends at the same nodes, and
 * the component is one cluster. This saves the many steps until only a few entries are left.
 * Reason: normalizing removes the sum of the differences d, and a step of a matrix whose columns are all c + d, with
 * small d, leaves differences of the size of d².
 */
export function markovCompare(planPtr: usize, activePtr: usize, begin: u32, end: u32): i32 {
  const firsts = word(planPtr, FIRST) as usize;
  const columns = word(planPtr, COLUMNS) as usize;
  const lengths = word(planPtr, LENGTHS) as usize;
  const moved = word(planPtr, MOVED) as usize;
  for (let a = begin; a < end; a++) {
    const j = word(activePtr, a);
    const first = word(firsts, j);
    const flag = moved + ((first as usize) << 2);
    if (load<u32>(flag) != 1) continue;
    const length = word(lengths, first);
    if (word(lengths, j) != length || differ(word(columns, first), word(columns, j), length)) {
      atomic.store<u32>(flag, DIFFERENT);
    }
  }
  return OK;
}

function differ(a: usize, b: usize, length: u32): bool {
  const x = valuesOf(a, length);
  const y = valuesOf(b, length);
  for (let k: u32 = 0; k < length; k++) {
    const value = number(x, k);
    if (word(a, k) != word(b, k) || abs<f64>(number(y, k) - value) > 1e-6 * value) return true;
  }
  return false;
}
