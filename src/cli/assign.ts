import * as fs from 'node:fs';
import type { Command } from 'commander';
import { FormatError, formatBytes } from '../errors.ts';
import { assign as assignRows } from '../pipeline/assign.ts';
import { Model } from '../pipeline/model.ts';
import { idNameOf } from './cluster.ts';
import { messageOf } from './errors.ts';
import {
  describeInput,
  filesOf,
  inputFacts,
  openInput,
  rowNameOf,
  warnOfSkippedLines,
  withIds,
} from './input.ts';
import { labelRows, labelTarget, openLabels } from './label.ts';
import { addReader, addRun, INPUT, type ReaderFlags, type RunFlags } from './options.ts';
import type { Session } from './session.ts';
import { clusterTable, memoryLine, report, timeLine, writtenLine } from './summary.ts';
import { fields, plural } from './text.ts';

export interface AssignFlags extends ReaderFlags, RunFlags {
  model: string;
  out?: string;
  distances?: boolean;
  chunkRows?: number;
}

export function addAssign(command: Command): Command {
  command
    .description('Give every row of new data the cluster of its nearest leader in a saved model')
    .argument('<input...>', `${INPUT}; columns as in the data the model was made from`)
    .optionsGroup('Model and output:')
    .requiredOption('--model <file>', 'what coppice cluster --model or kmeans --model wrote')
    .option('--out <file>', 'labels of all rows: .npy (int32) or .csv')
    .option('--distances', 'with .csv: a column with the distance to the nearest leader');
  addReader(command);
  return addRun(command, 'no limit').addHelpText(
    'after',
    `
Example:
  $ coppice assign new.h5 --model model.safetensors --atoms name CA --out labels.npy

Rows come past the leaders in chunks, so the data may be of any size. Without --out only the summary is printed.`,
  );
}

/** More than any model has; a larger file is something else, and is not taken to memory to find out. */
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
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof FormatError) throw error;
    const why: Record<string, string> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder',
      EACCES: 'permission denied',
    };
    throw new Error(`cannot read the model ${JSON.stringify(file)}: ${why[code ?? ''] ?? messageOf(error)}`, {
      cause: error,
    });
  }
  return Model.load(bytes, file);
}

export async function assign(session: Session, inputs: string[], flags: AssignFlags): Promise<void> {
  const target = labelTarget(flags.out, flags.distances);
  const model = loadModel(flags.model);
  const opened = await openInput(session, inputs, flags);
  const ids = target && flags.idColumn !== undefined ? withIds(opened) : undefined;
  const { chunkRows, onBadRow } = flags;
  const parts = assignRows(ids?.source ?? opened, model, { chunkRows, onBadRow, ...session.run(flags) });
  const out = openLabels(session, target, [...filesOf(opened), flags.model], opened.rows);
  ids?.begin();
  const tally = await labelRows(
    parts,
    model,
    out && target && { file: out, target, idName: idNameOf(flags.idColumn), nextIds: ids?.next },
  );
  const skippedLines = warnOfSkippedLines(session, opened);
  await session.commit();

  const rows = tally.rows + tally.skipped;
  const rowName = rowNameOf(opened);
  const facts = {
    command: 'assign',
    input: inputFacts(opened, rows),
    rows,
    skipped: tally.skipped,
    skippedLines,
    clusters: tally.clusters,
    metric: model.metric,
    model: { file: flags.model, leaders: model.leaders.rows },
    outputs: { labels: out?.path ?? null },
  };
  report(session, facts, () =>
    [
      describeInput(opened, rows),
      '',
      clusterTable(tally.clusters, rowName, { metric: model.metric }),
      '',
      fields([
        ['Model', `${flags.model}: ${plural(model.leaders.rows, 'leader')}, ${model.metric}`],
        tally.skipped > 0
          ? [
              'Skipped',
              `${plural(tally.skipped, rowName)} with NaN or infinity, labelled ${model.labels.includes(0) ? -1 : 0}`,
            ]
          : undefined,
        timeLine(session),
        memoryLine(),
        writtenLine([out]),
      ]),
    ].join('\n'),
  );
}
