/** The rows of clusters, read in their order, a chunk at a time. */

import { BadRowError, rangeError } from '../errors.ts';
import { type BadRows, readBadRows } from '../model/bad-rows.ts';
import type { RunState } from '../runtime/run.ts';
import { checkNumber } from '../support/checks.ts';
import { inSteps, ROUND, type Steps } from '../support/scheduling.ts';
import type { FloatArray, Progress, Source } from '../types.ts';
import { type LabelArray, readPartitionSteps } from '../validation/labels.ts';

/** Bytes of a chunk. */
export const CHUNK_BYTES = 2 ** 20;
/** Numbers that are processed between two checks of the clock. */
const STEP = 2 ** 14;

/** What all functions that describe clusters take. */
export interface ClusteredOptions {
  /**
   * A label that means no cluster, besides all negative ones, which always do. Default: none, so 0 is a cluster. Use 0 for
   * labels of `mcl` and `BatchClustering`.
   */
  none?: number;
  /** Rows with NaN or infinity: an error (the default), or left out. */
  onBadRow?: BadRows;
}

/** Labels as numbers of clusters. */
export interface Clusters {
  /** The label of each cluster, ascending. */
  labels: number[];
  /** The position in `labels` of each row's cluster, or -1. */
  of: Int32Array;
}

/** @throws TypeError or RangeError unless there is a whole number for each row, and a cluster at all */
export function* readClusters(labels: LabelArray, none: number | undefined, rows?: number): Steps<Clusters> {
  if (none !== undefined) checkNumber(none, 'none');
  if (Number.isNaN(none)) throw rangeError('none must not be NaN');
  const partition = yield* readPartitionSteps(labels, 'labels', rows);
  const kept = partition.labels.filter((label) => label >= 0 && label !== none);
  if (kept.length === 0) {
    throw rangeError(
      `labels must have at least one row in a cluster, got ${partition.of.length === 0 ? 'no rows' : 'none'}`,
    );
  }
  const place = new Map(kept.map((label, i) => [label, i]));
  const of = partition.of;
  for (let i = 0; i < of.length; i++) {
    of[i] = place.get(partition.labels[of[i]]) ?? -1;
    if ((i & ROUND) === ROUND) yield;
  }
  return { labels: kept, of };
}

/** A pass over the rows of a source. */
interface Pass {
  source: Source;
  clusters: Clusters;
  run: RunState;
  onBadRow: BadRows | undefined;
  phase: Progress['phase'];
}

/**
 * Call `work` for each row that is in a cluster, in the order of the rows.
 * @returns the number of rows that were left out as bad
 * @throws BadRowError; RangeError if there are more or fewer rows than labels; errors of the source; the signal's reason
 */
export async function eachRow(
  { source, clusters: { of }, run, onBadRow, phase }: Pass,
  work: (data: FloatArray, at: number, cluster: number, row: number) => void,
): Promise<number> {
  const { cols, dtype } = source;
  const skips = readBadRows(onBadRow) === 'skip' || source.onBadRow === 'skip';
  const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / (cols * (dtype === 'f4' ? 4 : 8))));
  const step = Math.max(1, Math.floor(STEP / cols));
  let seen = 0;
  let skipped = 0;
  for await (const chunk of source.chunks({ chunkRows, reuse: true, signal: run.signal })) {
    const { data, rows, start } = chunk;
    if (start + rows > of.length) throw wrongCount(source, of.length);
    await inSteps(rows, step, run.signal, (begin, end) => {
      for (let i = begin; i < end; i++) {
        const at = i * cols;
        let j = 0;
        while (j < cols && Number.isFinite(data[at + j])) j++;
        if (j === cols) {
          if (of[start + i] >= 0) work(data, at, of[start + i], start + i);
        } else if (skips) {
          skipped++;
        } else {
          throw new BadRowError(source.name ?? 'X', start + i, j, data[at + j]);
        }
      }
    });
    seen = start + rows;
    run.progress({ phase, done: seen, total: of.length });
  }
  if (seen !== of.length) throw wrongCount(source, of.length, seen);
  return skipped;
}

function wrongCount({ name = 'X' }: Source, labels: number, rows?: number): RangeError {
  const got = rows === undefined ? `more than ${labels}` : String(rows);
  return rangeError(
    `labels must have one label for each row: ${name} has ${got} rows, and there are ${labels} labels`,
  );
}
