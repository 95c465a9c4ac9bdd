import { MemoryLimitError } from '../errors.ts';
import { option, say } from '../messages.ts';
import type { RunState } from '../runtime/run.ts';
import type { RunLog } from './log.ts';
import type { RunFacts, SegmentFacts } from './manifest.ts';
import { READ_BYTES } from './merge.ts';
import { directoryBytes, readContents, readPrecluster, readPreclusters } from './segment.ts';

/** The preclusters of a run, and the part of the limit that is left for working on them. */
export async function openReader(
  { store }: RunLog,
  facts: RunFacts,
  segments: readonly SegmentFacts[],
  run: RunState,
) {
  const held = directoryBytes(segments) + 16 * facts.preclusters;
  const contents = await readContents(store, segments, facts.preclusters, run.signal);
  const readBytes = Math.min(READ_BYTES, run.limit / 8);
  let largest = 0;
  for (let p = 1; p < facts.preclusters; p++) if (contents.bytes[p] > contents.bytes[largest]) largest = p;
  // Bytes as read, and as decoded rows.
  const bytes = held + 2 * Math.max(readBytes, contents.bytes[largest]);
  if (bytes > run.limit / 2) {
    throw new MemoryLimitError(
      `reading precluster ${largest}, which has ${contents.rows[largest]} rows,`,
      2 * bytes,
      run.limit,
      say`train more preclusters (a smaller ${option('clusterSize')})`,
    );
  }
  return {
    preclusters: readPreclusters(store, facts, contents, readBytes, run.signal),
    limit: run.limit - bytes,
    /** Rows of the largest precluster. */
    rows: contents.rows[largest],
    largest: () => readPrecluster(store, facts, contents, largest, run.signal),
  };
}
