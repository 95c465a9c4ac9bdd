/** Makes a tree Z from merges: sorted by height, with clusters numbered as in SciPy. */
import { orderOf } from '../../support/order.ts';
import { finish, ROUND, type Steps } from '../../support/scheduling.ts';
import type { Z } from '../../types.ts';

/**
 * Sort merges by height (a stable sort), and number clusters as SciPy does: the k-th merge makes cluster n + k, and the
 * lower number comes first.
 *
 * @param merges (n-1) x 4: any row of one cluster, any row of the other, the height, and an unused number
 */
export function label(merges: Float64Array, n: number): Z {
  return finish(labelSteps(merges, n));
}

/** As label, in steps. With `inOrder`, merges are not sorted. */
export function* labelSteps(merges: Float64Array, n: number, inOrder = false): Steps<Z> {
  const count = n - 1;
  const order = inOrder ? undefined : yield* orderOf(merges, 4, 2);
  const Z = new Float64Array(4 * count);
  // Union-find with path halving: the root of a row is its current cluster.
  const parent = new Uint32Array(2 * n - 1);
  for (let i = 0; i < parent.length; i++) parent[i] = i;
  yield;
  const size = new Uint32Array(2 * n - 1).fill(1, 0, n);
  const find = (row: number): number => {
    let i = row;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  for (let k = 0; k < count; k++) {
    if ((k & ROUND) === ROUND) yield;
    const from = 4 * (order ? order[k] : k);
    const a = find(merges[from]);
    const b = find(merges[from + 1]);
    const c = n + k;
    parent[a] = c;
    parent[b] = c;
    size[c] = size[a] + size[b];
    Z[4 * k] = Math.min(a, b);
    Z[4 * k + 1] = Math.max(a, b);
    Z[4 * k + 2] = merges[from + 2];
    Z[4 * k + 3] = size[c];
  }
  return Z;
}
