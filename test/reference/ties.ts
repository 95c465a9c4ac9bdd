/**
 * Linkage where distances tie, by the rules that the documentation states, as directly as can be. O(n³): the oracle of
 * small cases. Distances are condensed.
 */
type Pair = [first: number, second: number];

/** @returns Z of merges, flat: pairs of any rows of either side and a height, in their order */
function numbered(n: number, merges: [...Pair, number][]): number[] {
  const clusterOf = Array.from({ length: n }, (_, i) => i);
  return merges.flatMap(([i, j, height], k) => {
    const pair = [clusterOf[i], clusterOf[j]].sort((a, b) => a - b);
    let size = 0;
    clusterOf.forEach((c, row) => {
      if (!pair.includes(c)) return;
      clusterOf[row] = n + k;
      size++;
    });
    return [...pair, height, size];
  });
}

const pairsOf = (n: number): Pair[] =>
  Array.from({ length: n }, (_, i) =>
    Array.from({ length: n - 1 - i }, (_, k): Pair => [i, i + 1 + k]),
  ).flat();

/** Single linkage: edges (i, j), i < j, by length, then i, then j; those that join two clusters are the merges. */
export function singleByEdges(y: ArrayLike<number>, n: number): number[] {
  const edges = pairsOf(n).map((pair, k): [...Pair, number] => [...pair, y[k]]);
  edges.sort((a, b) => a[2] - b[2]); // Keeps the order of equal ones.
  const root = Array.from({ length: n }, (_, i) => i);
  const merges = edges.filter(([i, j]) => {
    const [a, b] = [root[i], root[j]];
    if (a === b) return false;
    for (let k = 0; k < n; k++) if (root[k] === b) root[k] = a;
    return true;
  });
  return numbered(n, merges);
}

/**
 * Centroid and median: of the nearest pairs, the one whose later cluster is the earliest, then whose earlier one is.
 * Clusters are rows in their order, then merged ones as they came.
 * @param update the square of the distance from a merged cluster, from those of its parts and between them, and sizes
 */
export function fallingByAge(
  y: ArrayLike<number>,
  n: number,
  update: (dxi: number, dyi: number, dxy: number, nx: number, ny: number) => number,
): number[] {
  const squares = new Map<number, Map<number, number>>();
  const size = Array.from({ length: n }, () => 1);
  for (let i = 0; i < n; i++) squares.set(i, new Map());
  // The map of a cluster holds those before it.
  for (const [k, [i, j]] of pairsOf(n).entries()) squares.get(j)?.set(i, y[k] ** 2);
  const between = (a: number, b: number) => squares.get(Math.max(a, b))?.get(Math.min(a, b)) as number;
  const Z: number[] = [];
  for (let k = 0; k < n - 1; k++) {
    let least = Number.POSITIVE_INFINITY;
    let [x, z] = [-1, -1];
    for (const [later, before] of squares) {
      for (const [earlier, value] of before) if (value < least) [least, x, z] = [value, earlier, later];
    }
    const merged = new Map<number, number>();
    for (const i of squares.keys()) {
      if (i === x || i === z) continue;
      merged.set(i, update(between(x, i), between(z, i), least, size[x], size[z]));
    }
    squares.delete(x);
    squares.delete(z);
    for (const before of squares.values()) {
      before.delete(x);
      before.delete(z);
    }
    squares.set(n + k, merged);
    size.push(size[x] + size[z]);
    Z.push(x, z, Math.sqrt(Math.max(0, least)), size[n + k]);
  }
  return Z;
}
