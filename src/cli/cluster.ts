import type { Command } from 'commander';
import { settle } from '../pipeline/options.ts';
import { type TwoPass, twoPass } from '../pipeline/twopass.ts';
import type { OutputFile } from '../sinks/file.ts';
import { writeNpyMatrix } from '../sinks/npy.ts';
import type { Source } from '../types.ts';
import { asUsage, UsageError } from './errors.ts';
import {
  describeInput,
  filesOf,
  inputFacts,
  openInput,
  rowNameOf,
  warnOfSkippedLines,
  withIds,
} from './input.ts';
import { type LabelTarget, labelRows, labelTarget, openLabels, type Tally } from './label.ts';
import { addClustering, addReader, addRun, type ClusterFlags, INPUT, twoPassOptions } from './options.ts';
import { checkSvg, plotSample } from './picture.ts';
import type { Session } from './session.ts';
import { clusterTable, memoryLine, report, timeLine, writtenLine } from './summary.ts';
import { fields, formatCount, plural } from './text.ts';

export function addCluster(command: Command): Command {
  command
    .description(
      'Cluster a table or trajectory of any size: a tree over a sample, then every row to its nearest leader',
    )
    .argument('<input...>', INPUT);
  addClustering(command);
  addReader(command);
  return addRun(command, '1 GiB').addHelpText(
    'after',
    `
Examples:
  $ coppice cluster trajectory.h5 --clusters 3 --stride 5 --metric rmsd --atoms name CA --out labels.npy
  $ coppice cluster embeddings.npy --clusters 50 --memory 256MB --out labels.csv --model model.safetensors
  $ coppice cluster table.csv --id-column name --distance 2.5 --out labels.csv

The labels of the rows go to --out in the order of the rows; clusters count from 1, and a row that was
skipped as bad has 0. Without --out only the summary is printed.`,
  );
}

/** Check what can be checked without looking at the data. */
export function checkClusterFlags(flags: ClusterFlags): LabelTarget | undefined {
  asUsage(() => settle(twoPassOptions(flags)));
  if (flags.linkage !== undefined && !/\.npy$/i.test(flags.linkage)) {
    throw new UsageError(`--linkage is written as .npy, got ${JSON.stringify(flags.linkage)}`);
  }
  if (flags.plot !== undefined) checkSvg('--plot', flags.plot);
  return labelTarget(flags.out, flags.distances);
}

/** What heads the column of names: as asked for, where that was a name. */
export function idNameOf(idColumn: string | number | undefined): string | undefined {
  return typeof idColumn === 'number' ? 'id' : idColumn;
}

export async function cluster(session: Session, inputs: string[], flags: ClusterFlags): Promise<void> {
  const target = checkClusterFlags(flags);
  const opened = await openInput(session, inputs, flags);
  const ids = target && flags.idColumn !== undefined ? withIds(opened) : undefined;
  const source: Source = ids?.source ?? opened;

  const files = filesOf(opened);
  const out = openLabels(session, target, files, opened.rows);
  const modelFile = flags.model === undefined ? undefined : session.output('--model', flags.model, files);
  const treeFile =
    flags.linkage === undefined ? undefined : session.output('--linkage', flags.linkage, files);

  const plotFile = flags.plot === undefined ? undefined : session.output('--plot', flags.plot, files);

  const fit = await twoPass(source, { ...twoPassOptions(flags), ...session.run(flags) });
  modelFile?.append(fit.model.save());
  if (treeFile) writeNpyMatrix(treeFile, fit.linkage, 4);
  if (plotFile) await plotSample(plotFile, fit, flags, { name: opened.name, rowName: rowNameOf(opened) });
  ids?.begin();
  const tally = await labelRows(
    fit.assign(),
    fit.model,
    out && target && { file: out, target, idName: idNameOf(flags.idColumn), nextIds: ids?.next },
  );
  const skippedLines = warnOfSkippedLines(session, opened);
  await session.commit();
  summarize(
    session,
    {
      fit,
      tally,
      flags,
      skippedLines,
      outputs: { labels: out, model: modelFile, linkage: treeFile, plot: plotFile },
    },
    {
      facts: inputFacts(opened, tally.rows + tally.skipped),
      line: describeInput(opened, tally.rows + tally.skipped),
      rowName: rowNameOf(opened),
    },
  );
}

interface Result {
  fit: TwoPass;
  tally: Tally;
  flags: ClusterFlags;
  skippedLines: number;
  outputs: Record<string, OutputFile | undefined>;
}

function summarize(
  session: Session,
  { fit, tally, flags, skippedLines, outputs }: Result,
  input: { facts: object; line: string; rowName: string },
): void {
  const { plan, model } = fit;
  const { rowName } = input;
  const clusters = tally.clusters.map((facts) => {
    const leaders: (number | null)[] = [];
    model.labels.forEach((label, i) => {
      if (label === facts.cluster) leaders.push(fit.leaderRows[i] < 0 ? null : fit.leaderRows[i]);
    });
    const sampleRows = fit.sampleLabels.reduce((n, label) => n + (label === facts.cluster ? 1 : 0), 0);
    return { ...facts, sampleRows, leaders };
  });
  const pick = flags.pick ?? 'medoid';
  const facts = {
    command: 'cluster',
    input: input.facts,
    rows: tally.rows + tally.skipped,
    skipped: tally.skipped,
    skippedLines,
    clusters,
    sample: { rows: plan.sample, strategy: plan.strategy, stride: plan.stride ?? null },
    method: plan.method,
    metric: plan.metric,
    profiles: flags.profiles ?? false,
    leaders: { count: model.leaders.rows, pick },
    seed: flags.seed ?? 0,
    bytes: plan.bytes,
    outputs: Object.fromEntries(Object.entries(outputs).map(([k, file]) => [k, file?.path ?? null])),
  };
  report(session, facts, () => {
    const how =
      plan.stride === undefined
        ? 'drawn at random'
        : plan.stride === 1
          ? 'all there are'
          : `every ${ordinal(plan.stride)}`;
    return [
      input.line,
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
        tally.skipped > 0
          ? ['Skipped', `${plural(tally.skipped, rowName)} with NaN or infinity, labelled 0`]
          : undefined,
        timeLine(session),
        memoryLine(plan.rows === undefined ? { limit: plan.bytes.limit } : plan.bytes),
        writtenLine(Object.values(outputs)),
      ]),
    ].join('\n');
  });
}

const PICKS = { medoid: 'medoids', random: 'drawn at random', centroid: 'means' };

/** 2nd, 3rd, 5th, 21st. */
export function ordinal(n: number): string {
  const tens = n % 100;
  const ending = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${formatCount(n)}${ending}`;
}
