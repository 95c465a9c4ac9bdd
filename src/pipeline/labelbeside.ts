import { BYTES, prepareSteps } from '../distance/space.ts';
import type { FloatArray } from '../types.ts';
import type { Slot } from './assignplan.ts';
import { type Assignment, collect, createAssignment, type Labelling } from './labelling.ts';

/** A chunk that is cut in blocks. */
interface Cutting {
  rows: FloatArray;
  result: Assignment;
  /** The first row that is not in a block yet. */
  next: number;
}

/** Rows of a chunk that are in linear memory. */
interface Block {
  slot: Slot;
  result: Assignment;
  begin: number;
  end: number;
  /** Places in the block of rows that are left out as bad. */
  skipped: number[];
  /** Its labelling, and whether that has ended. */
  job: Promise<unknown>;
  labelled: boolean;
}

/** Label on other threads: while they are at some blocks of rows, the next are read and brought into linear memory. */
export async function* labelBeside(work: Labelling): AsyncGenerator<Assignment, void, undefined> {
  const { engine, plan, model, source, run, bad, signal, chunks, leave } = work;
  const { space, leaders, scratch, blockRows } = plan;
  const { cols } = space;
  const rowBytes = cols * BYTES[space.input];
  const total = source.rows;
  const crew = engine.crew(signal);
  const free = [...plan.slots];
  const inHand: Block[] = [];
  let cutting: Cutting | undefined;
  let done = 0;

  /** Bring a block in, of a new chunk where none is left of the last, and have it labelled. */
  const load = async (slot: Slot): Promise<Block | undefined> => {
    if (!cutting || cutting.next === cutting.result.labels.length) {
      const { value: chunk, done: end } = await chunks.next();
      if (end) return undefined;
      cutting = { rows: chunk.data, result: createAssignment(chunk, space), next: 0 };
    }
    const { rows, result, next: begin } = cutting;
    const end = Math.min(begin + blockRows, result.labels.length);
    cutting.next = end;
    const skipped: number[] = [];
    const step = Math.max(1, Math.floor(engine.stepBytes / rowBytes));
    for (let at = begin; at < end; at += step) {
      const count = Math.min(step, end - at);
      const ptr = slot.rows.input + (at - begin) * rowBytes;
      engine.floats(space.input, ptr, count * cols).set(rows.subarray(at * cols, (at + count) * cols));
      if (!space.spotsBadRows) {
        const places = bad.check(engine, space, ptr, count, (i) => result.start + at + i);
        skipped.push(...places.map((i) => at - begin + i));
      }
      await engine.rest(signal);
    }
    // Here, not by the crew: that is at the blocks before.
    await engine.drive(prepareSteps(engine, space, slot.rows, end - begin), signal);
    const call = space.assign(slot.rows, leaders, model.leaders.rows, scratch, slot.nearest, slot.distances);
    let told = 0;
    const onDone = (now: number) => {
      done += now - told;
      told = now;
      run.progress({ phase: 'assign', done, total });
    };
    const block: Block = { slot, result, begin, end, skipped, job: Promise.resolve(), labelled: false };
    block.job = engine.tiles(call, 0, end - begin, { signal, onDone, grain: 8, crew }).finally(() => {
      block.labelled = true;
    });
    // It is awaited below; until then a failure must not count as unhandled.
    block.job.catch(() => {});
    return block;
  };

  try {
    let ended = false;
    let failed: { cause: unknown } | undefined;
    for (;;) {
      // What is labelled waits for one more block to be read, not for as many as there is room for.
      while (!ended && free.length > 0 && !inHand[0]?.labelled) {
        try {
          const block = await load(free.shift() as Slot);
          if (block) inHand.push(block);
          else ended = true;
        } catch (cause) {
          // The chunks before it have labels all the same, as where one thread reads and labels by turns.
          failed = { cause };
          ended = true;
        }
      }
      const first = inHand.shift();
      if (failed && !first) throw failed.cause;
      if (!first) return;
      await first.job;
      const { slot, result, begin, end, skipped } = first;
      await engine.drive(collect(work, result, begin, slot, end - begin, skipped), signal);
      free.push(slot);
      if (end < result.labels.length) continue;
      // It may have been labelled before it was stopped.
      signal.throwIfAborted();
      yield result;
    }
  } finally {
    leave();
    await Promise.allSettled(inHand.map(({ job }) => job));
  }
}
