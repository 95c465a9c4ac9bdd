import { type Command, Option } from 'commander';
import { kmeans as findCentroids, type KMeans } from '../../kmeans/kmeans.ts';
import type { KMeansMetric } from '../../kmeans/layout.ts';
import { type KMeansOptions, settleKMeans } from '../../kmeans/options.ts';
import { assign } from '../../model/assign.ts';
import { DEFAULT_LIMIT } from '../../runtime/memory/limits.ts';
import type { Output } from '../../sinks/file.ts';
import { npyMatrix } from '../../sinks/npy.ts';
import { refuseDistances } from '../files/distances.ts';
import { type Labelled, Labelling } from '../files/labelling.ts';
import { labelTarget } from '../files/labels.ts';
import { checkPreparing } from '../files/preparing.ts';
import { checkTable } from '../files/table.ts';
import { addLabels, type LabelFlags } from '../flags/labels.ts';
import { addReader, addRun, INPUT, type ReaderFlags, type RunFlags } from '../flags/options.ts';
import { addPreparing, type PreparingFlags } from '../flags/preparing.ts';
import { addReport, checkReport, type ReportFlags } from '../flags/report.ts';
import { addTable, TABLE_HELP, type TableFlags } from '../flags/table.ts';
import * as values from '../flags/values.ts';
import { reportKMeans } from '../report/kmeans.ts';
import { asUsage, UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { clusterTable, memoryLine, outputPaths, report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, formatNumber, plural } from '../terminal/text.ts';

interface KMeansFlags extends ReaderFlags, RunFlags, LabelFlags, TableFlags, ReportFlags, PreparingFlags {
  k: number;
  init?: 'k-means++' | 'random';
  runs?: number;
  maxIter?: number;
  tol?: number;
  metric?: KMeansMetric;
  sample?: number;
  miniBatch?: boolean;
  batchRows?: number;
  seed?: number;
  chunkRows?: number;
  model?: string;
  centroids?: string;
}

export function addKMeans(command: Command): Command {
  command
    .description(
      'Cluster a table of any size around k centroids by k-means; also spherical k-means and mini-batches; clusters count from 0, as in scikit-learn',
    )
    .argument('<input...>', INPUT)
    .optionsGroup('Clusters:')
    .requiredOption('--k <n>', 'number of clusters', values.whole(1))
    .addOption(
      new Option('--init <how>', 'first centroids (default: k-means++)').choices(['k-means++', 'random']),
    )
    .option(
      '--runs <n>',
      'runs from different first centroids; the best one is kept (default: 1; 10 for random)',
      values.whole(1),
    )
    .option(
      '--max-iter <n>',
      'largest number of iterations (default: 300; 1 for --mini-batch)',
      values.whole(1),
    )
    .option(
      '--tol <x>',
      'stop when centroids move less than this, relative to the variance (default: 1e-4)',
      values.height,
    )
    .addOption(
      new Option('--metric <name>', 'cosine compares only directions (default: euclidean)').choices([
        'euclidean',
        'cosine',
      ]),
    )
    .option('--sample <rows>', 'find the centroids from this number of random rows', values.whole(1))
    .option('--mini-batch', 'update the centroids after each batch of rows, for --max-iter passes')
    .option(
      '--batch-rows <n>',
      'number of rows in a batch (default: 1024, or 2 k if that is more)',
      values.whole(1),
    )
    .option('--seed <n>', 'seed of every random choice (default: 0)', values.whole(0))
    .optionsGroup('Output:');
  addLabels(command, 'labels of all rows: .npy (int32), .csv or .parquet').option(
    '--distances',
    'with .csv: a column with the distance to the centroid',
  );
  addReport(addTable(command))
    .option('--model <file>', 'the centroids, for coppice assign: .safetensors')
    .option('--centroids <file>', 'the centroids as a matrix: .npy');
  addReader(command);
  addPreparing(command);
  return addRun(command, '1 GiB').addHelpText(
    'after',
    `
Examples:
  $ coppice kmeans embeddings.npy --k 64 --metric cosine --out labels.npy --model model.safetensors
  $ coppice kmeans table.csv --k 8 --columns 1-4 --id-column name --out labels.csv
  $ coppice kmeans huge.parquet --k 1000 --mini-batch --out labels.npy

Rows are kept in memory where --memory has room for them, else read anew in every iteration; the labels are the
same. With --mini-batch too the rows are read once more to choose the first centroids, and to label them.
Clusters count from 0, the rows of --centroids, and a row that was skipped as bad has -1.

${TABLE_HELP}`,
  );
}

function kmeansOptions(flags: KMeansFlags): KMeansOptions {
  const { k, init, maxIter, tol, metric, sample, miniBatch, batchRows, chunkRows, onBadRow } = flags;
  return {
    ...{
      k,
      init,
      nInit: flags.runs,
      maxIter,
      tol,
      metric,
      sample,
      miniBatch,
      batchRows,
      chunkRows,
      onBadRow,
    },
    // Labels are written to disk chunk by chunk.
    labels: false,
  };
}

export async function kmeans(session: Session, inputs: string[], flags: KMeansFlags): Promise<void> {
  if (flags.batchRows !== undefined && !flags.miniBatch) {
    throw new UsageError('--batch-rows needs --mini-batch');
  }
  asUsage(() => settleKMeans(kmeansOptions(flags), 1));
  if (flags.centroids !== undefined && !values.isCalled(flags.centroids, 'npy')) {
    throw new UsageError(`--centroids must name a .npy file, got ${JSON.stringify(flags.centroids)}`);
  }
  checkPreparing(flags);
  checkTable(flags);
  checkReport(flags);
  const target = labelTarget(flags);
  const input = await refuseDistances(session, inputs, flags, 'kmeans', flags.metric !== undefined);
  const rows = await Labelling.open(session, inputs, flags, target, { input });
  const modelFile = session.output('--model', flags.model, rows.files);
  const centroidFile = session.output('--centroids', flags.centroids, rows.files);
  const reportFile = session.output('--report', flags.report, rows.files);
  const outputs = { ...rows.outputs, model: modelFile, centroids: centroidFile, report: reportFile };

  const run = session.run(flags);
  run.memoryLimit ??= DEFAULT_LIMIT;
  const found = await findCentroids(rows.source, { ...kmeansOptions(flags), ...run });
  modelFile?.append(found.model.save());
  if (centroidFile) {
    const { data, cols } = found.centroids;
    centroidFile.append(npyMatrix(data, cols));
  }
  const { chunkRows, onBadRow } = flags;
  const parts = assign(rows.source, found.model, { chunkRows, onBadRow, ...run });
  const reporting = reportFile && reportKMeans(rows, found, flags);
  const labelled = await rows.run(parts, found.model, {
    see: reporting?.see,
    finish: async (labelled) => {
      if (reportFile) await reporting?.write(session, reportFile, { labelled, outputs });
    },
  });
  summarize(session, { found, labelled, flags, outputs });
}

interface Result {
  found: KMeans;
  labelled: Labelled;
  flags: KMeansFlags;
  outputs: Record<string, Output | undefined>;
}

function summarize(session: Session, { found, labelled, flags, outputs }: Result): void {
  const { inertia, iterations, converged, model } = found;
  const { clusters, rowName } = labelled;
  const { metric = 'euclidean', miniBatch = false, init = 'k-means++', seed = 0 } = flags;
  const facts = {
    command: 'kmeans',
    ...labelled.facts,
    k: flags.k,
    clusters,
    inertia,
    iterations,
    converged,
    init,
    metric,
    miniBatch,
    seed,
    outputs: outputPaths(outputs),
  };
  const passes = miniBatch
    ? `moved after ${plural(iterations, 'batch', 'batches')}, in ${plural(flags.maxIter ?? 1, 'pass', 'passes')}`
    : `${plural(iterations, 'iteration')}, ${converged ? 'converged' : 'not converged (--max-iter)'}`;
  report(session, facts, () =>
    [
      labelled.inputLine,
      '',
      clusterTable(clusters, rowName, { metric: model.metric }),
      '',
      fields([
        ['Centroids', `${plural(flags.k, 'centroid')} from ${init}, ${passes}`],
        [
          'Inertia',
          `${formatNumber(inertia)}, the sum of ${metric === 'cosine' ? '1 - cosine' : 'squared distances'}`,
        ],
        labelled.skippedLine,
        timeLine(session),
        memoryLine({ limit: flags.memory ?? DEFAULT_LIMIT }),
        writtenLine(Object.values(outputs)),
      ]),
    ].join('\n'),
  );
}
