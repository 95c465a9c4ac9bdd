/** Recognises condensed distances: n(n-1)/2 numbers, one for each pair of n items. */

/** The number of items that have `length` distances; undefined if there is no such number. */
export function itemsOf(length: number): number | undefined {
  const n = Math.round((1 + Math.sqrt(1 + 8 * length)) / 2);
  return (n * (n - 1)) / 2 === length && n > 1 ? n : undefined;
}

/** Whether a table has one column without a name, or with one that says that it holds distances. */
export function isColumnOfDistances(table: object): boolean {
  const { cols, columns } = table as { cols?: number; columns?: readonly string[] | undefined };
  return cols === 1 && /^(|\d+|d|dist.*)$/i.test((columns?.[0] ?? '').trim());
}

/** Least number of items; fewer numbers are distances by chance. */
const LEAST_ITEMS = 4;
/** Share of the triangles in which no side is longer than the two others. Not all distances have it in all triangles. */
const MOST_TRIANGLES = 0.9;

/**
 * The number of items if `length` numbers look like their distances: as many as pairs, not negative, and nearly all triangles
 * of the first items can be drawn.
 * @param first the first of the numbers, as many as are known
 */
export function itemsOfDistances(first: ArrayLike<number>, length: number): number | undefined {
  const n = itemsOf(length) ?? 0;
  if (n < LEAST_ITEMS) return undefined;
  for (let i = 0; i < first.length; i++) if (!(first[i] >= 0)) return undefined;
  let all = 0;
  let good = 0;
  const at = (i: number, j: number) => first[i * n - (i * (i + 1)) / 2 + j - i - 1];
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ]) {
    for (let j = b + 1; j < n; j++) {
      const [x, y, z] = [at(a, b), at(a, j), at(b, j)];
      if (z === undefined) break;
      all++;
      if (2 * Math.max(x, y, z) <= (x + y + z) * (1 + 1e-6)) good++;
    }
  }
  return good > 0 && good >= MOST_TRIANGLES * all ? n : undefined;
}
