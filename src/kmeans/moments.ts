import { kernelFor } from '../distance/element-types.ts';
import { BEGIN, END, type Engine, type TileCall } from '../runtime/engine.ts';
import type { KMeansLayout } from './layout.ts';
import type { Block } from './lloyd.ts';

/** Sums over rows for the variance of each column, relative to the first row to avoid cancellation. */
export class Moments {
  readonly engine: Engine;
  readonly layout: KMeansLayout;
  rows = 0;

  constructor(engine: Engine, layout: KMeansLayout) {
    this.engine = engine;
    this.layout = layout;
    engine.f64(layout.moments, 2 * layout.space.cols).fill(0);
  }

  async add({ slot, count }: Block, signal?: AbortSignal, onDone?: (rows: number) => void): Promise<void> {
    const { engine, layout } = this;
    const { cols, input } = layout.space;
    if (this.rows === 0 && count > 0) {
      engine.f64(layout.shift, cols).set(engine.floats(input, slot.set.rows, cols));
    }
    this.rows += count;
    const args = [slot.set.rows, cols, BEGIN, END, layout.shift, layout.moments] as const;
    // Sums are added row by row: on one thread, whatever the number of threads.
    const kernel = kernelFor(input, 'columnMomentsF32', 'columnMomentsF64');
    const call: TileCall = { kernel, args, sequential: true };
    await engine.tiles(call, 0, count, { signal, onDone });
  }
}

/** The mean of the variances of the columns. */
export function columnVariance({ engine, layout, rows }: Moments): number {
  const { cols } = layout.space;
  const sums = engine.f64(layout.moments, 2 * cols);
  let total = 0;
  for (let c = 0; c < cols; c++) {
    const mean = sums[2 * c] / rows;
    total += Math.max(0, sums[2 * c + 1] / rows - mean * mean);
  }
  return total / cols;
}
