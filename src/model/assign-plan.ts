import { BYTES, type Element } from '../distance/element-types.ts';
import { createSpace } from '../distance/metric-space.ts';
import type { Metric } from '../distance/metrics.ts';
import { placeLeaders, placeScratch, type RowSet, type Space } from '../distance/space.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { affordableThreads, type Demand, fits } from '../runtime/memory-request.ts';
import { MOST_THREADS } from '../runtime/run.ts';

/** Bytes of rows in a chunk, unless the caller or the memory limit says otherwise. */
const CHUNK_BYTES = 2 ** 21;
/** The same where workers label one chunk while the next is read: less often, more at a time. */
const SHARED_CHUNK_BYTES = 2 ** 23;
/** Chunks do not become smaller than this to make room for what the first pass leaves. */
const LEAST_CHUNK_BYTES = 2 ** 17;
/** Bytes of rows that are labelled at a time: not so many that they leave the caches before their turn comes. */
const BLOCK_BYTES = 2 ** 21;
/** Beside so few leaders that takes no longer than handing them over does: there half a chunk is labelled at a time. */
const FEW_LEADERS = 9;
const MOST_SLOTS = 4;
/** Bytes of rows that stay in the second-level cache while one thread brings them in, labels them and lets them go. */
const OWN_BYTES = 2 ** 19;
/** Blocks that may wait for one before them to be labelled. */
export const MOST_PENDING = 16;

/** A block's place in linear memory, with its results. */
export interface Slot {
  rows: RowSet;
  nearest: number;
  distances: number;
}

/** How the second pass uses memory. */
export interface AssignPlan {
  chunkRows: number;
  /** Rows that are brought into linear memory at a time. */
  blockRows: number;
  /** The same where the calling thread labels them itself. */
  ownRows: number;
  space: Space;
  demand: Demand;
  /** The first is the calling thread's own, the others are for workers; at least two. */
  slots: Slot[];
  leaders: RowSet;
  scratch: ReturnType<typeof placeScratch>;
}

function lay(
  shape: { cols: number; dtype: Element; overheadBytes?: number },
  model: { rows: number; element: Element; metric: Metric },
  limit: number,
  chunkRows: number,
  threads: number,
  heldBytes: number,
): AssignPlan {
  // Either side in float64 makes distances in float64: nothing is rounded behind the caller's back.
  const element: Element = shape.dtype === 'f8' || model.element === 'f8' ? 'f8' : 'f4';
  const layout = new Layout();
  const space = createSpace(model.metric, shape.cols, element);
  const leaders = placeLeaders(layout, space, model.rows, threads);
  const scratch = placeScratch(layout, space, MOST_THREADS);
  // Also a single chunk has something for everyone.
  const share = Math.ceil(chunkRows / 64) * 8;
  const block = Math.min(share, Math.max(8, Math.floor(BLOCK_BYTES / (shape.cols * BYTES[element]))));
  const cheap = space.screens === true && model.rows <= FEW_LEADERS;
  const blockRows = Math.min(chunkRows, cheap ? Math.ceil(chunkRows / 2) : block);
  const slot = (): Slot => ({
    rows: space.place(layout, blockRows, false),
    nearest: layout.add(blockRows * 4),
    distances: layout.add(blockRows * BYTES[space.output]),
  });
  const slots = Array.from({ length: blockRows < chunkRows ? MOST_SLOTS : 2 }, slot);
  const own = Math.max(8, Math.floor(OWN_BYTES / (shape.cols * BYTES[element]) / 8) * 8);
  const ownRows = Math.min(blockRows, own);
  // Chunks that the blocks in hand are of, at most, and the one that the caller has.
  const inHand = (slots.length - 1) * blockRows + (MOST_PENDING - slots.length + 1) * ownRows;
  const results = 3 + Math.ceil(inHand / chunkRows);
  const demand: Demand = {
    linearBytes: layout.totalBytes,
    // The reader's buffers, and what is handed to the caller.
    hostBytes:
      chunkRows * (3 * shape.cols * BYTES[shape.dtype] + results * (8 + BYTES[space.output])) +
      (shape.overheadBytes ?? 0) +
      heldBytes,
    limit,
    threads,
    what: `assigning chunks of ${chunkRows} rows of ${shape.cols} columns to ${model.rows} leaders`,
    wouldFit: 'a smaller chunkRows or fewer leaders would',
  };
  return { chunkRows, blockRows, ownRows, space, demand, slots, leaders, scratch };
}

/**
 * Lay the second pass out, in chunks of about 2 MB, or 8 MB for several threads, or of what the limit allows.
 * @param heldBytes what the caller holds meanwhile
 * @param keptBytes linear memory of the first pass, which is there until it is collected: the second works in it, and its
 *   buffers come on top
 * @throws RangeError where the metric does not fit the columns
 */
export function planAssign(
  shape: { rows?: number | undefined; cols: number; dtype: Element; overheadBytes?: number },
  model: { rows: number; element: Element; metric: Metric },
  limit: number,
  chunkRows: number | undefined,
  threads: number,
  heldBytes = 0,
  keptBytes = 0,
): AssignPlan {
  const beside = ({ demand }: AssignPlan, kept: number): Demand => ({
    ...demand,
    linearBytes: Math.max(demand.linearBytes, kept),
  });
  const settle = (plan: AssignPlan, kept: number): AssignPlan => {
    plan.demand.threads = affordableThreads(beside(plan, kept));
    return plan;
  };
  // A chunk is not larger than all there is.
  const all = Math.max(1, shape.rows ?? Number.POSITIVE_INFINITY);
  if (chunkRows !== undefined) {
    return settle(lay(shape, model, limit, Math.min(chunkRows, all), threads, heldBytes), keptBytes);
  }
  const rowBytes = shape.cols * BYTES[shape.dtype];
  const bytes = threads > 1 ? SHARED_CHUNK_BYTES : CHUNK_BYTES;
  const most = Math.max(1, Math.min(all, Math.floor(Math.min(bytes, limit / 16) / rowBytes)));
  for (let rows = most; keptBytes > 0 && rows * rowBytes >= LEAST_CHUNK_BYTES; rows >>= 1) {
    const plan = lay(shape, model, limit, rows, threads, heldBytes);
    if (fits(beside(plan, keptBytes))) return settle(plan, keptBytes);
  }
  // There is none, or this limit is another than the first pass had.
  for (let rows = most; ; rows >>= 1) {
    const plan = lay(shape, model, limit, rows, threads, heldBytes);
    if (rows === 1 || fits(plan.demand)) return settle(plan, 0);
  }
}
