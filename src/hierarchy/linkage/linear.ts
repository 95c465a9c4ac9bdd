/**
 * Linkage with strategy 'linear' (memory grows linearly with the rows): for methods whose distances between clusters
 * can be computed from their means, sizes and spreads, so that no distance is kept. assembly/linkage/linear/rounds.ts
 * describes the algorithm. This file and its kernels are loaded by the first call that needs them.
 */

import type { Element } from '../../distance/element-types.ts';
import type { Metric } from '../../distance/metrics.ts';
import { rangeError } from '../../errors.ts';
import { BEGIN, END, type Engine, SCRATCH, type TileCall } from '../../runtime/engine.ts';
import { NOT_FINITE, OK, PAUSED } from '../../runtime/kernels/constants.ts';
import * as TABLE from '../../runtime/kernels/linear-table.ts';
import { drive, inSteps } from '../../support/scheduling.ts';
import type { CoppiceWarning, FloatArray, Z } from '../../types.ts';
import { DistanceError } from './errors.ts';
import { labelSteps } from './label.ts';
import { type LinearLayout, UNIT_METRICS } from './linear-layout.ts';
import { METHOD_FACTS, METHODS, type Method, needsUnitLength } from './methods.ts';

/** Number of rows whose median is the center. */
const CENTER_ROWS = 255;
/** The number of steps of linkageLinearAdvance. It has no real bound: the kernel stops by itself. */
const ENDLESS = 2 ** 30;

interface LinearOptions {
  method: Method;
  metric: Metric;
  element: Element;
  n: number;
  cols: number;
  /** Weights of the columns, for metrics of rows of length 1. */
  weights: Float64Array | undefined;
  /** Whether rows already have length 1, if the metric needs that. */
  prepared: boolean;
  signal: AbortSignal | undefined;
  warn(warning: CoppiceWarning): void;
  /** Called with the number of pairs that the first search has compared. */
  onSearched(done: number): void;
  onMerged(done: number): void;
}

/** Write the median of each column, taken over at most CENTER_ROWS rows. Outliers do not move it. */
async function writeCenter(
  engine: Engine,
  { [TABLE.INPUT]: input, [TABLE.CENTER]: center }: LinearLayout['regions'],
  { element, n, cols, signal }: LinearOptions,
): Promise<void> {
  const count = Math.min(n, CENTER_ROWS);
  const column = new Float64Array(count);
  await inSteps(cols, 16, signal, (begin, end) => {
    const rows = engine.floats(element, input, n * cols);
    const medians = engine.f64(center, cols);
    for (let k = begin; k < end; k++) {
      for (let i = 0; i < count; i++) column[i] = rows[Math.floor((i * n) / count) * cols + k];
      medians[k] = column.sort()[count >> 1];
    }
  });
}

/** Scale the rows to length 1, in place. */
async function normalize(
  engine: Engine,
  { regions: { [TABLE.INPUT]: input }, weights: weightsPtr }: LinearLayout,
  { metric, element, n, cols, weights, signal }: LinearOptions,
): Promise<void> {
  if (weights) engine.f64(weightsPtr, cols).set(weights);
  const wide = element === 'f8' ? 1 : 0;
  const sum = weights ? weights.reduce((a, b) => a + b, 0) : cols;
  const center = metric === 'correlation' ? 1 : 0;
  const weightsAt = weights ? weightsPtr : 0;
  const args = [input, wide, cols, BEGIN, END, center, weightsAt, sum, input, wide] as const;
  await engine.tiles({ kernel: 'normalizeRows', args }, 0, n, { signal });
}

/** @throws RangeError if a row could not be scaled to length 1, so that it has no distance to any other row */
function checkLengths(rows: FloatArray, n: number, cols: number): void {
  for (let i = 0; i < n; i++) {
    // All elements of this row are NaN.
    if (Number.isNaN(rows[i * cols])) {
      throw new DistanceError({ pair: [0, Math.max(1, i)], value: Number.NaN });
    }
  }
}

/** The error for distances between clusters that overflow float64. */
function tooFar(): RangeError {
  return rangeError('a distance between merged clusters is beyond float64; scale the data down');
}

/**
 * Merge n rows into one cluster. The rows are at place.regions[INPUT] and finite.
 * @returns SciPy's Z
 */
export async function mergeLinear(engine: Engine, layout: LinearLayout, options: LinearOptions): Promise<Z> {
  const { method, metric, element, n, cols, signal, onSearched, onMerged } = options;
  const { kernels } = engine;
  const { table, regions, scratch } = layout;
  const words = () => new Uint32Array(engine.memory.buffer, table, TABLE.TABLE_BYTES / 4);
  const numbers = () => engine.f64(table, TABLE.TABLE_BYTES / 8);
  const unit = UNIT_METRICS.includes(metric);
  if (needsUnitLength(method, metric)) {
    const how = metric === 'cosine' ? 'brought' : 'centred and brought';
    const message = `${method} over ${metric}: rows are ${how} to length 1, and heights are Euclidean`;
    options.warn({ code: 'UNIT_LENGTH', message });
  }
  if (unit) {
    if (!options.prepared) await normalize(engine, layout, options);
    checkLengths(engine.floats(element, regions[TABLE.INPUT], n * cols), n, cols);
  }
  const settings = {
    [TABLE.ROWS]: n,
    [TABLE.COLS]: cols,
    [TABLE.WIDE]: element === 'f8' ? 1 : 0,
    [TABLE.METHOD]: METHODS.indexOf(method),
    ...regions,
  };
  for (const [word, value] of Object.entries(settings)) words()[Number(word) / 4] = value;
  await writeCenter(engine, regions, options);
  numbers()[TABLE.EXTENT / 8] = 0;
  kernels.linkageLinearInit(table);
  const steps = [table, BEGIN, END] as const;
  await engine.tiles({ kernel: 'linkageLinearDistinct', args: steps, sequential: true }, 0, n, { signal });
  await engine.tiles({ kernel: 'linkageLinearExtent', args: steps, sequential: true }, 0, n, { signal });
  const extent = numbers()[TABLE.EXTENT / 8];
  if (!Number.isFinite(extent)) throw tooFar();
  // With these bounds, no square of a difference overflows float32, even after it is multiplied.
  // The exponent is taken from the bits: Math.log2 rounds.
  const exponent = extent > 0 ? (new Uint32Array(Float64Array.of(extent).buffer)[1] >>> 20) - 1023 : 0;
  numbers()[TABLE.SCALE / 8] = 2 ** Math.max(-400, Math.min(400, 30 - exponent));
  await engine.tiles({ kernel: 'linkageLinearPlaces', args: steps, sequential: true }, 0, n, { signal });

  const searchArgs = [table, BEGIN, END, SCRATCH] as const;
  const search: TileCall = { kernel: 'linkageLinearSearch', args: searchArgs, scratch };
  const { squared, inversions = false } = METHOD_FACTS[method];
  const kernel = inversions ? 'linkageLinearCentroid' : 'linkageLinearAdvance';
  const advance: TileCall = { kernel, args: searchArgs, scratch, sequential: true };
  let status = OK;
  let first = true;
  const live = words()[TABLE.LIVE / 4];
  // The first search takes by far the longest. For progress it counts as all n(n-1)/2 pairs.
  const share = (n * (n - 1)) / 2 / Math.max(1, live);
  while (status === OK && words()[TABLE.LIVE / 4] > 1) {
    const wanted = words()[TABLE.WANTED / 4];
    if (wanted > 0) {
      const onDone = first ? (done: number) => onSearched(Math.floor(done * share)) : undefined;
      status = await engine.tiles(search, 0, wanted, { signal, onDone });
      if (status !== OK) break;
      words()[TABLE.WANTED / 4] = 0;
    }
    if (first) {
      onSearched((n * (n - 1)) / 2);
      if (inversions) kernels.linkageLinearCentroidInit(table);
      first = false;
    }
    words()[TABLE.PHASE / 4] = 0;
    status = await engine.tiles(advance, 0, ENDLESS, {
      signal,
      grain: 1,
      onDone: () => onMerged(words()[TABLE.MERGED / 4]),
    });
    onMerged(words()[TABLE.MERGED / 4]);
    if (status === PAUSED) status = OK;
  }
  if (status === NOT_FINITE) throw tooFar();
  onMerged(n - 1);
  const merges = engine.f64(regions[TABLE.MERGES], (n - 1) * 4).slice();
  for (let k = 2; k < merges.length; k += 4) {
    merges[k] = squared ? Math.sqrt(merges[k]) : unit ? merges[k] / 2 : merges[k];
  }
  // If heights may fall, merges stay in their order.
  return drive(labelSteps(merges, n, inversions), signal);
}
