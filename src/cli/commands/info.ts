import * as fs from 'node:fs';
import type { Command } from 'commander';
import { FormatError, formatBytes } from '../../errors.ts';
import type { Hdf5Source } from '../../sources/hdf5/hdf5.ts';
import { type InspectedColumn, inspectSource } from '../../sources/inspect.ts';
import type { OpenSource } from '../../sources/open.ts';
import type { TrajectorySource } from '../../sources/trajectories/frames.ts';
import type { Preparation, Source } from '../../types.ts';
import { filesOf, inputFacts, mayBeSequences } from '../files/input.ts';
import { openPrepared } from '../files/preparing.ts';
import { addReader, INPUT, type ReaderFlags } from '../flags/options.ts';
import { addPreparing, type PreparingFlags, prepareOptions, stepsInWords } from '../flags/preparing.ts';
import { whole } from '../flags/values.ts';
import type { Session } from '../terminal/session.ts';
import { report } from '../terminal/summary.ts';
import { bars, fields, formatCount, formatNumber, plural, table } from '../terminal/text.ts';
import { infoOfSequences, tryAsSequences } from './info-sequences.ts';

interface InfoFlags extends ReaderFlags, PreparingFlags {
  head: number;
  count?: boolean;
  json?: boolean;
}

/** Text files up to this size are read to their end, to count the rows. */
const COUNT_BYTES = 64e6;
/** Number of columns that fit on a line. */
const SHOWN_COLUMNS = 8;
/** Number of columns that are described. */
const SHOWN_FACTS = 30;

const shortened = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export function addInfo(command: Command): Command {
  command
    .description(
      'Describe a file: format, rows, columns, element type, first rows; atoms of a trajectory; sequences',
    )
    .argument('<input...>', INPUT)
    .option('--head <n>', 'number of rows to show', whole(0), 5)
    .option(
      '--count',
      `also count the rows of text files of more than ${formatBytes(COUNT_BYTES)} (reads the whole file)`,
    )
    .option('--json', 'print one JSON object, for machines');
  addReader(command, { badRows: false });
  return addPreparing(command).addHelpText(
    'after',
    `
Examples:
  $ coppice info trajectory.h5
  $ coppice info table.csv --columns x,y --head 10
  $ coppice info table.csv --log2 --scale zscore

With options that prepare, columns and rows are shown as they would be clustered.`,
  );
}

/** Total size of the files in bytes; undefined if one of them is not on this machine. */
function fileBytes(paths: readonly string[]): number | undefined {
  let sum = 0;
  for (const path of paths) {
    const size = fs.statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) return undefined;
    sum += size;
  }
  return sum;
}

async function firstRows(source: OpenSource, count: number, signal: AbortSignal) {
  const rows: number[][] = [];
  const ids: string[] = [];
  if (count === 0) return { rows, ids };
  for await (const chunk of source.chunks({ chunkRows: count, end: count, signal })) {
    for (let i = 0; i < chunk.rows; i++) {
      rows.push(Array.from(chunk.data.subarray(i * chunk.cols, (i + 1) * chunk.cols)));
    }
    ids.push(...((chunk as { ids?: string[] }).ids ?? []));
  }
  return { rows, ids };
}

async function countRows(session: Session, source: Source): Promise<void> {
  for await (const { start, rows } of source.chunks({
    chunkRows: 4096,
    reuse: true,
    signal: session.signal,
  })) {
    session.progress.update({ phase: 'read', done: start + rows });
  }
}

/** A file is described also if rows of it cannot be clustered: what is missing or bad is told. */
export async function info(session: Session, inputs: string[], flags: InfoFlags): Promise<void> {
  const { missing, onBadRow } = flags;
  // Statistics of columns cannot be computed from missing values, so their rows are left out.
  const lenient = { ...flags, missing: missing ?? (prepareOptions(flags) ? 'drop-rows' : 'keep') } as const;
  try {
    await infoOfNumbers(session, inputs, flags);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (error.reason === 'MISSING_VALUE' && missing === undefined) {
      return info(session, inputs, lenient);
    }
    if (error.reason === undefined && error.line !== undefined && onBadRow === undefined) {
      return info(session, inputs, { ...lenient, onBadRow: 'skip' }).catch((second) => {
        throw second instanceof FormatError ? error : second;
      });
    }
    if (!mayBeSequences(error) || prepareOptions(flags) || flags.transpose) throw error;
    const { head, delimiter, comment } = flags;
    const sequences =
      inputs.length === 1 ? await tryAsSequences(session, inputs[0], { delimiter, comment }) : undefined;
    if (!sequences) throw error;
    const bytes = fileBytes(inputs);
    const all = flags.count === true || (bytes ?? 0) <= COUNT_BYTES;
    return infoOfSequences(session, sequences, { head, bytes, all });
  }
}

async function infoOfNumbers(session: Session, inputs: string[], flags: InfoFlags): Promise<void> {
  const source = await openPrepared(session, inputs, flags);
  const size = fileBytes(filesOf(source));
  const { columns, idColumn } = await inspectSource(source, { signal: session.signal });
  const head = await firstRows(source, flags.head, session.signal);
  if (source.rows === undefined && (flags.count || (size ?? 0) <= COUNT_BYTES))
    await countRows(session, source);
  const { skippedRows: skipped = 0, firstSkipped } = (flags.onBadRow === 'skip' ? source : {}) as {
    skippedRows?: number;
    firstSkipped?: string;
  };
  const bad = skipped > 0 ? { rows: skipped, first: firstSkipped ?? null } : undefined;
  const facts = {
    command: 'info',
    input: inputFacts(source),
    bytes: size ?? null,
    ...(bad ? { badRows: bad } : {}),
    ...formatFacts(source),
    ...(head.ids.length > 0 ? { ids: head.ids, idColumn: idColumn ?? null } : {}),
    ...(columns ? { columnFacts: columns } : {}),
    // JSON has no NaN or infinity; these values become null.
    head: head.rows,
  };
  report(session, facts, () => {
    const entries = fields([
      ['File', source.name],
      ['Format', source.summary],
      [
        'Rows',
        source.rows === undefined
          ? 'not counted, since the file is large (use --count)'
          : formatCount(source.rows),
      ],
      ['Columns', columnsLine(source)],
      'transposed' in source ? ['Transposed', 'the columns of the file are rows'] : undefined,
      bad && ['Bad rows', `${formatCount(bad.rows)}; the first: ${bad.first}`],
      preparedLine(source),
      idColumn === undefined ? undefined : ['Names', `column ${idColumn}`],
      ['Numbers', source.dtype === 'f4' ? 'float32' : 'float64'],
      size === undefined ? undefined : ['Size', formatBytes(size)],
      ...(source.format === 'hdf5' || isTrajectory(source) ? topologyLines(source) : []),
    ]);
    const parts = [entries];
    if (columns?.some(({ name }) => name !== undefined))
      parts.push(
        columnTable(columns, idColumn, source.rows === undefined ? undefined : source.rows - skipped),
      );
    if (head.rows.length > 0) parts.push(headTable(source, head));
    return parts.join('\n\n');
  });
}

function preparedLine({
  preparation,
}: {
  preparation?: Preparation | undefined;
}): [string, string] | undefined {
  return preparation && ['Prepared', stepsInWords(preparation.steps.map(({ step }) => step))];
}

/** What the columns hold, the ones that are left out too. */
function columnTable(
  columns: readonly InspectedColumn[],
  names: string | number | undefined,
  rows: number | undefined,
): string {
  const headings = ['column', 'read', 'missing', 'range', 'values', 'holds'].map((heading) => ({
    heading,
    align: heading === 'missing' ? ('right' as const) : ('left' as const),
  }));
  const examined = Math.max(0, ...columns.slice(0, SHOWN_FACTS).map(({ rows }) => rows));
  const beginning =
    rows !== undefined && examined >= rows
      ? ''
      : `\nmissing, range and values are of the first ${plural(examined, 'row')}`;
  const lines = columns.slice(0, SHOWN_FACTS).map((column) => {
    const { index, name, read, missing, range, histogram, contradiction, reason } = column;
    const but = contradiction ? `; line ${contradiction.line} has ${JSON.stringify(contradiction.text)}` : '';
    return [
      shortened(name || String(index), 24),
      read ? 'yes' : (name || index) === names ? 'as names' : 'no',
      missing === 0 ? '' : `${formatNumber(Math.round(1000 * missing) / 10)} %`,
      range ? `${formatNumber(range[0])} to ${formatNumber(range[1])}` : '',
      histogram ? bars(histogram.counts) : '',
      reason + but,
    ];
  });
  const more = columns.length - lines.length;
  return (
    table(headings, lines, '') + (more > 0 ? `\n... and ${plural(more, 'more column')}` : '') + beginning
  );
}

type Trajectory = Hdf5Source | TrajectorySource;

function isTrajectory(source: OpenSource): source is TrajectorySource {
  return 'timeStep' in source;
}

function formatFacts(source: OpenSource): object {
  if (isTrajectory(source)) {
    const { summary, atoms, selected, title, units, timeStep, box } = source;
    return {
      summary,
      atoms,
      selected: selected ?? null,
      title: title ?? null,
      units,
      timeStep: timeStep ?? null,
      box: box ?? null,
      topology: topologyFacts(source),
    };
  }
  if (source.format === 'npy') {
    return { descr: source.descr, shape: source.shape, fortranOrder: source.fortranOrder };
  }
  if (source.format === 'csv') {
    return { delimiter: source.delimiter, header: source.header, columns: source.columns ?? null };
  }
  if (source.format === 'hdf5') {
    return {
      dataset: source.dataset,
      shape: source.shape,
      atoms: source.atoms ?? null,
      selected: source.selected ?? null,
      title: source.title ?? null,
      units: source.units ?? null,
      topology: topologyFacts(source),
    };
  }
  return { summary: source.summary, columns: 'columns' in source ? (source.columns ?? null) : null };
}

function topologyFacts(source: Trajectory): object | null {
  const { topology } = source;
  if (!topology) return null;
  return {
    atoms: topology.atoms.length,
    residues: topology.residues,
    chains: topology.chains,
    bonds: topology.bonds.length,
    names: tally(topology.atoms.map((a) => a.name)),
    elements: tally(topology.atoms.map((a) => a.element)),
    residueNames: tally(residueNames(source)),
  };
}

function columnsLine(source: OpenSource): string {
  const names = source.format === 'csv' ? source.columns : undefined;
  if (!names) {
    const named = source.format === 'hdf5' || isTrajectory(source);
    const atoms = named ? (source.selected?.length ?? source.atoms) : undefined;
    return atoms === undefined
      ? formatCount(source.cols)
      : `${formatCount(source.cols)}: x, y, z of ${plural(atoms, 'atom')}`;
  }
  const shown = names.slice(0, 12).join(', ');
  return `${formatCount(source.cols)}: ${shown}${names.length > 12 ? `, and ${names.length - 12} more` : ''}`;
}

/** Number of occurrences of each value, most frequent first. */
function tally(values: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}

/** The name of each residue; each residue is listed once. */
function residueNames({ topology }: Trajectory): string[] {
  const seen = new Map<string, string>();
  for (const { chain, resSeq, residue } of topology?.atoms ?? [])
    seen.set(`${chain} ${resSeq} ${residue}`, residue);
  return [...seen.values()];
}

function counted(values: readonly string[], most = 12): string {
  const entries = Object.entries(tally(values));
  const shown = entries.slice(0, most).map(([value, count]) => `${value || '(none)'} ${formatCount(count)}`);
  return shown.join(', ') + (entries.length > most ? `, and ${entries.length - most} more` : '');
}

function topologyLines(source: Trajectory): [string, string][] {
  const lines: [string, string][] = [];
  if (source.title) lines.push(['Title', source.title]);
  if (source.units) {
    const read = /^nano/i.test(source.units) ? '' : ' in the file, read as nanometers';
    lines.push(['Units', source.units + (source.format === 'hdf5' ? '' : read)]);
  }
  if ('timeStep' in source) {
    const { timeStep, box } = source;
    if (timeStep !== undefined) lines.push(['Time step', `${formatNumber(timeStep)} ps`]);
    if (box) lines.push(['Box', `${box.map(formatNumber).join(' x ')} nm`]);
  }
  const { topology } = source;
  if (!topology) return lines;
  const { atoms, residues, chains, bonds } = topology;
  lines.push(
    [
      'Topology',
      [
        plural(atoms.length, 'atom'),
        plural(residues, 'residue'),
        plural(chains, 'chain'),
        plural(bonds.length, 'bond'),
      ].join(', '),
    ],
    ['Residues', counted(residueNames(source))],
    ['Elements', counted(atoms.map((a) => a.element))],
    [
      'Names',
      counted(
        atoms.map((a) => a.name),
        20,
      ),
    ],
  );
  return lines;
}

function headTable(source: OpenSource, { rows, ids }: { rows: number[][]; ids: string[] }): string {
  const shown = Math.min(source.cols, SHOWN_COLUMNS);
  const { columns: all } = source as { columns?: readonly string[] };
  const names = all?.length === source.cols ? all : undefined;
  const short = (text: string) => shortened(text, 16);
  const columns = Array.from({ length: shown }, (_, j) => ({ heading: short(names?.[j] ?? String(j)) }));
  const lines = rows.map((row, i) => [short(ids[i] ?? String(i)), ...row.slice(0, shown).map(formatNumber)]);
  const more = source.cols - shown;
  return (
    table([{ heading: 'row' }, ...columns], lines, '') +
    (more > 0 ? `\n... and ${plural(more, 'more column')}` : '')
  );
}
