/** Slots of the full square of distances: their initial state, and the squeeze that removes dead slots. */
import { hasInversions } from '../lance-williams';
import {
  ALIVE,
  DEAD,
  FALLING,
  LENGTH,
  NONE,
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
import { squeezeRowF32, squeezeRowF64 } from './square-rows';
import { OK } from '../../lib/status';
import { CHAIN, linkageSquareStride, PENDING, TABLES } from './sizes';
import { roundUp } from '../../lib/sizes';

@inline
function init<T extends number>(square: usize, n: u32, method: i32, threads: u32, scratch: usize): void {
  const ld = linkageSquareStride(n);
  const settled = roundUp(n, PENDING);
  memory.fill(scratch, 0, TABLES);
  store<u32>(scratch, settled, USED);
  store<u32>(scratch, settled, SETTLED);
  store<u32>(scratch, n, ALIVE);
  store<u32>(scratch, hasInversions(method) ? 1 : 0, FALLING);
  for (let s: u32 = 0; s < ld; s++) {
    setWord(rowOfPtr(scratch), s, s < n ? s : NONE);
    setWord(leafOfPtr(scratch, ld), s, s);
    setWord(slotOfPtr(scratch, ld), s, s);
    put<T>(sizePtr(scratch, ld), s, 1 as T);
    put<T>(penaltyPtr<T>(scratch, ld), s, (s < n ? 0 : Infinity) as T);
  }
  for (let i: u32 = 0; i < n; i++) store<T>(square + ((i as usize) * ld + i) * sizeof<T>(), Infinity as T);
  for (let t: u32 = 0; t < threads; t++) memory.fill(statePtr<T>(scratch, ld, t), 0, CHAIN);
  const state = statePtr<T>(scratch, ld, 0);
  for (let s: u32 = 0; s < ld; s++) {
    setWord(partnerPtr(state), s, s < n ? NONE : DEAD);
    put<T>(boundPtr(state, ld), s, Infinity as T);
  }
}

/** Prepare the scratch for a new run, and write infinity to the diagonal. */
export function linkageSquareInitF32(square: usize, n: u32, method: i32, threads: u32, scratch: usize): i32 {
  init<f32>(square, n, method, threads, scratch);
  return 0;
}

/** Prepare the scratch for a new run, and write infinity to the diagonal. */
export function linkageSquareInitF64(square: usize, n: u32, method: i32, threads: u32, scratch: usize): i32 {
  init<f64>(square, n, method, threads, scratch);
  return 0;
}

/** Renumber the slots that are alive without gaps, as the squeeze has done with their columns. */
@inline
export function renumber<T extends number>(scratch: usize, ld: u32): void {
  const alive = load<u32>(scratch, ALIVE);
  const place = placePtr(scratch, ld);
  for (let k: u32 = 0; k < alive; k++) {
    const s = word(place, k);
    setWord(rowOfPtr(scratch), k, word(rowOfPtr(scratch), s));
    setWord(leafOfPtr(scratch, ld), k, word(leafOfPtr(scratch, ld), s));
    setWord(slotOfPtr(scratch, ld), word(leafOfPtr(scratch, ld), k), k);
    put<T>(sizePtr(scratch, ld), k, at<T>(sizePtr(scratch, ld), s));
    put<T>(penaltyPtr<T>(scratch, ld), k, 0 as T);
  }
  const settled = roundUp(alive, PENDING);
  for (let s = alive; s < ld; s++) {
    setWord(rowOfPtr(scratch), s, NONE);
    put<T>(sizePtr(scratch, ld), s, 1 as T);
    put<T>(penaltyPtr<T>(scratch, ld), s, Infinity as T);
  }
  store<u32>(scratch, settled, USED);
  store<u32>(scratch, settled, SETTLED);
}

/** List the slots that are alive, ascending. */
@inline
export function listAlive<T extends number>(scratch: usize, ld: u32): void {
  const used = load<u32>(scratch, USED);
  const penalty = penaltyPtr<T>(scratch, ld);
  let k: u32 = 0;
  for (let s: u32 = 0; s < used; s++) {
    if (at<T>(penalty, s) == 0) setWord(placePtr(scratch, ld), k++, s);
  }
}

/** The new number of a slot: its position in the list. */
@inline
function newNumber(place: usize, alive: u32, slot: u32): u32 {
  let low: u32 = 0;
  let high = alive;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (word(place, middle) < slot) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Replace slot numbers in a thread's own state by the new ones. `place` still lists the old numbers. */
@inline
export function carry<T extends number>(
  scratch: usize,
  ld: u32,
  state: usize,
  length: u32,
  alive: u32,
): void {
  const place = placePtr(scratch, ld);
  if (load<u32>(scratch, FALLING) == 0) {
    const chain = state + CHAIN;
    for (let k: u32 = 0; k < length; k++) setWord(chain, k, newNumber(place, alive, word(chain, k)));
    return;
  }
  const partner = partnerPtr(state);
  const bound = boundPtr(state, ld);
  for (let k: u32 = 0; k < alive; k++) {
    const s = word(place, k);
    const old = word(partner, s);
    const now = old == NONE ? alive : newNumber(place, alive, old);
    setWord(partner, k, now < alive && word(place, now) == old ? now : NONE);
    put<T>(bound, k, at<T>(bound, s));
  }
  for (let k = alive; k < ld; k++) {
    setWord(partner, k, DEAD);
    put<T>(bound, k, Infinity as T);
  }
}

@inline
function squeezeRows<T extends number>(square: usize, n: u32, begin: u32, end: u32, scratch: usize): void {
  const ld = linkageSquareStride(n);
  const place = placePtr(scratch, ld);
  const alive = load<u32>(scratch, ALIVE);
  for (let k = begin; k < end; k++) {
    const row = rowPtr<T>(square, ld, scratch, word(place, k));
    if (sizeof<T>() == 4) squeezeRowF32(row, place, alive);
    else squeezeRowF64(row, place, alive);
  }
}

@inline
function afterSqueeze<T extends number>(n: u32, scratch: usize): void {
  const ld = linkageSquareStride(n);
  const state = statePtr<T>(scratch, ld, 0);
  carry<T>(scratch, ld, state, load<u32>(state, LENGTH), load<u32>(scratch, ALIVE));
  renumber<T>(scratch, ld);
}

/** Number of clusters left. The number of merges done is n minus this. */
export function linkageSquareAlive(scratch: usize): u32 {
  return load<u32>(scratch, ALIVE);
}

/**
 * After SQUEEZE: squeeze the dead columns out of rows [begin, end) of the linkageSquareAlive(scratch) rows that are
 * alive. Rows do not depend on each other. When all are done, call linkageSquareGoOnF32 before linkageSquareF32.
 */
export function linkageSquareSqueezeF32(square: usize, n: u32, begin: u32, end: u32, scratch: usize): i32 {
  squeezeRows<f32>(square, n, begin, end, scratch);
  return OK;
}

/** As linkageSquareSqueezeF32, in float64. */
export function linkageSquareSqueezeF64(square: usize, n: u32, begin: u32, end: u32, scratch: usize): i32 {
  squeezeRows<f64>(square, n, begin, end, scratch);
  return OK;
}

/** Renumber slots to match their columns after the squeeze. */
export function linkageSquareGoOnF32(n: u32, scratch: usize): i32 {
  afterSqueeze<f32>(n, scratch);
  return OK;
}

/** As linkageSquareGoOnF32, in float64. */
export function linkageSquareGoOnF64(n: u32, scratch: usize): i32 {
  afterSqueeze<f64>(n, scratch);
  return OK;
}
