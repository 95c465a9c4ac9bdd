/** Leaf orders by their definition: the sum of distances of neighbours, and the least of all orders of a tree. */

/** Distance of i and j in condensed distances of n. */
export function distanceOf(y: ArrayLike<number>, n: number, i: number, j: number): number {
  const a = Math.min(i, j);
  return y[(a * (2 * n - a - 1)) / 2 + Math.max(i, j) - a - 1];
}

/** The sum of the distances of neighbouring leaves. */
export function orderCost(leaves: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 1; at < leaves.length; at++) sum += distanceOf(y, leaves.length, leaves[at - 1], leaves[at]);
  return sum;
}

/** All orders that a tree allows, those of its last merge as it stands: 2^(n-2) for n leaves. */
export function allOrders(Z: Float64Array): number[][] {
  const n = Z.length / 4 + 1;
  const ordersOf = (id: number): number[][] => {
    if (id < n) return [[id]];
    const at = 4 * (id - n);
    const lefts = ordersOf(Z[at]);
    const rights = ordersOf(Z[at + 1]);
    const straight = lefts.flatMap((l) => rights.map((r) => [...l, ...r]));
    if (id === 2 * n - 2) return straight;
    return [...straight, ...lefts.flatMap((l) => rights.map((r) => [...r, ...l]))];
  };
  return ordersOf(2 * n - 2);
}

/** The least cost of all orders, by the best order of each subtree for each pair of leaves at its ends. */
export function leastCost(Z: Float64Array, y: ArrayLike<number>): number {
  const n = Z.length / 4 + 1;
  const leaves: number[][] = Array.from({ length: n }, (_, i) => [i]);
  // Of two leaves, the cost of the subtree where they meet.
  const cost = Array.from({ length: n }, () => new Float64Array(n));
  const farEnds = (id: number, i: number): number[] => {
    if (id < n) return [i];
    const [a, b] = [Z[4 * (id - n)], Z[4 * (id - n) + 1]];
    return leaves[a].includes(i) ? leaves[b] : leaves[a];
  };
  let least = 0;
  for (let merge = 0; merge < n - 1; merge++) {
    const [left, right] = [Z[4 * merge], Z[4 * merge + 1]];
    least = Infinity;
    for (const u of leaves[left]) {
      const via = new Float64Array(n);
      for (const k of leaves[right]) {
        via[k] = Math.min(...farEnds(left, u).map((m) => cost[u][m] + distanceOf(y, n, m, k)));
      }
      for (const w of leaves[right]) {
        const best = Math.min(...farEnds(right, w).map((k) => via[k] + cost[k][w]));
        cost[u][w] = best;
        cost[w][u] = best;
        least = Math.min(least, best);
      }
    }
    leaves.push([...leaves[left], ...leaves[right]]);
  }
  return least;
}
