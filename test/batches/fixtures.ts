import type { BatchClustering, RefineOptions } from '../../src/index.ts';
import { Random } from '../../src/support/numbers/random.ts';

const ACIDS = 'ACDEFGHIKLMNPQRSTVWY';

/** Sequences around a few ancestors, many of them a step or two from another; some of them twice. */
export function family(n: number, seed = 1): string[] {
  const random = new Random(seed);
  const letter = () => ACIDS[random.below(20)];
  const ancestors = Array.from({ length: Math.max(1, n >> 4) }, () =>
    Array.from({ length: 8 + random.below(6) }, letter).join(''),
  );
  return Array.from({ length: n }, () => {
    let one = ancestors[random.below(ancestors.length)];
    for (let step = random.below(4); step > 0; step--) {
      const at = random.below(one.length);
      one = one.slice(0, at) + letter() + one.slice(at + 1);
    }
    return one;
  });
}

/** All rows of a run with their labels, and that results are what they promise. */
export async function collect(batches: BatchClustering, options: RefineOptions) {
  const labels = new Int32Array(batches.rows).fill(-1);
  const preclusters = new Int32Array(batches.rows).fill(-1);
  const of = new Int32Array(batches.rows).fill(-1);
  const rowsOf: unknown[] = [];
  const homes = new Map<number, number>();
  let next = 0;
  for await (const part of batches.clusters(options)) {
    if (part.precluster !== next++) throw new Error(`precluster ${part.precluster} came as number ${next}`);
    part.rows.forEach((row, i) => {
      if (labels[row] !== -1) throw new Error(`row ${row} came twice`);
      if (i > 0 && part.rows[i - 1] >= row) throw new Error('rows do not ascend');
      labels[row] = part.labels[i];
      preclusters[row] = part.precluster;
      of[row] = part.batches[i];
      const { cols, data } = part.vectors;
      rowsOf[row] =
        batches.kind === 'vectors' ? Array.from(data.subarray(i * cols, (i + 1) * cols)) : part.sequences[i];
      if (part.labels[i] > 0) {
        const home = homes.get(part.labels[i]) ?? part.precluster;
        if (home !== part.precluster) throw new Error(`cluster ${part.labels[i]} came with two preclusters`);
        homes.set(part.labels[i], home);
      }
    });
  }
  if (next !== batches.k) throw new Error(`${next} results for ${batches.k} preclusters`);
  const ids = [...homes.keys()].sort((a, b) => a - b);
  if (ids.some((id, i) => id !== i + 1)) throw new Error('clusters are not numbered from 1 without gaps');
  return { labels, preclusters, batches: of, rows: rowsOf };
}

/** Rows from .. to. */
export function slice(
  { data, cols }: { data: Float32Array | Float64Array; cols: number },
  from: number,
  to: number,
) {
  return { data: data.subarray(from * cols, to * cols), rows: to - from, cols };
}

/** Cut 0 .. n in pieces. */
export function cuts(n: number, at: readonly number[]): [number, number][] {
  const places = [0, ...new Set(at.map((x) => x % (n + 1))), n].sort((a, b) => a - b);
  return places.slice(1).map((to, i) => [places[i], to]);
}
