import { checkInputs, holdAny } from '../runtime/memory/inputs.ts';
/// <reference lib="esnext.disposable" preserve="true" />
/** Data in batches: each row to its precluster on disk, then each precluster on its own. */

import { FormatError, MemoryLimitError, rangeError, typeError } from '../errors.ts';
import { readBadRows } from '../model/bad-rows.ts';
import { Model } from '../model/model.ts';
import { asSource, asSourceSteps, inputsOf } from '../model/source.ts';
import { DEFAULT_LIMIT } from '../runtime/memory/limits.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import type { Store } from '../stores/store.ts';
import { allocate, guarded, guardedEach } from '../support/allocate.ts';
import { checkOptions, RUN_OPTIONS, whole } from '../support/checks.ts';
import { describe } from '../support/describe.ts';
import { driveReading } from '../support/vectors.ts';
import type { Matrix, Run, Source, Vectors } from '../types.ts';
import { addBatch, type Sequences } from './add.ts';
import { countEdges, type EdgesKept } from './edges.ts';
import { geneOf, sequenceOf } from './genes.ts';
import { RunLog, removeRun } from './log.ts';
import { type BatchFacts, MANIFEST, type RunFacts, type SegmentFacts } from './manifest.ts';
import { ClusterCounts, type ClusterMatrix } from './matrix.ts';
import { bringHome, mergeClusters, READ_BYTES, residentsOnly } from './merge.ts';
import {
  asStore,
  type PreclusterOptions,
  REFINE_OPTIONS,
  type RefineOptions,
  settleRefining,
  settleTraining,
  type TrainOptions,
} from './options.ts';
import { type Refining, refineInOrder } from './refine.ts';
import type { KeptRows } from './rows.ts';
import { directoryBytes, readContents, readPreclusters } from './segment.ts';
import { trainPreclusters } from './train.ts';

/** A batch that is in the run. */
export type Batch = Pick<BatchFacts, 'name' | 'origin' | 'start' | 'rows' | 'skipped'>;

/** The clusters of one precluster. */
export interface BatchClusters {
  /** Which it is, from 0. */
  precluster: number;
  /**
   * Number of each of its rows, over all batches, ascending. With `overlap` a cluster may reach over preclusters: all
   * of it is then given with the one that its first row is in.
   */
  rows: Float64Array;
  /**
   * The cluster of each row: numbers from 1 that are used with no other precluster. 0 for a sequence that is in none.
   */
  labels: Int32Array;
  /** Which batch each row came in, as its place in `batches`. */
  batches: Uint32Array;
  /** The rows, of a run of sequences. */
  sequences: string[];
  /** The V gene of each, of a run of sequences with genes. */
  vGenes?: string[];
  /** The rows, of a run of vectors. */
  vectors: Matrix;
}

/**
 * Clustering of data that come in batches and do not fit in memory: k-means centroids are trained on a sample, each
 * row of each batch goes to the precluster of its nearest centroid in a store, and then each precluster is clustered
 * on its own: vectors by linkage, sequences by Markov clustering of the graph of those that hardly differ.
 *
 * ```ts
 * const batches = await BatchClustering.train(sample, { fittingSize: 1e6, store: 'run' });
 * for (const file of files) await batches.precluster(await open(file), { name: file });
 * for await (const { rows, labels } of batches.clusters({ clusters: { distance: 2.5 } })) ...
 * await batches.cleanup();
 * ```
 *
 * A batch is in the run wholly, from the moment its `precluster` resolves, or not at all, also where the process is
 * killed: `resume` goes on from the last whole batch, and `has` tells which those are.
 *
 * Source: Valkiers et al. 2021, Bioinformatics 37(24), 4865 (clusTCR's batches).
 */
export class BatchClustering {
  /** What is preclustered: centroids, as leaders labelled 1 to k. */
  readonly model: Model;
  readonly kind: 'vectors' | 'sequences';
  readonly #log: RunLog;
  readonly #options: Run;
  /** The last call that is under way; the next waits for it. */
  #turn: Promise<unknown> = Promise.resolve();
  #counts: ClusterMatrix | undefined;

  /** The same as `cleanup`, for `await using`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  private constructor(log: RunLog, model: Model, options: Run) {
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
   * Begin a run: find centroids on a sample, and lay the run out in the store.
   *
   * @param sample vectors or a source of them; or sequences: a list, what `openSequences` gives, or an iterable.
   *   `adviseSample` says how many are enough; of more, so many are drawn at random
   * @param options at least {store} and one of {k, fittingSize}; those of Run are also the defaults of later calls
   * @throws StoreError where the store is in use, holds a run already or cannot be written; RangeError for a sample
   *   of fewer rows than preclusters
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
          : { source: await driveReading(sample, asSourceSteps(sample as Source | Vectors), run.signal) },
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
   * Go on with a run, as it was when its last batch was whole.
   * @throws StoreError where there is none or another process has it; FormatError where it is of another version or
   *   damaged, naming the file
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
          `has ${rows} x ${cols} centroids, and the manifest ${log.facts.preclusters} x ${log.facts.cols}`,
        );
      }
      return new BatchClustering(log, loaded, options);
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /**
   * Remove whatever run is in a store, also one of another version or a damaged one. Other files stay.
   * @returns whether there was one
   * @throws StoreError where it is in use
   */
  static async clean(store: string | Store): Promise<boolean> {
    return guarded(removeRun(asStore(store)));
  }

  /** The number of preclusters. */
  get k(): number {
    return this.#log.facts.preclusters;
  }

  /** Preclusters that each row goes to. */
  get overlap(): number {
    return this.#log.facts.overlap;
  }

  /** Whether sequences have V genes, and only those of the same gene are joined: it was trained on such. */
  get vGenes(): boolean {
    return this.#log.facts.vGenes ?? false;
  }

  /** Rows of all batches, those that were skipped included. */
  get rows(): number {
    return this.#log.rows;
  }

  /** The batches that are in the run, in their order. */
  get batches(): Batch[] {
    return this.#log.batches.map(({ segments: _, ...batch }) => batch);
  }

  /** Whether a batch of this name is in the run. */
  has(name: string): boolean {
    return this.#log.batches.some((batch) => batch.name === name);
  }

  /**
   * Send a batch of rows to their preclusters. All of them are in the run when this resolves, or none.
   *
   * @param data vectors or a source of them; or sequences: a list, what `openSequences` or `readSequences` gives, or an
   *   iterable of sequences or lists
   * @throws RangeError for a name that is in the run already, and rows of another width; BadRowError; StoreError where
   *   the store cannot be written
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
    const rows = this.#rowsOf(data, run);
    return this.#alone(async () => {
      const { batches } = this.#log;
      const { name = `batch-${batches.length}` } = options;
      if (typeof name !== 'string') throw typeError(`name must be text, got ${describe(name)}`);
      const { origin } = options;
      if (origin !== undefined && typeof origin !== 'string') {
        throw typeError(`origin must be text, got ${describe(origin)}`);
      }
      const known = batches.find((batch) => batch.name === name);
      if (known) {
        throw rangeError(
          `name ${describe(name)} is in the run already, with ${known.rows} rows; pass a batch over that 'has' knows, ` +
            'or give another its own name',
        );
      }
      const inner = { ...this.#inner(run), memoryLimit: run.limit };
      await addBatch({ log: this.#log, model: this.model, name, origin, badRows, run, inner }, rows);
      this.#counts = undefined;
      return this.batches.at(-1) as Batch;
    });
  }

  #rowsOf(data: Source | Vectors | Sequences, run: RunState): { source: Source } | { sequences: Sequences } {
    if (this.kind === 'vectors') {
      if (isSequences(data)) throw typeError('this run was trained on vectors, got sequences');
      const source = asSource(data as Source | Vectors);
      run.inputs = inputsOf(source);
      return { source };
    }
    if (!isSequences(data) && !(Array.isArray(data) && data.length === 0)) {
      throw typeError(
        `this run was trained on sequences: a list or an iterable of text, or what openSequences gives; got ${describe(data)}`,
      );
    }
    return { sequences: holdTexts(data as Sequences, run) };
  }

  /** Options of the calls that a call makes. What they warn of alike is told once. */
  #inner({ signal, threads, warn }: RunState): Run {
    const told = new Set<string>();
    const onWarning: Run['onWarning'] = (warning) => {
      if (!told.has(warning.message)) warn(warning);
      told.add(warning.message);
    };
    return { signal, threads, onWarning };
  }

  /**
   * Cluster the preclusters, several at a time; one result for each, in their order.
   *
   * Of vectors each precluster's tree is built by `method` and cut by `clusters`. Of sequences those that differ in at
   * most `maxDistance` places are joined and clustered by `mcl`; of a run with `overlap`, in the edges of all
   * preclusters together.
   *
   * A precluster whose work does not fit in memoryLimit is split again by k-means, and a warning says so
   * (PRECLUSTER_SPLIT). The result does not depend on concurrency or threads.
   */
  async *clusters(options: RefineOptions = {}): AsyncGenerator<BatchClusters, void, undefined> {
    checkOptions(options, REFINE_OPTIONS, 'clusters', '{ clusters: 3 }');
    settleRefining(options, this.#log.facts.kind);
    readRun({ ...this.#options, ...options });
    await this.#turn.catch(() => {});
    yield* guardedEach(this.#clustersOf(this.#log.batches.slice(), options));
  }

  /**
   * The clusters of these batches, whatever comes meanwhile.
   * @param heldBytes what the caller holds beside the limit of the options
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
   * The cluster of every row, in the order in which rows came; 0 for those in none and those that were skipped.
   * @throws MemoryLimitError where the labels themselves do not fit beside the rest
   */
  async labels(options: RefineOptions = {}): Promise<Int32Array> {
    checkOptions(options, REFINE_OPTIONS, 'labels', '{ clusters: 3 }');
    const { limit } = readRun({ ...this.#options, ...options });
    await this.#turn.catch(() => {});
    // A batch that comes while these are clustered is none of them.
    const batches = this.#log.batches.slice();
    const total = rowsIn(batches);
    const bytes = 4 * total;
    if (bytes > limit / 2) {
      const what = `the labels of ${total} rows at once`;
      throw new MemoryLimitError(
        what,
        bytes,
        limit / 2,
        'take them precluster by precluster with clusters()',
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
   * How many rows of which cluster each batch has: batches x clusters.
   * @param options those of clusters(), which is then run; without them, what it counted when it was run last, to its
   *   end and with `counts`
   */
  async clusterMatrix(options?: RefineOptions): Promise<ClusterMatrix> {
    if (options) for await (const _ of this.clusters({ ...options, counts: true }));
    if (!this.#counts) {
      throw rangeError(
        'nothing was counted: run clusters({ counts: true }) to its end, or pass its options here',
      );
    }
    return this.#counts;
  }

  /**
   * Of the edges between sequences, the share that preclustering keeps: both ends have a precluster in common.
   * Estimated from those of some sequences; exact where there are no more than `sample`.
   */
  async edgesKept(options: RefineOptions & { sample?: number } = {}): Promise<EdgesKept> {
    const { facts } = this.#log;
    if (facts.kind !== 'sequences') throw rangeError('edgesKept is for sequences; vectors have no edges');
    checkOptions(options, { ...REFINE_OPTIONS, sample: true }, 'edgesKept', '{ sample: 5000 }');
    const { sample = 20_000 } = options;
    whole(sample, 'sample', 1);
    if (options.overlap !== undefined) throw rangeError('overlap: edgesKept is of the overlap of training');
    if (options.counts !== undefined)
      throw rangeError('counts is for clusters(); edgesKept counts edges alone');
    const settled = settleRefining(options, facts.kind);
    const run = readRun({ ...this.#options, ...options });
    await this.#turn.catch(() => {});
    this.#log.check();
    const segments = this.#log.batches.flatMap((batch) => batch.segments);
    const refining: Refining = { facts, settled, run, inner: this.#inner(run) };
    return guarded(countEdges(() => openReader(this.#log, facts, segments, run), refining, sample));
  }

  /** Let go of the store, which keeps the run for `resume`. */
  async close(): Promise<void> {
    await this.#alone(() => this.#log.close());
  }

  /** Remove the run's files, and its folder if nothing else is in it. Nothing happens where it was closed. */
  async cleanup(): Promise<void> {
    await this.#alone(() => this.#log.remove());
  }

  /** Calls that change the run take turns. */
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

/** Of rows in ascending order: which batch each is of. */
function batchesOf(rows: Float64Array, batches: readonly BatchFacts[], file: string): Uint32Array {
  const out = allocate(Uint32Array, rows.length);
  let at = 0;
  for (let i = 0; i < rows.length; i++) {
    while (at < batches.length && rows[i] >= batches[at].start + batches[at].rows) at++;
    if (at === batches.length) {
      throw new FormatError(file, `is damaged: a segment has row ${rows[i]}, and no batch has`);
    }
    out[i] = at;
  }
  return out;
}

/** The preclusters of a run, and what of the limit is left for working on them. */
async function openReader(
  { store }: RunLog,
  facts: RunFacts,
  segments: readonly SegmentFacts[],
  run: RunState,
) {
  const held = directoryBytes(segments) + 16 * facts.preclusters;
  const contents = await readContents(store, segments, facts.preclusters, run.signal);
  const readBytes = Math.min(READ_BYTES, run.limit / 8);
  let largest = 0;
  for (let p = 1; p < facts.preclusters; p++) if (contents.bytes[p] > contents.bytes[largest]) largest = p;
  // Read, and taken apart.
  const bytes = held + 2 * Math.max(readBytes, contents.bytes[largest]);
  if (bytes > run.limit / 2) {
    throw new MemoryLimitError(
      `reading precluster ${largest}, which has ${contents.rows[largest]} rows,`,
      2 * bytes,
      run.limit,
      'train more preclusters (a smaller clusterSize)',
    );
  }
  const preclusters = readPreclusters(store, facts, contents, readBytes, run.signal);
  return { preclusters, limit: run.limit - bytes };
}

/** Lists of text as they are now. */
function holdTexts(input: Sequences, run: RunState): Sequences {
  const own = 'sequences' in input ? { ...input } : { sequences: input };
  holdAny(own, 'sequences', run.inputs);
  if ('vGenes' in own) holdAny(own, 'vGenes', run.inputs);
  return 'sequences' in input ? (own as Sequences) : (own.sequences as Sequences);
}

/** Whether it is text, as far as that can be seen: a source of vectors has columns, and a matrix numbers. */
function isSequences(data: unknown): data is Sequences {
  if (Array.isArray(data)) return typeof data[0] === 'string';
  if (typeof data !== 'object' || data === null || 'cols' in data) return false;
  return 'chunks' in data || 'sequences' in data || Symbol.iterator in data || Symbol.asyncIterator in data;
}
