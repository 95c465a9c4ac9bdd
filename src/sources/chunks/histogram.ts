/** Histograms of columns, for a summary. */

/** How many values lie in each of eight equal parts of a range; `edges` has one number more than `counts`. */
export interface Histogram {
  counts: number[];
  edges: number[];
}

const PARTS = 8;

/** The part that a value is in: each has its lower edge, and the last one both, as in numpy.histogram. */
function partOf(value: number, edges: readonly number[]): number {
  let part = PARTS - 1;
  while (part > 0 && value < edges[part]) part--;
  return part;
}

/**
 * The histogram of values in a range; undefined if there is none, or it is wider than numbers can be.
 * @param values finite numbers, and others, which do not count
 */
export function histogramOf(
  values: Iterable<number>,
  range: readonly [least: number, most: number] | undefined,
): Histogram | undefined {
  if (!range) return undefined;
  const [least, most] = range;
  const width = most - least;
  if (!Number.isFinite(width)) return undefined;
  // One value: all in the middle of a part around it, as in NumPy.
  const begin = width > 0 ? least : least - 0.5;
  const step = (width > 0 ? width : 1) / PARTS;
  const edges = Array.from({ length: PARTS + 1 }, (_, i) => begin + i * step);
  if (width > 0) edges[PARTS] = most;
  const counts = new Array<number>(PARTS).fill(0);
  for (const value of values) {
    if (value >= edges[0] && value <= edges[PARTS]) counts[partOf(value, edges)]++;
  }
  return { counts, edges };
}
