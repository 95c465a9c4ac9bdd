import { option, say } from '../messages.ts';
import { checkInputs, holdAny } from '../runtime/memory/inputs.ts';
/// <reference lib="esnext.disposable" preserve="true" />
/** Clusters data in batches: rows are divided into preclusters on disk, then each precluster is clustered. */

import { FormatError, MemoryLimitError, rangeError, typeError } from '../errors.ts';
import { readBadRows } from '../model/bad-rows.ts';
import { Model } from '../model/model.ts';
import { asSourceSteps, inputsOf } from '../model/source.ts';
import { DEFAULT_LIMIT } from '../runtime/memory/limits.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import type { Store } from '../stores/store.ts';
import { allocate, guarded, guardedEach } from '../support/allocate.ts';
import { checkOptions, checkString, checkWhole, RUN_OPTIONS } from '../support/checks.ts';
import { describe } from '../support/text/describe.ts';
import { driveReading } from '../support/vectors.ts';
import type { Matrix, Run, Source, Vectors } from '../types.ts';
import { addBatch, type Sequences } from './add.ts';
import { countEdges, type EdgesKept } from './edges.ts';
import { mayLackRoom, warnOfFamily } from './forecast.ts';
import { geneOf, sequenceOf } from './genes.ts';
import { isSequences } from './given-sequences.ts';
import { RunLog, removeRun } from './log.ts';
import { type BatchFacts, MANIFEST, type SegmentFacts } from './manifest.ts';
import { ClusterCounts, type ClusterMatrix } from './matrix.ts';
import { bringHome, mergeClusters, READ_BYTES, residentsOnly, roomIn } from './merge.ts';
import {
  asStore,
  type PreclusterOptions,
  REFINE_OPTIONS,
  type RefineOptions,
  settleRefining,
  settleTraining,
  type TrainOptions,
} from './options.ts';
import { openReader } from './reader.ts';
import { type Refining, refineInOrder } from './refine.ts';
import type { KeptRows } from './rows.ts';
import { trainPreclusters } from './train.ts';

/** A batch of the run. */
export type Batch = Pick<BatchFacts, 'name' | 'origin' | 'start' | 'rows' | 'skipped'>;

/** The clusters of one precluster. */
export interface BatchClusters {
  /** Its number, from 0. */
  precluster: number;
  /**
   * The number of each row, over all batches, ascending. With `overlap` a cluster may have rows in several preclusters. All of
   * them are then returned with the precluster of its first row.
   */
  rows: Float64Array;
  /**
   * The cluster of each row: numbers from 1, different in every precluster. 0 for a sequence without a cluster.
   */
  labels: Int32Array;
  /** The batch of each row, as an index of `batches`. */
  batches: Uint32Array;
  /** The rows, if the run has sequences. */
  sequences: string[];
  /** The V gene of each row, if the run has sequences with genes. */
  vGenes?: string[];
  /** The rows, if the run has vectors. */
  vectors: Matrix;
}

/**
 * Clustering of data that come in batches and do not fit in memory. k-means centroids are trained on a sample. Each row of
 * each batch is added, in a store, to the precluster of its nearest centroid. Then each precluster is clustered: vectors by
 * linkage, sequences by Markov clustering of the graph of similar sequences.
 *
 * ```ts
 * const batches = await BatchClustering.train(sample, { fittingSize: 1e6, store: 'run' });
 * for (const file of files) await batches.precluster(await open(file), { name: file });
 * for await (const { rows, labels } of batches.clusters({ clusters: { distance: 2.5 } })) ...
 * await batches.cleanup();
 * ```
 *
 * A batch belongs to the run completely, from the moment its `precluster` resolves, or not at all, even if the process is
 * killed. `resume` continues after the last complete batch, and `has` tells which batches are complete.
 *
 * Source: Valkiers et al. 2021, Bioinformatics 37(24), 4865 (clusTCR's batches).
 */
export class BatchClustering {
  /** The centroids of the preclusters, as leaders labelled 1 to k. */
  readonly model: Model;
  readonly kind: 'vectors' | 'sequences';
  readonly #log: RunLog;
  readonly #options: Run;
  /** The latest call that changes the run; the next one waits for it. */
  #turn: Promise<unknown> = Promise.resolve();
  #counts: ClusterMatrix | undefined;

  /** Same as `cleanup`, for `await using`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  private constructor(log: RunLog, model: Model, options: Run) {
    if (!log)
      throw typeError(
        'BatchClustering cannot be made by new; use BatchClustering.train() or BatchClustering.resume()',
      );
    this.#log = log;
    this.model = model;
    this.kind = log.facts.kind;
    const { signal, onProgress, onWarning, memoryLimit, threads } = options;
    this.#options = { signal, onProgress, onWarning, memoryLimit: memoryLimit ?? DEFAULT_LIMIT, threads };
    if (Symbol.asyncDispose) {
      Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.cleanup() });
    }
  }

  /**
   * Begin a run: find centroids from a sample, and create the run in the store.
   *
   * @param sample vectors or a source of them; or sequences: an array, a source from `openSequences`, or an iterable.
   *   `adviseSample` says how many rows are enough; if there are more, a random subset is used
   * @param options at least {store} and one of {k, fittingSize}; those of Run are also the defaults of later calls
   * @throws StoreError if the store is in use, already holds a run or cannot be written; RangeError for a sample with fewer
   *   rows than preclusters
   */
  static async train(sample: Source | Vectors | Sequences, options: TrainOptions): Promise<BatchClustering> {
    const given = isSequences(sample) ? sample : undefined;
    const settled = settleTraining(options, given ? 'sequences' : 'vectors');
    const run = readRun(options, DEFAULT_LIMIT);
    const sequences = given && holdTexts(given, run);
    const { facts, model } = await guarded(
      trainPreclusters(
        sequences
          ? { sequences }
          : {
              source: await driveReading(sample as Source | Vectors, (it) => asSourceSteps(it), run.signal),
            },
        settled,
        run,
        { ...options, memoryLimit: run.limit },
      ),
    );
    checkInputs(run.inputs);
    const log = await guarded(RunLog.create(settled.store, facts, model.save()));
    return new BatchClustering(log, model, options);
  }

  /**
   * Continue a run as it was after its last complete batch.
   * @throws StoreError if there is no run or another process uses it; FormatError with the name of the file if it is damaged
   *   or of another version
   */
  static async resume(store: string | Store, options: Run = {}): Promise<BatchClustering> {
    checkOptions(options, RUN_OPTIONS, 'resume', "{ memoryLimit: '1GB' }");
    readRun(options);
    const place = asStore(store);
    const { log, model } = await guarded(RunLog.open(place), place.name);
    try {
      const file = `${place.name}/model.safetensors`;
      const loaded = Model.load(model, file);
      const { rows, cols } = loaded.leaders;
      if (rows !== log.facts.preclusters || cols !== log.facts.cols) {
        throw new FormatError(
          file,
          `has ${rows} x ${cols} centroids, but the manifest says ${log.facts.preclusters} x ${log.facts.cols}`,
        );
      }
      return new BatchClustering(log, loaded, options);
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /**
   * Remove the run in a store, even if it is damaged or of another version. Other files remain.
   * @returns whether there was a run
   * @throws StoreError if it is in use
   */
  static async clean(store: string | Store): Promise<boolean> {
    return guarded(removeRun(asStore(store)));
  }

  /** The number of preclusters. */
  get k(): number {
    return this.#log.facts.preclusters;
  }

  /** Number of preclusters that each row is added to. */
  get overlap(): number {
    return this.#log.facts.overlap;
  }

  /** Whether the run was trained on sequences with V genes. Then only sequences of the same gene are joined. */
  get vGenes(): boolean {
    return this.#log.facts.vGenes ?? false;
  }

  /** Number of rows of all batches, including skipped ones. */
  get rows(): number {
    return this.#log.rows;
  }

  /** The batches of the run, in order. */
  get batches(): Batch[] {
    return this.#log.batches.map(({ segments: _, ...batch }) => batch);
  }

  /** Whether a batch of this name is in the run. */
  has(name: string): boolean {
    return this.#log.batches.some((batch) => batch.name === name);
  }

  /**
   * Add a batch of rows to their preclusters. When this resolves, all rows are in the run; if it rejects, none.
   *
   * @param data vectors or a source of them; or sequences: an array, a source from `openSequences`, the result of
   *   `readSequences`, or an iterable of sequences or arrays
   * @throws RangeError for a name that the run already has, and for rows of another width; BadRowError; StoreError if the store
   *   cannot be written
   */
  async precluster(data: Source | Vectors | Sequences, options: PreclusterOptions = {}): Promise<Batch> {
    checkOptions(
      options,
      { name: true, origin: true, onBadRow: true, ...RUN_OPTIONS },
      'precluster',
      "{ name: 'donor-1' }",
    );
    const run = readRun({ ...this.#options, ...options });
    const badRows = readBadRows(options.onBadRow);
    const reading = this.#rowsOf(data, run);
    // An error is reported when this call has its turn.
    reading.catch(() => {});
    return this.#alone(async () => {
      const rows = await reading;
      const { batches } = this.#log;
      const { name = `batch-${batches.length}` } = options;
      checkString(name, 'name');
      const { origin } = options;
      if (origin !== undefined) checkString(origin, 'origin');
      const known = batches.find((batch) => batch.name === name);
      if (known) {
        throw rangeError(
          `name ${describe(name)} is in the run already, with ${known.rows} rows; skip batches that 'has' knows, ` +
            'or give this one another name',
        );
      }
      const inner = { ...this.#inner(run), memoryLimit: run.limit };
      await addBatch({ log: this.#log, model: this.model, name, origin, badRows, run, inner }, rows);
      this.#counts = undefined;
      return this.batches.at(-1) as Batch;
    });
  }

  async #rowsOf(
    data: Source | Vectors | Sequences,
    run: RunState,
  ): Promise<{ source: Source } | { sequences: Sequences }> {
    if (this.kind === 'vectors') {
      if (isSequences(data)) throw typeError('this run was trained on vectors, got sequences');
      const source = await driveReading(data as Source | Vectors, (it) => asSourceSteps(it), run.signal);
      run.inputs = inputsOf(source);
      return { source };
    }
    if (!isSequences(data) && !(Array.isArray(data) && data.length === 0)) {
      throw typeError(
        `this run was trained on sequences: pass an array or an iterable of strings, or a source from openSequences; got ${describe(data)}`,
      );
    }
    return { sequences: holdTexts(data as Sequences, run) };
  }

  /** Options for calls within a call. Equal warnings are reported once. */
  #inner({ signal, threads, warn }: RunState): Run {
    const told = new Set<string>();
    const onWarning: Run['onWarning'] = (warning) => {
      // The columns were looked at in training.
      if (['SCALES_DIFFER', 'LOOKS_LIKE_DISTANCES'].includes(warning.code)) return;
      if (!told.has(warning.message)) warn(warning);
      told.add(warning.message);
    };
    return { signal, threads, onWarning };
  }

  /**
   * Cluster the preclusters, several at a time. There is one result for each, in order.
   *
   * For vectors, a tree is built for each precluster by `method` and cut by `clusters`. Sequences that differ in at most
   * `maxDistance` positions are joined, and the graph is clustered by `mcl`; with `overlap`, the edges of all preclusters make
   * one graph.
   *
   * If the work on a precluster does not fit in memoryLimit, it is split again by k-means, with a warning (PRECLUSTER_SPLIT).
   * The result does not depend on concurrency or threads.
   */
  async *clusters(options: RefineOptions = {}): AsyncGenerator<BatchClusters, void, undefined> {
    checkOptions(options, REFINE_OPTIONS, 'clusters', '{ clusters: 3 }');
    settleRefining(options, this.#log.facts.kind);
    readRun({ ...this.#options, ...options });
    await this.#turn.catch(() => {});
    yield* guardedEach(this.#clustersOf(this.#log.batches.slice(), options));
  }

  /**
   * The clusters of these batches; batches added meanwhile are not included.
   * @param heldBytes what the caller holds in addition to the limit of the options
   */
  async *#clustersOf(
    batches: readonly BatchFacts[],
    options: RefineOptions,
    heldBytes = 0,
  ): AsyncGenerator<BatchClusters, void, undefined> {
    const log = this.#log;
    const { facts } = log;
    const settled = settleRefining(options, facts.kind);
    const run = readRun({ ...this.#options, ...options });
    log.check();
    const refining: Refining = { facts, settled, run, inner: this.#inner(run) };
    const counts = options.counts
      ? new ClusterCounts(
          batches.map(({ name }) => name),
          run.limit / 8,
        )
      : undefined;
    const give = (kept: KeptRows, labels: Int32Array): BatchClusters => {
      const { precluster, rows, sequences, vectors } = kept;
      const of = batchesOf(rows, batches, `${log.store.name}/${MANIFEST}`);
      counts?.add(of, labels);
      run.progress({ phase: 'clusters', done: precluster + 1, total: facts.preclusters });
      return {
        ...{ precluster, rows, labels, batches: of },
        sequences: facts.vGenes ? sequences.map(sequenceOf) : sequences,
        ...(facts.vGenes ? { vGenes: sequences.map(geneOf) } : {}),
        vectors: { data: vectors, rows: facts.kind === 'vectors' ? rows.length : 0, cols: facts.cols },
      };
    };
    const segments = batches.flatMap((batch) => batch.segments);
    const reader = await openReader(log, facts, segments, run);
    const limit = reader.limit - (counts ? run.limit / 8 : 0);
    if (facts.overlap > 1 && !settled.alone) {
      const room = roomIn(limit, rowsIn(batches));
      if (mayLackRoom(reader.rows, refining, room))
        await warnOfFamily(await reader.largest(), refining, room);
      const merged = await mergeClusters(reader.preclusters, refining, rowsIn(batches), limit, {
        heldBytes,
        counts: counts !== undefined,
      });
      const open = (own?: readonly SegmentFacts[]) =>
        openReader(log, own ? { ...facts, overlap: 1 } : facts, own ?? segments, run);
      for await (const { kept, labels } of bringHome(
        log,
        open,
        merged,
        refining,
        Math.min(READ_BYTES, run.limit / 8) / 2,
      )) {
        yield give(kept, labels);
      }
    } else {
      let before = 0;
      const preclusters = facts.overlap > 1 ? residentsOnly(reader.preclusters, facts) : reader.preclusters;
      for await (const { kept, labels, count } of refineInOrder(preclusters, refining, limit)) {
        for (let i = 0; i < labels.length; i++) if (labels[i] !== 0) labels[i] += before;
        before += count;
        yield give(kept, labels);
      }
    }
    if (counts) this.#counts = counts.finish();
  }

  /**
   * The cluster of every row, in the order of the rows; 0 for rows without a cluster and skipped ones.
   * @throws MemoryLimitError if the labels themselves do not fit in addition
   */
  async labels(options: RefineOptions = {}): Promise<Int32Array> {
    checkOptions(options, REFINE_OPTIONS, 'labels', '{ clusters: 3 }');
    const { limit } = readRun({ ...this.#options, ...options });
    await this.#turn.catch(() => {});
    // A batch that is added meanwhile is not included.
    const batches = this.#log.batches.slice();
    const total = rowsIn(batches);
    const bytes = 4 * total;
    if (bytes > limit / 2) {
      const what = `the labels of ${total} rows at once`;
      throw new MemoryLimitError(
        what,
        bytes,
        limit / 2,
        'read them precluster by precluster with clusters()',
      );
    }
    const out = allocate(Int32Array, total);
    const inner = { ...options, memoryLimit: limit - bytes };
    for await (const { rows, labels } of guardedEach(this.#clustersOf(batches, inner, bytes))) {
      for (let i = 0; i < rows.length; i++) out[rows[i]] = labels[i];
    }
    return out;
  }

  /**
   * How many rows of each cluster each batch has: batches x clusters.
   * @param options those of clusters(), which is then run. Without options, the counts of the last complete run of clusters()
   *   with `counts` are returned
   */
  async clusterMatrix(options?: RefineOptions): Promise<ClusterMatrix> {
    if (options) for await (const _ of this.clusters({ ...options, counts: true }));
    if (!this.#counts) {
      throw rangeError(
        'there are no counts yet: run clusters({ counts: true }) to its end, or pass its options here',
      );
    }
    return this.#counts;
  }

  /**
   * The fraction of edges between sequences that preclustering keeps: those whose ends have a precluster in common. Estimated
   * from a sample of sequences; exact if there are no more than `sample`.
   */
  async edgesKept(options: RefineOptions & { sample?: number } = {}): Promise<EdgesKept> {
    const { facts } = this.#log;
    if (facts.kind !== 'sequences')
      throw rangeError('edgesKept works only for sequences; vectors have no edges');
    checkOptions(options, { ...REFINE_OPTIONS, sample: true }, 'edgesKept', '{ sample: 5000 }');
    const { sample = 20_000 } = options;
    checkWhole(sample, 'sample', 1);
    if (options.overlap !== undefined)
      throw rangeError(
        say`${option('overlap')}: edgesKept always uses the overlap of training; leave it out`,
      );
    if (options.counts !== undefined)
      throw rangeError('counts works only with clusters(); edgesKept counts only edges');
    const settled = settleRefining(options, facts.kind);
    const run = readRun({ ...this.#options, ...options });
    await this.#turn.catch(() => {});
    this.#log.check();
    const segments = this.#log.batches.flatMap((batch) => batch.segments);
    const refining: Refining = { facts, settled, run, inner: this.#inner(run) };
    return guarded(countEdges(() => openReader(this.#log, facts, segments, run), refining, sample));
  }

  /** Release the store. It keeps the run for `resume`. */
  async close(): Promise<void> {
    await this.#alone(() => this.#log.close());
  }

  /** Remove the run's files, and its folder if it is then empty. Does nothing after `close`. */
  async cleanup(): Promise<void> {
    await this.#alone(() => this.#log.remove());
  }

  /** Run calls that change the run one after another. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = guarded(this.#turn.catch(() => {}).then(work));
    this.#turn = turn;
    turn.catch(() => {});
    return turn;
  }
}

function rowsIn(batches: readonly BatchFacts[]): number {
  const last = batches.at(-1);
  return last ? last.start + last.rows : 0;
}

/** The batch of each row, for rows in ascending order. */
function batchesOf(rows: Float64Array, batches: readonly BatchFacts[], file: string): Uint32Array {
  const out = allocate(Uint32Array, rows.length);
  let at = 0;
  for (let i = 0; i < rows.length; i++) {
    while (at < batches.length && rows[i] >= batches[at].start + batches[at].rows) at++;
    if (at === batches.length) {
      throw new FormatError(file, `is damaged: a segment has row ${rows[i]}, which is in no batch`);
    }
    out[i] = at;
  }
  return out;
}

/** Lists of text as they are now. */
function holdTexts(input: Sequences, run: RunState): Sequences {
  const own = 'sequences' in input ? { ...input } : { sequences: input };
  holdAny(own, 'sequences', run.inputs);
  if ('vGenes' in own) holdAny(own, 'vGenes', run.inputs);
  return 'sequences' in input ? (own as Sequences) : (own.sequences as Sequences);
}
