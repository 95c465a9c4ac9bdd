/**
 * A tile of distances: 4 rows x one panel, whatever the metric.
 *
 * The first module has the families up to PRODUCTS. The extra module has all of them (ALL_FAMILIES, lib/modules.d.ts).
 */
import { BITS_BLOCK, bitsF64, weightedBitsF64 } from './bits';
import {
  ABSOLUTE,
  BITS,
  BRAY_CURTIS,
  CANBERRA,
  COSINE,
  DICE,
  DIVERGENCE,
  LARGEST,
  PLAIN,
  POWERS,
  PRODUCTS,
  QUADRATIC,
  SQUARES,
  UNEQUAL,
  WEIGHTED_ABSOLUTE,
  WEIGHTED_BITS,
  WEIGHTED_DICE,
  WEIGHTED_SQUARES,
} from './families';
import { COLUMN, TILE } from '../lib/tile-shape';
import { finishTile } from './finish';
import { divergenceF64, powersF64 } from './powers';
import { quadraticF64 } from './quadratic';
import { TILE_SUMS, tileScratchBytes } from './sizes';
import {
  absoluteF32,
  absoluteF64,
  canberraF32,
  canberraF64,
  largestF32,
  largestF64,
  productsF32,
  productsF64,
  squaresF32,
  squaresF64,
  unequalF32,
  unequalF64,
  weightedAbsoluteF32,
  weightedAbsoluteF64,
  weightedSquaresF32,
  weightedSquaresF64,
} from './sums';
import { brayCurtisF32, brayCurtisF64, diceF64, weightedDiceF64 } from './two-sums';

/**
 * Coordinates per partial sum. Each block is summed separately and added to the total, so that float32 sums
 * of long rows keep their digits. The order is the same for every pair, in whatever tile, chunk or thread it is
 * computed.
 */
const BLOCK: u32 = 512;
/** Bytes after the sums for the least distance of each of 4 rows; see assign. */
export const BEST: usize = TILE_SUMS;
/** In float32, cosine distances below this are computed from differences, since 1 - s has lost its digits. */
const NEAR: f32 = 0.015625;
/** The same for Dice in float64. */
const DICE_NEAR: f64 = 0.015625;

/** Add one block of coordinates to the sums; the first block is stored. */
@inline
function addBlock(
  op: i32,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  param: f64,
  tilePtr: usize,
): void {
  switch (op) {
    case 2 * SQUARES:
      return squaresF32(a0, a1, a2, a3, panel, count, add, tilePtr);
    case 2 * SQUARES + 1:
      return squaresF64(a0, a1, a2, a3, panel, count, add, tilePtr);
    case 2 * ABSOLUTE:
      return absoluteF32(a0, a1, a2, a3, panel, count, add, tilePtr);
    case 2 * ABSOLUTE + 1:
      return absoluteF64(a0, a1, a2, a3, panel, count, add, tilePtr);
    case 2 * LARGEST:
      return largestF32(a0, a1, a2, a3, panel, count, add, tilePtr);
    case 2 * LARGEST + 1:
      return largestF64(a0, a1, a2, a3, panel, count, add, tilePtr);
    case 2 * PRODUCTS:
      return productsF32(a0, a1, a2, a3, panel, count, add, tilePtr);
    case 2 * PRODUCTS + 1:
      return productsF64(a0, a1, a2, a3, panel, count, add, tilePtr);
    default:
      if (ALL_FAMILIES) addRareBlock(op, a0, a1, a2, a3, panel, count, add, weights, param, tilePtr);
      else unreachable();
  }
}

/** The families that only the extra module has. */
@inline
function addRareBlock(
  op: i32,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  count: u32,
  add: bool,
  weights: usize,
  param: f64,
  tilePtr: usize,
): void {
  switch (op) {
    case 2 * WEIGHTED_SQUARES:
      return weightedSquaresF32(a0, a1, a2, a3, panel, count, add, weights, tilePtr);
    case 2 * WEIGHTED_SQUARES + 1:
      return weightedSquaresF64(a0, a1, a2, a3, panel, count, add, weights, tilePtr);
    case 2 * WEIGHTED_ABSOLUTE:
      return weightedAbsoluteF32(a0, a1, a2, a3, panel, count, add, weights, tilePtr);
    case 2 * WEIGHTED_ABSOLUTE + 1:
      return weightedAbsoluteF64(a0, a1, a2, a3, panel, count, add, weights, tilePtr);
    case 2 * CANBERRA:
      return canberraF32(a0, a1, a2, a3, panel, count, add, weights, tilePtr);
    case 2 * CANBERRA + 1:
      return canberraF64(a0, a1, a2, a3, panel, count, add, weights, tilePtr);
    case 2 * UNEQUAL:
      return unequalF32(a0, a1, a2, a3, panel, count, add, weights, tilePtr);
    case 2 * UNEQUAL + 1:
      return unequalF64(a0, a1, a2, a3, panel, count, add, weights, tilePtr);
    case 2 * BITS + 1:
      return bitsF64(a0, a1, a2, a3, panel, count, add, tilePtr);
    case 2 * QUADRATIC + 1:
      return quadraticF64(a0, a1, a2, a3, panel, count, weights, tilePtr + tileScratchBytes(0), tilePtr);
    case 2 * BRAY_CURTIS:
      brayCurtisF32(a0, a1, panel, count, add, weights, tilePtr);
      return brayCurtisF32(a2, a3, panel, count, add, weights, tilePtr + 64);
    case 2 * BRAY_CURTIS + 1:
      brayCurtisF64(a0, a1, panel, count, add, weights, tilePtr);
      return brayCurtisF64(a2, a3, panel, count, add, weights, tilePtr + 64);
    case 2 * DICE + 1:
      return productsF64(a0, a1, a2, a3, panel, count, add, tilePtr);
    case 2 * WEIGHTED_DICE + 1:
      weightedDiceF64(a0, a1, panel, count, add, weights, tilePtr);
      return weightedDiceF64(a2, a3, panel, count, add, weights, tilePtr + 64);
    case 2 * WEIGHTED_BITS + 1:
    case 2 * POWERS + 1:
    case 2 * DIVERGENCE + 1: {
      for (let r: u32 = 0; r < 4; r++) {
        const a = r == 0 ? a0 : r == 1 ? a1 : r == 2 ? a2 : a3;
        const to = tilePtr + ((r as usize) << 5);
        if (op == 2 * WEIGHTED_BITS + 1) weightedBitsF64(a, panel, count, add, weights, to);
        else if (op == 2 * POWERS + 1) powersF64(a, panel, count, add, weights, param, tilePtr + TILE, to);
        else divergenceF64(a, panel, count, add, tilePtr + TILE, to);
      }
      return;
    }
    default:
      // An operation without a case here is not a distance.
      unreachable();
  }
}

/** Coordinates per partial sum of an operation on rows of d. */
@inline
export function blockOf(op: i32, d: u32): u32 {
  if (!ALL_FAMILIES) return BLOCK;
  return op >> 1 == BITS ? BITS_BLOCK : op >> 1 == QUADRATIC ? d : BLOCK;
}

/** Distances of unit rows that are close: |a - b|² / 2 replaces 1 - a·b if that is small. */
export function refineCosineF32(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  d: u32,
  tilePtr: usize,
): void {
  for (let done: u32 = 0; done < d; done += BLOCK) {
    const at = (done as usize) << 2;
    squaresF32(
      a0 + at,
      a1 + at,
      a2 + at,
      a3 + at,
      panel + (done as usize) * COLUMN,
      min<u32>(BLOCK, d - done),
      done != 0,
      tilePtr + TILE,
    );
  }
  const near = f32x4.splat(NEAR);
  const half = f32x4.splat(0.5);
  for (let at = tilePtr; at < tilePtr + TILE; at += 16) {
    const s = v128.load(at);
    v128.store(at, v128.bitselect(f32x4.mul(half, v128.load(at, TILE)), s, f32x4.lt(s, near)));
  }
}

/** If rows of a Dice tile are close, u + v - 2 t has lost its digits: s and t are computed from differences. */
export function refineDiceF64(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  d: u32,
  tilePtr: usize,
): void {
  const sums = tilePtr + 2 * TILE;
  for (let done: u32 = 0; done < d; done += BLOCK) {
    const at = (done as usize) << 3;
    const column = panel + (done as usize) * COLUMN;
    const count = min<u32>(BLOCK, d - done);
    diceF64(a0 + at, a1 + at, column, count, done != 0, sums);
    diceF64(a2 + at, a3 + at, column, count, done != 0, sums + 64);
  }
  const near = f64x2.splat(DICE_NEAR);
  for (let at = tilePtr; at < tilePtr + TILE; at += 16) {
    const s = v128.load(at, 2 * TILE);
    const t = v128.load(at, 3 * TILE);
    const refined = f64x2.div(s, f64x2.add(f64x2.add(t, t), s));
    const old = v128.load(at);
    v128.store(at, v128.bitselect(refined, old, f64x2.lt(f64x2.abs(old), near)));
  }
}

@inline
function anyDiceNear(tilePtr: usize): bool {
  const near = f64x2.splat(DICE_NEAR);
  let found = i64x2.splat(0);
  for (let at = tilePtr; at < tilePtr + TILE; at += 16) {
    found = v128.or(found, f64x2.lt(f64x2.abs(v128.load(at)), near));
  }
  return v128.any_true(found);
}

@inline
function anyNear(tilePtr: usize): bool {
  const near = f32x4.splat(NEAR);
  let found = i64x2.splat(0);
  for (let at = tilePtr; at < tilePtr + TILE; at += 16) {
    found = v128.or(found, f32x4.lt(v128.load(at), near));
  }
  return v128.any_true(found);
}

/**
 * Distances of rows i .. i + 3 (clamped to `last`) of A to one panel, at `tilePtr`, 32 bytes per row.
 *
 * Shape: `aPtr` rows of `lda` bytes; `rowsPtr` and `panelRowsPtr` see finishTile; `block` of blockOf.
 */
@inline
export function tile(
  op: i32,
  finish: i32,
  param: f64,
  aPtr: usize,
  lda: usize,
  rowsPtr: usize,
  i: u32,
  last: u32,
  panel: usize,
  panelRowsPtr: usize,
  weights: usize,
  d: u32,
  block: u32,
  tilePtr: usize,
): void {
  const a0 = aPtr + (i as usize) * lda;
  const a1 = aPtr + (min<u32>(i + 1, last) as usize) * lda;
  const a2 = aPtr + (min<u32>(i + 2, last) as usize) * lda;
  const a3 = aPtr + (min<u32>(i + 3, last) as usize) * lda;
  let done: u32 = 0;
  do {
    const count = min<u32>(block, d - done);
    const at = (done as usize) << (op & 1 ? 3 : 2);
    const column = panel + (done as usize) * COLUMN;
    addBlock(op, a0 + at, a1 + at, a2 + at, a3 + at, column, count, done != 0, weights + at, param, tilePtr);
    done += count;
  } while (done < d);
  if (finish != PLAIN) {
    finishTile(op, finish, param, rowsPtr, i, last, panelRowsPtr, tilePtr);
    if (op == 2 * PRODUCTS && finish == COSINE && anyNear(tilePtr)) {
      refineCosineF32(a0, a1, a2, a3, panel, d, tilePtr);
    } else if (ALL_FAMILIES && op == 2 * DICE + 1 && anyDiceNear(tilePtr)) {
      refineDiceF64(a0, a1, a2, a3, panel, d, tilePtr);
    }
  }
}
