import type { Command } from 'commander';
import type { Metric } from '../../distance/metrics.ts';
import { FormatError } from '../../errors.ts';
import { elbow } from '../../hierarchy/elbow.ts';
import { linkage as link } from '../../hierarchy/linkage/linkage.ts';
import type { Method } from '../../hierarchy/linkage/methods.ts';
import { adviseScales } from '../../model/scale-advice.ts';
import { writeNpyMatrix } from '../../sinks/npy.ts';
import { readDistances } from '../../sources/distances.ts';
import type { OpenSource } from '../../sources/open.ts';
import { isColumnOfDistances, itemsOf } from '../../support/numbers/condensed.ts';
import type { FloatArray, Progress, Z } from '../../types.ts';
import { openDistances } from '../files/distances.ts';
import { describeInput, filesOf, inputFacts, namesOf } from '../files/input.ts';
import { checkPreparing, openPrepared } from '../files/preparing.ts';
import { DEFAULT_LIMIT, readTable } from '../files/tables.ts';
import {
  addReader,
  addRun,
  checkMethodFlag,
  INPUT,
  methodOption,
  metricOption,
  type ReaderFlags,
  type RunFlags,
} from '../flags/options.ts';
import { addPreparing, type PreparingFlags, prepareOptions } from '../flags/preparing.ts';
import { isCalled } from '../flags/values.ts';
import { about, UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { memoryLine, report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, formatCount, formatNumber } from '../terminal/text.ts';

interface LinkageFlags extends ReaderFlags, RunFlags, PreparingFlags {
  method: Method;
  /** Distances in a square or in one column are taken as such if it is 'precomputed' or missing. */
  metric?: Metric | 'precomputed';
  condensed?: boolean;
  optimalOrdering?: boolean;
  out?: string;
  names?: string;
}

export function addLinkage(command: Command): Command {
  command
    .description("Build the whole tree of a table that fits in memory, as SciPy's linkage matrix")
    .argument('<input...>', `${INPUT}; or distances, as a square or condensed`)
    .optionsGroup('Tree:')
    .addOption(methodOption().default('single'))
    .addOption(metricOption(['precomputed']).conflicts('condensed'))
    .option('--optimal-ordering', 'order leaves so that neighbours are close (takes 8n² bytes)')
    .option('--condensed', 'the input is a 1-D array of the distances of all pairs, as from pdist')
    .optionsGroup('Output:')
    .option('--out <file>', 'the linkage matrix, float64, one merge per row: .npy; - for standard output')
    .option(
      '--names <file>',
      'file for the names of the rows (--id-column), one per line, for dendrogram --labels and cut --names',
    );
  addReader(command, { badRows: false });
  addPreparing(command);
  return addRun(command, 'no limit', { chunks: false }).addHelpText(
    'after',
    `
Examples:
  $ coppice linkage table.csv --id-column name --method ward --out Z.npy --names names.txt
  $ coppice dendrogram Z.npy --labels names.txt --out tree.svg
  $ coppice linkage distances.npy --condensed --method average --out Z.npy
  $ coppice linkage square.csv --metric precomputed --out Z.npy --names names.txt
  $ coppice cut Z.npy --clusters 4 --out labels.csv`,
  );
}

export async function linkage(session: Session, inputs: string[], flags: LinkageFlags): Promise<void> {
  const { method, metric = 'euclidean', condensed, optimalOrdering = false, out } = flags;
  const expected = metric === 'precomputed';
  if (!condensed && !expected) checkMethodFlag(method, metric, false);
  if (out !== undefined && !isCalled(out, 'npy')) {
    throw new UsageError(`--out must name a .npy file, got ${JSON.stringify(out)}`);
  }
  checkPreparing(flags);
  const isPrepared = flags.transpose || prepareOptions(flags) !== undefined;
  if ((condensed || expected) && isPrepared) {
    const option = condensed ? '--condensed' : '--metric precomputed';
    throw new UsageError(`${option} takes distances, which are neither prepared nor transposed`);
  }
  const known = condensed || isPrepared || (!expected && flags.metric !== undefined);
  const { source, square } = known
    ? { source: await openPrepared(session, inputs, flags), square: false }
    : await openDistances(session, inputs, flags, expected);
  if (flags.names !== undefined && !square && !expected && namesOf(source, flags) === undefined) {
    throw new UsageError(
      `--names needs --id-column, which gives the names; ${source.name} has no column that names its rows`,
    );
  }
  if (condensed && source.cols !== 1) {
    const problem = `has ${source.cols} columns; --condensed needs a single one, with the distances of all pairs`;
    throw new FormatError(source.name, problem);
  }
  const file = session.output('--out', out, filesOf(source));
  const namesFile = session.output('--names', flags.names, filesOf(source));
  const table = await readInput(session, source, flags, square);
  const advice = table.distances ? undefined : adviseScales(source, metric as Metric, table.data, table.rows);
  if (advice) session.warn(advice);
  const run = session.run(flags);
  const Z = await (table.distances
    ? link(table.data, { ...run, method, optimalOrdering })
    : link({ ...table, cols: source.cols }, { ...run, method, metric, optimalOrdering })
  ).catch((error) => {
    // The library's message names its argument; here the file is named instead.
    if (error instanceof RangeError && !session.signal.aborted)
      about(source.name, () => {
        throw error;
      });
    throw error;
  });
  if (file) writeNpyMatrix(file, Z, 4);
  if (namesFile) {
    // The file has one name per line, so line breaks in names become spaces.
    if (table.ids.length === 0) {
      throw new UsageError(`--names: ${source.name} has no names of rows; --id-column gives them`);
    }
    const lines = table.ids.map((id) => `${id.replace(/\s*[\r\n]+\s*/g, ' ')}\n`);
    namesFile.append(new TextEncoder().encode(lines.join('')));
  }
  await session.commit();
  summarize(session, Z, table.distances ? { ...flags, metric: 'precomputed' } : flags, {
    facts: inputFacts(source, table.rows),
    line: describeInput(source, table.rows),
    written: writtenLine([file, namesFile]),
  });
}

/** What is clustered: rows, or condensed distances of items that may have names. */
interface Items {
  data: FloatArray;
  rows: number;
  ids: string[];
  distances: boolean;
}

/** Read the input. Distances without --metric are said to be taken as such. */
async function readInput(
  session: Session,
  source: OpenSource,
  { metric, condensed, memory = DEFAULT_LIMIT }: LinkageFlags,
  square: boolean,
): Promise<Items> {
  const note = (what: string) =>
    session.warn({
      code: 'DISTANCES',
      message:
        `${source.name} ${what}, and is taken as distances, as by --metric precomputed; --metric euclidean clusters its ` +
        'rows as features',
    });
  if (square || metric === 'precomputed') {
    if (metric === undefined) note('is a symmetric square with zeros on its diagonal');
    const { signal } = session;
    const onProgress = (progress: Progress) => session.progress.update(progress);
    const {
      data,
      items,
      names = [],
    } = await readDistances(source, { signal, onProgress, memoryLimit: memory });
    return { data, rows: source.cols === 1 ? data.length : items, ids: names, distances: true };
  }
  const { data, rows, ids } = await readTable(session, source, memory);
  const items = condensed || source.cols > 1 || metric !== undefined ? undefined : itemsOf(rows);
  const distances =
    items !== undefined && items > 2 && isColumnOfDistances(source) && data.every((x) => x >= 0);
  if (distances) note(`has as many numbers as ${items} items have distances`);
  return { data, rows, ids, distances: condensed === true || distances };
}

function summarize(
  session: Session,
  Z: Z,
  { method, metric = 'euclidean', condensed, optimalOrdering = false, out, names }: LinkageFlags,
  input: { facts: object; line: string; written: [string, string] | undefined },
): void {
  const merges = Z.length / 4;
  const heights = Float64Array.from({ length: merges }, (_, i) => Z[4 * i + 2]);
  const last = heights.slice(-5);
  // With two or three merges an elbow means nothing.
  const suggested = merges >= 4 && last.every(Number.isFinite) ? elbow(Z).k : undefined;
  const facts = {
    command: 'linkage',
    input: input.facts,
    items: merges + 1,
    merges,
    method,
    metric: condensed ? null : metric,
    optimalOrdering,
    lastHeights: Array.from(last),
    suggestedClusters: suggested ?? null,
    outputs: { linkage: out ?? null, names: names ?? null },
  };
  report(session, facts, () =>
    fields([
      ['Input', input.line],
      ['Tree', `${formatCount(merges)} merges of ${formatCount(merges + 1)} items, ${method} linkage`],
      ['Heights', `${merges > last.length ? '... ' : ''}${Array.from(last, formatNumber).join(' ')}`],
      suggested === undefined
        ? undefined
        : ['Elbow', `heights rise most at ${suggested} clusters; this is only a hint`],
      timeLine(session),
      memoryLine(),
      input.written,
    ]),
  );
}
