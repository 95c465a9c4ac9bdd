/**
 * Lloyd's algorithm: every row goes to its nearest centroid, every centroid to the mean of its rows, until
 * they stay. Rows come in blocks, all at once or chunk by chunk; sums run in the order of the rows, so the
 * result has the same bits either way, and for any number of threads.
 *
 * Sources: Lloyd 1982, IEEE Trans. Inf. Theory 28, 129. What becomes of empty clusters and when to stop is as
 * scikit-learn has it (sklearn.cluster.KMeans).
 */

import { BYTES, kernelFor } from '../distance/element-types.ts';
import { prepareRows } from '../distance/space.ts';
import { BEGIN, END, type Engine, SCRATCH, type TileCall } from '../runtime/engine.ts';
import type { FloatArray } from '../types.ts';
import { type Place, panelWidth, type Slot } from './layout.ts';

/** Rows that are in linear memory, all of them good. */
export interface Block {
  slot: Slot;
  count: number;
  /** Row of the input that each row is; without it, `start` + its place. */
  start: number;
  places?: Float64Array | undefined;
  /** Row of the input behind the last that was read for this block. */
  end: number;
}

/** Rows to pass over again and again, always in the same order. */
export interface Rows {
  pass(visit: (block: Block) => Promise<void>): Promise<void>;
  /** Whether a block is still there in the next pass, and with it what the last one found. */
  resident: boolean;
}

export interface LloydOptions {
  maxIter: number;
  /** Stop when the squares of how far the centroids moved sum up to no more than this. */
  tol: number;
  signal: AbortSignal | undefined;
  /** Called with the iteration, from 0, and the rows of it that are done. */
  onDone(iteration: number, rows: number): void;
  /** Called after each pass with its rows, before the centroids move. */
  onPass(rows: number): void;
}

/** Numbers that a call of a kernel on a stripe of rows looks at: some milliseconds. */
const STRIPE = 2 ** 21;
/** Numbers that are worked through in less than a millisecond. */
const BRIEF = 2 ** 16;
/** Distances that are looked at here between two looks at the clock: a loop that is not compiled yet is slow. */
const LOOK = 2 ** 13;

/** Squared lengths of the rows of a block, which searchBlock needs. */
async function measureBlock(engine: Engine, { space }: Place, { slot, count }: Block, signal?: AbortSignal) {
  const kernel = kernelFor(space.input, 'rowSquaresF32', 'rowSquaresF64');
  const args = [slot.set.rows, space.cols, 1, BEGIN, END, slot.norms] as const;
  await engine.tiles({ kernel, args }, 0, count, { signal });
}

/** Nearest centroids of the rows of a block, without the distances; `fresh` where nothing is known of them yet. */
async function searchBlock(
  engine: Engine,
  place: Place,
  { slot, count }: Block,
  { fresh, signal, onDone }: { fresh: boolean; signal: AbortSignal | undefined; onDone(rows: number): void },
  from = 0,
  to = count,
): Promise<void> {
  const { space, centroids, k, scratch, halves, drifts, longest } = place;
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
 * Nearest centroids of the rows of a block, and the distances to them: squares, or 1 - cosine. The labels are those
 * of `assign`, to the last tie.
 */
export async function labelBlock(
  engine: Engine,
  place: Place,
  block: Block,
  options: { fresh: boolean; signal: AbortSignal | undefined; onDone?(rows: number): void },
): Promise<void> {
  const { space, centroids, k, scratch, metric } = place;
  const { slot, count } = block;
  const { fresh, signal, onDone = () => {} } = options;
  if (metric === 'cosine') {
    const call = space.assign(slot.set, centroids, k, scratch, slot.nearest, slot.distances);
    await engine.tiles(call, 0, count, { signal, onDone });
    return;
  }
  if (fresh) await measureBlock(engine, place, block, signal);
  await searchBlock(engine, place, block, { fresh, signal, onDone });
  const kernel = kernelFor(space.input, 'ownSquaresF32', 'ownSquaresF64');
  const { set, nearest, distances } = slot;
  const args = [set.rows, space.cols, centroids.rows, nearest, BEGIN, END, distances] as const;
  await engine.tiles({ kernel, args }, 0, count, { signal });
}

/** Add the rows of a block to the sums of their clusters. */
export async function accumulateBlock(
  engine: Engine,
  place: Place,
  { slot, count }: Block,
  signal: AbortSignal | undefined,
  from = 0,
  to = count,
): Promise<void> {
  const { space, sums, counts } = place;
  const { cols } = space;
  const kernel = kernelFor(space.input, 'accumulateRowsF32', 'accumulateRowsF64');
  // A thread takes columns, not rows: each sum is then one thread's, in the order of the rows.
  const grain = Math.max(4, 4 * Math.ceil(cols / engine.threads / 4));
  const stripe = Math.max(1, Math.floor(STRIPE / cols));
  for (let begin = from; begin < to; begin += stripe) {
    const end = Math.min(to, begin + stripe);
    const args = [slot.set.rows, cols, slot.nearest, begin, end, BEGIN, END, sums, counts] as const;
    await engine.tiles({ kernel, args }, 0, cols, { signal, grain });
  }
}

/** Sums and counts of no rows. */
export function clearSums(engine: Engine, { sums, counts, k, space }: Place): void {
  engine.f64(sums, k * space.cols).fill(0);
  engine.f64(counts, k).fill(0);
}

/** Make the centroids ready for a pass, after they have been written. */
export async function prepareCentroids(engine: Engine, place: Place, signal?: AbortSignal): Promise<void> {
  const { space, centroids, k, halves } = place;
  const { cols, input } = space;
  const width = panelWidth(space);
  const options = { signal, grain: width, brief: k * cols <= BRIEF };
  await prepareRows(engine, space, centroids, k, signal);
  // Products want lanes behind the last centroid that are zero, and infinitely far by their halves.
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
  place.longest = 0;
  for (let j = 0; j < k; j++) place.longest = Math.max(place.longest, Math.sqrt(2 * squares[j]) * (1 + 1e-6));
  squares.fill(Number.POSITIVE_INFINITY, k);
}

/** Tell searchBlock how far the centroids have moved. */
function setDrifts(engine: Engine, { shifts, drifts, k }: Place): void {
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

/** Move the centroids to the means of their rows. @returns the sum of the squares of how far they moved */
async function moveCentroids(engine: Engine, place: Place, signal?: AbortSignal): Promise<number> {
  const { space, sums, counts, centroids, shifts, k, metric } = place;
  const kernel = kernelFor(space.input, 'updateCentroidsF32', 'updateCentroidsF64');
  const spherical = metric === 'cosine' ? 1 : 0;
  const args = [sums, counts, space.cols, spherical, BEGIN, END, centroids.input, shifts] as const;
  await engine.tiles({ kernel, args }, 0, k, { signal, brief: k * space.cols <= BRIEF });
  await prepareCentroids(engine, place, signal);
  setDrifts(engine, place);
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

/** Keep the `most` farthest rows of those in `far` and the block's, farthest first; the first rows on ties. */
async function keepFarthest(
  engine: Engine,
  { space }: Place,
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
    await engine.rest(signal);
  }
}

/** Give every cluster without rows the row that is farthest from its centroid, and take it from its own cluster. */
async function fillEmpty(engine: Engine, place: Place, rows: Rows, signal: AbortSignal | undefined) {
  const { k, space, counts, sums } = place;
  const { cols } = space;
  const empty: number[] = [];
  engine.f64(counts, k).forEach((count, j) => {
    if (count === 0) empty.push(j);
  });
  if (empty.length === 0) return;
  const far: Far[] = [];
  await rows.pass(async (block) => {
    await labelBlock(engine, place, block, { fresh: true, signal });
    await keepFarthest(engine, place, block, far, empty.length, signal);
  });
  const sum = engine.f64(sums, k * cols);
  const count = engine.f64(counts, k);
  // Where all rows lie on centroids there are fewer distinct rows than clusters, and nothing to gain.
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
 * Iterate from the centroids that stand in `place`, which are ready (prepareCentroids), until they stay or
 * maxIter is reached.
 */
export async function lloyd(
  engine: Engine,
  place: Place,
  rows: Rows,
  options: LloydOptions,
): Promise<{ iterations: number; converged: boolean }> {
  const { maxIter, tol, signal, onDone, onPass } = options;
  for (let iteration = 0; iteration < maxIter; iteration++) {
    clearSums(engine, place);
    let before = 0;
    await rows.pass(async (block) => {
      const fresh = iteration === 0 || !rows.resident;
      if (fresh) await measureBlock(engine, place, block, signal);
      const tell = (done: number) => onDone(iteration, before + done);
      await searchBlock(engine, place, block, { fresh, signal, onDone: tell });
      await accumulateBlock(engine, place, block, signal);
      before += block.count;
    });
    onPass(before);
    await fillEmpty(engine, place, rows, signal);
    // Clusters that keep their rows keep their sums to the last bit: then nothing moves.
    const moved = await moveCentroids(engine, place, signal);
    if (moved <= tol) {
      onDone(maxIter, 0);
      return { iterations: iteration + 1, converged: true };
    }
  }
  return { iterations: maxIter, converged: false };
}

/**
 * Move the centroids after every `batchRows` rows, to the means of all rows that have come to them so far.
 * `maxIter` is the number of passes. Where rows are cut into blocks does not matter.
 *
 * Source: Sculley 2010, WWW, 1177.
 */
export async function miniBatches(
  engine: Engine,
  place: Place,
  rows: Rows,
  options: LloydOptions & { batchRows: number },
): Promise<{ iterations: number; converged: boolean }> {
  const { maxIter, signal, batchRows, onDone, onPass } = options;
  clearSums(engine, place);
  let batches = 0;
  for (let iteration = 0; iteration < maxIter; iteration++) {
    let done = 0;
    await rows.pass(async (block) => {
      await measureBlock(engine, place, block, signal);
      for (let at = 0; at < block.count; ) {
        const end = Math.min(block.count, at + batchRows - (done % batchRows));
        await searchBlock(engine, place, block, { fresh: true, signal, onDone: () => {} }, at, end);
        await accumulateBlock(engine, place, block, signal, at, end);
        done += end - at;
        at = end;
        onDone(iteration, done);
        if (done % batchRows > 0) continue;
        await moveCentroids(engine, place, signal);
        batches++;
      }
    });
    onPass(done);
    if (done % batchRows === 0) continue;
    await moveCentroids(engine, place, signal);
    batches++;
  }
  return { iterations: batches, converged: false };
}

/** The sum of the distances of a block, added to `sum` row by row. */
export async function addDistances(
  engine: Engine,
  { space }: Place,
  block: Block,
  sum: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let total = sum;
  for (let begin = 0; begin < block.count; begin += LOOK) {
    const end = Math.min(block.count, begin + LOOK);
    const distances = engine.floats(space.output, block.slot.distances, end);
    for (let i = begin; i < end; i++) total += distances[i];
    await engine.rest(signal);
  }
  return total;
}
