import { word } from '../../lib/memory';
import { CHAIN, squareStateBytes, TABLES } from './sizes';
/**
 * Where linkage over a full square keeps its tables; square.ts draws the map.
 */

export const NONE: u32 = 0xffffffff;
export const DEAD: u32 = 0xfffffffe;

/* Header of the scratch, u32 words. */
export const USED: usize = 0;
export const SETTLED: usize = 4;
export const ALIVE: usize = 8;
/** Not 0 if heights may fall: centroid and median. */
export const FALLING: usize = 12;
export const BARRIER: usize = 64;

/* A thread's state, u32 words; its tables follow them. */
export const LENGTH: usize = 0;
export const MERGED: usize = 4;
export const ROUND: usize = 8;

@inline
export function rowOfPtr(scratch: usize): usize {
  return scratch + TABLES + 256;
}
@inline
export function leafOfPtr(scratch: usize, ld: u32): usize {
  return rowOfPtr(scratch) + ((ld as usize) << 2);
}
@inline
export function placePtr(scratch: usize, ld: u32): usize {
  return rowOfPtr(scratch) + ((ld as usize) << 3);
}
@inline
export function slotOfPtr(scratch: usize, ld: u32): usize {
  return rowOfPtr(scratch) + (ld as usize) * 12;
}
@inline
export function sizePtr(scratch: usize, ld: u32): usize {
  return rowOfPtr(scratch) + ((ld as usize) << 4);
}
@inline
export function penaltyPtr<T extends number>(scratch: usize, ld: u32): usize {
  return sizePtr(scratch, ld) + (ld as usize) * sizeof<T>();
}
@inline
export function statePtr<T extends number>(scratch: usize, ld: u32, thread: u32): usize {
  return (
    penaltyPtr<T>(scratch, ld) +
    (ld as usize) * sizeof<T>() +
    squareStateBytes(ld, sizeof<T>() as u32) * thread
  );
}
/** Per thread: the nearest of each slot among the slots before it, NONE if it has to be searched, or DEAD. */
@inline
export function partnerPtr(state: usize): usize {
  return state + CHAIN;
}
/** The distance to it; infinity for dead slots and for slots without a living slot before them. */
@inline
export function boundPtr(state: usize, ld: u32): usize {
  return state + CHAIN + ((ld as usize) << 2);
}
@inline
export function rowPtr<T extends number>(square: usize, ld: u32, scratch: usize, slot: u32): usize {
  return square + (word(rowOfPtr(scratch), slot) as usize) * ld * sizeof<T>();
}
