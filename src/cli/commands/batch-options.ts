/** Options of `coppice batch`, and their translation to options of the library. */

import { type Command, Option } from 'commander';
import type { BatchClustering } from '../../batches/clustering.ts';
import type { RefineOptions, SequenceMethod, TrainOptions } from '../../batches/options.ts';
import { amend, type ErrorFields } from '../../errors.ts';
import { METHODS, type Method, usualMethod } from '../../hierarchy/linkage/methods.ts';
import { type MessagePart, Words } from '../../messages.ts';
import { openSequences, type SequenceSource } from '../../sequences/source.ts';
import type { OpenSource } from '../../sources/open.ts';
import { mayBeSequences, openInput } from '../files/input.ts';
import { prepared } from '../files/preparing.ts';
import {
  addCut,
  addReader,
  type CutFlags,
  checkMethodFlag,
  cutOf,
  metricOption,
  type ReaderFlags,
  type RunFlags,
} from '../flags/options.ts';
import { type PreparingFlags, prepareOptions } from '../flags/preparing.ts';
import * as values from '../flags/values.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';

/** How inputs are read: as vectors or as sequences. */
export interface BatchReaderFlags extends ReaderFlags {
  sequences?: boolean;
  column?: string | number;
  vColumn?: string | number;
}

export interface TrainFlags extends BatchReaderFlags, RunFlags, PreparingFlags {
  store: string;
  k?: number;
  fittingSize?: number;
  clusterSize: number;
  overlap?: number;
  maxLength?: number;
  sample?: number;
  seed?: number;
}

export interface RefineFlags extends CutFlags, RunFlags {
  method?: SequenceMethod | Method;
  metric?: RefineOptions['metric'];
  inflation?: number;
  pruning?: number;
  maxDistance?: number;
  indels?: boolean;
  concurrency?: number;
  onBadRow?: RefineOptions['onBadRow'];
}

export const BATCH_INPUT =
  'vectors as coppice cluster reads them, or sequences: one per line, FASTA, or a table with --column';

export function addBatchReader(command: Command): Command {
  command
    .optionsGroup('Sequences:')
    .option('--sequences', 'the input holds amino acid sequences, not vectors')
    .option('--column <name>', 'column of a table that holds the sequences, by name or index', values.column)
    .option(
      '--v-column <name>',
      'column with their V genes (v_call): only sequences of the same gene are joined',
      values.column,
    );
  return addReader(command);
}

export function addStore(command: Command, text = 'folder of the run'): Command {
  return command.optionsGroup('Run:').requiredOption('--store <folder>', text);
}

export function addPreclusters(command: Command): Command {
  return command
    .optionsGroup('Preclusters:')
    .option(
      '--cluster-size <rows>',
      'approximate number of rows of a precluster; 0 for a single precluster',
      values.whole(0),
      5000,
    )
    .option(
      '--overlap <n>',
      'sequences: number of preclusters for each sequence (default: 2)',
      values.whole(1),
    )
    .option(
      '--sample <rows>',
      'number of rows to train on (default: 1000 for each precluster)',
      values.whole(1),
    )
    .option('--seed <n>', 'seed of every random choice (default: 0)', values.whole(0));
}

export function addRefining(command: Command): Command {
  command
    .optionsGroup('Clusters:')
    .addOption(
      new Option(
        '--method <name>',
        'mcl or components for sequences, a linkage method for vectors (default: mcl; ward, or average for metrics that ward is not defined for)',
      ).choices(['mcl', 'components', ...METHODS]),
    );
  const metric = metricOption();
  metric.description = metric.description.replace('rows', 'vectors');
  addCut(command, 'each precluster ')
    .addOption(metric)
    .option('--inflation <x>', 'mcl: higher values give smaller clusters (default: 1.2)', values.height)
    .option('--pruning <x>', 'mcl: smaller elements are dropped (default: 0.001)', values.height)
    .addOption(
      new Option(
        '--max-distance <n>',
        'mcl: largest number of differing positions between neighbours (default: 1)',
      )
        .choices(['1', '2'])
        .argParser(values.whole(1)),
    )
    .option('--indels', 'mcl: sequences that differ by one inserted or deleted residue are neighbours too')
    .option(
      '--concurrency <n>',
      'preclusters clustered at the same time, if memory allows (default: 2)',
      values.whole(1),
    );
  return command;
}

/** Whether the options ask for sequences. */
export function asksForSequences(flags: BatchReaderFlags & { method?: string }): boolean {
  return (
    flags.sequences === true ||
    flags.column !== undefined ||
    flags.vColumn !== undefined ||
    flags.method === 'mcl' ||
    flags.method === 'components'
  );
}

/** Open one input as sequences. The source is closed when the session ends. */
async function openSequenceInput(
  session: Session,
  input: string,
  flags: BatchReaderFlags & { memory?: number },
): Promise<SequenceSource> {
  if (input === '-') {
    throw new UsageError(
      'standard input cannot be used, because data are read more than once; save it to a file first',
    );
  }
  const stray = (['atoms', 'dataset', 'externalFiles', 'columns', 'idColumn', 'join'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (stray) {
    const flag = stray.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`--${flag} works only for vectors, but the input is read as sequences`);
  }
  const { column, vColumn, delimiter, comment, header, onBadRow } = flags;
  const { signal, onWarning, memoryLimit } = session.run({ memory: flags.memory });
  const source = await openSequences(input, {
    ...{ column, vColumn, delimiter, comment, header, onBadRow },
    ...{ signal, onWarning, memoryLimit },
  });
  session.onEnd(() => source.close());
  return source;
}

/** The number of sequences in a file, and the length of the longest. */
export async function countSequences(
  session: Session,
  source: SequenceSource,
): Promise<{ rows: number; longest: number }> {
  let rows = 0;
  let longest = 0;
  session.progress.update({ phase: 'read', done: 0 });
  for await (const { sequences } of source.chunks({ chunkRows: 4096, signal: session.signal })) {
    rows += sequences.length;
    for (const { length } of sequences) if (length > longest) longest = length;
    session.progress.update({ phase: 'read', done: rows });
  }
  return { rows: source.rows ?? rows, longest };
}

/** The number of rows. The file is read through if it does not say. */
export async function countRows(session: Session, source: OpenSource): Promise<number> {
  if (source.rows !== undefined) return source.rows;
  let rows = 0;
  for await (const chunk of source.chunks({ chunkRows: 4096, reuse: true, signal: session.signal })) {
    rows += chunk.rows;
    session.progress.update({ phase: 'read', done: rows });
  }
  return rows;
}

/** The parts of a message, without the values of those with a key. */
function withoutValues(parts: readonly MessagePart[], key: string): MessagePart[] {
  return parts.map((part) =>
    typeof part === 'string'
      ? part
      : new Words(withoutValues(part.parts, key), part.key, part.key === key ? [] : part.values),
  );
}

/** Run work on vectors. If an error suggests that the input holds sequences, add a hint to its message. */
export async function hintingAtSequences(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const mistaken = mayBeSequences(error) || (error instanceof UsageError && error.option === 'clusters');
    if (!mistaken) throw error;
    // FLAGS has the same hint for text that looks like a sequence.
    const { parts } = error as ErrorFields;
    const value = parts && withoutValues(parts, 'leave-column');
    if (value) Object.defineProperty(error, 'parts', { value, configurable: true });
    throw amend(error, '', '; if it holds sequences, add --sequences');
  }
}

/** An input of either kind. */
export type BatchInput = { sequences: SequenceSource } | { vectors: OpenSource };

export async function openBatchInput(
  session: Session,
  input: string,
  flags: BatchReaderFlags & { memory?: number },
  sequences: boolean,
): Promise<BatchInput> {
  return sequences
    ? { sequences: await openSequenceInput(session, input, flags) }
    : { vectors: await openInput(session, [input], flags) };
}

/** Open the input of training; vectors are prepared as the options say. */
export async function openTrainInput(
  session: Session,
  input: string,
  flags: Omit<TrainFlags, 'store'>,
  sequences: boolean,
): Promise<BatchInput> {
  if (sequences && prepareOptions(flags)) {
    throw new UsageError('--scale and the like work only for vectors, but the input is read as sequences');
  }
  const opened = await openBatchInput(session, input, flags, sequences);
  return 'vectors' in opened ? { vectors: await prepared(session, opened.vectors, flags) } : opened;
}

/** The library's options for the number of preclusters. */
export function sizeOf(
  { k, fittingSize, clusterSize }: Pick<TrainFlags, 'k' | 'fittingSize' | 'clusterSize'>,
  rows: number,
): Pick<TrainOptions, 'k' | 'fittingSize' | 'clusterSize'> {
  if (k !== undefined) return { k };
  if (clusterSize === 0) return { k: 1 };
  return { fittingSize: Math.max(1, fittingSize ?? rows), clusterSize };
}

/** The library's options for clustering preclusters. */
export function refineOptions(
  flags: RefineFlags,
  kind: BatchClustering['kind'],
): Omit<RefineOptions, keyof RunFlags> {
  const { inflation, pruning, maxDistance, indels, concurrency, metric } = flags;
  const { method = kind === 'sequences' ? 'mcl' : usualMethod(metric ?? 'euclidean') } = flags;
  const mcl = { inflation, pruning, maxDistance: maxDistance as 1 | 2 | undefined, indels };
  const { clusters, distance, inconsistent, depth } = flags;
  const cut = [clusters, distance, inconsistent, depth].some((one) => one !== undefined);
  if (kind === 'sequences') {
    if (method !== 'mcl' && method !== 'components') {
      throw new UsageError(
        `--method ${method} works only for vectors; sequences are clustered by mcl or components`,
      );
    }
    if (method === 'components' && (inflation !== undefined || pruning !== undefined)) {
      throw new UsageError('--inflation and --pruning work only with --method mcl');
    }
    if (cut)
      throw new UsageError(
        '--clusters, --distance and --inconsistent cut trees of vectors; sequences have no tree',
      );
    if (metric !== undefined) throw new UsageError('--metric works only for vectors, not for sequences');
    return { method, concurrency, ...mcl };
  }
  if (method === 'mcl' || method === 'components') {
    throw new UsageError(`--method ${method} works only for sequences, not for vectors`);
  }
  const stray = Object.entries({
    ...{ '--inflation': inflation, '--pruning': pruning },
    ...{ '--indels': indels, '--max-distance': maxDistance },
  }).find(([, value]) => value !== undefined);
  if (stray) throw new UsageError(`${stray[0]} works only for sequences, not for vectors`);
  checkMethodFlag(method, metric ?? 'euclidean', false);
  return { method, metric, clusters: cutOf(flags), concurrency, onBadRow: flags.onBadRow };
}
