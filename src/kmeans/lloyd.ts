/**
 * Lloyd's algorithm: each row is assigned to its nearest centroid, then each centroid moves to the mean of its rows, until the
 * centroids stop moving. Rows come in blocks, all at once or chunk by chunk. Sums are added in the order of the rows, so the
 * result has the same bits either way, and for any number of threads.
 *
 * Sources: Lloyd 1982, IEEE Trans. Inf. Theory 28, 129. Empty clusters and the stopping rule are handled as in scikit-learn
 * (sklearn.cluster.KMeans).
 */

import { BYTES, kernelFor } from '../distance/element-types.ts';
import { prepareRows } from '../distance/space.ts';
import { BEGIN, END, type Engine, SCRATCH, type TileCall } from '../runtime/engine.ts';
import { pause } from '../support/scheduling.ts';
import type { FloatArray } from '../types.ts';
import { type KMeansLayout, panelWidth, type Slot } from './layout.ts';

/** Rows in linear memory, all of them good. */
export interface Block {
  slot: Slot;
  count: number;
  /** Without `places`, row i of the block is row `start` + i of the input. */
  start: number;
  places?: Float64Array | undefined;
  /** The row of the input after the last one that was read for this block. */
  end: number;
}

/** Rows for repeated passes, always in the same order. */
export interface Rows {
  pass(visit: (block: Block) => Promise<void>): Promise<void>;
  /** Whether blocks stay in memory for the next pass, with the results of the last one. */
  resident: boolean;
}

export interface LloydOptions {
  maxIter: number;
  /** Stop when the sum of the squared movements of the centroids is at most this. */
  tol: number;
  signal: AbortSignal | undefined;
  /** Called with the iteration, from 0, and the number of its rows that are done. */
  onDone(iteration: number, rows: number): void;
  /** Called after each pass with its number of rows, before the centroids move. */
  onPass(rows: number): void;
}

/** Numbers that a kernel call on a stripe of rows reads: some milliseconds. */
const STRIPE = 2 ** 21;
/** Numbers that are processed in less than a millisecond. */
const BRIEF = 2 ** 16;
/** Distances processed here between two checks of the clock: a loop that is not compiled yet is slow. */
const LOOK = 2 ** 13;

/** Compute the squared lengths of the rows of a block, for searchBlock. */
async function measureBlock(
  engine: Engine,
  { space }: KMeansLayout,
  { slot, count }: Block,
  signal?: AbortSignal,
) {
  const kernel = kernelFor(space.input, 'rowSquaresF32', 'rowSquaresF64');
  const args = [slot.set.rows, space.cols, 1, BEGIN, END, slot.norms] as const;
  await engine.tiles({ kernel, args }, 0, count, { signal });
}

/** Find the nearest centroids of the rows of a block, without distances. `fresh` is true if there are no bounds yet. */
async function searchBlock(
  engine: Engine,
  layout: KMeansLayout,
  { slot, count }: Block,
  { fresh, signal, onDone }: { fresh: boolean; signal: AbortSignal | undefined; onDone(rows: number): void },
  from = 0,
  to = count,
): Promise<void> {
  const { space, centroids, k, scratch, halves, drifts, longest } = layout;
  const { set, norms, nearest, distances, upper, lower } = slot;
  const head = [set.rows, space.cols, norms, centroids.panels, halves, k] as const;
  const rest = [longest, fresh ? 1 : 0, drifts, BEGIN, END, SCRATCH] as const;
  const call: TileCall = {
    kernel: kernelFor(space.input, 'lloydNearestF32', 'lloydNearestF64'),
    args: [...head, ...rest, nearest, distances, upper, lower],
    scratch,
  };
  await engine.tiles(call, from, to, { signal, onDone });
}

/**
 * Find the nearest centroids of the rows of a block, and the distances to them: squares, or 1 - cosine. The labels equal those of
 * `assign`, including ties.
 */
export async function labelBlock(
  engine: Engine,
  layout: KMeansLayout,
  block: Block,
  options: { fresh: boolean; signal: AbortSignal | undefined; onDone?(rows: number): void },
): Promise<void> {
  const { space, centroids, k, scratch, metric } = layout;
  const { slot, count } = block;
  const { fresh, signal, onDone = () => {} } = options;
  if (metric === 'cosine') {
    const call = space.assign(slot.set, centroids, k, scratch, slot.nearest, slot.distances);
    await engine.tiles(call, 0, count, { signal, onDone });
    return;
  }
  if (fresh) await measureBlock(engine, layout, block, signal);
  await searchBlock(engine, layout, block, { fresh, signal, onDone });
  const kernel = kernelFor(space.input, 'ownSquaresF32', 'ownSquaresF64');
  const { set, nearest, distances } = slot;
  const args = [set.rows, space.cols, centroids.rows, nearest, BEGIN, END, distances] as const;
  await engine.tiles({ kernel, args }, 0, count, { signal });
}

/** Add the rows of a block to the sums of their clusters. */
async function accumulateBlock(
  engine: Engine,
  layout: KMeansLayout,
  { slot, count }: Block,
  signal: AbortSignal | undefined,
  from = 0,
  to = count,
): Promise<void> {
  const { space, sums, counts } = layout;
  const { cols } = space;
  const kernel = kernelFor(space.input, 'accumulateRowsF32', 'accumulateRowsF64');
  // Threads divide the columns, not the rows. So each sum is computed by one thread, in the order of the rows.
  const grain = Math.max(4, 4 * Math.ceil(cols / engine.threads / 4));
  const stripe = Math.max(1, Math.floor(STRIPE / cols));
  for (let begin = from; begin < to; begin += stripe) {
    const end = Math.min(to, begin + stripe);
    const args = [slot.set.rows, cols, slot.nearest, begin, end, BEGIN, END, sums, counts] as const;
    await engine.tiles({ kernel, args }, 0, cols, { signal, grain });
  }
}

/** Set sums and counts to zero. */
function clearSums(engine: Engine, { sums, counts, k, space }: KMeansLayout): void {
  engine.f64(sums, k * space.cols).fill(0);
  engine.f64(counts, k).fill(0);
}

/** Prepare the centroids for a pass, after they have been written. */
export async function prepareCentroids(
  engine: Engine,
  layout: KMeansLayout,
  signal?: AbortSignal,
): Promise<void> {
  const { space, centroids, k, halves } = layout;
  const { cols, input } = space;
  const width = panelWidth(space);
  const options = { signal, grain: width, brief: k * cols <= BRIEF };
  await prepareRows(engine, space, centroids, k, signal);
  // Lanes after the last centroid must be zero, with infinite halves, so that they are never the nearest.
  const pack: TileCall = {
    kernel: kernelFor(space.input, 'packF32', 'packF64'),
    args: [centroids.rows, k, cols, cols, BEGIN, END, width, 0, centroids.panels],
  };
  await engine.tiles(pack, 0, k, options);
  const halve: TileCall = {
    kernel: kernelFor(space.input, 'rowSquaresF32', 'rowSquaresF64'),
    args: [centroids.rows, cols, 0.5, BEGIN, END, halves],
  };
  await engine.tiles(halve, 0, k, options);
  const squares = engine.floats(input, halves, k + width);
  layout.longest = 0;
  for (let j = 0; j < k; j++)
    layout.longest = Math.max(layout.longest, Math.sqrt(2 * squares[j]) * (1 + 1e-6));
  squares.fill(Number.POSITIVE_INFINITY, k);
}

/** Store how far the centroids have moved, for searchBlock. */
function setDrifts(engine: Engine, { shifts, drifts, k }: KMeansLayout): void {
  const squares = engine.f64(shifts, k);
  const out = engine.f64(drifts, 3 + k);
  let fastest = 0;
  let most = 0;
  let rest = 0;
  for (let j = 0; j < k; j++) {
    const drift = Math.sqrt(squares[j]) * (1 + 1e-9);
    out[3 + j] = drift;
    if (drift > most) {
      rest = most;
      most = drift;
      fastest = j;
    } else if (drift > rest) {
      rest = drift;
    }
  }
  out.set([fastest, most, rest]);
}

/** Move the centroids to the means of their rows. @returns the sum of the squared movements */
async function moveCentroids(engine: Engine, layout: KMeansLayout, signal?: AbortSignal): Promise<number> {
  const { space, sums, counts, centroids, shifts, k, metric } = layout;
  const kernel = kernelFor(space.input, 'updateCentroidsF32', 'updateCentroidsF64');
  const spherical = metric === 'cosine' ? 1 : 0;
  const args = [sums, counts, space.cols, spherical, BEGIN, END, centroids.input, shifts] as const;
  await engine.tiles({ kernel, args }, 0, k, { signal, brief: k * space.cols <= BRIEF });
  await prepareCentroids(engine, layout, signal);
  setDrifts(engine, layout);
  let sum = 0;
  for (const shift of engine.f64(shifts, k)) sum += shift;
  return sum;
}

/** A row that is far from its centroid. */
interface Far {
  distance: number;
  label: number;
  row: FloatArray;
}

/** Keep the `most` farthest rows of `far` and the block, farthest first; the first rows on ties. */
async function keepFarthest(
  engine: Engine,
  { space }: KMeansLayout,
  { slot, count }: Block,
  far: Far[],
  most: number,
  signal: AbortSignal | undefined,
) {
  const { cols } = space;
  for (let begin = 0; begin < count; begin += LOOK) {
    const end = Math.min(count, begin + LOOK);
    const distances = engine.floats(space.output, slot.distances, end);
    for (let i = begin; i < end; i++) {
      const distance = distances[i];
      if (!(distance > 0) || (far.length === most && distance <= far[most - 1].distance)) continue;
      let at = far.length;
      while (at > 0 && far[at - 1].distance < distance) at--;
      const size = BYTES[space.input];
      const row = engine.floats(space.input, slot.set.rows + i * cols * size, cols).slice();
      far.splice(at, 0, { distance, label: engine.i32(slot.nearest, end)[i], row });
      if (far.length > most) far.pop();
    }
    await pause(signal);
  }
}

/** Give every empty cluster the row that is farthest from its centroid, and remove the row from its own cluster. */
async function fillEmpty(engine: Engine, layout: KMeansLayout, rows: Rows, signal: AbortSignal | undefined) {
  const { k, space, counts, sums } = layout;
  const { cols } = space;
  const empty: number[] = [];
  engine.f64(counts, k).forEach((count, j) => {
    if (count === 0) empty.push(j);
  });
  if (empty.length === 0) return;
  const far: Far[] = [];
  await rows.pass(async (block) => {
    await labelBlock(engine, layout, block, { fresh: true, signal });
    await keepFarthest(engine, layout, block, far, empty.length, signal);
  });
  const sum = engine.f64(sums, k * cols);
  const count = engine.f64(counts, k);
  // If all rows equal their centroids, there are fewer distinct rows than clusters, and nothing can be gained.
  far.forEach(({ label, row }, i) => {
    const to = empty[i];
    for (let c = 0; c < cols; c++) {
      sum[label * cols + c] -= row[c];
      sum[to * cols + c] = row[c];
    }
    count[to] = 1;
    count[label] -= 1;
  });
}

/**
 * Iterate from the centroids in `layout`, which must be prepared (prepareCentroids), until they stop moving or maxIter is reached.
 */
export async function lloyd(
  engine: Engine,
  layout: KMeansLayout,
  rows: Rows,
  options: LloydOptions,
): Promise<{ iterations: number; converged: boolean }> {
  const { maxIter, tol, signal, onDone, onPass } = options;
  for (let iteration = 0; iteration < maxIter; iteration++) {
    clearSums(engine, layout);
    let before = 0;
    await rows.pass(async (block) => {
      const fresh = iteration === 0 || !rows.resident;
      if (fresh) await measureBlock(engine, layout, block, signal);
      const tell = (done: number) => onDone(iteration, before + done);
      await searchBlock(engine, layout, block, { fresh, signal, onDone: tell });
      await accumulateBlock(engine, layout, block, signal);
      before += block.count;
    });
    onPass(before);
    await fillEmpty(engine, layout, rows, signal);
    // Clusters that keep their rows have exactly the same sums, so their centroids do not move.
    const moved = await moveCentroids(engine, layout, signal);
    if (moved <= tol) {
      onDone(maxIter, 0);
      return { iterations: iteration + 1, converged: true };
    }
  }
  return { iterations: maxIter, converged: false };
}

/**
 * After every `batchRows` rows, move each centroid to the mean of all rows assigned to it so far. `maxIter` is the number of
 * passes. The result does not depend on how rows are divided into blocks.
 *
 * Source: Sculley 2010, WWW, 1177.
 */
export async function miniBatches(
  engine: Engine,
  layout: KMeansLayout,
  rows: Rows,
  options: LloydOptions & { batchRows: number },
): Promise<{ iterations: number; converged: boolean }> {
  const { maxIter, signal, batchRows, onDone, onPass } = options;
  clearSums(engine, layout);
  let batches = 0;
  for (let iteration = 0; iteration < maxIter; iteration++) {
    let done = 0;
    await rows.pass(async (block) => {
      await measureBlock(engine, layout, block, signal);
      for (let at = 0; at < block.count; ) {
        const end = Math.min(block.count, at + batchRows - (done % batchRows));
        await searchBlock(engine, layout, block, { fresh: true, signal, onDone: () => {} }, at, end);
        await accumulateBlock(engine, layout, block, signal, at, end);
        done += end - at;
        at = end;
        onDone(iteration, done);
        if (done % batchRows > 0) continue;
        await moveCentroids(engine, layout, signal);
        batches++;
      }
    });
    onPass(done);
    if (done % batchRows === 0) continue;
    await moveCentroids(engine, layout, signal);
    batches++;
  }
  return { iterations: batches, converged: false };
}

/** Add the distances of a block to `sum`, row by row. */
export async function addDistances(
  engine: Engine,
  { space }: KMeansLayout,
  block: Block,
  sum: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let total = sum;
  for (let begin = 0; begin < block.count; begin += LOOK) {
    const end = Math.min(block.count, begin + LOOK);
    const distances = engine.floats(space.output, block.slot.distances, end);
    for (let i = begin; i < end; i++) total += distances[i];
    await pause(signal);
  }
  return total;
}
