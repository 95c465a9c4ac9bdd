/** What a two-pass clustering would do, in rows and bytes, before any work: that is how a memory limit is kept. */

import { BYTES } from '../distance/element-types.ts';
import { createSpace } from '../distance/metric-space.ts';
import type { Metric } from '../distance/metrics.ts';
import { formatEnough, MemoryLimitError, rangeError, typeError } from '../errors.ts';
import type { Method } from '../hierarchy/linkage/methods.ts';
import { planAssign } from '../model/assign-plan.ts';
import type { Shape } from '../model/source.ts';
import { HELD_BYTES } from '../model/tree-labels.ts';
import { mostFitting } from '../runtime/fitting.ts';
import { ADDRESSABLE_BYTES } from '../runtime/memory/limits.ts';
import { demandBytes, fits } from '../runtime/memory-request.ts';
import { whole } from '../support/checks.ts';
import { describe } from '../support/describe.ts';
import { largestSample, planFit, usualSample } from './fit-plan.ts';
import { type Settled, settle, type TwoPassOptions } from './options.ts';

export interface Plan {
  /**
   * 'stride': every stride-th row; 'random': rows drawn, each as likely as any other; 'reservoir': the same in one
   * reading of data whose length is not known.
   */
  strategy: 'stride' | 'random' | 'reservoir';
  /** Rows of the data, where known. */
  rows: number | undefined;
  /** Rows in the sample; the most there can be where the number of rows is not known. */
  sample: number;
  /** Every which row is taken; undefined where rows are drawn at random. */
  stride: number | undefined;
  chunkRows: number;
  method: Method;
  metric: Metric;
  /**
   * Whether the tree of the sample is made from the matrix of its distances, or in linear memory; they break ties in
   * different ways (Strategy).
   */
  tree: 'matrix' | 'linear';
  bytes: {
    /** Linear memory and the host's buffers of the first pass, */
    fit: number;
    /** of the second, */
    assign: number;
    /** and the larger of them, which is what the run takes. */
    peak: number;
    limit: number;
  };
}

/** A limit within which two rows are clustered: with more room, chunks grow. */
function leastBytes(settled: Settled, shape: Shape): number {
  let { limit } = settled;
  for (;;) {
    const { linearBytes, hostBytes = 0 } = planFit({ ...settled, limit }, shape, 2).demand;
    if (linearBytes + hostBytes <= limit) return limit;
    limit = Math.ceil(Math.max(limit * 1.01, linearBytes + hostBytes));
  }
}

/**
 * Settle the sample.
 * @throws MemoryLimitError that says what would fit, RangeError where the data are too few
 */
export function makePlan(settled: Settled, shape: Shape): Plan {
  const { cut, method, metric, limit } = settled;
  const { rows, cols, dtype, name = 'the data' } = shape;
  try {
    createSpace(metric, cols, dtype);
  } catch (error) {
    (error as Error).message = `${name}: ${(error as Error).message}`;
    throw error;
  }
  if (rows !== undefined && rows < 2) {
    throw rangeError(
      `${name}: clustering needs at least two rows, there ${rows === 1 ? 'is 1' : `are ${rows}`}`,
    );
  }
  const most = largestSample(settled, shape);
  let stride = settled.stride;
  let sample: number;
  let strategy: Plan['strategy'];
  if (stride !== undefined) {
    if (rows !== undefined && stride >= rows) {
      throw rangeError(
        `${name}: stride ${stride} leaves one row of the ${rows} there are; clustering needs at least two, so a stride of at most ${rows - 1}`,
      );
    }
    strategy = 'stride';
    sample = rows === undefined ? most : Math.ceil(rows / stride);
  } else {
    // Drawn, not every n-th: data with a period would show the same phase over and over.
    sample = settled.sample ?? Math.max(2, usualSample(settled, shape));
    strategy = rows === undefined ? 'reservoir' : 'random';
    if (rows !== undefined && sample >= rows) {
      sample = rows;
      strategy = 'stride';
      stride = 1;
    }
  }
  const { demand, place } = planFit(settled, shape, Math.max(2, sample));
  const fitBytes = demandBytes(demand);
  if (most < 2 || !fits(demand)) {
    const over = fitBytes > limit;
    // With the chunks that were asked for, too.
    const fitting = mostFitting(sample, (n) => n < 2 || fits(planFit(settled, shape, n).demand));
    throw new MemoryLimitError(
      `${name}: clustering a sample of ${sample} rows of ${cols} columns`,
      over ? fitBytes : demand.linearBytes,
      over ? limit : ADDRESSABLE_BYTES,
      fitting < 2
        ? `not even two rows fit; the least is ${formatEnough(leastBytes(settled, shape))}`
        : rows === undefined
          ? `a sample of ${fitting} rows would fit`
          : `a sample of ${fitting} rows would fit, that is a stride of ${Math.ceil(rows / fitting)}`,
    );
  }
  if (typeof cut === 'number' && cut > sample) {
    throw rangeError(
      `${name}: clusters must be at most the number of rows that are clustered, got ${cut} clusters for ${sample} rows` +
        (sample === rows ? '' : ' in the sample'),
    );
  }
  const leaderRows = settled.perCluster * (typeof cut === 'number' ? cut : Math.min(sample, 1000));
  const second = planAssign(
    shape,
    { rows: Math.min(sample, leaderRows), element: dtype, metric },
    limit,
    settled.chunkRows,
    settled.threads,
    sample * (HELD_BYTES + (settled.keepSample ? cols * BYTES[dtype] : 0)),
    demand.linearBytes,
  );
  const assignBytes = demandBytes(second.demand);
  return {
    strategy,
    rows,
    sample,
    stride,
    chunkRows: second.chunkRows,
    method,
    metric,
    tree: place.linear ? 'linear' : 'matrix',
    bytes: { fit: fitBytes, assign: assignBytes, peak: Math.max(fitBytes, assignBytes), limit },
  };
}

/**
 * What `twoPass` would do with data of this shape: sample, stride and bytes, before any work.
 *
 * @param shape a source, or the number of rows (if known) and columns and the element type
 * @throws MemoryLimitError that says what would fit; TypeError, RangeError for options that cannot be
 */
export function plan(shape: Shape, options: TwoPassOptions): Plan {
  if (typeof shape !== 'object' || shape === null) {
    throw typeError(`shape must be a Source or {rows, cols, dtype}, got ${describe(shape)}`);
  }
  const { rows, cols, dtype = 'f4' } = shape;
  whole(cols, 'shape.cols', 1);
  if (rows !== undefined) whole(rows, 'shape.rows', 0);
  if (dtype !== 'f4' && dtype !== 'f8') {
    throw typeError(`shape.dtype must be 'f4' or 'f8', got ${describe(dtype)}`);
  }
  const { name, overheadBytes } = shape;
  return makePlan(settle(options), { rows, cols, dtype, name, overheadBytes });
}
