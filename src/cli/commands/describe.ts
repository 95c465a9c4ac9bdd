import type { Command } from 'commander';
import { type CrossTable, crossTable } from '../../clusters/cross-table.ts';
import { type ClusterDescription, describeClusters as describe } from '../../clusters/describe-clusters.ts';
import { representatives } from '../../clusters/representatives.ts';
import { DEFAULT_LIMIT } from '../../runtime/memory/limits.ts';
import { csvField } from '../../sinks/csv.ts';
import type { OpenSource } from '../../sources/open.ts';
import { type ClusterSilhouette, silhouette } from '../../validation/silhouette.ts';
import { type Categories, readCategories, readLabels } from '../files/categories.ts';
import { describeInput, filesOf, inputFacts, namesOf, openInput, rowNameOf } from '../files/input.ts';
import { readTable } from '../files/tables.ts';
import { addReader, addRun, INPUT, type ReaderFlags, type RunFlags } from '../flags/options.ts';
import * as values from '../flags/values.ts';
import { setWording, UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { memoryLine, outputPaths, report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, formatCount, formatNumber, plural, table } from '../terminal/text.ts';

interface DescribeFlags extends ReaderFlags, RunFlags {
  labels?: string;
  by?: string;
  against?: string[];
  top?: number;
  none?: number;
  silhouettes?: number;
  seed?: number;
  out?: string;
}

export function addDescribe(command: Command): Command {
  command
    .description(
      'Describe clusters: their sizes, the columns that tell each apart, a row that represents it, and its categories',
    )
    .argument('<input...>', INPUT)
    .optionsGroup('Clusters:')
    .option('--labels <file>', "the cluster of each row: .npy, or a table with a column 'cluster'")
    .option('--by <column>', 'or the column of INPUT that holds the cluster, or any category, of each row')
    .option('--none <label>', 'label of rows that are in no cluster, besides negative ones', values.whole(0))
    .optionsGroup('What is described:')
    .option('--top <n>', 'columns shown for each cluster (default: 5)', values.whole(1))
    .option('--against <columns>', 'count clusters by the categories in these columns: a,b', values.texts)
    .option(
      '--silhouettes <rows>',
      'silhouettes of this number of random rows, each compared with all; the table must fit in memory',
      values.whole(1),
    )
    .option('--seed <n>', 'seed of the random rows (default: 0)', values.whole(0))
    .optionsGroup('Output:')
    .option('--out <file>', 'a table with one line for each column of each cluster: .csv');
  addReader(command);
  return addRun(command, '1 GiB', { chunks: false }).addHelpText(
    'after',
    `
Examples:
  $ coppice cluster table.csv --clusters 3 --out labels.csv
  $ coppice describe table.csv --labels labels.csv
  $ coppice describe table.csv --labels labels.csv --against species --out columns.csv
  $ coppice describe table.csv --by species --top 3

For each cluster the columns are ranked by effect: the difference between the mean of the cluster and that of all other
rows, divided by the pooled standard deviation (Cohen's d). The row that represents a cluster is the one nearest to its
mean. INPUT may be of any size; it is read several times.`,
  );
}

export async function describeClusters(
  session: Session,
  inputs: string[],
  flags: DescribeFlags,
): Promise<void> {
  const { labels: labelFile, by, against = [], onBadRow, out } = flags;
  if ((labelFile === undefined) === (by === undefined)) {
    throw new UsageError(
      'give the clusters either as a file, --labels labels.csv, or as a column of the table, --by species',
    );
  }
  if (out !== undefined && !values.isCalled(out, 'csv')) {
    throw new UsageError(`--out must name a .csv file, got ${JSON.stringify(out)}`);
  }
  if (by === undefined) setWording({ annotations: '--against' });
  else if (against.length === 0) setWording({ annotations: '--by' });
  const annotations = [...new Set([...(by === undefined ? [] : [by]), ...against])];
  const source = await openInput(session, inputs, { ...flags, annotations });
  const labelled = labelFile === undefined ? undefined : await readLabels(session, labelFile, flags.memory);
  const file = session.output('--out', out, [
    ...filesOf(source),
    ...(labelFile === undefined ? [] : [labelFile]),
  ]);
  const categories = annotations.length > 0 ? await readCategories(session, source, annotations) : [];
  const groups = categories.find(({ name }) => name === by);
  // Categories are numbered by their order. What they are called says which of them are none, as labels of a file do.
  const labels = labelled ?? withoutNone(groups as Categories, flags.none);
  const none = groups ? undefined : flags.none;
  const nameOf = (cluster: number) => groups?.values[cluster] ?? String(cluster);

  const run = session.run(flags);
  run.memoryLimit ??= DEFAULT_LIMIT;
  const names = (source as { columns?: readonly string[] }).columns;
  const options = { ...run, none, onBadRow };
  const { clusters, unclustered, skipped } = await describe(source, labels, {
    ...options,
    ...(names ? { names } : {}),
  });
  const found = new Set(clusters.map(({ cluster }) => cluster));
  // A label that only skipped rows have is no cluster: `cluster --out` marks them with 0.
  const counted = labels.map((label) => (found.has(label) ? label : -1));
  const nearest = await representatives(source, labels, { ...options, pick: 'nearest' });
  const rowNames = await namesOfRows(session, source, flags, nearest.rows);
  const tables = categories
    .filter(({ name }) => against.includes(name))
    .map(({ name, values, of }) => ({ column: name, ...countsOf(counted, of, values, none) }));
  const silhouettes =
    flags.silhouettes === undefined
      ? undefined
      : await silhouettesOf(session, source, labels, { ...flags, none });
  file?.append(new TextEncoder().encode(tableOf(clusters, nameOf)));
  await session.commit();

  const { top = 5 } = flags;
  const described: Described[] = clusters.map((cluster) => {
    const at = nearest.clusters.indexOf(cluster.cluster);
    return {
      ...cluster,
      columns: cluster.columns.slice(0, top),
      name: nameOf(cluster.cluster),
      representative: at < 0 ? null : nearest.rows[at],
      representativeName: at < 0 ? null : (rowNames?.[at] ?? null),
      silhouette: silhouettes?.find((one) => one.cluster === cluster.cluster),
    };
  });
  const rowName = rowNameOf(source);
  const facts = {
    command: 'describe',
    input: inputFacts(source, labels.length),
    clusters: described.map(({ name, silhouette: one, ...rest }) => ({
      ...rest,
      ...(groups ? { name } : {}),
      ...(one ? { silhouette: { mean: one.mean, rows: one.rows, negative: one.negative } } : {}),
    })),
    unclustered,
    skipped,
    tables,
    outputs: outputPaths({ table: file }),
  };
  report(session, facts, () =>
    [
      describeInput(source, labels.length),
      ...largest(described).flatMap((cluster) => ['', headingOf(cluster, rowName), columnTable(cluster)]),
      ...(described.length > SHOWN
        ? ['', `and ${plural(described.length - SHOWN, 'smaller cluster')}; --out and --json have all`]
        : []),
      ...tables.flatMap((one) => ['', crossText(one, nameOf)]),
      '',
      fields([
        unclustered > 0 ? ['No cluster', plural(unclustered, rowName)] : undefined,
        skipped > 0 ? ['Skipped', `${plural(skipped, rowName)} with NaN or infinity`] : undefined,
        timeLine(session),
        memoryLine({ limit: flags.memory ?? DEFAULT_LIMIT }),
        writtenLine([file]),
      ]),
    ].join('\n'),
  );
}

/** Clusters that are shown; of more, the largest. */
const SHOWN = 20;

function largest(clusters: readonly Described[]): Described[] {
  const bySize = [...clusters].sort((a, b) => b.rows - a.rows).slice(0, SHOWN);
  return clusters.filter((cluster) => bySize.includes(cluster));
}

interface Described extends ClusterDescription {
  name: string;
  /** The row nearest to the mean; null if all rows of the cluster were skipped. */
  representative: number | null;
  representativeName: string | null;
  silhouette: ClusterSilhouette | undefined;
}

/** The names of rows, in one more pass; undefined if rows have no names. */
async function namesOfRows(
  session: Session,
  source: OpenSource,
  flags: DescribeFlags,
  rows: readonly number[],
): Promise<string[] | undefined> {
  if (namesOf(source, flags) === undefined) return undefined;
  const names = rows.map(String);
  const chunkRows = Math.max(1, Math.floor(2 ** 20 / (8 * source.cols)));
  for await (const chunk of source.chunks({ chunkRows, reuse: true, signal: session.signal })) {
    const { ids } = chunk as { ids?: string[] };
    rows.forEach((row, i) => {
      const name = ids?.[row - chunk.start];
      if (name !== undefined) names[i] = name;
    });
  }
  return names;
}

/** The categories of the rows; -1 for the category `none`, and for negative whole numbers, which are no clusters. */
function withoutNone({ values, of }: Categories, none: number | undefined): Int32Array {
  const leave = values.map((value) => /^-\d+$/.test(value) || (none !== undefined && Number(value) === none));
  return of.map((place) => (place >= 0 && leave[place] ? -1 : place));
}

function countsOf(labels: Int32Array, of: Int32Array, names: readonly string[], none: number | undefined) {
  const found: CrossTable = crossTable(
    labels,
    Array.from(of, (place) => (place < 0 ? null : place)),
    none === undefined ? {} : { none },
  );
  return { ...found, categories: found.categories.map((place) => names[place as number]) };
}

async function silhouettesOf(
  session: Session,
  source: OpenSource,
  labels: Int32Array,
  flags: DescribeFlags,
): Promise<ClusterSilhouette[]> {
  const { data, rows, cols, sourceRows } = await readTable(session, source, flags.memory);
  // Rows without a cluster have no silhouette.
  const kept: number[] = [];
  for (let i = 0; i < rows; i++) {
    const label = labels[sourceRows?.[i] ?? i];
    if (label >= 0 && label !== flags.none) kept.push(i);
  }
  const matrix = { data, rows, cols };
  if (kept.length < rows) {
    kept.forEach((row, i) => {
      data.copyWithin(i * cols, row * cols, (row + 1) * cols);
    });
    matrix.data = data.subarray(0, kept.length * cols);
    matrix.rows = kept.length;
  }
  const { clusters } = await silhouette(
    matrix,
    Int32Array.from(kept, (row) => labels[sourceRows?.[row] ?? row]),
    { ...session.run(flags), sample: flags.silhouettes },
  );
  return clusters;
}

function headingOf(
  { name, rows, share, representative, representativeName, silhouette: one }: Described,
  rowName: string,
): string {
  const parts = [`${plural(rows, rowName)}, ${(100 * share).toFixed(1)} %`];
  if (representative !== null) {
    parts.push(`nearest to its mean: ${representativeName ?? `${rowName} ${representative}`}`);
  }
  if (one)
    parts.push(
      `silhouette ${one.mean.toFixed(2)}${one.negative > 0 ? `, ${formatCount(one.negative)} of ${formatCount(one.rows)} below 0` : ''}`,
    );
  return `Cluster ${name}: ${parts.join('; ')}`;
}

function columnTable({ columns }: Described): string {
  return table(
    [
      { heading: 'column', align: 'left' },
      { heading: 'mean' },
      { heading: 'spread' },
      { heading: 'other mean' },
      { heading: 'other spread' },
      { heading: 'effect' },
    ],
    columns.map(({ column, name, mean, spread, otherMean, otherSpread, effect }) => [
      name ?? String(column),
      ...[mean, spread, otherMean, otherSpread].map(formatNumber),
      Math.abs(effect) === Number.POSITIVE_INFINITY
        ? String(effect)
        : Number.isNaN(effect)
          ? '-'
          : effect.toFixed(2),
    ]),
  );
}

function crossText(one: CrossTable & { column: string }, nameOf: (cluster: number) => string): string {
  const text = table(
    [{ heading: 'cluster' }, ...one.categories.map((category) => ({ heading: String(category) }))],
    one.clusters.map((cluster, i) => [nameOf(cluster), ...one.counts[i].map((count) => formatCount(count))]),
  );
  const left = one.left > 0 ? `; ${plural(one.left, 'row')} without either` : '';
  return `Clusters by ${one.column}, adjusted Rand index ${one.adjustedRand.toFixed(3)}${left}\n${text}`;
}

/** All columns of all clusters, as CSV. */
function tableOf(clusters: readonly ClusterDescription[], nameOf: (cluster: number) => string): string {
  const lines = ['cluster,rows,column,mean,spread,other_mean,other_spread,effect'];
  const number = (x: number) => (Number.isNaN(x) ? '' : String(x));
  for (const { cluster, rows, columns } of clusters) {
    for (const { column, name, mean, spread, otherMean, otherSpread, effect } of columns) {
      const numbers = [mean, spread, otherMean, otherSpread, effect].map(number);
      lines.push([csvField(nameOf(cluster)), rows, csvField(name ?? String(column)), ...numbers].join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}
