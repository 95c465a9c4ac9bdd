/**
 * Linkage by its definition: at each step look at every pair of clusters, merge the nearest, and take the distance
 * between clusters from the rows themselves, not from a formula of updates. O(n⁴): the oracle of small cases.
 */
import type { Method } from '../../src/hierarchy/linkage/methods.ts';

type Row = number[];

const distance = (a: Row, b: Row) => Math.hypot(...a.map((x, k) => x - b[k]));
const mean = (rows: Row[]): Row => rows[0].map((_, k) => rows.reduce((s, r) => s + r[k], 0) / rows.length);

interface Cluster {
  id: number;
  rows: Row[];
  /** The midpoint used by 'median'. */
  middle: Row;
  parts: [Cluster, Cluster] | undefined;
}

/** WPGMA: the mean over the two parts of a cluster, all the way down. */
function weighted(a: Cluster, b: Cluster): number {
  if (a.parts) return (weighted(a.parts[0], b) + weighted(a.parts[1], b)) / 2;
  if (b.parts) return (weighted(a, b.parts[0]) + weighted(a, b.parts[1])) / 2;
  return distance(a.rows[0], b.rows[0]);
}

const between: Record<Method, (a: Cluster, b: Cluster) => number> = {
  single: (a, b) => Math.min(...a.rows.flatMap((x) => b.rows.map((y) => distance(x, y)))),
  complete: (a, b) => Math.max(...a.rows.flatMap((x) => b.rows.map((y) => distance(x, y)))),
  average: (a, b) =>
    a.rows.flatMap((x) => b.rows.map((y) => distance(x, y))).reduce((s, d) => s + d, 0) /
    (a.rows.length * b.rows.length),
  weighted,
  centroid: (a, b) => distance(mean(a.rows), mean(b.rows)),
  median: (a, b) => distance(a.middle, b.middle),
  ward: (a, b) => {
    const [m, n] = [a.rows.length, b.rows.length];
    return Math.sqrt((2 * m * n) / (m + n)) * distance(mean(a.rows), mean(b.rows));
  },
};

/** @returns Z, flat, and whether two pairs were ever within 1e-9 of the nearest: then there are several right trees */
export function naiveLinkage(rows: Row[], method: Method): { Z: number[]; ties: boolean } {
  const n = rows.length;
  let clusters: Cluster[] = rows.map((row, id) => ({ id, rows: [row], middle: row, parts: undefined }));
  const Z: number[] = [];
  let ties = false;
  for (let k = 0; k < n - 1; k++) {
    const pairs = clusters.flatMap((a, i) =>
      clusters.slice(i + 1).map((b) => ({ a, b, d: between[method](a, b) })),
    );
    pairs.sort((p, q) => p.d - q.d);
    const { a, b, d } = pairs[0];
    if (pairs.length > 1 && pairs[1].d - d <= 1e-9 * (1 + d)) ties = true;
    const middle = a.middle.map((x, c) => (x + b.middle[c]) / 2);
    const merged: Cluster = { id: n + k, rows: [...a.rows, ...b.rows], middle, parts: [a, b] };
    Z.push(Math.min(a.id, b.id), Math.max(a.id, b.id), d, merged.rows.length);
    clusters = [...clusters.filter((c) => c !== a && c !== b), merged];
  }
  return { Z, ties };
}
