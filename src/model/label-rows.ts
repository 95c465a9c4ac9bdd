import { BYTES } from '../distance/element-types.ts';
import { prepareSteps } from '../distance/space.ts';
import { drive, isPage, pause, yieldToLoop } from '../support/scheduling.ts';
import type { FloatArray } from '../types.ts';
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
  const { lease, bring, plan, model, source, run, bad, signal, leave } = work;
  let { engine } = lease;
  const { space, leaders, scratch, chunkRows, blockRows, ownRows } = plan;
  const { cols } = space;
  const rowBytes = cols * BYTES[space.input];
  const total = source.rows;
  // A signal that has already been aborted fires no event.
  signal.throwIfAborted();
  const chunks = source.chunks({ chunkRows, signal, reuse: true })[Symbol.asyncIterator]();
  let wake = () => {};
  signal.addEventListener('abort', () => wake(), { once: true });
  const [own, ...others] = plan.slots;
  const helps = engine.isAlone || !isPage();
  const gather = () => (engine.isAlone ? undefined : engine.group(signal, helps));
  let group = gather();
  const free = group ? others : [];
  /** Blocks in work, in the order of the rows. */
  const pending: Block[] = [];
  let cutting: Cutting | undefined;
  let reading: Promise<void> | undefined;
  let ended = false;
  let failed: { cause: unknown } | undefined;
  let done = 0;

  const hasRows = () => cutting !== undefined && cutting.next < cutting.result.labels.length;

  /** Errors are thrown after the labels of the rows before them. */
  const fail = (cause: unknown) => {
    failed = { cause };
    ended = true;
  };

  /** Read the next chunk, which may take any time. */
  const read = (): Promise<void> => {
    const take = async () => {
      const { value: chunk, done: end } = await chunks.next();
      if (end) ended = true;
      else cutting = { rows: chunk.data, result: createAssignment(chunk, space), next: 0 };
    };
    reading ??= take()
      .catch(fail)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  /** The next block of the chunk. */
  const cut = (slot: Slot, most: number): Block => {
    const { rows, result, next: begin } = cutting as Cutting;
    const end = Math.min(begin + most, result.labels.length);
    (cutting as Cutting).next = end;
    return {
      rows,
      result,
      begin,
      end,
      slot,
      skipped: [],
      job: Promise.resolve(),
      labelled: false,
      out: false,
    };
  };

  const bringIn = async ({ rows, result, begin, end, slot, skipped }: Block): Promise<void> => {
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
  };

  const label = (block: Block, here: boolean): Promise<unknown> => {
    const { slot, begin, end } = block;
    const call = space.assign(slot.rows, leaders, model.leaders.rows, scratch, slot.nearest, slot.distances);
    let told = 0;
    const onDone = (now: number) => {
      done += now - told;
      told = now;
      run.progress({ phase: 'assign', done, total });
    };
    const options = { signal, onDone, grain: 8, ...(here ? { here: engine.threads - 1 } : { group }) };
    return engine.tiles(call, 0, end - begin, options).finally(() => {
      block.labelled = true;
    });
  };

  const takeOut = async (block: Block): Promise<void> => {
    const { slot, result, begin, end, skipped } = block;
    if (!block.out) await drive(collect(work, result, begin, slot, end - begin, skipped), signal);
    block.out = true;
  };

  /** Copy all results from the engine, so that its memory may be overwritten. */
  const save = async (): Promise<void> => {
    for (const block of pending) {
      block.job = block.job.then(() => takeOut(block));
      await block.job.catch(() => {});
    }
  };

  const goOnWith = async (): Promise<void> => {
    if (await lease.unpark(signal)) return;
    engine = lease.engine;
    group = gather();
    await bring(engine);
  };

  const goOn = async (block: Block): Promise<void> => {
    try {
      await bringIn(block);
      if (block.slot === own) {
        await label(block, true);
        await takeOut(block);
        // Give workers' messages a turn.
        if (group) await yieldToLoop();
      } else {
        block.job = label(block, false);
        // It is awaited below. Until then, a rejection must not count as unhandled.
        block.job.catch(() => {});
      }
      pending.push(block);
    } catch (cause) {
      fail(cause);
    }
  };

  try {
    for (;;) {
      const first = pending[0];
      if (!ended && !first?.labelled) {
        if (!hasRows()) {
          // Finished labels do not wait for rows that are still being read.
          // This is not Promise.race: a promise that is raced repeatedly keeps all races in memory as long as it is pending.
          await new Promise<void>((resolve) => {
            wake = resolve;
            void read().then(resolve);
            first?.job.then(
              () => resolve(),
              () => resolve(),
            );
            lease.park(save);
          });
          signal.throwIfAborted();
          await goOnWith();
          continue;
        }
        const slot = free.shift() ?? (helps && pending.length < MOST_PENDING ? own : undefined);
        if (slot) {
          await goOn(cut(slot, slot === own ? ownRows : blockRows));
          continue;
        }
      }
      if (first && !first.labelled && helps && group?.help(engine.threads - 1)) {
        await yieldToLoop();
        continue;
      }
      if (failed && !first) throw failed.cause;
      if (!first) return;
      pending.shift();
      const { job, slot, result, end } = first;
      if (slot !== own) {
        await job;
        await takeOut(first);
        free.push(slot);
      }
      if (end < result.labels.length) continue;
      // The block may have been labelled before the run was stopped.
      signal.throwIfAborted();
      lease.park(save);
      yield result;
      await goOnWith();
    }
  } finally {
    leave();
    await Promise.allSettled(pending.map(({ job }) => job));
    await lease.settle();
    await closeChunks(chunks, reading);
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
