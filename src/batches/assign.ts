/** Finds the preclusters of each row: its nearest centroids, nearest first; ties go to the lower number. */
import { cdist } from '../distance/pdist.ts';
import { assign } from '../model/assign.ts';
import type { Model } from '../model/model.ts';
import { fromArray } from '../sources/memory.ts';
import { isPage, yieldInPage } from '../support/scheduling.ts';
import type { FloatArray, Matrix, Run } from '../types.ts';

/** Bytes of distances that are computed at a time, if the limit allows. */
const STRIPE_BYTES = 2 ** 22;
/** The same in a page, where the smallest distances are searched on the main thread. */
const PAGE_STRIPE_BYTES = 2 ** 20;

function stripeBytesFor(limit: number): number {
  return Math.min(isPage() ? PAGE_STRIPE_BYTES : STRIPE_BYTES, Math.floor(limit / 64));
}

/** Bytes that `seatRows` needs in addition to `assign`: distances, in linear memory and as a copy. */
export function seatingBytes(preclusters: number, overlap: number, limit: number): number {
  return overlap > 1 ? 4 * Math.max(stripeBytesFor(limit), 8 * preclusters) : 0;
}

/**
 * The `overlap` nearest centroids of each row.
 *
 * @param out row-major, rows x overlap
 * @param onDone called with the number of rows done
 */
export async function seatRows(
  matrix: Matrix,
  model: Model,
  overlap: number,
  out: Uint32Array,
  run: Run & { memoryLimit: number },
  onDone?: (rows: number) => void,
): Promise<void> {
  const { rows, cols } = matrix;
  if (overlap === 1) {
    const options = { ...run, onProgress: onDone && (({ done }: { done: number }) => onDone(done)) };
    for await (const { start, nearest } of assign(fromArray(matrix), model, options)) out.set(nearest, start);
    return;
  }
  const k = model.leaders.rows;
  const stripe = Math.max(
    1,
    Math.floor(
      stripeBytesFor(run.memoryLimit) /
        (Math.max(matrix.data.BYTES_PER_ELEMENT, model.leaders.data.BYTES_PER_ELEMENT) * k),
    ),
  );
  for (let from = 0; from < rows; from += stripe) {
    const end = Math.min(rows, from + stripe);
    const A = { data: matrix.data.subarray(from * cols, end * cols), rows: end - from, cols };
    const { data } = await cdist(A, model.leaders, model.metric, { ...run, onProgress: undefined });
    for (let i = from; i < end; i++) smallest(data, (i - from) * k, k, out, i * overlap, overlap);
    onDone?.(end);
    await yieldInPage();
  }
}

/** The indexes of the `count` smallest of n numbers, in ascending order of the numbers. */
function smallest(d: FloatArray, from: number, n: number, out: Uint32Array, to: number, count: number): void {
  let held = 0;
  let bound = Number.POSITIVE_INFINITY;
  for (let j = 0; j < n; j++) {
    const x = d[from + j];
    if (held === count && !(x < bound)) continue;
    let at = held < count ? held++ : count - 1;
    while (at > 0 && x < d[from + out[to + at - 1]]) {
      out[to + at] = out[to + at - 1];
      at--;
    }
    out[to + at] = j;
    bound = d[from + out[to + held - 1]];
  }
}
