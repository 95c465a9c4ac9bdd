import { type Command, Option } from 'commander';
import { BatchClustering, type BatchClusters } from '../../batches/clustering.ts';
import type { EdgesKept } from '../../batches/edges.ts';
import type { ClusterMatrix } from '../../batches/matrix.ts';
import { PROPERTIES } from '../../sequences/properties.ts';
import { report as describeClusters } from '../../sequences/report.ts';
import { csvField } from '../../sinks/csv.ts';
import type { Output, OutputFile } from '../../sinks/file.ts';
import { addRun } from '../flags/options.ts';
import { isCalled, whole } from '../flags/values.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { memoryLine, outputPaths, report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, formatCount, plural } from '../terminal/text.ts';
import { addRefining, addStore, type RefineFlags, refineOptions } from './batch-options.ts';

/** Collects lines, and writes them to a file in large pieces. */
export class Lines {
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
export class Tally {
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
export function textOf({ sequences, vGenes }: { sequences: string[]; vGenes?: string[] }, i: number): string {
  return vGenes ? `${sequences[i]},${csvField(vGenes[i])}` : sequences[i];
}

export const REPORT_TEXT = 'for sequences: size, motif, entropy and properties of each cluster, as .csv';
export const REPORT_COLUMNS = `--report writes a line
for each cluster: size (distinct sequences), count (all sequences), the most frequent length, how many have it (aligned),
their motif (a residue of at least 70 % in upper case) and entropy (0: all the same), and mean properties.`;

export function checkReport(kind: BatchClustering['kind']): void {
  if (kind !== 'sequences') throw new UsageError('--report works only for sequences, not for vectors');
}

/** Writes a line for each cluster, one precluster after the other. */
export class ReportLines {
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

export function checkCsv(option: string, file: string | undefined): void {
  if (file !== undefined && !isCalled(file, 'csv')) {
    throw new UsageError(`${option} must name a .csv file, got ${JSON.stringify(file)}`);
  }
}

interface ClustersFlags extends RefineFlags {
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

interface Result {
  command: string;
  what: string;
  batches: BatchClustering;
  tally: Tally;
  kept: EdgesKept | undefined;
  flags: RefineFlags;
  outputs: Record<string, Output | undefined>;
}

export function summarize(
  session: Session,
  { command, what, batches, tally, kept, flags, outputs }: Result,
): void {
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
