import type { Command } from 'commander';
import type { Output } from '../../sinks/file.ts';
import { writeNpyMatrix } from '../../sinks/npy.ts';
import { settle } from '../../twopass/options.ts';
import { type TwoPass, twoPass } from '../../twopass/two-pass.ts';
import { refuseDistances } from '../files/distances.ts';
import { type Labelled, Labelling } from '../files/labelling.ts';
import { type LabelTarget, labelTarget } from '../files/labels.ts';
import { checkPicture, drawTree, prepareRenderer, sampleTree } from '../files/picture.ts';
import { checkPreparing } from '../files/preparing.ts';
import { checkTable } from '../files/table.ts';
import {
  addClustering,
  addReader,
  addRun,
  type ClusterFlags,
  INPUT,
  twoPassOptions,
} from '../flags/options.ts';
import { addPreparing } from '../flags/preparing.ts';
import { checkReport } from '../flags/report.ts';
import { TABLE_HELP } from '../flags/table.ts';
import { isCalled } from '../flags/values.ts';
import { agreementText, reportCluster } from '../report/cluster.ts';
import { asUsage, UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { clusterTable, memoryLine, outputPaths, report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, formatCount, plural } from '../terminal/text.ts';

export function addCluster(command: Command): Command {
  command
    .description(
      'Cluster a table or trajectory of any size: a tree over a sample, then each other row by its nearest leader; clusters count from 1, as in SciPy',
    )
    .argument('<input...>', INPUT);
  addClustering(command);
  addReader(command);
  addPreparing(command);
  return addRun(command, '1 GiB').addHelpText(
    'after',
    `
Examples:
  $ coppice cluster trajectory.h5 --clusters 3 --stride 5 --metric rmsd --atoms name CA --out labels.npy
  $ coppice cluster embeddings.npy --clusters 50 --memory 256MB --out labels.csv --model model.safetensors
  $ coppice cluster table.csv --id-column name --distance 2.5 --out labels.csv
  $ coppice cluster table.csv --clusters 5 --table clustered.csv --members clusters --report report.html
  $ coppice cluster expression.tsv --id-column gene --transpose --log2 --scale zscore --clusters 4 --out samples.csv

The labels of the rows go to --out in the order of the rows; clusters count from 1, and a row that was
skipped as bad has 0. Rows of the sample have the cluster that the tree gave them, other rows that of their
nearest leader. Without --out only the summary is printed.

${TABLE_HELP}`,
  );
}

/** Run the checks that do not need the data. */
export function checkClusterFlags(flags: ClusterFlags): LabelTarget | undefined {
  checkPreparing(flags);
  checkTable(flags);
  checkReport(flags);
  asUsage(() => settle(twoPassOptions(flags)));
  if (flags.linkage !== undefined && !isCalled(flags.linkage, 'npy')) {
    throw new UsageError(`--linkage must name a .npy file, got ${JSON.stringify(flags.linkage)}`);
  }
  if (flags.plot !== undefined) checkPicture('--plot', flags.plot);
  return labelTarget(flags);
}

export async function cluster(session: Session, inputs: string[], flags: ClusterFlags): Promise<void> {
  const target = checkClusterFlags(flags);
  await prepareRenderer(flags.plot);
  const input = await refuseDistances(session, inputs, flags, 'cluster', flags.metric !== undefined);
  const rows = await Labelling.open(session, inputs, flags, target, { input });
  const modelFile = session.output('--model', flags.model, rows.files);
  const treeFile = session.output('--linkage', flags.linkage, rows.files);
  const plotFile = session.output('--plot', flags.plot, rows.files);
  const reportFile = session.output('--report', flags.report, rows.files);
  const outputs = {
    ...rows.outputs,
    model: modelFile,
    linkage: treeFile,
    plot: plotFile,
    report: reportFile,
  };

  const fit = await twoPass(rows.source, { ...twoPassOptions(flags), ...session.run(flags) });
  modelFile?.append(fit.model.save());
  if (treeFile) writeNpyMatrix(treeFile, fit.linkage, 4);
  const reporting = reportFile && reportCluster(rows, fit, flags);
  const labelled = await rows.run(fit.assign(), fit.model, {
    leaderRows: fit.leaderRows,
    rows: [...fit.leaderRows, ...(plotFile || reportFile ? fit.sampleRows : [])].filter((row) => row >= 0),
    see: reporting?.see,
    finish: async (labelled) => {
      const options = sampleTree(fit, flags, { name: rows.name, ...labelled });
      if (plotFile) await drawTree(plotFile, fit.linkage, options, plotFile.path);
      const clusters = clusterFacts(fit, labelled);
      if (reportFile) await reporting?.write(session, reportFile, { labelled, clusters, options, outputs });
    },
  });
  summarize(session, { fit, labelled, flags, outputs });
}

/** The clusters with their leaders. */
function clusterFacts(fit: TwoPass, labelled: Labelled) {
  return labelled.clusters.map((facts) => {
    const leaders: (number | null)[] = [];
    fit.model.labels.forEach((label, i) => {
      if (label === facts.cluster) leaders.push(fit.leaderRows[i] < 0 ? null : fit.leaderRows[i]);
    });
    const sampleRows = fit.sampleLabels.reduce((n, label) => n + (label === facts.cluster ? 1 : 0), 0);
    const named = !labelled.named
      ? {}
      : { leaderNames: leaders.map((row) => (row === null ? null : labelled.nameOf(row))) };
    return { ...facts, sampleRows, leaders, ...named };
  });
}

interface Result {
  fit: TwoPass;
  labelled: Labelled;
  flags: ClusterFlags;
  outputs: Record<string, Output | undefined>;
}

function summarize(session: Session, { fit, labelled, flags, outputs }: Result): void {
  const { plan, model } = fit;
  const { rowName } = labelled;
  const clusters = clusterFacts(fit, labelled);
  const pick = flags.pick ?? 'medoid';
  const facts = {
    command: 'cluster',
    ...labelled.facts,
    clusters,
    sample: { rows: plan.sample, strategy: plan.strategy, stride: plan.stride ?? null },
    method: plan.method,
    metric: plan.metric,
    profiles: flags.profiles ?? false,
    leaders: { count: model.leaders.rows, pick },
    relabel: flags.relabel ?? false,
    agreement: fit.agreement,
    seed: flags.seed ?? 0,
    bytes: plan.bytes,
    outputs: outputPaths(outputs),
  };
  report(session, facts, () => {
    const how =
      plan.stride === 1 || plan.sample === plan.rows
        ? 'all there are'
        : plan.stride === undefined
          ? 'drawn at random'
          : `every ${ordinal(plan.stride)}`;
    return [
      labelled.inputLine,
      '',
      clusterTable(clusters, rowName, {
        metric: plan.metric,
        leaderHeading: pick === 'medoid' ? `typical ${rowName}s` : 'leaders',
      }),
      '',
      fields([
        ['Sample', `${plural(plan.sample, rowName)}, ${how}`],
        [
          'Tree',
          `${plan.method} linkage of ${flags.profiles ? `${plan.metric} profiles` : `${plan.metric} distances`}`,
        ],
        ['Leaders', `${plural(model.leaders.rows, rowName)}, ${PICKS[pick]}`],
        ['Agreement', agreementLine(fit.agreement, rowName)],
        labelled.skippedLine,
        timeLine(session),
        memoryLine(plan.rows === undefined ? { limit: plan.bytes.limit } : plan.bytes),
        writtenLine(Object.values(outputs)),
      ]),
    ].join('\n');
  });
}

function agreementLine(agreement: number, rowName: string): string {
  return `${agreementText(agreement)} of the sample's ${rowName}s are nearest to a leader of their own cluster`;
}

const PICKS = { medoid: 'medoids', random: 'drawn at random', centroid: 'means' };

/** 2nd, 3rd, 5th, 21st. */
export function ordinal(n: number): string {
  const tens = n % 100;
  const ending = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${formatCount(n)}${ending}`;
}
