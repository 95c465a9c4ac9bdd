import type { Command } from 'commander';
import { formatBytes } from '../../errors.ts';
import type { Shape } from '../../model/source.ts';
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
      'Show what coppice cluster would do with the same options, in rows and bytes; nothing is run or written',
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

export async function plan(session: Session, inputs: string[], flags: ClusterFlags): Promise<void> {
  checkClusterFlags(flags);
  await refuseDistances(session, inputs, flags, 'plan', flags.metric !== undefined);
  const source = await openInput(session, inputs, flags);
  const shape = await plannedShape(session, source, flags);
  const planned = makePlan(shape, twoPassOptions(flags));
  const { strategy, rows, sample, stride, chunkRows, bytes } = planned;
  const pairs = (sample * (sample - 1)) / 2;
  const facts = {
    command: 'plan',
    input: { ...inputFacts(source), ...(flags.transpose ? { transposed: true } : {}) },
    ...planned,
    rows: rows ?? null,
    stride: stride ?? null,
    pairs,
  };
  report(session, facts, () => {
    const atMost = rows === undefined ? 'at most ' : '';
    const how = {
      stride: stride === 1 ? 'all there are' : `every ${ordinal(stride ?? 0)}`,
      random: 'drawn at random',
      reservoir: 'drawn at random while the file is read',
    }[strategy];
    const outputs = [flags.out, flags.model, flags.linkage, flags.plot].filter((file) => file !== undefined);
    return [
      describeInput(source),
      '',
      fields([
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
