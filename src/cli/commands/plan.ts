import type { Command } from 'commander';
import { formatBytes } from '../../errors.ts';
import type { Shape } from '../../model/source.ts';
import { type InspectedColumn, type Inspection, inspectSource } from '../../sources/inspect.ts';
import type { OpenSource } from '../../sources/open.ts';
import { plan as makePlan } from '../../twopass/plan.ts';
import { refuseDistances } from '../files/distances.ts';
import { describeInput, inputFacts, openInput } from '../files/input.ts';
import {
  addClustering,
  addReader,
  addRun,
  type ClusterFlags,
  INPUT,
  twoPassOptions,
} from '../flags/options.ts';
import { addPreparing, prepareOptions } from '../flags/preparing.ts';
import type { Session } from '../terminal/session.ts';
import { report } from '../terminal/summary.ts';
import { fields, formatCount, plural } from '../terminal/text.ts';
import { countRows } from './batch-options.ts';
import { checkClusterFlags, ordinal } from './cluster.ts';

export function addPlan(command: Command): Command {
  command
    .description(
      'Show what coppice cluster would do with the same options: what is read, in rows and bytes; nothing is run or written',
    )
    .argument('<input...>', INPUT);
  addClustering(command);
  addReader(command);
  addPreparing(command);
  return addRun(command, '1 GiB').addHelpText(
    'after',
    `
Example:
  $ coppice plan embeddings.npy --clusters 50 --memory 256MB`,
  );
}

/** The shape of the rows as they are clustered. Nothing is prepared; rows are counted where columns become rows. */
async function plannedShape(session: Session, source: OpenSource, flags: ClusterFlags): Promise<Shape> {
  const { cols, dtype, name, overheadBytes, rows } = source;
  const shape = { dtype, name, ...(prepareOptions(flags) ? { preparation: { steps: [] } } : {}) };
  if (!flags.transpose) return { ...shape, ...(rows === undefined ? {} : { rows }), cols, overheadBytes };
  const count = await countRows(session, source);
  const bytes = count * cols * (dtype === 'f4' ? 4 : 8);
  return { ...shape, rows: cols, cols: count, overheadBytes: bytes };
}

/** Names of columns that fit on a line. */
const SHOWN = 12;

function listed(columns: readonly InspectedColumn[], word: (column: InspectedColumn) => string): string {
  const more = columns.length - SHOWN;
  return columns.slice(0, SHOWN).map(word).join(', ') + (more > 0 ? `, and ${formatCount(more)} more` : '');
}

/** Why a column is not read: numbers are read unless the user chose others. */
const reasonOf = ({ role, reason }: InspectedColumn): string =>
  ['number', 'count', 'constant'].includes(role) ? 'not chosen' : reason;

const nameOf = ({ name, index }: InspectedColumn): string => name ?? String(index);

type Columns = Pick<Inspection, 'columns' | 'idColumn'>;

/** What is read, what names the rows, and what is left out and why. Nothing where columns have no names. */
function columnLines({ columns = [], idColumn }: Columns): ([string, string] | undefined)[] {
  if (columns.every(({ name }) => name === undefined)) return [];
  const [read, others] = divided({ columns, idColumn });
  return [
    ['Columns', `${formatCount(read.length)} read: ${listed(read, nameOf)}`],
    idColumn === undefined ? undefined : ['Names', `column ${idColumn}`],
    others.length === 0
      ? undefined
      : ['Left out', listed(others, (column) => `${nameOf(column)} (${reasonOf(column)})`)],
  ];
}

/** Columns that are read, and those that are left out. */
function divided({ columns = [], idColumn }: Columns): [InspectedColumn[], InspectedColumn[]] {
  const isNames = (column: InspectedColumn) => (column.name ?? column.index) === idColumn;
  return [columns.filter(({ read }) => read), columns.filter((one) => !one.read && !isNames(one))];
}

function columnFacts(found: Columns) {
  if (!found.columns) return null;
  const [read, others] = divided(found);
  return {
    read: read.map(nameOf),
    names: found.idColumn ?? null,
    leftOut: others.map((column) => ({ name: nameOf(column), role: column.role, reason: reasonOf(column) })),
  };
}

export async function plan(session: Session, inputs: string[], flags: ClusterFlags): Promise<void> {
  checkClusterFlags(flags);
  const opened = await refuseDistances(session, inputs, flags, 'plan', flags.metric !== undefined);
  const source = opened ?? (await openInput(session, inputs, flags));
  const { columns: names } = source as { columns?: readonly string[] };
  const found: Columns =
    names || 'examine' in source
      ? await inspectSource(source, { signal: session.signal })
      : { columns: undefined, idColumn: undefined };
  const shape = await plannedShape(session, source, flags);
  const planned = makePlan(shape, twoPassOptions(flags));
  const { strategy, rows, sample, stride, chunkRows, bytes } = planned;
  const pairs = (sample * (sample - 1)) / 2;
  const facts = {
    command: 'plan',
    input: { ...inputFacts(source), ...(flags.transpose ? { transposed: true } : {}) },
    columns: columnFacts(found),
    ...planned,
    rows: rows ?? null,
    stride: stride ?? null,
    pairs,
  };
  report(session, facts, () => {
    const atMost = rows === undefined ? 'at most ' : '';
    const all = sample === rows ? 'all there are' : undefined;
    const how =
      all ??
      {
        stride: stride === 1 ? 'all there are' : `every ${ordinal(stride ?? 0)}`,
        random: 'drawn at random',
        reservoir: 'drawn at random while the file is read',
      }[strategy];
    const outputs = [flags.out, flags.model, flags.linkage, flags.plot].filter((file) => file !== undefined);
    return [
      describeInput(source),
      '',
      fields([
        ...columnLines(found),
        ['Sample', `${atMost}${plural(sample, 'row')}, ${how}`],
        [
          'Tree',
          `${planned.method} linkage of ${atMost}${formatCount(pairs)} ${planned.metric} distances` +
            (planned.tree === 'linear'
              ? '; none is stored, and ties are broken differently from a matrix'
              : ''),
        ],
        ['First pass', formatBytes(bytes.fit)],
        ['Second pass', `${formatBytes(bytes.assign)}, ${plural(chunkRows, 'row')} at a time`],
        [
          'Memory',
          `${formatBytes(bytes.peak)} for data at the peak, of ${formatBytes(bytes.limit)} allowed; Node itself takes about 60 MB more`,
        ],
        outputs.length > 0 ? ['Would write', outputs.join(', ')] : undefined,
      ]),
    ].join('\n');
  });
}
