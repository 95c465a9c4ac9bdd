import { say } from '../messages.ts';
import { checkInputs } from '../runtime/memory/inputs.ts';
import { checkArray, checkLength, wrongType } from '../support/checks.ts';
/** Adds a batch to its preclusters: rows are collected, assigned to preclusters, and written as segments. */

import { BYTES } from '../distance/element-types.ts';
import { BadRowError, rangeError, typeError } from '../errors.ts';
import { planAssign } from '../model/assign-plan.ts';
import type { BadRows } from '../model/bad-rows.ts';
import { Model } from '../model/model.ts';
import { checkRequest } from '../runtime/memory-request.ts';
import type { RunState } from '../runtime/run.ts';
import { allocate } from '../support/allocate.ts';
import { inSteps, isPage, yieldInPage } from '../support/scheduling.ts';
import { describe } from '../support/text/describe.ts';
import type { FloatArray, Run, Source } from '../types.ts';
import { seatingBytes, seatRows } from './assign.ts';
import { geneOf, mostLetters, sequenceOf, sequencesOf, whyNoGene, withGene } from './genes.ts';
import type { RunLog } from './log.ts';
import type { SegmentFacts } from './manifest.ts';
import { WaitingSequences, WaitingVectors } from './rows.ts';
import { appendBytesFor, writeSegment, writingBytes, writingBytesPerRow } from './segment.ts';
import { encodeBatch, encodedBytes, whyNoSequence } from './sequences.ts';

/** Bytes of rows that are collected before they are written, if the limit allows. */
const WAITING_BYTES = 2 ** 26;
/** The same in a page. It is smaller, since all collected rows are sorted at once, and a longer pause would be noticed. */
const PAGE_WAITING_BYTES = 2 ** 22;
/** Bytes that are read or encoded at a time, if the limit allows. */
const CHUNK_BYTES = 2 ** 20;
/** Number of sequences between two turns of the event loop. */
const STEP_ROWS = 4096;

/** The arguments of one call of `precluster`. */
interface Adding {
  log: RunLog;
  model: Model;
  name: string;
  origin: string | undefined;
  badRows: BadRows;
  run: RunState;
  /** Options for the calls that this one makes. */
  inner: Run & { memoryLimit: number };
}

/** Adds a batch of rows of any kind. */
abstract class Adder {
  protected readonly segments: SegmentFacts[] = [];
  /** Segments begun for this batch. All are removed if the batch fails. */
  readonly files: string[] = [];
  rows = 0;
  skipped = 0;
  protected first: string | undefined;
  protected readonly most: number;
  protected readonly numbers: Uint32Array;
  protected readonly seats: Uint32Array;
  protected total: number | undefined;
  /** Bytes that are read or encoded at a time. */
  protected readonly chunkBytes: number;
  readonly #appendBytes: number;
  #written = 0;

  constructor(
    protected readonly adding: Adding,
    rowBytes: number,
  ) {
    const { log, model, run } = adding;
    const { preclusters, overlap } = log.facts;
    const waitingBytes = Math.min(isPage() ? PAGE_WAITING_BYTES : WAITING_BYTES, run.limit / 8);
    this.most = Math.max(1, Math.min(2 ** 26, Math.floor(waitingBytes / rowBytes)));
    // Row bytes count twice: while the buffer of collected rows grows, the old and the new one exist.
    this.chunkBytes = Math.min(CHUNK_BYTES, Math.floor(run.limit / 32));
    this.#appendBytes = appendBytesFor(run.limit);
    const hostBytes =
      this.most * (2 * rowBytes + writingBytesPerRow(overlap)) +
      writingBytes(preclusters, run.limit) +
      seatingBytes(preclusters, overlap, run.limit) +
      this.chunkBytes;
    const { data, rows } = model.leaders;
    const element = data instanceof Float32Array ? 'f4' : 'f8';
    const shape = { cols: model.leaders.cols, dtype: element } as const;
    const left = Math.max(1, run.limit - hostBytes);
    const { request } = planAssign(
      shape,
      { rows, element, metric: model.metric },
      left,
      undefined,
      run.threads,
    );
    const asked = {
      ...request,
      hostBytes: (request.hostBytes ?? 0) + hostBytes,
      limit: run.limit,
      what: `preclustering into ${rows} preclusters of ${shape.cols} columns`,
      wouldFit: 'fewer preclusters or columns would fit',
    };
    checkRequest(asked, run.inputs);
    adding.inner = { ...adding.inner, memoryLimit: left };
    this.numbers = new Uint32Array(this.most);
    this.seats = new Uint32Array(this.most * overlap);
  }

  protected abstract readonly waiting: WaitingVectors | WaitingSequences;
  protected abstract seat(onDone: (rows: number) => void): Promise<void>;

  /** Write the collected rows, and clear them. */
  protected async flush(): Promise<void> {
    const { waiting, adding, numbers, seats } = this;
    const { log, run } = adding;
    if (waiting.count === 0) return;
    await this.seat((rows) => {
      if (rows < waiting.count) this.#tell(this.#written + rows);
    });
    const file = log.nextSegment();
    this.files.push(file);
    // Row numbers count from the start of the batch, which begins at log.rows: only one batch is added at a time.
    const base = log.rows;
    this.segments.push(
      await writeSegment(log.store, file, log.facts, waiting, numbers, seats, base, {
        appendBytes: this.#appendBytes,
        signal: run.signal,
      }),
    );
    this.#written += waiting.count;
    waiting.clear();
    this.#tell(this.#written);
  }

  #tell(done: number): void {
    this.adding.run.progress({ phase: 'precluster', done, total: this.total });
  }

  /** Skip a bad row, or throw. A source that skips rows itself gives the better reason. */
  protected skip(error: RangeError, source: Partial<Source> = {}): void {
    if (this.adding.badRows === 'error' && source.onBadRow !== 'skip') throw error;
    this.first ??= source.firstSkipped ?? error.message;
    this.skipped++;
  }

  /** Count rows before `row` that the source has skipped. */
  protected passOver(row: number, source: Partial<Source>): void {
    if (row <= this.rows) return;
    this.first ??= source.firstSkipped;
    this.skipped += row - this.rows;
    this.rows = row;
  }

  /** The error if all rows were skipped. */
  allBad(): RangeError {
    const { rows, first, adding } = this;
    return rangeError(`${adding.name}: all ${rows} rows were skipped as bad; the first: ${first}`);
  }

  /** Commit the batch. */
  async finish(): Promise<void> {
    const { log, name, origin, run } = this.adding;
    await this.flush();
    run.signal?.throwIfAborted();
    checkInputs(run.inputs);
    const { rows, skipped, segments } = this;
    await log.commit({
      name,
      ...(origin === undefined ? {} : { origin }),
      start: log.rows,
      rows,
      skipped,
      segments,
    });
    this.files.length = 0;
    run.progress({ phase: 'precluster', done: rows, total: rows });
    if (skipped > 0) {
      run.warn({
        code: 'BAD_ROWS_SKIPPED',
        message: `${name}: ${skipped} ${skipped === 1 ? 'row' : 'rows'} skipped; the first: ${this.first}`,
      });
    }
  }
}

class VectorAdder extends Adder {
  protected readonly waiting: WaitingVectors;

  constructor(adding: Adding) {
    const { cols, dtype } = adding.log.facts;
    super(adding, cols * BYTES[dtype]);
    this.waiting = new WaitingVectors(cols, dtype, this.most);
  }

  async add(source: Source): Promise<void> {
    const { facts } = this.adding.log;
    const { signal } = this.adding.run;
    const name = source.name ?? 'the source';
    if (source.cols !== facts.cols) {
      throw rangeError(
        `${name} has ${source.cols} columns, but the run was trained on rows of ${facts.cols} columns`,
      );
    }
    if (facts.dtype === 'f4' && source.dtype === 'f8') {
      throw rangeError(
        `${name} is float64, but the run was trained on float32 and would round these rows; train on float64, or convert the rows`,
      );
    }
    this.total = source.rows;
    // A prepared chunk is a copy.
    const chunkBytes = source.preparation ? this.chunkBytes / 2 : this.chunkBytes;
    const chunkRows = Math.max(1, Math.floor(chunkBytes / (facts.cols * BYTES[source.dtype])));
    for await (const { data, rows } of source.chunks({ chunkRows, signal, reuse: true })) {
      let at = 0;
      while (at < rows) {
        // Consecutive good rows are copied together.
        const bad = findNotFinite(data, at * facts.cols, rows * facts.cols);
        const end = bad < 0 ? rows : Math.floor(bad / facts.cols);
        while (at < end) at = await this.#take(data, at, end);
        if (bad < 0) break;
        this.skip(new BadRowError(name, this.rows, bad % facts.cols, data[bad]), source);
        this.rows++;
        at++;
      }
    }
  }

  async #take(data: FloatArray, from: number, to: number): Promise<number> {
    const { waiting } = this;
    if (waiting.count === this.most) await this.flush();
    const before = waiting.count;
    const end = waiting.take(data, from, to);
    for (let i = before; i < waiting.count; i++) this.numbers[i] = this.rows++;
    return end;
  }

  protected seat(onDone: (rows: number) => void): Promise<void> {
    const { model, log, inner } = this.adding;
    const matrix = this.waiting.matrix(0, this.waiting.count);
    return seatRows(matrix, model, log.facts.overlap, this.seats, inner, onDone);
  }
}

function findNotFinite(data: FloatArray, from: number, to: number): number {
  for (let i = from; i < to; i++) if (!Number.isFinite(data[i])) return i;
  return -1;
}

/**
 * Sequences: an array, an iterable of sequences or of arrays, a source from `openSequences`, or the result of `readSequences`
 * (each of its sequences counts once). If V genes were read (`vColumn`) or are given as `vGenes`, only sequences of the same
 * gene are joined.
 */
export type Sequences =
  | readonly string[]
  | Iterable<string>
  | AsyncIterable<string | readonly string[]>
  | {
      chunks(options: {
        chunkRows: number;
        signal?: AbortSignal;
      }): AsyncIterable<{ sequences: string[]; vGenes?: string[]; rows?: readonly number[] }>;
      /** Number of rows, including skipped ones; known after a pass. */
      readonly rows?: number;
      /** What was wrong with the first row skipped. */
      readonly firstSkipped?: string;
    }
  | { sequences: readonly string[]; vGenes?: readonly string[] };

/** A part of the sequences. With genes, each string holds sequence and gene (genes.ts). */
interface SequenceList {
  list: readonly unknown[];
  vGenes: boolean;
  /** The row of each in the data, if rows were skipped. */
  rows?: readonly number[];
}

/** @throws TypeError or RangeError unless genes are strings, one for each sequence */
function joined(sequences: readonly unknown[], vGenes: readonly unknown[] | undefined): SequenceList {
  if (vGenes === undefined) return { list: sequences, vGenes: false };
  checkArray(vGenes, 'vGenes', 'an array of strings');
  checkLength(vGenes.length, 'vGenes', sequences.length, 'gene', 'sequences');
  const list = sequences.map((sequence, i) => {
    const gene: unknown = vGenes[i];
    if (typeof gene !== 'string') throw wrongType(`vGenes[${i}]`, 'a string', gene);
    return typeof sequence === 'string' ? withGene(sequence, gene) : sequence;
  });
  return { list, vGenes: true };
}

/** Sequences in arrays. Their contents are not checked yet. */
export async function* sequenceLists(
  input: Sequences,
  signal?: AbortSignal,
): AsyncGenerator<SequenceList, void, undefined> {
  if (Array.isArray(input)) {
    yield { list: input, vGenes: false };
  } else if ('chunks' in input) {
    for await (const { sequences, vGenes, rows } of input.chunks({ chunkRows: STEP_ROWS, signal })) {
      yield { ...joined(sequences, vGenes), rows };
    }
  } else if ('sequences' in input) {
    yield joined(input.sequences, input.vGenes);
  } else {
    for await (const item of input as AsyncIterable<unknown>) {
      yield { list: Array.isArray(item) ? item : [item], vGenes: false };
    }
  }
}

class SequenceAdder extends Adder {
  protected readonly waiting = new WaitingSequences();

  constructor(adding: Adding) {
    // A letter takes one byte. The buffer of letters may just have been doubled.
    super(adding, mostLetters(adding.log.facts) + 8);
  }

  async add(sequences: Sequences): Promise<void> {
    if (Array.isArray(sequences)) this.total = sequences.length;
    const source: Partial<Source> = 'chunks' in sequences ? (sequences as Partial<Source>) : {};
    for await (const list of sequenceLists(sequences, this.adding.run.signal)) {
      await this.#addList(list, source);
    }
    this.passOver(source.rows ?? 0, source);
  }

  async #addList({ list, vGenes, rows }: SequenceList, source: Partial<Source>): Promise<void> {
    const { name, log, run } = this.adding;
    if (vGenes !== (log.facts.vGenes ?? false)) {
      throw typeError(
        vGenes
          ? `${name} has V genes, but the run was trained on sequences without them`
          : `${name} has no V genes, but the run was trained on sequences with them (vColumn, or { sequences, vGenes })`,
      );
    }
    for (let i = 0; i < list.length; i++) {
      const sequence = list[i];
      if (rows) this.passOver(rows[i], source);
      if (typeof sequence !== 'string')
        throw wrongType(`${name}: sequence ${this.rows}`, 'a string', sequence);
      const why = vGenes
        ? (whyNoSequence(sequenceOf(sequence), log.facts) ?? whyNoGene(geneOf(sequence)))
        : whyNoSequence(sequence, log.facts);
      if (why === undefined) {
        if (this.waiting.count === this.most) await this.flush();
        this.numbers[this.waiting.count] = this.rows;
        this.waiting.take(sequence);
      } else {
        this.skip(
          rangeError(
            say`${name}: sequence ${this.rows}, ${describe(vGenes ? sequenceOf(sequence) : sequence)}, ${why}`,
          ),
        );
      }
      this.rows++;
      if (this.rows % STEP_ROWS === 0) {
        run.signal?.throwIfAborted();
        await yieldInPage();
      }
    }
  }

  protected async seat(onDone: (rows: number) => void): Promise<void> {
    const { model, log, inner } = this.adding;
    const { waiting, seats } = this;
    const { overlap } = log.facts;
    const step = Math.max(1, Math.floor(this.chunkBytes / encodedBytes(log.facts)));
    for (let from = 0; from < waiting.count; from += step) {
      const end = Math.min(waiting.count, from + step);
      const matrix = await encodeBatch(sequencesOf(waiting.strings(from, end), log.facts), log.facts);
      await seatRows(matrix, model, overlap, seats.subarray(from * overlap, end * overlap), inner);
      onDone(end);
    }
  }
}

/** Add a batch completely, or not at all. */
export async function addBatch(
  adding: Adding,
  rows: { source: Source } | { sequences: Sequences },
): Promise<void> {
  let adder: VectorAdder | SequenceAdder | undefined;
  try {
    if ('source' in rows) {
      // Rows are stored as they are clustered: prepared. From here on, the centroids are compared with prepared rows.
      const { leaders, labels, metric, preparation } = adding.model;
      const { preparedFor } = await import('../sources/prepare/apply.ts');
      const source = preparedFor(rows.source, preparation, adding.badRows === 'skip', {
        ...{ allocate, inSteps, rangeError, BadRowError },
      });
      adder = new VectorAdder({ ...adding, model: new Model(leaders, labels, metric) });
      await adder.add(source);
    } else {
      adder = new SequenceAdder(adding);
      await adder.add(rows.sequences);
    }
    if (adder.skipped > 0 && adder.skipped === adder.rows) throw adder.allBad();
    await adder.finish();
  } catch (error) {
    await adding.log.discard(adder?.files ?? []);
    throw error;
  }
}
