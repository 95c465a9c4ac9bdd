/** `coppice batch clusters` and `coppice batch run`: cluster the preclusters and write the clusters as tables. */

import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { BatchClustering, type BatchClusters } from '../../batches/clustering.ts';
import type { EdgesKept } from '../../batches/edges.ts';
import type { ClusterMatrix } from '../../batches/matrix.ts';
import type { RefineOptions } from '../../batches/options.ts';
import { PROPERTIES } from '../../sequences/properties.ts';
import { report as describeClusters } from '../../sequences/report.ts';
import type { SequenceSource } from '../../sequences/source.ts';
import { csvField } from '../../sinks/csv.ts';
import { OutputError, type OutputFile } from '../../sinks/file.ts';
import { labelWriter } from '../../sinks/labels.ts';
import { ownerMark, sweep } from '../../support/process-owner.ts';
import { shownUrl } from '../../support/shown-url.ts';
import { systemReason } from '../../support/system-files.ts';
import { filesOf } from '../files/input.ts';
import { idNameOf } from '../files/labelling.ts';
import { labelTarget, openLabels } from '../files/labels.ts';
import { addLabels, type LabelFlags } from '../flags/labels.ts';
import { addRun } from '../flags/options.ts';
import { isCalled, whole } from '../flags/values.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { memoryLine, outputPaths, report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, formatCount, plural } from '../terminal/text.ts';
import {
  addBatchReader,
  addPreclusters,
  addRefining,
  addStore,
  asksForSequences,
  BATCH_INPUT,
  type BatchInput,
  countRows,
  countSequences,
  hintingAtSequences,
  openBatchInput,
  type RefineFlags,
  refineOptions,
  sizeOf,
  type TrainFlags,
} from './batch-options.ts';

/** Prefix of the temporary folders of runs. */
const TEMPORARY = 'coppice-batch-';

/** Collects lines, and writes them to a file in large pieces. */
class Lines {
  #text = '';
  readonly #encoder = new TextEncoder();

  constructor(readonly file: OutputFile | undefined) {}

  add(line: string): void {
    if (!this.file) return;
    this.#text += `${line}\n`;
    if (this.#text.length > 2 ** 16) this.flush();
  }

  flush(): void {
    this.file?.append(this.#encoder.encode(this.#text));
    this.#text = '';
  }
}

/** Counts clusters and their members while preclusters are clustered. */
class Tally {
  /** Rows, or distinct sequences. */
  items = 0;
  clustered = 0;
  clusters = 0;
  largest = 0;
  preclusters = 0;
  readonly #sizes = new Map<number, number>();

  add(label: number): void {
    this.items++;
    if (label === 0) return;
    this.clustered++;
    const size = (this.#sizes.get(label) ?? 0) + 1;
    this.#sizes.set(label, size);
    if (size > this.largest) this.largest = size;
    if (label > this.clusters) this.clusters = label;
  }
}

/** The columns of a sequence in a line: the sequence, and its gene if there are genes. */
function textOf({ sequences, vGenes }: { sequences: string[]; vGenes?: string[] }, i: number): string {
  return vGenes ? `${sequences[i]},${csvField(vGenes[i])}` : sequences[i];
}

const REPORT_TEXT = 'for sequences: size, motif, entropy and properties of each cluster, as .csv';
const REPORT_COLUMNS = `--report writes a line
for each cluster: size (distinct sequences), count (all sequences), the most frequent length, how many have it (aligned),
their motif (a residue of at least 70 % in upper case) and entropy (0: all the same), and mean properties.`;

function checkReport(kind: BatchClustering['kind']): void {
  if (kind !== 'sequences') throw new UsageError('--report works only for sequences, not for vectors');
}

/** Writes a line for each cluster, one precluster after the other. */
class ReportLines {
  readonly #lines: Lines;

  constructor(
    file: OutputFile | undefined,
    readonly vGenes: boolean,
  ) {
    this.#lines = new Lines(file);
    const head = [
      'cluster',
      ...(vGenes ? ['v_gene'] : []),
      'size',
      'count',
      'length',
      'aligned',
      'motif',
      'entropy',
    ];
    this.#lines.add([...head, ...PROPERTIES].join(','));
  }

  async add({ labels, sequences, vGenes }: BatchClusters, signal: AbortSignal): Promise<void> {
    if (!this.#lines.file) return;
    const { clusters } = await describeClusters(labels, sequences, { signal });
    for (const { cluster, members, size, count, length, aligned, motif, entropy, properties } of clusters) {
      // All sequences of a cluster have the same gene.
      const gene = this.vGenes && vGenes ? [csvField(vGenes[members[0]])] : [];
      const numbers = [entropy, ...PROPERTIES.map((name) => properties[name])];
      const cells = [cluster, ...gene, size, count, length, aligned, motif];
      this.#lines.add([...cells, ...numbers.map((x) => Number(x.toPrecision(6)))].join(','));
    }
  }

  flush(): void {
    this.#lines.flush();
  }
}

function checkCsv(option: string, file: string | undefined): void {
  if (file !== undefined && !isCalled(file, 'csv')) {
    throw new UsageError(`${option} must name a .csv file, got ${JSON.stringify(file)}`);
  }
}

export interface ClustersFlags extends RefineFlags {
  overlap?: number;
  store: string;
  out?: string;
  matrix?: string;
  report?: string;
}

export function addBatchClusters(command: Command): Command {
  command.description('Cluster each precluster of a run; the run is kept, and more data can be added');
  addStore(command);
  addRefining(command)
    .option(
      '--overlap <n>',
      '1: cluster the sequences of each precluster on their own, even if the run has more overlap; takes less memory',
      whole(1),
    )
    .optionsGroup('Output:')
    .option('--out <file>', 'all rows with their clusters, in the order of preclusters: .csv')
    .option('--matrix <file>', 'number of rows of each batch in each cluster, without zeros: .csv')
    .option('--report <file>', REPORT_TEXT);
  command.addOption(
    new Option(
      '--on-bad-row <what>',
      'what to do with a vector without a distance, such as zeros by cosine',
    ).choices(['error', 'skip']),
  );
  return addRun(command, '1 GiB', { chunks: false }).addHelpText(
    'after',
    `
Examples:
  $ coppice batch clusters --store run --inflation 1.2 --out clusters.csv --matrix counts.csv
  $ coppice batch clusters --store run --method ward --distance 2.5 --out clusters.csv

--out has the columns batch, row (counted from 0 within its batch) and cluster, and of sequences the sequence, and the
v_gene where the run has them; cluster is empty for a sequence that is in none. --matrix has the columns batch, cluster
and rows. ${REPORT_COLUMNS}`,
  );
}

export async function batchClusters(session: Session, flags: ClustersFlags): Promise<void> {
  checkCsv('--out', flags.out);
  checkCsv('--matrix', flags.matrix);
  checkCsv('--report', flags.report);
  const batches = await BatchClustering.resume(flags.store, session.run(flags));
  const tally = new Tally();
  let matrix: ClusterMatrix | undefined;
  let kept: EdgesKept | undefined;
  const out = session.output('--out', flags.out, []);
  const matrixFile = session.output('--matrix', flags.matrix, []);
  const reportFile = session.output('--report', flags.report, []);
  try {
    const options = { ...refineOptions(flags, batches.kind), overlap: flags.overlap as 1 | undefined };
    if (reportFile) checkReport(batches.kind);
    const textual = batches.kind === 'sequences';
    const lines = new Lines(out);
    const genes = batches.vGenes ? ',v_gene' : '';
    lines.add(textual ? `batch,row,sequence${genes},cluster` : 'batch,row,cluster');
    const reports = new ReportLines(reportFile, batches.vGenes);
    const known = batches.batches;
    const names = known.map(({ name }) => csvField(name));
    for await (const part of batches.clusters({ ...options, counts: matrixFile !== undefined })) {
      if (part.rows.length > 0) tally.preclusters++;
      await reports.add(part, session.signal);
      const seen = new Set<string>();
      part.rows.forEach((row, i) => {
        const label = part.labels[i];
        const at = part.batches[i];
        // A sequence is counted once, however often it occurs.
        const text = textual ? textOf(part, i) : undefined;
        if (text === undefined || !seen.has(text)) tally.add(label);
        if (text !== undefined) seen.add(text);
        const cells = [names[at], row - known[at].start, ...(text === undefined ? [] : [text]), label || ''];
        lines.add(cells.join(','));
      });
    }
    lines.flush();
    reports.flush();
    if (matrixFile) {
      matrix = await batches.clusterMatrix();
      writeMatrix(matrix, matrixFile);
    }
    // Lost edges are counted only if clustering uses the overlap of training.
    if (textual && batches.k > 1 && !flags.overlap) kept = await batches.edgesKept(options);
  } finally {
    await batches.close();
  }
  await session.commit();
  const outputs = { clusters: out, matrix: matrixFile, report: reportFile };
  summarize(session, { command: 'batch clusters', what: flags.store, batches, tally, kept, flags, outputs });
}

function writeMatrix({ names, rowStarts, labels, counts }: ClusterMatrix, file: OutputFile): void {
  const lines = new Lines(file);
  lines.add('batch,cluster,rows');
  names.forEach((name, i) => {
    const field = csvField(name);
    for (let e = rowStarts[i]; e < rowStarts[i + 1]; e++) lines.add(`${field},${labels[e]},${counts[e]}`);
  });
  lines.flush();
}

export interface RunFlagsOfBatch extends Omit<TrainFlags, 'store'>, RefineFlags {
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
  )
    .option('--report <file>', REPORT_TEXT)
    .option(
      '--store <folder>',
      "where a temporary folder for the preclusters is made (default: the system's place for such)",
    );
  addBatchReader(command);
  return addRun(command, '1 GiB', { chunks: false }).addHelpText(
    'after',
    `
Examples:
  $ coppice batch run sequences.tsv --column junction_aa --method mcl --inflation 1.2 --out clusters.csv
  $ coppice batch run embeddings.npy --method ward --distance 2.5 --out labels.npy

The input is read as sequences with --sequences, --column, --v-column or --method mcl. Their --out has the columns
sequence and cluster, one line for each distinct sequence in the order of the input; cluster is empty for one that is in
none. With --v-column there is a column v_gene, and a line for each distinct pair. ${REPORT_COLUMNS}`,
  );
}

/** All rows: in one piece, or in chunks with their names if there is an ID column (the file is read again for it). */
async function* namedRows(
  session: Session,
  input: BatchInput,
  flags: RunFlagsOfBatch,
  rows: number,
): AsyncGenerator<{ start: number; rows: number; ids?: readonly string[] }> {
  if (flags.idColumn === undefined || !('vectors' in input)) {
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
  if (flags.report !== undefined) checkReport(kind);
  const target = sequences ? undefined : labelTarget(flags);
  const opened = await openBatchInput(session, input, flags, sequences);
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
      const sink = await labelWriter(target.format).create(out, { idName: idNameOf(flags.idColumn) });
      for await (const { start, ids, rows: n } of namedRows(session, opened, flags, labels.length)) {
        sink.write({ start, labels: labels.subarray(start, start + n), distances: new Float64Array(0), ids });
      }
      sink.finish();
    }
  }
  await session.commit();
  const outputs = { clusters: out, report: reportFile };
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

interface Result {
  command: string;
  what: string;
  batches: BatchClustering;
  tally: Tally;
  kept: EdgesKept | undefined;
  flags: RefineFlags;
  outputs: Record<string, OutputFile | undefined>;
}

function summarize(session: Session, { command, what, batches, tally, kept, flags, outputs }: Result): void {
  // Edges between the parts of a split precluster are lost as well. They are not counted.
  const split = session.warnings.has('PRECLUSTER_SPLIT');
  const textual = batches.kind === 'sequences';
  const skipped = batches.batches.reduce((sum, batch) => sum + batch.skipped, 0);
  const { items, clustered, clusters, largest } = tally;
  const item = textual ? 'distinct sequence' : 'row';
  const facts = {
    ...{ command, input: what, kind: batches.kind, rows: batches.rows, skipped },
    ...(textual ? { sequences: items, clustered } : {}),
    ...{ clusters, largest, preclusters: batches.k, overlap: batches.overlap },
    ...(kept ? { edges: { ...kept, beforeSplits: split } } : {}),
    outputs: outputPaths(outputs),
  };
  const of = items > 0 ? ` (${((100 * clustered) / items).toFixed(1)} %)` : '';
  report(session, facts, () =>
    [
      `${what}: ${plural(batches.rows, 'row')}${textual ? `, ${plural(items, item)}` : ''}`,
      '',
      fields([
        [
          'Clusters',
          clusters === 0
            ? 'none'
            : `${formatCount(clusters)} with ${plural(clustered, item)}${textual ? of : ''}, the largest with ${formatCount(largest)}`,
        ],
        [
          'Preclusters',
          `${formatCount(batches.k)}${batches.overlap > 1 ? `; each sequence in ${batches.overlap} of them` : ''}`,
        ],
        flags.clusters !== undefined && batches.k > 1
          ? ['Cut', `${formatCount(flags.clusters)} in each of ${formatCount(batches.k)} preclusters`]
          : undefined,
        kept
          ? [
              'Edges kept',
              `${(100 * kept.share).toFixed(2)} % of those of ${plural(kept.sequences, 'sequence')} lie within preclusters${split ? ', fewer since some were split' : ''}`,
            ]
          : undefined,
        skipped > 0 ? ['Skipped', plural(skipped, 'row')] : undefined,
        timeLine(session),
        memoryLine(),
        writtenLine(Object.values(outputs)),
      ]),
    ].join('\n'),
  );
}
