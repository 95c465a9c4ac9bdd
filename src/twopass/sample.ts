/** Copies the rows of a sample to linear memory, in the order of the data. */
import { BYTES } from '../distance/element-types.ts';
import { flawedRow, flawsOf } from '../distance/finite.ts';
import type { Space } from '../distance/space.ts';
import { BadRowError, MemoryLimitError, rangeError } from '../errors.ts';
import { type BadRows, countBadRows } from '../model/bad-rows.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunState } from '../runtime/run.ts';
import { Random } from '../support/numbers/random.ts';
import { orderOf } from '../support/order.ts';
import { drive, pause, ROUND, type Steps } from '../support/scheduling.ts';
import type { Chunk, ChunkOptions, FloatArray, Source } from '../types.ts';
import type { Plan } from './plan.ts';

/** Row numbers; float64, since data may have more than 2^32 rows. */
type RowNumbers = Float64Array;

interface Sample {
  /** The row of the data of each row of the sample, ascending. */
  rows: RowNumbers;
  /** Number of rows of the data, if it is known now. */
  total: number | undefined;
}

/** `count` random rows of 0 .. n - 1, all choices equally likely, ascending (Floyd's method). */
function* drawRows(n: number, count: number, random: Random): Steps<RowNumbers> {
  const drawn = new Set<number>();
  for (let j = n - count; j < n; j++) {
    if ((j & ROUND) === ROUND) yield;
    const row = random.below(j + 1);
    drawn.add(drawn.has(row) ? j : row);
  }
  return Float64Array.from(drawn).sort();
}

type Flaws = Awaited<ReturnType<typeof flawsOf>>;

/** If rows of the sample are more bytes apart than this, each is read on its own. */
const SKIP_BYTES = 2 ** 18;

/** The chunks with the wanted rows: all chunks, or only these rows if they lie far apart. */
export async function* chunksWith(
  source: Source,
  wanted: RowNumbers,
  options: ChunkOptions,
): AsyncGenerator<Chunk, void, undefined> {
  const gap = ((source.rows as number) / wanted.length) * source.cols * (source.dtype === 'f4' ? 4 : 8);
  if (!(gap >= SKIP_BYTES) || source.sequential) {
    yield* source.chunks({ ...options, end: wanted[wanted.length - 1] + 1 });
    return;
  }
  for (const row of wanted) {
    yield* source.chunks({ ...options, chunkRows: 1, start: row, end: row + 1 });
  }
}

/** What a sample is read from, and where its rows go. */
interface SampleRequest {
  engine: Engine;
  space: Space;
  /** Address of the rows in linear memory. */
  ptr: number;
  source: Source;
  plan: Plan;
  /** Rows of a chunk of the source. */
  chunkRows: number;
  badRows: BadRows;
  run: RunState;
}

/**
 * Read the sample of a plan.
 * @throws BadRowError, RangeError if there are fewer than two rows, MemoryLimitError if a source of unknown length has more
 *   rows at this stride than fit
 */
export async function readSample(request: SampleRequest): Promise<Sample> {
  const { space } = request;
  const flaws = await flawsOf(space.metric);
  return new SampleReader(request, flaws).read();
}

class SampleReader {
  readonly #request: SampleRequest;
  readonly #flaws: Flaws;
  readonly #bad: ReturnType<typeof countBadRows>;
  readonly #random: Random;
  readonly #name: string;
  /** Row numbers of the rows so far. */
  readonly #numbers: number[] = [];
  /** Number of wanted rows that have been read; or, for a reservoir, of good rows. */
  #seen = 0;

  constructor(request: SampleRequest, flaws: Flaws) {
    const { source, run, badRows } = request;
    this.#request = request;
    this.#flaws = flaws;
    this.#bad = countBadRows(badRows, source, run, flaws);
    this.#random = new Random(run.seed);
    this.#name = source.name ?? 'the source';
  }

  /** Rows of linear memory from the sample's row `at` on. */
  #rowsAt(at: number, count: number): FloatArray {
    const { engine, space, ptr } = this.#request;
    return engine.floats(space.input, ptr + at * space.cols * BYTES[space.input], count * space.cols);
  }

  /** Append rows [from, to) of a chunk to the sample; `numberOf` gives their row numbers in the data. */
  #append(data: FloatArray, from: number, to: number, numberOf: (i: number) => number): void {
    const { engine, space } = this.#request;
    const { cols } = space;
    const target = this.#rowsAt(this.#numbers.length, to - from);
    target.set(data.subarray(from * cols, to * cols));
    const skipped = new Set(
      this.#bad.check(engine, space, target.byteOffset, to - from, (i) => numberOf(from + i)),
    );
    let kept = 0;
    for (let i = 0; i < to - from; i++) {
      if (skipped.has(i)) continue;
      if (skipped.size > 0) target.copyWithin(kept * cols, i * cols, (i + 1) * cols);
      this.#numbers.push(numberOf(from + i));
      kept++;
    }
  }

  /** Every row of a chunk that was read with a stride. */
  #takeAll({ data, rows, start }: Chunk, stride: number): void {
    const { plan } = this.#request;
    if (this.#numbers.length + rows > plan.sample) {
      throw new MemoryLimitError(
        `a sample of every ${stride === 1 ? 'row' : `${stride}th row`} of ${this.#name}, which has more than ${start} rows,`,
        plan.bytes.fit + 1,
        plan.bytes.limit,
        `${plan.sample} rows would fit; use a larger stride, or give a sample size instead`,
      );
    }
    this.#append(data, 0, rows, (i) => start + i * stride);
  }

  /** The wanted rows of a chunk. */
  #takeWanted({ data, rows, start }: Chunk, wanted: RowNumbers): void {
    for (; this.#seen < wanted.length && wanted[this.#seen] < start + rows; this.#seen++) {
      const row = wanted[this.#seen];
      this.#append(data, row - start, row - start + 1, () => row);
    }
  }

  /** Reservoir sampling: the i-th good row replaces a random one of those kept with probability most / i. */
  #takeSome({ data, rows, start }: Chunk): void {
    const { space, plan } = this.#request;
    const { cols, metric } = space;
    for (let i = 0; i < rows; i++) {
      const row = data.subarray(i * cols, (i + 1) * cols);
      const at = start + i;
      const col = row.findIndex((x) => !Number.isFinite(x));
      const flaw = col < 0 ? this.#flaws?.flawOf(metric, row) : undefined;
      if (col >= 0 || flaw) {
        const bad = flaw
          ? flawedRow(this.#name, at, metric, flaw)
          : new BadRowError(this.#name, at, col, row[col]);
        this.#bad.note(at, bad);
        continue;
      }
      this.#seen++;
      if (this.#numbers.length < plan.sample) {
        this.#append(data, i, i + 1, () => at);
        continue;
      }
      const replaced = this.#random.below(this.#seen);
      if (replaced >= plan.sample) continue;
      this.#rowsAt(replaced, 1).set(row);
      this.#numbers[replaced] = at;
    }
  }

  async read(): Promise<Sample> {
    const { engine, space, source, plan, chunkRows, run } = this.#request;
    const { strategy } = plan;
    const { signal } = run;
    const numbers = this.#numbers;
    const bad = this.#bad;
    const wanted =
      strategy === 'random'
        ? await drive(drawRows(source.rows as number, plan.sample, this.#random), signal)
        : undefined;
    const stride = strategy === 'stride' ? (plan.stride as number) : 1;
    const total = source.rows === undefined ? undefined : Math.ceil(source.rows / stride);
    run.progress({ phase: 'sample', done: 0, total });
    const options = { chunkRows, stride, signal, reuse: true };
    await pause(signal);
    const chunks = wanted ? chunksWith(source, wanted, options) : source.chunks(options);
    for await (const chunk of engine.reads(chunks)) {
      if (strategy === 'stride') this.#takeAll(chunk, stride);
      else if (wanted) this.#takeWanted(chunk, wanted);
      else this.#takeSome(chunk);
      const { start, rows } = chunk;
      run.progress({ phase: 'sample', done: Math.floor(start / stride) + rows, total });
      await pause(signal);
    }
    // The data may have more rows after the last one of the sample.
    if (wanted) await source.unchanged?.();
    bad.report();
    if (numbers.length < 2) {
      throw rangeError(
        `${this.#name}: clustering needs at least two rows, but the ${stride > 1 ? `sample at stride ${stride}` : 'data'} had ${numbers.length}` +
          (bad.said && `, with ${bad.said}`),
      );
    }
    if (wanted) run.progress({ phase: 'sample', done: total as number, total });
    const rows = Float64Array.from(numbers);
    if (strategy === 'reservoir') {
      const { sortRows } = await import('./sort-rows.ts');
      const order = Int32Array.from(await drive(orderOf(rows), signal));
      await drive(sortRows(this.#rowsAt(0, rows.length), space.cols, rows, order), signal);
    }
    return { rows, total: source.rows };
  }
}
