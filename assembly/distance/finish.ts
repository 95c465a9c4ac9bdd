/** From the sums of a tile to its distances: the last step of each metric, once per pair. */
import {
  BITS,
  COSINE,
  DICE,
  DICE_RATIO,
  DIVERGENCE_ROOT,
  JACCARD,
  KULCZYNSKI,
  POWER_ROOT,
  RATIO,
  ROGERS_TANIMOTO,
  ROOT,
  RUSSELL_RAO,
  SHARE,
  SOKAL_SNEATH,
  YULE,
} from './families';
import { TILE } from '../lib/tile-shape';
import { pow, writeCoefficients } from '../lib/log-exp';

/** Finishes that both element types have. */
@inline
function finishSums<T extends number>(finish: i32, param: f64, tilePtr: usize): void {
  const zero = i64x2.splat(0);
  const one = v128.splat<T>(1 as T);
  const two = v128.splat<T>(2 as T);
  const whole = v128.splat<T>(param as T);
  for (let at = tilePtr; at < tilePtr + TILE; at += 16) {
    let s = v128.load(at);
    if (finish == ROOT) {
      s = v128.sqrt<T>(s);
    } else if (finish == COSINE) {
      // A NaN stays a NaN.
      s = v128.pmin<T>(v128.pmax<T>(v128.sub<T>(one, s), zero), two);
    } else if (!ALL_FAMILIES) {
      unreachable();
    } else if (finish == SHARE) {
      s = v128.div<T>(s, whole);
    } else {
      if (finish != RATIO && finish != DICE_RATIO) unreachable();
      const t = v128.load(at, TILE);
      s = v128.div<T>(s, finish == RATIO ? t : v128.add<T>(v128.mul<T>(two, t), s));
    }
    v128.store(at, s);
  }
}

/** (u + v - 2 t) / (u + v): what s / (2 t + s) comes to. */
@inline
function finishDice(rowsPtr: usize, i: u32, last: u32, panelPtr: usize, tilePtr: usize): void {
  for (let r: u32 = 0; r < 4; r++) {
    const own = v128.load64_splat(rowsPtr + ((min<u32>(i + r, last) as usize) << 3));
    for (let half: usize = 0; half < 32; half += 16) {
      const at = tilePtr + ((r as usize) << 5) + half;
      const t = v128.load(at);
      const both = f64x2.add(own, v128.load(panelPtr + half));
      v128.store(at, f64x2.div(f64x2.sub(both, f64x2.add(t, t)), both));
    }
  }
}

/**
 * Boolean metrics of tt, tf, ft and ff: the four sums of WEIGHTED_BITS, or of BITS counts of pairs that are
 * true in both, with the true values of each row. `n` is the sum of the four.
 */
@inline
function finishBits(
  bits: bool,
  finish: i32,
  n: f64,
  rowsPtr: usize,
  i: u32,
  last: u32,
  panelPtr: usize,
  tilePtr: usize,
): void {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const all = f64x2.splat(n);
  for (let r: u32 = 0; r < 4; r++) {
    const own = bits ? v128.load64_splat(rowsPtr + ((min<u32>(i + r, last) as usize) << 3)) : zero;
    for (let half: usize = 0; half < 32; half += 16) {
      const at = tilePtr + ((r as usize) << 5) + half;
      const tt = v128.load(at);
      const tf = bits ? f64x2.sub(own, tt) : v128.load(at, TILE);
      const ft = bits ? f64x2.sub(v128.load(panelPtr + half), tt) : v128.load(at, 2 * TILE);
      const differ = f64x2.add(tf, ft);
      const twice = f64x2.add(differ, differ);
      let s: v128;
      if (finish == JACCARD) {
        const any = f64x2.add(tt, differ);
        s = v128.and(f64x2.div(differ, any), f64x2.ne(any, zero));
      } else if (finish == KULCZYNSKI) {
        s = f64x2.div(tt, differ);
      } else if (finish == ROGERS_TANIMOTO) {
        s = f64x2.div(twice, f64x2.add(all, differ));
      } else if (finish == RUSSELL_RAO) {
        s = f64x2.div(f64x2.sub(all, tt), all);
      } else if (finish == SOKAL_SNEATH) {
        s = f64x2.div(twice, f64x2.add(twice, tt));
      } else {
        if (finish != YULE) unreachable();
        const ff = bits ? f64x2.sub(f64x2.sub(all, tt), differ) : v128.load(at, 3 * TILE);
        const product = f64x2.mul(tf, ft);
        const rest = f64x2.add(f64x2.mul(tt, ff), product);
        const whole = f64x2.add(rest, v128.and(one, f64x2.eq(product, zero)));
        s = f64x2.div(f64x2.add(product, product), whole);
      }
      v128.store(at, s);
    }
  }
}

/** √(s / 2), or infinity if the flag of a row is infinity; a sum rounded below 0 counts as 0. */
@inline
function finishDivergence(rowsPtr: usize, i: u32, last: u32, panelPtr: usize, tilePtr: usize): void {
  for (let r: u32 = 0; r < 4; r++) {
    const own = v128.load64_splat(rowsPtr + ((min<u32>(i + r, last) as usize) << 3));
    for (let half: usize = 0; half < 32; half += 16) {
      const at = tilePtr + ((r as usize) << 5) + half;
      const flags = f64x2.add(own, v128.load(panelPtr + half));
      const s = f64x2.mul(f64x2.pmax(v128.load(at), f64x2.splat(0)), f64x2.splat(0.5));
      // A flag takes precedence over a NaN.
      const sound = f64x2.eq(flags, f64x2.splat(0));
      v128.store(at, v128.bitselect(f64x2.sqrt(s), flags, sound));
    }
  }
}

/**
 * Replace the sums at `tilePtr` by distances.
 *
 * Shape: rows i .. i + 3, clamped to `last`; `rowsPtr` one f64 a row, `panelPtr` one f64 a lane of the
 * panel, for families that have them. `param`: the p of Minkowski, the coordinates or the sum of weights.
 */
export function finishTile(
  op: i32,
  finish: i32,
  param: f64,
  rowsPtr: usize,
  i: u32,
  last: u32,
  panelPtr: usize,
  tilePtr: usize,
): void {
  if (!(op & 1)) {
    finishSums<f32>(finish, param, tilePtr);
  } else if (!ALL_FAMILIES) {
    finishSums<f64>(finish, param, tilePtr);
  } else if (op >> 1 == DICE) {
    finishDice(rowsPtr, i, last, panelPtr, tilePtr);
  } else if (finish < POWER_ROOT) {
    finishSums<f64>(finish, param, tilePtr);
  } else if (finish == POWER_ROOT) {
    const exponent = f64x2.splat(1 / param);
    // The sums behind the first are free.
    const scratchPtr = tilePtr + TILE;
    writeCoefficients(scratchPtr);
    for (let at = tilePtr; at < tilePtr + TILE; at += 16) {
      v128.store(at, pow(scratchPtr, v128.load(at), exponent));
    }
  } else if (finish == DIVERGENCE_ROOT) {
    finishDivergence(rowsPtr, i, last, panelPtr, tilePtr);
  } else {
    finishBits(op >> 1 == BITS, finish, param, rowsPtr, i, last, panelPtr, tilePtr);
  }
}

/** Round the 4 x 4 float64 of a tile to float32: 16 bytes a row, rows still 32 bytes apart. */
@inline
export function roundTileToFloat32(tilePtr: usize): void {
  for (let at = tilePtr; at < tilePtr + TILE; at += 32) {
    const low = f32x4.demote_f64x2_zero(v128.load(at));
    const high = f32x4.demote_f64x2_zero(v128.load(at, 16));
    v128.store(at, v128.shuffle<u64>(low, high, 0, 2));
  }
}
