/** What a report says about clusters, from the rows that it looks at. */

import { type ClusterDescription, describeClusters } from '../../clusters/describe-clusters.ts';
import type { Metric } from '../../distance/metrics.ts';
import { MemoryLimitError } from '../../errors.ts';
import type { Run } from '../../types.ts';
import { type Silhouette, silhouette } from '../../validation/silhouette.ts';
import { messageOf } from '../terminal/errors.ts';
import type { LookedAt } from './sample.ts';

/** Columns that are shown for each cluster. */
const TOP = 5;

interface Findings {
  descriptions: ClusterDescription[];
  silhouettes: Silhouette | undefined;
  /** What is left out, and why. */
  left: string[];
}

interface Question {
  rows: LookedAt;
  metric: Metric;
  columns: readonly string[] | undefined;
  /** Whether a column has a meaning of its own; the positions of atoms have none. */
  described: boolean;
}

/** Do a part of the report, or say why it is left out: it does not fit in memory, or its numbers are too large. */
export async function orLeftOut<T>(
  what: string,
  left: string[],
  work: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MemoryLimitError || error instanceof RangeError)) throw error;
    left.push(`${what}: ${messageOf(error)}`);
    return undefined;
  }
}

export async function findingsOf(
  { rows, metric, columns, described }: Question,
  run: Run,
  left: string[],
): Promise<Findings> {
  const { data, labels, cols } = rows;
  const matrix = { data, rows: rows.rows, cols };
  const clusters = new Set(labels).size;
  const descriptions =
    described && clusters > 1
      ? await orLeftOut('What tells clusters apart', left, async () => {
          const named = columns ? { names: columns } : {};
          return (await describeClusters(matrix, labels, { ...run, ...named, top: TOP })).clusters;
        })
      : undefined;
  const silhouettes =
    clusters > 1 && clusters < rows.rows
      ? await orLeftOut('Silhouettes', left, () => silhouette(matrix, labels, { ...run, metric }))
      : undefined;
  return { descriptions: descriptions ?? [], silhouettes, left };
}
