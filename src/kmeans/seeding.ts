/**
 * The first centroids of k-means.
 *
 * Source: k-means++ of Arthur and Vassilvitskii 2007, SODA, 1027; at each step the best of several candidates is chosen, as
 * in scikit-learn.
 */

import { BYTES } from '../distance/element-types.ts';
import { prepareRows, type RowSet } from '../distance/space.ts';
import { rangeError } from '../errors.ts';
import { BEGIN, END, type Engine, SCRATCH, type TileCall } from '../runtime/engine.ts';
import { SEED_BLOCK, SEED_LANES } from '../runtime/kernels/constants.ts';
import type { Random } from '../support/numbers/random.ts';
import { pause, ROUND } from '../support/scheduling.ts';
import { type KMeansLayout, panelWidth, type SeedLayout } from './layout.ts';

interface SeedOptions {
  signal: AbortSignal | undefined;
  onDone(chosen: number): void;
}

/** Copy row `row` of `from` to row `at` of `to`. */
function copyRow(
  engine: Engine,
  layout: KMeansLayout,
  from: RowSet,
  row: number,
  to: RowSet,
  at: number,
): void {
  const bytes = layout.space.cols * BYTES[layout.space.input];
  engine.bytes(to.input + at * bytes, bytes).set(engine.bytes(from.input + row * bytes, bytes));
}

/** Choose `k` different random rows of the first n. */
export async function drawCentroids(
  engine: Engine,
  layout: KMeansLayout,
  from: RowSet,
  n: number,
  random: Random,
  signal: AbortSignal | undefined,
): Promise<void> {
  // A Fisher-Yates shuffle of the first k elements, on a sparse array.
  const moved = new Map<number, number>();
  for (let j = 0; j < layout.k; j++) {
    const at = j + random.below(n - j);
    copyRow(engine, layout, from, moved.get(at) ?? at, layout.centroids, j);
    moved.set(at, moved.get(j) ?? j);
    if ((j & ROUND) === ROUND) await pause(signal);
  }
}

/** Choose centroids by k-means++ among the first n rows of `from`. */
export async function spreadCentroids(
  engine: Engine,
  layout: KMeansLayout,
  seeds: SeedLayout,
  from: RowSet,
  n: number,
  random: Random,
  { signal, onDone }: SeedOptions,
): Promise<void> {
  const { space, k, centroids, scratch } = layout;
  const { candidates, closest, potentials } = seeds;
  const width = panelWidth(space);
  // 2 + floor(ln k). No whole number is near a power of e, so that rounding does not matter.
  let trials = 2;
  for (let power = Math.E; power <= k; power *= Math.E) trials++;
  trials = Math.min(width, trials);
  const blocks = Math.ceil(n / SEED_BLOCK);
  const [op, finish] = space.assign(from, centroids, k, 0, 0, 0).args as readonly number[];
  engine.floats(space.output, closest, n).fill(Number.POSITIVE_INFINITY);

  /** Compute the potentials if each row in `chosen` became a centroid; with `take`, make the first one a centroid. */
  const weigh = async (chosen: readonly number[], take: boolean): Promise<Float64Array> => {
    chosen.forEach((row, i) => {
      copyRow(engine, layout, from, row, candidates, i);
    });
    await prepareRows(engine, space, candidates, chosen.length, signal);
    const head = [op, finish, from.rows, space.cols, candidates.panels, take ? 1 : 0] as const;
    const args = [...head, BEGIN, END, SCRATCH, closest, potentials] as const;
    const call: TileCall = { kernel: 'seedPotentials', args, scratch };
    await engine.tiles(call, 0, n, { signal, grain: SEED_BLOCK });
    const sums = new Float64Array(take ? 1 : chosen.length);
    const parts = engine.f64(potentials, blocks * SEED_LANES);
    for (let b = 0; b < blocks; b++)
      for (let i = 0; i < sums.length; i++) sums[i] += parts[b * SEED_LANES + i];
    return sums;
  };

  /** The row at which the running sum of `closest` exceeds `share`. */
  const rowAt = (share: number): number => {
    const parts = engine.f64(potentials, blocks * SEED_LANES);
    let block = 0;
    let left = share;
    while (block < blocks - 1 && left >= parts[block * SEED_LANES]) left -= parts[block++ * SEED_LANES];
    const begin = block * SEED_BLOCK;
    const rest = engine.floats(space.output, closest, Math.min(n, begin + SEED_BLOCK)).subarray(begin);
    let last = 0;
    for (let i = 0; i < rest.length; i++) {
      if (rest[i] <= 0) continue;
      last = i;
      left -= rest[i];
      if (left < 0) break;
    }
    return begin + last;
  };

  let chosen = random.below(n);
  for (let j = 0; ; j++) {
    copyRow(engine, layout, from, chosen, centroids, j);
    onDone(j + 1);
    if (j === k - 1) return;
    const [total] = await weigh([chosen], true);
    if (!Number.isFinite(total)) {
      throw rangeError(
        `rows are so far from each other that their squared distances overflow ` +
          (space.output === 'f4' ? 'float32 (3.4e38); float64 input goes further' : 'float64'),
      );
    }
    if (total === 0) {
      // All rows equal centroids already.
      chosen = random.below(n);
      continue;
    }
    const drawn = Array.from({ length: trials }, () => rowAt(random.float() * total));
    const sums = await weigh(drawn, false);
    let best = 0;
    for (let i = 1; i < trials; i++) if (sums[i] < sums[best]) best = i;
    chosen = drawn[best];
  }
}
