import * as fs from 'node:fs';
import type { Command } from 'commander';
import { FormatError, formatBytes } from '../../errors.ts';
import { assign as assignRows } from '../../model/assign.ts';
import { Model } from '../../model/model.ts';
import { preparedFacts } from '../files/input.ts';
import { Labelling } from '../files/labelling.ts';
import { labelTarget } from '../files/labels.ts';
import { checkTable } from '../files/table.ts';
import { addLabels, type LabelFlags } from '../flags/labels.ts';
import { addReader, addRun, INPUT, type ReaderFlags, type RunFlags } from '../flags/options.ts';
import { addTranspose, stepsInWords, type TransposeFlags } from '../flags/preparing.ts';
import { addTable, TABLE_HELP, type TableFlags } from '../flags/table.ts';
import { unreadable } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { clusterTable, memoryLine, outputPaths, report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, plural } from '../terminal/text.ts';

interface AssignFlags extends ReaderFlags, RunFlags, LabelFlags, TableFlags, TransposeFlags {
  model: string;
  chunkRows?: number;
}

export function addAssign(command: Command): Command {
  command
    .description('Assign each row of new data to the cluster of its nearest leader in a saved model')
    .argument('<input...>', `${INPUT}; with the same columns as the data of the model`)
    .optionsGroup('Model and output:')
    .requiredOption('--model <file>', 'model written by coppice cluster --model or kmeans --model');
  addLabels(command, 'labels of all rows: .npy (int32), .csv or .parquet').option(
    '--distances',
    'with .csv: a column with the distance to the nearest leader',
  );
  addTable(command);
  addTranspose(addReader(command));
  return addRun(command, 'no limit').addHelpText(
    'after',
    `
Example:
  $ coppice assign new.h5 --model model.safetensors --atoms name CA --out labels.npy

Rows come past the leaders in chunks, so the data may be of any size. They are prepared as the rows of the model were
(--scale and the like of coppice cluster). Without --out only the summary is printed.

${TABLE_HELP}`,
  );
}

/** Larger than any model. A larger file is something else, and is refused before it is read. */
const MAX_MODEL_BYTES = 2 ** 30;

function loadModel(file: string): Model {
  let bytes: Uint8Array;
  try {
    const { size } = fs.statSync(file);
    if (size > MAX_MODEL_BYTES) {
      throw new FormatError(
        file,
        `has ${formatBytes(size)}; a model has at most ${formatBytes(MAX_MODEL_BYTES)}`,
      );
    }
    bytes = fs.readFileSync(file);
  } catch (error) {
    throw error instanceof FormatError ? error : unreadable('model', file, error);
  }
  return Model.load(bytes, file);
}

export async function assign(session: Session, inputs: string[], flags: AssignFlags): Promise<void> {
  checkTable(flags);
  const target = labelTarget(flags);
  const model = loadModel(flags.model);
  const rows = await Labelling.open(session, inputs, flags, target, { others: [flags.model] });
  const { chunkRows, onBadRow } = flags;
  const parts = assignRows(rows.source, model, { chunkRows, onBadRow, ...session.run(flags) });
  const labelled = await rows.run(parts, model);

  const { outputs } = rows;
  const { clusters, rowName } = labelled;
  const facts = {
    command: 'assign',
    ...labelled.facts,
    clusters,
    metric: model.metric,
    model: { file: flags.model, leaders: model.leaders.rows, ...preparedFacts(model) },
    outputs: outputPaths(outputs),
  };
  report(session, facts, () =>
    [
      labelled.inputLine,
      '',
      clusterTable(clusters, rowName, { metric: model.metric }),
      '',
      fields([
        ['Model', `${flags.model}: ${plural(model.leaders.rows, 'leader')}, ${model.metric}`],
        model.preparation
          ? ['Prepared', stepsInWords(model.preparation.steps.map(({ step }) => step))]
          : undefined,
        labelled.skippedLine,
        timeLine(session),
        memoryLine(),
        writtenLine(Object.values(outputs)),
      ]),
    ].join('\n'),
  );
}
