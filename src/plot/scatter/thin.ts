import { Random } from '../../support/numbers/random.ts';

/**
 * Choose which points to draw if there are too many: the first of each cluster, and a random sample of the other rows. For
 * the sample, these are divided into equal ranges and one row is drawn from each. The seed is fixed.
 *
 * Returns: row numbers, ascending; at most `most`. If there are more clusters than that, some have no point.
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
