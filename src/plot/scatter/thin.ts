import { Random } from '../../support/random.ts';

/**
 * Choose the points to draw where there are too many: the first of each cluster, then one at random from each of as many
 * equal stretches of the other rows as there is room for. The same choice every time.
 *
 * Returns: rows, ascending; `most` of them, if there are as many. With more clusters than that, some are left out.
 */
export function thin(cluster: Int32Array, clusters: number, most: number): Int32Array {
  const n = cluster.length;
  if (n <= most) return Int32Array.from({ length: n }, (_, i) => i);
  const chosen = new Uint8Array(n);
  const seen = new Uint8Array(clusters);
  let count = 0;
  for (let i = 0; i < n && count < most; i++) {
    if (seen[cluster[i]] !== 0) continue;
    seen[cluster[i]] = 1;
    chosen[i] = 1;
    count++;
  }
  const others = new Int32Array(n - count);
  for (let i = 0, k = 0; i < n; i++) if (chosen[i] === 0) others[k++] = i;
  const random = new Random(0);
  const stretches = most - count;
  for (let s = 0; s < stretches; s++) {
    const from = Math.floor((s * others.length) / stretches);
    const to = Math.floor(((s + 1) * others.length) / stretches);
    chosen[others[from + random.below(to - from)]] = 1;
  }
  const out: number[] = [];
  for (let i = 0; i < n; i++) if (chosen[i] !== 0) out.push(i);
  return Int32Array.from(out);
}
