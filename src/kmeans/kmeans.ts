import { prepareRows } from '../distance/space.ts';
import { MemoryLimitError, rangeError } from '../errors.ts';
import { type Model, makeModel } from '../model/model.ts';
import { asSourceSteps, inputsOf } from '../model/source.ts';
import type { Engine } from '../runtime/engine.ts';
import { withEngine } from '../runtime/lease.ts';
import { Inputs, ownOptions } from '../runtime/memory/inputs.ts';
import { DEFAULT_LIMIT } from '../runtime/memory/limits.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import { Random } from '../support/numbers/random.ts';
import { inSteps } from '../support/scheduling.ts';
import { driveReading, readVectorsSteps } from '../support/vectors.ts';
import type { FloatArray, Matrix, Source, Vectors } from '../types.ts';
import { Bounds, centreRows, shifted } from './centering.ts';
import { type KMeansLayout, mayCentre } from './layout.ts';
import {
  addDistances,
  type Block,
  type LloydOptions,
  labelBlock,
  lloyd,
  miniBatches,
  prepareCentroids,
  type Rows,
} from './lloyd.ts';
import { columnVariance, Moments } from './moments.ts';
import { type KMeansOptions, type SettledKMeans, settleKMeans } from './options.ts';
import { chunkRowsOf, type KMeansPlan, planKMeans } from './plan.ts';
import { countRows, Reader, Reservoir } from './rows.ts';
import { drawCentroids, spreadCentroids } from './seeding.ts';

/** The result of k-means. */
export interface KMeans {
  /** k x columns, of the element type of the data. */
  centroids: Matrix;
  /**
   * The nearest centroid of each row, from 0; -1 for a row that was skipped as bad. Empty if the option `labels` is false.
   */
  labels: Int32Array;
  /** The sum of squared distances of all rows to their centroids; for 'cosine', the sum of 1 - cosine. */
  inertia: number;
  /** Number of passes over the rows; with miniBatch, number of batches. */
  iterations: number;
  /** Whether the centroids stopped moving (within tol) before maxIter was reached. */
  converged: boolean;
  /**
   * The centroids as leaders, for `assign` and `save`. They are float64 for float32 data that lie so far from the origin that
   * float32 would round them. Clusters are numbered from 0, as in `labels`.
   */
  model: Model;
}

/** Labels processed between two checks of the clock: a loop that is not compiled yet is slow. */
const LABELS = 2 ** 13;

/** Collects labels of rows, block by block. */
class Labels {
  #out: Int32Array;
  #rows = 0;
  readonly #room: number;

  constructor(rows: number | undefined, room: number) {
    this.#out = new Int32Array(rows ?? 1024);
    this.#room = room;
  }

  async add(engine: Engine, { slot, count, start, places, end }: Block, signal?: AbortSignal): Promise<void> {
    if (end > this.#out.length) {
      const length = Math.max(end, 2 * this.#out.length);
      const bytes = 4 * (length + this.#out.length);
      if (bytes > this.#room) {
        throw new MemoryLimitError('the labels of all rows', bytes, this.#room, 'labels: false would fit');
      }
      const grown = new Int32Array(length);
      grown.set(this.#out);
      this.#out = grown;
    }
    const nearest = engine.i32(slot.nearest, count);
    const out = this.#out;
    if (places) out.fill(-1, this.#rows, end);
    await inSteps(count, LABELS, signal, (from, to) => {
      if (places) for (let i = from; i < to; i++) out[places[i]] = nearest[i];
      else out.set(nearest.subarray(from, to), start + from);
    });
    this.#rows = end;
  }

  get all(): Int32Array {
    return this.#rows === this.#out.length ? this.#out : this.#out.slice(0, this.#rows);
  }
}

/** The rows from which centroids are found, their properties, and rows from which the first centroids are chosen. */
interface Training {
  rows: Rows;
  /** Number of good rows; 0 if not known. */
  count: number;
  /** The threshold of convergence. */
  tol: number;
  seeds: { set: KMeansPlan['layout']['centroids']; count: number } | undefined;
}

class Fit {
  readonly engine: Engine;
  readonly plan: KMeansPlan;
  readonly settled: SettledKMeans;
  readonly run: RunState;
  readonly reader: Reader;

  constructor(engine: Engine, plan: KMeansPlan, settled: SettledKMeans, source: Source, run: RunState) {
    this.engine = engine;
    this.plan = plan;
    this.settled = settled;
    this.run = run;
    const { badRows: policy, explicit } = settled;
    const { chunkRows, rows } = plan;
    this.reader = new Reader(engine, plan.layout, source, { policy, chunkRows, rows, explicit }, run);
  }

  get layout(): KMeansLayout {
    return this.plan.layout;
  }

  #checkCount(count: number): void {
    const { k } = this.settled;
    if (count < k) {
      const { name, said } = this.reader;
      throw rangeError(
        `${name}: k must be at most the number of rows, got k ${k} for ${count} ${count === 1 ? 'row' : 'rows'}${said && `, with ${said}`}`,
      );
    }
  }

  /** Read rows that are kept in memory, and compute what init and tol need. */
  async prepare(random: Random): Promise<Training> {
    const { engine, plan, settled, run, reader, layout } = this;
    const { held, chunk, seedSet, seedRows } = plan;
    const { signal } = run;
    const rows: Rows =
      held && chunk
        ? await reader.draw(held, chunk, settled.sample as number, random)
        : held
          ? await reader.hold(held)
          : { resident: false, pass: (visit) => reader.pass(chunk as NonNullable<typeof chunk>, visit) };
    const block = 'block' in rows ? (rows.block as Block) : undefined;
    if (block) this.#checkCount(block.count);
    const choice =
      seedSet && (!block || block.count > seedRows) ? new Reservoir(seedRows, random) : undefined;
    const moments = settled.tol > 0 && settled.batchRows === 0 ? new Moments(engine, layout) : undefined;
    const bounds = mayCentre(settled.metric, layout.space.input) ? new Bounds(engine, layout) : undefined;
    let count = block?.count ?? 0;
    if (choice || moments || bounds) {
      const total = block?.count ?? this.plan.rows;
      let done = 0;
      const tell = (more: number) => run.progress({ phase: 'survey', done: done + more, total });
      tell(0);
      await rows.pass(async (part) => {
        await moments?.add(part, signal, tell);
        await bounds?.add(part, signal);
        if (choice && seedSet) await choice.offer(engine, layout, part, seedSet, signal);
        done += part.count;
        tell(0);
      });
      if (total !== undefined) run.progress({ phase: 'survey', done: total, total });
      count = done;
      this.#checkCount(count);
    }
    if (bounds?.settle()) {
      layout.centred = true;
      if (block) await centreRows(engine, layout, block.slot.set, block.count, signal);
      if (choice && seedSet) await centreRows(engine, layout, seedSet, choice.count, signal);
    }
    let seeds: Training['seeds'];
    if (choice && seedSet) {
      await prepareRows(engine, layout.space, seedSet, choice.count, signal);
      seeds = { set: seedSet, count: choice.count };
    } else if (block) {
      seeds = { set: block.slot.set, count: block.count };
    }
    return { rows, count, tol: moments ? settled.tol * columnVariance(moments) : 0, seeds };
  }

  /** Choose the first centroids of a run. */
  async seed({ seeds }: Training, random: Random, first: number, total: number): Promise<void> {
    const { engine, layout, run, settled, plan } = this;
    const { init, k } = settled;
    const { space, centroids } = layout;
    if (typeof init !== 'string') {
      const data = layout.centred ? shifted(engine, layout, init.data, -1) : init.data;
      await engine.write(centroids.input, data, run.signal, space.input);
    } else if (seeds && init === 'random') {
      await drawCentroids(engine, layout, seeds.set, seeds.count, random, run.signal);
    } else if (seeds && plan.seeds) {
      const onDone = (chosen: number) => run.progress({ phase: 'init', done: first + chosen, total });
      const { signal } = run;
      await spreadCentroids(engine, layout, plan.seeds, seeds.set, seeds.count, random, { signal, onDone });
    }
    await prepareCentroids(engine, layout, run.signal);
    if (centroids.rows !== centroids.input) {
      const rows = engine.floats(space.input, centroids.rows, k * space.cols);
      await engine.write(centroids.input, rows, run.signal);
      await prepareCentroids(engine, layout, run.signal);
    }
  }

  /** Run the algorithm from the current centroids. */
  iterate({ rows, tol, count }: Training, nth: number): Promise<{ iterations: number; converged: boolean }> {
    const { engine, layout, run, settled } = this;
    const { maxIter, nInit, batchRows } = settled;
    let rowsOfPass = count || this.plan.rows;
    const options: LloydOptions = {
      maxIter,
      tol,
      signal: run.signal,
      onDone: (iteration, done) => {
        const total = rowsOfPass && rowsOfPass * maxIter * nInit;
        const before = (nth * maxIter + iteration) * (rowsOfPass ?? 0);
        run.progress({ phase: 'iterate', done: before + done, total });
      },
      onPass: (passed) => {
        if (rowsOfPass === undefined || count === 0) this.#checkCount(passed);
        rowsOfPass ??= passed;
      },
    };
    return batchRows > 0
      ? miniBatches(engine, layout, rows, { ...options, batchRows })
      : lloyd(engine, layout, rows, options);
  }

  /** The inertia of the rows from which the centroids were found. */
  async inertiaOf(rows: Rows): Promise<number> {
    let inertia = 0;
    await rows.pass(async (block) => {
      await labelBlock(this.engine, this.layout, block, { fresh: true, signal: this.run.signal });
      inertia = await addDistances(this.engine, this.layout, block, inertia, this.run.signal);
    });
    return inertia;
  }

  /** Label every row of the data. */
  async label({ rows }: Training): Promise<{ labels: Int32Array; inertia: number }> {
    const { engine, layout, run, settled, reader, plan } = this;
    const { request, chunk } = plan;
    // After a single run, the bounds of rows that are still in memory are valid.
    const fresh = chunk !== undefined || settled.nInit > 1 || settled.batchRows > 0;
    const room = request.limit - request.linearBytes - (request.hostBytes ?? 0);
    const out = settled.labels ? new Labels(plan.rows, room) : undefined;
    const total = plan.rows;
    const used = new Uint8Array(settled.k);
    let inertia = 0;
    let end = 0;
    run.progress({ phase: 'label', done: 0, total });
    const visit = async (block: Block) => {
      const rowsEnd = block.end;
      const onDone = (done: number) =>
        run.progress({ phase: 'label', done: Math.min(end + done, rowsEnd), total });
      await labelBlock(engine, layout, block, { fresh, signal: run.signal, onDone });
      inertia = await addDistances(engine, layout, block, inertia, run.signal);
      const nearest = engine.i32(block.slot.nearest, block.count);
      await inSteps(block.count, LABELS, run.signal, (from, to) => {
        for (let i = from; i < to; i++) used[nearest[i]] = 1;
      });
      await out?.add(engine, block, run.signal);
      end = rowsEnd;
    };
    if (chunk) await reader.pass(chunk, visit);
    else await rows.pass(visit);
    run.progress({ phase: 'label', done: end, total: end });
    const clusters = used.reduce((sum, one) => sum + one, 0);
    if (clusters < settled.k) {
      run.warn({
        code: 'FEWER_CLUSTERS',
        message: `${clusters} ${clusters === 1 ? 'cluster has' : 'clusters have'} rows, of ${settled.k}: there may be fewer distinct rows than clusters`,
      });
    }
    return { labels: out?.all ?? new Int32Array(), inertia };
  }
}

/**
 * Cluster rows around k centroids by Lloyd's algorithm, as scikit-learn's KMeans does, also if the data do not fit in memory.
 *
 * @param X n rows of d numbers, or a source of them (`open`, `fromArray`, `fromIterable`); float32 is processed in float32 with
 *   sums in float64, other types in float64
 * @param options at least {k}
 * @returns k x d centroids, n labels from 0, and the inertia, in squared units of the data. All bits are the same for any number
 *   of threads, any chunkRows, and whether or not the rows fit in memory
 *
 * Rows are kept in memory if memoryLimit allows (default 1 GiB for a source). Otherwise every iteration reads the source again,
 * in chunks. Then memory holds two chunks, k x d sums, the rows from which the first centroids are chosen (64 k, or more if rows
 * are short: 8 million numbers, at most 65,536 rows), and 4 bytes per row for labels.
 * A cluster that loses all its rows gets the row that is farthest from its centroid.
 * Cost: O(n k d) per iteration.
 *
 * @throws TypeError and RangeError for invalid options, for k larger than the number of rows, and for distances that overflow the
 *   element type; BadRowError with the row; MemoryLimitError before any work, with what would fit; FormatError of the source; the
 *   signal's reason
 * Sources: Lloyd 1982, IEEE Trans. Inf. Theory 28, 129; Arthur and Vassilvitskii 2007, SODA, 1027; for miniBatch
 *   Sculley 2010, WWW, 1177; for 'cosine' Dhillon and Modha 2001, Mach. Learn. 42, 143.
 */
export async function kmeans(X: Vectors | Source, options: KMeansOptions): Promise<KMeans> {
  const own = new Inputs();
  options = ownOptions(options, own);
  const source = await driveReading(X, (it) => asSourceSteps(it, own), options?.signal);
  if (typeof options?.init === 'object' && options.init !== null) {
    const init = await driveReading(options.init, (it) => readVectorsSteps(it, 'init'), options.signal);
    options = { ...options, init };
  }
  const settled = settleKMeans(options, source.cols);
  const run = readRun(options, 'chunks' in X ? DEFAULT_LIMIT : undefined);
  const { k } = settled;
  if (source.rows !== undefined && source.rows < k) {
    throw rangeError(
      `${source.name ?? 'the source'}: k must be at most the number of rows, got k ${k} for ${source.rows} rows`,
    );
  }
  const { cols, dtype, name, overheadBytes, preparation } = source;
  // Reading text once to count its rows costs little compared with reading it in every iteration.
  const counting = source.rows === undefined && settled.sample === undefined && settled.batchRows === 0;
  const rows = counting ? await countRows(source, chunkRowsOf(settled, source, run), run) : source.rows;
  const plan = planKMeans(settled, { rows, cols, dtype, name, overheadBytes, preparation }, run);
  return withEngine(plan.request, { ...run, inputs: inputsOf(source, own) }, async (engine) => {
    const fit = new Fit(engine, plan, settled, source, run);
    const { centroids, space } = plan.layout;
    const random = new Random(run.seed);
    const training = await fit.prepare(random);
    const take = (): FloatArray => engine.floats(space.input, centroids.input, k * space.cols).slice();
    let best: { inertia: number; centroids: FloatArray; iterations: number; converged: boolean } | undefined;
    for (let nth = 0; nth < settled.nInit; nth++) {
      await fit.seed(training, random, nth * k, settled.nInit * k);
      const found = await fit.iterate(training, nth);
      const inertia = settled.nInit > 1 ? await fit.inertiaOf(training.rows) : 0;
      if (!best || inertia < best.inertia) best = { ...found, inertia, centroids: take() };
    }
    const { centroids: data, iterations, converged } = best as NonNullable<typeof best>;
    await engine.write(centroids.input, data, run.signal);
    await prepareCentroids(engine, plan.layout, run.signal);
    const { labels, inertia } = await fit.label(training);
    if (!Number.isFinite(inertia)) {
      throw rangeError(
        `${fit.reader.name}: squared distances overflow ${space.output === 'f4' ? 'float32 (3.4e38); float64 input goes further' : 'float64'}`,
      );
    }
    const leaders = plan.layout.centred ? shifted(engine, plan.layout, data, 1) : data.slice();
    const matrix: Matrix = {
      data: plan.layout.centred ? Float32Array.from(leaders) : data,
      rows: k,
      cols: space.cols,
    };
    const model = makeModel({
      leaders: { ...matrix, data: leaders },
      labels: Int32Array.from({ length: k }, (_, j) => j),
      metric: settled.metric,
      preparation,
    });
    return { centroids: matrix, labels, inertia, iterations, converged, model };
  });
}
