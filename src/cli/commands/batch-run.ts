/** `coppice batch run`: train, add and cluster one file in one go. */
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { BatchClustering } from '../../batches/clustering.ts';
import type { EdgesKept } from '../../batches/edges.ts';
import type { RefineOptions } from '../../batches/options.ts';
import type { SequenceSource } from '../../sequences/source.ts';
import { OutputError, type OutputFile } from '../../sinks/file.ts';
import { labelWriter } from '../../sinks/labels.ts';
import { ownerMark, sweep } from '../../support/process-owner.ts';
import { systemReason } from '../../support/system-files.ts';
import { shownUrl } from '../../support/text/shown-url.ts';
import { filesOf, namesOf } from '../files/input.ts';
import { idNameOf } from '../files/labelling.ts';
import { labelTarget, openLabels } from '../files/labels.ts';
import { MembersFolder } from '../files/members.ts';
import { checkTable, TableOutput } from '../files/table.ts';
import { writeLabelled } from '../files/table-of-labels.ts';
import { addLabels, type LabelFlags } from '../flags/labels.ts';
import { addRun } from '../flags/options.ts';
import { addPreparing } from '../flags/preparing.ts';
import { addTable, type TableFlags } from '../flags/table.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import {
  checkCsv,
  checkReport,
  Lines,
  REPORT_COLUMNS,
  REPORT_TEXT,
  ReportLines,
  summarize,
  Tally,
  textOf,
} from './batch-clusters.ts';
import {
  addBatchReader,
  addPreclusters,
  addRefining,
  asksForSequences,
  BATCH_INPUT,
  type BatchInput,
  countRows,
  countSequences,
  hintingAtSequences,
  openTrainInput,
  type RefineFlags,
  refineOptions,
  sizeOf,
  type TrainFlags,
} from './batch-options.ts';

/** Prefix of the temporary folders of runs. */
const TEMPORARY = 'coppice-batch-';

interface RunFlagsOfBatch extends Omit<TrainFlags, 'store'>, RefineFlags, TableFlags {
  store?: string;
  out?: string;
  outFormat?: LabelFlags['outFormat'];
  report?: string;
}

export function addBatchRun(command: Command): Command {
  command.description('Train a run, add one file and cluster it, in one go').argument('<input>', BATCH_INPUT);
  addRefining(addPreclusters(command)).optionsGroup('Output:');
  addLabels(
    command,
    'for sequences: each distinct sequence with its cluster, .csv; for vectors: labels, .npy or .csv',
  ).option('--report <file>', REPORT_TEXT);
  addTable(command).option(
    '--store <folder>',
    "where a temporary folder for the preclusters is made (default: the system's place for such)",
  );
  addBatchReader(command);
  addPreparing(command, { transpose: false });
  return addRun(command, '1 GiB', { chunks: false }).addHelpText(
    'after',
    `
Examples:
  $ coppice batch run sequences.tsv --column junction_aa --method mcl --inflation 1.2 --out clusters.csv
  $ coppice batch run embeddings.npy --method ward --distance 2.5 --out labels.npy
  $ coppice batch run table.csv --method ward --distance 2.5 --table clustered.csv

The input is read as sequences with --sequences, --column, --v-column or --method mcl. Their --out has the columns
sequence and cluster, one line for each distinct sequence in the order of the input; cluster is empty for one that is in
none. --table and --members are for vectors: the rows of the input as they are, with the columns cluster, distance
(Euclidean, to the mean of the cluster) and representative (the row nearest to that mean). With --v-column there is a column v_gene, and a line for each distinct pair. ${REPORT_COLUMNS}`,
  );
}

/** All rows: in one piece, or in chunks with their names if there is an ID column (the file is read again for it). */
async function* namedRows(
  session: Session,
  input: BatchInput,
  named: boolean,
  rows: number,
): AsyncGenerator<{ start: number; rows: number; ids?: readonly string[] }> {
  if (!named || !('vectors' in input)) {
    yield { start: 0, rows };
    return;
  }
  let start = 0;
  for await (const chunk of input.vectors.chunks({ chunkRows: 4096, reuse: true, signal: session.signal })) {
    yield { start, rows: chunk.rows, ids: (chunk as { ids?: string[] }).ids };
    start += chunk.rows;
    session.progress.update({ phase: 'write', done: start, total: rows });
  }
}

/** Marks a row whose sequence occurred in an earlier row. */
const REPEATED = -1;

export async function batchRun(session: Session, input: string, flags: RunFlagsOfBatch): Promise<void> {
  const sequences = asksForSequences(flags);
  await (sequences
    ? runAll(session, input, flags, true)
    : hintingAtSequences(() => runAll(session, input, flags, false)));
}

async function runAll(
  session: Session,
  input: string,
  flags: RunFlagsOfBatch,
  sequences: boolean,
): Promise<void> {
  const kind = sequences ? 'sequences' : 'vectors';
  const options = refineOptions(flags, kind);
  if (sequences) {
    checkCsv('--out', flags.out);
    if (flags.outFormat !== undefined && flags.outFormat !== 'csv') {
      throw new UsageError(
        `--out-format: clusters of sequences are written only as csv, got ${flags.outFormat}`,
      );
    }
  }
  checkCsv('--report', flags.report);
  checkTable(flags);
  const stray = flags.table !== undefined ? '--table' : flags.members !== undefined ? '--members' : undefined;
  if (sequences && stray)
    throw new UsageError(`${stray} works only for vectors; --out has the sequences with their clusters`);
  if (flags.report !== undefined) checkReport(kind);
  const target = sequences ? undefined : labelTarget(flags);
  const opened = await openTrainInput(session, input, flags, sequences);
  const files = 'vectors' in opened ? filesOf(opened.vectors) : [opened.sequences.name];
  const data = 'vectors' in opened ? opened.vectors : opened.sequences;
  const rows =
    'vectors' in opened
      ? await countRows(session, opened.vectors)
      : (await countSequences(session, opened.sequences)).rows;
  const out = sequences
    ? session.output('--out', flags.out, files)
    : openLabels(session, target, files, rows);
  const reportFile = session.output('--report', flags.report, files);
  const vectors = 'vectors' in opened ? opened.vectors : undefined;
  const table = vectors && TableOutput.begin(session, vectors, [input], flags, files);
  const { members: folder } = flags;
  const members =
    folder === undefined ? undefined : session.add('--members', folder, files, (at) => new MembersFolder(at));
  const tally = new Tally();
  let kept: EdgesKept | undefined;
  const { store, remove } = makeTemporary(flags.store);
  session.onEnd(remove);
  const batches = await BatchClustering.train(data, {
    ...{ store, overlap: flags.overlap, sample: flags.sample, onBadRow: flags.onBadRow },
    ...sizeOf(flags, rows),
    ...session.run(flags),
  });
  session.onEnd(() => batches.close());
  await batches.precluster(data, { name: shownUrl(input), onBadRow: flags.onBadRow });
  if (sequences) {
    const reports = new ReportLines(reportFile, batches.vGenes);
    const labels = await labelSequences(session, batches, options, tally, reports);
    await writeSequences(session, data as SequenceSource, labels, batches.vGenes, out);
    if (batches.k > 1) kept = await batches.edgesKept(options);
  } else {
    const labels = await batches.labels(options);
    for (const label of labels) tally.add(label);
    if (out && target) {
      const idColumn = 'vectors' in opened ? namesOf(opened.vectors, flags) : undefined;
      const sink = await labelWriter(target.format).create(out, { idName: idNameOf(idColumn) });
      const named = idColumn !== undefined;
      for await (const { start, ids, rows: n } of namedRows(session, opened, named, labels.length)) {
        sink.write({ start, labels: labels.subarray(start, start + n), distances: new Float64Array(0), ids });
      }
      sink.finish();
    }
    if (vectors)
      await writeLabelled(
        session,
        { source: vectors, labels, none: 0, memory: flags.memory },
        table,
        members,
      );
  }
  await session.commit();
  const outputs = { clusters: out, report: reportFile, table: table?.file, members };
  summarize(session, { command: 'batch run', what: input, batches, tally, kept, flags, outputs });
}

/**
 * Make a temporary folder for the run, in `place` or in the system's folder for temporary files. Folders left there by
 * processes that have ended are removed.
 * @throws OutputError
 */
function makeTemporary(place: string | undefined): { store: string; remove(): void } {
  const folder = place ?? os.tmpdir();
  const made = place !== undefined && !fs.existsSync(place);
  const store = path.join(folder, `${TEMPORARY}${ownerMark()}`);
  sweep(folder, TEMPORARY, '');
  try {
    fs.mkdirSync(store, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new OutputError(store, `the folder cannot be made: ${systemReason(error)}`, error);
  }
  const remove = () => {
    // If the second attempt fails too, the next run in this place removes the folder once this process has ended.
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        fs.rmSync(store, { recursive: true, force: true });
        if (made) fs.rmdirSync(folder);
        return;
      } catch {}
    }
  };
  return { store, remove };
}

/** The cluster of each row. Of equal sequences only the first row gets one; the others are marked `REPEATED`. */
async function labelSequences(
  session: Session,
  batches: BatchClustering,
  options: RefineOptions,
  tally: Tally,
  reports: ReportLines,
): Promise<Int32Array> {
  const labels = new Int32Array(batches.rows).fill(REPEATED);
  for await (const part of batches.clusters(options)) {
    await reports.add(part, session.signal);
    const seen = new Set<string>();
    part.rows.forEach((row, i) => {
      const text = textOf(part, i);
      if (seen.has(text)) return;
      seen.add(text);
      labels[row] = part.labels[i];
      tally.add(part.labels[i]);
    });
  }
  reports.flush();
  return labels;
}

async function writeSequences(
  session: Session,
  source: SequenceSource,
  labels: Int32Array,
  vGenes: boolean,
  out: OutputFile | undefined,
): Promise<void> {
  if (!out) return;
  const lines = new Lines(out);
  lines.add(vGenes ? 'sequence,v_gene,cluster' : 'sequence,cluster');
  for await (const chunk of source.chunks({ chunkRows: 4096, signal: session.signal })) {
    chunk.sequences.forEach((_, i) => {
      const label = labels[chunk.rows[i]];
      if (label !== REPEATED) lines.add(`${textOf(chunk, i)},${label || ''}`);
    });
    session.progress.update({ phase: 'write', done: chunk.rows.at(-1) ?? 0, total: labels.length });
  }
  lines.flush();
}
