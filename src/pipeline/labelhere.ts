import { BYTES, prepareSteps } from '../distance/space.ts';
import { type Assignment, collect, createAssignment, type Labelling } from './labelling.ts';

/** Bytes of rows that stay in the second-level cache while they are brought in, labelled and let go. */
const BLOCK_BYTES = 2 ** 19;
/** Time after which progress is told within a chunk. */
const TELL_MS = 20;

/**
 * Label on this thread: rows are brought into linear memory a block at a time, labelled while they are in the cache,
 * and what was found is taken out before the next.
 */
export async function* labelHere(work: Labelling): AsyncGenerator<Assignment, void, undefined> {
  const { engine, plan, model, source, run, bad, signal, chunks } = work;
  const { space, slots, leaders, scratch, blockRows } = plan;
  const { cols } = space;
  const [slot] = slots;
  const { rows: set } = slot;
  const rowBytes = cols * BYTES[space.input];
  const step = Math.min(blockRows, Math.max(8, Math.floor(BLOCK_BYTES / rowBytes / 8) * 8));
  const call = space.assign(set, leaders, model.leaders.rows, scratch, slot.nearest, slot.distances);
  let done = 0;
  let told = performance.now();
  for (;;) {
    const { value: chunk, done: end } = await chunks.next();
    if (end) return;
    const { rows, start } = chunk;
    const result = createAssignment(chunk, space);
    for (let at = 0; at < rows; at += step) {
      const count = Math.min(step, rows - at);
      const part = chunk.data.subarray(at * cols, (at + count) * cols);
      engine.floats(space.input, set.input, count * cols).set(part);
      const skipped = space.spotsBadRows
        ? []
        : bad.check(engine, space, set.input, count, (i) => start + at + i);
      await engine.drive(prepareSteps(engine, space, set, count), signal);
      const onDone = (end: number) => {
        const now = performance.now();
        if (now - told < TELL_MS) return;
        told = now;
        run.progress({ phase: 'assign', done: done + at + end, total: source.rows });
      };
      await engine.tiles(call, 0, count, { signal, onDone, grain: 8 });
      await engine.drive(collect(work, result, at, slot, count, skipped), signal);
    }
    done += rows;
    yield result;
  }
}
