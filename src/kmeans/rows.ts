/** Copies rows for k-means to linear memory: all of them once, a sample, or chunk by chunk in every pass. */

import { BYTES } from '../distance/element-types.ts';
import { flawsOf } from '../distance/finite.ts';
import { prepareRows, type RowSet } from '../distance/space.ts';
import { rangeError } from '../errors.ts';
import { type BadRowCounter, type BadRows, countBadRows } from '../model/bad-rows.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunState } from '../runtime/run.ts';
import type { Random } from '../support/numbers/random.ts';
import { drive, pause, ROUND } from '../support/scheduling.ts';
import type { Chunk, Source } from '../types.ts';
import { centreRows } from './centering.ts';
import { type KMeansLayout, rowsFrom, type Slot } from './layout.ts';
import type { Block, Rows } from './lloyd.ts';

export class Reader {
  readonly #engine: Engine;
  readonly #layout: KMeansLayout;
  readonly #source: Source;
  readonly #policy: BadRows;
  readonly #chunkRows: number;
  /** Number of rows of the source, including bad ones, if known. */
  readonly rows: number | undefined;
  readonly #run: RunState;
  /** Whether the caller gave the metric. */
  readonly #explicit: boolean;
  /** Bad rows are reported after the first pass; in later passes they are only skipped. */
  #reported = false;
  /** Describes the bad rows. */
  said = '';

  constructor(
    engine: Engine,
    layout: KMeansLayout,
    source: Source,
    options: { policy: BadRows; chunkRows: number; rows: number | undefined; explicit: boolean },
    run: RunState,
  ) {
    this.#engine = engine;
    this.#layout = layout;
    this.#source = source;
    this.#policy = options.policy;
    this.#chunkRows = options.chunkRows;
    this.#explicit = options.explicit;
    this.rows = options.rows;
    this.#run = run;
  }

  get name(): string {
    return this.#source.name ?? 'the source';
  }

  /** Copy a chunk to row `at` of a set, without its bad rows. @returns the row numbers of the copied rows */
  async #keep(
    set: RowSet,
    at: number,
    chunk: Chunk,
    bad: BadRowCounter,
  ): Promise<{ count: number; places?: Float64Array }> {
    const engine = this.#engine;
    const { signal } = this.#run;
    const { space } = this.#layout;
    const { cols } = space;
    const { rows, start } = chunk;
    if (at + rows > set.capacity) {
      throw rangeError(
        `${this.name}: row ${start + set.capacity - at} follows the last one; the data have changed`,
      );
    }
    const target = rowsFrom(space, set, at);
    await engine.write(target.input, chunk.data, signal, space.input);
    const skipped = new Set(
      await drive(
        bad.checkSteps(engine, space, target.input, rows, (i) => start + i),
        signal,
      ),
    );
    if (this.#layout.centred) await centreRows(engine, this.#layout, target, rows, signal);
    await prepareRows(engine, space, target, rows, signal);
    if (skipped.size === 0) return { count: rows };
    const places: number[] = [];
    const width = cols * BYTES[space.input];
    for (let i = 0; i < rows; i++) {
      if ((i & ROUND) === ROUND) await pause(signal);
      if (skipped.has(i)) continue;
      const [to, from] = [places.length * width, i * width];
      engine.bytes(target.input, rows * width).copyWithin(to, from, from + width);
      places.push(start + i);
    }
    await prepareRows(engine, space, target, places.length, signal);
    return { count: places.length, places: Float64Array.from(places) };
  }

  async *#chunks(bad: BadRowCounter): AsyncGenerator<Chunk, void, undefined> {
    const { signal } = this.#run;
    const chunks = this.#source.chunks({ chunkRows: this.#chunkRows, signal, reuse: true });
    let end: (() => void) | undefined;
    for await (const chunk of this.#engine.reads(chunks)) {
      if (!this.#reported && chunk.start === 0) {
        const { advise } = await import('../model/advice.ts');
        const how = { metric: this.#layout.space.metric, explicit: this.#explicit };
        end = advise(this.#source, how, chunk.data, chunk.rows, this.#run.warn);
      }
      yield chunk;
    }
    if (!this.#reported) bad.report();
    end?.();
    this.said = bad.said;
    this.#reported = true;
  }

  async #counter(): Promise<BadRowCounter> {
    const flaws = await flawsOf(this.#layout.space.metric);
    return countBadRows(this.#policy, this.#source, this.#run, flaws);
  }

  /** Read the rows chunk by chunk. */
  async pass(slot: Slot, visit: (block: Block) => Promise<void>): Promise<void> {
    const bad = await this.#counter();
    for await (const chunk of this.#chunks(bad)) {
      const { count, places } = await this.#keep(slot.set, 0, chunk, bad);
      await visit({ slot, count, start: chunk.start, places, end: chunk.start + chunk.rows });
    }
  }

  /** Read all rows, and keep them in memory. */
  async hold(slot: Slot): Promise<Rows & { block: Block }> {
    const bad = await this.#counter();
    const { progress, signal } = this.#run;
    const total = this.rows;
    let count = 0;
    let places: Float64Array | undefined;
    progress({ phase: 'read', done: 0, total });
    for await (const chunk of this.#chunks(bad)) {
      const kept = await this.#keep(slot.set, count, chunk, bad);
      if (kept.places && !places) {
        places = new Float64Array(slot.set.capacity);
        for (let i = 0; i < count; i++) {
          places[i] = i;
          if ((i & ROUND) === ROUND) await pause(signal);
        }
      }
      for (let i = 0; places && i < kept.count; i++) {
        places[count + i] = kept.places ? kept.places[i] : chunk.start + i;
        if ((i & ROUND) === ROUND) await pause(signal);
      }
      count += kept.count;
      progress({ phase: 'read', done: chunk.start + chunk.rows, total });
    }
    const block = { slot, count, start: 0, places: places?.subarray(0, count), end: total ?? count };
    return { block, resident: true, pass: (visit) => visit(block) };
  }

  /** Draw random rows, all choices equally likely, and keep them in memory. */
  async draw(slot: Slot, chunkSlot: Slot, most: number, random: Random): Promise<Rows & { block: Block }> {
    const reservoir = new Reservoir(most, random);
    const { progress, signal } = this.#run;
    const total = this.rows;
    progress({ phase: 'read', done: 0, total });
    await this.pass(chunkSlot, async (block) => {
      await reservoir.offer(this.#engine, this.#layout, block, slot.set, signal);
      progress({ phase: 'read', done: block.start + block.count, total });
    });
    if (total !== undefined) progress({ phase: 'read', done: total, total });
    await prepareRows(this.#engine, this.#layout.space, slot.set, reservoir.count, signal);
    const block = { slot, count: reservoir.count, start: 0, end: reservoir.count };
    return { block, resident: true, pass: (visit) => visit(block) };
  }
}

/** Count the rows of a source that does not know their number. */
export async function countRows(
  source: Source,
  chunkRows: number,
  { signal, progress }: RunState,
): Promise<number> {
  let rows = 0;
  progress({ phase: 'count', done: 0 });
  for await (const chunk of source.chunks({ chunkRows, signal, reuse: true })) {
    rows = chunk.start + chunk.rows;
    progress({ phase: 'count', done: rows });
  }
  progress({ phase: 'count', done: rows, total: rows });
  return rows;
}

/** Reservoir sampling: a random choice of `most` rows from a stream of rows. */
export class Reservoir {
  readonly #most: number;
  readonly #random: Random;
  #seen = 0;

  constructor(most: number, random: Random) {
    this.#most = most;
    this.#random = random;
  }

  /** Number of rows kept. */
  get count(): number {
    return Math.min(this.#seen, this.#most);
  }

  /** Offer the rows of a block; those that are kept are copied to `into`. @throws the signal's reason */
  async offer(
    engine: Engine,
    { space }: KMeansLayout,
    { slot, count }: Block,
    into: RowSet,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const width = space.cols * BYTES[space.input];
    for (let i = 0; i < count; i++) {
      if ((i & ROUND) === ROUND) await pause(signal);
      const at = this.#seen < this.#most ? this.#seen : this.#random.below(this.#seen + 1);
      this.#seen++;
      if (at >= this.#most) continue;
      engine.bytes(into.input + at * width, width).set(engine.bytes(slot.set.input + i * width, width));
    }
  }
}
