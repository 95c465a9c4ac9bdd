import { BYTES, prepareSteps } from '../distance/space.ts';
import { type Assignment, checkOverflow, createAssignment, type Labelling, leaveOut } from './labelling.ts';

/** Bytes of rows that stay in the second-level cache while they are brought in, labelled and let go. */
const BLOCK_BYTES = 2 ** 19;
/** Time after which progress is told within a chunk. */
const TELL_MS = 20;

/**
 * Label on this thread: rows are brought into linear memory a block at a time, labelled while they are in the cache,
 * and what was found is taken out before the next.
 */
export async function* labelHere(work: Labelling): AsyncGenerator<Assignment, void, undefined> {
  const { engine, plan, model, source, run, bad, signal, chunks, none } = work;
  const { space, slots, leaders, scratch, chunkRows } = plan;
  const { cols } = space;
  const { rows: set, nearest: nearestPtr, distances: distancesPtr } = slots[0];
  const rowBytes = cols * BYTES[space.input];
  const step = Math.min(chunkRows, Math.max(8, Math.floor(BLOCK_BYTES / rowBytes / 8) * 8));
  const call = space.assign(set, leaders, model.leaders.rows, scratch, nearestPtr, distancesPtr);
  let done = 0;
  let told = performance.now();
  for (;;) {
    const { value: chunk, done: end } = await chunks.next();
    if (end) return;
    const { rows, start } = chunk;
    const result = createAssignment(chunk, space);
    const { labels, nearest, distances } = result;
    for (let at = 0; at < rows; at += step) {
      const count = Math.min(step, rows - at);
      const part = chunk.data.subarray(at * cols, (at + count) * cols);
      engine.floats(space.input, set.input, count * cols).set(part);
      const check = () => bad.check(engine, space, set.input, count, (i) => start + at + i);
      let skipped = space.spotsBadRows ? [] : check();
      await engine.drive(prepareSteps(engine, space, set, count), signal);
      const onDone = (end: number) => {
        const now = performance.now();
        if (now - told < TELL_MS) return;
        told = now;
        run.progress({ phase: 'assign', done: done + at + end, total: source.rows });
      };
      await engine.tiles(call, 0, count, { signal, onDone, grain: 8 });
      const found = engine.floats(space.output, distancesPtr, count);
      if (space.spotsBadRows && found.includes(Number.POSITIVE_INFINITY)) skipped = check();
      nearest.set(engine.i32(nearestPtr, count), at);
      distances.set(found, at);
      for (let i = at; i < at + count; i++) labels[i] = model.labels[nearest[i]];
      for (const i of skipped) leaveOut(at + i, result, none);
    }
    checkOverflow(distances, start, source, space);
    done += rows;
    yield result;
  }
}
