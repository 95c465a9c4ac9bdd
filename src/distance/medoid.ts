/** The medoid of some rows: the one with the smallest sum of distances to all of them. */

import { rangeError } from '../errors.ts';
import { BEGIN, END, type Engine, type Scratch, type TileCall } from '../runtime/engine.ts';
import type { Layout } from '../runtime/memory/layout.ts';
import { drive, pause, type Steps } from '../support/scheduling.ts';
import type { FloatArray } from '../types.ts';
import { BYTES, kernelFor } from './element-types.ts';
import { prepareRows, type RowSet, type Space } from './space.ts';

/** Number of products or sums that take less than a millisecond. */
const BRIEF = 2 ** 20;

/** Memory for finding medoids. */
export interface MedoidLayout {
  space: Space;
  scratch: Scratch;
  /** The rows. */
  members: RowSet;
  /** Distances between `blockRows` rows and all of `members`. */
  block: number;
  blockRows: number;
  /** Sums along the rows of the block. */
  sums: number;
}

/** Add room for the medoid of up to n rows: these rows, and a few megabytes of distances between them. */
export function layOutMembers(
  layout: Layout,
  space: Space,
  n: number,
): Pick<MedoidLayout, 'members' | 'block' | 'blockRows' | 'sums'> {
  const members = space.layOut(layout, n, true);
  const blockRows = Math.max(1, Math.min(n, Math.floor(2 ** 22 / (n * BYTES[space.output]))));
  const block = layout.add(blockRows * n * BYTES[space.output]);
  return { members, block, blockRows, sums: layout.add(n * 8) };
}

/** Copy rows of the data to consecutive positions. */
function* gather(data: FloatArray, cols: number, rows: Int32Array, target: FloatArray): Steps<void> {
  for (let i = 0; i < rows.length; i++) {
    if ((i & 63) === 63) yield;
    target.set(data.subarray(rows[i] * cols, (rows[i] + 1) * cols), i * cols);
  }
}

/** The row with the smallest sum of distances to all of the rows; the first one on ties. */
export async function medoid(
  engine: Engine,
  layout: MedoidLayout,
  data: FloatArray,
  rows: Int32Array,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (rows.length <= 2) return rows[0];
  const { space, members, block, scratch, sums } = layout;
  const { cols } = space;
  const m = rows.length;
  const target = engine.floats(space.input, members.input, m * cols);
  await drive(gather(data, cols, rows, target), signal);
  await prepareRows(engine, space, members, m, signal);
  // Rows are read in place, as many at a time as fit in the block.
  const blockRows = Math.max(1, Math.min(m, Math.floor((layout.blockRows * members.capacity) / m)));
  let best = rows[0];
  let least = Number.POSITIVE_INFINITY;
  for (let begin = 0; begin < m; begin += blockRows) {
    const end = Math.min(m, begin + blockRows);
    const pairs = (end - begin) * m;
    const bytes = space.output === 'f4' ? 4 : 8;
    const call = space.cross(members, members, m, scratch, block - begin * m * bytes);
    await engine.tiles(call, begin, end, { signal, brief: pairs * cols <= BRIEF });
    const add: TileCall = {
      kernel: kernelFor(space.output, 'rowSumsF32', 'rowSumsF64'),
      args: [block, m, BEGIN, END, sums],
    };
    await engine.tiles(add, 0, end - begin, { signal, brief: pairs <= BRIEF });
    const found = engine.f64(sums, end - begin);
    for (let i = 0; i < found.length; i++) {
      if (found[i] < least) {
        least = found[i];
        best = rows[begin + i];
      }
    }
    await pause(signal);
  }
  if (!(least < Number.POSITIVE_INFINITY)) {
    throw rangeError(
      `row ${rows[0]} and others have distances that are infinite or NaN, so they have no medoid`,
    );
  }
  return best;
}
