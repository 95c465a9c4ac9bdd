/** Options that several commands share, and their names in code. */

import { type Command, Option } from 'commander';
import { checkMetric, METRICS, type Metric } from '../../distance/metrics.ts';
import type { Cut } from '../../hierarchy/cut.ts';
import { METHODS, type Method, takesMetric } from '../../hierarchy/linkage/methods.ts';
import type { BadRows } from '../../model/bad-rows.ts';
import { MISSING_WAYS, type Missing } from '../../sources/chunks/missing-options.ts';
import { formats, type OpenOptions } from '../../sources/formats.ts';
import type { AtomSelection } from '../../sources/trajectories/topology.ts';
import type { Pick, TwoPassOptions } from '../../twopass/options.ts';
import { UsageError } from '../terminal/errors.ts';
import { addLabels, type LabelFlags } from './labels.ts';
import type { PreparingFlags } from './preparing.ts';
import { addReport, type ReportFlags } from './report.ts';
import { addTable, type TableFlags } from './table.ts';
import * as values from './values.ts';

export interface ReaderFlags {
  atoms?: AtomSelection;
  dataset?: string;
  array?: string;
  sheet?: string | number;
  externalFiles?: boolean;
  topology?: string;
  columns?: (string | number)[];
  idColumn?: string | number;
  /** Columns of categories. No option of its own: commands that use them name them. */
  annotations?: readonly (string | number)[];
  delimiter?: string;
  comment?: string;
  header?: boolean;
  encoding?: string;
  decimal?: '.' | ',';
  thousands?: string;
  missing?: Missing;
  missingValues?: string[];
  onBadRow?: BadRows;
  /** Tables whose columns are joined to those of INPUT. */
  join?: string[];
  joinHow?: 'same' | 'inner';
  joinId?: string | number;
}

export interface RunFlags {
  memory?: number;
  threads?: number | 'auto';
  json?: boolean;
}

export interface CutFlags {
  clusters?: number;
  distance?: number;
  inconsistent?: number;
  depth?: number;
}

export interface ClusterFlags
  extends ReaderFlags,
    RunFlags,
    CutFlags,
    LabelFlags,
    TableFlags,
    ReportFlags,
    PreparingFlags {
  stride?: number;
  sample?: number;
  method?: Method;
  metric?: Metric;
  profiles?: boolean;
  leaders?: number;
  pick?: Pick;
  relabel?: boolean;
  seed?: number;
  chunkRows?: number;
  model?: string;
  linkage?: string;
  plot?: string;
}

/** What INPUT may be, for the help of all commands. */
export const INPUT = `${formats.map(({ title, extensions }) => `${title} (.${extensions[0]})`).join(', ')}, as a path or an http(s) URL; several are read as one, in order`;

/** The formats that take an option of `open`, for the help: 'CSV, Parquet'. */
function formatsWith(option: keyof OpenOptions): string {
  const taking = formats.filter(({ options }) => options.includes(option));
  return taking.map(({ title }) => title.split(',', 1)[0]).join(', ');
}

/** @param keepMissing whether missing values can be shown as such */
export function addReader(command: Command, { badRows = true, keepMissing = false } = {}): Command {
  const ways = MISSING_WAYS.filter((way) => way !== 'keep' || keepMissing);
  command
    .optionsGroup('Reading:')
    .option(
      '--columns <list>',
      `${formatsWith('columns')}: columns to read, by name or index from 0: a,b,c or 0-9`,
      values.columns,
    )
    .option(
      '--id-column <name>',
      `${formatsWith('idColumn')}: column with the names of the rows`,
      values.column,
    )
    .option('--delimiter <char>', "CSV: the separator of fields, such as ';' or tab", values.delimiter)
    .option(
      '--comment <mark>',
      "CSV: lines that begin with this are ignored, such as '#' (default: detected)",
    )
    .option('--header', 'CSV: the first line holds names (default: detected)')
    .option('--no-header', 'CSV: the first line is data')
    .option('--encoding <name>', 'CSV: utf-8, utf-16le, utf-16be or latin1 (default: detected)')
    .addOption(
      new Option('--decimal <mark>', 'CSV: the decimal mark (default: detected)')
        .choices(['.', ',', 'point', 'comma'])
        .argParser(values.decimal),
    )
    .option(
      '--thousands <mark>',
      "CSV: the mark between groups of three digits, such as , or space, or 'none' (default: detected)",
      values.thousands,
    )
    .addOption(
      new Option(
        '--missing <what>',
        `what to do with missing values, such as empty fields and NA${keepMissing ? '; keep: draw them as missing, and grow the trees with the means of their columns' : ''} (default: refuse)`,
      ).choices(ways),
    )
    .option(
      '--missing-values <list>',
      'CSV: the texts that stand for a missing value, as NA,-,? (default: empty, NA, NaN, null, None, - and others)',
      values.texts,
    )
    .option(
      '--dataset <path>',
      'HDF5: dataset to read (default: /coordinates); AnnData: X (the default), layers/NAME, obsm/NAME, raw/X',
    )
    .option('--array <name>', 'NPZ: array to read, if there are several')
    .option('--sheet <name>', 'Excel: sheet to read, by name or number from 1', values.sheet)
    .option('--external-files', 'HDF5: also read other files that this file refers to; only if you trust it')
    .option(
      '--atoms <which>',
      'trajectories: atoms to keep: 0,1,5-9, or name CA, element C, residue ALA',
      (text: string, previous?: AtomSelection) => values.atoms(text, previous),
    )
    .option('--topology <file>', `${formatsWith('topology')}: PDB or GRO file that names the atoms`)
    .option(
      '--join <file>',
      'a table whose columns are added to those of INPUT, for rows of the same name; repeat it for more tables',
      (file: string, files: string[] = []) => [...files, file],
    )
    .option(
      '--join-id <name>',
      '--join: column with the names of the rows (default: as --id-column)',
      values.column,
    )
    .addOption(
      new Option(
        '--join-how <rows>',
        '--join: same (default) refuses rows that a table lacks, inner skips them',
      ).choices(['same', 'inner']),
    );
  if (badRows) {
    command.addOption(
      new Option(
        '--on-bad-row <what>',
        'what to do with a row with NaN or infinity, a ragged or non-numeric line, or a torn last frame',
      ).choices(['error', 'skip']),
    );
  }
  return command;
}

export function addRun(command: Command, defaultMemory: string, { chunks = true } = {}): Command {
  command
    .optionsGroup('Running:')
    .option(
      '--memory <size>',
      `memory limit for data, such as 256MB or 2GiB (default: ${defaultMemory})`,
      values.bytes,
    )
    .option('--threads <n>', 'number of threads, or auto (default: auto)', values.threads);
  if (chunks) {
    const text = 'rows to read at a time; results do not depend on it';
    command.option('--chunk-rows <n>', text, values.whole(1));
  }
  return command.option('--json', 'print one JSON object, for machines');
}

/**
 * How to cut the tree: exactly one of three ways.
 * @param each text before 'into', if there is more than one tree
 */
export function addCut(command: Command, each = ''): Command {
  return command
    .addOption(
      new Option('--clusters <k>', `cut ${each}into k clusters`)
        .argParser(values.whole(1))
        .conflicts(['distance', 'inconsistent', 'depth']),
    )
    .addOption(
      new Option('--distance <t>', 'or cut at height t')
        .argParser(values.height)
        .conflicts(['inconsistent', 'depth']),
    )
    .addOption(
      new Option('--inconsistent <t>', 'or cut where the inconsistency is above t').argParser(values.height),
    )
    .option('--depth <d>', 'number of levels for --inconsistent (default: 2)', values.whole(1));
}

/** @throws UsageError unless exactly one way to cut is given */
export function cutOf({ clusters, distance, inconsistent, depth }: CutFlags): Cut {
  if (clusters !== undefined) return clusters;
  if (distance !== undefined) return { distance };
  if (inconsistent !== undefined) return { inconsistent, depth };
  if (depth !== undefined) throw new UsageError('--depth needs --inconsistent');
  throw new UsageError(
    'the number of clusters is missing; give one of --clusters <k>, --distance <t> or --inconsistent <t>',
    {
      option: 'clusters',
    },
  );
}

export function methodOption(note = ''): Option {
  const words = `linkage method: how the distance between clusters is computed${note}`;
  return new Option('--method <name>', words).choices(METHODS);
}

/** @throws UsageError for a method that is not defined for distances by this metric */
export function checkMethodFlag(method: Method, metric: Metric = 'euclidean', ofSample: boolean): void {
  if (takesMetric(method, metric, ofSample)) return;
  const others = ofSample ? ' and rmsd' : '';
  throw new UsageError(
    `--method ${method} is defined for --metric euclidean${others}, got ${metric}; average takes any metric`,
  );
}

/**
 * Without a default in the parser: a square of distances is clustered as features only if the metric is given.
 * @param others further names
 */
export function metricOption(
  others: readonly string[] = [],
  flag = '--metric <name>',
  words = `distance between rows: ${[...METRICS, ...others].join(', ')} (default: euclidean)`,
): Option {
  return new Option(flag, words).argParser(
    values.checked((text: string): string => {
      if (!others.includes(text)) checkMetric(text);
      return text;
    }),
  );
}

/** The options of `cluster`, shared with `plan`. */
export function addClustering(command: Command): Command {
  addCut(command.optionsGroup('Clusters:'))
    .addOption(methodOption(' (default: ward; average for metrics that ward is not defined for)'))
    .addOption(metricOption())
    .option('--profiles', 'cluster the rows of the square distance matrix, as ward(square) does in SciPy')
    .optionsGroup('Sample and leaders:')
    .addOption(
      new Option('--stride <n>', 'build the tree from every n-th row (default: as many as --memory allows)')
        .argParser(values.whole(1))
        .conflicts('sample'),
    )
    .option('--sample <rows>', 'or from this number of random rows', values.whole(2))
    .option('--leaders <n>', 'number of leaders of each cluster (default: 1)', values.whole(1))
    .addOption(
      new Option('--pick <how>', 'how leaders are chosen (default: medoid)').choices([
        'medoid',
        'random',
        'centroid',
      ]),
    )
    .option(
      '--relabel',
      "also assign the rows of the sample to their nearest leader, not to the tree's cluster",
    )
    .option('--seed <n>', 'seed of every random choice (default: 0)', values.whole(0))
    .optionsGroup('Output:');
  addLabels(command, 'labels of all rows: .npy (int32), .csv or .parquet').option(
    '--distances',
    'with .csv: a column with the distance to the nearest leader',
  );
  return addReport(addTable(command))
    .option('--model <file>', 'the leaders, for coppice assign: .safetensors')
    .option('--linkage <file>', "the sample's tree as SciPy's linkage matrix: .npy")
    .option('--plot <file>', "a picture of the sample's tree: .svg or .png");
}

/** The library's options for these flags. */
export function twoPassOptions(flags: ClusterFlags): TwoPassOptions {
  const { stride, sample, method, metric, profiles, chunkRows, onBadRow, seed } = flags;
  if (method !== undefined && !profiles) checkMethodFlag(method, metric, true);
  return {
    clusters: cutOf(flags),
    stride,
    sample,
    method,
    metric,
    profiles,
    leaders: { perCluster: flags.leaders, pick: flags.pick },
    relabel: flags.relabel,
    chunkRows,
    onBadRow,
    seed,
    memoryLimit: flags.memory,
    threads: flags.threads,
  };
}
