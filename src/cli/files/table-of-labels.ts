/** `--table` and `--members` for labels that are known before the table is written: of `cut` and `batch run`. */

import { representatives } from '../../clusters/representatives.ts';
import type { NamedChunk } from '../../sources/chunks/rows.ts';
import type { OpenSource } from '../../sources/open.ts';
import type { Session } from '../terminal/session.ts';
import type { MembersFolder } from './members.ts';
import type { TableOutput } from './table.ts';

interface Labelled {
  source: OpenSource;
  labels: Int32Array;
  /** The label of rows without a cluster. */
  none?: number;
  memory?: number | undefined;
}

/**
 * Write the outputs. Two passes over the rows: the means of the clusters, then the distance of each row to its mean, and the row
 * nearest to each.
 */
export async function writeLabelled(
  session: Session,
  { source, labels, none, memory }: Labelled,
  table: TableOutput | undefined,
  members: MembersFolder | undefined,
): Promise<void> {
  if (!table && !members) return;
  const run = session.run({ memory });
  const clustered = labels.some((label) => label >= 0 && label !== none);
  const options = { pick: 'mean', none, onBadRow: 'skip', ...run } as const;
  const means = clustered && table ? await representatives(source, labels, options) : undefined;
  const place = new Map(means?.clusters.map((cluster, i) => [cluster, i]));
  table?.represent({ labels: means?.clusters ?? [] });
  const { cols } = source;
  const chunkRows = Math.max(1, Math.floor(2 ** 17 / cols));
  const chunks = source.chunks({
    chunkRows,
    reuse: true,
    signal: session.signal,
  });
  for await (const { start, rows, data, ids } of chunks as AsyncIterable<NamedChunk>) {
    const part = {
      start,
      labels: labels.slice(start, start + rows),
      distances: new Float64Array(rows).fill(Number.NaN),
      nearest: new Int32Array(rows).fill(-1),
    };
    for (let i = 0; i < rows; i++) {
      const label = part.labels[i];
      const inCluster = label >= 0 && label !== none;
      members?.add(inCluster ? label : undefined, ids?.[i] ?? String(start + i));
      const at = inCluster ? place.get(label) : undefined;
      if (at === undefined || !means?.vectors) continue;
      const mean = at * cols;
      let square = 0;
      for (let j = 0; j < cols; j++) {
        const apart = data[i * cols + j] - means.vectors.data[mean + j];
        square += apart * apart;
      }
      part.nearest[i] = at;
      part.distances[i] = Math.sqrt(square);
    }
    table?.add(part, ids);
  }
  await table?.write();
}
