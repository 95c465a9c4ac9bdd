/**
 * The two data sets of docs/tutorial.md, made from a seed: the same numbers on every machine.
 *
 * Only additions, multiplications and integer arithmetic are used; the last bits of logarithms and sines differ between engines.
 * A normal number is the sum of twelve uniform ones, minus 6 (mean 0, variance 1, approximately normal, never beyond 6).
 */

/** Uniform numbers from 0 to 1: mulberry32, a generator with 32 bits of state. */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal numbers: mean 0, variance 1. */
export function normal(seed) {
  const next = uniform(seed);
  return () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += next();
    return sum;
  };
}

/**
 * Points in the plane, scattered around a centre.
 *
 * `spread` are the standard deviations in x and y; `tilt` times the first deviation is added to the second coordinate, which
 * turns a round cloud into a slanted one.
 */
function cloud(count, [x, y], [across, upwards], tilt, next) {
  return Array.from({ length: count }, () => {
    const u = next() * across;
    return [x + u, y + next() * upwards + tilt * u];
  });
}

/** 150 points: 100 around (9, 1), then 50 around (-2, 20). */
export function twoGroups(seed = 12) {
  const next = normal(seed);
  return [...cloud(100, [9, 1], [1.8, 1.9], 0.3, next), ...cloud(50, [-2, 20], [1.8, 1.9], 0.3, next)];
}

/** 750 points: the two groups, and three groups of 200 points each with increasing spread. */
export function fiveGroups(seed = 12) {
  const next = normal(seed + 1000);
  return [
    ...twoGroups(seed),
    ...cloud(200, [42, 38], [4.5, 5.5], 0, next),
    ...cloud(200, [82, 78], [5.5, 5.5], 0, next),
    ...cloud(200, [2, 98], [10, 10], 0, next),
  ];
}
