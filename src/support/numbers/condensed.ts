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

/** Items that are looked at to recognise squared distances; of fewer than LEAST_SQUARED any numbers may be. */
const MOST_SQUARED = 8;
const LEAST_SQUARED = 6;
/** Rounding of squared distances, as a share of the largest. */
const ROUNDING = 0.005;

/**
 * Whether the first items can be points with these squared Euclidean distances: their inner products, seen from item 0, are
 * positive semidefinite. Numbers by chance are not: of 2,000 columns of 15 numbers up to 5 % are, of 28 numbers none.
 * Source: Schoenberg 1935, doi:10.2307/1968654. By elimination with the largest pivots.
 */
function areSquared(at: (i: number, j: number) => number, n: number): boolean {
  const items = Array.from({ length: Math.min(n, MOST_SQUARED) - 1 }, (_, i) => i + 1);
  const square = (i: number, j: number) => (i === j ? 0 : at(Math.min(i, j), Math.max(i, j)));
  const rounding = ROUNDING * Math.max(...items.map((i) => at(0, i)));
  const products = items.map((i) => items.map((j) => (at(0, i) + at(0, j) - square(i, j)) / 2));
  for (;;) {
    const p = products.reduce((best, row, i) => (row[i] > products[best][best] ? i : best), 0);
    const pivot = [...products[p]];
    if (!(pivot[p] > rounding)) return products.flat().every((x) => Math.abs(x) <= 2 * rounding);
    for (const row of products) {
      const share = row[p] / pivot[p];
      for (const [j, x] of pivot.entries()) row[j] -= share * x;
    }
  }
}

/**
 * The number of items if `length` numbers look like their distances, or squared Euclidean ones: as many as pairs, not negative, and
 * nearly all triangles of the first items can be drawn, or the first items can be points.
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
  const triangles = good > 0 && good >= MOST_TRIANGLES * all;
  return triangles || (n >= LEAST_SQUARED && areSquared(at, n)) ? n : undefined;
}
