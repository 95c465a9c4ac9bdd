import { kernelFor } from '../distance/element-types.ts';
import { prepareRows } from '../distance/space.ts';
import { MemoryLimitError, rangeError } from '../errors.ts';
import { type Cut, checkCut } from '../hierarchy/cut.ts';
import { cutSteps } from '../hierarchy/fcluster.ts';
import { inWords } from '../hierarchy/linkage/errors.ts';
import { growTree } from '../hierarchy/linkage/tree.ts';
import { advice } from '../messages.ts';
import { type Assignment, type AssignOptions, assignHeld } from '../model/assign.ts';
import { type Model, makeModel } from '../model/model.ts';
import { asSourceSteps, inputsOf } from '../model/source.ts';
import { HELD_BYTES, withTreeLabels } from '../model/tree-labels.ts';
import { BEGIN, END, type Engine } from '../runtime/engine.ts';
import { withEngine } from '../runtime/lease.ts';
import { DEFAULT_LIMIT } from '../runtime/memory/limits.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import { allocate } from '../support/allocate.ts';
import { drive, type Steps, yieldInPage } from '../support/scheduling.ts';
import { driveReading } from '../support/vectors.ts';
import type { Matrix, Run, Source, Vectors, Z } from '../types.ts';
import {
  type FitLayout,
  fitChunkRows,
  type LeaderLayout,
  planFit,
  planRecut,
  profileSpace,
  readRows,
} from './fit-plan.ts';
import { agreementOf, pickLeaders } from './leaders.ts';
import { type Settled, settle, settleLeaders, type TwoPassOptions } from './options.ts';
import { makePlan, type Plan } from './plan.ts';
import { readSample } from './sample.ts';

type Parts = Pick<
  TwoPass,
  'model' | 'linkage' | 'sampleLabels' | 'sampleRows' | 'leaderRows' | 'agreement' | 'plan' | 'sample'
> & {
  /** Linear memory of the first pass. */
  keptBytes: number;
};

/** If less of the sample's rows are nearest to a leader of their own cluster, a warning advises more leaders. */
const LOW_AGREEMENT = 0.9;

/** The result of the first pass. */
export class TwoPass {
  readonly model: Model;
  /** The tree of the sample, SciPy's Z. */
  readonly linkage: Z;
  /** The cluster of each row of the sample, from 1. */
  readonly sampleLabels: Int32Array;
  /** The row of the data of each row of the sample. */
  readonly sampleRows: Float64Array;
  /** The row of the data of each leader; -1 for a centroid, which is not a row. */
  readonly leaderRows: Float64Array;
  /**
   * How well the leaders represent the tree: the fraction of the sample's rows whose nearest leader belongs to their own
   * cluster. Other rows of the data are expected to behave alike.
   */
  readonly agreement: number;
  /** The plan of the run. */
  readonly plan: Plan;
  /** The rows of the sample, if `keepSample` was set. */
  readonly sample: Matrix | undefined;
  readonly #source: Source;
  readonly #settled: Settled;
  readonly #keptBytes: number;
  readonly #options: AssignOptions & Pick<Run, 'seed'>;

  constructor(parts: Parts, source: Source, settled: Settled, options: AssignOptions & Pick<Run, 'seed'>) {
    this.model = parts.model;
    this.linkage = parts.linkage;
    this.sampleLabels = parts.sampleLabels;
    this.sampleRows = parts.sampleRows;
    this.leaderRows = parts.leaderRows;
    this.agreement = parts.agreement;
    this.plan = parts.plan;
    this.sample = parts.sample;
    this.#source = source;
    this.#settled = settled;
    this.#keptBytes = parts.keptBytes;
    this.#options = options;
  }

  /**
   * Cut the tree of the sample again, with other clusters or leaders. The result is what `twoPass` would have returned with these
   * options. The data are not read again.
   *
   * @param clusters how to cut, as for `twoPass`
   * @param options `leaders`, and those of any run; they default to the fit's
   * @throws RangeError if the sample was not kept (`keepSample`) or has fewer rows than clusters; the signal's reason
   */
  async recut(clusters: Cut, options: Run & Pick<TwoPassOptions, 'leaders'> = {}): Promise<TwoPass> {
    const { sample, linkage } = this;
    if (!sample) throw rangeError('recut needs the rows of the sample; pass keepSample: true to twoPass');
    checkCut(clusters);
    const { leaders, ...run } = options;
    const settledCut = { ...this.#settled, ...(leaders && settleLeaders(leaders)), cut: clusters };
    checkCount(settledCut, sample.rows, this.#source.name ?? 'the data');
    const again = { ...this.#options, ...run };
    const state = readRun(again, DEFAULT_LIMIT);
    const { limit, threads } = state;
    const settled = { ...settledCut, limit, threads };
    const { rows: total } = this.#source;
    const element = sample.data instanceof Float32Array ? 'f4' : 'f8';
    const { layout, request } = planRecut(settled, sample.cols, element, sample.rows);
    return withEngine(request, state, async (engine) => {
      await engine.write(layout.sample.input, sample.data, state.signal);
      const cut = await cutAndPick(engine, layout, linkage, this.sampleRows, settled, state, total);
      const { plan, sampleRows } = this;
      const keptBytes = this.#keptBytes;
      return new TwoPass(
        { ...cut, linkage, sampleRows, plan, sample, keptBytes },
        this.#source,
        settled,
        again,
      );
    });
  }

  /**
   * The second pass as a stream: the labels of all rows, chunk by chunk, in order. Options default to those of the fit.
   *
   * Rows of the sample have the label of the tree. All others have that of their nearest leader; with `relabel`, so have the rows
   * of the sample. `nearest` and `distances` always refer to the nearest leader.
   */
  assign(options: AssignOptions = {}): AsyncGenerator<Assignment, void, undefined> {
    const { sampleRows: rows, sampleLabels: labels } = this;
    const heldBytes = rows.length * HELD_BYTES + (this.sample?.data.byteLength ?? 0);
    const all = { ...this.#options, ...options };
    const parts = assignHeld(this.#source, this.model, all, heldBytes, this.#keptBytes);
    return this.#settled.relabel ? parts : withTreeLabels(parts, { rows, labels }, this.#source.name);
  }

  /**
   * The second pass at once: the label of every row, as from `assign`.
   * @throws MemoryLimitError if the labels do not fit in memory; use `assign` then
   */
  async labels(options: AssignOptions = {}): Promise<Int32Array> {
    const { memoryLimit } = { ...this.#options, ...options };
    const { limit } = readRun({ memoryLimit }, DEFAULT_LIMIT);
    const room = limit - this.plan.bytes.assign;
    const check = (rows: number) => {
      if (rows * 4 > room) {
        const needed = rows * 4 + this.plan.bytes.assign;
        throw new MemoryLimitError(
          `the labels of ${rows} rows at once`,
          needed,
          limit,
          advice('assign', 'stream them with assign()'),
        );
      }
    };
    if (this.#source.rows !== undefined) check(this.#source.rows);
    let out = allocate(Int32Array, this.#source.rows ?? 1024);
    let count = 0;
    for await (const { labels } of this.assign(options)) {
      if (count + labels.length > out.length) {
        // While the array grows, the old and the new one exist.
        check(3 * out.length);
        const grown = allocate(Int32Array, Math.max(2 * out.length, count + labels.length));
        grown.set(out);
        out = grown;
      }
      out.set(labels, count);
      count += labels.length;
    }
    return count === out.length ? out : out.slice(0, count);
  }
}

/** Grow the tree of the sample, which is in linear memory. */
async function buildTree(
  engine: Engine,
  layout: FitLayout,
  { method, metric }: Settled,
  n: number,
  run: RunState,
): Promise<Z> {
  const { space, rowSpace, squared, sample, scratch, profiles, tree } = layout;
  const { signal } = run;
  await prepareRows(engine, rowSpace, sample, n, signal);
  const rows = { method, metric, n, squared, scratch, prepared: true };
  if (!profiles) return growTree(engine, tree, { ...rows, space: rowSpace, set: sample }, run);
  const { distances, set } = profiles;
  const total = (n * (n - 1)) / 2;
  await engine.tiles(rowSpace.pairwise(sample, n, scratch, distances), 0, n - 1, {
    signal,
    onDone: (row) => run.progress({ phase: 'distances', done: (row * (2 * n - row - 1)) / 2, total }),
  });
  const treeSpace = profileSpace(space, n, squared);
  const kernel = kernelFor(space.output, 'expandSquareF32', 'expandSquareF64');
  const args = [distances, n, BEGIN, END, set.input] as const;
  await engine.tiles({ kernel, args }, 0, n, { signal });
  await prepareRows(engine, treeSpace, set, n, signal);
  return growTree(engine, tree, { ...rows, space: treeSpace, set, phase: 'profiles' }, run);
}

function* cutTree(Z: Z, { cut }: Settled, run: RunState): Steps<Int32Array> {
  if (typeof cut !== 'number') {
    return 'distance' in cut
      ? yield* cutSteps(Z, cut.distance, { criterion: 'distance' })
      : yield* cutSteps(Z, cut.inconsistent, { criterion: 'inconsistent', depth: cut.depth ?? 2 });
  }
  const labels = yield* cutSteps(Z, cut, { criterion: 'maxclust' });
  let found = 0;
  for (const label of labels) if (label > found) found = label;
  if (found < cut) {
    run.warn({
      code: 'FEWER_CLUSTERS',
      message: `${found} clusters instead of ${cut}: merges of equal height cannot be separated by a cut`,
    });
  }
  return labels;
}

/** Cut the tree, and pick leaders from the sample in linear memory. */
async function cutAndPick(
  engine: Engine,
  layout: LeaderLayout,
  Z: Z,
  sampleRows: Float64Array,
  settled: Settled,
  run: RunState,
  total: number | undefined,
): Promise<Pick<TwoPass, 'model' | 'sampleLabels' | 'leaderRows' | 'agreement'>> {
  const n = sampleRows.length;
  const sampleLabels = await drive(cutTree(Z, settled, run), run.signal);
  const picked = await pickLeaders(engine, layout, n, Z, sampleLabels, settled, run);
  const { leaders, labels, places } = picked;
  const agreement = await agreementOf(engine, layout, sampleLabels, picked, run.signal);
  // If the tree contains all rows, no row is labelled by leaders.
  if (agreement < LOW_AGREEMENT && (settled.relabel || n !== total)) {
    const { lowAgreement } = await import('./messages.ts');
    run.warn(lowAgreement(agreement, settled.perCluster));
  }
  return {
    model: makeModel({ leaders, labels, metric: settled.metric, preparation: settled.preparation }),
    sampleLabels,
    leaderRows: Float64Array.from(places, (at) => (at < 0 ? -1 : sampleRows[at])),
    agreement,
  };
}

/** @throws RangeError if there are fewer rows than clusters */
function checkCount({ cut }: Settled, n: number, name: string): void {
  if (typeof cut !== 'number' || cut <= n) return;
  throw rangeError(
    `${name}: clusters must be at most the number of rows that are clustered, got ${cut} clusters for ${n} rows`,
  );
}

/**
 * Cluster data that do not fit in memory. A tree is built over a sample, cut into clusters, and each cluster gets a few leaders.
 * Then every other row is assigned to its nearest leader (`assign` or `labels` of the result).
 *
 * @param source rows to read in chunks (`open`, `fromArray`, `fromIterable`), or vectors in memory
 * @param options at least {clusters}; the sample consists of every `stride`-th row, or of `sample` random rows, or of as many
 *   random rows as memoryLimit (default 1 GiB) allows and take a few seconds
 * @throws MemoryLimitError before any work, with what would fit; RangeError and TypeError for invalid options; BadRowError
 *   with the row; FormatError of the source; the signal's reason
 *
 * Memory: O(sample²), or O(sample) if the tree needs no matrix (`strategy`). It does not grow with the data.
 * Source: MDTraj's example "two-pass clustering".
 */
export async function twoPass(source: Source | Vectors, options: TwoPassOptions): Promise<TwoPass> {
  const settled = settle(options);
  const run = readRun(options, DEFAULT_LIMIT);
  const input = await driveReading(source, (it) => asSourceSteps(it), run.signal);
  settled.preparation = input.preparation;
  // Code is slow when it first runs. So checking options and planning are separate turns of a page's event loop.
  await yieldInPage();
  const plan = makePlan(settled, input);
  await yieldInPage();
  const planned = planFit(settled, input, plan.sample);
  await yieldInPage();
  return withEngine(planned.request, { ...run, inputs: inputsOf(input) }, async (engine) => {
    let { layout } = planned;
    const chunkRows = readRows(fitChunkRows(settled, input), input);
    const sample = await readSample({
      ...{ engine, space: layout.space, ptr: layout.sample.input, source: input, plan },
      ...{ chunkRows, badRows: settled.badRows, run },
    });
    const n = sample.rows.length;
    checkCount(settled, n, input.name ?? 'the data');
    if (n < plan.sample) {
      // The source had fewer rows than were planned for: plan again with their number.
      const { layout: smaller, request } = planFit(settled, input, n);
      if (smaller.sample.input !== layout.sample.input)
        throw new Error('the sample is not where it is planned');
      engine.reserve(request.linearBytes);
      if (request.kernels) await engine.add(request.kernels);
      layout = smaller;
    }
    const { advise } = await import('../model/advice.ts');
    const values = engine.floats(input.dtype, layout.sample.input, n * layout.space.cols);
    const how = { metric: settled.metric, explicit: options.metric !== undefined };
    advise(input, how, values, sample.rows, run.warn)();
    const Z = await buildTree(engine, layout, settled, n, run).catch(async (error) => {
      // The tree knows rows of the sample alone.
      const { metric } = settled;
      const of = input.name ?? 'the data';
      throw await inWords(error, ({ pair: [i, j] }) => ({
        pair: [sample.rows[i], sample.rows[j]],
        of,
        metric,
      }));
    });
    const cut = await cutAndPick(engine, layout, Z, sample.rows, settled, run, input.rows);
    const { signal, onProgress, onWarning, memoryLimit, threads, seed } = options;
    const again = { signal, onProgress, onWarning, memoryLimit: memoryLimit ?? DEFAULT_LIMIT, threads, seed };
    const { cols } = layout.space;
    const kept = settled.keepSample
      ? { data: engine.floats(input.dtype, layout.sample.input, n * cols).slice(), rows: n, cols }
      : undefined;
    return new TwoPass(
      {
        ...{ ...cut, linkage: Z, sampleRows: sample.rows, plan: { ...plan, sample: n }, sample: kept },
        keptBytes: engine.size,
      },
      input,
      settled,
      { ...again, chunkRows: settled.chunkRows, onBadRow: settled.badRows },
    );
  });
}
