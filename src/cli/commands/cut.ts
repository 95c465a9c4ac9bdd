import type { Command } from 'commander';
import { flatClusters } from '../../hierarchy/cut.ts';
import { labelWriter } from '../../sinks/labels.ts';
import { finish } from '../../support/scheduling.ts';
import { labelTarget, openLabels } from '../files/labels.ts';
import { readNames, readTree } from '../files/tables.ts';
import { addLabels, type LabelFlags } from '../flags/labels.ts';
import { addCut, type CutFlags, cutOf } from '../flags/options.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { clusterTable, report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, plural } from '../terminal/text.ts';

interface CutTreeFlags extends CutFlags, Omit<LabelFlags, 'distances'> {
  names?: string;
  json?: boolean;
}

export function addCutCommand(command: Command): Command {
  command
    .description("Cut a tree into flat clusters, as SciPy's fcluster does")
    .argument('<tree>', "linkage matrix with 4 columns: from coppice linkage or SciPy's linkage, as .npy");
  addCut(command.optionsGroup('Clusters:')).optionsGroup('Output:');
  return addLabels(command, 'the cluster of each item: .csv, .npy (int32) or .parquet')
    .option('--names <file>', 'names of the items, one per line, for .csv')
    .option('--json', 'print one JSON object, for machines')
    .addHelpText(
      'after',
      `
Examples:
  $ coppice cut Z.npy --clusters 3 --out labels.csv --names names.txt
  $ coppice cut Z.npy --distance 50
  $ coppice cut Z.npy --inconsistent 8 --depth 10 --out labels.npy`,
    );
}

export async function cut(session: Session, input: string, flags: CutTreeFlags): Promise<void> {
  const how = cutOf(flags);
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
  const inputs = flags.names === undefined ? [input] : [input, flags.names];
  const out = openLabels(session, target, inputs, n);

  const labels = finish(flatClusters(Z, how));
  if (out && target) {
    const sink = await labelWriter(target.format).create(out, { idName: names && 'name' });
    sink.write({ start: 0, labels, distances: new Float64Array(0), ids: names });
    sink.finish();
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
  report(session, { ...facts, outputs: { labels: out?.path ?? null } }, () =>
    [
      `${input}: ${plural(n, 'item')}, cut into ${plural(clusters.length, 'cluster')}`,
      '',
      clusterTable(clusters, 'item'),
      '',
      fields([timeLine(session), writtenLine([out])]),
    ].join('\n'),
  );
}
