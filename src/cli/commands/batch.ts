/** `coppice batch train`, `add` and `clean`: the steps of a run in a folder. */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { type Batch, BatchClustering } from '../../batches/clustering.ts';
import { StoreError } from '../../errors.ts';
import { shownUrl } from '../../support/text/shown-url.ts';
import { addRun, type RunFlags } from '../flags/options.ts';
import { addPreparing } from '../flags/preparing.ts';
import * as values from '../flags/values.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { memoryLine, report, timeLine } from '../terminal/summary.ts';
import { fields, formatCount, plural, table } from '../terminal/text.ts';
import {
  addBatchReader,
  addPreclusters,
  addStore,
  asksForSequences,
  BATCH_INPUT,
  type BatchReaderFlags,
  countRows,
  countSequences,
  hintingAtSequences,
  openBatchInput,
  openTrainInput,
  sizeOf,
  type TrainFlags,
} from './batch-options.ts';

export function addBatchTrain(command: Command): Command {
  command
    .description('Begin a run: find the centroids of its preclusters from a sample')
    .argument('<sample>', `the data, or a representative part of them: ${BATCH_INPUT}`);
  addStore(command, 'folder of the run; it is created, or must be empty');
  addPreclusters(command)
    .option(
      '--fitting-size <rows>',
      'approximate number of rows to be added in all (default: that of the sample)',
      values.whole(1),
    )
    .option('--k <n>', 'or the number of preclusters', values.whole(1))
    .option(
      '--max-length <n>',
      'sequences: greatest length to be added (default: that of the sample)',
      values.whole(1),
    );
  addBatchReader(command);
  addPreparing(command, { transpose: false });
  return addRun(command, '1 GiB', { chunks: false }).addHelpText(
    'after',
    `
Example, a run in four steps:
  $ coppice batch train sample.tsv --column junction_aa --fitting-size 10000000 --store run
  $ coppice batch add donor-*.tsv --column junction_aa --store run
  $ coppice batch clusters --store run --inflation 1.2 --out clusters.csv
  $ coppice batch clean --store run`,
  );
}

export async function batchTrain(session: Session, input: string, flags: TrainFlags): Promise<void> {
  if (flags.k !== undefined && flags.fittingSize !== undefined) {
    throw new UsageError('--k and --fitting-size exclude each other; give only one of them');
  }
  const sequences = asksForSequences(flags);
  await (sequences
    ? trainOn(session, input, flags, true)
    : hintingAtSequences(() => trainOn(session, input, flags, false)));
}

async function trainOn(
  session: Session,
  input: string,
  flags: TrainFlags,
  sequences: boolean,
): Promise<void> {
  const opened = await openTrainInput(session, input, flags, sequences);
  const { store, overlap, sample } = flags;
  const known = flags.k !== undefined || flags.fittingSize !== undefined || flags.clusterSize === 0;
  let rows: number | undefined;
  if ('vectors' in opened) rows = known ? opened.vectors.rows : await countRows(session, opened.vectors);
  else if (!known) rows = (await countSequences(session, opened.sequences)).rows;
  const batches = await BatchClustering.train('vectors' in opened ? opened.vectors : opened.sequences, {
    ...{ store, overlap, sample, maxLength: flags.maxLength, onBadRow: flags.onBadRow },
    ...sizeOf(flags, rows ?? 1),
    ...session.run(flags),
  });
  const { k, kind } = batches;
  const facts = { command: 'batch train', input, kind, store, preclusters: k, overlap: batches.overlap };
  await batches.close();
  report(session, { ...facts, rows: rows ?? null, seed: flags.seed ?? 0 }, () =>
    fields([
      ['Sample', `${input}${rows === undefined ? '' : `: ${plural(rows, 'row')}`}, as ${kind}`],
      [
        'Preclusters',
        `${formatCount(k)}${batches.overlap > 1 ? `; each sequence goes to ${batches.overlap}` : ''}`,
      ],
      ['Run', `${store}; add data with coppice batch add`],
      timeLine(session),
      memoryLine(),
    ]),
  );
}

interface AddFlags extends BatchReaderFlags, RunFlags {
  store: string;
  name?: string;
}

export function addBatchAdd(command: Command): Command {
  command
    .description(
      'Add files to the preclusters of a run; each file is one batch, and is added completely or not at all',
    )
    .argument('<input...>', BATCH_INPUT);
  addStore(command).option(
    '--name <name>',
    'name of the batch, for a single file (default: its path as typed)',
  );
  addBatchReader(command);
  return addRun(command, '1 GiB', { chunks: false }).addHelpText(
    'after',
    `
Example:
  $ coppice batch add donor-1.tsv donor-2.tsv --column junction_aa --store run

A file that is in the run already, however its path is typed, is passed over: after an interruption the same command goes
on.`,
  );
}

/** An identity of a file that does not depend on how its path is typed. */
function originOf(input: string): string {
  if (/^https?:/i.test(input)) {
    // The query also identifies the file. It may be a signature, which must stay secret, so only its hash is kept.
    const { search } = new URL(input);
    if (search === '') return shownUrl(input);
    return `${shownUrl(input)} (query ${createHash('sha256').update(search).digest('hex').slice(0, 16)})`;
  }
  try {
    return fs.realpathSync(input);
  } catch {
    // The error is reported when the file is opened.
    return path.resolve(input);
  }
}

export async function batchAdd(session: Session, inputs: string[], flags: AddFlags): Promise<void> {
  if (flags.name !== undefined && inputs.length > 1) {
    throw new UsageError('--name works only with a single file; several files are named by their paths');
  }
  const batches = await BatchClustering.resume(flags.store, session.run(flags));
  if (batches.vGenes !== (flags.vColumn !== undefined)) {
    await batches.close();
    throw new UsageError(
      batches.vGenes
        ? `${flags.store} was trained with V genes; give their column with --v-column`
        : `${flags.store} was trained without V genes; leave --v-column out`,
    );
  }
  const added: Batch[] = [];
  const passed: string[] = [];
  try {
    for (const input of inputs) {
      const origin = originOf(input);
      const known = batches.batches;
      const same = known.find(
        flags.name === undefined ? (batch) => batch.origin === origin : (batch) => batch.name === flags.name,
      );
      if (same && same.origin !== origin) {
        throw new UsageError(
          `--name ${same.name}: the run has another file of this name, ${same.origin ?? 'of unknown origin'}`,
        );
      }
      if (same) {
        passed.push(same.name);
        continue;
      }
      // If another file has the same name as typed, use the whole path.
      const shown = shownUrl(input);
      const name = flags.name ?? (batches.has(shown) ? origin : shown);
      const opened = await openBatchInput(session, input, flags, batches.kind === 'sequences');
      const data = 'vectors' in opened ? opened.vectors : opened.sequences;
      added.push(await batches.precluster(data, { name, origin, onBadRow: flags.onBadRow }));
    }
  } finally {
    await batches.close();
  }
  if (passed.length > 0) {
    session.warn({
      code: 'BATCH_KNOWN',
      message: `skipped, because they are in the run already: ${passed.join(', ')}`,
    });
  }
  const facts = { command: 'batch add', store: flags.store, added, passedOver: passed };
  report(session, { ...facts, batches: batches.batches.length, rows: batches.rows }, () =>
    [
      ...(added.length > 0
        ? [
            table(
              [{ heading: 'batch', align: 'left' }, { heading: 'rows' }, { heading: 'skipped' }],
              added.map(({ name, rows, skipped }) => [name, formatCount(rows), formatCount(skipped)]),
            ),
            '',
          ]
        : []),
      fields([
        ['Run', `${plural(batches.rows, 'row')} of ${plural(batches.batches.length, 'batch', 'batches')}`],
        timeLine(session),
        memoryLine(),
      ]),
    ].join('\n'),
  );
}

interface CleanFlags {
  store: string;
  json?: boolean;
}

export function addBatchClean(command: Command): Command {
  command.description('Remove a run: its files, and its folder if nothing else is in it');
  return addStore(command).option('--json', 'print one JSON object, for machines');
}

export async function batchClean(session: Session, flags: CleanFlags): Promise<void> {
  if (!(await BatchClustering.clean(flags.store))) throw new StoreError(flags.store, 'holds no run');
  report(session, { command: 'batch clean', store: flags.store }, () => `${flags.store}: the run is removed`);
}
