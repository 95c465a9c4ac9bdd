/** Copies the rows of a sample to linear memory, in the order of the data. */
import { flawedRow, flawsOf } from '../distance/finite.ts';
import type { Space } from '../distance/space.ts';
import { BadRowError, MemoryLimitError, rangeError } from '../errors.ts';
import { type BadRows, countBadRows } from '../model/bad-rows.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunState } from '../runtime/run.ts';
import { orderOf } from '../support/order.ts';
import { Random } from '../support/random.ts';
import { drive, pause, ROUND, type Steps } from '../support/scheduling.ts';
import type { Chunk, ChunkOptions, Source } from '../types.ts';
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

/** If rows of the sample are more bytes apart than this, each is read on its own. */
const SKIP_BYTES = 2 ** 18;

/** The chunks with the wanted rows: all chunks, or only these rows if they lie far apart. */
async function* chunksWith(
  source: Source,
  wanted: RowNumbers,
  options: ChunkOptions,
): AsyncGenerator<Chunk, void, undefined> {
  const gap = ((source.rows as number) / wanted.length) * source.cols * (source.dtype === 'f4' ? 4 : 8);
  if (gap < SKIP_BYTES) {
    yield* source.chunks({ ...options, end: wanted[wanted.length - 1] + 1 });
    return;
  }
  for (const row of wanted) {
    yield* source.chunks({ ...options, chunkRows: 1, start: row, end: row + 1 });
  }
}

/**
 * Read the sample of a plan to address `ptr`.
 * @throws BadRowError, RangeError if there are fewer than two rows, MemoryLimitError if a source of unknown length has more
 *   rows at this stride than fit
 */
export async function readSample(
  engine: Engine,
  space: Space,
  ptr: number,
  source: Source,
  plan: Plan,
  chunkRows: number,
  badRows: BadRows,
  run: RunState,
): Promise<Sample> {
  const { cols } = space;
  const { strategy, sample: most } = plan;
  const name = source.name ?? 'the source';
  const flaws = await flawsOf(space.metric);
  const bad = countBadRows(badRows, source, run, flaws);
  const random = new Random(run.seed);
  const wanted =
    strategy === 'random'
      ? await drive(drawRows(source.rows as number, most, random), run.signal)
      : undefined;
  const numbers: number[] = [];
  let seen = 0;

  /** Append rows [from, to) of a chunk to the sample; `numberOf` gives their row numbers in the data. */
  const append = (
    data: Float32Array | Float64Array,
    from: number,
    to: number,
    numberOf: (i: number) => number,
  ) => {
    const at = numbers.length;
    const target = engine.floats(
      space.input,
      ptr + at * cols * (space.input === 'f4' ? 4 : 8),
      (to - from) * cols,
    );
    target.set(data.subarray(from * cols, to * cols));
    const skipped = new Set(
      bad.check(engine, space, target.byteOffset, to - from, (i) => numberOf(from + i)),
    );
    let kept = 0;
    for (let i = 0; i < to - from; i++) {
      if (skipped.has(i)) continue;
      if (skipped.size > 0) target.copyWithin(kept * cols, i * cols, (i + 1) * cols);
      numbers.push(numberOf(from + i));
      kept++;
    }
  };

  const stride = strategy === 'stride' ? (plan.stride as number) : 1;
  const rowsToRead = source.rows === undefined ? undefined : Math.ceil(source.rows / stride);
  run.progress({ phase: 'sample', done: 0, total: rowsToRead });
  const options = { chunkRows, stride, signal: run.signal, reuse: true };
  await pause(run.signal);
  const chunks = wanted ? chunksWith(source, wanted, options) : source.chunks(options);
  for await (const chunk of engine.reads(chunks)) {
    const { data, rows, start } = chunk;
    if (strategy === 'stride') {
      if (numbers.length + rows > most) {
        throw new MemoryLimitError(
          `a sample of every ${stride === 1 ? 'row' : `${stride}th row`} of ${name}, which has more than ${start} rows,`,
          plan.bytes.fit + 1,
          plan.bytes.limit,
          `${most} rows would fit; use a larger stride, or give a sample size instead`,
        );
      }
      append(data, 0, rows, (i) => start + i * stride);
    } else if (wanted) {
      for (let k = seen; k < wanted.length && wanted[k] < start + rows; k++) {
        append(data, wanted[k] - start, wanted[k] - start + 1, () => wanted[k]);
      }
      while (seen < wanted.length && wanted[seen] < start + rows) seen++;
    } else {
      // Reservoir sampling: the i-th good row replaces a random one of those kept with probability most / i.
      for (let i = 0; i < rows; i++) {
        const row = data.subarray(i * cols, (i + 1) * cols);
        const col = row.findIndex((x) => !Number.isFinite(x));
        const flaw = col < 0 ? flaws?.flawOf(space.metric, row) : undefined;
        if (col >= 0 || flaw) {
          const at = start + i;
          bad.note(
            at,
            flaw ? flawedRow(name, at, space.metric, flaw) : new BadRowError(name, at, col, row[col]),
          );
          continue;
        }
        seen++;
        if (numbers.length < most) {
          append(data, i, i + 1, () => start + i);
          continue;
        }
        const place = random.below(seen);
        if (place >= most) continue;
        engine.floats(space.input, ptr + place * cols * (space.input === 'f4' ? 4 : 8), cols).set(row);
        numbers[place] = start + i;
      }
    }
    run.progress({
      phase: 'sample',
      done: strategy === 'stride' ? Math.floor(start / stride) + rows : start + rows,
      total: rowsToRead,
    });
    await pause(run.signal);
  }
  // The data may have more rows after the last one of the sample.
  if (wanted) await source.unchanged?.();
  bad.report();
  if (numbers.length < 2) {
    throw rangeError(
      `${name}: clustering needs at least two rows, but the ${stride > 1 ? `sample at stride ${stride}` : 'data'} had ${numbers.length}` +
        (bad.said && `, with ${bad.said}`),
    );
  }
  if (wanted) run.progress({ phase: 'sample', done: rowsToRead as number, total: rowsToRead });
  const rows = Float64Array.from(numbers);
  if (strategy === 'reservoir') {
    const { sortRows } = await import('./sort-rows.ts');
    const order = Int32Array.from(await drive(orderOf(rows), run.signal));
    const values = engine.floats(space.input, ptr, rows.length * cols);
    await drive(sortRows(values, cols, rows, order), run.signal);
  }
  return { rows, total: source.rows };
}
