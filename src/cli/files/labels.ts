/** The second pass of `cluster` and `assign`: labels go to disk as they come, counts go to the summary. */

import type { Assignment } from '../../model/assign.ts';
import type { Model } from '../../model/model.ts';
import type { OutputFile } from '../../sinks/file.ts';
import { type LabelFormat, labelFormat, labelWriter } from '../../sinks/labels.ts';
import { isStdout } from '../../sinks/stdout.ts';
import type { LabelFlags } from '../flags/labels.ts';
import { asUsage, UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';

/** One cluster, over all rows. */
interface ClusterFacts {
  cluster: number;
  rows: number;
  /** Fraction of all rows with a label. */
  share: number;
  /** Mean and largest distance of its rows to their nearest leaders. */
  meanDistance: number;
  maxDistance: number;
}

export interface Tally {
  /** Rows that have a label. */
  rows: number;
  /** Rows that were skipped because they are not finite. */
  skipped: number;
  clusters: ClusterFacts[];
}

/** Options about labels, checked before any file is opened. */
export interface LabelTarget {
  path: string;
  format: LabelFormat;
  distances: boolean;
}

/** @throws UsageError if the extension is unknown, or the format has no column for distances */
export function labelTarget({ out, outFormat, distances = false }: LabelFlags): LabelTarget | undefined {
  if (out === undefined) {
    if (outFormat !== undefined) throw new UsageError('--out-format needs --out');
    if (distances) throw new UsageError('--distances needs --out with a .csv file');
    return undefined;
  }
  const format = outFormat ?? (isStdout(out) ? 'csv' : asUsage(() => labelFormat(out)));
  if (distances && !labelWriter(format).columns) {
    throw new UsageError(
      `--distances adds a column, which .${format} files do not have; use --out with .csv`,
    );
  }
  return { path: out, format, distances };
}

/** Begin the file of labels, so that a problem with it is found before the work begins. */
export function openLabels(
  session: Session,
  target: LabelTarget | undefined,
  inputs: readonly string[],
  rows: number | undefined,
): OutputFile | undefined {
  if (!target) return undefined;
  return session.output('--out', target.path, inputs, labelWriter(target.format).leastBytes(rows ?? 0));
}

/** Run the second pass: count the labels, and write them if there is a file. */
export async function labelRows(
  parts: AsyncIterable<Assignment>,
  model: Model,
  to?: { file: OutputFile; target: LabelTarget; idName?: string; nextIds?: () => string[] | undefined },
): Promise<Tally> {
  const sink =
    to &&
    (await labelWriter(to.target.format).create(to.file, {
      idName: to.idName,
      distances: to.target.distances,
    }));
  // Clusters are counted in the order of their numbers, which need not be consecutive.
  const names = [...new Set(model.labels)].sort((a, b) => a - b);
  const placeOf = new Map(names.map((label, i) => [label, i]));
  const counts = new Float64Array(names.length);
  const sums = new Float64Array(names.length);
  const most = new Float64Array(names.length);
  let skipped = 0;
  for await (const { start, labels, distances, nearest } of parts) {
    for (let i = 0; i < nearest.length; i++) {
      if (nearest[i] < 0) {
        skipped++;
        continue;
      }
      const at = placeOf.get(labels[i]) as number;
      counts[at]++;
      sums[at] += distances[i];
      if (distances[i] > most[at]) most[at] = distances[i];
    }
    sink?.write({ start, labels, distances, ids: to?.nextIds?.() });
  }
  sink?.finish();
  const rows = counts.reduce((a, b) => a + b, 0);
  return {
    rows,
    skipped,
    clusters: names.map((cluster, i) => ({
      cluster,
      rows: counts[i],
      share: rows > 0 ? counts[i] / rows : 0,
      meanDistance: counts[i] > 0 ? sums[i] / counts[i] : 0,
      maxDistance: most[i],
    })),
  };
}
