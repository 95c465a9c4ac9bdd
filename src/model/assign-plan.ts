import { BYTES, type Element } from '../distance/element-types.ts';
import { createSpace } from '../distance/metric-space.ts';
import type { Metric } from '../distance/metrics.ts';
import { layOutLeaders, layOutScratch, type RowSet, type Space } from '../distance/space.ts';
import { join, option } from '../messages.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { affordableThreads, fits, type MemoryRequest } from '../runtime/memory-request.ts';
import { MOST_THREADS } from '../runtime/run.ts';
import { readerChunks, type Shape, shapeOf } from './source.ts';

/** Bytes of rows in a chunk, unless the caller or the memory limit sets another size. */
const CHUNK_BYTES = 2 ** 21;
/** The same if workers label one chunk while the next is read: fewer, larger chunks. */
const SHARED_CHUNK_BYTES = 2 ** 23;
/** Chunks are not made smaller than this when the memory of the first pass leaves little room. */
const LEAST_CHUNK_BYTES = 2 ** 17;
/** Bytes of rows that are labelled at a time; more would leave the caches before they are used. */
const BLOCK_BYTES = 2 ** 21;
/** With at most this many leaders, labelling takes no longer than passing on a block. Then a block is half a chunk. */
const FEW_LEADERS = 9;
const MOST_SLOTS = 4;
/** Bytes of rows that stay in the second-level cache while one thread copies, labels and collects them. */
const OWN_BYTES = 2 ** 19;
/** Largest number of blocks that wait for an earlier block to be labelled. */
export const MOST_PENDING = 16;

/** Addresses of a block and its results in linear memory. */
export interface Slot {
  rows: RowSet;
  nearest: number;
  distances: number;
}

/** The memory plan of the second pass. */
export interface AssignPlan {
  chunkRows: number;
  /** Rows that are copied to linear memory at a time. */
  blockRows: number;
  /** The same for blocks that the calling thread labels itself. */
  ownRows: number;
  space: Space;
  request: MemoryRequest;
  /** At least two. The first is for the calling thread, the others are for workers. */
  slots: Slot[];
  leaders: RowSet;
  scratch: ReturnType<typeof layOutScratch>;
}

function lay(
  shape: Shape,
  model: { rows: number; element: Element; metric: Metric },
  limit: number,
  chunkRows: number,
  threads: number,
  heldBytes: number,
): AssignPlan {
  // If either side is float64, so are the distances: nothing is rounded silently.
  const element: Element = shape.dtype === 'f8' || model.element === 'f8' ? 'f8' : 'f4';
  const layout = new Layout();
  const space = createSpace(model.metric, shape.cols, element);
  const leaders = layOutLeaders(layout, space, model.rows, threads);
  const scratch = layOutScratch(layout, space, MOST_THREADS);
  // Even a single chunk is divided among all threads.
  const share = Math.ceil(chunkRows / 64) * 8;
  const block = Math.min(share, Math.max(8, Math.floor(BLOCK_BYTES / (shape.cols * BYTES[element]))));
  const cheap = space.quantizes === true && model.rows <= FEW_LEADERS;
  const blockRows = Math.min(chunkRows, cheap ? Math.ceil(chunkRows / 2) : block);
  const slot = (): Slot => ({
    rows: space.layOut(layout, blockRows, false),
    nearest: layout.add(blockRows * 4),
    distances: layout.add(blockRows * BYTES[space.output]),
  });
  const slots = Array.from({ length: blockRows < chunkRows ? MOST_SLOTS : 2 }, slot);
  const own = Math.max(8, Math.floor(OWN_BYTES / (shape.cols * BYTES[element]) / 8) * 8);
  const ownRows = Math.min(blockRows, own);
  // Most chunks that the blocks in work belong to, plus the one that the caller has.
  const inHand = (slots.length - 1) * blockRows + (MOST_PENDING - slots.length + 1) * ownRows;
  const results = 3 + Math.ceil(inHand / chunkRows);
  const request: MemoryRequest = {
    linearBytes: layout.totalBytes,
    // The reader's buffers, and the arrays that the caller receives.
    hostBytes:
      chunkRows *
        (readerChunks(shape) * shape.cols * BYTES[shape.dtype] + results * (8 + BYTES[space.output])) +
      (shape.overheadBytes ?? 0) +
      heldBytes,
    limit,
    threads,
    what: `assigning chunks of ${chunkRows} rows of ${shape.cols} columns to ${model.rows} leaders`,
    wouldFit: () => {
      const can = (m: number, n: number) =>
        fits(lay(shape, { ...model, rows: m }, limit, n, threads, heldBytes).request);
      if (can(model.rows, 1)) return join('a smaller ', option('chunkRows'), ' would fit');
      return can(1, 1) ? 'fewer leaders would fit' : 'nothing smaller would fit';
    },
  };
  return { chunkRows, blockRows, ownRows, space, request, slots, leaders, scratch };
}

/**
 * Plan the second pass, in chunks of about 2 MB (8 MB with several threads), or smaller if the limit requires it.
 * @param heldBytes what the caller holds meanwhile
 * @param keptBytes linear memory of the first pass, which exists until it is garbage collected: the second pass reuses it, and
 *   its host buffers are added
 * @throws RangeError if the metric does not allow this number of columns
 */
export function planAssign(
  source: Shape,
  model: { rows: number; element: Element; metric: Metric },
  limit: number,
  chunkRows: number | undefined,
  threads: number,
  heldBytes = 0,
  keptBytes = 0,
): AssignPlan {
  const shape = shapeOf(source);
  const beside = ({ request }: AssignPlan, kept: number): MemoryRequest => ({
    ...request,
    linearBytes: Math.max(request.linearBytes, kept),
  });
  const settle = (plan: AssignPlan, kept: number): AssignPlan => {
    plan.request.threads = affordableThreads(beside(plan, kept));
    return plan;
  };
  // A chunk is not larger than the data.
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
  // There is no kept memory, or the limit differs from that of the first pass.
  for (let rows = most; ; rows >>= 1) {
    const plan = lay(shape, model, limit, rows, threads, heldBytes);
    if (rows === 1 || fits(plan.request)) return settle(plan, 0);
  }
}
