import { createSpace, type Metric } from '../distance/metrics.ts';
import {
  BYTES,
  type Element,
  placeLeaders,
  placeScratch,
  type RowSet,
  type Space,
} from '../distance/space.ts';
import { type Demand, fits } from '../runtime/engine.ts';
import { Layout } from '../runtime/layout.ts';
import { MOST_THREADS } from '../runtime/run.ts';

/** Bytes of rows in a chunk, unless the caller or the memory limit says otherwise. */
const CHUNK_BYTES = 2 ** 21;
/** The same where workers label one chunk while the next is read: each hand-over costs a fraction of a millisecond. */
const SHARED_CHUNK_BYTES = 2 ** 23;

/** A chunk's place in linear memory, with its results. */
export interface Slot {
  rows: RowSet;
  nearest: number;
  distances: number;
}

/** How the second pass uses memory. */
export interface AssignPlan {
  chunkRows: number;
  space: Space;
  demand: Demand;
  /** One is filled while the other is worked on. */
  slots: [Slot, Slot];
  leaders: RowSet;
  scratch: ReturnType<typeof placeScratch>;
}

function lay(
  shape: { cols: number; dtype: Element; overheadBytes?: number },
  model: { rows: number; element: Element; metric: Metric },
  limit: number,
  chunkRows: number,
  threads: number,
): AssignPlan {
  // Either side in float64 makes distances in float64: nothing is rounded behind the caller's back.
  const element: Element = shape.dtype === 'f8' || model.element === 'f8' ? 'f8' : 'f4';
  const layout = new Layout();
  const space = createSpace(model.metric, shape.cols, element);
  const leaders = placeLeaders(layout, space, model.rows, threads);
  const scratch = placeScratch(layout, space, MOST_THREADS);
  const slot = (): Slot => ({
    rows: space.place(layout, chunkRows, false),
    nearest: layout.add(chunkRows * 4),
    distances: layout.add(chunkRows * BYTES[space.output]),
  });
  const slots: [Slot, Slot] = [slot(), slot()];
  const demand: Demand = {
    linearBytes: layout.totalBytes,
    // The reader's buffers, and what is handed to the caller.
    hostBytes:
      chunkRows * (3 * shape.cols * BYTES[shape.dtype] + 2 * (8 + BYTES[space.output])) +
      (shape.overheadBytes ?? 0),
    limit,
    threads,
    what: `assigning chunks of ${chunkRows} rows of ${shape.cols} columns to ${model.rows} leaders`,
    wouldFit: 'a smaller chunkRows or fewer leaders would',
  };
  return { chunkRows, space, demand, slots, leaders, scratch };
}

/**
 * Lay the second pass out, in chunks of about 2 MB, or of what the limit allows.
 * @throws RangeError where the metric does not fit the columns
 */
export function planAssign(
  shape: { cols: number; dtype: Element; overheadBytes?: number },
  model: { rows: number; element: Element; metric: Metric },
  limit: number,
  chunkRows: number | undefined,
  threads: number,
): AssignPlan {
  if (chunkRows !== undefined) return lay(shape, model, limit, chunkRows, threads);
  const rowBytes = shape.cols * BYTES[shape.dtype];
  const bytes = threads > 1 ? SHARED_CHUNK_BYTES : CHUNK_BYTES;
  let rows = Math.max(1, Math.floor(Math.min(bytes, limit / 16) / rowBytes));
  for (;;) {
    const plan = lay(shape, model, limit, rows, threads);
    if (rows === 1 || fits(plan.demand)) return plan;
    rows >>= 1;
  }
}
