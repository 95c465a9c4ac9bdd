/**
 * A barrier for threads that work in lock-step on one shared memory. Threads spin while they wait: a step takes
 * microseconds, and waking a sleeping thread takes longer.
 *
 *   barrierPtr   u32 arrivals so far; never reset within a job
 *   stopPtr      i32 of the control words; 2 means that a thread has died and will never arrive
 */

/** Value of the stop word that ends all waiting. */
export const EMERGENCY: i32 = 2;

/**
 * Wait until all threads have arrived `round` times.
 * @returns the number of polls without success, or -1 if the wait was abandoned
 */
@inline
export function meet(barrierPtr: usize, stopPtr: usize, round: u32, threads: u32): i32 {
  if (threads == 1) return 0;
  atomic.add<u32>(barrierPtr, 1);
  const target = round * threads;
  let spins: i32 = 0;
  // The signed difference stays correct when the count wraps.
  while (((atomic.load<u32>(barrierPtr) - target) as i32) < 0) {
    spins = min<i32>(spins + 1, 0x3fffffff);
    if ((spins & 1023) == 0 && atomic.load<i32>(stopPtr) == EMERGENCY) return -1;
  }
  return spins;
}
