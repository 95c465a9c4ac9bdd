/** Plans a two-pass clustering, in rows and bytes, before any work. This is how the memory limit is kept. */

import { BYTES } from '../distance/element-types.ts';
import { createSpace } from '../distance/metric-space.ts';
import type { Metric } from '../distance/metrics.ts';
import { amend, formatEnough, MemoryLimitError, rangeError } from '../errors.ts';
import type { Method } from '../hierarchy/linkage/methods.ts';
import { planAssign } from '../model/assign-plan.ts';
import type { Shape } from '../model/source.ts';
import { HELD_BYTES } from '../model/tree-labels.ts';
import { mostFitting } from '../runtime/fitting.ts';
import { ADDRESSABLE_BYTES } from '../runtime/memory/limits.ts';
import { fits, requestBytes } from '../runtime/memory-request.ts';
import { checkOneOf, checkWhole, wrongType } from '../support/checks.ts';
import { largestSample, planFit, usualSample } from './fit-plan.ts';
import { type Settled, settle, type TwoPassOptions } from './options.ts';

export interface Plan {
  /**
   * 'stride': every stride-th row; 'random': random rows, all equally likely; 'reservoir': random rows drawn in one pass over
   * data of unknown length.
   */
  strategy: 'stride' | 'random' | 'reservoir';
  /** Number of rows of the data, if known. */
  rows: number | undefined;
  /** Number of rows in the sample; if the number of rows of the data is unknown, the most there can be. */
  sample: number;
  /** Every stride-th row is in the sample; undefined if rows are random. */
  stride: number | undefined;
  chunkRows: number;
  method: Method;
  metric: Metric;
  /**
   * Whether the tree of the sample is built from the matrix of its distances, or in linear memory, as single linkage always is.
   * Where both are possible, they break ties differently (Strategy).
   */
  tree: 'matrix' | 'linear';
  bytes: {
    /** Linear memory and host buffers of the first pass. */
    fit: number;
    /** The same for the second pass. */
    assign: number;
    /** The larger of the two: the memory of the run. */
    peak: number;
    limit: number;
  };
}

/** A limit that is enough for clustering two rows. It is searched, since chunks grow with the limit. */
function leastBytes(settled: Settled, shape: Shape): number {
  let { limit } = settled;
  for (;;) {
    const { linearBytes, hostBytes = 0 } = planFit({ ...settled, limit }, shape, 2).request;
    if (linearBytes + hostBytes <= limit) return limit;
    limit = Math.ceil(Math.max(limit * 1.01, linearBytes + hostBytes));
  }
}

/**
 * Decide on the sample.
 * @throws MemoryLimitError that says what would fit, RangeError if there are too few rows
 */
export function makePlan(settled: Settled, shape: Shape): Plan {
  const { cut, method, metric, limit } = settled;
  const { rows, cols, dtype, name = 'the data', preparation } = shape;
  if (preparation && metric === 'rmsd') {
    throw rangeError(`${name}: rmsd compares positions of atoms; rows for it cannot be prepared`);
  }
  try {
    createSpace(metric, cols, dtype);
  } catch (error) {
    throw amend(error, `${name}: `);
  }
  if (rows !== undefined && rows < 2) {
    throw rangeError(`${name}: clustering needs at least two rows, got ${rows}`);
  }
  const most = largestSample(settled, shape);
  let stride = settled.stride;
  let sample: number;
  let strategy: Plan['strategy'];
  if (stride !== undefined) {
    if (rows !== undefined && stride >= rows) {
      throw rangeError(
        `${name}: stride ${stride} selects only one of ${rows} rows, but clustering needs at least two; use a stride of at most ${rows - 1}`,
      );
    }
    strategy = 'stride';
    sample = rows === undefined ? most : Math.ceil(rows / stride);
  } else {
    // Random rows, not every n-th: in periodic data, every n-th row may always have the same phase.
    sample = settled.sample ?? Math.max(2, usualSample(settled, shape));
    strategy = rows === undefined ? 'reservoir' : 'random';
    if (rows !== undefined && sample >= rows) {
      sample = rows;
      strategy = 'stride';
      stride = 1;
    }
  }
  const { request, layout } = planFit(settled, shape, Math.max(2, sample));
  const fitBytes = requestBytes(request);
  if (most < 2 || !fits(request)) {
    const over = fitBytes > limit;
    // With the chunkRows that were asked for.
    const fitting = mostFitting(sample, (n) => n < 2 || fits(planFit(settled, shape, n).request));
    throw new MemoryLimitError(
      `${name}: clustering a sample of ${sample} rows of ${cols} columns`,
      over ? fitBytes : request.linearBytes,
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
    request.linearBytes,
  );
  const assignBytes = requestBytes(second.request);
  return {
    strategy,
    rows,
    sample,
    stride,
    chunkRows: second.chunkRows,
    method,
    metric,
    tree: layout.tree.way === 'linear' || layout.tree.way === 'stripes' ? 'linear' : 'matrix',
    bytes: { fit: fitBytes, assign: assignBytes, peak: Math.max(fitBytes, assignBytes), limit },
  };
}

/**
 * Return what `twoPass` would do with data of this shape: sample, stride and bytes, without doing any work.
 *
 * @param shape a source, or the number of rows (if known), the number of columns and the element type
 * @throws MemoryLimitError that says what would fit; TypeError, RangeError for invalid options
 */
export function plan(shape: Shape, options: TwoPassOptions): Plan {
  if (typeof shape !== 'object' || shape === null) {
    throw wrongType('shape', 'a Source or {rows, cols, dtype}', shape);
  }
  const { rows, cols, dtype = 'f4' } = shape;
  checkWhole(cols, 'shape.cols', 1);
  if (rows !== undefined) checkWhole(rows, 'shape.rows', 0);
  checkOneOf(dtype, 'shape.dtype', ['f4', 'f8']);
  const { name, overheadBytes, preparation } = shape;
  return makePlan(settle(options), { rows, cols, dtype, name, overheadBytes, preparation });
}
