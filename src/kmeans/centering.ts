/**
 * Offsets for columns far from the origin, for k-means in float32.
 *
 * Means of float32 numbers near 1e6 are rounded to 1/16 if they are float32 too, however close together the rows are. So if
 * the range of a column is less than a 64th of its distance from zero, an offset is subtracted from it. The offset lies between
 * the smallest and the largest value, so that every difference is exact (Sterbenz). It depends only on these two values, not on
 * the chunks or the order of rows.
 */
import { offsetOf } from '../distance/far.ts';
import type { RowSet } from '../distance/space.ts';
import { BEGIN, END, type Engine } from '../runtime/engine.ts';
import type { FloatArray } from '../types.ts';
import type { KMeansLayout } from './layout.ts';
import type { Block } from './lloyd.ts';

/** Numbers that one kernel call reads: as many as fit in the caches. */
const STRIPE = 2 ** 16;

/** Finds the range of each column, block by block. */
export class Bounds {
  readonly #engine: Engine;
  readonly #layout: KMeansLayout;

  constructor(engine: Engine, layout: KMeansLayout) {
    this.#engine = engine;
    this.#layout = layout;
    const { cols } = layout.space;
    engine.floats('f4', layout.least, cols).fill(Number.POSITIVE_INFINITY);
    engine.floats('f4', layout.greatest, cols).fill(Number.NEGATIVE_INFINITY);
  }

  async add({ slot, count }: Block, signal?: AbortSignal): Promise<void> {
    const { space, least, greatest } = this.#layout;
    const { cols } = space;
    // Threads divide the columns, so that each bound is written by one thread.
    const grain = Math.max(4, 4 * Math.ceil(cols / this.#engine.threads / 4));
    const stripe = Math.max(1, Math.floor(STRIPE / cols));
    for (let begin = 0; begin < count; begin += stripe) {
      const end = Math.min(count, begin + stripe);
      const args = [slot.set.input, cols, begin, end, BEGIN, END, least, greatest] as const;
      await this.#engine.tiles({ kernel: 'columnBoundsF32', args }, 0, cols, { signal, grain, brief: true });
    }
  }

  /** Compute the offsets. @returns whether any of them is not zero */
  settle(): boolean {
    const { space, least, greatest, offsets } = this.#layout;
    const low = this.#engine.floats('f4', least, space.cols);
    const high = this.#engine.floats('f4', greatest, space.cols);
    const out = this.#engine.floats('f4', offsets, space.cols);
    for (let c = 0; c < out.length; c++) out[c] = offsetOf(low[c], high[c]);
    return out.some((offset) => offset !== 0);
  }
}

/** Subtract the offsets from the first `count` rows of a set, before the rows are prepared. */
export async function centreRows(
  engine: Engine,
  { space, offsets }: KMeansLayout,
  set: RowSet,
  count: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = [set.input, space.cols, offsets, BEGIN, END] as const;
  await engine.tiles({ kernel: 'shiftRowsF32', args }, 0, count, { signal });
}

/** Rows with the offsets added, or subtracted if `sign` is -1, in float64. */
export function shifted(
  engine: Engine,
  { space, offsets }: KMeansLayout,
  data: FloatArray,
  sign: 1 | -1,
): Float64Array {
  const by = engine.floats('f4', offsets, space.cols);
  return Float64Array.from(data, (x, i) => x + sign * by[i % space.cols]);
}
