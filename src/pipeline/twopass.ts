import { SUFFIX } from '../distance/space.ts';
import { MemoryLimitError, rangeError } from '../errors.ts';
import { fcluster } from '../hierarchy/fcluster.ts';
import { mergeCondensed } from '../hierarchy/merging.ts';
import { type Argument, BEGIN, breathe, END, type Engine, withEngine } from '../runtime/engine.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import type { Run, Source, Vectors, Z } from '../types.ts';
import { type Assignment, type AssignOptions, assign } from './assign.ts';
import { type FitPlace, fitChunkRows, planFit, profileSpace } from './fitplan.ts';
import { pickLeaders } from './leaders.ts';
import { createModel, type Model } from './model.ts';
import { DEFAULT_LIMIT, type Settled, settle, type TwoPassOptions } from './options.ts';
import { makePlan, type Plan } from './plan.ts';
import { readSample } from './sample.ts';
import { asSource } from './source.ts';

/** What the first pass found. */
export class TwoPass {
  readonly model: Model;
  /** The tree of the sample, SciPy's Z. */
  readonly linkage: Z;
  /** The cluster of each row of the sample, from 1. */
  readonly sampleLabels: Int32Array;
  /** Row of the data that each row of the sample is. */
  readonly sampleRows: Float64Array;
  /** Row of the data that each leader is; -1 for a centroid, which is no row. */
  readonly leaderRows: Float64Array;
  /** What was planned before the work began. */
  readonly plan: Plan;
  readonly #source: Source;
  readonly #options: AssignOptions;

  constructor(
    parts: Pick<TwoPass, 'model' | 'linkage' | 'sampleLabels' | 'sampleRows' | 'leaderRows' | 'plan'>,
    source: Source,
    options: AssignOptions,
  ) {
    this.model = parts.model;
    this.linkage = parts.linkage;
    this.sampleLabels = parts.sampleLabels;
    this.sampleRows = parts.sampleRows;
    this.leaderRows = parts.leaderRows;
    this.plan = parts.plan;
    this.#source = source;
    this.#options = options;
  }

  /** Pass two, streaming: the label of every row, chunk by chunk, in order. Options default to the fit's. */
  assign(options: AssignOptions = {}): AsyncGenerator<Assignment, void, undefined> {
    return assign(this.#source, this.model, { ...this.#options, ...options });
  }

  /**
   * Pass two, at once: the label of every row.
   * @throws MemoryLimitError where the labels themselves do not fit; stream them with `assign` then
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
          'stream them with assign()',
        );
      }
    };
    if (this.#source.rows !== undefined) check(this.#source.rows);
    let out = new Int32Array(this.#source.rows ?? 1024);
    let count = 0;
    for await (const { labels } of this.assign(options)) {
      if (count + labels.length > out.length) {
        // Growing copies: both arrays exist for a moment.
        check(3 * out.length);
        const grown = new Int32Array(Math.max(2 * out.length, count + labels.length));
        grown.set(out);
        out = grown;
      }
      out.set(labels, count);
      count += labels.length;
    }
    return count === out.length ? out : out.slice(0, count);
  }
}

async function buildTree(
  engine: Engine,
  place: FitPlace,
  settled: Settled,
  n: number,
  run: RunState,
): Promise<Z> {
  const { space, rowSpace, squared, sample, scratch, distances, profiles, tree, merging } = place;
  const pairs = (n * (n - 1)) / 2;
  const onDone = (phase: string) => (row: number) =>
    run.progress({ phase, done: (row * (2 * n - row - 1)) / 2, total: pairs });
  const { signal } = run;
  rowSpace.prepare(engine, sample, n);
  await engine.tiles(rowSpace.pairwise(sample, n, scratch, distances), 0, n - 1, {
    signal,
    onDone: onDone('distances'),
  });
  if (profiles) {
    const treeSpace = profileSpace(space, n, squared);
    const args: Argument[] = [distances, n, BEGIN, END, profiles.input];
    await engine.tiles({ kernel: `expandSquare${SUFFIX[space.output]}`, args }, 0, n, { signal });
    treeSpace.prepare(engine, profiles, n);
    await engine.tiles(treeSpace.pairwise(profiles, n, scratch, tree), 0, n - 1, {
      signal,
      onDone: onDone('profiles'),
    });
  }
  return mergeCondensed(engine, merging, {
    method: settled.method,
    element: space.output,
    n,
    distances: tree,
    squared,
    signal,
    onMerged: (done) => run.progress({ phase: 'linkage', done, total: n - 1 }),
  });
}

function cutTree(Z: Z, { cut }: Settled, run: RunState): Int32Array {
  if (typeof cut !== 'number') {
    return 'distance' in cut
      ? fcluster(Z, cut.distance, { criterion: 'distance' })
      : fcluster(Z, cut.inconsistent, { criterion: 'inconsistent', depth: cut.depth ?? 2 });
  }
  const labels = fcluster(Z, cut, { criterion: 'maxclust' });
  const found = labels.reduce((a, b) => Math.max(a, b), 0);
  if (found < cut) {
    run.warn({
      code: 'FEWER_CLUSTERS',
      message: `${found} clusters instead of ${cut}: merges of equal height cannot be cut apart`,
    });
  }
  return labels;
}

/**
 * Cluster data that do not fit in memory: a tree over a sample, cut into clusters, a few leaders for each;
 * then every row goes to its nearest leader (`assign` or `labels` of the result).
 *
 * @param source rows to read in chunks (`open`, `fromArray`, `fromIterable`), or vectors in memory
 * @param options at least {clusters}; the sample is every `stride`-th row, or `sample` rows drawn at random,
 *   or as many as memoryLimit (default 1 GiB) allows, drawn at random
 * @throws MemoryLimitError before any work, saying what would fit; RangeError and TypeError for options that
 *   cannot be; BadRowError naming the row; FormatError of the source; the signal's reason
 *
 * Memory: O(sample²); nothing grows with the data. Source: MDTraj's example "two-pass clustering".
 */
export async function twoPass(source: Source | Vectors, options: TwoPassOptions): Promise<TwoPass> {
  const settled = settle(options);
  const input = asSource(source);
  const run = readRun(options, DEFAULT_LIMIT);
  const plan = makePlan(settled, input);
  const { place, demand } = planFit(settled, input, plan.sample);
  return withEngine(demand, async (engine) => {
    const chunkRows = fitChunkRows(settled, input);
    const sample = await readSample(
      engine,
      place.space,
      place.sample.input,
      input,
      plan,
      chunkRows,
      settled.badRows,
      run,
    );
    const n = sample.rows.length;
    if (typeof settled.cut === 'number' && settled.cut > n) {
      throw rangeError(
        `${input.name ?? 'the data'}: clusters must be at most the number of rows that are clustered, got ${settled.cut} clusters for ${n} rows`,
      );
    }
    // A source of unknown length may have given fewer rows than there is room for.
    const Z = await buildTree(engine, place, settled, n, run);
    await breathe();
    const labels = cutTree(Z, settled, run);
    await breathe();
    const {
      leaders,
      labels: leaderLabels,
      places,
    } = await pickLeaders(engine, place, n, Z, labels, settled, run);
    const { signal, onProgress, onWarning, memoryLimit, threads } = options;
    const again: Run = { signal, onProgress, onWarning, memoryLimit: memoryLimit ?? DEFAULT_LIMIT, threads };
    return new TwoPass(
      {
        model: createModel({ leaders, labels: leaderLabels, metric: settled.metric }),
        linkage: Z,
        sampleLabels: labels,
        sampleRows: sample.rows,
        leaderRows: Float64Array.from(places, (at) => (at < 0 ? -1 : sample.rows[at])),
        plan: { ...plan, sample: n },
      },
      input,
      { ...again, chunkRows: settled.chunkRows, onBadRow: settled.badRows },
    );
  });
}
