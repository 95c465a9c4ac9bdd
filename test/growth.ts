/**
 * How the time of a call grows with its input: what tells a linear algorithm from a quadratic one on any machine, and
 * under any load. Time is that of the processor; a process runs one file of tests, so nobody else's is in it.
 */

/** Seconds of the processor that this process has had so far, all its threads together. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function secondsOf(call: () => unknown): number {
  const begin = processorTime();
  call();
  return processorTime() - begin;
}

/**
 * How many times as long `large` takes as `small`: the least of each counts. It is tried again, a few times at most,
 * until that is below `bound`, since caches are shared with others.
 */
export function growth(small: () => unknown, large: () => unknown, bound: number): number {
  // What is not compiled yet takes longer.
  small();
  let [least, most] = [Infinity, Infinity];
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 3; i++) least = Math.min(least, secondsOf(small));
    most = Math.min(most, secondsOf(large));
    if (most / least < bound) break;
  }
  return most / least;
}
