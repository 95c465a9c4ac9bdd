import { BYTES } from '../distance/element-types.ts';
import { prepareSteps } from '../distance/space.ts';
import type { Engine } from '../runtime/engine.ts';
import type { WorkerGroup } from '../runtime/threads/worker-group.ts';
import { drive, isPage, pause, yieldToLoop } from '../support/scheduling.ts';
import type { Chunk, FloatArray } from '../types.ts';
import { MOST_PENDING, type Slot } from './assign-plan.ts';
import { type Assignment, collect, createAssignment, type Labelling } from './assignment.ts';

/** Time for a source to react when its consumer has left. */
const DEAF_MS = 50;

/** A chunk that is divided into blocks. */
interface Cutting {
  rows: FloatArray;
  result: Assignment;
  /** The first row that is not in a block yet. */
  next: number;
}

/** Rows of a chunk. */
interface Block {
  rows: FloatArray;
  result: Assignment;
  begin: number;
  end: number;
  slot: Slot;
  /** Positions in the block of rows that are skipped as bad. */
  skipped: number[];
  /** Its labelling, and whether it has ended. */
  job: Promise<unknown>;
  labelled: boolean;
  /** Whether its results have been copied from linear memory. */
  out: boolean;
}

/**
 * Label rows on several threads. While workers label some blocks of rows, this thread copies the next one to linear memory.
 * Unless it is the main thread of a page, it also labels blocks itself, while they are in its cache; without workers it labels
 * all. While the consumer runs, and while the source has no rows ready, another call may use the engine.
 */
export async function* labelRows(work: Labelling): AsyncGenerator<Assignment, void, undefined> {
  // Nothing begins before the first labels are asked for.
  yield* new RowLabelling(work).run();
}

class RowLabelling {
  readonly #work: Labelling;
  readonly #chunks: AsyncIterator<Chunk>;
  /** The slot of this thread. */
  readonly #own: Slot;
  /** Whether this thread labels blocks too. */
  readonly #helps: boolean;
  #engine: Engine;
  #group: WorkerGroup | undefined;
  /** Slots for workers that hold no block. */
  readonly #free: Slot[];
  /** Blocks in work, in the order of the rows. */
  readonly #pending: Block[] = [];
  #cutting: Cutting | undefined;
  #reading: Promise<void> | undefined;
  /** Whether the source has no more chunks. */
  #ended = false;
  #failed: { cause: unknown } | undefined;
  /** Number of rows that are labelled. */
  #done = 0;
  /** Ends the wait for rows or for a block. */
  #wake = () => {};

  constructor(work: Labelling) {
    const { lease, plan, source, signal } = work;
    // A signal that has already been aborted fires no event.
    signal.throwIfAborted();
    this.#work = work;
    this.#engine = lease.engine;
    this.#chunks = source.chunks({ chunkRows: plan.chunkRows, signal, reuse: true })[Symbol.asyncIterator]();
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    const [own, ...others] = plan.slots;
    this.#own = own;
    this.#helps = this.#engine.isAlone || !isPage();
    this.#group = this.#gather();
    this.#free = this.#group ? others : [];
  }

  #gather(): WorkerGroup | undefined {
    const engine = this.#engine;
    return engine.isAlone ? undefined : engine.group(this.#work.signal, this.#helps);
  }

  #hasRows(): boolean {
    const cutting = this.#cutting;
    return cutting !== undefined && cutting.next < cutting.result.labels.length;
  }

  /** Errors are thrown after the labels of the rows before them. */
  #fail(cause: unknown): void {
    this.#failed = { cause };
    this.#ended = true;
  }

  /** Read the next chunk, which may take any time. */
  #read(): Promise<void> {
    const take = async () => {
      const { value: chunk, done: end } = await this.#chunks.next();
      if (end) this.#ended = true;
      else {
        const result = createAssignment(chunk, this.#work.plan.space);
        this.#cutting = { rows: chunk.data, result, next: 0 };
      }
    };
    this.#reading ??= take()
      .catch((cause) => this.#fail(cause))
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  /** The next block of the chunk. */
  #cut(slot: Slot, most: number): Block {
    const cutting = this.#cutting as Cutting;
    const { rows, result, next: begin } = cutting;
    const end = Math.min(begin + most, result.labels.length);
    cutting.next = end;
    const job = Promise.resolve();
    return { rows, result, begin, end, slot, skipped: [], job, labelled: false, out: false };
  }

  /** Copy a block to linear memory and prepare its rows. */
  async #bringIn({ rows, result, begin, end, slot, skipped }: Block): Promise<void> {
    const { plan, bad, signal } = this.#work;
    const { space } = plan;
    const { cols } = space;
    const engine = this.#engine;
    const rowBytes = cols * BYTES[space.input];
    const step = Math.max(1, Math.floor(engine.stepBytes / rowBytes));
    for (let at = begin; at < end; at += step) {
      const count = Math.min(step, end - at);
      const ptr = slot.rows.input + (at - begin) * rowBytes;
      engine.floats(space.input, ptr, count * cols).set(rows.subarray(at * cols, (at + count) * cols));
      if (!space.spotsBadRows) {
        const rowOf = (i: number) => result.start + at + i;
        const places = await drive(bad.checkSteps(engine, space, ptr, count, rowOf), signal);
        for (const i of places) skipped.push(at - begin + i);
      }
      await pause(signal);
    }
    // On this thread, since workers are labelling earlier blocks.
    await drive(prepareSteps(engine, space, slot.rows, end - begin), signal);
  }

  #label(block: Block, here: boolean): Promise<unknown> {
    const { plan, model, source, run, signal } = this.#work;
    const { slot, begin, end } = block;
    const { rows, nearest, distances } = slot;
    const call = plan.space.assign(rows, plan.leaders, model.leaders.rows, plan.scratch, nearest, distances);
    let told = 0;
    const onDone = (now: number) => {
      this.#done += now - told;
      told = now;
      run.progress({ phase: 'assign', done: this.#done, total: source.rows });
    };
    const where = here ? { here: this.#engine.threads - 1 } : { group: this.#group };
    return this.#engine.tiles(call, 0, end - begin, { signal, onDone, grain: 8, ...where }).finally(() => {
      block.labelled = true;
    });
  }

  /** Copy the results of a block from linear memory. */
  async #takeOut(block: Block): Promise<void> {
    const { slot, result, begin, end, skipped } = block;
    if (!block.out) {
      await drive(collect(this.#work, result, begin, slot, end - begin, skipped), this.#work.signal);
    }
    block.out = true;
  }

  /** Allow another call to use the engine until #goOnWith. It first copies all results, since its memory may be overwritten. */
  #park(): void {
    this.#work.lease.park(async () => {
      for (const block of this.#pending) {
        block.job = block.job.then(() => this.#takeOut(block));
        await block.job.catch(() => {});
      }
    });
  }

  async #goOnWith(): Promise<void> {
    const { lease, bring, signal } = this.#work;
    if (await lease.unpark(signal)) return;
    this.#engine = lease.engine;
    this.#group = this.#gather();
    await bring(this.#engine);
  }

  async #start(block: Block): Promise<void> {
    try {
      await this.#bringIn(block);
      if (block.slot === this.#own) {
        await this.#label(block, true);
        await this.#takeOut(block);
        // Give workers' messages a turn.
        if (this.#group) await yieldToLoop();
      } else {
        block.job = this.#label(block, false);
        // It is awaited in `run`. Until then, a rejection must not count as unhandled.
        block.job.catch(() => {});
      }
      this.#pending.push(block);
    } catch (cause) {
      this.#fail(cause);
    }
  }

  /** Wait until the source has rows or the first block is labelled. Another call may use the engine meanwhile. */
  async #wait(): Promise<void> {
    const first = this.#pending.at(0);
    // Finished labels do not wait for rows that are still being read.
    // This is not Promise.race: a promise that is raced repeatedly keeps all races in memory as long as it is pending.
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      void this.#read().then(resolve);
      first?.job.then(
        () => resolve(),
        () => resolve(),
      );
      this.#park();
    });
    this.#work.signal.throwIfAborted();
    await this.#goOnWith();
  }

  async *run(): AsyncGenerator<Assignment, void, undefined> {
    const { plan, lease, signal, leave } = this.#work;
    const pending = this.#pending;
    const own = this.#own;
    const helps = this.#helps;
    try {
      for (;;) {
        const first = pending.at(0);
        if (!this.#ended && !first?.labelled) {
          if (!this.#hasRows()) {
            await this.#wait();
            continue;
          }
          const slot = this.#free.shift() ?? (helps && pending.length < MOST_PENDING ? own : undefined);
          if (slot) {
            await this.#start(this.#cut(slot, slot === own ? plan.ownRows : plan.blockRows));
            continue;
          }
        }
        if (first && !first.labelled && helps && this.#group?.help(this.#engine.threads - 1)) {
          await yieldToLoop();
          continue;
        }
        if (this.#failed && !first) throw this.#failed.cause;
        if (!first) return;
        pending.shift();
        const { job, slot, result, end } = first;
        if (slot !== own) {
          await job;
          await this.#takeOut(first);
          this.#free.push(slot);
        }
        if (end < result.labels.length) continue;
        // The block may have been labelled before the run was stopped.
        signal.throwIfAborted();
        this.#park();
        yield result;
        await this.#goOnWith();
      }
    } finally {
      leave();
      await Promise.allSettled(pending.map(({ job }) => job));
      await lease.settle();
      await closeChunks(this.#chunks, this.#reading);
    }
  }
}

/** Let a source close its resources. If a read is under way and ignores the signal, do not wait for it. */
async function closeChunks(
  chunks: AsyncIterator<unknown>,
  reading: Promise<void> | undefined,
): Promise<void> {
  const closed = chunks.return?.();
  if (!reading) {
    await closed;
    return;
  }
  closed?.catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  const long = new Promise((resolve) => {
    timer = setTimeout(resolve, DEAF_MS);
  });
  await Promise.race([Promise.allSettled([reading, closed]), long]);
  clearTimeout(timer);
}
