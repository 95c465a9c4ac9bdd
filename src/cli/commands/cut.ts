import type { Command } from 'commander';
import { FormatError } from '../../errors.ts';
import { flatClusters } from '../../hierarchy/cut.ts';
import { labelWriter } from '../../sinks/labels.ts';
import { isSkipped } from '../../sources/chunks/rows.ts';
import type { OpenSource } from '../../sources/open.ts';
import { finish } from '../../support/scheduling.ts';
import { filesOf, openInput } from '../files/input.ts';
import { labelTarget, openLabels } from '../files/labels.ts';
import { MembersFolder } from '../files/members.ts';
import { prepared } from '../files/preparing.ts';
import { checkTable, TableOutput } from '../files/table.ts';
import { writeLabelled } from '../files/table-of-labels.ts';
import { readNames, readTree } from '../files/tables.ts';
import { addLabels, type LabelFlags } from '../flags/labels.ts';
import { addCut, addReader, type CutFlags, cutOf, type ReaderFlags } from '../flags/options.ts';
import { addPreparing, type PreparingFlags, prepareOptions } from '../flags/preparing.ts';
import { addTable, type TableFlags } from '../flags/table.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { clusterTable, outputPaths, report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, plural } from '../terminal/text.ts';
import { countRows } from './batch-options.ts';

interface CutTreeFlags
  extends CutFlags,
    Omit<LabelFlags, 'distances'>,
    ReaderFlags,
    TableFlags,
    Omit<PreparingFlags, 'transpose'> {
  rows?: string;
  names?: string;
  json?: boolean;
}

export function addCutCommand(command: Command): Command {
  command
    .description("Cut a tree into flat clusters, as SciPy's fcluster does")
    .argument('<tree>', "linkage matrix with 4 columns: from coppice linkage or SciPy's linkage, as .npy");
  addCut(command.optionsGroup('Clusters:')).optionsGroup('Output:');
  addLabels(command, 'the cluster of each item: .csv, .npy (int32) or .parquet').option(
    '--names <file>',
    'names of the items, one per line, for .csv',
  );
  command.option(
    '--rows <input>',
    'with --table and --members: the table that the tree was grown from, with a row for each item',
  );
  addTable(command);
  addReader(command);
  return addPreparing(command, { transpose: false })
    .optionsGroup('Running:')
    .option('--json', 'print one JSON object, for machines')
    .addHelpText(
      'after',
      `
Examples:
  $ coppice cut Z.npy --clusters 3 --out labels.csv --names names.txt
  $ coppice cut Z.npy --distance 50
  $ coppice cut Z.npy --inconsistent 8 --depth 10 --out labels.npy
  $ coppice cut Z.npy --clusters 3 --rows points.csv --columns x,y --table clustered.csv

--table writes the rows of --rows as they are, with the columns cluster, distance (Euclidean, to the mean of the
cluster) and representative (the row nearest to that mean, by name or by number from 0). The options that prepare are for the rows of --rows; give
those with which the tree was grown, or distances are in other units.`,
    );
}

/** @throws UsageError for options that need --rows, or --rows without them */
function checkRows(flags: CutTreeFlags): void {
  checkTable(flags);
  const wanted =
    flags.table !== undefined ? '--table' : flags.members !== undefined ? '--members' : undefined;
  if (wanted !== undefined && flags.rows === undefined) {
    throw new UsageError(`${wanted} needs --rows, the table that the tree was grown from`);
  }
  if (wanted === undefined && flags.rows !== undefined)
    throw new UsageError('--rows needs --table or --members');
  if (flags.rows === undefined && prepareOptions(flags))
    throw new UsageError('options that prepare rows, such as --scale, need --rows');
}

/** Open the table of the items, and begin the outputs that are made of it. @throws FormatError unless it has n rows */
async function openRows(session: Session, flags: CutTreeFlags, n: number, inputs: readonly string[]) {
  const path = flags.rows as string;
  const source = await openInput(session, [path], flags);
  const { rows, skipped } = await countItems(session, source);
  if (rows - skipped.length !== n) {
    const left = skipped.length > 0 ? `, of which ${skipped.length} are skipped` : '';
    throw new FormatError(
      source.name,
      `has ${rows} rows${left}; the tree has ${n} items, and needs a row for each`,
    );
  }
  const files = [...inputs, ...filesOf(source)];
  const table = TableOutput.begin(session, source, [path], flags, files);
  const { members: folder } = flags;
  const members =
    folder === undefined ? undefined : session.add('--members', folder, files, (at) => new MembersFolder(at));
  return { source: await prepared(session, source, flags), rows, skipped, table, members };
}

/** The number of rows, and those that are skipped: a tree has no items for them. */
async function countItems(
  session: Session,
  source: OpenSource,
): Promise<{ rows: number; skipped: number[] }> {
  if (source.onBadRow !== 'skip') return { rows: await countRows(session, source), skipped: [] };
  const skipped: number[] = [];
  const { cols } = source;
  const chunkRows = Math.max(1, Math.floor(2 ** 17 / cols));
  let done = 0;
  for await (const { data, rows } of source.chunks({ chunkRows, reuse: true, signal: session.signal })) {
    for (let i = 0; i < rows; i++) if (isSkipped(data, i * cols, cols)) skipped.push(done + i);
    done += rows;
    session.progress.update({ phase: 'read', done });
  }
  return { rows: done, skipped };
}

/** The labels of all rows, from those of the items: -1 for rows that are skipped. */
function labelsOfRows(
  labels: Int32Array,
  { rows, skipped }: { rows: number; skipped: readonly number[] },
): Int32Array {
  if (skipped.length === 0) return labels;
  const out = new Int32Array(rows).fill(-1);
  for (let row = 0, item = 0, next = 0; row < rows; row++) {
    if (row === skipped[next]) next++;
    else out[row] = labels[item++];
  }
  return out;
}

export async function cut(session: Session, input: string, flags: CutTreeFlags): Promise<void> {
  const how = cutOf(flags);
  checkRows(flags);
  const target = labelTarget(flags);
  if (flags.names !== undefined && !(target && labelWriter(target.format).columns)) {
    throw new UsageError('--names adds a column to a table; use --out with a .csv file');
  }
  const Z = await readTree(session, input);
  const n = Z.length / 4 + 1;
  if (typeof how === 'number' && how > n) {
    throw new RangeError(`${input}: --clusters ${how} is more than the ${n} items of the tree`);
  }
  const names = flags.names === undefined ? undefined : readNames(flags.names, n);
  const inputs = [input, ...(flags.names === undefined ? [] : [flags.names])];
  const rows = flags.rows === undefined ? undefined : await openRows(session, flags, n, inputs);
  const out = openLabels(session, target, inputs, n);

  const labels = finish(flatClusters(Z, how));
  if (out && target) {
    const sink = await labelWriter(target.format).create(out, { idName: names && 'name' });
    sink.write({ start: 0, labels, distances: new Float64Array(0), ids: names });
    sink.finish();
  }
  if (rows) {
    const all = { source: rows.source, labels: labelsOfRows(labels, rows) };
    await writeLabelled(session, all, rows.table, rows.members);
  }
  await session.commit();

  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const clusters = [...sizes]
    .sort(([a], [b]) => a - b)
    .map(([cluster, rows]) => ({ cluster, rows, share: rows / n }));
  if (typeof how === 'number' && clusters.length < how) {
    session.warn({
      code: 'FEWER_CLUSTERS',
      message: `${clusters.length} clusters instead of ${how}: merges of equal height cannot be separated by a cut`,
    });
  }
  const facts = {
    command: 'cut',
    items: n,
    cut: typeof how === 'number' ? { clusters: how } : how,
    clusters,
  };
  const outputs = { labels: out, table: rows?.table?.file, members: rows?.members };
  report(session, { ...facts, outputs: outputPaths(outputs) }, () =>
    [
      `${input}: ${plural(n, 'item')}, cut into ${plural(clusters.length, 'cluster')}`,
      '',
      clusterTable(clusters, 'item'),
      '',
      fields([timeLine(session), writtenLine(Object.values(outputs))]),
    ].join('\n'),
  );
}
